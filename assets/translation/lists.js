// Short lists of bars: where a word looked, what moved it, and what else might have stood there.

import { made } from "./bridge.js";

/**
 * @param {{title: string, note: string, kind: string, rows: {name: string, share: number, lit: boolean}[]}} list
 * @returns {HTMLElement}
 */
export function barList({ title, note, kind, rows }) {
  const root = made("section", kind);
  root.append(made("h4", "", title));
  if (note) root.append(made("p", "", note));
  for (const { name, share, lit } of rows) {
    const row = made("div", lit ? "lit" : "");
    const track = made("span", "track");
    const bar = made("i");
    bar.style.width = `${Math.min(100, 100 * share)}%`;
    track.append(bar);
    row.append(made("b", "", name), track, made("small", "", share.toFixed(2)));
    root.append(row);
  }
  return root;
}

/** The largest shares of a row, with the words they belong to. */
export function largest(names, shareOf, most) {
  return names
    .map((name, at) => ({ name, share: shareOf(at), lit: false }))
    .sort((one, other) => other.share - one.share)
    .slice(0, most);
}
