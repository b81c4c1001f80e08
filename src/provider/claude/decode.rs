//! Reading messages, streamed or whole, into events.
//!
//! ```text
//! message_start --> blocks… --> message_delta --> message_stop
//! Open              Open        Complete          Closed
//! ```
//! A whole answer is read as the same blocks, each started and stopped at once.

use super::block::{Block, Done, Kind};
use super::error;
use super::wire::{BlockStart, Delta, Event, Message, Usage};
use crate::chat::{Events, FinishReason, RichEvent, Warning};
use crate::error::Result;
use crate::framing::Frame;
use crate::json::{self, Json, Raw};
use crate::provider::tools::{Fragment, ToolCalls};
use crate::provider::{Decoder, Progress, unreadable};

/// The reader of one answer.
#[derive(Clone, Debug)]
pub(super) struct MessageDecoder {
    progress: Progress,
    started: bool,
    /// Readable reasoning has come: the next block's begins with a blank line.
    thought: bool,
    calls: ToolCalls,
    usage: Usage,
    /// Usually one; the protocol allows them to interleave.
    open: Vec<Block>,
    done: Done,
    /// Values of the end, by their name in `metadata.extra`.
    extra: Vec<(&'static str, Json)>,
}

impl MessageDecoder {
    /// A reader of an answer of which nothing has come.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            progress: Progress::Open,
            started: false,
            thought: false,
            calls: ToolCalls::new(seed),
            usage: Usage::default(),
            open: Vec::new(),
            done: Done::default(),
            extra: Vec::new(),
        }
    }

    /// Some proxies drop the `event:` lines, so only `type` decides.
    fn event(&mut self, event: &Event<'_>, text: &str, out: &mut Events) -> Result<()> {
        let index = event.index.or_zero();
        match event.r#type.or_empty() {
            "content_block_delta" => self.delta(index, &event.delta, out),
            "content_block_start" => {
                self.start_block(index, event.content_block, out);
            }
            "content_block_stop" => self.stop_block(index, out),
            "message_start" => {
                if let Some(message) = &event.message {
                    self.start(message, out);
                }
            }
            "message_delta" => self.message_delta(event, out),
            "message_stop" => self.stop(out),
            "message" => self.whole(&read(text)?, out),
            _ => return self.error(event.error, text, out),
        }
        Ok(())
    }

    /// An error after the stop reason takes nothing from the answer; unknown events are none.
    fn error(&self, error: Raw<'_>, text: &str, out: &mut Events) -> Result<()> {
        match error.to_json() {
            None => Ok(()),
            Some(_) if self.progress == Progress::Open => Err(error::inside_answer(text)),
            Some(error) => {
                extra("error", error, out);
                Ok(())
            }
        }
    }

    // ---- the message ------------------------------------------------------

    fn start(&mut self, message: &Message<'_>, out: &mut Events) {
        let own = |text: Option<&str>| text.map(str::to_string);
        let (id, model) = (message.id.non_empty(), message.model.non_empty());
        if !self.started && (id.is_some() || model.is_some()) {
            self.started = true;
            out.push(RichEvent::Start {
                id: own(id),
                model: own(model),
            });
        }
        self.count(message.usage, out);
    }

    fn whole(&mut self, message: &Message<'_>, out: &mut Events) {
        self.start(message, out);
        for (index, block) in (0..).zip(&message.content) {
            self.start_block(index, *block, out);
            self.stop_block(index, out);
        }
        let end = Delta {
            stop_reason: message.stop_reason.clone(),
            stop_sequence: message.stop_sequence,
            stop_details: message.stop_details,
            container: message.container,
            ..Delta::default()
        };
        self.finish(&end, out);
        self.stop(out);
    }

    fn message_delta(&mut self, event: &Event<'_>, out: &mut Events) {
        self.count(event.usage, out);
        if event.delta.stop_reason.non_empty().is_some() {
            self.finish(&event.delta, out);
        }
    }

    /// A cut answer leaves its last block open (wire reference, Anthropic §4).
    fn finish(&mut self, end: &Delta<'_>, out: &mut Events) {
        self.stop_all(out);
        self.progress = Progress::Complete;
        let raw = end.stop_reason.non_empty();
        if raw == Some("pause_turn") {
            out.push(RichEvent::Warning(Warning::new(
                "pause_turn",
                "the provider paused a long turn; send the message back to let it go on",
            )));
        }
        out.push(RichEvent::Finish {
            reason: finish_reason(raw.unwrap_or_default()),
            raw: raw.map(str::to_string),
        });
        let values = [
            ("stop_sequence", end.stop_sequence),
            ("stop_details", end.stop_details),
            ("container", end.container),
        ];
        for (key, value) in values {
            self.extra.extend(value.to_json().map(|value| (key, value)));
        }
    }

    fn stop(&mut self, out: &mut Events) {
        if self.progress == Progress::Open {
            self.finish(&Delta::default(), out);
        }
        self.hand_over(out);
        self.progress = Progress::Closed;
    }

    /// What can only be said of the answer as a whole. Nothing is left for a second time.
    fn hand_over(&mut self, out: &mut Events) {
        let done = std::mem::take(&mut self.done);
        for block in done.state() {
            out.push(RichEvent::State(block));
        }
        let usage = &mut self.usage;
        let billed = [
            ("server_tool_use", usage.server_tool_use.take()),
            ("speed", usage.speed.take()),
            ("inference_geo", usage.inference_geo.take()),
        ];
        let values = std::mem::take(&mut self.extra).into_iter();
        let billed = billed
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)));
        for (key, value) in values.chain(billed) {
            extra(key, value, out);
        }
        for (key, blocks) in [
            ("server_tools", done.server_tools()),
            ("citations", done.cited()),
        ] {
            if !blocks.is_empty() {
                extra(key, Json::from_value(&blocks), out);
            }
        }
    }

    /// Counts are cumulative: what comes later replaces, what is missing stays.
    fn count(&mut self, usage: Raw<'_>, out: &mut Events) {
        let Some(Ok(later)) = usage.get().map(json::from_str::<Usage>) else {
            return;
        };
        if let Some(tier) = &later.service_tier {
            let tier: String = json::from_str(tier.text()).unwrap_or_default();
            out.push(RichEvent::ServiceTier(tier));
        }
        self.usage.overlay(later);
        out.push(RichEvent::Usage(self.usage.tokens()));
    }

    // ---- blocks -----------------------------------------------------------

    /// A block that cannot be read costs itself, not the answer.
    fn start_block(&mut self, index: u64, raw: Raw<'_>, out: &mut Events) {
        self.stop_block(index, out);
        let raw = raw.get().unwrap_or_default();
        if let Ok(start) = json::from_str(raw) {
            self.begin(Block::new(index, raw, &start), &start, out);
        }
    }

    fn begin(&mut self, block: Block, start: &BlockStart<'_>, out: &mut Events) {
        match block.kind {
            Kind::Text => out.text(&block.body.0),
            Kind::Thinking => think(&mut self.thought, true, &block.body.0, out),
            Kind::Tool => self.call(block.index, start, out),
            Kind::Redacted | Kind::Compaction | Kind::Server => {}
        }
        self.open.push(block);
    }

    /// In a stream the input is an empty placeholder; in a whole answer it is everything.
    fn call(&mut self, index: u64, start: &BlockStart<'_>, out: &mut Events) {
        let input = start.input.get().unwrap_or_default();
        let arguments = if input == "{}" { "" } else { input };
        let call = Fragment {
            id: start.id.non_empty(),
            name: start.name.non_empty(),
            ..fragment(index, arguments)
        };
        self.calls.push(call, out);
    }

    /// Fragments of JSON belong to calls and to server tools alike: the block decides.
    fn delta(&mut self, index: u64, delta: &Delta<'_>, out: &mut Events) {
        let kind = delta.r#type.or_empty();
        let Some(block) = open_block(&mut self.open, index, kind) else {
            return;
        };
        match kind {
            "text_delta" => {
                out.text(delta.text.or_empty());
                block.body.0.push_str(delta.text.or_empty());
            }
            "thinking_delta" => {
                let (text, first) = (delta.thinking.or_empty(), block.body.0.is_empty());
                think(&mut self.thought, first, text, out);
                block.body.0.push_str(text);
            }
            "input_json_delta" => {
                let arguments = delta.partial_json.or_empty();
                block.body.0.push_str(arguments);
                if block.kind == Kind::Tool {
                    self.calls.push(fragment(index, arguments), out);
                }
            }
            "signature_delta" => block.seal.0.push_str(delta.signature.or_empty()),
            "citations_delta" => block.citations.extend(delta.citation.to_json()),
            "compaction_delta" => {
                block.body.0.push_str(delta.content.or_empty());
                block.seal.0.push_str(delta.encrypted_content.or_empty());
            }
            _ => {}
        }
    }

    fn stop_block(&mut self, index: u64, out: &mut Events) {
        if let Some(at) = self.open.iter().position(|block| block.index == index) {
            self.finish_block(at, out);
        }
    }

    fn stop_all(&mut self, out: &mut Events) {
        while !self.open.is_empty() {
            self.finish_block(0, out);
        }
    }

    fn finish_block(&mut self, at: usize, out: &mut Events) {
        let block = self.open.remove(at);
        if block.is_cut() {
            out.push(RichEvent::Warning(Warning::new(
                "tool_call_incomplete",
                "the answer was cut inside the arguments of its last tool call; do not run it",
            )));
        }
        self.done.push(block);
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
        let event: Event<'_> = json::from_str(text).map_err(|error| unreadable(text, &error))?;
        self.event(&event, text, out)?;
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

    #[cfg(not(target_arch = "wasm32"))]
    fn fork(&self) -> Box<dyn Decoder> {
        Box::new(self.clone())
    }
}

fn read<'a, T: json::Read<'a>>(text: &'a str) -> Result<T> {
    json::from_str(text).map_err(|error| unreadable(text, &error))
}

fn fragment(index: u64, arguments: &str) -> Fragment<'_> {
    Fragment {
        index: Some(index),
        arguments,
        ..Fragment::default()
    }
}

/// The open block of an index, or one begun without its start.
fn open_block<'a>(open: &'a mut Vec<Block>, index: u64, delta: &str) -> Option<&'a mut Block> {
    let at = open.iter().position(|block| block.index == index);
    let at = match at {
        Some(at) => at,
        None => {
            open.push(Block::without_start(index, delta)?);
            open.len() - 1
        }
    };
    open.get_mut(at)
}

/// Blocks of reasoning are joined by a blank line.
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
