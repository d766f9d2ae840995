// Every head of every layer as a small picture of its weights, with what it does. Arrow keys walk, a click opens one,
// and the keys that turn pages go to the same head of the next layer.

import { Ahead } from "../kit/conversation/ahead.js";
import { pixels } from "../kit/painting/canvas.js";
import { matrixImage, themeOf } from "../kit/painting/colors.js";
import { Conversation } from "../kit/conversation/conversation.js";
import { button, element, mark, refill } from "../kit/dom.js";
import { sayLegend } from "../kit/legend.js";
import { mounted } from "../kit/mount.js";
import { thumbnailOf } from "../kit/payload.js";
import { fill } from "../kit/text.js";

const SIDE = 46; // pixels of a head
const LAYERS = { PageUp: -1, PageDown: 1 }; // of the chosen head
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export default mounted(".overview", (place) => new Overview(place));

class Overview {
  constructor(place) {
    this.place = place;
    this.grid = place.parts.grid;
    this.shown = ""; // what is painted, and on what ground
    this.chosen = {};
    this.asks = null; // with what a picture ahead of a run is asked for; null where none is
    this.first = ""; // of those that rank
    this.conversation = new Conversation(this, 0);
    this.ahead = new Ahead((payload) => this.conversation.preview(payload), () => this.asks, ["sentence", "m_second"], []);
    this.ahead.led = () => this.conversation.follow();
    this.grid.addEventListener("keydown", (event) => this.walk(event));
  }

  dispose() {
    this.conversation.dispose();
    this.ahead.dispose();
  }

  // ---- what the conversation is about --------------------------------------------------------------------------------

  receive(data) {
    this.conversation.confirm(data);
  }

  read() {
    return this.chosen;
  }

  readIn({ chosen }) {
    return { layer: chosen.layer, head: chosen.head };
  }

  adopt(header) {
    this.chosen = this.readIn(header);
  }

  /** The moment, so that the same choice again is another message. */
  tell(chosen) {
    this.place.send("selection", { ...chosen, at: Date.now() });
  }

  show({ header, matrices }) {
    this.asks = header.of ? { of: header.of, ...header.asks } : null;
    const colors = themeOf(this.place.host);
    const shown = `${header.revision} ${colors.background}`;
    if (shown === this.shown) return;
    this.shown = shown;
    this.paint(header, matrices.weights, colors);
    const ranked = header.arranged?.ranked?.[0].join() ?? "";
    if (ranked !== this.first) this.grid.scrollTop = 0;
    this.first = ranked;
    const place = `${this.chosen.layer} ${this.chosen.head}`;
    this.frame(this.chosen);
    if (place !== this.framed && !ranked && this.shows(this.chosen)) this.reveal(this.cells[this.chosen.layer][this.chosen.head]);
    this.framed = place;
    this.place.host.dataset.revision = header.revision;
  }

  // ---- painting ------------------------------------------------------------------------------------------------------

  paint({ labels, entropy_bits: bits, arranged, words, here, edited }, weights, colors) {
    this.here = here; // in a page that was taken along: the heads that are in it
    sayLegend(this.place.parts.legend, ["share"], words.legend, colors);
    mark(this.grid, "aria-label", words.name);
    this.grid.style.setProperty("--heads", String(labels[0].length));
    this.cells = labels.map((heads, layer) =>
      heads.map((name, head) => {
        const index = layer * heads.length + head;
        const canvas = pixels(element("canvas"), matrixImage(thumbnailOf(weights, index), colors), SIDE, SIDE);
        const label = words.labels[name] ?? name;
        const entropy = fill(words.entropy, { bits: bits[layer][head].toFixed(1) });
        const cell = arranged?.titles[layer][head] ?? fill(words.cell, { layer: layer + 1, head: head + 1, label, entropy });
        const number = arranged?.told[layer][head] ?? bits[layer][head].toFixed(1);
        const told = element("span", "", element("b", "", label), element("small", "", number));
        const opens = this.opens({ layer, head });
        const title = opens ? cell : fill(words.absent, { cell });
        const ariaDisabled = String(!opens);
        return button({ title, ariaLabel: title, ariaDisabled }, () => this.choose({ layer, head }), canvas, told);
      }),
    );
    for (const [layer, head] of arranged?.faded ?? []) this.cells[layer][head].className = "faded";
    if (arranged?.ranked) this.ranked(arranged.ranked, labels[0].length, words);
    else this.inLayers(labels, words, edited ?? []);
  }

  /** A row a layer. */
  inLayers(labels, words, edited) {
    this.rows = labels.map((heads, layer) => heads.map((_, head) => [layer, head]));
    const names = labels[0].map((_, head) => cellOf("columnheader", fill(words.head, { number: head + 1 })));
    const rows = this.rows.map((places, layer) => this.row(fill(edited.includes(layer) ? words.edited : words.layer, { number: layer + 1 }), places));
    refill(this.grid, rowOf(cellOf("columnheader"), ...names), ...rows);
  }

  /** As they rank, so many a row; each cell says which head it is. */
  ranked(places, columns, words) {
    this.rows = [];
    for (let begin = 0; begin < places.length; begin += columns) this.rows.push(places.slice(begin, begin + columns));
    for (const [layer, head] of places) {
      this.cells[layer][head].prepend(element("i", "", fill(words.place, { layer: layer + 1, head: head + 1 })));
    }
    const rows = this.rows.map((row, number) => this.row(fill(words.rank, { number: number * columns + 1 }), row));
    refill(this.grid, ...rows);
  }

  row(name, places) {
    const cells = places.map(([layer, head]) => cellOf("gridcell", this.cells[layer][head]));
    return rowOf(cellOf("rowheader", name), ...cells);
  }

  opens({ layer, head }) {
    return !this.here || this.here.some((place) => place[0] === layer && place[1] === head);
  }

  choose(chosen) {
    if (!this.opens(chosen)) return;
    this.frame(chosen);
    this.conversation.tell();
  }

  frame(chosen) {
    this.chosen = chosen;
    this.each((cell, layer, head) => mark(cell, "aria-pressed", String(layer === chosen.layer && head === chosen.head)));
    const { layer, head } = this.shows(chosen) ? chosen : { layer: this.rows[0][0][0], head: this.rows[0][0][1] };
    this.stopAt(this.cells[layer][head]);
  }

  /** Whether a head is among those that are drawn. */
  shows({ layer, head }) {
    return this.cells[layer][head].isConnected;
  }

  /** The tabulator stops at one of all. */
  stopAt(stop) {
    this.each((cell) => mark(cell, "tabindex", cell === stop ? "0" : "-1"));
  }

  walk(event) {
    const at = this.placeOf(event.target);
    const step = STEPS[event.key];
    const layers = LAYERS[event.key];
    if (!at || !(step || layers)) return;
    event.preventDefault();
    if (layers) this.choose({ layer: clamp(this.chosen.layer + layers, this.cells.length), head: this.chosen.head });
    const to = step ? this.rows[at.row + step[0]]?.[at.column + step[1]] : [this.chosen.layer, this.chosen.head];
    const cell = to && this.cells[to[0]][to[1]];
    if (!cell?.isConnected) return;
    this.stopAt(cell);
    cell.focus();
  }

  placeOf(target) {
    let found = null;
    this.rows.forEach((places, row) =>
      places.forEach(([layer, head], column) => {
        if (this.cells[layer][head] === target) found = { row, column };
      }),
    );
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

const clamp = (layer, count) => Math.max(0, Math.min(layer, count - 1));
const cellOf = (role, ...children) => element("div", { role }, ...children);
const rowOf = (...cells) => element("div", { role: "row" }, ...cells);
