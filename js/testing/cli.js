#!/usr/bin/env node
// npx aircher-llm test --provider openai: the test suite on the command line, in Node.
//
// Exit code: 0 when no check failed, 1 when one did, 2 when nothing could be run. A key comes from an environment variable
// only: what stands on a command line is in the shell's history and in the list of processes.
import { parseArgs } from "node:util";
import { ProviderTestSuite } from "aircher-llm/testing";
import { line, total } from "./report.js";

const HELP = `Usage: npx aircher-llm test --provider <id> [options]

Checks that a provider, key or endpoint does what aircher-llm promises.

  --provider <id>        openai, claude, gemini, ollama, or a name of your own with --kind and --base-url
  --kind <dialect>       the dialect a name of your own speaks: openai, claude, gemini, ollama
  --model <id>           the model; may be given several times (default: the provider's)
  --base-url <url>       another endpoint; it gets no key unless --key-env names one
  --key-env <NAME>       the environment variable that holds the key (default: the provider's usual one)
  --api <chat|responses> which of OpenAI's endpoints
  --skip-cost-tests      leave out what would cost money
  --skip <check>         leave out a check, or a group such as tools; may be given several times
  --without <ability>    the model lacks it: functions, images, thinking, json_schema; may be given several times
  --max-tokens <n>       most tokens of an answer (default 1000)
  --timeout <duration>   of each check (default 60s)
  --json                 the report as JSON
  --help
`;
const many = { type: "string", multiple: true };
const OPTIONS = {
  provider: { type: "string" },
  kind: { type: "string" },
  model: many,
  "base-url": { type: "string" },
  "key-env": { type: "string" },
  api: { type: "string" },
  "skip-cost-tests": { type: "boolean" },
  skip: many,
  without: many,
  "max-tokens": { type: "string" },
  timeout: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean" },
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`aircher-llm: ${hidden(error?.message ?? String(error))}`);
  process.exitCode = 2;
}

async function main(args) {
  const { values, positionals } = read(args);
  if (values.help) return console.log(HELP), 0;
  if (positionals.join(" ") !== "test") throw new Error("expected `test`, see --help");
  const suite = suiteOf(values);
  const onCheck = values.json ? undefined : (check) => console.log(hidden(line(check)));
  const report = await suite.run({ onCheck });
  console.log(hidden(values.json ? JSON.stringify(report, null, 2) : `\n${report.provider} ${report.models.join(", ")}: ${total(report)}`));
  return report.failed > 0 ? 1 : 0;
}

/** Nothing that was typed is repeated: it may be a key. */
function read(args) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch {
    throw new Error("an option is unknown or lacks its value, see --help; keys are taken from environment variables only (--key-env)");
  }
}

function suiteOf(values) {
  const { provider, model: test_models, skip, without = [], timeout: timeout_duration } = values;
  if (!provider) throw new Error("--provider is missing, see --help");
  const config = {
    test_models,
    skip,
    timeout_duration,
    skip_cost_tests: values["skip-cost-tests"],
    supports: Object.fromEntries(without.map((ability) => [ability, false])),
    max_tokens: values["max-tokens"] && Number(values["max-tokens"]),
  };
  return new ProviderTestSuite({ providers: { [provider]: table(values) } }, { provider, ...config });
}

function table({ kind, api, "base-url": base_url, "key-env": api_key_env }) {
  if (api_key_env !== undefined && process.env[api_key_env] === undefined) throw new Error("--key-env: no environment variable has this name");
  const key = api_key_env ? { api_key_env } : base_url ? { api_key: null } : {};
  return { ...(kind && { kind }), ...(api && { api }), ...(base_url && { base_url }), ...key };
}

/** The library redacts what it says; this is for what providers say in their own way. */
function hidden(text) {
  const keys = [parsedName("--key-env"), "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"].map((name) => name && process.env[name]);
  return keys.filter((key) => key?.length >= 6).reduce((said, key) => said.replaceAll(key, "***"), String(text));
}

function parsedName(option) {
  const args = process.argv;
  const at = args.findIndex((arg) => arg === option || arg.startsWith(`${option}=`));
  return at < 0 ? undefined : args[at].includes("=") ? args[at].slice(option.length + 1) : args[at + 1];
}
