// The controls of a row, each of its kind. A value is the word that the link has for it; "" is nothing.

import { button, element, fit, mark, say, shape } from "../kit/dom.js";
import { fieldText, linkWord, stepped, within } from "./numbers.js";

/**
 * @typedef {object} Control what the server says of one
 * @property {string} name the parameter
 * @property {"list" | "few" | "number" | "line" | "switch"} kind
 * @property {string} label
 * @property {string} value
 * @property {string} default what the link leaves out
 * @property {boolean} off whether nothing can be chosen
 * @property {boolean} bare whether its label is for listeners alone
 * @property {boolean} own whether a model brings the value with it, which the link does not say
 * @property {{text?: string, mathml?: string}[]} help
 * @property {[string, string][]} [options] of a list or a few: the link's word, and what is shown
 * @property {{real: boolean, low: number, high: number, step: number}} [range] of a number
 * @property {string} [placeholder] what an empty field stands for
 */

const KINDS = { list: listed, few: fewOf, number: numbered, line: lined, switch: switched };

/**
 * The part of a control on the page.
 * @param {Control} control
 * @param {(value: string) => void} choose called with what the reader chooses
 * @param {HTMLElement} help its question mark
 * @param {{more: string, less: string}} words
 * @returns {{root: HTMLElement, kind: string, show: (control: Control) => void}}
 */
export function made(control, choose, help, words) {
  const { kind, name } = control;
  const root = element("div", `control ${kind}`);
  root.dataset.name = name;
  const show = KINDS[kind](root, choose, help, { ...words, name });
  return {
    root,
    kind,
    show(now) {
      root.classList.toggle("off", now.off);
      root.classList.toggle("bare", now.bare);
      help.hidden = now.bare || !now.help.length; // beside a label that is not seen it would lie under the field
      show(now);
    },
  };
}

/** A label above what it is the label of. */
function labelled(root, help, field, body) {
  const label = element("label", { htmlFor: field.id });
  root.append(element("div", "label", label, help), body);
  return (text) => say(label, text);
}

function listed(root, choose, help, { name }) {
  const field = element("select", { id: name });
  field.onchange = () => choose(field.value);
  const named = labelled(root, help, field, element("div", "box", field, drawn("M6 9l6 6 6-6")));
  return ({ label, options, value, off }) => {
    named(label);
    const offered = options.some(([word]) => word === value) ? options : [[value, value], ...options];
    fit(field, offered.length, () => element("option"));
    offered.forEach(([word, shown], place) => {
      const option = field.children[place];
      say(option, shown);
      mark(option, "value", word);
    });
    Object.assign(field, { value, disabled: off });
  };
}

function fewOf(root, choose, help, { name }) {
  const label = element("span", { id: `${name}-label` });
  const group = element("div");
  mark(group, "role", "radiogroup");
  mark(group, "aria-labelledby", label.id);
  root.append(element("div", "label", label, help), group);
  group.onkeydown = (event) => {
    const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const all = [...group.children];
    const from = all.indexOf(event.target);
    if (!way || from < 0) return;
    event.preventDefault();
    const next = all[(from + way + all.length) % all.length];
    next.focus();
    next.click();
  };
  return ({ label: text, options, value, off }) => {
    say(label, text);
    fit(group, options.length, () => button("", null));
    const reached = Math.max(0, options.findIndex(([word]) => word === value));
    options.forEach(([word, shown], place) => {
      const one = group.children[place];
      say(one, shown);
      mark(one, "role", "radio");
      mark(one, "aria-checked", String(word === value));
      Object.assign(one, { disabled: off, tabIndex: place === reached ? 0 : -1 });
      one.onclick = () => choose(word);
    });
  };
}

function numbered(root, choose, help, { name, more, less }) {
  const field = element("input", { id: name, type: "number", step: "any", autocomplete: "off" });
  let now = null; // what the server says of it
  let editing = false;
  const typed = () => (field.value === "" && !field.validity.badInput ? null : field.valueAsNumber);
  const told = (word) => {
    editing = false;
    if (word === now.value) show(now);
    else choose(word);
  };
  const step = (way) => {
    const from = typed() ?? Number(now.value || now.placeholder);
    const start = Number.isFinite(from) ? from : now.range.low - way * now.range.step;
    told(linkWord(stepped(start, way, now.range)));
  };
  const down = button({ tabIndex: -1 }, () => step(-1), drawn("M2 12h20"));
  const up = button({ tabIndex: -1 }, () => step(1), drawn("M2 12h20M12 2v20"));
  mark(down, "aria-label", less);
  mark(up, "aria-label", more);
  const named = labelled(root, help, field, element("div", "box", field, down, up));
  field.oninput = () => (editing = true);
  field.onchange = () => {
    const number = typed();
    const fine = number === null || within(number, now.range);
    root.classList.toggle("wrong", !fine);
    mark(field, "aria-invalid", fine ? null : "true");
    if (!fine) field.reportValidity();
    else told(number === null ? now.empty : linkWord(number));
  };
  field.onkeydown = (event) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    step(way);
  };
  function show(control) {
    now = control;
    const { label, range, value, off, placeholder } = control;
    named(label);
    Object.assign(field, { min: range.low, max: range.high, placeholder, disabled: off });
    field.step = range.real ? "any" : 1;
    down.disabled = off || (value !== "" && Number(value) <= range.low);
    up.disabled = off || (value !== "" && Number(value) >= range.high);
    if (editing) return; // it is the reader's until it is told
    field.value = fieldText(value, range);
    root.classList.remove("wrong");
    mark(field, "aria-invalid", null);
  }
  return show;
}

function lined(root, choose, help, { name }) {
  const field = element("input", { id: name, type: "text", autocomplete: "off", spellcheck: false });
  let editing = false;
  field.oninput = () => (editing = true);
  field.onchange = () => {
    editing = false;
    choose(field.value);
  };
  const named = labelled(root, help, field, element("div", "box", field));
  return ({ label, value, off }) => {
    named(label);
    field.disabled = off;
    if (!editing) field.value = value;
  };
}

function switched(root, choose, help, { name }) {
  const field = element("input", { id: name, type: "checkbox" });
  mark(field, "role", "switch");
  field.onchange = () => choose(String(field.checked));
  const text = element("span");
  root.className = "control switched";
  root.append(element("label", "", field, text), help);
  return ({ label, value, off }) => {
    say(text, label);
    Object.assign(field, { checked: value === "true", disabled: off });
  };
}

function drawn(path) {
  const made = shape("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  made.append(shape("path", { d: path }));
  return made;
}
