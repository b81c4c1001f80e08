//! What the bodies of both endpoints have in common, written as the request is walked.

use super::{post, traits};
use crate::chat::{
    ChatRequest, ContentPart, Effort, JsonSchemaFormat, ThinkingStrength, ToolChoice, Warning,
};
use crate::error::{Error, ErrorKind, Result};
use crate::framing::Framing;
use crate::json::Writer;
use crate::provider::body::body_text;
use crate::provider::{Decoder, Exchange, Target};

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
            framing: if self.target.stream {
                Framing::Sse
            } else {
                Framing::Document
            },
            decoder,
            warnings: self.warnings,
        })
    }

    // ---- fields -----------------------------------------------------------

    /// A field that is a string.
    #[inline(never)]
    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.out.key(key);
        self.out.string(value);
    }

    /// Begins the object of a part or item of a type.
    #[inline(never)]
    pub(super) fn begin(&mut self, kind: &str) {
        self.out.begin_object();
        self.text("type", kind);
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

    /// Reasoning models take sampling parameters only with effort `none`, if at all.
    pub(super) fn sampling(&mut self, effort: Option<Effort>) {
        let rule = self.target.known.map_or("always", |model| model.sampling());
        let off = rule == "effort_none_only" && effort == Some(Effort::None);
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
    pub(super) fn takes_tool_fields(&mut self) -> bool {
        let none = self.request.tools.is_empty();
        let choice = &self.request.tool_choice;
        if none && !matches!(choice, None | Some(ToolChoice::None)) {
            self.warn(
                "tool_choice",
                "there are no tools to choose from; sent without".into(),
            );
        }
        !none
    }

    /// The fields of a named schema for the answer.
    pub(super) fn schema(&mut self, schema: &JsonSchemaFormat) {
        self.text("name", &schema.name);
        self.out.field("description", &schema.description);
        self.out.field("schema", &schema.schema);
        self.out.field("strict", &schema.strict);
    }

    /// Whom the request is for, and what groups requests that share a prefix.
    pub(super) fn identity(&mut self) {
        if self.official {
            let key = traits::cache_key(self.request);
            self.out.field("prompt_cache_key", &key);
        }
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

    /// Refuses an image for a model that is known not to see it.
    ///
    /// # Errors
    /// `unsupported`, naming the place.
    pub(super) fn sees_images(&self, place: Place) -> Result<()> {
        if self.target.known.is_none_or(|model| model.images()) {
            return Ok(());
        }
        let problem = format!("{} does not see images", self.target.model);
        Err(place.unsupported(&problem, "choose a model with images, or send text"))
    }

    /// The effort to ask for: the nearest level the model takes, and a warning
    /// when it is another than was asked.
    pub(super) fn effort(&mut self) -> Option<Effort> {
        let wanted = match self.request.thinking_strength()? {
            ThinkingStrength::Effort(effort) => effort,
            ThinkingStrength::Budget(tokens) => level_of_budget(tokens),
        };
        let model = self.target.model;
        let levels = match self.target.known {
            Some(_) if !self.reasons => {
                if wanted > Effort::None {
                    self.warn("thinking", format!("{model} does not reason; sent without"));
                }
                return None;
            }
            Some(known) => known.efforts(),
            None => return Some(wanted),
        };
        // The level at or above the one wanted, else the strongest.
        let above = levels.iter().find(|level| **level >= wanted);
        let nearest = *above.or_else(|| levels.last()).unwrap_or(&wanted);
        if nearest != wanted {
            let (asked, sent) = (wanted.as_str(), nearest.as_str());
            self.warn(
                "thinking",
                format!("{model} takes no effort `{asked}`; sent `{sent}`"),
            );
        }
        Some(nearest)
    }
}

/// A budget in tokens as a level [our judgement: the levels' usual spending].
fn level_of_budget(tokens: u64) -> Effort {
    match tokens {
        0 => Effort::None,
        1..=2_048 => Effort::Low,
        2_049..=16_384 => Effort::Medium,
        _ => Effort::High,
    }
}

/// Where a part stands: the index of its message, and its own.
#[derive(Clone, Copy)]
pub(super) struct Place(pub(super) usize, pub(super) usize);

impl Place {
    /// A part that cannot be said in this dialect.
    #[inline(never)]
    pub(super) fn unsupported(self, problem: &str, hint: &str) -> Error {
        let Self(message, part) = self;
        let problem = format!("messages[{message}].content[{part}]: {problem}");
        Error::new(ErrorKind::Unsupported, problem).hint(hint)
    }
}

/// Writes each part of a message's list.
pub(super) fn each_part<'a>(
    encoder: &mut Encoder<'a>,
    parts: &'a [ContentPart],
    at: usize,
    part: fn(&mut Encoder<'a>, &'a ContentPart, Place) -> Result<()>,
) -> Result<()> {
    encoder.out.begin_list();
    for (index, item) in parts.iter().enumerate() {
        part(encoder, item, Place(at, index))?;
    }
    encoder.out.end_list();
    Ok(())
}
