// All cells, so many at a time: each lane has a port of the server for itself.
import { databases, holds, overhear, told } from "./canary.mjs";
import { perform } from "./cell.mjs";

/** `world` is `{ cells, urls, refused }`. Resolves to `{ results, leaks, said }`. */
export async function run(library, { cells, urls, refused }) {
  const heard = overhear();
  const results = [];
  const left = [...cells];
  const lane = async (url) => {
    for (let cell = left.shift(); cell; cell = left.shift()) results.push({ id: cell.id, ...(await tried(library, cell, { url, refused })) });
  };
  await Promise.all(urls.map(lane));
  const said = [...heard(), await databases()];
  return { results, leaks: said.filter(holds).map((text) => text.slice(0, 300)), said: said.length };
}

/** A cell that fails in a way of its own is a finding too. */
export const tried = (library, cell, place) => perform(library, cell, place).catch((error) => ({ type: "BROKEN", message: told(error).slice(0, 500) }));
