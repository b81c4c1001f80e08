// Assertions for places without node:assert.

/** The same value, whatever the order of its fields. */
export function same(got, wanted, what = "") {
  const [a, b] = [text(got), text(wanted)];
  if (a !== b) throw new Error(`${what}\n  got    ${a.slice(0, 1500)}\n  wanted ${b.slice(0, 1500)}`);
}

export function holds(condition, what) {
  if (!condition) throw new Error(what);
}

/** The error `work` ends with. */
export async function failure(work) {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

function text(value) {
  return JSON.stringify(value, (_, inner) => (isPlain(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner)) ?? "undefined";
}

const isPlain = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
