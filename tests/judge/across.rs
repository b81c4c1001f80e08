//! Conversations handed from one provider to another: what a caller holds after
//! two answers of one of them, sent on to somebody else.

use std::fs;

use super::speakers::{SPEAKERS, Speaker};
use aircher_llm::chat::{ChatRequest, Message};
use aircher_llm::run::{Call, CallOptions};
use serde_json::{Map, Value, json};

use crate::support::{Answer, FakeEnv, config};

/// Who answered, and the fixtures that say what.
pub struct Origin {
    pub speaker: &'static Speaker,
    answers: [&'static str; 2],
}

/// An answer that shows its thinking where the dialect can, and one with calls side by side.
const ORIGINS: [(&str, [&str; 2]); 6] = [
    (
        "gpt-6-luna",
        ["openai/responses/thinking", "openai/responses/tools"],
    ),
    ("gpt-4o", ["openai/thinking", "openai/tools"]),
    ("claude-sonnet-5-5", ["claude/thinking", "claude/tools"]),
    ("gemini-3.8-flash", ["gemini/thinking", "gemini/tools"]),
    ("qwen3", ["ollama/thinking", "ollama/tools"]),
    ("gemini-2.5-flash", ["gemini/code", "gemini/tools"]),
];

pub fn origins() -> Vec<Origin> {
    let named = |model: &str| SPEAKERS.iter().find(|speaker| speaker.model == model);
    let origins = ORIGINS.map(|(model, answers)| Origin {
        speaker: named(model).unwrap(),
        answers,
    });
    origins.into()
}

impl Origin {
    /// A fixture through a whole call, state and all.
    fn answer(&self, fixture: &str) -> Message {
        let body = fs::read(format!("tests/fixtures/{fixture}.stream")).unwrap();
        let env = FakeEnv::new([Answer::new(200, "", body)]);
        let hello = json!({
            "provider": self.speaker.provider(), "model": self.speaker.model,
            "messages": [{"role": "user", "content": "?"}],
        });
        let hello = ChatRequest::from_json(&hello.to_string()).unwrap();
        let options = CallOptions {
            stream: true,
            ..CallOptions::default()
        };
        let config = config(&self.speaker.config(&Map::new()));
        let mut call = Call::new(env.clone(), config, hello, options);
        env.run(call.finish()).unwrap().message.clone()
    }
}

/// A conversation as its caller holds it, as far as the next one can follow it.
pub struct Conversation {
    to: &'static Speaker,
    messages: Vec<Value>,
    tools: Vec<String>,
    pub calls: usize,
    /// What only a model may see again: its own.
    pub secrets: Vec<(&'static str, String)>,
}

impl Conversation {
    /// The beginning of one that will be sent to this speaker.
    pub fn with(to: &'static Speaker) -> Self {
        let mut conversation = Self {
            to,
            messages: vec![json!({"role": "system", "content": "Be a guide."})],
            tools: Vec::new(),
            calls: 0,
            secrets: Vec::new(),
        };
        let asked = conversation.pictured("What do you see?", true);
        conversation
            .messages
            .push(json!({"role": "user", "content": asked}));
        conversation
    }

    /// Adds both answers of an origin and the results they ask for; the last
    /// result ends it, unless it goes on.
    pub fn follow(&mut self, origin: &Origin, goes_on: bool) {
        for answer in origin.answers {
            let message = origin.answer(answer);
            self.take(origin, &message);
            if goes_on || message.tool_calls.is_empty() {
                let said = format!("And what of {answer}?");
                self.messages.push(json!({"role": "user", "content": said}));
            }
        }
    }

    fn take(&mut self, origin: &Origin, message: &Message) {
        for block in message
            .provider_state
            .iter()
            .flat_map(|state| &state.blocks)
        {
            let mut secrets = Vec::new();
            collect_secrets(&serde_json::from_str(block.text()).unwrap(), &mut secrets);
            let own = secrets
                .into_iter()
                .map(|secret| (origin.speaker.model, secret));
            self.secrets.extend(own);
        }
        let value = aircher_llm::json::to_string(message);
        self.messages.push(serde_json::from_str(&value).unwrap());
        for (index, call) in message.tool_calls.iter().enumerate() {
            self.calls += 1;
            let said = format!("result {}", self.calls);
            self.messages.push(json!({
                "role": "tool", "tool_call_id": call.id, "is_error": index == 1,
                "content": self.pictured(&said, index == 0),
            }));
            if !self.tools.contains(&call.function.name) {
                self.tools.push(call.function.name.clone());
            }
        }
    }

    /// A text, with a picture for those who see.
    fn pictured(&self, text: &str, is_pictured: bool) -> Value {
        const URL: &str = "data:image/png;base64,iVBORw0KGgo=";
        let mut parts = vec![json!({"type": "text", "text": text})];
        if is_pictured && self.to.sees_images() {
            parts.push(json!({"type": "image_url", "image_url": {"url": URL}}));
        }
        json!(parts)
    }

    /// The whole as a request.
    pub fn request(&self) -> String {
        let mut request = json!({"messages": self.messages, "thinking": {"effort": "medium"}});
        if self.to.calls_functions() {
            let tool = |name: &String| json!({"type": "function", "function": {"name": name}});
            request["tools"] = self.tools.iter().map(tool).collect();
        }
        request.to_string()
    }
}

/// Signatures and encrypted reasoning, wherever they stand.
fn collect_secrets(block: &Value, secrets: &mut Vec<String>) {
    let Value::Object(fields) = block else {
        return;
    };
    for (key, value) in fields {
        match (key.as_str(), value) {
            ("signature" | "thoughtSignature" | "encrypted_content", Value::String(text)) => {
                secrets.push(text.clone());
            }
            _ => collect_secrets(value, secrets),
        }
    }
}
