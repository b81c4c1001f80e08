// A tab that reserves and dies, and one that looks after what it left.
import { ask } from "./provider.mjs";
import { books, client, indexedDbStore, pause, tasks } from "./client.mjs";

const TIMEOUTS = { first_byte: "1s", idle: "1s" };
let llm;

const open = async ({ name, timeouts }) => (llm ??= await client({ store: indexedDbStore({ name }), costs: { daily_limit: 1 }, timeouts: timeouts ? TIMEOUTS : {} }));
const states = async (name) => (await books(name, "r/")).map(([, doc]) => doc);

tasks({
  /** Opens a client, looks at its costs once and leaves it alone. */
  idle: async (values) => void (await (await open(values)).costs.today()),

  /** Reserves, sends, and hears nothing; resolves once the reservation stands. */
  async reserve(values) {
    const before = (await states(values.name)).length;
    const client = await open(values);
    client.chat(ask({ fate: "hang" })).catch(() => {});
    while ((await states(values.name)).length === before) await pause(5);
  },

  /** How long until nobody's reservation is pending; `spend` also makes a call now and then, as a user would. */
  async recovered({ name, spend, within_ms }) {
    const began = performance.now();
    for (;;) {
      const open = (await states(name)).filter(({ state }) => state === "pending");
      const ms = Math.round(performance.now() - began);
      if (open.length === 0) return { ms, entries: (await states(name)).map(({ state, amount }) => ({ state, amount })), total: (await books(name, "b/*/d:"))[0][1] };
      if (ms > within_ms) return { ms, late: open };
      if (spend) await llm.chat(ask());
      await pause(spend ? 1000 : 25);
    }
  },

  /** The clock of a machine that goes on counting. */
  later: ({ ms }) => {
    const now = Date.now;
    Date.now = () => now() + ms;
  },

  spend: async (values) => void (await (await open(values)).chat(ask())),
});
