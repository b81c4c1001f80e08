// What is asked of a place in the browser, page or worker: `TASKS[task](arguments)`.
import { contract } from "../contract.mjs";
import { indexedDbStore } from "../../../js/stores/indexeddb.js";
import { raced } from "./racer.mjs";

const META = (epoch) => JSON.stringify({ schema: 1, epoch, hw_ms: 5, zone: "UTC" });
const BUCKET = JSON.stringify({ limit_seen: 99, settled: 40, reserved: 2, n: 3, estimated: 0, tokens_in: 1, tokens_out: 1, alert_sent: 50 });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const put = (store, docs) => store.update([], () => ({ writes: Object.entries(docs), out: undefined }));
const read = (store, keys) => store.update(keys, (docs) => ({ writes: [], out: { ...docs } }));
let made = 0;

export const TASKS = {
  contract: ({ ops }) =>
    contract({
      ops,
      async fresh() {
        const name = `contract-${crypto.randomUUID()}`;
        return () => indexedDbStore({ name });
      },
    }),

  race: async ({ name, ops, limit }) => raced(indexedDbStore({ name: "race" }), { name, ops, limit }),

  /** Leaves a ledger and its mirror behind, loses the database, and tells what the next store finds. */
  async lost({ torn, mirror = true, sinceHint, wait = 600 }) {
    const name = `lost-${made++}-${crypto.randomUUID()}`;
    const first = indexedDbStore({ name });
    await put(first, { meta: META("aa"), "b/*/d:1": BUCKET });
    await pause(wait);
    await put(first, { "b/*/m:1": BUCKET, "r/1": "{}" });
    await first.close();
    if (torn) await tear(name);
    await gone(name);
    return found([indexedDbStore({ name, mirror, sinceHint }), indexedDbStore({ name, mirror, sinceHint })]);
  },

  /** The same, while stores are open. */
  async deleted({ mirror }) {
    const name = `deleted-${made++}-${crypto.randomUUID()}`;
    const store = indexedDbStore({ name, mirror });
    await put(store, { meta: META("bb"), "b/*/d:1": BUCKET });
    await pause(600);
    await gone(name);
    return found([store]);
  },

  /** What the app remembers is not what is there. */
  async hinted() {
    const name = `hinted-${made++}-${crypto.randomUUID()}`;
    const first = indexedDbStore({ name });
    await put(first, { meta: META("cc") });
    await first.close();
    const warned = [];
    for (const sinceHint of ["cc", "dd", 1_700_000_000_000, undefined]) warned.push((await found([indexedDbStore({ name, sinceHint })])).warned);
    return warned;
  },

  /** Another tab keeps its connection while the database is to be deleted. */
  async blocked() {
    const name = `blocked-${crypto.randomUUID()}`;
    const old = await new Promise((done) => (indexedDB.open(name, 1).onsuccess = ({ target }) => done(target.result)));
    const deletion = gone(name);
    const store = indexedDbStore({ name });
    const began = Date.now();
    const error = await put(store, { meta: META("ee") }).catch((error) => error);
    const waited = Date.now() - began;
    old.close();
    await deletion;
    await put(store, { meta: META("ee") });
    return { code: error?.code, waited, then: await read(store, ["meta"]) };
  },

  /** Writes until the disk is full. */
  async full({ bytes }) {
    const store = indexedDbStore({ name: "full" });
    await put(store, { "b/1": "{}" });
    const error = await put(store, { "b/1": '"half"', "r/1": Array.from({ length: bytes / 8 }, () => Math.random().toString(36).slice(2, 10)).join("") }).catch((error) => error);
    return { code: error?.code, is: error instanceof Error, left: await store.update(["b/1", "r/1"], (docs) => ({ writes: [], out: Object.fromEntries(Object.entries(docs).map(([key, doc]) => [key, doc.length])) })) };
  },

  /** A page without https has neither locks nor files. */
  async bare() {
    for (const name of ["locks", "storage"]) Object.defineProperty(navigator, name, { value: undefined, configurable: true });
    const store = indexedDbStore({ name: `bare-${crypto.randomUUID()}` });
    await put(store, { meta: META("ff"), "b/*/d:1": BUCKET });
    await pause(400);
    await store.close();
    const told = { persisted: await store.persisted(), meta: (await read(store, ["meta"])).meta };
    for (const name of ["locks", "storage"]) delete navigator[name];
    return told;
  },

  persisted: () => indexedDbStore().persisted(),
};

async function found(stores) {
  const warned = [];
  for (const store of stores) store.onwarning = (code, message) => warned.push(message ? code : "no message");
  const docs = await Promise.all(stores.map((store) => read(store, ["meta", "b/*/d:1", "b/*/m:1", "r/1"])));
  await Promise.all(stores.map((store) => store.close()));
  return { warned, docs: docs.map((each) => Object.fromEntries(Object.entries(each).map(([key, doc]) => [key, JSON.parse(doc)]))) };
}

function gone(name) {
  return new Promise((done, fail) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => done();
    request.onerror = () => fail(request.error);
  });
}

/** Cuts the newer of the mirror's files in half, as a crash might. */
async function tear(name) {
  const folder = await navigator.storage.getDirectory();
  const files = await Promise.all([0, 1].map(async (slot) => (await folder.getFileHandle(`${name}.${slot}`)).getFile()));
  const texts = await Promise.all(files.map((file) => file.text()));
  const seq = texts.map((text) => JSON.parse(text.slice(text.indexOf(" "))).seq);
  const newer = seq[0] > seq[1] ? 0 : 1;
  const stream = await (await folder.getFileHandle(`${name}.${newer}`)).createWritable();
  await stream.write(texts[newer].slice(0, texts[newer].length / 2));
  await stream.close();
}
