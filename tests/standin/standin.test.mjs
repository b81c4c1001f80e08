// node --test tests/standin/

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, test } from "node:test";
import { DOORS, IMAGES, REFUSALS, RESULTS } from "./cases.mjs";
import { FAULT_NAMES } from "./core/faults.mjs";
import { start } from "./index.mjs";

let server;
before(async () => (server = await start({ paceMs: 0 })));
after(() => server.close());

const SCENARIOS = ["hello", "[tool] x", "[parallel] x", "[think] x", "[long]", "[refuse]", "[length]", "[unicode]", "[json]"];

const send = (path, body, headers = {}, more = {}) =>
  fetch(server.url + path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: body && JSON.stringify(body), ...more });

async function both(door, text) {
  const tools = /tool|parallel/.test(text);
  const whole = await send(door.path(false), door.body(text, { tools }), door.headers);
  const streamed = await send(door.path(true), door.body(text, { tools, streaming: true }), door.headers);
  assert.deepEqual([whole.status, streamed.status], [200, 200]);
  return [door.reader.whole(await whole.json()), door.reader.streamed(await streamed.text())];
}

const message = (text) => (text.startsWith("{") ? JSON.parse(text).error?.message ?? JSON.parse(text).error : text);

for (const [name, door] of Object.entries(DOORS)) {
  test(`${name}: a stream says what the whole answer says`, async (t) => {
    for (const text of SCENARIOS) {
      await t.test(text, async () => {
        const [whole, streamed] = await both(door, text);
        assert.deepEqual(streamed, whole);
        assert.equal(whole.calls.length, { "[tool] x": 1, "[parallel] x": 2 }[text] ?? 0);
        if (whole.calls.length) assert.equal(whole.calls[0][1], '{"city":"Paris","days":7}');
      });
    }
  });

  test(`${name}: refuses what the API refuses`, async (t) => {
    for (const [what, body, status, text, { path = door.path(false), headers = door.headers } = {}] of REFUSALS[name]) {
      await t.test(what, async () => {
        const response = await send(path, body, headers);
        const answer = await response.text();
        assert.ok(String(message(answer)).includes(text), answer.slice(0, 400));
        assert.equal(response.status, status);
      });
    }
  });

  test(`${name}: quotes tool results and counts images`, async () => {
    const model = name === "gemini" ? "/gemini/v1beta/models/gemini-3-pro-preview:generateContent" : door.path(false);
    const answers = await Promise.all([RESULTS[name], IMAGES[name]].map(async (body) => door.reader.whole(await (await send(model, body, door.headers)).json())));
    assert.equal(answers[0].text, "The tool weather answered: sunny.");
    assert.ok(answers[1].text.startsWith("I see 1 image (image/png, 8 bytes)."), answers[1].text);
  });

  test(`${name}: a body over 32 MB is too large`, async () => {
    const response = await send(door.path(false), { x: "a".repeat(33 * 1024 * 1024) }, door.headers);
    assert.equal(response.status, 413);
  });
}

test("gemini without alt=sse streams one JSON array", async () => {
  const { body, headers, reader } = DOORS.gemini;
  const path = "/gemini/v1beta/models/gemini-2.5-flash:streamGenerateContent";
  const raw = await (await send(path, body("[long]"), headers)).text();
  assert.ok(raw.startsWith("[{") && raw.endsWith("}\r\n]"));
  assert.equal(reader.streamed(raw).text.split(" ").length, 2000);
  const refused = await send(path, { foo: 1 }, headers);
  assert.equal((await refused.json())[0].error.status, "INVALID_ARGUMENT");
});

test("limits cut the answer, thinking first", async () => {
  const { headers, reader } = DOORS.responses;
  const whole = async (max_output_tokens) => reader.whole(await (await send("/openai/v1/responses", { model: "gpt-6-sol", input: "hello", max_output_tokens }, headers)).json());
  assert.deepEqual(await whole(16).then(({ text, finish, usage }) => [text, finish, usage.output_tokens]), ["", "max_output_tokens", 16]);
  assert.equal((await whole(500)).finish, "completed");
});

test("usage comes on the chat stream only when asked for", async () => {
  const { path, body, headers } = DOORS.chat;
  const raw = await (await send(path(), { ...body("x"), stream: true }, headers)).text();
  assert.ok(!raw.includes('"usage"'));
});

test("the command line prints its address and ends with stdin", async () => {
  const child = spawn(process.execPath, [new URL("cli.mjs", import.meta.url).pathname, "--with-stdin"], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  assert.equal((await fetch(`${JSON.parse(line).url}/ollama/api/version`)).status, 200);
  child.stdin.end();
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("reasoning state made here is taken back", async () => {
  const door = DOORS.responses;
  const first = await (await send(door.path(), door.body("[tool]", { tools: true }), door.headers)).json();
  const { call_id } = first.output.at(-1);
  const input = [{ role: "user", content: "[tool]" }, ...first.output, { type: "function_call_output", call_id, output: "sunny" }];
  const second = await send(door.path(), { ...door.body("", { tools: true }), input }, door.headers);
  assert.equal(door.reader.whole(await second.json()).text, "The tool weather answered: sunny.");

  const claude = DOORS.claude;
  const said = await (await send(claude.path(), claude.body("[tool]", { tools: true }), claude.headers)).json();
  assert.deepEqual(said.content.map(({ type }) => type), ["thinking", "tool_use"]);
  const result = { type: "tool_result", tool_use_id: said.content[1].id, content: "sunny" };
  const messages = [{ role: "user", content: "[tool]" }, { role: "assistant", content: said.content }, { role: "user", content: [result] }];
  assert.equal((await send(claude.path(), { ...claude.body("", { tools: true }), messages }, claude.headers)).status, 200);

  const gemini = DOORS.gemini;
  const turn = await (await send(gemini.path(), gemini.body("[parallel]", { tools: true }), gemini.headers)).json();
  const calls = turn.candidates[0].content.parts.filter((part) => part.functionCall);
  const parts = calls.map(({ functionCall: { id, name } }) => ({ functionResponse: { id, name, response: { output: "sunny" } } }));
  const contents = [{ role: "user", parts: [{ text: "x" }] }, turn.candidates[0].content, { role: "user", parts }];
  assert.equal((await send(gemini.path(), { ...gemini.body("", { tools: true }), contents }, gemini.headers)).status, 200);
});

test("a cut call is marked as each API marks it", async () => {
  const ask = async (name) => {
    const door = DOORS[name];
    return (await send(door.path(true), door.body("[tool] [length]", { tools: true, streaming: true }), door.headers)).text();
  };
  assert.match(await ask("responses"), /"status":"incomplete","arguments":"\{\\"city\\":/);
  const claude = await ask("claude");
  assert.equal(claude.match(/content_block_start/g).length / 2, 2);
  assert.equal(claude.match(/content_block_stop/g).length / 2, 1);
});

test("models and counts", async () => {
  const get = async (path, headers) => (await fetch(server.url + path, { headers })).json();
  assert.equal((await get("/openai/v1/models", DOORS.chat.headers)).object, "list");
  assert.equal((await get("/openai/v1/models/gpt-4o", DOORS.chat.headers)).id, "gpt-4o");
  assert.equal((await get("/claude/v1/models?limit=1", DOORS.claude.headers)).has_more, true);
  assert.equal((await get("/gemini/v1beta/models?pageSize=2", DOORS.gemini.headers)).nextPageToken, "2");
  assert.ok((await get("/ollama/api/tags")).models[0].digest);
  assert.ok((await get("/ollama/api/ps")).models[0].size_vram);
  assert.equal(await (await fetch(`${server.url}/ollama/`)).text(), "Ollama is running");
  assert.deepEqual((await (await send("/ollama/api/show", { model: "qwen3" })).json()).capabilities, ["completion", "tools", "thinking"]);
  const { max_tokens, stream, ...counted } = DOORS.claude.body("hello");
  const whole = DOORS.claude.reader.whole(await (await send(DOORS.claude.path(), { ...counted, max_tokens, stream }, DOORS.claude.headers)).json());
  const count = await (await send("/claude/v1/messages/count_tokens", counted, DOORS.claude.headers)).json();
  assert.equal(count.input_tokens, whole.usage.input_tokens);
});

// ---- Ollama's models

const objects = async (response) => (await response.text()).trim().split("\n").map((text) => JSON.parse(text));
const names = async () => (await (await fetch(`${server.url}/ollama/api/tags`)).json()).models.map(({ name }) => name);
const manage = (path, body, method = "POST") => send(`/ollama/api/${path}`, body, {}, { method });

test("ollama: a pull tells its layers and ends with success", async () => {
  const lines = await objects(await manage("pull", { model: "smollm:new1" }));
  assert.deepEqual([lines[0], lines.at(-1)], [{ status: "pulling manifest" }, { status: "success" }]);
  assert.equal(new Set(lines.map(({ digest }) => digest).filter(Boolean)).size, 3);
  assert.ok(lines.some(({ total, completed }) => total && completed === undefined), "nothing yet is left out");
  assert.ok((await names()).includes("smollm:new1"));
  assert.deepEqual(await (await manage("pull", { name: "smollm:new1", stream: false })).json(), { status: "success" });
});

test("ollama: a model nobody has is an error inside a 200, and a 500 without a stream", async () => {
  const streamed = await manage("pull", { model: "no-such" });
  assert.deepEqual([streamed.status, (await objects(streamed)).at(-1)], [200, { error: "pull model manifest: file does not exist" }]);
  assert.equal((await manage("pull", { model: "no-such", stream: false })).status, 500);
});

test("ollama: a broken pull goes on where it was", async () => {
  const first = await send("/_fault/eof-before-end/_fault/eof-in-line/ollama/api/pull", { model: "smollm:new2" });
  const got = (await first.text()).split("\n").slice(0, -1).map((text) => JSON.parse(text));
  assert.ok(!(await names()).includes("smollm:new2"));
  const layer = (lines) => lines.filter(({ digest }) => digest === got[1].digest);
  const left = layer(got).at(-1).completed;
  const again = layer(await objects(await manage("pull", { model: "smollm:new2" })));
  assert.ok(again.find(({ completed }) => completed).completed >= left && left > 0, `${left}, then ${JSON.stringify(again)}`);
});

test("ollama: models are made, copied and removed", async () => {
  const made = await objects(await manage("create", { model: "mario:new", from: "llama3.2", system: "You are Mario." }));
  assert.deepEqual(made.map(({ status }) => status.replace(/[0-9a-f]{64}/, "…")), ["reading model metadata", "creating system layer", "using existing layer sha256:…", "writing manifest", "success"]);
  assert.equal((await manage("copy", { source: "mario:new", destination: "luigi:new" })).status, 200);
  assert.deepEqual((await names()).filter((name) => /mario|luigi/.test(name)), ["mario:new", "luigi:new"]);
  for (const model of ["mario:new", "luigi:new"]) assert.equal((await manage("delete", { model }, "DELETE")).status, 200);
  assert.equal((await manage("delete", { model: "mario:new" }, "DELETE")).status, 404);
  assert.equal((await manage("copy", { source: "mario:new", destination: "x" })).status, 404);
  assert.equal((await manage("create", { model: "m" })).status, 400);
});

test("ollama: files are kept by their digest", async () => {
  const digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const blob = async (method, body) => (await fetch(`${server.url}/ollama/api/blobs/${digest}`, { method, body })).status;
  assert.deepEqual([await blob("HEAD"), await blob("POST", "abd"), await blob("POST", "abc"), await blob("HEAD")], [404, 400, 201, 200]);
  const lost = await objects(await manage("create", { model: "m:new", files: { "a.gguf": digest.replace("b", "c") } }));
  assert.match(lost[0].error, /no such file/);
  assert.deepEqual((await objects(await manage("create", { model: "m:new", files: { "a.gguf": digest } }))).at(-1), { status: "success" });
});

test("CORS", async (t) => {
  const origin = "https://my.site";
  const preflight = (path, headers) => fetch(server.url + path, { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": headers } });
  // [what, request, status, allowed origin, exposed headers]
  const cases = [
    ["openai preflight", () => preflight("/openai/v1/responses", "authorization,x-anything"), 204, "*", null],
    ["openai answer", () => send(DOORS.chat.path(), DOORS.chat.body("x"), { ...DOORS.chat.headers, origin }), 200, "*", "X-Request-ID, CF-Ray"],
    ["openai refusal", () => send(DOORS.chat.path(), {}, { ...DOORS.chat.headers, origin }), 400, "*", "X-Request-ID, CF-Ray"],
    ["claude preflight", () => preflight("/claude/v1/messages", "x-api-key,anthropic-dangerous-direct-browser-access"), 200, "*", null],
    ["claude preflight without the opt-in", () => preflight("/claude/v1/messages", "x-api-key"), 401, null, null],
    ["claude answer", () => send(DOORS.claude.path(), DOORS.claude.body("x"), { ...DOORS.claude.headers, origin, "anthropic-dangerous-direct-browser-access": "true" }), 200, "*", "*"],
    ["claude answer without the opt-in", () => send(DOORS.claude.path(), DOORS.claude.body("x"), { ...DOORS.claude.headers, origin }), 401, null, null],
    ["gemini preflight", () => preflight("/gemini/v1beta/models", "content-type,x-goog-api-key"), 200, origin, null],
    ["gemini preflight with another header", () => preflight("/gemini/v1beta/models", "x-goog-api-key,api-revision"), 403, null, null],
    ["gemini answer", () => send(DOORS.gemini.path(), DOORS.gemini.body("x"), { ...DOORS.gemini.headers, origin }), 200, origin, "vary, content-encoding, date, server, content-length"],
    ["ollama from elsewhere", () => send("/ollama/api/chat", DOORS.ollama.body("x"), { origin }), 403, null, null],
    ["ollama preflight from elsewhere", () => preflight("/ollama/api/chat", "content-type"), 403, null, null],
    ["ollama from localhost", () => send("/ollama/api/chat", DOORS.ollama.body("x"), { origin: "http://localhost:5173" }), 200, "http://localhost:5173", null],
    ["ollama after its origin was added", async () => (await send("/_standin/origins", { add: [origin] }), send("/ollama/api/chat", DOORS.ollama.body("x"), { origin })), 200, origin, null],
  ];
  for (const [what, ask, status, allowed, exposed] of cases) {
    await t.test(what, async () => {
      const response = await ask();
      const { headers } = response;
      await response.arrayBuffer();
      assert.deepEqual([response.status, headers.get("access-control-allow-origin"), headers.get("access-control-expose-headers")], [status, allowed, exposed]);
    });
  }
});

const streams = async () => (await fetch(`${server.url}/_standin/streams`)).json();

async function settled() {
  for (let turns = 0; (await streams()).open > 0 && turns < 100; turns += 1) await sleep(10);
}

/** Reads for at most `ms`: {status, type, text, ended: "clean" | "error" | "open"}. */
async function observed(name, door, ms = 400) {
  const gone = new AbortController();
  const timer = setTimeout(() => gone.abort(), ms);
  const out = { text: "", bytes: 0, ended: "clean" };
  try {
    const response = await send(`/_fault/${name}${door.path(true)}`, door.body("hello", { streaming: true }), door.headers, { signal: gone.signal, redirect: "manual" });
    Object.assign(out, { status: response.status, headers: response.headers });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      out.bytes += chunk.length;
      if (out.text.length < 1e5) out.text += decoder.decode(chunk, { stream: true });
    }
  } catch {
    out.ended = gone.signal.aborted ? "open" : "error";
  }
  clearTimeout(timer);
  return out;
}

// These never end by themselves: how long to watch them, in ms.
const WAITS = { "stall": 250, "stall-first": 250, "linger": 600, "endless-line": 250, "slow-20": 150 };

for (const [name, door] of Object.entries(DOORS)) {
  test(`${name}: faults`, { concurrency: true }, async (t) => {
    const good = await (await send(door.path(true), door.body("hello", { streaming: true }), door.headers)).text();
    const normal = (text) => text.replace(/"(created|created_at)":("[^"]*"|\d+)/g, "");
    // [fault, what must hold]
    const cases = [
      ["eof-before-end", (o) => assert.ok(o.ended === "clean" && o.text.length > 20 && normal(good).startsWith(normal(o.text)) && o.text.length < good.length)],
      ["eof-in-line", (o) => assert.ok(o.ended === "clean" && o.text.length > 20 && !o.text.endsWith("\n"))],
      ["reset", (o) => assert.equal(o.ended, "error")],
      ["empty", (o) => assert.deepEqual([o.status, o.text, o.ended], [200, "", "clean"])],
      ["html", (o) => assert.ok(o.status === 200 && o.text.startsWith("<!DOCTYPE html>"))],
      ["json-error", (o) => assert.ok(o.status === 200 && JSON.parse(o.text).error)],
      ["error-mid-stream", (o) => assert.ok(o.ended === "clean" && /error/.test(o.text.slice(-400)))],
      ["stall", (o) => assert.ok(o.ended === "open" && o.text.length > 20)],
      ["stall-first", (o) => assert.ok(o.ended === "open" && o.status === undefined)],
      ["linger", (o) => (assert.equal(o.ended, "open"), assert.equal(normal(o.text), normal(good)))],
      ["endless-line", (o) => assert.ok(o.ended === "open" && o.bytes > 1e5)],
      ["status-429", (o) => assert.ok(o.status === 429 && JSON.parse(o.text).error)],
      ["status-503", (o) => assert.equal(o.status, 503)],
      ["redirect", (o) => assert.deepEqual([o.status, o.headers.get("location")], [307, "/_standin/landing"])],
      ["malformed", (o) => assert.ok(o.ended === "clean" && o.text.length > 20 && normal(o.text) !== normal(good))],
      ["quota", (o) => assert.deepEqual([o.status, JSON.parse(o.text).error.code], [429, "insufficient_quota"])],
      ["too-long", (o) => assert.deepEqual([o.status, JSON.parse(o.text).error.code], [400, "context_length_exceeded"])],
      ["redirect-308", (o) => assert.deepEqual([o.status, o.headers.get("location")], [308, "/_standin/landing"])],
      ["wait-ms", (o) => assert.deepEqual([o.status, o.headers.get("retry-after-ms")], [429, "40"])],
      ["tiny", (o) => assert.equal(normal(o.text), normal(good))],
      ["slow-20", (o) => assert.equal(o.ended, "open")],
      ["wrong-type", (o) => assert.equal(o.headers.get("content-type"), "text/plain")],
    ];
    assert.equal(cases.length, FAULT_NAMES.length + 1);
    const tests = cases.map(([fault, holds]) => t.test(fault, async () => holds(await observed(fault, door, WAITS[fault] ?? 5000))));
    await Promise.all(tests);
  });
}

test("observation tells who ended a stream, masks keys, counts landings", async () => {
  await settled();
  await fetch(`${server.url}/_standin/reset`, { method: "POST" });
  await observed("stall", DOORS.chat, 100);
  await settled(); // the server learns a moment later that the client has gone
  await observed("eof-before-end", DOORS.chat);
  await fetch(`${server.url}/_standin/landing`, { method: "POST" });
  await settled();
  const { open, ended } = await streams();
  assert.deepEqual([open, ended.map(({ by }) => by)], [0, ["client", "server"]]);
  const { requests, landings } = await (await fetch(`${server.url}/_standin/requests`)).json();
  assert.equal(landings, 1);
  assert.equal(requests[0].headers.authorization, "Bearer sk-test***");
  assert.equal(requests[0].body.model, "gpt-4o");
});

test("an unknown fault or mount says what there is", async () => {
  for (const path of ["/_fault/nope/openai/v1/models", "/nope"]) assert.equal((await fetch(server.url + path)).status, 404);
});

test("tiny writes really are single bytes", async () => {
  const body = JSON.stringify(DOORS.ollama.body("hello", { streaming: true }));
  const socket = connect(server.port, "127.0.0.1");
  socket.write(`POST /_fault/tiny/ollama/api/chat HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  let raw = "";
  for await (const chunk of socket) raw += chunk.toString("latin1");
  assert.ok(raw.split("\r\n1\r\n").length > 500);
});

const cassettes = process.env.AIRCHER_CASSETTES;

test("replay answers byte for byte", { skip: cassettes ? false : "AIRCHER_CASSETTES is not set" }, async () => {
  const ids = readdirSync(cassettes).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5)).slice(0, 40);
  for (const id of ids) {
    const { response } = JSON.parse(readFileSync(join(cassettes, `${id}.json`), "utf8"));
    const answer = await send(`/_replay/${id}/v1/anything?chunk=700`, {});
    assert.deepEqual([answer.status, await answer.text()], [response.status, response.body], id);
  }
});

test("replay names what is missing", async () => {
  const answer = await send("/_replay/no-such-cassette/v1/messages", {});
  assert.equal(answer.status, 404);
  assert.match((await answer.json()).error.message, /cassette/);
});
