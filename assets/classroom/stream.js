// What a room tells, as it tells it: by server-sent events, or asked for where a proxy lets none through.

import { called, events, isFine } from "../kit/conversation/calls.js";

const FIRST_MS = 6000; // an event comes at once; where none has come by then, something holds them back
const POLL_MS = 2000;
const AGAIN_MS = 60_000; // after which events are tried once more

/** A seat: a random number, for browsers that keep no cookie here. */
export function newSeat() {
  const signs = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...signs)).replaceAll("+", "-").replaceAll("/", "_").slice(0, 22);
}

export class Stream {
  /**
   * @param {string} code of the room
   * @param {{take: (state: object) => void, refused: (sentence: string) => void}} heard
   * @param {string} seat
   * @param {{events: typeof events, called: typeof called}} [means] a test has its own
   */
  constructor(code, heard, seat, means = { events, called }) {
    Object.assign(this, { code, ...heard, seat, ...means, seen: "", timers: new Set(), closed: false });
    this.look().then(() => this.listen());
  }

  close() {
    this.closed = true;
    this.source?.close();
    for (const timer of this.timers) clearTimeout(timer);
  }

  after(ms, act) {
    if (this.closed) return null;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, ms);
    this.timers.add(timer);
    return timer;
  }

  /** Ask once. @returns {Promise<boolean>} whether there is a room to hear of */
  async look() {
    const answer = await this.called(`/${this.code}?seen=${this.seen}&seat=${this.seat}`);
    if (this.closed) return false;
    if (answer.told && isFine(answer)) this.heard(answer.told);
    else if (answer.status >= 400 && answer.status < 500) this.refused(answer.told.sentence);
    this.isGone = answer.status === 404;
    return !this.isGone;
  }

  heard(state) {
    this.seen = state.seen;
    this.take(state);
  }

  listen() {
    if (this.closed || this.isGone) return;
    this.source = this.events(`/${this.code}/events?seat=${this.seat}`);
    const late = this.after(FIRST_MS, () => this.poll());
    this.source.onmessage = ({ data }) => {
      clearTimeout(late);
      this.heard(JSON.parse(data));
    };
    this.source.onerror = () => {
      // It tries again by itself where the connection was lost; where it was refused, or is over, it does not.
      clearTimeout(late);
      this.source.close();
      this.after(POLL_MS / 2, () => this.look().then((there) => there && this.poll()));
    };
  }

  /** Ask again and again; now and then try whether events come through. */
  poll(until = performance.now() + AGAIN_MS) {
    this.source.close();
    if (performance.now() > until) this.listen();
    else this.after(POLL_MS, () => this.look().then((there) => there && this.poll(until)));
  }
}
