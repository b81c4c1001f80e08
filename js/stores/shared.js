// What the stores have in common: their errors, and how a lost race is run again.

/** Longer than any burst of conflicts seen in tests; a caller waiting for money wants an answer, even a bad one. */
const PATIENCE_MS = 10_000;
const FIRST_WAIT_MS = 4;
const LONGEST_WAIT_MS = 400;

/** `code` is what a caller acts on: `ledger_unavailable`, `ledger_blocked`, `ledger_quota`. */
export function storeError(code, message, cause) {
  return Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { code });
}

/**
 * Runs `attempt` until it resolves to something else than `undefined`, waiting a random and growing time in between:
 * callers that lost together must not come back together.
 */
export async function untilWon(kind, attempt, patience = PATIENCE_MS) {
  const until = Date.now() + patience;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    const won = await attempt();
    if (won !== undefined) return won;
    if (Date.now() > until) throw storeError("ledger_unavailable", `${kind}: other writers were faster for ${patience / 1000} s`);
    await new Promise((done) => setTimeout(done, Math.random() * wait));
  }
}

/** Whatever a driver throws becomes `ledger_unavailable`; errors of ours and of the caller's `fn` pass. */
export function unavailable(kind, cause) {
  return storeError("ledger_unavailable", `${kind}: ${cause?.message ?? cause}`, cause);
}

/** Follows every key that begins with a prefix, where keys are ordered by code point. */
export const AFTER_ALL = "\u{10FFFF}";
