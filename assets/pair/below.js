// Below the large matrices, of layers that read a picture: the picture, and over it where the chosen query looks.

import { boxOf, paintAttention } from "../kit/looks.js";
import { valueAt } from "./grid.js";

const SIDE = 128; // pixels of a picture
const ABOVE = 14;
const BELOW = 6;
const APART = 24; // pixels between two
const EDGE = 2; // of the frame around a patch

/**
 * A board with a place for each picture, below the matrix of its layer, or beside one another where matrices stand in lines.
 * @param {{slots: import("./paint.js").Slot[], height: number}} board
 */
export function withPictures(board, layers) {
  const read = board.slots.filter(({ layer }) => layers[layer].items?.picture);
  if (!read.length) return board;
  const below = new Set(board.slots.map(({ y }) => y)).size === 1;
  const pictures = read.map(({ layer, x }, at) => {
    const box = boxOf(layers[layer].items.picture, SIDE);
    return { layer, ...box, x: below ? x : EDGE + at * (SIDE + APART), y: board.height + ABOVE };
  });
  return { ...board, pictures, height: board.height + ABOVE + SIDE + BELOW };
}

/** @param {{head: number, row: number | null, col: number | null}} chosen */
export function paintPictures(context, { pictures = [] }, layers, chosen, colors) {
  for (const box of pictures) {
    const { items: { picture }, heads, size } = layers[box.layer];
    const query = Math.min(chosen.row ?? size - 1, size - 1);
    const weightOf = (key) => valueAt(heads[chosen.head], query, key) || 0;
    paintAttention(context, picture, box, { query, key: chosen.col, weightOf }, colors);
  }
}
