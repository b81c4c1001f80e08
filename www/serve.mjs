// Serves this folder, and the built package below /pkg/, on a local port:
//   node www/serve.mjs <address of the stand-in> [--with-stdin]      (with it, ends when its input ends)
//
// `/standin.json` tells the page where the stand-in is; a copy of this folder on any static host has none.
import { createReadStream, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const PACKAGE = join(HERE, "../pkg/dist");
const MIME = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};
const [standin, flag] = process.argv.slice(2);
/** The page's own policy, and the part that only counts in a header. */
const POLICY = `${/content-security-policy" content="([^"]+)"/.exec(readFileSync(join(HERE, "index.html"), "utf8"))[1]}; frame-ancestors 'none'`;

const server = createServer((request, response) => {
  const path = normalize(new URL(request.url, "http://page").pathname);
  response.setHeader("cache-control", "no-store");
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("content-security-policy", POLICY);
  if (path === "/standin.json") return void response.setHeader("content-type", "application/json").end(JSON.stringify({ url: standin }));
  send(fileFor(path), response);
});

/** `normalize` has taken every `..` out of an absolute path, so nothing outside the two folders is reached. */
function fileFor(path) {
  if (path.startsWith("/pkg/")) return join(PACKAGE, path.slice("/pkg/".length));
  return join(HERE, path.endsWith("/") ? `${path}index.html` : path);
}

function send(file, response) {
  const found = statSync(file, { throwIfNoEntry: false })?.isFile();
  if (!found) return void response.writeHead(404, { "content-type": "text/plain" }).end("not here\n");
  response.writeHead(200, { "content-type": MIME[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
}

if (flag === "--with-stdin") process.stdin.resume().once("end", () => process.exit(0));
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  console.log(`\nThe page: http://127.0.0.1:${server.address().port}/   (Ctrl-C ends it)`);
});
