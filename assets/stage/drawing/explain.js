// What a cell is made of: the cells that feed it, and its sum with the real numbers.

import { cell, columnOf, rowOf } from "../../kit/payload.js";
import { fill, formatNumber, nameOf, sumOfProducts } from "../../kit/text.js";
import { isSwitchedOff, maskLines, normalizerLines, scaleLines, scoreLines, setByHand } from "./variants.js";

const SETTABLE = ["x", "w_query", "w_key", "w_value", "query", "key", "value"]; // a cell of these is what it was set to

/**
 * @typedef {{name: string, row?: number, col?: number}} Box  a cell, a row (no col) or a column (no row)
 * @typedef {{title: string, lines: string[], boxes: Box[]}} Explanation
 */

/**
 * @param {{name: string, row: number, col: number}} at
 * @param {import("../../kit/payload.js").Payload} payload
 * @param {number} terms how many products of a sum to write out
 * @returns {Explanation}
 */
export function explain(at, payload, terms) {
  const { matrices, header } = payload;
  const words = header.text.arithmetic;
  const value = formatNumber(cell(matrices[at.name], at.row, at.col));
  const names = {
    value,
    query: nameOf(header, at.row),
    key: nameOf(header, at.col),
    row: at.row,
    col: at.col,
    head: header.head + 1,
  };
  const product = (left, right) => sumOfProducts(left, right, terms, words.more);
  const isSet = SETTABLE.includes(at.name) && setByHand(header, at.name, at.row, at.col);
  const made = (isSet ? set : (EXPLAIN[at.name] ?? plain))(at, payload, names, product);
  const key = made.title ?? at.name;
  return {
    title: fill(words.titles[key], names),
    lines: made.lines.map(([line, values]) => fill(words.lines[line], { ...names, ...values })),
    boxes: [{ ...at }, ...made.boxes],
  };
}

function plain() {
  return { lines: [["cell", {}]], boxes: [] };
}

function set() {
  return { lines: [["set", {}]], boxes: [] };
}

/** A row times a column; trained layers add a bias. */
function product(left, right, bias) {
  return (at, { matrices }, names, sum) => {
    const terms = sum(rowOf(matrices[left], at.row), columnOf(matrices[right], at.col));
    const added = matrices[bias];
    return {
      lines: [added ? ["product_biased", { terms, bias: formatNumber(cell(added, 0, at.col)) }] : ["product", { terms }]],
      boxes: [{ name: left, row: at.row }, { name: right, col: at.col }],
    };
  };
}

/** x times W, then by QK-norm to unit size, then under RoPE a turn of the pair the coordinate belongs to. */
function projected(name) {
  const [weights, bias] = [`w_${name}`, `b_${name}`];
  const straight = product("x", weights, bias);
  return (at, payload, names, sum) => {
    const { matrices, header } = payload;
    const isTurned = (header.angles || matrices.angles) && at.col < 2 * Math.floor(matrices[name].cols / 2);
    const isNormed = header.variant.qk_norm;
    if (!isTurned && !isNormed) return straight(at, payload, names, sum);
    const before = formatNumber(cell(matrices[`projected_${name}`], at.row, at.col));
    const values = { terms: sum(rowOf(matrices.x, at.row), columnOf(matrices[weights], at.col)), before };
    const added = matrices[bias];
    const lines = [added ? ["projected_biased", { ...values, bias: formatNumber(cell(added, 0, at.col)) }] : ["projected", values]];
    const boxes = [{ name: "x", row: at.row }, { name: weights, col: at.col }];
    if (isNormed) lines.push(unitSize(matrices, name, at));
    if (!isTurned) return { lines, boxes };
    const [even, turn] = turned(matrices[`${isNormed ? "normed" : "projected"}_${name}`], angleOf(payload, at), at);
    const pairs = [{ name: weights, col: even }, { name: weights, col: even + 1 }, { name, row: at.row, col: even }, { name, row: at.row, col: even + 1 }];
    return { lines: [...lines, turn], boxes: [boxes[0], ...pairs] };
  };
}

function unitSize(matrices, name, { row, col }) {
  const vector = rowOf(matrices[`projected_${name}`], row);
  const size = Math.sqrt(vector.reduce((total, number) => total + number * number, 0) / vector.length);
  const [before, normed] = [vector[col], cell(matrices[`normed_${name}`], row, col)].map(formatNumber);
  return size ? ["unit_size", { before, size: formatNumber(size), normed }] : ["no_size", { normed }];
}

/** By how much RoPE turns the pair that a coordinate belongs to. */
function angleOf({ header, matrices }, { row, col }) {
  const pair = Math.floor(col / 2);
  return header.angles ? header.angles[row][pair] : cell(matrices.angles, row, pair);
}

function turned(matrix, by, { row, col }) {
  const even = col - (col % 2);
  const [first, second, angle] = [cell(matrix, row, even), cell(matrix, row, even + 1), by].map(formatNumber);
  return [even, [col % 2 ? "turned_odd" : "turned_even", { first, second, angle }]];
}

/** The chain of one pair of tokens, from the score to the weight; `upTo` says how far. */
function pair(upTo) {
  return ({ row: i, col: j }, payload, names, sum) => {
    const { matrices } = payload;
    const lines = scoreLines(payload, i, j, sum);
    const boxes = [{ name: "query", row: i }, { name: "key", row: j }];
    if (upTo !== "scores") lines.push(...scaleLines(payload, i, j));
    if (upTo === "masked_scores" || upTo === "weights") lines.push(...maskLines(payload, i, j));
    if (upTo !== "weights") return { lines, boxes: [...boxes, { name: "weights", row: i, col: j }], title: "scores" };
    const isMasked = cell(matrices.masked_scores, i, j) === -Infinity;
    if (!isMasked || setByHand(payload.header, "weights", i, j)) lines.push(...normalizerLines(payload, i, j));
    const square = ["scores", "scaled_scores", "masked_scores"].map((name) => ({ name, row: i }));
    return { lines, boxes: [...boxes, ...square, { name: "weights", row: i }, { name: "value", row: j }], title: "weights" };
  };
}

/** What the weights collect; nothing if the head is switched off. */
function collected(at, { matrices, header }, names, sum) {
  const terms = () => sum(rowOf(matrices.dropped_weights ?? matrices.weights, at.row), columnOf(matrices.value, at.col));
  return {
    lines: [isSwitchedOff(header) ? ["switched_off", {}] : ["product", { terms: terms() }]],
    boxes: [{ name: "weights", row: at.row }, { name: "value", col: at.col }],
  };
}

/** The embeddings added up; within a model also what earlier layers added, and the norm. */
function entering(at, { header, matrices }) {
  const { row: i, col: j } = at;
  const token = cell(matrices.token_embedding, i, j);
  const isPlaced = Boolean(matrices.position_embedding);
  const position = isPlaced ? cell(matrices.position_embedding, i, j) : 0;
  const parts = { token: formatNumber(token), position: formatNumber(position) };
  const boxes = ["token_embedding", ...(isPlaced ? ["position_embedding"] : [])].map((name) => ({ name, row: i, col: j }));
  if (!matrices.stream) return { lines: [isPlaced ? ["sum", parts] : [`unplaced_${header.positions}`, {}]], boxes };
  if (!matrices.norm_gain) return { lines: [["handed_on", {}]], boxes };
  const reached = cell(matrices.stream, i, j);
  const stream = formatNumber(reached);
  const made = [streamLine(header.layer, isPlaced), { ...parts, added: formatNumber(reached - token - position), stream }];
  const normed = {
    stream,
    mean: formatNumber(cell(matrices.norm_mean, i, 0)),
    deviation: formatNumber(cell(matrices.norm_deviation, i, 0)),
    gain: formatNumber(cell(matrices.norm_gain, 0, j)),
    shift: formatNumber(cell(matrices.norm_bias, 0, j)),
  };
  return { lines: [made, ["normed", normed]], boxes: header.layer ? [{ name: "x", row: i }] : boxes };
}

function streamLine(layer, isPlaced) {
  if (layer) return isPlaced ? "stream_later" : "stream_later_unplaced";
  return isPlaced ? "stream_first" : "stream_first_unplaced";
}

function positioned(at, { header, matrices }) {
  const waves = at.col % 2 ? "cosine" : "sine";
  const learned = header.source === "trained" ? "learned_trained" : "learned";
  const line = header.positions === "sinusoidal" ? waves : learned;
  return { lines: [[line, { pair: at.col - (at.col % 2), d_model: matrices.x.cols }]], boxes: [{ name: "x", row: at.row, col: at.col }] };
}

const EXPLAIN = {
  x: entering,
  token_embedding: (at, { header }) => ({ lines: [[header.items?.said ? "embedding_features" : `embedding_${header.source}`, {}]], boxes: [{ name: "x", row: at.row, col: at.col }] }),
  position_embedding: positioned,
  query: projected("query"),
  key: projected("key"),
  value: product("x", "w_value", "b_value"),
  scores: pair("scores"),
  scaled_scores: pair("scaled_scores"),
  masked_scores: pair("masked_scores"),
  weights: pair("weights"),
  head_output: collected,
  concat: (at, { header }) => {
    const head = Math.floor(at.col / header.value_dim);
    const boxes = head === header.head ? [{ name: "head_output", row: at.row, col: at.col % header.value_dim }] : [];
    return { lines: [["copied", { from: head + 1, coordinate: at.col % header.value_dim }]], boxes };
  },
  output: product("concat", "w_output", "b_output"),
};
