// Numbers of controls: as a link says them, as a field shows them, and stepped.

/**
 * @typedef {{real: boolean, low: number, high: number, step: number}} Range
 */

/** As a browser writes it into a link: the server's 2.0 is 2 there. @param {string} word */
export function linkWord(word) {
  return word === "" ? "" : String(Number(word));
}

/** As a field shows it: decimal numbers with two places, or with all that they have. @param {Range} range */
export function fieldText(word, { real }) {
  if (word === "" || !real) return word;
  const short = Number(word).toFixed(2);
  return Number(short) === Number(word) ? short : word;
}

/** A step up (1) or down (-1), within the range and without the dust of binary fractions. @param {Range} range */
export function stepped(number, way, { step, low, high }) {
  return Math.min(high, Math.max(low, Number((number + way * step).toFixed(6))));
}

/** Whether a number is of the range. @param {Range} range */
export function within(number, { real, low, high }) {
  return Number.isFinite(number) && number >= low && number <= high && (real || Number.isInteger(number));
}
