// Cards of variants, in groups: a name, a formula, a picture of its weights, what it does, who it is from.

import { pixels } from "../kit/painting/canvas.js";
import { matrixImage, themeOf } from "../kit/painting/colors.js";
import { element, formula, refill } from "../kit/dom.js";
import { sayLegend } from "../kit/legend.js";
import { mounted } from "../kit/mount.js";
import { decodePayload } from "../kit/payload.js";
import { fill } from "../kit/text.js";

export default mounted(".gallery", (place) => ({ receive: (data) => show(place, decodePayload(data)) }));

function show({ host, root }, { header, matrices }) {
  const colors = themeOf(host);
  const meaning = element("p");
  sayLegend(meaning, ["share"], header.words.legend, colors);
  refill(root, meaning, ...header.groups.map((group) => section(group, header.words, matrices, colors)));
  host.dataset.cards = String(header.groups.reduce((count, group) => count + group.cards.length, 0));
}

function section(group, words, matrices, colors) {
  const cards = group.cards.map((each) => card(each, words, matrices[each.picture], colors));
  const line = group.line ? element("p", "", group.line) : null;
  return element("section", "", element("h2", "", group.title), line, element("div", "cards", ...cards));
}

function card(each, words, matrix, colors) {
  const named = (sentence) => fill(sentence, { name: each.name });
  const about = element("div", "", element("h3", "", each.name), element("p", "", each.line));
  const head = element("div", "head", about, matrix ? picture(matrix, named(words.picture), colors) : null);
  // A long one scrolls, and what scrolls must be reachable by keyboard.
  const law = element("div", { className: "formula", tabIndex: 0 }, formula(each.mathml));
  const more = each.more ? element("p", "more", each.more) : null;
  const source = element("a", { href: each.url, title: each.title, target: "_blank", rel: "noopener noreferrer" }, each.source);
  const show = each.link ? element("a", { className: "show", href: each.link, ariaLabel: named(words.show_help) }, words.show) : null;
  return element("article", "", head, law, more, element("footer", "", source, show));
}

function picture(matrix, name, colors) {
  const className = matrix.cols > 2 * matrix.rows ? "wide" : "";
  const canvas = element("canvas", { className, role: "img", ariaLabel: name });
  canvas.style.aspectRatio = `${matrix.cols} / ${matrix.rows}`;
  return pixels(canvas, matrixImage({ ...matrix, name: "weights" }, colors));
}
