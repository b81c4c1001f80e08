// Regenerates src/model/table.tsv from a models.json (one object per model, prices in US dollars per
// million tokens, and the day they were gathered):
//
//     node xtask/models.mjs path/to/models.json 2026-11-22 > src/model/table.tsv
//
// Prices are written as the decimal text of the source: they are parsed to integers, never to floats.
import { readFileSync } from "node:fs";

const KINDS = { openai: "openai", anthropic: "claude", google: "gemini", ollama: "ollama" };
const flag = (letter, value) => (value ? letter : "");
const list = (value) => (value ?? []).join(",");
const price = (value) => (value === undefined ? "" : decimal(value));

/** A number as plain decimal digits: JSON may hold 1e-7. */
function decimal(value) {
  const text = String(value);
  return text.includes("e") ? value.toFixed(12).replace(/0+$/, "") : text;
}

/** `200000:in=4,out=18`, several joined by `;`. */
function steps(rows, key) {
  return (rows ?? [])
    .map(({ [key]: at, ...prices }) => `${at}:${Object.entries(prices).map(([k, v]) => `${k}=${decimal(v)}`).join(",")}`)
    .join(";");
}

const COLUMNS = {
  kind: (m) => KINDS[m.provider],
  id: (m) => m.id,
  alias_of: (m) => m.alias_of ?? "",
  status: (m) => m.status,
  ends: (m) => m.shutdown ?? m.deprecation_litellm ?? "",
  context: (m) => m.context ?? "",
  max_in: (m) => m.max_in ?? "",
  max_out: (m) => m.max_out ?? "",
  // T tools, I images, J JSON Schema answers, V on Vertex AI, p no prefill, P prefill, f no forced tool
  // choice, F forced tool choice, c chat tools with effort none only, C no chat tools, R Responses only,
  // E embeddings
  flags: (m) =>
    flag("T", m.tools) + flag("I", m.images) + flag("J", m.json_schema) + flag("V", m.vertex) +
    flag("p", m.prefill === false) + flag("P", m.prefill === true) +
    flag("f", m.forced_tool_choice === false) + flag("F", m.forced_tool_choice === true) +
    flag("c", m.chat_tools === "effort_none_only") + flag("C", m.chat_tools === "never") +
    flag("R", list(m.endpoints) === "responses") + flag("E", m.embeds),
  thinking: (m) => m.thinking ?? "",
  efforts: (m) => list(m.efforts),
  thinking_types: (m) => list(m.thinking_types),
  budget: (m) => list(m.budget),
  sampling: (m) => m.sampling ?? "",
  cache_min: (m) => m.cache_min ?? "",
  in: (m) => price(m.in),
  out: (m) => price(m.out),
  cache_read: (m) => price(m.cache_read),
  cache_write: (m) => price(m.cache_write),
  cache_write_long: (m) => price(m.cache_write_long),
  in_audio: (m) => price(m.in_audio),
  out_audio: (m) => price(m.out_audio),
  tiers: (m) => steps(m.tiers, "above_input"),
  price_changes: (m) => steps(m.price_changes, "from"),
  fast_x: (m) => price(m.fast_x),
  us_x: (m) => price(m.us_x),
};

// Models for embeddings, which models.json does not hold (litellm 1.109.1, see NOTICE).
const embedding = (provider, id, context, price, shutdown) => ({ provider, id, status: "active", shutdown, context, max_in: context, max_out: 0, embeds: true, in: price, out: 0 });
const EMBEDDINGS = [
  embedding("google", "gemini-embedding-001", 2048, 0.15, "2028-05-14"),
  embedding("google", "gemini-embedding-2", 8192, 0.2),
  embedding("openai", "text-embedding-3-large", 8191, 0.13),
  embedding("openai", "text-embedding-3-small", 8191, 0.02),
  embedding("openai", "text-embedding-ada-002", 8191, 0.1),
];

const [path, date] = process.argv.slice(2);
if (!/^\d{4}-\d\d-\d\d$/.test(date)) throw new Error("give the day of the data, as YYYY-MM-DD");
const models = JSON.parse(readFileSync(path, "utf8"));
const rows = [...models, ...EMBEDDINGS].map((model) => Object.values(COLUMNS).map((cell) => cell(model)).join("\t"));
console.log([date, Object.keys(COLUMNS).join("\t"), ...rows].join("\n"));
