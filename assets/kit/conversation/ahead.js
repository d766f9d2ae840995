// Pictures ahead of the page's own run. Streamlit writes a control's value into the link at once; the run that follows
// goes through every widget of the page. The matrices follow from the link alone, so they are fetched as it changes.

import { LED, leader } from "./led.js";
import { decodePayload } from "../payload.js";
import { FOLLOWED, PREVIEW } from "./preview.js";
import { isAlone } from "./server.js";

/** The parameters of a link with these changes; null takes a parameter away. */
export function saidIn(search, changes) {
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  return query.toString();
}

/** While another page is on its way its address does not say in which language this one is. */
function inPageLanguage(link) {
  const { language } = document.documentElement.dataset;
  return language && !new URLSearchParams(link).has("lang") ? saidIn(link, { lang: language }) : link;
}

const LONGEST_LINK = 16_000; // characters; servers take little more in an address, and the run takes any

export class Ahead {
  /**
   * @param {(payload: object) => void} take called with each picture, in the order they were asked for
   * @param {() => object | null} untold what the link is about to say; null while nothing is to be asked for
   * @param {string[]} typed fields that are followed while they are typed into
   * @param {string[]} dragged settings that are followed while they are dragged
   */
  constructor(take, untold, typed = ["sentence"], dragged = ["temperature"]) {
    Object.assign(this, { take, untold, fields: typed, dragged });
    this.wanted = null; // the latest link asked for while another one is on its way
    this.busy = false;
    this.led = () => {}; // called when a teacher leads on
    this.gone = new AbortController();
    const { signal } = this.gone;
    // Browsers without this event see the picture when the run brings it.
    window.navigation?.addEventListener("currententrychange", () => this.ask(), { signal });
    if (window.navigation) window.addEventListener(FOLLOWED, (event) => event.preventDefault(), { signal });
    window.addEventListener(LED, () => this.followLeader(), { signal });
    window.addEventListener(PREVIEW, (event) => this.answer(event), { signal });
    // A syllable that is being composed is no text yet; what has become of it is.
    document.addEventListener("input", ({ target, isComposing }) => isComposing || this.typed(target), { signal });
    document.addEventListener("compositionend", ({ target }) => this.typed(target), { signal });
  }

  dispose() {
    this.gone.abort();
  }

  /** The control need not trouble the server while it moves: we do. */
  answer(event) {
    if (!Object.keys(event.detail).every((name) => this.dragged.includes(name))) return;
    event.preventDefault();
    this.ask(event.detail);
  }

  followLeader() {
    this.led();
    this.ask();
  }

  /** What was drawn first may be older than what the teacher shows by now. */
  catchUp() {
    if (leader() !== null) this.followLeader();
  }

  typed(target) {
    const field = this.fields.find((name) => target.closest?.(`.st-key-${name}`));
    if (field) this.ask({ [field]: target.value });
  }

  /** Fetch the picture of the link with these changes. While one is on its way only the latest wish is kept. */
  async ask(changes = {}) {
    const untold = this.untold();
    if (!untold) return;
    this.wanted = inPageLanguage(saidIn(leader() ?? location.search, { ...untold, ...changes }));
    if (this.busy) return;
    this.busy = true;
    while (this.wanted !== null && !this.gone.signal.aborted) {
      const link = this.wanted;
      this.wanted = null;
      const payload = await this.fetched(link);
      if (payload && !this.gone.signal.aborted) this.take(payload);
    }
    this.busy = false;
  }

  /** A refusal (204), a server that has too much to do (429) or is away, is the run's to report: null. */
  async fetched(link) {
    if (isAlone() || !navigator.onLine || link.length > LONGEST_LINK) return null;
    try {
      const options = { signal: this.gone.signal, priority: "high" };
      const response = await fetch(new URL(`picture?${link}`, document.baseURI), options);
      return response.status === 200 ? decodePayload(new Uint8Array(await response.arrayBuffer())) : null;
    } catch {
      return null;
    }
  }
}
