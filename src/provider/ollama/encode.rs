//! Writing `/api/chat` requests.

use std::borrow::Cow;

use super::think::think;
use super::wire::{
    CallBack, Format, Function, FunctionBack, Message, Options, Request, Schema, Tool,
};
use crate::chat::{
    self, CacheSetting, ChatRequest, PartKind, ResponseFormat, Role, ToolChoice, Warning,
};
use crate::error::{Error, ErrorKind, Result};
use crate::provider::Target;
use crate::provider::body::object_or_empty;
use crate::provider::images::DataUrl;

/// The body for a target; what it does not take is dropped with a warning.
pub(super) fn request<'a>(
    request: &'a ChatRequest,
    target: &Target<'a>,
    warnings: &mut Vec<Warning>,
) -> Result<Request<'a>> {
    let messages = messages(request, target, warnings)?;
    unknown_fields(request, warnings);
    Ok(Request {
        model: target.model,
        messages,
        tools: tools(request, warnings),
        stream: target.stream,
        format: request.response_format.as_ref().and_then(format),
        options: options(request, target),
        keep_alive: target.config.keep_alive.as_ref(),
        think: think(request, target, warnings),
        truncate: false,
    })
}

/// Fields of the contract for which the server has no place.
fn unknown_fields(request: &ChatRequest, warnings: &mut Vec<Warning>) {
    let has_names = request
        .messages
        .iter()
        .any(|message| message.role != Role::Tool && message.name.is_some());
    let caches = matches!(request.cache, Some(CacheSetting::Ttl { .. }));
    // Several calls at once are what the server does anyway.
    let one_call = request.parallel_tool_calls == Some(false);
    let dropped = [
        ("parallel_tool_calls", one_call),
        ("user", request.user.is_some()),
        ("cache", caches),
        ("messages[].name", has_names),
    ];
    for (field, _) in dropped.iter().filter(|(_, asked)| *asked) {
        let message = "the server has no such field; sent without";
        warnings.push(Warning::field(field, message));
    }
}

/// The request's own values stand before the configured ones.
fn options<'a>(request: &'a ChatRequest, target: &Target<'_>) -> Options<'a> {
    let config = target.config;
    // No answer has more tokens than an `i64` counts.
    let limit = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
    Options {
        temperature: request.temperature.or(config.temperature),
        top_p: request.top_p,
        frequency_penalty: request.frequency_penalty,
        presence_penalty: request.presence_penalty,
        stop: request.stop_sequences(),
        seed: request.seed,
        num_predict: request
            .max_tokens
            .map(limit)
            .or(config.num_predict)
            .or_else(|| config.max_tokens.map(limit)),
        num_ctx: request.context_window.or(config.num_ctx),
    }
}

fn format(format: &ResponseFormat) -> Option<Format<'_>> {
    match format {
        ResponseFormat::Text => None,
        ResponseFormat::JsonObject => Some(Format::Word("json")),
        ResponseFormat::JsonSchema(schema) => Some(Format::Schema(&schema.schema)),
    }
}

/// There is no `tool_choice`: without tools there are no calls, and nothing forces one.
fn tools<'a>(request: &'a ChatRequest, warnings: &mut Vec<Warning>) -> Vec<Tool<'a>> {
    let problem = match &request.tool_choice {
        Some(ToolChoice::None) => return Vec::new(),
        None | Some(ToolChoice::Auto) => None,
        Some(_) if request.tools.is_empty() => Some("there are no tools to choose from"),
        Some(_) => Some("the server cannot force a call"),
    };
    if let Some(problem) = problem {
        let message = format!("{problem}; the model decides");
        warnings.push(Warning::field("tool_choice", message));
    }
    request.tools.iter().map(tool).collect()
}

/// `strict` means nothing here, as the server never enforces a tool's schema.
fn tool(tool: &chat::Tool) -> Tool<'_> {
    Tool {
        r#type: "function",
        function: Function {
            name: &tool.function.name,
            description: tool.function.description.as_deref(),
            parameters: match &tool.function.parameters {
                Some(schema) => Schema::Given(schema),
                None => Schema::Empty,
            },
        },
    }
}

fn messages<'a>(
    request: &'a ChatRequest,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Message<'a>>> {
    let mut out = Vec::with_capacity(request.messages.len());
    for (at, message) in request.messages.iter().enumerate() {
        let mut wire = self::message(message, &format!("messages[{at}]"), target, warnings)?;
        if message.role == Role::Tool {
            let before = request.messages.get(..at).unwrap_or_default();
            wire.tool_call_id = message.tool_call_id.as_deref();
            wire.tool_name = message.name.as_deref().or_else(|| called(before, message));
        }
        out.push(wire);
    }
    Ok(out)
}

/// The name of the tool whose call a message answers: servers pair by name.
fn called<'a>(before: &'a [chat::Message], result: &chat::Message) -> Option<&'a str> {
    let id = result.tool_call_id.as_deref()?;
    let calls = before.iter().rev().flat_map(|message| &message.tool_calls);
    let mut named = calls.filter(|call| call.id == id);
    named.next().map(|call| call.function.name.as_str())
}

fn message<'a>(
    message: &'a chat::Message,
    field: &str,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Message<'a>> {
    let role = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    };
    Ok(Message {
        role,
        content: content(message),
        // Templates decide which turns' reasoning the model sees again.
        thinking: message
            .thinking
            .as_deref()
            .filter(|_| message.role == Role::Assistant),
        images: images(message, field, target)?,
        tool_calls: calls(message, field, warnings),
        ..Message::default()
    })
}

/// Content is always a string. A refusal stands in the place of the text it replaced.
fn content(message: &chat::Message) -> Cow<'_, str> {
    let text = match &message.content {
        chat::Content::Text(text) => Cow::Borrowed(text.as_str()),
        parts => Cow::Owned(parts.joined("\n")),
    };
    match &message.refusal {
        Some(refusal) if text.is_empty() => Cow::Borrowed(refusal),
        _ => text,
    }
}

/// The images of all parts, in order; any other part that is no text is refused.
fn images<'a>(
    message: &'a chat::Message,
    field: &str,
    target: &Target<'_>,
) -> Result<Vec<&'a str>> {
    let chat::Content::Parts(parts) = &message.content else {
        return Ok(Vec::new());
    };
    let of_part = |(index, part): (usize, &'a chat::ContentPart)| {
        image(&part.kind, &format!("{field}.content[{index}]"), target).transpose()
    };
    parts.iter().enumerate().filter_map(of_part).collect()
}

fn image<'a>(part: &'a PartKind, field: &str, target: &Target<'_>) -> Result<Option<&'a str>> {
    let refused = |problem: String, hint: &str| {
        let message = format!("{field}: {problem}");
        Err(Error::new(ErrorKind::Unsupported, message).hint(hint))
    };
    match part {
        PartKind::Text(_) => Ok(None),
        PartKind::Image(_) if target.known.is_some_and(|model| !model.images()) => refused(
            format!("{} does not see images", target.model),
            "choose a model with vision, or send text",
        ),
        PartKind::Image(image) => match DataUrl::parse(&image.url) {
            Some(url) => Ok(Some(url.base64)),
            None => refused(
                "the server fetches no images".into(),
                "send the image as a data URL such as `data:image/png;base64,…`",
            ),
        },
        PartKind::File(_) => refused(
            "the server takes no files".into(),
            "send the file's text, or its pages as images",
        ),
        PartKind::Audio(_) => refused("the server takes no audio".into(), "send a transcript"),
    }
}

/// The calls of an assistant message, with arguments as the object the server wants.
fn calls<'a>(
    message: &'a chat::Message,
    field: &str,
    warnings: &mut Vec<Warning>,
) -> Vec<CallBack<'a>> {
    let call = |(index, call): (usize, &'a chat::ToolCall)| {
        let (arguments, is_object) = object_or_empty(&call.function.arguments);
        if !is_object {
            warnings.push(Warning::field(
                &format!("{field}.tool_calls[{index}].function.arguments"),
                "not a JSON object; sent `{}`",
            ));
        }
        CallBack {
            id: &call.id,
            function: FunctionBack {
                name: &call.function.name,
                arguments,
            },
        }
    };
    message.tool_calls.iter().enumerate().map(call).collect()
}

#[cfg(test)]
mod tests;
