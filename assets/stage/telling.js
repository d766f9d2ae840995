// One sentence above the picture: to whom the followed word listens most, with the real numbers, and what to try next.

import { rowOf } from "../kit/payload.js";
import { isAlone } from "../kit/conversation/server.js";
import { fill, formatNumber, nameOf, percent } from "../kit/text.js";
import { tokensOf } from "./selection.js";

const WHOLE = 1.005; // a row that sums to more has no shares: a normalizer that gives none, or weights set by hand

/**
 * @param {import("../kit/payload.js").Payload} payload
 * @param {import("./selection.js").Cell | null} at the cell spoken of
 * @param {{query: number | null, key: number | null}} state what is followed where there is none
 * @returns {{said: string, next: string}} nothing is said while the numbers are on their way, or are to be guessed
 */
export function telling(payload, at, state) {
  const { header, matrices } = payload;
  const words = header.text.telling;
  const query = tokensOf(at, state).query ?? state.query;
  if (header.covered || !matrices.weights?.data) return { said: "", next: "" };
  if (query === null) return { said: words.nobody_followed, next: "" };
  const row = rowOf(matrices.weights, query);
  if (row.includes(undefined)) return { said: "", next: "" };
  const most = row.indexOf(Math.max(...row));
  const key = at?.name === "weights" ? at.col : most;
  const [kind, best] = [kindOf(row, query, most, key), nameOf(header, most)];
  const shown = row.reduce((sum, weight) => sum + weight, 0) > WHOLE ? formatNumber : percent;
  const blanks = { query: nameOf(header, query), key: nameOf(header, key), share: shown(row[key]) };
  const said = fill(words[kind], { ...blanks, most: best, most_share: shown(row[most]) });
  return { said, next: isAlone() || kind === "to_nobody" ? "" : fill(header.items?.words?.next ?? words.next, { key: best }) };
}

function kindOf(row, query, most, key) {
  if (!(row[most] > 0)) return "to_nobody";
  if (key !== most) return most === query ? "to_another_from_itself" : "to_another";
  return most === query ? "to_itself" : "to_most";
}
