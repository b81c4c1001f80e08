// The outside judge: the official packages' own request types. `cargo test --test judge` has written the bodies; here
// they are compiled. Every body has to be accepted, and every spoiled one refused.
//
//   node --test tests/judge/check.mjs <folder of the bodies>
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import test from "node:test";
import assert from "node:assert/strict";

const root = resolve(import.meta.dirname, "../..");
const folder = resolve(process.env.AIRCHER_JUDGE ?? join(root, "target/tmp/judge"));
const files = readdirSync(folder).filter((name) => name.endsWith(".ts")).sort();
const errors = compile();

/** What the compiler says, by file and line. */
function compile() {
  const settings = {
    compilerOptions: {
      strict: true, noEmit: true, target: "es2022", lib: ["esnext", "dom", "dom.iterable"], types: [],
      module: "nodenext", moduleResolution: "nodenext", skipLibCheck: true,
      paths: { "judge/*": [join(root, "tests/judge/types/*.ts")] },
    },
    files,
  };
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings, null, 2));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const run = spawnSync(process.execPath, [tsc, "--pretty", "false"], { cwd: folder, encoding: "utf8", maxBuffer: 1 << 28 });
  const found = new Map();
  let last;
  for (const line of run.stdout.split("\n")) {
    const [, file, at, says] = line.match(/^(.*?)\((\d+),\d+\): (error TS\d+: .*)$/) ?? [];
    if (says) found.set(last = `${basename(file)}:${at}`, [...(found.get(last) ?? []), says]);
    else if (/^error TS/.test(line)) found.set(last = "tsc", [line]);
    else if (last && line.trim()) found.get(last).push(line);
  }
  assert.equal(run.stderr, "");
  assert.notEqual(run.status, null, "tsc was killed");
  return found;
}

/** The lines of a file that hold a body, with the name of each. */
function bodies(file) {
  const lines = readFileSync(join(folder, file), "utf8").split("\n");
  return lines.flatMap((line, index) => {
    const name = line.match(/^\/\* (.*?) \*\/ /)?.[1];
    return name ? [{ name, says: errors.get(`${file}:${index + 1}`), at: `${file}:${index + 1}` }] : [];
  });
}

const known = new Set(files.flatMap((file) => bodies(file).map(({ at }) => at)));

test("the compiler complains of nothing but bodies", () => {
  const others = [...errors].filter(([at]) => !known.has(at));
  assert.deepEqual(others, []);
});

const of = (...kinds) => files.filter((file) => kinds.some((kind) => file.startsWith(`${kind}-`)));

for (const file of of("bodies", "across")) {
  const all = bodies(file);
  test(`${file}: ${all.length} bodies`, () => {
    assert.ok(all.length > 0);
    const refused = all.filter(({ says }) => says).map(({ name, says, at }) => `${at} ${name}\n  ${says.join("\n  ")}`);
    assert.equal(refused.length, 0, `${refused.length} refused\n${refused.join("\n")}`);
  });
}

for (const file of of("spoiled"))
  for (const { name, says } of bodies(file)) test(name, () => assert.ok(says, "the types accept it"));

// Where a key of another name is not seen, the body was judged less strictly than it looks.
for (const file of of("renamed")) {
  const all = bodies(file);
  test(`${file}: ${all.length} keys`, () => {
    assert.deepEqual(all.filter(({ says }) => !says).map(({ name }) => name), []);
  });
}
