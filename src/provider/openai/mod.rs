//! OpenAI, and every server that speaks its dialect.
//!
//! Two codecs, one provider: `chat` (Chat Completions: older models and all
//! compatible servers) and `responses` (newer models). `traits` chooses by
//! model (wire reference, OpenAI §2).

mod chat;
mod error;
mod traits;

use super::{Exchange, Profile, Provider, Target};
use crate::chat::ChatRequest;
use crate::error::{Error, Result};
use crate::http::{Header, HttpRequest, ResponseHead};

/// The provider.
#[derive(Debug)]
pub(super) struct OpenAi;

static PROFILE: Profile = Profile {
    id: "openai",
    aliases: &[],
    key_variable: Some("OPENAI_API_KEY"),
    needs_key: true,
    base_url: "https://api.openai.com/v1",
    default_model: Some("gpt-6-luna"),
    model_prefixes: &["gpt-", "chatgpt-", "o1", "o3", "o4", "ft:gpt"],
    tagged_models: false,
};

impl Provider for OpenAi {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn encode(&self, request: &ChatRequest, target: &Target<'_>) -> Result<Exchange> {
        chat::exchange(request, target)
    }

    fn error(&self, head: &ResponseHead, body: &str) -> Error {
        error::of_response(head, body)
    }
}

/// A `POST` to a path of the API with its headers (wire reference, OpenAI §1).
fn post(target: &Target<'_>, path: &str, body: Vec<u8>) -> HttpRequest {
    let mut request = HttpRequest::post_json(target.config.base_url.join(path), body);
    if let Some(key) = target.key {
        request = request.header(Header::secret(
            "authorization",
            format!("Bearer {}", key.expose()),
        ));
    }
    if let Some(org_id) = &target.config.org_id {
        request = request.header(Header::plain("openai-organization", org_id.as_str()));
    }
    request
}
