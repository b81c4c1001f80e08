// The client around the wasm core. Nothing is decided here: requests go in as JSON text, answers come out.
import { Client } from "./aircher_glue.js";
import { AircherError, fail, failure, fromCore, fromStore } from "./errors.js";
import { Feed } from "./feed.js";
import { money } from "./money.js";
import { environmentVariable, isPage, pageOrigin } from "./runtime.js";
import { ChatStream } from "./stream.js";
import { checkStore, hasIndexedDb } from "./store.js";
import { configText, jsonText, requestBytes } from "./values.js";
import { zoneOffset } from "./zone.js";

export { AircherError, ChatStream };
// For the entries and the ledger, which are files of their own.
export { default as init, initSync } from "./aircher_glue.js";
export { fail, fromCore, fromStore, hasIndexedDb, money };

const PRIVATE = Symbol("Aircher");
const EVENTS = ["alert", "request", "response", "usage", "warning"];
const OPTIONS = ["dangerouslyAllowBrowser", "env", "fetch", "on", "onSettled", "store"];

/** Every method of `llm.costs`: they wait for the ledger, which comes with the first call. */
const COSTS = ["today", "month", "summary", "entries", "status", "export", "import", "reset"];

let load = () => fail("invalid_config", "call `await init(wasm)` of aircher-llm/slim first");
let loadRest;
let started;
let rest;

/**
 * Sets how the wasm is started; every entry of the package has its own way. `ledger(wasm)` gives the class of the
 * ledger, or a promise of it where the part of the wasm that calls need has to come first.
 */
export function setLoader(loader, ledger) {
  load = loader;
  loadRest = ledger;
  started = rest = undefined;
}

/** Starts the wasm once. A start that failed may be tried again. */
export function start() {
  started ??= (async () => load())().catch((error) => {
    started = undefined;
    throw AircherError.is(error) ? error : failure("invalid_config", `the wasm module could not be started: ${error?.message ?? error}`, { cause: error });
  });
  return started;
}

/** What calls need besides: the class of the ledger, or a promise of it. What failed may be tried again. */
function ledgerClass(wasm) {
  rest ??= loadRest(wasm);
  if (typeof rest === "function") return rest;
  return rest.then(
    (found) => (rest = found),
    (error) => {
      rest = undefined;
      throw failure("network_error", `the part of the library that calls need did not load: ${error?.message ?? error}`, { code: "wasm_part", retryable: true, cause: error });
    },
  );
}

/** What the core throws is text. */
function core(call) {
  try {
    return call();
  } catch (error) {
    throw fromCore(error);
  }
}

export class Aircher {
  #client;
  #wasm;
  #options;
  #ledger;
  #opening;
  #costs;
  #keys = new Map();
  #listeners = new Map(EVENTS.map((event) => [event, new Set()]));
  #running = new Set();
  #closed = false;

  constructor(token, wasm, config, options) {
    if (token !== PRIVATE) fail("invalid_request", "use `await Aircher.create(config, options)`");
    const text = configText(config, this.#keys);
    for (const [event, listener] of Object.entries(options.on ?? {})) this.on(event, listener);
    this.#wasm = wasm;
    this.#options = options;
    this.#client = core(() => new Client(text, this.#host(options)));
    checkStore(options.store, this.#client.isHard());
    const waiting = (name) => async (...given) => (await this.#open(), this.#ledger.costs[name](...given));
    this.#costs = Object.fromEntries(COSTS.map((name) => [name, waiting(name)]));
    if (options.on?.usage) this.#listen();
  }

  static async create(config, options) {
    const unknown = Object.keys(options ?? {}).find((key) => !OPTIONS.includes(key));
    if (unknown) fail("invalid_config", `options.${unknown}: unknown option, expected one of ${OPTIONS.join(", ")}`);
    return new Aircher(PRIVATE, await start(), config, options ?? {});
  }

  /** What was spent. */
  get costs() {
    return this.#costs;
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

  async models({ provider } = {}) {
    return JSON.parse(this.#client.models(provider === undefined ? undefined : this.provider(provider).name));
  }

  /** What is known of models. */
  get registry() {
    const text = (value) => (typeof value === "string" ? value : jsonText(value, "models", "invalid_config"));
    return { merge: (models) => core(() => this.#client.mergeModels(text(models))) };
  }

  on(event, listener) {
    const listeners = this.#listeners.get(event);
    if (!listeners) fail("invalid_request", `event: unknown event \`${event}\`, expected one of ${EVENTS.join(", ")}`);
    if (typeof listener !== "function") fail("invalid_request", "listener: expected a function");
    listeners.add(listener);
    if (event === "usage") this.#listen();
    return () => void listeners.delete(listener);
  }

  async close() {
    this.#closed = true;
    for (const feed of [...this.#running]) feed.abort(failure("cancelled", "the client was closed", { code: "closed" }));
    await this.#ledger?.close();
  }

  async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    await this.close();
  }

  #feed(request, options, live) {
    return new Feed(() => this.#call(request, options, live), options?.signal, {
      live,
      ready: () => this.#open(),
      opened: (feed) => this.#running.add(feed),
      ended: (feed, error) => {
        this.#running.delete(feed);
        if (error?.type === "authentication") this.#keys.get(error.provider)?.rejected();
      },
    });
  }

  /** Who wants to hear of other tabs needs the ledger before a call of its own. What fails here, the first call tells. */
  #listen() {
    if (this.#client) Promise.resolve().then(() => this.#open()).catch(() => {});
  }

  /** Opens the ledger, once; a promise only while something has to come first. */
  #open() {
    if (this.#ledger) return this.#opening;
    const found = ledgerClass(this.#wasm);
    if (typeof found === "function") return this.#opened(found);
    return found.then((Ledger) => this.#opened(Ledger));
  }

  #opened(Ledger) {
    if (this.#ledger) return this.#opening;
    const { store, onSettled } = this.#options;
    this.#ledger = new Ledger(this.#client, store, (event, value) => this.#notify(event, value), onSettled);
    return (this.#opening = this.#ledger.open());
  }

  #call(request, options, live) {
    if (this.#closed) fail("invalid_request", "this client is closed", { code: "closed" });
    this.#ledger.announce();
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
      hears: (event) => event === "usage" || this.#listeners.get(event).size > 0,
      notify: (event, json) => this.#notify(event, JSON.parse(json)),
      store: later(() => this.#ledger.store),
      offset: zoneOffset,
      live: () => this.#ledger.live(),
    };
  }

  /** What listeners throw is ignored. Only `request` may be answered. */
  #notify(event, value) {
    if (event === "usage" && !value.remote) {
      value = this.#ledger.posted(value);
    }
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

/** A store that is made with the first call. */
function later(store) {
  return {
    update: (...given) => store().update(...given),
    scan: (...given) => store().scan(...given),
    get apply() {
      return store().apply && ((operation) => store().apply(operation));
    },
  };
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

  calculateCost(usage, model, factors) {
    const asked = jsonText({ usage, model: String(model), factors: factors ?? {} }, "usage", "invalid_request");
    const nano = core(() => this.#client.calculateCost(this.#id, asked));
    return nano === undefined ? null : money(nano);
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
