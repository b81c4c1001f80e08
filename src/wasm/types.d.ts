// The face of the npm package, written by hand. Data is snake_case and shaped as in the specification;
// methods and options are camelCase. Sources of provider rules are named as (wire: file §section).

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

// ---- creating -------------------------------------------------------------------------------------

/**
 * The configuration (docs/configuration.md has every key). Unknown keys and bad values throw `invalid_config` naming the
 * key, the value, what is accepted and the known key that is nearest.
 *
 * Without it the providers are enabled whose usual variable is in the environment
 * (`OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, `GEMINI_API_KEY`), and Ollama on localhost.
 */
export interface Config {
  /** The configured providers by id, and what is said of all. */
  providers?: ProviderSettings & { [id: string]: ProviderConfig | string | string[] | undefined };
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
  /** When and how often a failed request is sent again. */
  retry?: {
    /** Extra attempts of the whole request, over all providers. Default 2. */
    max_retries?: number;
    /** Our own wait before the first of them; random, up to this. Default `"500ms"`. */
    initial_delay?: string;
    /** The longest of our own waits; a provider may ask for up to 60 s. Default `"20s"`. */
    max_delay?: string;
    /** How much longer each wait is than the one before, 1 to 100. Default 2. */
    backoff_factor?: number;
    /** The errors after which it is worth it. Default: all of these. */
    retryable_errors?: ("rate_limit" | "overloaded" | "server_error" | "network_error" | "timeout")[];
  };
  /** What holds when another provider takes over. */
  failover?: {
    /** Its model, by id; else the one it is configured with. */
    models?: Record<string, string>;
    /** Whether others are asked when a content filter refused. Default false. */
    on_content_filter?: boolean;
  };
  /** Whether answers are kept for identical requests. */
  response_cache?: {
    /** Default false; this version takes nothing else. */
    enabled?: boolean;
    /** How long an answer is good. Default `"1h"`. */
    ttl?: string;
    /** What all answers may take up together. Default 16 MiB. */
    max_bytes?: number;
    /** Where they are kept. Default `"ledger"`: where the books are. */
    store?: "ledger" | "memory" | "indexeddb";
  };
  /** What may be spent. */
  costs?: CostConfig;
}

/** What is said of all providers. */
export interface ProviderSettings {
  /** Who answers when a request names neither provider nor model. */
  default?: string;
  /** Who is asked, in this order, when somebody cannot answer. Default: nobody else. */
  fallback_order?: string[];
  /**
   * The time between checks (docs/resilience.md, "Health"), default `"5m"`. Where it is given, providers are checked
   * without being asked for it, as long as calls are made and the page is looked at; `"0s"`: never, and
   * `isHealthy()` asks every time.
   */
  health_check_interval?: string;
  /** The time such a check may take. Default `"5s"`. */
  health_check_timeout?: string;
}

/** US dollars, as a number or exactly as decimal text (`"0.05"`): at least 0, at most 9 decimals, at most 9,007,199. */
export type Dollars = number | string;

/** What may be spent (docs/costs.md). */
export interface CostConfig {
  /** For all providers together, by calendar month. */
  monthly_budget?: Dollars;
  /** For all providers together, by day. */
  daily_limit?: Dollars;
  /** The part of a limit from which on an alert is due, above 0 and at most 1. Default 0.8. */
  alert_threshold?: number;
  /** Whether totals are kept by provider and model. Default true. */
  track_by_provider?: boolean;
  /**
   * `"hard"` (default where a limit is set): the most a call can cost is reserved before it is sent, or it is refused.
   * `"estimate"`: what it will probably cost. `"track"` (default without limits): nothing is refused.
   */
  mode?: "hard" | "estimate" | "track";
  /** Whose days and months are counted: `"UTC"` (default), `"+02:00"` or an IANA name. */
  budget_timezone?: string;
  /**
   * When the ledger cannot be read or written: `"fail"` sends nothing (`ledger_unavailable`; the only choice and the
   * default with `mode: "hard"`), `"continue"` goes on with a warning (the default otherwise).
   */
  on_ledger_error?: "fail" | "continue";
  /** By provider: `openai_daily`, `openai_monthly`, and so on for every id. */
  limits?: Record<string, Dollars>;
  /** By tag of the request's `metadata`: `"team:red": { daily: 1 }`. */
  tags?: Record<string, { daily?: Dollars; monthly?: Dollars }>;
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
  /**
   * Alias to the model id that is sent: `{ fast: "gpt-6-luna" }`. A table also says what that model is and costs:
   * `{ fast: { model: "gpt-7", context_window: 2_000_000, prices: { in: "1.5", out: "6" } } }`.
   */
  custom_models?: Record<string, string | CustomModel>;
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
  /** Whether Ollama gets a model it lacks, or brings each up to date. Default `"never"`; this version takes nothing else. */
  auto_pull?: "never" | "missing" | "update";
  /** Most requests in any minute (docs/resilience.md, "How fast"). Default: as many as the provider takes. */
  requests_per_min?: number;
  /** Most tokens in any minute, input and output: estimated before a request is sent, corrected by what it took. */
  tokens_per_min?: number;
  /** Most requests at a time. */
  max_concurrent?: number;
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
   * function or a proxy (`base_url: "/proxy", api_key: null`; `examples/proxy-worker` is one). Default false.
   */
  dangerouslyAllowBrowser?: boolean;
  /**
   * Where the books are kept: IndexedDB (default where there is one: pages and workers), memory (default elsewhere;
   * one for the whole process), or an adapter of `aircher-llm/stores/…`. A hard limit needs one that updates atomically.
   */
  store?: "indexeddb" | "memory" | LedgerStore;
  /** Called for every attempt this client books; for books of your own. What it throws is ignored. */
  onSettled?: (entry: CostEntry) => void;
  /** The last level that `on("log")` hears of: `"error"`, `"warn"` (default), `"info"`, `"debug"`. */
  logLevel?: LogLevel;
  /** Listeners from the start on. */
  on?: { [E in keyof Events]?: (event: Events[E]) => unknown };
}

/** Options of one call. */
export interface CallOptions {
  /** Ends the call with `cancelled` (`cause` is the signal's reason) and closes the connection. */
  signal?: AbortSignal;
  /** Time limits of this call in milliseconds, in place of the configured ones. */
  timeouts?: { connectMs?: number; firstByteMs?: number; idleMs?: number; totalMs?: number };
  /** Keep what goes over the wire: `metadata.raw` of the answer, `raw` of the error. It holds the conversation. Default false. */
  raw?: boolean;
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
   * Starts the library and checks the configuration: an object, or the same as TOML text.
   * @throws {AircherError} `invalid_config` (of TOML with its `line`); `authentication` (code `invalid_key`) for a key of
   * a wrong form.
   */
  static create(config?: Config | string, options?: CreateOptions): Promise<Aircher>;

  /** The configuration in effect: every default filled in, `"***"` for keys and the values of headers. */
  readonly config: Config;

  /**
   * Asks and waits for the whole answer.
   * @throws {AircherError} with what had arrived as `partial`.
   */
  chat(request: ChatRequest, options?: CallOptions): Promise<ChatResponse>;

  /** Asks and hands out the answer as it comes. Never throws: every error comes from the first read. */
  chatStream(request: ChatRequest, options?: CallOptions): ChatStream;

  /**
   * Asks many requests, a few at a time (`concurrency`, default 4), and gives every result in the order of the
   * requests, as `Promise.allSettled` does. An aborted `signal` rejects what has not come.
   * @throws {AircherError} `invalid_request` for what is no list, or no whole number of at least 1.
   */
  chatAll(requests: ChatRequest[], options?: CallOptions & { concurrency?: number }): Promise<PromiseSettledResult<ChatResponse>[]>;

  /**
   * A dry run: who would be asked, what it would cost, what stands in the way and what would be dropped with a warning.
   * Nothing is sent or reserved, no key function is asked. Throws what the request itself is to blame for.
   */
  explain(request: ChatRequest): Promise<Explanation>;

  /**
   * One configured provider, by id or alias. Its calls never leave it.
   * @throws {AircherError} `invalid_request` when it is not configured.
   */
  provider(id: string): Provider;

  /** What was spent. */
  readonly costs: Costs;

  /** What was last heard of every provider, by id: by checks, calls, and other tabs of the page. Sends nothing. */
  health(): Record<string, ProviderStatus>;

  /**
   * Asks a provider whether it answers, by an endpoint that costs nothing. What it says is in the status; a good answer
   * also ends `circuit_open`.
   * @throws {AircherError} `invalid_request` when it is not configured, or the client is closed.
   */
  checkHealth(id: string): Promise<ProviderStatus>;
  /** Asks all of them. */
  checkHealth(): Promise<Record<string, ProviderStatus>>;

  /** The models that are known of one configured provider, or of all. */
  models(options?: { provider?: string }): Promise<ModelInfo[]>;

  /** What is known of models. */
  readonly registry: {
    /**
     * Merges models at run time, as objects or JSON text. What is given stands before what was known of that model; a
     * new model is added. The next call uses it, a running one keeps its prices.
     * @throws {AircherError} `invalid_config` naming the row and the key; then nothing is merged.
     */
    merge(models: string | (ModelRow | ModelInfo)[] | { models: (ModelRow | ModelInfo)[] }): void;
  };

  /** What this client's attempts came to, by provider and model (docs/observability.md). */
  metrics(): Metrics;

  /** Listens to an event; returns what ends it. What a listener throws or rejects with is ignored; nobody waits for it. */
  on<Name extends keyof Events>(event: Name, listener: (value: Events[Name]) => Name extends "request" ? RequestAnswer | void : void): () => void;

  /** Ends running calls with `cancelled`; any call afterwards is `invalid_request`, code `closed`. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How a provider is, as far as is known. */
export interface ProviderStatus {
  /** Its configured id. */
  name: string;
  /** Whether the last that was heard of it was good. True before anything was heard. */
  healthy: boolean;
  /** When that was (RFC 3339, UTC); `null`: never. */
  last_check: string | null;
  /** Milliseconds its answer to the last check took; `null` without one. */
  latency: number | null;
  /** Why it is not healthy. */
  error?: string;
  /** What its configured or default model can do: the names in {@link Capabilities}. */
  capabilities: string[];
  /** `open`: it failed again and again and is left alone; `half_open`: one request tries it, or may. */
  circuit: "closed" | "open" | "half_open";
}

/** One configured provider. */
export interface Provider {
  /** Its configured id. */
  readonly name: string;
  /** What was last heard of it. Sends nothing. */
  status(): ProviderStatus;
  /** Whether it would answer; asks it when that was not done within `health_check_interval`. */
  isHealthy(): Promise<boolean>;
  /** What its configured or default model can do. */
  readonly supports: Capabilities;
  /** What a model can do; a model nobody knows is trusted, the provider decides. */
  supportsFor(model?: string): Capabilities;
  /** The models the table has for it. */
  models(): Promise<ModelInfo[]>;
  /** The context window of a model in tokens; `null` when unknown. */
  tokenLimit(model: string): number | null;
  /**
   * What some usage costs in US dollars, rounded up once to the billionth; `null` when the price is unknown. Ollama
   * costs 0. With the `metadata.pricing` of an answer as `factors` it is that answer's `cost`.
   * @throws {AircherError} `invalid_request` for counts and factors that are none.
   */
  calculateCost(usage: Partial<TokenUsage>, model: string, factors?: PriceFactors): { cost: number; cost_nano_usd: number } | null;
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
  /**
   * The most this request may cost, whatever the budgets say: it is refused, shortened or cut (`budget_exceeded`, scope
   * `request`) before it would cost more.
   */
  cost_limit?: Dollars | null;
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
  /**
   * Who is asked when the first choice cannot answer, instead of `providers.fallback_order`: providers, or
   * `"gemini/gemini-3.8-flash"`. `false`: nobody.
   */
  fallback?: boolean | string[] | null;
  /**
   * When a stream breaks off behind visible text: `"error"` (default) throws `stream_interrupted` with what had come;
   * `"restart"` asks again, and a chunk with `stream.restart` says that what came before is void.
   */
  on_truncated?: "error" | "restart" | null;
  /** Extra body fields by kind of provider, passed through as written and merged over ours; `tools` stand beside ours. */
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
  /** US dollars; `null`, not 0, when the price is unknown. The exact amount is `metadata.cost_nano_usd`. */
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
  /** The cost in billionths of a US dollar, rounded up once. Absent when the price is unknown. */
  cost_nano_usd?: number;
  /** What besides tokens made the price: `calculateCost(usage, model, pricing)` gives the same cost. */
  pricing?: PriceFactors;
  time_to_first_token_ms?: number;
  /** What was dropped or replaced. */
  warnings: Warning[];
  /** Every attempt of the request, in order; the last one gave this answer. */
  attempts?: Attempt[];
  /** What went over the wire, with `{ raw: true }`: of the attempt that answered. */
  raw?: Raw;
  /**
   * Provider-specific values kept raw: log probabilities (`logprobs`), citations (`annotations`), sound (`audio`),
   * calls of the provider's custom tools (`custom_tool_calls`), an error behind the end (`error`), server tools …
   */
  extra?: Record<string, Json>;
}

/** What went over the wire. Keys and cookies are replaced by `***`; of each body the first MiB is kept, with a mark. */
export interface Raw {
  /** Its headers are not kept. */
  request: { method: string; url: string; body: string };
  /** Absent when no answer came. */
  response?: { status: number; headers: Record<string, string>; body: string };
}

/** What became of an attempt to get an answer. */
export interface Attempt {
  /** The configured id of the provider. */
  provider: string;
  /** The model as sent. */
  model: string;
  /** How it failed; `null` for the one that answered. */
  type: ErrorType | null;
  /** Why nothing was sent. */
  skipped?: string;
  status_code?: number;
  /** Milliseconds from its beginning to its end. */
  duration: number;
  /** Milliseconds waited before it. */
  delay_ms?: number;
  /** What it cost; `null` when the price is unknown. */
  cost_nano_usd: number | null;
  /** Whether that had to be estimated. */
  estimated: boolean;
}

/** What would become of a request now. */
export interface Explanation {
  /** Who would answer, as far as that can be told before; absent when nobody could. */
  provider?: string;
  /** Everybody who may answer, in order. */
  candidates: Prospect[];
}

/** What would become of a request at one provider. */
export interface Prospect {
  provider: string;
  /** As sent; `null` when the provider has to be asked for its models first. */
  model: string | null;
  /** Why it would not be asked: no key, an open circuit, a window, a budget, or something it cannot do. */
  skipped?: AircherError;
  /** Estimated. */
  input_tokens: number;
  /** The answer's limit where there is one, else what it is likely to have at most. */
  output_tokens: number;
  /** US dollars for so many tokens; `null` when the price is unknown. */
  cost: number | null;
  cost_nano_usd: number | null;
  /** What would be dropped or replaced. */
  warnings: Warning[];
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
  /** `restart` (only with `on_truncated: "restart"`): drop what came before, the answer begins anew. */
  stream: { delta: Delta; finished: false; restart?: true };
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
  | "redirect_blocked" | "circuit_open" | "budget_exceeded" | "ledger_unavailable" | "invalid_config" | "cancelled";

/** Every error of the library. `message` is ours; no key ever appears in any field. */
export declare class AircherError extends Error {
  private constructor();
  readonly name: "AircherError";
  readonly type: ErrorType;
  /**
   * The provider's own code, or ours; a timeout says which: `connect`, `first_byte`, `idle`, `total`; a network error
   * has the system's (`ECONNREFUSED`), in a page the likeliest reason (`offline`, `mixed_content`, `local_network`, `cors`).
   */
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
  /** The line of a configuration as TOML text that is wrong, from 1. */
  readonly line?: number;
  /** What had arrived of the answer. */
  readonly partial?: ChatResponse;
  /** Every attempt of the request, in order. The error is that of the most preferred provider that was asked. */
  readonly attempts?: Attempt[];
  /** What went over the wire, with `{ raw: true }`: of the attempt the error tells of. */
  readonly raw?: Raw;
  /** Whether the provider has probably charged for it. */
  readonly billed: "no" | "unknown" | "yes";
  /** Of `budget_exceeded`: whose limit, `*`, `p:<provider>`, `k:<tag>:<value>`, or `request` for its `cost_limit`. */
  readonly scope?: string;
  /** Of `budget_exceeded`: the period, `d:2026-11-22` or `m:2026-11`; in another zone than UTC with it, `…@+02:00`. */
  readonly period?: string;
  /** Of `budget_exceeded`, in US dollars, as are the next three. */
  readonly limit?: number;
  /** Spent. */
  readonly settled?: number;
  /** Set aside for calls that are under way. */
  readonly reserved?: number;
  /** What this call would have needed at least. */
  readonly requested?: number;
  /** When the period ends (RFC 3339, UTC). */
  readonly resets_at?: string;
  /** Whether a value is an AircherError, also one of another copy of the package. */
  static is(value: unknown): value is AircherError;
  toJSON(): object;
}

// ---- costs ----------------------------------------------------------------------------------------

/** What was spent, read from the ledger. Every amount is US dollars; `cost_nano_usd` is the exact integer. */
export interface Costs {
  /** Today's total, in `budget_timezone`. */
  today(): Promise<CostTotals>;
  /** This month's total. */
  month(): Promise<CostTotals>;
  /** Totals by provider, model, day or tag, from day buckets (kept 400 days). Dates are inclusive. Default: by provider, all days. */
  summary(query?: { from?: string; to?: string; by?: "provider" | "model" | "day" | "tag" }): Promise<CostRow[]>;
  /** Attempts, newest first. They are kept for at least 48 hours after their end. */
  entries(query?: {
    from?: string;
    to?: string;
    provider?: string;
    model?: string;
    /** The id of the last entry of the page before. */
    after?: string;
    /** Default 100. */
    limit?: number;
  }): Promise<CostEntry[]>;
  status(): Promise<CostStatus>;
  /** Everything as JSON text for {@link Costs.import}, or the entries as CSV. */
  export(format?: "json" | "csv"): Promise<string>;
  /** Merges an export, of this ledger or another; twice is once. */
  import(text: string): Promise<void>;
  /** Empties all periods. Open reservations stay. */
  reset(sure: { confirm: true }): Promise<void>;
}

/** A total. */
export interface CostTotal {
  /** `2026-11-22` or `2026-11`. */
  date: string;
  cost: number;
  cost_nano_usd: number;
  requests: number;
  tokens: number;
  /** Set aside for calls that are under way. */
  reserved: number;
  limit: number | null;
  remaining: number | null;
  /** When the period ends (RFC 3339, UTC). */
  resets_at: string;
}

/** A total, and the same by configured provider. */
export interface CostTotals extends CostTotal {
  by_provider: Record<string, CostTotal>;
}

/** A row of a summary. */
export interface CostRow {
  key: string;
  cost: number;
  cost_nano_usd: number;
  requests: number;
  tokens: number;
  /** How many of the requests were booked by estimate. */
  estimated_requests: number;
}

/** One attempt. */
export interface CostEntry {
  id: string;
  /** When it was reserved (RFC 3339, UTC). */
  time: string;
  provider: string;
  model: string;
  attempt: number;
  /** `expired`: its client died, and it was charged in full. */
  state: "pending" | "posted" | "voided" | "expired";
  /** `null` while pending, and when the price is unknown. */
  cost: number | null;
  cost_nano_usd: number | null;
  estimated: boolean;
  usage: TokenUsage | null;
  tags: Record<string, string>;
}

/** How the books are kept. */
export interface CostStatus {
  /** `indexeddb`, `memory`, `d1` … */
  store: string;
  durable: boolean;
  /** Whether the browser has promised not to clear it by itself. */
  persisted: boolean;
  shared: "process" | "origin" | "global";
  mode: "hard" | "estimate" | "track";
  /** Reservations that are open. */
  pending: number;
  reserved_nano_usd: number;
}

/**
 * Where the ledger lives: documents (JSON text) under string keys. An adapter of your own needs `update` and `scan`.
 */
export interface LedgerStore {
  /** One atomic read-modify-write. `fn` is pure and synchronous and may run several times. Resolves once durable. */
  update<T>(
    keys: string[],
    fn: (docs: Record<string, string | undefined>) => { writes: [string, string | null][]; out: T },
  ): Promise<T>;
  /** Documents whose key begins with `prefix`, ascending, behind `after`. */
  scan(prefix: string, limit: number, after?: string): Promise<[string, string][]>;
  /** The store's own way to reserve, settle and void; `undefined` leaves it to `update`. */
  apply?(operation: object): Promise<object | undefined>;
  readonly caps: { atomic?: true; shared: "process" | "origin" | "global"; durable: boolean };
  /** Its name in `costs.status()`. */
  readonly kind?: string;
  /** Set by the client: something happened to the books (`ledger_restored`, `ledger_reset` …). */
  onwarning?: (code: string, message: string) => void;
  persisted?(): Promise<boolean>;
  close?(): Promise<void>;
}

// ---- events and models ----------------------------------------------------------------------------

/** What can be listened to. */
export interface Events {
  /** A limit's threshold was crossed: once for each limit and period, over all tabs. Amounts in US dollars. */
  alert: { provider: string | null; cost: number; limit: number; threshold: number; scope: string; period: string };
  /** The same provider is asked again, in `delay_ms` milliseconds; `attempt` is the number of the attempt to come. */
  retry: { request_id: string; provider: string; model: string; attempt: number; error: AircherError; delay_ms: number };
  /** Another provider is asked: ids of providers. */
  failover: { request_id: string; from: string; to: string; error: AircherError };
  /** `healthy` or `circuit` of a provider has changed. */
  health: ProviderStatus;
  /** An attempt was booked; `remote` when another tab did. */
  usage: CostEntry & { remote?: true };
  /** A request is about to leave; only here a listener may answer. */
  request: { id: string; provider: string; model: string; method: string; url: string; attempt: number };
  /** The head of an answer has come; `duration` in milliseconds. */
  response: { id: string; status: number; duration: number; provider: string; model: string };
  warning: Warning;
  /**
   * The log, up to `logLevel`. Every call ends with a `message` `"chat"`, for tracers: `fields` bear OpenTelemetry's
   * names for generative AI. The other messages are names of events, with their fields. Never content, never keys.
   */
  log: { level: LogLevel; message: string; fields: Record<string, unknown> };
}

/** From what must be read to what may be. */
export type LogLevel = "error" | "warn" | "info" | "debug";

/** What a client's attempts came to since it was made. Milliseconds; `null` while there is nothing to tell. */
export interface Metrics {
  /** By configured provider, from its first attempt on. */
  providers: Record<string, ProviderFigures>;
  /** Streams that are being read and have not ended. */
  open_streams: number;
  /** The library's memory in this process, all clients together. */
  memory: { wasm_bytes: number };
}

/** What attempts came to: one for each row of `attempts` on answers and errors. */
export interface Figures {
  /** Attempts that have ended, sent or not. */
  request_count: number;
  /** Those that did not answer. */
  error_count: number;
  errors_by_type: Partial<Record<ErrorType, number>>;
  /** How often the same was asked again. */
  retry_count: number;
  /** How often another provider was asked in its place. */
  failover_count: number;
  /** US dollars, estimates included; unknown prices add nothing. */
  total_cost: number;
  /** Of answers, from the beginning of the attempt to its last byte. */
  avg_latency: number | null;
  /** Right to a sixteenth. */
  p50_latency: number | null;
  p95_latency: number | null;
  /** Of streamed answers, on average. */
  time_to_first_token: number | null;
  /** Output tokens by the seconds the answers took in all. */
  tokens_per_second: number | null;
}

/** The figures of a provider, and of each of its models; those beyond 32 are counted under `(others)`. */
export interface ProviderFigures extends Figures {
  /** When it was last asked whether it answers (RFC 3339). */
  last_health_check: string | null;
  models: Record<string, Figures>;
}

/** Asked before each attempt: adds headers, or ends the call with `cancelled`, code `vetoed`. */
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
  /** `config`: from `custom_models` or `registry.merge`. */
  source: "table" | "config";
}

/** What a model is and costs, as far as it is given. Names are those of `ModelInfo`, or the short ones of the table. */
export interface CustomModel {
  /** The id that is sent. Default: the alias. */
  model?: string;
  context_window?: number;
  max_input_tokens?: number;
  max_output_tokens?: number;
  capabilities?: Partial<Capabilities>;
  status?: ModelInfo["status"];
  /** When it ends, `YYYY-MM-DD`. */
  ends?: string;
  /** US dollars per million tokens. */
  prices?: PriceRow & {
    /** Prices of the whole request above so many input tokens. */
    tiers?: { from: number | string; prices: PriceRow }[];
    factors?: { fast?: Dollars; us?: Dollars };
    /** Announced prices from a date on. */
    changes?: { from: string; prices: PriceRow }[];
  };
}

/** Prices by name. A cache or audio price that is not given is the plain one, rather too high than too low. */
export interface PriceRow {
  in?: Dollars;
  out?: Dollars;
  cache_read?: Dollars;
  cache_write?: Dollars;
  cache_write_long?: Dollars;
  in_audio?: Dollars;
  out_audio?: Dollars;
}

/** A row for `registry.merge`: also with prices and limits beside the id, as in the table's source. */
export interface ModelRow extends Omit<CustomModel, "model">, PriceRow {
  provider: ProviderKind;
  id: string;
  context?: number;
  max_in?: number;
  max_out?: number;
  tiers?: ({ above_input: number } & PriceRow)[];
  price_changes?: ({ from: string } & PriceRow)[];
  [more: string]: unknown;
}

/** What changes a price beside the tokens. */
export interface PriceFactors {
  /** The tier that served it, such as `flex`, `batch`, `priority`. */
  service_tier?: string;
  /** `fast` where that was served. */
  speed?: string;
  /** Where it was served, such as `us`. */
  geo?: string;
  /** When it was sent: announced prices hold from their day on. A date or RFC 3339 text. */
  at?: string;
}

/** All prices of a model. */
export interface Prices {
  in: string;
  out?: string;
  cache_read?: string;
  cache_write?: string;
  cache_write_long?: string;
  in_audio?: string;
  out_audio?: string;
  /** Prices of the whole request above so many input tokens. */
  tiers?: { from: string; prices: Record<string, string> }[];
  /** Factors on all prices. */
  factors?: Record<string, string>;
  /** Announced prices from a date on. */
  changes?: { from: string; prices: Record<string, string> }[];
}
