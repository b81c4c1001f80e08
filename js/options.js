// Options as callers give them: what is misspelt or of another kind is refused by name, not passed over.
import { fail } from "./errors.js";
import { readable } from "./values.js";

/** Of one call. */
export const CALL = ["signal", "timeouts", "raw"];
/** What an option has to be: a `typeof`, or words for it and what it has to have. */
const KINDS = {
  allowServiceAccountInBrowser: "boolean",
  dangerouslyAllowBrowser: "boolean",
  env: "object",
  exact: "boolean",
  fetch: "function",
  live: "boolean",
  onSettled: "function",
  raw: "boolean",
  signal: ["an AbortSignal", "aborted", "addEventListener"],
  timeouts: "object",
  tokenizer: ["what has `knows` and `load`", "knows", "load"],
  verbose: "boolean",
};

/** What was given, or nothing. `names`: all it may have; `kind`: what each of them has to be. */
export function checked(given, names, type = "invalid_request", place = "options", kind) {
  return readable(place, type, () => {
    if (given === undefined || given === null) return {};
    // A signal in their place has no names, and would be passed over.
    if (typeof given !== "object" || Array.isArray(given) || "aborted" in given) fail(type, `${place}: expected an object with ${names.join(", ")}`);
    for (const [name, value] of Object.entries(given)) {
      if (!names.includes(name)) fail(type, `${place}.${name}: unknown option, expected one of ${names.join(", ")}`);
      const wanted = kind ?? KINDS[name];
      if (wanted && !fits(value, wanted)) fail(type, `${place}.${name}: expected ${Array.isArray(wanted) ? wanted[0] : `a value of type ${wanted}`}`);
    }
    return given;
  });
}

/** `null` stands for nothing. */
function fits(value, wanted) {
  if (value === undefined || value === null) return true;
  return Array.isArray(wanted) ? wanted.slice(1).every((name) => value[name] !== undefined) : typeof value === wanted;
}
