import type { LedgerStore } from "./types.js";

/** `DatabaseSync` of node:sqlite, or `Database` of bun:sqlite. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): unknown;
  close(): void;
}

/**
 * Makes a store in a SQLite file, shared by the processes of one machine: Node 22.13 or later, Deno, Bun.
 *
 * @param database A path, opened with the first use; or an open database, whose journal mode and life remain yours.
 */
export declare function sqliteStore(database: string | SqliteDatabase): LedgerStore;
