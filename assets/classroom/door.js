// The way into a room: make one, or type the code of one.

import { called, isFine } from "../kit/conversation/calls.js";
import { button, element, say } from "../kit/dom.js";

/** @param {{missing: string, words: object}} data @param {(code: string) => void} enter @returns {Node[]} */
export function door({ missing, words }, enter) {
  const said = element("p", { className: "refused", role: "alert" }, missing);
  const code = element("input", { type: "text", maxLength: 5, size: 7, autocomplete: "off", spellcheck: false, name: "code" });
  const join = element("form", "", element("label", "", words.code, code), element("button", { type: "submit" }, words.enter));
  join.onsubmit = (event) => {
    event.preventDefault();
    const typed = code.value.trim().toUpperCase();
    if (/^[A-Z]{5}$/.test(typed)) enter(typed);
    else say(said, words.code_form);
  };
  const make = button("main", async () => {
    make.disabled = true;
    const answer = await called("", {});
    make.disabled = false;
    if (isFine(answer)) enter(answer.told.code);
    else say(said, answer.told?.sentence ?? words.away);
  }, words.make);
  return [
    said,
    element("section", "", element("h3", "", words.student), element("p", "", words.student_line), join),
    element("section", "", element("h3", "", words.teacher), element("p", "", words.teacher_line), make),
  ];
}
