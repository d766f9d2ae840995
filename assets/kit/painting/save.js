// Pictures to take along: what is painted on a board with a caption below it, as PNG (pixels) or SVG (shapes and text).

import { element } from "../dom.js";
import { LEGEND_HEIGHT, paintLegend } from "../legend.js";
import { linesOf } from "./lines.js";
import { SvgContext, measured } from "./svg.js";
import { legible } from "./upright.js";

/**
 * @typedef {{text: string, style: "strong"|"plain"|"accent"|"mono"|"small"}} CaptionLine
 * @typedef {{name: string, width: number, height: number, caption: CaptionLine[],
 *            colors: {background: string, ink: string, soft: string, accent: string, sans: string, mono: string},
 *            scales: import("../legend.js").Scale[], legend: object,
 *            paint: (context: CanvasRenderingContext2D | SvgContext) => void}} Picture the name is the file's, without an
 *   end; scales are those of its colours, legend their words
 */

const MARGIN = 16;
const MOST_PIXELS = 16_777_216; // some browsers have no larger canvas
const STYLES = {
  strong: { weight: "600 ", size: 16, family: "sans", color: "ink" },
  plain: { weight: "", size: 13.5, family: "sans", color: "ink" },
  accent: { weight: "600 ", size: 13.5, family: "sans", color: "accent" },
  mono: { weight: "", size: 12.5, family: "mono", color: "ink" },
  small: { weight: "", size: 11.5, family: "sans", color: "soft" },
};

/** Have the browser store a picture as a file. @param {Picture} picture @param {"png"|"svg"} kind */
export async function savePicture(picture, kind) {
  const address = URL.createObjectURL(kind === "svg" ? svgFile(picture) : await pngFile(picture));
  element("a", { href: address, download: `${picture.name}.${kind}` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // by then the browser has read it
}

/** Sharp on any screen: at least two pixels for each of the board's. @param {Picture} picture @returns {Promise<Blob>} */
export function pngFile(picture) {
  const page = composed(picture);
  const sharpness = Math.max(2, window.devicePixelRatio || 1);
  const ratio = Math.min(sharpness, Math.sqrt(MOST_PIXELS / (page.width * page.height)));
  const canvas = element("canvas", { width: Math.floor(page.width * ratio), height: Math.floor(page.height * ratio) });
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  page.paint(context);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** @param {Picture} picture @returns {Blob} */
export function svgFile(picture) {
  const page = composed(picture);
  const context = new SvgContext(page.width, page.height, picture.caption[0].text);
  page.paint(context);
  return new Blob([context.text()], { type: "image/svg+xml" });
}

/** The board within a margin, on the theme's background, and the caption below. */
function composed(picture) {
  const { colors } = picture;
  const width = Math.ceil(picture.width) + 2 * MARGIN;
  const below = MARGIN + Math.ceil(picture.height) + 8;
  const lines = captionLines(picture, below + LEGEND_HEIGHT);
  const height = Math.ceil(lines.at(-1).y) + MARGIN;
  const paint = (context) => {
    context.fillStyle = colors.background;
    context.fillRect(0, 0, width, height);
    context.save();
    context.translate(MARGIN, MARGIN);
    picture.paint(context);
    context.restore();
    paintLegend(context, MARGIN, below, picture.scales, picture.legend, colors);
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    for (const { text, font, color, y } of lines) {
      context.font = font;
      context.fillStyle = color;
      context.fillText(text, MARGIN, y);
    }
  };
  return { width, height, paint };
}

/** The caption as lines that fit the board's width, each with the height of its letters' own line. */
function captionLines({ caption, width, colors }, top) {
  const lines = [];
  let y = top;
  caption.forEach(({ text, style }, index) => {
    const { weight, size, family, color } = STYLES[style];
    if (index && style !== caption[index - 1].style) y += 5;
    const points = legible(text, size, size);
    const font = `${weight}${points}px ${colors[family]}`;
    for (const line of linesOf(text, (part) => measured(part, font).width <= width)) {
      y += points * 1.45;
      lines.push({ text: line, font, color: colors[color], y });
    }
  });
  return lines;
}
