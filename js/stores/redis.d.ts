import type { LedgerStore } from "./types.js";

/** Sends one command. */
export type RedisSend = (command: string, args: string[]) => Promise<unknown>;

/** A client of node-redis, ioredis or Bun, or a function that sends. */
export type RedisLike = RedisSend | { sendCommand(args: string[]): Promise<unknown> } | { call(command: string, ...args: string[]): Promise<unknown> } | { send(command: string, args: string[]): Promise<unknown> };

export interface RedisOptions {
  /** What the names of the ledger's two Redis keys begin with. In a cluster it needs a hash tag. Default "{aircher}:". */
  prefix?: string;
  /** Whether the server writes each change to disk before it answers (`appendfsync always`). Default false. */
  durable?: boolean;
}

/**
 * Makes a store in Redis or Valkey, whose connection remains yours. The server must not evict keys (`maxmemory-policy
 * noeviction`), and a failover may lose what its replica had not received.
 */
export declare function redisStore(client: RedisLike, options?: RedisOptions): LedgerStore;
