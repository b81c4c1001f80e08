// The face of the npm package, written by hand. Data is snake_case and shaped as in the specification;
// methods and options are camelCase. Sources of provider rules are named as (wire: file §section).

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

// ---- creating -------------------------------------------------------------------------------------

/**
 * The configuration. Unknown keys and bad values throw `invalid_config` naming the key and what is accepted.
 *
 * Without it the providers are enabled whose usual variable is in the environment
 * (`OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, `GEMINI_API_KEY`), and Ollama on localhost.
 */
export interface Config {
  /** The configured providers by id, and which one answers when a request names none. */
  providers?: { default?: string } & { [id: string]: ProviderConfig | string | undefined };
  /** Time limits of every call, as durations (`"250ms"`, `"15s"`, `"10m"`) or `"none"`. */
  timeouts?: {
    /** From sending to the head, for calls that answer at once, such as a list of models. Default `"15s"`. */
    connect?: string;
    /** Silence before the first text or tool call, head included: a model may load or reason. Default `"10m"`. */
    first_byte?: string;
    /** Silence after it; any bytes end it. Default `"60s"`. */
    idle?: string;
    /** The whole call. Default `"none"`. */
    total?: string;
  };
  /** Size limits of every answer in bytes; passing one throws `response_too_large`. */
  limits?: {
    /** Longest line. Default 8 MiB. */
    line_bytes?: number;
    /** Largest event. Default 16 MiB. */
    event_bytes?: number;
    /** Longest arguments of one tool call. Default 16 MiB. */
    tool_arguments_bytes?: number;
    /** Largest answer, decompressed. Default 64 MiB. */
    response_bytes?: number;
    /** How much of an error's body is read. Default 64 KiB. */
    error_body_bytes?: number;
  };
}

/** The dialects that are spoken. */
export type ProviderKind = "openai" | "claude" | "anthropic" | "gemini" | "google" | "ollama";

/** One configured provider. */
export interface ProviderConfig {
  /** The dialect, for an id of your own: `groq: { kind: "openai", base_url: "https://…" }`. */
  kind?: ProviderKind;
  /** The model when a request names none. Default: the newest cheap one; Ollama: the first local chat model. */
  model?: string;
  /** The token limit when a request gives none. */
  max_tokens?: number;
  /** The temperature when a request gives none. */
  temperature?: number;
  /**
   * Where it is: https, or http on loopback or with `allow_insecure`; in a page also a path such as `"/proxy"`.
   * An address of your own never gets the provider's usual key.
   */
  base_url?: string;
  /** Take an http address that is not loopback. */
  allow_insecure?: boolean;
  /** OpenAI's organisation. */
  org_id?: string;
  /** Which of OpenAI's endpoints: by model (`"auto"`, the default; compatible servers: chat), or always this one. */
  api?: "auto" | "chat" | "responses";
  /** The version of the API, where a provider has several (Claude: `2023-06-01`, Gemini: `v1beta`). */
  api_version?: string;
  /** Alias to the model id that is sent: `{ fast: "gpt-6-luna" }`. */
  custom_models?: Record<string, string>;
  /** Further headers. Those that carry keys are not taken. */
  headers?: Record<string, string>;
  /** Gemini's safety settings, passed through (wire: gemini §2). */
  safety_settings?: Json;
  /** How long Ollama keeps the model loaded, passed through: `"5m"`, seconds, `-1`. */
  keep_alive?: string | number;
  /** Ollama's context window in tokens. */
  num_ctx?: number;
  /** Ollama's token limit; -1 is none. */
  num_predict?: number;
  /** Kept unused beside a plain API key. */
  project?: string;
  /** Kept unused beside a plain API key. */
  location?: string;
  /** The variable that holds the key. */
  api_key_env?: string;
  /** The key; `null` sends none; a function is asked once for all waiting calls. */
  api_key?: string | null | KeyFunction;
}

/** Gives a key when one is needed. What it throws becomes an `authentication` error. */
export type KeyFunction = (context: { provider: string; reason: "initial" | "expired" | "rejected" }) => Key | Promise<Key>;

/** A key, with the moment it expires (milliseconds since 1970 or an RFC 3339 string); asked again at 80 % of its life. */
export type Key = string | { value: string; expires_at?: number | string };

/** Options of {@link Aircher.create}. */
export interface CreateOptions {
  /** Environment variables, such as a Worker's `env`. Default: the runtime's own environment, where it has one. */
  env?: Record<string, unknown>;
  /** The `fetch` to use. Default: the runtime's. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /**
   * Take literal keys in a page. Keys in a page are readable by that page and everything it loads: prefer a key
   * function or a proxy (`base_url: "/proxy", api_key: null`). Default false.
   */
  dangerouslyAllowBrowser?: boolean;
}

/** Options of one call. */
export interface CallOptions {
  /** Ends the call with `cancelled` (`cause` is the signal's reason) and closes the connection. */
  signal?: AbortSignal;
  /** Time limits of this call in milliseconds, in place of the configured ones. */
  timeouts?: { connectMs?: number; firstByteMs?: number; idleMs?: number; totalMs?: number };
}

/**
 * A client for all configured providers.
 *
 * ```js
 * const llm = await Aircher.create({ providers: { openai: { api_key: key } } });
 * for await (const chunk of llm.chatStream({ messages: [{ role: "user", content: "Hello" }] })) {
 *   console.log(chunk.stream.delta.content ?? "");
 * }
 * ```
 */
export declare class Aircher {
  private constructor();

  /**
   * Starts the library and checks the configuration.
   * @throws {AircherError} `invalid_config`; `authentication` (code `invalid_key`) for a key of a wrong form.
   */
  static create(config?: Config, options?: CreateOptions): Promise<Aircher>;

  /**
   * Asks and waits for the whole answer.
   * @throws {AircherError} with what had arrived as `partial`.
   */
  chat(request: ChatRequest, options?: CallOptions): Promise<ChatResponse>;

  /** Asks and hands out the answer as it comes. Never throws: every error comes from the first read. */
  chatStream(request: ChatRequest, options?: CallOptions): ChatStream;

  /**
   * One configured provider, by id or alias. Its calls never leave it.
   * @throws {AircherError} `invalid_request` when it is not configured.
   */
  provider(id: string): Provider;

  /** Listens to an event; returns what ends it. What a listener throws is ignored. */
  on<Name extends keyof Events>(event: Name, listener: (value: Events[Name]) => Name extends "request" ? RequestAnswer | void : void): () => void;

  /** Ends running calls with `cancelled`; any call afterwards is `invalid_request`, code `closed`. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** One configured provider. */
export interface Provider {
  /** Its configured id. */
  readonly name: string;
  /** What its configured or default model can do. */
  readonly supports: Capabilities;
  /** What a model can do; a model nobody knows is trusted, the provider decides. */
  supportsFor(model?: string): Capabilities;
  /** The models the table has for it. */
  models(): Promise<ModelInfo[]>;
  /** The context window of a model in tokens; `null` when unknown. */
  tokenLimit(model: string): number | null;
  chat(request: ChatRequest, options?: CallOptions): Promise<ChatResponse>;
  chatStream(request: ChatRequest, options?: CallOptions): ChatStream;
}

// ---- asking ---------------------------------------------------------------------------------------

/**
 * A chat request. What a provider or model does not take is dropped with a warning on the answer, or refused
 * (`unsupported`) where that would change the meaning.
 */
export interface ChatRequest {
  /** The conversation, oldest first; not empty. */
  messages: Message[];
  /** Functions the model may call. */
  tools?: Tool[] | null;
  /** Most tokens to generate, reasoning included. */
  max_tokens?: number | null;
  /** 0 to 2. */
  temperature?: number | null;
  /** Whether the provider is asked to stream; says nothing about what is returned. */
  stream?: boolean | null;
  /** Model id, alias or `provider/model`. */
  model?: string | null;
  /** A configured provider's id. */
  provider?: string | null;
  /** 0 to 1. */
  top_p?: number | null;
  /** -2 to 2. */
  frequency_penalty?: number | null;
  /** -2 to 2. */
  presence_penalty?: number | null;
  /** Texts that end the answer. */
  stop?: string | string[] | null;
  /** true: reason with medium effort; false: the least the model takes; absent: nothing is sent. */
  thinking_mode?: boolean | null;
  /** `num_ctx` for Ollama; elsewhere a warning. */
  context_window?: number | null;
  /** Whether and which tool must be called. */
  tool_choice?: "auto" | "none" | "required" | { type: "function"; function: { name: string } } | null;
  /** Whether several tools may be called at once. */
  parallel_tool_calls?: boolean | null;
  /** JSON mode or a JSON Schema for the answer. */
  response_format?:
    | { type: "text" }
    | { type: "json_object" }
    | { type: "json_schema"; json_schema: { name: string; schema: object; strict?: boolean | null; description?: string | null } }
    | null;
  /** How much to reason; wins over `thinking_mode`. */
  thinking?: { effort: Effort; display?: ThinkingDisplay | null } | { budget_tokens: number; display?: ThinkingDisplay | null } | null;
  /** The provider's prompt cache. */
  cache?: "auto" | false | { ttl: CacheTtl; key?: string | null } | null;
  /** For repeatable sampling, best effort. */
  seed?: number | null;
  /** An opaque id of the end user, for the provider's abuse detection. */
  user?: string | null;
  /** This version has no failover: only `false` is taken. */
  fallback?: false | null;
  /** This version never starts a broken stream again: only `"error"` is taken. */
  on_truncated?: "error" | null;
  /** Extra body fields by kind of provider, passed through as written and merged over ours. */
  provider_options?: Partial<Record<"openai" | "claude" | "gemini" | "ollama", object>> | null;
  /** Your own tags; never sent. */
  metadata?: Record<string, string> | null;
}

/** Levels of reasoning. A level the model does not take becomes the nearest one it does, with a warning. */
export type Effort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";
/** Whether readable reasoning is wanted. */
export type ThinkingDisplay = "summarized" | "omitted";
/** How long a provider keeps a prompt prefix. */
export type CacheTtl = "5m" | "1h";

/** One message. The message of an answer can be pushed back into `messages` as it is. */
export interface Message {
  role: "system" | "user" | "assistant" | "tool";
  /** Text or parts. */
  content?: string | ContentPart[] | null;
  /** The speaker's or the tool's name. */
  name?: string | null;
  /** The tools the assistant asked for. */
  tool_calls?: ToolCall[] | null;
  /** On a tool message: which call this answers. */
  tool_call_id?: string | null;
  /** On a tool message: the tool failed. */
  is_error?: boolean | null;
  /** The model's readable reasoning; blocks are joined by a blank line. */
  thinking?: string | null;
  /** The model's refusal. */
  refusal?: string | null;
  /** Opaque state the same provider and model want back. */
  provider_state?: { provider: string; model: string; blocks: Json[] } | null;
  /** Marks the end of a prefix worth caching. */
  cache?: { ttl?: CacheTtl } | null;
}

/** The assistant's message of an answer: its content is always text. */
export interface AssistantMessage extends Message {
  role: "assistant";
  content: string;
}

/** One part of a message. */
export type ContentPart = { cache?: { ttl?: CacheTtl } | null } & (
  | { type: "text"; text: string }
  | { type: "image_url"; image_url: { url: string; detail?: string | null } }
  | { type: "file"; file: { filename?: string | null } & ({ file_data: string } | { url: string }) }
  | { type: "input_audio"; input_audio: { data: string; format: string } }
);

/** A function the model may call. `parameters` is a JSON Schema object; absent means no arguments. */
export interface Tool {
  type: "function";
  function: { name: string; description?: string | null; parameters?: object | null; strict?: boolean | null };
  cache?: { ttl?: CacheTtl } | null;
}

/** A call the model asked for. `arguments` is JSON text. */
export interface ToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

// ---- answers --------------------------------------------------------------------------------------

/** Why the model stopped; the provider's own word is in `metadata.raw_finish_reason`. */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "unknown";

/** A whole answer. It is also the last chunk of a stream. */
export interface ChatResponse {
  message: AssistantMessage;
  usage: TokenUsage;
  /** US dollars; `null` while the price is unknown (this version does not compute cost yet). */
  cost: number | null;
  /** Milliseconds. */
  duration: number;
  /** The configured id of the provider that answered. */
  provider: string;
  /** The model that answered, as the provider names it. */
  model: string;
  stream: { delta: Delta; finished: true; finish_reason: FinishReason };
  metadata: Metadata;
}

/** Tokens as the provider counted them, in one shape for all. */
export interface TokenUsage {
  /** All input, cached and written to the cache included. */
  prompt_tokens: number;
  /** All output, reasoning included. */
  completion_tokens: number;
  total_tokens: number;
  cached_tokens: number;
  /** All writes to the provider's cache. */
  cache_write_tokens: number;
  /** The part of the writes at the long price. */
  cache_write_long_tokens: number;
  reasoning_tokens: number;
  input_audio_tokens: number;
  output_audio_tokens: number;
  /** Whether we had to estimate. */
  estimated: boolean;
}

/** What else is known of an answer. */
export interface Metadata {
  /** Our id of the call. */
  id?: string;
  /** The provider's id of the request, for its support. */
  request_id?: string;
  /** The provider's id of the answer. */
  response_id?: string;
  raw_finish_reason?: string;
  service_tier?: string;
  time_to_first_token_ms?: number;
  /** What was dropped or replaced. */
  warnings: Warning[];
  /** Provider-specific values kept raw: log probabilities, citations, server tools … */
  extra?: Record<string, Json>;
}

/** Something that was not done as asked. */
export interface Warning {
  code: string;
  message: string;
  field?: string;
  provider?: string;
  model?: string;
}

/** A chunk of a stream: one for each delta of the provider; the last one is the whole answer. */
export type Chunk = DeltaChunk | ChatResponse;

/** A chunk before the last. */
export interface DeltaChunk {
  stream: { delta: Delta; finished: false };
  provider: string;
  model: string;
}

/** What a chunk adds. The first one has `role`. */
export interface Delta {
  role?: "assistant";
  content?: string;
  thinking?: string;
  refusal?: string;
  /** Id and name come once, then fragments of the arguments. */
  tool_calls?: [{ index: number; id?: string; type: "function"; function: { name?: string; arguments: string } }];
}

/**
 * An answer as it comes. Nothing is sent before the first read. One consumer: the second of iterator, `readable`
 * and `textStream` throws a TypeError. `break`, `cancel()` and `reader.cancel()` end quietly.
 */
export declare class ChatStream implements AsyncIterable<Chunk> {
  private constructor();
  [Symbol.asyncIterator](): AsyncIterator<Chunk, undefined>;
  /** The chunks as a stream that reads only when it is read from. */
  readonly readable: ReadableStream<Chunk>;
  /** The pieces of `content` alone. */
  readonly textStream: ReadableStream<string>;
  /** The whole answer. Awaited without a consumer it reads to the end. Never an unhandled rejection. */
  readonly response: Promise<ChatResponse>;
  /** An HTTP answer that streams on: text alone, or every chunk as a server-sent event. */
  toResponse(options?: { format?: "text" | "sse" }): Response;
  /** Closes the connection; only `response` rejects. */
  cancel(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

// ---- errors ---------------------------------------------------------------------------------------

/** What went wrong. More kinds come with later versions. */
export type ErrorType =
  | "authentication" | "rate_limit" | "quota_exceeded" | "invalid_request" | "server_error" | "network_error" | "timeout"
  | "unknown" | "permission" | "model_not_found" | "context_length_exceeded" | "request_too_large" | "unsupported"
  | "content_filter" | "overloaded" | "invalid_response" | "response_too_large" | "stream_interrupted"
  | "redirect_blocked" | "invalid_config" | "cancelled";

/** Every error of the library. `message` is ours; no key ever appears in any field. */
export declare class AircherError extends Error {
  private constructor();
  readonly name: "AircherError";
  readonly type: ErrorType;
  /** The provider's own code, or ours; a timeout says which: `connect`, `first_byte`, `idle`, `total`. */
  readonly code?: string;
  readonly status_code?: number;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  readonly provider?: string;
  readonly model?: string;
  /** The provider's own text, at most 500 characters. */
  readonly provider_message?: string;
  readonly retry_after_ms?: number;
  readonly request_id?: string;
  /** What a person can do about it. */
  readonly hint?: string;
  /** What had arrived of the answer. */
  readonly partial?: ChatResponse;
  /** Whether the provider has probably charged for it. */
  readonly billed: "no" | "unknown" | "yes";
  /** Whether a value is an AircherError, also one of another copy of the package. */
  static is(value: unknown): value is AircherError;
  toJSON(): object;
}

// ---- events and models ----------------------------------------------------------------------------

/** What can be listened to. */
export interface Events {
  /** A request is about to leave; only here a listener may answer. */
  request: { id: string; provider: string; model: string; method: string; url: string; attempt: number };
  /** The head of an answer has come; `duration` in milliseconds. */
  response: { id: string; status: number; duration: number; provider: string; model: string };
  warning: Warning;
}

/** Adds headers, or ends the call with `cancelled`, code `vetoed`. */
export type RequestAnswer = { headers?: Record<string, string>; veto?: string };

/** What a model can do. */
export interface Capabilities {
  functions: boolean;
  system_messages: boolean;
  images: boolean;
  thinking: boolean;
  json_schema: boolean;
}

/** A model of the table. Prices are US dollars; `prices` per million tokens as decimal text. */
export interface ModelInfo {
  id: string;
  provider: string;
  context_window: number | null;
  max_input_tokens?: number;
  max_output_tokens?: number;
  capabilities: Capabilities;
  status: "active" | "deprecated" | "retired";
  /** When it ends, `YYYY-MM-DD`. */
  ends?: string;
  cost: { input_cost_per_1k: number; output_cost_per_1k: number; currency: "USD" } | null;
  prices: Prices | null;
  alias_of?: string;
  source: "table";
}

/** All prices of a model. */
export interface Prices {
  in: string;
  out?: string;
  cache_read?: string;
  cache_write?: string;
  cache_write_long?: string;
  in_audio?: string;
  /** Prices of the whole request above so many input tokens. */
  tiers?: { from: string; prices: Record<string, string> }[];
  /** Factors on all prices. */
  factors?: Record<string, string>;
  /** Announced prices from a date on. */
  changes?: { from: string; prices: Record<string, string> }[];
}
