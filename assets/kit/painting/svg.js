// A canvas context that writes SVG. Whatever paints a board through the calls below paints the same picture as vectors.

import { shape } from "../dom.js";

const STYLE = {
  fillStyle: "#000000",
  strokeStyle: "#000000",
  lineWidth: 1,
  globalAlpha: 1,
  font: "10px sans-serif",
  textAlign: "start",
  textBaseline: "alphabetic",
};
const ANCHORS = { start: "start", left: "start", center: "middle", end: "end", right: "end" };
const MOST_CELLS = 20_000; // of an image; one with more is kept as pixels
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** Knows what only a canvas does: how much room a text takes, and a colour in plain numbers. */
const ruler = document.createElement("canvas").getContext("2d");
/** What painting draws on is kept where drawing is fast and reading slow; here it is read. */
const reader = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

/** The room that a text takes in a font ("600 13px sans-serif"). @returns {TextMetrics} */
export function measured(text, font) {
  ruler.font = font;
  return ruler.measureText(text);
}

/**
 * The part of CanvasRenderingContext2D that our painting uses. A path takes the transform it is stroked
 * under, so a transform must not change within a path; images are drawn without smoothing.
 */
export class SvgContext {
  /** @param {number} width @param {number} height @param {string} title names the picture */
  constructor(width, height, title) {
    Object.assign(this, STYLE);
    this.saved = [];
    this.matrix = new DOMMatrix();
    this.path = "";
    const [w, h] = [short(width), short(height)];
    this.root = shape("svg", { width: w, height: h, viewBox: `0 0 ${w} ${h}`, role: "img" });
    this.root.append(written("title", {}, title));
  }

  /** The picture as a file's text. */
  text() {
    return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(this.root)}\n`;
  }

  // ---- state ---------------------------------------------------------------------------------------------------

  save() {
    const style = Object.fromEntries(Object.keys(STYLE).map((name) => [name, this[name]]));
    this.saved.push({ ...style, matrix: DOMMatrix.fromMatrix(this.matrix) });
  }

  restore() {
    Object.assign(this, this.saved.pop());
  }

  translate(x, y) {
    this.matrix.translateSelf(x, y);
  }

  rotate(radians) {
    this.matrix.rotateSelf((radians * 180) / Math.PI);
  }

  transform(a, b, c, d, e, f) {
    this.matrix.multiplySelf(new DOMMatrix([a, b, c, d, e, f]));
  }

  // ---- paths ---------------------------------------------------------------------------------------------------

  beginPath() {
    this.path = "";
  }

  moveTo(x, y) {
    this.path += `M${points(x, y)}`;
  }

  lineTo(x, y) {
    this.path += `L${points(x, y)}`;
  }

  bezierCurveTo(...numbers) {
    this.path += `C${points(...numbers)}`;
  }

  stroke() {
    this.add("path", { d: this.path, ...this.strokeAttributes() });
  }

  strokeRect(x, y, width, height) {
    this.add("rect", { ...boxAttributes(x, y, width, height), ...this.strokeAttributes() });
  }

  fillRect(x, y, width, height) {
    this.add("rect", { ...boxAttributes(x, y, width, height), ...this.fillAttributes() });
  }

  // ---- text ----------------------------------------------------------------------------------------------------

  measureText(text) {
    return measured(text, this.font);
  }

  /** As wide as here wherever it is opened, so that other fonts neither overlap nor run out; SVG would join spaces. */
  fillText(text, x, y, longest = Infinity) {
    const line = String(text).replace(/\s/g, " ").replace(/ (?= )/g, "\u00a0");
    const width = Math.min(this.measureText(line).width, longest);
    const place = { x: short(x), y: short(y + this.drop(line)), "text-anchor": ANCHORS[this.textAlign] };
    if (width > 0) Object.assign(place, { textLength: short(width), lengthAdjust: "spacingAndGlyphs" });
    this.add("text", { ...place, ...fontAttributes(this.font), ...this.fillAttributes() }, line);
  }

  /** How far the letters' own line lies below the baseline asked for: programs differ in what they take for "middle". */
  drop(line) {
    const height = (baseline) => {
      ruler.textBaseline = baseline;
      return this.measureText(line).actualBoundingBoxAscent;
    };
    return height("alphabetic") - height(this.textBaseline);
  }

  // ---- images --------------------------------------------------------------------------------------------------

  /** A small canvas stretched over a rectangle: a shape for each colour, made of the runs of cells that have it. */
  drawImage(image, x, y, width, height) {
    const { width: cols, height: rows } = image;
    if (rows * cols > MOST_CELLS) {
      const pixels = { href: image.toDataURL("image/png"), preserveAspectRatio: "none", style: "image-rendering:pixelated" };
      this.add("image", { ...boxAttributes(x, y, width, height), ...pixels, ...this.opacity() });
      return;
    }
    this.save();
    this.transform(width / cols, 0, 0, height / rows, x, y);
    for (const [color, path] of runsByColor(pixelsOf(image), cols)) {
      this.add("path", { d: path, fill: color, "shape-rendering": "crispEdges", ...this.opacity() });
    }
    this.restore();
  }

  // ---- elements ------------------------------------------------------------------------------------------------

  add(name, attributes, text) {
    const { a, b, c, d, e, f, isIdentity } = this.matrix;
    const numbers = [a, b, c, d, e, f].map((number) => Number(number.toFixed(5)));
    const transform = isIdentity ? {} : { transform: `matrix(${numbers.join(" ")})` };
    this.root.append(written(name, { ...attributes, ...transform }, text));
  }

  opacity() {
    return this.globalAlpha < 1 ? { opacity: short(this.globalAlpha, 3) } : {};
  }

  fillAttributes() {
    return { ...inkAttributes("fill", this.fillStyle), ...this.opacity() };
  }

  strokeAttributes() {
    return { fill: "none", ...inkAttributes("stroke", this.strokeStyle), "stroke-width": short(this.lineWidth), ...this.opacity() };
  }
}

/** User text becomes a text node; letters that no XML file may hold are replaced. */
function written(name, attributes, text) {
  const made = shape(name, attributes);
  if (text !== undefined) made.textContent = text.replace(NOT_XML, "\u{FFFD}");
  return made;
}

/** A colour and its opacity apart, as drawing programs want them. */
function inkAttributes(name, color) {
  ruler.fillStyle = color;
  const [red, green, blue, alpha] = ruler.fillStyle.match(/^rgba\((.*)\)$/)?.[1].split(",") ?? [];
  if (alpha === undefined) return { [name]: ruler.fillStyle };
  return { [name]: `rgb(${red},${green},${blue})`, [`${name}-opacity`]: alpha.trim() };
}

/** "600 13px sans-serif" as attributes. */
function fontAttributes(font) {
  ruler.font = font;
  const [, weight, size, family] = ruler.font.match(/^(?:(\S+) )?([\d.]+)px (.*)$/);
  return { "font-size": size, "font-family": family, ...(weight ? { "font-weight": weight } : {}) };
}

function pixelsOf(image) {
  Object.assign(reader.canvas, { width: image.width, height: image.height });
  reader.drawImage(image, 0, 0);
  return new Uint32Array(reader.getImageData(0, 0, image.width, image.height).data.buffer);
}

/** @returns {Map<string, string>} for each colour the path of its cells, one unit each; neighbours in a row are one run */
function runsByColor(pixels, cols) {
  const paths = new Map();
  for (let i = 0; i < pixels.length; ) {
    const row = Math.floor(i / cols);
    const end = (row + 1) * cols;
    let next = i + 1;
    while (next < end && pixels[next] === pixels[i]) next += 1;
    const color = hex(pixels[i]);
    paths.set(color, `${paths.get(color) ?? ""}M${i - row * cols} ${row}h${next - i}v1h${i - next}Z`);
    i = next;
  }
  return paths;
}

function hex(pixel) {
  const bytes = [pixel, pixel >> 8, pixel >> 16]; // RGBA in little-endian memory
  return `#${bytes.map((byte) => (byte & 255).toString(16).padStart(2, "0")).join("")}`;
}

function boxAttributes(x, y, width, height) {
  return { x: short(x), y: short(y), width: short(width), height: short(height) };
}

function points(...numbers) {
  return numbers.map((number) => short(number)).join(" ");
}

function short(number, digits = 2) {
  return String(Number(number.toFixed(digits)));
}
