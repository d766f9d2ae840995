// A guess on the card of a lesson, told to the room of the class that is on the same page.

/** A CustomEvent on `window`: somebody has guessed. */
export const GUESSED = "attnlab-guessed";

/** @param {[string, number]} at a lesson and a step @param {any} answer as a question to the class is answered */
export function guessed([lesson, step], answer) {
  window.dispatchEvent(new CustomEvent(GUESSED, { detail: { step: `${lesson}.${step}`, answer } }));
}
