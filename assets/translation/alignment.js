// The alignment matrix, written words by read words, with the gold links on it; and a small one for each head.

import { cellUnder, pixels } from "../kit/painting/canvas.js";
import { matrixImage } from "../kit/painting/colors.js";
import { button, element, refill } from "../kit/dom.js";
import { isUpright } from "../kit/painting/upright.js";

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
    this.rows = element("ol", "rows");
    this.cols = element("ol", "cols");
    this.canvas = element("canvas");
    this.marks = element("div", "marks");
    this.plane = element("div", "plane", this.canvas, this.marks);
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
    refill(this.rows, ...target.map(({ name }) => element("li", "", name)));
    refill(this.cols, ...source.map(({ name }) => element("li", "", element("span", isUpright(name) ? "upright" : "", name))));
    pixels(this.canvas, matrixImage(matrix, colors), matrix.cols * side, matrix.rows * side);
    refill(
      this.marks,
      ...[...gold].map(([place, kind]) => {
        const [row, col] = place.split(",").map(Number);
        const mark = element("i", kind);
        mark.style.left = `${col * side}px`;
        mark.style.top = `${row * side}px`;
        return mark;
      }),
    );
    const at = (event) => cellUnder(event, this.canvas, matrix);
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

/** A head as a button. */
export function headButton(matrix, colors, { name, note, pressed, onclick }) {
  const scale = HEAD_SIDE / Math.max(matrix.rows, matrix.cols);
  const canvas = pixels(element("canvas"), matrixImage(matrix, colors), matrix.cols * scale, matrix.rows * scale);
  const told = element("span", "", name, note ? element("small", "", note) : null);
  return button({ ariaPressed: String(pressed) }, onclick, canvas, told);
}
