// A page that spends until it is killed. What the package says is settled goes to the proof's server, out of reach.
//
//   POST /opened    what the books held before anything was spent, and what the package warned of
//   POST /settled   an entry of onSettled
//   POST /warned    a later warning
import { ask, MAX_TOKENS } from "./provider.mjs";
import { books, client, pause, random, total } from "./client.mjs";

const LANES = 3;
const NAME = "aircher-ledger";
const inWorker = typeof document === "undefined";
const session = new URL(location).searchParams.get("session");
const next = random(Math.random() * 2 ** 32);

const post = (path, body) => fetch(path, { method: "POST", body: JSON.stringify({ session, ...body }) }).catch(() => {});

const warnings = [];
let isOpen = false;
const llm = await client({
  costs: { daily_limit: 1000 },
  wait: () => pause(next(4)),
  on: { warning: ({ code, message }) => (isOpen ? post("/warned", { code, message }) : warnings.push(code)) },
  onSettled: ({ id, cost_nano_usd: cost }) => post("/settled", { id, cost }),
});

if (!inWorker) {
  await llm.costs.today();
  const [entries, sum] = [await books(NAME, "r/"), await total(NAME)];
  const told = entries.map(([key, { state, actual, amount }]) => [key.slice(2), state, actual ?? amount]);
  await post("/opened", { entries: told, settled: sum.settled, reserved: sum.reserved, warnings });
}
isOpen = true;
if (!inWorker && new URL(location).searchParams.has("look")) await new Promise(() => {});
if (!inWorker) new Worker(`${import.meta.url}?session=${session}`, { type: "module" });
for (let lane = 0; lane < LANES; lane += 1) spend();

async function spend() {
  for (;;) await llm.chat(ask({ tokens: 1 + next(MAX_TOKENS), fate: next(10) ? "ok" : "cut" })).catch(() => {});
}
