// What a class has answered: bars of a choice, dots of numbers, the heat of cells, the mean of drawn shares, all drawn
// curves over each other; two rounds beside each other.

import { element, mark, shape } from "../kit/dom.js";
import { line, plot } from "../kit/plot.js";
import { fill, listed } from "../kit/text.js";
import { grid } from "./ballot.js";

const STRIP = { width: 640, height: 120, edge: 24, radius: 5 };

/** @param {object} poll with `rounds`: for each, answers with their counts @returns {Node[]} */
export function results(poll, words) {
  const totals = poll.rounds.map((counts) => counts.reduce((sum, [, count]) => sum + count, 0));
  const drawn = { choice: bars, word: ofWords, number: strips, cell: heats, weights: means, order: places, curve: curves }[poll.kind](poll, totals, words);
  const legend = poll.rounds.map((_, index) => element("span", `round${index + 1}`, fill(words.round, { number: index + 1, count: totals[index] })));
  return [element("h3", "", poll.text), element("p", "legend", ...legend), ...drawn];
}

/** A share as one reads it; of nobody none. */
function share(count, total) {
  return total ? count / total : 0;
}

function bars({ options, rounds }, totals, words) {
  const rows = options.flatMap((option, index) => {
    const made = rounds.map((counts, round) => {
      const count = counts[index][1];
      const bar = element("i", { className: `round${round + 1}` });
      bar.style.width = `${100 * share(count, totals[round])}%`;
      return element("div", "", bar, element("span", "", fill(words.count, { count, share: Math.round(100 * share(count, totals[round])) })));
    });
    return [element("dt", "", option), element("dd", "", ...made)];
  });
  return [element("dl", "histogram", ...rows)];
}

/** The words that somebody chose: a row has many, and most of them nobody. */
function ofWords({ columns, rounds }, totals, words) {
  const chosen = columns.map((_, at) => at).filter((at) => rounds.some((counts) => counts[at][1] > 0));
  if (!chosen.length) return [element("p", "", words.nobody)];
  const counted = rounds.map((counts) => chosen.map((at) => counts[at]));
  return bars({ options: chosen.map((at) => columns[at]), rounds: counted }, totals, words);
}

/** For each word the mean of what was drawn, and how far the drawings lie apart. */
function means({ columns, rounds }, totals, words) {
  const rows = columns.flatMap((name, at) => {
    const made = rounds.map((counts, round) => {
      const drawn = counts.map(([answer, count]) => [Number(answer.split(".")[at]), count]);
      const mean = drawn.reduce((sum, [percent, count]) => sum + percent * count, 0) / (totals[round] || 1);
      const [low, high] = drawn.length ? [Math.min(...drawn.map(([percent]) => percent)), Math.max(...drawn.map(([percent]) => percent))] : [0, 0];
      const bar = element("i", { className: `round${round + 1}` });
      bar.style.width = `${mean}%`;
      return element("div", "", bar, element("span", "", fill(words.mean, { share: Math.round(mean), low, high })));
    });
    return [element("dt", "", name), element("dd", "", ...made)];
  });
  return [element("dl", "histogram", ...rows)];
}

/** How often each item was put at each place. */
function places({ options, rounds }, totals, words) {
  const counted = rounds.map((counts) => {
    const cells = new Map();
    for (const [answer, count] of counts)
      answer.split(".").forEach((option, place) => cells.set(`${option}.${place + 1}`, (cells.get(`${option}.${place + 1}`) ?? 0) + count));
    return [...cells];
  });
  const columns = options.map((_, place) => fill(words.place, { number: place + 1 }));
  return heats({ rows: options, columns, rounds: counted }, totals, words);
}

/** Every curve that was drawn, the more often the stronger. */
function curves({ columns, low, high, unit, rounds }, totals, words) {
  const axes = { names: columns, low, high, unit, across: "" };
  const drawing = plot(axes, words.all_curves);
  mark(drawing, "role", "img");
  rounds.forEach((counts, round) => {
    for (const [answer, count] of counts) {
      const heights = answer.split(".").map((percent) => low + ((high - low) * Number(percent)) / 100);
      const made = line(axes, heights, `round${round + 1}`);
      mark(made, "stroke-opacity", String(Math.min(1, 0.25 + count / Math.max(4, totals[round]))));
      drawing.append(made);
    }
  });
  return [drawing];
}

/** Dots over the numbers that were given, one a vote, piled up where many lie at one place. */
function strips({ rounds }, _totals, words) {
  const given = rounds.flatMap((counts) => counts.map(([answer]) => Number(answer)));
  const [low, high] = [Math.min(...given), Math.max(...given)];
  return rounds.map((counts, round) => strip(counts, round, { low, high }, words)).filter(Boolean);
}

function strip(counts, round, { low, high }, words) {
  if (!counts.length) return element("p", "", words.nobody);
  const { width, height, edge, radius } = STRIP;
  const span = high - low || 1;
  const at = (value) => (high === low ? width / 2 : edge + ((value - low) / span) * (width - 2 * edge));
  const piles = new Map();
  for (const [answer, count] of counts) {
    const x = Math.round(at(Number(answer)) / (2 * radius)) * 2 * radius;
    piles.set(x, (piles.get(x) ?? 0) + count);
  }
  const tallest = Math.max(...piles.values());
  const step = Math.min(2 * radius, (height - 2 * edge) / tallest);
  const dots = [...piles].flatMap(([x, count]) =>
    Array.from({ length: count }, (_, place) => shape("circle", { cx: x, cy: height - edge - radius - place * step, r: radius, class: `round${round + 1}` })),
  );
  const label = (value, anchor) => {
    const made = shape("text", { x: at(value), y: height - 4, "text-anchor": anchor });
    made.textContent = String(value);
    return made;
  };
  const ends = high === low ? [label(low, "middle")] : [label(low, "start"), label(high, "end")];
  const axis = shape("line", { x1: edge / 2, x2: width - edge / 2, y1: height - edge, y2: height - edge });
  const said = listed(counts.map(([answer, count]) => fill(words.of_number, { answer, count })));
  const drawing = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": said, class: "strip" });
  drawing.append(axis, ...dots, ...ends);
  return drawing;
}

function heats({ rows, columns, rounds }, totals, words) {
  return rounds.map((counts, round) => {
    const of = new Map(counts);
    const most = Math.max(1, ...of.values());
    const made = (row, column) => {
      const count = of.get(`${row + 1}.${column + 1}`) ?? 0;
      const heat = element("i", { className: `heat round${round + 1}` }, count ? String(count) : "");
      heat.title = fill(words.of_cell, { row: rows[row], column: columns[column], count });
      heat.style.setProperty("--of", `${Math.round(100 * (count / most))}%`);
      return heat;
    };
    return grid({ rows, columns }, words, made);
  });
}
