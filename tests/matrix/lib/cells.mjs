// The cells of ../cells.md.
import { readFileSync } from "node:fs";

export const DIALECTS = ["openai-chat", "openai-responses", "claude", "gemini", "ollama"];
export const MODES = ["chat", "stream", "tools"];
const RUNTIMES = ["node", "chromium", "workerd", "deno", "bun"];
/** `type/code×attempts+`, or `ok`. */
const OUTCOME = /^([a-z_]+)(?:\/(\w+))?(?:×(\d))?(\+)?$/;

/** What a fault does, by its name, in the order of the file. */
export const FAULTS = new Map();

const rows = readFileSync(new URL("../cells.md", import.meta.url), "utf8").split("\n").map(row).filter(Boolean);
for (const { fault, about } of rows) FAULTS.set(fault, about);

function row(line) {
  const parts = line.split("|").map((part) => part.trim());
  if (parts.length !== 8 || parts[1] === "fault" || /^-+$/.test(parts[1])) return undefined;
  const [, fault, about, chat, stream, tools, but] = parts;
  return { fault, about, modes: { chat, stream, tools }, but: but.split(";").filter(Boolean).map(exception) };
}

/** `dialect mode @runtime: outcome` */
function exception(text) {
  const [where, outcome] = text.split(":").map((part) => part.trim());
  const words = where.split(/\s+/);
  const unknown = words.find((word) => ![...DIALECTS, ...MODES, ...RUNTIMES.map((name) => `@${name}`), "openai"].includes(word));
  if (unknown || !outcome) throw new Error(`cells.md: "${text}" does not say where`);
  return { words, outcome };
}

const fits = ({ words }, dialect, mode, runtime) => words.every((word) => word === mode || word === `@${runtime}` || dialect === word || dialect.startsWith(`${word}-`));

function expected({ modes, but }, dialect, mode, runtime) {
  return but.findLast((one) => fits(one, dialect, mode, runtime))?.outcome ?? modes[mode];
}

/** All cells in a runtime: `{ id, fault, dialect, mode, expect: { type, code?, attempts?, partial }, retries, timeouts }`. */
export function cells(runtime) {
  return rows.flatMap((row) => DIALECTS.flatMap((dialect) => MODES.flatMap((mode) => cell(row, dialect, mode, runtime)))).map((cell, id) => ({ ...cell, id: String(id) }));
}

function cell(row, dialect, mode, runtime) {
  const outcome = expected(row, dialect, mode, runtime);
  if (outcome === "–") return [];
  const [, type, code, attempts, partial] = OUTCOME.exec(outcome) ?? [];
  if (!type) throw new Error(`cells.md: ${row.fault}: no outcome is written "${outcome}"`);
  const expect = { type, code, attempts: attempts && Number(attempts), partial: Boolean(partial) };
  return [{ fault: row.fault, dialect, mode, expect, retries: attempts ? 1 : 0, timeouts: timeouts(expect) }];
}

/** Only what is tried is short: elsewhere a crowded machine must not look like a fault. */
function timeouts({ type, code }) {
  const long = { firstByteMs: 10_000, idleMs: 10_000 };
  return type === "timeout" && code ? { ...long, [LIMITS[code]]: LIMIT_MS } : long;
}

const LIMITS = { first_byte: "firstByteMs", idle: "idleMs", total: "totalMs" };

/** The time limits that are tried. */
export const LIMIT_MS = 300;
