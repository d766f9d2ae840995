// The stage: pipeline strip, heads, matrices, arithmetic. It draws what the server sent and answers the pointer and the
// keyboard by itself; only the choice of a head, and what a link must remember, goes back to the server.

import { Ahead, saidIn } from "../kit/conversation/ahead.js";
import { themeOf } from "../kit/painting/colors.js";
import { Conversation } from "../kit/conversation/conversation.js";
import { mark, say } from "../kit/dom.js";
import { sayLegend } from "../kit/legend.js";
import { More, keepNumbers } from "../kit/more.js";
import { mounted } from "../kit/mount.js";
import { savePicture } from "../kit/painting/save.js";
import { isAlone } from "../kit/conversation/server.js";
import { cell } from "../kit/payload.js";
import { fill, formatNumber } from "../kit/text.js";
import { Board } from "./drawing/board.js";
import { Brush } from "./edits/brush.js";
import { stageCaption } from "./drawing/caption.js";
import { editedStage, editsOf, lookedAt } from "./edits/edits.js";
import { Film, filmedCell, momentOf, stateAt } from "./film.js";
import { Hand } from "./hand.js";
import { paintHeads, paintStrip } from "./heads.js";
import { deedOf } from "./keys.js";
import { RESULT, STAGES } from "./drawing/layout.js";
import { inLink, selectionOf } from "./selection.js";
import { telling } from "./telling.js";
import { Tools, VIEWS } from "./tools.js";
import { Wheel } from "./wheel.js";
import { Workshop } from "./edits/workshop.js";

const SEND_AFTER_MS = 150;
const WITHOUT_NUMBERS = ["walk", "matrix", "head", "earlier", "later", "unpin"]; // deeds that need none

export default mounted(".stage", (place) => new Stage(place));

class Stage {
  constructor(place) {
    const { root, parts } = place;
    Object.assign(this, { place, root, parts });
    this.state = { stage: "softmax", view: "matrix", query: null, key: null, numbers: false, progress: 1, compare: "after", painting: false };
    this.conversation = new Conversation(this, SEND_AFTER_MS);
    this.ahead = new Ahead((payload) => this.conversation.preview(payload), () => this.asked(), ["sentence", "m_second"], ["temperature", "drawn"]);
    this.ahead.led = () => this.conversation.follow();
    this.film = new Film((moment) => this.goTo(moment), () => this.rest());
    this.board = new Board(parts);
    this.more = new More({ now: () => this.payload, arrived: () => this.arrived() });
    this.waiting = null; // what is done as soon as the numbers are here that it reads
    const now = () => ({ payload: this.payload, state: this.state });
    const choose = (change) => this.choose(change);
    this.hand = new Hand(this.board, { now, choose, pointed: () => this.paintOver() });
    this.workshop = new Workshop(parts, this.board, { now, choose, ...this.drafts() });
    this.brush = new Brush(this.board, { now, ...this.workshop.strokes() });
    const [play, save] = [() => this.playOrPause(), (kind) => this.whenRead(() => this.save(kind))];
    this.tools = new Tools(parts, { choose, play, save, scrub: (moment) => this.scrub(moment) });
    this.deeds = this.deedsOfKeys();
    this.listen();
    place.follow(parts.board, (by) => by && this.payload && this.paint());
  }

  dispose() {
    this.film.stop();
    this.conversation.dispose();
    this.ahead.dispose();
    this.more.dispose();
  }

  // ---- what the conversation is about --------------------------------------------------------------------------

  receive(data) {
    this.conversation.confirm(data);
  }

  read() {
    return selectionOf(this.state, this.workshop.edits, this.workshop.others);
  }

  /** What a picture ahead of a run is asked for with, beside the link of the page. */
  asked() {
    const of = this.payload?.header.of;
    return of ? { of, ...this.conversation.untold } : this.conversation.untold;
  }

  readIn(header) {
    return selectionOf(header.selection, editsOf(header), header.selection.others);
  }

  drafting() {
    return this.workshop.draft !== null;
  }

  adopt(header) {
    const { layer, head, query, key, stage, view, others } = header.selection;
    Object.assign(this.state, { layer, query, key, stage, view, head, progress: 1 });
    this.hand.pinPair();
    this.workshop.adopt(editsOf(header), others);
  }

  show(payload, repaint) {
    const isFirst = !this.payload;
    if (payload.header.revision !== this.payload?.header.revision) {
      keepNumbers(this.payload, payload);
      this.payload = payload;
      this.root.dataset.of = payload.header.of ?? "";
      this.root.classList.toggle("covered", Boolean(payload.header.covered));
    }
    this.keepInside();
    if (repaint) this.paint();
    this.root.classList.add("ready");
    if (isFirst) this.ahead.catchUp();
  }

  /** A shorter sentence may no longer have the chosen tokens. */
  keepInside() {
    const last = this.payload.header.tokens.length - 1;
    for (const name of ["query", "key"]) {
      if (this.state[name] !== null) this.state[name] = Math.min(this.state[name], last);
    }
    this.hand.keepInside();
  }

  tell(selection) {
    if (!this.workshop.touched) for (const name of ["s", "elsewhere"]) delete selection[name];
    this.conversation.untold = inLink(selection);
    this.place.send("selection", selection);
  }

  // ---- painting ------------------------------------------------------------------------------------------------

  paint() {
    const { payload, state, parts } = this;
    const { header } = payload;
    const { edits } = this.workshop;
    this.colors = themeOf(this.place.host);
    if (header.covered) state.view = "matrix"; // the others draw what is covered
    state.result = RESULT[state.stage];
    state.filming = this.film.isPlaying || state.progress < 1;
    if (!this.workshop.isEdited) state.compare = "after";
    if (state.stage !== "mask") state.painting = false;
    this.look();
    paintStrip(parts.strip, header, state.stage, (stage) => this.choose({ stage, progress: 1 }));
    const { thumbnails } = this.looked.shown.matrices;
    paintHeads(parts.heads, { header, thumbnails, edits, head: state.head, colors: this.colors }, (head) => this.choose({ head }));
    this.board.paint(this.looked, state, this.colors, this.place.width);
    if (!this.hand.hover) this.board.reveal(this.cursor());
    this.paintOver();
    this.tools.paint(header, state, this.film.isPlaying);
    say(parts.beside, this.board.aboutNumbers(header.text.tools));
    sayLegend(parts.legend, this.board.scales, header.text.legend, this.colors);
    this.workshop.paint();
    this.root.setAttribute("aria-label", header.text.tools.stage);
    this.place.stamp(header);
  }

  look() {
    const { payload, state } = this;
    if (this.looked?.payload === payload && this.looked.compare === state.compare) return;
    this.looked = lookedAt(payload, state.compare);
    if (this.looked.compare !== state.compare) this.more.compared(state.compare);
  }

  /** What depends on the pointer: labels, frames, and the sum below. */
  paintOver() {
    if (!this.payload || !this.board.scene) return;
    const { text } = this.payload.header;
    const at = this.cursor();
    const made = this.board.explained(at);
    this.board.paintOver(at, made);
    this.tellOf(at, made);
    if (!this.film.isPlaying) this.more.lines();
    this.parts.title.textContent = made ? made.title : text.hints.title;
    this.parts.lines.dataset.of = made ? "cell" : "hint";
    this.parts.lines.textContent = made ? this.saidOf(made).join("\n") : text.hints.start;
  }

  /** To whom the followed word listens; and what a pinned cell of another matrix holds, for those who cannot see it. */
  tellOf(at, made) {
    const { parts, state, hand } = this;
    const { said, next } = telling(this.looked.shown, state.filming ? null : at, state);
    say(parts.telling, said);
    say(parts.next, next);
    if (this.film.isPlaying) say(parts.spoken, this.payload.header.text.stages[state.stage].line);
    else if (!hand.hover) say(parts.spoken, this.spokenOf(hand.pinned, made));
    const canSet = Boolean(hand.hover) && state.view === "matrix" && !isAlone() && editedStage(hand.hover.name, state.stage) !== null;
    parts.over.classList.toggle("settable", canSet);
    mark(parts.over, "title", canSet ? this.payload.header.text.hints.change : null);
  }

  /** The head that is looked at, and the number of a cell in a matrix without shares. */
  spokenOf(at, made) {
    const { text, heads } = this.payload.header;
    const { label } = heads[this.state.head];
    const head = fill(text.telling.head, { number: this.state.head + 1, label: text.heads.labels[label] ?? label ?? "" });
    if (!at || !made || at.name === "weights" || this.payload.header.covered) return head;
    const number = cell(this.looked.shown.matrices[at.name], at.row, at.col);
    return number === undefined ? made.title : fill(text.telling.cell, { title: made.title, value: formatNumber(number) });
  }

  /** The lines of a sum, or why they are not here. */
  saidOf({ isWhole, lines }) {
    if (isWhole) return lines;
    if (this.payload.header.covered) return [this.payload.header.covered];
    const { playing, waiting, away } = this.payload.header.more.words;
    return [this.film.isPlaying ? playing : this.more.isAway ? away : waiting];
  }

  /** What was left out of the picture has come, or will not come for now. */
  arrived() {
    const { state, looked, payload } = this;
    if (looked.compare === state.compare) this.paintOver();
    else if (this.more.comparisonFailed(state.compare)) {
      this.choose({ compare: "after" });
      this.workshop.note(payload.header.more.words.no_comparison);
    } else this.paint();
    this.goOn();
  }

  /** Do what reads numbers: now if they are here, else when they are, or will not come for now. */
  whenRead(act) {
    this.waiting = act;
    if (this.payload.wanted.size && this.film.isPlaying) this.film.pause(momentOf(this.state));
    this.more.lines();
    this.goOn();
  }

  goOn() {
    const { waiting, payload } = this;
    if (!waiting || (payload.wanted.size && !this.more.isAway)) return;
    this.waiting = null;
    waiting();
  }

  /** The cell spoken of: the one being computed, the one under the pointer, the pinned one. */
  cursor() {
    return filmedCell(this.state, this.payload.matrices) ?? this.hand.cell;
  }

  /** What is on the board, with its caption, as a file. */
  save(kind) {
    const { payload, state, board, colors } = this;
    const at = this.cursor();
    const explained = board.explained(at);
    const made = explained && { ...explained, lines: this.saidOf(explained) };
    const paint = (context) => {
      board.paintBase(context);
      board.paintMarks(context, at, made);
    };
    const caption = stageCaption(payload.header, { ...state, compare: this.looked.compare }, made, this.address());
    const name = `attention-${state.view}-head-${state.head + 1}`;
    const size = { width: board.scene.width, height: board.scene.height };
    savePicture({ name, ...size, caption, colors, paint, scales: board.scales, legend: payload.header.text.legend }, kind);
  }

  /** What opens the same picture again; nothing, where it is a file. */
  address() {
    if (isAlone()) return null;
    const address = new URL(location.href);
    address.search = saidIn(address.search, this.conversation.untold);
    return address.href;
  }

  // ---- what the user does --------------------------------------------------------------------------------------

  listen() {
    const { over } = this.parts;
    this.wheel = new Wheel((by) => this.nextLayer(by));
    // With Alt alone: the wheel itself scrolls the page, with Ctrl it zooms, with Shift it scrolls sideways.
    this.root.addEventListener("wheel", (event) => event.altKey && this.hasLayers() && this.wheel.turn(event), { passive: false });
    over.onpointermove = (event) => this.point(event);
    over.onpointerleave = () => this.hand.point(null);
    over.onclick = (event) => this.click(event);
    over.onpointerdown = (event) => this.brush.begin(event);
    over.onlostpointercapture = () => this.brush.end();
    this.root.onkeydown = (event) => this.press(event);
  }

  point(event) {
    if (!this.payload) return;
    this.brush.move(event);
    this.hand.point(this.board.cellUnder(event));
  }

  click(event) {
    const at = this.board.cellUnder(event);
    if (this.state.painting && at?.name === "masked_scores") return;
    this.root.focus({ preventScroll: true });
    if (this.hand.click(event, at) && !this.payload.header.covered) this.workshop.editCell(at);
  }

  /** Change what is looked at, repaint, and tell the server when the user has come to rest. */
  choose(change) {
    if ("stage" in change || "view" in change) this.film.rewind();
    Object.assign(this.state, change);
    if ("stage" in change || "view" in change) this.hand.pinPair();
    this.workshop.note("");
    this.paint();
    this.conversation.choose(inLink(change));
    if (["layer", "head", "s"].some((name) => name in change)) this.ahead.ask();
  }

  press(event) {
    if (!this.payload || event.altKey || event.target.tagName === "INPUT") return;
    if (event.ctrlKey || event.metaKey) {
      if (this.workshop.pressUndo(event)) event.preventDefault();
      return;
    }
    const [deed, ...how] = deedOf(event) ?? [];
    if (!deed || (this.payload.header.covered && !WITHOUT_NUMBERS.includes(deed))) return;
    if (deed === "play" && event.target.tagName === "BUTTON") return; // it presses that
    if (deed === "edit" && event.target !== this.root) return;
    if (deed === "layer" && !this.hasLayers()) return; // the page scrolls
    this.deeds[deed](...how);
    event.preventDefault();
  }

  deedsOfKeys() {
    const { hand, workshop, state } = this;
    return {
      walk: (down, right) => hand.walk(down, right),
      matrix: (by) => hand.walkMatrices(by),
      head: (by) => this.nextHead(by),
      layer: (by) => this.nextLayer(by),
      earlier: () => this.nextStage(-1),
      later: () => this.nextStage(1),
      play: () => this.playOrPause(),
      numbers: () => this.choose({ numbers: !state.numbers }),
      view: () => this.choose({ view: VIEWS[(VIEWS.indexOf(state.view) + 1) % VIEWS.length] }),
      unpin: () => hand.pin(null),
      edit: () => workshop.editCell(hand.pinned),
      switchHead: () => workshop.switchHead(),
      flipMask: () => workshop.flipMask(hand.pinned),
      swapTokens: () => workshop.swapTokens(),
    };
  }

  nextHead(by) {
    const { heads } = this.payload.header;
    let head = this.state.head;
    do head = (head + by + heads.length) % heads.length;
    while (heads[head].absent);
    this.choose({ head });
  }

  /** Whether the layer is one of a pretrained model, and the others are a key away. */
  hasLayers() {
    return this.payload?.header.selection.layers > 1 && !isAlone();
  }

  /** The same head of another layer of a pretrained model. Edits stay with the layer that they were made in. */
  nextLayer(by) {
    const layer = clamp(this.state.layer + by, this.payload.header.selection.layers);
    if (layer === this.state.layer) return;
    this.workshop.keepDraft();
    this.choose({ layer, compare: "after", ...this.workshop.moveTo(layer, this.state.layer) });
  }

  nextStage(by) {
    const next = Math.max(0, Math.min(STAGES.length - 1, STAGES.indexOf(this.state.stage) + by));
    this.choose({ stage: STAGES[next], progress: 1 });
  }

  // ---- the film ------------------------------------------------------------------------------------------------

  playOrPause() {
    if (this.film.isPlaying) this.film.pause(momentOf(this.state));
    else this.film.play();
  }

  scrub(moment) {
    this.film.pause(moment);
    this.goTo(moment);
    this.conversation.choose();
  }

  goTo(moment) {
    Object.assign(this.state, stateAt(moment));
    this.paint();
  }

  /** The film has stopped. */
  rest() {
    if (!this.payload) return;
    this.paint();
    this.conversation.tell();
  }

  // ---- edits that are being made -------------------------------------------------------------------------------

  /** What the workshop has of us: pictures of drafts, and what the link says of them. */
  drafts() {
    const whenRead = (act) => this.whenRead(act);
    const ask = (s) => {
      Object.assign(this.conversation.untold, this.workshop.said(s));
      this.ahead.ask();
    };
    const sketched = (s) => {
      this.state.compare = "after";
      ask(s);
    };
    const dropped = (s) => {
      ask(s);
      this.conversation.tell();
      this.paint();
    };
    return { sketched, dropped, whenRead, focus: () => this.root.focus({ preventScroll: true }) };
  }
}

const clamp = (layer, count) => Math.max(0, Math.min(layer, count - 1));
