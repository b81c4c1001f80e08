// The Worker the contract runs in:   /contract?kind=d1|durable-object|inside   /race?kind=…&name=…&ops=…&limit=…
import { contract } from "../contract.mjs";
import { raced } from "./racer.mjs";
import { d1Store } from "../../../js/stores/d1.js";
import { LedgerObject, durableObjectStore, remoteStore } from "../../../js/stores/durable-object.js";

export { LedgerObject };

/** A Durable Object with a ledger inside. */
export class Inside extends LedgerObject {
  async fetch() {
    const fresh = async () => {
      this.ctx.storage.sql.exec("DELETE FROM aircher_ledger");
      return () => durableObjectStore(this.ctx);
    };
    return Response.json(await contract({ fresh, ops: 3000, parallel: 64 }));
  }
}

const PLACES = {
  d1: (env) => ({
    ops: 2000,
    parallel: 16,
    async fresh() {
      await env.DB.exec("DROP TABLE IF EXISTS aircher_ledger");
      return () => d1Store(env.DB);
    },
  }),
  "durable-object": (env) => ({
    ops: 2000,
    parallel: 64,
    async fresh() {
      const id = env.LEDGER.newUniqueId();
      let opened = 0;
      return () => remoteStore(opened++ % 2 ? env.LEDGER.get(id) : () => env.LEDGER.get(id));
    },
  }),
};
const SHARED = {
  d1: (env) => d1Store(env.DB),
  "durable-object": (env) => remoteStore(() => env.LEDGER.get(env.LEDGER.idFromName("race"))),
};

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const { kind, name, ops, limit } = Object.fromEntries(searchParams);
    if (pathname === "/race") return Response.json(await raced(SHARED[kind](env), { name, ops: Number(ops), limit: Number(limit) }));
    if (kind === "inside") return env.INSIDE.get(env.INSIDE.idFromName("inside")).fetch(request);
    return Response.json(await contract(PLACES[kind](env)));
  },
};
