// A key that may turn up nowhere, and everywhere it could: errors, events, figures, books, consoles, locks, channels.

/** In the middle of every key, so that cut, escaped and percent-encoded forms hold it as well. */
const CORE = "CaNaRy-5b1f9";
/** Every character that some form escapes. */
const REST = `"\\/+%<&>'?#={}@7`;

/** The key of a provider. */
export const keyFor = (prefix) => `${prefix}-${CORE}${REST}${CORE}`;

/** What to look for: the core itself, cut at either end, as base64 at every alignment, and as hex. */
const TRACES = [CORE.slice(0, 9), CORE.slice(3), ...[0, 1, 2].map(aligned), hex(CORE)];

function aligned(shift) {
  const encoded = btoa("\0".repeat(shift) + CORE);
  // The characters at both ends hang together with what stands beside them.
  return encoded.slice(shift === 0 ? 0 : shift + 1, -4);
}

function hex(text) {
  return Array.from(text, (char) => char.charCodeAt(0).toString(16)).join("");
}

/** Whether a text holds a trace of the key. */
export const holds = (text) => TRACES.some((trace) => text.includes(trace));

/** Everything that can be read of a value: hidden properties, causes, stacks, `toJSON`. */
export const told = (value) => `${json(value)}\n${walked(value, new Set())}`;

function walked(value, seen) {
  if (typeof value !== "object" && typeof value !== "function") return String(value);
  if (value === null || seen.has(value)) return "";
  seen.add(value);
  const own = Reflect.ownKeys(value).map((name) => `${String(name)}=${walked(read(value, name), seen)}`);
  return [String(read(value, "message") ?? ""), String(read(value, "stack") ?? ""), ...own].join("\n");
}

const json = (value) => attempt(() => JSON.stringify(value) ?? "");
const read = (value, name) => attempt(() => value[name]);

function attempt(work) {
  try {
    return work();
  } catch (error) {
    return String(error);
  }
}

/** Listens at everything global a library could talk through. Returns all that was said so far, as texts. */
export function overhear() {
  const said = [];
  for (const level of ["log", "info", "warn", "error", "debug", "trace", "dir", "table"]) wrap(console, level, said, `console.${level}`);
  const { locks } = globalThis.navigator ?? {};
  if (locks) wrap(locks, "request", said, "lock");
  if (globalThis.BroadcastChannel) wrapChannel(said);
  if (globalThis.Performance) for (const name of ["mark", "measure"]) wrap(Performance.prototype, name, said, name);
  if (globalThis.Storage) wrap(Storage.prototype, "setItem", said, "storage");
  return () => [...said, ...entries(), globalThis.location?.href ?? ""];
}

const entries = () => (globalThis.performance?.getEntries?.() ?? []).map(({ name }) => name);

function wrap(object, name, said, label) {
  const real = object[name];
  if (typeof real !== "function") return;
  const heard = function (...args) {
    said.push(`${label} ${args.map((arg) => told(arg)).join(" ")}`);
    return real.apply(this, args);
  };
  attempt(() => (object[name] = heard));
}

function wrapChannel(said) {
  const Real = globalThis.BroadcastChannel;
  const heard = (label) => (...args) => said.push(`${label} ${args.map((arg) => told(arg)).join(" ")}`);
  globalThis.BroadcastChannel = class extends Real {
    constructor(name) {
      super(name);
      heard("channel")(name);
    }
    postMessage(message) {
      heard("message")(message);
      super.postMessage(message);
    }
  };
}

/** All databases of this origin, as one text. */
export async function databases() {
  if (!globalThis.indexedDB?.databases) return "";
  const all = await indexedDB.databases();
  return (await Promise.all(all.map(({ name }) => dump(name)))).join("\n");
}

async function dump(name) {
  const db = await asked(indexedDB.open(name));
  const stores = [...db.objectStoreNames];
  const texts = stores.length ? await Promise.all(stores.map((store) => rows(db, store))) : [];
  db.close();
  return [name, ...texts].join("\n");
}

async function rows(db, store) {
  const all = db.transaction(store).objectStore(store);
  const [keys, values] = await Promise.all([asked(all.getAllKeys()), asked(all.getAll())]);
  return JSON.stringify([keys, values]);
}

const asked = (request) => new Promise((done, fail) => ((request.onsuccess = () => done(request.result)), (request.onerror = () => fail(request.error))));
