// Tells the results of a place as tests of Node's runner, and runs programs that print such results.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

/** One test per place; `run` resolves to `[{ name, error? }]`. A reason in `missing` skips it, unless CI is set. */
export function place(name, run, missing) {
  test(name, { skip: !process.env.CI && missing }, async (t) => {
    if (missing) throw new Error(missing);
    const results = await run();
    if (results.length === 0) throw new Error("nothing ran");
    for (const { name, error } of results) await t.test(name, () => tell(error));
  });
}

/** Fails with what went wrong at the place; the stack out here would say nothing. */
function tell(error) {
  if (error) throw Object.assign(new Error(error), { stack: error });
}

/** The last line a program prints, as JSON. */
export async function program([file, ...args], env = {}) {
  const child = spawn(file, args, { cwd: folder, env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", ...env }, stdio: ["ignore", "pipe", "pipe"], timeout: LONGEST_MS });
  const said = [];
  let last;
  child.stderr.on("data", (text) => said.push(text));
  const code = new Promise((done, fail) => child.once("close", done).once("error", fail));
  for await (const line of createInterface({ input: child.stdout })) {
    if (/^[[{]/.test(line)) last = line;
    else said.push(`${line}\n`);
  }
  if ((await code) !== 0 || last === undefined) throw new Error(`${file} ${args.join(" ")} ended with ${await code}:\n${said.join("")}`);
  return JSON.parse(last);
}

/** A program that hangs is a failure with words. */
const LONGEST_MS = 110_000;

/** This folder's files are named from here. */
const folder = fileURLToPath(new URL("..", import.meta.url));

/** A folder that is gone when the tests are over. */
export function temporary() {
  const made = mkdtempSync(join(tmpdir(), "aircher-stores-"));
  after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Where a program lies on PATH. */
export function found(...names) {
  const paths = names.map((name) => spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim());
  return paths.find(Boolean);
}

export const missing = (file, what) => (file && existsSync(file) ? undefined : `${what} is missing: run cargo xtask setup`);

/** How many reservations each process of a race asks for. */
export const OPS = Number(process.env.AIRCHER_OPS ?? 60);

/** Several processes at one backing: `commands` print what they did. */
export async function race(commands) {
  return judged(await Promise.all(commands.map((command) => program(command))));
}

/** What has to hold for what all sides of a race tell together. */
export function judged(told) {
  const total = {};
  for (const row of told) for (const [name, value] of Object.entries(row)) if (typeof value === "number") total[name] = (total[name] ?? 0) + value;
  // The last side to end has read the sum of all.
  const { settled, reserved, n } = told.reduce((a, b) => (b.bucket.n > a.bucket.n ? b : a)).bucket;
  const [{ limit }] = told;
  const { spent, granted, refused, alerts, all, native } = total;
  console.log(JSON.stringify({ spent, granted, refused, all, native, limit, slowest_ms: Math.max(...told.map(({ ms }) => ms)) }));
  return [
    { name: "nothing over the limit", error: settled > limit && `${settled} of ${limit}` },
    { name: "nothing lost", error: (settled !== spent || n !== granted) && `acknowledged ${spent} in ${granted}, stored ${settled} in ${n}` },
    { name: "nothing left reserved", error: reserved !== 0 && `${reserved}` },
    { name: "some were refused", error: refused === 0 && "the limit was never reached" },
    { name: "one side hears of the alert", error: alerts !== 1 && `${alerts} did` },
  ];
}
