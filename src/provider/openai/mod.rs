//! OpenAI, and every server that speaks its dialect.
//!
//! Two codecs, one provider: `chat` (Chat Completions: older models and all
//! compatible servers) and `responses` (newer models). `traits` chooses by
//! model (wire reference, OpenAI §2).

mod answer;
mod cache;
mod chat;
mod content;
mod embed;
mod encoder;
mod error;
mod models;
mod presets;
mod responses;
mod schema;
mod tokens;
mod traits;

use super::body::only;
use super::{Counting, Exchange, Page, Profile, Provider, Shape, Target, fault};
use crate::chat::ChatRequest;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Header, HttpRequest, ResponseHead};

/// The provider.
#[derive(Debug)]
pub(super) struct OpenAi;

static PROFILE: Profile = Profile {
    id: "openai",
    aliases: &[],
    telemetry_name: "openai",
    key_variable: Some("OPENAI_API_KEY"),
    needs_key: true,
    base_url: "https://api.openai.com/v1",
    copied_paths: &[],
    presets: &presets::PRESETS,
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
    embeddings: Some(&embed::EMBEDDINGS),
    tokens: &tokens::TOKENS,
    server: None,
    usage_option: Some("stream_options"),
    rate_headers: &fault::RATE_HEADERS,
    cloud: None,
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

    /// A request to the Responses API, whatever endpoint the model is on; compatible servers have no
    /// such endpoint, unless they are said to speak Responses.
    fn count(&self, request: &ChatRequest, target: &Target<'_>) -> Result<Option<Counting>> {
        if !traits::official(target) && !traits::on_responses(target) {
            return Ok(None);
        }
        let exchange = responses::exchange(request, target)?;
        let body = only(exchange.request.body, &COUNTED)?;
        Ok(Some(Counting {
            request: post(target, "/responses/input_tokens", body),
            field: "input_tokens",
        }))
    }

    fn embed(&self, request: &ChatRequest, target: &Target<'_>, shape: Shape) -> Result<Exchange> {
        embed::exchange(request, target, shape)
    }

    fn error(&self, head: &ResponseHead, body: &str) -> Error {
        error::of_response(head, body)
    }

    fn health(&self, target: &Target<'_>) -> HttpRequest {
        let get = HttpRequest::get(target.config.base_url.join("/models"));
        with_headers(get, target)
    }

    fn list_models(&self, target: &Target<'_>, _: Option<&str>) -> Result<HttpRequest> {
        Ok(self.health(target))
    }

    fn listed(&self, list: &str) -> Result<Page> {
        models::page(list)
    }

    /// A restricted key may not list, and calls all the same (wire reference, OpenAI §1); a
    /// country that is not served has a code of its own.
    fn is_healthy(&self, refusal: &Error) -> bool {
        refusal.status == Some(403)
            && refusal.kind == ErrorKind::Permission
            && refusal.code.as_deref() != Some("unsupported_country_region_territory")
    }
}

/// What the endpoint that counts takes: the Responses body without what concerns the answer alone
/// (wire reference, OpenAI §1, and the official package's types).
const COUNTED: [&str; 11] = [
    "model",
    "instructions",
    "input",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning",
    "text",
    "truncation",
    "conversation",
    "previous_response_id",
];

/// A `POST` to a path of the API.
fn post(target: &Target<'_>, path: &str, body: Vec<u8>) -> HttpRequest {
    let post = HttpRequest::post_json(target.config.base_url.join(path), body);
    with_headers(post, target)
}

/// The headers of the API (wire reference, OpenAI §1).
fn with_headers(mut request: HttpRequest, target: &Target<'_>) -> HttpRequest {
    if let Some(key) = target.key {
        request = request.bearer(key);
    }
    let config = target.config;
    for (name, value) in [
        ("openai-organization", &config.org_id),
        ("openai-project", &config.project),
    ] {
        if let Some(value) = value {
            request = request.header(Header::plain(name, value.as_str()));
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{ChatResponse, Events};
    use crate::config::{Config, Host};
    use crate::framing::Frame;
    use crate::provider::{Decoder, Progress};

    /// The body, then a line for each warning; or the error.
    pub(super) fn told(exchange: Result<Exchange>) -> String {
        let exchange = match exchange {
            Ok(exchange) => exchange,
            Err(error) => return error.to_string(),
        };
        let mut text = String::from_utf8(exchange.request.body.unwrap_or_default()).unwrap();
        for warning in exchange.warnings {
            let field = warning.field.unwrap_or_default();
            text += &format!("\n! {field}: {}", warning.message);
        }
        text
    }

    /// The answer of some frames, streamed or one document.
    pub(super) fn read(
        decoder: &mut dyn Decoder,
        frames: &[&str],
        whole: bool,
    ) -> Result<ChatResponse, String> {
        let mut events = Events::new();
        for frame in frames {
            let frame = if whole {
                Frame::Document(frame)
            } else {
                Frame::Event {
                    name: "message",
                    data: frame,
                }
            };
            let taken = decoder.frame(frame, &mut events);
            taken.map_err(|error| error.to_string())?;
        }
        assert_ne!(decoder.progress(), Progress::Open);
        let mut response = ChatResponse::new("openai", "asked");
        response.extend(&events);
        response.close();
        Ok(response)
    }

    /// What a caller sees of an answer, in lines.
    pub(super) fn shown(response: &ChatResponse) -> String {
        let metadata = &response.metadata;
        let state = response.message.provider_state.as_ref();
        let mut text = format!(
            "{} {:?} {:?}",
            response.model, response.stream.finish_reason, metadata.raw_finish_reason
        );
        text += &format!("\ntext {:?}", response.message.content.joined(""));
        text += &format!("\nthinking {:?}", response.message.thinking);
        for call in &response.message.tool_calls {
            text += &format!(
                "\ncall {} {}({})",
                call.id, call.function.name, call.function.arguments
            );
        }
        for block in state.iter().flat_map(|state| &state.blocks) {
            text += &format!("\nstate {block:?}");
        }
        let usage = response.usage;
        text += &format!(
            "\nusage {} + {} estimated {}",
            usage.prompt_tokens, usage.completion_tokens, usage.estimated
        );
        for warning in &metadata.warnings {
            text += &format!("\n! {}", warning.code);
        }
        for (key, value) in &metadata.extra {
            text += &format!("\nextra {key} {value:?}");
        }
        text
    }

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
        let inner = &provider[1..provider.len() - 1];
        let comma = if inner.is_empty() { "" } else { "," };
        let text =
            format!(r#"{{"providers":{{"openai":{{"api_key":"sk-test-key"{comma}{inner}}}}}}}"#);
        let host = Host::default();
        let config = Config::from_json(&text, &host).unwrap();
        then(&Target {
            config: &config.providers[0],
            model,
            known: config.models.find("openai", model).as_ref(),
            key: None,
            stream: false,
            seed: 7,
        })
    }
}
