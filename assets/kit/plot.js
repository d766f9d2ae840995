// Axes of a fixed size with places along them, and lines from place to place: what is drawn by hand and what was computed.

import { shape } from "./dom.js";

const BOX = { width: 320, height: 200, left: 40, right: 14, top: 12, bottom: 40 };
const TICK = 6;

/**
 * @typedef {{names: string[], low: number, high: number, across: string, unit: string}} Axes
 *   the places along, the ends of the axis upwards, and what both are
 */

/** Where the place of a number stands, in units of the drawing. @param {Axes} axes @param {number} index */
export function along({ names }, index) {
  const { width, left, right } = BOX;
  return left + (index / (names.length - 1)) * (width - left - right);
}

/** How high a value stands. @param {Axes} axes */
export function up({ low, high }, value) {
  const { height, top, bottom } = BOX;
  return height - bottom - ((value - low) / (high - low)) * (height - top - bottom);
}

/** The place and the value under a point of the drawing, never outside the axes. @param {Axes} axes @param {{x: number, y: number}} point */
export function under(axes, { x, y }) {
  const { names, low, high } = axes;
  const inside = (value, least, most) => Math.min(most, Math.max(least, value));
  const share = (up(axes, low) - y) / (up(axes, low) - up(axes, high));
  const step = along(axes, 1) - along(axes, 0);
  return { index: inside(Math.round((x - along(axes, 0)) / step), 0, names.length - 1), value: inside(low + share * (high - low), low, high) };
}

/** A point of the screen in units of the drawing. @param {SVGSVGElement} drawing @param {{clientX: number, clientY: number}} pointer */
export function pointIn(drawing, { clientX, clientY }) {
  const { left, top, width } = drawing.getBoundingClientRect();
  const scale = BOX.width / (width || BOX.width);
  return { x: (clientX - left) * scale, y: (clientY - top) * scale };
}

/** Empty axes. @param {Axes} axes @param {string} name what a reader of screens is told @returns {SVGSVGElement} */
export function plot(axes, name) {
  const { names, low, high, across, unit } = axes;
  const { width, height, left, right, top, bottom } = BOX;
  const drawing = shape("svg", { viewBox: `0 0 ${width} ${height}`, class: "plot", role: "group", "aria-label": name });
  const floor = height - bottom;
  drawing.append(
    shape("path", { class: "axes", d: `M${left} ${top}V${floor}H${width - right}` }),
    label(String(high), { x: left - TICK, y: top + 4, "text-anchor": "end" }),
    label(String(low), { x: left - TICK, y: floor + 4, "text-anchor": "end" }),
    label(unit, { x: left + TICK, y: top + 2, class: "what" }),
    label(across, { x: width - right, y: height - 6, "text-anchor": "end", class: "what" }),
    ...names.map((text, index) => label(text, { x: along(axes, index), y: floor + 15, "text-anchor": "middle" })),
  );
  return drawing;
}

function label(text, attributes) {
  const made = shape("text", attributes);
  made.textContent = text;
  return made;
}

/** A line over places, broken where there is no value. @param {Axes} axes @param {(number | null)[]} values */
export function line(axes, values, name) {
  const known = (index) => (values[index] ?? null) !== null;
  const points = values.map((value, index) => (known(index) ? `${index && known(index - 1) ? "L" : "M"}${along(axes, index).toFixed(1)} ${up(axes, value).toFixed(1)}` : ""));
  return shape("path", { d: points.join(""), class: `line ${name}` });
}
