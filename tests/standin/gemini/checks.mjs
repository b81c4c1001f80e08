// What the body tables cannot say: rules between members, and between members and the model.

import { fault, kindOf } from "../core/shape.mjs";
import { camel, refuse, refuseFault } from "./errors.mjs";
import { budget, levels, mixesJsonAndTools, refusesPenalty, thinkingKind } from "./models.mjs";
import { checkContents } from "./order.mjs";

/** Refuses a body the API would refuse; returns it with camelCase names. */
export function check(body, table) {
  const lists = singlesAsLists(body);
  const found = fault(lists, table);
  if (found) refuseFault(found);
  return camelKeys(lists);
}

const LISTS = ["contents", "parts", "tools", "functionDeclarations"];

// One message where a list of them belongs passes (recorded with 200).
function singlesAsLists(value) {
  if (Array.isArray(value)) return value.map(singlesAsLists);
  if (kindOf(value) !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, listed(camel(key), member)]));
}

function listed(key, member) {
  if (OPAQUE.includes(key)) return member;
  const inner = singlesAsLists(member);
  return LISTS.includes(key) && kindOf(inner) === "object" ? [inner] : inner;
}

/** The rules of a generateContent body in camelCase. */
export function checkRequest(body, model) {
  system(body, model);
  tools(body);
  config(body, model);
  safety(body);
  checkContents(body.contents, model);
}

const OPAQUE = ["args", "response", "parametersJsonSchema", "responseJsonSchema", "properties", "parameters", "responseSchema"];

// The API takes both spellings; what the caller owns (arguments, schemas) keeps its names.
function camelKeys(value) {
  if (Array.isArray(value)) return value.map(camelKeys);
  if (!value || typeof value !== "object") return value;
  const set = Object.entries(value).filter(([, member]) => member !== null); // null means unset
  return Object.fromEntries(set.map(([key, member]) => [camel(key), OPAQUE.includes(camel(key)) ? member : camelKeys(member)]));
}

function system({ systemInstruction: given, cachedContent, tools: offered, toolConfig }, model) {
  if (given && /^gemma-[123]/.test(model)) refuse(`Developer instruction is not enabled for models/${model}`);
  if (given && !given.parts?.length) refuse("* GenerateContentRequest.system_instruction.parts: contents.parts must not be empty.\n");
  if (cachedContent && (given || offered || toolConfig)) refuse("CachedContent can not be used with GenerateContent request setting system_instruction, tools or tool_config.\n\nProposed fix: move those values to CachedContent from GenerateContent request.");
}

// --- tools ---

function tools({ tools: offered, toolConfig }) {
  const declared = (offered ?? []).flatMap((tool) => tool.functionDeclarations ?? []);
  const names = declared.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) refuse(`Duplicate function declaration found: ${twice}`);
  const both = declared.find((one) => one.parameters && one.parametersJsonSchema);
  if (both) refuse("Only one of `parameters` and `parameters_json_schema` may be set in a function declaration.");
  calling(toolConfig?.functionCallingConfig, names);
}

function calling(config, names) {
  if (!config) return;
  if (!names.length) refuse("Function calling config is set without function_declarations.");
  const { mode = "AUTO", allowedFunctionNames: allowed = [] } = config;
  if (allowed.length && !["ANY", "VALIDATED"].includes(mode)) refuse("Allowed function names should only be set when function calling mode is ANY or VALIDATED.");
  const stray = allowed.find((name) => !names.includes(name));
  if (stray) refuse(`Invalid value at 'tool_config.function_calling_config.allowed_function_names': ${stray} is not declared.`);
}

// --- generation config ---

function config({ generationConfig: given = {}, tools: offered }, model) {
  if (refusesPenalty(model) && (given?.presencePenalty !== undefined || given?.frequencyPenalty !== undefined)) refuse(`Penalty is not enabled for models/${model}`);
  json(given ?? {}, offered, model);
  if (given?.thinkingConfig) thinking(given.thinkingConfig, model);
}

function json({ responseMimeType: type, responseSchema, responseJsonSchema }, offered, model) {
  const isJson = type === "application/json";
  if (responseSchema && responseJsonSchema) refuse("Only one of `response_schema` and `response_json_schema` may be set.");
  if ((responseSchema || responseJsonSchema) && !isJson && type !== "text/x.enum") refuse("Response schema is only supported with response mime type: 'application/json'.");
  if (isJson && offered?.some((tool) => tool.functionDeclarations) && !mixesJsonAndTools(model)) refuse("Function calling with a response mime type: 'application/json' is unsupported");
}

function thinking({ thinkingBudget: tokens, thinkingLevel: level }, model) {
  const kind = thinkingKind(model);
  if (kind === "none") refuse(`Thinking is not enabled for models/${model}`);
  if (tokens !== undefined && level !== undefined) refuse("You can only set only one of thinking budget and thinking level.");
  if (kind === "budget" && level !== undefined) refuse("Thinking level is not supported for this model.");
  if (kind === "budget" && tokens !== undefined && tokens !== -1) budgetRange(tokens, budget(model));
  if (kind === "level" && level && !levels(model).includes(level.toUpperCase())) refuse(`Thinking level ${level.toUpperCase()} is not supported for this model. Please retry with other thinking level.`);
}

function budgetRange(tokens, { min, max, off }) {
  if (tokens === 0 && off) return;
  if (tokens === 0) refuse("Budget 0 is invalid. This model only works in thinking mode.");
  if (tokens < min || tokens > max) refuse(`The thinking budget ${tokens} is invalid. Please choose a value between ${min} and ${max}.`);
}

function safety({ safetySettings: settings = [] }) {
  const names = (settings ?? []).map(({ category }) => category);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) refuse(`Duplicate safety setting for category ${twice}.`);
}
