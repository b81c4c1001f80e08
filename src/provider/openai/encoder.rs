//! What the bodies of both endpoints have in common, written as the request is walked.

use super::schema::obstacle;
use super::{post, traits};
use crate::chat::{
    ChatRequest, Effort, Function, JsonSchemaFormat, Message, ResponseFormat, ThinkingStrength,
    ToolChoice, Warning,
};
use crate::error::{Error, ErrorKind, Result};
use crate::framing::Framing;
use crate::json::{Json, Writer};
use crate::model::Model;
use crate::provider::body::body_text;
use crate::provider::pick::pick;
use crate::provider::{Decoder, Exchange, Target};

/// The schema of a function without arguments; it fits the strict rules as well.
const NO_PARAMETERS: &str =
    r#"{"type":"object","properties":{},"required":[],"additionalProperties":false}"#;

/// A body in the making; what the target does not take is dropped with a warning.
pub(super) struct Encoder<'a> {
    pub(super) request: &'a ChatRequest,
    pub(super) target: &'a Target<'a>,
    pub(super) out: Writer,
    pub(super) warnings: Vec<Warning>,
    /// This is OpenAI itself rather than a compatible server.
    pub(super) official: bool,
    /// The model reasons.
    pub(super) reasons: bool,
    /// `gpt-5.4` is 504; what is no GPT is 0.
    pub(super) version: u32,
}

impl<'a> Encoder<'a> {
    pub(super) fn new(request: &'a ChatRequest, target: &'a Target<'a>) -> Self {
        let mut out = Writer::default();
        out.begin_object();
        Self {
            request,
            target,
            out,
            warnings: Vec::new(),
            official: traits::official(target),
            reasons: traits::reasons(target),
            version: traits::gpt_version(target.model),
        }
    }

    /// Ends the body and makes the request of it.
    ///
    /// # Errors
    /// `invalid_request` for `provider_options` that are no object.
    pub(super) fn exchange(mut self, path: &str, decoder: Box<dyn Decoder>) -> Result<Exchange> {
        self.out.end_object();
        let body = body_text(self.out.finish(), self.request, "openai")?;
        Ok(Exchange {
            request: post(self.target, path, body),
            framing: Framing::of(self.target.stream, Framing::Sse),
            decoder,
            warnings: self.warnings,
        })
    }

    // ---- fields -----------------------------------------------------------

    /// Begins the object of a part or item of a type.
    #[inline(never)]
    pub(super) fn begin(&mut self, kind: &str) {
        self.out.begin_object();
        self.out.text("type", kind);
    }

    /// A parameter, or a warning where it is not taken.
    #[inline(never)]
    pub(super) fn number(&mut self, key: &str, value: Option<f64>, taken: bool) {
        if taken {
            self.out.field(key, &value);
        } else if value.is_some() {
            self.not_taken(key);
        }
    }

    /// Reasoning models take sampling parameters only with effort `none`, if at
    /// all; of some that is the effort nobody asked for (recorded: gpt-5.4-nano).
    pub(super) fn sampling(&mut self, effort: Option<Effort>) {
        let by_default = |model: &Model| {
            (501..=504).contains(&self.version) && !model.responses_only() && effort.is_none()
        };
        let off = self.target.known.is_some_and(|model| {
            model.sampling() == "effort_none_only"
                && (effort == Some(Effort::None) || by_default(model))
        });
        let taken = !self.restricted() || off;
        let temperature = self.request.temperature;
        let temperature = temperature.or(self.target.config.temperature);
        self.number("temperature", temperature, taken);
        self.number("top_p", self.request.top_p, taken);
    }

    /// Whether OpenAI itself would refuse what only models without reasoning take.
    pub(super) fn restricted(&self) -> bool {
        self.official && self.reasons
    }

    /// Whether `tool_choice` and `parallel_tool_calls` are taken: without tools the API refuses them.
    ///
    /// # Errors
    /// `unsupported` for tools of a model that is known to call none.
    pub(super) fn takes_tool_fields(&mut self) -> Result<bool> {
        if !self.request.tools.is_empty() {
            let problem = "calls no functions";
            return self.able("tools", Model::functions, problem).map(|()| true);
        }
        let options = self.request.options_for("openai");
        let [own] = pick(options.map_or("{}", Json::text), ["tools"]).unwrap_or_default();
        if own.get().is_some() {
            return Ok(true);
        }
        let choice = &self.request.tool_choice;
        // What happens anyway needs no word.
        if matches!(choice, Some(ToolChoice::Required | ToolChoice::Function(_))) {
            self.warn(
                "tool_choice",
                "there are no tools to choose from; sent without".into(),
            );
        }
        Ok(false)
    }

    /// The fields of a function; `flat` as the Responses API has them.
    pub(super) fn function(&mut self, at: usize, function: &Function, flat: bool) {
        self.out.text("name", &function.name);
        self.out.field("description", &function.description);
        // The Responses API requires a schema; without one the function takes no arguments.
        let schema = function.parameters.as_ref();
        let schema = schema.map_or(NO_PARAMETERS, Json::text);
        self.out.key("parameters");
        self.out.raw(schema);
        let strict = self.strict(function.strict, schema, &|| {
            format!("tools[{at}].function.strict")
        });
        // Left out, the Responses API would try to enforce the schema, and Chat Completions not.
        self.out
            .field("strict", &strict.or_else(|| flat.then_some(false)));
    }

    /// The format of the answer, where it is not free text: its type, and the schema.
    ///
    /// # Errors
    /// `unsupported` for a schema where the model is known to follow none.
    pub(super) fn format(&self) -> Result<Option<(&'static str, Option<&'a JsonSchemaFormat>)>> {
        Ok(Some(match &self.request.response_format {
            None | Some(ResponseFormat::Text) => return Ok(None),
            Some(ResponseFormat::JsonObject) => ("json_object", None),
            Some(ResponseFormat::JsonSchema(schema)) => {
                let problem = "follows no JSON Schema";
                self.able("response_format", Model::json_schema, problem)?;
                ("json_schema", Some(schema))
            }
        }))
    }

    /// The fields of a named schema for the answer.
    pub(super) fn schema(&mut self, schema: &JsonSchemaFormat) {
        self.out.text("name", &schema.name);
        self.out.field("description", &schema.description);
        self.out.field("schema", &schema.schema);
        let field = || "response_format.json_schema.strict".into();
        let strict = self.strict(schema.strict, schema.schema.text(), &field);
        self.out.field("strict", &strict);
    }

    /// What breaks the rules for schemas that are enforced is refused by the API.
    fn strict(
        &mut self,
        wanted: Option<bool>,
        schema: &str,
        field: &dyn Fn() -> String,
    ) -> Option<bool> {
        if wanted != Some(true) || !self.official {
            return wanted;
        }
        let Some(problem) = obstacle(schema) else {
            return wanted;
        };
        let message = format!("a schema with {problem} cannot be enforced; sent `false`");
        self.warn(&field(), message);
        Some(false)
    }

    /// The API takes `json_object` only where the word stands in a message (wire
    /// reference, OpenAI §3); instructions are none. What to say where it does not.
    pub(super) fn missing_word(&mut self, instructions: usize) -> Option<&'static str> {
        const WORDS: &str = "Answer with a JSON object.";
        let request = self.request;
        let wanted = self.official && request.response_format == Some(ResponseFormat::JsonObject);
        let says = |message: &Message| {
            let text = message.content.joined(" ").to_ascii_lowercase();
            crate::text::has(&text, "json")
        };
        if !wanted || request.messages.iter().skip(instructions).any(says) {
            return None;
        }
        let message = format!("the API wants the word JSON in a message; added `{WORDS}`");
        self.warn("response_format", message);
        Some(WORDS)
    }

    /// Whom the request is for.
    pub(super) fn identity(&mut self) {
        let user = if self.official {
            "safety_identifier"
        } else {
            "user"
        };
        self.out.field(user, &self.request.user);
    }

    // ---- what is not as asked ---------------------------------------------

    /// Notes a field that was dropped or replaced.
    #[inline(never)]
    pub(super) fn warn(&mut self, field: &str, message: String) {
        self.warnings.push(Warning::field(field, message));
    }

    /// Notes a field the model does not take.
    pub(super) fn not_taken(&mut self, field: &str) {
        let message = format!(
            "{} does not take `{field}`; sent without",
            self.target.model
        );
        self.warn(field, message);
    }

    /// Whether a model is known to lack something. A row without limits tells
    /// nothing, nor does one of the caller's that says no word of abilities.
    pub(super) fn lacks(&self, has: fn(&Model) -> bool) -> bool {
        let tells =
            |model: &Model| model.context_window().is_some() && !model.thinking().is_empty();
        let known = self.target.known;
        known.is_some_and(|model| tells(model) && !has(model))
    }

    /// Refuses a field for a model that is known to lack what it takes.
    fn able(&self, field: &str, has: fn(&Model) -> bool, problem: &str) -> Result<()> {
        if !self.lacks(has) {
            return Ok(());
        }
        let message = format!("{field}: {} {problem}", self.target.model);
        Err(Error::new(ErrorKind::Unsupported, message).hint("choose another model"))
    }

    /// The effort to ask for: the nearest level the model takes up to `most`, and
    /// a warning when it is another than was asked.
    pub(super) fn effort(&mut self, most: Effort) -> Option<Effort> {
        let strength = self.request.thinking_strength()?;
        let wanted = match strength {
            ThinkingStrength::Effort(effort) => effort,
            ThinkingStrength::Budget(tokens) => Effort::of_budget(tokens),
        };
        let model = self.target.model;
        let known = self.target.known;
        if !self.reasons && (known.is_some() || self.official) {
            if wanted > Effort::None {
                self.warn("thinking", format!("{model} does not reason; sent without"));
            }
            return None;
        }
        let mut levels = known.map(Model::efforts).unwrap_or_default();
        levels.retain(|level| *level <= most);
        // The level at or above the one wanted, else the strongest.
        let above = levels.iter().find(|level| **level >= wanted);
        let known = above.or_else(|| levels.last());
        let nearest = known.map_or_else(|| wanted.min(most), |level| *level);
        let sent = nearest.as_str();
        if let ThinkingStrength::Budget(tokens) = strength {
            let message = format!("{model} takes levels of effort; sent `{sent}` for {tokens}");
            self.warn("thinking.budget_tokens", message);
        } else if nearest != wanted {
            let asked = wanted.as_str();
            let message = format!("{model} takes no effort `{asked}` here; sent `{sent}`");
            self.warn("thinking", message);
        }
        Some(nearest)
    }
}
