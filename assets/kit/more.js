// What a wide picture leaves out and somebody looks for: lines of its matrices with their numbers, and what edits changed.

import { decodePayload } from "./payload.js";
import { isAlone } from "./conversation/server.js";

const REST_MS = 30; // a pointer on its way passes many cells
const COMPARED = { before: "before", difference: "changes" }; // what the server calls them
const AGAIN_MS = 2000; // as the server says, where too many wait (attnlab/ui/picture.py)

/** @typedef {import("../kit/payload.js").Payload} Payload */

export class More {
  /**
   * @param {{now: () => Payload, arrived: () => void}} page `arrived` is called when something has come, or will not come for now
   */
  constructor(page) {
    this.page = page;
    this.busy = false;
    this.inVain = null; // what was asked for last and did not come
    this.gone = new AbortController();
  }

  dispose() {
    clearTimeout(this.later);
    this.gone.abort();
  }

  /** Whether what is looked for will not come for now. */
  get isAway() {
    return this.inVain !== null && this.inVain === linesWanted(this.page.now());
  }

  /** Have the lines that are wanted. While others are on their way nothing is asked: who looks still will ask again. */
  lines() {
    const { header, wanted } = this.page.now();
    if (wanted.size && !header.covered) this.ask(linesWanted, takeLines);
  }

  /** Have the matrices as they were before the edits, or what these changed. @param {"before"|"difference"} compare */
  compared(compare) {
    this.ask((payload) => comparisonWanted(payload, compare), takeCompared);
  }

  /** Whether those did not come. Who is told so may ask again. */
  comparisonFailed(compare) {
    const failed = this.inVain !== null && this.inVain === comparisonWanted(this.page.now(), compare);
    if (failed) this.inVain = null;
    return failed;
  }

  /** @param {(payload: Payload) => string | null} wish @param {(payload: Payload, found: object) => void} take */
  async ask(wish, take) {
    if (this.busy) return;
    this.busy = true;
    await new Promise((done) => setTimeout(done, REST_MS));
    const payload = this.page.now();
    const link = wish(payload);
    const isNew = link && link !== this.inVain && !this.gone.signal.aborted;
    const found = isNew ? await this.fetched(link) : null;
    this.busy = false;
    if (!isNew || this.gone.signal.aborted) return;
    this.inVain = found ? null : link;
    if (found) take(payload, found.matrices);
    this.page.arrived();
  }

  async fetched(link) {
    if (isAlone()) return null;
    try {
      const response = await fetch(new URL(`picture?${link}`, document.baseURI), { signal: this.gone.signal });
      if (response.status === 200) return decodePayload(new Uint8Array(await response.arrayBuffer()));
      if (response.status === 429) this.askAgain();
    } catch {
      // The server is away: who looks is told.
    }
    return null;
  }

  askAgain() {
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      this.inVain = null;
      this.page.arrived();
    }, AGAIN_MS);
  }
}

/** The numbers of a layer stay while another cell of it is chosen. @param {Payload | undefined} from @param {Payload} to */
export function keepNumbers(from, to) {
  if (!from?.header.more || from.header.more.link !== to.header.more?.link) return;
  for (const [name, matrix] of Object.entries(from.matrices)) {
    const next = to.matrices[name];
    if (!next) to.matrices[name] = matrix; // what edits changed
    else if (next.lines) {
      next.lines.here = matrix.lines.here;
      if (!next.data) Object.assign(next, { data: matrix.data, sketch: matrix.sketch });
    }
  }
}

function comparisonWanted({ header }, compare) {
  return header.more ? `${header.more.link}&of=${COMPARED[compare]}` : null;
}

function linesWanted({ header, wanted }) {
  if (!wanted.size) return null;
  const lines = [...wanted].map((line) => `&line=${encodeURIComponent(line)}`);
  return `${header.more.link}&of=${header.more.of ?? "lines"}${lines.join("")}`;
}

function takeLines({ matrices }, found) {
  for (const { name: line, data } of Object.values(found)) {
    const [name, way, index] = line.split(".");
    matrices[name].lines.take(way, Number(index), data);
  }
}

/** As they were, to be painted; their numbers still come line by line. */
function takeCompared({ matrices }, found) {
  for (const matrix of Object.values(found)) {
    const { name, data, sketch } = matrix;
    matrices[name] = name in matrices ? { ...matrices[name], data, sketch } : matrix;
  }
}
