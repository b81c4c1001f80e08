export { AircherError } from "./types.js";

/** The vocabularies of OpenAI's models: since GPT-4o, and of GPT-4 and GPT-3.5. */
export type Vocabulary = "o200k_base" | "cl100k_base";

/**
 * Exact tokens of OpenAI's models, as `tiktoken` makes them. Texts are texts: the names of special tokens in them too.
 *
 * ```js
 * import { Tokenizer } from "aircher-llm/tokenizer";
 * const tokenizer = await Tokenizer.load("gpt-6-luna");
 * tokenizer.count("How long is this?");
 * ```
 *
 * Given to `Aircher.create(config, { tokenizer: Tokenizer })` it answers `countTokens(text, { exact: true })`.
 */
export declare class Tokenizer {
  private constructor();

  /** Whether there is a vocabulary for a model, by the beginning of its name. */
  static knows(model: string): boolean;

  /**
   * Loads the vocabulary of a model, or of that name, once: about 0.75 MB for `o200k_base`, half of it for
   * `cl100k_base`, compressed.
   * @throws {AircherError} `unsupported` for a model without one, `network_error` when a file does not come.
   */
  static load(model: Vocabulary | (string & {})): Promise<Tokenizer>;

  /** Which vocabulary it is. */
  readonly name: Vocabulary;

  /** How many tokens a text is. */
  count(text: string): number;

  /** The tokens of a text. Half a surrogate pair counts as U+FFFD. */
  encode(text: string): Uint32Array;

  /**
   * The text of some tokens; bytes that are no UTF-8 become U+FFFD.
   * @throws {AircherError} `invalid_request` for a number no token has.
   */
  decode(tokens: Iterable<number>): string;
}
