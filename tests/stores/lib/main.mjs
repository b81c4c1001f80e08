// Runs the contract, or one side of a race, in a process:   main.mjs contract <kind> <where> <ops>
//                                                           main.mjs race <kind> <where> <ops> <name> <limit>
import { contract } from "../contract.mjs";
import { raced } from "./racer.mjs";

const KINDS = {
  async sqlite(where) {
    const { sqliteStore } = await import("../../../js/stores/sqlite.js");
    return (name) => () => sqliteStore(`${where}/${name}.db`);
  },
  async "deno-kv"(where) {
    const { denoKvStore } = await import("../../../js/stores/deno-kv.js");
    return (name) => async () => {
      const kv = await Deno.openKv(`${where}/${name}.kv`);
      const store = denoKvStore(kv);
      return { ...store, close: () => store.close().then(() => kv.close()) };
    };
  },
  async redis(where) {
    const { redisStore } = await import("../../../js/stores/redis.js");
    const { client } = await import("./resp.mjs");
    const shapes = [(send) => send, (send) => ({ sendCommand: ([command, ...args]) => send(command, args) }), (send) => ({ call: (command, ...args) => send(command, args) }), (send) => ({ send })];
    let opened = 0;
    return (name) => async () => {
      const connection = await client(where);
      const store = redisStore(shapes[opened++ % 4](connection.send), { prefix: `{aircher-${name}}:` });
      return { ...store, close: async () => connection.close() };
    };
  },
};

const [task, kind, where, ops, name, limit] = (globalThis.Deno?.args ?? process.argv.slice(2));
const backing = await KINDS[kind](where);
let made = 0;
if (task === "contract") {
  const fresh = async () => backing(`${globalThis.process?.pid ?? "deno"}-${made++}`);
  console.log(JSON.stringify(await contract({ fresh, ops: Number(ops), big: kind === "deno-kv" ? 60_000 : undefined })));
} else {
  const store = await backing("race")();
  console.log(JSON.stringify(await raced(store, { name, ops: Number(ops), limit: Number(limit) })));
  await store.close();
}
