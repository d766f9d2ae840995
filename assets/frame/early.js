// The picture of a link before the app has begun. Streamlit loads a megabyte and a half of JavaScript, connects, and runs
// the page before its components may draw; the picture follows from the link alone. So it is fetched and drawn at once,
// by the same module, in the place where it will be; the page's own takes over in the frame in which it is painted.
// It cannot be touched: nobody would answer.

const OWN = "#root [data-revision]";
const THEME = "stActiveTheme-"; // where, with the path behind it, Streamlit keeps the one that was chosen
const PATIENCE_MS = 15_000;

/** @param {Promise<{default: Function}>} canvas the module that draws; which, the document of the page says */
export async function drawEarly(canvas) {
  const early = document.getElementById("early");
  const link = early && linkOf(early.dataset, location.search);
  if (link === null) return early?.remove();
  early.dataset.theme = ownTheme();
  const gone = leaving(early);
  try {
    const asked = fetch(new URL(`picture?${link}`, document.baseURI), { priority: "high", signal: gone });
    const [module, answer] = await Promise.all([canvas, asked]);
    const picture = answer.status === 200 ? new Uint8Array(await answer.arrayBuffer()) : null; // else the run says why
    if (!picture || gone.aborted) return early.remove();
    const settle = module.default({ data: picture, parentElement: early.querySelector("div").shadowRoot, setStateValue: () => {} });
    early.dataset.painted = "";
    settle(); // it follows nothing and asks for nothing
  } catch {
    early.remove();
  }
}

/**
 * What to ask for; null where the page will look other than it does by itself.
 * @param {{opening: string, without: string, of: string}} place the link of a page that opens without one, parameters that
 *   move the picture, and what is asked for, if it is not the stage's
 * @param {string} search
 */
export function linkOf({ opening, without, of }, search) {
  const said = new URLSearchParams(search);
  if (without.split(" ").some((name) => said.has(name))) return null;
  const language = said.get("lang");
  said.delete("lang");
  const link = said.size ? said : new URLSearchParams(opening);
  if (language) link.set("lang", language);
  if (of) link.set("of", of);
  return link.toString();
}

/** "light" or "dark" where the reader has chosen it by hand, else "auto". */
function ownTheme() {
  try {
    const kept = Object.entries(localStorage).find(([key]) => key.startsWith(`${THEME}${location.pathname}-v`));
    return kept?.[1].match(/Light|Dark/)?.[0].toLowerCase() ?? "auto";
  } catch {
    return "auto"; // a browser that keeps nothing
  }
}

/** It goes with the page's own picture, with any click, and when none has come. @returns {AbortSignal} aborted then */
function leaving(early) {
  const gone = new AbortController();
  const leave = () => {
    gone.abort();
    observer.disconnect();
    early.remove();
  };
  const observer = new MutationObserver(() => document.querySelector(OWN) && leave());
  observer.observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-revision"] });
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, leave, { once: true, capture: true, signal: gone.signal });
  setTimeout(leave, PATIENCE_MS);
  return gone.signal;
}
