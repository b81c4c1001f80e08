// What the runtime tests share: the stand-in, the folder the package is installed in, and how results are told.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
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
    for (const { name, error, proof } of results) await t.test(name, () => (proof ? verified(proof) : tell(error)));
  });
}

/** What a runtime has signed, by a library that knows nothing of ours. */
async function verified({ jwt, jwk, scope, audience }) {
  const { importJWK, jwtVerify } = await import("jose");
  const { payload, protectedHeader } = await jwtVerify(jwt, await importJWK(jwk, "RS256"), { algorithms: ["RS256"], audience, maxTokenAge: "10m", clockTolerance: 2 });
  assert.deepEqual(protectedHeader, { alg: "RS256", typ: "JWT", kid: "key-1" });
  assert.match(payload.iss, /^robot-\d+-\d+@my-project\.iam\.gserviceaccount\.com$/);
  assert.equal(payload.scope, scope);
  assert.equal(payload.exp - payload.iat, 3600);
  const other = await jwtVerify(`${jwt.slice(0, -8)}AAAAAAAA`, await importJWK(jwk, "RS256")).then(() => "accepted", (error) => error.code);
  assert.equal(other, "ERR_JWS_SIGNATURE_VERIFICATION_FAILED");
}

/** Fails with what went wrong inside the runtime; the stack out here would say nothing. */
function tell(error) {
  if (error) throw Object.assign(new Error(error), { stack: error });
}

/** Runs a program in the app's folder; it prints the results as one line of JSON and then has to end by itself. */
export async function program(file, args, env = {}) {
  const child = spawn(file, [...args, url], { cwd: app, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  child.stderr.on("data", (text) => said.push(text));
  const ended = new Promise((done, fail) => child.once("close", done).once("error", fail));
  try {
    const results = await Promise.race([firstResults(child.stdout, said), ended.then(() => undefined)]);
    assert.ok(results, `no results; it said:\n${said.join("")}`);
    const left = await Promise.race([ended.then(() => false), setTimeout(ENDS_MS, true, { ref: false })]);
    return left ? [...results, { name: "the program ends", error: `still running ${ENDS_MS} ms after its last line` }] : results;
  } finally {
    child.kill("SIGKILL");
  }
}

/** How long a program may linger: an open connection or timer would keep it for ever. */
const ENDS_MS = 5000;

async function firstResults(stdout, said) {
  for await (const line of createInterface({ input: stdout })) {
    if (line.startsWith("[{")) return JSON.parse(line);
    said.push(`${line}\n`);
  }
  return undefined;
}
