// The client around the wasm core. Nothing is decided here: requests go in as JSON text, answers come out.
import { Client } from "./aircher_glue.js";
import { AircherError, fail, failure, fromCore } from "./errors.js";
import { Feed } from "./feed.js";
import { environmentVariable, isPage, pageOrigin } from "./runtime.js";
import { ChatStream } from "./stream.js";
import { configText, jsonText, requestBytes } from "./values.js";

export { AircherError, ChatStream };

const PRIVATE = Symbol("Aircher");
const EVENTS = ["request", "response", "warning"];
const OPTIONS = ["env", "fetch", "dangerouslyAllowBrowser"];

let load = () => fail("invalid_config", "call `await init(wasm)` of aircher-llm/slim first");
let started;

/** Sets how the wasm is started; every entry of the package has its own way. */
export function setLoader(loader) {
  load = loader;
  started = undefined;
}

/** Starts the wasm once. A start that failed may be tried again. */
export function start() {
  started ??= (async () => load())().catch((error) => {
    started = undefined;
    throw AircherError.is(error) ? error : failure("invalid_config", `the wasm module could not be started: ${error?.message ?? error}`, { cause: error });
  });
  return started;
}

export class Aircher {
  #client;
  #keys = new Map();
  #listeners = new Map(EVENTS.map((event) => [event, new Set()]));
  #running = new Set();
  #closed = false;

  constructor(token, config, options) {
    if (token !== PRIVATE) fail("invalid_request", "use `await Aircher.create(config, options)`");
    const text = configText(config, this.#keys);
    try {
      this.#client = new Client(text, this.#host(options));
    } catch (error) {
      throw fromCore(error);
    }
  }

  static async create(config, options) {
    const unknown = Object.keys(options ?? {}).find((key) => !OPTIONS.includes(key));
    if (unknown) fail("invalid_config", `options.${unknown}: unknown option, expected one of ${OPTIONS.join(", ")}`);
    await start();
    return new Aircher(PRIVATE, config, options ?? {});
  }

  async chat(request, options) {
    return this.#feed(request, options, false).drained();
  }

  chatStream(request, options) {
    return ChatStream.of(this.#feed(request, options, true));
  }

  provider(id) {
    const known = this.#client.providerId(String(id));
    if (known === undefined) fail("invalid_request", `provider: no provider \`${id}\` is configured`);
    return new Provider(this, this.#client, known);
  }

  on(event, listener) {
    const listeners = this.#listeners.get(event);
    if (!listeners) fail("invalid_request", `event: unknown event \`${event}\`, expected one of ${EVENTS.join(", ")}`);
    if (typeof listener !== "function") fail("invalid_request", "listener: expected a function");
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  async close() {
    this.#closed = true;
    for (const feed of [...this.#running]) feed.abort(failure("cancelled", "the client was closed", { code: "closed" }));
  }

  async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    await this.close();
  }

  #feed(request, options, live) {
    return new Feed(() => this.#call(request, options, live), options?.signal, {
      live,
      opened: (feed) => this.#running.add(feed),
      ended: (feed, error) => {
        this.#running.delete(feed);
        if (error?.type === "authentication") this.#keys.get(error.provider)?.rejected();
      },
    });
  }

  #call(request, options, live) {
    if (this.#closed) fail("invalid_request", "this client is closed", { code: "closed" });
    const timeouts = options?.timeouts && jsonText(options.timeouts, "options.timeouts", "invalid_request");
    return this.#client.call(requestBytes(request), live, timeouts);
  }

  /** What the core asks of this runtime. */
  #host({ env, fetch, dangerouslyAllowBrowser }) {
    const variable = (name) => (env ? env[name] : environmentVariable(name));
    return {
      // Looked up at every call: a page may instrument or replace its fetch.
      fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)),
      env: (name) => (typeof variable(name) === "string" ? variable(name) : undefined),
      page: isPage(),
      origin: pageOrigin(),
      dangerouslyAllowBrowser: dangerouslyAllowBrowser === true,
      key: async (provider) => this.#keys.get(provider)?.key(),
      hears: (event) => this.#listeners.get(event).size > 0,
      notify: (event, json) => this.#notify(event, JSON.parse(json)),
    };
  }

  /** What listeners throw is ignored. Only `request` may be answered. */
  #notify(event, value) {
    const answers = [...this.#listeners.get(event)].map((listener) => {
      try {
        return listener(value);
      } catch {
        return undefined;
      }
    });
    if (event !== "request") return undefined;
    const { veto } = answers.find((answer) => typeof answer?.veto === "string") ?? {};
    return JSON.stringify({ veto, headers: Object.assign({}, ...answers.map((answer) => answer?.headers)) });
  }
}

/** One configured provider. Its calls never leave it. */
class Provider {
  #llm;
  #client;
  #id;

  constructor(llm, client, id) {
    this.#llm = llm;
    this.#client = client;
    this.#id = id;
  }

  get name() {
    return this.#id;
  }

  get supports() {
    return this.supportsFor();
  }

  supportsFor(model) {
    return JSON.parse(this.#client.supports(this.#id, model));
  }

  async models() {
    return JSON.parse(this.#client.models(this.#id));
  }

  tokenLimit(model) {
    return this.#client.tokenLimit(this.#id, String(model)) ?? null;
  }

  async chat(request, options) {
    return this.#llm.chat(this.#own(request), options);
  }

  chatStream(request, options) {
    return this.#llm.chatStream(this.#own(request), options);
  }

  #own(request) {
    return request !== null && typeof request === "object" ? { ...request, provider: this.#id, fallback: false } : request;
  }
}
