// Browsers and bundlers: the one pattern Vite, webpack, Rollup, Parcel and plain modules all understand.
// The core is fetched when the first client is created, the rest with its first call, the reader of
// TOML when there is TOML; nothing at import.
import { init, setLoader } from "./aircher.js";
import { Ledger } from "./ledger.js";
import { instance } from "./part.js";

setLoader(
  () => init({ module_or_path: new URL("./aircher_core.wasm", import.meta.url) }),
  (core) => instance(new URL("./aircher_call.wasm", import.meta.url), { core }).then(() => Ledger),
  () => instance(new URL("./aircher_toml.wasm", import.meta.url)).then((loaded) => loaded.instance.exports),
);

export { Aircher, AircherError, ChatStream } from "./aircher.js";
