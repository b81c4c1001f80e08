//! How many tokens a request will be, how many it can be at most, and how many
//! an answer that was cut off already is.
//!
//! ```text
//!               text            tools, turns         images, files, sounds
//! estimate      by its words    what is usual        by their size
//! upper_bound   by its bytes    what was ever seen   the documented maximum
//! ```
//! The estimate is for people and for choosing; a hard budget reserves the bound.
//! What providers charge for is data: a [`Family`] in each provider's folder.

mod counts;
mod image;
mod text;
mod walk;

#[cfg(test)]
mod tests;

pub use counts::{Counts, Question};
pub use image::{Images, Rule};
pub use text::{GEMMA, Meter, Weights};

use crate::chat::{ChatRequest, ChatResponse, FilePart, PartKind};
use crate::provider::DataUrl;
use text::UNIT;
use walk::Use;

/// The models of a kind of provider by how they count.
#[derive(Debug)]
pub struct Families {
    /// Families by the beginning of the model's name; the first that fits.
    pub by_name: &'static [(&'static str, &'static Family)],
    /// All others.
    pub other: &'static Family,
}

impl Families {
    /// How a model counts; names may have a vendor before them, as in `vendor/model`.
    #[must_use]
    pub fn of(&self, model: &str) -> &'static Family {
        let name = crate::text::after_last(model, b'/');
        let name = name.strip_prefix("ft:").unwrap_or(name);
        let named = self
            .by_name
            .iter()
            .find(|(start, _)| name.starts_with(start));
        named.map_or(self.other, |(_, family)| family)
    }
}

/// What counts how much for a group of models.
#[derive(Debug)]
pub struct Family {
    /// What text costs.
    pub weights: &'static Weights,
    /// What images cost.
    pub images: Images,
    /// All else, mostly common to the kind of provider.
    pub rules: &'static Rules,
}

/// What a provider counts besides text and images.
#[derive(Debug)]
pub struct Rules {
    /// The kind of provider: whose `provider_options` and state are sent.
    pub kind: &'static str,
    /// What is added around the text, as a rule.
    pub usual: Around,
    /// What is added around the text, at most.
    pub most: Around,
    /// 64ths of a token that a byte of text can become at most: ASCII, and others.
    pub per_byte: (u32, u32),
    /// 64ths of its text that a tool's schema costs: some providers rewrite it shorter.
    pub schema: u32,
    /// The same of the schema an answer must follow.
    pub answer_schema: u32,
    /// 64ths of a token for a byte of `provider_state`: mostly base64 of what is
    /// shorter, such as encrypted reasoning and signatures.
    pub state: u32,
    /// A page of a document, as a rule.
    pub page: u32,
    /// A second of sound.
    pub second: u32,
    /// Fields of `provider_options` that make the provider add input of its own: web
    /// pages, stored conversations, results of its tools. No bound is known then.
    pub hidden: &'static [&'static str],
    /// Whether the answer in JSON is written by a second run, which reads the
    /// reasoning of the first as its input.
    pub reasons_apart: bool,
}

/// Tokens that stand around the text.
#[derive(Clone, Copy, Debug)]
pub struct Around {
    /// Once.
    pub request: u32,
    /// For each message.
    pub message: u32,
    /// Once when there are tools: the provider's own instructions for them.
    pub tools: u32,
    /// For each tool.
    pub tool: u32,
    /// For each call of a tool.
    pub call: u32,
    /// Once when the model is asked to reason.
    pub thinking: u32,
    /// Once when the answer must be JSON.
    pub format: u32,
    /// Around an answer.
    pub answer: u32,
}

impl Around {
    /// More than was recorded around any text. A provider that adds more says so.
    pub const MOST: Self = Self {
        request: 64,
        message: 32,
        tools: 512,
        tool: 64,
        call: 64,
        thinking: 64,
        format: 256,
        answer: 64,
    };
}

/// The most tokens a request can be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bound {
    /// All that can be counted.
    pub tokens: u64,
    /// What cannot.
    pub open: Option<Open>,
}

/// A part of a request whose tokens nobody can tell before it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The field, such as `messages[0].content[1].file`.
    pub field: String,
    /// Whether the model's context window bounds it. It does not when the provider
    /// runs tools of its own: each of their rounds is billed.
    pub fits_the_window: bool,
}

impl Bound {
    /// The bound as one number: `window` is the model's input limit, above which the
    /// provider refuses.
    ///
    /// # Errors
    /// The field that cannot be bounded.
    pub fn within(self, window: Option<u64>) -> Result<u64, String> {
        match (self.open, window) {
            (None, _) => Ok(self.tokens),
            (Some(open), Some(window)) if open.fits_the_window => Ok(window),
            (Some(open), _) => Err(open.field),
        }
    }
}

/// About how many tokens a text is, without anything around it.
#[must_use]
pub fn estimate_text(text: &str, family: &Family) -> u64 {
    family.text_units(text).div_ceil(UNIT)
}

/// About how many tokens the input of a request is.
#[must_use]
pub fn estimate(request: &ChatRequest, family: &Family) -> u64 {
    walk::around(request, &family.rules.usual) + estimate_content(request, family)
}

/// The same without what stands around messages, tools and calls.
#[must_use]
pub fn estimate_content(request: &ChatRequest, family: &Family) -> u64 {
    let (mut units, mut tokens) = (0, 0);
    walk::texts(request, family.rules.kind, &mut |what, text| {
        units += family.usual_units(what, text);
    });
    walk::parts(request, &mut |part, _, _| tokens += family.usual_part(part));
    tokens + units.div_ceil(UNIT)
}

/// The most tokens the input of a request can be: a tokenizer makes at most one
/// token of a byte, or a known number more.
///
/// ```
/// use aircher_llm::{chat::ChatRequest, policy::tokens::{estimate, upper_bound}, provider};
///
/// let family = provider::of_kind("openai").unwrap().profile().tokens.of("gpt-6-luna");
/// let request = ChatRequest::from_json(r#"{"messages":[{"role":"user","content":"Hello there"}]}"#)?;
/// let bound = upper_bound(&request, family);
/// assert!(bound.open.is_none() && bound.tokens > estimate(&request, family));
/// # Ok::<(), aircher_llm::error::Error>(())
/// ```
#[must_use]
pub fn upper_bound(request: &ChatRequest, family: &Family) -> Bound {
    let rules = family.rules;
    let (mut units, mut tokens) = (0, walk::around(request, &rules.most));
    let mut open = None;
    walk::texts(request, rules.kind, &mut |what, text| {
        units += family.most_units(what, text);
    });
    if rules.reasons_apart && walk::is_json(request) {
        open = Some(Open {
            field: "response_format".into(),
            fits_the_window: true,
        });
    }
    walk::parts(
        request,
        &mut |part, at, index| match family.most_part(part) {
            Some(most) => tokens += most,
            None => {
                open = Some(Open {
                    field: format!("messages[{at}].content[{index}].file"),
                    fits_the_window: true,
                });
            }
        },
    );
    // What no window bounds counts for more than what one does.
    if let Some(name) = walk::option_in(request, rules.kind, rules.hidden) {
        open = Some(Open {
            field: crate::text::concat(&["provider_options.", rules.kind, ".", name]),
            fits_the_window: false,
        });
    }
    tokens += units.div_ceil(UNIT);
    Bound { tokens, open }
}

/// About how many tokens of an answer have arrived: text, readable reasoning,
/// refusal and tool calls. Reasoning that was not shown is not in it, and what
/// stands around an answer is only when it is finished.
#[must_use]
pub fn answer_tokens(response: &ChatResponse, family: &Family) -> u64 {
    let usual = &family.rules.usual;
    // An answer that was cut has no end.
    let around = if response.stream.finished {
        usual.answer
    } else {
        0
    };
    answer(response, family, usual, Family::usual_units) + u64::from(around)
}

/// The most tokens that what has arrived of an answer can be.
#[must_use]
pub fn answer_upper_bound(response: &ChatResponse, family: &Family) -> u64 {
    let most = &family.rules.most;
    answer(response, family, most, Family::most_units) + u64::from(most.answer)
}

fn answer(
    response: &ChatResponse,
    family: &Family,
    around: &Around,
    units_of: fn(&Family, Use, &str) -> u64,
) -> u64 {
    let mut units = 0;
    let mut visit = |what, text: &str| units += units_of(family, what, text);
    let message = &response.message;
    walk::content(&message.content, &mut visit);
    walk::optional(&message.thinking, Use::Text, &mut visit);
    walk::optional(&message.refusal, Use::Text, &mut visit);
    for call in &message.tool_calls {
        visit(Use::Text, &call.function.name);
        visit(Use::Text, &call.function.arguments);
    }
    let calls = message.tool_calls.len() as u64;
    units.div_ceil(UNIT) + calls * u64::from(around.call)
}

impl Family {
    /// The price of a text, which is never above its bound.
    #[inline(never)]
    fn text_units(&self, text: &str) -> u64 {
        let units = self.weights.units(text);
        units.min(self.most_units(Use::Text, text))
    }

    fn usual_units(&self, what: Use, text: &str) -> u64 {
        let share = match what {
            Use::Text | Use::Json => UNIT,
            Use::Schema => u64::from(self.rules.schema),
            Use::AnswerSchema => u64::from(self.rules.answer_schema),
            Use::State => return text.len() as u64 * u64::from(self.rules.state),
            Use::Hidden | Use::Option => return 0,
        };
        self.text_units(text) * share / UNIT
    }

    /// JSON may be written anew on the other side, with an escape of six characters
    /// for a character of two bytes.
    fn most_units(&self, what: Use, text: &str) -> u64 {
        let (ascii, other) = self.rules.per_byte;
        let times = if matches!(what, Use::Text | Use::Hidden) {
            1
        } else {
            3
        };
        let units = |byte: u8| if byte < 0x80 { ascii } else { other * times };
        text.bytes().map(|byte| u64::from(units(byte))).sum()
    }

    fn usual_part(&self, part: &PartKind) -> u64 {
        match part {
            PartKind::Text(_) => 0,
            PartKind::Image(image) => u64::from(self.images.tokens(image)),
            PartKind::File(file) => self.file(file),
            PartKind::Audio(audio) => image::seconds(&audio.data) * u64::from(self.rules.second),
        }
    }

    /// `None`: no bound.
    fn most_part(&self, part: &PartKind) -> Option<u64> {
        Some(match part {
            PartKind::Text(_) => 0,
            PartKind::Image(_) => u64::from(self.images.most),
            PartKind::File(file) => {
                image::length(plain_text(file)?) * u64::from(self.rules.per_byte.1) / UNIT
            }
            // No encoding in use has less than 8 kbit/s.
            PartKind::Audio(audio) => {
                image::length(&audio.data).div_ceil(1000) * u64::from(self.rules.second)
            }
        })
    }

    /// Documents by their size: about 50 KB a page, and ten pages where there is only
    /// an address.
    fn file(&self, file: &FilePart) -> u64 {
        match (plain_text(file), &file.file_data) {
            (Some(text), _) => image::length(text) / 4,
            (None, Some(data)) => (1 + image::length(data) / 50_000) * u64::from(self.rules.page),
            (None, None) => 10 * u64::from(self.rules.page),
        }
    }
}

/// The base64 of a document that goes out as its text.
fn plain_text(file: &FilePart) -> Option<&str> {
    let data = file.file_data.as_deref().and_then(DataUrl::parse)?;
    let is_text = data.media_type.starts_with("text/") || data.media_type == "application/json";
    is_text.then_some(data.base64)
}
