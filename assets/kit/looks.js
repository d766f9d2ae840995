// How an item of a sequence looks where it is no word: a patch of a picture, a number's bar, a letter in its colour.
// See attnlab/sequences/items.py.

import { sized } from "./painting/canvas.js";
import { element } from "./dom.js";

const HUES = ["#d55e00", "#0072b2", "#009e73", "#b0467a", "#a67c00", "#7a6fd0", "#0f8fa9", "#8d6e5a"];
const FRAME = 0.5; // of a pixel, so that a line of one pixel is sharp

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
  context.strokeStyle = colors.hatch;
  context.lineWidth = 1;
  context.strokeRect(x + FRAME, y + FRAME, width - 1, height - 1);
}

/** Whole pixels, so that no seam shows between cells. */
const edge = (index, count, length) => Math.round((index * length) / count);

/** A byte a cell. @param {Patch} look */
export function greyOf({ grey }) {
  return Uint8Array.from(atob(grey), (letter) => letter.charCodeAt(0));
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
