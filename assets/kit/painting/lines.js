// Where a text may be broken into lines on a canvas, which breaks none by itself.

import { isUpright, lettersOf } from "./upright.js";

// As W3C's "Requirements for Chinese Text Layout" has it, section 3.1.6.
const NEVER_FIRST = /^[。，、；：！？）》〉」』】〕〗”’…—～·％%.,;:!?)\]}]/u;
const NEVER_LAST = /[（《〈「『【〔〖“‘(\[{]$/u;

/** A text in the pieces between which a line may end: after spaces and "&" (addresses have no spaces), and beside Han. */
export function pieces(text) {
  return text.split(/(?<=[\s&])/).flatMap(parted);
}

function parted(word) {
  if (!isUpright(word)) return [word];
  const found = [];
  for (const letter of lettersOf(word)) {
    const last = found.at(-1);
    if (last !== undefined && !mayPart(last, letter)) found[found.length - 1] += letter;
    else found.push(letter);
  }
  return found;
}

function mayPart(last, letter) {
  if (/^\s/u.test(letter) || NEVER_FIRST.test(letter) || NEVER_LAST.test(last)) return false;
  return isUpright(letter) || isUpright(lettersOf(last).at(-1));
}

/** Lines that fit, broken between pieces, and within what is still too long. @param {(text: string) => boolean} fits */
export function linesOf(text, fits) {
  const lines = [""];
  for (const piece of pieces(text)) {
    for (const part of fits(piece.trimEnd()) ? [piece] : lettersOf(piece)) {
      const longer = lines.at(-1) + part;
      if (lines.at(-1) && !fits(longer.trimEnd())) lines.push(part);
      else lines[lines.length - 1] = longer;
    }
  }
  return lines.map((line) => line.trimEnd());
}
