// The ledger in a SQLite file, shared by the processes of one machine: `node:sqlite` (Node 22 and Deno) or `bun:sqlite`.
import { AFTER_ALL, storeError, unavailable, untilWon } from "./shared.js";

/** How long SQLite itself waits for another writer; longer would stop this process's event loop, so the rest is ours. */
const BUSY_MS = 100;
const CREATE = "CREATE TABLE IF NOT EXISTS aircher_ledger (key TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID";

/**
 * Makes a store in the file of a path (opened with the first use), or in an open `DatabaseSync` or bun `Database`,
 * whose journal mode and life remain its owner's.
 */
export function sqliteStore(database) {
  const path = typeof database === "string" ? database : undefined;
  const memory = path === ":memory:";
  let opening;
  const ready = () => (opening ??= open(path, database).catch((error) => {
    opening = undefined;
    throw error;
  }));
  return {
    kind: "sqlite",
    caps: { atomic: true, shared: memory ? "process" : "global", durable: !memory },
    async update(keys, fn) {
      const db = await ready();
      const done = await untilWon("sqlite", () => attempt(() => transaction(db, keys, fn)));
      return done.out;
    },
    async scan(prefix, limit, after = "") {
      const db = await ready();
      const found = await untilWon("sqlite", () => attempt(() => db.scan.all(prefix, after, prefix + AFTER_ALL, limit)));
      return found.map(({ key, doc }) => [key, doc]);
    },
    async close() {
      const db = await opening?.catch(() => {});
      opening = undefined;
      if (path !== undefined) db?.close();
    },
  };
}

async function open(path, given) {
  const db = given instanceof Object ? given : new (await databaseClass())(path);
  return untilWon("sqlite", () =>
    attempt(() => {
      // Before the journal mode: changing that needs the file for itself, and other processes are starting too.
      db.exec(`PRAGMA busy_timeout=${BUSY_MS}`);
      if (path !== undefined) db.exec("PRAGMA journal_mode=WAL");
      db.exec("PRAGMA synchronous=FULL");
      db.exec(CREATE);
      return {
        get: db.prepare("SELECT doc FROM aircher_ledger WHERE key = ?"),
        put: db.prepare("INSERT INTO aircher_ledger VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET doc = excluded.doc"),
        drop: db.prepare("DELETE FROM aircher_ledger WHERE key = ?"),
        scan: db.prepare("SELECT key, doc FROM aircher_ledger WHERE key >= ? AND key > ? AND key < ? ORDER BY key LIMIT ?"),
        exec: (sql) => db.exec(sql),
        close: () => db.close(),
      };
    }),
  );
}

/** The names are put together so that bundlers for the web leave them alone. */
async function databaseClass() {
  try {
    if ("Bun" in globalThis) return (await import(/* @vite-ignore */ ["bun", "sqlite"].join(":"))).Database;
    return (await import(/* @vite-ignore */ ["node", "sqlite"].join(":"))).DatabaseSync;
  } catch (error) {
    throw storeError("ledger_unavailable", "sqlite: this runtime has no SQLite (Node 22.13 or later, Deno and Bun have)", error);
  }
}

/** The write lock is taken before the first read: what `fn` sees is what it changes. */
function transaction(db, keys, fn) {
  db.exec("BEGIN IMMEDIATE");
  try {
    const docs = {};
    for (const key of keys) {
      const row = db.get.get(key);
      if (row) docs[key] = row.doc;
    }
    const { writes, out } = called(fn, docs);
    for (const [key, doc] of writes) doc === null ? db.drop.run(key) : db.put.run(key, doc);
    db.exec("COMMIT");
    return { out };
  } catch (error) {
    rollback(db);
    throw error;
  }
}

/** A full disk has ended the transaction already, and says so once more. */
function rollback(db) {
  try {
    db.exec("ROLLBACK");
  } catch {
    // the first error tells more
  }
}

/** What the caller's function throws is the caller's, whatever it says. */
class Thrown {
  constructor(error) {
    this.error = error;
  }
}

function called(fn, docs) {
  try {
    const { writes, out } = fn(docs);
    return { writes, out };
  } catch (error) {
    throw new Thrown(error);
  }
}

/** Undefined while another process writes. */
async function attempt(work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof Thrown) throw error.error;
    if (/database (table )?is (locked|busy)|SQLITE_BUSY/.test(`${error?.code} ${error?.message}`)) return undefined;
    if (/disk is full|SQLITE_FULL/.test(error?.message)) throw storeError("ledger_quota", "sqlite: the disk is full", error);
    throw unavailable("sqlite", error);
  }
}
