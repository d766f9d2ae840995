// A curve drawn by hand on empty axes: with the pointer, or place by place with the keys. What is told of it are its heights
// at the places, once there is one at each.

import { element, mark, shape } from "../kit/dom.js";
import { along, line, plot, pointIn, under, up } from "../kit/plot.js";
import { fill, formatNumber } from "../kit/text.js";

const STEPS = 50; // from one end of the axis to the other, by keys
const KEYS = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 };

/** Heights with those between two places filled in, as a hand that was quick has passed over them. */
export function stroked(heights, from, to) {
  const made = [...heights];
  const [first, last] = from.index <= to.index ? [from, to] : [to, from];
  for (let index = first.index; index <= last.index; index += 1) {
    const share = last.index === first.index ? 1 : (index - first.index) / (last.index - first.index);
    made[index] = first.value + share * (last.value - first.value);
  }
  made[to.index] = to.value;
  return made;
}

/**
 * Axes to draw on.
 * @param {import("../kit/plot.js").Axes} axes @param {number[] | null} guess @param {object} words
 * @param {(heights: number[] | null) => void} drawn
 */
export function curve(axes, guess, words, drawn) {
  let heights = guess ? [...guess] : axes.names.map(() => null);
  let from = null;
  const drawing = plot(axes, words.curve);
  const own = line(axes, heights, "yours");
  const places = axes.names.map((name, index) => place(name, index));
  drawing.append(own, ...places);

  function place(name, index) {
    const dot = shape("circle", { cx: along(axes, index), r: 5, class: "place", role: "slider", tabindex: index ? "-1" : "0" });
    mark(dot, "aria-valuemin", String(axes.low));
    mark(dot, "aria-valuemax", String(axes.high));
    mark(dot, "aria-label", fill(words.curve_place, { name, across: axes.across }));
    dot.onkeydown = (event) => key(event, index);
    return dot;
  }

  function key(event, index) {
    const beside = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (beside && places[index + beside]) {
      mark(places[index], "tabindex", "-1");
      mark(places[index + beside], "tabindex", "0");
      places[index + beside].focus();
    } else if (event.key in KEYS) {
      const middle = (axes.low + axes.high) / 2;
      const value = (heights[index] ?? middle) + ((heights[index] === null ? 0 : KEYS[event.key]) * (axes.high - axes.low)) / STEPS;
      heights[index] = Math.min(axes.high, Math.max(axes.low, value));
      show();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function show() {
    const text = line(axes, heights, "yours").getAttribute("d");
    mark(own, "d", text);
    heights.forEach((height, index) => {
      mark(places[index], "cy", String(up(axes, height ?? axes.low)));
      mark(places[index], "class", height === null ? "place empty" : "place");
      mark(places[index], "aria-valuenow", height === null ? null : String(height));
      mark(places[index], "aria-valuetext", height === null ? words.curve_empty : `${formatNumber(height)} ${axes.unit}`);
    });
    drawn(heights.includes(null) ? null : [...heights]);
  }

  drawing.onpointerdown = (event) => {
    event.preventDefault();
    drawing.setPointerCapture?.(event.pointerId);
    from = under(axes, pointIn(drawing, event));
    heights = stroked(heights, from, from);
    show();
  };
  drawing.onpointermove = (event) => {
    if (!from) return;
    const to = under(axes, pointIn(drawing, event));
    heights = stroked(heights, from, to);
    from = to;
    show();
  };
  drawing.onpointerup = drawing.onpointercancel = () => {
    from = null;
  };
  show();
  return element("div", "curve", drawing, element("p", "hint", words.curve_hint));
}

/** What was drawn and what was computed on the same axes. @param {number[] | null} guess @param {number[]} truth */
export function comparedCurves(axes, guess, truth, words) {
  const drawing = plot(axes, words.curve);
  mark(drawing, "role", "img");
  if (guess) drawing.append(line(axes, guess, "yours"));
  drawing.append(line(axes, truth, "truth"));
  const legend = element("div", "legend", element("span", "", words.yours), element("span", "", words.truth));
  return [legend, element("div", "curve", drawing)];
}
