// Tokens in scripts whose letters stand upright wherever they are: above a narrow column one below the other, never turned.

const SCRIPTS = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}";
const MARKS = "\\u3001-\\u303F\\uFF01-\\uFF60\\uFFE0-\\uFFE6"; // their punctuation, and letters as wide as theirs
const UPRIGHT = new RegExp(`[${SCRIPTS}${MARKS}]`, "u");
const LEAST = 12; // pixels: Han has more strokes than fit fewer
const PITCH = 1.1; // from one letter to the next, in sizes
const CUT = "\u22EE"; // a row of dots, downwards

/** Whether a text has letters that are never turned. */
export function isUpright(text) {
  return UPRIGHT.test(text);
}

/** The size in which a text can be read. @param {number} wanted in pixels @param {number} least of other scripts */
export function legible(text, wanted, least = 9) {
  return Math.max(isUpright(text) ? LEAST : least, wanted);
}

/** Which of many names, each in a room of so many pixels, are drawn: every first, second, third, ... */
export function everyOf(texts, room, least) {
  return Math.ceil((texts.some(isUpright) ? LEAST + 1 : least) / room);
}

/**
 * Which of many names are drawn, each in a room of so many pixels: as `everyOf`, and the chosen one in the place of those
 * that it would touch.
 * @param {number | null} chosen @returns {(index: number) => boolean}
 */
export function namesDrawn(texts, room, least, chosen) {
  const every = everyOf(texts, room, least);
  const isFree = (index) => chosen === null || chosen === undefined || Math.abs(index - chosen) >= every;
  return (index) => index === chosen || (index % every === 0 && isFree(index));
}

/** Pixels that letters one below the other take. */
export function stackedHeight(letters, size) {
  return letters.length * size * PITCH;
}

/** The letters that there is room for, from top to bottom. */
export function stacked(text, room, size) {
  const letters = lettersOf(text);
  const most = Math.max(1, Math.floor(room / (size * PITCH)));
  return letters.length <= most ? letters : [...letters.slice(0, most - 1), CUT];
}

/** As people count letters: an accent or a joined emoji is not torn off. @returns {string[]} */
export function lettersOf(text) {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

/** Paint letters one below the other, the last just above a point. The context's font has the size. */
export function paintStacked(context, text, { x, y, room, size }) {
  const letters = stacked(text, room, size);
  context.save();
  context.textAlign = "center";
  context.textBaseline = "bottom";
  letters.forEach((letter, index) => context.fillText(letter, x, y - (letters.length - 1 - index) * size * PITCH));
  context.restore();
}
