// The package types what one passes to its methods, not the body it makes of that: the body is put together here from
// its types of the parts, by the names of the REST reference.
import type {
  Content, GenerationConfig, SafetySetting, ServiceTier, ThinkingConfig, ThinkingLevel, Tool, ToolConfig,
} from "@google/genai";

/** The package's string enums as the texts they stand for, at any depth. */
type Opened<T> = unknown extends T
  ? T
  : T extends string
    ? string extends T ? T : `${T}`
    : T extends (infer Item)[]
      ? Opened<Item>[]
      : T extends object
        ? { [Key in keyof T]: Opened<T[Key]> }
        : T;

// ---- where the package lags behind the wire reference ----------------------

/** Levels in either case are answered (recorded; Gemini §2 "Thinking"), and the newest model knows one more. */
type Level = Lowercase<`${ThinkingLevel}`> | "xhigh";
type Thinking = Omit<ThinkingConfig, "thinkingLevel"> & { thinkingLevel?: Level };

// ----------------------------------------------------------------------------

export type GenerateContent = Opened<{
  contents: Content[];
  systemInstruction?: Content;
  tools?: Tool[];
  toolConfig?: ToolConfig;
  safetySettings?: SafetySetting[];
  generationConfig?: Omit<GenerationConfig, "thinkingConfig"> & { thinkingConfig?: Thinking };
  cachedContent?: string;
  serviceTier?: ServiceTier;
  labels?: Record<string, string>;
  store?: boolean;
  continuationToken?: string;
}>;
