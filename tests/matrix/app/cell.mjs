// One cell: one call against one fault, what became of it, and whether the client lives on. It runs inside the runtime,
// so it uses nothing but the package, fetch and timers.
import { holds, keyFor, told } from "./canary.mjs";

const MODELS = {
  "openai-chat": { kind: "openai", mount: "openai", path: "/openai/v1", model: "gpt-4o", api: "chat", prefix: "sk-test" },
  "openai-responses": { kind: "openai", mount: "openai", path: "/openai/v1", model: "gpt-6-luna", api: "responses", prefix: "sk-test" },
  claude: { kind: "claude", path: "/claude", model: "claude-haiku-5-5", prefix: "sk-ant-test" },
  gemini: { kind: "gemini", path: "/gemini/v1beta", model: "gemini-3.8-flash", prefix: "AIza-test" },
  ollama: { kind: "ollama", path: "/ollama", model: "llama3.2", prefix: "ollama-test" },
};
/** Small, so that what is too large comes soon. */
const LIMITS = { line_bytes: 65_536, event_bytes: 65_536, tool_arguments_bytes: 30_000, response_bytes: 524_288, error_body_bytes: 16_384 };
const TOOL = { type: "function", function: { name: "get_weather", description: "The weather.", parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } } };
const EVENTS = ["alert", "retry", "failover", "health", "warning", "usage", "request", "response", "log"];
/** What has not come to an end by then hangs. */
const HANG_MS = 60_000;
const HUNG = Symbol("hung");

/** Performs a cell; `place` is `{ url, refused }`. Resolves to plain data. */
export async function perform({ Aircher, AircherError }, cell, place) {
  const heard = [];
  const llm = await client(Aircher, cell, place, heard);
  const began = performance.now();
  const outcome = await bounded(called(llm, cell, AircherError, heard), HANG_MS);
  const result = outcome === HUNG ? { type: "HANG" } : outcome;
  const took = performance.now() - began;
  const alive = await lives(llm, cell);
  heard.push(told(llm.config), told(llm.metrics()), told(llm.health()), await llm.costs.export("json"), told(await llm.costs.entries({})));
  await llm.close();
  const leak = heard.find(holds);
  return { ...result, took, alive, leak: leak && around(leak), polluted: ({}).polluted !== undefined };
}

const around = (text) => text.slice(Math.max(0, text.search(/CaNaRy|Q2FOYVJ5/) - 100)).slice(0, 200);

function client(Aircher, cell, { url, refused }, heard) {
  const { path, prefix, kind, model, api } = MODELS[cell.dialect];
  const base = cell.fault === "refused" ? refused : url;
  const provider = (fault, base) => ({ kind, model, api_key: keyFor(prefix), base_url: `${base}/${fault}/${cell.id}${path}`, ...(api && { api }) });
  const providers = { broken: provider(cell.fault, base), whole: provider("good", url) };
  const on = Object.fromEntries(EVENTS.map((name) => [name, (event) => void heard.push(told(event))]));
  const config = { providers, limits: LIMITS, retry: { max_retries: cell.retries, initial_delay: "5ms" } };
  return Aircher.create(config, { dangerouslyAllowBrowser: true, logLevel: "debug", on });
}

function request({ mode, dialect }) {
  const { model } = MODELS[dialect];
  const content = mode === "tools" ? "Say hello. [tool]" : "Say hello.";
  return { provider: "broken", model, messages: [{ role: "user", content }], ...(mode === "tools" && { tools: [TOOL] }) };
}

async function called(llm, cell, AircherError, heard) {
  const { firstByteMs, idleMs, totalMs } = cell.timeouts;
  // What went over the wire is kept for some, to see that it is redacted.
  const options = { timeouts: { firstByteMs, idleMs, totalMs }, raw: cell.mode === "tools" };
  const seen = { at: performance.now(), chunks: 0 };
  try {
    const answer = cell.mode === "chat" ? await llm.chat(request(cell), options) : await streamed(llm.chatStream(request(cell), options), seen);
    heard.push(told({ ...answer, message: undefined }));
    return { type: "ok", text: answer.message.content, calls: answer.message.tool_calls?.map(({ function: { name, arguments: text } }) => [name, text.length, text.slice(0, 40)]), usage: answer.usage };
  } catch (error) {
    heard.push(told(error));
    return failed(error, AircherError, performance.now() - seen.at, seen.chunks);
  }
}

async function streamed(stream, seen) {
  let last;
  for await (const chunk of stream) {
    Object.assign(seen, { at: performance.now(), chunks: seen.chunks + 1 });
    last = chunk;
  }
  return last;
}

function failed(error, AircherError, silence, chunks) {
  if (!AircherError.is(error)) return { type: "FOREIGN", message: String(error?.stack ?? error) };
  const { type, code, message, partial, status_code, retry_after_ms, attempts, retryable } = error;
  return { type, code, message: message.slice(0, 300), status: status_code, retry_after_ms, attempts: attempts?.length, retryable, partial: partial && { text: partial.message.content, calls: partial.message.tool_calls?.length ?? 0 }, silence, chunks };
}

/** A plain call of the same client. */
async function lives(llm, cell) {
  const call = llm.chat({ ...request({ ...cell, mode: "chat" }), provider: "whole" }, { timeouts: { totalMs: HANG_MS } });
  const answer = await bounded(call.catch((error) => error), HANG_MS + 1000);
  return answer?.message?.content?.startsWith?.("This is ") ? true : String(answer?.message ?? "a plain call hangs");
}

async function bounded(work, ms) {
  let timer;
  const late = new Promise((done) => (timer = setTimeout(done, ms, HUNG)));
  const first = await Promise.race([work, late]);
  clearTimeout(timer);
  return first;
}
