// The start page's picture: a sentence with arcs from the word that listens, all shares as a map, and beside it what
// happens in words. Another word is followed at once; the server is told, for it knows what words mean.

import { Ahead } from "../kit/conversation/ahead.js";
import { cellUnder } from "../kit/painting/canvas.js";
import { themeOf } from "../kit/painting/colors.js";
import { button, element, mark, refill, say } from "../kit/dom.js";
import { sayLegend } from "../kit/legend.js";
import { LED, leader } from "../kit/conversation/led.js";
import { mounted } from "../kit/mount.js";
import { decodePayload } from "../kit/payload.js";
import { fill, percent } from "../kit/text.js";
import { arcs } from "./arcs.js";
import { map } from "./map.js";
import { told } from "./told.js";

export default mounted(".words", (place) => new Words(place));

class Words {
  constructor(place) {
    Object.assign(this, { place, parts: place.parts, payload: null, waiting: null });
    this.list = this.parts.strip.querySelector("ol");
    this.parts.strip.addEventListener("keydown", (event) => this.walk(event));
    this.gone = new AbortController();
    document.addEventListener("keydown", (event) => this.present(event), { signal: this.gone.signal });
    window.addEventListener(LED, () => this.followLeader(), { signal: this.gone.signal });
    place.follow(this.parts.strip, (by) => this.payload && (by ? this.show() : this.arcs()));
  }

  dispose() {
    this.gone.abort();
    this.ahead?.dispose();
  }

  receive(data) {
    const isFirst = !this.payload;
    this.take(decodePayload(data));
    if (isFirst && leader() !== null) this.followLeader();
  }

  /** In a class pictures come from the teacher's link; by itself the page brings them. */
  followLeader() {
    if (this.ahead) return; // which hears of it by itself
    this.ahead = new Ahead((payload) => this.take(payload), () => ({ of: "start" }), [], []);
    this.ahead.led = () => {
      this.waiting = null;
    };
    this.ahead.followLeader();
  }

  take(payload) {
    const { header } = payload;
    const ground = themeOf(this.place.host).background;
    if (this.payload?.header.revision === header.revision && ground === this.ground) return;
    const echo = JSON.stringify({ word: header.word, ...header.chosen, present: header.present });
    if (this.waiting && this.waiting !== echo && sameWords(header, this.payload.header)) return; // a newer choice is on its way
    this.waiting = null;
    Object.assign(this, { payload, ground, word: header.word });
    this.paint();
    this.place.stamp({ revision: header.revision, params: { tokens: header.tokens, word: header.word, ...header.chosen } });
  }

  paint() {
    const { header } = this.payload;
    mark(this.place.root, "aria-label", header.words.name);
    this.place.root.classList.toggle("present", header.present);
    this.parts.presenting.onclick = () => this.turn();
    say(this.parts.presenting, header.present ? header.words.unpresent : header.words.present);
    mark(this.parts.strip, "aria-label", header.words.sentence_name);
    const words = header.tokens.map((token, index) => element("li", "", button("", () => this.follow(index), token)));
    refill(this.list, ...words);
    this.chips();
    say(this.parts.changed, header.changed);
    this.show();
  }

  /** Everything that follows from the followed word. */
  show() {
    const { header, matrices } = this.payload;
    const row = matrices.weights.data.subarray(this.word * header.tokens.length, (this.word + 1) * header.tokens.length);
    [...this.list.children].forEach(({ firstChild: word }, index) => {
      mark(word, "aria-pressed", String(index === this.word));
      mark(word, "tabindex", index === this.word ? "0" : "-1");
      word.style.setProperty("--of", `${Math.round(85 * row[index])}%`);
      word.title = fill(header.words.cell, { query: header.tokens[this.word], key: header.tokens[index], share: percent(row[index]) });
    });
    this.arcs();
    const follow = (index) => this.follow(index);
    refill(this.parts.map, ...map(this.payload, this.word, themeOf(this.place.host), { width: this.place.width, present: this.payload.header.present, follow, cellUnder, percent }));
    sayLegend(this.parts.legend, ["share"], header.words.legend, themeOf(this.place.host));
    refill(this.parts.told, ...told(this.payload, this.word, percent));
  }

  arcs() {
    const { header, matrices } = this.payload;
    arcs(this.parts.strip, this.list, matrices.weights, this.word, percent, header.tokens.length);
  }

  chips() {
    const { kinds, chosen, words } = this.payload.header;
    const same = ({ layer, head }) => layer === chosen.layer && head === chosen.head;
    const made = kinds.map((kind) =>
      button({ role: "radio", ariaChecked: String(same(kind)) }, () => this.tell(this.word, kind), kind.name),
    );
    const at = element("small", "", fill(words.chosen, { layer: chosen.layer + 1, head: chosen.head + 1 }));
    mark(this.parts.chips, "aria-label", words.looking);
    refill(this.parts.chips, ...(kinds.length ? [element("span", "", words.looking), ...made, at] : []));
  }

  follow(word) {
    this.word = word;
    say(this.parts.changed, "");
    this.show();
    this.tell(word, this.payload.header.chosen);
  }

  tell(word, { layer, head }, present = this.payload.header.present) {
    this.waiting = JSON.stringify({ word, layer, head, present });
    this.place.send("selection", { word, layer, head, present, at: Date.now() });
  }

  turn() {
    const { header } = this.payload;
    this.tell(this.word, header.chosen, !header.present);
  }

  /** F shows it to a room, Escape ends that; in a field they are letters and keys like others. */
  present(event) {
    const writes = event.composedPath()[0]?.matches?.("input, textarea, select");
    const asks = event.key.toLowerCase() === "f" && !event.ctrlKey && !event.metaKey && !event.altKey;
    const ends = event.key === "Escape" && this.payload?.header.present;
    if (this.payload && !writes && (asks || ends)) this.turn();
  }

  walk(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const word = Math.max(0, Math.min(this.payload.header.tokens.length - 1, this.word + step));
    this.follow(word);
    this.list.children[word].firstChild.focus();
  }
}

const sameWords = (one, other) => one.tokens.join(" ") === other.tokens.join(" ");
