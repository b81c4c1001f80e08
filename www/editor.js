// A text with line numbers and one marked line. The text is an ordinary textarea; numbers and mark lie beside and
// behind it and follow when it scrolls.
import { make } from "./make.js";

export class Editor {
  #text;
  #numbers;
  #mark = make("div", "mark");
  #count = 0;
  #wrong;

  /** `text` is the textarea, `numbers` the place beside it. */
  constructor(text, numbers) {
    this.#text = text;
    this.#numbers = numbers;
    this.#mark.hidden = true;
    text.before(this.#mark);
    text.addEventListener("input", () => this.#number());
    text.addEventListener("scroll", () => this.#follow());
  }

  get value() {
    return this.#text.value;
  }

  set value(text) {
    this.#text.value = text;
    this.mark(undefined);
  }

  /** Marks a line, from 1, as wrong; `undefined`: none. */
  mark(line) {
    this.#wrong = line;
    this.#text.setAttribute("aria-invalid", line !== undefined);
    this.#number(true);
    this.#mark.hidden = line === undefined;
    this.#follow();
  }

  /** Goes to a line and selects it. */
  select(line) {
    const lines = this.value.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    this.#text.focus();
    this.#text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
    this.#text.scrollTop = Math.max(0, (line - 4) * this.#height());
  }

  /** Puts another word in the place of one in a line. As typed: it can be undone. */
  replace(line, word, other) {
    const lines = this.value.split("\n");
    const at = lines[line - 1]?.indexOf(word) ?? -1;
    if (at < 0) return;
    const start = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0) + at;
    this.#text.focus();
    this.#text.setRangeText(other, start, start + word.length, "end");
    this.#text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #number(isAnew = false) {
    const count = this.value.split("\n").length;
    if (count === this.#count && !isAnew) return;
    this.#count = count;
    const numbers = Array.from({ length: count }, (_, at) => make("span", at + 1 === this.#wrong ? "wrong" : "", `${at + 1}`));
    this.#numbers.replaceChildren(...numbers);
    this.#follow();
  }

  #follow() {
    this.#numbers.scrollTop = this.#text.scrollTop;
    if (this.#wrong === undefined) return;
    const { paddingTop } = getComputedStyle(this.#text);
    this.#mark.style.top = `${parseFloat(paddingTop) + (this.#wrong - 1) * this.#height() - this.#text.scrollTop}px`;
    this.#mark.style.height = `${this.#height()}px`;
  }

  #height() {
    return parseFloat(getComputedStyle(this.#text).lineHeight);
  }
}
