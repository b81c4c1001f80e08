//! Reading Chat Completions, streamed or whole, into events.
//!
//! ```text
//! chunk… --> chunk with finish_reason --> usage chunk --> [DONE]
//! Open       Complete                      Complete       Closed
//! ```

use super::super::answer::{self, custom_call, list};
use super::super::error;
use super::delta::{Said, Thought};
use crate::chat::{Events, FinishReason, RichEvent, TokenUsage, Warning};
use crate::error::Result;
use crate::framing::Frame;
use crate::json::{Json, Raw, Writer};
use crate::provider::answers::{Gathered, start};
use crate::provider::pick::{count, extra, object, pick, string};
use crate::provider::tools::{Fragment, ToolCalls, arguments_text};
use crate::provider::{Decoder, Progress};

/// What usage calls prompt, completion and their details.
const USAGE: [&str; 4] = [
    "prompt_tokens",
    "completion_tokens",
    "prompt_tokens_details",
    "completion_tokens_details",
];

/// The reader of one answer.
#[derive(Clone, Debug)]
pub(crate) struct ChatDecoder {
    progress: Progress,
    started: bool,
    calls: ToolCalls,
    /// The arguments of the last call: only it can be cut.
    arguments: String,
    gathered: Gathered,
    /// The name readable reasoning came by.
    thought: Option<Thought>,
    /// The tier that was told last, as it came.
    tier: String,
    /// The highest index of a choice, and how many of them are finished.
    last: u64,
    finished: u64,
}

impl ChatDecoder {
    /// A reader of an answer of which nothing has come.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            progress: Progress::Open,
            started: false,
            calls: ToolCalls::new(seed),
            arguments: String::new(),
            gathered: Gathered::default(),
            thought: None,
            tier: String::new(),
            last: 0,
            finished: 0,
        }
    }

    /// Takes a chunk of a stream or a whole answer: they differ only in `delta` and `message`.
    fn chunk(&mut self, chunk: &str, is_error: bool, out: &mut Events) -> Result<()> {
        let keys = [
            "id",
            "model",
            "choices",
            "usage",
            "service_tier",
            "error",
            "x_groq",
        ];
        let [id, model, choices, usage, tier, error, groq] = pick(chunk, keys)?;
        self.usage(usage, groq, out)?;
        if is_error || error.get().is_some() {
            // An error after the finish reason takes nothing from the answer
            // (recorded from OpenRouter).
            if self.progress == Progress::Open {
                return Err(error::inside_answer(chunk));
            }
            extra("error", error, out);
            return Ok(());
        }
        start(&mut self.started, id, model, out);
        for choice in list(choices) {
            self.choice(choice, out)?;
        }
        self.tier(tier, out);
        Ok(())
    }

    /// Every chunk repeats it.
    fn tier(&mut self, tier: Raw<'_>, out: &mut Events) {
        let text = tier.get().unwrap_or_default();
        if self.tier != text {
            self.tier = text.into();
            answer::tier(tier, out);
        }
    }

    /// Usage stands beside the choices, or within what Groq adds.
    fn usage(&mut self, usage: Raw<'_>, groq: Raw<'_>, out: &mut Events) -> Result<()> {
        let usage = match (usage.get(), groq.get()) {
            (None, None) => return Ok(()),
            (None, Some(groq)) => {
                let [inner] = pick(groq, ["usage"])?;
                inner
            }
            _ => usage,
        };
        let counted = answer::usage(usage, &USAGE)?;
        // What counts nothing takes nothing back.
        if counted != TokenUsage::default() {
            out.push(RichEvent::Usage(counted));
        }
        answer::reported_cost(usage, out)
    }

    fn choice(&mut self, choice: Raw<'_>, out: &mut Events) -> Result<()> {
        let keys = ["index", "delta", "message", "finish_reason", "logprobs"];
        let [index, delta, message, reason, logprobs] = pick(object(choice), keys)?;
        let raw = string(reason);
        // A whole answer is complete, whatever it says of its end.
        let is_done = !raw.is_empty() || message.get().is_some();
        let index = count(index).unwrap_or(0);
        if index > 0 {
            self.other(index, is_done, out);
            return Ok(());
        }
        self.delta(delta.get().unwrap_or_else(|| object(message)), out)?;
        if let Some(logprobs) = logprobs.get() {
            let [said, refused] = pick(logprobs, ["content", "refusal"])?;
            self.gathered.add("logprobs", said);
            self.gathered.add("refusal_logprobs", refused);
        }
        if FAILED.contains(&&*raw) && self.progress == Progress::Open {
            return Err(error::finished_with(&raw));
        }
        if is_done {
            self.finish(raw, out);
        }
        Ok(())
    }

    /// Only the first of several answers is kept; the end waits for all of them.
    fn other(&mut self, index: u64, is_done: bool, out: &mut Events) {
        if self.last == 0 {
            let message = "several answers were asked for; only the first is kept";
            out.push(RichEvent::Warning(Warning::new("choices_dropped", message)));
        }
        self.last = self.last.max(index);
        self.finished += u64::from(is_done);
        self.complete();
    }

    /// The first answer ends: what was gathered of it is told. Servers repeat
    /// the reason; the first one counts unless it was left out.
    fn finish(&mut self, raw: String, out: &mut Events) {
        if self.finished & FIRST == 0 {
            self.finished += FIRST;
            self.tell(out);
        }
        if !FAILED.contains(&&*raw) {
            let reason = match &*raw {
                "" if self.calls.len() > 0 => FinishReason::ToolCalls,
                raw => finish_reason(raw),
            };
            let whole = [FinishReason::Stop, FinishReason::ToolCalls];
            if !whole.contains(&reason) && self.is_cut() {
                answer::cut_call(out);
            }
            let raw = Some(raw).filter(|raw| !raw.is_empty());
            out.push(RichEvent::Finish { reason, raw });
        }
        self.complete();
    }

    /// Whether the last call has no whole arguments. A limit can be met before they begin.
    fn is_cut(&self) -> bool {
        self.calls.len() > 0 && Json::from_text(&self.arguments).is_err()
    }

    fn complete(&mut self) {
        if self.finished >= FIRST + self.last {
            self.progress = Progress::Complete;
        }
    }

    /// What was gathered: extras, and the state some servers want back beside
    /// the calls it led to (wire reference, OpenAI §10).
    fn tell(&mut self, out: &mut Events) {
        if let Some(details) = self.gathered.take("reasoning_details") {
            state("reasoning_details", &details, out);
        } else if let Some(thought) = self.thought.filter(|_| self.calls.len() > 0) {
            let name = Json::from_value(&thought.key());
            state("thinking_key", &name, out);
        }
        self.gathered.tell(out);
    }

    fn delta(&mut self, delta: &str, out: &mut Events) -> Result<()> {
        let said = Said::read(delta)?;
        self.thought = said.pieces(out)?.or(self.thought);
        self.gathered.add("annotations", said.annotations);
        self.gathered.add("audio", said.audio);
        self.gathered
            .add("reasoning_details", said.reasoning_details);
        for call in list(said.tool_calls) {
            let keys = ["index", "id", "function", "custom", "extra_content"];
            let [index, id, function, custom, extra] = pick(object(call), keys)?;
            // A call of a custom tool, which only `provider_options` can offer.
            if custom.get().is_some() {
                custom_call(&mut self.gathered, call, out);
            } else {
                self.call(count(index), id, function, out)?;
                self.signed(id, extra, out);
            }
        }
        if said.function_call.get().is_some() {
            self.call(Some(0), Raw::default(), said.function_call, out)?;
        }
        Ok(())
    }

    fn call(
        &mut self,
        index: Option<u64>,
        id: Raw<'_>,
        function: Raw<'_>,
        out: &mut Events,
    ) -> Result<()> {
        // Arguments are JSON text; some servers send the object itself.
        let [name, arguments] = pick(object(function), ["name", "arguments"])?;
        let (id, name) = (string(id), string(name));
        let arguments = arguments_text(arguments);
        let fragment = Fragment {
            index,
            id: Some(&*id).filter(|id| !id.is_empty()),
            name: Some(&*name).filter(|name| !name.is_empty()),
            arguments: &arguments,
        };
        let before = self.calls.len();
        self.calls.push(fragment, out);
        if self.calls.len() > before {
            self.arguments.clear();
        }
        self.arguments.push_str(&arguments);
        Ok(())
    }

    /// What Gemini signs a call with it wants back on the same call.
    fn signed(&self, id: Raw<'_>, extra: Raw<'_>, out: &mut Events) {
        if extra.get().is_some() {
            let own = string(id);
            let id = if own.is_empty() {
                self.calls.last_id()
            } else {
                &own
            };
            let mut block = Writer::default();
            block.begin_object();
            block.field("call_id", &id);
            block.field("extra_content", &extra);
            push_state(block, out);
        }
    }
}

/// Beside the number of other finished choices: the first one is.
const FIRST: u64 = 1 << 32;

/// Ends that are failures (wire reference, OpenAI §10: DeepSeek, OpenRouter).
const FAILED: [&str; 2] = ["insufficient_system_resource", "error"];

fn state(key: &str, value: &Json, out: &mut Events) {
    let mut block = Writer::default();
    block.begin_object();
    block.field(key, value);
    push_state(block, out);
}

fn push_state(mut block: Writer, out: &mut Events) {
    block.end_object();
    out.push(RichEvent::State(Json::compact(&block.finish())));
}

impl Decoder for ChatDecoder {
    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) -> Result<()> {
        // Some servers name an error only in the event's name.
        let is_error = matches!(frame, Frame::Event { name: "error", .. });
        let text = frame.text();
        if text.trim() == "[DONE]" {
            // Some servers end without a finish reason; this marker is as clear.
            if self.finished < FIRST {
                self.finish(String::new(), out);
            }
            self.progress = Progress::Closed;
            return Ok(());
        }
        self.chunk(text, is_error, out)
    }

    fn progress(&self) -> Progress {
        self.progress
    }
}

fn finish_reason(raw: &str) -> FinishReason {
    match raw {
        "stop" => FinishReason::Stop,
        "length" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        _ => FinishReason::Unknown,
    }
}
