//! Reading recordings and comparing them with what we make of them.

#![allow(
    unreachable_pub,
    missing_docs,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a module of one test binary"
)]

pub mod counts;
pub mod cuts;
mod glued;
pub mod laws;
pub mod lists;
pub mod managed;
pub mod prices;
mod token;
mod usage;

use std::collections::BTreeMap;
use std::fs;

use aircher_llm::chat::{ChatRequest, ChatResponse};
use aircher_llm::error::{Error, ErrorKind};
use aircher_llm::http::ResponseHead;
use aircher_llm::provider::{Exchange, Target};
use aircher_llm::run::{Call, CallOptions, Client};
use serde_json::Value;

use crate::support::{Answer, FakeEnv, Step, config};

/// One recorded exchange.
#[derive(Clone)]
pub struct Recording {
    pub id: String,
    pub provider: String,
    pub endpoint: String,
    /// The path that was asked for.
    pub path: String,
    pub tags: Vec<String>,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub expect: Value,
    /// The model the request named.
    pub asked: String,
}

/// What a recording became.
pub type Outcome = Result<ChatResponse, Error>;

/// The fields of an expectation that are compared.
pub const FIELDS: [&str; 8] = [
    "text",
    "thinking",
    "refusal",
    "tool_calls",
    "finish_reason",
    "usage",
    "model",
    "message",
];

/// The dialect a recording is read in: a provider's configuration, by endpoint.
fn dialect(endpoint: &str) -> Option<(&'static str, &'static str)> {
    Some(match endpoint {
        "chat.completions" | "v1.chat.completions" => ("openai", r#""api":"chat""#),
        "responses" => ("openai", r#""api":"responses""#),
        "messages" => ("claude", ""),
        "generateContent" | "streamGenerateContent" => ("gemini", ""),
        "api.chat" => ("ollama", ""),
        _ => return None,
    })
}

impl Recording {
    /// All recordings of a folder, by name; `None` when there is no such folder.
    pub fn read_all(folder: &str) -> Option<Vec<Self>> {
        let mut paths: Vec<_> = fs::read_dir(folder)
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        paths.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        });
        paths.sort();
        Some(
            paths
                .iter()
                .map(|path| Self::read(&fs::read_to_string(path).unwrap()))
                .collect(),
        )
    }

    fn read(text: &str) -> Self {
        let value: Value = serde_json::from_str(text).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let headers = value["response"]["headers"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let header = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| text(&value[0]), str::to_string)
        };
        Self {
            id: text(&value["id"]),
            provider: text(&value["provider"]),
            endpoint: text(&value["endpoint"]),
            path: text(&value["request"]["path"]),
            tags: value["tags"].as_array().unwrap().iter().map(text).collect(),
            status: value["response"]["status"].as_u64().unwrap_or(200) as u16,
            headers: headers
                .iter()
                .map(|(name, value)| (name.to_lowercase(), header(value)))
                .collect(),
            body: last_answer(text(&value["response"]["body"])),
            expect: value["expect"].clone(),
            asked: prices::asked(&value),
        }
    }

    /// Whether this build has the provider.
    pub fn is_built(&self) -> bool {
        dialect(&self.endpoint)
            .is_some_and(|(kind, _)| aircher_llm::provider::of_kind(kind).is_some())
    }

    pub fn is_stream(&self) -> bool {
        self.expect.get("stream").is_some() && self.status < 400
    }

    /// The same recording with one character of a field of its expectation changed.
    pub fn spoiled(&self, field: &str) -> Option<Self> {
        let mut spoiled = self.clone();
        spoil(spoiled.expect.get_mut(field)?).then_some(spoiled)
    }

    fn client(&self) -> std::rc::Rc<Client> {
        let (kind, extra) = dialect(&self.endpoint).unwrap();
        let comma = if extra.is_empty() { "" } else { "," };
        let key = match self.id.starts_with("vertex-") {
            true => r#""access_token":null,"project":"p""#,
            false => r#""api_key":null"#,
        };
        config(&format!(
            r#"{{"providers":{{"{kind}":{{"base_url":"http://localhost",{key},"model":"m"{comma}{extra}}}}}}}"#
        ))
    }

    /// Whether a token endpoint has answered it.
    pub fn is_token(&self) -> bool {
        self.endpoint == "oauth.token"
    }

    /// The exchange that reads this recording's answer.
    pub fn exchange(&self) -> Exchange {
        let client = self.client();
        let provider = &client.config.providers[0];
        let target = Target {
            config: provider,
            model: "m",
            known: None,
            key: None,
            stream: self.is_stream(),
            seed: 1,
        };
        provider.kind.encode(&hello(), &target).unwrap()
    }

    /// The answer through the whole call.
    pub fn outcome(&self) -> Outcome {
        let head = ResponseHead {
            status: self.status,
            headers: self.headers.clone(),
            ..ResponseHead::default()
        };
        let steps = vec![Step::Bytes(self.body.clone().into_bytes())];
        let env = FakeEnv::new([Answer {
            head_after_ms: 0,
            head,
            steps,
        }]);
        let options = CallOptions {
            stream: self.is_stream(),
            ..CallOptions::default()
        };
        let mut call = Call::new(env.clone(), self.client(), hello(), options);
        env.run(call.finish()).cloned()
    }
}

/// A few recordings hold the answers of a whole tool conversation one behind the
/// other; the expectation is that of the last.
fn last_answer(body: String) -> String {
    match body.rfind("event: response.created\n") {
        Some(at) => body[at..].to_string(),
        None => body,
    }
}

fn hello() -> ChatRequest {
    ChatRequest::from_json(r#"{"messages":[{"role":"user","content":"hello"}]}"#).unwrap()
}

fn spoil(value: &mut Value) -> bool {
    match value {
        Value::String(text) if !text.is_empty() => {
            let last = if text.ends_with('x') { 'y' } else { 'x' };
            text.pop();
            text.push(last);
            true
        }
        Value::Number(number) => {
            *value = Value::from(number.as_u64().unwrap_or_default() + 1);
            true
        }
        Value::Array(items) => items.last_mut().is_some_and(spoil),
        Value::Object(fields) => {
            let telling = [
                "name",
                "prompt_tokens",
                "input_tokens",
                "promptTokenCount",
                "prompt_eval_count",
            ];
            telling
                .iter()
                .any(|key| fields.get_mut(*key).is_some_and(spoil))
        }
        _ => false,
    }
}

/// Prints how many recordings there are of each endpoint.
pub fn print_endpoints(title: &str, recordings: &[&Recording]) {
    let mut counts = BTreeMap::new();
    recordings
        .iter()
        .for_each(|recording| *counts.entry(recording.endpoint.as_str()).or_insert(0) += 1);
    println!("{title}: {} {counts:?}", recordings.len());
}

/// What differs between a recording's expectation and our answer; `None` when nothing does.
pub fn compare(recording: &Recording) -> Option<Vec<String>> {
    if let Some(answers) = glued::apart(recording) {
        let mut differences = glued::unlike_the_reference(recording);
        differences.extend(answers.iter().filter_map(compare).flatten());
        return (!differences.is_empty()).then_some(differences);
    }
    if recording.is_token() {
        return token::compare(recording);
    }
    let mut differences = Vec::new();
    let outcome = recording.outcome();
    if recording.expect["kind"] == "error" {
        match &outcome {
            Ok(_) => differences.push("an error became an answer".to_string()),
            Err(error) => compare_error(error, &recording.expect, &mut differences),
        }
    } else {
        compare_chat(recording, &outcome, &mut differences);
    }
    (!differences.is_empty()).then_some(differences)
}

fn compare_error(error: &Error, expect: &Value, differences: &mut Vec<String>) {
    if let Some(message) = expect["message"].as_str() {
        let cut: String = message.chars().take(500).collect();
        differ(
            "message",
            &cut,
            &error.provider_message.clone().unwrap_or_default(),
            differences,
        );
    }
    // A numeric code repeats the status; the type is then the telling word.
    let word = [&expect["code"], &expect["type"]]
        .into_iter()
        .find_map(Value::as_str);
    if let Some(word) = word {
        differ(
            "code",
            &word.to_string(),
            &error.code.clone().unwrap_or_default(),
            differences,
        );
    }
    if let Some(status) = expect["status"].as_u64() {
        differ("status", &Some(status as u16), &error.status, differences);
    }
    if let Some(id) = expect["request_id"].as_str() {
        differ(
            "request_id",
            &Some(id.to_string()),
            &error.request_id,
            differences,
        );
    }
    if matches!(
        error.kind,
        ErrorKind::Unknown | ErrorKind::InvalidResponse | ErrorKind::StreamInterrupted
    ) {
        differences.push(format!("kind: {error}"));
    }
}

fn compare_chat(recording: &Recording, outcome: &Outcome, differences: &mut Vec<String>) {
    let expect = &recording.expect;
    let partial = match outcome {
        Ok(response) => response.clone(),
        Err(error) => error
            .partial
            .clone()
            .unwrap_or_else(|| ChatResponse::new("", "")),
    };
    match (outcome, expect.get("error")) {
        (Ok(response), Some(_)) => {
            let kept = response
                .metadata
                .extra
                .iter()
                .any(|(key, _)| key == "error");
            if !kept {
                differences.push("an error inside the answer was lost".into());
            }
        }
        (Err(error), Some(expected)) => compare_error(error, expected, differences),
        (Err(error), None) if !ends_without_terminal(recording, error) => {
            differences.push(format!("error: {error}"))
        }
        _ => {}
    }
    let message = &partial.message;
    differ(
        "text",
        &or_empty(&expect["text"]),
        &message.content.joined(""),
        differences,
    );
    differ(
        "thinking",
        &or_empty(&expect["thinking"]),
        &message.thinking.clone().unwrap_or_default(),
        differences,
    );
    differ(
        "refusal",
        &or_empty(&expect["refusal"]),
        &message.refusal.clone().unwrap_or_default(),
        differences,
    );
    compare_calls(recording, &partial, differences);
    if outcome.is_ok() {
        differ(
            "finish",
            &expected_finish(expect),
            &partial
                .metadata
                .raw_finish_reason
                .clone()
                .unwrap_or_default(),
            differences,
        );
    }
    if let Some(model) = expect["model"]
        .as_str()
        .filter(|model| !model.is_empty() && has_events(outcome))
    {
        differ("model", &model.to_string(), &partial.model, differences);
    }
    usage::compare(recording, &partial, outcome.is_ok(), differences);
}

/// Before the first event an error has no partial answer to compare a model in.
fn has_events(outcome: &Outcome) -> bool {
    outcome
        .as_ref()
        .map_or_else(|error| error.partial.is_some(), |_| true)
}

/// A recording that stops before its end is rightly an interrupted stream.
fn ends_without_terminal(recording: &Recording, error: &Error) -> bool {
    let expect = &recording.expect;
    let ended = expect["finish_reason"].is_string()
        || expect["stream"]["done_marker"] == true
        || expect["block_reason"].is_string();
    recording.is_stream() && error.kind == ErrorKind::StreamInterrupted && !ended
}

fn or_empty(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

/// A blocked prompt has no finish reason of its own.
fn expected_finish(expect: &Value) -> String {
    let reason = [&expect["finish_reason"], &expect["block_reason"]]
        .into_iter()
        .find_map(Value::as_str);
    reason.unwrap_or_default().to_string()
}

fn compare_calls(recording: &Recording, response: &ChatResponse, differences: &mut Vec<String>) {
    let empty = Vec::new();
    let expected = recording.expect["tool_calls"].as_array().unwrap_or(&empty);
    // Calls of custom tools are kept raw (wire reference, OpenAI §4).
    let expected: Vec<_> = expected
        .iter()
        .filter(|call| call["kind"] != "custom")
        .collect();
    let ours = &response.message.tool_calls;
    differ(
        "number of tool calls",
        &expected.len(),
        &ours.len(),
        differences,
    );
    for (expected, ours) in expected.iter().zip(ours) {
        if let Some(id) = expected["id"].as_str().filter(|id| !id.is_empty()) {
            differ("call id", &id.to_string(), &ours.id, differences);
        }
        let name = or_empty(&expected["name"]);
        // One server repeats id and name in every fragment; the reference joins the
        // names, but the request offers no such function.
        if name != ours.function.name.repeat(2) {
            differ("call name", &name, &ours.function.name, differences);
        }
        match serde_json::from_str::<Value>(&ours.function.arguments) {
            Ok(arguments) => differ("arguments", &expected["arguments"], &arguments, differences),
            Err(_) => differ(
                "raw arguments",
                &or_empty(&expected["arguments_raw"]),
                &ours.function.arguments,
                differences,
            ),
        }
    }
}

pub fn differ<T: PartialEq + std::fmt::Debug>(
    what: &str,
    expected: &T,
    ours: &T,
    differences: &mut Vec<String>,
) {
    if expected != ours {
        let cut = |value: &T| format!("{value:?}").chars().take(300).collect::<String>();
        differences.push(format!(
            "{what}: expected {} got {}",
            cut(expected),
            cut(ours)
        ));
    }
}
