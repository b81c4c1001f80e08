// What the runtime tests share: the stand-in, the folder the package is installed in, and how results are told.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { start } from "../../standin/index.mjs";

/** Made by `cargo xtask test`: the files of `app/` and the installed tarball. */
export const app = process.env.AIRCHER_APP;
if (!app) throw new Error("AIRCHER_APP is not set: run cargo xtask test --only build,runtimes");

const standin = await start({ port: 0 });
/** The stand-in's address. */
export const url = standin.url;
after(() => standin.close());

/** One test per runtime; `run` resolves to the results of the scenario. */
export function runtime(name, run) {
  test(name, async (t) => {
    const results = await run();
    assert.ok(results.length > 10, "the scenario ran");
    for (const { name, error } of results) await t.test(name, () => tell(error));
  });
}

/** Fails with what went wrong inside the runtime; the stack out here would say nothing. */
function tell(error) {
  if (error) throw Object.assign(new Error(error), { stack: error });
}

/** Runs a program in the app's folder; its last line is the results as JSON. */
export async function program(file, args, env = {}) {
  const options = { cwd: app, timeout: 90_000, maxBuffer: 1 << 26, env: { ...process.env, ...env } };
  const { stdout } = await promisify(execFile)(file, [...args, url], options);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}
