// The teacher's desk: the room's code to be read from afar, what students find, and questions to them.

import { called, isFine, nameOf } from "../kit/conversation/calls.js";
import { button, element, mark, refill, say, shape } from "../kit/dom.js";
import { pageAddress } from "../kit/pages.js";
import { fill } from "../kit/text.js";
import { results } from "./results.js";

const MOST_OPTIONS = 6;
const FEWEST_OPTIONS = 2;
const KINDS = ["choice", "number", "cell"];
const STATES = ["shown", "locked", "hidden"];
const QUIET = 4; // modules of a QR code that must stay free around it

export class Desk {
  /** @param {HTMLElement} root @param {object} data as the page sends it @param {string} code of the room */
  constructor(root, data, code) {
    Object.assign(this, { root, data, code, words: data.words });
    const address = new URL(pageAddress("class", `room=${code}`), document.baseURI).href;
    this.present = element("p", { className: "present", role: "status" });
    this.refused = element("p", { className: "refused", role: "alert" });
    this.question = element("div", "question");
    this.lead = element("a", { className: "main", target: nameOf("leads", code) }, this.words.lead);
    refill(
      root,
      element("div", "sign", this.sign(address), qrCode(data.qr, this.words.qr)),
      element("p", "", this.lead, " ", element("span", "quiet", this.words.lead_line)),
      this.refused,
      this.ofStep(),
      this.question,
      this.lessons(),
      this.asking(),
      this.controls(),
      this.embedding(address),
    );
  }

  sign(address) {
    const copy = button("", () => navigator.clipboard?.writeText(address).then(() => say(copy, this.words.copied)), this.words.copy);
    return element("div", "", element("p", "quiet", this.words.code), element("p", "code", this.code), element("p", "address", element("code", "", address), copy), this.present);
  }

  /** @param {object} state of the room */
  show(state) {
    say(this.present, fill(this.words.present, { count: state.present }));
    mark(this.lead, "href", pageAddress(state.page, state.link));
    this.asked = state.asked;
    this.showStep(state);
    this.showPoll(state);
    this.showControls(state.controls);
  }

  /** Post; what is refused is said. @returns {Promise<boolean>} whether it was done */
  async post(path, body) {
    const answer = await called(`/${this.code}${path}`, body);
    say(this.refused, isFine(answer) ? "" : answer.told?.sentence ?? this.words.away);
    return isFine(answer);
  }

  // ---- the step of a lesson that the class follows -------------------------------------------------------------------

  ofStep() {
    this.ask = button("main", () => this.post(`/poll?lang=${this.data.language}`, { deed: "ask", kind: "step" }), this.words.ask_step);
    this.reveal = element("a", { className: "main", target: nameOf("leads", this.code) }, this.words.reveal);
    this.step = element("p", "deeds", this.ask, this.reveal);
    return this.step;
  }

  showStep({ step, poll }) {
    this.step.hidden = !step?.asks;
    if (!step) return;
    const name = `${step.lesson}.${step.number}`;
    this.ask.hidden = poll?.step === name;
    mark(this.reveal, "href", pageAddress("lessons", `lesson=${step.lesson}&step=${step.number}&revealed=true`));
  }

  lessons() {
    const { words, data } = this;
    const option = (value, text) => element("option", { value }, text);
    const lesson = element("select", { name: "lesson", ariaLabel: words.lesson_name }, ...data.lessons.map(({ id, title }, at) => option(id, `${at + 1}. ${title}`)));
    const step = element("select", { name: "step", ariaLabel: words.lesson_step });
    const open = element("a", { className: "main", target: nameOf("leads", this.code) }, words.lesson_open);
    const follow = () => mark(open, "href", pageAddress("lessons", `lesson=${lesson.value}&step=${step.value}`));
    const turn = () => {
      const { steps } = data.lessons.find(({ id }) => id === lesson.value);
      refill(step, ...steps.map((kind, at) => option(at + 1, fill(words.lesson_kind, { number: at + 1, kind }))));
      follow();
    };
    lesson.onchange = turn;
    step.onchange = follow;
    turn();
    const chosen = element("form", "", element("label", "", words.lesson_name, lesson), element("label", "", words.lesson_step, step), open);
    return element("details", "lessons", element("summary", "", words.lesson), element("p", "quiet", words.lesson_line), chosen);
  }

  // ---- the question on the screens -----------------------------------------------------------------------------------

  showPoll({ poll, present }) {
    const { words } = this;
    if (!poll) return refill(this.question);
    const deed = (name) => button("", () => this.post("/poll", { deed: name }), words.deeds[name]);
    const deeds = { open: ["close"], closed: ["show", "again"], shown: ["again"] }[poll.state];
    const possible = deeds.filter((name) => name !== "again" || poll.round === 1);
    const shown = poll.rounds ? results(poll, words) : [element("h3", "", poll.text), element("p", "answered", fill(words.answered_of, { count: poll.answered, present }))];
    const state = element("p", "quiet", words.states[poll.state]);
    const counts = new URL(`room/${this.code}/counts`, document.baseURI);
    counts.searchParams.set("lang", document.documentElement.dataset.language ?? "en");
    const csv = element("a", { href: counts.href, download: "" }, words.csv);
    return refill(this.question, ...shown, state, element("div", "deeds", ...possible.map(deed), deed("end"), csv));
  }

  // ---- a new question ------------------------------------------------------------------------------------------------

  asking() {
    const { words } = this;
    const text = element("input", { type: "text", name: "question", maxLength: 300 });
    const kind = element("select", { name: "kind" }, ...KINDS.map((name) => element("option", { value: name }, words.kinds[name])));
    const options = Array.from({ length: MOST_OPTIONS }, (_, index) =>
      element("input", { type: "text", maxLength: 120, ariaLabel: fill(words.option, { number: index + 1 }), placeholder: fill(words.option, { number: index + 1 }) }),
    );
    const list = element("div", "options", ...options);
    const follow = () => {
      list.hidden = kind.value !== "choice";
      options.forEach((option, index) => {
        option.hidden = index >= FEWEST_OPTIONS && !options[index - 1].value && !option.value;
      });
    };
    kind.onchange = list.oninput = follow;
    follow();
    const form = element("form", "", element("label", "", words.question, text), element("label", "", words.kind, kind), list, element("button", { type: "submit", className: "main" }, words.ask));
    form.onsubmit = async (event) => {
      event.preventDefault();
      const given = options.map(({ value }) => value.trim()).filter(Boolean);
      const body = { deed: "ask", kind: kind.value, question: text.value, options: kind.value === "choice" ? given : [] };
      if (await this.post("/poll", body)) {
        form.reset();
        follow();
      }
    };
    return element("details", "", element("summary", "", words.new_question), form);
  }

  // ---- what students find --------------------------------------------------------------------------------------------

  controls() {
    const { words, data } = this;
    this.lists = data.controls.map((name) => {
      const list = element("select", { name, ariaLabel: words.controls[name] }, ...STATES.map((state) => element("option", { value: state }, words.control_states[state])));
      list.onchange = () => this.choose();
      return list;
    });
    const rows = this.lists.map((list) => element("label", "", words.controls[list.name], list));
    return element("details", "controls", element("summary", "", words.students_find), element("p", "quiet", words.students_find_line), ...rows);
  }

  choose() {
    const named = (state) => this.lists.filter(({ value }) => value === state).map(({ name }) => name);
    const hidden = named("hidden");
    const show = hidden.length ? this.lists.filter(({ value }) => value !== "hidden").map(({ name }) => name) : [];
    this.post("/controls", { show, lock: named("locked") });
  }

  showControls({ show, lock }) {
    for (const list of this.lists) {
      if (list.matches(":focus")) continue;
      list.value = lock.includes(list.name) ? "locked" : show.length && !show.includes(list.name) ? "hidden" : "shown";
    }
  }

  embedding(address) {
    const text = `<iframe src="${address}" width="100%" height="900" style="border:0" title="${this.words.frame_title}"></iframe>`;
    const field = element("textarea", { readOnly: true, rows: 3, value: text, ariaLabel: this.words.embed });
    return element("details", "", element("summary", "", this.words.embed), element("p", "quiet", this.words.embed_line), field);
  }
}

/** A code to be read by a telephone. @param {string[]} rows of 0 and 1 @returns {Node | null} */
export function qrCode(rows, name) {
  if (!rows.length) return null;
  const side = rows.length + 2 * QUIET;
  const drawing = shape("svg", { viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": name, class: "qr", "shape-rendering": "crispEdges" });
  const dark = rows.flatMap((row, y) => [...row].flatMap((sign, x) => (sign === "1" ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : [])));
  drawing.append(shape("rect", { width: side, height: side, fill: "#fff" }), shape("path", { d: dark.join(""), fill: "#000" }));
  return drawing;
}
