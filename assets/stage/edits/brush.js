// Painting the mask: the first cell says whether a stroke allows or forbids.

import { cellEdit, encodeEdits, maskAt, withEdit } from "./edits.js";

export class Brush {
  /**
   * @param {import("../drawing/board.js").Board} board
   * @param {{now: () => {payload: object, state: object}, edits: () => Edit[], sketch: (edits: Edit[]) => string | null,
   *          end: (refusal: string) => void}} page
   */
  constructor(board, page) {
    Object.assign(this, { board, page });
    this.stroke = null;
  }

  begin(event) {
    const { payload, state } = this.page.now();
    const at = state.painting && event.button === 0 && this.board.cellUnder(event);
    if (!at || at.name !== "masked_scores") return;
    this.board.over.setPointerCapture(event.pointerId);
    const value = 1 - maskAt(payload, this.page.edits(), at).is;
    this.stroke = { value, x: event.clientX, y: event.clientY };
    this.move(event);
  }

  move({ clientX, clientY }) {
    const { stroke } = this;
    if (!stroke) return;
    const before = this.page.edits();
    const points = between(stroke, { x: clientX, y: clientY }, this.board.scene.rowHeight / 2);
    const edits = points.reduce((list, point) => this.painted(list, point), before);
    Object.assign(stroke, { x: clientX, y: clientY });
    if (encodeEdits(edits) !== encodeEdits(before)) stroke.refusal = this.page.sketch(edits);
  }

  /** The edits with the cell at a point painted. */
  painted(edits, { x, y }) {
    const at = this.board.cellUnder({ clientX: x, clientY: y });
    if (at?.name !== "masked_scores") return edits;
    const neutral = maskAt(this.page.now().payload, [], at).was;
    return withEdit(edits, cellEdit("mask", at, this.stroke.value), { neutral });
  }

  end() {
    const refusal = this.stroke?.refusal;
    this.stroke = null;
    this.page.end(refusal ?? "");
  }
}

/** A quick hand passes cells without an event on each: points on the way to one, as near to each other as asked. */
export function between(from, to, step) {
  const count = Math.ceil(Math.max(1, Math.hypot(to.x - from.x, to.y - from.y) / step));
  const at = (share) => ({ x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) });
  return Array.from({ length: count }, (_, index) => at((index + 1) / count));
}
