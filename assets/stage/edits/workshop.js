// What the user sets by hand on a stage: fields on cells, buttons and sliders, undo and redo.

import { say } from "../../kit/dom.js";
import { cell } from "../../kit/payload.js";
import { isAlone } from "../../kit/conversation/server.js";
import { fill, nameOf } from "../../kit/text.js";
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
import { carriesElsewhere, encodeElsewhere, movedTo } from "../elsewhere.js";
import { isSquare } from "../drawing/layout.js";
import { WhatIf } from "./whatif.js";

export class Workshop {
  /**
   * @param {Object<string, HTMLElement>} parts
   * @param {import("../drawing/board.js").Board} board
   * @param {{now: () => {payload: object, state: object}, choose: (change: object) => void, focus: () => void,
   *          whenRead: (act: () => void) => void, sketched: (s: string | null) => void, dropped: (s: string | null) => void}} page
   *   `whenRead` does something as soon as the numbers are here that were looked for; `sketched` and `dropped` are told
   *   what the link says of edits that are being made, and of what stays without them
   */
  constructor(parts, board, page) {
    Object.assign(this, { parts, board, page });
    this.history = new History();
    this.others = undefined; // edits of other layers, where the layer is one of a pretrained model
    this.draft = null; // edits that are being made: typed, dragged or painted
    this.touched = false; // whether anything was edited here: else `s` is none of our business
    this.editor = new CellEditor(parts.board);
    this.whatIf = new WhatIf(parts, this.deeds());
  }

  /** From the link. What is under way here, and what was done, ends where another list comes in. */
  adopt(edits, others) {
    this.others = others;
    if (encodeEdits(edits) === encodeEdits(this.history.edits)) return;
    this.draft = null;
    this.editor.close(false);
    this.history.adopt(edits);
  }

  /** Another layer is looked at: its own edits come here, and those made so far are kept with the others'. */
  moveTo(layer, before) {
    const { edits, others } = movedTo(layer, before, this.history.edits, this.others);
    this.touched ||= edits.length + others.length > 0;
    this.draft = null;
    this.editor.close(false);
    this.history.adopt(edits);
    this.others = others;
    return this.touched ? { s: encodeEdits(edits) || null, elsewhere: encodeElsewhere(layer, edits, others) || null } : {};
  }

  /** What the link says of edits: those of this layer, and whose they are. @param {string | null} s */
  said(s) {
    if (!this.others) return { s };
    return { s, elsewhere: encodeElsewhere(this.page.now().state.layer, s ? this.edits : [], this.others) || null };
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
      paint: turn(() => this.page.choose({ painting: !this.page.now().state.painting })),
      undo: turn(() => this.travel("undo")),
      redo: turn(() => this.travel("redo")),
      reset: turn(() => this.commit([])),
      remove: (index) => this.commit(this.edits.filter((_, each) => each !== index)),
      compare: (compare) => this.page.choose({ compare }),
      weigh: (token, value) => this.sketch(withEdit(this.history.edits, ["importance", 0, 0, token, value])),
      weighed: () => this.keepDraft(),
      temper: (value) => this.sketch(withEdit(this.history.edits, ["temperature", 0, 0, 0, value])),
      tempered: () => this.keepDraft(),
    };
  }

  /** The edits as they are on screen. */
  get edits() {
    return this.draft ?? this.history.edits;
  }

  /** Whether anything differs from the model as it is, by edits of this layer or of others. */
  get isEdited() {
    return this.edits.length > 0 || this.others?.length > 0;
  }

  paint() {
    const { history, edits } = this;
    const { state, payload } = this.page.now();
    this.whatIf.paint({ header: payload.header, state, history, edits, pair: this.swappable(), isEdited: this.isEdited });
    if (isAlone()) this.note("");
    this.parts.over.classList.toggle("painting", state.painting);
    const box = this.editor.isOpen && this.board.boxOf(this.editor.asked.at);
    if (box) this.editor.place(box);
    else this.editor.close(true);
  }

  /** Where there is no server to compute edits, only that is said. */
  note(text) {
    say(this.parts.note, isAlone() ? this.page.now().payload.header.text.edits.alone : text);
  }

  /** Show edits while they are being made: typed, dragged, painted. A refusal comes back as a sentence. */
  sketch(edits) {
    if (isAlone()) return null;
    if (!this.carries(edits)) return this.overfull();
    this.touched = true;
    this.draft = edits;
    this.page.sketched(encodeEdits(edits) || null);
    this.paint();
    return null;
  }

  /** They stay, and are one step of undo. */
  keepDraft() {
    if (this.draft) this.commit(this.draft);
  }

  dropDraft() {
    this.draft = null;
    this.page.dropped(encodeEdits(this.history.edits) || null);
  }

  commit(edits) {
    if (isAlone()) return;
    this.draft = null;
    if (!this.carries(edits)) return this.note(this.overfull());
    if (encodeEdits(edits) === encodeEdits(this.history.edits)) return this.dropDraft();
    this.history.commit(edits);
    this.publish();
  }

  /** Whether a link can say them, wherever the reader goes from here. */
  carries(edits) {
    return carries(edits) && (!this.others || carriesElsewhere([...this.others, [this.page.now().state.layer, edits]]));
  }

  travel(way) {
    if (isAlone()) return;
    this.history[way]();
    this.publish();
  }

  /** The edits go to the picture at once, and into the link when the user has come to rest. */
  publish() {
    this.touched = true;
    this.page.choose({ ...this.said(encodeEdits(this.edits) || null), compare: "after" });
  }

  overfull() {
    return fill(this.page.now().payload.header.text.edits.full, { limit: MOST_EDITS });
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
    const box = this.board.boxOf(at);
    if (!box || isAlone()) return;
    const { payload, state } = this.page.now();
    const stage = editedStage(at.name, state.stage);
    if (stage === "mask") this.flipMask(at);
    else if (stage === null) this.note(payload.header.text.edits.not_here);
    else {
      if (state.compare !== "after") this.page.choose({ compare: "after" });
      this.openEditor(at, stage);
    }
  }

  /** As soon as the cell's number is here, if the cell is still in sight. */
  openEditor(at, stage) {
    const { payload, state } = this.page.now();
    cell(payload.matrices[stage], at.row, at.col); // wanted from now on
    this.page.whenRead(() => {
      if (this.page.now().payload !== payload) return;
      const asked = this.asked(at, stage, payload, state);
      const box = this.board.boxOf(at);
      if (box && asked.value !== undefined) this.editor.open(asked, box);
    });
  }

  /** What the field asks for, and what becomes of the answer. */
  asked(at, stage, { header, matrices }, { head }) {
    const { row, col } = at;
    const words = header.text.edits;
    const names = { query: nameOf(header, row), key: nameOf(header, col), row, col, head: head + 1 };
    const edited = (value) => withEdit(this.history.edits, cellEdit(stage, at, value, head), { groups: header.groups });
    return {
      at,
      value: cell(matrices[stage], row, col),
      step: stage === "weights" ? 0.05 : 0.1,
      label: fill(words.ask[stage], names),
      words,
      live: (value) => this.sketch(edited(value)),
      keep: () => this.keepDraft(),
      restore: () => this.dropDraft(),
      closed: (focused) => focused && this.page.focus(),
    };
  }

  flipMask(at) {
    if (!at || !isSquare(at.name)) return;
    const { was, is } = maskAt(this.page.now().payload, this.edits, at);
    this.commit(withEdit(this.edits, cellEdit("mask", at, 1 - is), { neutral: was }));
  }

  switchHead() {
    const { head } = this.page.now().state;
    const off = lastValue(this.edits, "head", { head }) === 0;
    this.commit(withEdit(this.edits, ["head", head, 0, 0, off ? 1 : 0]));
  }

  /** Whether the chosen query and key are two tokens of the sentence. */
  swappable() {
    const { payload, state } = this.page.now();
    const { query, key } = state;
    const { first, count } = wordsAmong(payload.header.tokens);
    return query !== key && [query, key].every((index) => index !== null && index >= first && index < first + count);
  }

  swapTokens() {
    if (!this.swappable()) {
      this.note(this.page.now().payload.header.text.edits.help.swap_off);
      return;
    }
    const { payload, state } = this.page.now();
    const { first } = wordsAmong(payload.header.tokens);
    this.commit(withEdit(this.edits, ["swap", 0, state.query - first, state.key - first, 0]));
  }

  /** What a brush over the mask has of us. */
  strokes() {
    return {
      edits: () => this.edits,
      sketch: (edits) => this.sketch(edits),
      end: (refusal) => {
        this.keepDraft();
        this.note(refusal);
      },
    };
  }
}
