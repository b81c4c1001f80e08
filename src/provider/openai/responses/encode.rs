//! Writing Responses requests.

use super::super::encoder::Encoder;
use super::input::input;
use crate::chat::{Effort, ResponseFormat, ThinkingDisplay, ToolChoice, Warning};
use crate::error::Result;
use crate::json::Json;

/// Fewer tokens are refused by the API.
const MIN_OUTPUT_TOKENS: u64 = 16;

/// The schema of a function without arguments; it fits the strict rules as well.
const NO_PARAMETERS: &str =
    r#"{"type":"object","properties":{},"required":[],"additionalProperties":false}"#;

/// Writes the fields of the body.
///
/// # Errors
/// `unsupported` for what cannot be said here.
pub(super) fn body(encoder: &mut Encoder<'_>) -> Result<()> {
    let (request, target) = (encoder.request, encoder.target);
    let effort = encoder.effort();
    encoder.text("model", target.model);
    let any_cut = input(encoder)?;
    let wanted = request.max_tokens.or(target.config.max_tokens);
    let limit = wanted.map(|tokens| tokens.max(MIN_OUTPUT_TOKENS));
    encoder.out.field("max_output_tokens", &limit);
    encoder.sampling(effort);
    if any_cut {
        let message =
            "a tool call whose arguments were cut off was not sent back, nor was its result";
        let warning = Warning::new("tool_call_incomplete", message);
        encoder.warnings.push(warning);
    }
    if let Some(wanted) = wanted.filter(|_| limit != wanted) {
        let model = target.model;
        encoder.warn(
            "max_tokens",
            format!(
                "{model} takes at least {MIN_OUTPUT_TOKENS}; sent {MIN_OUTPUT_TOKENS} instead of {wanted}"
            ),
        );
    }
    if encoder.takes_tool_fields() {
        tools(encoder);
        tool_choice(encoder);
        let parallel = &request.parallel_tool_calls;
        encoder.out.field("parallel_tool_calls", parallel);
    }
    reasoning(encoder, effort);
    text(encoder);
    if encoder.reasons {
        encoder.out.key("include");
        encoder.out.raw(r#"["reasoning.encrypted_content"]"#);
    }
    encoder.identity();
    // The API stores by default; we never ask it to.
    encoder.out.field("store", &false);
    encoder.out.field("stream", &target.stream);
    dropped(encoder);
    Ok(())
}

fn tools(encoder: &mut Encoder<'_>) {
    encoder.out.key("tools");
    encoder.out.begin_list();
    for tool in &encoder.request.tools {
        let function = &tool.function;
        encoder.begin("function");
        encoder.text("name", &function.name);
        encoder.out.field("description", &function.description);
        // A schema is required; without one the function takes no arguments.
        let schema = function.parameters.as_ref();
        encoder.out.key("parameters");
        encoder.out.raw(schema.map_or(NO_PARAMETERS, Json::text));
        // Left out, the API would try to enforce the schema.
        let strict = function.strict.unwrap_or(false);
        encoder.out.field("strict", &strict);
        encoder.out.end_object();
    }
    encoder.out.end_list();
}

fn tool_choice(encoder: &mut Encoder<'_>) {
    match &encoder.request.tool_choice {
        Some(ToolChoice::Function(name)) => {
            encoder.out.key("tool_choice");
            encoder.begin("function");
            encoder.text("name", name);
            encoder.out.end_object();
        }
        // The words are the same.
        choice => encoder.out.field("tool_choice", choice),
    }
}

/// A summary may need a verified organisation, so it is asked for only when wanted.
fn reasoning(encoder: &mut Encoder<'_>, effort: Option<Effort>) {
    let thinking = encoder.request.thinking.as_ref();
    let display = thinking.and_then(|thinking| thinking.display);
    let shown = display == Some(ThinkingDisplay::Summarized)
        && encoder.reasons
        && effort != Some(Effort::None);
    if effort.is_none() && !shown {
        return;
    }
    encoder.out.key("reasoning");
    encoder.out.begin_object();
    if let Some(effort) = effort {
        encoder.text("effort", effort.as_str());
    }
    if shown {
        encoder.text("summary", "auto");
    }
    encoder.out.end_object();
}

fn text(encoder: &mut Encoder<'_>) {
    let (kind, schema) = match &encoder.request.response_format {
        None | Some(ResponseFormat::Text) => return,
        Some(ResponseFormat::JsonObject) => ("json_object", None),
        Some(ResponseFormat::JsonSchema(schema)) => ("json_schema", Some(schema)),
    };
    encoder.out.key("text");
    encoder.out.begin_object();
    encoder.out.key("format");
    encoder.begin(kind);
    if let Some(schema) = schema {
        encoder.schema(schema);
    }
    encoder.out.end_object();
    encoder.out.end_object();
}

/// The endpoint has no such fields at all.
fn dropped(encoder: &mut Encoder<'_>) {
    let request = encoder.request;
    let absent = [
        ("stop", !request.stop_sequences().is_empty()),
        ("seed", request.seed.is_some()),
        ("frequency_penalty", request.frequency_penalty.is_some()),
        ("presence_penalty", request.presence_penalty.is_some()),
    ];
    for (field, given) in absent {
        if given {
            let message = format!("the Responses API has no `{field}`; sent without");
            encoder.warn(field, message);
        }
    }
}
