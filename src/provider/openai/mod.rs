//! OpenAI, and every server that speaks its dialect.
//!
//! Two codecs, one provider: `chat` (Chat Completions: older models and all
//! compatible servers) and `responses` (newer models). `traits` chooses by
//! model (wire reference, OpenAI §2).

mod answer;
mod chat;
mod encoder;
mod error;
mod responses;
mod tokens;
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
    free: false,
    price_factors: &[
        ("batch", 50),
        ("flex", 50),
        ("priority", 200),
        ("ultrafast", 600),
    ],
    billed_options: crate::provider::BilledOptions {
        tier: "service_tier",
        speed: "",
        geo: "",
        candidates: ["n", ""],
    },
    tokens: &tokens::TOKENS,
};

impl Provider for OpenAi {
    fn profile(&self) -> &'static Profile {
        &PROFILE
    }

    fn encode(&self, request: &ChatRequest, target: &Target<'_>) -> Result<Exchange> {
        if traits::on_responses(target) {
            responses::exchange(request, target)
        } else {
            chat::exchange(request, target)
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Host};

    /// OpenAI itself.
    pub(super) fn official() -> &'static str {
        "{}"
    }

    /// What `then` makes of a target of this provider, given its part of a configuration.
    pub(super) fn with_config<T>(
        provider: &str,
        model: &str,
        then: impl FnOnce(&Target<'_>) -> T,
    ) -> T {
        let inner = provider.trim_start_matches('{').trim_end_matches('}');
        let comma = if inner.is_empty() { "" } else { "," };
        let text =
            format!(r#"{{"providers":{{"openai":{{"api_key":"sk-test-key"{comma}{inner}}}}}}}"#);
        let host = Host {
            env: &|_| None,
            page: false,
            origin: None,
            dangerously_allow_browser: false,
        };
        let config = Config::from_json(&text, &host).unwrap();
        then(&Target {
            config: &config.providers[0],
            model,
            known: crate::model::find("openai", model).as_ref(),
            key: None,
            stream: false,
            seed: 7,
        })
    }
}
