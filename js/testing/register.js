// Tests for any runner: node:test, vitest, Deno.test, bun:test and what resembles them.
//
//   { test } or { it }            one test beside the other
//   { describe, test | it }       the same in a group

/** Registers `tests`: `[{ name, skipped?, run }]`. */
export function registered(runner, group, tests, timeout) {
  const test = runner?.test ?? runner?.it;
  if (typeof test !== "function") throw new TypeError("register: expected the runner's `{ test }`, `{ it }` or `{ describe, it }`");
  const all = () => tests.forEach((one) => (one.skipped ? skip(test, one) : add(test, one, timeout)));
  if (runner.describe) runner.describe(group, all);
  else all();
}

/** vitest and bun give a test five seconds unless told otherwise; they have `each`, and take the limit as third. */
function add(test, { name, run }, timeout) {
  const body = async () => run();
  if (typeof test.each === "function") test(name, body, timeout + GRACE_MS);
  else test(name, body);
}

/** The check's own limit says more than the runner's, so it comes first. */
const GRACE_MS = 5_000;

/** Named with its reason, since not every runner has a place for one. */
function skip(test, { name, skipped }) {
  const leave = test.skip ?? test.ignore;
  if (!leave) throw new TypeError("register: this runner has neither `test.skip` nor `test.ignore`");
  leave.call(test, `${name} (${skipped})`, () => {});
}
