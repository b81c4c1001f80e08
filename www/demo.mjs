// One chat with each provider, what they cost, and a call no budget allows, in the terminal:
//
//   node www/demo.mjs <address of the stand-in>
//
// A provider whose key is in the environment, or an Ollama that answers on this machine, is asked for real; the
// others are the stand-in.
import { Aircher, AircherError } from "../pkg/dist/entry-node.js";

const PROVIDERS = [
  { id: "openai", name: "OpenAI", keys: ["OPENAI_API_KEY"], path: "/openai/v1", key: "sk-test-demo-key", model: "gpt-6-luna", api: "responses" },
  { id: "claude", name: "Claude", keys: ["ANTHROPIC_API_KEY"], path: "/claude", key: "sk-ant-test-demo-key", model: "claude-haiku-5-5" },
  { id: "gemini", name: "Gemini", keys: ["GEMINI_API_KEY", "GOOGLE_API_KEY"], path: "/gemini/v1beta", key: "AIza-test-demo-key", model: "gemini-3.8-flash" },
  { id: "ollama", name: "Ollama", keys: [], path: "/ollama", key: null, model: "qwen3:8b" },
];
const OLLAMA = process.env.OLLAMA_BASE_URL ?? "http://127.0.0.1:11434";
const QUESTION = "What is the weather in Paris? Use the tool, then say in one sentence what to wear.";
/** Words the stand-in understands: think aloud, call the first tool. */
const CUES = " [think] [tool]";
const TOOLS = [
  {
    type: "function",
    function: {
      name: "get_weather",
      description: "The weather in a city, now.",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    },
  },
];
const ROUNDS = 4;

const standin = process.argv[2];
const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
const [bold, dim, red] = [1, 2, 31].map(paint);
const write = (text) => process.stdout.write(text);
const dollars = (cost) => `$${cost.toFixed(6)}`;

let failures = 0;
for (const provider of PROVIDERS) await show(provider);
await total();
await refusal();
process.exitCode = failures > 0 ? 1 : 0;

async function show(provider) {
  const { settings, where, cues } = await reach(provider);
  write(`\n${bold(provider.name)} ${dim(where)}\n`);
  try {
    const llm = await Aircher.create({ providers: { [provider.id]: settings } });
    await converse(llm, provider.id, [{ role: "user", content: QUESTION + cues }]);
    await llm.close();
  } catch (error) {
    failures += 1;
    write(`\n${red(describe(error))}\n`);
  }
}

/** All clients of a process keep the same books. */
async function total() {
  const providers = Object.fromEntries(PROVIDERS.map(({ id, key }) => [id, { api_key: key }]));
  const llm = await Aircher.create({ providers });
  const today = await llm.costs.today();
  write(`\n${bold("Today")} ${dim("costs.today()")}\n`);
  for (const { id, name } of PROVIDERS) {
    const { cost, requests, tokens } = today.by_provider[id];
    write(`${name.padEnd(8)} ${dollars(cost)} ${dim(`for ${requests} requests, ${tokens} tokens`)}\n`);
  }
  write(`${bold("in all".padEnd(8))} ${dollars(today.cost)}\n`);
  await llm.close();
}

/** A request that could cost more than is left of the day is not sent. */
async function refusal() {
  const [{ id, key, path, model, api }] = PROVIDERS;
  const providers = { [id]: { api_key: key, base_url: standin + path, model, api } };
  const llm = await Aircher.create({ providers, costs: { limits: { [`${id}_daily`]: 0.000001 } } });
  write(`\n${bold("A budget")} ${dim(`costs.limits.${id}_daily = 0.000001`)}\n`);
  try {
    await llm.chat({ messages: [{ role: "user", content: QUESTION }] });
    failures += 1;
    write(`${red("the request should have been refused")}\n`);
  } catch (error) {
    if (error.type !== "budget_exceeded") throw error;
    const { scope, period, limit, settled, requested, resets_at: resets } = error;
    write(`not sent: ${error.type}\n`);
    write(dim(`scope ${scope}, period ${period}, limit ${dollars(limit)}, spent ${dollars(settled)}, needed ${dollars(requested)}, resets at ${resets}\n`));
  } finally {
    await llm.close();
  }
}

/** The real provider where there is a key or a server, else the stand-in. */
async function reach({ id, keys, path, key, model, api }) {
  const name = keys.find((name) => process.env[name]);
  if (name) return { settings: { api_key: process.env[name] }, where: `with ${name}`, cues: "" };
  if (id === "ollama" && (await answers(`${OLLAMA}/api/version`))) return { settings: { base_url: OLLAMA }, where: `at ${OLLAMA}`, cues: "" };
  return { settings: { api_key: key, base_url: standin + path, model, api }, where: "the stand-in on this machine", cues: CUES };
}

async function answers(url) {
  return fetch(url, { signal: AbortSignal.timeout(500) }).then(({ ok }) => ok, () => false);
}

/** Asks, answers tool calls, and asks again until there is nothing left to call. */
async function converse(llm, provider, messages) {
  for (let round = 0; round < ROUNDS; round += 1) {
    const answer = await stream(llm, { provider, messages, tools: TOOLS, thinking: { effort: "medium", display: "summarized" } });
    write(`${dim(summary(answer))}\n`);
    const calls = answer.message.tool_calls ?? [];
    if (calls.length === 0) return;
    messages.push(answer.message, ...calls.map(run));
  }
}

/** Text as it arrives, thinking dimmed; the last chunk is the whole answer. */
async function stream(llm, request) {
  let last;
  for await (const chunk of llm.chatStream(request)) {
    const { thinking, content } = chunk.stream.delta;
    if (thinking) write(dim(thinking));
    if (content) write(content);
    last = chunk;
  }
  write("\n");
  return last;
}

function run(call) {
  const { name, arguments: text } = call.function;
  const result = `18 °C and light rain in ${JSON.parse(text).city}`;
  write(`→ ${name}(${text}) = ${result}\n`);
  return { role: "tool", tool_call_id: call.id, content: result };
}

function summary({ model, usage, cost, stream }) {
  const price = cost === null ? "price unknown" : dollars(cost);
  return `${model}: ${usage.prompt_tokens} tokens in, ${usage.completion_tokens} out, ${price}, finished: ${stream.finish_reason}`;
}

function describe(error) {
  if (!AircherError.is(error)) return String(error?.stack ?? error);
  return `${error.type}: ${error.message}${error.hint ? ` (${error.hint})` : ""}`;
}
