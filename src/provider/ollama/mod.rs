//! Ollama's own API, local or in its cloud.
//!
//! The dialect is `POST /api/chat` with NDJSON answers. Ollama's second door at
//! `/v1` speaks Chat Completions and belongs to another provider; an address
//! that names it is led back here (wire reference, Ollama §1).

mod decode;
mod encode;
mod error;
mod models;
mod think;
mod tokens;

use decode::ChatDecoder;

use super::body::body_text;
use super::{Exchange, Profile, Provider, Target};
use crate::chat::ChatRequest;
use crate::error::{Error, Result};
use crate::framing::Framing;
use crate::http::{Header, HttpRequest, Method, ResponseHead};

/// The provider.
#[derive(Debug)]
pub(super) struct Ollama;

static PROFILE: Profile = Profile {
    id: "ollama",
    aliases: &[],
    key_variable: Some("OLLAMA_API_KEY"),
    needs_key: false,
    base_url: "http://localhost:11434",
    default_model: None,
    model_prefixes: &[],
    tagged_models: true,
    free: true,
    price_factors: &[],
    billed_options: crate::provider::BilledOptions {
        tier: "",
        speed: "",
        geo: "",
        candidates: ["", ""],
    },
    tokens: &tokens::TOKENS,
};

impl Provider for Ollama {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn encode(&self, request: &ChatRequest, target: &Target<'_>) -> Result<Exchange> {
        let mut warnings = Vec::new();
        let text = encode::body(request, target, &mut warnings)?;
        let body = body_text(text, request, PROFILE.id)?;
        let post = HttpRequest::post_json(url(target, "/api/chat"), body);
        Ok(Exchange {
            request: with_key(post, target),
            framing: if target.stream {
                Framing::Ndjson
            } else {
                Framing::Document
            },
            decoder: Box::new(ChatDecoder::new(target.seed)),
            warnings,
        })
    }

    fn error(&self, head: &ResponseHead, body: &str) -> Error {
        error::of_response(head, body)
    }

    fn list_models(&self, target: &Target<'_>) -> Option<HttpRequest> {
        let get = HttpRequest {
            method: Method::Get,
            url: url(target, "/api/tags"),
            headers: target.config.headers.clone(),
            body: None,
        };
        Some(with_key(get, target))
    }

    fn first_chat_model(&self, list: &str) -> Option<String> {
        models::first_chat_model(list)
    }
}

/// The address of a path. People copy addresses with `/api` or `/v1` at the end.
fn url(target: &Target<'_>, path: &str) -> String {
    let base = target.config.base_url.as_str();
    let root = ["/api", "/v1"]
        .iter()
        .find_map(|door| base.strip_suffix(door));
    format!("{}{path}", root.unwrap_or(base))
}

/// A local server takes no key; the cloud and proxies do.
fn with_key(request: HttpRequest, target: &Target<'_>) -> HttpRequest {
    match target.key {
        Some(key) => request.header(Header::secret(
            "authorization",
            format!("Bearer {}", key.expose()),
        )),
        None => request,
    }
}
