// The client around the wasm core. Nothing is decided here: requests go in as JSON text, answers come out.
import { settledAll } from "./all.js";
import { AircherError, core, fail, failure, fromCore, fromStore } from "./errors.js";
import { Feed } from "./feed.js";
import { living } from "./life.js";
import { harmless, heard, Listeners } from "./listeners.js";
import { kept, ledgerClass, moreOf, start, tomlOf } from "./loading.js";
import { money } from "./money.js";
import { Ollama } from "./ollama.js";
import { CALL, checked } from "./options.js";
import { Provider } from "./provider.js";
import { environmentVariable, isPage, isWorkerd, pageOrigin } from "./runtime.js";
import { ChatStream } from "./stream.js";
import { checkStore, hasIndexedDb } from "./store.js";
import { configText, jsonText, readable, requestBytes } from "./values.js";
import { zoneOffset } from "./zone.js";

export { AircherError, ChatStream };
// For the entries and the ledger, which are files of their own.
export { init, initSync } from "./life.js";
export { setLoader, start } from "./loading.js";
export { fail, fromCore, fromStore, harmless, hasIndexedDb, money };

const PRIVATE = Symbol("Aircher");
const OPTIONS = ["allowServiceAccountInBrowser", "dangerouslyAllowBrowser", "env", "fetch", "logLevel", "on", "onSettled", "store", "tokenizer"];

/** Every method of `llm.costs`, and its options: they wait for the ledger, which comes with the first call. */
const COSTS = { today: [], month: [], summary: ["from", "to", "by"], entries: ["from", "to", "provider", "model", "after", "limit"], status: [], reset: ["confirm"], export: undefined, import: undefined };

export class Aircher {
  static name = "Aircher"; // what minifying takes
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
  #listeners;
  #running = new Map(); // to whether it streams
  #closed = false;
  /** What was loaded for it alone, or is on its way: `tabs`, `shelf`. */
  #parts = {};
  #called = 0;
  #totalMs; // the configured limit of a whole call

  constructor(token, text, keys, options) {
    if (token !== PRIVATE) fail("invalid_request", "use `await Aircher.create(config, options)`");
    this.#keys = keys;
    this.#listeners = new Listeners(options);
    this.#text = text;
    this.#options = options;
    this.#begin(living());
    this.#pulls = /"auto_pull"\s*:\s*"(missing|update)"/.test(text);
    checkStore(options.store, this.#client.isHard());
    this.#totalMs = this.#client.totalMs() ?? Infinity;
    const waiting = (name, names) => async (given) => {
      this.#mustBeOpen();
      const options = names ? checked(given, names) : given;
      await this.#open();
      return this.#ledger.costs[name](options);
    };
    this.#costs = Object.fromEntries(Object.entries(COSTS).map(([name, names]) => [name, waiting(name, names)]));
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
    this.#ledger = this.#opening = this.#parts.tabs = undefined;
    this.#attend();
  }

  #begin(life) {
    this.#made = core(() => new life.glue.Client(this.#text, this.#host(this.#options)));
    for (const models of this.#merged) core(() => this.#made.mergeModels(models));
    this.#life = life;
  }

  /** What goes on between calls. */
  #attend() {
    if (this.#listeners.has("usage")) this.#listen();
    // In workerd no timer outlives a request: there providers are asked when somebody asks for it.
    if (!isWorkerd && this.#client.healthInterval() > 0) this.#withTabs();
  }

  static async create(config, options) {
    const given = checked(options, OPTIONS, "invalid_config");
    await start();
    const keys = new Map();
    if (typeof config !== "string") return new Aircher(PRIVATE, configText(config, keys), keys, given);
    const toml = await tomlOf(config);
    try {
      const client = new Aircher(PRIVATE, toml.json, keys, given);
      client.#warnOfKeys(JSON.parse(toml.json).providers ?? {});
      return client;
    } catch (error) {
      throw toml.located(error);
    }
  }

  /** Texts end up in repositories. */
  #warnOfKeys(tables) {
    for (const [id, table] of Object.entries(tables)) {
      const field = `providers.${id}.api_key`;
      const message = `${field}: a key in a text; name its variable in \`api_key_env\``;
      if (table?.api_key) this.#notify("warning", { code: "literal_key", message, field, provider: id });
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
    return this.#call(() => request, options, false).drained();
  }

  chatStream(request, options) {
    return this.#stream(() => request, options);
  }

  /** Vectors of texts. */
  async embed(request, options) {
    const open = (timeouts) => {
      const work = this.#client.embed(requestBytes(request), timeouts);
      // Of batches under way nobody knows what they cost.
      return { finish: (feed) => work.next().then((answer) => feed.told(answer), (error) => feed.failed(error)), cancel: () => (work.cancel(), '{"billed":"unknown"}'), free: () => work.free() };
    };
    return this.#fed(open, options, false, () => this.#openMore()).drained();
  }

  async chatAll(requests, options) {
    return settledAll((...given) => this.chat(...given), requests, checked(options, [...CALL, "concurrency"]));
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
      throw this.#withCause(fromCore(error));
    });
    return JSON.parse(text);
  }

  provider(id) {
    const known = core(() => this.#client.providerId(String(id)));
    return new Provider(this, () => this.#client, known, {
      mustBeOpen: () => this.#mustBeOpen(),
      open: () => this.#open(),
      more: () => this.#openMore(),
      told: (error) => this.#withCause(fromCore(error)),
      tokenizer: this.#options.tokenizer,
      ollama: () => this.#ollamaOf(known),
      stream: (make, options) => this.#stream(make, options),
    });
  }

  async models(options) {
    this.#mustBeOpen();
    const { provider, live } = checked(options, ["provider", "live"]);
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

  /** What tabs tell each other, and checks that come by themselves: a file of its own, for whom it concerns. Without it a tab is on its own. */
  #withTabs() {
    const [client, { ends }] = [this.#client, this.#life];
    const hooks = { check: (id) => this.#checked([id]), tell: (id) => this.#notify("health", this.#status(id)), called: () => this.#called, closed: () => this.#closed };
    return loaded(kept(this.#parts, "tabs", () => import("./health.js").then(({ Tabs }) => new Tabs(client, ends, hooks))));
  }

  /** Answers in IndexedDB: likewise. */
  #withShelf() {
    return kept(this.#parts, "shelf", () => import("./cache.js").then(({ Shelf }) => new Shelf()));
  }

  /** The core has found out something: listeners hear of it, and other tabs of what concerns them. */
  #healthNews(event, id) {
    if (event === "tried") return void loaded(this.#parts.tabs).then((tabs) => tabs?.tried(id));
    const status = this.#status(id);
    // Whoever waits for a provider to come back listens to others, which may see it first.
    if (status.circuit !== "closed" && isPage()) this.#withTabs();
    this.#notify("health", status);
  }

  on(event, listener) {
    this.#mustBeOpen();
    const off = this.#listeners.add(event, listener);
    if (event === "usage") this.#listen();
    return off;
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
    for (const part of Object.values(this.#parts)) (await loaded(part))?.close();
    // Of an instance that has died there is nothing to wait for.
    if (this.#life === living()) await this.#ledger?.close();
  }

  async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    await this.close();
  }

  /** What Node and Bun print of a client. */
  [Symbol.for("nodejs.util.inspect.custom")](depth, options, inspect) {
    return `Aircher ${inspect(this.config, options)}`;
  }

  #stream(make, options) {
    return ChatStream.of(this.#call(make, options, true));
  }

  /** `make()` gives the request; it may run the caller's code, so it is asked with the first read. */
  #call(make, options, live) {
    const bytes = () => requestBytes(readable("request", "invalid_request", make));
    return this.#fed((timeouts, raw) => this.#client.call(bytes(), live, timeouts, raw), options, live);
  }

  #fed(open, options, live, ready = () => (this.#pulls ? this.#openMore() : this.#open())) {
    return new Feed(() => this.#prepared(open, options), {
      live,
      ready,
      opened: (feed) => this.#running.set(feed, live),
      ended: (feed, error) => {
        this.#running.delete(feed);
        this.#withCause(error);
      },
    });
  }

  /** What was given to a call, checked before anything is loaded for it. */
  #prepared(open, options) {
    this.#mustBeOpen();
    const { signal, timeouts, raw } = checked(options, CALL);
    const text = isAbsent(timeouts) ? undefined : jsonText(timeouts, "options.timeouts", "invalid_request");
    const limits = text && JSON.parse(text);
    const totalMs = limits?.totalMs ?? this.#totalMs;
    return {
      signal,
      totalMs,
      open: (late) => {
        this.#mustBeOpen();
        this.#called += 1;
        this.#ledger.announce();
        // The core's clock starts now; what was waited for until now is taken off.
        const left = late >= 1 && totalMs < Infinity;
        return open(left ? JSON.stringify({ ...limits, totalMs: Math.max(1, Math.round(totalMs - late)) }) : text, raw === true);
      },
    };
  }

  /** An error on its way to the caller: what a key function has thrown is its cause, and what was refused is asked for anew. */
  #withCause(error) {
    const source = error?.type === "authentication" && this.#keys.get(error.provider);
    if (!source) return error;
    if (error.code === "key_function") Object.defineProperty(error, "cause", { value: source.thrown, configurable: true, writable: true });
    else source.rejected();
    return error;
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

  #mustBeOpen() {
    if (this.#closed) fail("invalid_request", "this client is closed", { code: "closed" });
  }

  /** What the core asks of this runtime. */
  #host({ env, fetch, dangerouslyAllowBrowser, allowServiceAccountInBrowser }) {
    const variable = (name) => harmless(() => (env ? env[name] : environmentVariable(name)));
    return {
      // Looked up at every call: a page may instrument or replace its fetch.
      fetch: fetch ? async (...given) => answer(await fetch(...given)) : (url, init) => globalThis.fetch(url, init),
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
      hears: (event) => this.#listeners.hears(event),
      notify: (event, text) => {
        const told = heard(JSON.parse(text));
        return event === "health" || event === "tried" ? this.#healthNews(event, told.provider) : this.#notify(event, told);
      },
      store: later(() => this.#ledger.store),
      offset: zoneOffset,
      live: () => this.#ledger.live(),
    };
  }

  #notify(event, value) {
    return this.#listeners.tell(event, event === "usage" && !value.remote ? this.#ledger.posted(value) : value);
  }
}

/** What was loaded; undefined where it was not. */
const loaded = (part) => Promise.resolve(part).catch(() => undefined);

const isAbsent = (value) => value === undefined || value === null;

/** What a handed-in `fetch` resolves to, if it is an answer. */
function answer(response) {
  return typeof response?.status === "number" ? response : fail("invalid_config", "options.fetch: gave something that is no Response");
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
