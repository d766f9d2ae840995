// Between a canvas and the server: what was chosen here and is not told yet, what was told and is not back yet, and which
// of the pictures that arrive is right.

import { decodePayload } from "../payload.js";

const AUTHORITY_AFTER_MS = 1000;

/**
 * @typedef {Object} Canvas
 * @property {() => object} read what is looked at, in the words and the order of `readIn`
 * @property {(header: object) => object} readIn what a message says is looked at
 * @property {(header: object) => void} adopt look at that
 * @property {(payload: import("../payload.js").Payload, repaint: boolean) => void} show
 * @property {(selection: object) => void} tell the server
 * @property {() => boolean} [drafting] whether something is being made that no run knows of
 */

export class Conversation {
  /** @param {Canvas} canvas @param {number} rest how long nothing is chosen before the server is told, in milliseconds */
  constructor(canvas, rest) {
    Object.assign(this, { canvas, rest });
    this.awaited = []; // selections told whose echo has not come back
    this.untold = {}; // what was chosen and is not in the link yet, as the link will say it
    this.sending = 0; // the timer of a choice that is not told
    this.previewed = -Infinity; // when
    this.held = null; // from a run that differs from what was previewed
  }

  dispose() {
    clearTimeout(this.sending);
    clearTimeout(this.holding);
  }

  // ---- what comes in -----------------------------------------------------------------------------------------------

  /** From the picture's own address, ahead of the run that will say the same. */
  preview(payload) {
    const { header } = payload;
    if (this.revision === undefined) return;
    if (header.revision === this.revision && !(this.isLed && this.isNews(header))) return;
    this.previewed = performance.now();
    if (this.isNews(header) && !Object.keys(this.untold).length) this.adopt(header);
    this.show(payload, true);
    if (this.held) this.hold(this.held, AUTHORITY_AFTER_MS); // it is older than this one too
  }

  /** A teacher leads on: whatever was chosen here gives way to what is shown there. */
  follow() {
    clearTimeout(this.sending);
    Object.assign(this, { isLed: true, sending: 0, untold: {}, awaited: [], known: undefined });
  }

  /**
   * From a run of the page. While previews come in, a run that differs is mostly an older one that was on its way; if
   * none of those that follow agrees with what is on screen, the run is right. One that agrees has nothing to paint,
   * but the same message again means another theme.
   * @param {Uint8Array} data
   */
  confirm(data) {
    const again = data === this.confirmed;
    this.confirmed = data;
    const payload = decodePayload(data);
    const differs = payload.header.revision !== this.revision;
    const wait = this.previewed + AUTHORITY_AFTER_MS - performance.now();
    if (differs && wait > 0) this.hold(payload, wait);
    else this.receive(payload, differs || again);
  }

  /** It is right if nothing else comes. @param {number} wait in milliseconds */
  hold(payload, wait) {
    clearTimeout(this.holding);
    this.held = payload;
    this.holding = setTimeout(() => this.receive(payload), wait);
  }

  /** From a run that is right. Only what has just been chosen is newer: the server is about to hear of it. */
  receive(payload, repaint = true) {
    clearTimeout(this.holding);
    this.held = null;
    const { header } = payload;
    const echo = this.awaited.lastIndexOf(textOf(this.canvas.readIn(header)));
    if (echo >= 0) this.awaited.splice(0, echo + 1);
    else if (this.isNews(header) && !this.sending) this.adopt(header);
    this.known = textOf(this.canvas.readIn(header));
    if (this.canvas.drafting?.()) return; // the picture on screen is ahead of all runs
    if (!this.awaited.length && this.known === textOf(this.canvas.read())) this.untold = {};
    this.show(payload, repaint);
  }

  /** Whether a message says something else than the one before. */
  isNews(header) {
    return textOf(this.canvas.readIn(header)) !== this.known;
  }

  adopt(header) {
    this.canvas.adopt(header);
    this.known = textOf(this.canvas.readIn(header));
    this.awaited = [];
  }

  show(payload, repaint) {
    this.revision = payload.header.revision;
    this.canvas.show(payload, repaint);
  }

  // ---- what goes out -----------------------------------------------------------------------------------------------

  /** Something was chosen; the server is told when the user has come to rest. @param {object} [said] as the link will say it */
  choose(said = {}, rest = this.rest) {
    Object.assign(this.untold, said);
    clearTimeout(this.sending);
    this.sending = setTimeout(() => this.tell(), rest);
  }

  tell() {
    clearTimeout(this.sending);
    this.sending = 0;
    if (this.canvas.drafting?.()) return; // whatever becomes of it is told then
    const text = textOf(this.canvas.read());
    if (text === this.known && !this.awaited.length) {
      this.untold = {};
      return;
    }
    this.awaited.push(text);
    this.canvas.tell(JSON.parse(text));
  }
}

/** One text to know a selection by. */
function textOf(selection) {
  return JSON.stringify(selection);
}
