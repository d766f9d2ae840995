// Small matrices side by side: attention maps, influence pictures.

import { cellUnder, pixels, sized } from "../kit/painting/canvas.js";
import { matrixImage, themeOf } from "../kit/painting/colors.js";
import { isUpright, namesDrawn } from "../kit/painting/upright.js";
import { element, refill } from "../kit/dom.js";
import { sayLegend } from "../kit/legend.js";
import { boxOf, lookElement, paintLook, tint } from "../kit/looks.js";
import { mounted } from "../kit/mount.js";
import { cell, decodePayload } from "../kit/payload.js";
import { fill, listed } from "../kit/text.js";

const SIDE = 150; // pixels of a panel's longer side, at most, unless it has more cells
const LARGEST_CELL = 18;
const LARGE = { side: 440, cell: 40, names: 80 }; // of the one that a class looks at; on a phone, beside its names
const PICTURE = { side: 116, large: 240 }; // pixels of a picture that shares are laid over
const LOOK = 14; // pixels of the look beside a row's name
const MOST_LABELS = 40; // more rows have no room for their names

export default mounted(".maps", (place) => ({ receive: (data) => show(place, decodePayload(data)) }));

function show({ host, parts }, { header, matrices }) {
  const colors = themeOf(host);
  parts.said.textContent = header.hint;
  const panels = header.panels.map((panel, index) => {
    const draw = panel.picture ? pictured : grid;
    const drawn = draw(panel, matrices[`m${index}`], header, colors, parts.said, host.clientWidth - LARGE.names);
    return element("figure", panel.large ? "large" : "", caption(panel), drawn);
  });
  refill(parts.panels, ...panels);
  // Over pictures shares have another colour, and each map its own scale: the hint says which is the largest.
  const scales = header.panels.every((panel) => panel.picture) ? [] : ["share"];
  sayLegend(parts.legend, scales, header.words.legend, colors);
  host.dataset.maps = String(header.panels.length);
}

function caption({ title, note, color }) {
  const dot = color ? element("i") : null;
  if (dot) dot.style.background = color;
  return element("figcaption", "", dot, title, note ? element("small", "", note) : null);
}

/** Shares of the patches of a picture, laid over it. */
function pictured(panel, matrix, header, colors, said) {
  const canvas = element("canvas", { role: "img", ariaLabel: listed([panel.title, panel.note].filter(Boolean)) });
  const box = boxOf(panel.picture, panel.large ? PICTURE.large : PICTURE.side);
  const context = sized(canvas, box.width, box.height);
  paintLook(context, panel.picture, box, colors);
  tint(context, matrix, box, colors);
  return pointed(canvas, matrix, said, header, ({ row, col }) =>
    fill(header.patch, { row: row + 1, col: col + 1, value: cell(matrix, row, col).toFixed(3) }),
  );
}

/** A canvas that says what lies under the pointer. */
function pointed(canvas, matrix, said, { hint }, sentenceAt) {
  canvas.onpointermove = (event) => {
    said.textContent = sentenceAt(cellUnder(event, canvas, matrix));
  };
  canvas.onpointerleave = () => {
    said.textContent = hint;
  };
  return canvas;
}

function grid(panel, matrix, header, colors, said, room) {
  const size = cellSize(matrix, panel.large, room);
  const canvas = element("canvas", { role: "img", ariaLabel: listed([panel.title, panel.note].filter(Boolean)) });
  pixels(canvas, matrixImage({ ...matrix, name: "weights" }, colors), matrix.cols * size, matrix.rows * size);
  pointed(canvas, matrix, said, header, (at) => sentence(header, panel, matrix, at));
  const named = panel.rows.length <= MOST_LABELS && size >= 9;
  const map = element("div", "map", canvas, ...(panel.framed ?? []).map((at) => frame(at, size)));
  const above = named && panel.large ? labels(panel.cols, panel.looks, size, colors, "width") : null;
  return element("div", "grid", named ? labels(panel.rows, panel.looks, size, colors) : null, element("div", "", above, map));
}

function frame([row, col], size) {
  const made = element("i", "frame");
  Object.assign(made.style, { left: `${col * size}px`, top: `${row * size}px`, width: `${size}px`, height: `${size}px` });
  return made;
}

/**
 * Pixels of a cell, so that a panel is not larger than its side and still has all its cells.
 * @param {number} room that the page has for it; what is not laid out has none, and is drawn as if it had enough
 */
export function cellSize({ rows, cols }, large = false, room = Infinity) {
  const { side, cell: most } = large ? LARGE : { side: SIDE, cell: LARGEST_CELL };
  const widest = room > 0 ? Math.min(side, room) : side;
  return Math.max(2, Math.min(most, Math.floor(widest / Math.max(rows, cols))));
}

/** Names beside rows, or, along "width", above columns; items with a look show that. Of Han as many as have room. */
function labels(names, looks, size, colors, along = "height") {
  const isDrawn = namesDrawn(names, size, size, null);
  const items = names.map((name, at) => {
    const drawn = isDrawn(at) ? lookElement(looks?.[at] ?? null, name, Math.min(LOOK, size), colors) : null;
    const stands = along === "width" && isUpright(name);
    if (stands) drawn?.classList.add("upright");
    return element("li", stands ? "stands" : "", drawn);
  });
  for (const { style } of items) style[along] = style.lineHeight = `${size}px`;
  return element("ol", along === "width" ? "above" : "", ...items);
}

/** The prose's sentence with the cell's names and number in its blanks. */
export function sentence({ cell: pattern, position }, panel, matrix, { row, col }) {
  const named = (names, index) => fill(position, { number: index + 1, symbol: names[index] });
  const value = cell(matrix, row, col).toFixed(3);
  return fill(pattern, { row: named(panel.rows, row), col: named(panel.cols, col), value });
}
