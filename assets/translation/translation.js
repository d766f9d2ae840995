// A sentence and its translation: who looked where, what moved what, and how it was written step by step. What is chosen
// is shown at once, since all of it is here; what a link must remember goes to the server.

import { themeOf } from "../kit/painting/colors.js";
import { Conversation } from "../kit/conversation/conversation.js";
import { button, element, refill } from "../kit/dom.js";
import { sayLegend } from "../kit/legend.js";
import { mounted } from "../kit/mount.js";
import { cell, decodePayload } from "../kit/payload.js";
import { fill, formatNumber } from "../kit/text.js";
import { Alignment, headButton } from "./alignment.js";
import { Bridge } from "./bridge.js";
import { barList, largest } from "./lists.js";

const REST_MS = 200; // a word that was walked past is not told to the server
const PHASE_MS = 650;
const PHASES = ["look", "weigh", "write"]; // of a step that is played
const MOST_BARS = 5;

export default mounted(".translation", (place) => new Translation(place));

class Translation {
  constructor(place) {
    Object.assign(this, { place, root: place.root, parts: place.parts });
    this.conversation = new Conversation(this, REST_MS);
    this.played = null; // {step, phase} while a translation is written again
    this.bridge = new Bridge(this.parts.bridge, (word) => this.choose({ word }));
    this.alignment = new Alignment(this.parts.matrix, { choose: (word) => this.choose({ word }), hover: (at) => this.say(at) });
    this.root.onkeydown = (event) => this.key(event);
    place.follow(this.root, (by) => this.payload && Math.abs(by) > 1 && this.paint());
  }

  dispose() {
    this.conversation.dispose();
    clearTimeout(this.ticking);
  }

  // ---- what comes in ---------------------------------------------------------------------------------------------------

  receive(data) {
    this.conversation.receive(decodePayload(data));
  }

  read() {
    return this.chosen;
  }

  readIn({ selection }) {
    return selection;
  }

  adopt({ selection }) {
    this.chosen = structuredClone(selection);
  }

  show(payload) {
    const { sentence, target } = payload.header;
    if (this.payload && this.payload.header.sentence !== sentence) this.stop();
    this.payload = payload;
    this.chosen.word = Math.min(this.chosen.word, target.length - 1);
    this.paint();
  }

  paint() {
    const { header } = this.payload;
    this.colors = themeOf(this.place.host);
    this.gold = new Map(header.gold.map(([row, col, kind]) => [`${row},${col}`, kind]));
    this.root.setAttribute("aria-label", header.words.name);
    this.parts.keys.textContent = header.words.keys;
    sayLegend(this.parts.legend, ["share"], header.words.legend, this.colors);
    this.paintWritten();
    this.paintTools();
    this.bridge.build(header);
    this.paintMatrix();
    this.follow();
    this.place.stamp(header);
  }

  /** What every translator wrote, and which of them is looked at. */
  paintWritten() {
    const { rows, reference, words } = this.payload.header;
    const sentence = (...pieces) => element("span", { className: "sentence", lang: words.language }, ...pieces);
    const lines = rows.map((row) => this.writtenLine(row, sentence, words));
    if (reference) lines.push(element("p", "", element("b", "", words.reference), sentence(reference), element("em")));
    this.parts.written.setAttribute("aria-label", words.translators);
    refill(this.parts.written, ...lines);
  }

  writtenLine({ family, name, color, pieces, verdict, chosen }, sentence, words) {
    const dot = element("i");
    dot.style.background = color;
    const said = sentence(...pieces.map(([piece, wrong]) => (wrong ? element("u", "", piece) : piece)));
    const about = { className: chosen ? "chosen" : "", role: "radio", ariaChecked: String(chosen) };
    const choose = () => this.place.send("selection", { ...this.chosen, family });
    const line = button(about, choose, element("b", "", dot, name), said, element("em", verdict, verdict && words[verdict]));
    line.dataset.family = family;
    return line;
  }

  paintTools() {
    const { words, heads } = this.payload.header;
    const views = (heads.length ? ["weights", "influence"] : ["influence"]).map((view) => {
      const about = { title: words[`${view}_help`], ariaPressed: String(view === this.view) };
      return button(about, () => this.choose({ view }), words[view]);
    });
    this.parts.views.setAttribute("aria-label", words.views);
    refill(this.parts.views, ...views);
    const tool = (name, act) => button({ className: name, title: words[`${name}_help`] }, act, words[name]);
    refill(
      this.parts.tools,
      tool("previous", () => this.walk(-1)),
      tool(this.ticking ? "pause" : "play", () => this.toggle()),
      tool("next", () => this.walk(1)),
    );
  }

  /** The matrix of the view, and every head beside it; where there is no attention, a sentence says why. */
  paintMatrix() {
    const { header } = this.payload;
    const { heads, words } = header;
    const { layer, head } = this.chosen;
    this.root.dataset.view = this.view;
    const sentence = { source: header.source, target: header.target, gold: this.gold };
    const width = this.parts.matrix.clientWidth;
    this.alignment.show(this.matrix(), sentence, this.colors, width);
    this.parts.title.textContent = this.view === "influence" ? words.influence_title : fill(words.weights_title, { layer: layer + 1, head: head + 1 });
    const buttons = heads.map((one) =>
      headButton(this.headMatrix(one.layer, one.head), this.colors, {
        name: fill(words.head, { layer: one.layer + 1, head: one.head + 1 }),
        note: one.error === null ? "" : fill(one.best ? words.head_best : words.head_error, { error: (100 * one.error).toFixed(0) }),
        pressed: one.layer === layer && one.head === head,
        onclick: () => this.choose({ layer: one.layer, head: one.head, view: "weights" }),
      }),
    );
    this.parts.heads.setAttribute("aria-label", words.heads);
    refill(this.parts.heads, ...(heads.length ? buttons : [element("p", "", words.no_attention)]));
  }

  // ---- numbers ---------------------------------------------------------------------------------------------------------

  get view() {
    return this.payload.header.heads.length ? this.chosen.view : "influence";
  }

  headMatrix(layer, head) {
    const { matrices, header } = this.payload;
    const all = matrices.cross;
    const rows = header.target.length;
    const from = (layer * header.heads_a_layer + head) * rows * all.cols;
    return { name: "weights", rows, cols: all.cols, data: all.data.subarray(from, from + rows * all.cols) };
  }

  matrix(view = this.view) {
    return view === "influence" ? this.payload.matrices.influence : this.headMatrix(this.chosen.layer, this.chosen.head);
  }

  // ---- what is shown of the chosen word --------------------------------------------------------------------------------

  follow() {
    const { header } = this.payload;
    const word = this.played ? this.played.step : this.chosen.word;
    const shown = this.played ? word + 1 : header.target.length;
    const phase = this.played ? PHASES[this.played.phase] : "write";
    const matrix = this.matrix();
    const shares = (row, col) => cell(matrix, row, col);
    this.bridge.follow({ shares, word, shown, pending: phase !== "write", gold: this.gold });
    this.alignment.follow(word, shown);
    this.paintLists(word, phase);
    this.say(null);
    this.place.host.dataset.word = String(word + 1);
    this.place.host.dataset.playing = this.played ? phase : "";
  }

  paintLists(word, phase) {
    const { source, target, heads, words } = this.payload.header;
    const names = source.map(({ name }) => name);
    const chosen = target[word];
    const { layer, head } = this.chosen;
    const lists = [];
    const blank = { word: chosen.name, layer: layer + 1, head: head + 1 };
    if (heads.length) {
      const weights = this.matrix("weights");
      const rows = largest(names, (at) => cell(weights, word, at), MOST_BARS);
      lists.push({ kind: "weights", title: fill(words.looked_title, blank), note: fill(words.looked_note, blank), rows });
    }
    const influence = this.matrix("influence");
    const moved = largest(names, (at) => cell(influence, word, at), MOST_BARS);
    lists.push({ kind: "influence", title: fill(words.moved_title, blank), note: words.moved_note, rows: moved });
    const candidates = chosen.candidates.map(([name, share]) => ({ name, share, lit: phase === "write" && name === chosen.name }));
    lists.push({ kind: "candidates", title: fill(words.candidates_title, blank), note: words.candidates_note, rows: phase === "look" ? [] : candidates });
    refill(this.parts.lists, ...lists.map(barList));
  }

  say(at) {
    const { source, target, words } = this.payload.header;
    if (!at) {
      this.parts.said.textContent = this.gold.size ? words.hint_gold : words.hint;
      return;
    }
    const value = formatNumber(cell(this.matrix(), at.row, at.col));
    const blanks = { word: target[at.row].name, read: source[at.col].name, value };
    this.parts.said.textContent = fill(words[this.view === "influence" ? "cell_influence" : "cell_weights"], blanks);
  }

  // ---- what is chosen --------------------------------------------------------------------------------------------------

  choose(part) {
    this.stop();
    Object.assign(this.chosen, part);
    if (part.word === undefined) {
      this.paintTools();
      this.paintMatrix();
    }
    this.follow();
    this.conversation.choose({}, part.word === undefined ? 0 : REST_MS);
  }

  tell(selection) {
    this.place.send("selection", selection);
  }

  walk(step) {
    const last = this.payload.header.target.length - 1;
    const from = this.played ? this.played.step : this.chosen.word;
    this.choose({ word: Math.min(last, Math.max(0, from + step)) });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.payload) return;
    const onButton = event.target.closest?.("button") && event.target !== this.root;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) this.walk(step);
    else if (event.key === " " && !onButton) this.toggle();
    else if (event.key.toLowerCase() === "h") this.nextHead(event.shiftKey ? -1 : 1);
    else if (event.key.toLowerCase() === "i") this.choose({ view: this.view === "influence" ? "weights" : "influence" });
    else if (event.key === "Escape" && this.played) this.choose({});
    else return;
    event.preventDefault();
  }

  nextHead(step) {
    const { heads } = this.payload.header;
    if (!heads.length) return;
    const order = [...heads].sort((one, other) => one.layer - other.layer || one.head - other.head);
    const at = order.findIndex(({ layer, head }) => layer === this.chosen.layer && head === this.chosen.head);
    const { layer, head } = order[(at + step + order.length) % order.length];
    this.choose({ layer, head, view: "weights" });
  }

  // ---- step by step ----------------------------------------------------------------------------------------------------

  /** Space: from the first word, from where it was paused, or to a halt. */
  toggle() {
    if (this.ticking) {
      clearTimeout(this.ticking);
      this.ticking = 0;
    } else {
      this.played ??= { step: 0, phase: 0 };
      this.ticking = setTimeout(() => this.tick(), PHASE_MS);
    }
    this.paintTools();
    this.follow();
  }

  tick() {
    const { target } = this.payload.header;
    const { step, phase } = this.played;
    if (phase < PHASES.length - 1) this.played = { step, phase: phase + 1 };
    else if (step < target.length - 1) this.played = { step: step + 1, phase: 0 };
    else {
      this.choose({ word: step });
      return;
    }
    this.ticking = setTimeout(() => this.tick(), PHASE_MS);
    this.follow();
  }

  stop() {
    clearTimeout(this.ticking);
    const was = this.ticking || this.played;
    this.ticking = 0;
    this.played = null;
    if (was && this.payload) this.paintTools();
  }
}
