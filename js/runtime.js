// What differs between runtimes, found out once.

export const isWorkerd = globalThis.navigator?.userAgent === "Cloudflare-Workers";

const isServer = isWorkerd || "Deno" in globalThis || "Bun" in globalThis || Boolean(globalThis.process?.versions?.node);

/** A document, or a worker of a page: code of the page can read our memory. */
export function isPage() {
  return typeof document !== "undefined" || (!isServer && typeof WorkerGlobalScope !== "undefined");
}

/** The origin relative addresses are resolved against; a page without one (a file, a sandbox) has none. */
export function pageOrigin() {
  const origin = isPage() ? globalThis.location?.origin : undefined;
  return origin === "null" ? undefined : origin;
}

/** An environment variable of the runtime, where it has an environment and lets us read it. */
export function environmentVariable(name) {
  try {
    return globalThis.Deno?.env?.get?.(name) ?? globalThis.process?.env?.[name];
  } catch {
    return undefined; // Deno without permission
  }
}

/** A timer that keeps no process alive. */
export function idleTimer(work, ms) {
  const timer = setTimeout(work, ms);
  if (typeof timer === "number") globalThis.Deno?.unrefTimer(timer);
  else timer.unref?.();
  return timer;
}
