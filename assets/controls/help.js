// What a control is for, said beside its question mark: under the pointer, with the keyboard's focus, or at a tap.

import { button, formula, mark, refill, shape } from "../kit/dom.js";

const GAP = 6; // pixels between a question mark and what is said

export class Help {
  /** @param {HTMLElement} said where it is said, over everything else on the page */
  constructor(said) {
    this.said = said;
    this.asked = null; // the question mark whose answer is seen
    const away = new AbortController();
    this.away = away;
    addEventListener("scroll", () => this.place(), { capture: true, passive: true, signal: away.signal });
  }

  dispose() {
    this.away.abort();
  }

  /** A question mark. @param {string} label what it is called @param {() => object[]} parts of `answered`, as they are then */
  mark(label, parts) {
    const made = button({ className: "help" }, () => this.open(made, parts()), questionMark());
    mark(made, "aria-label", label);
    made.onpointerenter = ({ pointerType }) => pointerType === "mouse" && this.open(made, parts());
    made.onpointerleave = ({ pointerType }) => pointerType === "mouse" && this.close();
    made.onfocus = () => made.matches(":focus-visible") && this.open(made, parts());
    made.onblur = () => this.close();
    made.onkeydown = (event) => {
      if (event.key !== "Escape" || !this.asked) return;
      event.stopPropagation(); // a drawer around it stays open
      this.close();
    };
    return made;
  }

  open(asked, parts) {
    this.close();
    this.asked = asked;
    refill(this.said, ...answered(parts));
    mark(asked, "aria-describedby", this.said.id);
    this.said.showPopover();
    this.place();
  }

  /** Above its question mark, or below where there is no room above. */
  place() {
    if (!this.asked) return;
    const { asked } = this;
    const [mine, its] = [this.said.getBoundingClientRect(), asked.getBoundingClientRect()];
    const left = Math.max(8, Math.min(its.left + its.width / 2 - mine.width / 2, innerWidth - mine.width - 8));
    const above = its.top - mine.height - GAP;
    Object.assign(this.said.style, { left: `${left}px`, top: `${above < 8 ? its.bottom + GAP : above}px` });
  }

  close() {
    if (!this.asked) return;
    mark(this.asked, "aria-describedby", null);
    this.asked = null;
    this.said.hidePopover();
  }
}

/** Text and formulas in their order. @param {{text?: string, mathml?: string}[]} parts @returns {Node[]} */
export function answered(parts) {
  return parts.map(({ text, mathml }) => (mathml ? formula(mathml) : document.createTextNode(text)));
}

function questionMark() {
  const drawn = shape("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  drawn.append(
    shape("circle", { cx: 12, cy: 12, r: 10 }),
    shape("path", { d: "M9.09 9a3 3 0 0 1 5.83 1c0 2-3 3-3 3M12 17h.01" }),
  );
  return drawn;
}
