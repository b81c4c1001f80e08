// One configured provider, as `llm.provider(id)` gives it.
import { core, fromCore } from "./errors.js";
import { money } from "./money.js";
import { jsonText, requestBytes } from "./values.js";

/** One configured provider. Its calls never leave it. */
export class Provider {
  #llm;
  #core;
  #id;
  #shared;

  /** `shared`: `open()` what calls need, `more()` what only some do; `tokenizer` counts texts; `ollama()` manages. */
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
    return JSON.parse(this.#core().supports(this.#id, model));
  }

  async models({ live } = {}) {
    return this.#llm.models({ provider: this.#id, live });
  }

  status() {
    return this.#llm.health()[this.#id];
  }

  /** Asks it when that was not done within the interval. */
  async isHealthy() {
    const { due, healthy } = JSON.parse(this.#core().health())[this.#id];
    return due ? (await this.#llm.checkHealth(this.#id)).healthy : healthy;
  }

  tokenLimit(model) {
    return this.#core().tokenLimit(this.#id, String(model)) ?? null;
  }

  async countTokens(what, { model, exact = false, timeouts } = {}) {
    const { open, more, tokenizer } = this.#shared;
    await open();
    const isRequest = Array.isArray(what?.messages);
    const request = isRequest ? what : { messages: [{ role: "user", content: what }] };
    const bytes = requestBytes(model === undefined ? request : { ...request, model });
    if (!exact) return core(() => this.#core().estimateTokens(this.#id, bytes, !isRequest));
    const asked = this.#core().modelOf(this.#id, model);
    if (typeof what === "string" && tokenizer?.knows(asked)) return (await tokenizer.load(asked)).count(what);
    await more();
    const limits = timeouts && jsonText(timeouts, "options.timeouts", "invalid_request");
    return this.#core()
      .countTokens(this.#id, bytes, limits)
      .catch((error) => {
        throw fromCore(error);
      });
  }

  calculateCost(usage, model, factors) {
    const asked = jsonText({ usage, model: String(model), factors: factors ?? {} }, "usage", "invalid_request");
    const nano = core(() => this.#core().calculateCost(this.#id, asked));
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
