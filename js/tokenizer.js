// Exact tokens of OpenAI's models. The code is a wasm without imports, each vocabulary another one without code; every
// runtime has its own way to load them. Texts, tokens and the vocabulary pass through one buffer in the wasm's memory.
import { AircherError, fail, failure } from "./errors.js";

export { AircherError };

/** Vocabularies by the beginning of a model's name; the first that fits. */
const MODELS = [
  [/^(gpt-4o|gpt-4\.|gpt-[5-9]|chatgpt-|o[1-9](-|$)|gpt-oss)/, "o200k_base"],
  [/^(gpt-4|gpt-3\.5|gpt-35|text-embedding-(3-|ada-002))/, "cl100k_base"],
];
const NAMES = MODELS.map(([, name]) => name);

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const made = new Map();
let load;

/** `loader(name)` gives the wasm module of that name, or a promise of it. */
export function setLoader(loader) {
  load = loader;
}

/** The vocabulary of a model, or of that name. */
function vocabularyOf(model) {
  const name = String(model).replace(/^.*\//, "").replace(/^ft:/, "");
  return NAMES.includes(name) ? name : MODELS.find(([pattern]) => pattern.test(name))?.[1];
}

export class Tokenizer {
  static name = "Tokenizer"; // what minifying takes
  #wasm;

  constructor(wasm, name) {
    this.#wasm = wasm;
    this.name = name;
  }

  static knows(model) {
    return vocabularyOf(model) !== undefined;
  }

  /** Each vocabulary is loaded once; what failed may be tried again. */
  static async load(model) {
    const name = vocabularyOf(model);
    if (!name) fail("unsupported", `no vocabulary is known for the model \`${model}\``, { hint: `there are ${NAMES.join(" and ")}` });
    if (!made.has(name)) made.set(name, started(name));
    try {
      return await made.get(name);
    } catch (error) {
      made.delete(name);
      throw failure("network_error", `the vocabulary ${name} did not load: ${error?.message ?? error}`, { code: "wasm_part", retryable: true, cause: error });
    }
  }

  /** How many tokens a text is. */
  count(text) {
    return this.#wasm.count(this.#put(text));
  }

  /** The tokens of a text. */
  encode(text) {
    const { encode, place, memory } = this.#wasm;
    const length = encode(this.#put(text));
    return new Uint32Array(memory.buffer.slice(place(), place() + 4 * length));
  }

  /** The text of some tokens. */
  decode(tokens) {
    const { reserve, decode, place, memory } = this.#wasm;
    const numbers = Uint32Array.from(tokens, (token) => (token >= 0 && token < 2 ** 32 ? token : fail("invalid_request", `tokens: ${token} is no token`)));
    const at = reserve(numbers.byteLength);
    new Uint8Array(memory.buffer, at).set(new Uint8Array(numbers.buffer));
    const length = decode();
    if (length < 0) fail("invalid_request", `tokens: ${-1 - length} is no token of ${this.name}`);
    return decoder.decode(new Uint8Array(memory.buffer, place(), length));
  }

  /** Writes a text into the wasm's memory; its bytes there. */
  #put(text) {
    if (typeof text !== "string") fail("invalid_request", "text: expected a string");
    const room = 3 * text.length;
    const at = this.#wasm.reserve(room);
    return encoder.encodeInto(text, new Uint8Array(this.#wasm.memory.buffer, at, room)).written;
  }
}

async function started(name) {
  const [code, file] = await Promise.all([load("aircher_tokenizer"), load(name)]);
  const { exports } = await WebAssembly.instantiate(code);
  const [section] = WebAssembly.Module.customSections(file, "vocabulary");
  const bytes = new Uint8Array(section);
  const at = exports.reserve(bytes.length);
  new Uint8Array(exports.memory.buffer, at).set(bytes);
  if (!exports.learn()) throw new TypeError("it is none");
  return new Tokenizer(exports, name);
}
