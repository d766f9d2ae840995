// The switch of languages (attnlab/ui/document.py): each of its links opens the page that is shown, as it is set now. And
// Streamlit's own links to pages, which know of no language, keep the one of the address in a window of their own.

const NAME = "lang";
const PAGES = ["stTopNavLink", "stSidebarNavLink", "stTopNavDropdownLink", "stPageLink-NavLink"].map((name) => `a[data-testid="${name}"]`).join();

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

/** Have links to pages say the language that the address says, from the moment that one is pointed at. @param {Document} document */
export function keepLanguage(document) {
  const keep = ({ target }) => {
    const link = target.closest?.(PAGES);
    const language = new URL(document.location.href).searchParams.get(NAME);
    if (link && language !== null) link.href = inLanguage(link.href, language);
  };
  for (const event of ["pointerover", "focusin"]) document.addEventListener(event, keep);
}
