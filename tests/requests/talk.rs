//! The conversation of a recorded request in our own words. What the assistant
//! said goes through our own decoder first, so that the history is exactly what
//! a user's conversation would hold: calls, thinking and `provider_state` included.

use std::rc::Rc;

use aircher_llm::chat::ChatRequest;
use aircher_llm::json;
use aircher_llm::run::{Call, CallOptions, Client};
use serde_json::{Map, Value, json};

use super::Dialect;
use super::fields::Unsayable;
use crate::support::{Answer, FakeEnv, config};

/// The body of an answer.
#[derive(Clone)]
pub struct Received {
    pub body: String,
    pub streamed: bool,
}

/// A request in the making.
pub struct Talk {
    pub dialect: Dialect,
    pub model: String,
    /// Our request but for its messages.
    pub request: Value,
    pub messages: Vec<Value>,
    /// What the vocabulary has no word for.
    pub options: Map<String, Value>,
    /// Defaults of the API that had to be said, since ours are others.
    pub said: Vec<&'static str>,
    /// How many turns our decoder has read.
    pub decoded: usize,
    /// An answer as it was received, in place of the turn of that number.
    pub received: Option<(usize, Received)>,
    env: FakeEnv,
    client: Rc<Client>,
    /// Id and name of calls no result has answered yet.
    open: Vec<(String, String)>,
}

impl Talk {
    pub fn new(dialect: Dialect, model: &str) -> Self {
        let kind = dialect.kind();
        let extra = dialect.api();
        let table = format!(
            r#"{{"providers":{{"{kind}":{{"base_url":"http://localhost","api_key":null{extra}}}}}}}"#
        );
        Self {
            dialect,
            model: model.to_string(),
            request: json!({"model": model, "provider": kind}),
            messages: Vec::new(),
            options: Map::new(),
            said: Vec::new(),
            decoded: 0,
            received: None,
            env: FakeEnv::default(),
            client: config(&table),
            open: Vec::new(),
        }
    }

    pub fn set(&mut self, key: &str, value: impl Into<Option<Value>>) {
        super::fields::put(&mut self.request, key, value);
    }

    /// Our tools, and those of the provider, for which there is no word.
    pub fn set_tools(&mut self, ours: Vec<Value>, foreign: Vec<Value>) {
        if !ours.is_empty() {
            self.set("tools", Value::Array(ours));
        }
        if !foreign.is_empty() {
            self.options.insert("tools".into(), Value::Array(foreign));
        }
    }

    /// Says what an absent field means to the API, where we would mean something else.
    pub fn say_default(&mut self, key: &'static str, default: Value) {
        self.options.entry(key).or_insert_with(|| {
            self.said.push(key);
            default
        });
    }

    pub fn say(&mut self, role: &str, content: impl Into<Value>) {
        self.messages
            .push(json!({"role": role, "content": content.into()}));
    }

    /// The message of a whole answer, read by our own decoder.
    ///
    /// # Errors
    /// When the call fails.
    pub fn answered(&mut self, answer: &Value) -> Result<(), Unsayable> {
        let kind = self.dialect.kind();
        let asked = json!({"provider": kind, "model": self.model, "messages": [{"role": "user", "content": "?"}]});
        let asked = ChatRequest::from_json(&asked.to_string()).unwrap();
        let whole = Received {
            body: answer.to_string(),
            streamed: false,
        };
        let received = self.received.take_if(|(turn, _)| *turn == self.decoded);
        let received = received.map_or(whole, |(_, received)| received);
        let answer = Answer::new(200, "", received.body);
        self.env.0.borrow_mut().answers.push_back(answer);
        let options = CallOptions {
            stream: received.streamed,
            ..CallOptions::default()
        };
        let mut call = Call::new(self.env.clone(), self.client.clone(), asked, options);
        let response = self.env.run(call.finish());
        let response = response.map_err(|error| format!("history: {}", error.message))?;
        for call in &response.message.tool_calls {
            self.open
                .push((call.id.clone(), call.function.name.clone()));
        }
        let message = serde_json::from_str(&json::to_string(&response.message)).unwrap();
        self.messages.push(message);
        self.decoded += 1;
        Ok(())
    }

    /// The id of the call a result answers, by id or by name, or by order alone.
    pub fn answers(&mut self, id: Option<&str>, name: Option<&str>) -> Result<String, Unsayable> {
        if let Some(id) = id {
            self.open.retain(|(open, _)| open != id);
            return Ok(id.to_string());
        }
        let fits = |(_, open): &(String, String)| name.is_none_or(|name| name == open);
        let at = self.open.iter().position(fits);
        let at = at.ok_or_else(|| "a result without its call".to_string())?;
        Ok(self.open.remove(at).0)
    }

    /// The request as a caller would write it.
    pub fn json(&self) -> Value {
        let mut request = self.request.clone();
        request["messages"] = Value::Array(self.messages.clone());
        if !self.options.is_empty() {
            request["provider_options"] = json!({self.dialect.kind(): self.options});
        }
        request
    }
}
