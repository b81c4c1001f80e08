//! Gemini: `generateContent` and `streamGenerateContent`, whole or streamed.
//!
//! ```text
//! contents --> encode --> POST /models/{m}:generateContent
//! state    <-> the parts that must go back as they came (signatures, server tools)
//! chunk…   --> decode --> events
//! ```

mod contents;
mod decode;
mod embed;
mod encode;
mod error;
mod generation;
mod models;
mod parts;
mod schema;
mod state;
#[cfg(test)]
mod tests;
mod tokens;
mod traits;
#[cfg(feature = "vertex")]
mod vertex;
mod vertex_embed;

use super::body::{body_text, only};
use super::inline::{address_of, addresses};
use super::{Counting, Exchange, Page, Profile, Provider, Shape, Target};
use crate::chat::{ChatRequest, Role};
use crate::config::{CloudAccess, ProviderConfig};
use crate::error::{Error, Result};
use crate::framing::Framing;
use crate::http::{Header, HttpRequest, ResponseHead, encode_segment};
use crate::json::Writer;
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
    copied_paths: &[],
    presets: &[],
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
    embeddings: Some(&embed::EMBEDDINGS),
    tokens: &tokens::TOKENS,
    server: None,
    usage_option: None,
    rate_headers: &[],
    #[cfg(feature = "vertex")]
    cloud: Some(&vertex::CLOUD),
    #[cfg(not(feature = "vertex"))]
    cloud: None,
};

impl Provider for Gemini {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn encode(&self, request: &ChatRequest, target: &Target<'_>) -> Result<Exchange> {
        let encoded = encode::request(request, target)?;
        Ok(Exchange {
            request: post(target, body_text(encoded.body, request, PROFILE.id)?)?,
            framing: Framing::of(target.stream, Framing::Sse),
            decoder: Box::new(decode::GeminiDecoder::new(target.seed, encoded.token)),
            warnings: encoded.warnings,
        })
    }

    /// The whole request stands inside the one that counts; on Vertex what counts stands alone (wire
    /// reference, Gemini §7).
    fn count(&self, request: &ChatRequest, target: &Target<'_>) -> Result<Option<Counting>> {
        let encoded = encode::request(request, target)?;
        let body = body_text(encoded.body, request, PROFILE.id)?;
        let body = match is_vertex(target.config) {
            true => only(Some(body), &COUNTED)?,
            false => whole(body, target.model),
        };
        let url = action(target, "countTokens")?;
        Ok(Some(Counting {
            request: with_key(HttpRequest::post_json(url, body), target),
            field: "totalTokens",
        }))
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

    fn embed(&self, request: &ChatRequest, target: &Target<'_>, shape: Shape) -> Result<Exchange> {
        embed::exchange(request, target, shape)
    }

    fn error(&self, head: &ResponseHead, body: &str) -> Error {
        error::of_response(head, body)
    }

    fn health(&self, target: &Target<'_>) -> HttpRequest {
        // What cannot stand in a path is told by the first call.
        let base = |_| target.config.base_url.as_str().to_string();
        if is_vertex(target.config) {
            // A list proves neither project nor location (wire reference, Gemini §8).
            let model = target.config.model.as_deref().or(PROFILE.default_model);
            let target = Target {
                model: target.config.sent(model.unwrap_or_default()),
                ..*target
            };
            let url = action(&target, "countTokens").unwrap_or_else(base);
            return with_key(HttpRequest::post_json(url, PROBE.into()), &target);
        }
        let mut url = root(target).unwrap_or_else(base);
        url.push_str("/models?pageSize=1");
        with_key(HttpRequest::get(url), target)
    }

    fn list_models(&self, target: &Target<'_>, after: Option<&str>) -> Result<HttpRequest> {
        let mut url = match is_vertex(target.config) {
            true => vertex_list(target),
            false => root(target)? + "/models?pageSize=1000",
        };
        if let Some(after) = after {
            url.push_str("&pageToken=");
            url.push_str(&encode_segment(after));
        }
        Ok(with_key(HttpRequest::get(url), target))
    }

    fn listed(&self, list: &str) -> Result<Page> {
        models::page(list)
    }
}

/// Something to count, which costs nothing.
const PROBE: &str = r#"{"contents":[{"role":"user","parts":[{"text":"x"}]}]}"#;

/// What Vertex counts.
const COUNTED: [&str; 4] = ["contents", "systemInstruction", "tools", "generationConfig"];

/// A body as the one field of another.
fn whole(body: Vec<u8>, model: &str) -> Vec<u8> {
    let body = String::from_utf8(body).unwrap_or_default();
    let folder = if text::has(model, "/") { "" } else { "models/" };
    let mut named = Writer::default();
    named.string(&text::concat(&[folder, model]));
    let parts = [
        r#"{"generateContentRequest":{"model":"#,
        &named.finish(),
        ",",
        body.get(1..).unwrap_or_default(),
        "}",
    ];
    text::concat(&parts).into_bytes()
}

/// The `POST` of a chat. The key stands in the one header the API lets
/// browsers send; any other custom header would fail the preflight (wire
/// reference, Gemini §1).
fn post(target: &Target<'_>, body: Vec<u8>) -> Result<HttpRequest> {
    let method = match target.stream {
        true => "streamGenerateContent?alt=sse",
        false => "generateContent",
    };
    let url = action(target, method)?;
    Ok(with_key(HttpRequest::post_json(url, body), target))
}

/// Adds the key, or the access token of a project.
fn with_key(request: HttpRequest, target: &Target<'_>) -> HttpRequest {
    let Some(key) = target.key else {
        return request;
    };
    if target.config.cloud == CloudAccess::Project {
        return request.bearer(key);
    }
    request.header(Header::secret("x-goog-api-key", key.expose().to_string()))
}

/// The address with the version of the API.
fn root(target: &Target<'_>) -> Result<String> {
    let config = target.config;
    let base = config.base_url.as_str();
    let version = config.api_version.as_deref();
    let version = version.filter(|_| !config.custom_base_url);
    // The default address ends with the default version.
    let kept = version.and_then(|_| text::rsplit_once(base, b'/'));
    let mut url = kept.map_or(base, |(kept, _)| kept).to_string();
    if let Some(version) = version {
        push_segment(&mut url, "api_version", version)?;
    }
    Ok(url)
}

/// The address of something that is done with the target's model, such as `countTokens`.
fn action(target: &Target<'_>, name: &str) -> Result<String> {
    let mut url = root(target)?;
    push_model(&mut url, target)?;
    url.push(':');
    url.push_str(name);
    Ok(url)
}

fn push_model(url: &mut String, target: &Target<'_>) -> Result<()> {
    #[cfg(feature = "vertex")]
    if is_vertex(target.config) {
        return vertex::push_model(url, target);
    }
    // `gemini-x` lies under `models/`; a name with a slash is a path of its own.
    if !text::has(target.model, "/") {
        url.push_str("/models");
    }
    push_path(url, target.model)
}

/// Vertex AI lists Google's models in its beta alone, and in smaller pages.
fn vertex_list(target: &Target<'_>) -> String {
    let base = target.config.base_url.as_str();
    let own = base
        .strip_suffix("/v1")
        .filter(|_| !target.config.custom_base_url);
    let (base, beta) = own.map_or((base, ""), |base| (base, "/v1beta1"));
    text::concat(&[base, beta, "/publishers/google/models?pageSize=100"])
}

/// Adds a name of several segments.
fn push_path(url: &mut String, name: &str) -> Result<()> {
    for part in name.split('/') {
        push_segment(url, "model", part)?;
    }
    Ok(())
}

/// Whether a provider is reached through Vertex AI.
fn is_vertex(config: &ProviderConfig) -> bool {
    config.cloud != CloudAccess::None
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
