// A question as a student has it: something to answer with, and no word of what others have said.

import { button, element, mark, say } from "../kit/dom.js";
import { fill, listed } from "../kit/text.js";

/**
 * @param {object} poll open; one of a lesson is answered on the card of its step
 * @param {string | null} answer as it was given and is kept: "2", "0.5", "3.1"
 * @param {(given: number | number[]) => void} vote
 * @returns {Node[]}
 */
export function ballot(poll, answer, words, vote) {
  const input = poll.step ? element("p", "quiet", words.on_the_card) : { choice, number, cell }[poll.kind](poll, answer, words, vote);
  const said = answer === null ? words.unanswered : fill(words.answered, { answer: answered(poll, answer, words) });
  const round = poll.round > 1 ? element("p", "round", words.again_line) : null;
  const asked = poll.step ? null : element("h3", "", poll.text); // the card says it
  return [asked, round, input, element("p", { className: "said", role: "status" }, said)].filter(Boolean);
}

/** An answer in words. */
export function answered({ kind, options, rows, columns, unit }, answer, words) {
  if (kind === "choice") return options[answer - 1];
  if (kind === "word") return columns[answer - 1];
  if (kind === "number") return unit ? `${answer} ${unit}` : answer;
  if (kind === "order") return listed(answer.split(".").map((place) => options[place - 1]));
  if (kind === "weights" || kind === "curve") return words[`drawn_${kind}`];
  const [row, column] = answer.split(".");
  return `${rows[row - 1]} × ${columns[column - 1]}`;
}

function choice({ options }, answer, words, vote) {
  const made = options.map((option, index) => {
    const one = button("option", () => vote(index + 1), option);
    mark(one, "aria-pressed", String(answer === String(index + 1)));
    return one;
  });
  return element("div", { className: "options", role: "group" }, ...made);
}

function number(_poll, answer, words, vote) {
  const field = element("input", { type: "text", inputMode: "decimal", size: 12, name: "answer", value: answer ?? "" });
  const refused = element("span", { className: "refused", role: "alert" });
  const form = element("form", "", element("label", "", words.number, field), element("button", { type: "submit" }, words.send), refused);
  form.onsubmit = (event) => {
    event.preventDefault();
    const typed = Number(field.value.trim().replace(",", ".").replace("−", "-"));
    const fine = field.value.trim() !== "" && Number.isFinite(typed);
    say(refused, fine ? "" : words.number_form);
    if (fine) vote(typed);
  };
  return form;
}

function cell({ rows, columns }, answer, words, vote) {
  const chosen = (row, column) => answer === `${row + 1}.${column + 1}`;
  const made = (row, column) => {
    const one = button("", () => vote([row + 1, column + 1]));
    one.title = one.ariaLabel = fill(words.cell, { row: rows[row], column: columns[column] });
    mark(one, "aria-pressed", String(chosen(row, column)));
    return one;
  };
  return grid({ rows, columns }, words, made);
}

/** A matrix with its tokens on both sides. @param {(row: number, column: number) => Node} made */
export function grid({ rows, columns }, words, made) {
  const head = element("tr", "", element("td"), ...columns.map((token) => element("th", { scope: "col" }, element("span", "", token))));
  const body = rows.map((token, row) =>
    element("tr", "", element("th", { scope: "row" }, token), ...columns.map((_, column) => element("td", "", made(row, column)))),
  );
  return element("div", "cells", element("table", { ariaLabel: words.cells }, head, ...body));
}
