//! The JSON of `generateContent` requests, as far as we write it (wire
//! reference, Gemini §2).

use std::borrow::Cow;

use crate::json::{Json, Write, Writer, writes};

#[derive(Debug, Default)]
pub(super) struct Request<'a> {
    pub(super) system_instruction: Option<Content<'a>>,
    pub(super) contents: Vec<Content<'a>>,
    pub(super) tools: Option<Vec<Tools<'a>>>,
    pub(super) tool_config: Option<ToolConfig<'a>>,
    pub(super) safety_settings: Option<&'a Json>,
    pub(super) generation_config: Option<GenerationConfig<'a>>,
}

#[derive(Debug, Default)]
pub(super) struct Content<'a> {
    pub(super) role: Option<&'static str>,
    pub(super) parts: Vec<Part<'a>>,
}

/// One part: written by us, or sent back as it came.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly every part is ours")]
pub(super) enum Part<'a> {
    Ours(OurPart<'a>),
    Raw(Json),
}

#[derive(Debug, Default)]
pub(super) struct OurPart<'a> {
    pub(super) text: Option<Cow<'a, str>>,
    pub(super) inline_data: Option<Blob<'a>>,
    pub(super) file_data: Option<FileData<'a>>,
    pub(super) function_call: Option<Call<'a>>,
    pub(super) function_response: Option<FunctionResponse<'a>>,
    pub(super) thought_signature: Option<Cow<'a, str>>,
}

impl<'a> Part<'a> {
    /// A text part.
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Ours(OurPart {
            text: Some(text.into()),
            ..OurPart::default()
        })
    }
}

#[derive(Debug)]
pub(super) struct Blob<'a> {
    pub(super) mime_type: Cow<'a, str>,
    pub(super) data: &'a str,
}

#[derive(Debug)]
pub(super) struct FileData<'a> {
    pub(super) file_uri: &'a str,
    pub(super) mime_type: Option<&'static str>,
}

#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) args: Json,
}

#[derive(Debug)]
pub(super) struct FunctionResponse<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) response: Outcome,
    pub(super) parts: Vec<Part<'a>>,
}

/// What a function answered: the API wants an object.
#[derive(Debug)]
pub(super) enum Outcome {
    Output(Json),
    Error(Json),
}

#[derive(Debug)]
pub(super) struct Tools<'a> {
    pub(super) function_declarations: Vec<Declaration<'a>>,
}

#[derive(Debug)]
pub(super) struct Declaration<'a> {
    pub(super) name: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) parameters_json_schema: Option<&'a Json>,
}

#[derive(Debug)]
pub(super) struct ToolConfig<'a> {
    pub(super) function_calling_config: Calling<'a>,
}

#[derive(Debug)]
pub(super) struct Calling<'a> {
    pub(super) mode: &'static str,
    pub(super) allowed_function_names: Option<Vec<&'a str>>,
}

#[derive(Debug, Default, PartialEq)]
pub(super) struct GenerationConfig<'a> {
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) max_output_tokens: Option<u64>,
    pub(super) stop_sequences: Option<&'a [String]>,
    pub(super) presence_penalty: Option<f64>,
    pub(super) frequency_penalty: Option<f64>,
    /// 32 bits of it.
    pub(super) seed: Option<i64>,
    pub(super) response_mime_type: Option<&'static str>,
    pub(super) response_json_schema: Option<Json>,
    pub(super) thinking_config: Option<ThinkingConfig>,
}

/// A level or a budget, never both.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ThinkingConfig {
    pub(super) thinking_level: Option<&'static str>,
    pub(super) thinking_budget: Option<u64>,
    pub(super) include_thoughts: Option<bool>,
}

writes!(Request<'a> {
    system_instruction = "systemInstruction",
    contents,
    tools,
    tool_config = "toolConfig",
    safety_settings = "safetySettings",
    generation_config = "generationConfig",
});
writes!(Content<'a> { role, parts });
writes!(OurPart<'a> {
    text,
    inline_data = "inlineData",
    file_data = "fileData",
    function_call = "functionCall",
    function_response = "functionResponse",
    thought_signature = "thoughtSignature",
});
writes!(Blob<'a> { mime_type = "mimeType", data });
writes!(FileData<'a> { file_uri = "fileUri", mime_type = "mimeType" });
writes!(Call<'a> { id, name, args });
writes!(FunctionResponse<'a> { id, name, response, parts? });
writes!(Tools<'a> { function_declarations = "functionDeclarations" });
writes!(Declaration<'a> { name, description, parameters_json_schema = "parametersJsonSchema" });
writes!(ToolConfig<'a> { function_calling_config = "functionCallingConfig" });
writes!(Calling<'a> { mode, allowed_function_names = "allowedFunctionNames" });
writes!(GenerationConfig<'a> {
    temperature,
    top_p = "topP",
    max_output_tokens = "maxOutputTokens",
    stop_sequences = "stopSequences",
    presence_penalty = "presencePenalty",
    frequency_penalty = "frequencyPenalty",
    seed,
    response_mime_type = "responseMimeType",
    response_json_schema = "responseJsonSchema",
    thinking_config = "thinkingConfig",
});
writes!(ThinkingConfig {
    thinking_level = "thinkingLevel",
    thinking_budget = "thinkingBudget",
    include_thoughts = "includeThoughts",
});

impl Write for Part<'_> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Ours(part) => part.write(writer),
            Self::Raw(json) => json.write(writer),
        }
    }
}

impl Write for Outcome {
    fn write(&self, writer: &mut Writer) {
        let (key, value) = match self {
            Self::Output(value) => ("output", value),
            Self::Error(value) => ("error", value),
        };
        writer.object(&mut |writer| writer.field(key, value));
    }
}
