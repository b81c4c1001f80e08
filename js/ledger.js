// The ledger's home in this runtime: its store, who else is alive, and what other tabs hear of it.
//
//   posted entry --> on("usage"), onSettled --> channel --> on("usage") of the other tabs, remote: true
//
// The channel is a hint for those who show totals; the truth is read from the store.
import { harmless, hasIndexedDb } from "./aircher.js";
import { Costs, entryOf } from "./costs.js";
import { Owners } from "./owner.js";
import { indexedDbStore } from "./stores/indexeddb.js";
import { memoryStore } from "./stores/memory.js";

const CHANNEL = "aircher-ledger";

let told = false;
/** One for the whole process: two clients must not each have the whole budget. */
let memory;

export class Ledger {
  store;
  costs;
  #client;
  #owners;
  #channel;
  #notify;
  #onSettled;
  #limited;
  #compacted = false;
  #life;
  #left = false;

  /** `notify(event, value)` tells the client's listeners; `onSettled` is the user's own callback. */
  constructor(client, store, notify, onSettled) {
    this.#client = client;
    this.store = chosen(store);
    this.store.onwarning = (code, message) => notify("warning", { code, message });
    this.#notify = notify;
    this.#onSettled = onSettled;
    const { mode, limits } = JSON.parse(client.costs());
    this.#limited = limits.length > 0;
    this.costs = new Costs(this.store, client, () => this.#status(mode));
    this.#listen();
  }

  /** Joins those who share it, in a life of the wasm; a promise only where that takes time. */
  open(life) {
    const { ends } = (this.#life = life);
    if (this.store.caps.shared === "process") return life.isHeir ? this.#inherit() : undefined;
    if (this.store.caps.shared === "origin") ends.set(this, () => this.#leave());
    return Owners.of(() => this.#client.owner(), this.store)?.then((owners) => {
      if (this.#left) return owners.close();
      this.#owners = owners;
      owners.watch(() => this.#client.recover());
    });
  }

  /** The owners that live, where this runtime can tell. */
  async live() {
    return this.#owners?.live() ?? (this.#life.owners && [...this.#life.owners]);
  }

  /** Nobody outside this process spends here: who does not live in this instance of the wasm died with the last one. */
  #inherit() {
    (this.#life.owners ??= new Set()).add(this.#client.owner());
    return this.#client.recover().catch(() => {});
  }

  /** A limit kept in memory is forgotten with the process: said once. */
  announce() {
    if (told || !this.#limited || this.store.caps.durable) return;
    told = true;
    this.#notify("warning", { code: "ledger_memory", message: `budgets are kept in ${this.store.kind}: they begin anew with the process; give an adapter of aircher-llm/stores/…` });
  }

  /** An attempt was booked: the user's own books, and the other tabs. Returns the entry as people see it. */
  posted({ key, doc }) {
    const entry = entryOf(key, doc);
    if (this.#onSettled) harmless(this.#onSettled, entry);
    this.#channel?.postMessage(entry);
    if (!this.#compacted) this.#compact();
    return entry;
  }

  /** Once in a client's life, by one client at a time; what fails is tried by the next. */
  #compact() {
    this.#compacted = true;
    const compact = () => this.#client.compact().catch(() => {});
    const { locks } = globalThis.navigator ?? {};
    if (locks?.request) locks.request("aircher:compact", { ifAvailable: true }, (lock) => lock && compact()).catch(() => {});
    else compact();
  }

  async close() {
    await this.#settled();
    this.#life?.ends.delete(this);
    this.#leave();
  }

  #leave() {
    this.#left = true;
    this.#owners?.close();
    this.#channel?.close();
    this.#channel = undefined; // what is booked later finds nobody to tell, instead of a channel that throws
  }

  /** Calls that were just cancelled settle on their own: the books are closed behind them, or after a second. */
  async #settled() {
    await this.#client.flush();
    for (let round = 0; round < 100 && this.#client.unsettled() > 0; round++) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Only within an origin: elsewhere an open channel would keep the process alive. */
  #listen() {
    if (this.store.caps.shared !== "origin" || typeof BroadcastChannel === "undefined") return;
    this.#channel = new BroadcastChannel(CHANNEL);
    this.#channel.onmessage = ({ data }) => this.#notify("usage", { ...data, remote: true });
  }

  async #status(mode) {
    const { kind = "custom", caps } = this.store;
    const persisted = (await this.store.persisted?.()) ?? false;
    return { store: kind, durable: caps.durable, persisted, shared: caps.shared, mode };
  }
}

function chosen(option) {
  if (typeof option === "object") return option;
  return option === "memory" || !hasIndexedDb() ? (memory ??= memoryStore()) : indexedDbStore();
}
