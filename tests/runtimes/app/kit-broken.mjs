// No check may pass whatever happens: for every one of them here is a provider that breaks it.
import { same, truly } from "./checks.mjs";
import { configOf, SUBJECTS, suiteOf } from "./kit-subjects.mjs";

/** By check: what a provider's `chat`, `chatStream` and so on give instead. `real` is the provider. */
const LIES = {
  health: () => ({ isHealthy: async () => false, status: () => ({ error: "it says so" }) }),
  chat: (real) => ({ chat: changed(real, ({ message }) => (message.content = "  ")) }),
  streaming: (real) => ({ chatStream: streamed(real, (chunks) => chunks.filter((chunk, at) => at !== 1)) }),
  "tools/call": (real) => ({ chat: changed(real, ({ message }) => message.tool_calls && (message.tool_calls[0].function.arguments = '{"city"')) }),
  "tools/fragments": (real) => ({ chatStream: streamed(real, (chunks) => chunks.filter(({ stream }) => stream.finished || !stream.delta.tool_calls)) }),
  "tools/result": (real) => ({ chat: changed(real, ({ message }, { messages }) => messages.length > 1 && (message.content = "")) }),
  images: (real) => ({ chat: (request, options) => real.chat({ ...request, messages: [{ role: "user", content: text(request) }] }, options) }),
  thinking: (real) => ({ chatStream: streamed(real, thoughtless) }),
  structured_output: (real) => ({ chat: ({ response_format, ...request }, options) => real.chat(request, options) }),
  "errors/unknown_model": (real) => ({ chat: ({ model, ...request }, options) => real.chat(request, options) }),
  "errors/closed_set": (real) => ({ chat: (...given) => real.chat(...given).catch(unluckily) }),
  abort: (real) => ({ chatStream: (request) => real.chatStream(request) }),
  usage: (real) => ({ chat: changed(real, ({ usage }) => (usage.total_tokens += 1)) }),
  cost: (real) => ({ chat: changed(real, (answer) => (answer.cost += 1e-9)) }),
};

function unluckily(error) {
  throw Object.assign(new Error(error.message), { ...error, type: "bad_luck" });
}

/** Faults of the stand-in, and checks that have to see them. */
const FAULTS = {
  "eof-before-end": ["streaming", "tools/fragments", "thinking", "usage"],
  "error-mid-stream": ["streaming", "chat"],
  "json-error": ["chat", "streaming", "tools/call", "images", "structured_output", "usage", "cost"],
  "html": ["chat", "streaming", "abort"],
  "status-500": ["chat", "streaming", "health"],
};

const CHECKS = [...Object.keys(LIES), "errors/wrong_key"];

export function broken(kit) {
  const lies = Object.keys(LIES).map((name) => [`broken: ${name}`, () => lied(kit, name)]);
  const faults = Object.keys(FAULTS).flatMap((fault) => Object.keys(SUBJECTS).map((name) => [`broken: ${fault}, ${name}`, () => faulty(kit, name, fault)]));
  return [
    ...lies,
    ["broken: errors/wrong_key", () => openDoor(kit)],
    ...faults,
    ["broken: too slow", () => slow(kit)],
    ["a client is tested as it is", () => asClient(kit)],
    ["what costs money is left out", () => costs(kit)],
    ["kept answers do not answer for the provider", () => kept(kit)],
    ["what is left out is named", () => leftOut(kit)],
    ["wrong names are refused", () => names(kit)],
  ];
}

/** This check alone is made, and fails: what breaks one must not hide behind another. */
async function lied({ Aircher, ProviderTestSuite, url }, name) {
  const llm = await Aircher.create(configOf(SUBJECTS.gemini, url));
  const real = llm.provider("gemini");
  const liar = { name: real.name, supports: real.supports, ...bound(real), ...LIES[name](real) };
  const { checks } = await new ProviderTestSuite(liar, { timeout_duration: "10s", skip: CHECKS.filter((one) => one !== name) }).run();
  await llm.close();
  same(checks.find((check) => check.name === name).status, "failed", `the check ${name}`);
}

function bound(real) {
  const names = ["chat", "chatStream", "calculateCost", "isHealthy", "status", "supportsFor"];
  return Object.fromEntries(names.map((name) => [name, (...given) => real[name](...given)]));
}

const text = ({ messages: [{ content }] }) => (typeof content === "string" ? content : content[0].text);

function changed(real, change) {
  return async (request, options) => {
    const answer = await real.chat(request, options);
    change(answer, request);
    return answer;
  };
}

function streamed(real, change) {
  return (request, options) => {
    const stream = real.chatStream(request, options);
    return {
      response: stream.response,
      async *[Symbol.asyncIterator]() {
        const chunks = [];
        for await (const chunk of stream) chunks.push(chunk);
        yield* change(chunks);
      },
    };
  };
}

/** An answer with no sign of thinking. */
function thoughtless(chunks) {
  const { message, usage } = chunks.at(-1);
  delete message.thinking;
  delete message.provider_state;
  usage.reasoning_tokens = 0;
  return chunks.filter(({ stream }) => !stream.delta.thinking);
}

async function openDoor(kit) {
  const open = (url, init) => fetch(url, { ...init, headers: { ...init.headers, "x-goog-api-key": SUBJECTS.gemini.key } });
  const { checks } = await suiteOf(kit, SUBJECTS.gemini, { options: { fetch: open } }).run();
  same(checks.filter(({ status }) => status === "failed").map(({ name }) => name).join(), "errors/wrong_key", "failed");
}

async function faulty(kit, name, fault) {
  const expected = FAULTS[fault].filter((one) => !SUBJECTS[name].skipped.includes(one));
  const skip = CHECKS.filter((one) => !expected.includes(one));
  const { checks } = await suiteOf(kit, SUBJECTS[name], { fault: `/_fault/${fault}`, skip }).run();
  const failed = checks.filter(({ status }) => status === "failed");
  same(failed.map((check) => check.name).sort().join(), [...expected].sort().join(), `what saw ${fault}`);
  for (const { error } of failed) truly(error.message.length > 10, `a reason: ${JSON.stringify(error)}`);
}

async function slow(kit) {
  const { checks } = await suiteOf(kit, SUBJECTS.claude, { fault: "/_fault/stall-first", timeout_duration: "300ms", skip: ["tools", "errors", "health"] }).run();
  const [first] = checks.filter(({ status }) => status === "failed");
  same(first.error.message, "not done within 300 ms (timeout_duration)", "the reason");
}

async function asClient({ Aircher, ProviderTestSuite, url }) {
  const llm = await Aircher.create(configOf(SUBJECTS.claude, url));
  const { provider, model, failed, checks } = await new ProviderTestSuite(llm).run();
  same([provider, model, failed].join(), "claude,claude-haiku-5-5,0", "who, which model, failures");
  same(checks.find(({ name }) => name === "errors/wrong_key").status, "skipped", "the wrong key");
  truly((await llm.chat({ messages: [{ role: "user", content: "Still there?" }] })).message.content, "it is still open");
  await llm.close();
}

async function costs(kit) {
  const ran = (report) => report.checks.filter(({ status }) => status === "passed").map(({ name }) => name).join();
  const answers = [];
  const noting = async (url, init) => {
    const response = await fetch(url, init);
    if (init.method === "POST") answers.push(response.status);
    return response;
  };
  const report = await suiteOf(kit, SUBJECTS.claude, { skip_cost_tests: true, options: { fetch: noting } }).run();
  same(ran(report), "health,errors/wrong_key,errors/unknown_model,errors/closed_set", "free checks");
  truly(answers.length > 1 && answers.every((status) => status >= 400), `nothing was generated: ${answers}`);
  const free = await suiteOf(kit, SUBJECTS.ollama, { skip_cost_tests: true }).run();
  same(free.passed, 13, "a model that costs nothing is tested all the same");
}

/** The same question is asked again and again, with a configuration that keeps answers. */
async function kept({ Aircher, ProviderTestSuite, url }) {
  let sent = 0;
  const fetch = (...given) => ((sent += 1), globalThis.fetch(...given));
  const config = { ...configOf(SUBJECTS.claude, url), response_cache: { enabled: true, store: "memory" } };
  const client = await Aircher.create(config, { fetch });
  const suite = new ProviderTestSuite(client, { skip: CHECKS.filter((name) => name !== "usage" && name !== "cost") });
  same((await suite.run()).failed, 0, "failed");
  same(sent, 3, "requests for three answers");
  await client.close();
}

async function leftOut(kit) {
  const change = { test_models: ["gpt-4o", "gpt-4.1"], skip: { tools: "no tools today" }, supports: { images: false } };
  const { checks, models } = await suiteOf(kit, SUBJECTS["openai chat"], change).run();
  same(models.join(), "gpt-4o,gpt-4.1", "models");
  same(checks.length, 30, "checks of two models");
  same(checks.find(({ name }) => name === "tools/result").reason, "no tools today", "reason");
  same(checks.find(({ name }) => name === "images").reason, "the model does not support images", "reason");
}

async function names({ ProviderTestSuite }) {
  const wrong = [{ test_model: "x" }, { skip: ["nothing"] }, { timeout_duration: "soon" }, { supports: { eyes: true } }, { max_tokens: 0.5 }];
  for (const config of wrong) {
    let error;
    try {
      new ProviderTestSuite({}, config);
    } catch (thrown) {
      error = thrown;
    }
    truly(error instanceof TypeError && error.message.includes(Object.keys(config)[0]), `${JSON.stringify(config)}: ${error}`);
  }
  const unnamed = new ProviderTestSuite({ providers: { ollama: {}, claude: { api_key: "sk-ant-test-12345678" } } });
  const error = await unnamed.run().catch((thrown) => thrown);
  truly(/name one of/.test(error.message), `who is meant: ${error}`);
}
