//! Writing Chat Completions requests.

use super::super::encoder::Encoder;
use super::messages::messages;
use crate::chat::{Effort, ThinkingDisplay};
use crate::error::{Error, ErrorKind, Result};

/// More texts that end the answer are refused by the API.
const MOST_STOPS: usize = 4;

/// Writes the fields of the body.
///
/// # Errors
/// `unsupported` for what cannot be said here.
pub(super) fn body(encoder: &mut Encoder<'_>) -> Result<()> {
    let (request, target) = (encoder.request, encoder.target);
    let effort = effort(encoder)?;
    encoder.out.text("model", target.model);
    messages(encoder)?;
    let max_tokens = if encoder.official {
        "max_completion_tokens"
    } else {
        "max_tokens"
    };
    let limit = request.max_tokens.or(target.config.max_tokens);
    encoder.out.field(max_tokens, &limit);
    let takes_tool_fields = encoder.takes_tool_fields()?;
    sampling(encoder, effort);
    encoder.out.field("seed", &request.seed);
    if takes_tool_fields {
        tools(encoder);
        encoder.out.field("tool_choice", &request.tool_choice);
        let parallel = &request.parallel_tool_calls;
        encoder.out.field("parallel_tool_calls", parallel);
    }
    response_format(encoder)?;
    if let Some(effort) = effort {
        encoder.out.text("reasoning_effort", effort.as_str());
    }
    encoder.cache(false);
    encoder.identity();
    encoder.out.field("stream", &target.stream);
    if target.stream && target.config.stream_usage.get() {
        encoder.out.key("stream_options");
        encoder.out.raw(r#"{"include_usage":true}"#);
    }
    Ok(())
}

/// Some models take tools here only with effort `none`, and reason unless told so,
/// and nobody takes effort `max` (wire reference, OpenAI §2). Only a configured
/// `api` brings them here.
///
/// # Errors
/// `unsupported` for tools of a model that always reasons.
fn effort(encoder: &mut Encoder<'_>) -> Result<Option<Effort>> {
    let name = encoder.target.model;
    if !encoder.official {
        return Ok(encoder.effort(Effort::Max));
    }
    let no_tools = encoder.request.tools.is_empty();
    let model = encoder.target.known.filter(|_| !no_tools);
    if model.is_some_and(|model| model.no_chat_tools()) {
        let message = format!("tools: {name} takes tools on the Responses API only");
        return Err(Error::new(ErrorKind::Unsupported, message)
            .hint("leave `api` out of the configuration, or set it to \"responses\""));
    }
    hidden_thinking(encoder);
    let effort = encoder.effort(Effort::Xhigh);
    let must_be_none = model.is_some_and(|model| model.chat_tools_need_effort_none());
    let (sent, words) = if must_be_none {
        (Some(Effort::None), "sent effort `none`")
    } else if !no_tools && (504..506).contains(&encoder.version) {
        (None, "sent without")
    } else {
        return Ok(effort);
    };
    let as_it_was = effort == Some(Effort::None) || effort == sent;
    if !as_it_was {
        encoder.warn(
            "thinking",
            format!("{name} takes tools on Chat Completions only without an effort; {words}"),
        );
    }
    Ok(if as_it_was { effort } else { sent })
}

/// Readable reasoning is shown on the Responses API only.
fn hidden_thinking(encoder: &mut Encoder<'_>) {
    let thinking = encoder.request.thinking.as_ref();
    let display = thinking.and_then(|thinking| thinking.display);
    if encoder.reasons && display == Some(ThinkingDisplay::Summarized) {
        let message = "Chat Completions shows no reasoning; sent without";
        encoder.warn("thinking.display", message.into());
    }
}

/// Reasoning models take no penalties and no stop, and sampling only with effort `none`.
fn sampling(encoder: &mut Encoder<'_>, effort: Option<Effort>) {
    let (request, taken) = (encoder.request, !encoder.restricted());
    encoder.sampling(effort);
    encoder.number("frequency_penalty", request.frequency_penalty, taken);
    encoder.number("presence_penalty", request.presence_penalty, taken);
    let mut stop = request.stop_sequences();
    if let Some(first) = stop.get(..MOST_STOPS).filter(|_| encoder.official) {
        if stop.len() > MOST_STOPS && taken {
            encoder.warn(
                "stop",
                "the API takes four texts; sent the first four".into(),
            );
        }
        stop = first;
    }
    if taken {
        encoder.out.field_unless_empty("stop", &stop);
    } else if !stop.is_empty() {
        encoder.not_taken("stop");
    }
}

fn tools(encoder: &mut Encoder<'_>) {
    encoder.out.begin_list_at("tools");
    for (at, tool) in encoder.request.tools.iter().enumerate() {
        encoder.begin("function");
        encoder.out.begin_object_at("function");
        encoder.function(at, &tool.function, false);
        encoder.out.end_object();
        encoder.out.end_object();
    }
    encoder.out.end_list();
}

fn response_format(encoder: &mut Encoder<'_>) -> Result<()> {
    let Some((kind, schema)) = encoder.format()? else {
        return Ok(());
    };
    encoder.out.key("response_format");
    encoder.begin(kind);
    if let Some(schema) = schema {
        encoder.out.begin_object_at("json_schema");
        encoder.schema(schema);
        encoder.out.end_object();
    }
    encoder.out.end_object();
    Ok(())
}
