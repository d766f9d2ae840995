// A series as a line with handles: a value is moved by pointer, finger or keys. What is sent is which were moved, and how
// high each stands, in steps from the lower edge.

import { pointUnder, sized } from "../kit/painting/canvas.js";
import { themeOf } from "../kit/painting/colors.js";
import { mark } from "../kit/dom.js";
import { fill, formatNumber } from "../kit/text.js";
import { mounted } from "../kit/mount.js";
import { previewed } from "../kit/conversation/preview.js";

const BASE = 36;
const HIGHEST = BASE ** 2 - 1;
const HIGH = 168; // pixels of the canvas
const [LEFT, RIGHT, TOP, BOTTOM] = [44, 16, 24, 22]; // room around the line, for its numbers
const HANDLE = 4; // radius, in pixels
const LEAST_APART = 11; // pixels between handles that are drawn
const [STEP, LEAP] = [13, 130]; // of a key: a hundredth of the height, and a tenth
const THROTTLE_MS = 120;
const REST_MS = 250;
const SIDEWAYS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
const UPWARDS = { ArrowUp: STEP, ArrowDown: -STEP, PageUp: LEAP, PageDown: -LEAP };

/** @typedef {[number, number][]} Moved place and height of each value that was moved, by place */

/** Moved values as a link says them, behind the number of the example. See attnlab/settings/drawn/moved.py. @param {Moved} moved */
export function inLink(number, moved) {
  const two = (one) => one.toString(BASE).padStart(2, "0");
  return moved.length ? `${number}~${moved.map((point) => point.map(two).join("")).join("")}` : "";
}

/** The values, of which some were moved. @param {{held_out: number[], low: number, high: number}} curve @param {Moved} moved */
export function valuesOf({ held_out, low, high }, moved) {
  const at = new Map(moved);
  return held_out.map((value, place) => (at.has(place) ? low + (at.get(place) / HIGHEST) * (high - low) : value));
}

/** One value moved to a height, or back to where it was held out. @param {Moved} moved @returns {Moved} */
export function movedTo(moved, place, height) {
  const others = moved.filter(([other]) => other !== place);
  if (height === null) return others;
  const within = Math.min(HIGHEST, Math.max(0, Math.round(height)));
  return [...others, [place, within]].sort(([a], [b]) => a - b);
}

export default mounted(".handles", (place) => new Handles(place));

class Handles {
  constructor(place) {
    this.place = place;
    this.canvas = place.parts.canvas;
    this.moved = [];
    this.at = 0; // the value that the keys are on
    this.held = false; // by the pointer
    this.sending = 0; // the timer that tells the server, till it has
    this.sent = 0; // when
    this.awaited = null; // what the server has had from here and not given back yet
    this.canvas.onpointerdown = (event) => this.press(event);
    this.canvas.onpointermove = (event) => this.drag(event);
    this.canvas.onpointerup = this.canvas.onpointercancel = () => (this.held = false);
    this.canvas.onkeydown = (event) => this.key(event);
    this.canvas.onfocus = this.canvas.onblur = () => this.data && this.paint();
    place.follow(place.root, () => this.data && this.paint());
  }

  dispose() {
    clearTimeout(this.sending);
  }

  /** What the link says takes the place of what was moved (one may have gone back), but not while somebody moves. */
  receive(data) {
    const isAnother = data.revision !== this.data?.revision;
    if (isAnother || this.awaited === inLink(data.over, data.moved)) this.awaited = null;
    const isMoving = this.held || this.sending || this.awaited !== null;
    if (isAnother || !isMoving) this.moved = data.moved;
    if (isAnother) this.at = Math.min(this.at, data.movable - 1);
    this.data = data;
    mark(this.canvas, "aria-label", data.words.label);
    this.paint();
    this.place.host.dataset.handles = data.revision;
  }

  get values() {
    return valuesOf(this.data, this.moved);
  }

  press(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.at = this.placeOf(event);
    this.held = true;
    this.drag(event);
  }

  /** Only up and down: a value keeps its place. */
  drag(event) {
    if (this.held) this.move(HIGHEST * (1 - (pointUnder(event, this.canvas).y - TOP) / (HIGH - TOP - BOTTOM)));
  }

  placeOf(event) {
    const { held_out, movable } = this.data;
    const share = (pointUnder(event, this.canvas).x - LEFT) / (this.place.width - LEFT - RIGHT);
    return Math.min(movable - 1, Math.max(0, Math.round(share * (held_out.length - 1))));
  }

  /** Left and right choose a value, up and down move it, Delete puts it back. */
  key(event) {
    if (event.key in SIDEWAYS) this.at = Math.min(this.data.movable - 1, Math.max(0, this.at + SIDEWAYS[event.key]));
    else if (event.key in UPWARDS) this.move(this.height + UPWARDS[event.key]);
    else if (event.key === "Delete" || event.key === "Backspace") this.move(null);
    else return;
    event.preventDefault();
    this.paint();
  }

  /** How high the chosen value stands. */
  get height() {
    const { low, high } = this.data;
    return (HIGHEST * (this.values[this.at] - low)) / (high - low);
  }

  /** Where somebody on the page shows the picture by themselves, the server is told when the hand rests. */
  move(height) {
    this.moved = movedTo(this.moved, this.at, height);
    this.paint();
    const wait = this.previewed() ? REST_MS : Math.max(0, THROTTLE_MS - (performance.now() - this.sent));
    clearTimeout(this.sending);
    this.sending = setTimeout(() => this.send(), wait);
  }

  previewed() {
    return previewed({ [this.data.name]: inLink(this.data.over, this.moved) });
  }

  send() {
    this.sent = performance.now();
    this.sending = 0;
    const [text, before] = [this.moved, this.data.moved].map((moved) => inLink(this.data.over, moved));
    if (text === before && this.awaited === null) return;
    this.awaited = text;
    this.place.send("moved", this.moved);
  }

  // ---- painting ------------------------------------------------------------------------------------------------------

  paint() {
    if (!this.place.width) return;
    const { low, high, held_out: heldOut, words } = this.data;
    const [colors, values] = [themeOf(this.place.host), this.values];
    const context = sized(this.canvas, this.place.width, HIGH);
    const along = (place) => LEFT + (place / Math.max(1, heldOut.length - 1)) * (this.place.width - LEFT - RIGHT);
    const up = (value) => TOP + (1 - (Math.min(high, Math.max(low, value)) - low) / (high - low)) * (HIGH - TOP - BOTTOM);
    context.font = `12px ${colors.sans}`;
    this.frame(context, along, up, colors);
    const dots = (all) => all.map((value, place) => [along(place), up(value)]);
    if (this.moved.length) stroke(context, dots(heldOut), colors.soft, [4, 4]);
    stroke(context, dots(values), colors.ink, []);
    this.handles(context, dots(values), colors);
    const said = fill(words.value, { number: this.at + 1, value: formatNumber(values[this.at]) });
    this.named(context, said, along(this.at), colors);
    mark(this.canvas, "aria-valuemin", String(low));
    mark(this.canvas, "aria-valuemax", String(high));
    mark(this.canvas, "aria-valuenow", String(values[this.at]));
    mark(this.canvas, "aria-valuetext", said);
  }

  /** Zero, the edges, and which values are first and last. */
  frame(context, along, up, colors) {
    const { low, high, held_out: heldOut } = this.data;
    const last = heldOut.length - 1;
    context.fillStyle = colors.soft;
    for (const value of [low, 0, high].filter((one) => one >= low && one <= high)) {
      stroke(context, [[along(0), up(value)], [along(last), up(value)]], colors.hatch, []);
      context.textAlign = "right";
      context.textBaseline = "middle";
      context.fillText(formatNumber(value), LEFT - 8, up(value));
    }
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    context.fillText("1", along(0), HIGH - 6);
    context.fillText(String(last + 1), along(last), HIGH - 6);
  }

  handles(context, dots, colors) {
    const apart = dots.length > 1 ? dots[1][0] - dots[0][0] : LEAST_APART;
    const moved = new Set(this.moved.map(([place]) => place));
    dots.forEach(([x, y], place) => {
      const chosen = place === this.at;
      if (place >= this.data.movable || (apart < LEAST_APART && !chosen && !moved.has(place))) return;
      context.beginPath();
      context.arc(x, y, chosen ? HANDLE + 2 : HANDLE, 0, 2 * Math.PI);
      context.fillStyle = moved.has(place) ? colors.accent : colors.background;
      context.strokeStyle = chosen || moved.has(place) ? colors.accent : colors.ink;
      context.lineWidth = chosen ? 2.5 : 1.5;
      context.fill();
      context.stroke();
    });
  }

  named(context, said, x, colors) {
    const half = context.measureText(said).width / 2;
    context.fillStyle = colors.accent;
    context.textAlign = "center";
    context.fillText(said, Math.min(this.place.width - half - 2, Math.max(half + 2, x)), TOP - 10);
  }
}

function stroke(context, dots, color, dash) {
  context.beginPath();
  for (const [x, y] of dots) context.lineTo(x, y);
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}
