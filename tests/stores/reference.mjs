// The rules of the ledger once more, plainly, to compare the stores' native paths with.

const EMPTY = { settled: 0, reserved: 0, n: 0, estimated: 0, tokens_in: 0, tokens_out: 0 };

/** What an operation reads. */
export function keysOf(op) {
  return ["meta", `r/${op.id}`, ...op.buckets.map((bucket) => bucket.key ?? bucket)];
}

/** `{ writes, out }`, as `LedgerStore.update` wants it. */
export function step(docs, op) {
  const work = new Work(docs, op);
  const out = { reserve, settle, void: voided }[op.op](work, op);
  return { writes: work.writes(), out };
}

class Work {
  #changed = new Map();

  constructor(docs, op) {
    this.id = op.id;
    this.docs = docs;
    this.record = this.read(`r/${op.id}`);
    this.buckets = op.buckets.map((bucket) => bucket.key ?? bucket);
    this.alerts = op.alerts ?? [];
    const meta = this.read("meta");
    this.now = op.now;
    this.meta = meta;
  }

  read(key) {
    return this.docs[key] === undefined ? undefined : JSON.parse(this.docs[key]);
  }

  bucket(key) {
    return this.read(key) ?? { ...EMPTY };
  }

  put(key, doc) {
    this.#changed.set(key, doc);
  }

  writes() {
    if (this.#changed.size === 0) return [];
    if (this.now > this.meta.hw_ms) this.put("meta", { ...this.meta, hw_ms: this.now });
    return [...this.#changed].map(([key, doc]) => [key, doc === null ? null : JSON.stringify(doc)]);
  }

  /** Adds to every bucket; the alerts that this crosses. */
  add(changes) {
    return this.buckets.flatMap((key) => {
      const bucket = this.bucket(key);
      for (const [name, by] of Object.entries(changes)) bucket[name] += by;
      const crossed = this.alerts.filter((alert) => alert.key === key && bucket.settled >= alert.alert && !(bucket.alert_sent >= alert.alert));
      for (const { alert } of crossed) bucket.alert_sent = alert;
      this.put(key, bucket);
      return crossed.map(({ limit, alert }) => ({ key, limit, alert, settled: bucket.settled }));
    });
  }

  close(record) {
    this.put(`r/${this.id}`, record);
    this.put(`o/${record.owner}/${this.id}`, null);
  }
}

function reserve(work, op) {
  if (work.record) return again(work.record, op);
  const rooms = op.buckets.filter(({ limit }) => op.enforce && limit !== null && limit !== undefined).map(({ key, limit }) => {
    const { settled, reserved } = work.bucket(key);
    return { key, limit, settled, reserved, requested: op.at_least };
  });
  const room = ({ limit, settled, reserved }) => Math.max(limit - settled - reserved, 0);
  const least = rooms.reduce((a, b) => (a === undefined || room(b) < room(a) ? b : a), undefined);
  if (least && room(least) < op.at_least) return { result: "refused", ...least };
  const amount = least ? Math.min(op.amount, room(least)) : op.amount;
  for (const { key, limit } of op.buckets) {
    const bucket = work.bucket(key);
    work.put(key, { ...bucket, limit_seen: limit ?? undefined, reserved: bucket.reserved + amount });
  }
  const { owner, deadline, provider, model, attempt, tags } = op;
  const buckets = op.buckets.map(({ key }) => key);
  work.put(`r/${op.id}`, { state: "pending", owner, amount, buckets, created: work.now, deadline, provider, model, attempt, tags });
  work.put(`o/${owner}/${op.id}`, { deadline });
  return { result: "pending", amount };
}

function again(record, { amount, at_least }) {
  if (record.amount < at_least || record.amount > amount) return { result: "conflict" };
  return record.state === "pending" ? { result: "pending", amount: record.amount } : stored(record);
}

const stored = ({ state, amount, actual }) => ({ result: state, amount: actual ?? amount, alerts: [] });

function settle(work, op) {
  const { record } = work;
  if (!record) return { result: "missing" };
  if (record.state === "posted" && !record.estimated) return op.estimated || op.actual === record.actual ? stored(record) : { result: "conflict" };
  if (record.state === "posted" && op.estimated) return stored(record);
  if (record.state === "voided" && op.actual === 0) return stored(record);
  const alerts = work.add(changes(record, op));
  const { actual, usage } = op;
  const over_reserved = actual > record.amount || undefined;
  work.close({ ...record, state: "posted", closed: work.now, actual, estimated: op.estimated || undefined, over_reserved, usage });
  return { result: "posted", amount: actual, alerts };
}

function changes(record, { actual, estimated, tokens_in, tokens_out }) {
  const now = { settled: actual, tokens_in, tokens_out, n: 1, estimated: estimated ? 1 : 0 };
  if (record.state === "voided") return now;
  if (record.state === "pending") return { ...now, reserved: -record.amount };
  const { prompt_tokens = 0, completion_tokens = 0 } = record.usage ?? {};
  return {
    settled: actual - (record.actual ?? record.amount),
    tokens_in: tokens_in - prompt_tokens,
    tokens_out: tokens_out - completion_tokens,
    n: 0,
    estimated: (estimated ? 1 : 0) - 1,
  };
}

function voided(work) {
  const { record } = work;
  if (!record) return { result: "missing" };
  if (record.state === "voided") return stored(record);
  if (record.state !== "pending") return { result: "conflict" };
  work.add({ reserved: -record.amount });
  work.close({ ...record, state: "voided", closed: work.now });
  return stored({ ...record, state: "voided" });
}
