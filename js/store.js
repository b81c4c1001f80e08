// What `options.store` may be; what it becomes is made with the first call (ledger.js).
import { fail } from "./errors.js";

/** Checked when the client is made. A hard limit over a store that is not atomic would be a promise nobody keeps. */
export function checkStore(option, hard) {
  if (option === undefined || option === "memory") return;
  if (option === "indexeddb") {
    if (!hasIndexedDb()) fail("invalid_config", "options.store: this runtime has no IndexedDB", { hint: "give an adapter of aircher-llm/stores/…" });
    return;
  }
  if (typeof option?.update !== "function" || typeof option.scan !== "function" || !option.caps) {
    fail("invalid_config", 'options.store: expected "indexeddb", "memory" or an adapter with `update`, `scan` and `caps`');
  }
  if (hard && option.caps?.atomic !== true) {
    fail("invalid_config", `options.store: \`${option.kind ?? "this store"}\` cannot update atomically, so a hard limit would not hold`, {
      hint: 'use an atomic store, or `mode = "estimate"` in [costs]',
    });
  }
}

export function hasIndexedDb() {
  try {
    return Boolean(globalThis.indexedDB);
  } catch {
    return false; // a sandboxed frame
  }
}
