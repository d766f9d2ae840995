// A sentence word by word: what each classifier says of it, what each word does, and what if a word were another.

const THROTTLE_MS = 60;

/** @type {WeakMap<object, {place: number | null, tokens: string[], base: string, timer: number}>} */
const editing = new WeakMap();

/** Called by Streamlit on mount, on new data and on a change of theme. */
export default function render({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".chips");
  const part = (name) => root.querySelector(`[data-part=${name}]`);
  let state = editing.get(parentElement);
  if (!state) {
    state = { place: null, tokens: [], base: data.base, timer: 0 };
    editing.set(parentElement, state);
  }
  if (state.base !== data.base) Object.assign(state, { place: null, base: data.base }); // another sentence was typed
  const send = (text, place) => setStateValue("edit", { text, place });
  part("verdicts").setAttribute("aria-label", data.text.verdicts);
  part("verdicts").replaceChildren(made("h4", { textContent: data.text.verdicts }), ...data.verdicts.map(verdict));
  words(part("words"), data, state, (place) => {
    const tokens = data.words.map((word) => word.text);
    const open = place !== state.place;
    Object.assign(state, open ? { place, tokens } : { place: null });
    send(tokens.join(" "), state.place);
    editor(part, data, state, send, open);
    marked(part("words"), state.place);
  });
  editor(part, data, state, send, false);
  part("hint").textContent = data.text.hint;
  part("rows").replaceChildren(...data.rows.map(row));
  (parentElement.host ?? parentElement).dataset.revision = data.revision;
  return () => clearTimeout(state.timer);
}

/** One contender: its name, a bar, a number; where the sentence was changed also where it stood before. */
function verdict({ name, color, said, part, before, shown, note }) {
  const line = made("div", { className: "verdict", title: note });
  const dot = made("i", {});
  dot.style.background = color;
  const filled = made("span", {});
  filled.style.width = `${100 * part}%`;
  filled.style.background = color;
  const bar = made("div", { className: "bar", role: "img", ariaLabel: said }, filled);
  if (before !== null) {
    const tick = made("b", {});
    tick.style.left = `${100 * before}%`;
    bar.append(tick);
  }
  line.append(made("span", { className: "name" }, dot, name), bar, made("output", { textContent: shown }));
  return line;
}

function words(element, data, state, choose) {
  element.className = "line";
  element.setAttribute("aria-label", data.text.group);
  const buttons = data.words.map(({ text, changed, unknown }, place) => {
    const className = [changed && "changed", unknown && "unknown"].filter(Boolean).join(" ");
    const button = made("button", { type: "button", textContent: text, className, title: data.text.edit.replace("{word}", () => text) });
    button.onclick = () => choose(place);
    return button;
  });
  element.replaceChildren(...buttons);
  marked(element, state.place);
}

function marked(element, place) {
  [...element.children].forEach((button, at) => button.setAttribute("aria-expanded", String(at === place)));
}

/** What stands in the place of a word. The field is the browser's while somebody types in it. */
function editor(part, data, state, send, opened) {
  const box = part("editor");
  const input = box.querySelector("input");
  box.hidden = state.place === null;
  if (box.hidden) return;
  const { place } = state;
  const original = state.tokens[place];
  box.querySelector("label span").textContent = data.text.replace.replace("{word}", () => original);
  part("remove").textContent = data.text.remove;
  if (opened) {
    box.querySelector("datalist").replaceChildren(...data.vocabulary.map((value) => made("option", { value })));
    input.value = "";
    input.placeholder = original;
    input.focus();
  }
  const now = (word) => state.tokens.map((token, at) => (at === place ? word.trim() : token)).filter(Boolean).join(" ");
  const put = (word) => {
    clearTimeout(state.timer);
    state.timer = setTimeout(() => send(now(word), place), THROTTLE_MS);
  };
  const close = (text) => {
    clearTimeout(state.timer);
    state.place = null;
    box.hidden = true;
    if (text !== undefined) send(text, null);
    marked(part("words"), null);
    part("words").children[Math.min(place, part("words").children.length - 1)]?.focus();
  };
  input.oninput = () => put(input.value || original);
  input.onkeydown = (event) => {
    if (event.key === "Escape") close(state.tokens.join(" "));
    if (event.key === "Enter") close(now(input.value || original));
  };
  part("remove").onclick = () => close(now(""));
  const picks = data.picks.map(({ word, text }) => {
    const button = made("button", { type: "button", textContent: text });
    button.onclick = () => {
      input.value = word;
      put(word);
    };
    return button;
  });
  part("picks").replaceChildren(...(picks.length ? [data.text.picks, ...picks] : []));
}

/** One measure on the words: darker is more; of a signed one orange is above zero and blue below. */
function row({ name, note, cells }) {
  const title = made("h4", {}, name, made("small", { textContent: note }));
  const chips = cells.map(({ text, part, shown }) => {
    const chip = made("span", { className: part > 0 ? "chip for" : "chip" }, text, made("small", { textContent: shown }));
    chip.style.setProperty("--part", String(Math.abs(part)));
    return chip;
  });
  return made("div", { className: "row" }, title, made("div", { className: "line" }, ...chips));
}

function made(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
