// The one error class, and the ways errors come about on this side of the boundary.

const BRAND = Symbol.for("aircher-llm.error");

export class AircherError extends Error {
  static name = "AircherError";

  constructor({ message, ...fields }, options) {
    super(message, options);
    const define = (key, value, enumerable) => Object.defineProperty(this, key, { value, enumerable, configurable: true, writable: true });
    define("name", "AircherError", false);
    define(BRAND, true, false);
    for (const [key, value] of Object.entries({ retryable: false, billed: "no", ...fields })) define(key, value, true);
    named(this);
  }

  /** Whether a value is an AircherError, also one of another copy of the package. */
  static is(value) {
    return typeof value === "object" && value !== null && value[BRAND] === true;
  }

  toJSON() {
    return { ...this, message: this.message };
  }
}

/** An answer that has not come to its end says what ended it. */
export function named(error) {
  const { type, message, code, status_code, retryable, provider } = error;
  if (error.partial) error.partial = { ...error.partial, error: { type, message, code, status_code, retryable, provider } };
  return error;
}

/** An error of ours that never went through the core. */
export function failure(type, message, { cause, ...fields } = {}) {
  return new AircherError({ type, message, ...fields }, cause === undefined ? undefined : { cause });
}

export function fail(type, message, more) {
  throw failure(type, message, more);
}

/** What a store of the ledger throws, or what it holds that is no JSON. */
export function fromStore(error) {
  const own = typeof error?.code === "string" ? error.code : "ledger_unavailable";
  const code = error instanceof SyntaxError ? "ledger_corrupt" : own;
  return failure("ledger_unavailable", String(error?.message ?? error), { code, cause: error });
}

/** What the core throws: JSON text of an error, or a trap. */
export function fromCore(error) {
  if (AircherError.is(error)) return error;
  if (typeof error === "string") return new AircherError(JSON.parse(error));
  return failure("unknown", `internal error: ${error?.message ?? error}`, { code: "internal", cause: error });
}

/** What the core throws is text. */
export function core(call) {
  try {
    return call();
  } catch (error) {
    throw fromCore(error);
  }
}
