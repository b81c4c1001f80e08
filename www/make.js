// Elements of the page, without HTML text.

/** The element with that id. */
export const $ = (id) => document.getElementById(id);

/** An element with a class and a text. */
export function make(tag, className, textContent = "") {
  return Object.assign(document.createElement(tag), { className, textContent });
}

/** A button that does something. `label` is its name for those who cannot see where it stands. */
export function button(text, action, { className = "quiet", label } = {}) {
  const element = Object.assign(make("button", className, text), { type: "button" });
  if (label) element.setAttribute("aria-label", label);
  element.addEventListener("click", action);
  return element;
}

/** Sets what changed: writing the same text again would make screen readers say it again. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
