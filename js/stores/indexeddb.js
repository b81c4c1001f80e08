// The ledger in IndexedDB: one `readwrite` transaction per update, so that tabs and workers of an origin cannot
// overspend together, and a mirror from which totals come back when the browser loses the database.
import { openMirror } from "./mirror.js";
import { storeError } from "./shared.js";

const KV = "kv";
const OPEN_MS = 5000;
const MIRROR_MS = 200;

/** Makes a store in this origin's IndexedDB. `sinceHint`: an epoch or a time from which the app knows of a ledger. */
export function indexedDbStore({ name = "aircher-ledger", mirror = true, sinceHint } = {}) {
  const copy = mirror && openMirror(name);
  const touched = new Set();
  let known = sinceHint;
  let opening, timer, asked;

  const store = {
    kind: "indexeddb",
    caps: { atomic: true, shared: "origin", durable: true },
    update(keys, fn) {
      return within((db) => write(db, keys, fn, wrote));
    },
    scan(prefix, limit, after) {
      return within((db) => list(db, prefix, limit, after));
    },
    async persisted() {
      const storage = navigator.storage;
      asked ??= storage?.persist?.();
      await asked;
      return (await storage?.persisted?.()) ?? false;
    },
    async close() {
      await remember();
      const db = await opening?.catch(() => {});
      db?.close();
      opening = undefined;
    },
  };
  return store;

  /** A connection closes under us when the database is deleted: then the work begins again with a new one. */
  async function within(work) {
    try {
      return await work(await open());
    } catch (error) {
      if (error.name !== "InvalidStateError") throw error;
      opening = undefined;
      return work(await open());
    }
  }

  function open() {
    const mine = (opening ??= connect(name, () => opening === mine && (opening = undefined)).then(checked));
    mine.catch(() => opening === mine && (opening = undefined));
    return mine;
  }

  /** A database without `meta` is new, or was lost. */
  async function checked(db) {
    const { meta } = await read(db, ["meta"]);
    if (!meta && (await restore(db))) store.onwarning?.("ledger_restored", "the browser lost the ledger's database; its totals were restored from the mirror");
    else if (meta ? typeof known == "string" && !meta.includes(known) : known) store.onwarning?.("ledger_reset", "the ledger known before is gone; it starts from zero");
    known = meta && true;
    return db;
  }

  async function restore(db) {
    const saved = copy && (await copy.read().catch(() => {}));
    return saved && write(db, ["meta"], ({ meta }) => ({ writes: meta ? [] : restored(saved), out: !meta }));
  }

  /** The totals that changed are mirrored a little later: no update waits for that. */
  function wrote(keys) {
    known ||= true;
    if (!copy) return;
    for (const key of keys) if (key.startsWith("b/")) touched.add(key);
    if (touched.size) timer ??= setTimeout(remember, MIRROR_MS);
  }

  async function remember() {
    clearTimeout(timer);
    timer = undefined;
    const keys = [...touched];
    touched.clear();
    // A mirror that fails is tried again with the next total.
    if (keys.length) await copy.merge(keys, (all) => within((db) => read(db, all))).catch(() => keys.forEach((key) => touched.add(key)));
  }
}

function connect(name, onlost) {
  return new Promise((resolve, reject) => {
    // A tab that keeps its connection while the database is being deleted makes every other wait.
    const request = indexedDB.open(name, 1);
    const late = setTimeout(() => {
      request.onsuccess = () => request.result.close();
      reject(storeError("ledger_blocked", "indexeddb: the ledger's database does not open; another tab may hold an old one: close or reload it"));
    }, OPEN_MS);
    request.onupgradeneeded = () => request.result.createObjectStore(KV);
    request.onerror = () => reject(typed(request.error));
    request.onsuccess = () => {
      clearTimeout(late);
      const db = request.result;
      db.onclose = onlost;
      db.onversionchange = () => {
        db.close();
        onlost();
      };
      resolve(db);
    };
  });
}

/** Calls `fn` in the callback of the last read: a transaction that waits for anything else commits by itself. */
function write(db, keys, fn, wrote) {
  return new Promise((resolve, reject) => {
    const tx = db.transaction(KV, "readwrite", { durability: "strict" });
    const kv = tx.objectStore(KV);
    let result, thrown;
    // The success of a request is not success: a full disk shows when the transaction ends.
    tx.oncomplete = () => {
      wrote?.(result.writes.map(([key]) => key));
      resolve(result.out);
    };
    tx.onabort = () => reject(thrown ?? typed(tx.error));
    gather(kv, keys, (docs) => {
      try {
        result = fn(docs);
        for (const [key, doc] of result.writes) doc === null ? kv.delete(key) : kv.put(doc, key);
        tx.commit?.();
      } catch (error) {
        thrown = error;
        tx.abort();
      }
    });
  });
}

function read(db, keys) {
  return new Promise((resolve, reject) => {
    const tx = db.transaction(KV);
    tx.onabort = () => reject(typed(tx.error));
    gather(tx.objectStore(KV), keys, resolve);
  });
}

function gather(kv, keys, then) {
  const docs = {};
  let left = keys.length;
  if (!left) then(docs);
  for (const key of keys) {
    kv.get(key).onsuccess = ({ target }) => {
      if (target.result !== undefined) docs[key] = target.result;
      if (!--left) then(docs);
    };
  }
}

function list(db, prefix, limit, after = "") {
  return new Promise((resolve, reject) => {
    const end = `${prefix}\uffff`;
    if (after >= end) return resolve([]);
    const tx = db.transaction(KV);
    const range = after >= prefix && after ? IDBKeyRange.bound(after, end, true) : IDBKeyRange.bound(prefix, end);
    const [keys, docs] = ["getAllKeys", "getAll"].map((get) => tx.objectStore(KV)[get](range, limit));
    tx.oncomplete = () => resolve(keys.result.map((key, at) => [key, docs.result[at]]));
    tx.onabort = () => reject(typed(tx.error));
  });
}

/** What was reserved when the database was lost may have been spent. */
function restored({ meta, buckets }) {
  const totals = Object.entries(buckets).map(([key, text]) => {
    const doc = JSON.parse(text);
    return [key, JSON.stringify({ ...doc, settled: doc.settled + doc.reserved, reserved: 0 })];
  });
  return [["meta", meta], ...totals];
}

function typed(error) {
  const code = error?.name === "QuotaExceededError" ? "ledger_quota" : "ledger_unavailable";
  return storeError(code, `indexeddb: ${error?.message || error?.name || "the connection was closed"}`, error);
}
