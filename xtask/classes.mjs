// Writes what kind of character each one is:   node xtask/classes.mjs src/tokenizer/classes.bin
//
// Runs of one kind, in order from U+0000: a byte is the kind (three bits) and the length (five); a length of 0 is in the
// next two bytes instead, the less telling one first. Behind the last run every character is `REST`. The kinds are those
// of the patterns by which texts are cut; the version of Unicode is that of the Node this is run with.
import { writeFileSync } from "node:fs";

const KINDS = [/[\p{Lu}\p{Lt}]/u, /\p{Ll}/u, /[\p{Lm}\p{Lo}]/u, /\p{M}/u, /\p{N}/u, /[\r\n]/u, /\p{White_Space}/u];
const REST = KINDS.length;
const LONGEST = 0xffff;

const kindOf = (code) => {
  const text = String.fromCodePoint(code);
  const kind = KINDS.findIndex((pattern) => pattern.test(text));
  return kind < 0 ? REST : kind;
};

const runs = [];
for (let code = 0; code < 0x110000; code++) {
  const kind = kindOf(code);
  const last = runs.at(-1);
  if (last?.kind === kind && last.length < LONGEST) last.length++;
  else runs.push({ kind, length: 1 });
}
while (runs.at(-1).kind === REST) runs.pop();
const bytes = runs.flatMap(({ kind, length }) => (length < 32 ? [kind | (length << 3)] : [kind, length & 255, length >> 8]));
writeFileSync(process.argv[2], Uint8Array.from(bytes));
console.log(`Unicode ${process.versions.unicode}: ${runs.length} runs, ${bytes.length} bytes`);
