//! Writing Chat Completions requests.

use std::borrow::Cow;

use super::super::traits;
use super::wire::{
    Content, FileData, JsonSchema, Message, Part, Request, ResponseFormat, StreamOptions, Tool,
};
use crate::chat::{self, ChatRequest, ContentPart, Effort, PartKind, Role, Warning};
use crate::error::{Error, ErrorKind, Result};
use crate::provider::Target;

/// The body for a target; what it does not take is dropped with a warning.
pub(super) fn request<'a>(
    request: &'a ChatRequest,
    target: &'a Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Request<'a>> {
    let reasoning = traits::reasons(target) && traits::official(target);
    let effort = effort(request, target, warnings)?;
    let max_tokens = request.max_tokens.or(target.config.max_tokens);
    let mut wire = Request {
        model: target.model,
        messages: messages(request, target, reasoning)?,
        tools: request
            .tools
            .iter()
            .map(|tool| Tool {
                r#type: "function",
                function: &tool.function,
            })
            .collect(),
        response_format: request.response_format.as_ref().and_then(response_format),
        reasoning_effort: effort.map(Effort::as_str),
        seed: request.seed,
        stop: request.stop_sequences(),
        stream: target.stream,
        stream_options: target.stream.then_some(StreamOptions {
            include_usage: true,
        }),
        ..Request::default()
    };
    if traits::official(target) {
        wire.max_completion_tokens = max_tokens;
        wire.safety_identifier = request.user.as_deref();
        wire.prompt_cache_key = traits::cache_key(request);
    } else {
        wire.max_tokens = max_tokens;
        wire.user = request.user.as_deref();
    }
    if traits::takes_tool_fields(request, warnings) {
        wire.tool_choice = request.tool_choice.as_ref();
        wire.parallel_tool_calls = request.parallel_tool_calls;
    }
    sampling(request, target, effort, &mut wire, warnings);
    Ok(wire)
}

/// Some models take tools here only with effort `none`, and reason unless told so
/// (wire reference, OpenAI §2). Only a configured `api` brings them here.
///
/// # Errors
/// `unsupported` for tools of a model that always reasons.
fn effort(
    request: &ChatRequest,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Effort>> {
    let model = target.known.filter(|_| traits::official(target));
    let tools = !request.tools.is_empty();
    if tools && model.is_some_and(|model| model.no_chat_tools()) {
        let message = format!(
            "tools: {} takes tools on the Responses API only",
            target.model
        );
        return Err(Error::new(ErrorKind::Unsupported, message)
            .hint("leave `api` out of the configuration, or set it to \"responses\""));
    }
    let effort = traits::effort(request.thinking_strength(), target, warnings);
    let must_be_none = model.is_some_and(|model| model.chat_tools_need_effort_none());
    if !tools || !must_be_none || effort == Some(Effort::None) {
        return Ok(effort);
    }
    let message = format!(
        "{} takes tools on Chat Completions only without reasoning; sent effort `none`",
        target.model
    );
    warnings.push(Warning::field("thinking", message));
    Ok(Some(Effort::None))
}

/// Reasoning models take no penalties and no stop, and sampling only with effort `none`.
fn sampling(
    request: &ChatRequest,
    target: &Target<'_>,
    effort: Option<Effort>,
    wire: &mut Request<'_>,
    warnings: &mut Vec<Warning>,
) {
    let restricted = traits::restricted(target);
    let sampling = traits::sampling(request, target, effort, warnings);
    wire.temperature = sampling.temperature;
    wire.top_p = sampling.top_p;
    let mut penalty =
        |field, value| traits::keep(field, value, !restricted, target, &mut *warnings);
    wire.frequency_penalty = penalty("frequency_penalty", request.frequency_penalty);
    wire.presence_penalty = penalty("presence_penalty", request.presence_penalty);
    if restricted && !wire.stop.is_empty() {
        wire.stop = &[];
        warnings.push(Warning::field(
            "stop",
            format!("{} does not take `stop`; sent without", target.model),
        ));
    }
}

fn response_format(format: &chat::ResponseFormat) -> Option<ResponseFormat<'_>> {
    match format {
        chat::ResponseFormat::Text => None,
        chat::ResponseFormat::JsonObject => Some(ResponseFormat {
            r#type: "json_object",
            json_schema: None,
        }),
        chat::ResponseFormat::JsonSchema(schema) => {
            let json_schema = JsonSchema {
                name: &schema.name,
                description: schema.description.as_deref(),
                schema: &schema.schema,
                strict: schema.strict,
            };
            Some(ResponseFormat {
                r#type: "json_schema",
                json_schema: Some(json_schema),
            })
        }
    }
}

/// Tool messages carry text only: their images follow in a user message behind
/// all tool messages of the turn (wire reference, OpenAI §3).
fn messages<'a>(
    request: &'a ChatRequest,
    target: &Target<'_>,
    reasoning: bool,
) -> Result<Vec<Message<'a>>> {
    let mut out = Vec::with_capacity(request.messages.len());
    let mut images: Vec<Part<'a>> = Vec::new();
    for (at, message) in request.messages.iter().enumerate() {
        if message.role != Role::Tool && !images.is_empty() {
            out.push(user_parts(std::mem::take(&mut images)));
        }
        out.push(self::message(message, at, target, reasoning)?);
        if message.role == Role::Tool {
            images.extend(result_images(message));
        }
    }
    if !images.is_empty() {
        out.push(user_parts(images));
    }
    Ok(out)
}

fn user_parts(parts: Vec<Part<'_>>) -> Message<'_> {
    Message {
        role: "user",
        content: Some(Content::Parts(parts)),
        ..Message::default()
    }
}

fn result_images(message: &chat::Message) -> Vec<Part<'_>> {
    let chat::Content::Parts(parts) = &message.content else {
        return Vec::new();
    };
    let id = message.tool_call_id.as_deref().unwrap_or_default();
    let images = parts.iter().filter_map(|part| match &part.kind {
        PartKind::Image(image) => Some(Part {
            r#type: "image_url",
            image_url: Some(image),
            ..Part::default()
        }),
        _ => None,
    });
    let images: Vec<_> = images.collect();
    let label =
        (!images.is_empty()).then(|| text_part(Cow::Owned(format!("Image result of call {id}:"))));
    label.into_iter().chain(images).collect()
}

fn message<'a>(
    message: &'a chat::Message,
    at: usize,
    target: &Target<'_>,
    reasoning: bool,
) -> Result<Message<'a>> {
    let role = match message.role {
        Role::System if reasoning => "developer",
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    };
    Ok(Message {
        role,
        content: content(message, at, target)?,
        name: message
            .name
            .as_deref()
            .filter(|name| message.role != Role::Tool && is_name(name)),
        refusal: message.refusal.as_deref(),
        tool_calls: &message.tool_calls,
        tool_call_id: message.tool_call_id.as_deref(),
    })
}

/// `^[^\s<|\\/>]+$`, at most 64 characters.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && !name.contains(|c: char| c.is_whitespace() || r"<|\/>".contains(c))
}

/// Content may be left out only where a refusal or tool calls stand in its place.
fn content<'a>(
    message: &'a chat::Message,
    at: usize,
    target: &Target<'_>,
) -> Result<Option<Content<'a>>> {
    let replaced = !message.tool_calls.is_empty() || message.refusal.is_some();
    if message.role == Role::Assistant && replaced && message.content.is_empty() {
        return Ok(None);
    }
    Ok(Some(match &message.content {
        chat::Content::Text(text) => Content::Text(Cow::Borrowed(text)),
        content if message.role == Role::Tool => Content::Text(Cow::Owned(content.joined("\n"))),
        chat::Content::Parts(parts) => Content::Parts(
            parts
                .iter()
                .enumerate()
                .map(|(index, part)| {
                    self::part(part, target, &format!("messages[{at}].content[{index}]"))
                })
                .collect::<Result<_>>()?,
        ),
    }))
}

fn text_part(text: Cow<'_, str>) -> Part<'_> {
    Part {
        r#type: "text",
        text: Some(text),
        ..Part::default()
    }
}

fn part<'a>(part: &'a ContentPart, target: &Target<'_>, field: &str) -> Result<Part<'a>> {
    Ok(match &part.kind {
        PartKind::Text(text) => text_part(Cow::Borrowed(text)),
        PartKind::Image(image) => {
            traits::sees_images(target, field)?;
            Part {
                r#type: "image_url",
                image_url: Some(image),
                ..Part::default()
            }
        }
        PartKind::Audio(audio) => Part {
            r#type: "input_audio",
            input_audio: Some(audio),
            ..Part::default()
        },
        PartKind::File(file) => {
            let Some(file_data) = file.file_data.as_deref() else {
                let message = format!(
                    "{field}: Chat Completions takes files only as `file_data`, not by `url`"
                );
                return Err(
                    Error::new(ErrorKind::Unsupported, message).hint("send the file as a data URL")
                );
            };
            let file = FileData {
                filename: file.filename.as_deref(),
                file_data,
            };
            Part {
                r#type: "file",
                file: Some(file),
                ..Part::default()
            }
        }
    })
}
