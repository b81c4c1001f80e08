// The checks of one provider: run here for a report, or handed to a test runner.
//
//   plan()  opens the subject once: who it is, what its models can do, which checks are left out and why
//   run()   every check in order, for each model   register()  the same as tests of a runner
import { CheckFailed } from "./assert.js";
import { CHECKS } from "./checks.js";
import { milliseconds } from "./duration.js";
import { rejectedWhenAborted } from "./http.js";
import { registered } from "./register.js";
import { counted, described } from "./report.js";
import { subjectOf } from "./subject.js";

const CONFIG = ["max_tokens", "options", "provider", "skip", "skip_cost_tests", "supports", "test_api_key", "test_models", "timeout_duration"];
const NAMES = CHECKS.map(({ name }) => name);
const ABILITIES = ["functions", "images", "json_schema", "system_messages", "thinking"];

export class ProviderTestSuite {
  #given;
  #config;
  #timeout;
  #planned;

  /** `given`: a configuration (object or TOML), a client, or a provider of one. */
  constructor(given, config = {}) {
    checkConfig(config);
    this.#given = given;
    this.#config = config;
    this.#timeout = milliseconds(config.timeout_duration ?? "60s", "timeout_duration");
  }

  /** Runs every check, one after the other. A failing check is in the report; only a wrong configuration throws. */
  async run({ onCheck = () => {} } = {}) {
    const { subject, entries } = await this.#plan();
    const checks = [];
    for (const entry of entries) {
      const result = await this.#result(subject, entry);
      checks.push(result);
      onCheck(result);
    }
    const models = [...new Set(entries.map(({ model }) => model ?? null))];
    return { provider: subject.name, model: models[0], models, ...counted(checks), checks };
  }

  /** Makes every check a test of a runner. Await it at the top of the file: what is left out has to be known before. */
  async register(runner) {
    const { subject, entries } = await this.#plan();
    const tests = entries.map((entry) => ({ name: title(entry), skipped: entry.skipped, run: () => this.#perform(subject, entry) }));
    registered(runner, `${subject.name}: aircher-llm test suite`, tests, this.#timeout);
  }

  #plan() {
    return (this.#planned ??= this.#made());
  }

  async #made() {
    const subject = await subjectOf(this.#given, this.#config);
    const { provider, close } = await subject.open();
    const { test_models } = this.#config;
    const models = test_models?.length ? test_models : [undefined];
    const entry = (check, model) => ({ check, model, skipped: this.#skipped(check, { subject, provider, model }) });
    const entries = models.flatMap((model = subject.model) => CHECKS.map((check) => entry(check, model)));
    await close();
    return { subject, entries };
  }

  /** Why a check is left out; undefined for one that runs. */
  #skipped({ name, needs, uses, costs }, { subject, provider, model }) {
    const [, asked] = Object.entries(skips(this.#config)).find(([one]) => covers(one, name)) ?? [];
    if (asked) return asked;
    if (needs === "key") return subject.keyless;
    const abilities = { ...(provider.supportsFor?.(model) ?? provider.supports), ...this.#config.supports };
    if (needs && !abilities[needs]) return `the model does not support ${needs}`;
    if (uses && typeof provider[uses] !== "function") return `this provider has no \`${uses}\``;
    return costs && this.#config.skip_cost_tests && !isFree(provider, model) ? "it would cost money (skip_cost_tests)" : undefined;
  }

  async #result(subject, entry) {
    const { check, model, skipped } = entry;
    const about = { name: check.name, about: check.about, model: model ?? null };
    if (skipped) return { ...about, status: "skipped", reason: skipped, duration: 0 };
    const began = performance.now();
    const error = await this.#perform(subject, entry).then(() => undefined, described);
    const duration = Math.round(performance.now() - began);
    return error ? { ...about, status: "failed", duration, error } : { ...about, status: "passed", duration };
  }

  /** One check with its time limit. Nothing it has opened stays open. */
  async #perform(subject, { check, model }) {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new CheckFailed(`not done within ${this.#timeout} ms (timeout_duration)`)), this.#timeout);
    const opened = subject.open();
    try {
      const { provider } = await opened;
      const context = { provider, signal: limit.signal, wrongKey: subject.wrongKey, reopened: (key) => subject.open({ key }), ask: this.#asker(model) };
      await rejectedWhenAborted(check.run(context), limit.signal);
    } finally {
      clearTimeout(timer);
      await opened.then(({ close }) => close(), () => {});
    }
  }

  #asker(model) {
    const { max_tokens = 1000 } = this.#config;
    // What was kept of an earlier answer would say nothing of the provider.
    const rest = { max_tokens, response_cache: false };
    return (content, more) => ({ messages: [{ role: "user", content }], ...(model && { model }), ...rest, ...more });
  }
}

/** Throws a TypeError for what would otherwise be overlooked. */
function checkConfig(config) {
  known(Object.keys(config), CONFIG, "");
  known(Object.keys(config.supports ?? {}), ABILITIES, "supports.");
  const stranger = Object.keys(skips(config)).find((name) => !NAMES.some((one) => covers(name, one)));
  if (stranger) throw new TypeError(`skip: no check is called \`${stranger}\`; there are ${NAMES.join(", ")}`);
  const { max_tokens } = config;
  if (max_tokens !== undefined && !(Number.isInteger(max_tokens) && max_tokens > 0)) throw new TypeError(`max_tokens: expected a whole number of at least 1, not ${max_tokens}`);
}

function known(keys, names, place) {
  const unknown = keys.find((key) => !names.includes(key));
  if (unknown) throw new TypeError(`${place}${unknown}: unknown, expected some of ${names.join(", ")}`);
}

/** What the user leaves out, with the reason. */
function skips({ skip = {} }) {
  return Array.isArray(skip) ? Object.fromEntries(skip.map((name) => [name, "left out by `skip`"])) : skip;
}

/** `tools` is every check whose name begins with `tools/`. */
const covers = (asked, name) => name === asked || name.startsWith(`${asked}/`);

/** A price that is not known may be any. */
function isFree(provider, model) {
  const tokens = { prompt_tokens: 1000, completion_tokens: 1000, total_tokens: 2000 };
  return model !== undefined && provider.calculateCost?.(tokens, model)?.cost === 0;
}

const title = ({ check, model }) => `${model ? `${model}: ` : ""}${check.name}: ${check.about}`;
