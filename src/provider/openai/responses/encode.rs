//! Writing Responses requests.

use super::super::encoder::Encoder;
use super::input::input;
use crate::chat::{Effort, ThinkingDisplay, ToolChoice};
use crate::error::Result;

/// Fewer tokens are refused by the API.
const MIN_OUTPUT_TOKENS: u64 = 16;

/// Writes the fields of the body.
///
/// # Errors
/// `unsupported` for what cannot be said here.
pub(super) fn body(encoder: &mut Encoder<'_>) -> Result<()> {
    let (request, target) = (encoder.request, encoder.target);
    let effort = encoder.effort(Effort::Max);
    encoder.out.text("model", target.model);
    input(encoder)?;
    let wanted = request.max_tokens.or(target.config.max_tokens);
    let limit = wanted.map(|tokens| tokens.max(MIN_OUTPUT_TOKENS));
    encoder.out.field("max_output_tokens", &limit);
    encoder.sampling(effort);
    if let Some(wanted) = wanted.filter(|_| limit != wanted) {
        let model = target.model;
        encoder.warn(
            "max_tokens",
            format!(
                "{model} takes at least {MIN_OUTPUT_TOKENS}; sent {MIN_OUTPUT_TOKENS} instead of {wanted}"
            ),
        );
    }
    if encoder.takes_tool_fields()? {
        tools(encoder);
        tool_choice(encoder);
        let parallel = &request.parallel_tool_calls;
        encoder.out.field("parallel_tool_calls", parallel);
    }
    reasoning(encoder, effort);
    text(encoder)?;
    if encoder.reasons {
        encoder.out.key("include");
        encoder.out.raw(r#"["reasoning.encrypted_content"]"#);
    }
    encoder.cache(true);
    encoder.identity();
    // The API stores by default; we never ask it to.
    encoder.out.field("store", &false);
    encoder.out.field("stream", &target.stream);
    dropped(encoder);
    Ok(())
}

fn tools(encoder: &mut Encoder<'_>) {
    encoder.out.begin_list_at("tools");
    for (at, tool) in encoder.request.tools.iter().enumerate() {
        encoder.begin("function");
        encoder.function(at, &tool.function, true);
        encoder.out.end_object();
    }
    encoder.out.end_list();
}

fn tool_choice(encoder: &mut Encoder<'_>) {
    match &encoder.request.tool_choice {
        Some(ToolChoice::Function(name)) => {
            encoder.out.key("tool_choice");
            encoder.begin("function");
            encoder.out.text("name", name);
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
    encoder.out.begin_object_at("reasoning");
    if let Some(effort) = effort {
        encoder.out.text("effort", effort.as_str());
    }
    if shown {
        encoder.out.text("summary", "auto");
    }
    encoder.out.end_object();
}

fn text(encoder: &mut Encoder<'_>) -> Result<()> {
    let Some((kind, schema)) = encoder.format()? else {
        return Ok(());
    };
    encoder.out.begin_object_at("text");
    encoder.out.key("format");
    encoder.begin(kind);
    if let Some(schema) = schema {
        encoder.schema(schema);
    }
    encoder.out.end_object();
    encoder.out.end_object();
    Ok(())
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
