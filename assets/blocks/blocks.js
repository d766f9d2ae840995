// The blocks page: a stack as a diagram, a part of it open in place. What the pointer and the keyboard choose is shown at
// once as far as it is here; the numbers of another part come from the server, and what a link must remember goes there.

import { Ahead } from "../kit/ahead.js";
import { themeOf } from "../kit/colors.js";
import { decodePayload } from "../kit/payload.js";
import { Diagram } from "./diagram.js";
import { Opened } from "./opened.js";
import { drawWires } from "./wires.js";

const SEND_AFTER_MS = 300; // while parts are walked one after the other the server has nothing to say about it
const AUTHORITY_AFTER_MS = 1000;
const TYPED = ["stack_text", "stack_target"];

/** @type {WeakMap<object, Blocks>} */
const pages = new WeakMap();

/** Called by Streamlit on mount, on new data and on a change of theme. */
export default function render({ data, parentElement, setStateValue }) {
  let page = pages.get(parentElement);
  if (!page) {
    page = new Blocks(parentElement);
    pages.set(parentElement, page);
  }
  page.send = (selection) => setStateValue("selection", selection);
  if (data instanceof Uint8Array) page.confirm(data);
  return () => {
    page.dispose();
    pages.delete(parentElement);
  };
}

class Blocks {
  constructor(parent) {
    this.host = parent.host ?? parent;
    this.root = parent.querySelector(".blocks");
    this.parts = Object.fromEntries([...this.root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
    this.chosen = { open: "", tokens: {}, head: 0, cell: null };
    this.awaited = []; // selections sent whose echo has not come back
    this.untold = {}; // what was chosen and is not in the link yet, as the link will say it
    this.ahead = new Ahead((payload) => this.preview(payload), () => ({ of: "blocks", ...this.untold }), TYPED, []);
    this.widths = {}; // of the panel, by side
    this.walked = false; // whether the part that is about to open was walked to
    this.diagram = new Diagram(this.parts.columns, this);
    this.panel = new Opened(this);
    this.root.onkeydown = (event) => this.key(event);
    this.width = this.root.clientWidth;
    this.observer = new ResizeObserver(([{ contentRect }]) => {
      const widened = contentRect.width !== this.width;
      this.width = contentRect.width;
      if (widened) this.widths = {};
      if (this.payload && widened) this.paint();
      else this.wire();
    });
    this.observer.observe(this.root);
  }

  dispose() {
    clearTimeout(this.sending);
    clearTimeout(this.holding);
    this.ahead.dispose();
    this.observer.disconnect();
  }

  // ---- what comes in ---------------------------------------------------------------------------------------------------

  /** From the picture's own address, ahead of the run that will say the same. */
  preview(payload) {
    if (!this.payload || payload.header.revision === this.payload.header.revision) return;
    this.previewed = performance.now();
    this.payload = payload;
    if (!Object.keys(this.untold).length) {
      this.adopt(payload.header.selection);
      this.known = JSON.stringify(payload.header.selection);
    }
    this.paint();
  }

  /** From a run of the page, which is right unless previews have come in since: as on the stage. */
  confirm(data) {
    const again = data === this.confirmed; // another theme
    this.confirmed = data;
    const payload = decodePayload(data);
    const differs = payload.header.revision !== this.payload?.header.revision;
    const wait = (this.previewed ?? -Infinity) + AUTHORITY_AFTER_MS - performance.now();
    clearTimeout(this.holding);
    if (differs && wait > 0) this.holding = setTimeout(() => this.receive(payload), wait);
    else this.receive(payload, differs || again);
  }

  receive(payload, repaint = true) {
    const { selection } = payload.header;
    const text = JSON.stringify(selection);
    const echo = this.awaited.lastIndexOf(text);
    if (echo >= 0) this.awaited.splice(0, echo + 1);
    else if (text !== this.known) this.adopt(selection);
    this.known = text;
    this.payload = payload;
    if (!this.awaited.length && text === JSON.stringify(this.chosen)) this.untold = {};
    if (repaint) this.paint();
  }

  adopt(selection) {
    this.chosen = structuredClone(selection);
  }

  paint() {
    const { header } = this.payload;
    const colors = themeOf(this.host);
    this.root.setAttribute("aria-label", header.words.name);
    this.parts.keys.textContent = header.words.keys;
    const { plan } = this.diagram;
    this.diagram.show(this.payload, colors);
    if (plan !== header.plan) this.widths = {};
    this.paintOpened(colors);
    this.wire();
    this.host.dataset.revision = header.revision;
    this.host.dataset.params = JSON.stringify(header.params);
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
    const { open, tokens, head, cell } = this.chosen;
    const { link } = this.payload.header;
    const named = Object.fromEntries(Object.entries(tokens).map(([one, index]) => [link[one], index + 1]));
    this.untold = { stack_open: open, stack_head: head + 1, stack_cell: cell ? `${cell.name}.${cell.row + 1}.${cell.col + 1}` : "", ...named };
    if (part.open || part.head !== undefined) this.ahead.ask();
    clearTimeout(this.sending);
    this.sending = setTimeout(() => this.tell(), SEND_AFTER_MS);
  }

  tell() {
    const selection = structuredClone(this.chosen);
    this.awaited.push(JSON.stringify(selection));
    this.send(selection);
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
