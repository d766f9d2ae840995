// What a key does on the stage.

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const NAMED = { " ": "play", ",": "earlier", ".": "later", Escape: "unpin", Enter: "edit" };
const LETTERS = { n: "numbers", v: "view", x: "switchHead", m: "flipMask", s: "swapTokens" };
const PAGED = { PageUp: ["layer", -1], PageDown: ["layer", 1] };
const BOTH_WAYS = { h: "head", w: "matrix", l: "layer" }; // with Shift the other way round

/** @returns {[deed: string, ...how: number[]] | null} null for a key that does nothing */
export function deedOf({ key, shiftKey }) {
  const letter = key.toLowerCase();
  if (Object.hasOwn(ARROWS, key)) return ["walk", ...ARROWS[key]];
  if (Object.hasOwn(PAGED, key)) return PAGED[key];
  if (Object.hasOwn(NAMED, key)) return [NAMED[key]];
  if (Object.hasOwn(LETTERS, letter)) return [LETTERS[letter]];
  return Object.hasOwn(BOTH_WAYS, letter) ? [BOTH_WAYS[letter], shiftKey ? -1 : 1] : null;
}
