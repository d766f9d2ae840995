// What a row of controls says in the address of its page. It makes no entry of the history.

/** The parameters of an address with these; null takes one away. Others stay as they are. @returns {string} */
export function addressWith(address, said) {
  const url = new URL(address);
  for (const [name, value] of Object.entries(said)) {
    if (value === null) url.searchParams.delete(name);
    else if (!isSaid(url.searchParams.getAll(name), value)) url.searchParams.set(name, value);
  }
  return url.href;
}

/** Whether the texts of a parameter are this value. A number may be written in more than one way. */
function isSaid(texts, value) {
  if (texts.length !== 1) return false;
  const [text] = texts;
  return text === value || (text !== "" && value !== "" && Number(text) === Number(value));
}

/** Whether the address is that of a page. */
export function isAt(page, address = location.href, base = document.baseURI) {
  return new URL(page || ".", base).pathname === new URL(address).pathname;
}

/** Say parameters in the address of a page; where it says so already, nothing happens. */
export function tell(page, said) {
  const wanted = addressWith(location.href, said);
  if (isAt(page) && wanted !== location.href) history.replaceState(history.state, "", wanted);
}
