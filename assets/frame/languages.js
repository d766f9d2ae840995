// The switch of languages (attnlab/ui/document.py): each of its links opens the page that is shown, as it is set now.

const NAME = "lang";

/** The address of a page in another language. @returns {string} */
export function inLanguage(address, language) {
  const url = new URL(address);
  url.searchParams.set(NAME, language);
  return url.href;
}

/** Keep the links of the switch at the address of the page, and the header clear of it. @param {Document} document */
export function keepLinks(document) {
  const made = document.querySelector("#languages");
  if (!made) return;
  const room = () => document.documentElement.style.setProperty("--languages", `${made.offsetWidth}px`);
  new ResizeObserver(room).observe(made);
  const refresh = () => {
    for (const link of made.querySelectorAll("a")) {
      link.href = inLanguage(location.href, new URL(link.href).searchParams.get(NAME));
    }
  };
  for (const event of ["pointerover", "focusin", "click"]) made.addEventListener(event, refresh);
}
