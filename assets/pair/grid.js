// What the pair draws from: the matrices of each row of layers, head by head, as small images made once a payload.

import { pixels } from "../kit/painting/canvas.js";
import { cellColors, matrixImage } from "../kit/painting/colors.js";
import { element } from "../kit/dom.js";

/**
 * @typedef {{kind: string, name: string, title: string, tokens: string[], items?: {looks: (object | null)[], names: (string | null)[]}, size: number, heads: ({rows: number, cols: number, data: Float32Array}|null)[], most: number}} Layer
 */

/** The rows of a payload. @returns {Layer[]} */
export function layersOf({ header, matrices }) {
  const layers = [];
  header.rows.forEach((row, index) => {
    if (row.kind === "weights") layers.push(weightsLayer(row, matrices[`m${index}`], header.cards.length));
    else layers.push(differenceLayer(row, layers[0], layers[1]));
  });
  return layers;
}

function weightsLayer(row, matrix, cards) {
  const size = row.tokens.length;
  const heads = Array.from({ length: cards }, (_, head) =>
    head < row.heads ? { name: "weights", rows: size, cols: size, data: matrix.data.subarray(head * size * size, (head + 1) * size * size) } : null,
  );
  return { ...row, size, heads, most: 1 };
}

/**
 * B less A, where both have the position; on one scale in all heads, so that they compare. Of two sentences the positions
 * are what is compared, so they are what is named.
 */
function differenceLayer(row, a, b) {
  const size = Math.min(a.size, b.size);
  const heads = a.heads.map((first, head) => (first && b.heads[head] ? difference(first, b.heads[head], size) : null));
  let most = 1e-12;
  for (const head of heads) for (const value of head?.data ?? []) if (Math.abs(value) > most) most = Math.abs(value);
  const same = a.tokens.every((token, at) => token === b.tokens[at]);
  const tokens = a.tokens.slice(0, size).map((token, at) => (same ? token : String(at + 1)));
  const items = hasSameLooks(a, b) ? a.items : undefined;
  return { ...row, tokens, items, size, heads, most };
}

/** Whether two layers read the same, item by item, as far as their looks go. */
export function hasSameLooks(a, b) {
  return JSON.stringify(a.items?.looks) === JSON.stringify(b.items?.looks);
}

/** A masked cell has no weight; where neither has any, there is nothing to compare. */
function difference(first, second, size) {
  const data = new Float32Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let col = 0; col < size; col += 1) {
      const [a, b] = [valueAt(first, row, col), valueAt(second, row, col)];
      data[row * size + col] = Number.isNaN(a) && Number.isNaN(b) ? NaN : (b || 0) - (a || 0);
    }
  }
  return { name: "difference", rows: size, cols: size, data };
}

/** A cell; NaN where it is masked, undefined where there is none. */
export function valueAt(matrix, row, col) {
  return matrix && row < matrix.rows && col < matrix.cols ? matrix.data[row * matrix.cols + col] : undefined;
}

/** One pixel a cell. @returns {HTMLCanvasElement} */
export function picture(layer, head, colors) {
  const matrix = layer.heads[head];
  const image = layer.kind === "weights" ? matrixImage(matrix, colors) : differenceImage(matrix, layer.most, colors);
  return pixels(element("canvas"), image);
}

function differenceImage(matrix, most, colors) {
  const image = new ImageData(matrix.cols, matrix.rows);
  const pixels = new Uint32Array(image.data.buffer);
  const colorOf = cellColors("signed", most, colors);
  matrix.data.forEach((value, index) => {
    pixels[index] = Number.isNaN(value) ? colors.emptyColor : colorOf(value);
  });
  return image;
}
