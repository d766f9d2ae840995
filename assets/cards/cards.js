// Cards of variants, in groups: a name, a formula, a picture of its weights, what it does, who it is from.

import { matrixImage, themeOf } from "../kit/colors.js";
import { decodePayload } from "../kit/payload.js";

/** Called by Streamlit on mount, on new data and on a change of theme. */
export default function render({ data, parentElement }) {
  if (!(data instanceof Uint8Array)) return;
  const { header, matrices } = decodePayload(data);
  const host = parentElement.host ?? parentElement;
  const colors = themeOf(host);
  const groups = header.groups.map((group) => section(group, header.words, matrices, colors));
  parentElement.querySelector("[data-part=groups]").replaceChildren(...groups);
  host.dataset.cards = String(header.groups.reduce((count, group) => count + group.cards.length, 0));
}

function section(group, words, matrices, colors) {
  const cards = made("div", { className: "cards" }, ...group.cards.map((each) => card(each, words, matrices[each.picture], colors)));
  const line = group.line ? [made("p", { textContent: group.line })] : [];
  return made("section", {}, made("h2", { textContent: group.title }), ...line, cards);
}

function card(each, words, matrix, colors) {
  const named = (sentence) => sentence.replace("{name}", () => each.name);
  const about = made("div", {}, made("h3", { textContent: each.name }), made("p", { textContent: each.line }));
  const head = made("div", { className: "head" }, about, ...(matrix ? [picture(matrix, named(words.picture), colors)] : []));
  const source = made("a", { href: each.url, textContent: each.source, title: each.title, target: "_blank", rel: "noopener noreferrer" });
  const show = each.link ? [made("a", { className: "show", href: each.link, textContent: words.show, ariaLabel: named(words.show_help) })] : [];
  const more = each.more ? [made("p", { className: "more", textContent: each.more })] : [];
  return made("article", {}, head, formula(each.mathml), ...more, made("footer", {}, source, ...show));
}

/** Formulas are ours; they come as MathML and are read as XML, which runs nothing. */
function formula(mathml) {
  const { documentElement } = new DOMParser().parseFromString(mathml, "application/xml");
  // A long one scrolls, and what scrolls must be reachable by keyboard.
  return made("div", { className: "formula", tabIndex: 0 }, document.importNode(documentElement, true));
}

/** One pixel a cell, enlarged by the browser. */
function picture(matrix, name, colors) {
  const className = matrix.cols > 2 * matrix.rows ? "wide" : "";
  const canvas = made("canvas", { className, width: matrix.cols, height: matrix.rows, role: "img", ariaLabel: name });
  canvas.style.aspectRatio = `${matrix.cols} / ${matrix.rows}`;
  canvas.getContext("2d").putImageData(matrixImage({ ...matrix, name: "weights" }, colors), 0, 0);
  return canvas;
}

function made(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
