// Model management (wire reference Ollama, section 6): pull, create, copy, delete, blobs.
//
// A frame's `sent()` runs when the frame has left: what a client cancels, or a fault cuts, has not happened.

import { createHash } from "node:crypto";
import { digest } from "../core/text.mjs";
import { json, stream, whole as plain } from "../core/reply.mjs";
import { asModel, decodedAs, refuse, missing } from "./checks.mjs";
import { full } from "./disk.mjs";

const NDJSON = "application/x-ndjson";
const LAYERS = [4_000_000, 1_500, 800];
const STEPS = 8;

const line = (object, sent) => ({ text: `${JSON.stringify(object)}\n`, sent });
const done = (sent) => ({ ...line({ status: "success" }, sent), end: true });
const statuses = (...all) => all.map((status) => line({ status }));
const told = (body, lines) => (body.stream === false ? short(lines) : stream(lines, NDJSON));

// Without a stream there is one object, and an error has its status.
function short(lines) {
  const { error } = JSON.parse(lines.at(-1).text);
  if (error) refuse(error, 500);
  lines.forEach(({ sent }) => sent?.());
  return json({ status: "success" });
}

/** POST /api/pull */
export function pull(body, disk) {
  const name = asModel(decodedAs(body, "pull"));
  return told(body, disk.offers(name) ? pulling(name, disk) : unknown());
}

// The first line has gone out when the registry says no: the status is 200 all the same.
const unknown = () => [...statuses("pulling manifest"), line({ error: "pull model manifest: file does not exist" })];

function pulling(name, disk) {
  const layers = LAYERS.flatMap((total, at) => layer(`sha256:${digest([full(name), at])}`, total, disk));
  return [...statuses("pulling manifest"), ...layers, ...statuses("verifying sha256 digest", "writing manifest"), done(() => disk.pulled(name))];
}

// It goes on where a broken pull has left it; a layer that is there comes whole.
function layer(of, total, disk) {
  const from = disk.installed.size && disk.blobs.has(of) ? total : (disk.parts.get(of) ?? 0);
  const status = `pulling ${of.slice(7, 19)}`;
  const at = (completed) => line({ status, digest: of, total, ...(completed ? { completed } : {}) }, () => keep(of, completed, total, disk));
  const steps = Array.from({ length: STEPS }, (_, step) => from + Math.round(((total - from) * (step + 1)) / STEPS));
  return from === total ? [at(total)] : [line({ status, digest: of, total }), ...steps.map(at)];
}

function keep(of, completed, total, disk) {
  disk.parts.set(of, completed);
  if (completed === total) disk.blobs.add(of);
}

/** POST /api/create */
export function create(body, disk) {
  const { model, from, files = {}, adapters = {}, quantize } = decodedAs(body, "create");
  asModel({ model });
  if (!from && !Object.keys(files).length) refuse("neither 'from' or 'files' was specified");
  for (const name of [...Object.keys(files), ...Object.keys(adapters)]) if (/^[./~]|\.\./.test(name)) refuse("invalid file name");
  return told(body, making(body, { model, from, files, adapters, quantize }, disk));
}

function making(body, { model, from, files, adapters, quantize }, disk) {
  const lost = [...Object.values(files), ...Object.values(adapters)].find((of) => !disk.blobs.has(of));
  if (lost) return [line({ error: `open blobs/${lost.replace(":", "-")}: no such file or directory` })];
  if (from && !disk.has(from) && !disk.offers(from)) return unknown();
  const got = from && !disk.has(from) ? pulling(from, disk).slice(0, -1) : [];
  const parsed = from ? "reading model metadata" : "parsing GGUF";
  const steps = [parsed, ...(body.system ? ["creating system layer"] : []), ...(body.parameters ? ["creating parameters layer"] : []), `using existing layer sha256:${digest([from, files])}`, "writing manifest"];
  const of = digest([from, files, adapters, body.system, body.template, body.parameters, body.messages, quantize]);
  return [...got, ...quantized(quantize), ...statuses(...steps), done(() => disk.put(model, { digest: of, base: disk.base(from ?? model) }))];
}

function quantized(to) {
  if (!to) return [];
  const status = `quantizing F16 model to ${to.toUpperCase()}`;
  const at = (completed) => line({ status, digest: "0", total: 6_433_687_776, completed });
  return [at(12_302), at(6_433_687_776), ...statuses("verifying conversion")];
}

/** POST /api/copy */
export function copy(body, disk) {
  const { source, destination } = decodedAs(body, "copy");
  for (const name of [source, destination]) if (!name) refuse("model name is invalid");
  if (!disk.has(source)) missing(source);
  disk.copy(source, destination);
  return plain("", "text/plain");
}

/** DELETE /api/delete */
export function remove(body, disk) {
  const name = asModel(decodedAs(body, "delete"));
  if (!disk.has(name)) missing(name);
  disk.delete(name);
  return plain("", "text/plain");
}

const BLOB = /^\/api\/blobs\/(sha256:[0-9a-f]{64})$/;

/** HEAD and POST /api/blobs/sha256:…; nothing for another path. */
export function blob({ path, req, bytes }, disk) {
  const [, of] = BLOB.exec(path) ?? [];
  if (!of) return undefined;
  if (req.method === "HEAD") return plain("", "text/plain", { status: disk.blobs.has(of) ? 200 : 404 });
  if (req.method !== "POST") return plain("405 method not allowed", "text/plain", { status: 405 });
  if (disk.blobs.has(of)) return plain("", "text/plain");
  const found = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (found !== of) refuse(`digest mismatch, expected "${of}", got "${found}"`);
  disk.blobs.add(of);
  return plain("", "text/plain", { status: 201 });
}
