// What the body tables cannot say: rules between members, and between members and the model.

import { fault } from "../core/shape.mjs";
import { refuse, refuseFault } from "./errors.mjs";
import { isKnown, traits } from "./models.mjs";
import { checkOrder } from "./order.mjs";
import { checkCircles, checkSchema, checkStrictTools } from "./schemas.mjs";

/** Refuses a body the API would refuse; `table` is that of the endpoint. */
export function check(body, table) {
  const found = fault(body, table);
  if (found) refuseFault(found);
  if (!isKnown(body.model)) refuse(`model: ${body.model}`, { status: 404, type: "not_found_error" });
  const model = traits(body.model);
  thinking(body, model);
  effort(body, model);
  sampling(body, model);
  tools(body, model);
  formats(body);
  checkOrder(body, model);
}

// --- thinking and effort ---

function thinking({ thinking: asked, max_tokens, output_config }, { types }) {
  if (!asked) return;
  if (!types.includes(asked.type)) refuse(refusedType(asked.type));
  const level = output_config?.effort ?? "high";
  if (asked.type === "between_tools" && !["low", "medium", "high"].includes(level)) refuse(`"thinking.type.between_tools" is not supported with effort '${level}'.`);
  if (asked.type === "disabled" && types.includes("adaptive") && !types.includes("enabled") && ["xhigh", "max"].includes(level)) refuse(`"thinking.type.disabled" is not supported with effort '${level}'.`);
  if (max_tokens !== undefined && asked.budget_tokens >= max_tokens) refuse("`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size");
}

function refusedType(type) {
  if (type === "enabled") return '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.';
  return type === "adaptive" ? "adaptive thinking is not supported on this model" : `"thinking.type.${type}" is not supported for this model.`;
}

function effort({ output_config }, { efforts }) {
  const level = output_config?.effort;
  if (!level) return;
  if (!efforts.length) refuse("This model does not support the effort parameter.");
  if (!efforts.includes(level)) refuse(`This model does not support effort level '${level}'. Supported levels: ${[...efforts].sort().join(", ")}.`);
}

// --- sampling ---

function sampling(body, { sampling: allowed }) {
  const { temperature, top_p, thinking: asked } = body;
  if (asked && ["enabled", "adaptive"].includes(asked.type)) whileThinking(body);
  if (allowed === "default") return onlyDefaults(body);
  // Claude 3 and sonnet-4-0 took both; later ones want one of them.
  const both = temperature !== undefined && top_p !== undefined;
  if (both && !/^claude-(sonnet|opus)-4-(0|2025)/.test(body.model)) refuse("`temperature` and `top_p` cannot both be specified for this model. Please use only one.");
}

function whileThinking({ temperature, top_p, top_k }) {
  const where = "Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#important-considerations-when-using-extended-thinking";
  if (temperature !== undefined && temperature !== 1) refuse(`\`temperature\` may only be set to 1 when thinking is enabled or in adaptive mode. ${where}`);
  if (top_p !== undefined && top_p < 0.95) refuse(`\`top_p\` must be greater than or equal to 0.95 or unset when thinking is enabled or in adaptive mode. ${where}`);
  if (top_k !== undefined) refuse(`\`top_k\` must be unset when thinking is enabled or in adaptive mode. ${where}`);
}

function onlyDefaults({ temperature, top_p, top_k }) {
  if (temperature !== undefined && temperature !== 1) refuse("`temperature` is deprecated for this model.");
  if (top_p !== undefined && top_p < 0.99) refuse("`top_p` is deprecated for this model.");
  if (top_k !== undefined) refuse("`top_k` is deprecated for this model.");
}

// --- tools ---

function tools(body, { forced: mayForce }) {
  const { tools: offered, tool_choice: choice, thinking: asked } = body;
  if (choice && !offered?.length) refuse("tool_choice: tool_choice may only be specified while providing tools.");
  const names = (offered ?? []).map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) refuse("tools: Tool names must be unique.");
  const forced = ["any", "tool"].includes(choice?.type);
  if (choice?.type === "tool" && !names.includes(choice.name)) refuse(`Tool '${choice.name}' not found in provided tools`);
  if (forced && asked?.type === "enabled") refuse("Thinking may not be enabled when tool_choice forces tool use.");
  if (forced && !mayForce) refuse(`tool_choice: type "${choice.type}" is not supported for this model.`);
  (offered ?? []).forEach((tool, index) => toolSchema(tool, `tools.${index}.custom`));
  checkStrictTools(offered ?? []);
}

function toolSchema({ input_schema: schema, strict }, path) {
  if (!schema) return;
  if (schema.oneOf || schema.anyOf || schema.allOf) refuse(`${path}.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`);
  if (!strict) return;
  checkCircles(schema, path);
  checkSchema(schema, path);
}

// --- the rest ---

function formats({ stop_sequences: stops, output_config, output_format }) {
  if (stops?.some((stop) => !stop.trim())) refuse("stop_sequences: each stop sequence must contain non-whitespace");
  if (output_config?.format) checkSchema(output_config.format.schema, "output_config.format.schema");
  if (output_format) checkSchema(output_format.schema, "output_format.schema");
}
