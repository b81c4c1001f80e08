// The installed package and the files of `app/`, served to a page.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const MIME = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const PAGE = `<!doctype html><meta charset="utf-8"><title>matrix</title>
<script type="importmap">{"imports":{"aircher-llm":"/node_modules/aircher-llm/dist/entry-default.js"}}</script>
<script type="module" src="/page.mjs"></script>`;

/** Serves a folder; `/` is the page. */
export async function serve(folder) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://page");
    if (pathname === "/") return void response.setHeader("content-type", "text/html").end(PAGE);
    send(join(folder, normalize(pathname)), response);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
}

function send(file, response) {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return void response.writeHead(404).end();
  response.writeHead(200, { "content-type": MIME[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
}
