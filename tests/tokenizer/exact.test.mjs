// The tokenizer of the built package against the two others there are, token by token. Needs `cargo xtask build`.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as cl100k from "gpt-tokenizer/encoding/cl100k_base";
import * as o200k from "gpt-tokenizer/encoding/o200k_base";
import { get_encoding } from "tiktoken";
import { AircherError, Tokenizer } from "../../pkg/dist/entry-tokenizer-node.js";
import { code, languages, mixed, noise, prose, seeded } from "./texts.mjs";

/** Special tokens are text here. */
const AS_TEXT = { disallowedSpecial: new Set() };
const PEERS = { o200k_base: o200k, cl100k_base: cl100k };
/** tiktoken's time grows with the square of a long piece. */
const CHUNK = 20_000;

const chunks = (text) => Array.from({ length: Math.ceil(text.length / CHUNK) }, (_, at) => text.slice(at * CHUNK, (at + 1) * CHUNK));

for (const name of Object.keys(PEERS)) {
  const tokenizer = await Tokenizer.load(name);
  const tiktoken = get_encoding(name);

  const check = (text) => {
    const ours = Array.from(tokenizer.encode(text));
    same(ours, Array.from(tiktoken.encode(text, [], [])), text, "tiktoken");
    // White space is JavaScript's there, which differs from Unicode's in these two.
    if (!/[\u0085\ufeff]/.test(text)) same(ours, PEERS[name].encode(text, AS_TEXT), text, "gpt-tokenizer");
    assert.equal(tokenizer.count(text), ours.length, "count");
    assert.equal(tokenizer.decode(ours), text.toWellFormed?.() ?? new TextDecoder().decode(new TextEncoder().encode(text)), "and back");
  };

  test(`${name}: prose, code and a dozen languages`, () => {
    const texts = [prose(), code(), languages()];
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    assert.ok(bytes > 1_500_000, `only ${bytes} bytes`);
    texts.flatMap(chunks).forEach(check);
  });

  test(`${name}: mixed scripts, and what nobody writes`, () => {
    const pick = seeded(name.length);
    for (let round = 0; round < 600; round++) check(mixed(pick, 1 + pick(80)));
    for (let round = 0; round < 300; round++) check(noise(pick, 1 + pick(60)));
  });

  test(`${name}: every kind of character, between others`, () => {
    const around = (text) => [text, `a${text}b`, ` ${text}A`, `${text}${text} ${text}`, `1${text}\n${text} `, `'${text}s`].join("|");
    for (let code = 0; code < 0x110000; code += code < 0x3000 ? 1 : 211) {
      if (code < 0xd800 || code > 0xdfff) check(around(String.fromCodePoint(code)));
    }
  });

  test(`${name}: long runs take no square of their length`, () => {
    for (const one of ["a", " ", "é", "漢", "\n", "ab", "A", "=", "0", " \u0301", "\u0301A"]) {
      check(one.repeat(700));
      const text = one.repeat(1_000_000 / one.length);
      const started = performance.now();
      const tokens = tokenizer.encode(text);
      const seconds = (performance.now() - started) / 1000;
      assert.ok(seconds < 20, `${JSON.stringify(one)}: ${seconds} s`);
      assert.equal(tokenizer.decode(tokens), text);
    }
  });

  test(`${name}: special tokens are read, never written`, () => {
    const [number] = tiktoken.encode("<|endoftext|>", "all");
    assert.equal(tokenizer.decode([number]), "<|endoftext|>");
    assert.ok(!tokenizer.encode("<|endoftext|>").includes(number));
    assert.throws(() => tokenizer.decode([1, 300_000]), (error) => AircherError.is(error) && error.message === `tokens: 300000 is no token of ${name}`);
    assert.throws(() => tokenizer.decode([-1]), (error) => error.type === "invalid_request");
    assert.throws(() => tokenizer.count(7), (error) => error.type === "invalid_request");
    assert.equal(tokenizer.count(""), 0);
  });
}

test("models have the vocabularies the official table gives them", () => {
  const models = { "gpt-6-luna": "o200k_base", "gpt-4o-mini": "o200k_base", "gpt-4.1": "o200k_base", o3: "o200k_base", "ft:gpt-4o:acme::1": "o200k_base", "gpt-4-turbo": "cl100k_base", "gpt-4": "cl100k_base", "gpt-3.5-turbo": "cl100k_base", "text-embedding-3-small": "cl100k_base" };
  return Promise.all(Object.entries(models).map(async ([model, name]) => assert.equal((await Tokenizer.load(model)).name, name, model)));
});

test("a model of anybody else has none", async () => {
  assert.equal(Tokenizer.knows("claude-haiku-5-5"), false);
  await assert.rejects(Tokenizer.load("llama3.2"), (error) => error.type === "unsupported");
});

/** Equal, or where not. */
function same(ours, theirs, text, who) {
  const at = ours.findIndex((token, at) => token !== theirs[at]);
  if (at < 0 && ours.length === theirs.length) return;
  assert.fail(`${who} differs at token ${at}: ${ours.slice(at, at + 5)} and ${theirs.slice(at, at + 5)} in ${JSON.stringify(text.slice(0, 300))}`);
}
