//! Texts in, vectors out.

use super::{Attempt, TokenUsage, Warning, path_of};
use crate::error::{Error, Result};
use crate::json::{self, Json, OrNull, Read, Reader, Write, Writer, fields};
use crate::money::{Dollars, NanoUsd};

/// A request for embeddings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EmbedRequest {
    /// What is embedded, in order. At least one text, none of them empty. Long lists become several requests.
    pub input: Texts,
    /// The model; by default the usual one of the provider.
    pub model: Option<String>,
    /// The configured provider; by default the one that serves the model, or the first that embeds.
    pub provider: Option<String>,
    /// The length of the vectors, for models that can shorten them; by default the model's own.
    pub dimensions: Option<u64>,
    /// The most it may cost in US dollars, all batches together.
    pub cost_limit: Option<Dollars>,
    /// Extra fields by provider kind; Gemini's go into each of its requests.
    pub provider_options: Vec<(String, Json)>,
    /// The caller's own tags; never sent.
    pub metadata: Vec<(String, String)>,
}

fields!(strict EmbedRequest ["input"] {
    input, model, provider, dimensions, cost_limit, provider_options, metadata,
});

impl EmbedRequest {
    /// Reads a request from JSON text.
    ///
    /// # Errors
    /// `invalid_request` naming the field, what is wrong with it and what is accepted.
    ///
    /// ```
    /// use aircher_llm::chat::EmbedRequest;
    ///
    /// let request = EmbedRequest::from_json(r#"{"input":["one","two"],"dimensions":256}"#)?;
    /// assert_eq!((request.input.0.len(), request.dimensions), (2, Some(256)));
    /// # Ok::<(), aircher_llm::error::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self> {
        let request: Self = json::from_str(text)
            .map_err(|error| Error::invalid_request(&path_of(text, &error, "request"), error))?;
        request.check()?;
        Ok(request)
    }

    /// No provider takes an empty text, or none at all.
    ///
    /// # Errors
    /// `invalid_request` naming the text.
    pub fn check(&self) -> Result<()> {
        let texts = &self.input.0;
        if texts.is_empty() {
            return Err(Error::invalid_request(
                "input",
                "expected at least one text",
            ));
        }
        match texts.iter().position(String::is_empty) {
            Some(at) => Err(Error::invalid_request(
                &format!("input[{at}]"),
                "is empty: there is nothing to embed",
            )),
            None => Ok(()),
        }
    }
}

/// One text or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts(pub Vec<String>);

impl<'a> Read<'a> for Texts {
    fn read(reader: &mut Reader<'a>) -> std::result::Result<Self, json::JsonError> {
        match reader.peek() {
            Some(b'"') => String::read(reader).map(|text| Self(vec![text])),
            Some(b'[') => Vec::read(reader).map(Self),
            _ => Err(reader.expected("a string or a list of strings")),
        }
    }
}

/// Vectors, and what they cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EmbedResponse {
    /// A list of numbers for each text, in the order of the input, as the provider wrote it.
    pub embeddings: Vec<Json>,
    /// The configured id of the provider that answered.
    pub provider: String,
    /// The model that answered, as the provider names it.
    pub model: String,
    /// Tokens of all batches.
    pub usage: TokenUsage,
    /// What all batches cost; `None` when the price is unknown.
    pub cost: Option<NanoUsd>,
    /// Milliseconds from the call to the last byte.
    pub duration: u64,
    /// How many requests it took.
    pub requests: u64,
    /// The provider's id of the last request.
    pub request_id: Option<String>,
    /// What was not done as asked.
    pub warnings: Vec<Warning>,
    /// Every attempt of every batch.
    pub attempts: Vec<Attempt>,
}

impl EmbedResponse {
    /// The vector of the text at that place; `None` when there is none, or when it is no list of numbers.
    ///
    /// ```
    /// use aircher_llm::{chat::EmbedResponse, json::Json};
    ///
    /// let embeddings = vec![Json::from_text("[0.25,-1]")?];
    /// let answer = EmbedResponse { embeddings, ..EmbedResponse::default() };
    /// assert_eq!(answer.vector(0), Some(vec![0.25, -1.0]));
    /// assert_eq!(answer.vector(1), None);
    /// # Ok::<(), aircher_llm::json::JsonError>(())
    /// ```
    #[must_use]
    pub fn vector(&self, at: usize) -> Option<Vec<f64>> {
        let list = self.embeddings.get(at)?.text().trim();
        let inner = list.strip_prefix('[')?.strip_suffix(']')?;
        let number = |text: &str| json::number::parse(text.trim());
        inner.split(',').map(number).collect()
    }
}

impl Write for EmbedResponse {
    fn write(&self, writer: &mut Writer) {
        writer.object(&mut |writer| {
            writer.field("embeddings", &self.embeddings);
            writer.field("usage", &self.usage);
            writer.field("cost", &OrNull(&self.cost.map(Dollars)));
            writer.field("duration", &self.duration);
            writer.field("provider", &self.provider);
            writer.field("model", &self.model);
            writer.begin_object_at("metadata");
            writer.field("request_id", &self.request_id);
            writer.field("cost_nano_usd", &self.cost.map(NanoUsd::nanos));
            writer.field("requests", &self.requests);
            writer.field("warnings", &self.warnings);
            writer.field_unless_empty("attempts", &self.attempts);
            writer.end_object();
        });
    }
}
