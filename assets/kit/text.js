// Numbers and sentences for people. Sentences come from assets/prose; here their blanks are filled in.

import { isUpright } from "./painting/upright.js";

const LONGEST = 24; // letters of a token that anybody reads

/** A number as a learner reads it: three digits that matter, a real minus sign. */
export function formatNumber(value) {
  if (Number.isNaN(value)) return "NaN";
  if (value === Infinity) return "∞";
  if (value === -Infinity) return "−∞";
  const size = Math.abs(value);
  let text;
  if (size === 0) text = "0";
  else if (size < 0.005) text = size.toExponential(1).replace("e-", "e−").replace("e+", "e");
  else if (size < 100) text = size.toFixed(2);
  else if (size < 10000) text = size.toFixed(1);
  else text = size.toExponential(2).replace("e+", "e");
  return value < 0 ? `−${text}` : text;
}

/** The language of the page, as the document names it. */
const language = () => document.documentElement.lang || "en";

/**
 * Fill {name} blanks of a sentence. Values are text, never markup.
 * @param {string | Object<string, string>} template one with a count may be its forms by CLDR category
 */
export function fill(template, values) {
  return formOf(template, values.count).replace(/\{(\w+)\}/g, (blank, name) => (name in values ? String(values[name]) : blank));
}

/** The form that a count needs in the page's language; of a page that is in English for want of its own, an English one. */
function formOf(template, count) {
  if (typeof template === "string") return template;
  return template[new Intl.PluralRules(language()).select(count)] ?? template.other;
}

/** Words as the page's language lists them. @param {string[]} words */
export function listed(words) {
  return new Intl.ListFormat(language(), { style: "narrow", type: "conjunction" }).format(words);
}

/** A share as the page's language writes it, but with the point of all our numbers: whole percents, and of what is less than one of them a tenth. */
export function percent(share) {
  const digits = share >= 0.0005 && share < 0.0095 ? 1 : 0;
  const parts = new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: digits }).formatToParts(share);
  return parts.map(({ type, value }) => (type === "decimal" ? "." : value)).join("");
}

/** Tokens as a text: no space where a script has none, nor before a full stop. @param {string[]} tokens */
export function joined(tokens) {
  const last = (text) => [...text.slice(-2)].at(-1);
  const isApart = (text, [first = ""]) => !isUpright(last(text)) && !isUpright(first) && !/[,.;:!?]/.test(first);
  return tokens.reduce((text, token) => text + (text && isApart(text, token) ? " " : "") + token, "");
}

/** A token's letters: a space is an open box. */
function lettersOf(token) {
  return [...token.replace(/ /g, "␣")];
}

/** A token where there is room for so many pixels: whole if it fits, else cut. @param {(text: string) => number} measure */
export function fittedToken(token, room, measure) {
  const letters = lettersOf(token);
  const whole = letters.join("");
  if (letters.length <= LONGEST && measure(whole) <= room) return whole;
  let count = Math.min(letters.length, LONGEST) - 1;
  const cut = () => `${letters.slice(0, count).join("")}…`;
  while (count > 1 && measure(cut()) > room) count -= 1;
  return cut();
}

/** A token as shown: a space is an open box, a long one is cut. */
export function shownToken(token, longest = 14) {
  const letters = lettersOf(token);
  return letters.length > longest ? `${letters.slice(0, longest - 1).join("")}…` : letters.join("");
}

/**
 * What a sentence calls a token: an item of a picture or a series by its name, any other as it is spelled.
 * @param {{tokens: string[], items?: {names: (string | null)[]}}} header @param {number} index
 */
export function nameOf({ tokens, items }, index, longest = 14) {
  return items?.names[index] ?? shownToken(tokens[index] ?? "", longest);
}

/**
 * "a·b + c·d + … (5 smaller)" for a sum of products: the largest products, in their order.
 * @param {number[]} left @param {number[]} right @param {number} shown how many products to write out
 */
export function sumOfProducts(left, right, shown, more) {
  const bySize = left.map((_, i) => i).sort((i, j) => Math.abs(left[j] * right[j]) - Math.abs(left[i] * right[i]));
  const written = bySize.slice(0, shown).sort((i, j) => i - j);
  const terms = written.map((i) => `${formatNumber(left[i])}·${formatNumber(right[i])}`);
  if (left.length > shown) terms.push(fill(more, { count: left.length - shown }));
  return terms.join(" + ");
}
