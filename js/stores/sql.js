// The ledger as one table of SQLite, for D1 and Durable Objects: every statement takes its arguments as one JSON text
// (`?1`), so numbers keep all their digits and lists need no placeholders.
//
// Reserve, settle and void are arithmetic on the documents inside one statement. Whoever comes second adds to what the
// first wrote and never has to try again, which reading, computing and comparing in a Worker would demand.

const TABLE = "aircher_ledger";
/** Sums beyond this are no longer exact in JavaScript: the core has to say so. */
const MOST = Number.MAX_SAFE_INTEGER;
/**
 * Clocks differ a little, and the slower one must not leave the native path each time. Within a quarter of an hour no
 * period ends, in whatever zone: a reservation goes into the same buckets.
 */
const QUARTER_MS = 900_000;

export const CREATE = `CREATE TABLE IF NOT EXISTS ${TABLE} (key TEXT PRIMARY KEY, doc TEXT) WITHOUT ROWID`;
/** `[key, …]` */
export const READ = `SELECT key, doc FROM ${TABLE} WHERE key IN (SELECT value FROM json_each(?1))`;
/** `{ from, after, end, limit }` */
export const SCAN = `SELECT key, doc FROM ${TABLE}
  WHERE key >= ?1 ->> 'from' AND key > ?1 ->> 'after' AND key < ?1 ->> 'end' ORDER BY key LIMIT ?1 ->> 'limit'`;

const UPSERT = "ON CONFLICT(key) DO UPDATE SET doc = excluded.doc RETURNING key, doc";

/** `{ seen: [[key, doc | null], …], writes: [[key, doc | null], …] }`: writes everything if nothing changed since. */
export const COMMIT = `INSERT INTO ${TABLE}(key, doc)
  SELECT value ->> 0, value ->> 1 FROM json_each(?1, '$.writes')
  WHERE NOT EXISTS (
    SELECT 1 FROM json_each(?1, '$.seen') AS s LEFT JOIN ${TABLE} AS d ON d.key = s.value ->> 0
    WHERE d.doc IS NOT s.value ->> 1)
  ${UPSERT}`;
/** The same argument: what was written as null. */
export const SWEEP = `DELETE FROM ${TABLE}
  WHERE doc IS NULL AND key IN (SELECT value ->> 0 FROM json_each(?1, '$.writes'))`;

/** The buckets of an operation, with zeros where there was none; `meta`, unless this is a case for the core. */
const BUCKETS = `b AS (
    SELECT e.value ->> 'key' AS key, e.value ->> 'limit' AS lim, e.value ->> 'alert' AS alert, coalesce(d.doc,
      '{"settled":0,"reserved":0,"n":0,"estimated":0,"tokens_in":0,"tokens_out":0}') AS doc
    FROM json_each(?1, '$.buckets') AS e LEFT JOIN ${TABLE} AS d ON d.key = e.value ->> 'key'),
  plain AS (
    SELECT json_set(doc, '$.hw_ms', ?1 ->> 'now') AS meta, doc ->> 'hw_ms' < ?1 ->> 'now' AS later FROM ${TABLE}
    WHERE key = 'meta' AND doc ->> 'schema' = 1
      AND (?1 ->> 'op' <> 'reserve' OR doc ->> 'hw_ms' <= ?1 ->> 'now' OR (doc ->> 'hw_ms') / ${QUARTER_MS} = (?1 ->> 'now') / ${QUARTER_MS})
      AND NOT EXISTS (SELECT 1 FROM b WHERE (doc ->> 'settled') + (doc ->> 'reserved') + (?1 ->> 'most') > ${MOST}))`;

/** The reservation, as long as it is pending. */
const PENDING = `r AS (
    SELECT d.key, d.doc, d.doc ->> 'amount' AS amount FROM ${TABLE} AS d, plain
    WHERE d.key = 'r/' || (?1 ->> 'id') AND d.doc ->> 'state' = 'pending'
      AND NOT EXISTS (SELECT 1 FROM b WHERE b.doc ->> 'reserved' < d.doc ->> 'amount'))`;

/** A merge patch drops what it names as null, which is how an absent limit is written. */
const RESERVE = `INSERT INTO ${TABLE}(key, doc) WITH ${BUCKETS},
  room AS (SELECT max(min(lim - (doc ->> 'settled') - (doc ->> 'reserved')), 0) AS n FROM b WHERE ?1 ->> 'enforce'),
  granted AS (
    SELECT min(?1 ->> 'amount', coalesce(n, ?1 ->> 'amount')) AS amount, meta, later FROM plain, room
    WHERE coalesce(n >= ?1 ->> 'at_least', 1) AND NOT EXISTS (SELECT 1 FROM ${TABLE} WHERE key = 'r/' || (?1 ->> 'id')))
  SELECT key, json_patch(doc, json_object('limit_seen', lim, 'reserved', (doc ->> 'reserved') + amount)) FROM b, granted
  UNION ALL SELECT 'meta', meta FROM granted WHERE later
  UNION ALL SELECT 'o/' || (?1 ->> 'owner') || '/' || (?1 ->> 'id'), json_object('deadline', ?1 ->> 'deadline') FROM granted
  UNION ALL SELECT 'r/' || (?1 ->> 'id'), json_set(?1 -> 'record', '$.amount', amount) FROM granted WHERE true
  ${UPSERT}`;

const SETTLE = `INSERT INTO ${TABLE}(key, doc) WITH ${BUCKETS}, ${PENDING}
  SELECT b.key, json_patch(b.doc, json_object(
      'reserved', (b.doc ->> 'reserved') - amount, 'settled', (b.doc ->> 'settled') + (?1 ->> 'actual'),
      'n', (b.doc ->> 'n') + 1, 'estimated', (b.doc ->> 'estimated') + (?1 ->> 'estimated'),
      'tokens_in', (b.doc ->> 'tokens_in') + (?1 ->> 'tokens_in'), 'tokens_out', (b.doc ->> 'tokens_out') + (?1 ->> 'tokens_out'),
      'alert_sent', CASE WHEN (b.doc ->> 'settled') + (?1 ->> 'actual') >= alert AND coalesce(b.doc ->> 'alert_sent' < alert, 1)
        THEN alert ELSE b.doc ->> 'alert_sent' END)) FROM b, r
  UNION ALL SELECT 'meta', meta FROM plain, r WHERE later
  UNION ALL SELECT key, json_patch(json_patch(doc, ?1 -> 'record'),
      CASE WHEN ?1 ->> 'actual' > amount THEN '{"over_reserved":true}' ELSE '{}' END) FROM r WHERE true
  ${UPSERT}`;

const VOID = `INSERT INTO ${TABLE}(key, doc) WITH ${BUCKETS}, ${PENDING}
  SELECT b.key, json_set(b.doc, '$.reserved', (b.doc ->> 'reserved') - amount) FROM b, r
  UNION ALL SELECT 'meta', meta FROM plain, r WHERE later
  UNION ALL SELECT key, json_patch(doc, ?1 -> 'record') FROM r WHERE true
  ${UPSERT}`;

/** The reservation is not open any more. */
const CLOSE = `DELETE FROM ${TABLE} WHERE key = (
    SELECT 'o/' || (doc ->> 'owner') || '/' || (?1 ->> 'id') FROM ${TABLE}
    WHERE key = 'r/' || (?1 ->> 'id') AND doc ->> 'state' <> 'pending')`;

const STATEMENTS = { reserve: [RESERVE], settle: [SETTLE, CLOSE], void: [VOID, CLOSE] };

/**
 * An operation as statements of one transaction, `[sql, argument]` each. The first reads what there was, the second
 * writes and returns what there is; `outcome` makes the answer of both.
 */
export function statements(op) {
  const keys = ["meta", `r/${op.id}`, ...bucketsOf(op).map(({ key }) => key)];
  const argument = JSON.stringify({ ...op, buckets: bucketsOf(op), record: recordOf(op), most: op.amount ?? op.actual ?? 0 });
  return [[READ, JSON.stringify(keys)], ...STATEMENTS[op.op].map((sql) => [sql, argument])];
}

/** `before` and `after` are the rows of the first two statements; undefined: this is not a plain case. */
export function outcome(op, before, after) {
  const [was, is] = [before, after].map((rows) => Object.fromEntries(rows.map(({ key, doc }) => [key, JSON.parse(doc)])));
  const record = is[`r/${op.id}`];
  if (!record) return op.op === "reserve" ? refusal(op, was) : undefined;
  if (op.op === "reserve") return { result: "pending", amount: record.amount };
  if (op.op === "void") return { result: "voided", amount: record.amount, alerts: [] };
  const crossed = ({ key }) => is[key].alert_sent !== was[key]?.alert_sent;
  const alerts = bucketsOf(op).filter(crossed).map(({ key, limit, alert }) => ({ key, limit, alert, settled: is[key].settled }));
  return { result: "posted", amount: op.actual, alerts };
}

/** The bucket with the least room, if that is why nothing was written. */
function refusal(op, was) {
  const plain = was.meta?.schema === 1 && isSameTime(was.meta.hw_ms, op.now) && !was[`r/${op.id}`];
  if (!plain || !op.enforce) return undefined;
  const rooms = op.buckets.filter(({ limit }) => limit != null).map(({ key, limit }) => {
    const { settled = 0, reserved = 0 } = was[key] ?? {};
    return { key, limit, settled, reserved, requested: op.at_least };
  });
  const room = ({ limit, settled, reserved }) => Math.max(limit - settled - reserved, 0);
  const least = rooms.reduce((a, b) => (b && room(b) < room(a) ? b : a), rooms[0]);
  return least && room(least) < op.at_least ? { result: "refused", ...least } : undefined;
}

const isSameTime = (seen, now) => seen <= now || Math.floor(seen / QUARTER_MS) === Math.floor(now / QUARTER_MS);

/** Settle and void name their buckets by key alone, alerts apart. */
function bucketsOf({ op, buckets, alerts = [] }) {
  return op === "reserve" ? buckets : buckets.map((key) => ({ key, ...alerts.find((alert) => alert.key === key) }));
}

/** The reservation's document, or what changes in it. */
function recordOf({ op, owner, buckets, now, deadline, provider, model, attempt, tags, actual, estimated, usage }) {
  if (op === "void") return { state: "voided", closed: now };
  if (op === "settle") return { state: "posted", closed: now, actual, estimated: estimated || undefined, usage };
  return { state: "pending", owner, amount: 0, buckets: buckets.map(({ key }) => key), created: now, deadline, provider, model, attempt, tags };
}
