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
  /**
   * Answers are kept for who asks the same again with the same key, as they were given: they lie there readable.
   * A request's own `response_cache` has the last word.
   */
  response_cache?: {
    /** Whether all requests are answered so. Default false. */
    enabled?: boolean;
    /** How long an answer is good. Default `"1h"`. */
    ttl?: string;
    /** What all answers may take up together; what was not used for longest goes. Default 16 MiB. */
    max_bytes?: number;
    /**
     * Where they are kept. Default `"auto"`: IndexedDB where there is one (not in service workers), shared by all tabs,
     * else the memory of this client. What fails there is a warning, `response_cache_failed`, and memory takes its place.
     */
    store?: "auto" | "memory" | "indexeddb";
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
   * The time between checks (docs/resilience.md, "Health"), `"10ms"` to `"20d"`, default `"5m"`. Where it is given, providers are checked
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
/** Servers that speak OpenAI's dialect and need no address: `providers: { groq: {} }` takes `GROQ_API_KEY`. */
export type ServerName = "groq" | "openrouter" | "deepseek" | "mistral" | "xai" | "together" | "lmstudio" | "llamacpp" | "vllm";

/** One configured provider. */
export interface ProviderConfig {
  /** The dialect, for an id of your own: `mine: { kind: "openai", base_url: "https://…" }`; or a server known by name. */
  kind?: ProviderKind | ServerName;
  /** The model when a request names none. Default: the newest cheap one; Ollama, `lmstudio`, `llamacpp` and `vllm`: the first chat model of their list; other servers known by name: none, a request has to name one. */
  model?: string;
  /** The token limit when a request gives none. */
  max_tokens?: number;
  /** The temperature when a request gives none. */
  temperature?: number;
  /**
   * Where it is: https, or http on loopback or with `allow_insecure`; in a page also a path such as `"/proxy"`.
   * An address of your own never gets the provider's usual key. It ends with the version for OpenAI and Gemini
   * (`…/v1`), without one for Claude and Ollama (where `/v1` is dropped), and never with an endpoint.
   */
  base_url?: string;
  /** Take an http address that is not loopback. */
  allow_insecure?: boolean;
  /** OpenAI's organisation. */
  org_id?: string;
  /** Which of OpenAI's endpoints: by model (`"auto"`, the default; compatible servers: chat), or always this one. */
  api?: "auto" | "chat" | "responses";
  /**
   * Whether streams of Chat Completions are asked for their usage (`stream_options`). Default: true, false for `mistral`,
   * which tells it unasked. A compatible server that refuses to be asked is asked once more without, and never again.
   */
  stream_usage?: boolean;
  /** The version of the API, where a provider has several (Claude: `2023-06-01`, Gemini: `v1beta`). */
  api_version?: string;
  /**
   * Alias to the model id that is sent: `{ fast: "gpt-6-luna" }`. A table also says what that model is and costs:
   * `{ fast: { model: "gpt-7", context_window: 2_000_000, prices: { in: "1.5", out: "6" } } }`. That holds at this
   * provider alone, and stands over what it says of the model itself and what `registry.merge` says for all of its kind.
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
  /**
   * Whether a call has Ollama get a model it lacks (`"missing"`), or bring it up to date (`"update"`), once for each model
   * and client. The call waits, and a warning `pulling_model` says so. Default `"never"`.
   */
  auto_pull?: "never" | "missing" | "update";
  /** Most requests in any minute (docs/resilience.md, "How fast"). Default: as many as the provider takes. */
  requests_per_min?: number;
  /** Most tokens in any minute, input and output: estimated before a request is sent, corrected by what it took. */
  tokens_per_min?: number;
  /** Most requests at a time. */
  max_concurrent?: number;
  /** Gemini on Vertex AI: the variable that holds the JSON of a service account's key file. */
  service_account_env?: string;
  /** The key file itself, or its text. In a page only with `allowServiceAccountInBrowser`. */
  service_account?: string | object;
  /** Gemini on Vertex AI with access tokens of your own; needs `project`. As `api_key`. */
  access_token?: string | null | KeyFunction;
  /** Gemini on Vertex AI with an API key alone (express mode). Default false. */
  vertex?: boolean;
  /** OpenAI's project; or Vertex AI's. Default: that of the service account. Kept unused beside a plain API key. */
  project?: string;
  /** Vertex AI's location. Default `"global"`. Kept unused beside a plain API key. */
  location?: string;
  /** The variable that holds the key. */
  api_key_env?: string;
  /** The key; `null` sends none; a function is asked once for all waiting calls (in Workers: by each request). */
  api_key?: string | null | KeyFunction;
}

/** Gives a key when one is needed. What it throws becomes the `cause` of an `authentication` error, code `key_function`. */
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
   * Take a service account in a page: code of the page, and whoever gets some into it, can act as the account. Prefer
   * `access_token`, a function that fetches short-lived tokens from your server. Default false.
   */
  allowServiceAccountInBrowser?: boolean;
  /**
   * Where the books are kept: IndexedDB (default where there is one: pages and workers), memory (default elsewhere;
   * one for the whole process), or an adapter of `aircher-llm/stores/…`. A hard limit needs one that updates atomically.
   */
  store?: "indexeddb" | "memory" | LedgerStore;
  /** Called for every attempt this client books; for books of your own. What it throws is ignored. */
  onSettled?: (entry: CostEntry) => void;
  /** Counts texts for `countTokens(text, { exact: true })`: `Tokenizer` of `aircher-llm/tokenizer`. Default: nobody. */
  tokenizer?: ExactTokenizer;
  /** The last level that `on("log")` hears of: `"error"`, `"warn"` (default), `"info"`, `"debug"`. */
  logLevel?: LogLevel;
  /** Listeners from the start on. */
  on?: { [E in keyof Events]?: (event: Events[E]) => unknown };
}

/** What counts texts exactly: `Tokenizer` of `aircher-llm/tokenizer`, or one of your own. */
export interface ExactTokenizer {
  /** Whether it has the vocabulary of a model. */
  knows(model: string): boolean;
  /** The vocabulary of a model. */
  load(model: string): Promise<{ count(text: string): number }>;
}

/** Options of `countTokens`. */
export interface CountOptions {
  /** The model. Default: the request's, else the configured or usual one of the provider. */
  model?: string;
  /** Have it counted instead of estimated. Default false. */
  exact?: boolean;
  /** Time limits in milliseconds, in place of the configured ones. */
  timeouts?: CallOptions["timeouts"];
}

/** Options of one call. A name there is not, or a value of another kind, is `invalid_request`. */
export interface CallOptions {
  /** Ends the call with `cancelled` (`cause` is the signal's reason) and closes the connection. */
  signal?: AbortSignal;
  /**
   * Time limits of this call in milliseconds, in place of the configured ones. `totalMs` begins with the first read: it
   * holds while a part of the library loads, and while nobody reads.
   */
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

  /** The configuration in effect, defaults filled in; `"***"` for keys and the values of headers. */
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
   * Vectors of texts, in their order. Many texts go in batches of what the provider takes at once; each is booked, waits
   * for its turn and is retried as a call is. It never leaves its provider: vectors of two models cannot be compared.
   * @throws {AircherError} Any error of a call; `unsupported` where the provider has no embeddings (Claude).
   */
  embed(request: EmbedRequest, options?: CallOptions): Promise<EmbedResponse>;

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

  /**
   * The models of the first configured Ollama; of another one: `llm.provider(id).ollama`.
   * Without one its methods fail with `invalid_request`.
   */
  readonly ollama: Ollama;

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

  /**
   * The models that are known of one configured provider, or of all. `live`: asks the provider, page by page; its limits
   * and abilities stand over those of the table for its own models, here and in later calls to it, and only models that
   * chat are shown. A list is kept for ten minutes. Of all providers, those that do not answer are shown as the table has them, with a `warning`
   * event (`models_not_listed`).
   *
   * @throws {AircherError} With `live` and `provider`: any error of a request.
   */
  models(options?: { provider?: string; live?: boolean }): Promise<ModelInfo[]>;

  /** What is known of models. */
  readonly registry: {
    /**
     * Merges models at run time, as objects or JSON text, for all providers of a kind. What is given stands before what
     * was known of that model, except by `custom_models` of one of them; a new model is added. The next call uses it, a running one keeps its prices.
     * @throws {AircherError} `invalid_config` naming the row and the key; then nothing is merged.
     */
    merge(models: string | (ModelRow | ModelInfo)[] | { models: (ModelRow | ModelInfo)[] }): void;
  };

  /** What this client's attempts came to, by provider and model (docs/observability.md). */
  metrics(): Metrics;

  /** Listens to an event; returns what ends it. What a listener throws or rejects with is ignored; nobody waits for it. */
  on<Name extends keyof Events>(event: Name, listener: (value: Events[Name]) => Name extends "request" ? RequestAnswer | void : void): () => void;

  /** Ends running calls with `cancelled`; any call afterwards is `invalid_request`, code `closed`, lists and books included. */
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
  /** Its models, where its kind is Ollama. */
  readonly ollama?: Ollama;
  /** What was last heard of it. Sends nothing. */
  status(): ProviderStatus;
  /** Whether it would answer; asks it when that was not done within `health_check_interval`. */
  isHealthy(): Promise<boolean>;
  /** What its configured or default model can do. */
  readonly supports: Capabilities;
  /** What a model can do; a model nobody knows is trusted, the provider decides. */
  supportsFor(model?: string): Capabilities;
  /** The models the table has for it; `live`: as it lists them itself, as `llm.models` does. */
  models(options?: { live?: boolean }): Promise<ModelInfo[]>;
  /** The context window of a model in tokens; `null` when unknown. */
  tokenLimit(model: string): number | null;
  /**
   * How many tokens a text, the parts of a message, or the input of a whole request is. Without `exact` an estimate
   * for which nothing is sent: of a request with messages, tools and images and what stands around them, of a content
   * alone (docs/tokens.md says how near that is). With `exact` what the provider's endpoint counts (OpenAI, Claude,
   * Gemini): it costs nothing, is bound by `timeouts.connectMs` and `[retry]`, and the latest counts are remembered; a
   * content counts as the one message of a user. A text for a model whose vocabulary the client's
   * {@link CreateOptions.tokenizer | tokenizer} knows is counted by that, and nothing is sent.
   * @throws {AircherError} `unsupported` with `exact` where there is neither; otherwise as for a call.
   */
  countTokens(what: string | ContentPart[] | ChatRequest, options?: CountOptions): Promise<number>;
  /**
   * What some usage costs in US dollars, rounded up once to the billionth; `null` when the price is unknown. Ollama
   * costs 0. With the `metadata.pricing` of an answer as `factors` it is that answer's `cost`, unless it was kept (`cached`).
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
  /** `num_ctx` for Ollama; elsewhere a limit checked before anything is sent (`context_length_exceeded`). */
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
  /** Whether this request may be answered by what was kept of an identical one, and its answer kept; see the configuration. */
  response_cache?: boolean | null;
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
  /** Extra body fields by kind of provider (any other name is `invalid_request`), passed through as written and merged over ours; `tools` stand beside ours. */
  provider_options?: Partial<Record<"openai" | "claude" | "anthropic" | "gemini" | "google" | "ollama", object>> | null;
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
  /** `developer` is OpenAI's newer name for `system`. */
  role: "system" | "developer" | "user" | "assistant" | "tool";
  /** Text (`""` is one) or parts. Only the assistant's may be missing. */
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
  /** `citations`: whether the answer says what it takes from where, in `metadata.extra` (Claude; others warn). Default false. */
  | { type: "file"; file: { filename?: string | null; citations?: boolean | null } & ({ file_data: string } | { url: string }) }
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

/** An answer that did not come to its end, with what ended it. */
export interface PartialResponse extends Omit<ChatResponse, "stream"> {
  stream: { delta: Delta; finished: false; finish_reason?: FinishReason };
  error: Pick<AircherError, "type" | "message" | "code" | "status_code" | "retryable" | "provider">;
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
  /** What besides tokens made the price: `calculateCost(usage, model, pricing)` gives the same cost, of a `cached` answer what it cost the first time. */
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
  /**
   * The answer was kept of an identical request, or is that of one under way: nothing was sent, `cost` is 0. `usage` and
   * `pricing` are the first one's.
   */
  cached?: true;
  /** What it cost the first time, in billionths of a US dollar; `null` when the price is unknown. Beside `cached` only. */
  saved_cost_nano_usd?: number | null;
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
  /**
   * Why it is one of them: the request names the `provider`, or its model does (`openai/…`: `prefix`); the model is an
   * `alias` (`custom_models`), stands in the model `table` or a list of theirs, or its `name` is of their kind; nobody is named (`default`);
   * it stands in for the first one (`fallback`).
   */
  because: "provider" | "prefix" | "alias" | "table" | "name" | "default" | "fallback";
  /** Why it would not be asked: no key, an open circuit, a pause or limit (`local_limit`), a window, a budget, or something it cannot do. */
  skipped?: AircherError;
  /** Milliseconds it would wait for its turn, as far as this client has seen of the limits. */
  wait_ms: number;
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
export interface DeltaChunk extends Partial<Record<Exclude<keyof ChatResponse, "stream" | "provider" | "model">, undefined>> {
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
 * and `textStream` throws a TypeError. `break`, `cancel()` and `reader.cancel()` end quietly. One that is forgotten halfway
 * is cancelled when it is collected as garbage, which may be late: end it yourself.
 */
export declare class ChatStream implements AsyncIterable<Chunk> {
  private constructor();
  [Symbol.asyncIterator](): AsyncIterator<Chunk, undefined>;
  /** The chunks as a stream that reads only when it is read from. */
  readonly readable: ReadableStream<Chunk>;
  /** The pieces of `content` alone. */
  readonly textStream: ReadableStream<string>;
  /**
   * The whole answer. Once it is asked for, the stream is read to its end, ahead of a consumer that is slow or has stopped
   * reading; that finds the rest in memory. Never an unhandled rejection.
   */
  readonly response: Promise<ChatResponse>;
  /**
   * An HTTP answer that streams on: text alone, or every chunk as a server-sent event. Its status is 200, since it is
   * there before the call has begun: an error ends text alone in its middle, as events it is one of the name `error`.
   */
  toResponse(options?: { format?: "text" | "sse" }): Response;
  /** Closes the connection; only `response` rejects. */
  cancel(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

// ---- errors ---------------------------------------------------------------------------------------

/** What went wrong. */
export type ErrorType =
  | "authentication" | "rate_limit" | "quota_exceeded" | "invalid_request" | "server_error" | "network_error" | "timeout"
  | "unknown" | "permission" | "model_not_found" | "context_length_exceeded" | "request_too_large" | "unsupported"
  | "content_filter" | "overloaded" | "invalid_response" | "response_too_large" | "stream_interrupted"
  | "redirect_blocked" | "circuit_open" | "budget_exceeded" | "ledger_unavailable" | "invalid_config" | "cancelled";

/** Every error of the library. `message` is ours; no key ever appears in any field, nor a value of a configured header that may be one. */
export declare class AircherError extends Error {
  private constructor();
  readonly name: "AircherError";
  readonly type: ErrorType;
  /**
   * The provider's own code, or ours; a timeout says which: `connect`, `first_byte`, `idle`, `total`; a network error
   * has the system's (`ECONNREFUSED`), in a page the likeliest reason (`offline`, `mixed_content`, `local_network`, `cors`);
   * `internal` of `unknown`: the library itself broke, and the next call has a new instance of it.
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
  readonly partial?: PartialResponse;
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

// ---- Ollama's models -------------------------------------------------------------------------------

/**
 * The models of an Ollama server (docs/providers/ollama.md). Every error is an {@link AircherError}; a model that is not
 * there is `model_not_found`.
 */
export interface Ollama {
  /** The installed models. What the server says of their abilities stands before the table from then on. */
  list(options?: OllamaOptions): Promise<OllamaModel[]>;
  /** The models in memory. */
  ps(options?: OllamaOptions): Promise<OllamaRunning[]>;
  /** The version of the server. */
  version(options?: OllamaOptions): Promise<string>;
  /** All that is known of a model. Its abilities and its window stand before the table from then on. */
  show(model: string, options?: OllamaOptions & { verbose?: boolean }): Promise<OllamaDetails>;
  /**
   * Gets a model, or brings it up to date. A download that breaks off is taken up where it was, as often as
   * `retry.max_retries` in a row without getting further.
   */
  pull(model: string, options?: OllamaOptions): OllamaTask;
  /**
   * Makes a model. Files are hashed, and sent where the server does not have them.
   * @throws {AircherError} `invalid_request`, of a Modelfile with the line; from the first read, as every other error.
   */
  create(model: string, spec: OllamaSpec, options?: OllamaOptions): OllamaTask;
  /** Gives a model another name as well. */
  copy(source: string, destination: string, options?: OllamaOptions): Promise<void>;
  /** Removes a model. */
  delete(model: string, options?: OllamaOptions): Promise<void>;
  /** Loads a model into memory. `keepAlive` and `numCtx` as configured, if not given: another window loads it anew. */
  preload(model: string, options?: OllamaOptions & { keepAlive?: string | number; numCtx?: number }): Promise<void>;
  /** Takes a model out of memory. */
  unload(model: string, options?: OllamaOptions): Promise<void>;
}

/** Options of every method. */
export interface OllamaOptions {
  /** Ends the request with `cancelled`, a task too, and closes the connection: the server stops. */
  signal?: AbortSignal;
}

/**
 * Something that takes its time: `for await` tells how far it has come, `await` is its `result`. Nothing is sent before
 * the first read of either. One iterator; `break`, `return()` and `cancel()` end quietly and close the connection, only
 * `result` rejects then.
 */
export interface OllamaTask extends AsyncIterable<OllamaProgress>, PromiseLike<OllamaResult> {
  [Symbol.asyncIterator](): AsyncIterator<OllamaProgress, undefined>;
  /**
   * What came of it. Once it is asked for, the task goes on to its end, and a slow iterator sees the last that was told.
   * Never an unhandled rejection.
   */
  readonly result: Promise<OllamaResult>;
  cancel(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How far a task has come. */
export interface OllamaProgress {
  /**
   * The server's own word: `pulling manifest`, `pulling 8eeb52dfb3bb`, `verifying sha256 digest`, `writing manifest`,
   * `success` …; of files that are sent ours: `hashing <name>`, `sending <name>`.
   */
  status: string;
  /** Bytes that are there, over all layers known so far (or of the file in hand). */
  completed: number;
  /** Bytes in all; grows while layers appear. 0: not known yet. */
  total: number;
  /** Over the last seconds; `null` until it can be told, and while nothing is loaded. What was there before does not count. */
  bytes_per_second: number | null;
  /** In the order in which they appeared. */
  layers: OllamaLayer[];
  /** Counts the requests: above 1 the download was taken up again. */
  attempt: number;
  /** On the last one alone. */
  result?: OllamaResult;
}

/** A part of a model. */
export interface OllamaLayer {
  /** `sha256:…` */
  digest: string;
  completed: number;
  total: number;
}

/** What came of a task. */
export interface OllamaResult {
  /** The model's full name, with its tag. */
  model: string;
  /** What it is now; `null` where the server's list does not say. */
  digest: string | null;
  /** What it was before; `null`: it was not there. */
  previous_digest: string | null;
  /** Whether it is new or another than before. */
  changed: boolean;
}

/** What a file may be: a stream is kept as a Blob, since its digest has to be known first; a function is called twice. */
export type OllamaFile = Blob | ArrayBuffer | Uint8Array | ReadableStream<Uint8Array> | (() => ReadableStream<Uint8Array> | Promise<ReadableStream<Uint8Array>>);

/** What a model is made of: of `from`, of `files`, or of what a Modelfile says; what stands beside it wins. */
export interface OllamaSpec {
  /** A Modelfile's text. A path in it (`FROM ./x.gguf`) is the name of one of `files` or `adapters`. */
  modelfile?: string;
  /** The model it is based on. One that is not installed is pulled. */
  from?: string;
  /** GGUF or safetensors files by name. */
  files?: Record<string, OllamaFile>;
  /** LoRA files by name. */
  adapters?: Record<string, OllamaFile>;
  system?: string;
  template?: string;
  /** Options by name, such as `{ temperature: 1, num_ctx: 8192, stop: ["a"] }`. */
  parameters?: Record<string, Json>;
  /** What stands before every conversation. */
  messages?: { role: "system" | "user" | "assistant"; content: string }[];
  license?: string | string[];
  /** Such as `"q4_K_M"`: of a model that is not quantized yet. */
  quantize?: string;
}

/** An installed model. What a server does not know it leaves out. */
export interface OllamaModel {
  /** With its tag. */
  name: string;
  model: string;
  /** Bytes on the disk. */
  size: number;
  digest: string;
  modified_at: string;
  details: OllamaAbout;
  /** Such as `completion`, `tools`, `vision`, `thinking`, `embedding`. Older servers say it in `show` alone. */
  capabilities?: string[] | null;
  /** Of a model that runs in the cloud. */
  remote_model?: string;
  remote_host?: string;
}

/** A model in memory. */
export interface OllamaRunning extends Omit<OllamaModel, "modified_at"> {
  /** When it is taken out (RFC 3339). */
  expires_at: string;
  /** Bytes on the graphics card. */
  size_vram: number;
  /** The window it was loaded with. */
  context_length?: number;
}

/** What a model file says of itself. */
export interface OllamaAbout {
  parent_model?: string;
  format?: string;
  family?: string;
  families?: string[] | null;
  /** Such as `8.0B`. */
  parameter_size?: string;
  quantization_level?: string;
}

/** All that is known of a model: the server's own answer, and two fields that older servers lack. */
export interface OllamaDetails {
  /** Guessed from the template where the server does not say it. */
  capabilities: string[];
  /** The largest window in tokens; `null` when it is not known. */
  context_length: number | null;
  details?: OllamaAbout;
  modelfile?: string;
  template?: string;
  system?: string;
  license?: string;
  /** The parameters as lines. */
  parameters?: string;
  messages?: { role: string; content: string }[] | null;
  /** Such as `general.architecture`. Long lists are `null` unless `verbose` is set. */
  model_info?: Record<string, Json>;
  modified_at?: string;
  [more: string]: unknown;
}

// ---- embeddings -----------------------------------------------------------------------------------

/** A request for embeddings. */
export interface EmbedRequest {
  /** What is embedded; no text may be empty. */
  input: string | string[];
  /** Default: `text-embedding-3-small`, `gemini-embedding-001`, or the first that embeds of the list of Ollama, `lmstudio`, `llamacpp` or `vllm`. */
  model?: string;
  /** Default: who serves the model; without one, the default provider if it embeds, else the first that does. */
  provider?: string;
  /** The length of the vectors, for models that can shorten them. Default: the model's own. */
  dimensions?: number;
  /** The most it may cost in US dollars, all batches together. */
  cost_limit?: number | string;
  /** Extra fields of the body by kind of provider; Gemini's (`taskType`, `title`) go with every text. */
  provider_options?: Record<string, Record<string, unknown>>;
  /** Tags of your own, as in a chat; never sent. */
  metadata?: Record<string, string>;
}

/** Vectors, and what they cost. */
export interface EmbedResponse {
  /** A vector for each text, in the order of the input. */
  embeddings: number[][];
  /** Tokens of all batches; `estimated` where the provider does not count (Gemini). */
  usage: TokenUsage;
  /** US dollars; `null` when the price is unknown. */
  cost: number | null;
  /** Milliseconds. */
  duration: number;
  /** The configured provider. */
  provider: string;
  /** As the provider names it. */
  model: string;
  metadata: {
    /** The provider's id of the last request. */
    request_id?: string;
    /** The exact cost in billionths of a US dollar. */
    cost_nano_usd?: number;
    /** How many batches it took. */
    requests: number;
    warnings: Warning[];
    /** Every attempt of every batch. */
    attempts?: Attempt[];
  };
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
  /** Every configured provider, from the first call or health check of this client on; before that none. */
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
  /** How often an answer that was kept was given; such a call counts nowhere else. */
  cache_hit_count: number;
  /** US dollars, estimates included; unknown prices add nothing. */
  total_cost: number;
  /** Of answers, from the beginning of the attempt to its last byte. */
  avg_latency: number | null;
  /** Right to a sixteenth. */
  p50_latency: number | null;
  p95_latency: number | null;
  /** Of streamed answers, on average. */
  time_to_first_token: number | null;
  /** Output tokens by the seconds the answers with any took in all. */
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
  /** The name that people read, where the provider has told one. */
  display_name?: string;
  /** `config`: from `custom_models` or `registry.merge`; `provider`: with what it has said (`models({ live: true })`). */
  source: "table" | "provider" | "config";
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
