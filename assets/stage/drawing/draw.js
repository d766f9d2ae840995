// Painting: one pixel a cell, stretched by the browser; then lines, hatching, numbers and labels where they can be read.

import { pixels } from "../../kit/painting/canvas.js";
import { cellColors, inkOn, isWeights, matrixImage } from "../../kit/painting/colors.js";
import { cell, drawnCell, magnitude } from "../../kit/payload.js";
import { paintSigns } from "../../kit/painting/signs.js";
import { fill, fittedToken, formatNumber } from "../../kit/text.js";
import { labelInk, labelsDrawn, paintLabel } from "../../kit/looks.js";
import { isUpright, legible, paintStacked } from "../../kit/painting/upright.js";
import { editMarks, formerOf } from "../edits/edits.js";
import { comesLater } from "./layout.js";

export const SLANT = 0.8; // radians: how names over columns rise
const FADED = 0.15;
const HALF = 0.5; // the name of a faded matrix can still be read
const HATCH = 8; // pixels between the lines over what is covered
const CHANGED = "Δ"; // behind the name of a matrix that edits changed

const scratch = document.createElement("canvas");

/** Stretch a matrix over a rectangle. */
export function paintMatrix(context, matrix, place, colors, limit) {
  pixels(scratch, matrixImage(matrix, colors, limit));
  context.imageSmoothingEnabled = false;
  context.save();
  if (place.transposed) {
    context.transform(0, 1, 1, 0, place.x, place.y); // swaps x and y
    context.drawImage(scratch, 0, 0, place.rows * place.ch, place.cols * place.cw);
  } else {
    context.drawImage(scratch, place.x, place.y, place.cols * place.cw, place.rows * place.ch);
  }
  context.restore();
}

/**
 * Everything of a scene that does not depend on the pointer.
 * @param {Object<string, import("../../kit/payload.js").Matrix>} shown what is painted: the payload's own matrices, or what edits
 *   changed in them
 */
export function paintScene(context, scene, payload, shown, state, colors) {
  for (const place of scene.places) {
    const matrix = shown[place.name];
    if (!matrix.data) {
      paintCover(context, place, matrix, payload.header, colors);
      continue;
    }
    const later = state.filming && comesLater(place.name, state.result);
    context.globalAlpha = later || matrix.unchanged ? FADED : 1;
    const limit = place.name === state.result && state.progress < 1 ? Math.ceil(state.progress * matrix.data.length) : Infinity;
    paintMatrix(context, matrix, place, colors, limit);
    paintGrid(context, place, colors);
    paintGround(context, place, colors);
    const masked = place.name === "masked_scores" || place.name === "weights" ? payload.matrices.masked_scores : null;
    if (masked?.data) paintMask(context, place, masked, colors);
    if (state.numbers && isReadable(place)) paintNumbers(context, place, matrix, colors, limit, masked);
    else if (!isWeights(matrix.name)) paintSigns(context, place, matrix, colors, limit);
    if (matrix.unchanged) context.globalAlpha = HALF;
    paintCaption(context, place, matrix, payload, state, colors, scene.width - place.x);
  }
  context.globalAlpha = 1;
  if (payload.header.edits?.length) paintEditMarks(context, scene, payload.header, colors);
  paintHeadInConcat(context, scene, payload.header, colors);
  context.fillStyle = colors.soft;
  context.font = `500 20px ${colors.sans}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { text, x, y } of scene.signs) context.fillText(text, x, y);
}

/** The place of a matrix whose numbers are not here, because they are being guessed. */
function paintCover(context, place, matrix, header, colors) {
  const [w, h] = [place.cols * place.cw, place.rows * place.ch];
  context.save();
  paintHatch(context, { x: place.x, y: place.y, w, h }, colors);
  paintGrid(context, place, colors);
  const names = header.text.matrices[place.transposed ? `${place.name}_transposed` : place.name];
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillStyle = colors.ink;
  context.font = `600 13px ${colors.sans}`;
  context.fillText(names.symbol, place.x, place.y + h + (place.caption === "below" ? 15 : 13), w + 22);
  context.restore();
}

/** Slanted lines all over a box. @param {{x: number, y: number, w: number, h: number}} box */
export function paintHatch(context, { x, y, w, h }, colors) {
  context.strokeStyle = colors.hatch;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = HATCH - h; at < w; at += HATCH) {
    const [from, to] = [Math.max(0, at), Math.min(w, at + h)]; // it rises one pixel a pixel, within the box
    context.moveTo(x + from, y + h - (from - at));
    context.lineTo(x + to, y + h - (to - at));
  }
  context.stroke();
  context.strokeStyle = colors.line;
  context.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
}

/** The edge of a matrix, without which its zeros would be the page's own ground. */
function paintGround(context, { x, y, cols, rows, cw, ch }, colors) {
  const [right, bottom] = [x + cols * cw + 0.5, y + rows * ch + 0.5];
  context.strokeStyle = colors.frame;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x - 0.5, y - 0.5);
  for (const [left, top] of [[right, y - 0.5], [right, bottom], [x - 0.5, bottom], [x - 0.5, y - 0.5]]) context.lineTo(left, top);
  context.stroke();
}

function paintGrid(context, place, colors) {
  if (Math.min(place.cw, place.ch) < 7) return;
  context.strokeStyle = colors.line;
  context.lineWidth = 1;
  context.beginPath();
  for (let i = 1; i < place.cols; i += 1) {
    context.moveTo(place.x + i * place.cw, place.y);
    context.lineTo(place.x + i * place.cw, place.y + place.rows * place.ch);
  }
  for (let i = 1; i < place.rows; i += 1) {
    context.moveTo(place.x, place.y + i * place.ch);
    context.lineTo(place.x + place.cols * place.cw, place.y + i * place.ch);
  }
  context.stroke();
}

function paintMask(context, place, masked, colors) {
  if (place.ch < 6) return;
  context.strokeStyle = colors.hatch;
  context.lineWidth = 1;
  context.beginPath();
  for (let i = 0; i < masked.rows; i += 1) {
    for (let j = 0; j < masked.cols; j += 1) {
      if (drawnCell(masked, i, j) !== -Infinity) continue;
      const [x, y] = [place.x + j * place.cw, place.y + i * place.ch];
      context.moveTo(x + place.cw * 0.32, y + place.ch * 0.68);
      context.lineTo(x + place.cw * 0.68, y + place.ch * 0.32);
    }
  }
  context.stroke();
}

function isReadable({ cw, ch }) {
  return cw >= 24 && ch >= 13;
}

/** Not the zero of a masked cell: the hatch says it. */
function paintNumbers(context, place, matrix, colors, limit, masked) {
  context.font = `${Math.min(11, place.cw / 3.2)}px ${colors.mono}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const isShare = isWeights(matrix.name);
  const colorOf = cellColors(isShare ? "weights" : "signed", isShare ? 1 : magnitude(matrix), colors);
  for (let r = 0; r < place.rows; r += 1) {
    for (let c = 0; c < place.cols; c += 1) {
      const [i, j] = place.transposed ? [c, r] : [r, c];
      if (i * matrix.cols + j >= limit) continue;
      const value = cell(matrix, i, j);
      if (!Number.isFinite(value) || (value === 0 && masked && drawnCell(masked, i, j) === -Infinity)) continue;
      context.fillStyle = inkOn(colorOf(value));
      context.fillText(compact(value), place.x + (c + 0.5) * place.cw, place.y + (r + 0.5) * place.ch);
    }
  }
}

function compact(value) {
  const text = Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(1);
  return text.replace("-", "−").replace(/^(−?)0\./, "$1.");
}

function paintCaption(context, place, matrix, { header, matrices }, state, colors, room) {
  const names = header.text.matrices[place.transposed ? `${place.name}_transposed` : place.name];
  const lit = place.name === state.result;
  const y = place.caption === "below" ? place.y + place.rows * place.ch + 15 : place.y + place.rows * place.ch + 13;
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillStyle = lit ? colors.accent : colors.ink;
  context.font = `600 13px ${colors.sans}`;
  const width = Math.min(place.cols * place.cw + 22, room);
  context.fillText(names.symbol, place.x, y, width);
  let used = Math.min(context.measureText(names.symbol).width, width) + 7;
  if (formerOf(matrices, place.name)) {
    context.fillStyle = colors.accent;
    context.font = `600 12px ${colors.sans}`;
    context.fillText(CHANGED, place.x + used, y);
    used += context.measureText(CHANGED).width + 7;
  }
  const range = isWeights(matrix.name) ? `0 … ${formatNumber(magnitude(matrix))}` : `± ${formatNumber(magnitude(matrix))}`;
  const rest = [fill(names.formula, header.formula), `${place.rows}×${place.cols}`, range].filter(Boolean);
  context.font = `12px ${colors.sans}`;
  context.fillStyle = lit ? colors.accent : colors.soft;
  while (rest.length && used + context.measureText(rest.join("  ")).width > width) rest.pop();
  context.fillText(rest.join("  "), place.x + used, y);
}

/** A dot in the corner of each cell that was set by hand, a bar over each weighted token and beside each swapped one. */
function paintEditMarks(context, scene, header, colors) {
  const { cells, columns, rows } = editMarks(header);
  const dot = (x, y, w, h) => {
    context.fillStyle = colors.background;
    context.fillRect(x - 1, y - 1, w + 2, h + 2);
    context.fillStyle = colors.accent;
    context.fillRect(x, y, w, h);
  };
  for (const place of scene.places) {
    const size = Math.max(3, Math.min(6, place.cw * 0.35, place.ch * 0.35));
    for (const { name, row, col } of cells) {
      if (name !== place.name) continue;
      const [r, c] = place.transposed ? [col, row] : [row, col];
      dot(place.x + (c + 1) * place.cw - size - 1, place.y + r * place.ch + 1, size, size);
    }
  }
  for (const { x, y, cw } of scene.columnLabels) for (const col of columns) dot(x + col * cw + 1, y + 1, Math.max(2, cw - 2), 2);
  for (const { x, y, ch } of scene.rowLabels) for (const row of rows) dot(x - 5, y + row * ch + 1, 2, Math.max(2, ch - 2));
}

/** The selected head's columns in the concatenation, and its rows in W_O, are framed. */
function paintHeadInConcat(context, scene, header, colors) {
  const start = header.head * header.value_dim;
  context.strokeStyle = colors.accent;
  context.lineWidth = 1.5;
  for (const place of scene.places) {
    const [w, h] = [place.cols * place.cw, place.rows * place.ch];
    if (place.name === "concat") context.strokeRect(place.x + start * place.cw, place.y, header.value_dim * place.cw, h);
    if (place.name === "w_output") context.strokeRect(place.x, place.y + start * place.ch, w, header.value_dim * place.ch);
  }
}

/** Tokens along rows and over columns, by their names or looks; the chosen query and key stand out. */
export function paintLabels(context, scene, header, chosen, colors) {
  const { tokens, items } = header;
  const fitted = (token, room) => fittedToken(token, room, (text) => context.measureText(text).width);
  for (const { x, y, ch } of scene.rowLabels) {
    const one = y === scene.rowLabels[0].y ? chosen.query : chosen.key;
    const isDrawn = labelsDrawn(header, ch, 9, one);
    context.textAlign = "right";
    context.textBaseline = "middle";
    tokens.forEach((token, i) => {
      const lit = i === one;
      if (!isDrawn(i)) return;
      const [look, room] = [items?.looks[i], scene.labelRoom.row];
      if (paintLabel(context, look, { x: x - 7 - room, y: y + i * ch, width: room, height: ch }, "right", lit, colors)) return;
      const middle = y + (i + 0.5) * ch;
      context.font = `${lit ? "600 " : ""}${legible(token, Math.min(13, ch * 0.75))}px ${colors.sans}`;
      context.fillStyle = labelInk(look, lit, colors);
      context.fillText(fitted(token, room), x - 7, middle);
    });
  }
  for (const { x, y, cw } of scene.columnLabels) {
    const isDrawn = labelsDrawn(header, cw, 10, chosen.key);
    context.textAlign = "left";
    tokens.forEach((token, j) => {
      const lit = j === chosen.key;
      if (!isDrawn(j)) return;
      const [look, room] = [items?.looks[j], scene.labelRoom.stack];
      if (paintLabel(context, look, { x: x + j * cw, y: y - 2 - room, width: cw, height: room }, "bottom", lit, colors)) return;
      const size = legible(token, Math.min(13, cw * 0.75));
      context.fillStyle = labelInk(look, lit, colors, colors.soft);
      context.font = `${lit ? "600 " : ""}${size}px ${colors.sans}`;
      if (isUpright(token)) {
        paintStacked(context, token, { x: x + (j + 0.5) * cw, y: y - 2, room, size });
        return;
      }
      context.save();
      context.translate(x + (j + 0.5) * cw, y);
      context.rotate(-SLANT);
      context.fillText(fitted(token, scene.labelRoom.column), 0, 0);
      context.restore();
    });
  }
}

/** Frames around the cells that feed the chosen one; the chosen cell itself is framed twice as strongly. */
export function paintBoxes(context, scene, boxes, colors) {
  boxes.forEach((box, index) => {
    for (const place of scene.places) {
      if (place.name !== box.name) continue;
      const [r, c] = place.transposed ? [box.col, box.row] : [box.row, box.col];
      const x = place.x + (c ?? 0) * place.cw;
      const y = place.y + (r ?? 0) * place.ch;
      const w = (c === undefined ? place.cols : 1) * place.cw;
      const h = (r === undefined ? place.rows : 1) * place.ch;
      context.strokeStyle = colors.accent;
      context.lineWidth = index ? 2 : 3;
      context.strokeRect(x - 0.5, y - 0.5, Math.max(w, 3) + 1, Math.max(h, 3) + 1);
    }
  });
}
