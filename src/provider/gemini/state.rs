//! The parts of an answer that must go back as they came.
//!
//! A thought signature belongs to one part and loses its meaning anywhere else
//! (wire reference, Gemini §2). The answer keeps text, calls and opaque parts
//! apart, so the state records their order as blocks, without a second copy of
//! the text:
//!
//! ```text
//! {"text":12}                                 the next 12 bytes of the content
//! {"text":0,"thoughtSignature":"…"}           a signed text part, here an empty one
//! {"call":"call_1","made":true}               the next call; its id is ours, not the API's
//! {"part":{"executableCode":{…}}}             a part kept raw
//! ```
//! Text behind the last block needs none. When the message was changed on the
//! way, the order no longer fits and only the calls keep their signatures.

use std::borrow::Cow;

use super::PROFILE;
use super::wire::{Call, OurPart, Part};
use crate::chat::{Content, Events, Message, RichEvent, ToolCall};
use crate::json::{self, Json, Pairs, RawObject, fields, writes};
use crate::provider::Target;
use crate::provider::body::object_or_empty;

#[derive(Debug, Default)]
struct Block {
    text: Option<u64>,
    call: Option<String>,
    made: Option<bool>,
    part: Option<Json>,
    thought_signature: Option<String>,
}

fields!(Block { text, call, made, part, thought_signature = "thoughtSignature" });
writes!(Block { text, call, made, part, thought_signature = "thoughtSignature" });

// ---- recording ------------------------------------------------------------

/// Writes the blocks of an answer as its parts come.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder {
    /// Bytes of unsigned text since the last block: neighbours are one part.
    unsigned: u64,
}

impl Recorder {
    /// A piece of text.
    pub(super) fn text(&mut self, text: &str, signature: Option<&str>, out: &mut Events) {
        if signature.is_none() {
            self.unsigned += text.len() as u64;
            return;
        }
        self.block(
            Block {
                text: Some(text.len() as u64),
                thought_signature: signature.map(str::to_string),
                ..Block::default()
            },
            out,
        );
    }

    /// A thought need not go back, unless it is signed.
    pub(super) fn thought(&mut self, text: &str, signature: Option<&str>, out: &mut Events) {
        if signature.is_some() {
            let part = vec![
                ("text".to_string(), Json::from_value(&text)),
                ("thought".to_string(), Json::from_value(&true)),
            ];
            self.opaque(&part, signature, out);
        }
    }

    /// A call with the id the caller knows it by.
    pub(super) fn call(&mut self, id: &str, made: bool, signature: Option<&str>, out: &mut Events) {
        self.block(
            Block {
                call: Some(id.to_string()),
                made: made.then_some(true),
                thought_signature: signature.map(str::to_string),
                ..Block::default()
            },
            out,
        );
    }

    /// Any other part, by its fields.
    pub(super) fn opaque(&mut self, fields: &RawObject, signature: Option<&str>, out: &mut Events) {
        let mut fields = fields.clone();
        if let Some(signature) = signature {
            fields.push(("thoughtSignature".to_string(), Json::from_value(&signature)));
        }
        self.block(
            Block {
                part: Some(Json::from_value(&Pairs(&fields))),
                ..Block::default()
            },
            out,
        );
    }

    fn block(&mut self, block: Block, out: &mut Events) {
        let unsigned = std::mem::take(&mut self.unsigned);
        if unsigned > 0 {
            let before = Block {
                text: Some(unsigned),
                ..Block::default()
            };
            out.push(RichEvent::State(Json::from_value(&before)));
        }
        out.push(RichEvent::State(Json::from_value(&block)));
    }
}

// ---- sending back ---------------------------------------------------------

/// The parts of an assistant message, as they came where the state says how.
pub(super) fn parts<'a>(message: &'a Message, target: &Target<'_>) -> Vec<Part<'a>> {
    let blocks = blocks(message, target);
    replayed(message, &blocks).unwrap_or_else(|| rebuilt(message, &blocks))
}

/// Only the model that made a state understands it.
fn blocks(message: &Message, target: &Target<'_>) -> Vec<Block> {
    let state = message
        .provider_state
        .as_ref()
        .filter(|state| state.provider == PROFILE.id && state.model == target.model);
    let read = |block: &Json| json::from_str(block.text()).ok();
    state
        .map(|state| state.blocks.iter().filter_map(read).collect())
        .unwrap_or_default()
}

/// Every block in order; `None` when there are none or the message no longer fits them.
fn replayed<'a>(message: &'a Message, blocks: &[Block]) -> Option<Vec<Part<'a>>> {
    let Content::Text(content) = &message.content else {
        return None;
    };
    blocks.first()?;
    let mut rest = content.as_str();
    let mut calls = message.tool_calls.iter();
    let mut parts = Vec::with_capacity(blocks.len() + 1);
    for block in blocks {
        if let Some(length) = block.text {
            let (text, tail) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            rest = tail;
            parts.push(signed_text(text, block));
        } else if let Some(id) = &block.call {
            let call = calls.next().filter(|call| call.id == *id)?;
            parts.push(call_part(call, Some(block)));
        } else if let Some(raw) = &block.part {
            parts.push(Part::Raw(raw.clone()));
        }
    }
    if !rest.is_empty() {
        parts.push(Part::text(rest));
    }
    calls.next().is_none().then_some(parts)
}

/// Text first, then the calls.
fn rebuilt<'a>(message: &'a Message, blocks: &[Block]) -> Vec<Part<'a>> {
    let text = match &message.content {
        Content::Text(text) => Cow::Borrowed(text.as_str()),
        content => Cow::Owned(content.joined("")),
    };
    let refusal = message.refusal.as_deref().map(Cow::Borrowed);
    let said = [Some(text), refusal].into_iter().flatten();
    let said = said.filter(|text| !text.is_empty()).map(Part::text);
    let calls = message.tool_calls.iter().map(|call| {
        let is_its = |block: &&Block| block.call.as_deref() == Some(call.id.as_str());
        call_part(call, blocks.iter().find(is_its))
    });
    said.chain(calls).collect()
}

fn signed_text<'a>(text: &'a str, block: &Block) -> Part<'a> {
    Part::Ours(OurPart {
        text: Some(Cow::Borrowed(text)),
        thought_signature: block.thought_signature.clone().map(Cow::Owned),
        ..OurPart::default()
    })
}

/// An id we made goes back neither here nor with the result.
fn call_part<'a>(call: &'a ToolCall, block: Option<&Block>) -> Part<'a> {
    let made = block.is_some_and(|block| block.made == Some(true));
    Part::Ours(OurPart {
        function_call: Some(Call {
            id: Some(call.id.as_str()).filter(|id| !made && !id.is_empty()),
            name: &call.function.name,
            args: object_or_empty(&call.function.arguments).0,
        }),
        thought_signature: block
            .and_then(|block| block.thought_signature.clone())
            .map(Cow::Owned),
        ..OurPart::default()
    })
}
