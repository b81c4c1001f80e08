//! What a provider is, and the one list of them.
//!
//! A provider is a folder plus one entry in [`ALL`]. It knows how to write a
//! request (`encode`), read an answer (`decode`) and name what went wrong
//! (`error`). It performs no I/O and keeps no state between calls. Where
//! providers differ the trait returns data; nobody outside asks which one it is.

#![cfg_attr(
    not(all(
        feature = "openai",
        feature = "claude",
        feature = "gemini",
        feature = "ollama"
    )),
    allow(
        dead_code,
        unused_macros,
        unused_imports,
        reason = "fewer providers use fewer of the shared helpers"
    )
)]

pub mod admin;
mod answers;
mod body;
mod embed;
pub(crate) mod fault;
mod history;
mod images;
mod inline;
mod listing;
pub(crate) mod pick;
mod presets;
mod tools;
mod unplaced;

#[cfg(feature = "claude")]
mod claude;
#[cfg(feature = "gemini")]
mod gemini;
#[cfg(feature = "ollama")]
mod ollama;
#[cfg(feature = "openai")]
mod openai;

use crate::text;
use std::fmt;

pub use admin::Admin;
pub use embed::{Embeddings, Shape, VECTORS};
pub(crate) use images::DataUrl;
pub use inline::{MOST_INLINE_BYTES, inline, not_inlined};
pub use listing::{Listed, Page};
pub use presets::{Preset, preset};

use crate::chat::{ChatRequest, Events, RichEvent, Warning};
use crate::config::ProviderConfig;
use crate::error::{Billed, Error, ErrorKind, Result};
use crate::framing::{Frame, Framing};
use crate::http::{HttpRequest, ResponseHead, Secret};
use crate::model::Model;
use crate::policy::reach::OwnServer;
use crate::policy::tokens::Families;

/// Every provider of this build, in the order of preference when nothing is configured.
pub static ALL: &[&dyn Provider] = &[
    #[cfg(feature = "openai")]
    &openai::OpenAi,
    #[cfg(feature = "claude")]
    &claude::Claude,
    #[cfg(feature = "gemini")]
    &gemini::Gemini,
    #[cfg(feature = "ollama")]
    &ollama::Ollama,
];

/// The provider of that kind, by id or alias.
///
/// ```
/// use aircher_llm::provider;
///
/// let claude = provider::of_kind("anthropic").unwrap().profile();
/// assert_eq!((claude.id, claude.key_variable), ("claude", Some("ANTHROPIC_API_KEY")));
/// assert!(provider::of_kind("ollama").is_some_and(|kind| !kind.profile().needs_key));
/// ```
#[must_use]
pub fn of_kind(name: &str) -> Option<&'static dyn Provider> {
    ALL.iter().copied().find(|provider| {
        let profile = provider.profile();
        profile.id == name || profile.aliases.contains(&name)
    })
}

/// Every name of a kind of provider.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names = Vec::new();
    for kind in ALL {
        names.push(kind.profile().id);
        names.extend(kind.profile().aliases);
    }
    names
}

/// A family of endpoints that speak one dialect.
///
/// ```
/// use aircher_llm::{chat::ChatRequest, config::{Config, Host}, provider::Target};
///
/// let config = Config::from_json(r#"{"providers":{"ollama":{}}}"#, &Host::default())?;
/// let ollama = &config.providers[0];
/// let target = Target { config: ollama, model: "qwen3", known: None, key: None, stream: true, seed: 1 };
/// let request = ChatRequest::from_json(r#"{"messages":[{"role":"user","content":"Hi"}],"seed":7}"#)?;
/// let exchange = ollama.kind.encode(&request, &target)?;
/// assert_eq!(exchange.request.url, "http://localhost:11434/api/chat");
/// assert!(String::from_utf8_lossy(exchange.request.body.as_deref().unwrap()).contains("\"seed\":7"));
/// # Ok::<(), aircher_llm::error::Error>(())
/// ```
pub trait Provider: Sync {
    /// What distinguishes it, as data.
    fn profile(&self) -> &'static Profile;

    /// Writes the request for a target and prepares to read its answer.
    ///
    /// # Errors
    /// `invalid_request` or `unsupported` for what cannot be said in this dialect.
    fn encode(&self, request: &ChatRequest, target: &Target<'_>) -> Result<Exchange>;

    /// Writes a request for the vectors of the texts of all messages, and prepares to read them.
    ///
    /// # Errors
    /// `unsupported` where there is no endpoint for them.
    fn embed(&self, request: &ChatRequest, target: &Target<'_>, shape: Shape) -> Result<Exchange> {
        let _ = (request, shape);
        let problem = text::concat(&[&target.config.id, ": no endpoint for embeddings"]);
        Err(Error::new(ErrorKind::Unsupported, problem))
    }

    /// The addresses in a request that the target would not fetch: their files have to
    /// be put into the request by [`inline()`] before it is encoded. After an attempt that
    /// was refused, also those that it turned out not to reach.
    fn to_inline<'a>(
        &self,
        request: &'a ChatRequest,
        target: &Target<'_>,
        refused: Option<&Error>,
    ) -> Vec<&'a str> {
        let _ = (request, target, refused);
        Vec::new()
    }

    /// Names what went wrong from an answer that is not 2xx (wire reference, README §5). Never fails: a
    /// body nobody knows is named after its status.
    ///
    /// ```
    /// use aircher_llm::{error::ErrorKind, http::ResponseHead, provider};
    ///
    /// let head = ResponseHead { status: 429, ..ResponseHead::default() };
    /// let body = r#"{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}"#;
    /// let error = provider::of_kind("openai").unwrap().error(&head, body);
    /// // Not every 429 passes with time.
    /// assert_eq!((error.kind, error.retryable), (ErrorKind::QuotaExceeded, false));
    /// ```
    fn error(&self, head: &ResponseHead, body: &str) -> Error;

    /// A request that costs nothing and shows whether calls are answered (wire reference, README §8).
    fn health(&self, target: &Target<'_>) -> HttpRequest;

    /// Whether an answer to it that is not 2xx shows as much.
    fn is_healthy(&self, refusal: &Error) -> bool {
        let _ = refusal;
        false
    }

    /// Asks how many tokens the input of a request is, where there is an endpoint that tells.
    ///
    /// # Errors
    /// As [`Provider::encode`].
    fn count(&self, request: &ChatRequest, target: &Target<'_>) -> Result<Option<Counting>> {
        let _ = (request, target);
        Ok(None)
    }

    /// The request for the list of models, or for the page behind another one.
    ///
    /// # Errors
    /// `unsupported` where there is no such list.
    fn list_models(&self, target: &Target<'_>, after: Option<&str>) -> Result<HttpRequest>;

    /// How its server's models are managed, where people run it themselves.
    fn admin(&self) -> Option<&'static dyn Admin> {
        None
    }

    /// Reads a page of that list.
    ///
    /// # Errors
    /// `invalid_response` when it is none.
    ///
    /// ```
    /// let openai = aircher_llm::provider::of_kind("openai").unwrap();
    /// let page = openai.listed(r#"{"data":[{"id":"gpt-6-luna"},{"id":"text-embedding-3-small"}]}"#)?;
    /// let chats = page.models.iter().filter(|model| model.chats).map(|model| &*model.id);
    /// assert_eq!(chats.collect::<Vec<_>>(), ["gpt-6-luna"]);
    /// # Ok::<(), aircher_llm::error::Error>(())
    /// ```
    fn listed(&self, list: &str) -> Result<Page>;
}

impl fmt::Debug for dyn Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.profile().id)
    }
}

/// What distinguishes a provider.
#[derive(Debug)]
pub struct Profile {
    /// The kind, and the default id of a configured provider.
    pub id: &'static str,
    /// Other names of the kind.
    pub aliases: &'static [&'static str],
    /// Its `gen_ai.provider.name` in OpenTelemetry.
    pub telemetry_name: &'static str,
    /// The environment variable that usually holds the key.
    pub key_variable: Option<&'static str>,
    /// Whether a call without a key is worth sending to the default address.
    pub needs_key: bool,
    /// The default address, without a slash at the end.
    pub base_url: &'static str,
    /// Ends of addresses that people copy along: the paths below begin with them.
    pub copied_paths: &'static [&'static str],
    /// Servers of others that speak its dialect.
    pub presets: &'static [Preset],
    /// The model used when none is configured.
    pub default_model: Option<&'static str>,
    /// Prefixes of model names that belong to it.
    pub model_prefixes: &'static [&'static str],
    /// Whether a name with a `:tag` belongs to it.
    pub tagged_models: bool,
    /// Whether it costs nothing, whatever the model.
    pub free: bool,
    /// What a service tier, speed or place of inference does to all prices, in percent.
    pub price_factors: &'static [(&'static str, u32)],
    /// What in `provider_options` changes the price.
    pub billed_options: BilledOptions,
    /// What is known of its embeddings, where it has any.
    pub embeddings: Option<&'static Embeddings>,
    /// What it counts as tokens.
    pub tokens: &'static Families,
    /// What is known of the server, where people run their own.
    pub server: Option<&'static OwnServer>,
    /// The option that asks a stream for its usage, where servers of its dialect may not know it.
    pub usage_option: Option<&'static str>,
    /// The headers of its limits, where it sends any: what is left, and when it is there again.
    pub rate_headers: &'static [(&'static str, &'static str)],
    /// The same models in a cloud of their own, where there is one.
    pub cloud: Option<&'static Cloud>,
}

/// Where a provider's models are to be had by projects, with access tokens in the place of keys.
#[derive(Debug)]
pub struct Cloud {
    /// Its `gen_ai.provider.name` in OpenTelemetry.
    pub telemetry_name: &'static str,
    /// The default address for a location; of none, for calls with an API key alone.
    pub base_url: fn(location: &str) -> String,
    /// The location when none is configured.
    pub location: &'static str,
    /// What tokens are asked for.
    pub scope: &'static str,
    /// Where service accounts get them.
    pub token_url: &'static str,
}

/// The names of what in `provider_options` changes the price; an empty name is no option.
#[derive(Debug)]
pub struct BilledOptions {
    /// The service tier.
    pub tier: &'static str,
    /// The speed of inference.
    pub speed: &'static str,
    /// The place of inference.
    pub geo: &'static str,
    /// How many answers: the option, and its field where it is an object.
    pub candidates: [&'static str; 2],
}

/// Whom a request is written for.
#[derive(Debug)]
pub struct Target<'a> {
    /// The configured provider.
    pub config: &'a ProviderConfig,
    /// The model as sent.
    pub model: &'a str,
    /// What the table knows of it.
    pub known: Option<&'a Model>,
    /// The key, where there is one.
    pub key: Option<&'a Secret>,
    /// Whether the answer is asked for as a stream.
    pub stream: bool,
    /// Makes ids for tool calls that came without one.
    pub seed: u64,
}

/// A request and the reader of its answer.
#[allow(missing_debug_implementations)]
pub struct Exchange {
    /// What to send.
    pub request: HttpRequest,
    /// How the answer is framed.
    pub framing: Framing,
    /// Who reads its frames.
    pub decoder: Box<dyn Decoder>,
    /// What was dropped or replaced in writing it.
    pub warnings: Vec<Warning>,
}

/// A request that costs nothing and has the provider count.
#[derive(Debug)]
pub struct Counting {
    /// What to send.
    pub request: HttpRequest,
    /// The field of the answer that holds the tokens.
    pub field: &'static str,
}

/// Reads the frames of one answer, streamed or whole, into events.
///
/// ```
/// use aircher_llm::{chat::{ChatRequest, ChatResponse, Events}, config::{Config, Host}};
/// use aircher_llm::{framing::Frame, provider::{Progress, Target}};
///
/// # let config = Config::from_json(r#"{"providers":{"ollama":{}}}"#, &Host::default())?;
/// # let ollama = &config.providers[0];
/// # let target = Target { config: ollama, model: "qwen3", known: None, key: None, stream: true, seed: 1 };
/// # let request = ChatRequest::from_json(r#"{"messages":[{"role":"user","content":"Hi"}]}"#)?;
/// let mut decoder = ollama.kind.encode(&request, &target)?.decoder;
/// let (mut events, mut answer) = (Events::new(), ChatResponse::new("ollama", "qwen3"));
/// decoder.frame(Frame::Line(r#"{"message":{"content":"Hel"},"done":false}"#), &mut events)?;
/// assert_eq!(decoder.progress(), Progress::Open);
/// decoder.frame(Frame::Line(r#"{"message":{"content":"lo"},"done":true,"done_reason":"stop"}"#), &mut events)?;
/// answer.extend(&events);
/// assert_eq!(answer.message.content.joined(""), "Hello");
/// assert_ne!(decoder.progress(), Progress::Open);
/// # Ok::<(), aircher_llm::error::Error>(())
/// ```
pub trait Decoder: Inspect {
    /// Takes one frame.
    ///
    /// # Errors
    /// An error the provider reported inside the answer, or `invalid_response`.
    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) -> Result<()>;

    /// Takes the end of the body, once [`Decoder::progress`] is no longer `Open`.
    fn end(&mut self, out: &mut Events) {
        let _ = out;
    }

    /// How far the answer has come.
    fn progress(&self) -> Progress;

    /// How long a complete answer waits for what may follow: the usage chunk of some
    /// comes behind the finish reason, and others never close. Milliseconds; 2,000 unless the dialect says otherwise.
    fn trailer_ms(&self) -> u64 {
        2_000
    }
}

/// What tests ask of a decoder: on the host its `Debug` output and a copy, in the wasm nothing,
/// for what a vtable names is never dropped by the linker.
#[cfg(not(target_arch = "wasm32"))]
pub trait Inspect: fmt::Debug {
    /// A copy that goes its own way from here.
    fn fork(&self) -> Box<dyn Decoder>;
}
#[cfg(not(target_arch = "wasm32"))]
impl<T: fmt::Debug + Clone + Decoder + 'static> Inspect for T {
    fn fork(&self) -> Box<dyn Decoder> {
        Box::new(self.clone())
    }
}
/// What tests ask of a decoder: nothing in the wasm.
#[cfg(target_arch = "wasm32")]
pub trait Inspect {}
#[cfg(target_arch = "wasm32")]
impl<T> Inspect for T {}

/// How far an answer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The provider has not said that it is done: an end here is a cut.
    Open,
    /// The answer is complete; usage or other trailers may follow.
    Complete,
    /// Nothing more will come, even if the connection stays open.
    Closed,
}

/// Says that the tokens are not the whole price (wire reference, README §4).
pub(crate) fn charged_calls() -> RichEvent {
    let message = "the provider ran tools of its own, billed per call: the cost is a lower bound";
    RichEvent::Warning(Warning::new("cost_incomplete", message))
}

/// The error for a frame that is no JSON of the protocol. Text that merely ends too early was cut.
pub(crate) fn unreadable(frame: &str, error: &crate::json::JsonError) -> Error {
    if error.is_eof {
        return Error::new(ErrorKind::StreamInterrupted, "the answer was cut")
            .billed(Billed::Unknown);
    }
    let start = text::first_chars(frame, 200);
    Error::invalid_response(format!(
        "the provider sent what is no valid JSON of its protocol ({error}): {start}"
    ))
}
