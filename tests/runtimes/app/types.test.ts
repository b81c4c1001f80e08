// Every method of the package, as a user with `tsc --strict` writes it. Never run: it only has to compile, and the
// lines marked with an expected error have to fail.
import { Aircher, AircherError } from "aircher-llm";
import type { ChatRequest, ChatResponse, ChatStream, Message, Tool } from "aircher-llm";
import { Aircher as Inline } from "aircher-llm/inline";
import { Aircher as Slim, init } from "aircher-llm/slim";
import wasm from "aircher-llm/aircher_bg.wasm";

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
        openai: { api_key: "sk-…", model: "gpt-6-luna" },
        claude: { api_key: async ({ provider, reason }) => ({ value: `${provider} ${reason}` }) },
        gemini: { api_key_env: "GEMINI_KEY" },
        ollama: { base_url: "http://localhost:11434" },
      },
    },
    { env: { GEMINI_KEY: "AIza…" }, fetch: globalThis.fetch, dangerouslyAllowBrowser: true },
  );
}

export async function chat(llm: Aircher): Promise<number | null> {
  const answer: ChatResponse = await llm.chat(request, {
    signal: AbortSignal.timeout(1000),
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
    if (chunk.stream.finished) console.log(chunk.stream.finish_reason, chunk.usage);
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
  return `${claude.name} ${window} ${can}`;
}

export async function models(llm: Aircher): Promise<string[]> {
  const claude = llm.provider("claude");
  await claude.chat(request);
  claude.chatStream(request).cancel();
  return (await claude.models()).map(({ id }) => id);
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
    default:
      return JSON.stringify([error.toJSON(), error.retryable, error.status_code, error.hint, error.partial?.message.content]);
  }
}

// @ts-expect-error a request needs messages
export const without: ChatRequest = { model: "gpt-6-luna" };
// @ts-expect-error the roles are a closed set
export const nobody: Message = { role: "nobody", content: "" };
