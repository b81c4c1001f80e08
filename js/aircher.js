// The client around the wasm core. Nothing is decided here: requests go in as JSON text, answers come out.
import { settledAll } from "./all.js";
import { AircherError, core, fail, failure, fromCore, fromStore } from "./errors.js";
import { Feed } from "./feed.js";
import { living } from "./life.js";
import { answered, harmless, heard, LEVELS, levelOf, logged } from "./listeners.js";
import { money } from "./money.js";
import { Ollama } from "./ollama.js";
import { Provider } from "./provider.js";
import { environmentVariable, isPage, isWorkerd, pageOrigin } from "./runtime.js";
import { ChatStream } from "./stream.js";
import { checkStore, hasIndexedDb } from "./store.js";
import { readToml } from "./toml.js";
import { configText, jsonText, requestBytes } from "./values.js";
import { zoneOffset } from "./zone.js";

export { AircherError, ChatStream };
// For the entries and the ledger, which are files of their own.
export { init, initSync } from "./life.js";
export { fail, fromCore, fromStore, harmless, hasIndexedDb, money };

const PRIVATE = Symbol("Aircher");
const EVENTS = ["alert", "failover", "health", "log", "request", "response", "retry", "usage", "warning"];
/** What is wanted whether anybody listens or not. */
const OURS = ["health", "tried", "usage"];
const OPTIONS = ["allowServiceAccountInBrowser", "dangerouslyAllowBrowser", "env", "fetch", "logLevel", "on", "onSettled", "store", "tokenizer"];

/** Every method of `llm.costs`: they wait for the ledger, which comes with the first call. */
const COSTS = ["today", "month", "summary", "entries", "status", "export", "import", "reset"];

let load = () => fail("invalid_config", "call `await init(wasm)` of aircher-llm/slim first");
let loadRest;
let loadToml;
let loadMore;
let started;

/**
 * Sets how the wasm is started; every entry of the package has its own way. `ledger(exports)` gives the class of the
 * ledger, or a promise of it where the part of the wasm that calls need has to come first; every instance asks anew.
 * `toml()` gives the exports of the TOML reader, or a promise of them. `more(exports)` loads what only some methods need,
 * where that is a part of its own.
 */
export function setLoader(loader, ledger, toml, others) {
  load = loader;
  loadRest = ledger;
  loadToml = toml;
  loadMore = others;
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

/** What calls need besides: the class of the ledger, or a promise of it. What failed may be tried again. */
function ledgerClass(life) {
  life.rest ??= loadRest(life.exports);
  if (typeof life.rest === "function") return life.rest;
  return life.rest.then(
    (found) => (life.rest = found),
    (error) => {
      life.rest = undefined;
      throw notLoaded("the part of the library that calls need", error);
    },
  );
}

/** What only some methods need. What failed may be tried again. */
function moreOf(life) {
  life.more ??= loadMore?.(life.exports).catch((error) => {
    life.more = undefined;
    throw notLoaded("a part of the library", error);
  });
  return life.more;
}

/** A configuration as TOML text, read by a wasm that is loaded for it alone. */
async function tomlOf(text) {
  try {
    return readToml(await loadToml(), text);
  } catch (error) {
    throw AircherError.is(error) ? error : notLoaded("the reader of TOML", error);
  }
}

function notLoaded(what, error) {
  return failure("network_error", `${what} did not load: ${error?.message ?? error}`, { code: "wasm_part", retryable: true, cause: error });
}

export class Aircher {
  #text;
  #merged = [];
  #life;
  #made;
  #options;
  #ledger;
  #store;
  #opening;
  #costs;
  #keys;
  #pulls; // whether calls may have models got for them, which is in the part that only some need
  #listeners = new Map(EVENTS.map((event) => [event, new Set()]));
  #running = new Map(); // to whether it streams
  #level;
  #closed = false;
  #tabs;
  #shelf;
  #called = 0;

  constructor(token, text, keys, options) {
    if (token !== PRIVATE) fail("invalid_request", "use `await Aircher.create(config, options)`");
    this.#keys = keys;
    const { logLevel = "warn" } = options;
    this.#level = LEVELS.indexOf(logLevel);
    if (this.#level < 0) fail("invalid_config", `options.logLevel: unknown level \`${logLevel}\`, expected one of ${LEVELS.join(", ")}`);
    for (const [event, listener] of Object.entries(options.on ?? {})) this.on(event, listener);
    this.#text = text;
    this.#options = options;
    this.#begin(living());
    this.#pulls = /"auto_pull"\s*:\s*"(missing|update)"/.test(text);
    checkStore(options.store, this.#client.isHard());
    const waiting = (name) => async (...given) => (await this.#open(), this.#ledger.costs[name](...given));
    this.#costs = Object.fromEntries(COSTS.map((name) => [name, waiting(name)]));
    this.#attend();
  }

  /** The core's client. */
  get #client() {
    this.#renew();
    return this.#made;
  }

  /** When the instance of the wasm has died, the client is made again: from the same words, without memories. */
  #renew() {
    if (this.#life === living()) return;
    this.#begin(living());
    this.#ledger = this.#opening = this.#tabs = undefined;
    this.#attend();
  }

  #begin(life) {
    this.#made = core(() => new life.glue.Client(this.#text, this.#host(this.#options)));
    for (const models of this.#merged) core(() => this.#made.mergeModels(models));
    this.#life = life;
  }

  /** What goes on between calls. */
  #attend() {
    if (this.#listeners.get("usage").size > 0) this.#listen();
    // In workerd no timer outlives a request: there providers are asked when somebody asks for it.
    if (!isWorkerd && this.#client.healthInterval() > 0) this.#withTabs();
  }

  static async create(config, options) {
    const unknown = Object.keys(options ?? {}).find((key) => !OPTIONS.includes(key));
    if (unknown) fail("invalid_config", `options.${unknown}: unknown option, expected one of ${OPTIONS.join(", ")}`);
    await start();
    const keys = new Map();
    if (typeof config !== "string") return new Aircher(PRIVATE, configText(config, keys), keys, options ?? {});
    const toml = await tomlOf(config);
    try {
      return new Aircher(PRIVATE, toml.json, keys, options ?? {});
    } catch (error) {
      throw toml.located(error);
    }
  }

  /** The configuration in effect, without secrets. */
  get config() {
    return JSON.parse(this.#client.shown());
  }

  /** What was spent. */
  get costs() {
    return this.#costs;
  }

  /** The models of the first Ollama, or of the one that is named. */
  get ollama() {
    return this.#ollamaOf();
  }

  #ollamaOf(id) {
    const first = () => Object.entries(this.config.providers).find(([, { kind }]) => kind === "ollama")?.[0];
    return new Ollama({
      core: () => this.#client,
      id: () => id ?? first() ?? fail("invalid_request", "no Ollama is configured"),
      ready: async () => (this.#mustBeOpen(), await this.#openMore(), this.#mustBeOpen()),
      opened: (running) => this.#running.set(running, false),
      ended: (running) => this.#running.delete(running),
    });
  }

  async chat(request, options) {
    return this.#feed(request, options, false).drained();
  }

  chatStream(request, options) {
    return ChatStream.of(this.#feed(request, options, true));
  }

  /** Vectors of texts. */
  async embed(request, options) {
    const open = () => this.#prepared(options, (timeouts) => this.#client.embed(requestBytes(request), timeouts));
    return this.#fed(open, options, false, () => this.#openMore()).drained();
  }

  async chatAll(requests, options) {
    return settledAll((...given) => this.chat(...given), requests, options ?? {});
  }

  /** A dry run of `chat(request)`. */
  async explain(request) {
    const { candidates, ...who } = await this.#asked(() => this.#client.explain(requestBytes(request)));
    const told = ({ skipped, ...prospect }) => (skipped ? { ...prospect, skipped: new AircherError(skipped) } : prospect);
    return { ...who, candidates: candidates.map(told) };
  }

  /** What a promise of the core resolves to. */
  async #asked(ask, ready = this.#open) {
    this.#mustBeOpen();
    await ready.call(this);
    const text = await ask().catch((error) => {
      throw fromCore(error);
    });
    return JSON.parse(text);
  }

  provider(id) {
    const known = this.#client.providerId(String(id));
    if (known === undefined) fail("invalid_request", `provider: no provider \`${id}\` is configured`);
    return new Provider(this, () => this.#client, known, { open: () => (this.#mustBeOpen(), this.#open()), more: () => this.#openMore(), tokenizer: this.#options.tokenizer, ollama: () => this.#ollamaOf(known) });
  }

  async models({ provider, live } = {}) {
    const id = provider === undefined ? undefined : this.provider(provider).name;
    if (!live) return JSON.parse(this.#client.models(id));
    if (id !== undefined) return this.#asked(() => this.#client.listModels(id), this.#openMore);
    return (await Promise.all(Object.keys(this.#known()).map((id) => this.#listedOrKnown(id)))).flat();
  }

  /** One of many that does not answer keeps nobody from seeing the others. */
  async #listedOrKnown(id) {
    try {
      return await this.models({ provider: id, live: true });
    } catch (error) {
      if (error.code === "closed") throw error;
      this.#notify("warning", { code: "models_not_listed", message: `${id} did not list its models: ${error.message}`, provider: id });
      return this.models({ provider: id });
    }
  }

  /** What is known of models. */
  get registry() {
    const text = (value) => (typeof value === "string" ? value : jsonText(value, "models", "invalid_config"));
    return { merge: (models) => this.#merge(text(models)) };
  }

  #merge(models) {
    core(() => this.#client.mergeModels(models));
    this.#merged.push(models);
  }

  /** What was last heard of every provider, by id. */
  health() {
    return Object.fromEntries(Object.entries(this.#known()).map(([id, known]) => [id, this.#status(id, known)]));
  }

  /** Asks a provider now, or all of them. */
  async checkHealth(id) {
    if (id !== undefined) return (await this.#checked([this.provider(id).name]))[0];
    return Object.fromEntries((await this.#checked(Object.keys(this.health()))).map((status) => [status.name, status]));
  }

  async #checked(ids) {
    this.#mustBeOpen();
    await this.#open();
    await Promise.all(ids.map((id) => this.#client.checkHealth(id)));
    return ids.map((id) => this.#status(id));
  }

  /** What the core knows of every provider, by id. */
  #known() {
    return JSON.parse(this.#client.health());
  }

  /** Its record as people see it. */
  #status(id, { base_url, due, last_check, circuit, ...known } = this.#known()[id]) {
    const able = JSON.parse(this.#client.supports(id));
    const capabilities = Object.keys(able).filter((name) => able[name]);
    return { name: id, ...known, last_check: last_check === null ? null : new Date(last_check).toISOString(), capabilities, circuit };
  }

  /** What tabs tell each other, and checks that come by themselves: a file of its own, for whom it concerns. */
  #withTabs() {
    const [client, { ends }] = [this.#client, this.#life];
    return (this.#tabs ??= import("./health.js").then(
      ({ Tabs }) => new Tabs(client, ends, { check: (id) => this.#checked([id]), tell: (id) => this.#notify("health", this.#status(id)), called: () => this.#called, closed: () => this.#closed }),
      () => undefined,
    ));
  }

  /** Answers in IndexedDB: likewise. */
  #withShelf() {
    return (this.#shelf ??= import("./cache.js").then(({ Shelf }) => new Shelf()));
  }

  /** The core has found out something: listeners hear of it, and other tabs of what concerns them. */
  #healthNews(event, id) {
    if (event === "tried") return void this.#tabs?.then((tabs) => tabs?.tried(id));
    const status = this.#status(id);
    // Whoever waits for a provider to come back listens to others, which may see it first.
    if (status.circuit !== "closed" && isPage()) this.#withTabs();
    this.#notify("health", status);
  }

  on(event, listener) {
    const listeners = this.#listeners.get(event);
    if (!listeners) fail("invalid_request", `event: unknown event \`${event}\`, expected one of ${EVENTS.join(", ")}`);
    if (typeof listener !== "function") fail("invalid_request", "listener: expected a function");
    listeners.add(listener);
    if (event === "usage") this.#listen();
    return () => void listeners.delete(listener);
  }

  metrics() {
    // What counts comes with the first call.
    const providers = this.#ledger ? JSON.parse(this.#client.metrics()) : {};
    const streams = [...this.#running.values()].filter(Boolean);
    return { providers, open_streams: streams.length, memory: { wasm_bytes: this.#life.exports.memory.buffer.byteLength } };
  }

  async close() {
    this.#closed = true;
    for (const feed of [...this.#running.keys()]) feed.abort(failure("cancelled", "the client was closed", { code: "closed" }));
    (await this.#tabs)?.close();
    (await this.#shelf?.catch(() => {}))?.close();
    // Of an instance that has died there is nothing to wait for.
    if (this.#life === living()) await this.#ledger?.close();
  }

  async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    await this.close();
  }

  #feed(request, options, live) {
    return this.#fed(() => this.#call(request, options, live), options, live);
  }

  #fed(open, options, live, ready = () => (this.#pulls ? this.#openMore() : this.#open())) {
    return new Feed(open, options?.signal, {
      live,
      ready,
      opened: (feed) => this.#running.set(feed, live),
      ended: (feed, error) => {
        this.#running.delete(feed);
        if (error?.type === "authentication") this.#keys.get(error.provider)?.rejected();
      },
    });
  }

  /** Who wants to hear of other tabs needs the ledger before a call of its own. What fails here, the first call tells. */
  #listen() {
    if (this.#made) Promise.resolve().then(() => this.#open()).catch(() => {});
  }

  /** Opens the ledger, once; a promise only while something has to come first. */
  #open() {
    this.#renew();
    if (this.#ledger) return this.#opening;
    const found = ledgerClass(this.#life);
    if (typeof found === "function") return this.#opened(found);
    return found.then((Ledger) => this.#opened(Ledger));
  }

  /** The same, and what only some methods need. */
  async #openMore() {
    await this.#open();
    await moreOf(this.#life);
  }

  #opened(Ledger) {
    if (this.#ledger) return this.#opening;
    const { store, onSettled } = this.#options;
    this.#ledger = new Ledger(this.#made, this.#store ?? store, (event, value) => this.#notify(event, value), onSettled);
    // Should it be made again, the books go on in this place.
    this.#store = this.#ledger.store;
    return (this.#opening = this.#ledger.open(this.#life));
  }

  #call(request, options, live) {
    return this.#prepared(options, (timeouts) => this.#client.call(requestBytes(request), live, timeouts, options?.raw === true));
  }

  #prepared(options, prepare) {
    this.#mustBeOpen();
    this.#called += 1;
    this.#ledger.announce();
    const given = options?.timeouts ?? undefined;
    return prepare(given === undefined ? given : jsonText(given, "options.timeouts", "invalid_request"));
  }

  #mustBeOpen() {
    if (this.#closed) fail("invalid_request", "this client is closed", { code: "closed" });
  }

  /** What the core asks of this runtime. */
  #host({ env, fetch, dangerouslyAllowBrowser, allowServiceAccountInBrowser }) {
    const variable = (name) => harmless(() => (env ? env[name] : environmentVariable(name)));
    return {
      // Looked up at every call: a page may instrument or replace its fetch.
      fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)),
      env: (name) => (typeof variable(name) === "string" ? variable(name) : undefined),
      page: isPage(),
      origin: pageOrigin(),
      dangerouslyAllowBrowser: dangerouslyAllowBrowser === true,
      allowServiceAccountInBrowser: allowServiceAccountInBrowser === true,
      key: async (provider, reason) => this.#keys.get(provider)?.key(reason),
      mayTry: async (id) => !isPage() || ((await this.#withTabs())?.mayTry(id) ?? true),
      // A service worker may not load a file later: its answers stay in memory.
      shelves: hasIndexedDb() && !("ServiceWorkerGlobalScope" in globalThis),
      recall: async (name) => (await this.#withShelf()).get(name),
      keep: async (...given) => (await this.#withShelf()).put(...given),
      hears: (event) => OURS.includes(event) || this.#listeners.get(event).size > 0 || this.#logs(levelOf(event)),
      notify: (event, text) => (event === "health" || event === "tried" ? this.#healthNews(event, text) : this.#notify(event, heard(JSON.parse(text)))),
      store: later(() => this.#ledger.store),
      offset: zoneOffset,
      live: () => this.#ledger.live(),
    };
  }

  /** Whether anybody wants to read entries of that level. */
  #logs(level) {
    return LEVELS.indexOf(level) <= this.#level && this.#listeners.get("log").size > 0;
  }

  /** Only `request` may be answered. */
  #notify(event, value) {
    if (event === "usage" && !value.remote) {
      value = this.#ledger.posted(value);
    }
    if (event === "log") return void (this.#logs(value.level) && this.#tell(event, value));
    if (this.#logs(levelOf(event))) this.#tell("log", logged(event, value));
    const answers = this.#tell(event, value);
    return event === "request" ? answered(answers) : undefined;
  }

  #tell(event, value) {
    return [...this.#listeners.get(event)].map((listener) => harmless(listener, value));
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
