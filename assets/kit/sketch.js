// A matrix that is sent as it looks: a byte a cell, and its numbers line by line, as they are asked for. See
// attnlab/pictures/packing.py and wide.py.

const LEVELS = 126;
const [MINUS_INFINITY, NO_NUMBER] = [-128, 127];

/**
 * Numbers to paint, near enough for any colour and never to be read.
 * @param {Uint8Array} codes int8, as bytes
 * @param {{largest: number, root: boolean}} sketch
 * @returns {Float32Array}
 */
export function drawnNumbers(codes, sketch) {
  const numbers = Float32Array.from({ length: 256 }, (_, byte) => numberOf((byte << 24) >> 24, sketch));
  const drawn = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i += 1) drawn[i] = numbers[codes[i]];
  return drawn;
}

function numberOf(code, { largest, root }) {
  if (code === MINUS_INFINITY) return -Infinity;
  if (code === NO_NUMBER) return NaN;
  const share = code / LEVELS;
  return largest * (root ? share * Math.abs(share) : share);
}

/** The lines of a matrix that are here, exact. One that is looked for in vain is wanted from then on. */
export class Lines {
  /** @param {{name: string, rows: number, cols: number}} matrix @param {Set<string>} wanted lines, as a link names them */
  constructor({ name, rows, cols }, wanted) {
    Object.assign(this, { name, wanted, count: { row: cols, col: rows } });
    this.here = { row: new Map(), col: new Map() };
  }

  /** @param {"row"|"col"} way @param {Float32Array} numbers */
  take(way, index, numbers) {
    this.here[way].set(index, numbers);
  }

  /** @returns {number | undefined} undefined where it is not here */
  cell(row, col) {
    const found = this.here.row.get(row)?.[col] ?? this.here.col.get(col)?.[row];
    if (found === undefined) this.want("row", row);
    return found;
  }

  /** @param {"row"|"col"} way @returns {(number | undefined)[]} */
  line(way, index) {
    const found = this.here[way].get(index);
    if (!found) this.want(way, index);
    return Array.from(found ?? { length: this.count[way] });
  }

  want(way, index) {
    this.wanted.add(`${this.name}.${way}.${index}`);
  }
}
