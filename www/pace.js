// How fast a provider may be asked, as far as a page can know: what the configuration allows, what was sent in the last
// minute from here, and the pauses the provider asked for or the library makes. Browsers show few headers about it.
import { span, words } from "./units.js";

const MINUTE_MS = 60_000;

export class Pace {
  #sent = new Map(); // provider -> when requests left
  #pauses = new Map(); // provider -> { until, why }

  /** Listens to a client from now on; `changed(id)` is told. */
  attach(client, changed) {
    const noted = (id, note) => (note(), changed(id));
    client.on("request", ({ provider }) => void noted(provider, () => this.#times(provider).push(Date.now())));
    client.on("retry", ({ provider, error, delay_ms: delay }) => noted(provider, () => this.#pause(provider, delay, error)));
    client.on("failover", ({ from, error }) => noted(from, () => this.failed(error, from)));
  }

  /** A call failed for good, or went elsewhere: whether its provider said when it may be asked again. */
  failed({ retry_after_ms: wait, ...error }, provider = error.provider) {
    if (wait > 0) this.#pause(provider, wait, error);
  }

  /** One line about a provider with its configured `limits`. */
  told(id, limits) {
    const recent = this.#times(id).length;
    const pause = this.#pauses.get(id);
    const left = (pause?.until ?? 0) - Date.now();
    const parts = [allowance(limits, recent)];
    if (left > 0) parts.unshift(`pauses for ${span(Math.ceil(left / 1000) * 1000)}: ${pause.why}`);
    return parts.filter(Boolean).join(" · ");
  }

  #pause(id, ms, { type, status_code: status }) {
    this.#pauses.set(id, { until: Date.now() + ms, why: `${words(type)}${status ? ` (${status})` : ""}` });
  }

  #times(id) {
    const recent = (this.#sent.get(id) ?? []).filter((time) => Date.now() - time < MINUTE_MS);
    this.#sent.set(id, recent);
    return recent;
  }
}

function allowance({ requests_per_min: requests, tokens_per_min: tokens, max_concurrent: most } = {}, recent) {
  const limits = [requests && `${recent} of ${requests} requests a minute`, tokens && `${tokens} tokens a minute`, most && `${most} at a time`].filter(Boolean);
  if (!requests && recent > 0) limits.push(`${recent} ${recent === 1 ? "request" : "requests"} in the last minute`);
  return limits.join(" · ");
}
