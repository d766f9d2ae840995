// Who follows a teacher sees the pictures of the teacher's link, not of the address of the own window.

/** A CustomEvent on `window`: the teacher's link is another one. */
export const LED = "attnlab-led";
const LEADER = "attnlab-leader";

/** The teacher's link, null where nobody leads. @returns {string | null} */
export function leader() {
  const detail = { link: null };
  window.dispatchEvent(new CustomEvent(LEADER, { detail }));
  return detail.link;
}

/** Says what the teacher's link is. */
export class Lead {
  constructor() {
    this.link = null;
    this.gone = new AbortController();
    const answer = ({ detail }) => Object.assign(detail, this.link === null ? {} : { link: this.link });
    window.addEventListener(LEADER, answer, { signal: this.gone.signal });
  }

  to(link) {
    if (link === this.link) return;
    this.link = link;
    window.dispatchEvent(new CustomEvent(LED));
  }

  dispose() {
    this.gone.abort();
  }
}
