// Colours of cells, for every canvas; what Python and style sheets need of them is held to these by a test. Blue is
// negative, orange is positive, white (dark: slate) is zero. Shares, which go from 0 to 1, have a hue of their own: from
// the background to green, so the more, the darker on a light page and the brighter on a dark one. The three hues stay
// apart for every common colour blindness (tests/charts/test_theme.py).

import { magnitude } from "../payload.js";

const LIGHT = {
  positive: [[255, 255, 255], [245, 205, 175], [214, 131, 75], [169, 72, 17]],
  negative: [[255, 255, 255], [190, 211, 236], [90, 142, 196], [19, 68, 126]],
  weight: [[255, 255, 255], [182, 226, 216], [34, 145, 125], [0, 68, 60]],
  empty: [238, 240, 243],
  ink: "#1a2230",
  soft: "#5f6b7d",
  line: "rgba(255,255,255,0.9)",
  hatch: "#c9ced6",
  frame: "#b4bcc8",
  accent: "#c2410c",
};

const DARK = {
  positive: [[27, 33, 46], [94, 60, 42], [178, 104, 52], [255, 176, 112]],
  negative: [[27, 33, 46], [38, 68, 108], [66, 124, 190], [156, 205, 255]],
  weight: [[27, 33, 46], [20, 78, 72], [30, 150, 134], [150, 240, 222]],
  empty: [20, 25, 36],
  ink: "#e6eaf2",
  soft: "#98a3b5",
  line: "rgba(15,20,32,0.9)",
  hatch: "#3d475a",
  frame: "#4b566b",
  accent: "#f59a5b",
};

/** Behind the theme's own, which have no Han: simplified forms first, where a page in English shows a Chinese token. */
const HAN = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC"';
const STEPS = 256;

function ramp(stops) {
  const table = new Uint32Array(STEPS);
  for (let step = 0; step < STEPS; step += 1) {
    const place = (step / (STEPS - 1)) * (stops.length - 1);
    const from = Math.min(Math.floor(place), stops.length - 2);
    const share = place - from;
    const [r, g, b] = stops[from].map((value, i) => Math.round(value + share * (stops[from + 1][i] - value)));
    table[step] = packed([r, g, b]);
  }
  return table;
}

function packed([r, g, b]) {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0; // ImageData is RGBA in little-endian memory
}

function palette(colors) {
  return {
    ...colors,
    negativeRamp: ramp(colors.negative),
    positiveRamp: ramp(colors.positive),
    weightRamp: ramp(colors.weight),
    emptyColor: packed(colors.empty),
    share: rgb(colors.weight[2]),
  };
}

const PALETTES = { light: palette(LIGHT), dark: palette(DARK) };

/** The colours and fonts that fit Streamlit's theme on an element. */
export function themeOf(element) {
  const style = getComputedStyle(element);
  const value = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  const background = value("--st-background-color", "#ffffff");
  return {
    ...paletteFor(background),
    background,
    sans: `${value("--st-font", "sans-serif")}, ${HAN}`,
    mono: `${value("--st-code-font", "monospace")}, ${HAN}`,
  };
}

/** The palette that fits a background colour ("rgb(…)" or "#rrggbb"). */
function paletteFor(background) {
  const parts = background.startsWith("#")
    ? [1, 3, 5].map((i) => parseInt(background.slice(i, i + 2), 16))
    : (background.match(/[\d.]+/g) || [255, 255, 255]).map(Number);
  const brightness = 0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2];
  return brightness < 128 ? PALETTES.dark : PALETTES.light;
}

/** @param {number[]} color red, green and blue */
export function rgb(color) {
  return `rgb(${color.join(" ")})`;
}

/** Whether a matrix holds weights (0 to 1) rather than signed numbers. */
export function isWeights(name) {
  return name === "weights" || name === "dropped_weights";
}

/**
 * One pixel a cell. Signed numbers are coloured by their share of the matrix's largest; weights on one scale from 0 to 1
 * in every head, by their square root, so that an even spread over many keys does not vanish. Cells from `limit` on (in reading order) stay empty: they are not computed yet.
 * @returns {ImageData}
 */
export function matrixImage(matrix, colors, limit = Infinity) {
  const { data, name } = matrix;
  const { rows = matrix.rows, cols = matrix.cols } = matrix.sketch ?? {};
  const image = new ImageData(cols, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const colorOf = cellColors(isWeights(name) ? "weights" : "signed", isWeights(name) ? 1 : magnitude(matrix), colors);
  const end = Math.min(data.length, limit);
  pixels.fill(colors.emptyColor);
  for (let i = 0; i < end; i += 1) if (Number.isFinite(data[i])) pixels[i] = colorOf(data[i]);
  return image;
}

/**
 * The colour of a finite number, packed as one pixel.
 * @param {"weights" | "signed"} kind @param {number} most what has the strongest colour
 * @returns {(value: number) => number}
 */
export function cellColors(kind, most, colors) {
  // No normalizer gives a negative weight, but one can be set by hand.
  const above = kind === "weights" ? colors.weightRamp : colors.positiveRamp;
  const last = STEPS - 1;
  return (value) => {
    const part = Math.abs(value) / most;
    const step = Math.min(last, Math.round((kind === "weights" ? Math.sqrt(part) : part) * last));
    return (value < 0 ? colors.negativeRamp : above)[step];
  };
}

/** Black or white, whichever stands out more from a packed colour: at least 4.58 to 1 on any. */
export function inkOn(color) {
  const [r, g, b] = [color, color >> 8, color >> 16].map((part) => linear((part & 255) / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff"; // where both have the same contrast
}

/** A part of a colour as light (WCAG 2). */
function linear(part) {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}
