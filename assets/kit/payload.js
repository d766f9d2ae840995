// One message from the server: a JSON header and the matrices it names. See attnlab/pictures/packing.py.

import { Lines, drawnNumbers } from "./sketch.js";

/**
 * @typedef {{name: string, rows: number, cols: number, data: Float32Array | null,
 *            sketch?: {rows: number, cols?: number, largest: number}, lines?: Lines}} Matrix
 *   one with lines has its numbers there, and in its data at most what is painted, of as many rows and columns as its sketch has
 * @typedef {{header: object, matrices: Object<string, Matrix>, wanted: Set<string>}} Payload
 *   wanted: lines that were looked for and are not here
 */

/**
 * Read one payload. Arrays of numbers are views into the message: nothing is copied.
 * @param {Uint8Array} bytes
 * @returns {Payload}
 */
export function decodePayload(bytes) {
  // Views of 4-byte numbers must start at a multiple of 4; a message may not.
  const aligned = bytes.byteOffset % 4 ? bytes.slice() : bytes;
  const headerLength = new DataView(aligned.buffer, aligned.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(aligned.subarray(4, 4 + headerLength)));
  const start = aligned.byteOffset + 4 + headerLength;
  const [matrices, wanted] = [{}, new Set()];
  for (const { name, rows, cols, offset, sketch } of header.arrays) {
    const matrix = { name, rows, cols, data: null };
    if (sketch) matrix.data = drawnNumbers(new Uint8Array(aligned.buffer, start + offset, sketch.rows * (sketch.cols ?? cols)), sketch);
    else if (offset !== undefined) matrix.data = new Float32Array(aligned.buffer, start + offset, rows * cols);
    const isWhole = matrix.data && !sketch;
    matrices[name] = isWhole ? matrix : { ...matrix, sketch, lines: new Lines(matrix, wanted) };
  }
  return { header, matrices, wanted };
}

/** A number to be read; undefined, and wanted, where it is not here. @param {Matrix} matrix @returns {number | undefined} */
export function cell(matrix, row, col) {
  return matrix.lines ? matrix.lines.cell(row, col) : matrix.data[row * matrix.cols + col];
}

/** A number to be painted. @param {Matrix} matrix */
export function drawnCell(matrix, row, col) {
  const { rows = matrix.rows, cols = matrix.cols } = matrix.sketch ?? {};
  return matrix.data[Math.floor((row * rows) / matrix.rows) * cols + Math.floor((col * cols) / matrix.cols)];
}

/** Numbers to be read. @param {Matrix} matrix @returns {(number | undefined)[]} */
export function rowOf(matrix, row) {
  if (matrix.lines) return matrix.lines.line("row", row);
  return Array.from(matrix.data.subarray(row * matrix.cols, (row + 1) * matrix.cols));
}

/** Numbers to be read. @param {Matrix} matrix @returns {(number | undefined)[]} */
export function columnOf(matrix, col) {
  if (matrix.lines) return matrix.lines.line("col", col);
  return Array.from({ length: matrix.rows }, (_, row) => cell(matrix, row, col));
}

/** Largest finite magnitude, at least a hair above zero, so that it can divide. @param {Matrix} matrix */
export function magnitude(matrix) {
  if (matrix.sketch) return matrix.sketch.largest;
  let largest = 1e-12;
  for (const value of matrix.data) {
    const size = Math.abs(value);
    if (size > largest && size < Infinity) largest = size;
  }
  return largest;
}

/** One head's weights among those of all, which stand one below the other. @param {Matrix} thumbnails square each */
export function thumbnailOf({ cols, data }, index) {
  return { name: "weights", rows: cols, cols, data: data.subarray(index * cols * cols, (index + 1) * cols * cols) };
}
