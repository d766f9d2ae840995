// The alignment matrix, written words by read words, with the gold links on it; and a small one for each head.

import { matrixImage } from "../kit/colors.js";
import { made } from "./bridge.js";

const LARGEST_SQUARE = 42;
const SMALLEST_SQUARE = 9;
const TALLEST = 480; // pixels of all rows together
const HEAD_SIDE = 48; // of the longer side of a head's picture
const NAMES_WIDTH = 92;

export class Alignment {
  /** @param {HTMLElement} root @param {{choose: (word: number) => void, hover: (at: {row: number, col: number} | null) => void}} page */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.rows = made("ol", "rows");
    this.cols = made("ol", "cols");
    this.plane = made("div", "plane");
    this.canvas = made("canvas");
    this.marks = made("div", "marks");
    this.plane.append(this.canvas, this.marks);
    root.append(this.cols, this.rows, this.plane);
  }

  /**
   * @param {{rows: number, cols: number, data: Float32Array}} matrix shares
   * @param {{source: object[], target: object[], gold: Map}} sentence
   */
  show(matrix, { source, target, gold }, colors, width) {
    const room = Math.floor((width - NAMES_WIDTH) / matrix.cols);
    const side = Math.max(SMALLEST_SQUARE, Math.min(LARGEST_SQUARE, room, Math.floor(TALLEST / matrix.rows)));
    this.side = side;
    this.root.style.setProperty("--side", `${side}px`);
    this.root.classList.toggle("small", side < 15);
    this.rows.replaceChildren(...target.map(({ name }) => made("li", "", name)));
    this.cols.replaceChildren(
      ...source.map(({ name }) => {
        const item = made("li");
        item.append(made("span", "", name));
        return item;
      }),
    );
    paintShares(this.canvas, matrix, colors, matrix.cols * side, matrix.rows * side);
    this.marks.replaceChildren(
      ...[...gold].map(([place, kind]) => {
        const [row, col] = place.split(",").map(Number);
        const mark = made("i", kind);
        mark.style.left = `${col * side}px`;
        mark.style.top = `${row * side}px`;
        return mark;
      }),
    );
    const at = ({ clientX, clientY }) => {
      const box = this.canvas.getBoundingClientRect();
      const within = (value, most) => Math.min(most - 1, Math.max(0, Math.floor(value)));
      return { row: within((clientY - box.top) / side, matrix.rows), col: within((clientX - box.left) / side, matrix.cols) };
    };
    this.canvas.onpointermove = (event) => this.page.hover(at(event));
    this.canvas.onpointerleave = () => this.page.hover(null);
    this.canvas.onclick = (event) => this.page.choose(at(event).row);
  }

  /** Rows from `shown` on are not there yet. */
  follow(word, shown) {
    [...this.rows.children].forEach((item, at) => {
      item.classList.toggle("lit", at === word);
      item.classList.toggle("later", at >= shown);
    });
    this.plane.style.setProperty("--word", String(word));
    this.plane.style.setProperty("--hidden", `${Math.max(0, this.rows.children.length - shown) * this.side}px`);
  }
}

/** One pixel a cell, enlarged by the browser: weights on one scale, influence by its share of the largest. */
export function paintShares(canvas, matrix, colors, width, height) {
  canvas.width = matrix.cols;
  canvas.height = matrix.rows;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.getContext("2d").putImageData(matrixImage(matrix, colors), 0, 0);
}

/** A head as a button. */
export function headButton(matrix, colors, { name, note, pressed, onclick }) {
  const button = made("button");
  button.type = "button";
  button.setAttribute("aria-pressed", String(pressed));
  const scale = HEAD_SIDE / Math.max(matrix.rows, matrix.cols);
  const canvas = made("canvas");
  paintShares(canvas, matrix, colors, matrix.cols * scale, matrix.rows * scale);
  const told = made("span", "", name);
  if (note) told.append(made("small", "", note));
  button.append(canvas, told);
  button.onclick = onclick;
  return button;
}
