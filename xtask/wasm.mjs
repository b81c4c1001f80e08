// The few parts of the WebAssembly binary format that our tools read and write.
const CUSTOM = 0;
const IMPORT = 2;
const EXPORT = 7;
export const CODE = 10;
export const DATA = 11;

/** The sections of a module: `{ id, content }`. */
export function sections(bytes) {
  const reader = new Reader(bytes, 8);
  const found = [];
  while (!reader.done) {
    const id = reader.byte();
    found.push({ id, content: reader.bytes(reader.number()) });
  }
  return found;
}

/** The module's own functions: `{ name, body }`. */
export function functions(bytes) {
  const all = sections(bytes);
  const content = all.find(({ id }) => id === CODE).content;
  const named = names(bytes);
  const first = imported(all);
  const reader = new Reader(content);
  return Array.from({ length: reader.number() }, (_, index) => ({
    name: named.get(first + index) ?? "?",
    body: reader.bytes(reader.number()),
  }));
}

/** Names of functions by their index, imports included. */
export function names(bytes) {
  const found = new Map();
  for (const section of sections(bytes).filter(isNames)) {
    const reader = new Reader(section.content);
    reader.text();
    while (!reader.done) {
      const kind = reader.byte();
      const part = new Reader(reader.bytes(reader.number()));
      if (kind === 1) for (let count = part.number(); count > 0; count -= 1) found.set(part.number(), part.text());
    }
  }
  return found;
}

/** The same module with other names. */
export function renamed(bytes, entries) {
  const list = entries.flatMap(([index, name]) => [...number(index), ...text(name)]);
  const part = [...number(entries.length), ...list];
  const content = Buffer.from([...text("name"), 1, ...number(part.length), ...part]);
  const kept = sections(bytes).filter((section) => !isNames(section));
  return written(bytes, [...kept, { id: CUSTOM, content }]);
}

/** The same module with its imports and exports renamed; `rename` gets every name of a module, import or export. */
export function withBorders(bytes, rename) {
  const rewrite = { [IMPORT]: (content) => imports(content, rename), [EXPORT]: (content) => exports(content, rename) };
  return written(bytes, sections(bytes).map(({ id, content }) => ({ id, content: rewrite[id]?.(content) ?? content })));
}

function imports(content, rename) {
  return each(content, (reader) => {
    const names = [reader.text(), reader.text()].flatMap((name) => text(rename(name)));
    return [...names, ...reader.read(skipImport)];
  });
}

function exports(content, rename) {
  return each(content, (reader) => [...text(rename(reader.text())), ...reader.read(() => void (reader.byte(), reader.number()))]);
}

function each(content, item) {
  const reader = new Reader(content);
  const count = reader.number();
  return Buffer.from([...number(count), ...Array.from({ length: count }, () => item(reader)).flat()]);
}

function written(bytes, all) {
  const parts = all.flatMap(({ id, content }) => [Buffer.from([id, ...number(content.length)]), content]);
  return Buffer.concat([bytes.subarray(0, 8), ...parts]);
}

function isNames({ id, content }) {
  return id === CUSTOM && new Reader(content).text() === "name";
}

/** How many functions are imported: they come first in the index. */
function imported(all) {
  const reader = new Reader(all.find(({ id }) => id === IMPORT)?.content ?? Buffer.from([0]));
  let found = 0;
  for (let count = reader.number(); count > 0; count -= 1) {
    reader.text();
    reader.text();
    if (skipImport(reader) === 0) found += 1;
  }
  return found;
}

/** Returns the kind. Function: type; table: element type and limits; memory: limits; global: type and mutability. */
function skipImport(reader) {
  const kind = reader.byte();
  if (kind === 0) reader.number();
  if (kind === 3) reader.bytes(2);
  if (kind === 1) reader.byte();
  if (kind === 1 || kind === 2) {
    const bounded = reader.number() & 1;
    reader.number();
    if (bounded) reader.number();
  }
  return kind;
}

function number(value) {
  return value < 128 ? [value] : [(value & 127) | 128, ...number(value >>> 7)];
}

function text(value) {
  const bytes = Buffer.from(value);
  return [...number(bytes.length), ...bytes];
}

class Reader {
  #content;
  #at;

  constructor(content, at = 0) {
    this.#content = content;
    this.#at = at;
  }

  get done() {
    return this.#at >= this.#content.length;
  }

  byte() {
    if (this.done) throw new Error("the wasm ends too early");
    return this.#content[this.#at++];
  }

  /** The bytes that `skip` goes over. */
  read(skip) {
    const from = this.#at;
    skip(this);
    return this.#content.subarray(from, this.#at);
  }

  bytes(length) {
    return this.#content.subarray(this.#at, (this.#at += length));
  }

  number() {
    const byte = this.byte();
    return byte < 128 ? byte : (byte & 127) + this.number() * 128;
  }

  text() {
    return this.bytes(this.number()).toString("utf8");
  }
}
