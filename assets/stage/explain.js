// What a cell is made of: the cells that feed it, and its sum with the real numbers.

import { cell } from "./payload.js";
import { fill, formatNumber, shownToken, sumOfProducts } from "./text.js";

/**
 * @typedef {{name: string, row?: number, col?: number}} Box  a cell, a row (no col) or a column (no row)
 * @typedef {{title: string, lines: string[], boxes: Box[]}} Explanation
 */

const row = (matrix, i) => Array.from(matrix.data.subarray(i * matrix.cols, (i + 1) * matrix.cols));
const column = (matrix, j) => Array.from({ length: matrix.rows }, (_, i) => cell(matrix, i, j));

/**
 * @param {{name: string, row: number, col: number}} at
 * @param {import("./payload.js").Payload} payload
 * @param {number} terms how many products of a sum to write out
 * @returns {Explanation}
 */
export function explain(at, payload, terms) {
  const { matrices, header } = payload;
  const words = header.text.arithmetic;
  const value = formatNumber(cell(matrices[at.name], at.row, at.col));
  const names = {
    value,
    query: shownToken(header.tokens[at.row] ?? ""),
    key: shownToken(header.tokens[at.col] ?? ""),
    row: at.row,
    col: at.col,
    head: header.head + 1,
  };
  const product = (left, right) => sumOfProducts(left, right, terms, words.more);
  const made = (EXPLAIN[at.name] ?? plain)(at, payload, names, product);
  const key = made.title ?? at.name;
  return {
    title: fill(words.titles[key], names),
    lines: made.lines.map(([line, values]) => fill(words.lines[line], { ...names, ...values })),
    boxes: [{ ...at }, ...made.boxes],
  };
}

function plain(at) {
  return { lines: [["cell", {}]], boxes: [], title: at.name };
}

/** A row times a column; trained layers add a bias. */
function product(left, right, bias) {
  return (at, { matrices }, names, sum) => {
    const terms = sum(row(matrices[left], at.row), column(matrices[right], at.col));
    const added = matrices[bias];
    return {
      lines: [added ? ["product_biased", { terms, bias: formatNumber(cell(added, 0, at.col)) }] : ["product", { terms }]],
      boxes: [{ name: left, row: at.row }, { name: right, col: at.col }],
    };
  };
}

/** x times W, then under RoPE a turn of the pair the coordinate belongs to. */
function projected(name, weights, before, bias) {
  const straight = product("x", weights, bias);
  return (at, payload, names, sum) => {
    const { matrices, header } = payload;
    if (!matrices[before] || at.col >= 2 * Math.floor(matrices[name].cols / 2)) return straight(at, payload, names, sum);
    const even = at.col - (at.col % 2);
    const first = cell(matrices[before], at.row, even);
    const second = cell(matrices[before], at.row, even + 1);
    const angle = header.angles[at.row][even / 2];
    const line = at.col % 2 ? "turned_odd" : "turned_even";
    const values = { terms: sum(row(matrices.x, at.row), column(matrices[weights], at.col)), before: formatNumber(at.col % 2 ? second : first) };
    const added = matrices[bias];
    return {
      lines: [
        added ? ["projected_biased", { ...values, bias: formatNumber(cell(added, 0, at.col)) }] : ["projected", values],
        [line, { first: formatNumber(first), second: formatNumber(second), angle: formatNumber(angle) }],
      ],
      boxes: [{ name: "x", row: at.row }, { name: weights, col: even }, { name: weights, col: even + 1 }, { name, row: at.row, col: even }, { name, row: at.row, col: even + 1 }],
    };
  };
}

/** The chain of one pair of tokens, from the dot product to the weight; `upTo` says how far. */
function pair(upTo) {
  return (at, payload, names, sum) => {
    const { matrices, header } = payload;
    const { row: i, col: j } = at;
    const raw = formatNumber(cell(matrices.scores, i, j));
    const scaled = formatNumber(cell(matrices.scaled_scores, i, j));
    const masked = cell(matrices.masked_scores, i, j);
    const lines = [["dot", { terms: sum(row(matrices.query, i), row(matrices.key, j)), raw }]];
    const boxes = [{ name: "query", row: i }, { name: "key", row: j }];
    if (upTo !== "scores") lines.push([header.scaling ? "scaled" : "unscaled", { raw, scaled, root: formatNumber(Math.sqrt(header.head_dim)) }]);
    if (upTo === "masked_scores" || upTo === "weights") {
      if (masked === -Infinity) lines.push(["masked", {}]);
      else if (matrices.bias) lines.push(["biased", { scaled, bias: formatNumber(cell(matrices.bias, i, j)), masked: formatNumber(masked) }]);
    }
    if (upTo === "weights") {
      const square = ["scores", "scaled_scores", "masked_scores"].map((name) => ({ name, row: i }));
      boxes.push(...square, { name: "weights", row: i }, { name: "value", row: j });
      if (masked > -Infinity) lines.push(...softmax(payload, i, masked));
    } else {
      boxes.push({ name: "weights", row: i, col: j });
    }
    return { lines, boxes, title: upTo === "weights" ? "weights" : "scores" };
  };
}

function softmax({ matrices, header }, i, masked) {
  const logits = row(matrices.masked_scores, i).map((score) => score / header.temperature);
  const top = Math.max(...logits);
  const log = top + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
  // Cold or unscaled, the sum can be beyond every number: then it is written as a power.
  const total = Math.abs(log) < 700 ? formatNumber(Math.exp(log)) : `e^(${formatNumber(log)})`;
  const over = header.temperature === 1 ? "softmax" : "softmax_tempered";
  const values = { masked: formatNumber(masked), temperature: formatNumber(header.temperature), total };
  return [[over, values]];
}

/** The embeddings added up; within a model also what earlier layers added, and the norm. */
function entering(at, { header, matrices }) {
  const { row: i, col: j } = at;
  const token = cell(matrices.token_embedding, i, j);
  const position = matrices.position_embedding ? cell(matrices.position_embedding, i, j) : 0;
  const parts = { token: formatNumber(token), position: formatNumber(position) };
  const boxes = [{ name: "token_embedding", row: i, col: j }, { name: "position_embedding", row: i, col: j }];
  if (!matrices.stream) return { lines: [["sum", parts]], boxes };
  if (!matrices.norm_gain) return { lines: [["handed_on", {}]], boxes };
  const reached = cell(matrices.stream, i, j);
  const stream = formatNumber(reached);
  const made = header.layer ? ["stream_later", { ...parts, added: formatNumber(reached - token - position), stream }] : ["stream_first", { ...parts, stream }];
  const normed = {
    stream,
    mean: formatNumber(cell(matrices.norm_mean, i, 0)),
    deviation: formatNumber(cell(matrices.norm_deviation, i, 0)),
    gain: formatNumber(cell(matrices.norm_gain, 0, j)),
    shift: formatNumber(cell(matrices.norm_bias, 0, j)),
  };
  return { lines: [made, ["normed", normed]], boxes: header.layer ? [{ name: "x", row: i }] : boxes };
}

function positioned(at, { header, matrices }) {
  const waves = at.col % 2 ? "cosine" : "sine";
  const learned = header.source === "trained" ? "learned_trained" : "learned";
  const line = header.positions === "sinusoidal" ? waves : learned;
  return { lines: [[line, { pair: at.col - (at.col % 2), d_model: matrices.x.cols }]], boxes: [{ name: "x", row: at.row, col: at.col }] };
}

const EXPLAIN = {
  x: entering,
  token_embedding: (at, { header }) => ({ lines: [[`embedding_${header.source}`, {}]], boxes: [{ name: "x", row: at.row, col: at.col }] }),
  position_embedding: positioned,
  query: projected("query", "w_query", "projected_query", "b_query"),
  key: projected("key", "w_key", "projected_key", "b_key"),
  value: product("x", "w_value", "b_value"),
  scores: pair("scores"),
  scaled_scores: pair("scaled_scores"),
  masked_scores: pair("masked_scores"),
  weights: pair("weights"),
  head_output: (at, { matrices }, names, sum) => ({
    lines: [["product", { terms: sum(row(matrices.dropped_weights ?? matrices.weights, at.row), column(matrices.value, at.col)) }]],
    boxes: [{ name: "weights", row: at.row }, { name: "value", col: at.col }],
  }),
  concat: (at, { header }) => {
    const head = Math.floor(at.col / header.value_dim);
    const boxes = head === header.head ? [{ name: "head_output", row: at.row, col: at.col % header.value_dim }] : [];
    return { lines: [["copied", { from: head + 1, coordinate: at.col % header.value_dim }]], boxes };
  },
  output: product("concat", "w_output", "b_output"),
};
