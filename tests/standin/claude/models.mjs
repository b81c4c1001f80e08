// Which model takes what (wire reference Anthropic, sections 2 and 6).

/** Ids the model list shows. */
export const LISTED = ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-sonnet-5", "claude-opus-4-6", "claude-sonnet-4-6", "claude-haiku-4-5"];

/** Does a model of this name exist? The claude-3 line is retired and answers 404. */
export const isKnown = (id) => /^claude-(haiku|sonnet|opus|fable|mythos)-\d/.test(id) && !/no-?such|non-?exist|not-exist/.test(id);

// First match wins. types: accepted thinking types; efforts: accepted levels; sampling: "yes" | "default" only;
// forced: may a tool be forced; prefill: may the last message be the assistant's; mid: system messages inside.
const ALL = "low medium high xhigh max";
const FAMILIES = [
  [/^claude-sonnet-5-5/, { types: "adaptive between_tools", efforts: ALL, forced: false }],
  [/^claude-(opus-5-5|(fable|mythos)-5-[12])/, { types: "adaptive", efforts: ALL, forced: false }],
  [/^claude-(fable|mythos)-5/, { types: "adaptive", efforts: ALL }],
  [/^claude-(haiku-5-5|opus-5|sonnet-5)/, { types: "adaptive disabled", efforts: ALL }],
  [/^claude-opus-4-[78]/, { types: "adaptive disabled", efforts: ALL, mid: false }],
  [/^claude-(opus|sonnet)-4-6/, { types: "adaptive enabled disabled", efforts: "low medium high max", sampling: "yes", mid: false }],
  [/^claude-opus-4-5/, { types: "enabled disabled", efforts: "low medium high", sampling: "yes", prefill: true, mid: false }],
  [/^claude-\w+-4/, { types: "enabled disabled", efforts: "", sampling: "yes", prefill: true, mid: false }],
  [/^claude-/, { types: "adaptive", efforts: "low medium high" }],
];

/** The traits of a model, lists split. */
export function traits(id) {
  const { types, efforts, forced = true, sampling = "default", prefill = false, mid = true } = FAMILIES.find(([family]) => family.test(id))[1];
  return { types: types.split(" "), efforts: efforts.split(" ").filter(Boolean), forced, sampling, prefill, mid: mid || /opus-4-8/.test(id) };
}

/** Adaptive thinking is on without being asked for on these. */
export const thinksByDefault = (id) => /^claude-(sonnet-5-5|opus-5-5|(fable|mythos)-)/.test(id);

/** The newest models leave thinking text out unless `display` asks for it. */
export const hidesThinking = (id) => /^claude-(\w+-5-[125]|opus-4-[78])/.test(id);
