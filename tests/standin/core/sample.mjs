// Builds a value that fits a JSON Schema: strings "Paris", numbers 7, first enum member.
// Both schema spellings in use are read: `"type":"string"` and Gemini's `"type":"STRING"`.

const MAX_DEPTH = 8; // recursive schemas must end somewhere

/** A value for `schema`; `{}` when there is none. `root` resolves `#/$defs/…` references. */
export function sample(schema, root = schema, depth = 0) {
  if (!schema || typeof schema !== "object" || depth > MAX_DEPTH) return {};
  if (schema.$ref) return sample(resolve(root, schema.$ref), root, depth + 1);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum?.length) return schema.enum[0];
  const branch = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (branch?.length) return sample(branch[0], root, depth + 1);
  return byType(schema, root, depth);
}

const resolve = (root, ref) =>
  ref.replace(/^#\/?/, "").split("/").filter(Boolean).reduce((node, key) => node?.[key], root);

function byType(schema, root, depth) {
  switch (typeName(schema)) {
    case "string": return text(schema);
    case "number":
    case "integer": return number(schema);
    case "boolean": return true;
    case "null": return null;
    case "array": return items(schema, root, depth);
    default: return members(schema, root, depth);
  }
}

function typeName(schema) {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  return String(type ?? (schema.items ? "array" : "object")).toLowerCase();
}

function text({ format }) {
  const known = { date: "2026-01-02", "date-time": "2026-01-02T03:04:05Z", email: "a@example.com", uri: "https://example.com/" };
  return known[format] ?? "Paris";
}

const number = ({ minimum = -Infinity, maximum = Infinity }) => Math.min(Math.max(7, minimum), maximum);

const items = (schema, root, depth) =>
  Array.from({ length: Math.max(1, schema.minItems ?? 1) }, () => sample(schema.items ?? { type: "string" }, root, depth + 1));

const members = (schema, root, depth) =>
  Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, value]) => [key, sample(value, root, depth + 1)]));
