// The part that is open: its matrices side by side in the order of the computation, the chosen cell framed together with
// what it was made from, and the law with its numbers.

import { cellUnder, pixels } from "../kit/painting/canvas.js";
import { matrixImage } from "../kit/painting/colors.js";
import { button, element, formula, refill } from "../kit/dom.js";
import { sayLegend } from "../kit/legend.js";
import { magnitude } from "../kit/payload.js";
import { fill, formatNumber, listed, shownToken } from "../kit/text.js";
import { isUpright } from "../kit/painting/upright.js";
import { lawOf } from "./laws.js";

const ROW = 18; // pixels of a token's row, fewer where there are many
const TALLEST = 340; // of a matrix
const WIDEST = 288;
const LEAST = 150; // of a wide one
const MANY = 16; // columns of a wide one
const NAMES = 96; // beside a line, with its padding
const GAP = 18;
const WEIGHTS = 110; // of a matrix of weights
const SHORTEST = 56; // of a caption
const SLIM = 120; // what has less room has its shape below its name
const WIDE = 620; // a panel in which a line of matrices has room
const FEW = 24; // rows that all have their name
const NARROWEST = 2; // of a column
const [LARGEST, BROADEST] = [512, 1024]; // of a matrix of weights, and of one with a row a token: a real model has wide ones
const SQUARES = ["scores", "weights", "bias"];

export class Opened {
  /** @param {{choose: (part: object) => void, awaits: () => boolean}} page */
  constructor(page) {
    this.page = page;
    this.root = element("div", "panel");
    this.parts = {};
    for (const name of ["head", "heads", "figures", "meaning", "said", "laws"]) {
      this.parts[name] = element(name === "said" ? "p" : "div", name);
    }
    this.said = [element("strong"), element("span", "law")];
    this.parts.said.append(...this.said);
    this.parts.said.setAttribute("aria-live", "polite");
    this.root.append(this.parts.head, this.parts.heads, this.parts.figures, this.parts.meaning, this.parts.said);
    this.root.onclick = (event) => event.stopPropagation();
    this.hover = null;
  }

  /**
   * @param {object} opened the header's entry
   * @param {Object<string, Matrix>} matrices
   * @param {{words: object, colors: object, width: number, tokens: Object<string, string[]>}} around
   */
  show(opened, matrices, around) {
    Object.assign(this, { opened, matrices, ...around, hover: null });
    const { width } = around;
    this.paintHead();
    this.paintHeads();
    const lines = [];
    this.figures = opened.matrices.map((told, index) => {
      const before = opened.matrices.slice(0, index).filter(({ beside }) => beside === told.beside);
      if (!before.length) lines.push(element("div", "beside"));
      // Rows stand at one height, so their names stand once, as long as all of a line fits beside each other.
      const named = width < WIDE || !before.some(({ rows }) => rows === told.rows);
      const line = opened.matrices.filter(({ beside }) => beside === told.beside);
      const figure = this.figure(told, matrices[told.name], named, this.widest(line));
      lines.at(-1).append(figure.root);
      return figure;
    });
    refill(this.parts.figures, ...lines);
    const shares = opened.matrices.filter(({ share }) => share).length;
    const scales = [...(shares ? ["share"] : []), ...(shares < opened.matrices.length ? ["signed"] : [])];
    sayLegend(this.parts.meaning, scales, this.words.legend, this.colors);
    this.mark();
  }

  paintHead() {
    const { opened, words } = this;
    const close = button("close", () => this.page.choose({ open: "" }), words.close);
    refill(this.parts.head, element("strong", "", opened.title), formula(opened.mathml), close, element("span", "lead", opened.line));
    if (opened.note) this.parts.head.append(element("em", "", opened.note));
  }

  paintHeads() {
    const { opened, matrices, colors, words } = this;
    const { heads } = matrices;
    this.parts.heads.hidden = !heads;
    if (!heads) return refill(this.parts.heads);
    const buttons = Array.from({ length: opened.facts.heads }, (_, index) => {
      const rows = heads.rows / opened.facts.heads;
      const one = { name: "weights", rows, cols: heads.cols, data: heads.data.subarray(index * rows * heads.cols, (index + 1) * rows * heads.cols) };
      const canvas = pixels(element("canvas"), matrixImage(one, colors), 46, 46);
      const about = { ariaPressed: String(index === opened.facts.head) };
      return button(about, () => this.page.choose({ head: index }), canvas, fill(words.head, { number: index + 1 }));
    });
    return refill(this.parts.heads, ...buttons);
  }

  /** What a matrix may take where all of its line are to stand beside each other. */
  widest(line) {
    const wide = line.filter(({ name, rows }) => rows && this.matrices[name].cols > MANY);
    const others = line.filter((told) => !wide.includes(told)).map(({ name, rows }) => (rows ? Math.max(SHORTEST, this.matrices[name].cols * ROW) : WEIGHTS));
    const room = this.width - NAMES - GAP * line.length - others.reduce((sum, one) => sum + one, 0);
    return Math.min(WIDEST, this.width - NAMES, Math.max(LEAST, room / Math.max(1, wide.length)));
  }

  figure(told, matrix, named, widest) {
    const [cw, ch] = this.cellSize(told, matrix, widest);
    const root = element("figure", told.rows ? "" : "weights");
    root.classList.toggle("slim", matrix.cols * cw < SLIM);
    const size = `${matrix.rows}×${matrix.cols}  ${rangeOf(matrix, told)}`;
    const caption = element("figcaption", { title: told.line }, element("b", "", told.symbol), element("small", "", size));
    const cells = element("div", "cells", this.canvas(told, matrix, cw, ch));
    const [rows, cols] = [this.tokens[told.rows], this.tokens[told.cols]];
    const plane = element("div", "", cols && cw >= 9 ? this.columnNames(cols, cw) : null, cells);
    root.append(caption, element("div", "grid", rows && named ? this.names(rows, ch) : null, plane));
    return { root, told, matrix, cells, cw, ch, frames: [] };
  }

  canvas(told, matrix, cw, ch) {
    const canvas = element("canvas", { role: "img", ariaLabel: listed([told.symbol, told.line]) });
    const image = matrixImage({ ...matrix, name: told.share ? "weights" : told.name }, this.colors);
    pixels(canvas, image, matrix.cols * cw, matrix.rows * ch);
    const at = (event) => ({ name: told.name, ...cellUnder(event, canvas, matrix) });
    canvas.onpointermove = (event) => this.point(at(event));
    canvas.onpointerleave = () => this.point(null);
    canvas.onclick = (event) => this.pin(at(event));
    return canvas;
  }

  /** Rows of tokens are equally high in all matrices; columns as wide as there is room. */
  cellSize(told, matrix, widest) {
    const tokens = this.tokens.rows.length;
    const row = Math.max(10, Math.min(ROW, TALLEST / tokens));
    const side = Math.max(Math.min(1, LARGEST / matrix.rows, LARGEST / matrix.cols), Math.min(4, 180 / matrix.rows, widest / matrix.cols));
    if (told.cols) return [Math.max(NARROWEST, Math.min(SQUARES.includes(told.name) ? row : 22, widest / matrix.cols)), told.rows ? row : side];
    const wide = Math.max(Math.min(NARROWEST, BROADEST / matrix.cols), Math.min(row, widest / matrix.cols));
    if (told.rows || matrix.rows === 1) return [matrix.cols === 1 ? row : wide, row];
    return [side, side];
  }

  names(tokens, height) {
    const list = element("ol");
    const every = Math.ceil(tokens.length / FEW) > 1 && height < 11 ? 2 : 1;
    tokens.forEach((token, index) => {
      const item = element("li", "", index % every ? "" : shownToken(token, 9));
      item.style.height = item.style.lineHeight = `${height}px`;
      item.dataset.row = String(index);
      list.append(item);
    });
    return list;
  }

  columnNames(tokens, width) {
    const items = tokens.map((token) => element("span", isUpright(token) ? "upright" : "", shownToken(token, 8)));
    for (const { style } of items) style.width = `${width}px`;
    return element("div", "above", ...items);
  }

  // ---- the chosen cell ---------------------------------------------------------------------------------------------

  point(cell) {
    this.hover = cell;
    this.mark();
  }

  /** A cell that stays; in a row of a token, that token is followed from here on. */
  pin(cell) {
    const told = this.opened.matrices.find(({ name }) => name === cell.name);
    this.hover = null;
    this.page.choose(told.rows === "rows" ? { cell, token: cell.row } : { cell });
  }

  /** The cell spoken of: under the pointer, pinned, or the first number the part hands on about the followed token. */
  get current() {
    if (this.hover) return this.hover;
    const { cell } = this.page.chosen;
    const token = this.page.tokenOf(this.opened.side);
    const told = cell && this.opened.matrices.find(({ name }) => name === cell.name);
    const matrix = told && this.matrices[cell.name];
    if (!matrix || cell.row >= matrix.rows || cell.col >= matrix.cols) return { name: this.opened.result, row: token, col: 0 };
    return told.rows === "rows" ? { ...cell, row: token } : cell;
  }

  mark() {
    const at = this.current;
    const made = lawOf(this.opened, this.matrices, at, this.words.more);
    const token = this.page.tokenOf(this.opened.side);
    for (const figure of this.figures) {
      for (const frame of figure.frames) frame.remove();
      const followed = figure.told.rows === "rows" ? [{ row: token, kind: "followed" }] : [];
      const from = made.from.filter(({ name }) => name === figure.told.name).map((box) => ({ ...box, kind: "from" }));
      const own = figure.told.name === at.name ? [{ ...at, kind: "cell" }] : [];
      figure.frames = [...followed, ...from, ...own].map((box) => frameOn(figure, box));
      figure.cells.append(...figure.frames);
      for (const item of figure.root.querySelectorAll("li")) item.classList.toggle("lit", figure.told.rows === "rows" && Number(item.dataset.row) === token);
    }
    const told = this.opened.matrices.find(({ name }) => name === at.name);
    this.said[0].textContent = this.named(told, at);
    this.said[1].textContent = this.page.awaits() ? this.words.waiting : fill(this.words.laws[made.law], made.values);
  }

  /** What the cell is called: its matrix, and the tokens or numbers of its row and column. */
  named(told, { row, col }) {
    const { words, tokens } = this;
    const part = (kind, index) => (tokens[kind] ? fill(words.token, { token: shownToken(tokens[kind][index]) }) : fill(words.place, { number: index + 1 }));
    return fill(words.cell, { symbol: told.symbol, row: part(told.rows, row), col: part(told.cols, col) });
  }
}

function frameOn({ cw, ch, matrix }, { row, col, kind }) {
  const frame = element("i", kind);
  const [x, w] = col === undefined ? [0, matrix.cols * cw] : [col * cw, cw];
  const [y, h] = row === undefined ? [0, matrix.rows * ch] : [row * ch, ch];
  Object.assign(frame.style, { left: `${x - 1}px`, top: `${y - 1}px`, width: `${Math.max(w, 3)}px`, height: `${Math.max(h, 3)}px` });
  return frame;
}

function rangeOf(matrix, { share }) {
  const most = formatNumber(magnitude(matrix) < 1e-9 ? 0 : magnitude(matrix));
  return share ? `0 … ${most}` : `± ${most}`;
}
