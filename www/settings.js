// The settings: who is asked, with which model, key and address, and what goes with the next request.
import { $ } from "./make.js";
import { ModelPicker } from "./models.js";
import { configuration, environment } from "./providers.js";
import { safetyFields, safetyOptions } from "./safety.js";

export class Settings {
  #groups;
  #own;
  #hooks;
  #picker = new ModelPicker({
    input: $("model"), options: $("models"), note: $("model-note"), open: $("pick"), dialog: $("picker"),
    title: $("picker-title"), filter: $("picker-filter"), rows: $("picker-rows"), close: $("picker-close"), live: $("picker-live"), said: $("picker-said"),
  }, () => this.#ask());

  /** `hooks`: `renew()` after a change a client is made of, `chosen(group)` when another provider is, `models(id, live)`. */
  constructor(groups, hooks) {
    this.#own = groups;
    this.#hooks = hooks;
    safetyFields($("safety-fields"));
    for (const [id, name] of [["key", "key"], ["base-url", "baseUrl"], ["model", "model"]]) this.#take($(id), name);
    $("provider").addEventListener("change", () => this.choose());
    $("fields").addEventListener("submit", (event) => event.preventDefault());
    this.replace();
  }

  /** Everybody who can be asked now. */
  get choices() {
    return this.#groups.flatMap(({ choices }) => choices);
  }

  /** Who is asked. */
  get chosen() {
    return this.choices.find(({ id }) => id === $("provider").value);
  }

  /** The configuration the fields make, and the keys for one that is given as text. */
  get configuration() {
    return configuration(this.choices);
  }

  get environment() {
    return environment(this.choices);
  }

  /** Offers the providers of a configuration; without one the page's own. */
  replace(groups) {
    this.#groups = groups ?? this.#own;
    $("base-url").disabled = groups !== undefined;
    $("provider").replaceChildren(...this.#groups.map(optgroup));
  }

  /** Shows the fields of the chosen provider. */
  choose() {
    const { key, baseUrl, model, kind, variable } = this.chosen;
    $("key").value = key;
    $("key").placeholder = kind === "ollama" ? "none needed" : (variable ?? "");
    $("base-url").value = baseUrl;
    $("model").value = model;
    $("safety").hidden = !this.choices.some((one) => one.kind === "gemini" && (one === this.chosen || $("base-url").disabled));
    this.#summarise();
    this.#hooks.chosen(this.#groups.find(({ choices }) => choices.includes(this.chosen)).choices);
    return this.#offer();
  }

  /** Chooses a provider, and a model for it. */
  use(id, model) {
    $("provider").value = id;
    this.chosen.model = model;
    this.choose();
  }

  /** The request for these messages. */
  request(messages) {
    const { id, model } = this.chosen;
    const [system, tag] = [$("system"), $("tag")].map(({ value }) => value.trim());
    return {
      provider: id,
      messages: system ? [{ role: "system", content: system }, ...messages] : messages,
      ...(model ? { model } : {}),
      ...(tag ? { metadata: { tag } } : {}),
      ...($("think").checked ? { thinking: { effort: "medium", display: "summarized" } } : {}),
      ...($("safety").hidden ? {} : safetyOptions($("safety"))),
    };
  }

  /** A wrong address is told when something is sent; until then there are no models to offer. */
  async #offer() {
    const { id, label, kind } = this.chosen;
    const isFree = kind === "ollama";
    this.#picker.offer([], label, isFree);
    const known = await this.#hooks.models(id, false).catch(() => []);
    if (id === this.chosen.id) this.#picker.offer(known, label, isFree);
  }

  /** The provider's own list. */
  async #ask() {
    const { id, label, kind } = this.chosen;
    this.#picker.offer(await this.#hooks.models(id, true), label, kind === "ollama");
  }

  /** Takes a field into the chosen provider; the client is made anew, but for a model, which goes with the request. */
  #take(field, name) {
    field.addEventListener("input", () => {
      this.chosen[name] = field.value.trim();
      if (name !== "model") this.#hooks.renew();
      this.#summarise();
    });
  }

  #summarise() {
    const { label, model } = this.chosen;
    $("chosen").textContent = `· ${[label, model].filter(Boolean).join(", ")}`;
  }
}

function optgroup({ label, choices }) {
  const group = Object.assign(document.createElement("optgroup"), { label });
  group.append(...choices.map(({ id, label }) => new Option(label, id)));
  return group;
}
