// Two sentences, word by word, and lines between them: the thicker, the more a written word has of a read one.

import { button, element, refill, shape } from "../kit/dom.js";
import { fill, formatNumber } from "../kit/text.js";

const FAINTEST = 0.03; // shares below this have no line
const FAINTEST_OTHER = 0.12; // of the words that are not chosen
const THICKEST = 8; // pixels

export class Bridge {
  /** @param {HTMLElement} root @param {(word: number) => void} choose */
  constructor(root, choose) {
    this.root = root;
    this.choose = choose;
    this.source = root.querySelector(".source");
    this.target = root.querySelector(".target");
    this.svg = root.querySelector("svg");
  }

  /** Anew where the sentences are others. */
  build({ source, target, words }) {
    this.words = words;
    this.source.setAttribute("aria-label", words.source);
    this.target.setAttribute("aria-label", words.target);
    refill(this.source, ...source.map((one) => this.read(one)));
    refill(this.target, ...target.map((one, at) => this.writtenWord(one, at)));
    this.arrange();
  }

  read({ name, unknown }) {
    const about = unknown ? { className: "unknown", title: fill(this.words.unknown_word, { word: name }) } : "";
    return element("li", "", element("span", about, name));
  }

  writtenWord({ name, wrong, ends }, at) {
    const className = [wrong && "wrong", ends && "ends"].filter(Boolean).join(" ");
    return element("li", "", button({ className, tabIndex: -1 }, () => this.choose(at), name));
  }

  /** One sentence above the other where both fit a line, else side by side. */
  arrange() {
    this.root.classList.remove("beside");
    const fits = [this.source, this.target].every((list) => list.scrollWidth <= list.clientWidth + 1);
    this.root.classList.toggle("beside", !fits);
  }

  /**
   * @param {{shares: (word: number, read: number) => number, word: number, shown: number, pending: boolean, gold: Map}} look
   *   `shown` words are written so far; the chosen one is still awaited while `pending`
   */
  follow(look) {
    const { shares, word, shown, pending, gold } = look;
    [...this.target.children].forEach((item, at) => {
      item.classList.toggle("later", at >= shown);
      item.classList.toggle("pending", pending && at === word);
      item.firstChild.setAttribute("aria-pressed", String(at === word));
    });
    [...this.source.children].forEach((item, at) => {
      const share = shares(word, at);
      item.firstChild.style.setProperty("--share", `${Math.round(68 * Math.sqrt(share))}%`);
      item.dataset.gold = gold.get(`${word},${at}`) ?? "";
      item.dataset.share = formatNumber(share);
    });
    this.draw(look);
  }

  draw({ shares, word, shown }) {
    const base = this.root.getBoundingClientRect();
    const beside = this.root.classList.contains("beside");
    const boxes = (list) => [...list.children].map((item) => item.firstChild.getBoundingClientRect());
    const [read, written] = [boxes(this.source), boxes(this.target)];
    const paths = [];
    written.slice(0, shown).forEach((box, at) => {
      read.forEach((from, other) => {
        const share = shares(at, other);
        if (share < (at === word ? FAINTEST : FAINTEST_OTHER)) return;
        const path = shape("path", { d: between(from, box, base, beside), class: at === word ? "chosen" : "other" });
        path.style.strokeWidth = `${(at === word ? THICKEST : THICKEST / 2) * share + 0.5}px`;
        path.style.opacity = String(at === word ? 0.3 + 0.7 * share : 0.05 + 0.3 * share);
        paths.push([at === word, path]);
      });
    });
    paths.sort(([one], [other]) => one - other);
    refill(this.svg, ...paths.map(([, path]) => path));
  }
}

/** A curve that leaves a word and enters the other straight. */
function between(from, to, base, beside) {
  if (beside) {
    const [x1, y1] = [from.right - base.left, from.top + from.height / 2 - base.top];
    const [x2, y2] = [to.left - base.left, to.top + to.height / 2 - base.top];
    const middle = (x1 + x2) / 2;
    return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
  }
  const [x1, y1] = [from.left + from.width / 2 - base.left, from.bottom - base.top];
  const [x2, y2] = [to.left + to.width / 2 - base.left, to.top - base.top];
  const middle = (y1 + y2) / 2;
  return `M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`;
}
