// The stand-in as a process of its own, and the package in this one: what is left over here is ours.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { Aircher } from "../../../pkg/dist/entry-node.js";

const child = spawn(process.execPath, [new URL("../../standin/cli.mjs", import.meta.url).pathname, "--with-stdin"], { stdio: ["pipe", "pipe", "inherit"] });
const [line] = await once(createInterface({ input: child.stdout }), "line");
after(() => child.kill());

/** The stand-in's address. */
export const { url } = JSON.parse(line);

/** How many answers the server still has open. */
export const streams = async () => (await (await fetch(`${url}/_standin/streams`)).json()).open;

/** A client whose provider stands behind faults of the stand-in, and requests to it. */
export async function client(fault = "", options = {}, config = {}) {
  const providers = { openai: { api_key: "sk-test-12345678", base_url: `${url}${fault}/openai/v1`, model: "gpt-6-luna", api: "responses" } };
  const llm = await Aircher.create({ providers, retry: { max_retries: 1, initial_delay: "20ms" }, costs: { mode: "hard", daily_limit: 1_000_000 }, ...config }, options);
  return { llm, ask: (content = "Say hello.") => ({ messages: [{ role: "user", content }] }) };
}

/** A few at a time. */
export async function crowd(count, atOnce, work) {
  const todo = Array.from({ length: count }).keys();
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const at of todo) await work(at);
  }));
}
