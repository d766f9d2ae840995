// A row of controls. What is chosen stands in the address at once, for whoever draws ahead of the run, and is told to the
// server; until the server has heard of it, what older runs say of it is not news.

import { element, say } from "../kit/dom.js";
import { mounted } from "../kit/mount.js";
import { isFollowed } from "../kit/conversation/preview.js";
import { fill } from "../kit/text.js";
import { addressWith, isAt, tell } from "./address.js";
import { Help } from "./help.js";
import { linkWord } from "./numbers.js";
import { made } from "./parts.js";

/** A run beside the picture that is fetched ahead of it would make both late: it waits until that is there. */
const AFTER_MS = 80;

export default mounted(".controls", (place) => new Row(place));

export class Row {
  /** @param {import("../kit/mount.js").Place} place */
  constructor(place) {
    this.place = place;
    this.help = new Help(place.parts.said);
    this.parts = new Map(); // by name
    this.controls = new Map(); // what the server says of each
    this.unheard = {}; // what was chosen and the server has not heard of, by name
    this.count = 0; // of what was chosen
    this.sending = 0;
    this.gone = new AbortController();
    addEventListener("attnlab-address", (event) => this.keep(event), { signal: this.gone.signal });
    // Back and Forward say what holds; the choice stands in the address that was left.
    addEventListener("popstate", () => this.hold(), { signal: this.gone.signal });
  }

  dispose() {
    if (this.hold()) this.send();
    this.help.dispose();
    this.gone.abort();
  }

  /**
   * From a run of the page.
   * @param {{page: string, title: string, top: boolean, heard: number, words: object, controls: import("./parts.js").Control[]}} data
   *   heard is the count of what the server was told last
   */
  receive(data) {
    this.data = data;
    this.controls = new Map(data.controls.map((control) => [control.name, worded(control)]));
    if (data.heard >= this.count) {
      this.count = data.heard;
      this.unheard = {};
    }
    this.place.root.classList.toggle("top", data.top);
    this.arrange();
    for (const name of this.controls.keys()) this.show(name);
  }

  /** The parts in the order of the controls; those that stay keep their focus. */
  arrange() {
    const { title } = this.data;
    if (title && !this.heading) this.heading = this.place.root.appendChild(element("h3"));
    if (this.heading) say(this.heading, title);
    for (const [name, { root, kind }] of this.parts) {
      if (this.controls.get(name)?.kind === kind) continue;
      root.remove();
      this.parts.delete(name);
    }
    let before = this.heading ?? this.place.parts.said;
    for (const control of this.controls.values()) {
      const { root } = this.partOf(control);
      if (before.nextElementSibling !== root) before.after(root);
      before = root;
    }
  }

  partOf(control) {
    const { name, label } = control;
    if (!this.parts.has(name)) {
      const { words } = this.data;
      const help = this.help.mark(fill(words.help, { label }), () => this.controls.get(name).help);
      this.parts.set(name, made(control, (value) => this.choose(name, value), help, words));
    }
    return this.parts.get(name);
  }

  valueOf(name) {
    return this.unheard[name] ?? this.controls.get(name).value;
  }

  show(name) {
    this.parts.get(name).show({ ...this.controls.get(name), value: this.valueOf(name) });
  }

  /** The reader has chosen. */
  choose(name, value) {
    if (value === this.valueOf(name)) return;
    this.unheard[name] = value;
    this.count += 1;
    this.show(name);
    tell(this.data.page, this.said([name]));
    this.hold();
    if (isFollowed()) this.sending = setTimeout(() => this.send(), AFTER_MS);
    else this.send();
  }

  /** Not to send yet. @returns {boolean} whether something waited to be sent */
  hold() {
    const waited = this.sending !== 0;
    clearTimeout(this.sending);
    this.sending = 0;
    return waited;
  }

  send() {
    this.sending = 0;
    this.place.send("chosen", { count: this.count, values: { ...this.unheard } });
  }

  /** As the link says it: null for what it leaves out. */
  said(names) {
    return Object.fromEntries(
      names.map((name) => [name, this.valueOf(name) === this.controls.get(name).default ? null : this.valueOf(name)]),
    );
  }

  /** A run that was on its way writes an older address. @param {CustomEvent} event of assets/frame/frame.js */
  keep({ detail }) {
    if (isAt(this.data.page, detail.url)) detail.url = addressWith(detail.url, this.said(Object.keys(this.unheard)));
  }
}

/** A control in the words that a browser writes into a link. */
function worded(control) {
  if (control.kind !== "number") return control;
  const [value, opening, empty] = [control.value, control.default, control.empty].map(linkWord);
  return { ...control, value, default: opening, empty };
}
