// Arcs over the words: from the one that listens to those that it listens to, the thicker, the more.

import { refill, shape } from "../kit/dom.js";

const LEAST = 0.02; // a share below it is not worth an arc
const MOST = 8;
const NAMED = 3; // arcs that say their share
const WIDEST = 13;
const HIGHEST = 66;

export function arcs(strip, list, weights, word, percent, length) {
  const svg = strip.querySelector("svg");
  const ground = strip.getBoundingClientRect();
  const at = [...list.children].map((item) => {
    const { left, width, top } = item.getBoundingClientRect();
    return { x: left + width / 2 - ground.left, y: top - ground.top };
  });
  const shares = weights.data.subarray(word * length, (word + 1) * length);
  const order = [...shares.keys()].filter((key) => shares[key] >= LEAST).sort((a, b) => shares[b] - shares[a]).slice(0, MOST);
  const lines = order.map((key) => arc(at[word], at[key], shares[key]));
  const labels = order.slice(0, NAMED).filter((key) => key !== word).map((key) => label(at[word], at[key], percent(shares[key])));
  refill(svg, ...lines.reverse(), ...labels);
}

function arc(from, to, share) {
  const itself = from === to;
  const end = itself ? { x: to.x + 14, y: to.y } : to;
  const start = itself ? { x: from.x - 14, y: from.y } : from;
  const top = Math.min(start.y, end.y) - 2 * height(start, end);
  const d = `M ${start.x} ${start.y} C ${start.x} ${top + 20}, ${end.x} ${top + 20}, ${end.x} ${end.y}`;
  return shape("path", { d, "stroke-width": Math.max(1.5, WIDEST * share), opacity: 0.35 + 0.65 * share });
}

const height = (start, end) => Math.min(HIGHEST, 26 + Math.abs(end.x - start.x) / 5) * 0.7;

function label(from, to, text) {
  const top = Math.min(from.y, to.y) - 2 * height(from, to);
  const made = shape("text", { x: (from.x + to.x) / 2, y: (3 * (top + 20) + Math.min(from.y, to.y)) / 4 + 4 });
  made.textContent = text;
  return made;
}
