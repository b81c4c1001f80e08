// One configured provider, as `llm.provider(id)` gives it.
import { core, fail } from "./errors.js";
import { money } from "./money.js";
import { checked } from "./options.js";
import { jsonText, requestBytes } from "./values.js";

/** One configured provider. Its calls never leave it. */
export class Provider {
  static name = "Provider";
  #llm;
  #core;
  #id;
  #shared;

  /** `shared`: `mustBeOpen()` throws once the client is closed; `open()` what calls need, `more()` what only some do; `told(error)` what callers get of an error; `tokenizer` counts texts; `ollama()` manages; `stream(make, options)` asks. */
  constructor(llm, core, id, shared) {
    this.#llm = llm;
    this.#core = core;
    this.#id = id;
    this.#shared = shared;
  }

  get name() {
    return this.#id;
  }

  get ollama() {
    return this.#llm.config.providers[this.#id].kind === "ollama" ? this.#shared.ollama() : undefined;
  }

  get supports() {
    return this.supportsFor();
  }

  supportsFor(model) {
    return JSON.parse(this.#core().supports(this.#id, model === undefined ? model : String(model)));
  }

  async models(options) {
    return this.#llm.models({ ...checked(options, ["live"]), provider: this.#id });
  }

  status() {
    return this.#llm.health()[this.#id];
  }

  /** Asks it when that was not done within the interval. */
  async isHealthy() {
    this.#shared.mustBeOpen();
    const { due, healthy } = JSON.parse(this.#core().health())[this.#id];
    return due ? (await this.#llm.checkHealth(this.#id)).healthy : healthy;
  }

  tokenLimit(model) {
    return this.#core().tokenLimit(this.#id, String(model)) ?? null;
  }

  async countTokens(what, options) {
    const { model, exact, timeouts } = checked(options, ["model", "exact", "timeouts"]);
    const { mustBeOpen, open, more, told, tokenizer } = this.#shared;
    mustBeOpen();
    await open();
    const isRequest = Array.isArray(what?.messages);
    const request = isRequest ? what : { messages: [{ role: "user", content: what }] };
    if (!isRequest && !isContent(what)) fail("invalid_request", "content: expected a text, a list of parts or `{ messages }`");
    const bytes = requestBytes(model === undefined ? request : { ...request, model });
    if (!exact) return core(() => this.#core().estimateTokens(this.#id, bytes, !isRequest));
    const asked = this.#core().modelOf(this.#id, model);
    if (typeof what === "string" && tokenizer?.knows(asked)) return (await tokenizer.load(asked)).count(what);
    await more();
    const limits = timeouts && jsonText(timeouts, "options.timeouts", "invalid_request");
    return this.#core()
      .countTokens(this.#id, bytes, limits)
      .catch((error) => {
        throw told(error);
      });
  }

  calculateCost(usage, model, factors) {
    const asked = jsonText({ usage, model: String(model), factors: factors ?? {} }, "usage", "invalid_request", "");
    const nano = core(() => this.#core().calculateCost(this.#id, asked));
    return nano === undefined ? null : money(nano);
  }

  async chat(request, options) {
    return this.#llm.chat(this.#own(request), options);
  }

  chatStream(request, options) {
    return this.#shared.stream(() => this.#own(request), options);
  }

  #own(request) {
    return request !== null && typeof request === "object" ? { ...request, provider: this.#id, fallback: false } : request;
  }
}

/** A list of messages is none: those stand in a request. */
const isContent = (what) => typeof what === "string" || (Array.isArray(what) && !what.some((part) => part?.role));
