// The tools of "what if": a quiet line of buttons, a slider a token, and the list of what was set by hand.

import { button, element, fit, mark, say } from "../../kit/dom.js";
import { isAlone } from "../../kit/conversation/server.js";
import { fill, nameOf } from "../../kit/text.js";
import { MOST_IMPORTANCE, editWords, isApplied, lastValue } from "./edits.js";

export const COMPARED = ["after", "before", "difference"];
const IMPORTANCE_STEP = 0.05;
const BUTTONS = ["head_off", "swap", "importance", "paint", "undo", "redo", "reset"];

export class WhatIf {
  /**
   * @param {Object<string, HTMLElement>} parts
   * @param {Object<string, Function>} act what each button does, by its name; `compare`, `remove`, `weigh`, `weighed`, `temper` and `tempered`
   */
  constructor(parts, act) {
    this.parts = parts;
    this.act = act;
    this.weighing = false; // whether the sliders are open
    this.dragged = null; // the token whose slider is in hand
    this.tempering = false; // whether the temperature is in hand
    this.listed = 0; // what the list says; nothing at first
    for (const name of BUTTONS) parts[name].onclick = act[name];
    parts.importance.onclick = () => this.weigh();
  }

  weigh() {
    this.weighing = !this.weighing;
    this.act.importance();
  }

  /** @param {{header: object, state: object, history: import("./edits.js").History, edits: Edit[], pair: boolean, isEdited: boolean}} now */
  paint({ header, state, history, edits, pair, isEdited }) {
    const { parts } = this;
    const words = header.text.edits;
    const off = lastValue(edits, "head", { head: state.head }) === 0;
    parts.whatif.setAttribute("aria-label", words.title);
    parts.whatif.classList.toggle("edited", edits.length > 0);
    say(parts.whatif_title, words.title);
    parts.whatif_title.hidden = isAlone();
    for (const name of BUTTONS) say(parts[name], words.buttons[name]);
    say(parts.head_off, words.buttons[off ? "head_on" : "head_off"]);
    for (const name of BUTTONS) parts[name].title = words.help[name];
    parts.head_off.setAttribute("aria-pressed", String(off));
    parts.importance.setAttribute("aria-pressed", String(this.weighing));
    parts.paint.setAttribute("aria-pressed", String(state.painting));
    for (const name of BUTTONS) parts[name].hidden = isAlone();
    parts.paint.hidden ||= state.stage !== "mask" || state.view !== "matrix";
    // Not disabled: a press says why nothing happens.
    mark(parts.swap, "aria-disabled", String(!pair));
    if (!pair) parts.swap.title = words.help.swap_off;
    parts.undo.disabled = !history.canUndo;
    parts.redo.disabled = !history.canRedo;
    parts.reset.disabled = !edits.length;
    this.paintCompared(words, state, isEdited);
    this.paintList(header, words, edits);
    this.paintSliders(header, words, edits);
    this.paintTemper(header, words, edits);
  }

  /** The temperature of a pretrained model's layer, which stays with it; evenly far apart by its logarithm. */
  paintTemper(header, words, edits) {
    const { temper } = this.parts;
    const [name, input, shown] = temper.children;
    input.setAttribute("aria-label", words.buttons.temperature);
    temper.hidden = isAlone() || !header.selection.layers;
    if (temper.hidden) return;
    const value = lastValue(edits, "temperature", {}) ?? header.temperature;
    say(name, words.buttons.temperature);
    say(shown, value.toFixed(2));
    temper.title = words.help.temperature;
    if (!this.tempering) input.value = Math.log10(value);
    input.setAttribute("aria-valuetext", value.toFixed(2));
    input.oninput = () => {
      this.tempering = true;
      this.act.temper(temperatureAt(input.value));
    };
    input.onchange = () => {
      this.tempering = false;
      this.act.tempered();
    };
  }

  paintCompared(words, state, isEdited) {
    const { compare } = this.parts;
    compare.hidden = !isEdited;
    if (compare.hidden) return;
    compare.setAttribute("aria-label", words.compare);
    fit(compare, COMPARED.length, () => button("", null));
    COMPARED.forEach((name, index) => {
      const each = compare.children[index];
      each.dataset.name = name;
      say(each, words.compared[name]);
      each.setAttribute("aria-pressed", String(name === state.compare));
      each.onclick = () => this.act.compare(name);
    });
  }

  paintList(header, words, edits) {
    const { list } = this.parts;
    list.hidden = !edits.length;
    const said = edits.length && JSON.stringify([edits, header.edits, header.tokens]);
    if (said === this.listed) return;
    this.listed = said;
    list.setAttribute("aria-label", words.made);
    fit(list, edits.length, makeRow);
    edits.forEach((edit, index) => {
      const [text, why, remove] = list.children[index].children;
      const applied = isApplied(edit, header);
      say(text, editWords(edit, header));
      text.classList.toggle("unfit", !applied);
      say(why, applied ? "" : words.unfit);
      remove.hidden = isAlone();
      remove.setAttribute("aria-label", fill(words.remove, { edit: text.textContent }));
      remove.onclick = () => this.act.remove(index);
    });
  }

  paintSliders(header, words, edits) {
    const { sliders } = this.parts;
    sliders.hidden = !this.weighing;
    if (!this.weighing) return;
    sliders.setAttribute("aria-label", words.buttons.importance);
    if (this.dragged === null) fit(sliders, header.tokens.length, makeSlider);
    [...sliders.children].forEach((row, token) => {
      const [name, shown, input] = row.children;
      const value = lastValue(edits, "importance", { col: token }) ?? 1;
      const said = nameOf(header, token, 12);
      say(name, said);
      say(shown, value.toFixed(2));
      if (token !== this.dragged) input.value = value;
      input.setAttribute("aria-label", fill(words.importance_of, { token: said, number: token + 1 }));
      input.oninput = () => {
        this.dragged = token;
        this.act.weigh(token, Number(input.value));
      };
      input.onchange = () => {
        this.dragged = null;
        this.act.weighed();
      };
    });
  }
}

const temperatureAt = (place) => Math.min(10, Math.max(0.05, Number((10 ** Number(place)).toFixed(2))));

function makeRow() {
  return element("li", "", element("span"), element("em"), button("", null, "×"));
}

function makeSlider() {
  const input = element("input", { type: "range", min: 0, max: MOST_IMPORTANCE, step: IMPORTANCE_STEP });
  return element("label", "", element("span"), element("output"), input);
}
