// A number that is typed, stepped or dragged on the cell it belongs to.

import { element } from "../../kit/dom.js";
import { isBegun, readNumber } from "./edits.js";

const WIDTH = 104; // pixels, as in the style sheet
const PIXELS_A_STEP = 4;
const DIGITS = 6; // as many as a float32 has

export class CellEditor {
  /** @param {HTMLElement} board what the cell's place is measured in */
  constructor(board) {
    this.board = board;
    this.asked = null;
  }

  get isOpen() {
    return this.asked !== null;
  }

  /**
   * @param {{at: object, value: number, step: number, label: string, words: object,
   *          live: (value: number) => string | null, keep: () => void, restore: () => void}} asked
   *   `live` is called with each number, and may refuse it in a sentence; `keep` and `restore` end it
   * @param {{x: number, y: number, w: number, h: number}} box the cell on the board
   */
  open(asked, box) {
    this.close(true);
    this.asked = asked;
    this.changed = false;
    this.build();
    this.place(box);
    const { input } = this;
    input.value = String(Number(asked.value.toPrecision(DIGITS)));
    input.setAttribute("aria-label", asked.label);
    input.focus({ preventScroll: true });
    input.select();
  }

  build() {
    this.input = element("input", { type: "text", inputMode: "decimal", autocomplete: "off", spellcheck: false });
    this.grip = element("span", { className: "grip", title: this.asked.words.drag }, "↔");
    this.refusal = element("p", { role: "alert" });
    this.frame = element("div", "cell-editor", this.input, this.grip, this.refusal);
    this.board.append(this.frame);
    // What an input method is composing is no number yet; full-width digits come that way.
    this.input.oninput = ({ isComposing }) => isComposing || this.take();
    this.input.addEventListener("compositionend", () => this.take());
    this.input.onkeydown = (event) => this.press(event);
    this.input.onblur = () => this.close(true);
    this.grip.onpointerdown = (event) => this.drag(event);
  }

  /** Onto the cell, and within the board. */
  place({ x, y, w, h }) {
    const left = Math.max(0, Math.min(x + w / 2 - WIDTH / 2, this.board.scrollWidth - WIDTH));
    this.frame.classList.toggle("right", x > this.board.scrollWidth / 2);
    this.frame.style.left = `${left}px`;
    this.frame.style.top = `${Math.max(0, y + h / 2 - 14)}px`;
  }

  /** What is typed becomes the cell's value as soon as it is a number. */
  take(final = false) {
    const { words, live } = this.asked;
    const value = readNumber(this.input.value);
    let refusal = value === null ? words.number : null;
    if (value !== null && (this.changed || value !== this.shown())) {
      this.changed = true;
      refusal = live(value);
    }
    this.input.setAttribute("aria-invalid", String(refusal !== null));
    this.refusal.textContent = refusal !== null && (final || !isBegun(this.input.value)) ? refusal : "";
    return refusal === null;
  }

  /** The cell's value as it stood in the field when it opened. */
  shown() {
    return Number(this.asked.value.toPrecision(DIGITS));
  }

  press(event) {
    event.stopPropagation(); // the stage has other plans for letters
    if (event.isComposing) return; // the key is the input method's
    const steps = { ArrowUp: 1, ArrowDown: -1 };
    if (event.key === "Enter") {
      if (this.take(true)) this.close(true);
    } else if (event.key === "Escape") this.close(false);
    else if (event.key in steps) this.set((readNumber(this.input.value) ?? this.asked.value) + steps[event.key] * this.asked.step * (event.shiftKey ? 10 : 1));
    else return;
    event.preventDefault();
  }

  set(value) {
    this.input.value = String(Number(value.toFixed(4)));
    this.take();
  }

  drag(event) {
    event.preventDefault(); // the field keeps the focus
    const from = readNumber(this.input.value) ?? this.asked.value;
    this.grip.setPointerCapture(event.pointerId);
    this.grip.onpointermove = (move) => this.set(from + Math.round((move.clientX - event.clientX) / PIXELS_A_STEP) * this.asked.step);
    this.grip.onlostpointercapture = () => {
      this.grip.onpointermove = null;
    };
  }

  /** A field that holds no number, or the number it opened with, changes nothing. */
  close(keeps) {
    if (!this.isOpen) return;
    const { asked, input, frame, changed } = this;
    const valid = input.getAttribute("aria-invalid") !== "true";
    this.asked = null; // before the field goes: that is a blur
    const focused = frame.matches(":focus-within");
    frame.remove();
    if (keeps && changed && valid) asked.keep();
    else if (changed) asked.restore();
    asked.closed(focused);
  }
}
