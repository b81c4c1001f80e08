//! Content blocks as they came, kept so that they can be sent back unchanged.
//!
//! ```text
//! content_block_start --> open --delta…--> stop --> done --> provider_state
//! ```
//! Signatures bind a turn's blocks to their order, so either all of a turn's
//! blocks are handed on or, when none of them is opaque, none.

use std::fmt;
use std::rc::Rc;

use super::wire::BlockStart;
use crate::json::{self, Json, Pairs, RawObject};

/// What a block is, as far as it is treated differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text for the reader.
    Text,
    /// Reasoning, readable or not, with its signature.
    Thinking,
    /// Reasoning encrypted as a whole.
    Redacted,
    /// A call of the caller's tool.
    Tool,
    /// The provider's own summary of what came before.
    Compaction,
    /// Anything else that happened on the provider's side.
    Server,
}

impl Kind {
    /// The kind of a block by its type.
    pub(super) fn of_block(r#type: &str) -> Self {
        match r#type {
            "text" => Self::Text,
            "thinking" => Self::Thinking,
            "redacted_thinking" => Self::Redacted,
            "tool_use" => Self::Tool,
            "compaction" => Self::Compaction,
            _ => Self::Server,
        }
    }

    /// Whether it happened on the provider's side.
    pub(super) fn is_server(self) -> bool {
        matches!(self, Self::Compaction | Self::Server)
    }
}

/// Kept text. Its `Debug` is its length: a log line must not hold a whole answer.
#[derive(Clone, Default)]
pub(super) struct Kept(pub(super) String);

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// A block and what its deltas added.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// The provider's index.
    pub(super) index: u64,
    pub(super) kind: Kind,
    /// The block of `content_block_start`.
    start: Kept,
    /// Text, reasoning, JSON of the input, or summary of a compaction.
    pub(super) body: Kept,
    /// Signature, or the encrypted part of a compaction.
    pub(super) seal: Kept,
    pub(super) citations: Vec<Json>,
}

impl Block {
    /// A block from its start.
    pub(super) fn new(index: u64, raw: &str, start: &BlockStart<'_>) -> Self {
        let kind = Kind::of_block(start.r#type.or_empty());
        let body = match kind {
            Kind::Text => start.text.or_empty(),
            Kind::Thinking => start.thinking.or_empty(),
            _ => "",
        };
        let list = start.citations.get().map(json::from_str);
        Self {
            index,
            kind,
            start: Kept(raw.to_string()),
            body: Kept(body.to_string()),
            seal: Kept(start.signature.or_empty().to_string()),
            citations: list.and_then(Result::ok).unwrap_or_default(),
        }
    }

    /// A block whose own start was lost, by its first delta.
    pub(super) fn without_start(index: u64, delta: &str) -> Option<Self> {
        let raw = match delta {
            "text_delta" => r#"{"type":"text","text":""}"#,
            "thinking_delta" => r#"{"type":"thinking","thinking":"","signature":""}"#,
            _ => return None,
        };
        let start = json::from_str(raw).ok()?;
        Some(Self::new(index, raw, &start))
    }

    /// Whether the answer makes no sense to the provider without this block.
    pub(super) fn is_opaque(&self) -> bool {
        match self.kind {
            Kind::Thinking => !self.seal.0.is_empty(),
            Kind::Redacted | Kind::Compaction | Kind::Server => true,
            Kind::Text | Kind::Tool => false,
        }
    }

    /// Whether the API would take it back: no unsigned reasoning, no empty text, no cut call.
    pub(super) fn is_whole(&self) -> bool {
        match self.kind {
            Kind::Thinking => self.is_opaque(),
            Kind::Text => !self.body.0.is_empty(),
            Kind::Tool => !self.is_cut(),
            Kind::Redacted | Kind::Compaction | Kind::Server => true,
        }
    }

    /// Whether its JSON ends in the middle (wire reference, README §3).
    pub(super) fn is_cut(&self) -> bool {
        let json = self.body.0.as_str();
        self.kind == Kind::Tool && !json.is_empty() && Json::from_text(json).is_err()
    }

    /// The block as the API would have sent it in a whole answer.
    pub(super) fn raw(&self) -> Json {
        let mut fields = json::entries(&self.start.0).unwrap_or_default();
        let body = || Json::from_value(&self.body.0);
        let has_body = !self.body.0.is_empty();
        match self.kind {
            Kind::Text => set(&mut fields, "text", body()),
            Kind::Thinking => {
                set(&mut fields, "thinking", body());
                set(&mut fields, "signature", Json::from_value(&self.seal.0));
            }
            Kind::Compaction => self.summary(&mut fields),
            // Both calls and server tools stream their input.
            _ if has_body => {
                if let Ok(input) = Json::from_text(&self.body.0) {
                    set(&mut fields, "input", input);
                }
            }
            _ => {}
        }
        if !self.citations.is_empty() {
            set(&mut fields, "citations", Json::from_value(&self.citations));
        }
        Json::from_value(&Pairs(&fields))
    }

    fn summary(&self, fields: &mut RawObject) {
        if !self.body.0.is_empty() {
            set(fields, "content", Json::from_value(&self.body.0));
        }
        if !self.seal.0.is_empty() {
            set(fields, "encrypted_content", Json::from_value(&self.seal.0));
        }
    }
}

fn set(fields: &mut RawObject, key: &str, value: Json) {
    match fields.iter_mut().find(|(known, _)| known == key) {
        Some((_, old)) => *old = value,
        None => fields.push((key.to_string(), value)),
    }
}

/// The finished blocks of an answer, in order. Cheap to copy.
#[derive(Clone, Default)]
pub(super) struct Done(Vec<Rc<Block>>);

impl Done {
    /// Adds a finished block.
    pub(super) fn push(&mut self, block: Block) {
        self.0.push(Rc::new(block));
    }

    /// All blocks to send back, or none when text and calls say everything.
    pub(super) fn state(&self) -> Vec<Json> {
        let opaque = self.0.iter().any(|block| block.is_opaque());
        self.raw(|block| opaque && block.is_whole())
    }

    /// What the provider's own tools did.
    pub(super) fn server_tools(&self) -> Vec<Json> {
        self.raw(|block| block.kind.is_server())
    }

    /// The texts that name their sources.
    pub(super) fn cited(&self) -> Vec<Json> {
        self.raw(|block| !block.citations.is_empty())
    }

    fn raw(&self, wanted: impl Fn(&Block) -> bool) -> Vec<Json> {
        let wanted = self.0.iter().filter(|block| wanted(block));
        wanted.map(|block| block.raw()).collect()
    }
}

impl fmt::Debug for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} blocks", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(start: &str, body: &str, seal: &str, expected: &str) {
        let mut block = Block::new(0, start, &json::from_str(start).unwrap());
        block.body.0.push_str(body);
        block.seal.0.push_str(seal);
        assert_eq!(block.raw().text(), expected);
    }

    #[test]
    fn a_block_is_rebuilt_with_its_deltas_and_nothing_else_changed() {
        check(
            r#"{"type":"thinking","thinking":"","signature":"","extra":1}"#,
            "Let \"me\"",
            "Eq==",
            r#"{"type":"thinking","thinking":"Let \"me\"","signature":"Eq==","extra":1}"#,
        );
        check(
            r#"{"type":"tool_use","id":"toolu_1","name":"f","input":{},"caller":{"type":"direct"}}"#,
            r#"{"n": 12345678901234567890}"#,
            "",
            r#"{"type":"tool_use","id":"toolu_1","name":"f","input":{"n": 12345678901234567890},"caller":{"type":"direct"}}"#,
        );
        check(
            r#"{"type":"server_tool_use","id":"s","name":"web_search","input":{}}"#,
            "",
            "",
            r#"{"type":"server_tool_use","id":"s","name":"web_search","input":{}}"#,
        );
        check(
            r#"{"type":"compaction","content":null}"#,
            "so far",
            "enc",
            r#"{"type":"compaction","content":"so far","encrypted_content":"enc"}"#,
        );
        check(
            r#"{"type":"redacted_thinking","data":"AAAA"}"#,
            "",
            "",
            r#"{"type":"redacted_thinking","data":"AAAA"}"#,
        );
    }
}
