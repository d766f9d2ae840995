// Whether there is a server to ask.

/** A page that was taken along (assets/alone/) says of itself that no server is behind it. @returns {boolean} */
export const isAlone = () => "alone" in document.documentElement.dataset;
