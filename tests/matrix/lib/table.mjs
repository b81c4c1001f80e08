// What was found, as Markdown.
import { DIALECTS, FAULTS } from "./cells.mjs";

/** `fault | openai-chat | …` of one runtime: what became of each cell, in the order of the modes. */
export function byDialect(run, faultsOf) {
  const lines = [...FAULTS.keys()].map((fault) => [fault, ...DIALECTS.map((dialect) => cellsOf(run, fault, dialect, faultsOf))]);
  return table(["fault", ...DIALECTS], lines);
}

function cellsOf({ cells, results }, fault, dialect, faultsOf) {
  const mine = cells.filter((cell) => cell.fault === fault && cell.dialect === dialect);
  const words = mine.map((cell) => told(results.get(cell.id), faultsOf(cell, results.get(cell.id))));
  return [...new Set(words)].join(", ") || "–";
}

const told = (result, wrong) => (wrong.length ? `**${outcome(result)}**` : outcome(result));

const outcome = ({ type, code } = { type: "nothing" }) => (type === "timeout" && code ? `${type} (${code})` : type);

/** `fault | what happens | ours | openai | …`; `others` is column to `Map`. */
export function beside(run, others) {
  const ours = (fault) => [...new Set(run.cells.filter((cell) => cell.fault === fault).map(({ id }) => run.results.get(id).type))].join(", ");
  const lines = [...FAULTS].filter(([fault]) => fault !== "good").map(([fault, about]) => [fault, about, ours(fault), ...Object.values(others).map((found) => words(found.get(fault)))]);
  return table(["fault", "what happens", "ours", ...Object.keys(others)], lines);
}

/** In a stream, and behind it as one document where that differs; what must not be stands out. */
function words({ stream, chat } = {}) {
  const both = [...new Set([stream, chat].filter(Boolean))].map((word) => SHOWN[word] ?? word);
  return both.join(" / ") || "–";
}

const SHOWN = { silent: "**success**", hang: "**hangs**", wrong: "**other text**", lost: "**error**" };

/** How many cells of the packages are not what they have to be. */
export function counted(found) {
  const all = [...found.values()].flatMap(({ stream, chat }) => [stream, chat].filter(Boolean));
  const count = (word) => all.filter((one) => one === word).length;
  return `${all.length} cells: silent success ${count("silent")}, hangs ${count("hang")}, good answers lost ${count("lost")}, another text ${count("wrong")}`;
}

function table(head, lines) {
  const row = (cells) => `| ${cells.join(" | ")} |`;
  return [row(head), `|${"---|".repeat(head.length)}`, ...lines.map(row)].join("\n");
}
