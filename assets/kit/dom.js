// Elements. Text is data: it becomes text nodes, never markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {string | object} [about] its class, or its properties
 * @param {...(Node | string | null)} children what is in it; nothing is made of empty ones
 */
export function element(tag, about = "", ...children) {
  const made = document.createElement(tag);
  if (about) Object.assign(made, typeof about === "string" ? { className: about } : about);
  made.append(...children.filter((child) => (child ?? "") !== ""));
  return made;
}

/** A button, as `element` makes it, and what it does. */
export function button(about, onclick, ...children) {
  return Object.assign(element("button", about, ...children), { type: "button", onclick });
}

/** The button of a name within a parent, made where there is none, so that it keeps its focus. */
export function named(parent, name, onclick) {
  const made = parent.querySelector(`[data-name="${name}"]`) ?? parent.appendChild(button("", null));
  made.dataset.name = name;
  made.onclick = onclick;
  return made;
}

/** An element of a drawing. @param {object} [attributes] */
export function shape(tag, attributes = {}) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** MathML comes from our own prose, and is parsed as XML: nothing in it can run. */
export function formula(mathml) {
  const { documentElement } = new DOMParser().parseFromString(mathml, "application/xml");
  return document.importNode(documentElement, true);
}

/** Write a text where another one stands. */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** Set an attribute that is another; null takes it away. */
export function mark(target, name, value) {
  if (value === null) target.removeAttribute(name);
  else if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/** Other children. The keyboard's focus stays at its place: on what stands where the focused one stood. */
export function refill(parent, ...children) {
  const held = parent.getRootNode().activeElement;
  const at = parent.contains(held) ? reached(parent).indexOf(held) : -1;
  parent.replaceChildren(...children);
  if (at >= 0) reached(parent).slice(0, at + 1).at(-1)?.focus({ preventScroll: true });
}

const reached = (parent) => [...parent.querySelectorAll("button, input, a[href], [tabindex]")];

/** As many children as wanted; those that are there stay, with their focus. */
export function fit(parent, wanted, make) {
  for (const child of [...parent.children].slice(wanted)) child.remove();
  while (parent.children.length < wanted) parent.append(make());
}
