//! Reading messages, streamed or whole, into events.
//!
//! ```text
//! message_start --> blocks… --> message_delta --> message_stop
//! Open              Open        Complete          Closed
//! ```
//! A whole answer is read as the same blocks, each started and stopped at once.

use super::block::Block;
use super::blocks::warn;
use super::error;
use super::usage::Counts;
use super::wire::{get, non_empty, readable, string};
use crate::chat::{Billing, Events, FinishReason, RichEvent};
use crate::error::{Error, Result};
use crate::framing::Frame;
use crate::json::Json;
use crate::provider::charged_calls;
use crate::provider::pick::{count, items, object, pick, text};
use crate::provider::tools::ToolCalls;
use crate::provider::{Decoder, Progress};

/// Values handed on as they are, in this order: of the end, then of the bill.
const EXTRA: [&str; 6] = [
    "stop_sequence",
    "stop_details",
    "container",
    "server_tool_use",
    "speed",
    "inference_geo",
];

/// The reader of one answer.
#[derive(Clone, Debug)]
pub(super) struct MessageDecoder {
    progress: Progress,
    started: bool,
    /// The message's id, if it told one.
    id: Option<String>,
    /// Readable reasoning has come: the next block's begins with a blank line.
    pub(super) thought: bool,
    pub(super) calls: ToolCalls,
    /// Whether a tool of ours was called for the answer's sake.
    pub(super) form: bool,
    usage: Counts,
    /// Usually one; the protocol allows them to interleave.
    pub(super) open: Vec<Block>,
    pub(super) done: Vec<Block>,
    extra: [Option<Json>; EXTRA.len()],
}

impl MessageDecoder {
    /// A reader of an answer of which nothing has come.
    pub(super) fn new(seed: u64, form: bool) -> Self {
        Self {
            form,
            progress: Progress::Open,
            started: false,
            id: None,
            thought: false,
            calls: ToolCalls::new(seed),
            usage: Counts::default(),
            open: Vec::new(),
            done: Vec::new(),
            extra: Default::default(),
        }
    }

    /// Some proxies drop the `event:` lines, so only `type` decides.
    fn event(&mut self, event: &str, out: &mut Events) -> Result<()> {
        let [r#type, index, delta, message] = pick(event, ["type", "index", "delta", "message"])?;
        let (index, delta, message) = (count(index).unwrap_or(0), object(delta), object(message));
        readable(message)?;
        match &*text(r#type) {
            "content_block_delta" => self.delta(index, delta, out)?,
            "content_block_start" => self.start_block(index, get(event, "content_block"), out),
            "content_block_stop" => self.stop_block(index, out),
            "message_start" => {
                self.start(message, out)?;
                self.end_of(message, out);
            }
            "message_delta" => {
                readable(delta)?;
                self.count(event, out);
                self.end_of(delta, out);
            }
            "message_stop" => self.stop(out),
            "message" => self.whole(event, out)?,
            _ => self.error(event, out)?,
        }
        Ok(())
    }

    /// An error after the stop reason takes nothing from the answer; unknown events are none.
    fn error(&self, event: &str, out: &mut Events) -> Result<()> {
        match get(event, "error").to_json() {
            Some(_) if self.progress == Progress::Open => Err(error::inside_answer(event)),
            Some(error) => {
                extra("error", error, out);
                Ok(())
            }
            None => Ok(()),
        }
    }

    // ---- the message ------------------------------------------------------

    /// The answer to a call made by code on the provider's side comes whole
    /// inside its start, even in a stream.
    fn start(&mut self, message: &str, out: &mut Events) -> Result<()> {
        let (id, model) = (non_empty(message, "id"), non_empty(message, "model"));
        self.only_one(&id)?;
        if !self.started && (id.is_some() || model.is_some()) {
            self.started = true;
            out.push(RichEvent::Start { id, model });
        }
        self.count(message, out);
        // A start that is repeated says nothing new.
        if self.open.is_empty() && self.done.is_empty() {
            for (index, block) in (0..).zip(items(get(message, "content"))?) {
                self.start_block(index, block, out);
                self.stop_block(index, out);
            }
        }
        Ok(())
    }

    /// A stop reason ends the message; without one it goes on.
    fn end_of(&mut self, end: &str, out: &mut Events) {
        if !string(end, "stop_reason").is_empty() {
            self.finish(end, out);
        }
    }

    /// A start of another message means that two streams were mixed up on the way:
    /// their blocks have the same indices, and nobody could tell them apart.
    fn only_one(&mut self, id: &Option<String>) -> Result<()> {
        if self.id.is_none() {
            self.id.clone_from(id);
        }
        if id.is_some() && *id != self.id {
            let problem = "another message began inside the answer";
            return Err(Error::invalid_response(problem));
        }
        Ok(())
    }

    fn whole(&mut self, message: &str, out: &mut Events) -> Result<()> {
        self.start(message, out)?;
        self.finish(message, out);
        self.stop(out);
        Ok(())
    }

    /// Takes the fields of the end from a delta or message. A cut answer
    /// leaves its last block open (wire reference, Anthropic §4).
    #[inline(never)]
    fn finish(&mut self, end: &str, out: &mut Events) {
        while !self.open.is_empty() {
            self.finish_block(0, out);
        }
        self.progress = Progress::Complete;
        let raw = non_empty(end, "stop_reason");
        let reason = raw.as_deref().unwrap_or_default();
        if reason == "pause_turn" {
            let message = "the provider paused a long turn; send the message back to let it go on";
            warn("pause_turn", message, out);
        }
        out.push(RichEvent::Finish {
            reason: match reason {
                "tool_use" if self.form && self.calls.len() == 0 => FinishReason::Stop,
                _ => finish_reason(reason),
            },
            raw,
        });
        self.keep(end);
    }

    /// Keeps the values that are handed on.
    fn keep(&mut self, object: &str) {
        for (key, kept) in EXTRA.iter().zip(&mut self.extra) {
            let value = get(object, key).to_json();
            if value.is_some() {
                *kept = value;
            }
        }
    }

    fn stop(&mut self, out: &mut Events) {
        if self.progress == Progress::Open {
            self.finish("{}", out);
        }
        self.hand_over(out);
        self.progress = Progress::Closed;
    }

    /// What can only be said of the answer as a whole. Nothing is left for a second time.
    fn hand_over(&mut self, out: &mut Events) {
        let done = std::mem::take(&mut self.done);
        // All blocks go back, or none when text and calls say everything.
        if done.iter().any(Block::is_opaque) {
            for block in sift(&done, Block::is_whole) {
                out.push(RichEvent::State(block));
            }
        }
        for (key, value) in EXTRA.iter().zip(&mut self.extra) {
            if let Some(value) = value.take() {
                // It holds only counts: any digit but 0 is a charged call.
                if *key == "server_tool_use" && value.text().contains(|c| matches!(c, '1'..='9')) {
                    out.push(charged_calls());
                }
                extra(key, value, out);
            }
        }
        let server_tools = sift(&done, |block| block.kind.is_server());
        let cited = sift(&done, |block| !block.citations.is_empty());
        for (key, blocks) in [("server_tools", server_tools), ("citations", cited)] {
            if !blocks.is_empty() {
                extra(key, Json::from_value(&blocks), out);
            }
        }
    }

    /// Takes the counts of an event or message. They cannot cost the answer.
    fn count(&mut self, holder: &str, out: &mut Events) {
        let Some(usage) = get(holder, "usage").get() else {
            return;
        };
        let tier = get(usage, "service_tier");
        if tier.get().is_some() {
            out.push(RichEvent::ServiceTier(text(tier).into_owned()));
        }
        let (speed, geo) = (non_empty(usage, "speed"), non_empty(usage, "inference_geo"));
        if speed.is_some() || geo.is_some() {
            out.push(RichEvent::Billing(Billing {
                speed,
                geo,
                reported: None,
            }));
        }
        self.keep(usage);
        self.usage.overlay(usage);
        out.push(RichEvent::Usage(self.usage.tokens()));
    }
}

impl Decoder for MessageDecoder {
    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) -> Result<()> {
        let (name, text) = match frame {
            Frame::Event { name, data } => (name, data),
            Frame::Line(text) | Frame::Document(text) => ("", text),
        };
        // Some gateways end the stream as OpenAI does.
        if text.trim() == "[DONE]" {
            return Ok(());
        }
        self.event(text, out)?;
        match (name, self.progress) {
            // A gateway's error in a shape of its own.
            ("error", Progress::Open) => Err(error::inside_answer(text)),
            _ => Ok(()),
        }
    }

    fn end(&mut self, out: &mut Events) {
        self.hand_over(out);
    }

    fn progress(&self) -> Progress {
        self.progress
    }
}

/// The blocks of a sort, as they came.
fn sift(blocks: &[Block], wanted: fn(&Block) -> bool) -> Vec<Json> {
    let mut found = Vec::new();
    for block in blocks {
        if wanted(block) {
            found.push(block.raw());
        }
    }
    found
}

#[inline(never)]
fn extra(key: &str, value: Json, out: &mut Events) {
    out.push(RichEvent::Extra {
        key: key.to_string(),
        value,
    });
}

fn finish_reason(raw: &str) -> FinishReason {
    match raw {
        "end_turn" | "stop_sequence" | "pause_turn" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::ContentFilter,
        _ => FinishReason::Unknown,
    }
}
