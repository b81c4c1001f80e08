//! Writing requests.
//!
//! ```text
//! plan --> conversation --> tools, choice --> format, sampling --> cache marks --> body
//! ```
//! Blocks and tools are written as they are met and kept as text, since marks,
//! merged turns and moved results are settled only when all are there. The
//! fields behind them are written straight away, in the order of the body.

use super::traits::{Plan, Sampling};
use super::wire::{self, Block, Section};
use super::{cache, schema};
use crate::chat::{ChatRequest, ResponseFormat, Warning};
use crate::error::Result;
use crate::json::Writer;
use crate::provider::Target;
use crate::provider::history::{self, History};

/// The most tokens of an answer that is certainly made within ten minutes.
const LONG_ANSWER: u64 = 21_333;

/// A request on its way to the wire.
pub(super) struct Encoder<'a> {
    pub(super) request: &'a ChatRequest,
    pub(super) history: &'a History<'a>,
    pub(super) target: &'a Target<'a>,
    pub(super) plan: Plan,
    /// Whether the answer is the input of a tool of ours.
    pub(super) form: bool,
    /// Tools, system and turns in this order, which is the cache's order too.
    pub(super) blocks: Vec<Block>,
    /// The fields behind the blocks.
    pub(super) rest: Writer,
    pub(super) warnings: Vec<Warning>,
    /// The message and part at hand: `messages[at].content[part]`.
    pub(super) at: usize,
    pub(super) part: usize,
}

/// A body, and what has to be known of it.
pub(super) struct Written {
    pub(super) body: String,
    /// Whether the answer is asked for as a stream.
    pub(super) stream: bool,
    /// Whether the answer is the input of a tool of ours.
    pub(super) form: bool,
    pub(super) warnings: Vec<Warning>,
}

/// The body for a target; what it does not take is dropped with a warning.
pub(super) fn request(request: &ChatRequest, target: &Target<'_>) -> Result<Written> {
    let mut warnings = Vec::new();
    let history = history::repaired(&request.messages, &mut warnings)?;
    let mut encoder = Encoder {
        request,
        history: &history,
        target,
        plan: Plan::default(),
        form: false,
        blocks: Vec::new(),
        rest: Writer::default(),
        warnings,
        at: 0,
        part: 0,
    };
    encoder.plan();
    encoder.conversation()?;
    encoder.check_budget();
    encoder.tools()?;
    encoder.thinking();
    encoder.output_config();
    encoder.sampling();
    encoder.stop();
    let stream = encoder.end();
    let body = encoder.body();
    Ok(Written {
        body,
        stream,
        form: encoder.form,
        warnings: encoder.warnings,
    })
}

impl Encoder<'_> {
    /// Tells that a field is not sent as asked.
    #[inline(never)]
    pub(super) fn warn(&mut self, field: &str, message: &str) {
        self.warnings.push(Warning::field(field, message));
    }

    /// Tells what the model does not take.
    #[inline(never)]
    pub(super) fn warn_model(&mut self, field: &str, problem: &str) {
        let message = format!("{} {problem}", self.target.model);
        self.warn(field, &message);
    }

    /// The path of something in the message at hand, or in its part of a list.
    #[inline(never)]
    pub(super) fn path(&self, list: &str, field: &str) -> String {
        let (at, part) = (self.at, self.part);
        match list {
            "" => format!("messages[{at}]{field}"),
            _ => format!("messages[{at}].{list}[{part}]{field}"),
        }
    }

    fn body(&mut self) -> String {
        let rest = std::mem::take(&mut self.rest).finish();
        let mut body = Writer::default();
        body.begin_object();
        body.text("model", self.target.model);
        body.field("max_tokens", &self.plan.max_tokens);
        let system = self.run(Section::System);
        if !system.is_empty() {
            body.key("system");
            wire::content(&mut body, system);
        }
        body.begin_list_at("messages");
        for turn in self.blocks.chunk_by(|a, b| a.section == b.section) {
            let section = turn.first().map(|block| block.section);
            if let Some(role) = section.and_then(Section::role) {
                body.begin_object();
                body.text("role", role);
                body.key("content");
                wire::content(&mut body, turn);
                body.end_object();
            }
        }
        body.end_list();
        let tools = self.run(Section::Tool);
        if !tools.is_empty() {
            body.key("tools");
            wire::list(&mut body, tools);
        }
        body.raw(&rest);
        body.end_object();
        body.finish()
    }

    // ---- the answer's form ------------------------------------------------

    fn thinking(&mut self) {
        if self.plan.thinking.is_empty() {
            return;
        }
        self.rest.begin_object_at("thinking");
        self.rest.text("type", self.plan.thinking);
        if self.plan.budget > 0 {
            self.rest.field("budget_tokens", &self.plan.budget);
        }
        if let Some(display) = self.plan.display {
            self.rest.text("display", display);
        }
        self.rest.end_object();
    }

    fn output_config(&mut self) {
        let schema = self.format();
        if self.plan.effort.is_none() && schema.is_none() {
            return;
        }
        self.rest.begin_object_at("output_config");
        if let Some(effort) = self.plan.effort {
            self.rest.text("effort", effort.as_str());
        }
        if let Some(schema) = schema {
            self.rest.begin_object_at("format");
            self.rest.text("type", "json_schema");
            self.rest.key("schema");
            self.rest.raw(&schema);
            self.rest.end_object();
        }
        self.rest.end_object();
    }

    /// The schema to hold the answer to, or an instruction to the same end.
    fn format(&mut self) -> Option<String> {
        let order = match self.request.response_format.as_ref()? {
            ResponseFormat::Text => return None,
            ResponseFormat::JsonSchema(_) if self.form => return None,
            ResponseFormat::JsonSchema(format) if self.can_hold(format.schema.text()) => {
                let schema = format.schema.text();
                return Some(schema::closed(
                    schema,
                    "response_format",
                    &mut self.warnings,
                ));
            }
            ResponseFormat::JsonSchema(format) => &format!(
                "Answer with one JSON value that follows this JSON Schema and nothing else, no code fence:\n{}",
                format.schema.text()
            ),
            ResponseFormat::JsonObject => {
                "Answer with one JSON object and nothing else: no explanation, no code fence."
            }
        };
        self.text(Section::System, order, None);
        self.warn_model(
            "response_format",
            "cannot be held to this format; sent as an instruction",
        );
        None
    }

    // ---- parameters -------------------------------------------------------

    /// 1 is every model's own value of both parameters and needs no saying.
    fn sampling(&mut self) {
        let (request, rule) = (self.request, self.sampling_rule());
        let temperature = request.temperature.or(self.target.config.temperature);
        let takes_top_p = rule == Sampling::Both || rule == Sampling::One && temperature.is_none();
        self.sample("temperature", temperature, 1.0, rule != Sampling::None);
        self.sample("top_p", request.top_p, 1.0, takes_top_p);
        self.sample("frequency_penalty", request.frequency_penalty, 0.0, false);
        self.sample("presence_penalty", request.presence_penalty, 0.0, false);
        let seed = request.seed.map(|_| 1.0);
        self.sample("seed", seed, 0.0, false);
        // The field goes to 2, the API to 1.
        if rule != Sampling::None && temperature.is_some_and(|value| value > 1.0) {
            self.warn_model("temperature", "takes at most 1; sent 1");
        }
    }

    /// Sends one parameter, or tells that it is not taken.
    #[inline(never)]
    fn sample(&mut self, field: &str, value: Option<f64>, default: f64, taken: bool) {
        let Some(value) = value else { return };
        if taken {
            self.rest.field(field, &value.min(1.0));
        } else if value != default {
            let problem = format!("does not take `{field}` here; sent without");
            self.warn_model(field, &problem);
        }
    }

    /// Blank stop texts are refused.
    fn stop(&mut self) {
        let (mut taken, mut blank) = (false, false);
        for stop in self.request.stop_sequences() {
            if stop.trim().is_empty() {
                blank = true;
                continue;
            }
            if !taken {
                self.rest.begin_list_at("stop_sequences");
                taken = true;
            }
            self.rest.string(stop);
        }
        if taken {
            self.rest.end_list();
        }
        if blank {
            let message = "a stop text of white space only is not taken; sent without it";
            self.warn("stop", message);
        }
    }

    /// Long answers are streamed even where nobody listens: a connection that is
    /// silent for minutes breaks (wire reference, Anthropic §5).
    fn end(&mut self) -> bool {
        if let Some(user) = &self.request.user {
            self.rest.begin_object_at("metadata");
            self.rest.text("user_id", user);
            self.rest.end_object();
        }
        if let Some(hint) = self.cache() {
            cache::write(&mut self.rest, hint);
        }
        let is_long = self.plan.max_tokens > LONG_ANSWER && self.request.stream.is_none();
        let stream = self.target.stream || is_long;
        self.rest.field("stream", &stream);
        stream
    }
}
