// What can go wrong with a database, made to happen under a client that wants to spend.
import { ask } from "./provider.mjs";
import { AircherError, books, client, indexedDbStore, opened, pause, result, tasks, total } from "./client.mjs";

const HANG_MS = 30_000;

/** Each prepares the database of a name, or the browser, and may return how to put it right again. */
const FAULTS = {
  "open throws": () => patched(IDBFactory.prototype, "open", () => fail("SecurityError", "the user refuses")),

  async "a version of the future"(name) {
    const request = indexedDB.open(name, 2);
    (await result(request)).close();
  },

  /** A tab that does not let go while the database is to be deleted. */
  async "another tab blocks"(name) {
    const old = await opened(name);
    old.onversionchange = null;
    indexedDB.deleteDatabase(name);
    await pause(50);
    return () => old.close();
  },

  "writes throw": () => patched(IDBObjectStore.prototype, "put", () => fail("QuotaExceededError", "there is no space left")),
  "reads throw": () => patched(IDBObjectStore.prototype, "get", () => fail("UnknownError", "the disk is broken")),
  "a newer schema": (name) => put(name, { meta: '{"schema":2,"epoch":"aa","hw_ms":1,"zone":"UTC","new":[]}' }),
  "a corrupt ledger": (name) => put(name, { meta: '{"schema":' }),
  "a corrupt total": (name) => put(name, { [`b/*/d:${new Date().toISOString().slice(0, 10)}`]: '{"settled":"much"}' }),

  /** Filled to the last byte; the driver has made the disk small. */
  async "a full disk"(name) {
    const db = await opened(name);
    for (let size = 2 ** 20, at = 0; size >= 1024; at += 1) {
      const tx = db.transaction("kv", "readwrite");
      const filler = Array.from({ length: Math.ceil(size / 8) }, () => Math.random().toString(36).slice(2, 10)).join("");
      tx.objectStore("kv").put(filler, `z/${at}`);
      const full = await new Promise((done) => {
        tx.oncomplete = () => done(false);
        tx.onabort = () => done(true);
      });
      if (full) size /= 2;
    }
    db.close();
  },
};

tasks({
  /** One call under a fault. */
  async fault({ kind, mode }) {
    const name = `fault-${crypto.randomUUID()}`;
    const repair = await FAULTS[kind](name);
    const told = await spent(name, { mode, calls: 1 });
    await repair?.();
    return told;
  },

  /** Two calls of which one transaction, or every one from then on, is aborted: before it reads, or when it commits. */
  async aborted({ at, forever, late }) {
    const name = `aborted-${crypto.randomUUID()}`;
    const repair = abortAt(name, at, { forever, late });
    return spent(name, { mode: "hard", calls: 2, repair });
  },

  /** The database is deleted: between two calls, or while one is running. */
  async deleted({ mirror, running }) {
    const name = `deleted-${crypto.randomUUID()}`;
    const store = indexedDbStore({ name, mirror });
    let calls = 0;
    const wait = async () => running && (calls += 1) === 25 && gone(name); // each call has 23 pieces
    const warnings = [];
    const llm = await client({ store, costs: { daily_limit: 1 }, wait, on: { warning: ({ code }) => warnings.push(code) } });
    const before = (await llm.chatStream(ask()).response).metadata.cost_nano_usd;
    await pause(600); // the mirror follows
    if (!running) await gone(name);
    const after = (await llm.chatStream(ask()).response).metadata.cost_nano_usd;
    await llm.close();
    const { settled, reserved } = await total(name);
    return { warnings, before, after, settled, reserved };
  },
});

async function spent(name, { mode, calls, repair }) {
  const invoices = [];
  const warnings = [];
  const answers = [];
  const began = performance.now();
  const warning = ({ code }) => warnings.push(code);
  const llm = await client({ store: indexedDbStore({ name, mirror: false }), costs: { daily_limit: 1, mode }, invoices, on: { warning } });
  for (let call = 0; call < calls; call += 1) answers.push(await Promise.race([outcome(llm), pause(HANG_MS).then(() => ({ hangs: true }))]));
  const ms = Math.round(performance.now() - began);
  const sent = invoices.length;
  await repair?.();
  if (repair) await llm.chat(ask()).catch(() => {}); // the next call tries again what is left over
  const closed = await Promise.race([llm.close().then(() => true), pause(HANG_MS).then(() => false)]);
  const charged = invoices.reduce((all, { cost }) => all + cost, 0);
  return { sent, answers, warnings, ms, closed, charged, ...(repair && { books: await sums(name) }) };
}

async function outcome(llm) {
  try {
    const { metadata } = await llm.chat(ask());
    return { answered: true, warnings: (metadata.warnings ?? []).map(({ code }) => code) };
  } catch (error) {
    return { answered: false, typed: AircherError.is(error), type: error.type, code: error.code, message: error.message };
  }
}

async function sums(name) {
  const { settled, reserved } = await total(name);
  return { settled, reserved, open: (await books(name, "o/")).length };
}

/** Aborts the `at`th transaction of a database. */
function abortAt(name, at, { forever, late }) {
  let seen = 0;
  return patched(IDBDatabase.prototype, "transaction", function (original, ...args) {
    const tx = original.apply(this, args);
    if (this.name !== name || (seen += 1) < at || (seen > at && !forever)) return tx;
    if (late && args[1] === "readwrite") tx.commit = () => tx.abort();
    else queueMicrotask(() => tx.abort());
    return tx;
  });
}

function patched(prototype, method, instead) {
  const original = prototype[method];
  prototype[method] = function (...args) {
    return instead.call(this, original, ...args);
  };
  return () => void (prototype[method] = original);
}

function fail(name, message) {
  throw new DOMException(message, name);
}

async function put(name, docs) {
  const db = await opened(name);
  const tx = db.transaction("kv", "readwrite");
  const kv = tx.objectStore("kv");
  if (!docs.meta) kv.put('{"schema":1,"epoch":"aa","hw_ms":1,"zone":"UTC"}', "meta");
  for (const [key, doc] of Object.entries(docs)) kv.put(doc, key);
  await new Promise((done) => (tx.oncomplete = done));
  db.close();
}

const gone = (name) => result(indexedDB.deleteDatabase(name));
