// A picture of 8 x 8 cells that is drawn by pointer, finger or keys, as the digits were made: a bitmap of 32 x 32, of which
// each cell counts the ink of 4 x 4. What is sent is these counts.

import { pointUnder, sized } from "../kit/painting/canvas.js";
import { themeOf } from "../kit/painting/colors.js";
import { button, mark, refill } from "../kit/dom.js";
import { paintLook } from "../kit/looks.js";
import { mounted } from "../kit/mount.js";
import { previewed } from "../kit/conversation/preview.js";

const CELLS = 8; // to a side of the picture
const FINE = 4; // of the bitmap, to a side of a cell
const SIDE = CELLS * FINE;
const FULL = FINE * FINE;
const PIXELS = 208; // of the canvas
const PEN = 1.6; // radius, of the bitmap
const THROTTLE_MS = 120;
const REST_MS = 250;
const TOOLS = ["pen", "eraser", "patch"];
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** The order in which the ink of a cell is laid out, so that any count of it looks evenly grey (Bayer 1973). */
const ORDER = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

/** Ink of each cell. @param {Uint8Array} bits of the bitmap, row by row @returns {number[]} 0 to 16 */
export function countsOf(bits) {
  const counts = new Array(CELLS * CELLS).fill(0);
  bits.forEach((bit, at) => {
    counts[Math.floor(at / SIDE / FINE) * CELLS + Math.floor((at % SIDE) / FINE)] += bit;
  });
  return counts;
}

/** Counts as a link says them, behind the number of the example. See attnlab/settings/drawn/cells.py. @param {number[]} counts */
export function inLink(number, counts) {
  return `${number}.${counts.map((count) => count.toString(FULL + 1)).join("")}`;
}

/** A bitmap with these counts. @param {number[]} counts */
export function bitsOf(counts) {
  return Uint8Array.from({ length: SIDE * SIDE }, (_, at) => {
    const [row, col] = [Math.floor(at / SIDE), at % SIDE];
    const count = counts[Math.floor(row / FINE) * CELLS + Math.floor(col / FINE)];
    return Number(ORDER[(row % FINE) * FINE + (col % FINE)] < count);
  });
}

/** Ink, or its absence, in a disc around a point of the bitmap. */
export function dabbed(bits, { x, y }, ink) {
  return bits.map((bit, at) => (Math.hypot((at % SIDE) + 0.5 - x, Math.floor(at / SIDE) + 0.5 - y) <= PEN ? ink : bit));
}

/** One patch full where less than half of it was, else empty. @param {[number, number]} patch its rows and columns of cells */
export function turned(bits, [rows, cols], row, col) {
  const within = (at) => Math.floor(at / SIDE / FINE / rows) === row && Math.floor((at % SIDE) / FINE / cols) === col;
  const held = bits.reduce((sum, bit, at) => sum + (within(at) ? bit : 0), 0);
  const ink = Number(2 * held < rows * cols * FULL);
  return bits.map((bit, at) => (within(at) ? ink : bit));
}

export default mounted(".pad", (place) => new Pad(place));

class Pad {
  constructor(place) {
    this.place = place;
    this.canvas = place.parts.canvas;
    this.bits = new Uint8Array(SIDE * SIDE);
    this.tool = "pen";
    this.at = [0, 0]; // the patch that the keys are on
    this.last = null; // where the pen was
    this.sent = 0; // when
    this.told = []; // pictures that the server has had from here, and the one that it gave
    this.canvas.onpointerdown = (event) => this.press(event);
    this.canvas.onpointermove = (event) => this.last && this.stroke(event);
    this.canvas.onpointerup = this.canvas.onpointercancel = () => this.lift();
    this.canvas.onkeydown = (event) => this.key(event);
    this.canvas.onfocus = this.canvas.onblur = () => this.paint();
  }

  dispose() {
    clearTimeout(this.sending);
  }

  /** Another picture takes the place of what is drawn; one that was sent from here, be it an older one, does not. */
  receive(data) {
    const text = String(data.cells);
    if (data.revision !== this.data?.revision || !this.told.includes(text)) {
      this.bits = bitsOf(data.cells);
      this.told = [text];
    }
    this.data = data;
    mark(this.canvas, "aria-label", data.words.label);
    this.tools();
    this.paint();
    this.place.host.dataset.pad = data.revision;
  }

  tools() {
    const { words } = this.data;
    const made = TOOLS.map((name) => {
      const one = button("", () => this.take(name), words[name]);
      mark(one, "aria-pressed", String(name === this.tool));
      return one;
    });
    refill(this.place.parts.tools, ...made, button("", () => this.change(new Uint8Array(SIDE * SIDE)), words.clear));
  }

  take(name) {
    this.tool = name;
    this.tools();
  }

  press(event) {
    this.canvas.setPointerCapture(event.pointerId);
    const at = this.pointOf(event);
    if (this.tool === "patch") this.turn(Math.floor(at.y / FINE / this.patch[0]), Math.floor(at.x / FINE / this.patch[1]));
    else this.dab((this.last = at));
  }

  /** A quick pointer leaves gaps between its events: the pen goes in steps of half its width. */
  stroke(event) {
    const [from, to] = [this.last, this.pointOf(event)];
    const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / PEN));
    for (let step = 1; step <= steps; step += 1) {
      const share = step / steps;
      this.bits = dabbed(this.bits, { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) }, this.ink);
    }
    this.last = to;
    this.change(this.bits);
  }

  lift() {
    this.last = null;
  }

  dab(at) {
    this.change(dabbed(this.bits, at, this.ink));
  }

  turn(row, col) {
    this.change(turned(this.bits, this.patch, row, col));
  }

  get ink() {
    return Number(this.tool !== "eraser");
  }

  get patch() {
    return this.data.patch;
  }

  pointOf(event) {
    const { x, y } = pointUnder(event, this.canvas);
    return { x: (x / PIXELS) * SIDE, y: (y / PIXELS) * SIDE };
  }

  /** Arrows go from patch to patch, space and enter turn one over. */
  key(event) {
    const [rows, cols] = this.patch.map((size) => CELLS / size);
    const step = ARROWS[event.key];
    if (step) this.at = [(this.at[0] + step[0] + rows) % rows, (this.at[1] + step[1] + cols) % cols];
    else if (event.key === " " || event.key === "Enter") this.turn(...this.at);
    else return;
    event.preventDefault();
    this.paint();
  }

  /** Where somebody on the page shows the picture by themselves, the server is told when the pen rests. */
  change(bits) {
    this.bits = bits;
    this.paint();
    const wait = this.previewed() ? REST_MS : Math.max(0, THROTTLE_MS - (performance.now() - this.sent));
    clearTimeout(this.sending);
    this.sending = setTimeout(() => this.send(), wait);
  }

  previewed() {
    const { link } = this.data;
    return Boolean(link) && previewed({ [link.name]: inLink(link.over, countsOf(this.bits)) });
  }

  send() {
    const counts = countsOf(this.bits);
    this.sent = performance.now();
    this.told.push(String(counts));
    this.place.send("cells", counts);
  }

  paint() {
    const colors = themeOf(this.place.host);
    const grey = btoa(String.fromCharCode(...countsOf(this.bits).map((count) => Math.round((255 * count) / FULL))));
    const context = sized(this.canvas, PIXELS, PIXELS);
    const look = { kind: "patch", rows: CELLS, cols: CELLS, grey };
    paintLook(context, look, { x: 0, y: 0, width: PIXELS, height: PIXELS }, colors);
    const [high, wide] = this.patch.map((size) => (PIXELS / CELLS) * size);
    context.strokeStyle = colors.hatch;
    context.lineWidth = 1;
    for (let x = wide; x < PIXELS; x += wide) line(context, x, 0, x, PIXELS);
    for (let y = high; y < PIXELS; y += high) line(context, 0, y, PIXELS, y);
    if (!this.canvas.matches(":focus-visible")) return;
    context.strokeStyle = colors.accent;
    context.lineWidth = 3;
    context.strokeRect(this.at[1] * wide + 1.5, this.at[0] * high + 1.5, wide - 3, high - 3);
  }
}

function line(context, ...[fromX, fromY, toX, toY]) {
  context.beginPath();
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
  context.stroke();
}
