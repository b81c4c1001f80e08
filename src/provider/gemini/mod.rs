//! Gemini: `generateContent` and `streamGenerateContent`, whole or streamed.
//!
//! ```text
//! contents --> encode --> POST /models/{m}:generateContent
//! state    <-> the parts that must go back as they came (signatures, server tools)
//! chunk…   --> decode --> events
//! ```

mod contents;
mod decode;
mod encode;
mod error;
mod generation;
mod parts;
mod schema;
mod state;
#[cfg(test)]
mod tests;
mod tokens;
mod traits;

use super::body::body_text;
use super::inline::{address_of, addresses};
use super::{Exchange, Profile, Provider, Target};
use crate::chat::{ChatRequest, Role};
use crate::error::{Error, Result};
use crate::framing::Framing;
use crate::http::{Header, HttpRequest, ResponseHead, encode_segment};
use crate::text;

/// The provider.
#[derive(Debug)]
pub(super) struct Gemini;

static PROFILE: Profile = Profile {
    id: "gemini",
    aliases: &["google"],
    telemetry_name: "gcp.gemini",
    key_variable: Some("GEMINI_API_KEY"),
    needs_key: true,
    base_url: "https://generativelanguage.googleapis.com/v1beta",
    default_model: Some("gemini-3.8-flash"),
    model_prefixes: &["gemini-"],
    tagged_models: false,
    free: false,
    price_factors: &[("batch", 50), ("flex", 50), ("priority", 180)],
    billed_options: crate::provider::BilledOptions {
        tier: "serviceTier",
        speed: "",
        geo: "",
        candidates: ["generationConfig", "candidateCount"],
    },
    tokens: &tokens::TOKENS,
    server: None,
    rate_headers: &[],
};

/// What the default address ends with.
const DEFAULT_VERSION: &str = "/v1beta";

impl Provider for Gemini {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn encode(&self, request: &ChatRequest, target: &Target<'_>) -> Result<Exchange> {
        let encoded = encode::request(request, target)?;
        Ok(Exchange {
            request: post(target, body_text(encoded.body, request, PROFILE.id)?)?,
            framing: if target.stream {
                Framing::Sse
            } else {
                Framing::Document
            },
            decoder: Box::new(decode::GeminiDecoder::new(target.seed, encoded.token)),
            warnings: encoded.warnings,
        })
    }

    fn to_inline<'a>(
        &self,
        request: &'a ChatRequest,
        target: &Target<'_>,
        refused: Option<&Error>,
    ) -> Vec<&'a str> {
        let all = !traits::fetches(target) || refused.is_some_and(error::unreached);
        addresses(request, &|message, part| {
            // What a tool has found stands inside its result (wire reference, Gemini §2).
            let all = all || message.role == Role::Tool;
            all && address_of(part).is_some_and(|address| !parts::is_own(address))
        })
    }

    fn error(&self, head: &ResponseHead, body: &str) -> Error {
        error::of_response(head, body)
    }

    fn health(&self, target: &Target<'_>) -> HttpRequest {
        // A version that cannot stand in a path is told by the first call.
        let base = || target.config.base_url.as_str().to_string();
        let mut url = root(target).unwrap_or_else(|_| base());
        url.push_str("/models?pageSize=1");
        with_key(HttpRequest::get(url), target)
    }
}

/// The `POST` of a chat. The key stands in the one header the API lets
/// browsers send; any other custom header would fail the preflight (wire
/// reference, Gemini §1).
fn post(target: &Target<'_>, body: Vec<u8>) -> Result<HttpRequest> {
    Ok(with_key(HttpRequest::post_json(url(target)?, body), target))
}

fn with_key(request: HttpRequest, target: &Target<'_>) -> HttpRequest {
    match target.key {
        Some(key) => request.header(Header::secret("x-goog-api-key", key.expose().to_string())),
        None => request,
    }
}

/// The address with the version of the API.
fn root(target: &Target<'_>) -> Result<String> {
    let config = target.config;
    let base = config.base_url.as_str();
    let version = config.api_version.as_deref();
    let version = version.filter(|_| !config.custom_base_url);
    let kept = version.and_then(|_| base.strip_suffix(DEFAULT_VERSION));
    let mut url = kept.unwrap_or(base).to_string();
    if let Some(version) = version {
        push_segment(&mut url, "api_version", version)?;
    }
    Ok(url)
}

fn url(target: &Target<'_>) -> Result<String> {
    let mut url = root(target)?;
    // `gemini-x` lies under `models/`; a name with a slash is a path of its own.
    if !text::has(target.model, "/") {
        url.push_str("/models");
    }
    for part in target.model.split('/') {
        push_segment(&mut url, "model", part)?;
    }
    url.push_str(if target.stream {
        ":streamGenerateContent?alt=sse"
    } else {
        ":generateContent"
    });
    Ok(url)
}

/// Adds one segment to a path, which must not lead out of it.
fn push_segment(url: &mut String, field: &str, text: &str) -> Result<()> {
    if matches!(text, "" | "." | "..") {
        let problem = format!("`{text}` cannot stand in a path");
        return Err(Error::invalid_request(field, problem));
    }
    url.push('/');
    url.push_str(&encode_segment(text));
    Ok(())
}
