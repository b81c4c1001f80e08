// The package as a page uses it, before the provider of provider.mjs.
import { Aircher, AircherError } from "/dist/entry-default.js";
import { indexedDbStore } from "/dist/stores/indexeddb.js";
import { provider } from "./provider.mjs";

export { AircherError, indexedDbStore };

/** `options` of `Aircher.create`, `costs` and `timeouts` of its configuration; `invoices` and `wait` of the provider. */
export function client({ costs = {}, timeouts = {}, invoices, wait, on = {}, ...options } = {}) {
  const named = ({ id }) => ({ headers: { "x-attempt": `${id}#1` } });
  const config = { costs, timeouts, providers: { openai: { api: "chat", api_key: "sk-proof" } } };
  return Aircher.create(config, { dangerouslyAllowBrowser: true, fetch: provider(invoices, wait), ...options, on: { request: named, ...on } });
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** The same numbers for the same seed: `next(below)`. */
export function random(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** The documents whose key begins with a prefix, read past the package. */
export async function books(name, prefix) {
  const db = await opened(name);
  const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
  const kv = db.transaction("kv").objectStore("kv");
  const [keys, docs] = await Promise.all([result(kv.getAllKeys(range)), result(kv.getAll(range))]);
  db.close();
  return keys.map((key, at) => [key, JSON.parse(docs[at])]);
}

/** Today's total. */
export async function total(name) {
  const [found] = await books(name, "b/*/d:");
  return found?.[1] ?? { settled: 0, reserved: 0, n: 0 };
}

export async function opened(name) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore("kv");
  const db = await result(request);
  db.onversionchange = () => db.close();
  return db;
}

export function result(request) {
  return new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}

/** Makes `perform(task, values)` known to whoever drives this page. */
export function tasks(known) {
  globalThis.perform = (task, values) => known[task](values);
}
