// The official packages before the same faults, in Node.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { start } from "../server/index.mjs";
import { cells } from "../lib/cells.mjs";
import { faultsOf } from "../lib/judge.mjs";
import { SDKS } from "./clients.mjs";

/** These keep a program so busy that nothing else of it gets on: each for itself. */
const ALONE = /^(endless-|gzip-bomb|stall-first)/;
const KILL_MS = 15_000;

/** The installed version of each package, by the name of its column. */
export function versions() {
  const require = createRequire(import.meta.url);
  const modules = require.resolve("esbuild/package.json").replace(/esbuild\/package\.json$/, "");
  const version = (name) => JSON.parse(readFileSync(`${modules}${name}/package.json`, "utf8")).version;
  return Object.fromEntries(Object.entries(SDKS).map(([column, { package: name }]) => [column, `${name} ${version(name)}`]));
}

/** `Map` of fault to `{ chat, stream }` of a package, in words: `ok`, `error`, `silent`, `lost`, `wrong`, `hang`. */
export async function compare(name, among = () => true) {
  const wanted = cells("node").filter((cell) => cell.dialect === SDKS[name].dialect && cell.mode !== "tools" && among(cell));
  const server = await start(1);
  const place = ({ fault, id }) => `${fault === "refused" ? server.refused : server.urls[0]}/${fault}/${id}`;
  const told = wanted.map((cell) => ({ id: cell.id, fault: cell.fault, mode: cell.mode, retries: cell.retries, url: place(cell) }));
  const alone = told.filter(({ fault }) => ALONE.test(fault));
  const outcomes = new Map();
  for (const batch of [told.filter((cell) => !alone.includes(cell)), ...alone.map((cell) => [cell])]) await run(name, batch, outcomes);
  await server.close();
  const found = new Map();
  for (const cell of wanted) found.set(cell.fault, { ...found.get(cell.fault), [cell.mode]: word(cell, outcomes.get(cell.id)) });
  return found;
}

async function run(name, batch, outcomes) {
  const child = spawn(process.execPath, [fileURLToPath(new URL("run.mjs", import.meta.url)), name, JSON.stringify(batch)], { stdio: ["ignore", "pipe", "ignore"] });
  const timer = batch.length === 1 && setTimeout(() => child.kill("SIGKILL"), KILL_MS);
  for await (const line of createInterface({ input: child.stdout })) {
    // Some packages write on the console themselves.
    if (!line.startsWith('{"id"')) continue;
    const { id, ...outcome } = JSON.parse(line);
    outcomes.set(id, outcome);
  }
  clearTimeout(timer);
}

/** A package that was killed hung; one that resolves where the table wants an error fails silently. */
function word(cell, outcome) {
  const fine = cell.expect.type === "ok";
  if (!outcome || outcome.hang) return "hang";
  if (outcome.error) return fine ? "lost" : "error";
  if (!fine) return "silent";
  // Half of a pair is JavaScript's way to say U+FFFD.
  return faultsOf(cell, { type: "ok", text: outcome.text.toWellFormed(), alive: true, polluted: false }).length ? "wrong" : "ok";
}
