import type { LedgerStore } from "./types.js";

/** Makes a store that keeps everything in this process and is gone with it. */
export declare function memoryStore(): LedgerStore;
