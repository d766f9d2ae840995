// Small matrices side by side: attention maps, influence pictures. One pixel a cell, enlarged by the browser.

import { matrixImage, themeOf } from "../kit/colors.js";
import { cell, decodePayload } from "../kit/payload.js";

const SIDE = 150; // pixels of a panel's longer side, at most, unless it has more cells
const LARGEST_CELL = 18;
const MOST_LABELS = 40; // more rows have no room for their names

/** Called by Streamlit on mount, on new data and on a change of theme. */
export default function render({ data, parentElement }) {
  if (!(data instanceof Uint8Array)) return;
  const payload = decodePayload(data);
  const root = parentElement.querySelector(".maps");
  const part = (name) => root.querySelector(`[data-part=${name}]`);
  const colors = themeOf(parentElement.host ?? parentElement);
  const { header, matrices } = payload;
  part("said").textContent = header.hint;
  const panels = header.panels.map((panel, index) => figure(panel, matrices[`m${index}`], header, colors, part("said")));
  part("panels").replaceChildren(...panels);
  (parentElement.host ?? parentElement).dataset.maps = String(header.panels.length);
}

function figure(panel, matrix, header, colors, said) {
  const element = document.createElement("figure");
  element.append(caption(panel), grid(panel, matrix, header, colors, said));
  return element;
}

function caption(panel) {
  const element = document.createElement("figcaption");
  if (panel.color) {
    const dot = document.createElement("i");
    dot.style.background = panel.color;
    element.append(dot);
  }
  element.append(panel.title);
  if (panel.note) {
    const note = document.createElement("small");
    note.textContent = panel.note;
    element.append(note);
  }
  return element;
}

function grid(panel, matrix, header, colors, said) {
  const size = Math.max(2, Math.min(LARGEST_CELL, Math.floor(SIDE / Math.max(matrix.rows, matrix.cols))));
  const element = document.createElement("div");
  element.className = "grid";
  const canvas = document.createElement("canvas");
  canvas.width = matrix.cols;
  canvas.height = matrix.rows;
  canvas.style.width = `${matrix.cols * size}px`;
  canvas.style.height = `${matrix.rows * size}px`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", [panel.title, panel.note].filter(Boolean).join(", "));
  canvas.getContext("2d").putImageData(matrixImage({ ...matrix, name: "weights" }, colors), 0, 0);
  canvas.onpointermove = (event) => {
    const box = canvas.getBoundingClientRect();
    const row = Math.min(matrix.rows - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * matrix.rows)));
    const col = Math.min(matrix.cols - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * matrix.cols)));
    said.textContent = sentence(header, panel, row, col, cell(matrix, row, col));
  };
  canvas.onpointerleave = () => {
    said.textContent = header.hint;
  };
  if (panel.rows.length <= MOST_LABELS && size >= 9) element.append(labels(panel.rows, size));
  element.append(canvas);
  return element;
}

function labels(names, size) {
  const list = document.createElement("ol");
  for (const name of names) {
    const item = document.createElement("li");
    item.textContent = name;
    item.style.height = item.style.lineHeight = `${size}px`;
    list.append(item);
  }
  return list;
}

/** The prose's sentence with the cell's names and number in its blanks; names are text and stay text. */
function sentence({ cell: pattern, position }, panel, row, col, value) {
  const blanks = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const named = (names, index) => blanks(position, { number: index + 1, symbol: names[index] });
  return blanks(pattern, { row: named(panel.rows, row), col: named(panel.cols, col), value: value.toFixed(3) });
}
