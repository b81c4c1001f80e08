// Which model: a field that takes any name, what is known of the one in it, and a table of all to choose from.
import { button, make, say } from "./make.js";
import { tokens } from "./units.js";

const ABILITIES = { functions: "tools", images: "images", thinking: "thinking", json_schema: "schemas" };
/** Rows that are drawn; the filter finds the others. */
const MOST = 200;

export class ModelPicker {
  #parts;
  #models = [];
  #isFree = false;

  /**
   * `parts` are elements by name: `input`, `options`, `note`, `open`, `dialog`, `title`, `filter`, `rows`, `close`,
   * `live`, `said`; `ask()` has the provider asked for its own list, and offers it.
   */
  constructor(parts, ask) {
    this.#parts = parts;
    parts.live.addEventListener("click", () => this.#ask(ask));
    parts.input.addEventListener("input", () => this.describe());
    parts.open.addEventListener("click", () => this.#open());
    parts.close.addEventListener("click", () => parts.dialog.close());
    parts.filter.addEventListener("input", () => this.#draw());
    // Enter in the filter takes the first row.
    parts.filter.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), parts.rows.querySelector("button")?.click()));
  }

  /** Offers what `llm.models()` knows of a provider; `isFree`: it runs on a machine of one's own. */
  offer(models, label, isFree) {
    this.#isFree = isFree;
    this.#models = models.filter(({ status }) => status !== "retired");
    const active = models.filter(({ status }) => status === "active");
    this.#parts.options.replaceChildren(...active.map((model) => new Option(this.#brief(model), model.id)));
    this.#parts.title.textContent = `Models of ${label}`;
    this.describe();
  }

  /** Says what is known of the model in the field. */
  describe() {
    const name = this.#parts.input.value.trim();
    const model = this.#models.find(({ id }) => id === name);
    say(this.#parts.note, model ? [this.#brief(model), ...able(model)].join(" · ") : name ? "Not in the table: sent as it is." : "");
  }

  async #ask(ask) {
    this.#parts.live.disabled = true;
    try {
      await ask();
      this.#draw();
      say(this.#parts.said, `The provider lists ${this.#models.filter(({ source }) => source === "provider").length} models.`);
    } catch (error) {
      say(this.#parts.said, error.message);
    } finally {
      this.#parts.live.disabled = false;
    }
  }

  #open() {
    this.#parts.filter.value = "";
    say(this.#parts.said, "");
    this.#draw();
    this.#parts.dialog.showModal();
    this.#parts.filter.focus();
  }

  #draw() {
    const wanted = this.#parts.filter.value.trim().toLowerCase();
    const found = this.#models.filter(({ id }) => id.toLowerCase().includes(wanted)).slice(0, MOST);
    this.#parts.rows.replaceChildren(...found.map((model) => this.#row(model)));
  }

  #row(model) {
    const row = make("tr", model.id === this.#parts.input.value.trim() ? "current" : "");
    const name = make("th", "");
    name.scope = "row";
    name.append(button(model.id, () => this.#take(model)), ...(model.status === "deprecated" ? [make("span", "facts", `ends${model.ends ? ` ${model.ends}` : " soon"}`)] : []));
    const cells = [limit(model.context_window), limit(model.max_output_tokens), this.#price(model, "in"), this.#price(model, "out"), this.#price(model, "cache_read"), able(model).join(", ")];
    row.append(name, ...cells.map((text) => make("td", "", text)));
    const tiers = tiered(model);
    if (tiers) row.lastChild.append(make("span", "facts", tiers));
    return row;
  }

  /** Its window and its price, in a line. */
  #brief(model) {
    const parts = [model.context_window && `${tokens(model.context_window)} tokens`, model.max_output_tokens && `${tokens(model.max_output_tokens)} out`, this.#cost(model)];
    return parts.filter(Boolean).join(" · ");
  }

  #cost({ prices }) {
    if (this.#isFree) return "free";
    return prices ? `${dollars(prices.in)} in, ${dollars(prices.out)} out per million` : "price unknown";
  }

  #price({ prices }, name) {
    if (this.#isFree) return "$0";
    return prices?.[name] === undefined ? "–" : dollars(prices[name]);
  }

  #take({ id }) {
    this.#parts.input.value = id;
    this.#parts.input.dispatchEvent(new Event("input", { bubbles: true }));
    this.#parts.dialog.close();
  }
}

/** A price as decimal text, with cents. */
const dollars = (text = "?") => `$${text.replace(/\.(\d)$/, ".$10")}`;
const limit = (count) => (count ? tokens(count) : "–");
const able = ({ capabilities }) => Object.keys(ABILITIES).filter((name) => capabilities[name]).map((name) => ABILITIES[name]);

function tiered({ prices }) {
  return prices?.tiers?.map(({ from, prices: { in: input, out } }) => `above ${tokens(Number(from))}: ${dollars(input)} in, ${dollars(out)} out`).join("; ");
}
