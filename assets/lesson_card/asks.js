// How each kind of question is answered on the card: a choice, a number, a word, bars, an order, a curve. Each draws itself,
// and tells what was guessed; nothing here knows what is right before the server has said it.

import { button, element, mark } from "../kit/dom.js";
import { fill } from "../kit/text.js";
import { bars, compared } from "./bars.js";
import { comparedCurves, curve } from "./curve.js";

/**
 * @typedef {{kind: string, options?: {id: string, label: string}[], names?: string[], unit?: string, picked?: number | null, low?: number, high?: number, across?: string}} Ask
 * @typedef {{option?: string, row?: number[], order?: string[], values?: string[]}} Truth
 */

/** What is guessed as long as nobody has. @param {Ask} ask */
export function untouched(ask) {
  if (ask.kind === "order") return ask.options.map(({ id }) => id);
  return ask.kind === "cell" ? (ask.picked ?? null) : null;
}

/**
 * The question's own elements.
 * @param {{ask: Ask, truth: Truth | null, guess: any, words: object}} now a truth only once it has been computed
 * @param {(guess: any, repaint: boolean) => void} choose
 */
export function answering({ ask, truth, guess, words }, choose) {
  if (ask.kind === "choice") return [choices(ask.options, { guess, right: truth?.option, words }, choose)];
  if (ask.kind === "cell") return [choices(tokens(ask.names), { guess, right: truth && largest(truth.row), words, isShort: true }, choose)];
  if (ask.kind === "number") return truth ? [] : [number(ask, guess, words, choose)];
  if (ask.kind === "order") return [truth ? ordered(ask, truth.order, truth.values) : order(ask, guess, words, choose)];
  if (ask.kind === "curve") return truth ? comparedCurves(ask, guess, truth.row, words) : [curve(ask, guess, words, (made) => choose(made, false))];
  return truth ? compared(ask.names, guess, truth.row, words) : [bars(ask.names, guess, words, (made) => choose(made, false))];
}

/** A guess as a room of a class takes it: what is chosen by its place, from 1. @param {Ask} ask */
export function asVote({ kind, options }, guess) {
  const placed = (id) => options.findIndex((option) => option.id === id) + 1;
  if (kind === "choice") return placed(guess);
  if (kind === "order") return guess.map(placed);
  return kind === "cell" ? guess + 1 : guess;
}

const tokens = (names) => names.map((label, id) => ({ id, label }));

/** The place of the largest number. @param {number[]} row */
export function largest(row) {
  return row.indexOf(Math.max(...row));
}

function choices(options, { guess, right = null, words, isShort = false }, choose) {
  const group = element("div", isShort ? "choices short" : "choices");
  mark(group, "role", "group");
  mark(group, "aria-label", isShort ? words.cell : words.chosen);
  for (const { id, label } of options) {
    const states = [id === right && "right", id === guess && "yours"].filter(Boolean).join(" ");
    const made = button(right === null ? "" : states, () => choose(id, true), label);
    mark(made, "aria-pressed", String(id === guess));
    made.disabled = right !== null;
    group.append(made);
  }
  return group;
}

function number({ unit }, guess, words, choose) {
  const field = element("input", { type: "number", step: "any", value: guess ?? "" });
  mark(field, "inputmode", "decimal");
  field.oninput = () => choose(field.value.trim() === "" || !Number.isFinite(Number(field.value)) ? null : Number(field.value), false);
  return element("label", "", words.number, field, unit);
}

function order({ options }, guess, words, choose) {
  const labels = Object.fromEntries(options.map(({ id, label }) => [id, label]));
  const list = element("ol", "order");
  mark(list, "aria-label", words.order);
  guess.forEach((id, at) => {
    const move = (by, sign, told) => {
      const made = button({ ariaLabel: fill(told, { name: labels[id] }) }, () => choose(moved(guess, at, by), true), sign);
      made.disabled = guess[at + by] === undefined;
      return made;
    };
    const row = element("div", "", element("span", "", labels[id]), move(-1, words.up_sign, words.up), move(1, words.down_sign, words.down));
    list.append(element("li", "", row));
  });
  return list;
}

/** A list with one of its items a place further. */
export function moved(list, at, by) {
  const made = [...list];
  [made[at], made[at + by]] = [made[at + by], made[at]];
  return made;
}

function ordered({ options }, ids, values) {
  const labels = Object.fromEntries(options.map(({ id, label }) => [id, label]));
  const rows = ids.map((id, at) => element("li", "", element("div", "", element("span", "", labels[id]), element("small", "", values[at]))));
  return element("ol", "order", ...rows);
}
