// Buttons whose presses are counted. What Streamlit calls a press goes along with whatever else is told the server before it
// has answered, and is carried out as often; here each has a number, which the server takes once.

import { button, fit, mark, refill, say, shape } from "../kit/dom.js";
import { mounted } from "../kit/mount.js";

const SHAPES = {
  pause: "M3 2h4v12H3zM9 2h4v12H9z",
  resume: "M4 2l9 6-9 6z",
  step: "M3 2l7 6-7 6zM11 2h2v12h-2z",
  stop: "M3 3h10v10H3z",
};

export default mounted(".orders", (place) => new Orders(place));

export class Orders {
  /** @param {import("../kit/mount.js").Place} place */
  constructor(place) {
    this.place = place;
    this.count = 0; // of the last press
    this.unheard = []; // presses that the server has not taken: {count, name}
  }

  /**
   * @param {{label: string, heard: number, buttons: {name: string, text: string, wide: boolean}[]}} data
   *   heard is the number of the last press that the server has taken
   */
  receive({ label, heard, buttons }) {
    const { root } = this.place;
    this.count = Math.max(this.count, heard);
    this.unheard = this.unheard.filter(({ count }) => count > heard);
    mark(root, "aria-label", label);
    fit(root, buttons.length, () => button("", null, shape("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }), document.createElement("span")));
    buttons.forEach((about, at) => this.show(root.children[at], about));
  }

  show(shown, { name, text, wide }) {
    const [drawing, label] = shown.children;
    if (shown.dataset.name !== name) refill(drawing, shape("path", { d: SHAPES[name] }));
    shown.dataset.name = name;
    shown.className = wide ? "wide" : "";
    say(label, text);
    shown.onclick = () => this.press(shown, name);
    this.wait(shown, name);
  }

  press(shown, name) {
    this.count += 1;
    this.unheard = [...this.unheard, { count: this.count, name }];
    this.wait(shown, name);
    this.place.send("pressed", this.unheard);
  }

  /** Show whether a press is on its way. */
  wait(shown, name) {
    mark(shown, "aria-busy", this.unheard.some((press) => press.name === name) ? "true" : null);
  }
}
