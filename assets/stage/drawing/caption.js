// What stands below a saved picture of the stage: the sentence, what is looked at, its sum, and how to come back to it.

import { fill, joined } from "../../kit/text.js";
import { editWords, editsOf, isApplied } from "../edits/edits.js";

const LONGEST_SENTENCE = 600; // characters
const LONGEST_SHOWN_LINK = 2000; // characters; nobody types more, and half a link opens nothing

/**
 * @param {object} header of the payload
 * @param {{stage: string, head: number, compare: "after"|"before"|"difference"}} state
 * @param {{title: string, lines: string[]} | null} made the sum of the cell spoken of
 * @param {string | null} link the address that opens the same picture, if there is one
 * @returns {import("../../kit/painting/save.js").CaptionLine[]}
 */
export function stageCaption(header, state, made, link) {
  const { text, heads } = header;
  const { label } = heads[state.head];
  const head = { number: state.head + 1, label: text.heads.labels[label] ?? label };
  const stage = { stage: text.stages[state.stage].name, line: text.stages[state.stage].line };
  const caption = [
    { style: "strong", text: sentenceOf(header) },
    { style: "plain", text: fill(text.save.head, { ...head, ...stage }) },
  ];
  if (made) {
    caption.push({ style: "accent", text: made.title });
    caption.push(...made.lines.map((line) => ({ style: "mono", text: line })));
  }
  const edits = editsOf(header).filter((edit) => isApplied(edit, header)).map((edit) => editWords(edit, header));
  if (edits.length) {
    const told = { edits: edits.join(" · "), compared: text.edits.compared[state.compare] };
    caption.push({ style: "small", text: fill(text.save.edits, told) });
  }
  const said = text.settings.map((setting) => fill(text.save.setting, setting));
  if (said.length) caption.push({ style: "small", text: said.join(" · ") });
  if (link !== null) caption.push({ style: "small", text: link.length > LONGEST_SHOWN_LINK ? text.save.long_link : link });
  return caption;
}

/** Which example it is, where nothing is typed. As typed; from its tokens where a link need not say it, or where a model's vocabulary may have left words out. */
function sentenceOf({ params, source, tokens, items }) {
  if (items?.said) return items.said;
  const sentence = source === "trained" ? joined(tokens) : (params.sentence ?? joined(tokens));
  const letters = [...sentence];
  return letters.length > LONGEST_SENTENCE ? `${letters.slice(0, LONGEST_SENTENCE).join("")}…` : sentence;
}
