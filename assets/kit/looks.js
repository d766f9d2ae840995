// How an item of a sequence looks where it is no word: a patch of a picture, a number's bar, a letter in its colour.
// See attnlab/sequences/items.py.

import { sized } from "./painting/canvas.js";
import { element } from "./dom.js";
import { namesDrawn } from "./painting/upright.js";

const HUES = ["#d55e00", "#0072b2", "#009e73", "#b0467a", "#a67c00", "#7a6fd0", "#0f8fa9", "#8d6e5a"];
const FRAME = 0.5; // of a pixel, so that a line of one pixel is sharp
const FRAMED = 9; // pixels of the smallest patch whose frame is not all that one sees of it
const LARGEST_LABEL = 30; // pixels of a patch beside a row
const BAR = 9; // and across a bar

/**
 * @typedef {{kind: "patch", rows: number, cols: number, grey: string}} Patch grey: a byte a cell, base64
 * @typedef {{kind: "level", share: number}} Level share: how far up its range, 0 to 1
 * @typedef {{kind: "sign", hue: number}} Sign
 */

/** An element that shows an item, a picture at most `side` pixels high and wide. @param {Patch | Level | Sign | null} look */
export function lookElement(look, label, side, colors) {
  if (!look) return element("span", "", label);
  if (look.kind === "sign") return signed(element("span", "look-sign", label), look);
  const canvas = element("canvas", { className: `look-${look.kind}`, role: "img", ariaLabel: label, title: label });
  const box = boxOf(look, side);
  paintLook(sized(canvas, box.width, box.height), look, box, colors);
  return canvas;
}

function signed(made, { hue }) {
  made.style.color = HUES[hue % HUES.length];
  return made;
}

/** The size at which a look is drawn that may be `side` wide and high. */
export function boxOf(look, side) {
  if (look.kind !== "patch") return { x: 0, y: 0, width: Math.max(4, Math.round(side / 3)), height: side };
  const cell = side / Math.max(look.rows, look.cols);
  return { x: 0, y: 0, width: Math.round(look.cols * cell), height: Math.round(look.rows * cell) };
}

/** Draw a patch or a level into a box of a canvas. */
export function paintLook(context, look, { x, y, width, height }, colors) {
  if (look.kind === "level") {
    context.fillStyle = colors.ink;
    const high = Math.max(1, look.share * height);
    context.fillRect(x, y + height - high, width, high);
    return;
  }
  const grey = greyOf(look);
  context.fillStyle = colors.background;
  context.fillRect(x, y, width, height);
  context.fillStyle = colors.ink;
  for (let cell = 0; cell < grey.length; cell += 1) {
    const [left, top] = [edge(cell % look.cols, look.cols, width), edge(Math.floor(cell / look.cols), look.rows, height)];
    const [right, bottom] = [edge((cell % look.cols) + 1, look.cols, width), edge(Math.floor(cell / look.cols) + 1, look.rows, height)];
    context.globalAlpha = grey[cell] / 255;
    context.fillRect(x + left, y + top, right - left, bottom - top);
  }
  context.globalAlpha = 1;
  if (width < FRAMED) return;
  context.strokeStyle = colors.hatch;
  context.lineWidth = 1;
  context.strokeRect(x + FRAME, y + FRAME, width - 1, height - 1);
}

// ---- labels of rows and columns ----------------------------------------------------------------------------------------

/** Whether an item is shown by a drawing alone; words and letters are written. @param {Patch | Level | Sign | null | undefined} look */
export function isDrawing(look) {
  return Boolean(look) && look.kind !== "sign";
}

/** In which colour a label is written: that of its letter; the chosen one in that of what is chosen. */
export function labelInk(look, lit, colors, plain = colors.ink) {
  if (lit) return colors.accent;
  return look?.kind === "sign" ? HUES[look.hue % HUES.length] : plain;
}

/**
 * Which of many labels have room: of those that are written as in `namesDrawn`, every one that is drawn.
 * @param {{tokens: string[], items?: {looks: (object | null)[]}}} header @returns {(index: number) => boolean}
 */
export function labelsDrawn({ tokens, items }, room, least, chosen) {
  const isNamed = namesDrawn(tokens, room, least, chosen);
  if (!items) return isNamed;
  const isAlone = tokens.filter((_, at) => !isDrawing(items.looks[at])).length < 2;
  return (at) => isDrawing(items.looks[at]) || isAlone || isNamed(at);
}

/**
 * Draw an item as the label of a row or a column; nothing where it is written, which is for the caller to do.
 * @param {{x: number, y: number, width: number, height: number}} room that the label has
 * @param {"left" | "right" | "bottom"} edge of the room, at which it stands
 * @returns {boolean} whether it is drawn
 */
export function paintLabel(context, look, room, edge, lit, colors) {
  if (!isDrawing(look)) return false;
  if (look.kind === "level") paintBar(context, look, room, edge, lit, colors);
  else paintPatch(context, look, room, edge, lit, colors);
  return true;
}

function paintPatch(context, look, room, edge, lit, colors) {
  const { width, height } = boxOf(look, Math.max(3, Math.min(room.width, room.height, LARGEST_LABEL) - 1));
  const across = { left: room.x, right: room.x + room.width - width, bottom: room.x + (room.width - width) / 2 }[edge];
  const down = edge === "bottom" ? room.y + room.height - height : room.y + (room.height - height) / 2;
  const box = { x: Math.round(across), y: Math.round(down), width, height };
  paintLook(context, look, box, colors);
  if (lit) frameIn(context, box, colors.accent);
}

/** Bars beside one another are the curve of what they stand for. */
function paintBar(context, { share }, room, edge, lit, colors) {
  const [along, across] = edge === "bottom" ? [room.height, room.width] : [room.width, room.height];
  const thick = Math.max(2, Math.min(BAR, Math.round(across * 0.7)));
  const long = Math.max(1, share * along);
  const middle = (from) => Math.round(from + (across - thick) / 2);
  context.fillStyle = lit ? colors.accent : colors.ink;
  if (edge === "bottom") context.fillRect(middle(room.x), room.y + along - long, thick, long);
  else context.fillRect(edge === "left" ? room.x : room.x + along - long, middle(room.y), long, thick);
}

/** A frame of two pixels around a box. */
export function frameIn(context, { x, y, width, height }, color) {
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.strokeRect(x - 1, y - 1, width + 2, height + 2);
}

/** Whole pixels, so that no seam shows between cells. */
const edge = (index, count, length) => Math.round((index * length) / count);

const read = new WeakMap();

/** A byte a cell. @param {Patch} look */
export function greyOf(look) {
  if (!read.has(look)) read.set(look, Uint8Array.from(atob(look.grey), (letter) => letter.charCodeAt(0)));
  return read.get(look);
}

/**
 * Lay shares over a picture, in colour: the largest of them hides the least ink that still can be seen.
 * @param {{rows: number, cols: number, data: Float32Array}} shares of the picture's patches, row by row
 */
export function tint(context, shares, { x, y, width, height }, colors) {
  const { rows, cols, data } = shares;
  const largest = Math.max(...data, 1e-12);
  context.fillStyle = colors.accent;
  for (let at = 0; at < data.length; at += 1) {
    const [row, col] = [Math.floor(at / cols), at % cols];
    const [left, top] = [edge(col, cols, width), edge(row, rows, height)];
    context.globalAlpha = 0.72 * (Math.max(data[at], 0) / largest);
    context.fillRect(x + left, y + top, edge(col + 1, cols, width) - left, edge(row + 1, rows, height) - top);
  }
  context.globalAlpha = 1;
}

// ---- a whole picture, and where a query looks on it --------------------------------------------------------------------

/**
 * @param {Patch & {grid: [number, number], places: (number | null)[]}} picture places: of each position its patch, row by row
 * @param {{query: number, key: number | null, weightOf: (key: number) => number}} looked who looks, what is chosen, how much
 */
export function paintAttention(context, picture, box, { query, key, weightOf }, colors) {
  const { grid: [rows, cols], places } = picture;
  const data = new Float32Array(rows * cols);
  places.forEach((place, position) => {
    if (place !== null) data[place] = weightOf(position);
  });
  paintLook(context, picture, box, colors);
  tint(context, { rows, cols, data }, box, colors);
  for (const [position, color] of [[query, colors.ink], [key, colors.accent]]) {
    const place = position === null ? null : places[position];
    if (Number.isInteger(place)) frameIn(context, patchIn(picture, place, box), color);
  }
}

function patchIn({ grid: [rows, cols] }, place, { x, y, width, height }) {
  const [w, h] = [width / cols, height / rows];
  return { x: x + (place % cols) * w, y: y + Math.floor(place / cols) * h, width: w, height: h };
}
