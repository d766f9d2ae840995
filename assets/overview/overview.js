// Every head of every layer as a small picture of its weights, with what it does. Arrow keys walk, a click opens one.

import { pixels } from "../kit/canvas.js";
import { matrixImage, themeOf } from "../kit/colors.js";
import { button, element, mark, refill } from "../kit/dom.js";
import { mounted } from "../kit/mount.js";
import { decodePayload, thumbnailOf } from "../kit/payload.js";
import { fill } from "../kit/text.js";

const SIDE = 46; // pixels of a head
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export default mounted(".overview", (place) => new Overview(place));

class Overview {
  constructor(place) {
    this.place = place;
    this.grid = place.parts.grid;
    this.shown = ""; // what is painted, and on what ground
    this.chosen = {};
    this.grid.addEventListener("keydown", (event) => this.walk(event));
  }

  receive(data) {
    const { header, matrices } = decodePayload(data);
    const colors = themeOf(this.place.host);
    const shown = `${header.revision} ${colors.background}`;
    if (shown === this.shown) return;
    this.shown = shown;
    this.paint(header, matrices.weights, colors);
    const moved = header.chosen.layer !== this.chosen.layer || header.chosen.head !== this.chosen.head;
    this.frame(header.chosen);
    if (moved) this.reveal(this.cells[header.chosen.layer][header.chosen.head]);
    this.place.host.dataset.revision = header.revision;
  }

  paint({ labels, entropy_bits: bits, words, here }, weights, colors) {
    mark(this.grid, "aria-label", words.name);
    this.grid.style.setProperty("--heads", String(labels[0].length));
    this.cells = labels.map((heads, layer) =>
      heads.map((name, head) => {
        const index = layer * heads.length + head;
        const canvas = pixels(element("canvas"), matrixImage(thumbnailOf(weights, index), colors), SIDE, SIDE);
        const label = words.labels[name] ?? name;
        const entropy = fill(words.entropy, { bits: bits[layer][head].toFixed(1) });
        const title = fill(words.cell, { layer: layer + 1, head: head + 1, label, entropy });
        const told = element("span", "", element("b", "", label), element("small", "", bits[layer][head].toFixed(1)));
        const opens = !here || here.some(([ofLayer, ofHead]) => ofLayer === layer && ofHead === head);
        const ariaDisabled = String(!opens); // in a page that was taken along it may not be there
        return button({ title, ariaLabel: title, ariaDisabled }, () => opens && this.choose({ layer, head }), canvas, told);
      }),
    );
    const names = labels[0].map((_, head) => cellOf("columnheader", fill(words.head, { number: head + 1 })));
    const rows = this.cells.map((heads, layer) =>
      rowOf(cellOf("rowheader", fill(words.layer, { number: layer + 1 })), ...heads.map((head) => cellOf("gridcell", head))),
    );
    refill(this.grid, rowOf(cellOf("columnheader"), ...names), ...rows);
  }

  choose(chosen) {
    this.frame(chosen);
    // The moment, so that the same choice again is another message.
    this.place.send("selection", { ...chosen, at: Date.now() });
  }

  frame(chosen) {
    this.chosen = chosen;
    this.each((cell, layer, head) => mark(cell, "aria-pressed", String(layer === chosen.layer && head === chosen.head)));
    this.stopAt(this.cells[chosen.layer][chosen.head]);
  }

  /** The tabulator stops at one of all. */
  stopAt(stop) {
    this.each((cell) => mark(cell, "tabindex", cell === stop ? "0" : "-1"));
  }

  walk(event) {
    const step = STEPS[event.key];
    const from = this.placeOf(event.target);
    if (!step || !from) return;
    event.preventDefault();
    const to = this.cells[from.layer + step[0]]?.[from.head + step[1]];
    if (!to) return;
    this.stopAt(to);
    to.focus();
  }

  placeOf(target) {
    let found = null;
    this.each((cell, layer, head) => {
      if (cell === target) found = { layer, head };
    });
    return found;
  }

  each(act) {
    this.cells.forEach((heads, layer) => heads.forEach((cell, head) => act(cell, layer, head)));
  }

  /** Bring a cell into the middle where it is out of sight. The page itself stays where it is. */
  reveal(cell) {
    const box = cell.parentElement;
    const { grid } = this;
    if (box.offsetTop < grid.scrollTop || box.offsetTop + box.offsetHeight > grid.scrollTop + grid.clientHeight)
      grid.scrollTop = box.offsetTop - grid.clientHeight / 2;
    if (box.offsetLeft < grid.scrollLeft || box.offsetLeft + box.offsetWidth > grid.scrollLeft + grid.clientWidth)
      grid.scrollLeft = box.offsetLeft - grid.clientWidth / 2;
  }
}

const cellOf = (role, ...children) => element("div", { role }, ...children);
const rowOf = (...cells) => element("div", { role: "row" }, ...cells);
