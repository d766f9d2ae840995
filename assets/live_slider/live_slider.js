// A slider that reports while it is dragged. Streamlit's own reports on release only. Between two bounds its number can be
// typed, and powers of ten stand on its track.

import { button, mark, refill } from "../kit/dom.js";
import { mounted } from "../kit/mount.js";
import { previewed } from "../kit/conversation/preview.js";

const THROTTLE_MS = 40;
const REST_MS = 250;
const TENS = [0.01, 0.1, 1, 10, 100];
const REPLAY_MS = 10_000; // from the first stop to the last

export default mounted(".live-slider", (place) => new LiveSlider(place));

class LiveSlider {
  constructor(place) {
    this.place = place;
    this.input = place.root.querySelector("[type=range]");
    this.output = place.root.querySelector("output");
    this.typed = place.root.querySelector(".typed");
    this.ticks = place.root.querySelector(".ticks");
    this.dragging = false;
    this.sent = 0; // when
    this.button = place.root.querySelector(".play");
    this.button.onclick = () => (this.playing ? this.pause() : this.play());
    this.input.onpointerdown = () => this.pause();
    this.input.oninput = () => this.drag();
    this.input.onchange = () => this.release();
    this.typed.onchange = () => this.type();
  }

  dispose() {
    clearTimeout(this.sending);
    clearInterval(this.playing);
  }

  /** From stop to stop, from the first one where it stands at the end. */
  play() {
    const last = this.data.stops.length - 1;
    let at = Number(this.input.value) === last ? -1 : Number(this.input.value);
    this.button.setAttribute("aria-pressed", "true");
    this.playing = setInterval(() => {
      at += 1;
      this.input.value = at;
      this.show(this.value);
      if (at >= last) this.pause();
      this.send(true);
    }, REPLAY_MS / last);
  }

  pause() {
    clearInterval(this.playing);
    this.playing = 0;
    this.button.setAttribute("aria-pressed", "false");
  }

  receive(data) {
    const { input } = this;
    const { root } = this.place;
    this.data = data;
    this.track = data.stops ? stopped(data.stops) : logarithmic(data);
    root.querySelector("span").textContent = data.label;
    root.title = data.help;
    input.setAttribute("aria-label", data.label);
    this.button.hidden = !data.play || (data.stops?.length ?? 0) < 2;
    this.button.textContent = data.play;
    input.disabled = data.off ?? false;
    Object.assign(input, { min: 0, max: data.stops ? data.stops.length - 1 : 1, step: data.stops ? 1 : 0.01 });
    this.offerNumbers(data);
    if (!this.dragging && !this.playing) input.value = this.track.toTrack(data.value);
    this.show(this.dragging || this.playing ? this.value : data.value);
  }

  /** Between two bounds: a field for the number, and what stands on the track. */
  offerNumbers({ label, min, max, stops, off }) {
    const { typed, ticks, output } = this;
    [typed.hidden, ticks.hidden, output.hidden] = [Boolean(stops), Boolean(stops), !stops];
    if (stops) return;
    Object.assign(typed, { min, max, disabled: off ?? false });
    for (const part of [typed, ticks]) mark(part, "aria-label", label);
    const tens = TENS.filter((value) => value >= min && value <= max);
    if (ticks.children.length !== tens.length) refill(ticks, ...tens.map((value) => this.tick(value)));
    for (const tick of ticks.children) tick.disabled = off ?? false;
  }

  tick(value) {
    const made = button("", () => this.jump(value), String(value));
    made.style.setProperty("--at", String(this.track.toTrack(value)));
    return made;
  }

  /** A number out of bounds is marked, and told to nobody. */
  type() {
    const { typed, data } = this;
    const number = typed.value === "" ? NaN : typed.valueAsNumber;
    const fine = number >= data.min && number <= data.max;
    mark(typed, "aria-invalid", fine ? null : "true");
    if (fine) this.jump(number);
    else typed.reportValidity();
  }

  jump(value) {
    this.pause();
    this.input.value = this.track.toTrack(value);
    this.exact = value; // the track has fewer places
    this.show(value);
    this.previewed();
    this.send(true);
    this.exact = null;
  }

  get value() {
    if (this.exact) return this.exact;
    return this.track.toValue(Number(this.input.value));
  }

  show(value) {
    this.output.textContent = this.track.text(value);
    this.input.setAttribute("aria-valuetext", this.output.textContent);
    if (this.place.root.getRootNode().activeElement === this.typed && !this.exact) return; // it is being typed
    this.typed.value = this.output.textContent;
    mark(this.typed, "aria-invalid", null);
  }

  /** Where somebody on the page shows the value by themselves, the server is told when the slider rests. */
  drag() {
    this.dragging = true;
    this.show(this.value);
    if (this.previewed()) {
      clearTimeout(this.sending);
      this.later(true, REST_MS);
    } else if (!this.sending) this.later(false, Math.max(0, THROTTLE_MS - (performance.now() - this.sent)));
  }

  /** The keyboard's steps are changes each; the last of them is told when the slider rests. */
  release() {
    if (!this.input.matches(":active") && this.sending && this.previewed()) return;
    this.send(true);
  }

  previewed() {
    return previewed({ [this.data.name]: this.value });
  }

  later(final, wait) {
    this.sending = setTimeout(() => this.send(final), wait);
  }

  send(final) {
    clearTimeout(this.sending);
    this.sending = 0;
    this.sent = performance.now();
    if (final) this.dragging = false;
    this.place.send("value", { value: this.value, final });
  }
}

/** As much room from 0.1 to 1 as from 1 to 10. */
export function logarithmic({ min, max }) {
  const toValue = (track) => Math.min(max, Math.max(min, Number((min * (max / min) ** track).toFixed(2))));
  return { toTrack: (value) => Math.log(value / min) / Math.log(max / min), toValue, text: (value) => value.toFixed(2) };
}

/** These values and no others, evenly apart. */
export function stopped(stops) {
  const toTrack = (value) => Math.max(0, stops.indexOf(value));
  return { toTrack, toValue: (track) => stops[Math.round(track)], text: String };
}
