// What the user sets by hand on a stage: fields on cells, strokes over the mask, buttons and sliders, undo and redo.

import { CellEditor } from "./editor.js";
import {
  History,
  MOST_EDITS,
  carries,
  cellEdit,
  editedStage,
  encodeEdits,
  lastValue,
  maskAt,
  withEdit,
  wordsAmong,
} from "./edits.js";
import { isSquare } from "./layout.js";
import { cell } from "../kit/payload.js";
import { fill, shownToken } from "../kit/text.js";
import { WhatIf } from "./whatif.js";

export class Workshop {
  /** @param {object} stage whose edits these are: it shows them, and tells the link */
  constructor(stage) {
    this.stage = stage;
    this.history = new History();
    this.draft = null; // edits that are being made: typed, dragged or painted
    this.touched = false; // whether anything was edited here: else `s` is none of our business
    this.editor = new CellEditor(stage.parts.board);
    this.whatIf = new WhatIf(stage.parts, this.deeds());
  }

  /** From the link. What is under way here, and what was done, ends where another list comes in. */
  adopt(edits) {
    if (encodeEdits(edits) === encodeEdits(this.history.edits)) return;
    this.draft = null;
    this.editor.close(false);
    this.history.adopt(edits);
  }

  /** What the buttons of the edit tools do. */
  deeds() {
    const turn = (act) => () => {
      this.keepDraft();
      act();
    };
    return {
      head_off: turn(() => this.switchHead()),
      swap: turn(() => this.swapTokens()),
      importance: turn(() => this.paint()),
      paint: turn(() => this.stage.choose({ painting: !this.stage.state.painting })),
      undo: turn(() => this.travel("undo")),
      redo: turn(() => this.travel("redo")),
      reset: turn(() => this.commit([])),
      remove: (index) => this.commit(this.edits.filter((_, each) => each !== index)),
      compare: (compare) => this.stage.choose({ compare }),
      weigh: (token, value) => this.sketch(withEdit(this.history.edits, ["importance", 0, 0, token, value])),
      weighed: () => this.keepDraft(),
    };
  }

  /** The edits as they are on screen. */
  get edits() {
    return this.draft ?? this.history.edits;
  }

  paint() {
    const { history, edits } = this;
    const { state, payload } = this.stage;
    this.whatIf.paint({ header: payload.header, state, history, edits, pair: this.swappable() });
    this.stage.parts.over.classList.toggle("painting", state.painting);
    const box = this.editor.isOpen && this.stage.boxOf(this.editor.asked.at);
    if (box) this.editor.place(box);
    else this.editor.close(true);
  }

  note(text) {
    if (this.stage.parts.note.textContent !== text) this.stage.parts.note.textContent = text;
  }

  /** Show edits while they are being made: typed, dragged, painted. A refusal comes back as a sentence. */
  sketch(edits) {
    if (!carries(edits)) return this.overfull();
    this.touched = true;
    this.draft = edits;
    this.stage.state.compare = "after";
    this.stage.untold.s = encodeEdits(edits) || null;
    this.stage.ahead.ask();
    this.paint();
    return null;
  }

  /** They stay, and are one step of undo. */
  keepDraft() {
    if (this.draft) this.commit(this.draft);
  }

  dropDraft() {
    this.draft = null;
    this.stage.untold.s = encodeEdits(this.history.edits) || null;
    this.stage.ahead.ask();
    this.stage.tell();
    this.stage.paint();
  }

  commit(edits) {
    this.draft = null;
    if (!carries(edits)) return this.note(this.overfull());
    if (encodeEdits(edits) === encodeEdits(this.history.edits)) return this.dropDraft();
    this.history.commit(edits);
    this.publish();
  }

  travel(way) {
    this.history[way]();
    this.publish();
  }

  /** The edits go to the picture at once, and into the link when the user has come to rest. */
  publish() {
    this.touched = true;
    this.stage.choose({ s: encodeEdits(this.edits) || null, compare: "after" });
  }

  overfull() {
    return fill(this.stage.payload.header.text.edits.full, { limit: MOST_EDITS });
  }

  pressUndo(event) {
    const key = event.key.toLowerCase();
    if (key === "z") this.travel(event.shiftKey ? "redo" : "undo");
    else if (key === "y") this.travel("redo");
    else return false;
    return true;
  }

  /** A field on the cell; at the stage of the mask its cell is turned over instead. */
  editCell(at) {
    const box = this.stage.boxOf(at);
    if (!box) return;
    const { header, matrices } = this.stage.payload;
    const words = header.text.edits;
    const stage = editedStage(at.name, this.stage.state.stage);
    if (stage === "mask") this.flipMask(at);
    else if (stage === null) this.note(words.not_here);
    else {
      if (this.stage.state.compare !== "after") this.stage.choose({ compare: "after" });
      const names = { query: shownToken(header.tokens[at.row] ?? ""), key: shownToken(header.tokens[at.col] ?? ""), row: at.row, col: at.col, head: this.stage.state.head + 1 };
      const asked = {
        at,
        value: cell(matrices[stage], at.row, at.col),
        step: stage === "weights" ? 0.05 : 0.1,
        label: fill(words.ask[stage], names),
        words,
        live: (value) => this.sketch(withEdit(this.history.edits, cellEdit(stage, at, value, this.stage.state.head), { groups: header.groups })),
        keep: () => this.keepDraft(),
        restore: () => this.dropDraft(),
        closed: (focused) => focused && this.stage.root.focus({ preventScroll: true }),
      };
      this.editor.open(asked, box);
    }
  }

  flipMask(at) {
    if (!at || !isSquare(at.name)) return;
    const { was, is } = maskAt(this.stage.payload, this.edits, at);
    this.commit(withEdit(this.edits, cellEdit("mask", at, 1 - is), { neutral: was }));
  }

  switchHead() {
    const { head } = this.stage.state;
    const off = lastValue(this.edits, "head", { head }) === 0;
    this.commit(withEdit(this.edits, ["head", head, 0, 0, off ? 1 : 0]));
  }

  /** Whether the chosen query and key are two tokens of the sentence. */
  swappable() {
    const { query, key } = this.stage.state;
    const { first, count } = wordsAmong(this.stage.payload.header.tokens);
    return query !== key && [query, key].every((index) => index !== null && index >= first && index < first + count);
  }

  swapTokens() {
    if (!this.swappable()) return;
    const { first } = wordsAmong(this.stage.payload.header.tokens);
    this.commit(withEdit(this.edits, ["swap", 0, this.stage.state.query - first, this.stage.state.key - first, 0]));
  }

  // ---- painting the mask ---------------------------------------------------------------------------------------

  /** The first cell says whether the stroke allows or forbids. */
  beginStroke(event) {
    const at = this.stage.state.painting && event.button === 0 && this.stage.cellUnder(event);
    if (!at || at.name !== "masked_scores") return;
    this.stage.parts.over.setPointerCapture(event.pointerId);
    this.stroke = { value: 1 - maskAt(this.stage.payload, this.edits, at).is, x: event.clientX, y: event.clientY };
    this.continueStroke(event);
  }

  /** A quick hand passes cells without an event on each: those on the way are painted too. */
  continueStroke({ clientX, clientY }) {
    const { stroke } = this;
    const { scene } = this.stage;
    const steps = Math.ceil(Math.max(1, Math.hypot(clientX - stroke.x, clientY - stroke.y) / (scene.rowHeight / 2)));
    let { edits } = this;
    for (let step = 1; step <= steps; step += 1) {
      const share = step / steps;
      const at = this.stage.cellUnder({ clientX: stroke.x + share * (clientX - stroke.x), clientY: stroke.y + share * (clientY - stroke.y) });
      if (at?.name !== "masked_scores") continue;
      edits = withEdit(edits, cellEdit("mask", at, stroke.value), { neutral: maskAt(this.stage.payload, [], at).was });
    }
    Object.assign(stroke, { x: clientX, y: clientY });
    if (encodeEdits(edits) !== encodeEdits(this.edits)) stroke.refusal = this.sketch(edits);
  }

  endStroke() {
    const refusal = this.stroke?.refusal;
    this.stroke = null;
    this.keepDraft();
    this.note(refusal ?? "");
  }
}
