// Every method of the package, as a user with `tsc --strict` writes it. Never run: it only has to compile, and the
// lines marked with an expected error have to fail.
import { Aircher, AircherError } from "aircher-llm";
import type { ChatRequest, ChatResponse, ChatStream, CostConfig, CostEntry, CostRow, CostTotals, LedgerStore, LogLevel, Message, Metrics, OllamaResult, OllamaRunning, OllamaTask, ProviderFigures, ProviderStatus, Raw, Tool } from "aircher-llm";
import { Aircher as Inline } from "aircher-llm/inline";
import { Aircher as Slim, init } from "aircher-llm/slim";
import wasm from "aircher-llm/aircher_bg.wasm";
import { d1Store } from "aircher-llm/stores/d1";
import { denoKvStore } from "aircher-llm/stores/deno-kv";
import { indexedDbStore } from "aircher-llm/stores/indexeddb";
import { memoryStore } from "aircher-llm/stores/memory";
import { redisStore } from "aircher-llm/stores/redis";
import { sqliteStore } from "aircher-llm/stores/sqlite";

const look: Tool = {
  type: "function",
  function: { name: "look", description: "Looks out of the window", parameters: { type: "object", properties: {} } },
};

const history: Message[] = [
  { role: "system", content: "Be brief." },
  { role: "user", content: [{ type: "text", text: "What is this?" }, { type: "image_url", image_url: { url: "https://x.test/a.png" } }] },
];

const request: ChatRequest = {
  messages: history,
  provider: "claude",
  model: "claude-haiku-5-5",
  tools: [look],
  tool_choice: "auto",
  max_tokens: 100,
  temperature: 0.5,
  thinking: { effort: "low" },
  response_format: { type: "json_object" },
  metadata: { team: "a" },
  cost_limit: "0.05",
};

const costs: CostConfig = {
  monthly_budget: 60,
  daily_limit: "5.00",
  alert_threshold: 0.5,
  mode: "estimate",
  budget_timezone: "Europe/Berlin",
  on_ledger_error: "continue",
  limits: { openai_daily: 2 },
  tags: { "team:a": { daily: 1, monthly: "20" } },
};

export async function create(): Promise<Aircher> {
  await Aircher.create();
  await Inline.create();
  await init(wasm);
  await init(new URL("https://x.test/aircher_bg.wasm"));
  await Slim.create();
  return Aircher.create(
    {
      providers: {
        openai: { api_key: "sk-…", model: "gpt-6-luna", requests_per_min: 60, tokens_per_min: 100_000, max_concurrent: 4 },
        claude: { api_key: async ({ provider, reason }) => ({ value: `${provider} ${reason}` }) },
        gemini: { api_key_env: "GEMINI_KEY" },
        ollama: { base_url: "http://localhost:11434" },
      },
    },
    { logLevel: "debug", env: { GEMINI_KEY: "AIza…" }, fetch: globalThis.fetch, dangerouslyAllowBrowser: true },
  );
}

export async function chat(llm: Aircher): Promise<number | null> {
  for (const settled of await llm.chatAll([request, request], { concurrency: 2, signal: AbortSignal.timeout(1000) })) {
    const said: string = settled.status === "fulfilled" ? settled.value.message.content : String(settled.reason);
    console.log(said);
  }
  // @ts-expect-error a list is asked
  await llm.chatAll(request);
  const answer: ChatResponse = await llm.chat(request, {
    signal: AbortSignal.timeout(1000),
    raw: true,
    timeouts: { connectMs: 1, firstByteMs: 2, idleMs: 3, totalMs: 4 },
  });
  history.push(answer.message);
  for (const call of answer.message.tool_calls ?? []) {
    history.push({ role: "tool", tool_call_id: call.id, content: JSON.parse(call.function.arguments).city });
  }
  const text: string = answer.message.content;
  const tokens: number = answer.usage.total_tokens + text.length;
  return answer.cost === null ? tokens : answer.cost;
}

export async function stream(llm: Aircher): Promise<Response> {
  const running: ChatStream = llm.chatStream(request, { signal: new AbortController().signal });
  for await (const chunk of running) {
    const { delta, finished } = chunk.stream;
    console.log(delta.role, delta.content, delta.thinking, delta.tool_calls?.[0]?.index, finished);
    if (chunk.usage) console.log(chunk.stream.finish_reason, chunk.usage.total_tokens);
    if (chunk.stream.finished) console.log(chunk.usage, chunk.cost);
  }
  const whole: ChatResponse = await llm.chatStream(request).response;
  const chunks: ReadableStream<unknown> = llm.chatStream(request).readable;
  const text: ReadableStream<string> = llm.chatStream(request).textStream;
  console.log(whole.provider, chunks.locked, text.locked);
  running.cancel();
  return llm.chatStream(request).toResponse({ format: "sse" });
}

export async function disposed(llm: Aircher): Promise<void> {
  await using running = llm.chatStream(request);
  await running.response;
}

export function provider(llm: Aircher): string {
  const claude = llm.provider("claude");
  const window: number | null = claude.tokenLimit("claude-haiku-5-5");
  const can: boolean = claude.supports.functions && claude.supports.images && claude.supportsFor("x").thinking;
  const price: { cost: number; cost_nano_usd: number } | null = claude.calculateCost({ prompt_tokens: 10 }, "claude-haiku-5-5", { service_tier: "batch", at: "2026-12-01" });
  return `${claude.name} ${window} ${can} ${price?.cost}`;
}

export async function models(llm: Aircher): Promise<string[]> {
  llm.registry.merge([{ provider: "openai", id: "gpt-7", in: 1, out: "2.5", tiers: [{ above_input: 200_000, in: 2 }] }]);
  llm.registry.merge({ models: await llm.models({ provider: "openai" }) });
  const claude = llm.provider("claude");
  await claude.chat(request);
  claude.chatStream(request).cancel();
  return (await claude.models()).map(({ id }) => id);
}

export async function stores(): Promise<void> {
  const own: LedgerStore = {
    caps: { atomic: true, shared: "process", durable: false },
    update: async (keys, fn) => fn(Object.fromEntries(keys.map((key) => [key, undefined]))).out,
    scan: async (prefix, limit, after) => [[`${prefix}${after}`, `${limit}`]],
  };
  const given = [memoryStore(), indexedDbStore({ name: "a", mirror: false }), sqliteStore("a.db"), redisStore(async (command, args) => [command, args]), own];
  for (const store of given) await Aircher.create({ costs }, { store, onSettled: ({ cost_nano_usd }) => console.log(cost_nano_usd) });
  await Aircher.create({ costs }, { store: "memory", on: { alert: ({ scope, period, cost, limit, threshold }) => console.log(scope, period, cost, limit, threshold) } });
  console.log(typeof d1Store, typeof denoKvStore);
}

export async function spent(llm: Aircher): Promise<string> {
  const today: CostTotals = await llm.costs.today();
  const { remaining, by_provider }: CostTotals = await llm.costs.month();
  const rows: CostRow[] = await llm.costs.summary({ from: "2026-11-01", to: today.date, by: "tag" });
  const entries: CostEntry[] = await llm.costs.entries({ provider: "openai", model: "gpt-6-luna", after: "x", limit: 5 });
  const { store, durable, persisted, shared, mode, pending, reserved_nano_usd } = await llm.costs.status();
  llm.on("usage", ({ cost, estimated, state, tags, remote }) => console.log(cost, estimated, state === "expired", tags.team, remote));
  await llm.costs.import(await llm.costs.export());
  await llm.costs.reset({ confirm: true });
  // @ts-expect-error a reset has to be meant
  await llm.costs.reset();
  const kept = [store, durable, persisted, shared, mode, pending, reserved_nano_usd];
  return [remaining, by_provider.openai?.cost_nano_usd, rows[0]?.estimated_requests, entries[0]?.usage?.total_tokens, await llm.costs.export("csv"), ...kept].join();
}

export function watched(llm: Aircher): string {
  const { providers, open_streams, memory }: Metrics = llm.metrics();
  const { request_count, errors_by_type, p95_latency, last_health_check, models }: ProviderFigures = providers.openai!;
  const speed: number | null | undefined = models["gpt-6-luna"]?.tokens_per_second;
  llm.on("log", ({ level, message, fields }: { level: LogLevel; message: string; fields: Record<string, unknown> }) => console.log(level, message, fields["gen_ai.request.model"]));
  return [open_streams, memory.wasm_bytes, request_count, errors_by_type.rate_limit, p95_latency ?? 0, last_health_check, speed].join();
}

export function shown({ metadata }: ChatResponse, error: AircherError): string {
  const raw: Raw | undefined = metadata.raw ?? error.raw;
  return [raw?.request.method, raw?.request.url, raw?.request.body, raw?.response?.status, raw?.response?.headers["x-a"], raw?.response?.body].join();
}

export async function listen(llm: Aircher): Promise<void> {
  const off: () => void = llm.on("request", ({ url, attempt }) => (attempt > 1 ? { veto: url } : { headers: { "x-a": "b" } }));
  llm.on("response", ({ status, duration }) => console.log(status, duration));
  llm.on("warning", ({ code, message }) => console.log(code, message));
  off();
  await llm.close();
}

export function failed(error: unknown): string {
  if (!AircherError.is(error)) return "not ours";
  switch (error.type) {
    case "rate_limit":
      return `again in ${error.retry_after_ms} ms`;
    case "timeout":
      return `${error.code}`;
    case "budget_exceeded":
      return [error.scope, error.period, error.limit, error.settled, error.reserved, error.requested, error.resets_at].join();
    default:
      return JSON.stringify([error.toJSON(), error.retryable, error.status_code, error.hint, error.partial?.message.content]);
  }
}

export async function howTheyAre(llm: Aircher): Promise<void> {
  llm.on("health", ({ name, healthy, circuit }) => console.log(name.toUpperCase(), healthy ? "well" : "out", circuit === "half_open"));
  const well: boolean = await llm.provider("openai").isHealthy();
  const status: ProviderStatus = await llm.checkHealth("openai");
  const all: Record<string, ProviderStatus> = await llm.checkHealth();
  const known: number | null = llm.health()["openai"]?.latency ?? llm.provider("openai").status().latency;
  console.log(well, status.last_check, status.capabilities.join(), all, known);
}

// @ts-expect-error a request needs messages
export const without: ChatRequest = { model: "gpt-6-luna" };
// @ts-expect-error the modes are a closed set
export const lax: CostConfig = { mode: "soft" };
// @ts-expect-error the roles are a closed set
export const nobody: Message = { role: "nobody", content: "" };

export async function localModels(llm: Aircher): Promise<string> {
  const { ollama } = llm;
  const [first] = await ollama.list({ signal: AbortSignal.timeout(1000) });
  const running: OllamaRunning[] = await ollama.ps();
  const { capabilities, context_length, model_info } = await ollama.show(first?.name ?? "", { verbose: true });
  for await (const { status, completed, total, bytes_per_second, layers, attempt } of ollama.pull("qwen3:8b")) {
    console.log(status, completed / total, bytes_per_second ?? 0, layers[0]?.digest, attempt);
  }
  await using task: OllamaTask = ollama.create("mario", {
    modelfile: "FROM ./a.gguf",
    files: { "a.gguf": new Blob([]), b: new Uint8Array(1), c: () => new Blob([]).stream() },
    adapters: { lora: new Blob([]).stream() },
    parameters: { stop: ["a"], temperature: 1 },
    messages: [{ role: "user", content: "hi" }],
    license: ["MIT"],
    quantize: "q4_K_M",
  });
  const { digest, previous_digest, changed }: OllamaResult = await task.result;
  await ollama.copy("a", "b");
  await ollama.delete("b");
  await ollama.preload("a", { keepAlive: -1, numCtx: 4096 });
  await ollama.unload("a");
  // @ts-expect-error a model is made of what is known
  ollama.create("a", { fron: "b" });
  const last = llm.provider("ollama").ollama?.pull("a");
  last?.cancel();
  return `${await ollama.version()} ${running.length} ${capabilities} ${context_length} ${Object.keys(model_info ?? {})} ${digest} ${previous_digest} ${changed}`;
}
