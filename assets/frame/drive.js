// This window's part in a class (attnlab/ui/classroom/). The teacher's own tells the room where it is whenever its address
// changes; a student's who tries something alone says so, and leads back. The window's name says which it is, so that it
// stays so from page to page, and ends with the window.

import { saidIn } from "../kit/conversation/ahead.js";
import { called, isFine, partOf } from "../kit/conversation/calls.js";
import { element, say } from "../kit/dom.js";
import { PREVIEW } from "../kit/conversation/preview.js";
import { pageAddress } from "../kit/pages.js";
import { fill } from "../kit/text.js";

const EVERY_MS = 200; // five posts a second at most: the last of those in between is what counts
const WAIT_MS = 1000; // after a refusal
const CLASS = "class";

export class Drive {
  /** @param {Window} window @param {(path: string, body: object) => Promise<{status: number, told: any}>} [post] a test has its own */
  constructor(window, post = called) {
    Object.assign(this, { window, post, part: partOf(window.name), told: "", due: null, timer: 0, over: "" });
    this.base = new URL(".", window.document.baseURI).pathname;
  }

  /** Nothing happens in a window that has no part in a class. */
  begin() {
    const { window } = this;
    if (!this.part) return;
    const written = window.document.querySelector('meta[name="attnlab-class"]');
    this.words = JSON.parse(written.content);
    this.sign = element("a", { className: "attnlab-class", href: pageAddress(CLASS, `room=${this.part.code}`, window.location) });
    window.document.addEventListener("DOMContentLoaded", () => window.document.body.append(this.sign));
    const moved = () => this.moved();
    if (window.navigation) window.navigation.addEventListener("currententrychange", moved);
    else setInterval(moved, EVERY_MS);
    window.addEventListener(PREVIEW, ({ detail }) => this.moved(detail));
    this.moved();
  }

  /** The page that is shown, as a path: empty for the explorer. */
  get page() {
    return this.window.location.pathname.slice(this.base.length);
  }

  /** The address is another one, or about to be. @param {object} [changes] what a control says that is being dragged */
  moved(changes = {}) {
    const { words, part, page } = this;
    this.sign.hidden = page === CLASS;
    this.window.document.documentElement.toggleAttribute("data-class", !this.sign.hidden);
    say(this.sign, this.over || fill(words[part.role], { code: part.code }));
    if (part.role !== "leads" || page === CLASS || this.over) return;
    const place = { page, link: saidIn(this.window.location.search, changes) };
    const text = JSON.stringify(place);
    if (text === this.told) return;
    this.told = text;
    this.due = place;
    if (!this.timer) this.tell();
  }

  /** Post what is due, and no sooner than a moment later what is due then. */
  async tell() {
    const place = this.due;
    this.due = null;
    this.timer = setTimeout(() => this.rested(), EVERY_MS);
    const { status, told } = await this.post(`/${this.part.code}`, place);
    if (isFine({ status })) return;
    if (status === 403 || status === 404) {
      this.over = told.sentence;
      this.moved();
    } else if (status === 429 || status === 503 || status === 0) {
      this.due ??= place;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.rested(), WAIT_MS);
    }
  }

  rested() {
    this.timer = 0;
    if (this.due && !this.over) this.tell();
  }
}
