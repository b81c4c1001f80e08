// Browsers and bundlers: the one pattern Vite, webpack, Rollup, Parcel and plain modules all understand.
// The core is fetched when the first client is created, what calls need with its first call, the rest
// when a method needs it, the reader of TOML when there is TOML; nothing at import.
import { init, setLoader } from "./aircher.js";
import { Ledger } from "./ledger.js";
import { instance } from "./part.js";

/** What the second part exports, by the first. */
const calls = new WeakMap();

setLoader(
  () => init({ module_or_path: new URL("./aircher_core.wasm", import.meta.url) }),
  async (core) => {
    calls.set(core, (await instance(new URL("./aircher_call.wasm", import.meta.url), { core })).exports);
    return Ledger;
  },
  async () => (await instance(new URL("./aircher_toml.wasm", import.meta.url))).exports,
  (core) => instance(new URL("./aircher_more.wasm", import.meta.url), { core, call: calls.get(core) }),
);

export { Aircher, AircherError, ChatStream } from "./aircher.js";
