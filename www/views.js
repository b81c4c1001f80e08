// The views of the page, one at a time: buttons in the head, sections below.

/** Connects the buttons of `nav` with the elements whose `data-in` names them; calls `shown(name)`. */
export function views(nav, shown = () => {}) {
  const buttons = [...nav.querySelectorAll("button")];
  const show = (name) => {
    for (const button of buttons) button.setAttribute("aria-current", button.dataset.view === name ? "page" : "false");
    for (const element of document.querySelectorAll("[data-in]")) element.hidden = element.dataset.in !== name;
    document.body.dataset.view = name;
    shown(name);
  };
  for (const button of buttons) button.addEventListener("click", () => show(button.dataset.view));
  show(buttons[0].dataset.view);
  return show;
}
