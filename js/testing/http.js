// What fake and recorded exchanges share: bodies, headers, answers that come in pieces.

const utf8 = new TextEncoder();

/** The text of a request's body; undefined without one. */
export async function bodyText(body) {
  return body === undefined || body === null ? undefined : new Response(body).text();
}

/** Headers as an object, names in lower case. */
export const headersOf = (headers) => Object.fromEntries(new Headers(headers ?? {}));

/** What `promise` comes to, unless the signal ends it before. */
export function rejectedWhenAborted(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
  });
}

/**
 * A body of `steps`: text or bytes; an Error breaks it off; a promise is waited for. `pause(n)` is awaited before the
 * n-th, `ended(how)` is told `done`, `broken` or `left` (by whoever read).
 */
export function streamOf(steps, { signal, pause = () => {}, ended = () => {} }) {
  let at = 0;
  // Who has everything need not wait for the end.
  const left = () => (at === steps.length ? "done" : "left");
  const next = async (controller) => {
    if (at === steps.length) return ended("done"), controller.close();
    await pause(at);
    const step = await rejectedWhenAborted(Promise.resolve(steps[at]), signal);
    at += 1;
    if (step instanceof Error) throw step;
    controller.enqueue(typeof step === "string" ? utf8.encode(step) : step);
  };
  return new ReadableStream(
    {
      pull: (controller) =>
        next(controller).catch((error) => {
          ended(signal?.aborted ? left() : "broken");
          controller.error(error);
        }),
      cancel: () => ended(left()),
    },
    { highWaterMark: 0 },
  );
}
