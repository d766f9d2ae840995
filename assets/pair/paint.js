// Painting of the pair: a card (the matrices of one head, one below the other) and the board (one head large).

import { isDrawing, labelInk, paintLabel } from "../kit/looks.js";
import { cellColors, inkOn } from "../kit/painting/colors.js";
import { paintSigns } from "../kit/painting/signs.js";
import { formatNumber, shownToken } from "../kit/text.js";
import { everyOf, isUpright, legible, paintStacked } from "../kit/painting/upright.js";
import { hasSameLooks } from "./grid.js";
import { paintPictures, withPictures } from "./below.js";

const TITLE = 17; // pixels above a matrix
const GAP = 5;
const ACROSS = 12; // between the matrices of one line of a card
const NAMES = 74; // beside the large matrices
const SLANT = 46; // above them
const OVERHANG = 24; // of the last slanted name
const LETTERS = 9;
const CLOSEST = 11; // pixels from the middle of one name to that of the next
const LARGEST_CELL = 52;
const NARROW = 700; // a screen narrower than this

/** @typedef {{layer: number, x: number, y: number, cell: number, size: number}} Slot */

/**
 * The slots of a card, so many on a line, each matrix as wide as asked.
 * @returns {{slots: Slot[], width: number, height: number}}
 */
export function cardSlots(layers, side, onLine) {
  const cell = side / Math.max(...layers.map((layer) => layer.size));
  const tops = topsOf(layers, onLine, cell, TITLE + GAP);
  const slots = layers.map((layer, index) => {
    const [column, line] = [index % onLine, Math.floor(index / onLine)];
    return { layer: index, x: column * (side + ACROSS), y: tops[line] + TITLE, cell, size: layer.size };
  });
  return { slots, width: onLine * (side + ACROSS) - ACROSS, height: tops.at(-1) };
}

/** Where each line of so many matrices begins, and where the last one ends. */
function topsOf(layers, onLine, cell, between) {
  const tops = [0];
  for (let first = 0; first < layers.length; first += onLine) {
    const sizes = layers.slice(first, first + onLine).map((layer) => layer.size);
    tops.push(tops.at(-1) + Math.max(...sizes) * cell + between);
  }
  return tops;
}

/** The slots of the board: beside each other; on a narrow screen in two columns, or in one if each needs its names. */
export function boardSlots(layers, width) {
  const narrow = width < NARROW;
  const alike = layers.every((layer) => sameTokens(layer, layers[0]));
  const columns = narrow ? (alike ? Math.min(2, layers.length) : 1) : layers.length;
  const gap = narrow ? 14 : 34;
  // Queries have their names beside them where no neighbour on the left has the same.
  const named = layers.map((layer, index) => index % columns === 0 || !sameTokens(layer, layers[index - 1]));
  const names = named.slice(0, columns).filter(Boolean).length * NAMES;
  const largest = Math.max(...layers.map((layer) => layer.size));
  const side = Math.min(400, (width - names - OVERHANG - (columns - 1) * gap) / columns);
  const cell = Math.min(LARGEST_CELL, side / largest);
  const tops = topsOf(layers, columns, cell, TITLE + SLANT + 10);
  let x = 0;
  const slots = layers.map((layer, index) => {
    if (index % columns === 0) x = 0;
    x += named[index] ? NAMES : 0;
    const slot = { layer: index, x, y: tops[Math.floor(index / columns)] + TITLE + SLANT, cell, size: layer.size, named: named[index] };
    x += cell * largest + gap;
    return slot;
  });
  return withPictures({ slots, height: tops.at(-1) }, layers);
}

function sameTokens(layer, other) {
  return layer.tokens.every((token, at) => token === other.tokens[at]) && hasSameLooks(layer, other);
}

/** One head large, with the pictures that are read. */
export function paintBoard(context, board, layers, images, chosen, colors, none) {
  paintSlots(context, board.slots, layers, images, chosen, colors, { large: true, none });
  paintPictures(context, board, layers, chosen, colors);
}

/** One head in every slot that has it; a slot without it stays an outline. */
export function paintSlots(context, slots, layers, images, chosen, colors, { large = false, none = "" } = {}) {
  for (const slot of slots) {
    const layer = layers[slot.layer];
    const image = images[slot.layer];
    const side = slot.size * slot.cell;
    paintTitle(context, slot, layer, colors, large);
    if (image) context.drawImage(image, slot.x, slot.y, side, side);
    else paintNothing(context, slot, side, none, colors);
    if (image && slot.cell >= 8) paintLines(context, slot, colors);
    context.strokeStyle = colors.frame;
    context.lineWidth = 1;
    context.strokeRect(slot.x + 0.5, slot.y + 0.5, side - 1, side - 1);
    if (large) paintNames(context, slot, layer, chosen, colors);
    if (image && large && slot.cell >= 24) paintNumbers(context, slot, layer, chosen.head, colors);
    else if (image && large && layer.kind !== "weights") paintSigns(context, placeOf(slot), layer.heads[chosen.head], colors);
    paintFrame(context, slot, chosen, colors);
  }
}

function paintTitle(context, slot, layer, colors, large) {
  const y = slot.y - (large ? SLANT : 0) - TITLE / 2;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillStyle = colors.ink;
  context.font = `${large ? "600 15px" : "500 12px"} ${colors.sans}`;
  const scale = layer.kind === "weights" ? "" : `  ± ${formatNumber(layer.most < 1e-9 ? 0 : layer.most)}`;
  const text = large ? `${layer.title}${scale}` : layer.name;
  context.fillText(text, slot.x, y, slot.size * slot.cell + 24);
}

function placeOf({ x, y, cell, size }) {
  return { x, y, cw: cell, ch: cell, rows: size, cols: size };
}

function paintNothing(context, slot, side, none, colors) {
  context.fillStyle = colors.soft;
  context.font = `12px ${colors.sans}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(none, slot.x + side / 2, slot.y + side / 2, side);
}

function paintLines(context, { x, y, cell, size }, colors) {
  context.strokeStyle = colors.line;
  context.lineWidth = cell < 14 ? 0.5 : 1;
  context.beginPath();
  for (let at = 1; at < size; at += 1) {
    context.moveTo(x + at * cell, y);
    context.lineTo(x + at * cell, y + size * cell);
    context.moveTo(x, y + at * cell);
    context.lineTo(x + size * cell, y + at * cell);
  }
  context.stroke();
}

/** Queries beside the first matrix of each line, keys above each; what is chosen stands out. */
function paintNames(context, slot, layer, chosen, colors) {
  const { x, y, cell, size } = slot;
  const every = everyOf(layer.tokens, cell, CLOSEST);
  const points = Math.max(...layer.tokens.map((token) => legible(token, Math.min(15, cell * 0.6 + 2))));
  for (let at = 0; at < size; at += 1) {
    const name = shownToken(layer.tokens[at], LETTERS);
    const lit = { query: at === chosen.row, key: at === chosen.col };
    const hidden = { query: tooNear(at, chosen.row, cell), key: tooNear(at, chosen.col, cell) };
    const look = layer.items?.looks[at];
    if (isDrawing(look)) {
      paintItem(context, slot, at, look, lit, colors);
      continue;
    }
    context.textBaseline = "middle";
    if (slot.named && (lit.query || (at % every === 0 && !hidden.query))) {
      context.textAlign = "right";
      context.font = `${lit.query ? "700 " : ""}${points}px ${colors.sans}`;
      context.fillStyle = labelInk(look, lit.query, colors);
      context.fillText(name, x - 7, y + (at + 0.5) * cell, NAMES - 8);
    }
    if (lit.key || (at % every === 0 && !hidden.key)) {
      context.font = `${lit.key ? "700 " : ""}${points}px ${colors.sans}`;
      context.fillStyle = labelInk(look, lit.key, colors, colors.soft);
      if (isUpright(name)) {
        paintStacked(context, name, { x: x + (at + 0.5) * cell, y: y - 5, room: SLANT - 8, size: points });
        continue;
      }
      context.save();
      context.translate(x + (at + 0.5) * cell, y - 5);
      context.rotate(-0.8);
      context.textAlign = "left";
      context.fillText(name, 0, 0);
      context.restore();
    }
  }
}

/** An item that is drawn, beside its row and above its column. */
function paintItem(context, { x, y, cell, named }, at, look, lit, colors) {
  const [wide, high] = [NAMES - 14, SLANT - 8];
  if (named) paintLabel(context, look, { x: x - 7 - wide, y: y + at * cell, width: wide, height: cell }, "right", lit.query, colors);
  paintLabel(context, look, { x: x + at * cell, y: y - 5 - high, width: cell, height: high }, "bottom", lit.key, colors);
}

/** A name so near the chosen one would be written across it. */
function tooNear(at, chosen, cell) {
  return chosen !== null && at !== chosen && Math.abs(at - chosen) * cell < CLOSEST;
}

function paintNumbers(context, slot, layer, head, colors) {
  const { data, rows, cols } = layer.heads[head];
  context.font = `${Math.min(16, slot.cell / 2.6)}px ${colors.mono}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const colorOf = cellColors(layer.kind === "weights" ? "weights" : "signed", layer.most, colors);
  for (let row = 0; row < rows; row += 1) {
    for (let col = 0; col < cols; col += 1) {
      const value = data[row * cols + col];
      if (Number.isNaN(value) || Math.abs(value) < 0.005) continue;
      context.fillStyle = inkOn(colorOf(value));
      const text = Math.abs(value) >= 9.995 ? value.toFixed(0) : value.toFixed(2);
      context.fillText(text.replace("-", "−").replace(/^(−?)0\./, "$1."), slot.x + (col + 0.5) * slot.cell, slot.y + (row + 0.5) * slot.cell);
    }
  }
}

function paintFrame(context, { x, y, cell, size }, { row, col }, colors) {
  if (row === null || col === null || row >= size || col >= size) return;
  const side = Math.max(cell, 5);
  const [left, top] = [x + (col + 0.5) * cell - side / 2, y + (row + 0.5) * cell - side / 2];
  context.strokeStyle = colors.background;
  context.lineWidth = 4;
  context.strokeRect(left - 0.5, top - 0.5, side + 1, side + 1);
  context.strokeStyle = colors.accent;
  context.lineWidth = 2;
  context.strokeRect(left - 0.5, top - 0.5, side + 1, side + 1);
}

/** Which cell lies under a point of a canvas. */
export function cellAt(slots, { x, y }) {
  for (const slot of slots) {
    const [row, col] = [Math.floor((y - slot.y) / slot.cell), Math.floor((x - slot.x) / slot.cell)];
    if (row >= 0 && col >= 0 && row < slot.size && col < slot.size) return { row, col };
  }
  return null;
}
