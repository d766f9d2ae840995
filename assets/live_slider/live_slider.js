// A slider that reports while it is dragged. Streamlit's own reports on release only.

const THROTTLE_MS = 40;
const REST_MS = 250;
const PREVIEW = "attnlab-preview";

/** @type {WeakMap<object, {dragging: boolean, timer: number, sent: number}>} */
const sliders = new WeakMap();

/** Called by Streamlit on mount, on new data and on a change of theme. */
export default function render({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".live-slider");
  const input = root.querySelector("input");
  const shown = root.querySelector("output");
  let state = sliders.get(parentElement);
  if (!state) {
    state = { dragging: false, timer: 0, sent: 0 };
    sliders.set(parentElement, state);
  }
  root.querySelector("span").textContent = data.label;
  input.setAttribute("aria-label", data.label);
  root.title = data.help;
  const { toTrack, toValue, text } = data.stops ? stopped(data.stops) : logarithmic(data);
  input.min = 0;
  input.max = data.stops ? data.stops.length - 1 : 1;
  input.step = data.stops ? 1 : 0.01;
  if (!state.dragging) input.value = toTrack(data.value);
  const show = (value) => {
    shown.textContent = text(value);
    input.setAttribute("aria-valuetext", shown.textContent);
  };
  show(state.dragging ? toValue(Number(input.value)) : data.value);

  const current = () => toValue(Number(input.value));
  const send = (final) => {
    clearTimeout(state.timer);
    state.timer = 0;
    state.sent = performance.now();
    state.dragging &&= !final;
    setStateValue("value", { value: current(), final });
  };
  const later = (final, wait) => {
    state.timer = setTimeout(() => send(final), wait);
  };
  /** Whether somebody on the page shows the value by themselves: then the server is told when the slider rests. */
  const previewed = () =>
    !window.dispatchEvent(new CustomEvent(PREVIEW, { detail: { [data.name]: current() }, cancelable: true }));
  input.oninput = () => {
    state.dragging = true;
    show(current());
    if (previewed()) {
      clearTimeout(state.timer);
      later(true, REST_MS);
    } else if (!state.timer) later(false, Math.max(0, THROTTLE_MS - (performance.now() - state.sent)));
  };
  input.onchange = () => {
    // The keyboard's steps are changes each; the last of them is told when the slider rests.
    if (!input.matches(":active") && state.timer && previewed()) return;
    send(true);
  };
  return () => {
    clearTimeout(state.timer);
    sliders.delete(parentElement);
  };
}

/** As much room from 0.1 to 1 as from 1 to 10. */
function logarithmic({ min, max }) {
  const toValue = (track) => Math.min(max, Math.max(min, Number((min * (max / min) ** track).toFixed(2))));
  return { toTrack: (value) => Math.log(value / min) / Math.log(max / min), toValue, text: (value) => value.toFixed(2) };
}

/** These values and no others, evenly apart. */
function stopped(stops) {
  const toTrack = (value) => Math.max(0, stops.indexOf(value));
  return { toTrack, toValue: (track) => stops[Math.round(track)], text: String };
}
