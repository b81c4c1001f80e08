// Makes the vocabularies of the tokenizer from the npm package `tiktoken`:   node xtask/vocabulary.mjs <folder>
//
// Each is a wasm module without code that holds the vocabulary as a custom section: so it comes by the ways a wasm comes,
// in every runtime and bundler. src/tokenizer/vocabulary.rs tells the form: the texts of the tokens in the order of their
// numbers and nothing else, which compresses better than pairs to be merged, or a tree and an order.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** What the patterns are called in the file, by the vocabulary. */
const PATTERNS = { cl100k_base: 1, o200k_base: 2 };
const END = 0xff;
const { resolve } = createRequire(import.meta.url);

for (const [name, pattern] of Object.entries(PATTERNS)) {
  const { bpe_ranks, special_tokens } = JSON.parse(readFileSync(resolve(`tiktoken/encoders/${name}.json`), "utf8"));
  const file = Buffer.concat([Buffer.of(pattern), ...tokens(bpe_ranks), Buffer.of(END), ...special(special_tokens)]);
  writeFileSync(join(process.argv[2], `${name}.wasm`), module("vocabulary", file));
}

/** The tokens by number; those of one byte come first, and need no end. */
function tokens(ranks) {
  const all = ranks.trim().split("\n").flatMap((line) => line.split(" ").slice(2)).map((text) => Buffer.from(text, "base64"));
  if (all.slice(0, 256).some((token) => token.length !== 1)) throw new Error("the first tokens are no bytes");
  if (all.slice(256).some((token) => token.length < 2 || token.includes(END))) throw new Error("a token has no text, or the end in it");
  return all.map((token, rank) => (rank < 256 ? token : Buffer.concat([token, Buffer.of(END)])));
}

function special(numbers) {
  return Object.entries(numbers).map(([name, number]) => Buffer.concat([Buffer.from(`${number} ${name}`), Buffer.of(END)]));
}

/** A module with one custom section. */
function module(name, content) {
  const body = Buffer.concat([Buffer.of(name.length), Buffer.from(name), content]);
  const size = [7, 7, 7, 7, 0].map((more, at) => ((body.length >> (7 * at)) & 127) | (more ? 128 : 0));
  return Buffer.concat([Buffer.from("\0asm\x01\0\0\0", "latin1"), Buffer.of(0, ...size), body]);
}
