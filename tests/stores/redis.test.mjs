// A real Redis or Valkey, from PATH, in every client's shape; and four processes at it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, test } from "node:test";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { OPS, found, place, program, race, temporary } from "./lib/runner.mjs";
import { redisStore } from "../../pkg/dist/stores/redis.js";
import { client } from "./lib/resp.mjs";

const server = found("valkey-server", "redis-server");
const lacks = server ? undefined : "no valkey-server or redis-server on PATH";
const COMMAND = [process.execPath, "lib/main.mjs"];
const port = server && (await started());

place("redis", () => program([...COMMAND, "contract", "redis", port, 10_000]), lacks);
place("redis, four processes", () => race(["a", "b", "c", "d"].map((side) => [...COMMAND, "race", "redis", port, OPS, side, OPS * 2_000_000])), lacks);

test("what is no client is named", () => {
  for (const none of [undefined, {}, "redis://localhost"]) assert.throws(() => redisStore(none), /^TypeError: redisStore: expected a client/);
});

async function started() {
  const port = await free();
  const child = spawn(server, ["--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", temporary()], { stdio: "ignore" });
  after(() => child.kill());
  for (let tries = 0; tries < 100; tries += 1) {
    const ready = await client(port).catch(() => setTimeout(50));
    if (ready) return ready.close(), port;
  }
  throw new Error(`${server} does not answer at port ${port}`);
}

async function free() {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => probe.once("listening", done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return String(port);
}
