//! What is answered, and the one place where events become an answer.

use super::{
    Attempt, Billing, Content, Events, Message, ProviderState, RichEvent, Role, StreamEvent,
    ToolCall, ToolCallDelta,
};
use crate::json::{Json, OrNull, Pairs, Write, Writer, writes};
use crate::money::{Dollars, NanoUsd};
use crate::policy::pricing::Factors;

/// The answer to a request, streamed or not: both are assembled by [`ChatResponse::push`]. As JSON text
/// ([`to_string`](crate::json::to_string)) it is the `ChatResponse` of the npm package.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatResponse {
    /// What the model said. `content` is always text.
    pub message: Message,
    /// Tokens, as the provider counted them.
    pub usage: TokenUsage,
    /// Milliseconds from the call to the last byte; waiting and failed attempts are part of it.
    pub duration: u64,
    /// The configured id of the provider that answered.
    pub provider: String,
    /// The model that answered, as the provider names it.
    pub model: String,
    /// On the last chunk of a stream, and on full answers the finish reason.
    pub stream: StreamResponse,
    /// Everything else that is known.
    pub metadata: Metadata,
    /// Where the pieces of tool calls are collected, by index.
    calls: Vec<(u32, ToolCall)>,
}

impl Write for ChatResponse {
    fn write(&self, writer: &mut Writer) {
        writer.object(&mut |writer| {
            writer.field("message", &self.message);
            writer.field("usage", &self.usage);
            // Unknown is `null`, not 0 and not absent.
            writer.field("cost", &OrNull(&self.metadata.cost.map(Dollars)));
            writer.field("duration", &self.duration);
            writer.field("provider", &self.provider);
            writer.field("model", &self.model);
            writer.field("stream", &self.stream);
            writer.field("metadata", &self.metadata);
        });
    }
}

writes!(StreamResponse {
    delta,
    finished,
    finish_reason,
});
impl Write for MessageDelta {
    fn write(&self, writer: &mut Writer) {
        writer.raw("{}");
    }
}

writes!(TokenUsage {
    prompt_tokens,
    completion_tokens,
    total_tokens,
    cached_tokens,
    cache_write_tokens,
    cache_write_long_tokens,
    reasoning_tokens,
    input_audio_tokens,
    output_audio_tokens,
    estimated,
});
writes!(Warning {
    code,
    message,
    field,
    provider,
    model,
});

impl Write for FinishReason {
    fn write(&self, writer: &mut Writer) {
        writer.string(self.as_str());
    }
}

impl Write for Metadata {
    fn write(&self, writer: &mut Writer) {
        writer.object(&mut |writer| {
            writer.field("id", &self.id);
            writer.field("request_id", &self.request_id);
            writer.field("response_id", &self.response_id);
            writer.field("raw_finish_reason", &self.raw_finish_reason);
            writer.field("service_tier", &self.pricing.service_tier);
            writer.field("cost_nano_usd", &self.cost.map(NanoUsd::nanos));
            writer.field("pricing", &self.cost.map(|_| &self.pricing));
            writer.field("time_to_first_token_ms", &self.time_to_first_token_ms);
            writer.field("warnings", &self.warnings);
            writer.field_unless_empty("attempts", &self.attempts);
            writer.field_unless_empty("extra", &Pairs(&self.extra));
            writer.field("raw", &self.raw);
            if self.cached {
                writer.field("cached", &true);
                let saved = self.saved_cost.map(NanoUsd::nanos);
                writer.field("saved_cost_nano_usd", &OrNull(&saved));
            }
        });
    }
}

impl Metadata {
    /// What is absent leaves what was said before.
    fn bill(&mut self, billing: &Billing) {
        let pricing = &mut self.pricing;
        pricing.speed = billing.speed.clone().or_else(|| pricing.speed.take());
        pricing.geo = billing.geo.clone().or_else(|| pricing.geo.take());
        self.reported_cost = billing.reported.or(self.reported_cost);
    }
}

impl FinishReason {
    /// The reason's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
            Self::Unknown => "unknown",
        }
    }

    /// The reason of that name, as [`FinishReason::as_str`] gives it; [`FinishReason::Unknown`] for any other.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let all = [
            Self::Stop,
            Self::Length,
            Self::ToolCalls,
            Self::ContentFilter,
        ];
        let found = all.into_iter().find(|reason| reason.as_str() == name);
        found.unwrap_or(Self::Unknown)
    }
}

impl ChatResponse {
    /// An answer of which nothing has arrived yet.
    pub fn new(provider: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            message: Message {
                role: Role::Assistant,
                ..Message::default()
            },
            usage: TokenUsage::default(),
            duration: 0,
            provider: provider.into(),
            model: model.into(),
            stream: StreamResponse::default(),
            metadata: Metadata::default(),
            calls: Vec::new(),
        }
    }

    /// Adds all events of a batch.
    pub fn extend(&mut self, events: &Events) {
        for event in events {
            self.push(event);
        }
    }

    /// Adds one event. This is the only way an answer comes about; [`ChatResponse::close`] ends it.
    ///
    /// ```
    /// use aircher_llm::chat::{ChatResponse, FinishReason, RichEvent, StreamEvent, ToolCallDelta};
    ///
    /// let call = |arguments: &str| ToolCallDelta { arguments: arguments.into(), ..ToolCallDelta::default() };
    /// let end = RichEvent::Finish { reason: FinishReason::Stop, raw: Some("stop".into()) };
    /// let mut answer = ChatResponse::new("openai", "gpt-6-luna");
    /// for event in [RichEvent::ToolCall(call(r#"{"city":"#)), RichEvent::ToolCall(call(r#""Rome"}"#)), end] {
    ///     answer.push(StreamEvent::Rich(&event));
    /// }
    /// answer.close();
    /// assert_eq!(answer.message.tool_calls[0].function.arguments, r#"{"city":"Rome"}"#);
    /// assert_eq!(answer.stream.finish_reason, Some(FinishReason::ToolCalls));
    /// ```
    pub fn push(&mut self, event: StreamEvent<'_>) {
        match event {
            StreamEvent::Text(text) => self.push_text(text),
            StreamEvent::Thinking(text) => {
                self.message.thinking.get_or_insert_default().push_str(text)
            }
            StreamEvent::Refusal(text) => {
                self.message.refusal.get_or_insert_default().push_str(text)
            }
            StreamEvent::Rich(rich) => self.push_rich(rich),
        }
    }

    fn push_rich(&mut self, event: &RichEvent) {
        match event {
            RichEvent::Start { id, model } => self.begin(id.as_deref(), model.as_deref()),
            RichEvent::ToolCall(delta) => self.push_call(delta),
            RichEvent::State(block) => self.state_mut().blocks.push(block.clone()),
            RichEvent::Usage(usage) => self.usage = *usage,
            RichEvent::Finish { reason, raw } => self.finish_with(*reason, raw.as_deref()),
            RichEvent::Restart => self.restart(),
            RichEvent::Warning(warning) => self.metadata.warnings.push(warning.clone()),
            RichEvent::ServiceTier(tier) => {
                self.metadata.pricing.service_tier = Some(tier.clone());
            }
            RichEvent::Billing(billing) => self.metadata.bill(billing),
            RichEvent::Extra { key, value } => {
                self.metadata.extra.push((key.clone(), value.clone()))
            }
        }
    }

    /// Forgets the answer, but not which request it answers and what became of its attempts.
    pub fn restart(&mut self) {
        let metadata = Metadata {
            id: self.metadata.id.take(),
            attempts: std::mem::take(&mut self.metadata.attempts),
            ..Metadata::default()
        };
        *self = Self::new("", "");
        self.metadata = metadata;
    }

    fn begin(&mut self, id: Option<&str>, model: Option<&str>) {
        if let Some(model) = model.filter(|model| !model.is_empty()) {
            self.model = model.to_string();
        }
        if let Some(id) = id {
            self.metadata.response_id = Some(id.to_string());
        }
    }

    fn push_call(&mut self, delta: &ToolCallDelta) {
        let at = self
            .calls
            .iter()
            .position(|(index, _)| *index == delta.index);
        let at = at.unwrap_or_else(|| {
            self.calls.push((delta.index, ToolCall::new("", "", "")));
            self.calls.len() - 1
        });
        let Some((_, call)) = self.calls.get_mut(at) else {
            return;
        };
        call.id.push_str(delta.id.as_deref().unwrap_or_default());
        call.function
            .name
            .push_str(delta.name.as_deref().unwrap_or_default());
        call.function.arguments.push_str(&delta.arguments);
    }

    fn finish_with(&mut self, reason: FinishReason, raw: Option<&str>) {
        self.stream.finish_reason = Some(reason);
        if let Some(raw) = raw {
            self.metadata.raw_finish_reason = Some(raw.to_string());
        }
    }

    /// Completes the answer once the provider has said its last word: tool
    /// calls take their place and the finish reason is made to agree with them.
    pub fn close(&mut self) {
        self.message.tool_calls = self.assembled_calls();
        let reason = self.stream.finish_reason.unwrap_or(FinishReason::Unknown);
        self.stream.finish_reason = Some(self.agreed(reason));
        self.stream.finished = true;
        self.usage.total_tokens = self.usage.prompt_tokens + self.usage.completion_tokens;
    }

    /// The answer as far as it has come, for an error's `partial`.
    ///
    /// ```
    /// use aircher_llm::chat::{ChatResponse, StreamEvent};
    ///
    /// let mut answer = ChatResponse::new("claude", "claude-haiku-5-5");
    /// answer.push(StreamEvent::Text("Once upon a"));
    /// assert_eq!(answer.partial().message.content.joined(""), "Once upon a");
    /// assert!(!answer.partial().stream.finished);
    /// ```
    #[must_use]
    pub fn partial(&self) -> Self {
        let mut partial = self.clone();
        partial.message.tool_calls = self.assembled_calls();
        partial.usage.total_tokens = partial.usage.prompt_tokens + partial.usage.completion_tokens;
        partial
    }

    /// Whether anything a caller sees has arrived.
    #[must_use]
    pub fn has_content(&self) -> bool {
        let message = &self.message;
        !message.content.is_empty()
            || message.thinking.is_some()
            || message.refusal.is_some()
            || !self.calls.is_empty()
    }

    /// The length in bytes of the longest arguments of a call so far.
    #[must_use]
    pub fn longest_arguments(&self) -> usize {
        let lengths = self
            .calls
            .iter()
            .map(|(_, call)| call.function.arguments.len());
        lengths.max().unwrap_or_default()
    }

    fn assembled_calls(&self) -> Vec<ToolCall> {
        self.calls
            .iter()
            .map(|(_, call)| call.clone())
            .map(with_arguments)
            .collect()
    }

    /// Gemini and Ollama say `STOP` behind tool calls too, and a refusal may end as any answer does (wire
    /// reference, README §3).
    fn agreed(&self, reason: FinishReason) -> FinishReason {
        if self.message.refusal.is_some() {
            FinishReason::ContentFilter
        } else if reason == FinishReason::Stop && !self.message.tool_calls.is_empty() {
            FinishReason::ToolCalls
        } else {
            reason
        }
    }

    /// The content of an answer is text from [`ChatResponse::new`] on.
    fn push_text(&mut self, text: &str) {
        if let Content::Text(content) = &mut self.message.content {
            content.push_str(text);
        }
    }

    /// The state's provider and model are filled in by the call, which knows what was requested.
    fn state_mut(&mut self) -> &mut ProviderState {
        self.message.provider_state.get_or_insert_default()
    }
}

/// A function without arguments is called with none, which is no JSON: whoever parses them would fail.
fn with_arguments(mut call: ToolCall) -> ToolCall {
    if call.function.arguments.is_empty() {
        call.function.arguments.push_str("{}");
    }
    call
}

/// The stream part of a chunk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamResponse {
    /// What the last chunk adds: nothing.
    pub delta: MessageDelta,
    /// Whether this is the last chunk.
    pub finished: bool,
    /// Why the model stopped.
    pub finish_reason: Option<FinishReason>,
}

/// What the last chunk adds to the message: nothing. It is written so that all chunks have one form; what
/// the others add is in their [`Events`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageDelta {}

/// Why the model stopped (wire reference, README §3). `metadata.raw_finish_reason` has the provider's own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinishReason {
    /// It was done, or met a stop text.
    Stop,
    /// The token limit.
    Length,
    /// It wants tools called.
    ToolCalls,
    /// A filter, or the model refused.
    ContentFilter,
    /// Something else, or nothing was said.
    Unknown,
}

/// Token counts in one shape for all providers (wire reference, README §4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenUsage {
    /// All input, cached and written to the cache included.
    pub prompt_tokens: u64,
    /// All output, reasoning included.
    pub completion_tokens: u64,
    /// Both.
    pub total_tokens: u64,
    /// The part of the input read from the provider's cache. Inside `prompt_tokens`, as are all parts of the input.
    pub cached_tokens: u64,
    /// The part of the input written to the provider's cache.
    pub cache_write_tokens: u64,
    /// The part of `cache_write_tokens` at the long (one hour) price.
    pub cache_write_long_tokens: u64,
    /// The part of the output spent on reasoning. Inside `completion_tokens`.
    pub reasoning_tokens: u64,
    /// The part of the input that was audio.
    pub input_audio_tokens: u64,
    /// The part of the output that was audio.
    pub output_audio_tokens: u64,
    /// Whether we had to estimate: the answer ended before the provider had said it.
    pub estimated: bool,
}

/// What else is known of an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// Our id of the request, the same for all its attempts.
    pub id: Option<String>,
    /// The provider's id of the request, from its header.
    pub request_id: Option<String>,
    /// The provider's id of the answer.
    pub response_id: Option<String>,
    /// The provider's own word for why it stopped.
    pub raw_finish_reason: Option<String>,
    /// What this attempt cost; `None`, never 0, when the price is unknown.
    pub cost: Option<NanoUsd>,
    /// What besides tokens made the price, such as the tier that served the request.
    pub pricing: Factors,
    /// What the provider itself says it cost: it counts for more than our table.
    pub reported_cost: Option<NanoUsd>,
    /// Milliseconds from the call to the first text or tool call.
    pub time_to_first_token_ms: Option<u64>,
    /// What was dropped or replaced on the way.
    pub warnings: Vec<Warning>,
    /// Every attempt of the request, in order; the last one gave this answer.
    pub attempts: Vec<Attempt>,
    /// Provider-specific values kept raw (log probabilities, citations, server tools …), in order.
    pub extra: Vec<(String, Json)>,
    /// What went over the wire, where that was asked for, as JSON:
    /// `{ request: { method, url, body }, response: { status, headers, body } }`.
    pub raw: Option<Json>,
    /// Whether it was kept of an earlier request, or of one under way, that asked the same:
    /// then it costs nothing. `usage` and `pricing` are those of the first.
    pub cached: bool,
    /// What it cost the first time, where that is known.
    pub saved_cost: Option<NanoUsd>,
}

/// Something that was not done as asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warning {
    /// A stable word, such as `unsupported_field`.
    pub code: String,
    /// What was dropped or replaced, and by what.
    pub message: String,
    /// The field of the request.
    pub field: Option<String>,
    /// The provider it concerns.
    pub provider: Option<String>,
    /// The model it concerns.
    pub model: Option<String>,
}

impl Warning {
    /// A field of the request that was dropped or replaced.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self {
            code: "unsupported_field".into(),
            message: message.into(),
            field: Some(field.into()),
            ..Self::default()
        }
    }

    /// A field of the request that was set to what a budget pays for.
    pub fn budget(field: &str, message: impl Into<String>) -> Self {
        Self {
            code: "budget".into(),
            ..Self::field(field, message)
        }
    }

    /// Anything else worth saying.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            ..Self::default()
        }
    }
}
