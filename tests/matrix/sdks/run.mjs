// One official package before many faults:   node run.mjs <package> <json of [{ id, fault, mode, url, retries }]>
// Each outcome is a line of JSON, for the program may be killed before the end.
import { SDKS } from "./clients.mjs";

const [name, cells] = process.argv.slice(2);
/** What has not come to an end by then hangs; their own limit is 3 s. */
const HANG_MS = 8000;
const LANES = 8;
// What a package leaves unhandled would end the program.
process.on("unhandledRejection", () => {});
process.on("uncaughtException", () => {});

const left = JSON.parse(cells);
await Promise.all(Array.from({ length: LANES }, lane));
process.exit(0);

async function lane() {
  for (let cell = left.shift(); cell; cell = left.shift()) console.log(JSON.stringify({ id: cell.id, ...(await outcome(cell)) }));
}

async function outcome({ url, mode, retries }) {
  const client = await SDKS[name].make(url, retries);
  const call = client[mode]().then((text) => ({ text: text ?? "" }), (error) => ({ error: String(error?.name ?? error) }));
  return Promise.race([call, new Promise((done) => setTimeout(done, HANG_MS, { hang: true }))]);
}
