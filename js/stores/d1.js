// The ledger in Cloudflare D1, shared by all Workers that bind the database.
import { COMMIT, CREATE, READ, SCAN, SWEEP, outcome, statements } from "./sql.js";
import { AFTER_ALL, untilWon, unavailable } from "./shared.js";

/** Makes a store in the D1 database of a binding; its one table is made when it is missing. */
export function d1Store(db) {
  return {
    kind: "d1",
    caps: { atomic: true, shared: "global", durable: true },
    update: (keys, fn) =>
      untilWon("d1", async () => {
        const [rows] = await batch([[READ, JSON.stringify(keys)]]);
        const docs = Object.fromEntries(rows.map(({ key, doc }) => [key, doc]));
        const { writes, out } = fn(docs);
        if (writes.length === 0) return { out };
        const argument = JSON.stringify({ seen: keys.map((key) => [key, docs[key] ?? null]), writes });
        const [written] = await batch([[COMMIT, argument], [SWEEP, argument]]);
        return written.length > 0 ? { out } : undefined;
      }).then(({ out }) => out),
    async scan(prefix, limit, after = "") {
      const [rows] = await batch([[SCAN, JSON.stringify({ from: prefix, after, end: prefix + AFTER_ALL, limit })]]);
      return rows.map(({ key, doc }) => [key, doc]);
    },
    async apply(op) {
      const [before, after] = await batch(statements(op));
      return outcome(op, before, after);
    },
    async close() {},
  };

  /** One transaction; the rows of each statement. */
  async function batch(list) {
    try {
      return await run(list);
    } catch (error) {
      if (!/no such table/.test(error?.message)) throw unavailable("d1", error);
      return run([[CREATE], ...list]).then(([, ...results]) => results, (again) => Promise.reject(unavailable("d1", again)));
    }
  }

  async function run(list) {
    const results = await db.batch(list.map(([sql, ...values]) => db.prepare(sql).bind(...values)));
    return results.map((result) => result.results ?? []);
  }
}
