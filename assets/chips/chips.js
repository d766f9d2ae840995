// A sentence word by word: what each classifier says of it, what each word does, and what if a word were another.

import { button, element, refill } from "../kit/dom.js";
import { mounted } from "../kit/mount.js";
import { fill } from "../kit/text.js";

const THROTTLE_MS = 60;

export default mounted(".chips", (place) => new Chips(place));

class Chips {
  constructor(place) {
    this.place = place;
    this.input = place.parts.editor.querySelector("input");
    this.at = null; // place of the word that is being changed
    this.tokens = []; // the sentence as it was before that
    // A syllable that is being composed is no word yet; what has become of it is.
    this.input.oninput = ({ isComposing }) => isComposing || this.typed();
    this.input.addEventListener("compositionend", () => this.typed());
  }

  dispose() {
    clearTimeout(this.sending);
  }

  receive(data) {
    if (this.data && this.data.base !== data.base) this.at = null; // another sentence was typed
    this.data = data;
    const { verdicts, hint, rows } = this.place.parts;
    verdicts.setAttribute("aria-label", data.text.verdicts);
    const partly = data.partly ? [element("p", "", data.partly)] : [];
    refill(verdicts, element("h4", "", data.text.verdicts), ...partly, ...data.verdicts.map(verdict));
    verdicts.classList.toggle("partly", Boolean(data.partly));
    this.paintWords();
    this.paintEditor();
    this.paintKnown();
    hint.textContent = data.text.hint;
    refill(rows, ...data.rows.map(row));
    this.place.host.dataset.revision = data.revision;
  }

  paintWords() {
    const { words, text } = this.data;
    const root = this.place.parts.words;
    root.className = "line";
    root.setAttribute("aria-label", text.group);
    refill(root, ...words.map((word, at) => wordButton(word, fill(text.edit, { word: word.text }), () => this.choose(at))));
    this.mark();
  }

  mark() {
    [...this.place.parts.words.children].forEach((word, at) => word.setAttribute("aria-expanded", String(at === this.at)));
  }

  /** Open the field in the place of a word, or close it there. */
  choose(at) {
    const opens = at !== this.at;
    this.at = opens ? at : null;
    if (opens) this.tokens = this.data.words.map((word) => word.text);
    this.send(this.written());
    this.paintEditor(opens);
    this.mark();
  }

  /** The words that all of them know, to put in the place that is being changed, or behind the sentence. */
  paintKnown() {
    const { known } = this.place.parts;
    const { vocabulary, text } = this.data;
    if (known.children.length && this.listed === vocabulary.join(" ")) return;
    this.listed = vocabulary.join(" ");
    const put = (word) => (this.at === null ? this.send(`${this.written()} ${word}`) : this.pick(word));
    refill(known, element("summary", "", text.known), ...[...vocabulary].sort().map((word) => button("", () => put(word), word)));
  }

  written() {
    return this.data.words.map((word) => word.text).join(" ");
  }

  /** What stands in the place of a word. The field is the browser's while somebody types in it. */
  paintEditor(opens = false) {
    const { editor, remove, picks } = this.place.parts;
    const { input, data } = this;
    editor.hidden = this.at === null;
    if (editor.hidden) return;
    const original = this.tokens[this.at];
    editor.querySelector("label span").textContent = fill(data.text.replace, { word: original });
    remove.textContent = data.text.remove;
    if (opens) {
      refill(editor.querySelector("datalist"), ...data.vocabulary.map((value) => element("option", { value })));
      Object.assign(input, { value: "", placeholder: original });
      input.focus();
    }
    input.onkeydown = (event) => {
      if (event.isComposing) return; // the key is the input method's
      if (event.key === "Escape") this.close(this.tokens.join(" "));
      else if (event.key === "Enter") this.close(this.with(input.value || original));
      else return;
      event.preventDefault(); // the focus is on the word now, and Enter would press it
    };
    remove.onclick = () => this.close(this.with(""));
    const buttons = data.picks.map(({ word, text }) => button("", () => this.pick(word), text));
    refill(picks, ...(buttons.length ? [data.text.picks, ...buttons] : []));
  }

  /** The sentence with another word in the place. */
  with(word) {
    return this.tokens.map((token, at) => (at === this.at ? word.trim() : token)).filter(Boolean).join(" ");
  }

  pick(word) {
    this.input.value = word;
    this.put(word);
  }

  typed() {
    this.put(this.input.value || this.tokens[this.at]);
  }

  put(word) {
    const edit = { text: this.with(word), place: this.at };
    clearTimeout(this.sending);
    this.sending = setTimeout(() => this.place.send("edit", edit), THROTTLE_MS);
  }

  close(text) {
    const { editor, words } = this.place.parts;
    const { at } = this;
    clearTimeout(this.sending);
    this.at = null;
    editor.hidden = true;
    this.send(text);
    this.mark();
    words.children[Math.min(at, words.children.length - 1)]?.focus();
  }

  send(text) {
    this.place.send("edit", { text, place: this.at });
  }
}

function wordButton({ text, changed, unknown, read }, title, choose) {
  const className = [changed && "changed", unknown && "unknown", !read && "unread"].filter(Boolean).join(" ");
  return button({ className, title }, choose, read ? text : element("s", "", text));
}

/** One contender: its name, a bar, a number; where the sentence was changed also where it stood before. */
function verdict({ name, color, said, part, before, shown, note }) {
  const dot = element("i");
  dot.style.background = color;
  const filled = element("span");
  Object.assign(filled.style, { width: `${100 * part}%`, background: color });
  const bar = element("div", { className: "bar", role: "img", ariaLabel: said }, filled);
  if (before !== null) {
    const tick = element("b");
    tick.style.left = `${100 * before}%`;
    bar.append(tick);
  }
  return element("div", { className: "verdict", title: note }, element("span", "name", dot, name), bar, element("output", "", shown));
}

/** One measure on the words: darker is more. Shares have their green; of a signed one orange is above zero and blue below. */
function row({ name, note, cells, signed }) {
  const title = element("h4", "", name, element("small", "", note));
  const chips = cells.map(({ text, part, shown }) => {
    const chip = element("span", signed ? `chip ${part > 0 ? "for" : "against"}` : "chip", text, element("small", "", shown));
    chip.style.setProperty("--part", String(Math.abs(part)));
    return chip;
  });
  return element("div", "row", title, element("div", "line", ...chips));
}
