// What a control says while it is dragged or typed into and has not reached the link.

/** A CustomEvent on `window`; whoever draws by itself what it says prevents its default. */
export const PREVIEW = "attnlab-preview";

/** A CustomEvent on `window`; whoever draws by itself what the address says prevents its default. */
export const FOLLOWED = "attnlab-followed";

/** @returns {boolean} whether somebody on the page draws by themselves what the address says */
export function isFollowed() {
  return !window.dispatchEvent(new CustomEvent(FOLLOWED, { cancelable: true }));
}

/** Offer settings by name. @returns {boolean} whether somebody on the page shows them by themselves */
export function previewed(settings) {
  return !window.dispatchEvent(new CustomEvent(PREVIEW, { detail: settings, cancelable: true }));
}
