//! Blocks of an answer as they come: started, filled by deltas, stopped.

use super::block::{Block, Kind};
use super::decode::MessageDecoder;
use super::tools::FORM;
use super::wire::{get, non_empty, string};
use crate::chat::{Events, RichEvent, Warning};
use crate::error::Result;
use crate::json::Raw;
use crate::provider::pick::{pick, text};
use crate::provider::tools::Fragment;

/// What kind a delta is of, and all that any kind holds: each is looked through once.
const DELTA: [&str; 8] = [
    "type",
    "text",
    "thinking",
    "partial_json",
    "signature",
    "content",
    "encrypted_content",
    "citation",
];

impl MessageDecoder {
    /// A block that cannot be read, or is of no type, costs itself, not the answer.
    pub(super) fn start_block(&mut self, index: u64, raw: Raw<'_>, out: &mut Events) {
        self.stop_block(index, out);
        let raw = raw.get().unwrap_or_default();
        if !string(raw, "type").is_empty() {
            let mut block = Block::new(index, raw);
            if self.form && block.kind == Kind::Tool && string(raw, "name") == FORM {
                block.kind = Kind::Form;
            }
            match block.kind {
                Kind::Text => out.text(&block.body),
                Kind::Thinking => think(&mut self.thought, true, &block.body, out),
                Kind::Tool => self.call(index, raw, out),
                Kind::Form => out.text(input(raw)),
                Kind::Redacted | Kind::Compaction | Kind::Server => {}
            }
            self.open.push(block);
        }
    }

    /// In a stream the input is an empty placeholder; in a whole answer it is everything.
    fn call(&mut self, index: u64, start: &str, out: &mut Events) {
        let (id, name) = (non_empty(start, "id"), non_empty(start, "name"));
        let call = Fragment {
            index: Some(index),
            id: id.as_deref(),
            name: name.as_deref(),
            arguments: input(start),
        };
        self.calls.push(call, out);
    }

    /// Fragments of JSON belong to calls and to server tools alike: the block decides.
    pub(super) fn delta(&mut self, index: u64, delta: &str, out: &mut Events) -> Result<()> {
        let [
            kind,
            said,
            thought,
            json,
            signature,
            summary,
            sealed,
            citation,
        ] = pick(delta, DELTA)?;
        let (kind, absent) = (text(kind), Raw::default());
        let (body, seal) = match &*kind {
            "text_delta" => (said, absent),
            "thinking_delta" => (thought, absent),
            "input_json_delta" => (json, absent),
            "signature_delta" => (absent, signature),
            "compaction_delta" => (summary, sealed),
            _ => (absent, absent),
        };
        let Some(block) = open_block(&mut self.open, index, &kind) else {
            return Ok(());
        };
        let body = text(body);
        match &*kind {
            "text_delta" => out.text(&body),
            "thinking_delta" => think(&mut self.thought, block.body.is_empty(), &body, out),
            "input_json_delta" if block.kind == Kind::Tool => {
                let fragment = Fragment {
                    index: Some(index),
                    arguments: &body,
                    ..Fragment::default()
                };
                self.calls.push(fragment, out);
            }
            "input_json_delta" if block.kind == Kind::Form => out.text(&body),
            _ => {}
        }
        block.body.push_str(&body);
        block.seal.push_str(&text(seal));
        if kind == "citations_delta" {
            block.citations.extend(citation.to_json());
        }
        Ok(())
    }

    pub(super) fn stop_block(&mut self, index: u64, out: &mut Events) {
        if let Some(at) = self.open.iter().position(|block| block.index == index) {
            self.finish_block(at, out);
        }
    }

    #[inline(never)]
    pub(super) fn finish_block(&mut self, at: usize, out: &mut Events) {
        let block = self.open.remove(at);
        if block.is_cut() {
            let message =
                "the answer was cut inside the arguments of its last tool call; do not run it";
            warn("tool_call_incomplete", message, out);
        }
        // Interleaved blocks stop in any order; they go back in the order of the message.
        let later = self.done.iter().position(|done| done.index > block.index);
        self.done.insert(later.unwrap_or(self.done.len()), block);
    }
}

/// The open block of an index, or one begun without its start.
fn open_block<'a>(open: &'a mut Vec<Block>, index: u64, delta: &str) -> Option<&'a mut Block> {
    if !open.iter().any(|block| block.index == index) {
        open.push(Block::without_start(index, delta)?);
    }
    open.iter_mut().find(|block| block.index == index)
}

/// The input a call starts with, if it is not the placeholder of one that is streamed.
fn input(start: &str) -> &str {
    let input = get(start, "input").get().unwrap_or_default();
    if input == "{}" { "" } else { input }
}

/// Blocks of reasoning are joined by a blank line.
#[inline(never)]
fn think(thought: &mut bool, first: bool, text: &str, out: &mut Events) {
    if text.is_empty() {
        return;
    }
    if first && *thought {
        out.thinking(&format!("\n\n{text}"));
    } else {
        out.thinking(text);
    }
    *thought = true;
}

#[inline(never)]
pub(super) fn warn(code: &str, message: &str, out: &mut Events) {
    out.push(RichEvent::Warning(Warning::new(code, message)));
}
