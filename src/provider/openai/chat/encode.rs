//! Writing Chat Completions requests.

use super::super::encoder::{Encoder, Place, each_part};
use crate::chat::{
    Content, ContentPart, Effort, ImageUrl, Message, PartKind, ResponseFormat, Role,
};
use crate::error::{Error, ErrorKind, Result};

/// Writes the fields of the body.
///
/// # Errors
/// `unsupported` for what cannot be said here.
pub(super) fn body(encoder: &mut Encoder<'_>) -> Result<()> {
    let (request, target) = (encoder.request, encoder.target);
    let effort = effort(encoder)?;
    encoder.text("model", target.model);
    messages(encoder)?;
    let max_tokens = if encoder.official {
        "max_completion_tokens"
    } else {
        "max_tokens"
    };
    let limit = request.max_tokens.or(target.config.max_tokens);
    encoder.out.field(max_tokens, &limit);
    let takes_tool_fields = encoder.takes_tool_fields();
    sampling(encoder, effort);
    encoder.out.field("seed", &request.seed);
    if takes_tool_fields {
        tools(encoder);
        encoder.out.field("tool_choice", &request.tool_choice);
        let parallel = &request.parallel_tool_calls;
        encoder.out.field("parallel_tool_calls", parallel);
    }
    response_format(encoder);
    if let Some(effort) = effort {
        encoder.text("reasoning_effort", effort.as_str());
    }
    encoder.identity();
    encoder.out.field("stream", &target.stream);
    if target.stream {
        encoder.out.key("stream_options");
        encoder.out.raw(r#"{"include_usage":true}"#);
    }
    Ok(())
}

/// Some models take tools here only with effort `none`, and reason unless told so
/// (wire reference, OpenAI §2). Only a configured `api` brings them here.
///
/// # Errors
/// `unsupported` for tools of a model that always reasons.
fn effort(encoder: &mut Encoder<'_>) -> Result<Option<Effort>> {
    let name = encoder.target.model;
    let model = encoder.target.known.filter(|_| encoder.official);
    let model = model.filter(|_| !encoder.request.tools.is_empty());
    if model.is_some_and(|model| model.no_chat_tools()) {
        let message = format!("tools: {name} takes tools on the Responses API only");
        return Err(Error::new(ErrorKind::Unsupported, message)
            .hint("leave `api` out of the configuration, or set it to \"responses\""));
    }
    let effort = encoder.effort();
    let must_be_none = model.is_some_and(|model| model.chat_tools_need_effort_none());
    if !must_be_none || effort == Some(Effort::None) {
        return Ok(effort);
    }
    encoder.warn(
        "thinking",
        format!(
            "{name} takes tools on Chat Completions only without reasoning; sent effort `none`"
        ),
    );
    Ok(Some(Effort::None))
}

/// Reasoning models take no penalties and no stop, and sampling only with effort `none`.
fn sampling(encoder: &mut Encoder<'_>, effort: Option<Effort>) {
    let (request, taken) = (encoder.request, !encoder.restricted());
    encoder.sampling(effort);
    encoder.number("frequency_penalty", request.frequency_penalty, taken);
    encoder.number("presence_penalty", request.presence_penalty, taken);
    let stop = request.stop_sequences();
    if taken {
        encoder.out.field_unless_empty("stop", &stop);
    } else if !stop.is_empty() {
        encoder.not_taken("stop");
    }
}

fn tools(encoder: &mut Encoder<'_>) {
    encoder.out.key("tools");
    encoder.out.begin_list();
    for tool in &encoder.request.tools {
        encoder.begin("function");
        encoder.out.field("function", &tool.function);
        encoder.out.end_object();
    }
    encoder.out.end_list();
}

fn response_format(encoder: &mut Encoder<'_>) {
    let (kind, schema) = match &encoder.request.response_format {
        None | Some(ResponseFormat::Text) => return,
        Some(ResponseFormat::JsonObject) => ("json_object", None),
        Some(ResponseFormat::JsonSchema(schema)) => ("json_schema", Some(schema)),
    };
    encoder.out.key("response_format");
    encoder.begin(kind);
    if let Some(schema) = schema {
        encoder.out.key("json_schema");
        encoder.out.begin_object();
        encoder.schema(schema);
        encoder.out.end_object();
    }
    encoder.out.end_object();
}

/// Tool messages carry text only: their images follow in a user message behind
/// all tool messages of the turn (wire reference, OpenAI §3).
fn messages(encoder: &mut Encoder<'_>) -> Result<()> {
    encoder.out.key("messages");
    encoder.out.begin_list();
    // The tool messages of the turn.
    let mut results = Vec::new();
    for (at, message) in encoder.request.messages.iter().enumerate() {
        if message.role == Role::Tool {
            results.push(message);
        } else {
            result_images(encoder, &results);
            results.clear();
        }
        self::message(encoder, message, at)?;
    }
    result_images(encoder, &results);
    encoder.out.end_list();
    Ok(())
}

fn result_images(encoder: &mut Encoder<'_>, results: &[&Message]) {
    let mut any = false;
    for message in results {
        let mut labelled = false;
        let Content::Parts(parts) = &message.content else {
            continue;
        };
        for part in parts {
            let PartKind::Image(image) = &part.kind else {
                continue;
            };
            if !any {
                encoder.out.begin_object();
                encoder.text("role", "user");
                encoder.out.key("content");
                encoder.out.begin_list();
                any = true;
            }
            if !labelled {
                let id = message.tool_call_id.as_deref().unwrap_or_default();
                text_part(encoder, &format!("Image result of call {id}:"));
                labelled = true;
            }
            image_part(encoder, image);
        }
    }
    if any {
        encoder.out.end_list();
        encoder.out.end_object();
    }
}

fn message<'a>(encoder: &mut Encoder<'a>, message: &'a Message, at: usize) -> Result<()> {
    let role = match message.role {
        Role::System if encoder.restricted() => "developer",
        role => role.as_str(),
    };
    encoder.out.begin_object();
    encoder.text("role", role);
    // Content may be left out only where a refusal or tool calls stand in its place.
    let replaced = !message.tool_calls.is_empty() || message.refusal.is_some();
    if message.role != Role::Assistant || !replaced || !message.content.is_empty() {
        encoder.out.key("content");
        match &message.content {
            Content::Parts(parts) if message.role != Role::Tool => {
                each_part(encoder, parts, at, part)?;
            }
            content => encoder.out.string(&content.joined("\n")),
        }
    }
    if message.role != Role::Tool && message.name.as_deref().is_some_and(is_name) {
        encoder.out.field("name", &message.name);
    }
    encoder.out.field("refusal", &message.refusal);
    encoder
        .out
        .field_unless_empty("tool_calls", &message.tool_calls);
    encoder.out.field("tool_call_id", &message.tool_call_id);
    encoder.out.end_object();
    Ok(())
}

/// `^[^\s<|\\/>]+$`, at most 64 characters.
fn is_name(name: &str) -> bool {
    let is_part = |c: char| !c.is_whitespace() && !matches!(c, '<' | '|' | '\\' | '/' | '>');
    !name.is_empty() && name.len() <= 64 && name.chars().all(is_part)
}

fn text_part(encoder: &mut Encoder<'_>, text: &str) {
    encoder.begin("text");
    encoder.text("text", text);
    encoder.out.end_object();
}

fn image_part(encoder: &mut Encoder<'_>, image: &ImageUrl) {
    encoder.begin("image_url");
    encoder.out.field("image_url", image);
    encoder.out.end_object();
}

fn part<'a>(encoder: &mut Encoder<'a>, part: &'a ContentPart, place: Place) -> Result<()> {
    match &part.kind {
        PartKind::Text(text) => text_part(encoder, text),
        PartKind::Image(image) => {
            encoder.sees_images(place)?;
            image_part(encoder, image);
        }
        PartKind::Audio(audio) => {
            encoder.begin("input_audio");
            encoder.out.field("input_audio", audio);
            encoder.out.end_object();
        }
        PartKind::File(file) => {
            if file.file_data.is_none() {
                return Err(place.unsupported(
                    "Chat Completions takes files only as `file_data`, not by `url`",
                    "send the file as a data URL",
                ));
            }
            encoder.begin("file");
            encoder.out.key("file");
            encoder.out.begin_object();
            encoder.out.field("filename", &file.filename);
            encoder.out.field("file_data", &file.file_data);
            encoder.out.end_object();
            encoder.out.end_object();
        }
    }
    Ok(())
}
