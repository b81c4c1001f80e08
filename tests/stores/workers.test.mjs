// D1 and Durable Objects in workerd, from inside an object and from Workers; four requests at once at one backing each.
// miniflare asks for Node 22, so the Node 24 of the list runs it.
import { node24 } from "./lib/tools.mjs";
import { OPS, judged, missing, place, program } from "./lib/runner.mjs";

const KINDS = { d1: "d1", "durable-object": "a Durable Object from Workers", inside: "inside a Durable Object" };
const lacks = missing(node24, "node 24");
const told = lacks ? undefined : program([node24, "lib/workerd.mjs", Math.ceil(OPS / 2)]);
told?.catch(() => {}); // each test says so

for (const [kind, name] of Object.entries(KINDS)) {
  place(name, async () => (await told).contract[kind], lacks);
  if (kind !== "inside") place(`${name}, four requests`, async () => judged((await told).race[kind]), lacks);
}
