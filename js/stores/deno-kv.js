// The ledger in Deno KV: on Deno Deploy, or in a file. Several processes on one machine do better with `sqlite`.
import { AFTER_ALL, storeError, unavailable, untilWon } from "./shared.js";

const SPACE = "aircher-ledger";
/** Written by every update and checked by every update: one transaction takes no more than a hundred checks. */
const TURN = "";
/** What one `getMany` takes. */
const READS = 10;

const place = (key) => (key === TURN ? [`${SPACE}-turn`] : [SPACE, key]);

/** Makes a store in a database from `Deno.openKv()`; documents are limited to 64 KiB. */
export function denoKvStore(kv) {
  let last = Promise.resolve();

  /** Every update touches the same few documents: within a process they queue instead of failing each other. */
  const queued = (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
  return {
    kind: "deno-kv",
    caps: { atomic: true, shared: "global", durable: true },
    update: (keys, fn) => queued(() => untilWon("deno-kv", () => change(kv, keys, fn)).then(({ out }) => out)),
    scan: (prefix, limit, after = "") => untilWon("deno-kv", () => list(kv, prefix, limit, after)),
    async close() {
      await last;
    },
  };
}

async function change(kv, keys, fn) {
  const entries = await unlocked(() => read(kv, [TURN, ...keys]));
  if (!entries) return undefined;
  const [turn, ...rest] = entries;
  const present = rest.filter(({ value }) => value !== null).map(({ key, value }) => [key[1], value]);
  const { writes, out } = fn(Object.fromEntries(present));
  // Also without writes: what was read in several goes counts only if nobody came between.
  const atomic = kv.atomic().check(turn);
  if (writes.length > 0) atomic.set(turn.key, 1);
  for (const [key, doc] of writes) doc === null ? atomic.delete([SPACE, key]) : atomic.set([SPACE, key], doc);
  const done = await unlocked(() => atomic.commit());
  return done?.ok ? { out } : undefined;
}

async function read(kv, keys) {
  const entries = [];
  for (let at = 0; at < keys.length; at += READS) entries.push(...(await kv.getMany(keys.slice(at, at + READS).map(place))));
  return entries;
}

async function list(kv, prefix, limit, after) {
  // The start belongs to the range: the next possible key after `after` is `after` and a zero.
  const start = after >= prefix && after ? `${after}\0` : prefix;
  if (start >= prefix + AFTER_ALL) return [];
  return unlocked(async () => {
    const found = [];
    for await (const { key, value } of kv.list({ start: [SPACE, start], end: [SPACE, prefix + AFTER_ALL] }, { limit })) found.push([key[1], value]);
    return found;
  });
}

/** Undefined while another process writes: a local file then throws where a conflict would answer `ok: false`. */
async function unlocked(work) {
  try {
    return await work();
  } catch (error) {
    if (/database is locked|SQLITE_BUSY/i.test(error?.message)) return undefined;
    if (/value too large|quota/i.test(error?.message)) throw storeError("ledger_quota", `deno-kv: ${error.message}`, error);
    throw unavailable("deno-kv", error);
  }
}
