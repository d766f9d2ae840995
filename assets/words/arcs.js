// Arcs from the word that listens to those that it listens to, the thicker, the more. They lie above the words, and where
// these stand in rows between them: no arc crosses a word of its own row or of the next.

import { refill, shape } from "../kit/dom.js";

const LEAST = 0.02; // a share below it is not worth an arc
const MOST = 8;
const NAMED = 3; // arcs that say their share
const WIDEST = 13;
const HIGHEST = 46;
const UNDER = 14; // pixels between the highest point of an arc and the row above
const LABEL = { width: 44, height: 18 };

export function arcs(strip, list, weights, word, percent, length) {
  const svg = strip.querySelector("svg");
  const at = places(strip, list);
  const shares = weights.data.subarray(word * length, (word + 1) * length);
  const order = [...shares.keys()].filter((key) => shares[key] >= LEAST).sort((a, b) => shares[b] - shares[a]).slice(0, MOST);
  const drawn = order.map((key) => ({ key, ...arc(at[word], at[key]) }));
  const lines = drawn.map(({ key, d }) => shape("path", { d, "stroke-width": Math.max(1.5, WIDEST * shares[key]), opacity: 0.35 + 0.65 * shares[key] }));
  const named = apart(drawn.slice(0, NAMED).filter(({ key }) => key !== word));
  const labels = named.map(({ key, x, y }) => label(x, y, percent(shares[key])));
  refill(svg, ...lines.reverse(), ...labels);
}

/** Where each word stands, and how much room is above it: none limits the first row. */
function places(strip, list) {
  const ground = strip.getBoundingClientRect();
  const at = [...list.children].map((item) => {
    const { left, width, top, bottom } = item.getBoundingClientRect();
    return { x: left + width / 2 - ground.left, top: top - ground.top, bottom: bottom - ground.top };
  });
  return at.map((each) => ({ ...each, room: each.top - Math.max(...at.map(({ bottom }) => bottom).filter((bottom) => bottom <= each.top)) }));
}

/** A curve and where its share is said. */
function arc(from, to) {
  if (from.top !== to.top) return between(...(from.top > to.top ? [from, to] : [to, from]));
  const [start, end] = from === to ? [from.x - 14, to.x + 14] : [from.x, to.x];
  const height = Math.min(HIGHEST, 18 + Math.abs(end - start) / 7, (to.room - UNDER) / 1.5 + 10);
  const control = to.top - 2 * height + 20;
  const d = `M ${start} ${from.top} C ${start} ${control}, ${end} ${control}, ${end} ${to.top}`;
  return { d, x: (start + end) / 2, y: (3 * control + to.top) / 4 };
}

/** From the upper side of a word to the lower side of one in a row above; its share below the rows that it passes. */
function between(low, high) {
  const middle = (low.top + high.bottom) / 2;
  const d = `M ${low.x} ${low.top} C ${low.x} ${middle}, ${high.x} ${middle}, ${high.x} ${high.bottom}`;
  const wanted = Math.max(middle, low.top - low.room / 2);
  const at = (start, control, goal, end, t) => (1 - t) ** 3 * start + 3 * t * (1 - t) * ((1 - t) * control + t * goal) + t ** 3 * end;
  let [t, step] = [0.5, 0.25]; // on the way up
  for (; step > 0.001; step /= 2) t += at(low.top, middle, middle, high.bottom, t) > wanted ? step : -step;
  return { d, x: at(low.x, low.x, high.x, high.x, t), y: wanted };
}

/** Those whose labels do not lie over one of a larger share. */
function apart(named) {
  const collide = (one, other) => Math.abs(one.x - other.x) < LABEL.width && Math.abs(one.y - other.y) < LABEL.height;
  return named.filter((one, index) => !named.slice(0, index).some((other) => collide(one, other)));
}

function label(x, y, text) {
  const made = shape("text", { x, y: y + 4 });
  made.textContent = text;
  return made;
}
