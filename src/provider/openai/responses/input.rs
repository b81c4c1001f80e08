//! Writing the conversation as input items.
//!
//! An assistant message becomes several items. What `provider_state` kept of
//! the answer gives their order: reasoning must stand before the call or text
//! it led to, and may not stand without it.

use std::borrow::Cow;

use super::super::traits;
use super::state::{Said, own_blocks, said};
use super::wire::{Block, Built, Content, Item, Part};
use crate::chat::{self, ContentPart, Message, PartKind, Role, ToolCall, Warning};
use crate::error::{Error, ErrorKind, Result};
use crate::json::Json;
use crate::provider::Target;
use crate::provider::images::DataUrl;

/// The items of a conversation, and its leading system messages as instructions.
pub(super) fn input<'a>(
    messages: &'a [Message],
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<(Option<String>, Vec<Item<'a>>)> {
    let is_system = |message: &&Message| message.role == Role::System;
    let mut leading: Vec<_> = messages.iter().take_while(is_system).collect();
    // Something must be left to answer to.
    if leading.len() == messages.len() {
        leading.clear();
    }
    let texts: Vec<_> = leading
        .iter()
        .map(|message| message.content.joined("\n"))
        .collect();
    let mut writer = Writer {
        target,
        items: Vec::with_capacity(messages.len()),
        pending: Vec::new(),
        cut: Vec::new(),
    };
    for (at, message) in messages.iter().enumerate().skip(leading.len()) {
        writer.message(message, at)?;
    }
    if !writer.cut.is_empty() {
        warnings.push(Warning::new(
            "tool_call_incomplete",
            "a tool call whose arguments were cut off was not sent back, nor was its result",
        ));
    }
    let instructions = (!texts.is_empty()).then(|| texts.join("\n\n"));
    Ok((instructions, writer.items))
}

struct Writer<'a, 'b> {
    target: &'b Target<'b>,
    items: Vec<Item<'a>>,
    /// Reasoning that waits for the item it led to.
    pending: Vec<&'a Json>,
    /// Calls whose arguments are no JSON: the API refuses them and their results.
    cut: Vec<&'a str>,
}

impl<'a> Writer<'a, '_> {
    fn message(&mut self, message: &'a Message, at: usize) -> Result<()> {
        let field = format!("messages[{at}]");
        match message.role {
            Role::Assistant => return self.assistant(message, &field),
            Role::Tool => return self.tool(message, &field),
            Role::System => {
                // Compatible servers know no other word for it.
                let role = if traits::official(self.target) {
                    "developer"
                } else {
                    "system"
                };
                let text = message.content.joined("\n");
                self.push(said(role, Content::Text(Cow::Owned(text))));
            }
            Role::User => {
                let content = content(message, &field, self.target)?;
                self.push(said("user", content));
            }
        }
        Ok(())
    }

    fn tool(&mut self, message: &'a Message, field: &str) -> Result<()> {
        let call_id = message.tool_call_id.as_deref().unwrap_or_default();
        if !self.cut.contains(&call_id) {
            let output = content(message, field, self.target)?;
            self.push(Built {
                r#type: Some("function_call_output"),
                call_id: Some(call_id),
                output: Some(output),
                ..Built::default()
            });
        }
        Ok(())
    }

    fn assistant(&mut self, message: &'a Message, field: &str) -> Result<()> {
        let text = spoken(message, field)?;
        let blocks = own_blocks(message, self.target);
        let mut spoken = Said::new(text, message.refusal.as_deref(), &blocks);
        let mut calls: Vec<_> = message.tool_calls.iter().collect();
        for (raw, block) in blocks {
            match block.r#type.or_empty() {
                "reasoning" => self.reasoning(raw, &block),
                "message" => {
                    if let Some(item) = spoken.next(&block) {
                        self.push(item);
                    }
                }
                "function_call" => {
                    let known = |call: &&ToolCall| Some(&*call.id) == block.call_id.get();
                    if let Some(at) = calls.iter().position(known) {
                        self.call(calls.remove(at), &block);
                    }
                }
                _ => self.raw(raw),
            }
        }
        if let Some(item) = spoken.next(&Block::default()) {
            self.push(item);
        }
        calls
            .into_iter()
            .for_each(|call| self.call(call, &Block::default()));
        self.pending.clear();
        Ok(())
    }

    /// Without stored state only encrypted reasoning can be read back by the API.
    fn reasoning(&mut self, raw: &'a Json, block: &Block<'a>) {
        if block.encrypted_content.non_empty().is_some() || !traits::official(self.target) {
            self.pending.push(raw);
        }
    }

    fn call(&mut self, call: &'a ToolCall, block: &Block<'a>) {
        let arguments = match call.function.arguments.trim() {
            "" => "{}",
            arguments => arguments,
        };
        if Json::from_text(arguments).is_err() {
            self.cut.push(&call.id);
            self.pending.clear();
            return;
        }
        self.push(Built {
            r#type: Some("function_call"),
            call_id: Some(&call.id),
            name: Some(&call.function.name),
            namespace: block.namespace,
            caller: block.caller,
            arguments: Some(arguments),
            ..Built::default()
        });
    }

    fn raw(&mut self, raw: &'a Json) {
        self.items.extend(self.pending.drain(..).map(Item::Raw));
        self.items.push(Item::Raw(raw));
    }

    fn push(&mut self, item: Built<'a>) {
        self.items.extend(self.pending.drain(..).map(Item::Raw));
        self.items.push(Item::Built(item));
    }
}

/// An assistant message can be sent back as text only.
fn spoken<'a>(message: &'a Message, field: &str) -> Result<Cow<'a, str>> {
    match &message.content {
        chat::Content::Text(text) => Ok(Cow::Borrowed(text)),
        chat::Content::Parts(parts) => {
            match parts.iter().position(|part| part.as_text().is_none()) {
                Some(at) => Err(unsupported(
                    format!("{field}.content[{at}]: an assistant message is sent back as text"),
                    "leave the part out, or send it in a user message",
                )),
                None => Ok(Cow::Owned(message.content.joined(""))),
            }
        }
    }
}

fn content<'a>(message: &'a Message, field: &str, target: &Target<'_>) -> Result<Content<'a>> {
    let parts = match &message.content {
        chat::Content::Text(text) => return Ok(Content::Text(Cow::Borrowed(text))),
        chat::Content::Parts(parts) => parts,
    };
    let part = |(at, part)| self::part(part, target, &format!("{field}.content[{at}]"));
    let parts: Result<_> = parts.iter().enumerate().map(part).collect();
    Ok(Content::Parts(parts?))
}

fn part<'a>(part: &'a ContentPart, target: &Target<'_>, field: &str) -> Result<Part<'a>> {
    Ok(match &part.kind {
        PartKind::Text(text) => Part {
            r#type: "input_text",
            text: Some(Cow::Borrowed(text)),
            ..Part::default()
        },
        PartKind::Image(image) => {
            traits::sees_images(target, field)?;
            Part {
                r#type: "input_image",
                image_url: Some(&image.url),
                detail: Some(image.detail.as_deref().unwrap_or("auto")),
                ..Part::default()
            }
        }
        PartKind::File(file) => Part {
            r#type: "input_file",
            filename: file.file_data.as_deref().map(|data| {
                let given = file.filename.as_deref().map(Cow::Borrowed);
                given.unwrap_or_else(|| Cow::Owned(filename(data)))
            }),
            file_data: file.file_data.as_deref(),
            file_url: file.url.as_deref(),
            ..Part::default()
        },
        PartKind::Audio(_) => {
            return Err(unsupported(
                format!("{field}: the Responses API takes no audio"),
                "use a model that is served on Chat Completions, or `api = \"chat\"`",
            ));
        }
    })
}

/// Data needs a name; its ending is the media type's.
fn filename(data: &str) -> String {
    let ending = DataUrl::parse(data).and_then(|url| url.media_type.rsplit('/').next());
    format!("file.{}", ending.unwrap_or("pdf"))
}

fn unsupported(problem: String, hint: &str) -> Error {
    Error::new(ErrorKind::Unsupported, problem).hint(hint)
}
