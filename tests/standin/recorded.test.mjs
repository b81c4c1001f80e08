// Keeps the checks honest: what the real APIs were recorded to accept must not be refused here.
// Needs a folder of recordings in AIRCHER_CASSETTES.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { start } from "./index.mjs";

const folder = process.env.AIRCHER_CASSETTES;

const MOUNTS = {
  "openai chat.completions": "/openai/v1/chat/completions",
  "openai responses": "/openai/v1/responses",
  "anthropic messages": "/claude/v1/messages",
  "anthropic count_tokens": "/claude/v1/messages/count_tokens",
  "ollama api.chat": "/ollama/api/chat",
  "ollama api.create": "/ollama/api/create",
  "ollama api.pull": "/ollama/api/pull",
};

// State of another server, retired or foreign models, and data the recorder cut out: refused for good reason.
const EXCUSED = /signature|could not be verified|Previous response|does not exist|is not found|^model: |not found|[Bb]ase64|inline_data/;

const pathOf = ({ provider, endpoint, request }) =>
  provider === "gemini" ? `/gemini${request.path}` : MOUNTS[`${provider} ${endpoint}`];

function recordings() {
  const all = readdirSync(folder).filter((name) => name.endsWith(".json")).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
  return all.filter((one) => one.response.status === 200 && one.request.method === "POST" && one.request.body && pathOf(one));
}

async function refusal(url, recording) {
  const { body } = recording.request;
  const headers = { "content-type": "application/json", "anthropic-version": "2023-06-01" };
  const response = await fetch(url + pathOf(recording), { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) });
  const text = await response.text();
  return response.status < 400 || EXCUSED.test(messageOf(text)) ? null : `${recording.id}: ${messageOf(text)}`;
}

function messageOf(text) {
  const [{ error }] = [JSON.parse(text)].flat();
  return error.message ?? error;
}

test("recorded requests are accepted", { skip: folder ? false : "AIRCHER_CASSETTES is not set" }, async () => {
  const server = await start({ paceMs: 0, secureKeys: false });
  const refusals = [];
  for (const recording of recordings()) refusals.push(await refusal(server.url, recording));
  await server.close();
  assert.deepEqual(refusals.filter(Boolean), []);
  assert.ok(refusals.length > 100, `only ${refusals.length} recordings`);
});
