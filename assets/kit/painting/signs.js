// A minus on negative cells: their blue and the positives' orange are one grey to some readers, and on most printers.

import { drawnCell, magnitude } from "../payload.js";

const ROOM = 11; // pixels of a cell that has room for a sign

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{x: number, y: number, cw: number, ch: number, rows: number, cols: number, transposed?: boolean}} place
 * @param {import("../payload.js").Matrix} matrix of signed numbers
 * @param {number} limit cells from here on, in reading order, are not computed yet
 */
export function paintSigns(context, place, matrix, colors, limit = Infinity) {
  if (Math.min(place.cw, place.ch) < ROOM) return;
  const negative = negativeCells(place, matrix, limit);
  const pale = magnitude(matrix) * 0.45;
  const length = Math.min(place.cw, place.ch) * 0.16;
  context.lineWidth = 1.2;
  for (const [ink, cells] of [[colors.soft, negative.filter(({ size }) => size <= pale)], [colors.background, negative.filter(({ size }) => size > pale)]]) {
    context.strokeStyle = ink;
    context.beginPath();
    for (const { x, y } of cells) {
      context.moveTo(x - length, y);
      context.lineTo(x + length, y);
    }
    context.stroke();
  }
}

/** The middles of negative cells, and how far each is below zero. */
function negativeCells(place, matrix, limit) {
  const found = [];
  for (let row = 0; row < matrix.rows; row += 1) {
    for (let col = 0; col < matrix.cols; col += 1) {
      const value = drawnCell(matrix, row, col);
      if (!Number.isFinite(value) || value >= 0 || row * matrix.cols + col >= limit) continue;
      const [down, right] = place.transposed ? [col, row] : [row, col];
      found.push({ x: place.x + (right + 0.5) * place.cw, y: place.y + (down + 0.5) * place.ch, size: -value });
    }
  }
  return found;
}
