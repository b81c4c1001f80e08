//! Writing the conversation as input items.
//!
//! An assistant message becomes several items. What `provider_state` kept of
//! the answer gives their order: reasoning must stand before the call or text
//! it led to, and may not stand without it.

use super::super::encoder::{Encoder, Place, each_part};
use super::state::{Item, Said, own_blocks};
use crate::chat::{Content, ContentPart, Message, PartKind, Role, ToolCall};
use crate::error::Result;
use crate::json::Json;
use crate::provider::images::DataUrl;
use crate::provider::pick::string;

/// Writes the leading system messages as instructions, and the items of the
/// conversation; whether a call was cut off and left out.
///
/// # Errors
/// `unsupported` for parts that cannot be said here.
pub(super) fn input(encoder: &mut Encoder<'_>) -> Result<bool> {
    let messages = &encoder.request.messages;
    let is_system = |message: &&Message| message.role == Role::System;
    let mut leading = messages.iter().take_while(is_system).count();
    // Something must be left to answer to.
    if leading == messages.len() {
        leading = 0;
    }
    let mut instructions = String::new();
    for (at, message) in messages.iter().take(leading).enumerate() {
        instructions.push_str(if at > 0 { "\n\n" } else { "" });
        instructions.push_str(&message.content.joined("\n"));
    }
    if leading > 0 {
        encoder.text("instructions", &instructions);
    }
    encoder.out.key("input");
    encoder.out.begin_list();
    let mut input = Input {
        encoder,
        pending: String::new(),
        cut: Vec::new(),
    };
    for (at, message) in messages.iter().enumerate().skip(leading) {
        input.message(message, at)?;
    }
    let any_cut = !input.cut.is_empty();
    encoder.out.end_list();
    Ok(any_cut)
}

struct Input<'a, 'b> {
    encoder: &'b mut Encoder<'a>,
    /// Reasoning that waits for the item it led to, with commas between.
    pending: String,
    /// Calls whose arguments are no JSON: the API refuses them and their results.
    cut: Vec<&'a str>,
}

impl<'a> Input<'a, '_> {
    fn message(&mut self, message: &'a Message, at: usize) -> Result<()> {
        match message.role {
            Role::Assistant => return self.assistant(message, at),
            Role::Tool => {
                let id = message.tool_call_id.as_deref().unwrap_or_default();
                if self.cut.contains(&id) {
                    return Ok(());
                }
                self.encoder.begin("function_call_output");
                self.encoder.text("call_id", id);
                self.content("output", message, at)?;
            }
            Role::System => {
                // Compatible servers know no other word for it.
                let role = if self.encoder.official {
                    "developer"
                } else {
                    "system"
                };
                self.said(role);
                self.encoder.text("content", &message.content.joined("\n"));
            }
            Role::User => {
                self.said("user");
                self.content("content", message, at)?;
            }
        }
        self.encoder.out.end_object();
        Ok(())
    }

    /// Begins a message of a role.
    fn said(&mut self, role: &str) {
        self.encoder.out.begin_object();
        self.encoder.text("role", role);
    }

    fn content(&mut self, key: &str, message: &'a Message, at: usize) -> Result<()> {
        match &message.content {
            Content::Text(text) => self.encoder.text(key, text),
            Content::Parts(parts) => {
                self.encoder.out.key(key);
                each_part(self.encoder, parts, at, part)?;
            }
        }
        Ok(())
    }

    fn assistant(&mut self, message: &'a Message, at: usize) -> Result<()> {
        // It can be sent back as text only.
        if let Content::Parts(parts) = &message.content
            && let Some(part) = parts.iter().position(|part| part.as_text().is_none())
        {
            return Err(Place(at, part).unsupported(
                "an assistant message is sent back as text",
                "leave the part out, or send it in a user message",
            ));
        }
        let whole = message.content.joined("");
        let blocks = own_blocks(message, self.encoder.target);
        let mut said = Said::new(&whole, message.refusal.as_deref(), blocks);
        let mut calls: Vec<_> = message.tool_calls.iter().collect();
        for raw in blocks {
            let block = Item::of_block(raw);
            match &*string(block.kind) {
                "reasoning" => self.reasoning(raw, &block),
                "message" => self.spoken(said.next(&block), &block),
                "function_call" => {
                    let id = string(block.call_id);
                    if let Some(at) = calls.iter().position(|call| call.id == id) {
                        self.call(calls.remove(at), &block);
                    }
                }
                _ => {
                    self.led_to();
                    self.encoder.out.raw(raw.text());
                }
            }
        }
        let unknown = Item::default();
        self.spoken(said.next(&unknown), &unknown);
        for call in calls {
            self.call(call, &unknown);
        }
        self.pending.clear();
        Ok(())
    }

    /// Without stored state only encrypted reasoning can be read back by the API.
    fn reasoning(&mut self, raw: &Json, block: &Item<'_>) {
        if !self.encoder.official || !string(block.encrypted_content).is_empty() {
            if !self.pending.is_empty() {
                self.pending.push(',');
            }
            self.pending.push_str(raw.text());
        }
    }

    /// Writes the reasoning that led to the item about to be written.
    fn led_to(&mut self) {
        if !self.pending.is_empty() {
            self.encoder.out.raw(&self.pending);
            self.pending.clear();
        }
    }

    fn spoken(&mut self, (said, refusal): (&str, Option<&str>), block: &Item<'_>) {
        if said.is_empty() && refusal.is_none() {
            return;
        }
        self.led_to();
        self.said("assistant");
        self.encoder.out.field("phase", &block.phase);
        self.encoder.out.key("content");
        self.encoder.out.begin_list();
        if !said.is_empty() {
            self.encoder.begin("output_text");
            self.encoder.text("text", said);
            self.encoder.out.end_object();
        }
        if let Some(refusal) = refusal {
            self.encoder.begin("refusal");
            self.encoder.text("refusal", refusal);
            self.encoder.out.end_object();
        }
        self.encoder.out.end_list();
        self.encoder.out.end_object();
    }

    fn call(&mut self, call: &'a ToolCall, block: &Item<'_>) {
        let arguments = match call.function.arguments.trim() {
            "" => "{}",
            arguments => arguments,
        };
        if Json::from_text(arguments).is_err() {
            self.cut.push(&call.id);
            self.pending.clear();
            return;
        }
        self.led_to();
        self.encoder.begin("function_call");
        self.encoder.text("call_id", &call.id);
        self.encoder.text("name", &call.function.name);
        self.encoder.out.field("namespace", &block.namespace);
        self.encoder.out.field("caller", &block.caller);
        self.encoder.text("arguments", arguments);
        self.encoder.out.end_object();
    }
}

fn part<'a>(encoder: &mut Encoder<'a>, part: &'a ContentPart, place: Place) -> Result<()> {
    match &part.kind {
        PartKind::Text(text) => {
            encoder.begin("input_text");
            encoder.text("text", text);
        }
        PartKind::Image(image) => {
            encoder.sees_images(place)?;
            encoder.begin("input_image");
            encoder.text("image_url", &image.url);
            encoder.text("detail", image.detail.as_deref().unwrap_or("auto"));
        }
        PartKind::File(file) => {
            encoder.begin("input_file");
            if let Some(data) = &file.file_data {
                match &file.filename {
                    Some(name) => encoder.text("filename", name),
                    None => encoder.text("filename", &filename(data)),
                }
            }
            encoder.out.field("file_data", &file.file_data);
            encoder.out.field("file_url", &file.url);
        }
        PartKind::Audio(_) => {
            return Err(place.unsupported(
                "the Responses API takes no audio",
                "use a model that is served on Chat Completions, or `api = \"chat\"`",
            ));
        }
    }
    encoder.out.end_object();
    Ok(())
}

/// Data needs a name; its ending is the media type's.
fn filename(data: &str) -> String {
    let media_type = DataUrl::parse(data).map_or("pdf", |url| url.media_type);
    let ending = media_type
        .split_once('/')
        .map_or(media_type, |(_, kind)| kind);
    format!("file.{ending}")
}
