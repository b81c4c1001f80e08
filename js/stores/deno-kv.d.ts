import type { LedgerStore } from "./types.js";

/** What `Deno.openKv()` resolves to, as far as the store uses it. */
export interface DenoKvLike {
  getMany(keys: any, options?: any): Promise<any>;
  list(selector: any, options?: any): AsyncIterable<any>;
  atomic(): any;
}

/** Makes a store in Deno KV, whose connection remains yours. Several processes on one machine do better with `sqliteStore`. */
export declare function denoKvStore(kv: DenoKvLike): LedgerStore;
