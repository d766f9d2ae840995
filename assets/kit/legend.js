// What the colours of matrices mean, in three words each: below a board, and below a picture that is saved.

import { rgb } from "./painting/colors.js";
import { element, refill } from "./dom.js";

/** @typedef {"share" | "signed"} Scale shares from 0 to 1, or signed numbers */

const BAR = { width: 64, height: 10, gap: 6, between: 20 };
const POINTS = 12;
const PIECES = 32; // of a bar that is painted

/** Where each colour of a scale stands, from 0 to 1: shares are drawn by their square root. @returns {[number, number[]][]} */
function stopsOf(scale, { weight, negative, positive }) {
  if (scale === "share") return weight.map((color, at) => [(at / (weight.length - 1)) ** 2, color]);
  const all = [...negative.slice(1).reverse(), ...positive];
  return all.map((color, at) => [at / (all.length - 1), color]);
}

/**
 * Say it in an element.
 * @param {HTMLElement} target @param {Scale[]} scales @param {Object<Scale, string>} words
 */
export function sayLegend(target, scales, words, colors) {
  const said = `${scales} ${colors.background} ${words.share}`;
  if (target.dataset.said === said) return;
  target.dataset.said = said;
  target.classList.add("legend");
  refill(target, ...scales.map((scale) => element("span", "", bar(scale, colors), words[scale])));
}

function bar(scale, colors) {
  const made = element("i");
  const stops = stopsOf(scale, colors).map(([at, color]) => `${rgb(color)} ${100 * at}%`);
  made.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  return made;
}

/** The height of one that is painted. */
export const LEGEND_HEIGHT = 24;

/** Paint it, its upper left corner at a point. @param {CanvasRenderingContext2D | import("./painting/svg.js").SvgContext} context */
export function paintLegend(context, x, y, scales, words, colors) {
  const middle = y + LEGEND_HEIGHT / 2;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.font = `${POINTS}px ${colors.sans}`;
  for (const scale of scales) {
    const stops = stopsOf(scale, colors);
    for (let piece = 0; piece < PIECES; piece += 1) {
      context.fillStyle = rgb(between(stops, piece / (PIECES - 1)));
      context.fillRect(x + (piece * BAR.width) / PIECES, middle - BAR.height / 2, BAR.width / PIECES, BAR.height);
    }
    context.fillStyle = colors.soft;
    context.fillText(words[scale], x + BAR.width + BAR.gap, middle);
    x += BAR.width + BAR.gap + context.measureText(words[scale]).width + BAR.between;
  }
}

/** The colour at a place of a scale. */
function between(stops, at) {
  const next = Math.max(1, stops.findIndex(([place]) => place >= at));
  const [[from, first], [to, second]] = [stops[next - 1], stops[next]];
  const part = (at - from) / (to - from);
  return first.map((value, channel) => Math.round(value + part * (second[channel] - value)));
}
