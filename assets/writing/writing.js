// Texts that models have written on: a token is chosen, and what it was said from is shaded, with what else it might have been.

import { button, element, mark, refill } from "../kit/dom.js";
import { mounted } from "../kit/mount.js";
import { fill, percent, shownToken } from "../kit/text.js";

const MILLE = 1000;
const DARKEST = 85; // percent of the hue

export default mounted(".writing", (place) => new Writing(place));

class Writing {
  constructor(place) {
    this.place = place;
    this.measure = 0;
    this.chosen = null; // the number of the written token that is looked at, the same in every text; null for the last one
  }

  receive(data) {
    this.data = data;
    if (!data.measures[this.measure]) this.measure = 0;
    const { lines, hint } = this.place.parts;
    refill(lines, ...data.lines.map((line, at) => this.line(line, at)));
    hint.textContent = data.text.hint;
    this.paint();
    this.place.host.dataset.lines = String(data.lines.length);
  }

  /** A text, walked by the arrow keys as by the pointer. */
  line({ name, color, note, prompt, said }, at) {
    const dot = element("i");
    dot.style.background = color;
    const text = element("p", { className: "text", tabIndex: 0, role: "group", ariaLabel: fill(this.data.text.line, { name }) });
    const given = prompt.map(({ text: letters, known }) => element("span", known ? "given" : "given unknown", letters));
    const written = said.map((token, number) => {
      const made = element("span", "said", token.text);
      made.onpointerenter = () => this.choose(number);
      made.onclick = () => this.choose(number);
      return made;
    });
    text.append(...given, ...written);
    text.onkeydown = (event) => this.key(event, at);
    const offers = element("ol", { className: "offers", ariaLive: "polite" });
    return element("section", "", element("h4", "", dot, name, element("small", "", note)), text, offers);
  }

  key(event, at) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const last = this.data.lines[at].said.length - 1;
    this.choose(Math.max(0, Math.min(last, (this.chosen ?? last) + steps[event.key])));
  }

  choose(number) {
    this.chosen = number;
    this.paint();
  }

  paint() {
    const { measures, lines } = this.place.parts;
    mark(measures, "aria-label", this.data.text.measures);
    const picks = this.data.measures.map((name, number) => {
      const pick = button("", () => { this.measure = number; this.paint(); }, name);
      pick.setAttribute("role", "radio");
      pick.setAttribute("aria-checked", String(number === this.measure));
      return pick;
    });
    refill(measures, ...(picks.length > 1 ? picks : []));
    this.data.lines.forEach((line, at) => this.shade(line, lines.children[at]));
  }

  shade({ said }, section) {
    const number = Math.min(this.chosen ?? said.length - 1, said.length - 1);
    const { looked, begin, offers } = said[number];
    const shares = looked[this.measure];
    const most = Math.max(1, ...(shares ?? []));
    [...section.querySelector(".text").children].forEach((token, place) => {
      const share = shares?.[place - begin] ?? 0;
      token.style.setProperty("--part", `${(DARKEST * share) / most}%`);
      token.title = share ? percent(share / MILLE) : "";
    });
    [...section.querySelectorAll(".said")].forEach((token, at) => mark(token, "aria-current", at === number ? "true" : null));
    const chances = offers.map((offer) => chance(offer, said[number].text, this.data.text));
    const none = shares ? [] : [element("li", "none", this.data.text.none)];
    refill(section.querySelector(".offers"), ...none, ...chances);
  }
}

/** What might have been written: its chance before anything was cut. */
function chance({ text, share, kept }, written, words) {
  const name = shownToken(text).replace(/\n/g, "⏎");
  const label = fill(kept ? words.kept : words.cut, { token: name, share: percent(share) });
  const bar = element("i");
  bar.style.width = `${Math.max(1, 100 * share)}%`;
  const className = [text === written && "written", !kept && "cut"].filter(Boolean).join(" ");
  return element("li", { className, title: label, ariaLabel: label }, element("b", "", name), element("span", "bar", bar), percent(share));
}
