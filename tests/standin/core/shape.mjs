// A small table language for request bodies. A dialect writes its body as a table of these types;
// `fault` returns the first thing wrong with a value, and the dialect puts that into its own words.

/** A string; limits: pattern (RegExp), max (length), min (length). */
export const str = (limits = {}) => ({ is: "string", ...limits });
/** A number; limits: min, max. */
export const num = (limits = {}) => ({ is: "number", ...limits });
/** An integer; limits: min, max. */
export const int = (limits = {}) => ({ is: "integer", ...limits });
/** true or false. */
export const bool = { is: "boolean" };
/** Anything. */
export const any = { is: "any" };
/** An object with free members: schemas, arguments, metadata. */
export const open = { is: "object" };
/** An object with free member names and members of one type. */
export const map = (item) => ({ is: "map", item });
/** One of some strings. */
export const oneOf = (...values) => ({ is: "enum", values });
/** A list; limits: min, max (items). */
export const list = (item, limits = {}) => ({ is: "list", item, ...limits });
/** An object with just these members; `extra.nulls` lets optional members be null, `extra.name` is the provider's type name,
 *  `extra.free` lets other members pass. */
export const obj = (fields, extra = {}) => ({ is: "object", fields, ...extra });
/** The first option whose JSON type is that of the value. */
export const either = (...options) => ({ is: "either", options });
/** An object whose table is chosen by its member `key`; `extra.fallback` stands for a missing one,
 *  `extra.others` (RegExp) names further variants with free members. */
export const tagged = (key, variants, extra = {}) => ({ is: "tagged", key, variants, ...extra });
/** Marks a member as required. */
export const need = (type) => ({ ...type, required: true });
/** Lets a value be null. */
export const maybe = (type) => ({ ...type, nullable: true });

/** `null` when `value` fits, else `{kind, path, value, type, …}` with kind
 *  type | unknown | missing | enum | tag | min | max | short | long | pattern.
 *  Path entries are member names, indices, and `{tag}` for the variant of a tagged object. */
export function fault(value, type, path = []) {
  if (value === null && type.nullable) return null;
  return CHECKS[type.is](value, type, path);
}

/** The JSON type of a value, as error texts name it. */
export function kindOf(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

const bad = (kind, path, value, type, more) => ({ kind, path, value, type, ...more });

const CHECKS = {
  any: () => null,
  boolean: (value, type, path) => (typeof value === "boolean" ? null : bad("type", path, value, type)),
  enum: (value, type, path) => {
    if (typeof value !== "string") return bad("type", path, value, type);
    return type.values.includes(value) ? null : bad("enum", path, value, type);
  },
  integer: (value, type, path) => (Number.isInteger(value) ? range(value, type, path) : bad("type", path, value, type)),
  number: (value, type, path) => (typeof value === "number" ? range(value, type, path) : bad("type", path, value, type)),
  string: (value, type, path) => {
    if (typeof value !== "string") return bad("type", path, value, type);
    if (value.length < (type.min ?? 0)) return bad("short", path, value, type);
    if (value.length > (type.max ?? Infinity)) return bad("long", path, value, type);
    return type.pattern && !type.pattern.test(value) ? bad("pattern", path, value, type) : null;
  },
  list: (value, type, path) => {
    if (!Array.isArray(value)) return bad("type", path, value, type);
    if (value.length < (type.min ?? 0)) return bad("short", path, value, type);
    if (value.length > (type.max ?? Infinity)) return bad("long", path, value, type);
    return first(value.entries(), ([index, item]) => fault(item, type.item, [...path, index]));
  },
  either: (value, type, path) => {
    const option = type.options.find((one) => jsonTypes(one).includes(kindOf(value)));
    return option ? fault(value, option, path) : bad("type", path, value, type);
  },
  object: (value, type, path) => {
    if (kindOf(value) !== "object") return bad("type", path, value, type);
    return type.fields ? missing(value, type, path) ?? members(value, type, path) : null;
  },
  map: (value, type, path) => {
    if (kindOf(value) !== "object") return bad("type", path, value, type);
    return first(Object.entries(value), ([name, member]) => fault(member, type.item, [...path, name]));
  },
  tagged: (value, type, path) => {
    if (kindOf(value) !== "object") return bad("type", path, value, type);
    const tag = value[type.key] ?? type.fallback;
    if (tag === undefined) return bad("missing", [...path, type.key], undefined, type);
    const variant = Object.hasOwn(type.variants, tag) ? type.variants[tag] : type.others?.test(tag) ? open : null;
    return variant ? fault(value, variant, [...path, { tag }]) : bad("tag", path, tag, type);
  },
};

function range(value, type, path) {
  if (value < (type.min ?? -Infinity)) return bad("min", path, value, type);
  return value > (type.max ?? Infinity) ? bad("max", path, value, type) : null;
}

function missing(value, type, path) {
  const name = Object.keys(type.fields).find((key) => type.fields[key].required && value[key] === undefined);
  return name ? bad("missing", [...path, name], undefined, type.fields[name]) : null;
}

function members(value, type, path) {
  return first(Object.entries(value), ([name, member]) => {
    const field = fieldOf(type, name);
    if (!field) return type.free ? null : bad("unknown", path, value, type, { name });
    if (member === undefined || (member === null && type.nulls && !field.required)) return null;
    return fault(member, field, [...path, name]);
  });
}

// Gemini takes snake_case beside camelCase: `type.fold` maps the name that was sent to the one in the table.
function fieldOf(type, name) {
  const key = Object.hasOwn(type.fields, name) ? name : type.fold?.(name);
  return key !== undefined && Object.hasOwn(type.fields, key) ? type.fields[key] : undefined;
}

const JSON_TYPES = { enum: ["string"], list: ["array"], tagged: ["object"], map: ["object"], number: ["number", "integer"] };
const jsonTypes = (type) => JSON_TYPES[type.is] ?? [type.is];

function first(entries, check) {
  for (const entry of entries) {
    const found = check(entry);
    if (found) return found;
  }
  return null;
}
