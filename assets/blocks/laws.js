// How a number of an opened part comes about: the law's name and what its blanks are filled with, and the cells it was
// made from. The sentences lie in assets/prose.

import { cell, columnOf, rowOf } from "../kit/payload.js";
import { formatNumber, sumOfProducts } from "../kit/text.js";

const SHOWN = 3; // products of a sum that are written out

/**
 * @typedef {{row: number, col: number}} At
 * @typedef {{law: string, values: object, from: {name: string, row?: number, col?: number}[]}} Law
 */

/**
 * @param {{kind: string, facts: object}} opened
 * @param {Object<string, Matrix>} matrices those of the part, by name
 * @param {{name: string, row: number, col: number}} at
 * @param {string} more the sentence about products that are left out
 * @returns {Law}
 */
export function lawOf(opened, matrices, at, more) {
  const law = LAWS[opened.kind][at.name];
  const found = law ? law(at, { matrices, facts: opened.facts, more }) : { law: "given", values: {}, from: [] };
  const value = formatNumber(cell(matrices[at.name], at.row, at.col));
  return { ...found, values: { ...found.values, value } };
}

const shown = (matrix, row, col) => formatNumber(cell(matrix, row, col));

/** A row of one matrix times a column of another, and a bias where there is one. */
function product(left, right, bias) {
  return ({ row, col }, { matrices, more }) => {
    const terms = sumOfProducts(rowOf(matrices[left], row), columnOf(matrices[right], col), SHOWN, more);
    const from = [{ name: left, row }, { name: right, col }];
    if (!matrices[bias]) return { law: "product", values: { terms }, from };
    return { law: "product_biased", values: { terms, bias: shown(matrices[bias], 0, col) }, from: [...from, { name: bias, row: 0, col }] };
  };
}

/** A query or a key: RoPE turns the product by the angle of its position. */
function projected(source, weights, bias) {
  const plainly = product(source, weights, bias);
  return (at, part) => {
    const found = plainly(at, { ...part, matrices: withEntering(part.matrices) });
    return part.facts.turned ? { ...found, law: `${found.law}_turned` } : found;
  };
}

/** In self-attention keys and values come from where the queries come from. */
function withEntering(matrices) {
  return { ...matrices, memory: matrices.memory ?? matrices.entering };
}

function fromMemory(weights, bias, make = projected) {
  return (at, part) => {
    const found = make("memory", weights, bias)(at, { ...part, matrices: withEntering(part.matrices) });
    const from = found.from.map((box) => (box.name === "memory" && !part.matrices.memory ? { ...box, name: "entering" } : box));
    return { ...found, from };
  };
}

function score({ row, col }, { matrices, facts, more }) {
  const terms = sumOfProducts(rowOf(matrices.query, row), rowOf(matrices.key, col), SHOWN, more);
  const from = [{ name: "query", row }, { name: "key", row: col }];
  if (cell(matrices.scores, row, col) === -Infinity) return { law: "hidden", values: {}, from };
  if (!matrices.bias) return { law: "score", values: { terms, width: facts.head_dim }, from };
  return { law: "score_biased", values: { terms, width: facts.head_dim, bias: shown(matrices.bias, row, col) }, from: [...from, { name: "bias", row, col }] };
}

/** Softmax along a row. */
function share(scores) {
  return ({ row, col }, { matrices }) => {
    const row_scores = rowOf(matrices[scores], row);
    const total = row_scores.reduce((sum, one) => sum + Math.exp(one), 0);
    if (row_scores[col] === -Infinity) return { law: "hidden_weight", values: {}, from: [{ name: scores, row, col }] };
    return { law: "softmax", values: { score: formatNumber(row_scores[col]), total: formatNumber(total) }, from: [{ name: scores, row }] };
  };
}

function copied({ row, col }, { facts }) {
  const head = Math.floor(col / facts.value_dim);
  const from = head === facts.head ? [{ name: "head_output", row, col: col % facts.value_dim }] : [];
  return { law: "copied", values: { head: head + 1, column: (col % facts.value_dim) + 1 }, from };
}

// ---- norms -----------------------------------------------------------------------------------------------------------

const meanOf = ({ row }, { matrices }) => ({ law: "mean", values: { count: matrices.x.cols }, from: [{ name: "x", row }] });

function deviationOf({ row }, { matrices, facts }) {
  const values = { mean: matrices.mean && shown(matrices.mean, row, 0), count: matrices.x.cols };
  return { law: `deviation_${facts.norm}`, values, from: [{ name: "x", row }] };
}

function normedParts({ row, col }, { matrices }) {
  const mean = matrices.mean && shown(matrices.mean, row, 0);
  const values = { x: shown(matrices.x, row, col), mean, deviation: shown(matrices.deviation, row, 0) };
  const from = [{ name: "x", row, col }, { name: "mean", row, col: 0 }, { name: "deviation", row, col: 0 }];
  return { values, from };
}

function normalised(at, part) {
  return { law: `normalised_${part.facts.norm}`, ...normedParts(at, part) };
}

function gained(at, part) {
  const { values, from } = normedParts(at, part);
  const { gain, bias } = part.matrices;
  const learned = { gain: shown(gain, 0, at.col), bias: bias && shown(bias, 0, at.col) };
  const learned_from = [{ name: "gain", row: 0, col: at.col }, { name: "bias", row: 0, col: at.col }];
  return { law: `gained_${part.facts.norm}${bias ? "" : "_unbiased"}`, values: { ...values, ...learned }, from: [...from, ...learned_from] };
}

// ---- feed-forward ----------------------------------------------------------------------------------------------------

function activated({ row, col }, { matrices, facts }) {
  const before = cell(matrices.pre_activation, row, col);
  const value = cell(matrices.activation, row, col);
  const from = [{ name: "pre_activation", row, col }, { name: "gate", row, col }];
  const gate = matrices.gate && shown(matrices.gate, row, col);
  const factor = formatNumber(before === 0 ? 0.5 : value / before);
  const bent = formatNumber(before / (1 + Math.exp(-before)));
  return { law: `activated_${facts.activation}`, values: { before: formatNumber(before), gate, factor, bent }, from };
}

function dead({ col }, { matrices }) {
  const isDead = cell(matrices.dead, 0, col) === 1;
  return { law: isDead ? "dead" : "alive", values: {}, from: [{ name: "activation", col }] };
}

// ---- the stream ------------------------------------------------------------------------------------------------------

function dropped({ row, col }, { matrices, facts }) {
  const from = [{ name: "undropped", row, col }, { name: "dropout_mask", row, col }];
  const kept = cell(matrices.dropout_mask, row, col) !== 0;
  return { law: kept ? "kept" : "dropped", values: { before: shown(matrices.undropped, row, col), share: formatNumber(facts.dropout) }, from };
}

function joined({ row, col }, { matrices, facts }) {
  const values = { x: shown(matrices.x, row, col), written: shown(matrices.written, row, col) };
  const from = [{ name: "x", row, col }, { name: "written", row, col }];
  return facts.residual ? { law: "added", values, from } : { law: "replaced", values, from: from.slice(1) };
}

function embedded({ row, col }, { matrices }) {
  const token = shown(matrices.token_embedding, row, col);
  const from = [{ name: "token_embedding", row, col }, { name: "position_embedding", row, col }];
  if (!matrices.position_embedding) return { law: "embedded_plain", values: { token }, from };
  return { law: "embedded", values: { token, position: shown(matrices.position_embedding, row, col) }, from };
}

const LAWS = {
  embedding: { x: embedded },
  norm: { mean: meanOf, deviation: deviationOf, normalised, output: gained },
  attention: {
    query: projected("entering", "w_query", "b_query"),
    key: fromMemory("w_key", "b_key"),
    value: fromMemory("w_value", "b_value", product),
    scores: score,
    weights: share("scores"),
    head_output: product("weights", "value"),
    concat: copied,
    undropped: product("concat", "w_output", "b_output"),
  },
  feed_forward: {
    pre_activation: product("entering", "w_up", "b_up"),
    gate: product("entering", "w_gate", "b_gate"),
    activation: activated,
    dead,
    undropped: product("activation", "w_down", "b_down"),
  },
  add: { written: (at, part) => (part.matrices.dropout_mask ? dropped(at, part) : { law: "given", values: {}, from: [] }), output: joined },
  memory: {},
  logits: { logits: product("final", "w_vocabulary", "b_vocabulary"), probabilities: share("logits") },
};
