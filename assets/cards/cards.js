// Cards of variants, in groups: a name, a formula, a picture of its weights, what it does, who it is from.

import { pixels } from "../kit/painting/canvas.js";
import { matrixImage, themeOf } from "../kit/painting/colors.js";
import { button, element, formula, mark, refill, say } from "../kit/dom.js";
import { sayLegend } from "../kit/legend.js";
import { mounted } from "../kit/mount.js";
import { decodePayload } from "../kit/payload.js";
import { fill } from "../kit/text.js";

export default mounted(".gallery", (place) => ({ receive: (data) => show(place, decodePayload(data)) }));

function show({ host, root }, { header, matrices }) {
  const colors = themeOf(host);
  const meaning = element("p"); // of what the pictures show, where a card has one
  if (Object.keys(matrices).length > 0) sayLegend(meaning, ["share"], header.words.legend, colors);
  const sections = header.groups.map((group) => section(group, header.words, matrices, colors));
  const typed = root.querySelector("input")?.value ?? ""; // what is looked for stays
  const above = sections.length > 1 ? [index(header.groups, sections, header.words, typed)] : [];
  refill(root, ...above, meaning, ...sections);
  host.dataset.cards = String(header.groups.reduce((count, group) => count + group.cards.length, 0));
}

/** The list of the groups, which stays in sight, and a field to look a variant up. */
function index(groups, sections, words, typed) {
  const ways = groups.map(({ title }, at) => button("", () => sections[at].scrollIntoView(), title));
  const field = element("input", { type: "search", ariaLabel: words.find, placeholder: words.find, value: typed });
  const count = element("span", "found");
  mark(count, "role", "status");
  const look = () => {
    const found = sought(sections, field.value);
    ways.forEach((way, at) => (way.hidden = sections[at].hidden));
    say(count, field.value.trim() ? fill(words.found, { count: found }) : "");
  };
  // A syllable that is being composed is looked up when it is one.
  field.oninput = ({ isComposing }) => isComposing || look();
  field.addEventListener("compositionend", look);
  look();
  return element("nav", { className: "index", ariaLabel: words.groups }, field, count, ...ways);
}

/** Hide the cards in which a text does not occur, and the groups that have none left. @returns {number} how many are left */
export function sought(sections, text) {
  const wanted = text.trim().toLowerCase();
  let found = 0;
  for (const one of sections) {
    const isGroup = one.querySelector("h2").textContent.toLowerCase().includes(wanted);
    const cards = [...one.querySelectorAll("article")];
    for (const card of cards) card.hidden = !isGroup && !card.textContent.toLowerCase().includes(wanted);
    const left = cards.filter((card) => !card.hidden).length;
    one.hidden = left === 0;
    found += left;
  }
  return found;
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
