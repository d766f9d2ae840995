// The part that is open: its matrices side by side in the order of the computation, the chosen cell framed together with
// what it was made from, and the law with its numbers.

import { matrixImage } from "../kit/colors.js";
import { magnitude } from "../kit/payload.js";
import { fill, formatNumber, shownToken } from "../kit/text.js";
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
const SQUARES = ["scores", "weights", "bias"];

export class Opened {
  /** @param {{choose: (part: object) => void}} page */
  constructor(page) {
    this.page = page;
    this.root = element("div", "panel");
    this.parts = {};
    for (const name of ["head", "heads", "figures", "said", "laws"]) {
      this.parts[name] = element(name === "said" ? "p" : "div", name);
    }
    this.said = [element("strong"), element("span", "law")];
    this.parts.said.append(...this.said);
    this.parts.said.setAttribute("aria-live", "polite");
    this.root.append(this.parts.head, this.parts.heads, this.parts.figures, this.parts.said);
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
    this.parts.figures.replaceChildren(...lines);
    this.mark();
  }

  paintHead() {
    const { opened, words } = this;
    const title = element("strong", "", opened.title);
    // MathML comes from our own prose, and is parsed as XML: nothing in it can run.
    const { documentElement } = new DOMParser().parseFromString(opened.mathml, "application/xml");
    const formula = document.importNode(documentElement, true);
    const line = element("span", "lead", opened.line);
    const close = element("button", "close", words.close);
    close.type = "button";
    close.onclick = () => this.page.choose({ open: "" });
    this.parts.head.replaceChildren(title, formula, close, line);
    if (opened.note) this.parts.head.append(element("em", "", opened.note));
  }

  paintHeads() {
    const { opened, matrices, colors, words } = this;
    const { heads } = matrices;
    this.parts.heads.hidden = !heads;
    if (!heads) return this.parts.heads.replaceChildren();
    const buttons = Array.from({ length: opened.facts.heads }, (_, index) => {
      const button = element("button", "", fill(words.head, { number: index + 1 }));
      const canvas = element("canvas");
      const rows = heads.rows / opened.facts.heads;
      const one = { name: "weights", rows, cols: heads.cols, data: heads.data.subarray(index * rows * heads.cols, (index + 1) * rows * heads.cols) };
      paintPixels(canvas, one, colors, 46, 46);
      button.type = "button";
      button.setAttribute("aria-pressed", String(index === opened.facts.head));
      button.onclick = () => this.page.choose({ head: index });
      button.prepend(canvas);
      return button;
    });
    return this.parts.heads.replaceChildren(...buttons);
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
    const caption = element("figcaption");
    caption.append(element("b", "", told.symbol), element("small", "", `${matrix.rows}×${matrix.cols}  ${rangeOf(matrix, told)}`));
    caption.title = told.line;
    const canvas = element("canvas");
    paintPixels(canvas, { ...matrix, name: told.share ? "weights" : told.name }, this.colors, matrix.cols * cw, matrix.rows * ch);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", [told.symbol, told.line].join(", "));
    const [plane, cells] = [element("div"), element("div", "cells")];
    cells.append(canvas);
    plane.append(cells);
    const grid = element("div", "grid");
    const rows = this.tokens[told.rows];
    if (rows && named) grid.append(this.names(rows, ch));
    grid.append(plane);
    root.append(caption, grid);
    if (this.tokens[told.cols] && cw >= 9) plane.prepend(this.columnNames(this.tokens[told.cols], cw));
    const at = (event) => cellOf(event, canvas, matrix);
    canvas.onpointermove = (event) => this.point({ name: told.name, ...at(event) });
    canvas.onpointerleave = () => this.point(null);
    canvas.onclick = (event) => this.pin({ name: told.name, ...at(event) });
    return { root, told, matrix, cells, cw, ch, frames: [] };
  }

  /** Rows of tokens are equally high in all matrices; columns as wide as there is room. */
  cellSize(told, matrix, widest) {
    const tokens = this.tokens.rows.length;
    const row = Math.max(10, Math.min(ROW, TALLEST / tokens));
    const side = Math.max(1, Math.min(4, 180 / matrix.rows, widest / matrix.cols));
    if (told.cols) return [Math.max(NARROWEST, Math.min(SQUARES.includes(told.name) ? row : 22, widest / matrix.cols)), told.rows ? row : side];
    const wide = Math.max(NARROWEST, Math.min(row, widest / matrix.cols));
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
    const list = element("div", "above");
    tokens.forEach((token) => {
      const item = element("span", "", shownToken(token, 8));
      item.style.width = `${width}px`;
      list.append(item);
    });
    return list;
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
    this.said[1].textContent = fill(this.words.laws[made.law], made.values);
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

/** One pixel a cell, enlarged by the browser. */
export function paintPixels(canvas, matrix, colors, width, height) {
  [canvas.width, canvas.height] = [matrix.cols, matrix.rows];
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  canvas.getContext("2d").putImageData(matrixImage(matrix, colors), 0, 0);
}

function cellOf(event, canvas, matrix) {
  const box = canvas.getBoundingClientRect();
  const inside = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
  const row = inside((event.clientY - box.top) / box.height, matrix.rows);
  return { row, col: inside((event.clientX - box.left) / box.width, matrix.cols) };
}

/** An element with a class and a text. Text is data: never markup. */
export function element(tag, name = "", text = "") {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}
