// What was spent, read from the ledger's documents. Nothing is decided here: the core writes them, this sums them up.
//
//   b/<scope>/<period>   totals     scope * | p:<provider> | m:<provider>/<model> | k:<key>:<value>; period d:… | m:…
//   r/<id>               one attempt, newest first
import { fail, fromCore, fromStore, money } from "./aircher.js";

const PAGE = 500;
const SCOPES = { provider: "p:", model: "m:", tag: "k:", day: "*" };

export class Costs {
  #store;
  #client;
  #status;

  /** `client` is the core's; `status` asks what only the shell knows. */
  constructor(store, client, status) {
    this.#store = store;
    this.#client = client;
    this.#status = status;
  }

  async today() {
    return this.#total("day");
  }

  async month() {
    return this.#total("month");
  }

  async summary({ from = "", to = "9999", by = "provider" } = {}) {
    const prefix = Object.hasOwn(SCOPES, by) ? SCOPES[by] : fail("invalid_request", `by: unknown \`${by}\`, expected one of ${Object.keys(SCOPES).join(", ")}`);
    const first = dateOf(from, "from");
    const last = dateOf(to, "to");
    const rows = new Map();
    for await (const [scope, period, bucket] of this.#buckets(prefix)) {
      const date = period.slice(2, 12);
      if (!period.startsWith("d:") || date < first || date > last) continue;
      const key = by === "day" ? date : scope.slice(2);
      const row = rows.get(key) ?? { settled: 0, n: 0, tokens: 0, estimated: 0 };
      rows.set(key, { settled: row.settled + bucket.settled, n: row.n + bucket.n, tokens: row.tokens + tokens(bucket), estimated: row.estimated + bucket.estimated });
    }
    return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, row]) => ({ key, ...money(row.settled), requests: row.n, tokens: row.tokens, estimated_requests: row.estimated }));
  }

  async entries({ from = "", to = "9999", provider, model, after, limit = 100 } = {}) {
    if (!Number.isInteger(limit) || limit < 1) fail("invalid_request", "limit: expected a whole number of at least 1");
    const first = dateOf(from, "from");
    const last = dateOf(to, "to");
    const found = [];
    for await (const [key, doc] of this.#all("r/", after && `r/${after}`)) {
      const day = dayOf(doc);
      if ((provider && doc.provider !== provider) || (model && doc.model !== model) || day > last || day < first) continue;
      if (found.push(entryOf(key, doc)) === limit) break;
    }
    return found;
  }

  async status() {
    const open = [];
    for await (const [key] of this.#all("o/")) open.push(`r/${key.split("/").slice(2).join("/")}`);
    const docs = Object.values(await this.#read(open)).filter((doc) => doc?.state === "pending");
    const reserved = docs.reduce((sum, doc) => sum + doc.amount, 0);
    return { ...(await this.#status()), pending: docs.length, reserved_nano_usd: reserved };
  }

  async export(format = "json") {
    if (format === "csv") return csv(await this.entries({ limit: Number.MAX_SAFE_INTEGER }));
    if (format !== "json") fail("invalid_request", `format: unknown \`${format}\`, expected "json" or "csv"`);
    return this.#core("exportLedger");
  }

  async import(text) {
    await this.#core("importLedger", String(text));
  }

  async reset({ confirm } = {}) {
    if (confirm !== true) fail("invalid_request", "confirm: everything spent so far would be forgotten; say `{ confirm: true }`");
    await this.#core("resetLedger");
  }

  // ---- within

  async #core(name, ...args) {
    try {
      return await this.#client[name](...args);
    } catch (error) {
      throw fromCore(error);
    }
  }

  async #total(span) {
    const { periods, limits, providers } = JSON.parse(this.#client.costs());
    const { key, resets_at } = periods[span];
    const [date] = key.slice(2).split("@"); // a zone other than UTC stands behind it
    const scopes = ["*", ...providers.map((id) => `p:${id}`)];
    const docs = await this.#read(scopes.map((scope) => `b/${scope}/${key}`));
    const limitOf = (scope) => limits.find((limit) => limit.scope === scope && limit.span === span)?.limit ?? null;
    const total = (scope) => ({ date, ...standing(docs[`b/${scope}/${key}`], limitOf(scope)), resets_at });
    return { ...total("*"), by_provider: Object.fromEntries(providers.map((id) => [id, total(`p:${id}`)])) };
  }

  async *#buckets(prefix) {
    for await (const [key, bucket] of this.#all(`b/${prefix}`)) {
      const [, scope, period] = key.split("/");
      yield [decodeURIComponent(scope), decodeURIComponent(period), bucket];
    }
  }

  async *#all(prefix, after) {
    const next = async (store) => (await store.scan(prefix, PAGE, after)).map(([key, doc]) => [key, JSON.parse(doc)]);
    for (let page; (page = await this.#ask(next)).length > 0; after = page.at(-1)[0]) yield* page;
  }

  #read(keys) {
    return this.#ask(async (store) => {
      const docs = await store.update(keys, (docs) => ({ writes: [], out: { ...docs } }));
      return Object.fromEntries(Object.entries(docs).map(([key, doc]) => [key, doc === undefined ? undefined : JSON.parse(doc)]));
    });
  }

  async #ask(work) {
    try {
      return await work(this.#store);
    } catch (error) {
      throw fromStore(error);
    }
  }
}

/** An attempt as `entries()` and `on("usage")` show it. */
export function entryOf(key, doc) {
  const { created, provider, model, attempt, state, unpriced, estimated = false, usage = null, tags = [] } = doc;
  const nano = { pending: null, voided: 0, expired: doc.amount, posted: unpriced ? null : doc.actual }[state];
  return { id: key.slice(2), time: new Date(created).toISOString(), provider, model, attempt, state, ...money(nano), estimated: estimated || state === "expired", usage, tags: Object.fromEntries(tags) };
}

function standing(bucket, limit) {
  const { settled = 0, reserved = 0, n = 0 } = bucket ?? {};
  const remaining = limit === null ? null : Math.max(0, limit - settled - reserved) / 1e9;
  return { ...money(settled), requests: n, tokens: bucket ? tokens(bucket) : 0, reserved: reserved / 1e9, limit: limit === null ? null : limit / 1e9, remaining };
}

function tokens({ tokens_in, tokens_out }) {
  return tokens_in + tokens_out;
}

/** The day an attempt counts on, in the ledger's zone: its bucket says. */
function dayOf({ buckets }) {
  return buckets.find((key) => key.startsWith("b/*/d:"))?.slice(6, 16) ?? "";
}

function dateOf(date, name) {
  if (date === "" || date === "9999" || /^\d{4}-\d{2}-\d{2}$/.test(date)) return date;
  return fail("invalid_request", `${name}: \`${date}\` is no date such as 2026-11-22`);
}

const COLUMNS = ["id", "time", "provider", "model", "attempt", "state", "cost_nano_usd", "estimated", "prompt_tokens", "completion_tokens", "tags"];

function csv(entries) {
  const row = (entry) => COLUMNS.map((column) => cell(entry[column] ?? entry.usage?.[column]));
  return [COLUMNS, ...entries.map(row)].map((cells) => `${cells.join(",")}\r\n`).join("");
}

/** Quoted where needed; a text a spreadsheet would run as a formula is made harmless. */
function cell(value) {
  const plain = value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  const text = /^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
