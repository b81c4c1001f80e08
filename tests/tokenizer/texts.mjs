// Texts to be cut into tokens: what lies in this repository and in npm packages, and what nobody writes.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const root = new URL("../..", import.meta.url).pathname;
const packages = dirname(dirname(createRequire(import.meta.url).resolve("typescript/package.json")));

/** The texts of files under a folder whose names fit, up to so many characters each. */
function under(folder, fits, most = 40_000) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && fits.test(entry.name));
  const paths = files.map((file) => join(file.parentPath ?? file.path, file.name)).sort();
  return paths.map((path) => readFileSync(path, "utf8").slice(0, most));
}

const joined = (texts, length) => texts.join("\n").slice(0, length);

/** Documents in English. */
export const prose = () => joined([...under(join(root, "docs"), /\.md$/), ...["zod", "openai", "webpack", "esbuild", "miniflare"].flatMap(readable), ...under(join(packages, "@anthropic-ai"), /\.md$/i)], 700_000);
/** Rust, JavaScript, types. */
export const code = () => joined([...under(join(root, "src"), /\.(rs|ts)$/), ...under(join(root, "js"), /\.js$/), ...under(join(packages, "openai"), /\.d\.ts$/)], 700_000);
/** Messages in a dozen languages. */
export const languages = () => joined(under(join(packages, "@arethetypeswrong/core/node_modules/typescript/lib"), /^diagnosticMessages\.generated\.json$/, 50_000), 700_000);

function readable(name) {
  try {
    return under(join(packages, name), /\.md$/i);
  } catch {
    return [];
  }
}

/** What a text may be made of, hard cases above all. */
const POOLS = [
  ["the", "Quick", "BROWN", "foxJumps", "snake_case", "don't", "I'LL", "we've", "'s", "'ſ", "'S", "iPhone", "HTTPServer", "ß", "ǅ", "ŉ"],
  [" ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", " \n", "\n ", "\u00a0", "\u3000", "\u2028", "\u200b", "        ", "\v", "\f"],
  ["0", "12", "123", "1234", "12345678", "٣٤٥", "Ⅷ", "½", "१२३४", "𝟙𝟚"],
  [".", ",", "!?", "...", "//", "/\n/", "/*", "*/", "();", "{}", "->", "=>", "---------", "====", "<|endoftext|>", "<|im_start|>", "#", "@", "\\", "\"", "''"],
  ["漢字", "中文分词", "日本語の文章", "カタカナ", "한국어", "조선말", "ภาษาไทย", "မြန်မာ"],
  ["العربية", "مرحبا بالعالم", "עברית", "שלום", "हिन्दी", "नमस्ते", "বাংলা", "தமிழ்", "ქართული", "Հայերեն", "Ελληνικά", "Русский", "ПРИВЕТ", "Ꭰ", "አማርኛ"],
  ["😀", "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪", "❤️", "☺", "e\u0301", "a\u0308\u0304", "\u0301", "\u0301A", "Z\u0351\u0343\u0334", "\u{e0101}", "🫠"],
  ["\u0000", "\u0001\u0002", "\u007f", "\u001b[31m", "\ufffd", "\ud800", "\udc00", "\u{10ffff}", "\u{f0000}", "\uffff"],
];

/** A source of numbers that gives the same each time. */
export function seeded(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A text of so many pieces; one pool is used more than the others, and some pieces are repeated. */
export function mixed(pick, pieces) {
  const favourite = pick(POOLS.length);
  const piece = () => {
    const pool = POOLS[pick(3) === 0 ? favourite : pick(POOLS.length)];
    const text = pool[pick(pool.length)];
    return pick(40) === 0 ? text.repeat(1 + pick(150)) : text;
  };
  return Array.from({ length: pieces }, piece).join(pick(2) ? "" : " ");
}

/** Characters of no language, of all planes. */
export function noise(pick, length) {
  const range = () => [0x80, 0x250, 0x3000, 0xd800, 0x20000, 0x110000][pick(6)];
  return Array.from({ length }, () => String.fromCodePoint(pick(range()))).join("");
}
