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
//! {"continuationToken":"…"}                   where the answer goes on; the last one counts, "" is none
//! ```
//! Text behind the last block needs none. When the message was changed on the
//! way, the order no longer fits and only the calls keep their signatures.

use super::PROFILE;
use super::encode::{Encoder, MODEL};
use super::traits::GEMINI_3;
use crate::chat::{Content, Events, Message, RichEvent, ToolCall};
use crate::error::Result;
use crate::json::{self, Count, Json, Pairs, Raw, RawObject, Scalar, Text, Write, Writer, fields};
use crate::provider::body::object_or_empty;
use crate::provider::history::own_state;

/// The field of a request, and of our blocks, that says where an answer goes on.
pub(super) const TOKEN: &str = "continuationToken";

/// Lets a call pass that no Gemini model signed (wire reference, Gemini §2 "thoughtSignature").
const UNSIGNED: &str = "skip_thought_signature_validator";

// ---- recording ------------------------------------------------------------

/// Writes the blocks of an answer as its parts come.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder {
    /// Bytes of unsigned text since the last block: neighbours are one part.
    unsigned: u64,
    /// Where the answer goes on.
    token: String,
    /// Whether it has brought a token of its own.
    goes_on: bool,
}

/// A block to write: its kind, the value of that field, and what may follow.
struct NewBlock<'a>(&'static str, &'a dyn Write, bool, Option<&'a str>);

impl Write for NewBlock<'_> {
    fn write(&self, writer: &mut Writer) {
        let Self(kind, value, made, signature) = self;
        writer.begin_object();
        writer.field(kind, *value);
        if *made {
            writer.field("made", &true);
        }
        writer.field("thoughtSignature", signature);
        writer.end_object();
    }
}

impl Recorder {
    /// For an answer that goes on from a token, if there is one.
    pub(super) fn new(token: String) -> Self {
        Self {
            token,
            ..Self::default()
        }
    }

    /// A token: checkpoints bring one in the middle of a stream, so that it can go on
    /// should it break off. The same token again leads nowhere (wire reference, Gemini §6).
    pub(super) fn token(&mut self, token: &str, out: &mut Events) {
        let is_new = self.token != token;
        token.clone_into(&mut self.token);
        // An answer that has brought none has none to take back.
        if is_new && (self.goes_on || !token.is_empty()) {
            self.goes_on = true;
            let block = NewBlock(TOKEN, &token, false, None);
            out.push(RichEvent::State(Json::from_value(&block)));
        }
    }

    /// A piece of text.
    pub(super) fn text(&mut self, text: &str, signature: Option<&str>, out: &mut Events) {
        let length = text.len() as u64;
        if signature.is_some() {
            self.block(&NewBlock("text", &length, false, signature), out);
        } else {
            self.unsigned += length;
        }
    }

    /// A call with the id the caller knows it by.
    pub(super) fn call(&mut self, id: &str, made: bool, signature: Option<&str>, out: &mut Events) {
        self.block(&NewBlock("call", &id, made, signature), out);
    }

    /// Any other part, by its fields.
    pub(super) fn opaque(&mut self, fields: &RawObject, out: &mut Events) {
        self.block(&NewBlock("part", &Pairs(fields), false, None), out);
    }

    fn block(&mut self, block: &NewBlock<'_>, out: &mut Events) {
        let unsigned = std::mem::take(&mut self.unsigned);
        if unsigned > 0 {
            self.block(&NewBlock("text", &unsigned, false, None), out);
        }
        out.push(RichEvent::State(Json::from_value(block)));
    }
}

// ---- sending back ---------------------------------------------------------

#[derive(Default)]
struct Block<'a> {
    text: Count,
    call: Text<'a>,
    made: Scalar<'a>,
    part: Raw<'a>,
    thought_signature: Text<'a>,
    token: Text<'a>,
}

fields!(Block<'a> {
    text, call, made, part, thought_signature = "thoughtSignature", token = "continuationToken",
});

/// What cannot be read says nothing.
fn block(json: &Json) -> Block<'_> {
    json::from_str(json.text()).unwrap_or_default()
}

/// The token of an answer that was cut; empty when there is none.
pub(super) fn token(message: &Message, model: &str) -> String {
    let mut token = String::new();
    for json in own_state(message, PROFILE.id, model) {
        if let Some(later) = block(json).token.get() {
            token = later.to_string();
        }
    }
    token
}

impl<'a> Encoder<'a> {
    /// The parts of an assistant message, as they came where the state says how.
    pub(super) fn assistant(&mut self, message: &'a Message) -> Result<()> {
        self.calls.clear();
        // Only the model that made a state understands it.
        let blocks = own_state(message, PROFILE.id, self.target.model);
        match &message.content {
            Content::Text(text) if fits(text, &message.tool_calls, blocks) => {
                self.replayed(text, message, blocks);
                Ok(())
            }
            _ => self.rebuilt(message, blocks),
        }
    }

    /// Every block in order.
    fn replayed(&mut self, mut rest: &str, message: &'a Message, blocks: &'a [Json]) {
        let mut calls = message.tool_calls.iter();
        for json in blocks {
            let block = block(json);
            if let Some(length) = block.text.get() {
                let (text, tail) = rest.split_at_checked(length as usize).unwrap_or((rest, ""));
                rest = tail;
                self.open(MODEL);
                self.writer.begin_object();
                self.writer.field("text", &text);
                self.signature_and_end(block.thought_signature.get());
            } else if block.call.get().is_some() {
                if let Some(call) = calls.next() {
                    self.call(call, block);
                }
            } else if let Some(part) = block.part.get() {
                self.open(MODEL);
                self.writer.raw(part);
            }
        }
        self.text(MODEL, rest);
    }

    /// Text first, then the calls.
    fn rebuilt(&mut self, message: &'a Message, blocks: &'a [Json]) -> Result<()> {
        self.content(MODEL, &message.content)?;
        self.text(MODEL, message.refusal.as_deref().unwrap_or_default());
        for call in &message.tool_calls {
            let mut its = Block::default();
            for block in blocks.iter().map(block) {
                if block.call.get() == Some(&call.id) {
                    its = block;
                    break;
                }
            }
            self.call(call, its);
        }
        Ok(())
    }

    /// A call. An id we made goes back neither here nor with the result. The
    /// first call of each step must be signed; of parallel calls only the first is.
    fn call(&mut self, call: &'a ToolCall, block: Block<'_>) {
        let made = matches!(block.made, Scalar::Bool(true));
        let sent = !made && !call.id.is_empty();
        let (args, is_object) = object_or_empty(&call.function.arguments);
        if !is_object {
            let (at, index) = (self.at, self.calls.len());
            let field = format!("messages[{at}].tool_calls[{index}].function.arguments");
            self.warn(&field, "they are no JSON object; sent `{}`");
        }
        self.calls.push((call, sent));
        self.open(MODEL);
        self.writer.begin_object();
        self.writer.begin_object_at("functionCall");
        if sent {
            self.writer.field("id", &call.id);
        }
        self.writer.field("name", &call.function.name);
        self.writer.field("args", &args);
        self.writer.end_object();
        let must_pass = !self.called && self.since(GEMINI_3);
        self.called = true;
        let signature = block.thought_signature.get();
        self.signature_and_end(signature.or_else(|| must_pass.then_some(UNSIGNED)));
    }

    fn signature_and_end(&mut self, signature: Option<&str>) {
        self.writer.field("thoughtSignature", &signature);
        self.writer.end_object();
    }
}

/// Whether there are blocks and the message still fits them.
fn fits(content: &str, calls: &[ToolCall], blocks: &[Json]) -> bool {
    let mut calls = calls.iter();
    let mut end = 0_usize;
    for json in blocks {
        let block = block(json);
        if let Some(length) = block.text.get() {
            end = end.saturating_add(length as usize);
            if !content.is_char_boundary(end) {
                return false;
            }
        } else if let Some(id) = block.call.get()
            // An id used twice was made a longer one.
            && calls.next().is_none_or(|call| !call.id.starts_with(id))
        {
            return false;
        }
    }
    !blocks.is_empty() && calls.next().is_none()
}
