// The addresses of our pages.

const LANGUAGE = "lang";

/**
 * The address of a page as a link of this one: in the language that the address here names, if it names one.
 * @param {string} page its path, empty for the explorer
 * @param {string} [link] its parameters
 * @returns {string}
 */
export function pageAddress(page, link = "", { search } = location) {
  const language = new URLSearchParams(search).get(LANGUAGE);
  const kept = language === null || new URLSearchParams(link).has(LANGUAGE) ? "" : String(new URLSearchParams({ [LANGUAGE]: language }));
  const query = [link, kept].filter(Boolean).join("&");
  return `./${page}${query ? `?${query}` : ""}`;
}
