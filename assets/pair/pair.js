// Layers head by head: every column a head, every row a layer, the cell under the pointer marked in all of them.

import { pointUnder, sized } from "../kit/painting/canvas.js";
import { themeOf } from "../kit/painting/colors.js";
import { Conversation } from "../kit/conversation/conversation.js";
import { button, element, mark, refill } from "../kit/dom.js";
import { sayLegend } from "../kit/legend.js";
import { mounted } from "../kit/mount.js";
import { decodePayload } from "../kit/payload.js";
import { savePicture } from "../kit/painting/save.js";
import { fill, formatNumber, listed, nameOf } from "../kit/text.js";
import { layersOf, picture, valueAt } from "./grid.js";
import { boardSlots, cardSlots, cellAt, paintBoard, paintSlots } from "./paint.js";
import { sheet } from "./sheet.js";

const NARROWEST = 118; // of a card's matrices
const WIDEST = 210;
const BESIDE = 18; // padding and border of a card
const BETWEEN = 10; // cards
const SEND_AFTER_MS = 200;

export default mounted(".pair", (place) => new Pair(place));

class Pair {
  constructor(place) {
    Object.assign(this, { place, root: place.root, parts: place.parts });
    this.chosen = { head: 0, row: null, col: null };
    this.hover = null;
    this.conversation = new Conversation(this, SEND_AFTER_MS);
    this.cards = [];
    this.root.onkeydown = (event) => this.key(event);
    this.watch(this.parts.board, () => this.board?.slots, () => this.chosen.head);
    place.follow(this.root, (by) => by && this.payload && this.build());
  }

  dispose() {
    this.conversation.dispose();
  }

  // ---- what comes in -------------------------------------------------------------------------------------------

  receive(data) {
    this.conversation.receive(decodePayload(data));
  }

  read() {
    const { head, row, col } = this.chosen;
    return { head, query: row, key: col };
  }

  readIn({ selection: { head, query, key } }) {
    return { head, query, key };
  }

  adopt({ selection: { head, query, key } }) {
    this.chosen = { head, row: query, col: key };
  }

  show(payload) {
    this.payload = payload;
    this.build();
  }

  /** Everything anew: other numbers, another width or another theme. */
  build() {
    const { header } = this.payload;
    this.colors = themeOf(this.place.host);
    this.layers = layersOf(this.payload);
    this.keepInside();
    this.images = header.cards.map((_, head) => this.layers.map((layer) => (layer.heads[head] ? picture(layer, head, this.colors) : null)));
    this.parts.large.hidden = !header.large;
    this.root.setAttribute("aria-label", header.text.name);
    this.parts.keys.textContent = header.large ? header.text.keys : "";
    this.buildCards();
    this.buildSave();
    this.paint();
    this.place.stamp(header);
  }

  keepInside() {
    const size = this.size;
    const { head, row, col } = this.chosen;
    this.hover = null;
    this.chosen = {
      head: Math.min(head, this.payload.header.cards.length - 1),
      row: row === null ? null : Math.min(row, size - 1),
      col: col === null ? null : Math.min(col, size - 1),
    };
  }

  get size() {
    return Math.max(...this.layers.map((layer) => layer.size));
  }

  // ---- painting ------------------------------------------------------------------------------------------------

  buildCards() {
    const { header } = this.payload;
    const { cards, order } = header;
    const perRow = Math.max(1, Math.min(cards.length, Math.floor((this.place.width + BETWEEN) / (NARROWEST + BESIDE + BETWEEN))));
    const side = Math.min(WIDEST, (this.place.width - BETWEEN * (perRow - 1)) / perRow - BESIDE - 1);
    // One head alone: its matrices beside each other, or, where it is drawn large anyway, its measures alone.
    const alone = cards.length === 1;
    this.root.classList.toggle("alone", alone && header.large);
    const onLine = alone ? Math.max(1, Math.min(this.layers.length, Math.floor(this.place.width / (side + 14)))) : 1;
    this.layout = cardSlots(this.layers, side, onLine);
    while (this.cards.length > order.length) this.cards.pop().figure.remove();
    while (this.cards.length < order.length) this.cards.push(this.newCard());
    this.cards.forEach((card, place) => this.fillCard(card, order[place], cards[order[place]]));
  }

  buildSave() {
    const { save } = this.payload.header.text;
    this.parts.save_label.textContent = save.label;
    this.parts.save.setAttribute("aria-label", save.label);
    const buttons = ["png", "svg"].map((kind) => button({ title: save[`${kind}_help`] }, () => this.save(kind), save[kind]));
    refill(this.parts.save, ...buttons);
  }

  /** All that is on screen and what it says, as a picture. */
  save(kind) {
    const { layers, images, layout, colors } = this;
    const { width } = this.place;
    const { header } = this.payload;
    const chosen = { ...(this.hover ?? this.chosen), head: this.chosen.head };
    const board = header.large ? this.board : null;
    const page = sheet({ width, layout, board, layers, images, header, chosen, colors });
    const [first, ...others] = header.about;
    const said = [...this.parts.said.childNodes].map((part) => part.textContent).join("   ");
    const caption = [
      { style: "strong", text: first },
      ...others.map((text) => ({ style: "plain", text })),
      { style: "mono", text: said },
      { style: "small", text: location.href },
    ];
    savePicture({ ...page, name: header.file, caption, colors, scales: this.scales, legend: header.text.legend }, kind);
  }

  /** What its colours stand for. @returns {import("../kit/legend.js").Scale[]} */
  get scales() {
    return this.layers.some((layer) => layer.kind !== "weights") ? ["share", "signed"] : ["share"];
  }

  newCard() {
    const [title, note, list] = ["b", "small", "dl"].map((tag) => element(tag));
    const canvas = element("canvas", { role: "img" });
    const figure = element("figure", { role: "listitem" }, element("figcaption", "", title, note), canvas, list);
    const card = { figure, canvas, title, note, list, head: 0 };
    figure.onclick = () => this.choose({ head: card.head });
    this.watch(canvas, () => this.layout.slots, () => card.head);
    this.parts.cards.append(figure);
    return card;
  }

  fillCard(card, head, { title, note, measures }) {
    card.head = head;
    card.figure.dataset.head = String(head + 1);
    card.title.textContent = title;
    card.note.textContent = note;
    card.note.title = note;
    card.note.hidden = !note;
    card.figure.style.width = `${this.layout.width}px`;
    refill(card.list, ...measures.flatMap(([name, value]) => [element("dt", "", name), element("dd", "", value)]));
    const told = measures.map(([name, value]) => `${name} ${value}`);
    card.canvas.setAttribute("aria-label", listed([title, note, ...told].filter(Boolean)));
  }

  /** All that depends on what is chosen or pointed at. */
  paint() {
    const { header } = this.payload;
    const none = header.text.none;
    const cell = this.hover ?? this.chosen;
    for (const { figure, canvas, head } of this.cards) {
      const context = sized(canvas, this.layout.width, this.layout.height);
      paintSlots(context, this.layout.slots, this.layers, this.images[head], cell, this.colors, { none });
      mark(figure, "aria-current", header.large && head === this.chosen.head ? "true" : null);
    }
    if (header.large) this.paintBoard(cell, none);
    sayLegend(this.parts.legend, this.scales, header.text.legend, this.colors);
    this.say(cell);
  }

  paintBoard(cell, none) {
    const { head } = this.chosen;
    this.board = boardSlots(this.layers, this.place.width);
    const context = sized(this.parts.board, this.place.width, this.board.height);
    const chosen = { ...cell, head };
    paintBoard(context, this.board, this.layers, this.images[head], chosen, this.colors, none);
    this.parts.board.setAttribute("aria-label", this.payload.header.cards[head].title);
  }

  /** What the cell says in every layer. */
  say({ row, col, head }) {
    const { text, cards } = this.payload.header;
    if (row === null || col === null) {
      refill(this.parts.said, text.hint);
      return;
    }
    const names = { query: this.named(row), key: this.named(col), head: cards[head].title };
    const values = this.layers.map((layer) => element("span", "", `${layer.name} ${this.number(valueAt(layer.heads[head], row, col))}`));
    refill(this.parts.said, element("strong", "", fill(text.said, names)), ...values);
  }

  /** The token at a position; both, where two sentences differ. */
  named(position) {
    const named = this.layers.filter((layer) => layer.kind === "weights" && position < layer.size).map((layer) => nameOf(layer, position));
    return [...new Set(named)].join(" / ");
  }

  number(value) {
    const { text } = this.payload.header;
    if (value === undefined) return text.absent;
    return Number.isNaN(value) ? text.masked : formatNumber(Math.abs(value) < 5e-7 ? 0 : value);
  }

  // ---- pointer and keyboard ------------------------------------------------------------------------------------

  watch(canvas, slots, head) {
    const cellOf = (event) => cellAt(slots() ?? [], pointUnder(event, canvas));
    canvas.onpointermove = (event) => {
      const cell = cellOf(event);
      this.point(cell && { ...cell, head: head() });
    };
    canvas.onpointerleave = () => this.point(null);
    canvas.onclick = (event) => {
      const cell = cellOf(event);
      event.stopPropagation();
      this.choose({ head: head(), ...cell });
    };
  }

  point(cell) {
    if (JSON.stringify(cell) === JSON.stringify(this.hover)) return;
    this.hover = cell;
    if (this.payload) this.paint();
  }

  choose(part) {
    this.hover = null;
    Object.assign(this.chosen, part);
    this.paint();
    if (this.payload.header.large) this.conversation.choose(); // else nobody asks
  }

  tell(selection) {
    this.place.send("selection", selection);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.payload) return;
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (event.key in steps) this.walk(...steps[event.key]);
    else if (event.key.toLowerCase() === "h") this.nextHead(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") this.choose({ row: null, col: null });
    else return;
    event.preventDefault();
  }

  walk(down, right) {
    const { row, col } = this.chosen;
    const last = this.size - 1;
    const inside = (value) => Math.min(last, Math.max(0, value));
    this.choose({ row: inside((row ?? 0) + (row === null ? 0 : down)), col: inside((col ?? 0) + (col === null ? 0 : right)) });
  }

  /** In the order in which they stand. */
  nextHead(step) {
    const { order } = this.payload.header;
    const place = order.indexOf(this.chosen.head);
    this.choose({ head: order[(place + step + order.length) % order.length] });
  }
}
