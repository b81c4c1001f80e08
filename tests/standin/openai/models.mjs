// Which model takes what (wire reference OpenAI, section 2), by families, not by single ids.

const EFFORTS = [
  [/^o\d/, "low medium high"],
  [/^gpt-5-pro/, "high"],
  [/^gpt-5\.\d-pro/, "medium high xhigh"],
  [/codex/, "low medium high xhigh"],
  [/^gpt-6-astra|^gpt-6\.1-sol/, "low medium high xhigh max"],
  [/^gpt-(5\.6|6)/, "none low medium high xhigh max"],
  [/^gpt-5\.[2-5]/, "none low medium high xhigh"],
  [/^gpt-5\.1/, "none low medium high"],
  [/^gpt-5/, "minimal low medium high"],
];

/** Ids the model list shows; the list of the real API mixes in models that cannot chat. */
export const LISTED = ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-5-mini", "gpt-5.2", "gpt-6-sol", "o4-mini", "text-embedding-3-small"];

/** Does a model of this name exist? */
export const isKnown = (id) => /^(gpt-\d|o\d|chatgpt-|chat-latest|computer-use|text-embedding-|ft:)/.test(id) && !/no-?such|non-?exist|not-exist/.test(id);

/** Reasoning models refuse sampling parameters and `max_tokens`. */
export const isReasoning = (id) => /^(o\d|gpt-[56])/.test(id) && !/chat/.test(id);

/** Models that Chat Completions does not serve. */
export const isResponsesOnly = (id) =>
  /^o[13]-pro|deep-research|^computer-use|^gpt-5(\.\d)?-pro|codex|cyber|^gpt-daybreak|rosalind/.test(id);

/** Effort levels of a reasoning model. */
export const efforts = (id) => EFFORTS.find(([family]) => family.test(id))?.[1].split(" ") ?? [];

/** Sampling parameters pass on these once the effort is `none`. */
export const samplesWhenOff = (id) => /^gpt-5\.[1-6]|^gpt-6\.1-terra|^gpt-6-luna|^gpt-6-sol/.test(id);

/** Chat Completions refuses function tools on these unless the effort is `none`. */
export const toolsNeedResponses = (id) => /^gpt-(5\.6|6)/.test(id);

/** Models older than structured output. */
export const lacksJsonSchema = (id) => /^gpt-3\.5|^gpt-4($|-\d|-turbo)/.test(id);

/** The answering name: OpenAI puts a date behind an alias. */
export const dated = (id) => (/\d{4}-\d\d-\d\d$/.test(id) ? id : `${id}-2026-01-15`);

/** Without an effort these do not reason (gpt-5.4-nano recorded with a temperature and no effort). */
export const isOffByDefault = (id) => /^gpt-5\.[1-4]/.test(id) && !/pro|codex/.test(id);
