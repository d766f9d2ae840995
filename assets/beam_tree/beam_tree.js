// A beam search from left to right: a column for each step, in it every word that was weighed, the kept ones on top.

const SVG = "http://www.w3.org/2000/svg";
const COLUMN = 128; // pixels from one step to the next
const WIDTH = 96; // of a word
const KEPT = 40; // pixels from one kept word to the next
const DROPPED = 26;
const MOST_DROPPED = 5; // of a step; the others are counted

/** Called by Streamlit on mount, on new data and on a change of theme. */
export default function render({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".beam-tree");
  const part = (name) => root.querySelector(`[data-part=${name}]`);
  const choose = (hypothesis) => setStateValue("selection", { hypothesis });
  const { words, nodes } = data;
  root.setAttribute("aria-label", words.name);
  part("scroll").setAttribute("aria-label", words.name);
  part("said").textContent = words.hint;
  const say = (node) => {
    part("said").textContent = node ? filled(words.node, node) : words.hint;
  };
  drawTree(part("plane"), data, { choose, say });
  part("finished").replaceChildren(...finishedList(nodes, data, choose));
  (parentElement.host ?? parentElement).dataset.nodes = String(nodes.length);
}

function drawTree(plane, { nodes, words, shown, winner }, { choose, say }) {
  const { places, counts, height, columns } = placed(nodes);
  const best = new Set(winner);
  const paths = document.createElementNS(SVG, "svg");
  const boxes = [];
  for (const node of nodes) {
    const place = places.get(node.number);
    if (!place) continue;
    const from = places.get(node.parent);
    if (from) paths.append(edge(from, place, best.has(node.number) ? "winner" : node.kept ? "kept" : "dropped"));
    boxes.push(box(node, place, { words, shown, best, choose, say }));
  }
  paths.append(...[...paths.querySelectorAll(".winner")]); // above the others
  for (const { x, y, count } of counts) {
    const more = document.createElement("em");
    more.textContent = filled(words.more, { count });
    Object.assign(more.style, { left: `${x}px`, top: `${y}px`, width: `${WIDTH}px` });
    boxes.push(more);
  }
  plane.style.width = `${columns * COLUMN}px`;
  plane.style.height = `${height}px`;
  paths.setAttribute("width", String(columns * COLUMN));
  paths.setAttribute("height", String(height));
  plane.replaceChildren(paths, ...boxes);
}

/** Where each word stands; of the dropped ones the best few of a step. */
function placed(nodes) {
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
  const path = document.createElementNS(SVG, "path");
  const [x1, y1] = [from.x + WIDTH, from.y + from.height / 2];
  const [x2, y2] = [to.x, to.y + to.height / 2];
  const middle = (x1 + x2) / 2;
  path.setAttribute("d", `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`);
  path.setAttribute("class", kind);
  return path;
}

function box(node, place, { words, shown, best, choose, say }) {
  const complete = node.rank !== null;
  const element = document.createElement(complete ? "button" : "span");
  if (complete) {
    element.type = "button";
    element.setAttribute("aria-pressed", String(node.rank === shown));
    element.setAttribute("aria-label", filled(words.node, node));
    element.onclick = () => choose(node.rank);
  }
  element.className = [node.kept ? "kept" : "dropped", best.has(node.number) && "winner"].filter(Boolean).join(" ");
  Object.assign(element.style, { left: `${place.x}px`, top: `${place.y}px`, width: `${WIDTH}px`, height: `${place.height}px` });
  const name = document.createElement("b");
  name.textContent = node.word;
  element.append(name);
  if (node.parent !== null) {
    const score = document.createElement("small");
    score.textContent = node.shownScore;
    element.append(score);
  }
  element.onpointerenter = () => say(node);
  element.onpointerleave = () => say(null);
  return element;
}

/** The complete hypotheses as sentences, best first. */
function finishedList(nodes, { words, shown }, choose) {
  const complete = nodes.filter(({ rank }) => rank !== null).sort((one, other) => one.rank - other.rank);
  return complete.map((node) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", String(node.rank === shown));
    const sentence = document.createElement("span");
    sentence.textContent = filled(words.ranked, node);
    const numbers = document.createElement("small");
    numbers.textContent = filled(words.scored, node);
    button.append(sentence, numbers);
    button.onclick = () => choose(node.rank);
    item.append(button);
    return item;
  });
}

function filled(template, values) {
  return template.replace(/\{(\w+)\}/g, (blank, name) => (name in values ? String(values[name]) : blank));
}
