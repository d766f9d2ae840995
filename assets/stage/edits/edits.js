// What the user sets by hand, as a list: how it is made, said in words, written into a link and compared with the layer as
// it was. Nothing here touches the page. The engine's side is attnlab/engine/edits.py, the link's attnlab/settings/carried.py.

import { drawnCell, magnitude } from "../../kit/payload.js";
import { fill, formatNumber, nameOf } from "../../kit/text.js";

/**
 * @typedef {[stage: string, head: number, row: number, col: number, value: number]} Edit
 */

export const MOST_EDITS = 64;
export const MOST_IMPORTANCE = 4; // of the sliders; a link may say more
const MOST_CHARACTERS = 6000;
const LARGEST = 1e6;
const MOST_UNDONE = 100;
const ROUNDING = 1e-5; // of the largest number of a matrix
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const BEGUN = /^[+-]?(\d*\.?\d*|(\d+\.?\d*|\.\d+)e[+-]?)$/i;
const PAD = "<pad>"; // the tokenizers never give this token
const SHARED = ["key", "value", "w_key", "w_value"]; // one matrix for all heads of a group
const BY_CELL = ["x", "w_query", "w_key", "w_value", "query", "key", "value", "weights"];
const SQUARES = ["scores", "scaled_scores", "masked_scores"];
const NEUTRAL = { head: 1, importance: 1, temperature: 1 };

/** The parameter `s` of a link; empty for no edits. @param {Edit[]} edits */
export function encodeEdits(edits) {
  if (!edits.length) return "";
  const text = btoa(JSON.stringify({ edits }));
  return `1.${text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/** The list that a payload was computed with. @returns {Edit[]} */
export function editsOf(header) {
  return (header.edits ?? []).map(({ stage, head, row, col, value }) => [stage, head, row, col, value]);
}

/** Whether a link can carry them all. */
export function carries(edits) {
  return edits.length <= MOST_EDITS && encodeEdits(edits).length <= MOST_CHARACTERS;
}

/**
 * The list with one more edit. One that sets the same cell again stands where the first one stood; one that sets what is
 * there anyway (`neutral`) takes it away. Two swaps of a pair, one after the other, are none.
 * @param {Edit[]} edits @param {Edit} edit @param {{groups?: number, neutral?: number}} about query heads that share keys
 */
export function withEdit(edits, edit, { groups = 1, neutral = NEUTRAL[edit[0]] } = {}) {
  const last = edits.length - 1;
  if (edit[0] === "swap") return last >= 0 && samePair(edits[last], edit) ? edits.slice(0, -1) : [...edits, edit];
  const cellOf = ([stage, head, row, col]) => String([stage, SHARED.includes(stage) ? Math.floor(head / groups) : head, row, col]);
  const at = edits.findIndex((other) => cellOf(other) === cellOf(edit));
  if (edit[4] === neutral) return edits.filter((_, index) => index !== at);
  return at < 0 ? [...edits, edit] : edits.with(at, edit);
}

function samePair([stage, , row, col], edit) {
  return stage === "swap" && String([row, col].sort()) === String([edit[2], edit[3]].sort());
}

/**
 * A number as people type it, with a point or a comma, or null.
 * @returns {number | null}
 */
export function readNumber(text) {
  const plain = plainNumber(text);
  const value = NUMBER.test(plain) ? Number(plain) : NaN;
  return Math.abs(value) <= LARGEST ? value : null;
}

/** Whether these letters may still become a number. */
export function isBegun(text) {
  return BEGUN.test(plainNumber(text));
}

function plainNumber(text) {
  return text.normalize("NFKC").trim().replace("−", "-").replace(",", ".");
}

/** At which stage a cell of a matrix is set: the squares of scores are the raw ones, but for the mask's own stage. */
export function editedStage(name, stage) {
  if (SQUARES.includes(name)) return stage === "mask" ? "mask" : "scores";
  return BY_CELL.includes(name) ? name : null;
}

/** An edit of a cell; x and the mask are of no one head. @returns {Edit} */
export function cellEdit(stage, { row, col }, value, head) {
  return [stage, stage === "x" || stage === "mask" ? 0 : head, row, col, value];
}

/** Where the sentence stands among the fillers: swaps count its own tokens. */
export function wordsAmong(tokens) {
  const first = tokens.findIndex((token) => token !== PAD);
  return { first, count: tokens.filter((token) => token !== PAD).length };
}

/** The last value that was set for a head, a token or a cell of the mask; undefined if none was. */
export function lastValue(edits, stage, { head = 0, row = 0, col = 0 }) {
  return edits.findLast((edit) => String(edit.slice(0, 4)) === String([stage, head, row, col]))?.[4];
}

/** Whether the mask lets a query attend to a key: as it was, and as edits have it. */
export function maskAt(payload, edits, { row, col }) {
  const masked = payload.matrices["before:masked_scores"] ?? payload.matrices.masked_scores;
  const was = drawnCell(masked, row, col) === -Infinity ? 0 : 1;
  return { was, is: lastValue(edits, "mask", { row, col }) ?? was };
}

/** One edit in words. @param {Edit} edit */
export function editWords([stage, head, row, col, value], header) {
  const words = header.text.edits.list;
  const moved = stage === "swap" ? wordsAmong(header.tokens).first : 0;
  const token = (index) => nameOf(header, index + moved) || String(index + 1);
  const names = { query: token(row), key: token(col), row, col, first: row + 1, second: col + 1, head: head + 1, value: formatNumber(value) };
  return fill(stage === "mask" ? words[value ? "mask_allows" : "mask_forbids"] : words[stage], names);
}

/** Whether an edit fits the layer that a payload shows; one that it does not know yet is taken to. */
export function isApplied([stage, head, row, col], header) {
  const known = (header.edits ?? []).find((each) => String([each.stage, each.head, each.row, each.col]) === String([stage, head, row, col]));
  return known?.applied ?? true;
}

/**
 * What is marked on the matrices of the selected head.
 * @returns {{cells: {name: string, row: number, col: number}[], columns: number[], rows: number[]}}
 */
export function editMarks(header) {
  const marks = { cells: [], columns: [], rows: [] };
  const group = (head) => Math.floor(head / (header.groups ?? 1));
  for (const { stage, head, row, col, applied } of header.edits ?? []) {
    if (!applied) continue;
    const here = SHARED.includes(stage) ? group(head) === group(header.head) : head === header.head;
    if (stage === "mask") marks.cells.push({ name: "masked_scores", row, col });
    else if (stage === "importance") marks.columns.push(col);
    else if (stage === "swap") marks.rows.push(...[row, col].map((index) => index + wordsAmong(header.tokens).first));
    else if (stage === "x") marks.cells.push({ name: "x", row, col });
    else if (here && stage === "scores") marks.cells.push(...SQUARES.map((name) => ({ name, row, col })));
    else if (here && stage !== "head") marks.cells.push({ name: stage, row, col });
  }
  return marks;
}

/** What a matrix was before the edits; undefined where they did not change it, rounding apart. */
export function formerOf(matrices, name) {
  const [before, after] = [matrices[`before:${name}`], matrices[name]];
  if (!before || !after) return undefined;
  if (before.lines) return before; // the server has compared them
  // One layer may be computed in another order of steps than the other.
  const tolerance = ROUNDING * magnitude(after);
  const changed = after.data.some((value, i) => value !== before.data[i] && !(Math.abs(value - before.data[i]) <= tolerance));
  return changed ? before : undefined;
}

/** The layer as it would be without any edit. @returns {import("../../kit/payload.js").Payload} */
export function beforeEdits({ header, matrices }) {
  const shown = { ...matrices };
  for (const [name, matrix] of Object.entries(matrices)) {
    if (!name.startsWith("before:")) continue;
    const plain = name.slice("before:".length);
    shown[plain] = { ...matrix, name: plain };
    delete shown[name];
  }
  return { header: { ...header, edits: [], importance: null, tokens: header.before_tokens ?? header.tokens, items: header.before_items ?? header.items }, matrices: shown };
}

/** What the edits changed, matrix by matrix; one that they left alone is itself, and says so. */
export function differences(matrices) {
  const result = {};
  for (const [name, after] of Object.entries(matrices)) {
    const before = formerOf(matrices, name);
    const change = matrices[`change:${name}`];
    if (!before) result[name] = { ...after, unchanged: true };
    else if (change) result[name] = { ...change, name: "difference" };
    else result[name] = { ...after, name: "difference", data: after.data.map((value, i) => value - before.data[i]) };
  }
  return result;
}

/** Whether what is to be looked at is here, to be painted. */
function isHere({ matrices }, compare) {
  const former = Object.values(matrices).filter(({ name, lines }) => lines && name.startsWith("before:"));
  if (compare === "before") return former.every(({ data }) => data);
  return compare === "after" || former.every(({ name }) => name.replace("before:", "change:") in matrices);
}

/**
 * What is looked at: the layer with its edits, as it was before them, or what they changed.
 * @param {"after"|"before"|"difference"} wish what there is not is not looked at
 */
export function lookedAt(payload, wish) {
  const compare = isHere(payload, wish) ? wish : "after";
  const shown = compare === "before" ? beforeEdits(payload) : payload;
  const matrices = compare === "difference" ? differences(payload.matrices) : shown.matrices;
  return { payload, compare, shown, matrices };
}

/** What was done, undone and can be done again. It lives as long as the page. */
export class History {
  constructor() {
    this.edits = [];
    this.past = [];
    this.undone = [];
  }

  /** Another list from elsewhere: nothing that was done before leads to it. */
  adopt(edits) {
    Object.assign(this, { edits, past: [], undone: [] });
  }

  commit(edits) {
    this.past = [...this.past.slice(-MOST_UNDONE), this.edits];
    Object.assign(this, { edits, undone: [] });
  }

  /** Of a list that came with the link each edit is a step. */
  undo() {
    if (!this.edits.length && !this.past.length) return;
    this.undone.push(this.edits);
    this.edits = this.past.pop() ?? this.edits.slice(0, -1);
  }

  redo() {
    if (!this.undone.length) return;
    this.past.push(this.edits);
    this.edits = this.undone.pop();
  }

  get canUndo() {
    return this.past.length > 0 || this.edits.length > 0;
  }

  get canRedo() {
    return this.undone.length > 0;
  }
}
