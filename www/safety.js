// Gemini's safety settings: from where on it blocks, for each category of harm.
import { make } from "./make.js";

const CATEGORIES = { HARASSMENT: "Harassment", HATE_SPEECH: "Hate speech", SEXUALLY_EXPLICIT: "Sexually explicit", DANGEROUS_CONTENT: "Dangerous content" };
const THRESHOLDS = {
  "": "Gemini's default",
  BLOCK_LOW_AND_ABOVE: "Block if low or likelier",
  BLOCK_MEDIUM_AND_ABOVE: "Block if medium or likelier",
  BLOCK_ONLY_HIGH: "Block only if high",
  BLOCK_NONE: "Block nothing",
  OFF: "Off",
};

/** The fields, in `element`. */
export function safetyFields(element) {
  for (const [category, name] of Object.entries(CATEGORIES)) {
    const label = make("label", "", `${name} `);
    const select = make("select", "");
    select.dataset.category = `HARM_CATEGORY_${category}`;
    select.append(...Object.entries(THRESHOLDS).map(([value, text]) => new Option(text, value)));
    label.append(select);
    element.append(label);
  }
}

/** What a request says of them: nothing where everything is as Gemini has it. */
export function safetyOptions(element) {
  const set = [...element.querySelectorAll("select")].filter(({ value }) => value !== "");
  if (set.length === 0) return {};
  const safetySettings = set.map(({ value, dataset }) => ({ category: dataset.category, threshold: value }));
  return { provider_options: { gemini: { safetySettings } } };
}
