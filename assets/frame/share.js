// The address is all that a page shows; this says so, and takes it along. The button stands beside Streamlit's own and not
// in it, which draws its header anew as it likes.

import { element, shape } from "../kit/dom.js";

const SIGN = "M9.5 14.5l5-5M8 12l-2.5 2.5a3.5 3.5 0 0 0 5 5L13 17M16 12l2.5-2.5a3.5 3.5 0 0 0-5-5L11 7"; // a chain
const SAID_MS = 2000;

/** Put the button up; its words stand in the document, and without them there is none. @param {Document} document */
export function offerLink(document) {
  const said = document.querySelector('meta[name="frame-words"]');
  if (!said) return;
  const words = JSON.parse(said.content);
  const sign = shape("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  sign.append(shape("path", { d: SIGN }));
  const label = element("span", { ariaLive: "polite" }, words.copy);
  const button = element("button", { id: "copy-link", type: "button", title: words.copy_help }, sign, label);
  let over = 0;
  button.addEventListener("click", async () => {
    await copied(document, document.location.href);
    label.textContent = words.copied;
    button.dataset.copied = "";
    clearTimeout(over);
    over = setTimeout(() => {
      label.textContent = words.copy;
      delete button.dataset.copied;
    }, SAID_MS);
  });
  // Within the app, whose theme it has; React leaves alone what it has not made, unless it begins anew.
  const putUp = () => button.isConnected || document.querySelector('[data-testid="stApp"]')?.append(button);
  new MutationObserver(putUp).observe(document.documentElement, { childList: true, subtree: true });
}

/** Put a text into the clipboard. Browsers hand it out over https and on the same machine alone, and to a frame if it is
 * told so; elsewhere, as on a teacher's laptop in the class's network, what is selected can still be copied. */
async function copied(document, text) {
  try {
    return await navigator.clipboard.writeText(text);
  } catch {
    copySelected(document, text);
  }
}

function copySelected(document, text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.style.cssText = "position: fixed; opacity: 0";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
