// What every runtime has to do with the installed package, against the stand-in at `url`. It runs inside the
// runtime, so it uses nothing but the package, fetch and timers. Resolves to one `{ name, error? }` per check.
import { control, same, truly } from "./checks.mjs";
import { early } from "./early.mjs";
import { embed } from "./embed.mjs";
import { failover } from "./failover.mjs";
import { hazards } from "./hazards.mjs";
import { health } from "./health.mjs";
import { leaving } from "./leaving.mjs";
import { limits } from "./limits.mjs";
import { models } from "./models.mjs";
import { money } from "./money.mjs";
import { ollama } from "./ollama.mjs";
import { options } from "./options.mjs";
import { recovery } from "./recovery.mjs";
import { responseCache } from "./response_cache.mjs";
import { tokens } from "./tokens.mjs";
import { toml } from "./toml.mjs";
import { traps } from "./traps.mjs";
import { vertex } from "./vertex.mjs";
import { watching } from "./watching.mjs";

const PROVIDERS = [
  { id: "openai", path: "/openai/v1", api_key: "sk-test-12345678", model: "gpt-6-luna" },
  { id: "claude", path: "/claude", api_key: "sk-ant-test-12345678", model: "claude-haiku-5-5" },
  { id: "gemini", path: "/gemini/v1beta", api_key: "AIza-test-12345678", model: "gemini-3.8-flash" },
  { id: "ollama", path: "/ollama", api_key: null, model: "qwen3:8b" },
];
const OPENAI = PROVIDERS[0];
/** How soon the server has to see that a reader has left. */
const LEFT_MS = 1000;
const TYPED = ["invalid_request", "invalid_config"];

export async function scenario({ Aircher, AircherError, Tokenizer }, url) {
  const results = [];
  const check = async (name, work) => results.push(await outcome(name, work));
  const open = (prefix = "") => Aircher.create(config(url, prefix), { dangerouslyAllowBrowser: true });

  for (const [name, work] of early({ Aircher, AircherError })) await check(`before any call: ${name}`, work);
  for (const provider of PROVIDERS) {
    await check(`${provider.id}: chat and stream agree`, () => agree(open, provider));
    await check(`${provider.id}: leaving the loop closes the connection`, () => leave(open, provider, url));
  }
  await check("every face of a stream tells the same text", () => faces(open));
  await check("an aborted signal ends the call", () => aborted(open, AircherError));
  for (const [name, work] of money({ Aircher, AircherError }, url)) await check(`money: ${name}`, work);
  for (const [name, work] of recovery({ Aircher, AircherError }, url)) await check(`recovery: ${name}`, work);
  for (const [name, work] of failover({ Aircher, AircherError }, url)) await check(`failover: ${name}`, work);
  for (const [name, work] of limits({ Aircher, AircherError }, url)) await check(`limits: ${name}`, work);
  for (const [name, work] of toml({ Aircher, AircherError }, url)) await check(`TOML: ${name}`, work);
  const counting = { config: config(url, ""), providers: PROVIDERS };
  // Of an address that is not OpenAI's own it has to be said that it counts.
  counting.config.providers.openai.api = "responses";
  for (const [name, work] of tokens({ Aircher, AircherError, Tokenizer }, counting)) await check(`tokens: ${name}`, work);
  for (const [name, work] of health({ Aircher, AircherError }, url)) await check(`health: ${name}`, work);
  for (const [name, work] of embed({ Aircher, AircherError }, url)) await check(`embeddings: ${name}`, work);
  for (const [name, work] of models({ Aircher, AircherError }, url)) await check(`models: ${name}`, work);
  for (const [name, work] of watching({ Aircher, AircherError }, url)) await check(`watching: ${name}`, work);
  for (const [name, work] of leaving({ Aircher, AircherError }, url)) await check(`leaving: ${name}`, work);
  for (const [name, work] of options({ Aircher, AircherError }, url)) await check(`options: ${name}`, work);
  for (const [name, work] of hazards({ Aircher, AircherError }, url)) await check(`hazards: ${name}`, work);
  for (const [name, work] of responseCache({ Aircher, AircherError }, url)) await check(`kept answers: ${name}`, work);
  for (const [name, work] of ollama({ Aircher, AircherError }, url)) await check(`Ollama: ${name}`, work);
  const signed = (proof) => results.push({ name: "vertex: the assertion", proof });
  for (const [name, work] of vertex({ Aircher, AircherError }, url, signed)) await check(`vertex: ${name}`, work);
  for (const [name, work] of traps({ Aircher, AircherError }, url)) await check(`traps: ${name}`, work);
  for (const [name, fault] of faults(open, { Aircher, url })) {
    await check(`bad input: ${name}`, () => refused(fault, { AircherError, open, url }));
  }
  return results;
}

async function outcome(name, work) {
  try {
    await work();
    return { name };
  } catch (error) {
    return { name, error: String(error?.stack ?? error) };
  }
}

function config(url, prefix) {
  const entry = ({ id, path, api_key }) => [id, { api_key, base_url: url + prefix + path }];
  return { providers: Object.fromEntries(PROVIDERS.map(entry)) };
}

const ask = ({ id, model }, content) => ({ provider: id, model, messages: [{ role: "user", content }] });

async function agree(open, provider) {
  const llm = await open();
  const whole = await llm.chat(ask(provider, "Say hello."));
  const chunks = [];
  for await (const chunk of llm.chatStream(ask(provider, "Say hello."))) chunks.push(chunk);
  const last = chunks.at(-1);
  same(chunks.map(({ stream }) => stream.delta.content ?? "").join(""), last.message.content, "the pieces and the whole");
  same(last.message.content, whole.message.content, "the streamed and the whole answer");
  truly(last.message.content.length > 20, "the answer has text");
  truly(chunks.length > 3, "the answer came in pieces");
  same(chunks.filter(({ stream }) => stream.finished).length, 1, "finished chunks");
  for (const { usage } of [whole, last]) truly(usage.prompt_tokens > 0 && usage.completion_tokens > 0, "usage is told");
  await llm.close();
}

async function leave(open, provider, url) {
  const slow = "/_fault/slow-20";
  const llm = await open(slow);
  for await (const chunk of llm.chatStream(ask(provider, "[long]"))) if (chunk.stream.delta.content) break;
  const left = Date.now();
  const seen = ({ path, by }) => path.startsWith(slow + provider.path) && by === "client";
  while (!(await control(url, "streams")).ended.some(seen)) {
    truly(Date.now() - left < LEFT_MS, `the server saw the reader leave within ${LEFT_MS} ms`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
  await llm.close();
}

async function faces(open) {
  const llm = await open();
  const stream = () => llm.chatStream(ask(OPENAI, "Say hello."));
  const { content } = (await stream().response).message;
  same(await new Response(stream().textStream.pipeThrough(new TextEncoderStream())).text(), content, "textStream and answer");
  same(await stream().toResponse().text(), content, "toResponse() and answer");
  const chunks = [];
  const reader = stream().readable.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) chunks.push(step.value);
  same(chunks.at(-1).message.content, content, "readable and answer");
  await llm.close();
}

async function aborted(open, AircherError) {
  const llm = await open("/_fault/slow-20");
  const control = new AbortController();
  const read = async () => {
    for await (const { stream } of llm.chatStream(ask(OPENAI, "[long]"), { signal: control.signal })) if (stream.delta.content) control.abort("enough");
  };
  const error = await read().then(() => undefined, (error) => error);
  truly(AircherError.is(error) && error.type === "cancelled", `a cancelled error, not ${error}`);
  same(error.cause, "enough", "the cause and the reason");
  await llm.close();
}

/** `[name, { run, types, names?, unsent? }]`: the call, the error types allowed, what the message has to name. */
function faults(open, { Aircher, url }) {
  const chat = (change) => async () => (await open()).chat({ ...ask(OPENAI, "hello"), ...change });
  const tool = { type: "function", function: { name: "look", description: "looks", parameters: { type: "object" } } };
  const cycle = {};
  cycle.self = cycle;
  const wrongKey = config(url, "");
  wrongKey.providers.openai.api_key = "sk-wrong-12345678";
  const badUrl = { providers: { openai: { api_key: "sk-test-12345678", base_url: "not a url" } } };
  const create = (config) => Aircher.create(config, { dangerouslyAllowBrowser: true });
  return Object.entries({
    "a wrong key": { run: async () => (await create(wrongKey)).chat(ask(OPENAI, "hello")), types: ["authentication"], sent: true },
    "a bad address": { run: () => create(badUrl), types: ["invalid_config"], names: /base_url/ },
    "an unknown provider": { run: chat({ provider: "nobody" }), types: TYPED, names: /provider/ },
    "a model nobody serves": { run: chat({ provider: undefined, model: "no-such-thing" }), types: ["model_not_found"], names: /no-such-thing/ },
    "no messages": { run: chat({ messages: [] }), types: TYPED, names: /messages/ },
    "messages that are no list": { run: chat({ messages: "hello" }), types: TYPED, names: /messages/ },
    "no request at all": { run: async () => (await open()).chat(), types: TYPED },
    "a malformed tool schema": { run: chat({ tools: [{ ...tool, function: { ...tool.function, parameters: "nothing" } }] }), types: TYPED, names: /tools/ },
    "a cyclic object": { run: chat({ metadata: cycle }), types: TYPED },
    "a limit that is no number": { run: () => create({ ...config(url, ""), costs: { daily_limit: Number("five") } }), types: ["invalid_config"], names: /daily_limit/ },
    "a limit of a request that is no number": { run: chat({ cost_limit: Infinity }), types: TYPED, names: /cost_limit/ },
    "a store without abilities": { run: () => Aircher.create(config(url, ""), { store: { update() {}, scan() {} }, dangerouslyAllowBrowser: true }), types: ["invalid_config"], names: /caps/ },
    "half an emoji": { run: chat({ messages: [{ role: "user", content: "half \ud83d" }] }), types: TYPED, answer: true },
    "a prompt of 10 MB": { run: chat({ messages: [{ role: "user", content: "word ".repeat(2_000_000) }] }), types: ["context_length_exceeded", "request_too_large"], sent: true },
  });
}

/** A typed error, nothing sent where that can be known, and the package still answers afterwards. */
async function refused({ run, types, names, sent = false, answer = false }, { AircherError, open, url }) {
  await control(url, "reset", "POST");
  const error = await run().then(() => undefined, (error) => error);
  if (error || !answer) {
    truly(AircherError.is(error), `an AircherError, not ${error}`);
    truly(types.includes(error.type), `type ${error.type}: ${error.message}`);
    if (names) truly(names.test(error.message), `"${error.message}" names ${names}`);
    if (!sent) same((await control(url, "requests")).requests.filter(({ path }) => !path.startsWith("/_")).length, 0, "requests sent");
  }
  const llm = await open();
  truly((await llm.chat(ask(OPENAI, "Still there?"))).message.content.length > 0, "the next call is answered");
  await llm.close();
}
