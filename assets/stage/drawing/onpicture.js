// Beside the board, of a picture in patches: the picture, and over it where the followed query looks.

import { boxOf, paintAttention } from "../../kit/looks.js";
import { linesOf } from "../../kit/painting/lines.js";
import { drawnCell } from "../../kit/payload.js";
import { fill, nameOf } from "../../kit/text.js";

const SIDE = 128; // pixels of the picture
const GAP = 26;
const EDGE = 2; // pixels right of it, for the frame around its last patch
const LINE = 17; // pixels from one line of what is said below it to the next
const LINES = 3;

/** Pixels that the picture takes beside the board; on a narrow page it stands below. */
export function roomBeside({ items }, isNarrow) {
  return items?.picture && !isNarrow ? GAP + SIDE + EDGE : 0;
}

/**
 * A scene with the picture's place in it, if there is a picture.
 * @param {{width: number, height: number}} scene as it is without
 */
export function withPicture(scene, { items }, isNarrow) {
  if (!items?.picture) return scene;
  const { width, height } = boxOf(items.picture, SIDE);
  const [x, y] = isNarrow ? [(scene.width - width) / 2, scene.height + 4] : [scene.width + GAP, 10];
  const needed = y + height + LINES * LINE + 10;
  return {
    ...scene,
    width: isNarrow ? scene.width : scene.width + GAP + SIDE + EDGE,
    height: Math.max(scene.height, needed),
    picture: { x: Math.round(x), y: Math.round(y), width, height },
  };
}

/**
 * @param {{x: number, y: number, width: number, height: number}} box
 * @param {import("../../kit/payload.js").Payload} payload
 * @param {{query: number | null, key: number | null}} chosen
 * @param {number | null} followed the query that is followed where none is chosen; else the last position is
 */
export function paintOnPicture(context, box, { header, matrices }, chosen, followed, colors) {
  const { picture } = header.items;
  const query = chosen.query ?? followed ?? header.tokens.length - 1;
  const weightOf = (key) => (matrices.weights.data ? drawnCell(matrices.weights, query, key) : 0);
  paintAttention(context, picture, box, { query, key: chosen.key, weightOf }, colors);
  const said = fill(header.items.words.looks, { head: header.head + 1, query: nameOf(header, query) });
  context.font = `12px ${colors.sans}`;
  context.fillStyle = colors.soft;
  [context.textAlign, context.textBaseline] = ["left", "middle"];
  const lines = linesOf(said, (text) => context.measureText(text).width <= SIDE);
  lines.slice(0, LINES).forEach((line, at) => context.fillText(line, box.x, box.y + box.height + 14 + at * LINE));
}

/** The position whose patch lies under a point; null beside the picture. @returns {number | null} */
export function positionUnder(box, { items }, x, y) {
  if (!box || x < box.x || y < box.y || x >= box.x + box.width || y >= box.y + box.height) return null;
  const { grid: [rows, cols], places } = items.picture;
  const row = Math.floor(((y - box.y) / box.height) * rows);
  const position = places.indexOf(row * cols + Math.floor(((x - box.x) / box.width) * cols));
  return position < 0 ? null : position;
}
