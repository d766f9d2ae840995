// What is chosen on the stage: as a cell, as tokens, as the server says it, as a link says it. Nothing here touches the page.

import { encodeEdits } from "./edits/edits.js";
import { encodeElsewhere } from "./elsewhere.js";
import { RESULT, isSquare } from "./drawing/layout.js";

/** @typedef {{name: string, row: number, col: number}} Cell of a matrix */

const IN_LINK = { layer: true, head: true, query: true, key: true, stage: false, view: false, s: false, elsewhere: false }; // whether it counts from 1

/**
 * What is looked at and what was edited; of a pretrained model's layer also which it is, and what was edited in others.
 * @param {{head: number, layer?: number}} looked @param {import("./edits/edits.js").Edit[]} edits
 * @param {import("./elsewhere.js").Layer[]} [others]
 */
export function selectionOf({ head, query, key, stage, view, layer }, edits, others) {
  const shown = { head, query, key, stage, view, s: encodeEdits(edits) };
  return others ? { layer, ...shown, elsewhere: encodeElsewhere(layer, edits, others) } : shown;
}

/** A selection as the link has it: tokens and heads count from 1 there, 0 is none; without edits it has no `s`. */
export function inLink(selection) {
  const counted = (value) => (value === null ? 0 : value + 1);
  const said = Object.entries(selection).filter(([name]) => name in IN_LINK);
  return Object.fromEntries(said.map(([name, value]) => [name, IN_LINK[name] ? counted(value) : value || null]));
}

/**
 * The chosen query and key as a cell of what the stage computes; a vector's first number where there are no keys.
 * @returns {Cell | null}
 */
export function pairCell({ query, key, stage, view }) {
  if (query === null || key === null) return null;
  const name = view === "matrix" ? RESULT[stage] : "weights";
  return { name, row: query, col: isSquare(name) ? key : 0 };
}

/** The query and the key that a cell belongs to; those of the state where there is no cell. @param {Cell | null} at */
export function tokensOf(at, { query, key }) {
  if (!at) return { query, key };
  if (isSquare(at.name)) return { query: at.row, key: at.col };
  if (at.name === "key" || at.name === "value") return { query: null, key: at.row };
  return at.name.startsWith("w_") ? { query: null, key: null } : { query: at.row, key: null };
}

/** @param {Cell | null} one @param {Cell | null} other */
export function isSameCell(one, other) {
  return one?.name === other?.name && one?.row === other?.row && one?.col === other?.col;
}

/** A cell, if its matrix is there and has it; else null. @param {Cell | null} at */
export function cellWithin(at, matrices) {
  const matrix = at && matrices[at.name];
  return matrix && at.row < matrix.rows && at.col < matrix.cols ? at : null;
}
