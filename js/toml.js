// The reader of TOML: a wasm without imports, so text goes in and comes out byte by byte.
import { fail } from "./errors.js";

/** JSON, or the name of a file. */
const hintFor = (text) => (/^\s*\{|^[^=\n]*$/.test(text) ? "expected TOML text: no JSON, no name of a file" : undefined);

/** Reads a text with the exports of that wasm: the same as JSON text, and the line a message is about. */
export function readToml({ push, pull, read, line }, text) {
  give(text);
  const wrong = read();
  const told = taken();
  if (wrong) fail("invalid_config", `line ${wrong}: config: ${told}`, { line: wrong, hint: hintFor(text) });
  return { json: told, located };

  function give(text) {
    for (const byte of new TextEncoder().encode(text)) push(byte);
  }

  function taken() {
    const bytes = [];
    for (let byte; (byte = pull()) < 256; ) bytes.push(byte);
    return new TextDecoder().decode(Uint8Array.from(bytes));
  }

  /** An error of the core with the line of the key it begins with. */
  function located(error) {
    give(error.message);
    const found = line();
    if (found) Object.assign(error, { message: `line ${found}: ${error.message}`, line: found });
    return error;
  }
}
