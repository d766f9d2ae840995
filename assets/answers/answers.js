// Held-out examples token by token: what went in, what is due, and what each contender says, right or wrong.

import { themeOf } from "../kit/painting/colors.js";
import { element, refill } from "../kit/dom.js";
import { lookElement } from "../kit/looks.js";
import { mounted } from "../kit/mount.js";

const SIDE = { alone: 112, many: 56 }; // pixels of a picture in a cell

export default mounted(".answers", (place) => ({ receive: (data) => show(place, data) }));

function show({ host, root }, { examples }) {
  const places = [...root.children].map(({ scrollLeft }) => scrollLeft);
  refill(root, ...examples.map((example) => table(example, themeOf(host))));
  [...root.children].forEach((example, at) => {
    example.scrollLeft = places[at] ?? pastTheEdge(example);
  });
  host.dataset.examples = String(examples.length);
}

function table({ rows }, colors) {
  const body = element("tbody", "", ...rows.map(({ name, cells }) => line(name, cells, colors)));
  // A long one scrolls, and what scrolls must be reachable by keyboard.
  return element("div", { className: "example", tabIndex: 0 }, element("table", "", body));
}

/** How far an example is scrolled that opens with its first answer in sight. A text's only one is at its end. */
function pastTheEdge(example) {
  const due = example.querySelector(".target:not(:empty)");
  return due ? due.getBoundingClientRect().right - example.getBoundingClientRect().right : 0;
}

function line(name, cells, colors) {
  return element("tr", "", element("th", { scope: "row" }, name), ...cells.map((cell) => token(cell, cells.length > 1 ? SIDE.many : SIDE.alone, colors)));
}

function token({ text, kind, note, look }, side, colors) {
  const about = { ...(kind && { className: kind }), ...(note && { title: note }) };
  return element("td", about, look ? lookElement(look, text, side, colors) : text);
}
