// One of many workers that spend at once: its share of the requests, some of which break, are left or are told twice.
import { ask, MAX_TOKENS } from "./provider.mjs";
import { AircherError, client, indexedDbStore, opened, pause, random, result } from "./client.mjs";

/** Others' reservations may leave room again: a refusal is final once nothing is reserved, or after this many. */
const TRIES = 40;
/** One in so many updates runs and then says that it failed: those that close a reservation, and the others. */
const UNSURE = { closing: 6, other: 50 };

addEventListener("message", async ({ data: { task, values } }) => {
  try {
    postMessage({ value: await { spend, naive }[task](values) });
  } catch (error) {
    postMessage({ error: String(error?.stack ?? error) });
  }
});

/** `requests` of them, `inFlight` at a time. */
async function spend({ seed, requests, inFlight, daily_limit, name }) {
  const next = random(seed);
  const told = { finished: [], invoices: [], refused: 0, waits: 0, left: 0, errors: {}, repeated: 0, unsure: 0, warnings: {} };
  const store = indexedDbStore({ name });
  doubtful(store, next, told);
  const warning = ({ code }) => count(told.warnings, code);
  const llm = await client({ store, costs: { daily_limit }, invoices: told.invoices, wait: () => pause(next(12)), on: { warning } });
  let left = requests;
  const lane = async () => {
    while (left-- > 0) await request(llm, next, told);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  await llm.close();
  return told;
}

/** Some updates are done and then fail: the caller cannot know, and asks again. */
function doubtful(store, next, told) {
  const update = store.update.bind(store);
  store.update = async (keys, fn) => {
    let writes = [];
    const out = await update(keys, (docs) => {
      const step = fn(docs);
      ({ writes } = step);
      return step;
    });
    const closes = writes.some(([key, doc]) => key.startsWith("o/") && doc === null);
    if (writes.length === 0 || next(closes ? UNSURE.closing : UNSURE.other)) return out;
    told[closes ? "repeated" : "unsure"] += 1;
    throw Object.assign(new Error("the answer was lost on its way"), { code: "ledger_unavailable" });
  };
}

async function request(llm, next, told) {
  const luck = next(100);
  const fate = luck < 8 ? "cut" : luck < 12 ? "fail" : "ok";
  const leaves = luck >= 12 && luck < 27;
  const body = ask({ fate, tokens: 1 + next(MAX_TOKENS) });
  for (let tries = 1; ; tries += 1) {
    const signal = leaves ? AbortSignal.timeout(next(400)) : undefined;
    const error = await answered(llm, body, signal, told);
    if (!error) return;
    if (error.type !== "budget_exceeded") return void count(told.errors, error.type);
    if (error.reserved === 0 || tries === TRIES) return void (told.refused += 1);
    told.waits += 1;
    await pause(100 + next(400));
  }
}

async function answered(llm, body, signal, told) {
  try {
    const answer = await llm.chatStream(body, { signal }).response;
    told.finished.push([answer.metadata.id, answer.metadata.cost_nano_usd]);
    return undefined;
  } catch (error) {
    if (!AircherError.is(error)) throw error;
    return error;
  }
}

/** What the specification's TrackCost does: look whether there is room, spend, add. */
async function naive({ seed, requests, inFlight, limit, cost, name }) {
  const next = random(seed);
  const db = await opened(name);
  const kv = (mode) => db.transaction("kv", mode).objectStore("kv");
  const sum = async (store) => (await result(store.get("sum"))) ?? 0;
  let left = requests;
  let spent = 0;
  const lane = async () => {
    while (left-- > 0) {
      if ((await sum(kv("readonly"))) + cost > limit) continue;
      await pause(next(12) + 40);
      spent += cost;
      const store = kv("readwrite");
      store.put((await sum(store)) + cost, "sum");
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  db.close();
  return { spent };
}

function count(counts, name) {
  counts[name] = (counts[name] ?? 0) + 1;
}
