// What happens when one word listens, in words, with the numbers in them.

import { element } from "../kit/dom.js";
import { fill, formatNumber, listed } from "../kit/text.js";

const LISTED = 5; // words with a bar each
const TERMS = 5; // of the sum
const MUCH = 0.5; // of the attention: if more rests on marks, that comes first

export function told({ header, matrices }, word, percent) {
  const { tokens, words, added, meanings } = header;
  const length = tokens.length;
  const shares = matrices.weights.data.subarray(word * length, (word + 1) * length);
  const order = [...shares.keys()].sort((a, b) => shares[b] - shares[a]);
  const best = order[0];
  const names = { query: tokens[word], key: tokens[best], share: percent(shares[best]) };
  const score = matrices.scores.data[word * length + best];
  const onMarks = added[word];
  const lines = [
    paragraph(words.asks, names),
    paragraph(words.agrees, { ...names, score: formatNumber(score) }),
    paragraph(words.share, names),
    bars(order, shares, onMarks, { tokens, words, percent }),
    onMarks > MUCH ? paragraph(words.added_most, { ...names, share: percent(onMarks) }) : null,
    paragraph(words.mix, names),
    sum(matrices, word, best, { words, score, share: names.share }),
  ];
  if (meanings.length && word === header.word) {
    lines.push(paragraph(words.before, { ...names, words: listed(meanings[0]) }));
    lines.push(paragraph(words.after, { ...names, words: listed(meanings[1]) }));
  }
  return lines.filter(Boolean);
}

function paragraph(sentence, values) {
  return element("p", "", fill(sentence, values));
}

/** The largest shares, all that is left, and what rests on marks: together they are everything. */
function bars(order, shares, onMarks, { tokens, words, percent }) {
  const rows = order.slice(0, LISTED).map((key) => [tokens[key], shares[key], ""]);
  const left = order.slice(LISTED).reduce((total, key) => total + shares[key], 0);
  if (order.length > LISTED) rows.push([words.rest, left, "quiet"]);
  if (onMarks > 0) rows.push([words.marks, onMarks, "quiet"]);
  const cells = rows.flatMap(([name, share, kind]) => {
    const bar = element("div");
    bar.style.width = `${100 * share}%`;
    return [element("dt", "", name), element("dd", kind, bar), element("dd", "", percent(share))];
  });
  return element("dl", "", ...cells);
}

/** How one score came about, term by term, the largest first. */
function sum({ query, key }, word, best, { words, score, share }) {
  const width = query.cols;
  const terms = [...Array(width).keys()].map((i) => [query.data[word * width + i], key.data[best * width + i]]);
  const product = terms.reduce((total, [q, k]) => total + q * k, 0);
  const shown = terms.sort((a, b) => Math.abs(b[0] * b[1]) - Math.abs(a[0] * a[1])).slice(0, TERMS);
  const written = shown.map(([q, k]) => `${formatNumber(q)}·${formatNumber(k)}`).join(" + ");
  return element(
    "details",
    "",
    element("summary", "", words.sum),
    element("code", "", fill(words.sum_product, { terms: written, product: formatNumber(product) })),
    element("code", "", fill(words.sum_scaled, { width, score: formatNumber(score) })),
    element("code", "", fill(words.sum_share, { score: formatNumber(score), share })),
  );
}
