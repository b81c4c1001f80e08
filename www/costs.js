// What was spent: today and this month against their limits, by day and provider, and call by call.
//
//   client --> attach() --> read --> draw
//   on("usage"), also of other tabs --> read again: the event is a hint, the ledger is the truth
import { chart } from "./chart.js";
import { dollars } from "./dollars.js";
import { make } from "./make.js";

/** How many days the chart shows, and how many calls the table. */
const DAYS = 14;
const CALLS = 20;
const DAY_MS = 86_400_000;

/** The panel; `parts` are its elements by name: `totals`, `chart`, `calls`, `notes`. */
export class CostPanel {
  #parts;
  #client;
  #reading;
  #again = false;

  constructor(parts) {
    this.#parts = parts;
  }

  /** Shows the books of a client from now on. */
  attach(client) {
    if (client === this.#client) return;
    this.#client = client;
    client.on("usage", () => this.refresh());
    client.on("alert", (alert) => this.note(alarm(alert)));
    client.on("warning", ({ code, message }) => /ledger|clock/.test(code) && this.note(message));
    this.refresh();
  }

  /** Reads everything anew; what is asked for meanwhile is one more time. */
  refresh() {
    if (!this.#client) return;
    this.#again = this.#reading !== undefined;
    this.#reading ??= this.#read()
      .catch((error) => this.note(error.message))
      .finally(() => {
        this.#reading = undefined;
        if (this.#again) this.refresh();
      });
  }

  /** Tells something below the totals. */
  note(text) {
    this.#parts.notes.replaceChildren(make("p", "note", text));
  }

  /** All calls as a file of comma-separated values. */
  async download() {
    const csv = await this.#client.costs.export("csv");
    const href = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
    Object.assign(document.createElement("a"), { href, download: "costs.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  }

  async #read() {
    const client = this.#client;
    const { costs } = client;
    const [today, month, calls] = await Promise.all([costs.today(), costs.month(), costs.entries({ limit: CALLS })]);
    const days = await byDay(costs, today.date);
    if (client !== this.#client) return;
    this.#parts.totals.replaceChildren(total("Today", today), total("This month", month));
    this.#parts.chart.replaceChildren(...chart(days));
    this.#parts.calls.replaceChildren(...calls.map(row));
  }
}

function alarm({ scope, cost, limit }) {
  return `${dollars(cost)} of ${dollars(limit)} are spent (${scope === "*" ? "all providers" : scope}).`;
}

/** `[{ date, rows }]` of the last days, oldest first; days on which nothing was spent have no rows. */
async function byDay(costs, today) {
  const dates = Array.from({ length: DAYS }, (_, at) => new Date(Date.parse(today) - (DAYS - 1 - at) * DAY_MS).toISOString().slice(0, 10));
  const spent = new Set((await costs.summary({ by: "day", from: dates[0], to: today })).map(({ key }) => key));
  return Promise.all(dates.map(async (date) => ({ date, rows: spent.has(date) ? await costs.summary({ by: "provider", from: date, to: date }) : [] })));
}

/** One line and a bar: what is spent, what is set aside for calls under way, and the limit. */
function total(name, { cost, reserved, limit, requests }) {
  const section = make("section", "total");
  const of = limit === null ? "no limit" : `of ${dollars(limit)}`;
  section.append(make("h3", "", name), make("p", "sum", `${dollars(cost)} ${of}`));
  if (limit !== null) section.append(bar(name, { cost, reserved, limit }));
  section.append(make("p", "facts", `${requests} ${requests === 1 ? "call" : "calls"}${reserved > 0 ? `, ${dollars(reserved)} set aside` : ""}`));
  return section;
}

function bar(name, { cost, reserved, limit }) {
  const element = make("div", cost + reserved >= limit ? "bar full" : "bar");
  const values = { role: "meter", "aria-label": `${name}, of the limit`, "aria-valuemin": 0, "aria-valuemax": limit, "aria-valuenow": cost };
  for (const [attribute, value] of Object.entries(values)) element.setAttribute(attribute, value);
  element.append(share("spent", cost, limit), share("reserved", reserved, limit - cost > 0 ? limit : Infinity));
  return element;
}

function share(className, amount, limit) {
  const element = make("div", className);
  // Through the object model: the page's policy allows no style attributes.
  element.style.width = `${limit > 0 ? Math.min(100, (100 * amount) / limit) : 100}%`;
  return element;
}

/** A call: when, which model, what it cost and whether that is exact. */
function row({ time, provider, model, cost, state, estimated, tags }) {
  const row = make("tr", "");
  const about = [provider, ...Object.entries(tags).map(([key, value]) => `${key}: ${value}`)].join(" · ");
  const name = make("td", "call");
  name.append(make("span", "model", model), make("span", "facts", about));
  const when = make("td", "time", new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  when.title = time;
  row.append(when, name, make("td", "cost", state === "pending" ? "…" : dollars(cost)), make("td", "how", how(state, estimated)));
  return row;
}

function how(state, estimated) {
  if (state === "pending") return "under way";
  if (state === "voided") return "not charged";
  return estimated ? "estimated" : "exact";
}
