// A model on its way: in all and layer by layer, how fast, how long still; it can be cancelled and taken up again.
import { button, make, say } from "./make.js";
import { bytes, span, words } from "./units.js";

/** Characters of a digest that tell layers apart. */
const DIGEST = 12;

export class Pull {
  element = make("li", "pull");
  #name;
  #status = make("p", "facts");
  #bar;
  #layers = new Map();
  #list = make("ul", "layers");
  #cancel;
  #controller = new AbortController();

  constructor(name) {
    this.#name = name;
    this.#bar = progress(`${name}, in all`);
    this.#cancel = button("Cancel", () => this.#controller.abort(), { label: `Cancel ${name}` });
    const head = make("p", "head");
    head.append(make("span", "name", name), this.#cancel);
    this.element.append(head, this.#bar, this.#status, this.#list);
  }

  /** Gets the model; resolves to a sentence about what came of it. */
  async run(ollama) {
    this.element.setAttribute("aria-busy", "true");
    try {
      let result;
      for await (const step of ollama.pull(this.#name, { signal: this.#controller.signal })) {
        this.#draw(step);
        result = step.result;
      }
      return this.#end("done", result?.changed === false ? "was up to date" : "is here");
    } catch (error) {
      if (error.type === "cancelled") return this.#end("cancelled", "was cancelled. What has come is kept for the next time");
      return this.#end("failed", "could not be pulled", `${words(error.type ?? error.name)}: ${error.message}.${error.hint ? ` What you can do: ${error.hint}.` : ""}`);
    }
  }

  #draw({ status, completed, total, bytes_per_second: speed, layers, attempt }) {
    fill(this.#bar, completed, total);
    const left = speed > 0 ? (1000 * (total - completed)) / speed : 0;
    const parts = [status, total > 0 && `${bytes(completed)} of ${bytes(total)}`, speed !== null && `${bytes(Math.round(speed))}/s`, left > 0 && `${span(left)} left`, attempt > 1 && `attempt ${attempt}`];
    this.#status.textContent = parts.filter(Boolean).join(" · ");
    for (const layer of layers) this.#layer(layer);
  }

  #layer({ digest, completed, total }) {
    if (!this.#layers.has(digest)) this.#layers.set(digest, this.#added(digest));
    const { bar, text } = this.#layers.get(digest);
    fill(bar, completed, total);
    say(text, `${bytes(completed)} of ${bytes(total)}`);
  }

  #added(digest) {
    const short = digest.replace(/^sha256:/, "").slice(0, DIGEST);
    const [item, text, bar] = [make("li", ""), make("span", "facts"), progress(`Layer ${short}`)];
    item.append(make("code", "", short), bar, text);
    this.#list.append(item);
    return { bar, text };
  }

  /** The last word, in a sentence; `why` stands below it. */
  #end(state, what, why = "") {
    this.element.removeAttribute("aria-busy");
    this.element.dataset.state = state;
    // Without a value it would go on moving.
    if (!this.#bar.hasAttribute("value")) this.#bar.hidden = true;
    this.#cancel.remove();
    const said = `${this.#name} ${what}.`;
    this.#status.textContent = why || said;
    return said;
  }
}

function progress(label) {
  const bar = make("progress", "");
  bar.setAttribute("aria-label", label);
  return bar;
}

/** Nothing known yet is a bar without a value. */
function fill(bar, completed, total) {
  if (total > 0) Object.assign(bar, { max: total, value: completed });
}
