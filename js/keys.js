// A user's key function: asked once for all calls that wait, and again before its answer expires.
import { isWorkerd } from "./runtime.js";

export class KeySource {
  #provider;
  #ask;
  #value;
  #freshUntil = 0;
  #asking;
  #reason = "initial";
  /** What the function threw last. */
  thrown;

  constructor(provider, ask) {
    this.#provider = provider;
    this.#ask = ask;
  }

  /** The provider refused the key: the next call asks again. */
  rejected() {
    this.#value = undefined;
    this.#reason = "rejected";
  }

  /** `reason` "rejected": the provider refused what was given last. */
  async key(reason) {
    if (reason === "rejected") this.rejected();
    if (this.#value !== undefined && Date.now() < this.#freshUntil) return this.#value;
    if (this.#value !== undefined) this.#reason = "expired";
    // In workerd a promise belongs to the request that made it: no other may wait for it.
    if (isWorkerd) return this.#fresh();
    this.#asking ??= this.#fresh().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #fresh() {
    const answer = await this.#asked();
    const { value, expires_at } = typeof answer === "object" && answer ? answer : { value: answer };
    this.#value = value;
    this.#freshUntil = freshUntil(expires_at);
    return value;
  }

  async #asked() {
    try {
      return await this.#ask({ provider: this.#provider, reason: this.#reason });
    } catch (error) {
      this.thrown = error;
      throw error;
    }
  }
}

/** A key is refreshed at 80 % of its life, so that no call leaves with one about to die. */
function freshUntil(expiresAt) {
  const now = Date.now();
  const expires = expiresAt === undefined ? Infinity : new Date(expiresAt).getTime();
  return expires === Infinity ? Infinity : now + (expires - now) * 0.8;
}
