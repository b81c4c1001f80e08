// Many requests, a few at a time.
import { fail } from "./errors.js";

/** Settled results in the order of the requests, as `Promise.allSettled` gives them. `chat(request, options)` asks. */
export async function settledAll(chat, requests, { concurrency = 4, ...options } = {}) {
  if (!Array.isArray(requests)) fail("invalid_request", "requests: expected a list of requests");
  if (!Number.isInteger(concurrency) || concurrency < 1) fail("invalid_request", `options.concurrency: expected a whole number of at least 1, not ${concurrency}`);
  const settled = [];
  // One iterator for all: each takes the next request when it is done with its last.
  const todo = requests.entries();
  const work = async () => {
    for (const [at, request] of todo) [settled[at]] = await Promise.allSettled([chat(request, options)]);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, requests.length) }, work));
  return settled;
}
