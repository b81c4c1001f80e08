// Turns a checked body (camelCase) into the question the script answers.

import { base64Image, imageOf, promptTokens } from "../core/read.mjs";
import { thinkingKind } from "./models.mjs";

/** The question in a generateContent body for `model`. */
export function read(body, model) {
  const { contents, systemInstruction, tools, toolConfig, generationConfig: given } = body;
  const config = given ?? {};
  const user = contents.findLast((turn) => turn.role !== "model" && turn.parts.some((part) => part.text !== undefined)) ?? contents.at(-1);
  const images = user.parts.filter((part) => part.inlineData ?? part.fileData).map(imageIn);
  const schema = config.responseJsonSchema ?? config.responseSchema ?? null;
  return {
    model, userText: user.parts.map(({ text }) => text ?? "").join(""), images, results: resultsIn(contents),
    tools: (tools ?? []).flatMap((tool) => tool.functionDeclarations ?? []).map((one) => ({ name: one.name, schema: one.parametersJsonSchema ?? one.parameters })),
    choice: choiceOf(toolConfig?.functionCallingConfig), parallel: true,
    json: config.responseMimeType === "application/json", schema, stop: config.stopSequences ?? [], maxTokens: config.maxOutputTokens ?? 0,
    promptTokens: promptTokens([contents, systemInstruction, tools, schema], images), think: thinkOf(model, config.thinkingConfig),
  };
}

function thinkOf(model, { thinkingBudget, includeThoughts = false } = {}) {
  // flash-lite thinks only when told to.
  const asked = /2\.5-flash-lite/.test(model) ? Boolean(thinkingBudget) : thinkingBudget !== 0;
  return { can: thinkingKind(model) !== "none" && thinkingBudget !== 0, asked, shown: includeThoughts ?? false };
}

function imageIn({ inlineData, fileData }) {
  return inlineData ? base64Image(inlineData.mimeType, inlineData.data) : imageOf(fileData.fileUri);
}

function choiceOf({ mode = "AUTO", allowedFunctionNames: allowed = [] } = {}) {
  if (mode === "ANY" && allowed.length) return { name: allowed[0] };
  return { ANY: "required", NONE: "none" }[mode] ?? "auto";
}

// Results count when the last turns after the model's bring them.
function resultsIn(contents) {
  const at = contents.findLastIndex(({ role }) => role === "model");
  return contents.slice(at + 1).flatMap(({ parts }) => parts).filter((part) => part.functionResponse).map(({ functionResponse: { name, response } }) => ({ name, text: resultText(response) }));
}

function resultText(response) {
  const value = response.output ?? response.result ?? response.error ?? response;
  return typeof value === "string" ? value : JSON.stringify(value);
}
