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

mod answers;
mod body;
pub(crate) mod fault;
mod history;
mod images;
mod inline;
pub(crate) mod pick;
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

pub(crate) use images::DataUrl;
pub use inline::{MOST_INLINE_BYTES, inline, not_inlined};

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
#[must_use]
pub fn of_kind(name: &str) -> Option<&'static dyn Provider> {
    ALL.iter().copied().find(|provider| {
        let profile = provider.profile();
        profile.id == name || profile.aliases.contains(&name)
    })
}

/// A family of endpoints that speak one dialect.
pub trait Provider: Sync {
    /// What distinguishes it, as data.
    fn profile(&self) -> &'static Profile;

    /// Writes the request for a target and prepares to read its answer.
    ///
    /// # Errors
    /// `invalid_request` or `unsupported` for what cannot be said in this dialect.
    fn encode(&self, request: &ChatRequest, target: &Target<'_>) -> Result<Exchange>;

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

    /// Names what went wrong from an answer that is not 2xx.
    fn error(&self, head: &ResponseHead, body: &str) -> Error;

    /// A request that costs nothing and shows whether calls are answered (wire reference, README §8).
    fn health(&self, target: &Target<'_>) -> HttpRequest;

    /// Whether an answer to it that is not 2xx shows as much.
    fn is_healthy(&self, refusal: &Error) -> bool {
        let _ = refusal;
        false
    }

    /// The request whose answer lists the models, for a provider without a default model.
    fn list_models(&self, target: &Target<'_>) -> Option<HttpRequest> {
        let _ = target;
        None
    }

    /// The first model of such a list that can chat.
    fn first_chat_model(&self, list: &str) -> Option<String> {
        let _ = list;
        None
    }
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
    /// What it counts as tokens.
    pub tokens: &'static Families,
    /// What is known of the server, where people run their own.
    pub server: Option<&'static OwnServer>,
    /// The headers of its limits, where it sends any: what is left, and when it is there again.
    pub rate_headers: &'static [(&'static str, &'static str)],
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

/// Reads the frames of one answer, streamed or whole, into events.
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
    /// comes behind the finish reason, and others never close.
    fn trailer_ms(&self) -> u64 {
        2_000
    }

    /// A copy that goes its own way from here. For tests, and so not in the wasm:
    /// what a vtable names is never dropped by the linker.
    #[cfg(not(target_arch = "wasm32"))]
    fn fork(&self) -> Box<dyn Decoder>;
}

/// What tests see of a decoder: on the host its `Debug` output, in the wasm nothing.
#[cfg(not(target_arch = "wasm32"))]
pub trait Inspect: fmt::Debug {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: fmt::Debug> Inspect for T {}
/// What tests see of a decoder: on the host its `Debug` output, in the wasm nothing.
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
