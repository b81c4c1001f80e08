// A tab with one client, told by the test what to do. Its provider is a function; its clock can be set forward.
import { Aircher } from "aircher-llm";

const ANSWER = { id: "c", choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }], usage: { prompt_tokens: 1, completion_tokens: 1 } };
const now = performance.now.bind(performance);
let ahead = 0;
performance.now = () => now() + ahead;

const counts = { POST: 0, GET: 0 };
let isOut = false;
let llm;

async function provider(_, { method }) {
  counts[method] += 1;
  await pause(50);
  return isOut ? new Response("{}", { status: 503 }) : Response.json(method === "GET" ? { data: [] } : ANSWER);
}

const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));

const TASKS = {
  async open(settings) {
    const openai = { api: "chat", model: "gpt-4o", api_key: "sk-test-12345678" };
    llm = await Aircher.create({ providers: { ...settings, openai }, retry: { max_retries: 0 } }, { fetch: provider, store: "memory", dangerouslyAllowBrowser: true });
  },
  out: (value) => void (isOut = value),
  later: (ms) => void (ahead += ms),
  pause,
  circuit: () => llm.provider("openai").status().circuit,
  latency: () => llm.provider("openai").status().latency,
  checks: () => counts.GET,
  /** Asks the same as all others; whether the answer was kept. */
  kept: async () => Boolean((await llm.chat({ messages: [{ role: "user", content: "the same" }], stream: false, response_cache: true })).metadata.cached),
  /** Chats that were sent since it was last asked. */
  sent: () => counts.POST + (counts.POST = 0),
  async chats(times) {
    for (let time = 0; time < times; time += 1) await llm.chat({ messages: [{ role: "user", content: "hi" }], stream: false }).catch(() => {});
  },
};

globalThis.perform = (task, value) => TASKS[task](value);
