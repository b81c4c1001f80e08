//! To whom the requests are sent: every dialect, with newest, cheap and old models.

use aircher_llm::chat::{ChatRequest, Warning};
use aircher_llm::error::Result;
use aircher_llm::model::{Model, Registry};
use aircher_llm::provider::{Target, inline};
use serde_json::{Map, Value};

use crate::support::config;

/// A model and the configuration it is reached by.
#[derive(Clone, Copy, Debug)]
pub struct Speaker {
    /// The provider, or where it has several, the endpoint.
    pub dialect: &'static str,
    /// The model's id.
    pub model: &'static str,
    /// Keys of the provider's configuration, as the inside of a JSON object.
    config: &'static str,
}

const fn speaker(dialect: &'static str, model: &'static str, config: &'static str) -> Speaker {
    Speaker {
        dialect,
        model,
        config,
    }
}

const CHAT: &str = r#""api":"chat""#;
const RESPONSES: &str = r#""api":"responses""#;
const SERVER: &str = r#""base_url":"http://localhost:8000/v1""#;

const SERVER_OF_RESPONSES: &str = r#""base_url":"http://localhost:8000/v1","api":"responses""#;

/// Everybody who gets every request.
pub const SPEAKERS: &[Speaker] = &[
    speaker("openai-responses", "gpt-6-luna", ""),
    speaker("openai-responses", "gpt-6-astra", ""),
    speaker("openai-responses", "gpt-5.4", ""),
    speaker("openai-responses", "o1-pro", ""),
    speaker("openai-responses", "gpt-4.1-mini", RESPONSES),
    speaker("openai-responses", "gpt-oss-20b", SERVER_OF_RESPONSES),
    speaker("openai-chat", "gpt-5.6-luna", CHAT),
    speaker("openai-chat", "gpt-5-mini", ""),
    speaker("openai-chat", "o3", ""),
    speaker("openai-chat", "gpt-4o", ""),
    speaker("openai-chat", "gpt-3.5-turbo", ""),
    speaker("openai-chat", "gpt-5-chat", ""),
    speaker("openai-chat", "gpt-audio", ""),
    speaker("openai-compatible", "llama-3.3-70b", SERVER),
    speaker("claude", "claude-sonnet-5-5", ""),
    speaker("claude", "claude-haiku-5-5", ""),
    speaker("claude", "claude-fable-5-2", ""),
    speaker("claude", "claude-opus-4-6", ""),
    speaker("claude", "claude-haiku-4-5", ""),
    speaker("claude", "claude-3-haiku", ""),
    speaker("claude", "claude-unheard-of-9", ""),
    speaker("claude", "claude-2.1", ""),
    speaker("gemini", "gemini-4-hydrogen", ""),
    speaker("gemini", "gemini-3.8-flash", ""),
    speaker("gemini", "gemini-3.1-pro-preview", ""),
    speaker("gemini", "gemini-2.5-flash", ""),
    speaker("gemini", "gemini-2.5-pro", ""),
    speaker("gemini", "gemini-2.0-flash", ""),
    speaker("gemini", "gemma-3-27b-it", ""),
    speaker("ollama", "qwen3", ""),
    speaker("ollama", "gpt-oss", ""),
    speaker("ollama", "llama3.1", ""),
    speaker("ollama", "llava", ""),
    speaker("ollama", "unheard-of:8b", ""),
];

/// A request as it would leave.
pub struct Sent {
    /// The path tells the endpoint.
    pub url: String,
    pub body: String,
    pub warnings: Vec<Warning>,
    /// The addresses whose files were put into the request first.
    pub fetched: Vec<String>,
}

impl Speaker {
    /// The provider's id.
    pub fn provider(&self) -> &'static str {
        self.dialect.split('-').next().unwrap()
    }

    /// The configuration, with more keys for the provider.
    pub fn config(&self, more: &Map<String, Value>) -> String {
        let own = format!(
            r#"{{"api_key":"sk-test-key"{}{}}}"#,
            comma(self.config),
            self.config
        );
        let mut own: Map<String, Value> = serde_json::from_str(&own).unwrap();
        own.extend(more.clone());
        serde_json::json!({ "providers": { self.provider(): own } }).to_string()
    }

    /// The request in this dialect, or why it is refused.
    pub fn encode(&self, request: &str, more: &Map<String, Value>) -> Result<Sent> {
        let mut request = ChatRequest::from_json(request)?;
        request.check()?;
        let config = config(&self.config(more));
        let provider = &config.config.providers[0];
        let known = self.known();
        let target = Target {
            config: provider,
            model: self.model,
            known: known.as_ref(),
            key: None,
            stream: request.stream.unwrap_or(true),
            seed: 1,
        };
        let fetched = provider.kind.to_inline(&request, &target, None);
        let fetched: Vec<String> = fetched.into_iter().map(str::to_string).collect();
        for address in &fetched {
            let (kind, bytes) = what_stands_at(address);
            inline(&mut request, address, Some(kind), bytes)?;
        }
        let exchange = provider.kind.encode(&request, &target)?;
        Ok(Sent {
            url: exchange.request.url,
            body: String::from_utf8(exchange.request.body.unwrap()).unwrap(),
            warnings: exchange.warnings,
            fetched,
        })
    }

    /// Whether the model is not known to be blind.
    pub fn sees_images(&self) -> bool {
        self.known().is_none_or(|model| model.images())
    }

    /// Whether the model is not known to call no functions.
    pub fn calls_functions(&self) -> bool {
        self.known().is_none_or(|model| model.functions())
    }

    fn known(&self) -> Option<Model> {
        Registry::default().find(self.provider(), self.model)
    }

    /// Whether a word of the table means this speaker.
    pub fn is(&self, word: &str) -> bool {
        [self.model, self.dialect, self.provider()].contains(&word)
    }
}

/// The files of the table's addresses.
fn what_stands_at(address: &str) -> (&'static str, &'static [u8]) {
    match address.contains("/cat") {
        true => ("image/png", b"\x89PNG\r\n\x1a\n"),
        false => ("application/pdf", b"%PDF-1.4"),
    }
}

fn comma(text: &str) -> &'static str {
    if text.is_empty() { "" } else { "," }
}
