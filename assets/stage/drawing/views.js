// Two other ways to look at one head: lines between two columns of tokens, and the arithmetic of one query.

import { cell, drawnCell } from "../../kit/payload.js";
import { fill, formatNumber, shownToken } from "../../kit/text.js";
import { labelInk, labelsDrawn, paintLabel } from "../../kit/looks.js";
import { legible } from "../../kit/painting/upright.js";
import { paintMatrix } from "./draw.js";

const LEAST = 7; // pixels of a name in scripts other than Han
const DRAWN = 60; // pixels along a row that a drawn label has where there is room
const BESIDE = 54; // pixels that its weight has beside it, with the gap before

/** @returns {{height: number, pitch: number, left: number, right: number, top: number}} */
export function linesLayout(count, width) {
  const pitch = Math.max(9, Math.min(30, 560 / count));
  const span = Math.min(width * 0.55, 520);
  const left = (width - span) / 2;
  return { height: count * pitch + 44, pitch, left, right: left + span, top: 34 };
}

/** Weights as lines from each query (left) to each key (right); a chosen query, or else key, stands alone. */
export function paintLines(context, place, payload, chosen, colors) {
  const { tokens, items, text } = payload.header;
  const weights = payload.matrices.weights;
  const y = (i) => place.top + (i + 0.5) * place.pitch;
  context.font = `600 13px ${colors.sans}`;
  context.fillStyle = colors.soft;
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.fillText(text.views.queries, place.left - 10, 14);
  context.textAlign = "left";
  context.fillText(text.views.keys, place.right + 10, 14);
  context.strokeStyle = colors.share;
  for (let i = 0; i < tokens.length; i += 1) {
    for (let j = 0; j < tokens.length; j += 1) {
      const weight = drawnCell(weights, i, j);
      if (weight < 0.004) continue;
      const muted = (chosen.query !== null && i !== chosen.query) || (chosen.query === null && chosen.key !== null && j !== chosen.key);
      context.globalAlpha = muted ? 0.07 * weight : Math.min(1, 0.08 + weight);
      context.lineWidth = 0.6 + weight * Math.min(5, place.pitch / 4);
      context.beginPath();
      context.moveTo(place.left, y(i));
      context.bezierCurveTo(place.left + 90, y(i), place.right - 90, y(j), place.right, y(j));
      context.stroke();
    }
  }
  context.globalAlpha = 1;
  const size = Math.max(9, Math.min(16, place.pitch * 0.7));
  const [asks, isAsked] = [chosen.query, chosen.key].map((one) => labelsDrawn(payload.header, place.pitch, LEAST, one));
  const width = Math.min(DRAWN, place.left - BESIDE); // as much lies right of the keys
  const besides = (x, i) => ({ x, y: y(i) - place.pitch / 2, width, height: place.pitch, edge: place.width });
  tokens.forEach((token, i) => {
    const look = items?.looks[i];
    if (asks(i)) named(context, look, shownToken(token, 18), besides(place.left - 10, i), "right", i === chosen.query, size, colors);
    if (!isAsked(i)) return;
    const number = chosen.query === null ? undefined : cell(weights, chosen.query, i);
    const weight = number === undefined ? "" : `  ${formatNumber(number)}`;
    named(context, look, shownToken(token, 18), besides(place.right + 10, i), "left", i === chosen.key, size, colors, weight);
  });
}

/** A token beside a row, drawn or written, and what is written after it. */
function named(context, look, text, { x, y, width = DRAWN, height, edge: last }, edge, lit, size, colors, after = "") {
  const room = { x: edge === "right" ? Math.max(0, x - width) : x, y, width: edge === "right" ? Math.min(width, x) : width, height };
  const isPicture = paintLabel(context, look, room, edge, lit, colors);
  const from = isPicture ? x + (look.kind === "patch" ? height + 2 : width) : x;
  const said = isPicture ? after : text + after;
  if (said) label(context, said, from, y + height / 2, edge, lit, size, colors, labelInk(look, lit, colors), last - from);
}

function label(context, text, x, y, align, lit, size, colors, ink = labelInk(null, lit, colors), beside = NaN) {
  context.textAlign = align;
  context.font = `${lit ? "600 " : ""}${legible(text, size, LEAST)}px ${colors.sans}`;
  context.fillStyle = ink;
  const room = align === "right" ? x : beside; // within the canvas
  if (room > 0) context.fillText(text, x, y, room);
  else context.fillText(text, x, y);
}

/** The token under a point: {query} on the left, {key} on the right. */
export function tokenAt(place, count, x, y) {
  const index = Math.floor((y - place.top) / place.pitch);
  if (index < 0 || index >= count) return null;
  const middle = (place.left + place.right) / 2;
  return x < middle ? { query: index } : { key: index };
}

const NUMBER_WIDTH = 62;

/** Columns of the arithmetic view, left to right; vectors shrink first where there is little room. */
export function arithmeticLayout(payload, width, labelWidth) {
  const { matrices, header } = payload;
  const count = matrices.weights.rows;
  const ch = Math.max(10, Math.min(24, 520 / (count + 2)));
  const numbers = width < 700 ? ["weights"] : ["scores", "scaled_scores", "masked_scores", "weights"];
  // Only a dot product is the sum of a column of products.
  const ownProducts = header.variant.score.endsWith("dot") ? ["product"] : [];
  const vectors = width < 520 ? [...ownProducts, "value"] : ["key", ...ownProducts, "value", "moved"];
  const dims = vectors.map((name) => (name === "value" || name === "moved" ? matrices.value.cols : matrices.key.cols));
  const room = width - labelWidth - numbers.length * NUMBER_WIDTH - vectors.length * 18 - 10;
  const cw = Math.max(0.8, Math.min(ch * 0.8, room / dims.reduce((sum, dim) => sum + dim, 0)));
  const order = ["key", "product", ...numbers, "value", "moved"];
  const columns = [];
  let x = labelWidth;
  for (const name of order) {
    const index = vectors.indexOf(name);
    if (!numbers.includes(name) && index < 0) continue;
    const columnWidth = index < 0 ? NUMBER_WIDTH : dims[index] * cw + 18;
    columns.push({ name, x, width: columnWidth, cw, dims: index < 0 ? 0 : dims[index] });
    x += columnWidth;
  }
  const top = 34 + ch + 12;
  return { columns, ch, top, queryY: 34, height: top + count * ch + ch + 30, count };
}

/** One query against every key: q, k, q∘k, their sum, the softmax, v and the weighted sum, aligned. */
export function paintArithmetic(context, place, payload, chosen, colors) {
  const { matrices, header } = payload;
  const query = chosen.query ?? 0;
  const derived = derivedMatrices(matrices, query);
  const words = header.text.views;
  context.textBaseline = "middle";
  for (const column of place.columns) {
    context.textAlign = "left";
    context.font = `600 12px ${colors.sans}`;
    context.fillStyle = colors.soft;
    context.fillText(columnTitle(column.name, header), column.x, 14, column.dims ? column.width + 40 : column.width - 6);
    if (column.dims) paintVectors(context, place, column, derived, colors);
    else paintNumberColumn(context, place, column, matrices[column.name], query, chosen.key, colors);
  }
  const isNamed = labelsDrawn(header, place.ch, LEAST, chosen.key);
  header.tokens.forEach((token, j) => {
    if (!isNamed(j)) return;
    const row = { x: place.columns[0].x - 8, y: place.top + j * place.ch, height: place.ch };
    named(context, header.items?.looks[j], shownToken(token, 12), row, "right", j === chosen.key, Math.min(13, place.ch * 0.7), colors);
  });
  label(context, fill(words.query_row, { query: shownToken(header.tokens[query], 10) }), place.columns[0].x - 8, place.queryY + place.ch / 2, "right", true, 12, colors);
  label(context, words.output_row, place.columns[0].x - 8, place.top + (place.count + 0.5) * place.ch + 10, "right", false, 12, colors);
}

/** A variant's scores and weights are called by its own formula. */
function columnTitle(name, { text, variant, formula }) {
  const plain = name === "scores" ? variant.score.endsWith("dot") : name !== "weights" || variant.normalizer === "softmax";
  return plain ? text.views[`column_${name}`] : fill(text.matrices[name].formula, { ...formula, temperature: "" });
}

function derivedMatrices(matrices, query) {
  const used = matrices.dropped_weights ?? matrices.weights;
  const q = matrices.query.data.subarray(query * matrices.query.cols, (query + 1) * matrices.query.cols);
  const map = (name, source, f) => ({ name, rows: source.rows, cols: source.cols, data: Float32Array.from(source.data, f) });
  const line = (name, source) => ({ name, rows: 1, cols: source.length, data: source });
  const out = matrices.head_output;
  return {
    key: matrices.key,
    value: matrices.value,
    product: map("product", matrices.key, (value, i) => value * q[i % q.length]),
    moved: map("moved", matrices.value, (value, i) => value * drawnCell(used, query, Math.floor(i / matrices.value.cols))),
    query: line("query", q),
    output: line("head_output", out.data.subarray(query * out.cols, (query + 1) * out.cols)),
  };
}

function paintVectors(context, place, column, derived, colors) {
  const area = { x: column.x, y: place.top, cw: column.cw, ch: place.ch, rows: place.count, cols: column.dims, transposed: false };
  paintMatrix(context, derived[column.name], area, colors, Infinity);
  if (column.name === "key" || (column.name === "product" && place.columns[0].name === "product")) {
    paintMatrix(context, derived.query, { ...area, y: place.queryY, rows: 1 }, colors, Infinity);
  }
  if (column.name === "moved" || (column.name === "value" && !place.columns.some((other) => other.name === "moved"))) {
    paintMatrix(context, derived.output, { ...area, y: place.top + place.count * place.ch + 10, rows: 1 }, colors, Infinity);
  }
}

function paintNumberColumn(context, place, column, matrix, query, key, colors) {
  for (let j = 0; j < place.count; j += 1) {
    const value = cell(matrix, query, j);
    if (value === undefined) continue; // on its way
    const y = place.top + j * place.ch;
    if (column.name === "weights") {
      context.fillStyle = colors.share;
      context.globalAlpha = 0.4;
      context.fillRect(column.x, y + 2, (column.width - 14) * value, place.ch - 4);
      context.globalAlpha = 1;
    }
    context.font = `${j === key ? "600 " : ""}${Math.min(12, place.ch * 0.7)}px ${colors.mono}`;
    context.textAlign = "right";
    context.fillStyle = j === key ? colors.accent : colors.ink;
    context.fillText(formatNumber(value), column.x + column.width - 16, y + place.ch / 2);
  }
}

/** The key row under a point of the arithmetic view. */
export function keyAt(place, y) {
  const index = Math.floor((y - place.top) / place.ch);
  return index >= 0 && index < place.count ? index : null;
}
