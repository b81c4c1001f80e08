// Random operations, the same for the same seed, and how they are run.
import { keysOf, step } from "../reference.mjs";

export const META = JSON.stringify({ schema: 1, epoch: "0123456789abcdef0123456789abcdef", hw_ms: 1_000, zone: "UTC" });
/** The largest amounts are near what a number holds exactly: a path that rounds shows here. */
const HUGE = 3_000_000_000_000_001;
const START_MS = 1_795_000_000_000;
/** Reservations that share a day; full buckets would refuse everything that follows. */
const PER_DAY = 120;

export function random(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/**
 * An endless list of operations: new ones, duplicates, late and wrong settles. `day` names buckets here and is no part
 * of an operation.
 */
export function* operations(seed) {
  const next = random(seed);
  const asked = [];
  for (let clock = START_MS, n = 0; ; clock += next(3000)) {
    const now = clock - (next(4) ? 0 : next(10_000)); // another machine's clock
    const fresh = asked.length === 0 || next(3) === 0;
    if (fresh) asked.push(reservation(next, `r${n}#1`, Math.floor(n++ / PER_DAY)));
    const recent = asked[Math.max(0, asked.length - 1 - next(12))];
    const { day, ...op } = fresh ? asked.at(-1) : follow(next, recent);
    yield { ...op, now, ...(op.op === "reserve" && { deadline: now + 60_000 }) };
  }
}

function reservation(next, id, day) {
  const huge = next(20) === 0;
  const at_least = (huge ? HUGE : 1_000_003) + next(1000);
  const limit = huge ? 2 * HUGE + 500 : 30_000_000;
  const names = huge ? [`b/*/huge${day}`] : [`b/*/d:${day}`, `b/p:openai/d:${day}`, `b/k:team:caf\u00e9%2F1/d:${day}`];
  const limited = (key) => ({ key, limit: huge || next(4) ? limit : null, alert: next(2) ? Math.floor(limit / (1 + next(3))) : null });
  const buckets = names.filter((_, at) => at === 0 || next(2)).map(limited);
  const tags = [["team", 'caf\u00e9/"1"'], ["empty", ""]].slice(next(3));
  const amount = at_least + next(3) * 700_000;
  return { op: "reserve", id, day, owner: `tab${next(3)}`, amount, at_least, enforce: huge || next(5) > 0, buckets, provider: "openai", model: "gpt-6-luna", attempt: 1, tags };
}

function follow(next, asked) {
  const { id, buckets, amount } = asked;
  const keys = buckets.map(({ key }) => key);
  const kind = next(12);
  if (kind === 0) return asked;
  if (kind === 1) return { ...asked, amount: amount - next(3) * 700_000, at_least: amount - next(700_000) - 700_000 };
  if (kind < 5) return { op: "void", id: kind === 2 ? `${id}?` : id, buckets: keys };
  const actual = next(6) === 0 ? 0 : next(8) === 0 ? amount + 17 : Math.floor(amount / (1 + next(4)));
  const tokens_in = next(5000);
  const tokens_out = next(500);
  const alerts = buckets.filter(({ limit, alert }) => limit !== null && alert !== null);
  const usage = { prompt_tokens: tokens_in, completion_tokens: tokens_out, total_tokens: tokens_in + tokens_out };
  return { op: "settle", id, buckets: keys, actual, estimated: next(3) === 0, usage, tokens_in, tokens_out, alerts };
}

/** As the client does it: natively where the store can, else by an update. `native` counts. */
export async function perform(store, op, counts = {}) {
  const done = await store.apply?.(op);
  counts.all = (counts.all ?? 0) + 1;
  if (done) counts.native = (counts.native ?? 0) + 1;
  return done ?? store.update(keysOf(op), (docs) => step(docs, op));
}

/** Everything a store holds, parsed. */
export async function contents(store) {
  const all = [];
  for (let after; ; after = all.at(-1)[0]) {
    const page = await store.scan("", 200, after);
    all.push(...page.map(([key, doc]) => [key, JSON.parse(doc)]));
    if (page.length < 200) return Object.fromEntries(all);
  }
}
