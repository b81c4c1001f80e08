//! Recorded requests, read into our vocabulary and written anew.

#![allow(
    unreachable_pub,
    missing_docs,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a module of one test binary"
)]

mod claude;
mod fields;
pub mod followed;
mod gemini;
mod ollama;
mod openai_chat;
mod place;
pub mod report;
mod responses;
pub mod rules;
pub mod same;
pub mod spoil;
mod substance;
mod talk;
mod words;

use std::fs;

use aircher_llm::chat::{ChatRequest, Warning};
use aircher_llm::error::Error;
use aircher_llm::provider::{Exchange, Target};
use serde_json::Value;

use crate::support::config;
use fields::Unsayable;
use place::Place;
use rules::{Pair, RULES};
use talk::{Received, Talk};

/// The forms of a chat request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Chat,
    Responses,
    Claude,
    Gemini,
    Ollama,
}

impl Dialect {
    fn of_endpoint(endpoint: &str) -> Option<Self> {
        Some(match endpoint {
            "chat.completions" | "v1.chat.completions" => Self::Chat,
            "responses" => Self::Responses,
            "messages" => Self::Claude,
            "generateContent" | "streamGenerateContent" => Self::Gemini,
            "api.chat" => Self::Ollama,
            _ => return None,
        })
    }

    pub fn kind(self) -> &'static str {
        match self {
            Self::Chat | Self::Responses => "openai",
            Self::Claude => "claude",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
        }
    }

    /// The part of a provider's configuration that chooses the dialect.
    fn api(self) -> &'static str {
        match self {
            Self::Chat => r#","api":"chat""#,
            Self::Responses => r#","api":"responses""#,
            _ => "",
        }
    }

    fn read(self, talk: &mut Talk, body: Value) -> Result<(), Unsayable> {
        match self {
            Self::Chat => openai_chat::read(talk, body),
            Self::Responses => responses::read(talk, body),
            Self::Claude => claude::read(talk, body),
            Self::Gemini => gemini::read(talk, body),
            Self::Ollama => ollama::read(talk, body),
        }
    }
}

/// A recorded request with a body.
#[derive(Clone)]
pub struct Recorded {
    pub id: String,
    pub dialect: Dialect,
    pub body: Value,
    /// The model as named in the body or the path.
    pub model: String,
    tagged: bool,
    answer: Received,
    /// What the provider answered.
    pub status: u64,
    /// Whether the answer was streamed, where the body does not say it.
    streams: bool,
    /// Where it was sent.
    place: Place,
    /// Base64 was cut out of it.
    pub elided: bool,
}

impl Recorded {
    /// All chat requests of a folder that have a body, by name; `None` when there is no such folder.
    pub fn read_all(folder: &str) -> Option<Vec<Self>> {
        let entries = fs::read_dir(folder).ok()?;
        let mut paths: Vec<_> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        paths.retain(|path| path.extension().is_some_and(|it| it == "json"));
        paths.sort();
        let texts = paths.iter().map(|path| fs::read_to_string(path).unwrap());
        Some(texts.filter_map(|text| Self::read(&text)).collect())
    }

    fn read(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).unwrap();
        let endpoint = value["endpoint"].as_str()?;
        let dialect = Dialect::of_endpoint(endpoint)?;
        let mut body = value["request"]["body"].clone();
        if !body.is_object() {
            return None;
        }
        let elided = words::without_elisions(&mut body) > 0;
        let provider = value["provider"].as_str().unwrap_or_default();
        let path = value["request"]["path"].as_str().unwrap_or_default();
        let in_path = path.split_once("/models/").map(|(_, rest)| rest);
        let in_path = in_path.and_then(|rest| rest.split([':', '?', '/']).next());
        let model = body["model"].as_str().or(in_path).unwrap_or_default();
        Some(Self {
            id: value["id"].as_str()?.to_string(),
            dialect,
            model: model.to_string(),
            tagged: value["tags"].as_array()?.contains(&"tool-result".into()),
            answer: Received {
                body: value["response"]["body"].as_str()?.to_string(),
                streamed: value["expect"].get("stream").is_some(),
            },
            status: value["response"]["status"].as_u64().unwrap_or(200),
            streams: endpoint == "streamGenerateContent",
            place: Place::of(dialect, provider, path),
            elided,
            body,
        })
    }

    /// What went before the last message.
    pub fn history(&self) -> History {
        let text = self.body.to_string();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        History {
            tagged: self.tagged,
            results: has(&[
                r#""role":"tool""#,
                r#""function_call_output""#,
                r#""tool_result""#,
                r#""functionResponse""#,
                r#""function_response""#,
            ]),
            thinking: has(&[
                r#""type":"thinking""#,
                r#""type":"redacted_thinking""#,
                r#""type":"reasoning""#,
                r#""thoughtSignature""#,
                r#""thought_signature""#,
                r#""thought":true"#,
                r#""thinking":""#,
                r#""reasoning":""#,
            ]),
        }
    }

    /// The request in our words and its body by our encoder.
    ///
    /// # Errors
    /// Why there is none.
    pub fn rewritten(&self) -> Result<Rewritten, Never> {
        self.rewritten_after(None)
    }

    /// The same with an answer as it was received, in place of the turn of that number.
    fn rewritten_after(&self, received: Option<(usize, Received)>) -> Result<Rewritten, Never> {
        let mut talk = Talk::new(self.dialect, &self.model);
        talk.received = received;
        let mut body = self.body.clone();
        if self.dialect == Dialect::Gemini {
            words::camel_case(&mut body);
        }
        let read = self.dialect.read(&mut talk, body);
        read.map_err(Never::Unsayable)?;
        let (url, body, warnings) = self.encoded(&talk.json()).map_err(Never::Refused)?;
        let mut options: Vec<_> = talk.options.keys().cloned().collect();
        options.retain(|key| !talk.said.contains(&key.as_str()));
        Ok(Rewritten {
            url,
            body,
            warnings,
            options,
            said: talk.said,
            decoded: talk.decoded,
            states: talk
                .messages
                .iter()
                .filter(|it| it.get("provider_state").is_some())
                .count(),
        })
    }

    fn encoded(&self, request: &Value) -> Result<(String, Value, Vec<Warning>), String> {
        let told = |error: Error| error.message.clone();
        let request = ChatRequest::from_json(&request.to_string()).map_err(told)?;
        request.check().map_err(told)?;
        let exchange = self.exchange(&request).map_err(told)?;
        let body = exchange.request.body.as_deref().unwrap_or_default();
        let body = serde_json::from_slice(body).unwrap();
        Ok((exchange.request.url, body, exchange.warnings))
    }

    fn exchange(&self, request: &ChatRequest) -> Result<Exchange, Error> {
        let (kind, api) = (self.dialect.kind(), self.dialect.api());
        let place = self.place.settings();
        let client = config(&format!(r#"{{"providers":{{"{kind}":{{{place}{api}}}}}}}"#));
        let provider = &client.config.providers[0];
        let known = aircher_llm::model::find(kind, &self.model);
        let target = Target {
            config: provider,
            model: &self.model,
            known: known.as_ref(),
            key: None,
            stream: request.stream.unwrap_or(self.streams),
            seed: 1,
        };
        provider.kind.encode(request, &target)
    }

    /// Compares a body with ours.
    ///
    /// # Errors
    /// What is different.
    pub fn compared(&self, body: &Value, ours: &Rewritten) -> Result<Sameness, Vec<String>> {
        let (recorded, normalised) = same::normalised(self.dialect, body);
        let mut pair = Pair {
            recorded,
            ours: same::normalised(self.dialect, &ours.body).0,
            warnings: ours.warnings.clone(),
        };
        let mut rules = Vec::new();
        let mut left = same::differences(&pair.recorded, &pair.ours);
        for rule in RULES.iter().filter(|rule| rule.is_of(self.dialect)) {
            if left.is_empty() {
                break;
            }
            rule.apply(&mut pair);
            let now = same::differences(&pair.recorded, &pair.ours);
            if now != left {
                rules.push(rule.name);
                left = now;
            }
        }
        left.extend(substance::lost(body, &ours.body));
        left.extend(self.place.differs(&ours.url));
        if left.is_empty() {
            return Ok(Sameness { normalised, rules });
        }
        Err(left)
    }
}

/// What went before the last message.
pub struct History {
    /// The recordings' own word for tool results.
    pub tagged: bool,
    /// A tool has answered.
    pub results: bool,
    /// The model has reasoned.
    pub thinking: bool,
}

/// Why a recorded request is not written anew.
pub enum Never {
    /// Our vocabulary has no words for it.
    Unsayable(String),
    /// We refuse to send it.
    Refused(String),
}

/// A recorded request in our words, encoded.
pub struct Rewritten {
    pub url: String,
    pub body: Value,
    pub warnings: Vec<Warning>,
    /// The fields that went through `provider_options`.
    pub options: Vec<String>,
    /// Defaults of the API that had to be said.
    pub said: Vec<&'static str>,
    /// How many turns our decoders read.
    pub decoded: usize,
    /// How many of them hold `provider_state`.
    pub states: usize,
}

/// How much had to be done until both were the same.
pub struct Sameness {
    /// Normalisations that changed the recorded body.
    pub normalised: Vec<&'static str>,
    /// Rules without which they would differ.
    pub rules: Vec<&'static str>,
}
