// How the providers are: what was last heard of each, its circuit, and how fast it may be asked.
//
//   attach(client) --> llm.health() --> rows
//   on("health"), a check, a clock tick while something runs down --> the rows again, in place: focus stays where it is
import { button, make, say } from "./make.js";
import { Pace } from "./pace.js";
import { clock, span } from "./units.js";

const TICK_MS = 1000;

export class HealthPanel {
  #parts;
  #client;
  #limits = {};
  #rows = new Map();
  #ids = [];
  #pace = new Pace();

  /** `parts` are elements by name: `list`, `check`, `said`. */
  constructor(parts) {
    this.#parts = parts;
    parts.check.addEventListener("click", () => this.#check(this.#ids));
    setInterval(() => document.visibilityState === "visible" && this.#moves() && this.refresh(), TICK_MS);
  }

  /** Shows these providers, `[{ id, label }]`. */
  show(providers) {
    this.#ids = providers.map(({ id }) => id);
    this.#rows = new Map(providers.map(({ id, label }) => [id, this.#row(id, label)]));
    this.#parts.list.replaceChildren(...[...this.#rows.values()].map(({ item }) => item));
    this.refresh();
  }

  /** Shows what this client knows from now on. */
  attach(client) {
    this.#client = client;
    this.#limits = client.config.providers;
    client.on("health", (status) => this.#heard(client, status));
    this.#pace.attach(client, () => this.refresh());
    this.refresh();
  }

  /** A call has failed. */
  failed(error) {
    this.#pace.failed(error);
    this.refresh();
  }

  /** Draws what is known; sends nothing. */
  refresh() {
    if (!this.#client) return;
    const known = this.#client.health();
    for (const [id, row] of this.#rows) if (known[id]) draw(row, known[id], this.#pace.told(id, this.#limits[id]));
  }

  /** Whether a row changes by itself: a pause that runs down, a minute that passes, a circuit that may close. */
  #moves() {
    return [...this.#rows.values()].some(({ item, pace }) => item.dataset.circuit !== "closed" || pace.textContent !== "");
  }

  #heard(client, { name, healthy, circuit, error }) {
    if (client !== this.#client) return;
    if (this.#rows.has(name)) say(this.#parts.said, `${name}: ${healthy ? "answers" : (error ?? "does not answer")}${circuit === "closed" ? "" : `, ${CIRCUIT[circuit]}`}.`);
    this.refresh();
  }

  async #check(ids) {
    if (!this.#client) return;
    const client = this.#client;
    for (const id of ids) this.#rows.get(id)?.item.setAttribute("aria-busy", "true");
    const checks = ids.map((id) => client.checkHealth(id).catch((error) => say(this.#parts.said, error.message)).finally(() => this.#checked(id)));
    await Promise.all(checks);
  }

  #checked(id) {
    this.#rows.get(id)?.item.removeAttribute("aria-busy");
    this.refresh();
  }

  #row(id, label) {
    const item = make("li", "provider");
    item.dataset.id = id;
    const [state, facts, pace] = [make("span", "state"), make("p", "facts"), make("p", "facts pace")];
    const head = make("p", "head");
    const who = make("span", "");
    who.append(make("span", "name", label), " ", state);
    head.append(who, button("Check", () => this.#check([id]), { label: `Check ${label} now` }));
    item.append(head, facts, pace);
    return { item, state, facts, pace };
  }
}

const CIRCUIT = { open: "circuit open: it is left alone for a while", half_open: "circuit half open: one request tries it" };

function draw({ item, state, facts, pace }, { healthy, last_check: at, latency, error, circuit }, speed) {
  item.dataset.state = at === null ? "unknown" : healthy ? "good" : "bad";
  item.dataset.circuit = circuit;
  say(state, at === null ? "not asked" : healthy ? "answers" : "does not answer");
  const parts = [CIRCUIT[circuit], at !== null && `heard of at ${clock(at)}`, latency !== null && `took ${span(latency)}`, error];
  say(facts, parts.filter(Boolean).join(" · "));
  say(pace, speed);
}
