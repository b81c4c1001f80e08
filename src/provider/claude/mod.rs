//! Claude: the Messages API (wire reference, Anthropic).
//!
//! ```text
//! encode   the request: limits, sampling, tool choice, output format
//!   messages   turns: system on top, neighbours merged, results first
//!   content    parts: text, images, documents
//!   tools      tools and the choice among them
//!   schema     JSON Schemas the API's grammar compiler takes
//!   cache      marks for the prompt cache
//! decode   the answer: one reader for events and whole messages
//!   block      content blocks as they came, to be sent back unchanged
//!   usage      token counts, overlaid as they grow
//! traits   what a model takes      error   what went wrong      wire   the JSON
//! ```

mod block;
mod blocks;
mod cache;
mod content;
mod decode;
mod encode;
mod error;
mod messages;
mod models;
mod schema;
#[cfg(test)]
mod tests;
mod tokens;
mod tools;
mod traits;
mod usage;
mod wire;

use super::body::{body_text, only};
use super::{Counting, Exchange, Page, Profile, Provider, Target};
use crate::chat::ChatRequest;
use crate::error::{Error, Result};
use crate::framing::Framing;
use crate::http::{Header, HttpRequest, ResponseHead, encode_segment};

/// The provider.
#[derive(Debug)]
pub(super) struct Claude;

static PROFILE: Profile = Profile {
    id: "claude",
    aliases: &["anthropic"],
    telemetry_name: "anthropic",
    key_variable: Some("ANTHROPIC_API_KEY"),
    needs_key: true,
    base_url: "https://api.anthropic.com",
    copied_paths: &["/v1"],
    presets: &[],
    default_model: Some("claude-haiku-5-5"),
    model_prefixes: &["claude-"],
    tagged_models: false,
    free: false,
    price_factors: &[("batch", 50), ("fast", 200), ("us", 110)],
    billed_options: crate::provider::BilledOptions {
        tier: "service_tier",
        speed: "speed",
        geo: "inference_geo",
        candidates: ["", ""],
    },
    embeddings: None,
    tokens: &tokens::TOKENS,
    server: None,
    usage_option: None,
    rate_headers: &error::LIMITS,
    cloud: None,
};

/// Still served, takes every body we write, and keeps `temperature` for the
/// models that have one (wire reference, Anthropic §1).
const VERSION: &str = "2023-06-01";

impl Provider for Claude {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn encode(&self, request: &ChatRequest, target: &Target<'_>) -> Result<Exchange> {
        let written = encode::request(request, target)?;
        Ok(Exchange {
            request: post(target, body_text(written.body, request, PROFILE.id)?),
            framing: Framing::of(written.stream, Framing::Sse),
            decoder: Box::new(decode::MessageDecoder::new(target.seed, written.form)),
            warnings: written.warnings,
        })
    }

    fn count(&self, request: &ChatRequest, target: &Target<'_>) -> Result<Option<Counting>> {
        let written = encode::request(request, target)?;
        let body = body_text(written.body, request, PROFILE.id)?;
        let url = target.config.base_url.join("/v1/messages/count_tokens");
        let post = HttpRequest::post_json(url, only(Some(body), &COUNTED)?);
        Ok(Some(Counting {
            request: with_headers(post, target),
            field: "input_tokens",
        }))
    }

    fn error(&self, head: &ResponseHead, body: &str) -> Error {
        error::of_response(head, body)
    }

    fn health(&self, target: &Target<'_>) -> HttpRequest {
        let url = target.config.base_url.join("/v1/models?limit=1");
        with_headers(HttpRequest::get(url), target)
    }

    fn list_models(&self, target: &Target<'_>, after: Option<&str>) -> Result<HttpRequest> {
        let mut url = target.config.base_url.join(models::PATH);
        if let Some(after) = after {
            url.push_str("&after_id=");
            url.push_str(&encode_segment(after));
        }
        Ok(with_headers(HttpRequest::get(url), target))
    }

    fn listed(&self, list: &str) -> Result<Page> {
        models::page(list)
    }
}

/// What the endpoint that counts takes (wire reference, Anthropic §1).
const COUNTED: [&str; 8] = [
    "model",
    "system",
    "messages",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "cache_control",
];

/// The version of the API this target is asked in.
fn version<'a>(target: &Target<'a>) -> &'a str {
    target.config.api_version.as_deref().unwrap_or(VERSION)
}

fn post(target: &Target<'_>, body: Vec<u8>) -> HttpRequest {
    let url = target.config.base_url.join("/v1/messages");
    with_headers(HttpRequest::post_json(url, body), target)
}

/// Without the second header a browser gets an answer it may not read; servers ignore it.
fn with_headers(request: HttpRequest, target: &Target<'_>) -> HttpRequest {
    let request = request
        .header(Header::plain("anthropic-version", version(target)))
        .header(Header::plain(
            "anthropic-dangerous-direct-browser-access",
            "true",
        ));
    match target.key {
        Some(key) => request.header(Header::secret("x-api-key", key.expose().to_string())),
        None => request,
    }
}
