//! Content blocks as they came, kept so that they can be sent back unchanged.
//!
//! ```text
//! content_block_start --> open --delta…--> stop --> done --> provider_state
//! ```
//! Signatures bind a turn's blocks to their order, so either all of a turn's
//! blocks are handed on or, when none of them is opaque, none.

use std::fmt;

use super::wire::{get, string};
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
    /// A call of our own tool: its input is the answer.
    Form,
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

    /// Whether it is reasoning.
    pub(super) fn is_reasoning(self) -> bool {
        matches!(self, Self::Thinking | Self::Redacted)
    }

    /// Whether it happened on the provider's side.
    pub(super) fn is_server(self) -> bool {
        matches!(self, Self::Compaction | Self::Server)
    }
}

/// A block and what its deltas added.
#[derive(Clone)]
pub(super) struct Block {
    /// The provider's index.
    pub(super) index: u64,
    pub(super) kind: Kind,
    /// The block of `content_block_start`.
    start: String,
    /// Text, reasoning, JSON of the input, or summary of a compaction.
    pub(super) body: String,
    /// Signature, or the encrypted part of a compaction.
    pub(super) seal: String,
    pub(super) citations: Vec<Json>,
}

/// A log line must not hold a whole answer.
impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {} bytes", self.kind, self.body.len())
    }
}

impl Block {
    /// A block from its start.
    pub(super) fn new(index: u64, start: &str) -> Self {
        let kind = Kind::of_block(&string(start, "type"));
        let body = match kind {
            Kind::Text => "text",
            Kind::Thinking => "thinking",
            _ => "",
        };
        let citations = get(start, "citations").get().map(json::from_str);
        Self {
            index,
            kind,
            start: start.to_string(),
            body: string(start, body).into_owned(),
            seal: string(start, "signature").into_owned(),
            citations: citations.and_then(Result::ok).unwrap_or_default(),
        }
    }

    /// A block whose own start was lost, by its first delta.
    pub(super) fn without_start(index: u64, delta: &str) -> Option<Self> {
        let raw = match delta {
            "text_delta" => r#"{"type":"text","text":""}"#,
            "thinking_delta" => r#"{"type":"thinking","thinking":"","signature":""}"#,
            _ => return None,
        };
        Some(Self::new(index, raw))
    }

    /// Whether the answer makes no sense to the provider without this block.
    pub(super) fn is_opaque(&self) -> bool {
        match self.kind {
            Kind::Thinking => !self.seal.is_empty(),
            Kind::Redacted | Kind::Compaction | Kind::Server => true,
            Kind::Text | Kind::Tool | Kind::Form => false,
        }
    }

    /// Whether the API would take it back: no unsigned reasoning, no empty text, no cut call.
    pub(super) fn is_whole(&self) -> bool {
        match self.kind {
            Kind::Thinking => self.is_opaque(),
            Kind::Text => !self.body.is_empty(),
            Kind::Tool => !self.is_cut(),
            Kind::Form => false,
            Kind::Redacted | Kind::Compaction | Kind::Server => true,
        }
    }

    /// Whether its JSON ends in the middle (wire reference, README §3).
    pub(super) fn is_cut(&self) -> bool {
        let json = self.body.as_str();
        self.kind == Kind::Tool && !json.is_empty() && Json::from_text(json).is_err()
    }

    /// The block as the API would have sent it in a whole answer.
    pub(super) fn raw(&self) -> Json {
        let mut fields = json::entries(&self.start).unwrap_or_default();
        let body = match self.kind {
            Kind::Text => "text",
            Kind::Thinking => "thinking",
            Kind::Compaction => "content",
            // Both calls and server tools stream their input.
            _ => "input",
        };
        let seal = match self.kind {
            Kind::Thinking => "signature",
            Kind::Compaction => "encrypted_content",
            _ => "",
        };
        if body == "input" {
            if let Ok(input) = Json::from_text(&self.body) {
                set(&mut fields, body, input);
            }
        } else if !self.body.is_empty() || self.kind != Kind::Compaction {
            set(&mut fields, body, Json::from_value(&self.body));
        }
        if !seal.is_empty() && (!self.seal.is_empty() || self.kind == Kind::Thinking) {
            set(&mut fields, seal, Json::from_value(&self.seal));
        }
        if !self.citations.is_empty() {
            set(&mut fields, "citations", Json::from_value(&self.citations));
        }
        Json::from_value(&Pairs(&fields))
    }
}

fn set(fields: &mut RawObject, key: &str, value: Json) {
    match fields.iter_mut().find(|(known, _)| known == key) {
        Some((_, old)) => *old = value,
        None => fields.push((key.to_string(), value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(start: &str, body: &str, seal: &str, expected: &str) {
        let mut block = Block::new(0, start);
        block.body.push_str(body);
        block.seal.push_str(seal);
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
