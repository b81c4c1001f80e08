// A dry run of the message in the box: who would answer, what it would cost, why others would not be asked.
import { dollars } from "./dollars.js";
import { make } from "./make.js";
import { words } from "./units.js";

/** The lines for what `llm.explain` says. */
export function prospects({ provider, candidates }) {
  return candidates.map((one) => row(one, one.provider === provider));
}

function row({ provider, model, skipped, input_tokens: input, output_tokens: output, cost, warnings }, answers) {
  const item = make("li", answers ? "answered" : skipped ? "skipped" : "");
  const head = make("p", "");
  head.append(make("span", "who", provider), " ", make("span", "model", model ?? "its first model"), " ", make("span", "outcome", verdict(skipped, answers)));
  item.append(head);
  item.append(make("p", "facts", skipped ? skipped.message : `about ${input} tokens in, up to ${output} out · ${cost === null ? "price unknown" : `${dollars(cost)} for so many`}`));
  for (const { field, message } of skipped ? [] : warnings) item.append(make("p", "facts", `Note: ${field && !message.includes(field) ? `${field}: ` : ""}${message}`));
  return item;
}

function verdict(skipped, answers) {
  if (skipped) return `not asked, ${words(skipped.type)}`;
  return answers ? "would answer" : "next in line";
}
