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
mod parts;
mod schema;
mod state;
#[cfg(test)]
mod tests;
mod traits;
mod wire;

use super::body::body;
use super::{Exchange, Profile, Provider, Target};
use crate::chat::ChatRequest;
use crate::error::{Error, Result};
use crate::framing::Framing;
use crate::http::{Header, HttpRequest, ResponseHead, encode_segment};

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
};

/// The version the default address ends with.
const DEFAULT_VERSION: &str = "v1beta";

impl Provider for Gemini {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn encode(&self, request: &ChatRequest, target: &Target<'_>) -> Result<Exchange> {
        let mut warnings = Vec::new();
        let wire = encode::request(request, target, &mut warnings)?;
        Ok(Exchange {
            request: post(target, body(&wire, request, PROFILE.id)?)?,
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
    let method = if target.stream {
        "streamGenerateContent?alt=sse"
    } else {
        "generateContent"
    };
    let path = format!("/{}:{method}", model_path(target.model)?);
    let base = &target.config.base_url;
    let version = target.config.api_version.as_deref();
    match version.filter(|_| !target.config.custom_base_url) {
        None => Ok(base.join(&path)),
        Some(version) => {
            let host = base.as_str().trim_end_matches(DEFAULT_VERSION);
            Ok(format!("{host}{}{path}", segment("api_version", version)?))
        }
    }
}

/// `gemini-x` lies under `models/`; a name with a slash is a path of its own.
fn model_path(model: &str) -> Result<String> {
    let segments: Result<Vec<_>> = model
        .split('/')
        .map(|part| segment("model", part))
        .collect();
    let path = segments?.join("/");
    Ok(if model.contains('/') {
        path
    } else {
        format!("models/{path}")
    })
}

/// One segment of a path, which must not lead out of it.
fn segment(field: &str, text: &str) -> Result<String> {
    match text {
        "" | "." | ".." => Err(Error::invalid_request(
            field,
            format!("`{text}` cannot stand in a path"),
        )),
        _ => Ok(encode_segment(text)),
    }
}
