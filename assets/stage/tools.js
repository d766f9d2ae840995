// The line of tools above the board and the one below: views, numbers, the film, the formula, saving.

import { formula, mark, named, refill } from "../kit/dom.js";
import { momentOf } from "./film.js";
import { STAGES } from "./drawing/layout.js";

export const VIEWS = ["matrix", "lines", "arithmetic"];
const KINDS = ["png", "svg"];

export class Tools {
  /**
   * @param {Object<string, HTMLElement>} parts
   * @param {{choose: (change: object) => void, play: () => void, scrub: (moment: number) => void, save: (kind: string) => void}} act
   */
  constructor(parts, act) {
    Object.assign(this, { parts, act });
    parts.play.onclick = act.play;
    parts.scrub.oninput = () => act.scrub(Number(parts.scrub.value));
  }

  paint({ text, selection }, state, isPlaying) {
    const { parts, act } = this;
    for (const view of VIEWS) {
      const made = named(parts.views, view, () => act.choose({ view }));
      made.textContent = text.views[view];
      mark(made, "aria-pressed", String(view === state.view));
    }
    parts.numbers.onclick = () => act.choose({ numbers: !state.numbers });
    parts.numbers.textContent = text.tools.numbers;
    mark(parts.numbers, "aria-pressed", String(state.numbers));
    parts.play.textContent = isPlaying ? text.tools.pause : text.tools.play;
    this.paintScrub(text.tools.scrub, state);
    this.paintFormula(text.stages[state.stage].mathml);
    parts.step.textContent = text.stages[state.stage].line;
    const mouse = selection.layers > 1 ? "keys_layers" : "keys";
    parts.keys.textContent = text.hints[window.matchMedia("(hover: none)").matches ? "touch" : mouse];
    this.paintSave(text.save);
  }

  /** While it is dragged the slider is the hand's. */
  paintScrub(label, state) {
    const { scrub } = this.parts;
    scrub.setAttribute("aria-label", label);
    scrub.max = STAGES.length;
    if (!scrub.matches(":active")) scrub.value = momentOf(state);
  }

  paintFormula(mathml) {
    if (this.formula === mathml) return;
    this.formula = mathml;
    refill(this.parts.formula, formula(mathml));
  }

  paintSave(words) {
    const { save, save_label: label } = this.parts;
    label.textContent = words.label;
    mark(save, "aria-label", words.label);
    for (const kind of KINDS) {
      const made = named(save, kind, () => this.act.save(kind));
      made.textContent = words[kind];
      mark(made, "title", words[`${kind}_help`]);
    }
  }
}
