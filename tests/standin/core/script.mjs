// The script: decides what a model "says" to a question, the same way for all dialects.
//
//   dialect body --read--> question --answer()--> answer --write--> dialect frames
//
// A question: { model, userText, tools [{name, schema}], choice "auto"|"none"|"required"|{name}, parallel,
//   results [{name, text}], json, schema, images [{type, bytes}], stop [], maxTokens, promptTokens,
//   think { can, asked, shown } }
// An answer: { thinking, shown, text, refusal, calls [{id, name, args, argsText, cut}], finish, stopped, seed, usage }
//   finish is one of stop, length, tools, refusal.

import { digest, idOf, tokens } from "./text.mjs";
import { sample } from "./sample.mjs";

const SCENARIO = /\[(tool|think|long|parallel|refuse|length|unicode|json)\]/g;

/** The answer to `question`; no clock and no randomness, so streamed and whole answers agree. */
export function answer(question) {
  const words = new Set(Array.from(question.userText.matchAll(SCENARIO), (match) => match[1]));
  const seed = digest(question);
  const draft = { seed, thinking: thinking(question, words), shown: shown(question), text: "", refusal: "", calls: [] };
  return measured(question, limited(question, words, { ...draft, ...content(question, words, seed) }));
}

function content(question, words, seed) {
  if (words.has("refuse")) return { refusal: "I'm sorry, but I can't help with that request.", finish: "refusal" };
  const calls = callsFor(question, words, seed);
  if (calls.length) return { calls, finish: "tools" };
  return stopped(question.stop, { text: textFor(question, words), finish: "stop" });
}

// --- tool calls ---

function callsFor(question, words, seed) {
  if (!wantsCall(question, words)) return [];
  return chosenTools(question, words).map((tool, index) => call(tool, index, seed));
}

function wantsCall({ tools, choice, results }, words) {
  // Results in the history end the round, or a forced choice would call for ever.
  if (!tools.length || choice === "none" || results.length) return false;
  return choice !== "auto" || words.has("tool") || words.has("parallel");
}

function chosenTools({ tools, choice, parallel }, words) {
  const first = tools.find((tool) => tool.name === choice.name) ?? tools[0];
  const second = tools.find((tool) => tool !== first) ?? first;
  return words.has("parallel") && parallel ? [first, second] : [first];
}

function call(tool, index, seed) {
  const args = sample(tool.schema ?? {});
  return { id: idOf("", seed, index), name: tool.name, args, argsText: JSON.stringify(args), cut: false };
}

// --- text ---

function textFor(question, words) {
  if (question.results.length) return quoted(question.results);
  if (words.has("json") || question.json) return jsonText(question);
  if (words.has("unicode")) return "Grüße 👩‍👩‍👧‍👦 an 東京 und e\u0301té: 你好, 🇫🇷, Z\u0351\u036b\u0343, नमस्ते, مرحبا ✅.";
  if (words.has("long")) return longText();
  return [acknowledged(question.images), plain(question)].filter(Boolean).join(" ");
}

const quoted = (results) => results.map(({ name, text }) => `The tool ${name} answered: ${text}.`).join(" ");

const jsonText = ({ schema, model }) => JSON.stringify(schema ? sample(schema) : { answer: "Paris", model });

const plain = ({ model, userText }) =>
  `This is ${model} speaking. You said: "${excerpt(userText)}". That is all I know about it.`;

const excerpt = (text) => (text.length > 200 ? `${text.slice(0, 200)}…` : text);

function acknowledged(images) {
  if (!images.length) return "";
  const list = images.map(({ type, bytes }) => `${type}, ${bytes} bytes`).join("; ");
  return `I see ${images.length} image${images.length > 1 ? "s" : ""} (${list}).`;
}

function longText() {
  const sentence = (n) => `Sentence number ${n} of this answer has exactly ten words.`;
  return Array.from({ length: 200 }, (_, n) => sentence(n + 1)).join(" ");
}

// --- thinking ---

function thinking({ think, userText }, words) {
  if (!think.can || !(think.asked || words.has("think"))) return "";
  return `The user wrote "${excerpt(userText)}". I should answer briefly and say which model I am.\n`;
}

// A scenario word without any request shows its thinking, else there would be nothing to see.
const shown = ({ think }) => think.shown || !think.asked;

// --- ends ---

function stopped(stop, draft) {
  const hits = stop.filter((word) => draft.text.includes(word));
  const first = hits.sort((a, b) => draft.text.indexOf(a) - draft.text.indexOf(b))[0];
  return first ? { ...draft, text: draft.text.slice(0, draft.text.indexOf(first)), stopped: first } : draft;
}

function limited(question, words, draft) {
  const spent = tokens(draft.thinking) + tokens(draft.text);
  if (words.has("length")) return { ...halved(draft), finish: "length" };
  if (question.maxTokens && draft.finish === "stop" && spent > question.maxTokens) return cut(draft, question.maxTokens * 4);
  return draft;
}

const halved = (draft) => ({
  ...draft,
  text: draft.text.slice(0, Math.ceil(draft.text.length / 2)),
  calls: draft.calls.map((one, index, all) => (index === all.length - 1 ? cutCall(one) : one)),
});

const cutCall = (one) => ({ ...one, argsText: one.argsText.slice(0, Math.ceil(one.argsText.length / 2)), cut: true });

// Thinking is paid first, so a small limit leaves no text at all: the trap real reasoning models set.
function cut(draft, chars) {
  const kept = draft.thinking.slice(0, chars);
  return { ...draft, thinking: kept, text: draft.text.slice(0, chars - kept.length), stopped: undefined, finish: "length" };
}

function measured({ promptTokens }, draft) {
  const reasoning = tokens(draft.thinking);
  const visible = tokens(draft.text + draft.refusal + draft.calls.map((one) => one.name + one.argsText).join(""));
  return { ...draft, usage: { prompt: promptTokens, reasoning, visible, output: reasoning + visible } };
}
