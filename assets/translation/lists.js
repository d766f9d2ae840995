// Short lists of bars: where a word looked, what moved it, and what else might have stood there.

import { element } from "../kit/dom.js";

/**
 * @param {{title: string, note: string, kind: string, rows: {name: string, share: number, lit: boolean}[]}} list
 * @returns {HTMLElement}
 */
export function barList({ title, note, kind, rows }) {
  return element("section", kind, element("h4", "", title), note ? element("p", "", note) : null, ...rows.map(bar));
}

function bar({ name, share, lit }) {
  const filled = element("i");
  filled.style.width = `${Math.min(100, 100 * share)}%`;
  const track = element("span", "track", filled);
  return element("div", lit ? "lit" : "", element("b", "", name), track, element("small", "", share.toFixed(2)));
}

/** The largest shares of a row, with the words they belong to. */
export function largest(names, shareOf, most) {
  return names
    .map((name, at) => ({ name, share: shareOf(at), lit: false }))
    .sort((one, other) => other.share - one.share)
    .slice(0, most);
}
