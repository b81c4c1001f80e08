// The configuration as TOML text: checked while it is written, applied when asked.
//
//   typing --> read by a client without keys --> its error at its line, or the configuration in effect
//   apply  --> the page's client is made of the text
import { Aircher } from "./pkg/entry-default.js";
import { Editor } from "./editor.js";
import { button, make } from "./make.js";
import { remedy } from "./policy.js";

/** How long after the last key the text is read. */
const PAUSE_MS = 300;

export class Configuration {
  #parts;
  #hooks;
  #editor;
  #timer;
  #reading = 0;

  /** `parts` are elements by name: `form text numbers problem said effective forget`; `hooks`: `apply`, `forget`. */
  constructor(parts, starter, hooks) {
    this.#parts = parts;
    this.#hooks = hooks;
    this.#editor = new Editor(parts.text, parts.numbers);
    this.#editor.value = starter;
    parts.text.addEventListener("input", () => this.#later());
    parts.text.addEventListener("keydown", (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && this.#submit(event));
    parts.form.addEventListener("submit", (event) => this.#submit(event));
    parts.forget.addEventListener("click", () => this.#forget());
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(), PAUSE_MS);
  }

  async #submit(event) {
    event.preventDefault();
    clearTimeout(this.#timer);
    const text = this.#editor.value;
    const config = await this.#check();
    if (!config) return this.#show();
    this.#parts.forget.hidden = false;
    try {
      await this.#hooks.apply(text, config);
      this.#tell(`Applied: ${summary(config)}.`);
    } catch (error) {
      this.#problem(error);
    }
  }

  #forget() {
    this.#parts.forget.hidden = true;
    this.#hooks.forget();
    this.#tell("The settings' fields count again.");
  }

  /** The configuration in effect, or `undefined` when something is wrong, which is told; or when the text has changed. */
  async #check() {
    this.#reading += 1;
    const mine = this.#reading;
    try {
      const config = await read(this.#editor.value);
      if (mine !== this.#reading) return undefined;
      this.#problem();
      this.#effective(config);
      return config;
    } catch (error) {
      if (mine === this.#reading) this.#problem(error);
      return undefined;
    }
  }

  #tell(text) {
    this.#parts.said.textContent = text;
  }

  #effective(config) {
    this.#parts.effective.textContent = JSON.stringify(config, null, 2);
    this.#tell("No mistakes.");
    this.#parts.problem.append(...keptOut(config.providers).map((text) => make("p", "hint", text)));
  }

  #show() {
    const { line } = this.#parts.problem.dataset;
    if (line) this.#editor.select(Number(line));
  }

  /** The error below the text, its line marked, and what was probably meant to be taken over. */
  #problem(error) {
    const { problem } = this.#parts;
    this.#editor.mark(error?.line);
    delete problem.dataset.line;
    problem.replaceChildren();
    if (!error) return;
    this.#tell("");
    problem.append(make("p", "message", error.message));
    if (error.hint) problem.append(make("p", "hint", error.hint));
    if (error.line === undefined) return;
    problem.dataset.line = error.line;
    problem.append(button(`Go to line ${error.line}`, () => this.#show()), ...this.#remedy(error));
  }

  #remedy({ message, line }) {
    const [, key, nearest] = /unknown field `([^`]+)`, did you mean `([^`]+)`/.exec(message) ?? [];
    return nearest ? [button(`Write ${nearest}`, () => this.#editor.replace(line, key, nearest), { className: "" })] : [];
  }
}

/** A client that knows no key checks a text and shows what is in effect: names of variables in place of keys. */
async function read(text) {
  const client = await Aircher.create(text, { env: {} });
  const { config } = client;
  await client.close();
  return config;
}

/** Who cannot be asked from this page, however right the configuration is. */
function keptOut(providers) {
  const places = Object.entries(providers).filter(([, { base_url: place }]) => place && remedy(place));
  return places.map(([id, { base_url: place }]) => `providers.${id}: ${remedy(place)}`);
}

function summary({ providers, costs }) {
  const { fallback_order: order, ...rest } = providers;
  const ids = Object.keys(rest).filter((id) => typeof rest[id].kind === "string");
  const chain = order.length > 0 ? `, asked in the order ${order.join(", ")}` : "";
  const limit = costs.daily_limit === undefined ? "" : `, at most $${costs.daily_limit} a day`;
  return `${ids.length} ${ids.length === 1 ? "provider" : "providers"}${chain}${limit}`;
}
