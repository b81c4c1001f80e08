// What this Ollama has on its disk and in its memory; one for each server. Models of known families are there
// from the start, except those whose tag begins with `new`: these have to be pulled, made or copied.

import { digest } from "../core/text.mjs";

export const LISTED = { "llama3.2:latest": "3.2B", "qwen3:8b": "8.2B", "gemma3:4b": "4.3B", "gpt-oss:20b": "20.9B", "llama2:latest": "6.7B" };
const FAMILY = /^(llama|qwen|qwq|gemma|mi[sx]tral|phi|gpt-oss|deepseek|codellama|llava|smollm|tinyllama|granite|command-r|nemotron)/;
const NOWHERE = /no-?such|non-?exist|not-exist/;
const SIZE = 4_661_230_766;

const disks = new WeakMap();

/** The disk of a server, known by its settings. */
export function diskOf(settings) {
  if (!disks.has(settings)) disks.set(settings, new Disk());
  return disks.get(settings);
}

/** With its tag. */
export const full = (name) => (/:[^/]*$/.test(name) ? name : `${name}:latest`);

class Disk {
  /** Name to `{ digest, size, base }`. */
  installed = new Map(Object.keys(LISTED).map((name) => [name, { digest: digest(name), size: SIZE, base: name }]));
  deleted = new Set();
  loaded = new Set([Object.keys(LISTED)[0]]);
  blobs = new Set();
  /** Bytes of layers that a broken pull has left, by digest. */
  parts = new Map();
  /** How often a model was pulled: a tag that begins with `rolling` is another one each time. */
  pulls = new Map();

  has(name) {
    const known = full(name);
    if (this.installed.has(known)) return true;
    return FAMILY.test(name) && !NOWHERE.test(name) && !/:new/.test(known) && !this.deleted.has(known);
  }

  /** Whether the registry has it. */
  offers(name) {
    return FAMILY.test(name) && !NOWHERE.test(name);
  }

  /** What it was made of in the end: that decides what it can do. */
  base(name) {
    const { base = name } = this.installed.get(full(name)) ?? {};
    return base === full(name) ? name : base;
  }

  put(name, { digest: of, size = SIZE, base = name }) {
    this.deleted.delete(full(name));
    this.installed.set(full(name), { digest: of, size, base });
  }

  pulled(name) {
    const times = /:rolling/.test(name) ? (this.pulls.get(full(name)) ?? 0) + 1 : 0;
    this.pulls.set(full(name), times);
    this.put(name, { digest: digest([full(name), times]) });
  }

  copy(from, to) {
    const { digest: of = digest(full(from)), size, base = from } = this.installed.get(full(from)) ?? {};
    this.put(to, { digest: of, size, base });
  }

  delete(name) {
    this.installed.delete(full(name));
    this.loaded.delete(full(name));
    this.deleted.add(full(name));
  }
}
