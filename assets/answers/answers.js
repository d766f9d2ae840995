// Held-out examples token by token: what went in, what is due, and what each contender says, right or wrong.

import { element, refill } from "../kit/dom.js";
import { mounted } from "../kit/mount.js";

export default mounted(".answers", (place) => ({ receive: (data) => show(place, data) }));

function show({ host, root }, { examples }) {
  const places = [...root.children].map(({ scrollLeft }) => scrollLeft);
  refill(root, ...examples.map(table));
  [...root.children].forEach((example, at) => {
    example.scrollLeft = places[at] ?? pastTheEdge(example);
  });
  host.dataset.examples = String(examples.length);
}

function table({ rows }) {
  const body = element("tbody", "", ...rows.map(({ name, cells }) => line(name, cells)));
  // A long one scrolls, and what scrolls must be reachable by keyboard.
  return element("div", { className: "example", tabIndex: 0 }, element("table", "", body));
}

/** How far an example is scrolled that opens with its first answer in sight. A text's only one is at its end. */
function pastTheEdge(example) {
  const due = example.querySelector(".target:not(:empty)");
  return due ? due.getBoundingClientRect().right - example.getBoundingClientRect().right : 0;
}

function line(name, cells) {
  return element("tr", "", element("th", { scope: "row" }, name), ...cells.map(token));
}

function token({ text, kind, note }) {
  return element("td", { ...(kind && { className: kind }), ...(note && { title: note }) }, text);
}
