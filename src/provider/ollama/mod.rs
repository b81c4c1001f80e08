//! Ollama's own API, local or in its cloud.
//!
//! The dialect is `POST /api/chat` with NDJSON answers. Ollama's second door at
//! `/v1` speaks Chat Completions and belongs to another provider; an address
//! that names it is led back here (wire reference, Ollama §1).

mod admin;
mod decode;
mod embed;
mod encode;
mod error;
mod models;
mod think;
mod tokens;

use decode::ChatDecoder;

use super::body::body_text;
use super::inline::addresses;
use super::{Admin, Exchange, Page, Profile, Provider, Shape, Target};
use crate::chat::{ChatRequest, ContentPart, PartKind};
use crate::error::{Error, Result};
use crate::framing::Framing;
use crate::http::{HttpRequest, ResponseHead};
use crate::json::Writer;
use crate::policy::reach::OwnServer;
use crate::policy::tokens::estimate;

/// The provider.
#[derive(Debug)]
pub(super) struct Ollama;

static PROFILE: Profile = Profile {
    id: "ollama",
    aliases: &[],
    telemetry_name: "ollama",
    key_variable: Some("OLLAMA_API_KEY"),
    needs_key: false,
    base_url: "http://localhost:11434",
    copied_paths: &["/api", "/v1"],
    presets: &[],
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
    embeddings: Some(&embed::EMBEDDINGS),
    tokens: &tokens::TOKENS,
    server: Some(&SERVER),
    usage_option: None,
    rate_headers: &[],
    cloud: None,
};

/// Pages of this machine are let in, others by name (wire reference, Ollama §1).
static SERVER: OwnServer = OwnServer {
    start: "ollama serve",
    origins: "OLLAMA_ORIGINS",
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
            framing: Framing::of(target.stream, Framing::Ndjson),
            decoder: Box::new(ChatDecoder::new(target.seed, likely(request, target))),
            warnings,
        })
    }

    /// The server fetches nothing (wire reference, Ollama §2), and of files takes images alone.
    fn to_inline<'a>(
        &self,
        request: &'a ChatRequest,
        target: &Target<'_>,
        _: Option<&Error>,
    ) -> Vec<&'a str> {
        let sees = target.known.is_none_or(|model| model.images());
        addresses(request, &|_, part| {
            sees && matches!(part, PartKind::Image(_))
        })
    }

    fn embed(&self, request: &ChatRequest, target: &Target<'_>, shape: Shape) -> Result<Exchange> {
        embed::exchange(request, target, shape)
    }

    fn error(&self, head: &ResponseHead, body: &str) -> Error {
        error::of_response(head, body)
    }

    fn health(&self, target: &Target<'_>) -> HttpRequest {
        with_key(HttpRequest::get(url(target, "/api/version")), target)
    }

    fn list_models(&self, target: &Target<'_>, _: Option<&str>) -> Result<HttpRequest> {
        let get = HttpRequest::get(url(target, "/api/tags"));
        Ok(with_key(get, target))
    }

    fn admin(&self) -> Option<&'static dyn Admin> {
        Some(&admin::Management)
    }

    fn listed(&self, list: &str) -> Result<Page> {
        models::page(list)
    }
}

/// About how many tokens the server has to read. What an image takes differs too much to tell.
fn likely(request: &ChatRequest, target: &Target<'_>) -> Option<u64> {
    let is_image = |part: &ContentPart| matches!(part.kind, PartKind::Image(_));
    let mut messages = request.messages.iter();
    let has_image = messages.any(|message| message.content.parts().iter().any(is_image));
    let family = PROFILE.tokens.of(target.model);
    (!has_image).then(|| estimate(request, family))
}

/// The address of a path.
fn url(target: &Target<'_>, path: &str) -> String {
    target.config.base_url.join(path)
}

/// The window to load a model with, the only option beside calls: another one would load it anew.
fn window(num_ctx: Option<u64>, out: &mut Writer) {
    if num_ctx.is_some() {
        out.key("options");
        out.object(&mut |out| out.field("num_ctx", &num_ctx));
    }
}

/// A local server takes no key; the cloud and proxies do.
fn with_key(request: HttpRequest, target: &Target<'_>) -> HttpRequest {
    match target.key {
        Some(key) => request.bearer(key),
        None => request,
    }
}
