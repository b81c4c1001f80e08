//! Writing the conversation as Chat Completions has it (wire reference, OpenAI §3).

use super::super::content::{Place, arguments, text_only};
use super::super::encoder::Encoder;
use crate::chat::{Message, PartKind, Role, ToolCall};
use crate::error::Result;
use crate::json::Json;
use crate::provider::history::{own_state, repaired};
use crate::provider::pick::{pick, text};

/// Longer ids of calls are refused.
const LONGEST_ID: usize = 40;

/// Writes the messages. Tool messages carry text only: what else a tool gave
/// follows in a user message behind all tool messages of the turn.
///
/// # Errors
/// `unsupported` for parts that cannot be said here.
pub(super) fn messages(encoder: &mut Encoder<'_>) -> Result<()> {
    encoder.out.begin_list_at("messages");
    if let Some(words) = encoder.missing_word(0) {
        begin(encoder, Role::System);
        encoder.out.text("content", words);
        encoder.out.end_object();
    }
    let history = repaired(&encoder.request.messages, &mut encoder.warnings)?;
    // The tool messages of the turn.
    let mut results = Vec::new();
    for (at, message) in &history {
        if message.role == Role::Tool {
            results.push((*at, &**message));
        } else {
            moved_parts(encoder, &results)?;
            results.clear();
        }
        self::message(encoder, message, *at)?;
    }
    moved_parts(encoder, &results)?;
    encoder.out.end_list();
    Ok(())
}

fn begin(encoder: &mut Encoder<'_>, role: Role) {
    let role = match role {
        Role::System if encoder.restricted() => "developer",
        role => role.as_str(),
    };
    encoder.out.begin_object();
    encoder.out.text("role", role);
}

/// What is no text in the results of tools.
fn moved_parts(encoder: &mut Encoder<'_>, results: &[(usize, &Message)]) -> Result<()> {
    let mut any = false;
    for (at, message) in results {
        let mut labelled = false;
        for (index, part) in message.content.parts().iter().enumerate() {
            if part.as_text().is_some() {
                continue;
            }
            if !any {
                begin(encoder, Role::User);
                encoder.out.begin_list_at("content");
                any = true;
            }
            if !labelled {
                let id = message.tool_call_id.as_deref().unwrap_or_default();
                let id = encoder.call_id(id, LONGEST_ID);
                encoder.begin("text");
                encoder.out.text("text", &format!("Result of call {id}:"));
                encoder.out.end_object();
                labelled = true;
            }
            self::part(encoder, &part.kind, Place(*at, index))?;
            encoder.end_part(part.cache);
        }
    }
    if any {
        encoder.out.end_list();
        encoder.out.end_object();
    }
    Ok(())
}

fn message(encoder: &mut Encoder<'_>, message: &Message, at: usize) -> Result<()> {
    if message.role == Role::Assistant {
        return assistant(encoder, message, at);
    }
    begin(encoder, message.role);
    encoder.out.key("content");
    if message.role == Role::Tool {
        encoder.out.string(&message.content.joined("\n"));
        encoder.answered("tool_call_id", message, at, LONGEST_ID);
    } else {
        if message.role == Role::System {
            text_only(message, at)?;
        }
        encoder.content(message, at, part)?;
        name(encoder, message, at);
    }
    encoder.out.end_object();
    Ok(())
}

fn assistant(encoder: &mut Encoder<'_>, message: &Message, at: usize) -> Result<()> {
    text_only(message, at)?;
    begin(encoder, Role::Assistant);
    said(encoder, message, at)?;
    name(encoder, message, at);
    let target = encoder.target;
    let blocks = own_state(message, target.config.kind.profile().id, target.model);
    for block in blocks {
        reasoning(encoder, message, block);
    }
    if !message.tool_calls.is_empty() {
        encoder.out.begin_list_at("tool_calls");
        for call in &message.tool_calls {
            self::call(encoder, call, blocks);
        }
        encoder.out.end_list();
    }
    encoder.out.end_object();
    Ok(())
}

/// Text and refusal. Content may be left out only beside tool calls, and only
/// OpenAI itself knows refusals; elsewhere one is text.
fn said(encoder: &mut Encoder<'_>, message: &Message, at: usize) -> Result<()> {
    let empty = message.content.joined("").is_empty();
    match &message.refusal {
        Some(refusal) if encoder.official && empty => {
            encoder.out.begin_list_at("content");
            encoder.begin("refusal");
            encoder.out.text("refusal", refusal);
            encoder.out.end_object();
            encoder.out.end_list();
        }
        Some(refusal) if !encoder.official => {
            encoder
                .out
                .text("content", &(message.content.joined("") + refusal));
        }
        refusal => {
            if !empty || message.tool_calls.is_empty() {
                encoder.out.key("content");
                encoder.content(message, at, part)?;
            }
            encoder.out.field("refusal", refusal);
        }
    }
    Ok(())
}

/// `^[^\s<|\\/>]+$`, at most 64 characters; anything else is refused.
fn name(encoder: &mut Encoder<'_>, message: &Message, at: usize) {
    let Some(name) = &message.name else { return };
    let is_part = |c: char| !c.is_whitespace() && !matches!(c, '<' | '|' | '\\' | '/' | '>');
    if !name.is_empty() && name.len() <= 64 && name.chars().all(is_part) {
        encoder.out.text("name", name);
    } else {
        let message = "white space, `<|\\/>` and more than 64 characters are not taken";
        encoder.warn(
            &format!("messages[{at}].name"),
            format!("{message}; sent without"),
        );
    }
}

/// Reasoning some servers want back beside the calls it led to (wire reference,
/// OpenAI §10): as received, or the readable text under the name it came by.
fn reasoning(encoder: &mut Encoder<'_>, message: &Message, block: &Json) {
    let keys = ["reasoning_details", "thinking_key"];
    let [details, key] = pick(block.text(), keys).unwrap_or_default();
    encoder.out.field("reasoning_details", &details);
    let key = text(key);
    if !key.is_empty() {
        encoder.out.field(&key, &message.thinking);
    }
}

fn call(encoder: &mut Encoder<'_>, call: &ToolCall, blocks: &[Json]) {
    encoder.out.begin_object();
    let id = encoder.call_id(&call.id, LONGEST_ID);
    encoder.out.text("id", &id);
    encoder.out.text("type", "function");
    encoder.out.begin_object_at("function");
    encoder.out.text("name", &call.function.name);
    encoder.out.text("arguments", arguments(call));
    encoder.out.end_object();
    for block in blocks {
        let keys = ["call_id", "extra_content"];
        let [id, extra] = pick(block.text(), keys).unwrap_or_default();
        if text(id) == call.id {
            encoder.out.field("extra_content", &extra);
        }
    }
    encoder.out.end_object();
}

fn part(encoder: &mut Encoder<'_>, part: &PartKind, place: Place) -> Result<()> {
    encoder.begin(part.name());
    encoder.out.key(part.name());
    match part {
        PartKind::Text(text) => {
            encoder.out.string(text);
            return Ok(());
        }
        PartKind::Image(image) => {
            encoder.sees(image, place)?;
            let detail = image.detail.as_ref().map(|_| encoder.detail(image, place));
            encoder.out.begin_object();
            encoder.out.text("url", &image.url);
            if let Some(detail) = detail {
                encoder.out.text("detail", detail);
            }
        }
        PartKind::Audio(audio) => {
            encoder.hears(audio, place)?;
            encoder.out.begin_object();
            encoder.out.text("data", &audio.data);
            encoder.out.text("format", &audio.format);
        }
        PartKind::File(file) => {
            if file.file_data.is_none() {
                return Err(place.unsupported(
                    "Chat Completions takes files only as `file_data`, not by `url`",
                    "send the file as a data URL",
                ));
            }
            encoder.out.begin_object();
            encoder.file(file, place);
        }
    }
    encoder.out.end_object();
    Ok(())
}
