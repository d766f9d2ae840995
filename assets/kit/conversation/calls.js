// What is asked of a room of the class (attnlab/ui/room.py). It answers in the language of the page, not of the browser.

const inPageLanguage = () => ({ "Accept-Language": document.documentElement.lang || "en" });

/**
 * @param {string} path behind /room, such as "/BCDFG?seen=3.0"
 * @param {object} [body] to post
 * @returns {Promise<{status: number, told: any}>} what came back, null for nothing; status 0 where the server is away
 */
export async function called(path, body) {
  const headers = inPageLanguage();
  const post = { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) };
  try {
    const response = await fetch(new URL(`room${path}`, document.baseURI), body === undefined ? { headers } : post);
    return { status: response.status, told: response.status === 204 ? null : await response.json() };
  } catch {
    return { status: 0, told: null };
  }
}

/** A room's events. @param {string} path behind /room @returns {EventSource} */
export function events(path) {
  return new EventSource(new URL(`room${path}`, document.baseURI));
}

/** Whether an answer is no refusal. */
export const isFine = ({ status }) => status >= 200 && status < 300;

/** What makes this window a part of a class, as its name keeps it: across pages and reloads, till the window is closed. */
const NAME = /^attnlab:(leads|tries):([A-Z]{5})$/;

/** @returns {{role: "leads" | "tries", code: string} | null} */
export function partOf(name) {
  const [, role, code] = NAME.exec(name) ?? [];
  return role ? { role, code } : null;
}

export const nameOf = (role, code) => `attnlab:${role}:${code}`;
