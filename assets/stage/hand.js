// The cell spoken of: the one under the pointer, or the one that stays pinned, by a click or by the keyboard.

import { cellWithin, isSameCell, pairCell, tokensOf } from "./selection.js";

export class Hand {
  /**
   * @param {import("./drawing/board.js").Board} board
   * @param {{now: () => {payload: object, state: object}, choose: (change: object) => void, pointed: () => void}} page
   */
  constructor(board, page) {
    Object.assign(this, { board, page });
    this.hover = null; // a cell under the pointer
    this.pinned = null; // a cell that stays
  }

  /** @returns {import("./selection.js").Cell | null} */
  get cell() {
    return this.hover ?? this.pinned;
  }

  /** The chosen query and key. */
  pinPair() {
    this.pinned = pairCell(this.page.now().state);
  }

  /** A shorter sentence or narrower head may no longer have the cells. */
  keepInside() {
    const { matrices } = this.page.now().payload;
    this.hover = cellWithin(this.hover, matrices);
    this.pinned = cellWithin(this.pinned, matrices) ?? pairCell(this.page.now().state);
  }

  point(at) {
    if (isSameCell(at, this.hover)) return;
    this.hover = at;
    this.page.pointed();
  }

  pin(at) {
    const { state } = this.page.now();
    this.pinned = at;
    const { query, key } = tokensOf(at, state);
    this.page.choose(at ? { query: query ?? state.query, key: key ?? state.key } : { query: null, key: null });
  }

  /**
   * A click pins a cell, and one on the pinned cell takes the pin away.
   * @returns {boolean} whether it asks to edit the cell: a double click, or a second tap on the pinned cell
   */
  click({ detail, pointerType }, at) {
    const same = at !== null && isSameCell(at, this.pinned);
    const edits = at !== null && this.page.now().state.view === "matrix" && (detail === 2 || (same && pointerType === "touch"));
    this.pin(same && !edits ? null : at);
    return edits;
  }

  walk(down, right) {
    const at = this.pinned ?? { name: "weights", row: 0, col: 0 };
    const { rows, cols } = this.page.now().payload.matrices[at.name];
    const [row, col] = this.pinned ? [at.row + down, at.col + right] : [at.row, at.col];
    this.hover = null;
    this.pin({ name: at.name, row: Math.max(0, Math.min(rows - 1, row)), col: Math.max(0, Math.min(cols - 1, col)) });
  }

  /** To the next matrix on the board, as near as it has a cell. */
  walkMatrices(by) {
    const { payload, state } = this.page.now();
    if (state.view !== "matrix") return;
    const names = this.board.names;
    const from = this.pinned ? names.indexOf(this.board.visible(this.pinned).name) : -by;
    const name = names[(from + by + names.length) % names.length];
    const { rows, cols } = payload.matrices[name];
    const { row, col } = this.pinned ?? { row: 0, col: 0 };
    this.hover = null;
    this.pin({ name, row: Math.min(row, rows - 1), col: Math.min(col, cols - 1) });
  }
}
