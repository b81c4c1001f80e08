// Answers in IndexedDB, for all tabs of an origin. Loaded only where answers are kept (docs/response-cache.md).
//
//   answers   name -> text
//   uses      name -> { used, until, bytes }: small, so that making room reads no answer
//
// What is kept is decided in the core; here it is put away, and what was not used for longest goes first.

const NAME = "aircher-responses";
const STORES = ["answers", "uses"];
/** A connection another tab holds up is not waited for: calls go on without. */
const OPEN_MS = 5000;

export class Shelf {
  #opening;
  /** What is being put away. */
  #last;

  /** The text under a name, or undefined; it counts as used. */
  get(name) {
    return this.#within((answers, uses, result) => {
      answers.get(name).onsuccess = ({ target }) => result(target.result);
      uses.get(name).onsuccess = ({ target }) => target.result && uses.put({ ...target.result, used: Date.now() }, name);
    });
  }

  /** Puts a text there, and takes away what is too old and what has no room any more. */
  put(name, text, maxBytes, ttl) {
    const now = Date.now();
    const bytes = new TextEncoder().encode(text).length + name.length;
    this.#last = this.#within((answers, uses) => {
      answers.delete(name);
      uses.delete(name);
      all(uses, (kept) => {
        for (const gone of leaving(kept, now, maxBytes - bytes)) {
          answers.delete(gone);
          uses.delete(gone);
        }
        if (bytes > maxBytes) return;
        answers.put(text, name);
        uses.put({ used: now, until: now + ttl, bytes }, name);
      });
    });
    return this.#last;
  }

  async close() {
    await this.#last?.catch(() => {});
    const opening = this.#opening;
    this.#opening = undefined;
    (await opening?.catch(() => {}))?.close();
  }

  /** Calls `work(answers, uses, result)` in one transaction, and resolves when that is complete. */
  async #within(work) {
    const db = await this.#open();
    return new Promise((resolve, reject) => {
      const tx = db.transaction(STORES, "readwrite", { durability: "relaxed" });
      let found;
      tx.oncomplete = () => resolve(found);
      tx.onabort = () => reject(tx.error ?? new Error("the transaction was aborted"));
      work(...STORES.map((store) => tx.objectStore(store)), (value) => (found = value));
    });
  }

  /** What was lost or did not open is opened anew by the next one. */
  #open() {
    const forget = () => (this.#opening = undefined);
    this.#opening ??= connect(forget).catch((error) => {
      forget();
      throw error;
    });
    return this.#opening;
  }
}

function connect(onlost) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    const late = setTimeout(() => {
      request.onsuccess = () => request.result.close();
      reject(new Error("the database of kept answers does not open"));
    }, OPEN_MS);
    request.onupgradeneeded = () => STORES.forEach((store) => request.result.createObjectStore(store));
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      clearTimeout(late);
      const db = request.result;
      db.onclose = onlost;
      // Whoever deletes it, to forget all answers, does not wait for us.
      db.onversionchange = () => {
        db.close();
        onlost();
      };
      resolve(db);
    };
  });
}

/** `then` is called with `[name, use]` of everything that is kept. */
function all(uses, then) {
  uses.getAllKeys().onsuccess = ({ target: { result: names } }) => {
    uses.getAll().onsuccess = ({ target: { result } }) => then(names.map((name, at) => [name, result[at]]));
  };
}

/** The names that have to go: what is too old, and then what was not used for longest, until the rest fits. */
function leaving(kept, now, room) {
  const old = kept.filter(([, { until }]) => until <= now);
  const good = kept.filter(([, { until }]) => until > now).sort(([, a], [, b]) => a.used - b.used);
  let bytes = good.reduce((sum, [, use]) => sum + use.bytes, 0);
  const gone = good.filter(([, use]) => bytes > room && ((bytes -= use.bytes), true));
  return [...old, ...gone].map(([name]) => name);
}
