// The stage: pipeline strip, heads, matrices, arithmetic. It draws what the server sent and answers the pointer and the
// keyboard by itself; only the choice of a head, and what a link must remember, goes back to the server.

import { Ahead, saidIn } from "../kit/ahead.js";
import { stageCaption } from "./caption.js";
import { themeOf } from "../kit/colors.js";
import { paintBoxes, paintLabels, paintMatrix, paintScene, sized } from "./draw.js";
import { beforeEdits, differences, editsOf, encodeEdits, formerOf, lastValue } from "./edits.js";
import { explain } from "./explain.js";
import { RESULT, STAGES, cellAt, isSquare, layout, shownMatrix } from "./layout.js";
import { cell, decodePayload } from "../kit/payload.js";
import { savePicture } from "../kit/save.js";
import { fill, formatNumber, shownToken } from "../kit/text.js";
import { arithmeticLayout, keyAt, linesLayout, paintArithmetic, paintLines, tokenAt } from "./views.js";
import { Workshop } from "./workshop.js";

const VIEWS = ["matrix", "lines", "arithmetic"];
const KINDS = ["png", "svg"];
const STAGE_SECONDS = 2.6;
const SEND_AFTER_MS = 150;
const AUTHORITY_AFTER_MS = 1000;
const IN_LINK = { head: true, query: true, key: true, stage: false, view: false, s: false }; // whether it counts from 1

/** @type {WeakMap<object, Stage>} one stage for each place it is mounted in */
const stages = new WeakMap();

/** Called by Streamlit on mount, on new data and on a change of theme. */
export default function render({ data, parentElement, setStateValue }) {
  let stage = stages.get(parentElement);
  if (!stage) {
    stage = new Stage(parentElement);
    stages.set(parentElement, stage);
  }
  stage.send = (selection) => setStateValue("selection", selection);
  if (data instanceof Uint8Array) stage.confirm(data);
  return () => {
    stage.dispose();
    stages.delete(parentElement);
  };
}

class Stage {
  constructor(parent) {
    this.host = parent.host ?? parent;
    this.root = parent.querySelector(".stage");
    this.parts = Object.fromEntries(
      [...this.root.querySelectorAll("[data-part]")].map((element) => [element.dataset.part, element]),
    );
    this.state = { stage: "softmax", view: "matrix", query: null, key: null, numbers: false, progress: 1, compare: "after", painting: false };
    this.hover = null; // a cell under the pointer
    this.pinned = null; // a cell that stays
    this.awaited = []; // selections sent whose echo has not come back
    this.untold = {}; // what was chosen and is not in the link yet, as the link will say it
    this.playing = 0;
    this.workshop = new Workshop(this);
    this.ahead = new Ahead(
      (payload) => this.preview(payload),
      () => this.untold,
    );
    this.listen();
    // Asking an element for its width makes the browser lay out the page at once; the observer is told it for nothing.
    this.width = this.parts.board.clientWidth;
    this.observer = new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width === this.width) return;
      this.width = contentRect.width;
      if (this.payload) this.paint();
    });
    this.observer.observe(this.parts.board);
  }

  dispose() {
    this.stop();
    clearTimeout(this.sending);
    clearTimeout(this.holding);
    this.ahead.dispose();
    this.observer.disconnect();
  }

  // ---- what comes in -------------------------------------------------------------------------------------------

  /** From the picture's own address, ahead of the run that will say the same. */
  preview(payload) {
    if (!this.payload || payload.header.revision === this.payload.header.revision) return;
    this.previewed = performance.now();
    this.payload = payload;
    const text = selectedIn(payload.header);
    if (text !== this.known && !Object.keys(this.untold).length) {
      this.adopt(payload.header);
      this.known = text;
    }
    this.keepInside();
    this.paint();
  }

  /**
   * From a run of the page. While previews come in, a run that differs is mostly an older one that was on its way; if
   * none of those that follow agrees with what is on screen, the run is right. One that agrees has nothing to paint,
   * but the same message again means another theme.
   */
  confirm(data) {
    const again = data === this.confirmed;
    this.confirmed = data;
    const payload = decodePayload(data);
    const differs = payload.header.revision !== this.payload?.header.revision;
    const wait = (this.previewed ?? -Infinity) + AUTHORITY_AFTER_MS - performance.now();
    clearTimeout(this.holding);
    if (differs && wait > 0) this.holding = setTimeout(() => this.receive(payload), wait);
    else this.receive(payload, differs || again);
  }

  receive(payload, repaint = true) {
    const first = !this.payload;
    const text = selectedIn(payload.header);
    const echo = this.awaited.lastIndexOf(text);
    if (echo >= 0) this.awaited.splice(0, echo + 1);
    else if (text !== this.known || first) this.adopt(payload.header);
    this.known = text;
    if (this.workshop.draft) return; // no run knows of it: the picture on screen is ahead of them all
    this.payload = payload;
    if (!this.awaited.length && text === this.selected()) this.untold = {};
    this.keepInside();
    if (repaint) this.paint();
    if (first) this.root.classList.add("ready");
  }

  adopt(header) {
    const { head, query, key, stage, view } = header.selection;
    Object.assign(this.state, { query, key, stage, view, head, progress: 1 });
    this.pinned = this.pairCell();
    this.workshop.adopt(editsOf(header));
  }

  /** A shorter sentence or narrower head may no longer have the chosen cell. */
  keepInside() {
    const count = this.payload.header.tokens.length;
    if (this.state.query !== null && this.state.query >= count) this.state.query = count - 1;
    if (this.state.key !== null && this.state.key >= count) this.state.key = count - 1;
    for (const name of ["hover", "pinned"]) {
      const matrix = this[name] && this.payload.matrices[this[name].name];
      if (!matrix || this[name].row >= matrix.rows || this[name].col >= matrix.cols) this[name] = null;
    }
    this.pinned ??= this.pairCell();
  }

  /** The chosen query and key as a cell of what the stage computes; a vector's first number where there are no keys. */
  pairCell() {
    const { query, key, stage, view } = this.state;
    if (query === null || key === null) return null;
    const name = view === "matrix" ? RESULT[stage] : "weights";
    return { name, row: query, col: isSquare(name) ? key : 0 };
  }

  // ---- painting ------------------------------------------------------------------------------------------------

  paint() {
    const { header } = this.payload;
    this.colors = themeOf(this.host);
    this.state.result = RESULT[this.state.stage];
    this.state.filming = this.playing !== 0 || this.state.progress < 1;
    if (!this.workshop.edits.length) this.state.compare = "after";
    if (this.state.stage !== "mask") this.state.painting = false;
    this.look();
    this.paintStrip();
    this.paintHeads();
    this.paintBoard();
    this.paintOver();
    this.paintTools();
    this.workshop.paint();
    this.host.dataset.revision = header.revision;
    this.host.dataset.params = JSON.stringify(header.params);
  }

  /** What is looked at: the layer with its edits, as it was before them, or what they changed. */
  look() {
    const { compare } = this.state;
    if (this.looked?.payload === this.payload && this.looked.compare === compare) return;
    const shown = compare === "before" ? beforeEdits(this.payload) : this.payload;
    const matrices = compare === "difference" ? differences(this.payload.matrices) : shown.matrices;
    this.looked = { payload: this.payload, compare, shown, matrices };
  }

  paintStrip() {
    const { header } = this.payload;
    for (const name of STAGES) {
      const button = this.button(this.parts.strip, name, () => this.choose({ stage: name, progress: 1 }));
      const words = header.text.stages[name];
      setText(button, "b", words.name);
      setText(button, "small", header.shapes[name]);
      mark(button, "title", words.line);
      mark(button, "aria-current", name === this.state.stage ? "step" : null);
    }
  }

  paintHeads() {
    const { header } = this.payload;
    const words = header.text.heads;
    const wanted = header.heads.length;
    for (const child of [...this.parts.heads.children].slice(wanted)) child.remove();
    header.heads.forEach((head, index) => {
      const button = this.button(this.parts.heads, index, () => this.choose({ head: index }));
      const canvas = button.querySelector("canvas") ?? button.insertBefore(document.createElement("canvas"), button.firstChild);
      this.paintThumbnail(canvas, index);
      setText(button, "b", fill(words.name, { number: index + 1 }));
      setText(button, "span", words.labels[head.label] ?? head.label);
      const off = lastValue(this.workshop.edits, "head", { head: index }) === 0;
      setText(button, "small", off ? header.text.edits.off : fill(words.entropy, { bits: head.entropy_bits.toFixed(1) }));
      button.classList.toggle("off", off);
      this.paintShared(button, index);
      const details = fill(words.details, { ...head, number: index + 1, built: words.labels[head.built] ?? words.not_built });
      mark(button, "title", details);
      mark(button, "aria-pressed", String(index === this.state.head));
    });
  }

  /** A band below the heads that share keys and values, named at its first head; nothing where each has its own. */
  paintShared(button, index) {
    const { groups, text } = this.payload.header;
    const group = Math.floor(index / groups);
    if (groups === 1 && !button.querySelector("i")) return;
    mark(button, "data-band", groups > 1 ? (group % 2 ? "odd" : "even") : null);
    button.classList.toggle("last", index % groups === groups - 1);
    setText(button, "i", groups > 1 && index % groups === 0 ? fill(text.heads.shared, { group: group + 1 }) : "");
  }

  paintThumbnail(canvas, index) {
    const { thumbnails } = this.looked.shown.matrices;
    const size = thumbnails.cols;
    const matrix = { name: "weights", rows: size, cols: size, data: thumbnails.data.subarray(index * size * size, (index + 1) * size * size) };
    const context = sized(canvas, 46, 46);
    const place = { x: 0, y: 0, cw: 46 / size, ch: 46 / size, rows: size, cols: size, transposed: false };
    paintMatrix(context, matrix, place, this.colors, Infinity);
  }

  paintBoard() {
    const { width } = this;
    if (!width) return;
    const { header, matrices } = this.payload;
    if (this.state.view === "lines") this.scene = linesLayout(header.tokens.length, width);
    else if (this.state.view === "arithmetic") this.scene = arithmeticLayout(this.payload, width, this.labelWidth(width));
    else {
      const labelHeight = header.tokens.some((token) => token.length > 3) ? 54 : 36;
      const labels = { labelWidth: this.labelWidth(width), labelHeight };
      this.scene = layout(matrices, { stage: this.state.stage, width, numbers: this.state.numbers, windowHeight: window.innerHeight, ...labels });
      this.scene.labelLetters = width < 600 ? 8 : 12;
    }
    const context = sized(this.parts.base, width, this.scene.height);
    this.overContext = sized(this.parts.over, width, this.scene.height);
    this.paintBase(context);
  }

  /** What does not depend on the pointer, on the board or on a picture to be saved. */
  paintBase(context) {
    const { shown, matrices } = this.looked;
    if (this.state.view === "matrix") paintScene(context, this.scene, shown, matrices, this.state, this.colors);
  }

  /** Room for the longest token name to the left of the rows. */
  labelWidth(width) {
    const most = width < 600 ? 66 : 104;
    const letters = Math.max(...this.payload.header.tokens.map((token) => shownToken(token, 12).length));
    return Math.min(most, Math.max(48, letters * 8 + 14));
  }

  /** What depends on the pointer: labels, frames, and the sum below. */
  paintOver() {
    if (!this.overContext || !this.scene) return;
    this.overContext.clearRect(0, 0, this.parts.over.width, this.parts.over.height);
    const made = this.explained();
    this.paintMarks(this.overContext, made);
    this.paintSum(made);
  }

  /** How the cell spoken of comes about; null where there is none. */
  explained() {
    const at = this.cursor();
    if (!at) return null;
    const made = explain(at, this.looked.shown, this.width < 600 ? 3 : 8);
    return { ...made, lines: [...made.lines, ...this.changeOf(at)] };
  }

  /** A line about a cell that edits changed. */
  changeOf(at) {
    const before = formerOf(this.payload.matrices, at.name);
    if (!before || this.state.compare === "before") return [];
    const numbers = [before, this.payload.matrices[at.name]].map((matrix) => formatNumber(cell(matrix, at.row, at.col)));
    if (numbers[0] === numbers[1]) return [];
    return [fill(this.payload.header.text.edits.changed, { before: numbers[0], after: numbers[1] })];
  }

  /** Labels and frames, on the board or on a picture to be saved. */
  paintMarks(context, made) {
    const { shown } = this.looked;
    const { header } = shown;
    const chosen = this.chosenTokens(this.cursor());
    if (this.state.view === "matrix") {
      paintLabels(context, this.scene, header.tokens, chosen, this.colors);
      if (made) paintBoxes(context, this.scene, made.boxes.map((box) => this.visibleBox(box)), this.colors);
    } else if (this.state.view === "lines") paintLines(context, this.scene, shown, chosen, this.colors);
    else paintArithmetic(context, this.scene, shown, chosen, this.colors);
  }

  /** What is on the board, with its caption, as a file. */
  save(kind) {
    const { payload, scene, state, width, colors } = this;
    const made = this.explained();
    const address = new URL(location.href);
    address.search = saidIn(address.search, this.untold);
    const caption = stageCaption(payload.header, state, made, address.href);
    const paint = (context) => {
      this.paintBase(context);
      this.paintMarks(context, made);
    };
    const name = `attention-${state.view}-head-${state.head + 1}`;
    savePicture({ name, width, height: scene.height, caption, colors, paint }, kind);
  }

  /** Scores, scaled and masked scores share one square: a frame on one of them goes on the one shown. */
  visibleBox(box) {
    return box.name.endsWith("scores") ? { ...box, name: shownMatrix("scores", this.state.stage) } : box;
  }

  /** The cell spoken of: the one being computed, the one under the pointer, the pinned one. */
  cursor() {
    const matrix = this.payload.matrices[this.state.result];
    if (this.state.progress < 1 && matrix && this.state.view === "matrix") {
      const index = Math.max(0, Math.ceil(this.state.progress * matrix.data.length) - 1);
      return { name: matrix.name, row: Math.floor(index / matrix.cols), col: index % matrix.cols };
    }
    return this.hover ?? this.pinned;
  }

  chosenTokens(at) {
    if (!at) return { query: this.state.query, key: this.state.key };
    if (isSquare(at.name)) return { query: at.row, key: at.col };
    if (at.name === "key" || at.name === "value") return { query: null, key: at.row };
    return at.name.startsWith("w_") ? { query: null, key: null } : { query: at.row, key: null };
  }

  paintSum(made) {
    const { header } = this.payload;
    this.parts.title.textContent = made ? made.title : header.text.hints.title;
    this.parts.lines.textContent = made ? made.lines.join("\n") : header.text.hints.start;
  }

  paintTools() {
    const { text } = this.payload.header;
    for (const view of VIEWS) {
      const button = this.button(this.parts.views, view, () => this.choose({ view }));
      button.textContent = text.views[view];
      mark(button, "aria-pressed", String(view === this.state.view));
    }
    this.parts.numbers.textContent = text.tools.numbers;
    mark(this.parts.numbers, "aria-pressed", String(this.state.numbers));
    this.parts.play.textContent = this.playing ? text.tools.pause : text.tools.play;
    const scrub = this.parts.scrub;
    scrub.setAttribute("aria-label", text.tools.scrub);
    scrub.max = STAGES.length;
    if (document.activeElement !== this.host || !scrub.matches(":active")) {
      scrub.value = STAGES.indexOf(this.state.stage) + this.state.progress;
    }
    this.paintFormula(text.stages[this.state.stage].mathml);
    this.parts.step.textContent = text.stages[this.state.stage].line;
    this.parts.keys.textContent = text.hints.keys;
    this.parts.save_label.textContent = text.save.label;
    mark(this.parts.save, "aria-label", text.save.label);
    for (const kind of KINDS) {
      const button = this.button(this.parts.save, kind, () => this.save(kind));
      button.textContent = text.save[kind];
      mark(button, "title", text.save[`${kind}_help`]);
    }
    this.root.setAttribute("aria-label", text.tools.stage);
  }

  /** MathML comes from our own prose, and is parsed as XML: nothing in it can run. */
  paintFormula(mathml) {
    if (this.formula === mathml) return;
    this.formula = mathml;
    const { documentElement } = new DOMParser().parseFromString(mathml, "application/xml");
    this.parts.formula.replaceChildren(document.importNode(documentElement, true));
  }

  button(parent, name, onclick) {
    let button = parent.querySelector(`[data-name="${name}"]`);
    if (!button) {
      button = document.createElement("button");
      button.type = "button";
      button.dataset.name = name;
      parent.append(button);
    }
    button.onclick = onclick;
    return button;
  }

  // ---- what the user does --------------------------------------------------------------------------------------

  listen() {
    const { over, play, scrub, numbers } = this.parts;
    over.onpointermove = (event) => this.point(event);
    over.onpointerleave = () => this.setHover(null);
    over.onclick = (event) => this.pin(event);
    over.onpointerdown = (event) => this.workshop.beginStroke(event);
    over.onlostpointercapture = () => this.workshop.endStroke();
    play.onclick = () => (this.playing ? this.stop() : this.play());
    numbers.onclick = () => this.choose({ numbers: !this.state.numbers });
    scrub.oninput = () => this.scrub(Number(scrub.value));
    this.root.onkeydown = (event) => this.press(event);
  }

  cellUnder(event) {
    const box = this.parts.over.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const count = this.payload.header.tokens.length;
    if (this.state.view === "matrix") return cellAt(this.scene.places, x, y);
    if (this.state.view === "lines") {
      const token = tokenAt(this.scene, count, x, y);
      if (!token) return null;
      const best = token.query === undefined ? null : this.strongestKey(token.query);
      return token.query === undefined
        ? { name: "value", row: token.key, col: 0 }
        : { name: "weights", row: token.query, col: best };
    }
    const key = keyAt(this.scene, y);
    return key === null ? null : { name: "weights", row: this.state.query ?? 0, col: key };
  }

  strongestKey(query) {
    const { data, cols } = this.payload.matrices.weights;
    const row = data.subarray(query * cols, (query + 1) * cols);
    return row.indexOf(Math.max(...row));
  }

  point(event) {
    if (!this.payload) return;
    if (this.workshop.stroke) this.workshop.continueStroke(event);
    this.setHover(this.cellUnder(event));
  }

  setHover(cell) {
    if (JSON.stringify(cell) === JSON.stringify(this.hover)) return;
    this.hover = cell;
    if (this.payload) this.paintOver();
  }

  pin(event) {
    const at = this.cellUnder(event);
    if (this.state.painting && at?.name === "masked_scores") return;
    const same = at && this.pinned && at.name === this.pinned.name && at.row === this.pinned.row && at.col === this.pinned.col;
    // A double click, and a second tap on the pinned cell, edit it.
    const edits = at && this.state.view === "matrix" && (event.detail === 2 || (same && event.pointerType === "touch"));
    this.root.focus({ preventScroll: true });
    this.setPin(same && !edits ? null : at);
    if (edits) this.workshop.editCell(at);
  }

  setPin(at) {
    this.pinned = at;
    const { query, key } = this.chosenTokens(at);
    this.choose(at ? { query: query ?? this.state.query, key: key ?? this.state.key } : { query: null, key: null });
  }

  /** Change what is looked at, repaint, and tell the server when the user has come to rest. */
  choose(change) {
    if ("stage" in change) this.stop();
    Object.assign(this.state, change);
    if ("stage" in change || "view" in change) this.pinned = this.pairCell();
    this.workshop.note("");
    this.paint();
    Object.assign(this.untold, inLink(change));
    clearTimeout(this.sending);
    this.sending = setTimeout(() => this.tell(), SEND_AFTER_MS);
    if ("head" in change || "s" in change) this.ahead.ask();
  }

  tell() {
    if (this.workshop.draft) return; // whatever becomes of it is told then
    const text = this.selected();
    if (text === this.known && !this.awaited.length) {
      this.untold = {};
      return;
    }
    this.awaited.push(text);
    const selection = JSON.parse(text);
    if (!this.workshop.touched) delete selection.s;
    this.untold = inLink(selection);
    this.send(selection);
  }

  /** What is looked at, as the server says it too. */
  selected() {
    return selectionText(this.state, this.workshop.edits);
  }

  press(event) {
    if (!this.payload || event.altKey || event.target.tagName === "INPUT") return;
    if (event.ctrlKey || event.metaKey) {
      if (this.workshop.pressUndo(event)) event.preventDefault();
      return;
    }
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (event.key in moves) this.walk(...moves[event.key]);
    else if (event.key === "h" || event.key === "H") this.step("head", event.shiftKey ? -1 : 1);
    else if (event.key === " " && event.target.tagName !== "BUTTON") this.parts.play.click();
    else if (event.key === "n" || event.key === "N") this.choose({ numbers: !this.state.numbers });
    else if (event.key === "v" || event.key === "V") this.choose({ view: VIEWS[(VIEWS.indexOf(this.state.view) + 1) % VIEWS.length] });
    else if (event.key === "," || event.key === ".") this.step("stage", event.key === "," ? -1 : 1);
    else if (event.key === "Escape") this.setPin(null);
    else if (event.key === "Enter" && event.target === this.root) this.workshop.editCell(this.pinned);
    else if (event.key === "w" || event.key === "W") this.walkMatrices(event.shiftKey ? -1 : 1);
    else if (event.key === "x" || event.key === "X") this.workshop.switchHead();
    else if (event.key === "m" || event.key === "M") this.workshop.flipMask(this.pinned);
    else if (event.key === "s" || event.key === "S") this.workshop.swapTokens();
    else return;
    event.preventDefault();
  }

  step(what, by) {
    if (what === "head") {
      const count = this.payload.header.heads.length;
      this.choose({ head: (this.state.head + by + count) % count });
    } else {
      const next = Math.max(0, Math.min(STAGES.length - 1, STAGES.indexOf(this.state.stage) + by));
      this.choose({ stage: STAGES[next], progress: 1 });
    }
  }

  walk(down, right) {
    const at = this.pinned ?? { name: "weights", row: 0, col: 0 };
    const { rows, cols } = this.payload.matrices[at.name];
    const move = this.pinned ? [down, right] : [0, 0];
    this.hover = null;
    this.setPin({
      name: at.name,
      row: Math.max(0, Math.min(rows - 1, at.row + move[0])),
      col: Math.max(0, Math.min(cols - 1, at.col + move[1])),
    });
  }

  /** To the next matrix on the board, as near as it has a cell. */
  walkMatrices(by) {
    const { places } = this.scene;
    if (this.state.view !== "matrix") return;
    const names = places.map(({ name }) => name);
    const from = this.pinned ? names.indexOf(this.visibleBox(this.pinned).name) : -by;
    const name = names[(from + by + names.length) % names.length];
    const { rows, cols } = this.payload.matrices[name];
    const { row, col } = this.pinned ?? { row: 0, col: 0 };
    this.hover = null;
    this.setPin({ name, row: Math.min(row, rows - 1), col: Math.min(col, cols - 1) });
  }

  /** Where a cell lies on the board; null where its matrix is not in sight. */
  boxOf(at) {
    const name = at && this.visibleBox(at).name;
    const place = this.state.view === "matrix" && this.scene?.places.find((each) => each.name === name);
    if (!place) return null;
    const [r, c] = place.transposed ? [at.col, at.row] : [at.row, at.col];
    return { x: place.x + c * place.cw, y: place.y + r * place.ch, w: place.cw, h: place.ch };
  }

  // ---- playing the stages --------------------------------------------------------------------------------------

  /** Go to a moment of the film: the whole part is the stage, the fraction how much of it is computed. */
  scrub(moment) {
    this.stop();
    this.show(moment);
    clearTimeout(this.sending);
    this.sending = setTimeout(() => this.tell(), SEND_AFTER_MS);
  }

  show(moment) {
    const index = Math.min(STAGES.length - 1, Math.max(0, Math.ceil(moment) - 1));
    Object.assign(this.state, { stage: STAGES[index], progress: Math.min(1, moment - index), view: "matrix" });
    this.paint();
  }

  play() {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const at = STAGES.indexOf(this.state.stage) + this.state.progress;
    const from = at >= STAGES.length ? 0 : at;
    const began = performance.now();
    const frame = (now) => {
      const moment = from + (now - began) / 1000 / STAGE_SECONDS;
      if (moment >= STAGES.length) {
        this.show(STAGES.length);
        this.stop();
        return;
      }
      this.show(still ? Math.floor(moment) + 1 : moment);
      this.playing = requestAnimationFrame(frame);
    };
    this.playing = requestAnimationFrame(frame);
  }

  stop() {
    cancelAnimationFrame(this.playing);
    const was = this.playing;
    this.playing = 0;
    if (was && this.payload) {
      this.paint();
      this.tell();
    }
  }
}

/** What is looked at and what was edited, as one text to know it by. */
function selectionText({ head, query, key, stage, view }, edits) {
  return JSON.stringify({ head, query, key, stage, view, s: encodeEdits(edits) });
}

function selectedIn(header) {
  return selectionText(header.selection, editsOf(header));
}

/** A selection as the link has it: tokens and heads count from 1 there, 0 is none; without edits it has no `s`. */
function inLink(selection) {
  const counted = (value) => (value === null ? 0 : value + 1);
  const said = Object.entries(selection).filter(([name]) => name in IN_LINK);
  return Object.fromEntries(said.map(([name, value]) => [name, IN_LINK[name] ? counted(value) : value || null]));
}

function setText(button, tag, text) {
  const child = button.querySelector(tag) ?? button.appendChild(document.createElement(tag));
  if (child.textContent !== text) child.textContent = text;
}

function mark(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
