// The types of aircher-llm/testing. Data is snake_case, methods and options are camelCase, as in the package itself.
import type { Aircher, Capabilities, Config, CreateOptions, ErrorType, FinishReason, Provider, ProviderKind, TokenUsage, ToolCall } from "./types.js";

// ---- the suite ------------------------------------------------------------------------------------

/** What a suite takes for a provider: one of a client's, or your own object that behaves like one. */
export type TestedProvider = Pick<Provider, "name" | "supports" | "chat" | "chatStream"> & Partial<Pick<Provider, "supportsFor" | "calculateCost" | "isHealthy" | "status">>;

/** What is tested, and how. */
export interface TestConfig {
  /** The configured provider to test. Default: the only one, or `providers.default`. */
  provider?: string;
  /** The key to use in place of the configured one. Only with a configuration, not with a client. */
  test_api_key?: string;
  /** Leaves out what generates tokens, unless the model is known to cost nothing. Default false. */
  skip_cost_tests?: boolean;
  /** How long a check may take: `"30s"`, or milliseconds. Default `"60s"`. */
  timeout_duration?: string | number;
  /** The models to test, one after the other. Default: the provider's configured or default model. */
  test_models?: string[];
  /** Abilities that are other than the table says; a model nobody knows is trusted with all of them. */
  supports?: Partial<Capabilities>;
  /** Checks to leave out: names, or names with reasons. `"tools"` is every check that begins with `tools/`. */
  skip?: string[] | Record<string, string>;
  /** Most tokens of an answer. Default 1000. */
  max_tokens?: number;
  /** What `Aircher.create` gets beside the configuration, such as `fetch`. Only with a configuration. */
  options?: CreateOptions;
}

/** The checks, in their order. */
export type CheckName =
  | "health" | "chat" | "streaming" | "tools/call" | "tools/fragments" | "tools/result" | "images" | "thinking" | "structured_output"
  | "errors/wrong_key" | "errors/unknown_model" | "errors/closed_set" | "abort" | "usage" | "cost";

/** How a check ended. */
export interface CheckResult {
  name: CheckName;
  /** What is promised. */
  about: string;
  /** `null`: the provider's default, whose name nobody told. */
  model: string | null;
  status: "passed" | "failed" | "skipped";
  /** Milliseconds. */
  duration: number;
  /** Why it was left out. */
  reason?: string;
  /** What went wrong; beside the message what the library's error said. */
  error?: { message: string; type?: ErrorType; code?: string; status_code?: number; hint?: string; request_id?: string };
}

/** What came of all checks. */
export interface TestReport {
  /** The configured id. */
  provider: string;
  /** The first of `models`. */
  model: string | null;
  models: (string | null)[];
  passed: number;
  failed: number;
  skipped: number;
  checks: CheckResult[];
}

/** A test runner's functions: `{ test }` of node:test, vitest, bun:test, `{ test: Deno.test }`, or `{ describe, it }`. */
export interface TestRunner {
  // The runners' own types differ in everything but this.
  test?: (name: string, run: () => Promise<void>, ...more: any[]) => unknown;
  it?: TestRunner["test"];
  describe?: (name: string, define: () => void, ...more: any[]) => unknown;
}

/**
 * Checks that a provider, key or endpoint does what this library promises of every provider.
 *
 * ```js
 * const suite = new ProviderTestSuite({ providers: { claude: {} } }, { test_models: ["claude-haiku-5-5"] });
 * console.log(await suite.run());
 * ```
 */
export declare class ProviderTestSuite {
  /**
   * With a configuration (an object, or TOML text) every check has a client of its own. A client or provider that lives
   * is used as it is, and stays open; the check of a wrong key is left out.
   * @throws {TypeError} for unknown names in `config`.
   */
  constructor(subject: Config | string | Aircher | TestedProvider, config?: TestConfig);
  /**
   * Runs every check, one after the other. A check that fails is in the report.
   * @throws {AircherError} `invalid_config` or `authentication` when no client can be made of the configuration.
   */
  run(options?: { onCheck?: (check: CheckResult) => void }): Promise<TestReport>;
  /** Makes every check a test. Await it at the top of a test file. What is left out is skipped, its reason in its name. */
  register(runner: TestRunner): Promise<void>;
}

// ---- virtual time ---------------------------------------------------------------------------------

/**
 * Time that passes when it is told to. While it is installed `setTimeout`, `setInterval`, `clearTimeout`,
 * `clearInterval`, `Date.now` and `performance.now` of this process are its own; the library asks for them at every use.
 * `new Date()` and `AbortSignal.timeout` stay real.
 */
export interface VirtualClock {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds that have passed on it. */
  readonly elapsed: number;
  /**
   * Installs it, does the work, jumps to the next timer whenever the work waits for one, and restores. Work that waits
   * five real seconds for something that is no timer is given up with an Error. Make the client within: one that lives
   * longer sees time go back to what it was.
   */
  run<T>(work: () => T | Promise<T>): Promise<T>;
  /** Lets time pass; what is due fires, in order. */
  advance(ms: number): Promise<void>;
  /** Puts its functions in place of the process's. Only one clock can be. */
  install(): this;
  /** Puts back what was there. */
  restore(): void;
  /** A timer of this clock, installed or not. */
  setTimeout(fire: (...given: any[]) => void, ms?: number, ...given: any[]): object;
  setInterval(fire: (...given: any[]) => void, ms?: number, ...given: any[]): object;
  clear(timer: unknown): void;
  [Symbol.dispose](): void;
}

/** Makes a clock. `now`: where it begins. Default: the present. */
export declare function virtualClock(options?: { now?: number | string | Date }): VirtualClock;

// ---- a fake provider ------------------------------------------------------------------------------

/** A step of a script: what comes of one chat request. A text is an answer. */
export type FakeStep = string | FakeAnswer | FakeError | FakeNetworkError;

/** An answer, streamed or whole as it is asked for, and what befalls it. At most one of the four faults. */
export interface FakeAnswer {
  text?: string;
  /** The text in the pieces it comes in. Default: words. */
  pieces?: string[];
  thinking?: string;
  refusal?: string;
  /** In short, or as in an answer. `arguments`: an object, or text. */
  tool_calls?: ({ id?: string; name: string; arguments?: object | string } | ToolCall)[];
  /** Default: `tool_calls` with calls, `content_filter` with a refusal, else `stop`. */
  finish_reason?: FinishReason;
  /** Tokens; what is not given is a quarter of the letters. */
  usage?: Partial<Pick<TokenUsage, "prompt_tokens" | "completion_tokens" | "cached_tokens" | "cache_write_tokens" | "cache_write_long_tokens" | "reasoning_tokens">>;
  /** The model that answers. Default: the one that was asked. */
  model?: string;
  headers?: Record<string, string>;
  /** Milliseconds before the head; `Infinity`: it never comes. */
  delay_ms?: number;
  /** Milliseconds before every event but the first. */
  chunk_delay_ms?: number;
  /** The body ends after so many events, as if it were whole. A whole answer is one event: it is met half way. */
  cut_after?: number;
  /** The connection breaks after so many events. */
  reset_after?: number;
  /** Silence after so many events. */
  stall_after?: number;
  /** An event that is no JSON comes after so many. */
  malformed_after?: number;
}

/** An error in the provider's own words. */
export interface FakeError {
  /** 400 to 599. */
  status: number;
  error?: { message?: string; type?: string; code?: string };
  /** Sent as `retry-after` and `retry-after-ms`. */
  retry_after_ms?: number;
  /** The body, in place of the dialect's own. */
  body?: object | string;
  headers?: Record<string, string>;
  delay_ms?: number;
}

/** Nothing gets through: `fetch` rejects. The value is the system's code, such as `"ECONNREFUSED"`. */
export interface FakeNetworkError {
  network_error: string;
  delay_ms?: number;
}

/** A request a fake provider was sent. */
export interface FakeRequest {
  method: string;
  url: string;
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** JSON as data, anything else as text. */
  body: any;
  /** `left`: whoever asked closed the connection before the end. */
  status: "open" | "done" | "broken" | "left";
}

/** A provider that says what it is told to. */
export interface FakeProvider {
  /** For `Aircher.create(config, { fetch: fake.fetch })`. Answers at any address. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  /** The provider's own address, or the one that was given; {@link fakeFetch} goes by it. */
  readonly origin: string;
  /** Every request, oldest first, health checks and lists of models included. */
  readonly requests: FakeRequest[];
  /** How many steps of the script nobody asked for. */
  readonly left: number;
}

/**
 * Makes a fake provider. Chat requests take the steps of `script` one after the other (a step may be a function of the
 * request), or what a function gives; one too many is `invalid_request`. Health, models, token counts and embeddings
 * are answered beside it.
 * @throws {TypeError} for what a script cannot say.
 */
export declare function fakeProvider(options: {
  /** `openai` answers as Chat Completions or Responses, as it is asked. */
  dialect: ProviderKind;
  script?: (FakeStep | ((request: FakeRequest & { model: string; stream: boolean; number: number }, nth: number) => FakeStep | Promise<FakeStep>))[] | ((request: FakeRequest & { model: string; stream: boolean; number: number }, nth: number) => FakeStep | Promise<FakeStep>);
  /** Whose timers the delays use. Default: the process's at that moment, which an installed clock owns. */
  clock?: VirtualClock;
  /** The model it lists. Default `"fake-model"`. */
  model?: string;
  /** Default: the provider's own, such as `https://api.openai.com`. */
  origin?: string;
}): FakeProvider;

/** A `fetch` for several fake providers: each is asked what is meant for its `origin`. */
export declare function fakeFetch(...fakes: FakeProvider[]): FakeProvider["fetch"];

// ---- recorded exchanges ---------------------------------------------------------------------------

/** Recorded exchanges, without secrets; JSON. */
export interface Fixture {
  format: "aircher-llm/exchanges@1";
  exchanges: {
    /** Values that could tell of somebody are `***`. */
    request: { method: string; url: string; headers: Record<string, string>; body?: string };
    response?: {
      status: number;
      headers: Record<string, string>;
      /** Milliseconds from the request to the head. */
      after_ms: number;
      /** As they came; `base64` where a chunk is no text on its own. */
      chunks: ({ at_ms: number } & ({ text: string } | { base64: string }))[];
      ended: "done" | "broken" | "left" | "open";
    };
    /** In place of an answer: nothing got through. */
    failure?: { message: string; code?: string };
  }[];
}

/** A `fetch` that records. */
export interface RecordingFetch {
  (url: string, init?: RequestInit): Promise<Response>;
  /** What was recorded so far. Throws rather than leave a secret that it knows of. */
  fixture(): Fixture;
}

/**
 * Makes a `fetch` that records what goes through it.
 *
 * Erased, wherever they stand: the values of all request headers but content types and API versions, cookies, what
 * queries and JSON fields with telling names hold (keys, tokens, passwords, ids of organisations, projects, accounts and
 * users), and what looks like a key. `scrub` adds texts, and patterns whose matches (or first groups) are secret. What
 * was said stays: a fixture holds the conversation.
 */
export declare function recordingFetch(options?: { fetch?: (url: string, init?: RequestInit) => Promise<Response>; scrub?: (string | RegExp)[] }): RecordingFetch;

/** A `fetch` that answers from a fixture. */
export interface ReplayFetch {
  (url: string, init?: RequestInit): Promise<Response>;
  /** How many exchanges were not asked for. */
  readonly left: number;
  /** How requests differed that nobody recorded. */
  readonly mismatches: string[];
}

/**
 * Makes a `fetch` that answers from a fixture, each exchange once, in any order. A request matches when method, address,
 * API version and body do; `***` stands for anything. One that does not is answered with a 400 that says how it differs
 * from the nearest, which the library throws as `invalid_request`. `timing`: chunks come when they came, on the timers of
 * `clock` or the process. Default: at once.
 */
export declare function replayFetch(fixture: Fixture | string, options?: { timing?: boolean; clock?: VirtualClock }): ReplayFetch;
