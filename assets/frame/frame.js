// The browser's half of the frame. It runs before Streamlit's script, and gives the reader one history entry a page
// visited: Back leaves the page, and shows the one before with the settings it had.
//
// Streamlit pushes an entry whenever a run writes into the address, and when a page is chosen the runs of the new one
// begin to write before the address is its own.

import { speakForOthers } from "./borrowed.js";
import { Drive } from "./drive.js";
import { drawEarly } from "./early.js";
import { keepLanguage, keepLinks } from "./languages.js";
import { keepRoom } from "./room.js";
import { offerLink } from "./share.js";

/** Where the server is, so that Streamlit need not try the page's own path first. */
window.__streamlit = { BACKEND_BASE_URL: new URL(".", document.baseURI).href };

keepRoom(document);
offerLink(document);
new Drive(window).begin();
keepLinks(document);
keepLanguage(document);
speakForOthers(document);

const pushState = history.pushState.bind(history);
/** What the address said when the reader chose another page; null once it is there. */
let left = null;
/** Whether Back or Forward brought the reader here: the address is then right already. */
let walked = false;

/** An address that a run writes, for rows of controls to say in it what the run has not heard of (assets/controls/). */
function offered(url) {
  const detail = { url: new URL(url, location.href).href };
  dispatchEvent(new CustomEvent("attnlab-address", { detail }));
  return detail.url;
}

history.pushState = (state, unused, url) => {
  if (new URL(url, location.href).pathname === location.pathname) return history.replaceState(state, unused, offered(url));
  if (left !== null) {
    history.replaceState(history.state, "", left);
    left = null;
    return pushState(state, unused, url);
  }
  // Nobody has chosen a page: an unknown path gave way to the first page, or a run comes late that Back has overtaken.
  if (!walked) history.replaceState(state, unused, url);
};

addEventListener("popstate", () => {
  left = null;
  walked = true;
});

addEventListener(
  "click",
  (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || new URL(link.href).pathname === location.pathname) return;
    left = location.href;
    walked = false;
  },
  true,
);

export default drawEarly;
