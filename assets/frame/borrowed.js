// Streamlit's own words, in the page's language: its menus, toolbars and fields have no setting for them. The document
// says which (attnlab/ui/document.py), word by word; what is not among them stays, and so does all that is data.

import { fill } from "../kit/text.js";

const ATTRIBUTES = ["alt", "aria-label", "aria-roledescription", "placeholder", "title"];
/** Where Streamlit speaks for itself. */
const PLACES = [
  ...["stHeader", "stSidebar", "stSkipToContent", "stMainMenuPopover", "stStatusWidget", "stConnectionStatus"],
  ...["stElementToolbar", "stTooltipContent", "stTooltipIcon", "stFileUploader", "InputInstructions", "stNumberInput"],
  ...["stSelectbox", "stMultiSelect", "stSelectboxVirtualDropdown", "stMultiSelectDropdown", "stDataFrame", "stTable"],
  ...["stDataFrameColumnMenu", "stDataFrameColumnFormattingMenu", "stDataFrameColumnVisibilityMenu"],
  ...["stDataFrameStatisticsMenu", "stVegaLiteChart", "stHeadingWithActionElements", "stDialog", "stToast", "stCode"],
  ...["stException", "stProgress"],
]
  .map((name) => `[data-testid="${name}"]`)
  .concat("[data-live-announcer]")
  .join();
/** What in them is somebody's own. */
const DATA = [
  ...[".vega-embed svg :not(g)", "canvas", '[role="option"][id]:not([data-key^="__select_"])', '[role="grid"]'],
  ...['[data-testid="stIconMaterial"]', '[data-testid="stFileUploaderFileName"]'],
].join();

/**
 * What says a text in the page's language, and null of one that is not known.
 * @param {[string, string][]} words theirs and ours; {blanks} of theirs stand for anything, {word} for what is known
 */
export function saying(words) {
  const plain = new Map(words.filter(([theirs]) => !theirs.includes("{")));
  const forms = words.filter(([theirs]) => theirs.includes("{")).map(([theirs, ours]) => [formOf(theirs), ours]);
  const said = (text) => {
    if (plain.has(text)) return plain.get(text);
    for (const [form, ours] of forms) {
      const blanks = form.exec(text)?.groups;
      const word = blanks?.word && said(blanks.word);
      if (blanks && word !== null) return fill(ours, { ...blanks, word });
    }
    return null;
  };
  return said;
}

function formOf(theirs) {
  const parts = theirs.split(/\{(\w+)\}/);
  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${parts.map((part, at) => (at % 2 ? `(?<${part}>.+?)` : escaped(part))).join("")}$`);
}

/** Say them in a document, from now on; without words there is nothing to do. @param {Document} document */
export function speakForOthers(document) {
  const told = document.querySelector('meta[name="borrowed-words"]');
  if (!told) return;
  const said = saying(JSON.parse(told.content));
  const look = (records) => {
    const changed = new Set();
    for (const { target, addedNodes } of records) {
      for (const node of addedNodes.length ? addedNodes : [target]) changed.add(node);
    }
    for (const node of changed) sayAround(node, said);
  };
  const everything = { childList: true, characterData: true, subtree: true, attributeFilter: ATTRIBUTES };
  new MutationObserver(look).observe(document.documentElement, everything);
}

function sayAround(node, said) {
  const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
  if (!element?.isConnected || element.closest(DATA)) return;
  if (element.closest(PLACES)) return sayIn(node, said);
  for (const place of element.querySelectorAll(PLACES)) sayIn(place, said);
}

function sayIn(root, said) {
  const filter = (node) =>
    node.nodeType === Node.ELEMENT_NODE && node.matches(DATA) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT;
  const nodes = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, filter);
  for (let node = root; node; node = nodes.nextNode()) sayOf(node, said);
}

/** What was said last at a node, by attribute or as its text: the answer may look like one of theirs once more. */
const answers = new WeakMap();

function sayOf(node, said) {
  if (node.nodeType === Node.TEXT_NODE) return answer(node, "text", node.data, said, (ours) => (node.data = ours));
  for (const name of ATTRIBUTES) {
    if (!node.hasAttribute(name)) continue;
    answer(node, name, node.getAttribute(name), said, (ours) => node.setAttribute(name, ours));
  }
}

function answer(node, name, theirs, said, put) {
  const before = answers.get(node) ?? {};
  const ours = before[name] === theirs ? null : said(theirs.trim());
  if (ours === null) return;
  answers.set(node, { ...before, [name]: ours });
  put(ours);
}
