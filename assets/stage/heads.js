// The strip of stages and the heads: a button each, painted again without losing its focus.

import { sized } from "../kit/painting/canvas.js";
import { element, mark, named, say } from "../kit/dom.js";
import { thumbnailOf } from "../kit/payload.js";
import { fill } from "../kit/text.js";
import { paintHatch, paintMatrix } from "./drawing/draw.js";
import { lastValue } from "./edits/edits.js";
import { STAGES } from "./drawing/layout.js";

const THUMBNAIL = 46; // pixels
const IN_SIGHT = 8; // heads of one line; more of them scroll, so that the picture stays on the screen

/** @param {(stage: string) => void} choose */
export function paintStrip(root, header, chosen, choose) {
  for (const name of STAGES) {
    const made = named(root, name, () => choose(name));
    const words = header.text.stages[name];
    sayIn(made, "b", words.name);
    sayIn(made, "small", header.shapes[name]);
    mark(made, "title", words.line);
    mark(made, "aria-current", name === chosen ? "step" : null);
  }
}

/**
 * @param {{header: object, thumbnails: import("../kit/payload.js").Matrix, edits: Edit[], head: number, colors: object}} now
 * @param {(head: number) => void} choose
 */
export function paintHeads(root, now, choose) {
  const { header, thumbnails, edits, head, colors } = now;
  root.classList.toggle("many", header.heads.length > IN_SIGHT && header.groups === 1);
  for (const child of [...root.children].slice(header.heads.length)) child.remove();
  header.heads.forEach((each, index) => {
    const made = named(root, index, () => choose(index));
    const canvas = made.querySelector("canvas") ?? made.insertBefore(element("canvas"), made.firstChild);
    if (thumbnails.data) paintThumbnail(canvas, thumbnailOf(thumbnails, index), colors);
    else paintHatch(sized(canvas, THUMBNAIL, THUMBNAIL), { x: 0, y: 0, w: THUMBNAIL, h: THUMBNAIL }, colors);
    sayHead(made, each, index, header.text, lastValue(edits, "head", { head: index }) === 0);
    paintShared(made, index, header);
    made.disabled = each.absent === true; // from a page that was taken along
    mark(made, "aria-pressed", String(index === head));
  });
}

function sayHead(made, head, index, { heads: words, edits }, off) {
  const number = index + 1;
  sayIn(made, "b", fill(words.name, { number }));
  sayIn(made, "span", words.labels[head.label] ?? head.label);
  const isCovered = head.entropy_bits === null; // nobody may know yet what it does
  const spread = isCovered ? "" : fill(words.spread, { tokens: head.effective_text });
  sayIn(made, "small", off ? edits.off : spread);
  made.classList.toggle("off", off);
  const details = () => fill(words.details, { ...head, number, built: words.labels[head.built] ?? words.not_built });
  mark(made, "title", isCovered ? null : details());
}

/** A band below the heads that share keys and values, named at its first head; nothing where each has its own. */
function paintShared(made, index, { groups, text }) {
  const group = Math.floor(index / groups);
  if (groups === 1 && !made.querySelector("i")) return;
  mark(made, "data-band", groups > 1 ? (group % 2 ? "odd" : "even") : null);
  made.classList.toggle("last", index % groups === groups - 1);
  sayIn(made, "i", groups > 1 && index % groups === 0 ? fill(text.heads.shared, { group: group + 1 }) : "");
}

function paintThumbnail(canvas, matrix, colors) {
  const side = THUMBNAIL / matrix.cols;
  const place = { x: 0, y: 0, cw: side, ch: side, rows: matrix.rows, cols: matrix.cols, transposed: false };
  paintMatrix(sized(canvas, THUMBNAIL, THUMBNAIL), matrix, place, colors, Infinity);
}

function sayIn(parent, tag, text) {
  say(parent.querySelector(tag) ?? parent.appendChild(element(tag)), text);
}
