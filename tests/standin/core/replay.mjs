// Replays a recorded exchange byte for byte: /_replay/<id>/<anything>?chunk=<bytes>&delay=<ms>.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { json } from "./reply.mjs";

// An id becomes a file name: no separators, so a request cannot leave the folder.
const ID = /^[\w.-]+$/;

/** The reply for `path` (without the /_replay prefix); a 404 naming the problem when there is none. */
export async function replay(path, query, folder) {
  const id = decodeURIComponent(path.split("/")[1] ?? "");
  if (!folder) return problem("no cassette folder: set AIRCHER_CASSETTES or the option `cassettes`");
  if (!ID.test(id) || id.startsWith(".")) return problem(`not a cassette id: ${id}`);
  const text = await readFile(join(folder, `${id}.json`), "utf8").catch(() => null);
  return text === null ? problem(`no cassette ${id}.json in the folder`) : recorded(JSON.parse(text).response, query);
}

const problem = (message) => json({ error: { message, type: "standin_replay" } }, { status: 404 });

function recorded({ status, headers, body }, query) {
  const type = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "application/json";
  const chunk = Number(query.get("chunk")) || undefined;
  return {
    status, stream: true, headers: { "content-type": String(type) },
    frames: (chunk ? [body] : events(body)).map((text) => ({ text })),
    chunkBytes: chunk, paceMs: Number(query.get("delay")) || 0,
  };
}

// A blank line ends an SSE event; without any, each line is one (NDJSON).
function events(body) {
  const blocks = body.match(/[\s\S]*?(?:\r\n\r\n|\n\n|\r\r)|[\s\S]+$/g) ?? [];
  return blocks.length > 1 ? blocks : body.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
