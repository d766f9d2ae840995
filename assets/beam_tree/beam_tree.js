// A beam search from left to right: a column for each step, in it every word that was weighed, the kept ones on top.

import { button, element, refill, shape } from "../kit/dom.js";
import { mounted } from "../kit/mount.js";
import { fill } from "../kit/text.js";

const COLUMN = 128; // pixels from one step to the next
const WIDTH = 96; // of a word
const KEPT = 40; // pixels from one kept word to the next
const DROPPED = 26;
const MOST_DROPPED = 5; // of a step; the others are counted

export default mounted(".beam-tree", (place) => ({ receive: (data) => show(place, data) }));

function show(place, data) {
  const { host, root, parts } = place;
  const { words, nodes } = data;
  const choose = (hypothesis) => place.send("selection", { hypothesis });
  root.setAttribute("aria-label", words.name);
  parts.scroll.setAttribute("aria-label", words.name);
  parts.said.textContent = words.hint;
  const say = (node) => {
    parts.said.textContent = node ? fill(words.node, node) : words.hint;
  };
  drawTree(parts.plane, data, { choose, say });
  refill(parts.finished, ...finishedList(nodes, data, choose));
  host.dataset.nodes = String(nodes.length);
}

function drawTree(plane, { nodes, words, shown, winner }, { choose, say }) {
  const { places, counts, height, columns } = placed(nodes);
  const best = new Set(winner);
  const width = columns * COLUMN;
  const paths = shape("svg", { width, height });
  const boxes = [];
  for (const node of nodes) {
    const place = places.get(node.number);
    if (!place) continue;
    const from = places.get(node.parent);
    if (from) paths.append(edge(from, place, best.has(node.number) ? "winner" : node.kept ? "kept" : "dropped"));
    boxes.push(box(node, place, { words, shown, best, choose, say }));
  }
  paths.append(...paths.querySelectorAll(".winner")); // above the others
  for (const { x, y, count } of counts) {
    const more = element("em", "", fill(words.more, { count }));
    Object.assign(more.style, { left: `${x}px`, top: `${y}px`, width: `${WIDTH}px` });
    boxes.push(more);
  }
  Object.assign(plane.style, { width: `${width}px`, height: `${height}px` });
  refill(plane, paths, ...boxes);
}

/** Where each word stands; of the dropped ones the best few of a step. */
export function placed(nodes) {
  const steps = new Map();
  for (const node of nodes) {
    if (!steps.has(node.step)) steps.set(node.step, []);
    steps.get(node.step).push(node);
  }
  const places = new Map();
  const counts = [];
  let height = 0;
  for (const [step, all] of steps) {
    const sorted = [...all].sort((one, other) => other.kept - one.kept || other.score - one.score);
    const x = (step + 1) * COLUMN;
    let y = 0;
    let dropped = 0;
    for (const node of sorted) {
      dropped += !node.kept;
      if (dropped > MOST_DROPPED) continue;
      places.set(node.number, { x, y, height: (node.kept ? KEPT : DROPPED) - 6 });
      y += node.kept ? KEPT : DROPPED;
    }
    if (dropped > MOST_DROPPED) {
      counts.push({ x, y, count: dropped - MOST_DROPPED });
      y += DROPPED;
    }
    height = Math.max(height, y);
  }
  return { places, counts, height, columns: steps.size };
}

function edge(from, to, kind) {
  const [x1, y1] = [from.x + WIDTH, from.y + from.height / 2];
  const [x2, y2] = [to.x, to.y + to.height / 2];
  const middle = (x1 + x2) / 2;
  return shape("path", { d: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`, class: kind });
}

function box(node, place, { words, shown, best, choose, say }) {
  const className = [node.kept ? "kept" : "dropped", best.has(node.number) && "winner"].filter(Boolean).join(" ");
  const inside = [element("b", "", node.word), node.parent === null ? null : element("small", "", node.shownScore)];
  const complete = node.rank !== null;
  const made = complete ? button(className, () => choose(node.rank), ...inside) : element("span", className, ...inside);
  if (complete) Object.assign(made, { ariaPressed: String(node.rank === shown), ariaLabel: fill(words.node, node) });
  Object.assign(made.style, { left: `${place.x}px`, top: `${place.y}px`, width: `${WIDTH}px`, height: `${place.height}px` });
  made.onpointerenter = () => say(node);
  made.onpointerleave = () => say(null);
  return made;
}

/** The complete hypotheses as sentences, best first. */
function finishedList(nodes, { words, shown }, choose) {
  const complete = nodes.filter(({ rank }) => rank !== null).sort((one, other) => one.rank - other.rank);
  return complete.map((node) => {
    const said = [element("span", "", fill(words.ranked, node)), element("small", "", fill(words.scored, node))];
    return element("li", "", button({ ariaPressed: String(node.rank === shown) }, () => choose(node.rank), ...said));
  });
}
