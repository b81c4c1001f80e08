// Every feature of every dialect against servers nobody of this project wrote: node tests/servers/run.mjs <llama> <aimock>
import { columns } from "./columns.mjs";
import { FEATURES } from "./features.mjs";
import { Missing } from "./lib.mjs";

const [llama = "http://127.0.0.1:18080", aimock = "http://127.0.0.1:18010", only = ""] = process.argv.slice(2);
const COLUMNS = columns(llama, aimock);

async function cell(check, column, at) {
  try {
    const told = await check(column, { next: COLUMNS[(at + 1) % COLUMNS.length] });
    return { mark: "✓", told };
  } catch (error) {
    const mark = error instanceof Missing ? "–" : "✗";
    return { mark, note: String(error?.message ?? error).slice(0, 400) };
  }
}

const rows = [];
const notes = [];
for (const [feature, check] of FEATURES.filter(([name]) => name.includes(only))) {
  const cells = [];
  for (const [at, column] of COLUMNS.entries()) cells.push(await cell(check, column, at));
  rows.push([feature, ...cells.map(({ mark, told }) => (told ? `${mark} ${told}` : mark))]);
  for (const [at, { mark, note }] of cells.entries()) if (note) notes.push(`- ${mark} ${feature}, ${COLUMNS[at].name}: ${note}`);
}

const line = (cells) => `| ${cells.join(" | ")} |`;
const count = (mark) => rows.flatMap(([, ...cells]) => cells).filter((text) => text.startsWith(mark)).length;
console.log([line(["", ...COLUMNS.map(({ name }) => name)]), line(["---", ...COLUMNS.map(() => "---")]), ...rows.map(line)].join("\n"));
console.log(`\n✓ ${count("✓")}, – ${count("–")}, ✗ ${count("✗")}\n\n${notes.join("\n")}`);
process.exitCode = count("✗") ? 1 : 0;
