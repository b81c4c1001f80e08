// What a report says.

/** How many checks ended how. */
export function counted(checks) {
  const number = (status) => checks.filter((check) => check.status === status).length;
  return { passed: number("passed"), failed: number("failed"), skipped: number("skipped") };
}

/** An error as data: what went wrong, and what the library or the provider said of it. */
export function described(error) {
  const { type, code, status_code, hint, request_id } = error ?? {};
  const known = Object.entries({ type, code, status_code, hint, request_id }).filter(([, value]) => value !== undefined);
  return { message: String(error?.message ?? error), ...Object.fromEntries(known) };
}

const MARKS = { passed: "✓", failed: "✗", skipped: "–" };

/** A check as a line of text. */
export function line({ name, about, status, duration, reason, error }) {
  const type = error?.type ? `${error.type}: ` : "";
  const more = { passed: `${duration} ms`, failed: `${type}${error?.message}${error?.hint ? ` (${error.hint})` : ""}`, skipped: reason };
  return `${MARKS[status]} ${name}: ${about}: ${more[status]}`;
}

/** The last line. */
export const total = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;
