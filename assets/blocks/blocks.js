// The blocks page: a stack as a diagram, a part of it open in place. What the pointer and the keyboard choose is shown at
// once as far as it is here; the numbers of another part come from the server, and what a link must remember goes there.

import { Ahead } from "../kit/conversation/ahead.js";
import { themeOf } from "../kit/painting/colors.js";
import { Conversation } from "../kit/conversation/conversation.js";
import { More, keepNumbers } from "../kit/more.js";
import { mounted } from "../kit/mount.js";
import { Diagram } from "./diagram.js";
import { Opened } from "./opened.js";
import { drawWires } from "./wires.js";

const SEND_AFTER_MS = 300; // while parts are walked one after the other the server has nothing to say about it
const TYPED = ["stack_text", "stack_target"];

export default mounted(".blocks", (place) => new Blocks(place));

class Blocks {
  constructor(place) {
    Object.assign(this, { place, root: place.root, parts: place.parts });
    this.chosen = { open: "", tokens: {}, head: 0, cell: null };
    this.conversation = new Conversation(this, SEND_AFTER_MS);
    const untold = () => ({ of: "blocks", ...this.conversation.untold });
    this.ahead = new Ahead((payload) => this.conversation.preview(payload), untold, TYPED, []);
    this.ahead.led = () => this.conversation.follow();
    this.more = new More({ now: () => this.payload, arrived: () => this.panel.root.isConnected && this.panel.mark() });
    this.widths = {}; // of the panel, by side
    this.walked = false; // whether the part that is about to open was walked to
    this.diagram = new Diagram(this.parts.columns, this);
    this.panel = new Opened(this);
    this.root.onkeydown = (event) => this.key(event);
    place.follow(this.root, (by) => this.resize(by));
  }

  dispose() {
    this.conversation.dispose();
    this.ahead.dispose();
    this.more.dispose();
  }

  resize(by) {
    if (by) this.widths = {};
    if (by && this.payload) this.paint();
    else this.wire();
  }

  // ---- what comes in ---------------------------------------------------------------------------------------------------

  receive(data) {
    this.conversation.confirm(data);
  }

  read() {
    return this.chosen;
  }

  readIn({ selection }) {
    return selection;
  }

  adopt({ selection }) {
    this.chosen = structuredClone(selection);
  }

  show(payload, repaint) {
    const isFirst = !this.payload;
    keepNumbers(this.payload, payload);
    this.payload = payload;
    this.keepInside();
    if (repaint) this.paint();
    if (isFirst) this.ahead.catchUp();
  }

  /** A shorter text may no longer have the followed token. */
  keepInside() {
    const { sides, selection } = this.payload.header;
    const { tokens } = this.chosen;
    this.chosen.tokens = Object.fromEntries(
      sides.map(({ side, tokens: { length } }) => [side, Math.min(tokens[side] ?? selection.tokens[side], length - 1)]),
    );
  }

  paint() {
    const { header } = this.payload;
    const colors = themeOf(this.place.host);
    this.root.setAttribute("aria-label", header.words.name);
    this.parts.keys.textContent = header.words.keys;
    const { plan } = this.diagram;
    this.diagram.show(this.payload, colors);
    if (plan !== header.plan) this.widths = {};
    this.paintOpened(colors);
    this.wire();
    this.place.stamp(header);
  }

  /** The panel goes to its part once the numbers of that have come; until then it stays where it was. */
  paintOpened(colors) {
    const { header, matrices } = this.payload;
    const { opened, words } = header;
    this.diagram.open(this.chosen.open);
    if (!this.chosen.open) return this.panel.root.remove();
    if (opened?.path !== this.chosen.open) return null;
    const { root, place } = this.diagram.rows.get(opened.path);
    place.append(this.panel.root);
    const own = Object.fromEntries(opened.matrices.map(({ name }) => [name, matrices[`open:${name}`]]));
    if (matrices["open:heads"]) own.heads = matrices["open:heads"];
    // Asked for only once a side: the answer makes the browser lay out the page.
    const width = (this.widths[opened.side] ??= place.clientWidth);
    this.panel.show(opened, own, { words, colors, width, tokens: opened.tokens });
    if (this.walked) root.scrollIntoView({ block: "nearest" });
    this.walked = false;
    return null;
  }

  wire() {
    drawWires(this.parts.wires, this.parts.columns);
  }

  /** Of what is sent as it looks the numbers that were looked for: whether they are not here yet. */
  awaits() {
    if (!this.payload.wanted.size) return false;
    this.more.lines();
    return true;
  }

  // ---- what is chosen --------------------------------------------------------------------------------------------------

  /** The followed token of a side. */
  tokenOf(side) {
    return this.chosen.tokens[side];
  }

  /**
   * @param {{open?: string, token?: number, head?: number, cell?: object}} part what is chosen anew
   * @param {string} side whose token; that of the open part if left out
   */
  choose({ token, ...part }, side = this.side) {
    Object.assign(this.chosen, part);
    if (token !== undefined) this.chosen.tokens[side] = token;
    if (part.open !== undefined) {
      this.chosen.cell = null;
      this.diagram.open(part.open);
      if (!part.open) this.panel.root.remove();
      this.wire();
    } else {
      this.diagram.follow();
      if (this.panel.root.isConnected) this.panel.mark();
    }
    this.conversation.choose(this.inLink());
    if (part.open || part.head !== undefined) this.ahead.ask();
  }

  /** What is chosen as the link will say it, counted from 1. */
  inLink() {
    const { open, tokens, head, cell } = this.chosen;
    const { link } = this.payload.header;
    const named = Object.fromEntries(Object.entries(tokens).map(([one, index]) => [link[one], index + 1]));
    return { stack_open: open, stack_head: head + 1, stack_cell: cell ? `${cell.name}.${cell.row + 1}.${cell.col + 1}` : "", ...named };
  }

  tell(selection) {
    this.place.send("selection", selection);
  }

  /** The side of what is open or has the focus. */
  get side() {
    const place = this.chosen.open || this.focused?.dataset.path || "";
    const last = this.payload.header.sides.at(-1).side;
    return place ? place.split(".")[0] : last;
  }

  get focused() {
    return this.root.getRootNode().activeElement?.closest?.("button[data-path]") ?? null;
  }

  // ---- keyboard ----------------------------------------------------------------------------------------------------------

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.payload) return;
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step && event.shiftKey) this.nextToken(step);
    else if (step) this.walk(step);
    else if (event.key.toLowerCase() === "h") this.nextHead(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape" && this.chosen.open) this.choose({ open: "" });
    else return;
    event.preventDefault();
  }

  /** To the next part of the computation; while one is open, the next one opens. */
  walk(step) {
    const { buttons } = this.diagram;
    const at = buttons.findIndex((button) => button === this.focused || (!this.focused && button.dataset.path === this.chosen.open));
    const next = buttons[Math.min(buttons.length - 1, Math.max(0, at + step))];
    next.focus();
    if (!this.chosen.open || next.dataset.path === this.chosen.open) return;
    this.walked = true;
    this.choose({ open: next.dataset.path });
  }

  nextToken(step) {
    const { side } = this;
    const { tokens } = this.payload.header.sides.find((one) => one.side === side);
    this.choose({ token: Math.min(tokens.length - 1, Math.max(0, this.tokenOf(side) + step)) }, side);
  }

  nextHead(step) {
    const { opened } = this.payload.header;
    if (!opened?.facts.heads) return;
    this.choose({ head: (this.chosen.head + step + opened.facts.heads) % opened.facts.heads });
  }
}
