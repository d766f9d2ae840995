// What each score function and each normalizer makes of its numbers, and what was set by hand. The engine's side is
// attnlab/engine/choices/scores.py, normalizers.py and edits.py. A line is [its name in the prose, what fills its blanks].

import { cell, rowOf } from "../../kit/payload.js";
import { formatNumber } from "../../kit/text.js";

const GROUPED = ["key", "value", "w_key", "w_value"]; // one matrix for all query heads that share keys
const HEADLESS = ["x", "mask"];
const LARGEST_POWER = 700; // e to more is beyond every number

/** The edit that has the last word on a cell of the head that is shown; undefined where none has. */
export function setByHand({ edits, head, groups }, stage, i, j) {
  const matrix = (number) => (GROUPED.includes(stage) ? Math.floor(number / groups) : number);
  return (edits ?? []).findLast(
    (edit) => edit.applied && edit.stage === stage && edit.row === i && edit.col === j && (HEADLESS.includes(stage) || matrix(edit.head) === matrix(head)),
  );
}

/** Whether the head that is shown is switched off. */
export function isSwitchedOff(header) {
  return setByHand(header, "head", 0, 0)?.value === 0;
}

/**
 * From query i and key j to their raw score.
 * @param {(left: number[], right: number[]) => string} sum a sum of products, written out
 */
export function scoreLines(payload, i, j, sum) {
  const { matrices, header } = payload;
  const raw = formatNumber(cell(matrices.scores, i, j));
  if (setByHand(header, "scores", i, j)) return [["score_set", { raw }]];
  return SCORES[header.variant.score](matrices, i, j, sum, raw);
}

const SCORES = {
  scaled_dot: dotted,
  dot: dotted,
  cosine: (matrices, i, j, sum, raw) => {
    const { query, key } = vectors(matrices, i, j);
    const [queryLength, keyLength] = [query, key].map((vector) => Math.sqrt(inner(vector, vector)));
    if (!queryLength || !keyLength) return [["no_direction", { raw }]];
    const dot = formatNumber(inner(query, key));
    const lengths = { query_length: formatNumber(queryLength), key_length: formatNumber(keyLength) };
    return [["dot", { terms: sum(query, key), raw: dot }], ["cosine_score", { dot, ...lengths, raw }]];
  },
  additive: (matrices, i, j, sum, raw) => {
    const [ours, theirs] = [rowOf(matrices.score_query, i), rowOf(matrices.score_key, j)];
    const vector = rowOf(matrices.score_vector, 0);
    const bent = ours.map((number, c) => Math.tanh(number + theirs[c]));
    const size = (c) => Math.abs(vector[c] * bent[c]);
    const place = bent.reduce((best, _, c) => (size(c) > size(best) ? c : best), 0);
    const largest = { place, first: formatNumber(ours[place]), second: formatNumber(theirs[place]), bent: formatNumber(bent[place]) };
    return [["additive_score", { terms: sum(vector, bent), raw }], ["additive_term", largest]];
  },
  bilinear: (matrices, i, j, sum, raw) => [["bilinear_score", { terms: sum(rowOf(matrices.score_query, i), rowOf(matrices.key, j)), raw }]],
  gaussian: (matrices, i, j, sum, raw) => {
    const { query, key } = vectors(matrices, i, j);
    const apart = query.map((number, c) => number - key[c]);
    return [["gaussian_score", { terms: sum(apart, apart), distance: formatNumber(inner(apart, apart)), raw }]];
  },
  linear: (matrices, i, j, sum, raw) => {
    const { query, key } = vectors(matrices, i, j);
    const [ours, theirs] = [query.map(feature), key.map(feature)];
    return [["linear_score", { terms: sum(ours, theirs), sum: formatNumber(inner(ours, theirs)), raw }]];
  },
};

function dotted(matrices, i, j, sum, raw) {
  const { query, key } = vectors(matrices, i, j);
  return [["dot", { terms: sum(query, key), raw }]];
}

function vectors({ query, key }, i, j) {
  return { query: rowOf(query, i), key: rowOf(key, j) };
}

function inner(left, right) {
  return left.reduce((total, number, c) => total + number * right[c], 0);
}

/** elu(x) + 1, the feature map of linear attention. */
function feature(x) {
  return x > 0 ? x + 1 : Math.exp(x);
}

/** From the raw score to the scaled and soft-capped one. */
export function scaleLines({ matrices, header }, i, j) {
  const { scaled: isScaled, softcap } = header.variant;
  const score = cell(matrices.scores, i, j);
  const [raw, scaled] = [score, cell(matrices.scaled_scores, i, j)].map(formatNumber);
  const root = Math.sqrt(header.head_dim);
  const between = softcap === null ? scaled : formatNumber(isScaled ? score / root : score);
  const lines = [[isScaled ? "scaled" : "unscaled", { raw, root: formatNumber(root), scaled: between }]];
  if (softcap !== null) lines.push(["capped", { between, cap: formatNumber(softcap), scaled }]);
  return lines;
}

/** From the scaled score to what enters the normalizer: positions, importance, the mask. */
export function maskLines({ matrices, header }, i, j) {
  const masked = cell(matrices.masked_scores, i, j);
  const importance = header.importance?.[j] ?? 1;
  const painted = setByHand(header, "mask", i, j);
  if (masked === -Infinity) return [[importance === 0 ? "unimportant" : painted ? "mask_closed" : "masked", {}]];
  const lines = painted ? [["mask_opened", {}]] : [];
  const bias = matrices.bias ? cell(matrices.bias, i, j) : 0;
  const scaled = cell(matrices.scaled_scores, i, j);
  const summed = formatNumber(importance === 1 ? masked : scaled + bias);
  const steps = i > j ? `−${i - j}` : String(j - i);
  if (matrices.bias) lines.push([`biased_${header.positions}`, { scaled: formatNumber(scaled), bias: formatNumber(bias), steps, summed }]);
  if (importance !== 1) lines.push(["weighed", { summed, importance: formatNumber(importance), masked: formatNumber(masked) }]);
  return lines;
}

/** From row i of the masked scores to the weight of key j, which the mask allows. */
export function normalizerLines({ matrices, header }, i, j) {
  const value = formatNumber(cell(matrices.weights, i, j));
  if (setByHand(header, "weights", i, j)) return [["weight_set", { value }]];
  const { normalizer, sink } = header.variant;
  const masked = formatNumber(cell(matrices.masked_scores, i, j));
  const logits = rowOf(matrices.masked_scores, i).map((score) => score / header.temperature);
  const [temperature, logit] = [header.temperature, logits[j]].map(formatNumber);
  const tempered = header.temperature === 1 ? [] : [["tempered", { masked, temperature, logit }]];
  if (sink !== null) return [...tempered, ["softmax_sink", { logit, sink: formatNumber(sink), total: totalOf([...logits, sink]), value }]];
  if (normalizer === "softmax") return [[tempered.length ? "softmax_tempered" : "softmax", { masked, temperature, total: totalOf(logits), value }]];
  return [...tempered, NORMALIZERS[normalizer](logits, { logit, value }, cell(matrices.weights, i, j))];
}

/** The sum of e^logit, as a power where no number holds it: cold or unscaled rows. */
function totalOf(logits) {
  const top = Math.max(...logits);
  const log = top + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
  return Math.abs(log) < LARGEST_POWER ? formatNumber(Math.exp(log)) : `e^(${formatNumber(log)})`;
}

const NORMALIZERS = {
  softmax_one: (logits, said) => ["softmax_one", { ...said, total: totalOf([...logits, 0]) }],
  sparsemax: (logits, said) => ["sparsemax", { ...said, threshold: formatNumber(sparsemaxThreshold(logits)) }],
  entmax15: (logits, said) => ["entmax15", { ...said, threshold: formatNumber(entmaxThreshold(logits)) }],
  sigmoid: (logits, said) => ["sigmoid", { ...said, keys: logits.length }],
  relu: (logits, said) => ["relu", { ...said, keys: logits.length }],
  hard: (logits, { logit, value }, weight) => {
    if (weight === 0) return ["hard_none", { logit, top: formatNumber(Math.max(...logits)), value }];
    const count = Math.round(1 / weight); // the engine says which scores are equal but for their last bits
    return [count === 1 ? "hard_one" : "hard_shared", { logit, count, value }];
  },
};

/** The number that the logits lose, so that what stays above zero sums to one. */
function sparsemaxThreshold(logits) {
  let [sum, threshold] = [0, -Infinity];
  for (const [index, logit] of descending(logits).entries()) {
    sum += logit;
    const candidate = (sum - 1) / (index + 1);
    if (logit <= candidate) break;
    threshold = candidate;
  }
  return threshold;
}

/** The number that half the logits lose, so that the squares of what stays above zero sum to one. */
function entmaxThreshold(logits) {
  const halves = descending(logits).map((logit) => logit / 2);
  const [top] = halves;
  let [sum, squares, threshold] = [0, 0, -Infinity];
  for (const [index, half] of halves.entries()) {
    const count = index + 1;
    sum += half - top;
    squares += (half - top) ** 2;
    const mean = sum / count;
    const spread = (1 - (squares - count * mean ** 2)) / count;
    const candidate = top + mean - Math.sqrt(Math.max(spread, 0));
    if (candidate > half) break;
    threshold = candidate;
  }
  return threshold;
}

function descending(logits) {
  return logits.filter((logit) => logit > -Infinity).sort((a, b) => b - a);
}
