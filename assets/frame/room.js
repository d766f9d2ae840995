// What of a page is not there yet: a page fills from top to bottom, and nothing on it moves once it is seen.
// (CSS could say it with :has(), but Chromium loses track of that and leaves parts of the page away for good.)

const ON_ITS_WAY = '[data-testid="stSkeleton"], [data-testid="stBidiComponentIsolated"]:not([data-mounted])';
const PAGE = '[data-testid="stMainBlockContainer"]';
const OPENED = '[data-testid="stExpanderDetails"]'; // moves nothing but what is below it

/** The elements that stand after one on its way, on every level of the page. @param {Element} page @returns {Set<Element>} */
export function waiting(page) {
  const after = new Set();
  for (let each of page.querySelectorAll(ON_ITS_WAY)) {
    if (each.closest(OPENED)) continue;
    for (; each !== page; each = each.parentElement) {
      for (let next = each.nextElementSibling; next; next = next.nextElementSibling) after.add(next);
    }
  }
  return after;
}

/** Mark them in a document, from now on. @param {Document} document */
export function keepRoom(document) {
  let marked = new Set();
  const mark = () => {
    const page = document.querySelector(PAGE);
    const now = page ? waiting(page) : new Set();
    for (const element of marked) if (!now.has(element)) delete element.dataset.waits;
    for (const element of now) element.dataset.waits = "";
    marked = now;
  };
  const observer = new MutationObserver(mark);
  observer.observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-mounted"] });
}
