// The card of a lesson's step: what is asked, how it is answered, what came of it, hints and ways on. What is done on it
// goes to the server, which alone knows the truth.

import { button, element, mark, refill, say } from "../kit/dom.js";
import { guessed } from "../kit/guess.js";
import { mounted } from "../kit/mount.js";
import { answering, asVote, untouched } from "./asks.js";

const WITH_GUESS = ["commit", "send", "race"]; // compute it; in a class, where the teacher computes; let a race decide

export default mounted(".lesson-card", (place) => new Card(place));

class Card {
  constructor(place) {
    Object.assign(this, { place, parts: place.parts, data: null, guess: null, count: 0 });
  }

  receive(data) {
    const isNew = this.data?.at.join() !== data.at.join();
    const isPicked = data.ask && data.ask.picked !== this.data?.ask?.picked;
    const before = this.data?.revision;
    this.data = data;
    if (isNew || (data.truth && data.guess !== undefined)) this.guess = data.guess ?? (data.ask ? untouched(data.ask) : null);
    else if (isPicked && (data.ask.picked ?? null) !== null) this.guess = data.ask.picked;
    if (before === data.revision && !isNew) return;
    this.paint();
    if (isNew && before) this.place.root.scrollIntoView({ block: "nearest" });
  }

  paint() {
    const { parts, data } = this;
    const { words } = data;
    mark(this.place.root, "aria-label", data.name);
    say(parts.place, data.place);
    say(parts.kind, words[data.kind]);
    say(parts.text, data.text);
    this.paintAnswer();
    const heads = data.said.map(({ strong, text }) => element("p", "", strong ? element("strong", "", `${strong} `) : null, text));
    refill(parts.said, ...heads);
    refill(parts.hints, ...data.hints.map((text) => element("li", "", text)));
    refill(parts.acts, ...data.acts.map((deed) => this.act(deed)));
    refill(parts.ways, ...data.ways.map(([deed, label]) => this.way(deed, label)));
    this.readyToCommit();
    this.place.host.dataset.revision = data.revision;
  }

  paintAnswer() {
    const { parts, data, guess } = this;
    if (!data.ask) refill(parts.answer);
    else refill(parts.answer, ...answering({ ask: data.ask, truth: data.truth, guess, words: data.words }, (made, repaint) => this.choose(made, repaint)));
  }

  choose(guess, repaint) {
    this.guess = guess;
    if (repaint) this.paintAnswer();
    this.readyToCommit();
  }

  act(deed) {
    const className = WITH_GUESS.includes(deed) ? "commit" : "";
    return button({ className }, () => this.do(deed), this.data.words[deed]);
  }

  way(deed, label) {
    return button({ className: deed === "next" ? "onward" : "" }, () => this.do(deed), label);
  }

  readyToCommit() {
    for (const made of this.parts.acts.querySelectorAll(".commit")) made.disabled = this.guess === null;
  }

  /** The count makes the same deed twice two messages. */
  do(deed) {
    this.count += 1;
    const guess = WITH_GUESS.includes(deed) ? this.guess : null;
    if (deed === "send") guessed(this.data.at, asVote(this.data.ask, guess));
    this.place.send("deed", { deed, guess, at: this.data.at, count: Date.now() + this.count });
  }
}
