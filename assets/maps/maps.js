// Small matrices side by side: attention maps, influence pictures.

import { cellUnder, pixels } from "../kit/painting/canvas.js";
import { matrixImage, themeOf } from "../kit/painting/colors.js";
import { element, refill } from "../kit/dom.js";
import { sayLegend } from "../kit/legend.js";
import { mounted } from "../kit/mount.js";
import { cell, decodePayload } from "../kit/payload.js";
import { fill } from "../kit/text.js";

const SIDE = 150; // pixels of a panel's longer side, at most, unless it has more cells
const LARGEST_CELL = 18;
const LARGE = { side: 440, cell: 40 }; // of the one that a class looks at
const MOST_LABELS = 40; // more rows have no room for their names

export default mounted(".maps", (place) => ({ receive: (data) => show(place, decodePayload(data)) }));

function show({ host, parts }, { header, matrices }) {
  const colors = themeOf(host);
  parts.said.textContent = header.hint;
  const panels = header.panels.map((panel, index) =>
    element("figure", panel.large ? "large" : "", caption(panel), grid(panel, matrices[`m${index}`], header, colors, parts.said)),
  );
  refill(parts.panels, ...panels);
  sayLegend(parts.legend, ["share"], header.words.legend, colors);
  host.dataset.maps = String(header.panels.length);
}

function caption({ title, note, color }) {
  const dot = color ? element("i") : null;
  if (dot) dot.style.background = color;
  return element("figcaption", "", dot, title, note ? element("small", "", note) : null);
}

function grid(panel, matrix, header, colors, said) {
  const size = cellSize(matrix, panel.large);
  const canvas = element("canvas", { role: "img", ariaLabel: [panel.title, panel.note].filter(Boolean).join(", ") });
  pixels(canvas, matrixImage({ ...matrix, name: "weights" }, colors), matrix.cols * size, matrix.rows * size);
  canvas.onpointermove = (event) => {
    said.textContent = sentence(header, panel, matrix, cellUnder(event, canvas, matrix));
  };
  canvas.onpointerleave = () => {
    said.textContent = header.hint;
  };
  const named = panel.rows.length <= MOST_LABELS && size >= 9;
  const map = element("div", "map", canvas, ...(panel.framed ?? []).map((at) => frame(at, size)));
  const above = named && panel.large ? labels(panel.cols, size, "width") : null;
  return element("div", "grid", named ? labels(panel.rows, size) : null, element("div", "", above, map));
}

function frame([row, col], size) {
  const made = element("i", "frame");
  Object.assign(made.style, { left: `${col * size}px`, top: `${row * size}px`, width: `${size}px`, height: `${size}px` });
  return made;
}

/** Pixels of a cell, so that a panel is not larger than its side and still has all its cells. */
export function cellSize({ rows, cols }, large = false) {
  const { side, cell: most } = large ? LARGE : { side: SIDE, cell: LARGEST_CELL };
  return Math.max(2, Math.min(most, Math.floor(side / Math.max(rows, cols))));
}

/** Names beside rows, or, along "width", above columns. */
function labels(names, size, along = "height") {
  const items = names.map((name) => element("li", "", name));
  for (const { style } of items) style[along] = style.lineHeight = `${size}px`;
  return element("ol", along === "width" ? "above" : "", ...items);
}

/** The prose's sentence with the cell's names and number in its blanks. */
export function sentence({ cell: pattern, position }, panel, matrix, { row, col }) {
  const named = (names, index) => fill(position, { number: index + 1, symbol: names[index] });
  const value = cell(matrix, row, col).toFixed(3);
  return fill(pattern, { row: named(panel.rows, row), col: named(panel.cols, col), value });
}
