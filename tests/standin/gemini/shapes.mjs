// The bodies of generateContent and countTokens as tables (wire reference Gemini, section 2).

import { any, bool, int, list, map, need, num, obj, oneOf, open, str } from "../core/shape.mjs";
import { camel } from "./errors.mjs";

// Protocol buffers: null means unset, and each name has a snake_case twin.
const message = (name, fields) => obj(fields, { nulls: true, fold: camel, name });
const choice = (name, ...values) => ({ ...oneOf(...values), name });

const blob = message("Blob", { mimeType: str(), data: str(), displayName: str() });
const functionCall = message("FunctionCall", { id: str(), name: str(), args: { ...open, name: "Struct" } });
const responsePart = message("FunctionResponsePart", { inlineData: blob, fileData: any });
const functionResponse = message("FunctionResponse", {
  id: str(), name: str(), response: { ...open, name: "Struct" }, parts: list(responsePart), willContinue: bool, scheduling: str(),
});
const part = message("Part", {
  text: str(), inlineData: blob, functionCall, functionResponse, thought: bool, thoughtSignature: str(),
  fileData: message("FileData", { mimeType: str(), fileUri: str(), displayName: str() }),
  executableCode: open, codeExecutionResult: open, videoMetadata: open, mediaResolution: open, partMetadata: open,
});
const content = message("Content", { role: str(), parts: list(part) });

const schemaFields = {
  type: str(), format: str(), title: str(), description: str(), nullable: bool, enum: list(str()), maxItems: any, minItems: any, required: list(str()),
  minProperties: any, maxProperties: any, minLength: any, maxLength: any, pattern: str(), example: any, default: any, propertyOrdering: list(str()), minimum: num(), maximum: num(),
};
const schema = message("Schema", schemaFields);
// A schema holds schemas.
Object.assign(schema.fields, { items: schema, anyOf: list(schema), properties: map(schema) });

const NAME_RULE = "Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 128.";
const declaration = message("FunctionDeclaration", {
  name: { ...str({ pattern: /^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/, says: `[FIELD_INVALID] ${NAME_RULE}` }), required: true },
  description: str(), parameters: schema, parametersJsonSchema: any, response: schema, responseJsonSchema: any, behavior: str(),
});
const tool = message("Tool", {
  functionDeclarations: list(declaration), googleSearch: open, googleSearchRetrieval: open, codeExecution: open, urlContext: open, googleMaps: open, computerUse: open, fileSearch: open,
});

const thinkingConfig = message("ThinkingConfig", {
  includeThoughts: bool, thinkingBudget: int(),
  thinkingLevel: choice("ThinkingConfig.ThinkingLevel", ...["minimal", "low", "medium", "high", "xhigh"].flatMap((level) => [level, level.toUpperCase()])),
});
const generationConfig = message("GenerationConfig", {
  temperature: num({ min: 0, max: 2 }), topP: num({ min: 0, max: 1 }), topK: num(), candidateCount: int({ min: 1, max: 8 }), maxOutputTokens: int({ min: 1, max: 2147483647 }),
  stopSequences: list(str(), { max: 5 }), presencePenalty: num(), frequencyPenalty: num(), seed: int(), responseMimeType: str(), responseSchema: schema,
  responseJsonSchema: any, responseLogprobs: bool, logprobs: int(), thinkingConfig, mediaResolution: str(), responseModalities: list(str()),
  speechConfig: open, imageConfig: open, enableEnhancedCivicAnswers: bool,
});
const HARMS = ["HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT", "CIVIC_INTEGRITY"].map((name) => `HARM_CATEGORY_${name}`);
const safety = message("SafetySetting", {
  category: need(choice("HarmCategory", ...HARMS)),
  threshold: need(choice("SafetySetting.HarmBlockThreshold", "HARM_BLOCK_THRESHOLD_UNSPECIFIED", "BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH", "BLOCK_NONE", "OFF")),
});

const GENERATE = {
  contents: { ...list(content, { min: 1, says: "* GenerateContentRequest.contents: contents is not specified\n" }), required: true },
  systemInstruction: content, tools: list(tool),
  toolConfig: message("ToolConfig", {
    functionCallingConfig: message("FunctionCallingConfig", { mode: choice("FunctionCallingConfig.Mode", "MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"), allowedFunctionNames: list(str()) }),
    retrievalConfig: open, includeServerSideToolInvocations: bool,
  }),
  safetySettings: list(safety), generationConfig, cachedContent: str(), serviceTier: str(), store: bool, continuationToken: str(),
};

/** POST :generateContent and :streamGenerateContent; `model` may repeat that of the path. */
export const generate = message("GenerateContentRequest", { ...GENERATE, model: str() });

/** POST :countTokens: bare contents, or a whole request inside. */
export const count = message("CountTokensRequest", { contents: list(content), generateContentRequest: message("GenerateContentRequest", { ...GENERATE, model: { ...str(), required: true } }) });
