// The board: matrices, lines or the arithmetic of one query on one canvas, and on another what depends on the pointer.

import { pointUnder, sized } from "../../kit/painting/canvas.js";
import { isWeights } from "../../kit/painting/colors.js";
import { isDrawing } from "../../kit/looks.js";
import { cell } from "../../kit/payload.js";
import { fill, formatNumber } from "../../kit/text.js";
import { isUpright, lettersOf, stackedHeight } from "../../kit/painting/upright.js";
import { SLANT, paintBoxes, paintLabels, paintScene } from "./draw.js";
import { formerOf } from "../edits/edits.js";
import { explain } from "./explain.js";
import { MOST_NUMBERED, cellAt, layout, shownMatrix } from "./layout.js";
import { paintOnPicture, positionUnder, roomBeside, withPicture } from "./onpicture.js";
import { isSameCell, tokensOf } from "../selection.js";
import { arithmeticLayout, keyAt, linesLayout, paintArithmetic, paintLines, tokenAt } from "./views.js";

const NARROW = 600; // pixels of a board
const NAME = 13; // and of the letters of a name

/** @typedef {import("../selection.js").Cell} Cell */

export class Board {
  /** @param {{base: HTMLCanvasElement, over: HTMLCanvasElement}} parts */
  constructor({ base, over }) {
    Object.assign(this, { base, over });
    this.scene = null;
    this.revealed = null; // the cell last scrolled to
  }

  /**
   * @param {{payload: object, shown: object, matrices: object}} looked see `lookedAt`
   * @param {object} state of the stage
   * @param {number} width in pixels
   */
  paint(looked, state, colors, width) {
    Object.assign(this, { looked, state, colors, width });
    if (!width) return;
    this.scene = this.arranged();
    this.paintBase(sized(this.base, this.scene.width, this.scene.height));
    this.context = sized(this.over, this.scene.width, this.scene.height);
    this.frame.classList.toggle("wider", this.isWider);
  }

  get frame() {
    return this.base.parentElement;
  }

  /** Whether it scrolls sideways. */
  get isWider() {
    return this.scene.width > this.width;
  }

  get isNarrow() {
    return this.width < NARROW;
  }

  /** Where everything stands. */
  arranged() {
    const { header } = this.looked.payload;
    return withPicture(this.withoutPicture(this.width - roomBeside(header, this.isNarrow)), header, this.isNarrow);
  }

  withoutPicture(width) {
    const { looked, state } = this;
    const { header, matrices } = looked.payload;
    if (state.view === "lines") return { width, ...linesLayout(header.tokens.length, width) };
    const longest = this.longestName();
    const labelWidth = Math.min(this.isNarrow ? 66 : 104, Math.max(48, longest + 14));
    if (state.view === "arithmetic") {
      const named = Math.max(labelWidth, this.isNarrow ? 66 : 88); // two rows have names of ours
      return { width, ...arithmeticLayout(looked.payload, width, named) };
    }
    const labelHeight = Math.min(this.isNarrow ? 54 : 72, Math.max(36, longest * Math.sin(SLANT) + 10, this.tallestName()));
    const room = { width, windowHeight: window.innerHeight, labelWidth, labelHeight };
    const scene = layout(matrices, { stage: state.stage, numbers: state.numbers, ...room });
    return { ...scene, labelRoom: { row: labelWidth - 10, column: (labelHeight - 8) / Math.sin(SLANT), stack: labelHeight - 8 } };
  }

  /** The tokens whose labels are written; others are drawn, in the least room that there is. */
  get written() {
    const { tokens, items } = this.looked.payload.header;
    return tokens.filter((_, at) => !isDrawing(items?.looks[at]));
  }

  /** Pixels of the longest token's name. */
  longestName() {
    const context = this.over.getContext("2d");
    context.font = `600 13px ${this.colors.sans}`;
    return Math.max(...this.written.map((token) => context.measureText(token.slice(0, 40)).width), 0);
  }

  /** Pixels of the token's name that stands highest, its letters one below the other. */
  tallestName() {
    const upright = this.written.filter(isUpright);
    return Math.max(0, ...upright.map((token) => stackedHeight(lettersOf(token), NAME) + 10));
  }

  /** What must be said of the numbers: that there are more beside the screen, or too many tokens to read any. */
  aboutNumbers({ wider, crowded }) {
    const { state, looked } = this;
    if (state.view !== "matrix" || !state.numbers) return "";
    if (looked.payload.header.tokens.length > MOST_NUMBERED) return fill(crowded, { most: MOST_NUMBERED });
    return this.isWider ? wider : "";
  }

  /** Scroll a cell into sight, once. @param {Cell | null} at */
  reveal(at) {
    if (!this.scene || isSameCell(at, this.revealed)) return;
    this.revealed = at;
    const box = this.isWider && this.boxOf(at);
    if (!box) return;
    const { frame, width } = this;
    const inSight = box.x >= frame.scrollLeft && box.x + box.w <= frame.scrollLeft + width;
    if (!inSight) frame.scrollLeft = box.x + (box.w - width) / 2;
  }

  // ---- painting, on the board or on a picture to be saved ------------------------------------------------------------

  /** What does not depend on the pointer. */
  paintBase(context) {
    const { looked, state, scene, colors } = this;
    if (state.view === "matrix") paintScene(context, scene, looked.shown, looked.matrices, state, colors);
  }

  /** What does: labels and frames. @param {Cell | null} at @param {object | null} made see `explained` */
  paintMarks(context, at, made) {
    const { looked, state, scene, colors } = this;
    const chosen = tokensOf(at, state);
    if (state.view === "matrix") {
      paintLabels(context, scene, looked.shown.header, chosen, colors);
      if (made) paintBoxes(context, scene, made.boxes.map((box) => this.visible(box)), colors);
    } else if (state.view === "lines") paintLines(context, scene, looked.shown, chosen, colors);
    else paintArithmetic(context, scene, looked.shown, chosen, colors);
    if (scene.picture) paintOnPicture(context, scene.picture, looked.shown, chosen, state.query, colors);
  }

  paintOver(at, made) {
    if (!this.context || !this.scene) return;
    this.context.clearRect(0, 0, this.over.width, this.over.height);
    this.paintMarks(this.context, at, made);
  }

  /** How a cell comes about; null where there is none. @param {Cell | null} at */
  explained(at) {
    const { wanted } = this.looked.payload;
    wanted.clear();
    if (!at) return null;
    const made = explain(at, this.looked.shown, this.isNarrow ? 3 : 8);
    const lines = [...made.lines, ...this.changeOf(at)];
    return { ...made, lines, isWhole: !wanted.size };
  }

  /** A line about a cell that edits changed. */
  changeOf(at) {
    const { header, matrices } = this.looked.payload;
    const before = formerOf(matrices, at.name);
    if (!before || this.looked.compare === "before") return [];
    const numbers = [before, matrices[at.name]].map((matrix) => formatNumber(cell(matrix, at.row, at.col)));
    if (numbers[0] === numbers[1]) return [];
    return [fill(header.text.edits.changed, { before: numbers[0], after: numbers[1] })];
  }

  /** What the colours in sight stand for. @returns {import("../../kit/legend.js").Scale[]} */
  get scales() {
    if (this.state.view !== "matrix") return this.state.view === "lines" ? ["share"] : ["share", "signed"];
    const has = (kind) => this.names.some((name) => isWeights(name) === kind);
    return [...(has(true) ? ["share"] : []), ...(has(false) ? ["signed"] : [])];
  }

  // ---- where things are ----------------------------------------------------------------------------------------------

  /** The matrices in sight; none before there was any room. */
  get names() {
    return this.scene?.places.map(({ name }) => name) ?? [];
  }

  /** Scores, scaled and masked scores share one square: a frame on one of them goes on the one shown. */
  visible(box) {
    return box.name.endsWith("scores") ? { ...box, name: shownMatrix("scores", this.state.stage) } : box;
  }

  /** @returns {Cell | null} */
  cellUnder(event) {
    const { x, y } = pointUnder(event, this.over);
    const { view, query } = this.state;
    const patch = positionUnder(this.scene.picture, this.looked.shown.header, x, y);
    if (patch !== null) return { name: "weights", row: query ?? this.looked.payload.header.tokens.length - 1, col: patch };
    if (view === "matrix") return cellAt(this.scene.places, x, y);
    if (view === "lines") return this.cellOfToken(tokenAt(this.scene, this.looked.payload.header.tokens.length, x, y));
    const key = keyAt(this.scene, y);
    return key === null ? null : { name: "weights", row: query ?? 0, col: key };
  }

  /** A query stands for its largest weight, a key for its value. */
  cellOfToken(token) {
    if (!token) return null;
    if (token.query === undefined) return { name: "value", row: token.key, col: 0 };
    const { data, cols } = this.looked.payload.matrices.weights;
    const row = data.subarray(token.query * cols, (token.query + 1) * cols);
    return { name: "weights", row: token.query, col: row.indexOf(Math.max(...row)) };
  }

  /** Where a cell lies; null where its matrix is not in sight. @param {Cell | null} at */
  boxOf(at) {
    const name = at && this.visible(at).name;
    const place = this.state?.view === "matrix" && this.scene?.places.find((each) => each.name === name);
    if (!place) return null;
    const [r, c] = place.transposed ? [at.col, at.row] : [at.row, at.col];
    return { x: place.x + c * place.cw, y: place.y + r * place.ch, w: place.cw, h: place.ch };
  }
}
