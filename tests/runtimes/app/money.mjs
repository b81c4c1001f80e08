// What calls cost, and what budgets refuse, with the store this runtime has by itself. Every check books under a
// provider id of its own: the ledger is one for the whole process or origin.
import { control, same, truly } from "./checks.mjs";

const OPENAI = { kind: "openai", path: "/openai/v1", api_key: "sk-test-12345678", model: "gpt-6-luna" };
const CLAUDE = { kind: "claude", path: "/claude", api_key: "sk-ant-test-12345678", model: "claude-haiku-5-5" };
/** Nano-dollars per token. */
const PRICES = new Map([[OPENAI, { in: 100, out: 500 }], [CLAUDE, { in: 100, out: 500 }]]);
const BOOKED_MS = 2000;

/** `[name, check]`. */
export function money({ Aircher, AircherError }, url) {
  const book = (at, costs, prefix = "") => open(Aircher, { url: url + prefix, at, costs });
  return Object.entries({
    "the cost stands on the answer and on the last chunk": () => costs(book, OPENAI),
    "Claude's too": () => costs(book, CLAUDE),
    "totals, entries and status tell it": () => told(book),
    "a hard limit refuses before anything is sent": () => refused(book, AircherError, url),
    "a request's own limit too": () => tooDear(book, AircherError),
    "an aborted stream is booked": () => aborted(book),
    "a client that is closed books what it leaves": () => closed(book),
    "an alert comes once": () => alerted(book),
    "a store that fails lets nothing out, or warns": () => broken(Aircher, AircherError, url),
    "merged prices count": () => merged(book),
    "days are those of the zone": () => zoned(book),
  });
}

/** A client with one provider under a new id; `ask` makes a request to it. */
async function open(Aircher, { url, at: { kind, path, api_key, model }, costs = () => ({}) }) {
  const id = `books${Math.floor(Math.random() * 1e9)}`;
  const providers = { [id]: { kind, api_key, base_url: url + path, model, api: kind === "openai" ? "responses" : undefined } };
  const llm = await Aircher.create({ providers, costs: costs(id) }, { dangerouslyAllowBrowser: true });
  const ask = (content, more) => ({ provider: id, model, messages: [{ role: "user", content }], ...more });
  return { llm, id, ask };
}

async function costs(book, at) {
  const { llm, id, ask } = await book(at);
  const whole = await llm.chat(ask("Say hello."));
  const last = await llm.chatStream(ask("Say hello.")).response;
  for (const answer of [whole, last]) {
    const { usage, cost, metadata, model } = answer;
    const { in: input, out } = PRICES.get(at);
    same(metadata.cost_nano_usd, usage.prompt_tokens * input + usage.completion_tokens * out, "the cost and its tokens' prices");
    same(cost, metadata.cost_nano_usd / 1e9, "cost and cost_nano_usd");
    same(JSON.stringify(llm.provider(id).calculateCost(usage, model, metadata.pricing)), JSON.stringify({ cost, cost_nano_usd: metadata.cost_nano_usd }), "calculateCost() and cost");
    same(usage.estimated, false, "estimated");
  }
  same(last.metadata.cost_nano_usd, whole.metadata.cost_nano_usd, "the streamed and the whole answer's cost");
  await llm.close();
}

async function told(book) {
  const settled = [];
  const { llm, id, ask } = await book(OPENAI, (id) => ({ daily_limit: 1000, limits: { [`${id}_monthly`]: "50.5" } }));
  llm.on("usage", (entry) => entry.provider === id && settled.push(entry));
  const answers = [await llm.chat(ask("One", { metadata: { team: id } })), await llm.chat(ask("And two"))];
  const spent = answers.reduce((sum, { metadata }) => sum + metadata.cost_nano_usd, 0);
  const tokens = answers.reduce((sum, { usage }) => sum + usage.total_tokens, 0);

  const [today, month] = [await llm.costs.today(), await llm.costs.month()];
  for (const total of [today.by_provider[id], month.by_provider[id]]) {
    same(total.cost_nano_usd, spent, "the total and the answers' cost");
    same(total.cost, spent / 1e9, "the total in dollars");
    same(total.requests, 2, "requests");
    same(total.tokens, tokens, "tokens");
    same(total.reserved, 0, "reserved");
  }
  same(today.limit, 1000, "the daily limit");
  truly(/^\d{4}-\d{2}-\d{2}$/.test(today.date) && today.date.startsWith(month.date), `${today.date} lies in ${month.date}`);
  truly(today.cost_nano_usd >= spent && today.resets_at.endsWith("T00:00:00Z"), "all of today, until midnight");
  same(month.by_provider[id].limit, 50.5, "the provider's monthly limit");
  same(month.by_provider[id].remaining, 50.5 - spent / 1e9, "what remains");

  const rows = async (by) => (await llm.costs.summary({ by, from: today.date, to: today.date })).map((row) => [row.key, row.cost_nano_usd, row.requests]);
  const row = async (by, key) => JSON.stringify((await rows(by)).find(([name]) => name === key));
  same(await row("provider", id), JSON.stringify([id, spent, 2]), "the summary by provider");
  same(await row("model", `${id}/${OPENAI.model}`), JSON.stringify([`${id}/${OPENAI.model}`, spent, 2]), "the summary by model");
  same(await row("tag", `team:${id}`), JSON.stringify([`team:${id}`, answers[0].metadata.cost_nano_usd, 1]), "the summary by tag");

  const entries = await llm.costs.entries({ provider: id });
  same(entries.map(({ cost_nano_usd: cost }) => cost).join(), answers.map(({ metadata }) => metadata.cost_nano_usd).reverse().join(), "the entries, newest first");
  same(JSON.stringify(settled), JSON.stringify([...entries].reverse()), "what on(\"usage\") heard and the entries");
  same(entries[1].tags.team, id, "the tag");
  truly(entries.every(({ state, estimated }) => state === "posted" && !estimated), "posted, exact");
  truly((await llm.costs.export("csv")).includes(`${entries[0].id},`), "the CSV names the entry");

  const { mode, pending, store, shared } = await llm.costs.status();
  same([mode, pending].join(), "hard,0", "mode and open reservations");
  same(shared, store === "memory" ? "process" : "origin", "who shares the store");
  await llm.close();
}

async function refused(book, AircherError, url) {
  const { llm, id, ask } = await book(OPENAI, (id) => ({ limits: { [`${id}_daily`]: 0.000001 } }));
  await control(url, "reset", "POST");
  const error = await llm.chat(ask("hello")).then(() => undefined, (error) => error);
  truly(AircherError.is(error), `an AircherError, not ${error}`);
  same([error.type, error.scope, error.limit, error.settled, error.reserved, error.billed, error.retryable].join(), `budget_exceeded,p:${id},0.000001,0,0,no,false`, "the refusal");
  same(error.period, `d:${(await llm.costs.today()).date}`, "the period");
  truly(error.requested > error.limit, "it says how much it needed");
  truly(new Date(error.resets_at) - Date.now() <= 86_400_000, "it resets within a day");
  same((await control(url, "requests")).requests.length, 0, "requests sent");
  same((await llm.costs.entries({ provider: id })).length, 0, "entries");
  await llm.close();
}

async function tooDear(book, AircherError) {
  const { llm, ask } = await book(OPENAI);
  const error = await llm.chat(ask("hello", { cost_limit: "0.000000001" })).then(() => undefined, (error) => error);
  truly(AircherError.is(error) && error.type === "budget_exceeded", `budget_exceeded, not ${error}`);
  same(error.scope, "request", "the scope");
  const { metadata, usage } = await llm.chat(ask("[long]", { cost_limit: "0.0002" }));
  truly(metadata.cost_nano_usd <= 200_000, `${metadata.cost_nano_usd} is at most the limit`);
  truly(metadata.warnings.some(({ field }) => field === "max_tokens"), "the answer was shortened with a warning");
  truly(usage.completion_tokens > 50, "there was an answer");
  await llm.close();
}

async function aborted(book) {
  const { llm, id, ask } = await book(OPENAI, undefined, "/_fault/slow-20");
  const control = new AbortController();
  const read = async () => {
    for await (const { stream } of llm.chatStream(ask("[long]"), { signal: control.signal })) if (stream.delta.content) control.abort();
  };
  const { partial, billed } = await read().then(() => ({}), (error) => error);
  same(billed, "yes", "billed");
  truly(partial.metadata.cost_nano_usd > 0 && partial.usage.estimated, "what had come has a price");
  const entry = await booked(llm, id);
  same(entry.cost_nano_usd, partial.metadata.cost_nano_usd, "the booked and the told cost");
  same(`${entry.state}, estimated: ${entry.estimated}`, "posted, estimated: true", "how it is booked");
  await llm.close();
}

async function closed(book) {
  const heard = [];
  const { llm, id, ask } = await book(OPENAI, undefined, "/_fault/slow-20");
  llm.on("usage", (entry) => heard.push(entry));
  const read = llm.chatStream(ask("[long]"))[Symbol.asyncIterator]();
  await read.next();
  const { pending, reserved_nano_usd: reserved } = await llm.costs.status();
  truly(pending >= 1 && reserved > 0, `an open reservation is told, not ${pending} of ${reserved}`);
  const { llm: other } = await book(OPENAI);
  await llm.close();
  const entry = await booked(other, id);
  truly(entry.state === "posted" && entry.cost > 0, "it is charged");
  await other.close();
  for (const start = Date.now(); heard.length === 0; await new Promise((wake) => setTimeout(wake, 20))) truly(Date.now() - start < BOOKED_MS, "its listeners hear of it");
}

/** The only entry, when it is closed: nobody waits for the books of a call that was left. */
async function booked(llm, provider) {
  for (const start = Date.now(); ; await new Promise((wake) => setTimeout(wake, 20))) {
    const [entry] = await llm.costs.entries({ provider });
    if (entry && entry.state !== "pending") return entry;
    truly(Date.now() - start < BOOKED_MS, `it is booked within ${BOOKED_MS} ms`);
  }
}

async function alerted(book) {
  const alerts = [];
  const { llm, id, ask } = await book(OPENAI, (id) => ({ mode: "track", alert_threshold: 0.5, limits: { [`${id}_daily`]: 0.00002 } }));
  llm.on("alert", (alert) => alerts.push(alert));
  for (const text of ["One", "Two", "Three"]) await llm.chat(ask(text));
  same(alerts.length, 1, "alerts");
  const [{ provider, scope, limit, threshold, cost }] = alerts;
  same([provider, scope, limit, threshold].join(), `${id},p:${id},0.00002,0.5`, "the alert");
  truly(cost >= limit * threshold, `${cost} has crossed it`);
  await llm.close();
}

async function broken(Aircher, AircherError, url) {
  const fails = async () => {
    throw Object.assign(new Error("no room"), { code: "ledger_quota" });
  };
  const store = { caps: { atomic: true, shared: "process", durable: true }, update: fails, scan: fails };
  const create = (costs) => Aircher.create({ providers: { openai: { api_key: OPENAI.api_key, base_url: url + OPENAI.path } }, costs }, { store, dangerouslyAllowBrowser: true });
  const request = { messages: [{ role: "user", content: "Say hello." }] };
  await control(url, "reset", "POST");
  const hard = await create({ daily_limit: 1 });
  const asked = [() => hard.chat(request), () => hard.costs.today(), () => hard.costs.entries(), () => hard.costs.status(), () => hard.costs.export()];
  for (const ask of asked) {
    const error = await ask().then(() => undefined, (error) => error);
    truly(AircherError.is(error), `an AircherError, not ${error}`);
    same([error.type, error.code].join(), "ledger_unavailable,ledger_quota", "the error");
  }
  const misdated = await hard.costs.summary({ from: "yesterday" }).catch((error) => error);
  same(misdated.type, "invalid_request", "a date that is none, before anything is read");
  same((await control(url, "requests")).requests.length, 0, "requests sent");
  const { metadata } = await (await create({ daily_limit: 1, mode: "estimate" })).chat(request);
  truly(metadata.warnings.some(({ code }) => code === "ledger_unavailable"), "a warning on the answer");
}

async function merged(book) {
  const { llm, ask } = await book(OPENAI);
  const request = ask("Say hello.", { model: "gpt-99-new" });
  const unknown = await llm.chat(request);
  same(unknown.cost, null, "the cost of a model nobody knows");
  truly(unknown.metadata.warnings.some(({ code }) => code === "price_unknown"), "a warning says so");
  llm.registry.merge([{ provider: "openai", id: "gpt-99-new", in: "0.5", out: 2 }]);
  const { usage, metadata } = await llm.chat(request);
  same(metadata.cost_nano_usd, usage.prompt_tokens * 500 + usage.completion_tokens * 2000, "the cost with merged prices");
  await llm.close();
}

/** Last: the ledger is one, and a change of its zone is kept. */
async function zoned(book) {
  const { llm, id, ask } = await book(OPENAI, () => ({ budget_timezone: "Asia/Kolkata" }));
  await llm.chat(ask("Say hello."));
  const { date, resets_at: resets, by_provider: totals } = await llm.costs.today();
  same(date, new Date(Date.now() + 5.5 * 3_600_000).toISOString().slice(0, 10), "the date there");
  same(resets.slice(10), "T18:30:00Z", "midnight there");
  same(totals[id].requests, 1, "requests");
  const keys = (await llm.costs.summary({ by: "day", from: date, to: date })).map(({ key }) => key);
  same(keys.join(), date, "the days of the summary");
  await llm.close();
}
