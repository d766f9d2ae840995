// Where each matrix stands. Falk's scheme: the left factor to the left, the right factor above, the result where row and
// column meet. All matrices of the lower band share their rows: one query is one line across the screen.

/**
 * @typedef {{name: string, x: number, y: number, cw: number, ch: number, rows: number, cols: number,
 *            transposed: boolean, caption: "below"|"above"}} Place
 */

export const STAGES = ["tokens", "x", "qkv", "scores", "scale", "mask", "softmax", "values", "output"];

const FLOW = ["x", "query", "scores", "weights", "head_output", "concat", "output"];
const ABOVE = { query: "w_query", key: "w_key", scores: "key", head_output: "value", value: "w_value", output: "w_output" };

/** Blocks of each stage, left to right; `core` must be seen, the rest as far as there is room, in this order. */
const SCENES = {
  tokens: { blocks: ["token_embedding"], core: ["token_embedding"], rest: [] },
  x: { blocks: ["token_embedding", "position_embedding", "x"], core: ["x"], rest: ["token_embedding", "position_embedding"] },
  qkv: { blocks: ["x", "query", "key", "value"], core: ["query"], rest: ["key", "value", "x"] },
  scores: { blocks: FLOW, core: ["query", "scores"], rest: ["weights", "head_output", "x", "output", "concat"] },
  scale: { blocks: FLOW, core: ["scores"], rest: ["weights", "query", "head_output", "x", "output", "concat"] },
  mask: { blocks: FLOW, core: ["scores"], rest: ["weights", "query", "head_output", "x", "output", "concat"] },
  softmax: { blocks: FLOW, core: ["weights"], rest: ["scores", "head_output", "query", "x", "output", "concat"] },
  values: { blocks: FLOW, core: ["weights", "head_output"], rest: ["scores", "query", "output", "concat", "x"] },
  output: { blocks: ["concat", "output"], core: ["output"], rest: ["concat"] },
};

const SIGNS = { position_embedding: "+", x: "=", weights: "→", concat: "→" };

/** The matrix that a stage computes, and which version of the scores the square shows meanwhile. */
export const RESULT = {
  tokens: "token_embedding", x: "x", qkv: "query", scores: "scores", scale: "scaled_scores", mask: "masked_scores",
  softmax: "weights", values: "head_output", output: "output",
};

const ORDER = [
  "token_embedding", "position_embedding", "x", "w_query", "w_key", "w_value", "query", "key", "value", "scores",
  "scaled_scores", "masked_scores", "weights", "head_output", "concat", "w_output", "output",
];

/** Whether a matrix is computed only after the one a stage computes. */
export function comesLater(name, result) {
  return ORDER.indexOf(name) > ORDER.indexOf(result) && !name.startsWith("w_");
}

const GAP = 30;
const TOP_LIMIT = 150; // pixels of a matrix that stands above another one, where the window is high
const CAPTION = 34;
const NUMBER = 24; // pixels of a cell whose number can be read
const NUMBER_HEIGHT = 14;
const NAME_HEIGHT = 17; // of a token's name that stands below another
export const MOST_NUMBERED = 37; // rows; more of them, and their squares would be too large to draw

/** The name of the array drawn in a block at a stage: the square of scores shows what the stage has made of them. */
export function shownMatrix(block, stage) {
  if (block !== "scores") return block;
  if (stage === "scores") return "scores";
  return stage === "scale" ? "scaled_scores" : "masked_scores";
}

/** Whether a matrix has a column for each key. */
export function isSquare(name) {
  return name === "weights" || name.endsWith("scores");
}

/**
 * @param {Object<string, import("../../kit/payload.js").Matrix>} matrices
 * @param {{stage: string, width: number, labelWidth: number, labelHeight: number, numbers: boolean, windowHeight: number}} view
 * @returns {{places: Place[], signs: {text: string, x: number, y: number}[], width: number, height: number, rowHeight: number,
 *            columnLabels: {x: number, y: number, cw: number}[], rowLabels: {x: number, y: number, ch: number}[]}}
 */
export function layout(matrices, view) {
  const scene = SCENES[view.stage];
  const has = (block) => matrices[shownMatrix(block, view.stage)];
  const rowCount = has(scene.core[0]).rows;
  const numbers = view.numbers && rowCount <= MOST_NUMBERED;
  let space = view.width - view.labelWidth;
  let size = rowSize(rowCount, { ...view, numbers, named: scene.blocks !== FLOW });
  const wide = (blocks) => blocks.reduce((sum, block) => sum + blockWidth(has(block), numbers, size, scene) + GAP, -GAP);
  let chosen = scene.blocks.filter(has);
  // Numbers that can be read need their room, and what has no room on the screen is beside it: the board scrolls.
  if (numbers) space = Math.max(space, Math.ceil(wide(chosen)));
  else {
    chosen = scene.core.filter(has);
    while (size > 3 && wide(chosen) > space) size -= 0.5;
    for (const block of scene.rest) {
      if (has(block) && wide([...chosen, block]) <= space) chosen.push(block);
    }
  }
  const blocks = scene.blocks.filter((block) => chosen.includes(block));
  return placed(blocks, matrices, { ...view, numbers, size, space, rowCount, scene });
}

/**
 * As large as fits the height of the window, within what can be read; long sentences scroll. Where no square would grow
 * with them, rows are as high as the names of their tokens, as long as all fit.
 */
function rowSize(rows, { numbers, windowHeight, named }) {
  if (numbers) return Math.max(NUMBER, Math.min(34, 900 / rows));
  const height = windowHeight * 0.5 - 2 * CAPTION - 50;
  const fitting = named && height >= NAME_HEIGHT * rows ? Math.max(NAME_HEIGHT, height / (rows + 8)) : height / (rows + 8);
  return Math.max(4, Math.min(21, Math.max(windowHeight < 800 ? 12 : 15, fitting), 420 / rows));
}

/** Squares for positions by positions; narrow columns for wide vectors, wider ones where vectors are the subject. */
function blockWidth(matrix, numbers, size, scene) {
  const square = scene.blocks === FLOW && isSquare(matrix.name);
  if (square) return matrix.cols * size;
  const subject = scene.blocks !== FLOW;
  const wanted = matrix.cols <= 16 ? Math.max(size * 0.72, numbers ? NUMBER : 0) * matrix.cols : subject ? 250 : 66;
  return Math.max(matrix.cols * 0.4, Math.min(wanted, matrix.cols * size), 12);
}

function placed(blocks, matrices, view) {
  const { stage, size, rowCount, scene, numbers } = view;
  const widths = blocks.map((block) => blockWidth(matrices[shownMatrix(block, stage)], numbers, size, scene));
  if (scene.blocks === FLOW) widen(widths, blocks, matrices, view);
  const used = widths.reduce((sum, width) => sum + width + GAP, -GAP);
  const stretch = scene.blocks === FLOW ? 1 : Math.min(blocks.length === 1 ? 3.2 : 1.6, (view.space - GAP * (blocks.length - 1)) / (used - GAP * (blocks.length - 1)));
  const tops = blocks.map((block) => matrices[ABOVE[block]]).filter(Boolean);
  const least = (top) => (numbers && topRows(top) <= MOST_NUMBERED ? NUMBER_HEIGHT : 0);
  const limit = Math.max(64, Math.min(TOP_LIMIT, view.windowHeight * 0.32 - 155)); // a low window has the squares in sight
  const topSize = (top) => Math.min(size, Math.max(least(top), limit / topRows(top)));
  // V has the slanted names of the weights' columns below it, on their way to the right.
  const below = (top) => (top.name === "value" ? view.labelHeight + 22 : CAPTION);
  const topHeight = (top) => topRows(top) * topSize(top) + below(top) + (top.name === "key" ? view.labelHeight : 8);
  const bare = blocks.some((block) => block === "weights" || (block === "scores" && !matrices.key));
  const y = Math.max(bare ? view.labelHeight : 8, ...tops.map(topHeight));
  const result = { places: [], signs: [], columnLabels: [], rowLabels: [], rowHeight: size, width: view.labelWidth + view.space, height: y + rowCount * size + CAPTION + 8 };
  result.rowLabels.push({ x: view.labelWidth, y, ch: size });
  let x = view.labelWidth;
  blocks.forEach((block, i) => {
    const matrix = matrices[shownMatrix(block, stage)];
    const width = widths[i] * (isSquare(matrix.name) ? 1 : stretch);
    const cw = width / matrix.cols;
    // Within a model x is the norm of the stream, which is the sum of the embeddings only before the first layer.
    const sign = block === "x" && matrices.norm_gain ? "→" : SIGNS[block];
    if (i && sign) result.signs.push({ text: sign, x: x - GAP / 2, y: y + (rowCount * size) / 2 });
    result.places.push({ name: matrix.name, x, y, cw, ch: size, rows: matrix.rows, cols: matrix.cols, transposed: false, caption: "below" });
    const top = matrices[ABOVE[block]];
    if (top) {
      const ch = topSize(top);
      const transposed = top.name === "key";
      const height = topRows(top) * ch;
      const topY = y - below(top) - height;
      result.places.push({ name: top.name, x, y: topY, cw, ch, rows: topRows(top), cols: transposed ? top.rows : top.cols, transposed, caption: "above" });
      if (transposed) result.columnLabels.push({ x, y: topY - 5, cw });
      if (top.name === "value") result.rowLabels.push({ x, y: topY, ch });
    }
    const overTokens = matrix.name === "weights" || (matrix.name.endsWith("scores") && !top);
    if (overTokens) result.columnLabels.push({ x, y: y - 5, cw });
    x += width + GAP;
  });
  return result;
}

/** The room that is left goes to the wide vectors beside the squares. */
function widen(widths, blocks, matrices, { space }) {
  const wide = blocks.flatMap((block, i) => (matrices[block]?.cols > 16 && ["x", "concat", "output"].includes(block) ? [i] : []));
  const left = space - widths.reduce((sum, width) => sum + width + GAP, -GAP);
  for (const i of wide) widths[i] += Math.max(0, Math.min(70, left / wide.length));
}

function topRows(top) {
  return top.name === "key" ? top.cols : top.rows;
}

/** The cell under a point, in the matrix's own rows and columns. */
export function cellAt(places, x, y) {
  for (const place of places) {
    const col = Math.floor((x - place.x) / place.cw);
    const row = Math.floor((y - place.y) / place.ch);
    if (row >= 0 && row < place.rows && col >= 0 && col < place.cols) {
      return place.transposed ? { name: place.name, row: col, col: row } : { name: place.name, row, col };
    }
  }
  return null;
}
