// Edits in several layers of a model, as a link says them: `s` has those of the layer that is shown, `elsewhere` those of all
// others. attnlab/settings/elsewhere.py reads it. Layers count from 0 here, and from 1 in the link.

/** @typedef {[layer: number, edits: import("./edits/edits.js").Edit[]]} Layer */

const MOST_CHARACTERS = 6000;
const MOST_EDITS = 256;

/**
 * The parameter; empty where no layer has an edit.
 * @param {number} layer the one that is shown @param {import("./edits/edits.js").Edit[]} edits its own @param {Layer[]} others
 */
export function encodeElsewhere(layer, edits, others) {
  const told = others.filter(([, those]) => those.length).map(([number, those]) => [number + 1, those]);
  if (!edits.length && !told.length) return "";
  const text = btoa(JSON.stringify({ layer: layer + 1, others: told }));
  return `1.${text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/** Whether a link can carry the edits of all other layers. @param {Layer[]} others */
export function carriesElsewhere(others) {
  const count = others.reduce((sum, [, edits]) => sum + edits.length, 0);
  return count <= MOST_EDITS && encodeElsewhere(0, [], others).length <= MOST_CHARACTERS;
}

/**
 * The edits of another layer, and those of all others beside it.
 * @param {number} before the layer that is left @param {import("./edits/edits.js").Edit[]} edits its own @param {Layer[]} others
 * @returns {{edits: import("./edits/edits.js").Edit[], others: Layer[]}}
 */
export function movedTo(layer, before, edits, others) {
  const every = [...others.filter(([number]) => number !== before), [before, edits]].filter(([, those]) => those.length);
  const own = every.find(([number]) => number === layer)?.[1] ?? [];
  return { edits: own, others: every.filter(([number]) => number !== layer).sort(([one], [other]) => one - other) };
}
