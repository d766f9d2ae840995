// The wires that carry the memory: from the end of the encoder into each cross-attention of the decoder.

import { refill, shape } from "../kit/dom.js";

const ARROW = 6;
const INTO = 26; // the part, where the arrow enters it from above
const ABOVE = 11; // the part
const BESIDE = 16; // the decoder

/**
 * Draw them anew where the elements stand now.
 * @param {SVGElement} svg over the whole diagram
 * @param {HTMLElement} root of the diagram
 */
export function drawWires(svg, root) {
  const memory = root.querySelector("[data-memory]");
  const readers = [...root.querySelectorAll(".row.reads .body")];
  refill(svg);
  if (!memory || !readers.length || getComputedStyle(svg).display === "none") return;
  const base = root.getBoundingClientRect();
  const of = (element) => {
    const box = element.getBoundingClientRect();
    return { left: box.left - base.left, right: box.right - base.left, top: box.top - base.top, middle: box.top - base.top + box.height / 2 };
  };
  const from = of(memory);
  const ends = readers.map((reader) => of(reader)).map(({ left, top }) => ({ x: left + INTO, top, y: top - ABOVE }));
  const bus = of(root.querySelector('section[data-side="decoder"]')).left - BESIDE;
  const levels = [from.middle, ...ends.map(({ y }) => y)];
  const line = (path, kind) => svg.append(shape("path", { d: path, class: kind }));
  line(`M${from.right} ${from.middle}H${bus}M${bus} ${Math.min(...levels)}V${Math.max(...levels)}`, "wire");
  for (const { x, y, top } of ends) {
    line(`M${bus} ${y}H${x}V${top - ARROW}`, "wire");
    line(`M${x - ARROW / 1.6} ${top - ARROW}H${x + ARROW / 1.6}L${x} ${top}Z`, "arrow");
  }
}
