// The ledger in a Durable Object: one place in the world, whose SQLite decides for all Workers.
//
//   export { LedgerObject } from "aircher-llm/stores/durable-object";       the class, bound as LEDGER
//   store: remoteStore(() => env.LEDGER.getByName("ledger"))                in every Worker
import { DurableObject } from "cloudflare:workers";
import { COMMIT, CREATE, READ, SCAN, SWEEP, outcome, statements } from "./sql.js";
import { AFTER_ALL, untilWon, unavailable } from "./shared.js";

const CAPS = { atomic: true, shared: "global", durable: true };

/** Makes a store inside a Durable Object, over its own SQLite; `ctx` is what its constructor gets. */
export function durableObjectStore(ctx) {
  const table = open(ctx.storage);
  return {
    kind: "durable-object",
    caps: CAPS,
    async update(keys, fn) {
      const out = ctx.storage.transactionSync(() => {
        const { writes, out } = fn(table.read(keys));
        if (writes.length > 0) table.compareAndSet([], writes);
        return out;
      });
      await ctx.storage.sync();
      return out;
    },
    scan: async (prefix, limit, after) => table.scan(prefix, limit, after),
    async apply(op) {
      const done = table.apply(op);
      await ctx.storage.sync();
      return done;
    },
    async close() {},
  };
}

/** The class to export; `remoteStore` talks to it. */
export class LedgerObject extends DurableObject {
  #table;

  constructor(ctx, env) {
    super(ctx, env);
    this.#table = open(ctx.storage);
  }

  /** @internal */
  read(keys) {
    return this.#table.read(keys);
  }

  /** @internal Writes, if nothing of what was seen has changed; answers whether. */
  async commit(seen, writes) {
    const done = this.ctx.storage.transactionSync(() => this.#table.compareAndSet(seen, writes));
    await this.ctx.storage.sync();
    return done;
  }

  /** @internal */
  scan(prefix, limit, after) {
    return this.#table.scan(prefix, limit, after);
  }

  /** @internal */
  async apply(op) {
    const done = this.#table.apply(op);
    await this.ctx.storage.sync();
    return done;
  }
}

/**
 * Makes a store in a Worker over a `LedgerObject` elsewhere. A function is asked for the stub each time: a stub breaks
 * with the object it led to, and belongs to the request that made it.
 */
export function remoteStore(stub) {
  // A stub may look like a function too: whatever property it is asked for is a method elsewhere.
  const object = () => (typeof stub === "function" && !("fetch" in stub) ? stub() : stub);
  const call = async (method, ...values) => {
    try {
      return await object()[method](...values);
    } catch (error) {
      throw unavailable("durable-object", error);
    }
  };
  return {
    kind: "durable-object",
    caps: CAPS,
    // A function cannot be sent: it runs here, on what was read, and counts if that is still true.
    update: (keys, fn) =>
      untilWon("durable-object", async () => {
        const docs = await call("read", keys);
        const { writes, out } = fn({ ...docs });
        if (writes.length === 0) return { out };
        const seen = keys.map((key) => [key, docs[key] ?? null]);
        return (await call("commit", seen, writes)) ? { out } : undefined;
      }).then(({ out }) => out),
    scan: (prefix, limit, after) => call("scan", prefix, limit, after),
    apply: (op) => call("apply", op),
    async close() {},
  };
}

/** The table of one object. */
function open(storage) {
  const { sql } = storage;
  const rows = ([text, argument]) => sql.exec(text, ...(argument === undefined ? [] : [argument])).toArray();
  rows([CREATE]);
  const read = (keys) => Object.fromEntries(rows([READ, JSON.stringify(keys)]).map(({ key, doc }) => [key, doc]));
  const compareAndSet = (seen, writes) => {
    const argument = JSON.stringify({ seen, writes });
    const written = rows([COMMIT, argument]);
    rows([SWEEP, argument]);
    return written.length > 0;
  };
  return {
    read,
    compareAndSet,
    scan: (prefix, limit, after = "") =>
      rows([SCAN, JSON.stringify({ from: prefix, after, end: prefix + AFTER_ALL, limit })]).map(({ key, doc }) => [key, doc]),
    apply: (op) =>
      storage.transactionSync(() => {
        const [before, after] = statements(op).map(rows);
        return outcome(op, before, after);
      }),
  };
}
