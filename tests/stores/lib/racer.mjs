// One process of a race: reserves and settles on a bucket that all share, until its count is done.
import { contents, perform } from "./ops.mjs";

const BUCKET = "b/*/d:2026-11-22";
const UNIT = 1_000_000;
/** Clocks of different machines do not agree. */
const now = () => Date.now() + Math.floor(Math.random() * 40);

/** `{ limit, spent, granted, refused, alerts, all, native, ms, bucket }` */
export async function raced(store, { name, ops, limit = ops * UNIT }) {
  const told = { limit, spent: 0, granted: 0, refused: 0, alerts: 0, all: 0, native: 0, ms: 0 };
  const began = Date.now();
  await created(store);
  for (let at = 0; at < ops; at += 4) await Promise.all([0, 1, 2, 3].map((lane) => one(store, `${name}-${at + lane}#1`, told)));
  // The last to come here reads the sum of all.
  return { ...told, ms: Date.now() - began, bucket: (await contents(store))[BUCKET] };
}

function created(store) {
  const meta = JSON.stringify({ schema: 1, epoch: "00", hw_ms: 0, zone: "UTC" });
  return store.update(["meta"], (docs) => ({ writes: docs.meta ? [] : [["meta", meta]], out: undefined }));
}

async function one(store, id, told) {
  const bucket = { key: BUCKET, limit: told.limit, alert: told.limit / 2 };
  const ask = { op: "reserve", id, owner: id, amount: UNIT, at_least: UNIT, enforce: true, buckets: [bucket], now: now(), deadline: Date.now() + 60_000, provider: "openai", model: "m", attempt: 1, tags: [] };
  const { result } = await perform(store, ask, told);
  if (result === "refused") return void (told.refused += 1);
  const actual = UNIT - Math.floor(Math.random() * 1000);
  const settle = () => ({ op: "settle", id, buckets: [BUCKET], actual, estimated: false, usage: { total_tokens: 3 }, tokens_in: 1, tokens_out: 2, now: now(), alerts: [bucket] });
  const outcomes = await Promise.all(Math.random() < 0.1 ? [perform(store, settle(), told), perform(store, settle(), told)] : [perform(store, settle(), told)]);
  told.spent += actual;
  told.granted += 1;
  told.alerts += outcomes.reduce((sum, { alerts }) => sum + alerts.length, 0);
}
