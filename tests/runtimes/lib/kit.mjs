// What the tests of aircher-llm/testing share: a quick stand-in, and programs that run to their end.
import { execFile } from "node:child_process";
import { after } from "node:test";
import { start } from "../../standin/index.mjs";
import { app } from "./world.mjs";

const standin = await start({ port: 0, paceMs: 1 });
after(() => standin.close());
export const { url } = standin;

/** What keeps Deno from talking of itself, and output free of colours. */
export const QUIET = { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
export const DENO = ["--no-prompt", "--no-lock", "--node-modules-dir=manual", "--allow-net"];

/** Runs a program in the app's folder to its end. */
export function run(file, args, env = {}) {
  const options = { cwd: app, env: { ...process.env, ...QUIET, STANDIN: url, ...env }, timeout: 100_000 };
  return new Promise((done) => execFile(file, args, options, (error, stdout, stderr) => done({ code: error?.code ?? 0, said: stdout + stderr, stdout })));
}
