//! Recorded requests of five dialects, read back into ours.

#![allow(
    unreachable_pub,
    missing_docs,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    reason = "a module of test binaries"
)]

mod gemini;
mod messages;
mod openai;

use std::fs;

use aircher_llm::chat::{ChatRequest, ChatResponse, ToolCall};
use aircher_llm::http::ResponseHead;
use aircher_llm::policy::tokens::Family;
use serde_json::{Value, json};

/// One exchange with usage.
pub struct Exchange {
    pub id: String,
    pub kind: &'static str,
    pub model: String,
    pub request: ChatRequest,
    pub answer: ChatResponse,
    /// All input the provider counted; 0 where it did not say.
    pub prompt_tokens: u64,
    /// The output it counted, without reasoning.
    pub answer_tokens: u64,
    /// Whether all of the output was kept as text.
    pub answer_is_whole: bool,
    /// What the provider sent, where it came piece by piece.
    pub stream: Option<Stream>,
}

/// A recorded answer that came piece by piece.
pub struct Stream {
    pub head: ResponseHead,
    /// One event each.
    pub pieces: Vec<Vec<u8>>,
    /// Whether it speaks Chat Completions.
    pub is_chat: bool,
}

impl Exchange {
    pub fn read_all(folder: &str) -> Option<Vec<Self>> {
        let entries = fs::read_dir(folder).ok()?;
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        });
        paths.sort();
        let texts = paths.iter().map(|path| fs::read_to_string(path).unwrap());
        Some(texts.filter_map(|text| Self::read(&text)).collect())
    }

    fn read(text: &str) -> Option<Self> {
        let mut recorded: Value = serde_json::from_str(text).unwrap();
        inflate(&mut recorded["request"]["body"]);
        let (body, usage) = (&recorded["request"]["body"], &recorded["expect"]["usage"]);
        // Of a count nothing but the input is known.
        let counted = recorded["expect"]["tokens"].as_u64();
        if !body.is_object() || !(usage.is_object() || counted.is_some()) {
            return None;
        }
        let path = recorded["request"]["path"].as_str().unwrap();
        let (kind, request, [prompt, answer, reasoning]) =
            match recorded["endpoint"].as_str().unwrap() {
                "chat.completions" | "v1.chat.completions" => {
                    let kind = if recorded["provider"] == "ollama" {
                        "ollama"
                    } else {
                        "openai"
                    };
                    (kind, openai::chat(body), openai::chat_usage(usage))
                }
                "responses" => (
                    "openai",
                    openai::responses(body),
                    openai::responses_usage(usage),
                ),
                "messages" => ("claude", messages::request(body), messages::usage(usage)),
                "generateContent" | "streamGenerateContent" => {
                    ("gemini", gemini::request(body), gemini::usage(usage))
                }
                "count_tokens" => match recorded["provider"].as_str()? {
                    "anthropic" => ("claude", messages::request(body), [counted?, 0, 0]),
                    _ => {
                        let whole = &body["generateContentRequest"];
                        let whole = if whole.is_object() { whole } else { body };
                        ("gemini", gemini::request(whole), [counted?, 0, 0])
                    }
                },
                "api.chat" => ("ollama", openai::ollama(body), openai::ollama_usage(usage)),
                _ => return None,
            };
        let named = body["model"].as_str().map(str::to_string);
        let mut request = request;
        request["max_tokens"] = most_tokens(body);
        let text = request.to_string();
        Some(Self {
            id: recorded["id"].as_str().unwrap().to_string(),
            kind,
            model: named.unwrap_or_else(|| gemini::model(path)),
            request: ChatRequest::from_json(&text)
                .unwrap_or_else(|error| panic!("{}: {error}\n{text}", recorded["id"])),
            answer: assembled(&recorded["expect"]),
            prompt_tokens: prompt,
            answer_tokens: answer.saturating_sub(reasoning),
            answer_is_whole: counted.is_none() && is_whole(&recorded["expect"]),
            stream: stream(&recorded),
        })
    }

    pub fn family(&self) -> &'static Family {
        let provider = aircher_llm::provider::of_kind(self.kind).unwrap();
        provider.profile().tokens.of(&self.model)
    }

    /// What could be attached, besides text.
    pub fn attachments(&self) -> usize {
        let parts = |message: &aircher_llm::chat::Message| {
            let parts = message.content.parts();
            parts.iter().filter(|part| part.as_text().is_none()).count()
        };
        self.request.messages.iter().map(parts).sum()
    }
}

/// Long base64 was cut when the recordings were collected; its length was noted.
fn inflate(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some((start, rest)) = text.split_once("…[elided ") {
                let length = rest.split(' ').next().and_then(|count| count.parse().ok());
                *text = [start, &"A".repeat(length.unwrap_or(0))].concat();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(inflate),
        Value::Object(fields) => fields.values_mut().for_each(inflate),
        _ => {}
    }
}

/// The answer's limit, under whatever name.
fn most_tokens(body: &Value) -> Value {
    let config = if body["generationConfig"].is_null() {
        &body["generation_config"]
    } else {
        &body["generationConfig"]
    };
    let named = [
        &body["max_tokens"],
        &body["max_completion_tokens"],
        &body["max_output_tokens"],
        &config["maxOutputTokens"],
        &config["max_output_tokens"],
        &body["options"]["num_predict"],
    ];
    let found = named.into_iter().find(|limit| limit.as_u64() > Some(0));
    found.cloned().unwrap_or_default()
}

fn stream(recorded: &Value) -> Option<Stream> {
    let response = &recorded["response"];
    let status = response["status"].as_u64().unwrap_or(200) as u16;
    let body = response["body"].as_str()?;
    // A few recordings hold several answers, one behind the other.
    let is_one = body.matches("event: response.created\n").count() < 2;
    if recorded["expect"]["stream"].is_null() || status >= 400 || !is_one {
        return None;
    }
    let header = |(name, value): (&String, &Value)| {
        let value = value.as_str().or(value[0].as_str());
        (name.to_lowercase(), value.unwrap_or_default().to_string())
    };
    let headers = response["headers"].as_object().into_iter().flatten();
    let head = ResponseHead {
        status,
        headers: headers.map(header).collect(),
        ..ResponseHead::default()
    };
    let ends = ["\r\n\r\n", "\n\n", "\n"];
    let end = ends.into_iter().find(|end| body.contains(end));
    let pieces = body.split_inclusive(end.unwrap_or("\n"));
    Some(Stream {
        head,
        pieces: pieces.map(|piece| piece.as_bytes().to_vec()).collect(),
        is_chat: recorded["endpoint"]
            .as_str()
            .is_some_and(|endpoint| endpoint.ends_with("chat.completions")),
    })
}

fn assembled(expect: &Value) -> ChatResponse {
    let mut answer = ChatResponse::new("", "");
    let text = |key: &str| expect[key].as_str().unwrap_or_default().to_string();
    answer.message.content = aircher_llm::chat::Content::Text(text("text"));
    answer.message.refusal = Some(text("refusal"));
    answer.stream.finished = true;
    for call in expect["tool_calls"].as_array().into_iter().flatten() {
        let word = |key: &str| call[key].as_str().unwrap_or_default().to_string();
        let arguments = match &call["arguments_raw"] {
            Value::String(raw) => raw.clone(),
            _ => call["arguments"].to_string(),
        };
        answer
            .message
            .tool_calls
            .push(ToolCall::new("", word("name"), arguments));
    }
    answer
}

/// Answers of which nothing but text and calls was billed as output.
fn is_whole(expect: &Value) -> bool {
    let none = |key: &str| match &expect[key] {
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        other => other.is_null(),
    };
    none("thinking") && none("server_tools") && none("error") && expect["n_choices"] != 2
}

pub fn count(usage: &Value, path: &str) -> u64 {
    let at = path.split('.').fold(usage, |value, key| &value[key]);
    at.as_u64().unwrap_or(0)
}

/// A request in the making.
#[derive(Default)]
pub struct Draft {
    pub messages: Vec<Value>,
    pub tools: Vec<Value>,
    pub options: serde_json::Map<String, Value>,
    pub format: Option<Value>,
    pub thinks: bool,
}

impl Draft {
    pub fn say(&mut self, role: &str, parts: Vec<Value>) {
        if !parts.is_empty() {
            self.messages.push(json!({"role": role, "content": parts}));
        }
    }

    pub fn call(&mut self, id: &Value, name: &Value, arguments: &Value) {
        let arguments = match arguments {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let call = json!({"id": id.as_str().unwrap_or("1"), "function": {"name": name, "arguments": arguments}});
        self.messages
            .push(json!({"role": "assistant", "content": "", "tool_calls": [call]}));
    }

    pub fn result(&mut self, id: &Value, content: Value) {
        let id = id.as_str().unwrap_or("1");
        self.messages
            .push(json!({"role": "tool", "tool_call_id": id, "content": content}));
    }

    pub fn state(&mut self, kind: &str, block: &Value) {
        let state = json!({"provider": kind, "model": "m", "blocks": [block]});
        self.messages
            .push(json!({"role": "assistant", "content": "", "provider_state": state}));
    }

    pub fn tool(&mut self, name: &Value, description: &Value, schema: &Value) {
        let mut function = json!({"name": name});
        if description.is_string() {
            function["description"] = description.clone();
        }
        if schema.is_object() {
            function["parameters"] = schema.clone();
        }
        self.tools.push(json!({"function": function}));
    }

    pub fn schema(&mut self, schema: &Value) {
        if schema.is_object() {
            let named = json!({"name": "answer", "schema": schema});
            self.format = Some(json!({"type": "json_schema", "json_schema": named}));
        }
    }

    /// Fields of the body that pull in what is not in the request.
    pub fn keep(&mut self, body: &Value, fields: &[&str]) {
        for field in fields.iter().filter(|field| !body[**field].is_null()) {
            self.options
                .insert((*field).to_string(), body[*field].clone());
        }
    }

    pub fn finish(self, kind: &str) -> Value {
        let mut request = json!({"messages": self.messages, "tools": self.tools});
        if !self.options.is_empty() {
            request["provider_options"] = json!({kind: self.options});
        }
        if let Some(format) = self.format {
            request["response_format"] = format;
        }
        if self.thinks {
            request["thinking_mode"] = json!(true);
        }
        request
    }
}

pub fn text(text: &Value) -> Value {
    json!({"type": "text", "text": text.as_str().unwrap_or_default()})
}

pub fn image(url: &Value) -> Value {
    json!({"type": "image_url", "image_url": {"url": url}})
}

/// An image, a sound or a document of a media type.
pub fn attached(media_type: &str, base64: &str) -> Value {
    // Gemini's recordings hold the URL form of base64.
    let url = format!("data:{media_type};base64,{base64}");
    match media_type.split('/').next() {
        Some("image") => image(&json!(url)),
        Some("audio") => {
            json!({"type": "input_audio", "input_audio": {"data": base64, "format": "mp3"}})
        }
        _ => json!({"type": "file", "file": {"file_data": url}}),
    }
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
