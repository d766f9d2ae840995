// The diagram: a column for each stack, in it the residual stream as a line from the embedding to the end, and on the line
// every part with what it writes for the followed token. Elements stay where they are from one message to the next.

import { pixels } from "../kit/painting/canvas.js";
import { matrixImage } from "../kit/painting/colors.js";
import { button, element, refill } from "../kit/dom.js";
import { fill, formatNumber, shownToken } from "../kit/text.js";

const THUMBNAIL = 30; // pixels of a head
const SIZES = ["x", "written", "output", "cosine"]; // rows of a part in the array of sizes
const TALL = 0.85; // a token's row against its thumbnail's width, at most

export class Diagram {
  /** @param {HTMLElement} root @param {{choose: (part: object, side?: string) => void, tokenOf: (side: string) => number}} page */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.rows = new Map(); // by path
    this.buttons = []; // of all parts, in the order of the computation
  }

  /** Anew where the stack has other parts; else the same elements with other numbers. */
  show(payload, colors) {
    const { header } = payload;
    this.payload = payload;
    if (this.plan !== header.plan) this.build(header);
    this.plan = header.plan;
    const drawn = [header.plan, header.diagram, colors.background].join();
    if (drawn !== this.drawn) {
      this.paintThumbnails(colors);
      this.followed = "";
    }
    this.drawn = drawn;
    this.follow();
  }

  build({ sides, words }) {
    this.rows.clear();
    this.columns = sides.map((side) => this.column(side, words));
    refill(this.root, ...this.columns.map(({ root }) => root));
    this.root.dataset.count = String(sides.length);
    this.buttons = [...this.root.querySelectorAll("button[data-path]")];
  }

  column(side, words) {
    const root = element("section");
    root.dataset.side = side.side;
    const tokens = element("div", { className: "tokens", role: "group", ariaLabel: fill(words.tokens, { side: side.title }) });
    tokens.append(...side.tokens.map((token, index) => button("", () => this.page.choose({ token: index }, side.side), shownToken(token))));
    root.append(element("h3", "", side.title), tokens);
    for (const group of side.groups) {
      const frame = element("div", group.title ? "block" : "end");
      if (group.title) frame.append(element("span", "name", group.title));
      for (const row of group.rows) frame.append(this.row(row, side, words));
      root.append(frame);
    }
    return { root, side: side.side, tokens };
  }

  row(row, side, words) {
    const root = element("div", `row ${row.kind} ${row.order}`);
    root.classList.toggle("unjoined", !row.residual);
    root.classList.toggle("reads", row.reads);
    const line = element("div", "line");
    root.append(element("span", "rail"), line);
    const parts = { root, line, row, side: side.side, bars: null, canvas: null, top: null };
    for (const piece of row.pieces) {
      const made = this.piece(piece, words);
      if (piece.role === "add" || (piece.role === "norm" && row.order === "post")) root.append(made);
      else line.append(made);
      if (piece.role === "body" && row.heads) {
        parts.canvas = element("canvas");
        made.append(parts.canvas);
      }
    }
    if (row.kind === "memory") line.firstChild.dataset.memory = "";
    if (row.sizes !== null) {
      parts.bars = this.bars(words);
      root.append(parts.bars.root);
    }
    if (row.kind === "logits") {
      parts.top = element("div", "top");
      root.append(parts.top);
    }
    parts.place = element("div", "place");
    root.append(parts.place);
    for (const piece of row.pieces) this.rows.set(piece.path, parts);
    return root;
  }

  piece(piece, words) {
    const isAdd = piece.role === "add";
    const inside = isAdd ? [element("b", "", "+")] : [element("b", "", piece.name), element("small", "", piece.shape)];
    const about = { className: piece.role, title: piece.line, ariaLabel: piece.spoken, ariaExpanded: "false" };
    const made = button(about, () => this.page.choose({ open: made.ariaExpanded === "true" ? "" : piece.path }), ...inside);
    made.dataset.path = piece.path;
    return made;
  }

  bars(words) {
    const root = element("div", "bars");
    const [stream, wrote, said] = [element("i", "stream"), element("i", "wrote"), element("span")];
    root.append(element("div", "track", stream, wrote), said);
    root.title = words.bars_help;
    return { root, stream, wrote, said };
  }

  // ---- numbers ---------------------------------------------------------------------------------------------------------

  paintThumbnails(colors) {
    for (const { canvas, row } of new Set(this.rows.values())) {
      const matrix = canvas && this.payload.matrices[`heads:${row.path}`];
      if (matrix) paintHeads(canvas, matrix, row.heads, colors);
    }
  }

  /** All that depends on which token is followed. */
  follow() {
    const { header, matrices } = this.payload;
    const followed = this.columns.map(({ side }) => this.page.tokenOf(side)).join();
    if (followed === this.followed) return;
    this.followed = followed;
    for (const { side, tokens } of this.columns) {
      const token = this.page.tokenOf(side);
      [...tokens.children].forEach((each, index) => each.setAttribute("aria-pressed", String(index === token)));
    }
    for (const parts of new Set(this.rows.values())) {
      const token = this.page.tokenOf(parts.side);
      if (parts.bars) this.paintBars(parts, matrices[`sizes:${parts.side}`], token, header.words);
      if (parts.top) paintTop(parts.top, header.top[token], header.words);
    }
  }

  /** The stream and what was written into it, on one scale for the whole column. */
  paintBars({ bars, row }, sizes, token, words) {
    const of = (name, place) => sizes.data[(place * SIZES.length + SIZES.indexOf(name)) * sizes.cols + token];
    let most = 1e-12;
    for (let place = 0; place < sizes.rows / SIZES.length; place += 1) most = Math.max(most, of("output", place), of("x", place), of("written", place));
    const [x, written, output, cosine] = SIZES.map((name) => of(name, row.sizes));
    bars.stream.style.width = `${(100 * x) / most}%`;
    bars.wrote.style.width = `${(100 * written) / most}%`;
    const numbers = { x, written, output, cosine };
    const shown = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, formatNumber(Math.abs(value) < 1e-6 ? 0 : value)]));
    bars.said.textContent = fill(row.residual ? words.bars : words.bars_unjoined, shown);
  }

  /**
   * The open part in full light and the others dimmed.
   * @param {string} path of the part; empty for none
   */
  open(path) {
    this.root.classList.toggle("opened", path !== "");
    const open = this.rows.get(path);
    for (const each of this.buttons) each.setAttribute("aria-expanded", String(each.dataset.path === path));
    for (const parts of new Set(this.rows.values())) parts.root.classList.toggle("open", parts === open);
    for (const { root, side } of this.columns) root.classList.toggle("wide", open?.side === side);
  }
}

function paintHeads(canvas, matrix, heads, colors) {
  const wide = besideEachOther(matrix, heads);
  const width = heads * THUMBNAIL;
  pixels(canvas, matrixImage(wide, colors), width, Math.min(THUMBNAIL * TALL, (width / wide.cols) * wide.rows));
}

/** The heads of an attention as one matrix, with an empty column between: rows are queries, columns keys. */
export function besideEachOther(matrix, heads) {
  const rows = matrix.rows / heads;
  const cols = matrix.cols * heads + heads - 1;
  const data = new Float32Array(cols * rows).fill(NaN);
  for (let head = 0; head < heads; head += 1) {
    for (let row = 0; row < rows; row += 1) {
      const from = (head * rows + row) * matrix.cols;
      data.set(matrix.data.subarray(from, from + matrix.cols), row * cols + head * (matrix.cols + 1));
    }
  }
  return { name: "weights", rows, cols, data };
}

function paintTop(root, answers, words) {
  const rows = answers.map(([word, share]) => {
    const bar = element("i");
    bar.style.width = `${100 * share}%`;
    const track = element("span", "track", bar);
    return element("div", "", element("b", "", shownToken(word)), track, element("small", "", formatNumber(share)));
  });
  refill(root, element("em", "", words.top), ...rows);
}
