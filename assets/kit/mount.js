// Where Streamlit puts a component, and what it calls there.

/** A place on the page: the elements of a component's HTML, and the way back to the server. */
export class Place {
  /** @param {Element | ShadowRoot} parent what Streamlit gives @param {string} selector of the component's own element */
  constructor(parent, selector) {
    this.host = parent.host ?? parent; // carries the theme, and what tests read
    this.host.dataset.mounted = "true"; // till then the page keeps no room for what it will fill (assets/frame/room.css)
    this.root = parent.querySelector(selector);
    this.parts = Object.fromEntries([...this.root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
    this.send = () => {}; // (name, value), from the first call on
    this.width = 0;
    this.observer = null;
  }

  /**
   * Keep `width` the width of an element.
   * Asking an element for its width makes the browser lay out the page at once; the observer is told it for nothing.
   * @param {(by: number) => void} resized called whenever the element's size changes: by so much of its width, or by 0
   */
  follow(element, resized) {
    this.measured(roomOf(element));
    this.observer = new ResizeObserver(([{ contentRect }]) => {
      const width = Math.round(contentRect.width); // as elements say it when they are asked
      if (!width) return; // it is not shown
      const by = width - this.width;
      this.measured(width);
      resized(by);
    });
    this.observer.observe(element);
  }

  /** Paper shows what is drawn for the screen, made smaller (assets/frame/print.css). */
  measured(width) {
    this.width = width;
    if (width) this.host.style.setProperty("--drawn", String(width));
  }

  /** Say which picture is on screen. */
  stamp({ revision, params }) {
    this.host.dataset.revision = revision;
    this.host.dataset.params = JSON.stringify(params);
  }
}

/** The width of an element, or, of one that is not shown yet, of the first around it that is: it will be as wide. */
function roomOf(element) {
  return element.clientWidth || !element.parentNode ? element.clientWidth : roomOf(around(element));
}

const around = ({ parentElement, parentNode }) => parentElement ?? parentNode.host ?? { clientWidth: 0 };

/**
 * What Streamlit calls on mount, on new data and on a change of theme: one part for each place it is mounted in.
 * @param {string} selector
 * @param {(place: Place) => {receive: (data: any) => void, dispose?: () => void}} make
 */
export function mounted(selector, make) {
  const mounts = new WeakMap();
  return ({ data, parentElement, setStateValue }) => {
    if (!mounts.has(parentElement)) {
      const place = new Place(parentElement, selector);
      mounts.set(parentElement, { place, part: make(place) });
    }
    const { place, part } = mounts.get(parentElement);
    place.send = setStateValue;
    if (data) part.receive(Array.isArray(data) ? data[0] : data); // as attnlab/ui/canvases/component.py wraps it
    return () => {
      part.dispose?.();
      place.observer?.disconnect();
      mounts.delete(parentElement);
    };
  };
}
