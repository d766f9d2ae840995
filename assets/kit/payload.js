// One message from the server: a JSON header and the float32 arrays it names. See attnlab/pictures/packing.py.

/**
 * @typedef {{name: string, rows: number, cols: number, data: Float32Array}} Matrix
 * @typedef {{header: object, matrices: Object<string, Matrix>}} Payload
 */

/**
 * Read one payload. The arrays are views into the message: nothing is copied.
 * @param {Uint8Array} bytes
 * @returns {Payload}
 */
export function decodePayload(bytes) {
  // Views of 4-byte numbers must start at a multiple of 4; a message may not.
  const aligned = bytes.byteOffset % 4 ? bytes.slice() : bytes;
  const headerLength = new DataView(aligned.buffer, aligned.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(aligned.subarray(4, 4 + headerLength)));
  const start = aligned.byteOffset + 4 + headerLength;
  const matrices = {};
  for (const { name, rows, cols, offset } of header.arrays) {
    const data = new Float32Array(aligned.buffer, start + offset, rows * cols);
    matrices[name] = { name, rows, cols, data };
  }
  return { header, matrices };
}

/** @param {Matrix} matrix */
export function cell(matrix, row, col) {
  return matrix.data[row * matrix.cols + col];
}

/** @param {Matrix} matrix @returns {number[]} */
export function rowOf(matrix, row) {
  return Array.from(matrix.data.subarray(row * matrix.cols, (row + 1) * matrix.cols));
}

/** @param {Matrix} matrix @returns {number[]} */
export function columnOf(matrix, col) {
  return Array.from({ length: matrix.rows }, (_, row) => cell(matrix, row, col));
}

/** Largest finite magnitude, at least a hair above zero, so that it can divide. @param {Matrix} matrix */
export function magnitude(matrix) {
  let largest = 1e-12;
  for (const value of matrix.data) {
    const size = Math.abs(value);
    if (size > largest && size < Infinity) largest = size;
  }
  return largest;
}
