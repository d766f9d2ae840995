// The whole comparison on one sheet, to be saved: the large matrices, and below them every head with its measures.

import { paintBoard, paintSlots } from "./paint.js";

const APART = 18; // cards, and rows of them
const HEADING = 36; // title and note above the matrices of a card
const LINE = 16; // of a measure

/**
 * @param {{width: number, layout: object, board: object | null, layers: object[], images: object[][], header: object,
 *          chosen: {head: number, row: number | null, col: number | null}, colors: object}} shown
 * @returns {{width: number, height: number, paint: (context: object) => void}}
 */
export function sheet({ width, layout, board, layers, images, header, chosen, colors }) {
  const { cards, order, text } = header;
  const perRow = Math.max(1, Math.floor((width + APART) / (layout.width + APART)));
  const measured = Math.max(...cards.map(({ measures }) => measures.length));
  const cardHeight = HEADING + layout.height + measured * LINE + APART;
  const top = board ? board.height + APART : 0;
  const options = { none: text.none };
  const paint = (context) => {
    context.imageSmoothingEnabled = false;
    if (board) paintBoard(context, board, layers, images[chosen.head], chosen, colors, text.none);
    order.forEach((head, place) => {
      context.save();
      context.translate((place % perRow) * (layout.width + APART), top + Math.floor(place / perRow) * cardHeight);
      paintHeading(context, cards[head], layout.width, colors);
      context.translate(0, HEADING);
      paintSlots(context, layout.slots, layers, images[head], chosen, colors, options);
      paintMeasures(context, cards[head].measures, layout, colors);
      context.restore();
    });
  };
  return { width, height: top + Math.ceil(order.length / perRow) * cardHeight, paint };
}

function paintHeading(context, { title, note }, width, colors) {
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillStyle = colors.ink;
  context.font = `600 13px ${colors.sans}`;
  context.fillText(title, 0, 8, width);
  context.fillStyle = colors.soft;
  context.font = `12px ${colors.sans}`;
  context.fillText(note, 0, 24, width);
}

function paintMeasures(context, measures, layout, colors) {
  context.font = `12px ${colors.sans}`;
  context.textBaseline = "middle";
  measures.forEach(([name, value], line) => {
    const y = layout.height + (line + 0.5) * LINE;
    context.textAlign = "left";
    context.fillStyle = colors.soft;
    context.fillText(name, 0, y, layout.width * 0.7);
    context.textAlign = "right";
    context.fillStyle = colors.ink;
    context.fillText(value, layout.width, y);
  });
}
