// The models of an Ollama server: what is there and what it can do, what is in memory, and what is on its way.
//
//   show(), a change --> version, list, ps --> tables;   abilities a list does not tell are asked for one by one
import { button, make, say } from "./make.js";
import { Pull } from "./pull.js";
import { bytes, clock, tokens, words } from "./units.js";

const HANDFUL = 40;

export class OllamaView {
  #parts;
  #hooks;
  #reading = 0;
  #pulls = 0;

  /**
   * `parts` are elements by name: `server`, `version`, `said`, `problem`, `running`, `models`, `form`, `name`, `pulls`,
   * `reload`, `dialog`, `question`, `sure`, `keep`, `title`. `hooks`: `client()`, `chat(id, model)`, `idle()`.
   */
  constructor(parts, hooks) {
    this.#parts = parts;
    this.#hooks = hooks;
    parts.server.addEventListener("change", () => this.refresh());
    parts.reload.addEventListener("click", () => this.refresh());
    parts.form.addEventListener("submit", (event) => (event.preventDefault(), this.#pull()));
    parts.keep.addEventListener("click", () => parts.dialog.close());
  }

  /** Whether something is on its way over a client. */
  get isBusy() {
    return this.#pulls > 0;
  }

  /** Offers these servers, the chosen one first. */
  offer(choices, chosen) {
    const servers = choices.filter(({ kind }) => kind === "ollama");
    this.#parts.server.replaceChildren(...servers.map(({ id, label }) => new Option(label, id, false, id === chosen.id)));
    this.#parts.server.parentElement.hidden = servers.length < 2;
  }

  /** Reads everything anew. */
  async refresh() {
    this.#reading += 1;
    const mine = this.#reading;
    try {
      const ollama = await this.#ollama();
      const [version, models, running] = await Promise.all([ollama.version(), ollama.list(), ollama.ps()]);
      if (mine !== this.#reading) return;
      this.#parts.problem.replaceChildren();
      say(this.#parts.version, `Version ${version}, ${models.length} ${models.length === 1 ? "model" : "models"}, ${bytes(models.reduce((sum, { size }) => sum + size, 0))}.`);
      this.#draw(models, running);
      await this.#ask(ollama, models.filter(({ capabilities }) => !capabilities), () => mine === this.#reading);
    } catch (error) {
      if (mine === this.#reading) this.#failed(error);
    }
  }

  async #ollama() {
    const id = this.#parts.server.value;
    if (!id) throw Object.assign(new Error("No Ollama is configured."), { type: "invalid_config" });
    return (await this.#hooks.client()).provider(id).ollama;
  }

  /** The focus stays on the button of the same name. */
  #draw(models, running) {
    const held = document.activeElement?.getAttribute("aria-label");
    this.#parts.running.replaceChildren(...(running.length > 0 ? running.map((one) => this.#runningRow(one)) : [note("Nothing is in memory.")]));
    this.#parts.models.replaceChildren(...(models.length > 0 ? models.map((one) => this.#row(one)) : [note("No model is here yet.")]));
    if (held && document.activeElement === document.body) this.#button(held)?.focus();
  }

  #button(label) {
    return [...this.#parts.models.querySelectorAll("button"), ...this.#parts.running.querySelectorAll("button")].find((one) => one.getAttribute("aria-label") === label);
  }

  #runningRow({ name, size, size_vram: graphics, context_length: window, expires_at: until }) {
    const place = graphics >= size ? "graphics card" : graphics > 0 ? `${Math.round((100 * graphics) / size)} % on the graphics card` : "main memory";
    const unload = button("Unload", () => this.#change(`${name} is out of memory.`, (ollama) => ollama.unload(name)), { label: `Unload ${name}` });
    return row(name, [bytes(size), place, window ? `${tokens(window)} tokens` : "–", until ? `until ${clock(until)}` : ""], [unload]);
  }

  #row({ name, size, details = {}, capabilities }) {
    const about = [details.parameter_size, details.quantization_level].filter(Boolean).join(", ");
    const actions = [
      button("Chat", () => this.#hooks.chat(this.#parts.server.value, name), { label: `Chat with ${name}` }),
      button("Load", () => this.#change(`${name} is in memory.`, (ollama) => ollama.preload(name)), { label: `Load ${name}` }),
      button("Delete", () => this.#confirm(name, size), { label: `Delete ${name}` }),
    ];
    const made = row(name, [bytes(size), about || "–", capabilities ? abilities(capabilities) : "…"], actions);
    made.dataset.model = name;
    return made;
  }

  /** What older servers say of a single model alone. */
  async #ask(ollama, models, isCurrent) {
    for (const { name } of models.slice(0, HANDFUL)) {
      const known = await ollama.show(name).catch(() => undefined);
      if (!isCurrent()) return;
      const cell = [...this.#parts.models.children].find(({ dataset }) => dataset.model === name)?.children[3];
      if (cell) cell.textContent = known ? abilities(known.capabilities) : "–";
    }
  }

  #confirm(name, size) {
    const { dialog, question, sure } = this.#parts;
    question.textContent = `Delete ${name}? Its ${bytes(size)} would have to be pulled again.`;
    sure.onclick = async () => {
      dialog.close();
      await this.#change(`${name} is deleted.`, (ollama) => ollama.delete(name));
      this.#parts.title.focus();
    };
    dialog.showModal();
  }

  async #change(said, act) {
    say(this.#parts.said, "");
    try {
      await act(await this.#ollama());
      say(this.#parts.said, said);
    } catch (error) {
      return this.#failed(error);
    }
    return this.refresh();
  }

  async #pull() {
    const name = this.#parts.name.value.trim();
    if (name === "") return;
    this.#parts.name.value = "";
    const pull = new Pull(name);
    this.#parts.pulls.prepend(pull.element);
    this.#pulls += 1;
    try {
      say(this.#parts.said, await pull.run(await this.#ollama()));
    } catch (error) {
      pull.element.remove();
      this.#failed(error);
    } finally {
      this.#pulls -= 1;
      this.#hooks.idle();
    }
    this.refresh();
  }

  #failed(error) {
    const box = make("div", "error");
    box.append(make("p", "type", words(error.type ?? error.name)), make("p", "", error.message));
    if (error.hint) box.append(make("p", "hint", `What you can do: ${error.hint}.`));
    this.#parts.problem.replaceChildren(box);
  }
}

const abilities = (names) => names.filter((name) => name !== "completion").join(", ") || "text";

function row(name, cells, actions) {
  const made = part("tr", "row");
  const last = part("td", "cell");
  last.className = "actions";
  last.append(...actions);
  made.append(part("th", "rowheader", name), ...cells.map((text) => part("td", "cell", text)), last);
  return made;
}

/** On narrow screens a row is no longer laid out as one; its role says that it is. */
function part(tag, role, text = "") {
  const made = make(tag, "", text);
  made.setAttribute("role", role);
  return made;
}

function note(text) {
  const made = part("tr", "row");
  made.append(Object.assign(part("td", "cell", text), { colSpan: 6, className: "facts" }));
  return made;
}
