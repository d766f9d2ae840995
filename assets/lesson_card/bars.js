// A row of weights, drawn by hand: a bar for each word. What is told of them are their shares, which sum to one.

import { element } from "../kit/dom.js";
import { fill, percent } from "../kit/text.js";

const HIGHEST = 100;

/** Heights as shares of their sum; zeros where all are zero. @param {number[]} heights */
export function shares(heights) {
  const total = heights.reduce((sum, height) => sum + height, 0);
  return heights.map((height) => (total ? height / total : 0));
}

/**
 * Bars to drag.
 * @param {string[]} names @param {number[] | null} guess @param {object} words @param {(heights: number[]) => void} drawn
 */
export function bars(names, guess, words, drawn) {
  const heights = guess ? [...guess] : names.map(() => 0);
  const rows = names.map((name, at) => {
    const field = element("input", { type: "range", min: "0", max: String(HIGHEST), step: "1" });
    field.value = String(heights[at]);
    const output = element("output");
    return { field, output, row: element("label", "", element("span", { title: name }, name), field, output) };
  });
  const say = () => {
    shares(heights).forEach((share, at) => {
      rows[at].output.textContent = percent(share);
      rows[at].field.setAttribute("aria-valuetext", fill(words.share, { share: percent(share), name: names[at] }));
    });
  };
  rows.forEach(({ field }, at) => {
    field.oninput = () => {
      heights[at] = Number(field.value);
      say();
      if (heights.some(Boolean)) drawn([...heights]);
    };
  });
  say();
  const group = element("fieldset", { className: "bars" }, ...rows.map(({ row }) => row));
  group.style.border = "0";
  group.style.padding = "0";
  group.setAttribute("aria-label", words.weights);
  return group;
}

/** What was drawn beside what was computed. @param {number[] | null} guess */
export function compared(names, guess, row, words) {
  const ours = guess ? shares(guess) : row.map(() => 0);
  const most = Math.max(...row, ...ours, 1e-9);
  const bar = (share) => {
    const made = element("i");
    made.style.width = `${(100 * share) / most}%`;
    return made;
  };
  const lines = names.map((name, at) => {
    const pair = element("span", { className: "pair" }, bar(ours[at]), bar(row[at]));
    return element("label", "", element("span", { title: name }, name), pair, element("output", "", percent(row[at])));
  });
  const legend = element("div", "legend", element("span", "", words.yours), element("span", "", words.truth));
  return [legend, element("div", "bars", ...lines)];
}
