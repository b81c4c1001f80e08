// The files of the next message: chosen, dropped or pasted; shown small, with their size, removable; kept as data URLs.
import { button, make } from "./make.js";
import { bytes } from "./units.js";

const IMAGES = ["image/png", "image/jpeg", "image/webp", "image/gif"];
const PDF = "application/pdf";
/** From here on not every provider takes a request whole. */
const MUCH = 15_000_000;

/** Connects the file input, the row of previews and the place for notes. */
export class Attachments {
  #row;
  #note;
  #held = []; // { name, type, size, url: a promise, element }

  constructor(input, row, note) {
    this.#row = row;
    this.#note = note;
    input.addEventListener("change", () => {
      const files = [...input.files];
      input.value = "";
      this.add(files);
    });
  }

  get isEmpty() {
    return this.#held.length === 0;
  }

  /** Adds files; those that cannot be sent are named. */
  add(files) {
    const known = [...files].filter(({ type }) => type === PDF || IMAGES.includes(type));
    for (const file of known) this.#hold({ name: file.name || "pasted image", type: file.type, size: file.size, url: dataUrl(file) });
    this.#tell([...files].filter((file) => !known.includes(file)));
  }

  /** What there is, `[{ name, type, size, url }]`; the row is empty afterwards. */
  async take() {
    const taken = this.#held;
    this.#clear();
    return Promise.all(taken.map(async ({ name, type, size, url }) => ({ name, type, size, url: await url })));
  }

  /** Gives back what was taken, when nothing else came meanwhile. */
  giveBack(files) {
    if (this.isEmpty) for (const file of files) this.#hold({ ...file, url: Promise.resolve(file.url) });
  }

  #hold(file) {
    const held = { ...file, element: make("figure", file.type === PDF ? "document" : "") };
    const remove = button("×", () => this.#drop(held), { label: `Remove ${file.name}` });
    held.element.append(thumbnail(file), make("figcaption", "facts", bytes(file.size)), remove);
    held.element.title = file.name;
    this.#held.push(held);
    this.#row.append(held.element);
    this.#tell([]);
  }

  #drop(held) {
    this.#held = this.#held.filter((one) => one !== held);
    held.element.remove();
    this.#tell([]);
  }

  #clear() {
    this.#held = [];
    this.#row.replaceChildren();
    this.#tell([]);
  }

  #tell(refused) {
    const sum = this.#held.reduce((sum, { size }) => sum + size, 0);
    const notes = refused.map(({ name, type }) => `${name || "That"} cannot be sent (${type || "no known kind"}): images and PDF can.`);
    if (sum > MUCH) notes.push(`${bytes(sum)} together: not every provider takes that much in one request.`);
    this.#note.textContent = notes.join(" ");
  }
}

/** The parts of a message for what was taken, behind its text. */
export function parts(text, files) {
  if (files.length === 0) return text;
  return [...(text ? [{ type: "text", text }] : []), ...files.map(part)];
}

function part({ name, type, url }) {
  if (type === PDF) return { type: "file", file: { filename: name, file_data: url } };
  return { type: "image_url", image_url: { url } };
}

/** A file that was sent, in the conversation. */
export function sent({ name, type, size, url }) {
  return type === PDF ? make("p", "file", `${name} · PDF, ${bytes(size)}`) : picture(url, "image you sent");
}

function thumbnail({ name, type, url }) {
  if (type === PDF) return make("div", "sheet", name);
  const image = picture("", name);
  url.then((src) => Object.assign(image, { src }), () => {});
  return image;
}

function picture(src, alt) {
  return Object.assign(document.createElement("img"), { ...(src ? { src } : {}), alt });
}

function dataUrl(file) {
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(file);
  });
}
