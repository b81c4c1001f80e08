//! Embeddings: what their endpoints have in common.

use super::pick::{count, items, object, pick};
use super::{Decoder, Exchange, Progress};
use crate::chat::{ChatRequest, Events, FinishReason, RichEvent, TokenUsage};
use crate::error::{Error, Result};
use crate::framing::{Frame, Framing};
use crate::http::HttpRequest;
use crate::json::{Json, Raw, Write, Writer};
use crate::text;

/// What is known of a provider's embeddings.
#[derive(Debug)]
pub struct Embeddings {
    /// The usual model; without one the provider is asked for those it has.
    pub default_model: Option<&'static str>,
    /// How many texts are sent at once.
    pub texts: usize,
    /// How many in its cloud.
    pub cloud_texts: usize,
    /// How many tokens are sent at once, by our estimate.
    pub tokens: u64,
}

/// The key of an answer's `extra` that holds the vectors.
pub const VECTORS: &str = "embeddings";

/// What is asked of a vector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Its length; by default the model's own.
    pub dimensions: Option<u64>,
}

/// Where an answer keeps its vectors, and its count of tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) list: &'static str,
    /// The field of a vector inside an item, where items are objects.
    pub(super) vector: &'static str,
    pub(super) usage: [&'static str; 2],
}

/// The texts of a request: a message each.
pub(super) fn texts(request: &ChatRequest) -> Vec<String> {
    let mut texts = Vec::new();
    for message in &request.messages {
        texts.push(message.content.joined(""));
    }
    texts
}

/// The exchange that brings vectors: its answer comes as a whole.
pub(super) fn exchange(request: HttpRequest, read: Read) -> Exchange {
    Exchange {
        request,
        framing: Framing::Document,
        decoder: Box::new(EmbedDecoder {
            read,
            is_read: false,
        }),
        warnings: Vec::new(),
    }
}

/// What reads an answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Read {
    /// Where things stand in it is all there is to know.
    Form(&'static Form),
    /// A function of its own.
    By(fn(&str, &mut Events) -> Result<()>),
}

#[derive(Clone, Debug)]
struct EmbedDecoder {
    read: Read,
    is_read: bool,
}

impl Form {
    /// Reads an answer of this form.
    fn read(&self, answer: &str, out: &mut Events) -> Result<()> {
        let [outer, inner] = self.usage;
        let [list, usage, model] = pick(answer, [self.list, outer, "model"])?;
        if list.get().is_none() {
            let start = text::first_chars(answer, 200);
            let problem = format!("the answer holds no `{}`: {start}", self.list);
            return Err(Error::invalid_response(problem));
        }
        super::answers::start(&mut false, Raw::default(), model, out);
        let tokens = match inner {
            "" => count(usage),
            field => pick(object(usage), [field]).map(|[tokens]| count(tokens))?,
        };
        tell(&self.vectors(list)?, tokens, out);
        Ok(())
    }

    /// In the order of the texts: items may say which one they belong to.
    fn vectors<'a>(&self, list: Raw<'a>) -> Result<Vec<Raw<'a>>> {
        let items = items(list)?;
        let mut vectors = vec![Raw::default(); items.len()];
        for (at, item) in items.into_iter().enumerate() {
            let (vector, place) = match self.vector {
                "" => (item, None),
                field => {
                    let [vector, index] = pick(object(item), [field, "index"])?;
                    (vector, count(index))
                }
            };
            let place = place.and_then(|place| usize::try_from(place).ok());
            if let Some(slot) = vectors.get_mut(place.unwrap_or(at)) {
                *slot = vector;
            }
        }
        if vectors.iter().any(|vector| !is_vector(*vector)) {
            return Err(Error::invalid_response(
                "the answer holds no vector for one of the texts",
            ));
        }
        Ok(vectors)
    }
}

/// Tells vectors and tokens: all there is of such an answer.
pub(super) fn tell(vectors: &[Raw<'_>], tokens: Option<u64>, out: &mut Events) {
    if let Some(prompt_tokens) = tokens {
        out.push(RichEvent::Usage(TokenUsage {
            prompt_tokens,
            ..TokenUsage::default()
        }));
    }
    out.push(RichEvent::Extra {
        key: VECTORS.into(),
        value: Json::from_value(&Vectors(vectors)),
    });
    out.push(RichEvent::Finish {
        reason: FinishReason::Stop,
        raw: None,
    });
}

pub(super) fn is_vector(raw: Raw<'_>) -> bool {
    raw.get().is_some_and(|text| text.starts_with('['))
}

struct Vectors<'a>(&'a [Raw<'a>]);

impl Write for Vectors<'_> {
    fn write(&self, writer: &mut Writer) {
        writer.list(&mut |writer| {
            for vector in self.0 {
                writer.raw(vector.get().unwrap_or("[]"));
            }
        });
    }
}

impl Decoder for EmbedDecoder {
    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) -> Result<()> {
        match self.read {
            Read::Form(form) => form.read(frame.text(), out)?,
            Read::By(read) => read(frame.text(), out)?,
        }
        self.is_read = true;
        Ok(())
    }

    fn progress(&self) -> Progress {
        match self.is_read {
            true => Progress::Closed,
            false => Progress::Open,
        }
    }
}
