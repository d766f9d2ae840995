// The browser's half of the frame. It runs before Streamlit's script.

/** Where the server is, so that Streamlit need not try the page's own path first. */
window.__streamlit = { BACKEND_BASE_URL: new URL(".", document.baseURI).href };
