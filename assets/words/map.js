// All shares of a head: words on both sides, the row of the word that listens framed.

import { pixels } from "../kit/painting/canvas.js";
import { matrixImage } from "../kit/painting/colors.js";
import { button, element, mark } from "../kit/dom.js";
import { fill } from "../kit/text.js";
import { isUpright } from "../kit/painting/upright.js";

const SIDE = 440; // pixels of the whole, if that gives a cell of at most
const PRESENTED = 560;
const BESIDE = 90; // for the names of its rows
const LARGEST = 40;
const SMALLEST = 4;
const LEGIBLE = 13; // a smaller cell has no room for a word beside it

export function map({ header, matrices }, word, colors, { width, present, follow, cellUnder, percent }) {
  const { tokens, words } = header;
  const side = Math.min(present ? PRESENTED : SIDE, width - BESIDE);
  const size = Math.max(SMALLEST, Math.min(present ? Infinity : LARGEST, Math.floor(side / tokens.length)));
  const whole = size * tokens.length;
  const canvas = element("canvas", { role: "img", ariaLabel: words.map_name });
  pixels(canvas, matrixImage({ ...matrices.weights, name: "weights" }, colors), whole, whole);
  const frame = element("i");
  Object.assign(frame.style, { top: `${word * size - 1}px`, height: `${size + 2}px` });
  const caption = element("figcaption", "", words.map_name);
  canvas.onpointermove = (event) => {
    const { row, col } = cellUnder(event, canvas, matrices.weights);
    const share = percent(matrices.weights.data[row * tokens.length + col]);
    caption.textContent = fill(words.cell, { query: tokens[row], key: tokens[col], share });
  };
  canvas.onpointerleave = () => {
    caption.textContent = words.map_name;
  };
  canvas.onclick = (event) => follow(cellUnder(event, canvas, matrices.weights).row);
  const named = size >= LEGIBLE;
  const rows = tokens.map((token, index) => {
    const name = button({ tabIndex: -1 }, () => follow(index), named ? token : "");
    mark(name, "aria-pressed", String(index === word));
    name.style.height = name.style.lineHeight = `${size}px`;
    return name;
  });
  const columns = tokens.map((token) => {
    const name = element("span", isUpright(token) ? "upright" : "", token);
    name.style.width = name.style.lineHeight = `${size}px`;
    return name;
  });
  const grid = element(
    "div",
    "map",
    named ? element("div", { className: "columns", ariaHidden: "true" }, ...columns) : null,
    element("div", "rows", ...rows),
    element("div", "cells", canvas, frame),
  );
  return [grid, caption];
}
