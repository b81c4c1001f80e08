//! Gemini: `generateContent` and `streamGenerateContent`, whole or streamed.
//!
//! ```text
//! contents --> encode --> POST /models/{m}:generateContent
//! state    <-> the parts that must go back as they came (signatures, server tools)
//! chunk…   --> decode --> events
//! ```

mod chunk;
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
use super::{Exchange, Profile, Provider, Target};
use crate::chat::ChatRequest;
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
};

/// What the default address ends with.
const DEFAULT_VERSION: &str = "/v1beta";

impl Provider for Gemini {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn encode(&self, request: &ChatRequest, target: &Target<'_>) -> Result<Exchange> {
        let (text, warnings) = encode::request(request, target)?;
        Ok(Exchange {
            request: post(target, body_text(text, request, PROFILE.id)?)?,
            framing: if target.stream {
                Framing::Sse
            } else {
                Framing::Document
            },
            decoder: Box::new(decode::GeminiDecoder::new(target.seed)),
            warnings,
        })
    }

    fn error(&self, head: &ResponseHead, body: &str) -> Error {
        error::of_response(head, body)
    }
}

/// The `POST` of a chat. The key stands in the one header the API lets
/// browsers send; any other custom header would fail the preflight (wire
/// reference, Gemini §1).
fn post(target: &Target<'_>, body: Vec<u8>) -> Result<HttpRequest> {
    let request = HttpRequest::post_json(url(target)?, body);
    Ok(match target.key {
        Some(key) => request.header(Header::secret("x-goog-api-key", key.expose().to_string())),
        None => request,
    })
}

fn url(target: &Target<'_>) -> Result<String> {
    let config = target.config;
    let base = config.base_url.as_str();
    let version = config.api_version.as_deref();
    let version = version.filter(|_| !config.custom_base_url);
    let kept = version.and_then(|_| base.strip_suffix(DEFAULT_VERSION));
    let mut url = kept.unwrap_or(base).to_string();
    if let Some(version) = version {
        push_segment(&mut url, "api_version", version)?;
    }
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
