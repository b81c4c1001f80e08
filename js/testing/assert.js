// How a check says that something is not as promised.

/** Something is not as promised; the message says what. */
export class CheckFailed extends Error {
  name = "CheckFailed";
}

export function truly(value, what) {
  if (!value) throw new CheckFailed(what);
}

export function same(actual, expected, what) {
  const [is, should] = [actual, expected].map((value) => JSON.stringify(value));
  truly(is === should, `${what}: ${clipped(is)}, expected ${clipped(should)}`);
}

const clipped = (text) => (text?.length > 200 ? `${text.slice(0, 200)}…` : text);

/** The error a promise is rejected with; an answer is a failure. */
export async function failure(promise, expected) {
  const [{ status, value, reason }] = await Promise.allSettled([promise]);
  truly(status === "rejected", `${expected}: it was answered instead, ${clipped(JSON.stringify(value?.message ?? value))}`);
  return reason;
}
