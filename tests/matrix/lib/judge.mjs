// Whether what became of a cell is what the table says.

const MODEL = { "openai-chat": "gpt-4o", "openai-responses": "gpt-6-luna", claude: "claude-haiku-5-5", gemini: "gemini-3.8-flash", ollama: "llama3.2" };
const FIRST = { "invalid-utf8": "Th\ufffdis", "lone-surrogate": "Th\ufffdis", nul: "Th\u0000is" };
const LENGTH = { "large-arguments": 20_000 };
/** By when a call has ended that a time limit ends; generous, for the machine may be crowded. */
const LATE_MS = 20_000;

/** What is wrong with a result, as texts. */
export function faultsOf(cell, result) {
  return [...outcome(cell, result), ...always(cell, result)].filter(Boolean);
}

function outcome(cell, result) {
  const { type, code, attempts, partial } = cell.expect;
  if (result.type !== type || (code && result.code !== code)) return [`expected ${type}${code ? `/${code}` : ""}, got ${shown(result)}`];
  if (type === "ok") return answer(cell, result);
  return [
    attempts && result.attempts !== attempts && `${result.attempts} requests, not ${attempts}`,
    Boolean(result.partial?.text) !== partial && (cell.mode !== "tools" || partial) && `partial text: ${JSON.stringify(result.partial)}`,
    code && type === "timeout" && result.took > LATE_MS && `it took ${result.took} ms`,
  ];
}

const shown = ({ type, code, message, text, partial }) => JSON.stringify({ type, code, message, text, partial });

function answer({ dialect, mode, fault }, { text, calls }) {
  const said = `${FIRST[fault] ?? "This"} is ${MODEL[dialect]} speaking. You said: "Say hello.". That is all I know about it.`;
  if (mode !== "tools") return [text !== said && `another text: ${text}`];
  const argument = "Paris".padEnd(LENGTH[fault] ?? 0, "x");
  const wanted = JSON.stringify({ city: argument });
  const [[name, length, start] = []] = calls ?? [];
  return [(calls?.length !== 1 || name !== "get_weather" || length !== wanted.length || start !== wanted.slice(0, 40)) && `other calls: ${JSON.stringify(calls)}`];
}

const always = (_, { alive, leak, polluted }) => [
  alive !== true && `the client is dead: ${alive}`,
  leak && `the key: …${leak}…`,
  polluted !== false && "Object.prototype was changed",
];
