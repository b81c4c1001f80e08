// Tokens per second of CPU, ours and others', in one run:   node benches/tokenizer.mjs     (after `cargo xtask build`)
import * as cl100k from "gpt-tokenizer/encoding/cl100k_base";
import * as o200k from "gpt-tokenizer/encoding/o200k_base";
import { get_encoding } from "tiktoken";
import { code, languages, prose } from "../tests/tokenizer/texts.mjs";

const { Tokenizer } = await import(process.env.AIRCHER_TOKENIZER ?? "../pkg/dist/entry-tokenizer-node.js");
const ROUNDS = 5;
const cpu = () => process.cpuUsage().user + process.cpuUsage().system;
const texts = { prose: prose(), code: code(), languages: languages() };

for (const [name, peer] of Object.entries({ o200k_base: o200k, cl100k_base: cl100k })) {
  const before = cpu();
  const tokenizer = await Tokenizer.load(name);
  console.log(`${name}: loaded in ${((cpu() - before) / 1000).toFixed(0)} ms`);
  const tiktoken = get_encoding(name);
  const ways = {
    "aircher-llm encode": (text) => tokenizer.encode(text).length,
    "aircher-llm count": (text) => tokenizer.count(text),
    "gpt-tokenizer encode": (text) => peer.encode(text, { disallowedSpecial: new Set() }).length,
    "gpt-tokenizer countTokens": (text) => peer.countTokens(text, { disallowedSpecial: new Set() }),
    "tiktoken encode": (text) => tiktoken.encode(text, [], []).length,
  };
  for (const [way, count] of Object.entries(ways)) {
    const told = Object.entries(texts).map(([kind, text]) => `${kind} ${speed(count, text)}`);
    console.log(`  ${way.padEnd(26)} ${told.join("   ")}`);
  }
}

/** The median of some rounds, in millions of tokens a second. */
function speed(count, text) {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = cpu();
    const tokens = count(text);
    return tokens / (cpu() - before);
  });
  return `${rounds.sort((a, b) => a - b)[ROUNDS >> 1].toFixed(2)} Mtok/s`;
}
