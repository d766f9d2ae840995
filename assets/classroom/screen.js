// What a student sees of a room: whom the picture follows, the way to try something, and the question.

import { called, isFine, nameOf } from "../kit/conversation/calls.js";
import { element, refill, say } from "../kit/dom.js";
import { GUESSED } from "../kit/guess.js";
import { pageAddress } from "../kit/pages.js";
import { fill } from "../kit/text.js";
import { ballot } from "./ballot.js";
import { results } from "./results.js";

/** The address of what the teacher shows, with the controls that the teacher has chosen for it. */
export function tryAddress({ page, link, controls }) {
  const query = new URLSearchParams(link);
  if (page === "") {
    for (const [name, chosen] of Object.entries(controls)) for (const one of chosen) query.append(`class_${name}`, one);
  }
  return pageAddress(page, query.toString());
}

/** Of which canvas there is a picture to follow; undefined where there is none. @param {object} state of the room */
export function canvasOf({ page, step }, canvases) {
  return step ? step.canvas : canvases[page];
}

/** An answer as the room keeps it. */
export function keptAs({ kind, low, high }, given) {
  if (!Array.isArray(given)) return String(given);
  const total = given.reduce((sum, one) => sum + one, 0);
  const percent = { weights: (one) => (100 * one) / total, curve: (one) => (100 * (one - low)) / (high - low) }[kind];
  return given.map((one) => (percent ? Math.round(percent(one)) : one)).join(".");
}

export class Screen {
  /** @param {HTMLElement} root @param {object} data as the page sends it @param {string} code of the room */
  constructor(root, data, code, seat) {
    Object.assign(this, { root, data, code, seat, words: data.words, answer: null, polled: "", open: "" });
    this.following = element("span", { role: "status" });
    this.way = element("a", "main");
    this.way.onclick = () => {
      window.name = nameOf("tries", code);
    };
    this.refused = element("p", { className: "refused", role: "alert" });
    this.question = element("div", "question");
    this.gone = new AbortController();
    window.addEventListener(GUESSED, ({ detail }) => this.guessed(detail), { signal: this.gone.signal });
    refill(root, element("p", "banner", this.following, this.way), this.refused, this.question);
  }

  dispose() {
    this.gone.abort();
  }

  /** What was guessed on the card of a step is the answer to the question that the step asks. */
  guessed({ step, answer }) {
    if (this.poll?.state === "open" && this.poll.step === step) this.vote(this.poll, answer);
  }

  show(state) {
    const { words, data } = this;
    const isShown = canvasOf(state, data.canvases) !== undefined;
    const title = data.titles[state.page];
    say(this.following, fill(isShown ? words.following : words.elsewhere, { code: this.code, title }));
    say(this.way, isShown ? words.try_it : words.go_there);
    this.way.href = tryAddress(state);
    if ("answer" in state) this.answer = state.answer;
    this.showPoll(state.poll);
  }

  showPoll(poll) {
    const { words } = this;
    this.poll = poll;
    const asked = poll ? `${poll.question}.${poll.round}` : "";
    if (this.open && asked !== this.open) this.answer = null;
    this.open = asked;
    const said = JSON.stringify([poll, this.answer]);
    if (said === this.polled) return; // what is being typed stays
    this.polled = said;
    if (!poll) refill(this.question);
    else if (poll.state === "open") refill(this.question, ...ballot(poll, this.answer, words, (given) => this.vote(poll, given)));
    else if (poll.rounds) refill(this.question, ...results(poll, words));
    else refill(this.question, element("h3", "", poll.text), element("p", "said", words.closed));
  }

  async vote(poll, given) {
    const answer = await called(`/${this.code}/vote`, { answer: given, seat: this.seat });
    say(this.refused, isFine(answer) ? "" : answer.told?.sentence ?? this.words.away);
    if (!isFine(answer)) return;
    this.answer = keptAs(poll, given);
    this.showPoll(poll);
  }
}
