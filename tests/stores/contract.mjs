// What every ledger store has to do. Runs wherever there is JavaScript:   await contract(place) -> [{ name, error? }]
//
// A place is `{ fresh, big?, parallel?, ops? }`: `fresh()` makes an empty backing and resolves to a function that opens
// clients of it.
import { failure, holds, same } from "./lib/check.mjs";
import { META, contents, operations, perform } from "./lib/ops.mjs";
import { memoryStore } from "../../js/stores/memory.js";

const SEED = 20261122;

const CASES = {
  async "an update reads, writes, and answers"({ store }) {
    const seen = [];
    const out = await store.update(["b/1", "b/2"], (docs) => (seen.push(docs), { writes: [["b/1", '{"a":1}'], ["b/3", "{}"]], out: "done" }));
    same([out, seen.at(-1)], ["done", {}]);
    const docs = await read(store, ["b/1", "b/2", "b/3"]);
    same(docs, { "b/1": '{"a":1}', "b/3": "{}" }, "also a key it did not read");
  },

  async "nothing read, nothing written"({ store }) {
    same(await store.update([], (docs) => ({ writes: [], out: docs })), {});
    same(await store.update([], () => ({ writes: [["b/1", "{}"]], out: undefined })), undefined);
    same(await read(store, ["b/1"]), { "b/1": "{}" });
  },

  async "null deletes, also what was not read or not there"({ store }) {
    await put(store, { "b/1": "{}", "b/2": "{}", "b/3": "{}" });
    await store.update(["b/1"], () => ({ writes: [["b/1", null], ["b/2", null], ["b/9", null]] }));
    same(await read(store, ["b/1", "b/2", "b/3"]), { "b/3": "{}" });
    same(await store.scan("b/", 10), [["b/3", "{}"]]);
  },

  async "a document comes back to the letter"({ store }) {
    const docs = { "b/1": '{ "b": 1,"a":[1.50, "\\u00e9é😀\\n" ],"__proto__":null}', "b/2": `{"n":${Number.MAX_SAFE_INTEGER}}`, "b/3": '"\'); DROP TABLE x; --"' };
    await put(store, docs);
    same(await read(store, Object.keys(docs)), docs);
  },

  async "a function that throws leaves nothing behind"({ store }) {
    await put(store, { "b/1": "{}" });
    const thrown = new TypeError("database is locked, no such table");
    const error = await failure(() => store.update(["b/1"], () => { throw thrown; }));
    holds(error === thrown, `the function's own error, not ${error}`);
    const half = await failure(() => store.update(["b/1"], () => ({ get writes() { throw thrown; } })));
    holds(half === thrown, "an answer that cannot be read");
    same(await read(store, ["b/1"]), { "b/1": "{}" });
    await put(store, { "b/1": "[]" });
    same(await read(store, ["b/1"]), { "b/1": "[]" }, "and the store goes on");
  },

  async "many updates at once: none is lost"({ store, open, parallel = 64 }) {
    const other = await open();
    let runs = 0;
    const add = (client) => client.update(["b/n", "b/other"], ({ "b/n": n = "0" }) => (runs++, { writes: [["b/n", String(Number(n) + 1)]], out: Number(n) }));
    const seen = await Promise.all(Array.from({ length: parallel }, (_, i) => add(i % 2 ? other : store)));
    same(await read(store, ["b/n"]), { "b/n": String(parallel) });
    same(seen.sort((a, b) => a - b), seen.map((_, i) => i), "each saw another number");
    holds(runs >= parallel, "the function may run more often, never less");
    await other.close();
  },

  async "a document created by two at once is created once"({ store, open, parallel = 64 }) {
    const other = await open();
    const create = (client) => client.update(["meta"], ({ meta }) => (meta ? { writes: [], out: false } : { writes: [["meta", META]], out: true }));
    const won = await Promise.all(Array.from({ length: parallel / 8 }, (_, i) => create(i % 2 ? other : store)));
    same(won.filter(Boolean).length, 1);
    await other.close();
  },

  async "scan: ascending, within the prefix, in pages"({ store }) {
    const keys = ["b/", "b/*/d:1", "b/*/d:10", "b/*/d:2", "b/k:caf%2F/d:1", "b/k:cafe/d:1", "b/k:café/d:1", "b/k:日本/d:1", "b/k:日本/d:2", "b/k:\uffff/d:1", "b/k:😀/d:1", "b0", "a", "c", "meta"];
    await put(store, Object.fromEntries(keys.map((key) => [key, JSON.stringify(key)])));
    const wanted = keys.filter((key) => key.startsWith("b/"));
    // Beyond the first plane some hosts order by code point, others by UTF-16 unit; nothing depends on it.
    const plain = wanted.filter((key) => !/[\uffff😀]/u.test(key));
    const found = (await store.scan("b/", 100)).filter(([key]) => plain.includes(key));
    same(found, plain.sort().map((key) => [key, JSON.stringify(key)]));
    for (const size of [1, 2, 3, 5]) same((await paged(store, "b/", size)).sort(), [...wanted].sort(), `pages of ${size}`);
    same((await store.scan("b/k:日本", 10)).map(([key]) => key), ["b/k:日本/d:1", "b/k:日本/d:2"]);
    same((await store.scan("b/", 10, "b/*/d:10")).map(([key]) => key)[0], "b/*/d:2", "after is not included");
    same((await store.scan("b/", 1, "a")).map(([key]) => key), ["b/"], "after before the prefix");
    same([await store.scan("b/", 10, "c"), await store.scan("x/", 10)], [[], []]);
    same((await store.scan("", 100)).length, keys.length);
  },

  async "large documents and many of them"({ store, big = 1_000_000 }) {
    const large = JSON.stringify("é".repeat(big / 2 - 1));
    await put(store, { "r/large": large });
    same((await read(store, ["r/large"]))["r/large"] === large, true);
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`r/${String(i).padStart(3, "0")}`, `{"i":${i}}`]));
    await put(store, many);
    same(await read(store, Object.keys(many)), many);
    same((await paged(store, "r/", 200)).length, 501);
  },

  async "what is written is there for the next client"({ store, open }) {
    await put(store, { "b/1": '{"settled":1}' });
    const other = await open();
    same(await read(other, ["b/1"]), { "b/1": '{"settled":1}' });
    await other.close();
    same(await read(store, ["b/1"]), { "b/1": '{"settled":1}' }, "closing one client leaves the others");
  },

  async "it says what it is"({ store }) {
    same([store.caps.atomic, typeof store.caps.durable, ["process", "origin", "global"].includes(store.caps.shared), typeof store.kind], [true, "boolean", true, "string"]);
  },

  async "a native path leaves to the core what is not plain"({ store }) {
    if (!store.apply) return;
    const [op] = operations(SEED);
    const undecided = async (why, meta, more) => {
      await put(store, { meta });
      same(await store.apply({ ...op, ...more }), undefined, why);
    };
    same(await store.apply(op), undefined, "no meta");
    await undecided("newer schema", META.replace('"schema":1', '"schema":2'));
    await undecided("the clock went back", META.replace(/"hw_ms":\d+/, `"hw_ms":${op.now + 900_000}`));
    const { key } = op.buckets[0];
    await put(store, { [key]: `{"settled":${Number.MAX_SAFE_INTEGER},"reserved":0,"n":0,"estimated":0,"tokens_in":0,"tokens_out":0}` });
    await undecided("a sum that is not exact any more", META, { enforce: false });
    const settle = { op: "settle", id: op.id, buckets: [key], actual: 1, estimated: false, usage: {}, tokens_in: 1, tokens_out: 1, now: op.now, alerts: [] };
    same([await store.apply(settle), await store.apply({ op: "void", id: op.id, buckets: [key], now: op.now })], [undefined, undefined], "an unknown id");
    same(Object.keys(await contents(store)), [key, "meta"], "nothing was written");
  },

  async "reserve, settle and void follow the rules"({ store, ops = 1000 }) {
    const reference = memoryStore();
    for (const one of [store, reference]) await put(one, { meta: META });
    const counts = {};
    let done = 0;
    for (const op of operations(SEED)) {
      if (done++ === ops) break;
      const wanted = await perform(reference, op);
      counts[wanted.result] = (counts[wanted.result] ?? 0) + 1;
      if (wanted.alerts?.length) counts.alerts = (counts.alerts ?? 0) + 1;
      same(await perform(store, op, counts), wanted, `operation ${done}: ${JSON.stringify(op)}`);
    }
    same(await contents(store), await contents(reference), "the documents");
    for (const kind of ["pending", "posted", "voided", "refused", "conflict", "missing", "alerts"]) holds(counts[kind] > 0, `${kind} never came up: ${JSON.stringify(counts)}`);
    if (store.apply) holds(counts.native > ops / 3, `few were native: ${JSON.stringify(counts)}`);
  },

  async "many at one limit: nothing over, nothing lost"({ store, open, parallel = 64 }) {
    const clients = [store, await open()];
    await put(store, { meta: META });
    const bucket = { key: "b/*/d:1", limit: parallel * 500, alert: parallel * 250 };
    const one = async (i) => {
      const client = clients[i % 2];
      const now = 2_000;
      const id = `race${i}#1`;
      const got = await perform(client, { op: "reserve", id, owner: "o", amount: 1000, at_least: 1000, enforce: true, buckets: [bucket], now, deadline: now, provider: "p", model: "m", attempt: 1, tags: [] });
      if (got.result === "refused") return [0, 0];
      const settle = { op: "settle", id, buckets: [bucket.key], actual: 990 + (i % 10), estimated: false, usage: {}, tokens_in: 1, tokens_out: 1, now, alerts: [bucket] };
      const results = await Promise.all([perform(client, settle), ...(i % 8 ? [] : [perform(clients[1 - (i % 2)], settle)])]);
      return [settle.actual, results.flatMap(({ alerts }) => alerts).length];
    };
    const all = await Promise.all(Array.from({ length: parallel }, (_, i) => one(i)));
    const sum = (at) => all.reduce((total, row) => total + row[at], 0);
    const { settled, reserved, n } = (await contents(store))[bucket.key];
    holds(settled <= bucket.limit, `${settled} spent of ${bucket.limit}`);
    same({ settled, reserved, n }, { settled: sum(0), reserved: 0, n: all.filter(([spent]) => spent).length });
    same(sum(1), settled >= bucket.alert ? 1 : 0, "one caller hears of the alert");
    await clients[1].close();
  },
};

/** Runs all cases at a place. */
export async function contract(place) {
  const results = [];
  for (const [name, run] of Object.entries(CASES)) {
    const began = Date.now();
    const error = await attempted(place, run);
    results.push({ name, error, ms: Date.now() - began });
  }
  return results;
}

async function attempted(place, run) {
  const clients = [];
  try {
    const opener = await place.fresh();
    const open = async () => (clients.push(await opener()), clients.at(-1));
    await run({ ...place, open, store: await open() });
    return undefined;
  } catch (error) {
    return String(error?.stack ?? error);
  } finally {
    // A case that failed half-way has left some open.
    await Promise.allSettled(clients.map((client) => client.close()));
  }
}

const put = (store, docs) => store.update([], () => ({ writes: Object.entries(docs), out: undefined }));
const read = (store, keys) => store.update(keys, (docs) => ({ writes: [], out: { ...docs } }));

async function paged(store, prefix, size) {
  const keys = [];
  for (;;) {
    const page = await store.scan(prefix, size, keys.at(-1));
    keys.push(...page.map(([key]) => key));
    if (page.length < size) return keys;
  }
}
