// The caller's key in the forms in which servers repeat it.

/** The key a request came with. */
export function keyOf({ headers }) {
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
  return headers["x-api-key"] ?? headers["x-goog-api-key"] ?? bearer ?? "";
}

const FORMS = {
  raw: (key) => key,
  percent: encodeURIComponent,
  base64: btoa,
  json: (key) => JSON.stringify(key).slice(1, -1),
};

/** One form of a key. */
export const form = (name, key) => FORMS[name](key);

/** All forms of a key. */
export const forms = (key) => Object.values(FORMS).map((form) => form(key)).join(" ");

/** A JSON text whose first message goes on with the key in all forms. */
export function echoing(text, key, said = forms(key)) {
  const words = JSON.stringify(` ${said}`).slice(1, -1);
  return text.replace(/"(message|error)":\s*"(?:[^"\\]|\\.)*/, (message) => message + words);
}

/** The same with a message of `length` characters that ends in the middle of one form of the key. */
export function cutThrough(text, said, length) {
  const before = "x".repeat(length - Math.ceil(said.length * 0.8));
  const words = JSON.stringify(before + said).slice(1, -1);
  return text.replace(/("(?:message|error)":\s*")(?:[^"\\]|\\.)*/, (_, opening) => opening + words);
}
