// The sixteen ways in which an attempt fails and a call goes on, over real HTTP; tests/calls/recovery/ has them
// in virtual time. The first provider is behind a fault of the stand-in, the second is well.
import { control, same, truly } from "./checks.mjs";

const OPENAI = { kind: "openai", path: "/openai/v1", api_key: "sk-test-12345678", model: "gpt-6-luna", api: "responses" };
const CLAUDE = { kind: "claude", path: "/claude", api_key: "sk-ant-test-12345678", model: "claude-haiku-5-5" };
const QUICK = { max_retries: 1, initial_delay: "10ms" };
const TEXT = "You said";
const TOOL = { type: "function", function: { name: "look", description: "looks", parameters: { type: "object", properties: { city: { type: "string" } } } } };

/** `[name, check]`. */
export function failover({ Aircher, AircherError }, url) {
  const open = (options) => pair(Aircher, url, options);
  return Object.entries({
    "1 outage": () => moved(open, "status-500", "server_error,server_error,"),
    "2 rate limit, with and without a wait in all forms": () => limited(open, AircherError),
    "3 quota is no rate": () => moved(open, "quota", "quota_exceeded,"),
    "4 authentication": () => moved(open, "", "authentication,", { key: "sk-wrong-12345678" }),
    "5 slow first byte": () => moved(open, "stall-first", "timeout,timeout,", { timeouts: { first_byte: "150ms" } }),
    "6 stall behind text": () => stalled(open, AircherError),
    "7 truncation": () => cut(open, "eof-in-line"),
    "8 malformed stream": () => cut(open, "malformed"),
    "9 context length": () => moved(open, "too-long", "context_length_exceeded,", { model: "gpt-4o" }),
    "10 content filter, only if wanted": () => filtered(open, AircherError),
    "11 model missing": () => moved(open, "", "model_not_found,", { model: "gpt-no-such" }),
    "12 tool use across providers": () => tools(open),
    "13 flap and return": () => flapped(open),
    "14 breaker": () => broken(open),
    "15 usage is billed once per attempt": () => billed(open, url),
    "16 one deadline over all": () => late(open, AircherError),
  });
}

/** Two providers under ids of their own; `state.fault` says what is wrong with the first from now on. */
async function pair(Aircher, url, { fault = "", key, model, retry = QUICK, timeouts, failover } = {}) {
  const state = { fault, asked: [] };
  const mark = Math.floor(Math.random() * 1e9);
  const [one, two] = [`one${mark}`, `two${mark}`];
  const { path, ...first } = { ...OPENAI, ...(key && { api_key: key }), ...(model && { model }) };
  const { path: other, ...second } = CLAUDE;
  const providers = { fallback_order: [one, two], [one]: { ...first, base_url: `${url}/first${path}` }, [two]: { ...second, base_url: url + other } };
  const fetch = (address, init) => {
    const isFirst = address.startsWith(`${url}/first`);
    state.asked.push(isFirst ? "one" : "two");
    const prefix = state.fault && `/_fault/${state.fault}`;
    return globalThis.fetch(isFirst ? address.replace("/first", prefix) : address, init);
  };
  const llm = await Aircher.create({ providers, retry, timeouts, failover }, { dangerouslyAllowBrowser: true, fetch });
  const ask = (content = "Say hello.", more) => ({ provider: one, messages: [{ role: "user", content }], ...more });
  return { llm, state, one, two, ask };
}

const isPage = typeof location !== "undefined" && !("Deno" in globalThis);
const caught = (promise) => promise.then(() => undefined, (error) => error);
const types = ({ attempts }) => attempts.map(({ type }) => type ?? "").join();

/** The second answers, whole and streamed, behind these attempts. */
async function moved(open, fault, attempts, options) {
  const { llm, two, ask } = await open({ fault, ...options });
  for (const answer of [await llm.chat(ask()), await llm.chatStream(ask()).response]) {
    same(answer.provider, two, "who answered");
    truly(answer.message.content.includes(TEXT), "the answer has text");
    same(types(answer.metadata), attempts, "attempts");
  }
  await llm.close();
}

async function limited(open, AircherError) {
  for (const form of ["nothing", "seconds", "ms", "date", "text", "negative"]) {
    const { llm, two, ask } = await open({ fault: `wait-${form}` });
    const answer = await llm.chat(ask());
    same(answer.provider, two, `${form}: who answered`);
    same(types(answer.metadata), "rate_limit,rate_limit,", `${form}: attempts`);
    const waited = answer.metadata.attempts[1].delay_ms;
    const [asked, most] = { seconds: [1000, 1250], ms: [40, 50], text: [40, 50], date: [0, 1300] }[form] ?? [0, 10];
    // Pages are not shown the headers.
    const least = isPage && form !== "text" ? 0 : asked;
    truly(waited >= least && waited <= most, `${form}: waited ${waited} ms`);
    await llm.close();
  }
  const { llm, two, ask } = await open({ fault: "wait-day" });
  const answer = await llm.chat(ask());
  same(`${answer.provider} ${types(answer.metadata)}`, `${two} ${isPage ? "rate_limit," : ""}rate_limit,`, "a day is not waited for");
  const error = await caught(llm.chat(ask("Say hello.", { fallback: false })));
  same(AircherError.is(error) && error.type, "rate_limit", "nor when nobody else is asked");
  truly(isPage || error.retry_after_ms > 60_000, `it says how long: ${error.retry_after_ms}`);
  await llm.close();
}

async function stalled(open, AircherError) {
  const { llm, state, two, ask } = await open({ fault: "stall", timeouts: { first_byte: "300ms", idle: "300ms" } });
  const { provider, metadata } = await llm.chatStream(ask()).response;
  same(`${provider} ${types(metadata)}`, `${two} timeout,timeout,`, "before the first text the other answers");
  // With more behind it than what nobody sees: a slow stream that is cut by its idle limit.
  state.fault = "slow-600";
  const seen = [];
  const read = async () => {
    for await (const { stream } of llm.chatStream(ask("[long]", { fallback: false }))) seen.push(stream.delta.content ?? "");
  };
  const error = await caught(read());
  same(AircherError.is(error) && error.type, "timeout", "the error");
  await llm.close();
}

/** Behind text it is told; with `on_truncated` the other one begins anew. */
async function cut(open, fault) {
  const { llm, two, ask } = await open({ fault });
  const error = await caught(llm.chatStream(ask("Say hello.", { on_truncated: "error" })).response);
  truly(["stream_interrupted", "invalid_response"].includes(error?.type), `the error: ${error}`);
  if (error.partial) truly(error.partial.message.content !== undefined, "what had come");
  const answer = await llm.chatStream(ask("Say hello.", { on_truncated: "restart" })).response;
  same(answer.provider, two, "who answered");
  truly(types(answer.metadata).endsWith(`${error.type},`), `attempts ${types(answer.metadata)}`);
  await llm.close();
}

async function filtered(open, AircherError) {
  const careful = await open({ fault: "" });
  const error = await caught(careful.llm.chat(careful.ask("[refuse]")));
  const told = error ?? (await careful.llm.chat(careful.ask("[refuse]")));
  truly(AircherError.is(told) ? told.type === "content_filter" : told.message.refusal || told.stream.finish_reason === "content_filter", "a refusal is told");
  truly(careful.state.asked.every((who) => who === "one"), "nobody else was asked");
  await careful.llm.close();
}

async function tools(open) {
  const { llm, state, one, two, ask } = await open();
  const asked = ask("[tool]", { tools: [TOOL] });
  const first = await llm.chat(asked);
  same(first.provider, one, "who called the tool");
  const call = first.message.tool_calls[0];
  const result = { role: "tool", tool_call_id: call.id, content: "The tower of Paris." };
  state.fault = "status-500";
  const second = await llm.chat({ ...asked, messages: [...asked.messages, first.message, result] });
  same(second.provider, two, "who answered");
  truly(second.message.content.includes("The tower of Paris."), `it has the result: ${second.message.content}`);
  await llm.close();
}

async function flapped(open) {
  const { llm, state, one, two, ask } = await open({ retry: { max_retries: 0 } });
  const who = [];
  for (const fault of ["", "status-500", "", "status-500", ""]) {
    state.fault = fault;
    who.push((await llm.chat(ask())).provider);
  }
  same(who.join(), [one, two, one, two, one].join(), "who answered");
  await llm.close();
}

async function broken(open) {
  const { llm, state, one, two, ask } = await open({ fault: "status-500", retry: { max_retries: 0 } });
  for (let times = 0; times < 5; times += 1) await llm.chat(ask());
  same(llm.health()[one].circuit, "open", "the circuit");
  const before = state.asked.length;
  const answer = await llm.chat(ask());
  same(`${answer.provider} ${types(answer.metadata)}`, `${two} circuit_open,`, "who answered");
  same(state.asked.slice(before).join(), "two", "who was asked");
  state.fault = "";
  same((await llm.checkHealth(one)).circuit, "closed", "behind a good check");
  same((await llm.chat(ask())).provider, one, "the preferred one answers again");
  await llm.close();
}

async function billed(open, url) {
  await control(url, "reset", "POST");
  const { llm, one, two, ask } = await open({ fault: "eof-before-end" });
  const answer = await llm.chatStream(ask("Say hello.", { on_truncated: "restart" })).response;
  same(answer.provider, two, "who answered");
  const entries = [...(await llm.costs.entries({ provider: one })), ...(await llm.costs.entries({ provider: two }))];
  same(entries.length, answer.metadata.attempts.length, "entries and attempts");
  truly(entries.every(({ state }) => state === "posted"), "all are posted");
  const booked = entries.reduce((sum, entry) => sum + entry.cost_nano_usd, 0);
  const told = answer.metadata.attempts.reduce((sum, attempt) => sum + attempt.cost_nano_usd, 0);
  same(booked, told, "what is booked and what the attempts say");
  const last = entries.find(({ provider }) => provider === two);
  same(`${last.cost_nano_usd} ${last.estimated}`, `${answer.metadata.attempts.at(-1).cost_nano_usd} false`, "the answer's own, exact");
  await llm.close();
}

async function late(open, AircherError) {
  const { llm, ask } = await open({ fault: "stall-first", retry: { max_retries: 5, initial_delay: "10ms" }, timeouts: { first_byte: "200ms", total: "500ms" } });
  const began = performance.now();
  const error = await caught(llm.chat(ask("Say hello.", { fallback: false })));
  const took = performance.now() - began;
  same(AircherError.is(error) && error.type, "timeout", "the error");
  truly(error.attempts.length >= 2, `${error.attempts.length} attempts`);
  truly(took < 2_000, `over after ${took} ms`);
  await llm.close();
}
