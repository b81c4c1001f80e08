// The fake provider and its virtual time, in every dialect, streamed and whole.
import { same, truly } from "./checks.mjs";

const DIALECTS = [
  { dialect: "openai", more: { api: "chat" }, key: "sk-test-12345678" },
  { dialect: "openai", more: { api: "responses" }, key: "sk-test-12345678" },
  { dialect: "claude", key: "sk-ant-test-12345678" },
  { dialect: "gemini", key: "AIza-test-12345678" },
  { dialect: "ollama", more: { model: "qwen3:8b" }, key: null },
];
const ASK = { messages: [{ role: "user", content: "Hello" }] };

export function fakes(kit) {
  const each = DIALECTS.flatMap((one) => [false, true].map((live) => [`fake: ${one.dialect} ${one.more?.api ?? ""} ${live ? "streamed" : "whole"}`, () => says({ ...kit, ...one, live })]));
  const faults = DIALECTS.map((one) => [`fake faults: ${one.dialect} ${one.more?.api ?? ""}`, () => fails({ ...kit, ...one })]);
  return [
    ...each,
    ...faults,
    ["fake: waits take no time", () => waits(kit)],
    ["fake: several providers", () => several(kit)],
    ["fake: leaving is seen", () => leaving(kit)],
    ["fake: a script that is too short, functions, beside the script", () => scripts(kit)],
    ["fake: models and embeddings, beside the script", () => beside(kit)],
    ["fake: wrong scripts are refused", () => refused(kit)],
    ["clock: timers in order, intervals, clearing, restoring", () => ticks(kit)],
    ["clock: stuck work is given up", () => stuck(kit)],
  ];
}

const configOf = ({ dialect, more, key }) => ({ providers: { [dialect]: { api_key: key, ...more } } });

/** Opens a client of a fake with this script, works with it, and gives what the work gave. */
async function talking(kit, script, work, settings = {}) {
  const clock = kit.virtualClock();
  const fake = kit.fakeProvider({ dialect: kit.dialect, script, clock });
  const out = await clock.run(async () => {
    const llm = await kit.Aircher.create({ ...configOf(kit), ...settings }, { fetch: fake.fetch });
    const ask = (more) => (kit.live ? llm.chatStream({ ...ASK, ...more }).response : llm.chat({ ...ASK, ...more }));
    return Promise.resolve(work({ llm, ask, clock, fake })).finally(() => llm.close());
  });
  return { out, fake, clock };
}

async function says(kit) {
  const usage = { prompt_tokens: 100, completion_tokens: 20, cached_tokens: 5 };
  const tool_calls = [{ name: "look", arguments: { city: "Paris" } }, { id: "call_mine", type: "function", function: { name: "look", arguments: '{"city":"Rome"}' } }];
  const script = [{ text: "Answer — ünï 👍", thinking: "I think so", usage }, { tool_calls }, { refusal: "No." }, { text: "half", finish_reason: "length" }];
  const { out, fake } = await talking(kit, script, async ({ ask }) => [await ask(), await ask(), await ask(), await ask()]);
  const [said, called, refused, cut] = out;
  same(said.message.content, "Answer — ünï 👍", "text");
  same(said.message.thinking, "I think so", "thinking");
  same([said.usage.prompt_tokens, said.usage.completion_tokens].join(), "100,20", "usage");
  if (kit.dialect !== "ollama") same(said.usage.cached_tokens, 5, "cached tokens");
  same(called.message.tool_calls.map((call) => `${call.function.name} ${JSON.parse(call.function.arguments).city}`).join(), "look Paris,look Rome", "calls");
  same(called.stream.finish_reason, "tool_calls", "finish of calls");
  same(refused.stream.finish_reason, kit.dialect === "ollama" ? "stop" : "content_filter", "finish of a refusal");
  same(cut.stream.finish_reason, "length", "finish of a cut answer");
  same(fake.left, 0, "steps left");
  same(fake.requests.map(({ status }) => status).join(), "done,done,done,done", "requests");
}

/** Each fault, streamed: the error, and how long it took in virtual time. */
const FAULTS = [
  [{ status: 401 }, "authentication"],
  [{ status: 404 }, "model_not_found"],
  [{ status: 429, retry_after_ms: 7000 }, "rate_limit", 0],
  [{ status: 500 }, "server_error"],
  [{ status: 503, body: "<html>busy</html>" }, "overloaded"],
  [{ network_error: "ECONNREFUSED" }, "network_error"],
  [{ text: "one two three four five six", cut_after: 6 }, "stream_interrupted"],
  [{ text: "one two three four five six", reset_after: 6 }, "stream_interrupted"],
  [{ text: "one two three four five six", stall_after: 6 }, "timeout", 60_000],
  [{ text: "one two three four five six", malformed_after: 6 }, "stream_interrupted"],
  [{ text: "late", delay_ms: Infinity }, "timeout", 600_000],
  [{ text: "late", delay_ms: 599_000 }, undefined, 599_000],
];

async function fails(kit) {
  for (const [step, type, ms] of FAULTS) {
    const work = async ({ ask, clock }) => {
      const began = clock.elapsed;
      const error = await ask().then(() => undefined, (error) => error);
      if (error) truly(kit.AircherError.is(error), `an AircherError: ${error}`);
      return { error, took: clock.elapsed - began };
    };
    const { out } = await talking({ ...kit, live: true }, [step], work, { retry: { max_retries: 0 } });
    same(out.error?.type, type, `${JSON.stringify(step)}: ${out.error?.message}`);
    if (ms !== undefined) truly(out.took >= ms && out.took < ms + 1000, `${JSON.stringify(step)} took ${out.took} ms, expected ${ms}`);
    if (step.retry_after_ms) same(out.error.retry_after_ms, 7000, "retry_after_ms");
  }
}

async function waits(kit) {
  const began = Date.now();
  const script = [{ status: 429, retry_after_ms: 30_000 }, { network_error: "ECONNRESET" }, { text: "At last, an answer.", delay_ms: 120_000, chunk_delay_ms: 10_000 }];
  const { out, clock } = await talking({ ...kit, ...DIALECTS[2], live: true }, script, ({ ask }) => ask());
  same(out.metadata.attempts.map(({ type }) => type).join(), "rate_limit,network_error,", "attempts");
  truly(clock.elapsed >= 150_000 + 50_000 && clock.elapsed < 260_000, `virtual time: ${clock.elapsed} ms`);
  truly(out.duration >= 200_000, `the library saw it pass: ${out.duration} ms`);
  truly(Date.now() - began < 4_000, `real time: ${Date.now() - began} ms`);
}

async function several({ Aircher, fakeFetch, fakeProvider, virtualClock }) {
  const openai = fakeProvider({ dialect: "openai", script: () => ({ status: 503 }) });
  const claude = fakeProvider({ dialect: "claude", script: ["Here I am."] });
  const config = { providers: { openai: { api_key: "sk-test-12345678" }, claude: { api_key: "sk-ant-test-12345678" }, fallback_order: ["openai", "claude"] } };
  await virtualClock().run(async () => {
    const llm = await Aircher.create(config, { fetch: fakeFetch(openai, claude) });
    same((await llm.chat({ ...ASK, provider: "openai" })).provider, "claude", "who answered");
    await llm.close();
  });
  truly(openai.requests.length >= 1 && claude.requests.length === 1, "both were asked");
  const error = await fakeFetch(claude)("https://elsewhere.test/").catch((error) => error);
  truly(error instanceof TypeError && error.message.includes("elsewhere.test"), `nobody there: ${error}`);
}

async function leaving(kit) {
  const { fake } = await talking({ ...kit, ...DIALECTS[3], live: true }, [{ text: "one two three four", chunk_delay_ms: 100 }], async ({ llm }) => {
    for await (const { stream } of llm.chatStream(ASK)) if (stream.delta.content) break;
  });
  same(fake.requests[0].status, "left", "the request");
}

async function scripts(kit) {
  const seen = [];
  const script = [(request, nth) => (seen.push([request.model, request.stream, nth].join()), `You said ${request.body.messages.at(-1).content}.`)];
  const { out, fake } = await talking({ ...kit, ...DIALECTS[2], live: true }, script, async ({ llm, ask }) => {
    const healthy = await llm.provider("claude").isHealthy();
    const said = (await ask()).message.content;
    return { healthy, said, error: await ask().catch((error) => error) };
  });
  same(out.healthy, true, "a health check, beside the script");
  same(out.said, "You said Hello.", "what the function said");
  same(seen.join(), "claude-haiku-5-5,true,1", "what the function saw");
  same(out.error.type, "invalid_request", "one request too many");
  truly(/has 1 steps, and this is chat request 2/.test(out.error.message), out.error.message);
  same(fake.requests.map(({ method }) => method).join(), "GET,POST,POST", "requests");
}

async function beside({ Aircher, fakeProvider }) {
  for (const { dialect, key } of [DIALECTS[0], ...DIALECTS.slice(2)]) {
    const fake = fakeProvider({ dialect, model: `${dialect}-of-mine` });
    const llm = await Aircher.create({ providers: { [dialect]: { api_key: key } } }, { fetch: fake.fetch });
    const listed = await llm.provider(dialect).models({ live: true });
    truly(listed.some(({ id }) => id.startsWith(`${dialect}-of-mine`)), `${dialect} lists its model: ${listed.map(({ id }) => id)}`);
    if (dialect !== "claude") {
      const { embeddings, usage } = await llm.embed({ provider: dialect, ...(dialect === "ollama" && { model: "all-minilm" }), input: ["one", "two", "one"], dimensions: 4 });
      const [one, two, again] = embeddings.map((vector) => Array.from(vector, (part) => part.toFixed(4)).join());
      truly(one === again && one !== two && embeddings[0].length === 4 && usage.prompt_tokens > 0, `${dialect}: ${one} ${two} ${again}`);
    }
    await llm.close();
  }
}

function refused({ fakeProvider }) {
  const steps = [
    [[{ txt: "x" }], /script\[0\]\.txt: unknown/],
    [["a", { status: 200 }], /script\[1\]\.status: expected 400 to 599/],
    [[{ text: "x", usage: { tokens: 1 } }], /usage\.tokens/],
    [[{ text: "x", finish_reason: "bored" }], /finish_reason: `bored`/],
    [[{ text: "x", cut_after: 1, stall_after: 2 }], /one fault/],
    [[null], /expected a text or an object, not null/],
  ];
  const wrong = [[{ dialect: "morse" }, /dialect: `morse`, expected one of openai/], [{ dialect: "claude", scrpt: [] }, /scrpt: unknown option/], [{ dialect: "claude", script: "hi" }, /script: expected a list/]];
  for (const [options, message] of [...wrong, ...steps.map(([script, message]) => [{ dialect: "claude", script }, message])]) {
    let error;
    try {
      fakeProvider(options);
    } catch (thrown) {
      error = thrown;
    }
    truly(error instanceof TypeError && message.test(error.message), `${JSON.stringify(options)}: ${error}`);
  }
}

async function ticks({ virtualClock }) {
  const before = [globalThis.setTimeout, globalThis.clearTimeout, Date.now, performance.now];
  const clock = virtualClock({ now: "2030-01-01T00:00:00Z" });
  const told = [];
  await clock.run(async () => {
    same(new Date(Date.now()).toISOString(), "2030-01-01T00:00:00.000Z", "the wall clock");
    const from = performance.now();
    setTimeout((name) => told.push(name), 2000, "second");
    setTimeout(() => told.push("first"), 1000);
    clearTimeout(setTimeout(() => told.push("never"), 500));
    const every = setInterval(() => told.push("tick"), 900);
    await new Promise((done) => setTimeout(done, 2500));
    clearInterval(every);
    same(performance.now() - from > 2499, true, "the monotonic clock");
  });
  same(told.join(), "tick,first,tick,second", "what fired");
  same([clock.elapsed, clock.now].join(), `2500,${Date.parse("2030-01-01T00:00:02.500Z")}`, "the clock");
  same([globalThis.setTimeout, globalThis.clearTimeout, Date.now, performance.now].every((one, at) => one === before[at]), true, "everything is put back");
  clock.setTimeout(() => told.push("by hand"), 100);
  await clock.advance(99);
  same(told.at(-1), "second", "not yet due");
  await clock.advance(1);
  same(told.at(-1), "by hand", "due");
  truly(await clock.run(() => virtualClock().install()).catch((error) => /another virtual clock/.test(error.message)), "a second clock is refused");
}

async function stuck({ virtualClock }) {
  const error = await virtualClock().run(() => new Promise(() => {})).catch((error) => error);
  truly(/no timer is set/.test(error.message), String(error));
}
