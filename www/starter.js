// The configuration the editor begins with.
import { STANDIN } from "./providers.js";

const REAL = `[providers]
fallback_order = ["openai", "claude", "gemini"]   # who takes over, in order

[providers.openai]
model = "gpt-6-luna"
requests_per_min = 60

[providers.claude]
model = "claude-haiku-5-5"

[providers.gemini]
model = "gemini-3.8-flash"

[providers.ollama]                                # on this machine
`;

const REST = `
[retry]
max_retries = 2                                   # over all providers
initial_delay = "250ms"
max_delay = "5s"

[costs]
daily_limit = 1.00                                # US dollars
monthly_budget = 10.00
alert_threshold = 0.8

[response_cache]
enabled = false
ttl = "1h"
`;

/** An example for the providers themselves, or for the stand-in at `url`, where it can be tried without a key. */
export function starter(url) {
  const head = `# Keys do not belong here: the field "Key" in the settings takes them.\n`;
  return head + (url ? ofStandin(url) : REAL) + REST;
}

function ofStandin(url) {
  const order = `[providers]\nfallback_order = ["openai", "claude", "gemini"]   # who takes over, in order\n`;
  return order + STANDIN.map((choice, at) => table(choice, url, at === 0)).join("");
}

function table({ kind, path, model, variable, api }, url, isFirst) {
  const lines = [`\n[providers.${kind}]`];
  if (isFirst) lines.push(`# An outage: base_url = "${url}/_fault/status-503${path}"`);
  lines.push(`base_url = "${url}${path}"`, ...(variable ? [`api_key_env = "${variable}"`] : []), `model = "${model}"`, ...(api ? [`api = "${api}"`] : []));
  if (isFirst) lines.push("requests_per_min = 60");
  return `${lines.join("\n")}\n`;
}
