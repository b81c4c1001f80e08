//! Scenes of one call: what the server does, what the caller does, and the log
//! of both. The dialect is Chat Completions, the plainest of all. [`World`] has
//! a client that calls more than once.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    unused_imports,
    clippy::unwrap_used,
    reason = "a module of test binaries"
)]

mod world;

use aircher_llm::chat::{ChatRequest, ChatResponse, Events, RichEvent, StreamEvent};
use aircher_llm::env::Env;
use aircher_llm::error::Error;
use aircher_llm::run::{Call, CallOptions};
use futures_util::future::{Either, select};

use crate::support::{Answer, FakeEnv, Step, config};
pub use world::World;

/// A key as long as real ones, so that cutting texts may cut it.
pub const KEY: &str =
    "sk-test-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

/// A question that says for which model it is.
pub const ASK: &str = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}"#;

/// A question with further fields and no model of its own.
pub fn ask(fields: &str) -> String {
    format!(r#"{{"messages":[{{"role":"user","content":"hi"}}]{fields}}}"#)
}

// ---- what the server sends ------------------------------------------------

/// An answer with status 200 that streams.
pub fn stream(steps: impl IntoIterator<Item = Step>) -> Answer {
    let mut answer = Answer::new(200, "text/event-stream", "");
    answer.steps = steps.into_iter().collect();
    answer
}

/// One event.
pub fn data(json: &str) -> Step {
    Step::Bytes(format!("data: {json}\n\n").into_bytes())
}

/// Text.
pub fn say(text: &str) -> Step {
    data(&format!(
        r#"{{"choices":[{{"delta":{{"content":"{text}"}}}}]}}"#
    ))
}

/// The finish reason.
pub fn stop() -> Step {
    data(r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#)
}

/// The usage chunk.
pub fn usage() -> Step {
    data(r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#)
}

/// The end marker.
pub fn done() -> Step {
    data("[DONE]")
}

/// A comment that keeps the connection alive.
pub fn ping() -> Step {
    Step::Bytes(b": ping\n\n".to_vec())
}

/// Several steps in one network chunk.
pub fn together(steps: impl IntoIterator<Item = Step>) -> Step {
    let bytes = steps.into_iter().flat_map(|step| match step {
        Step::Bytes(bytes) => bytes,
        _ => Vec::new(),
    });
    Step::Bytes(bytes.collect())
}

/// A good answer of two words.
pub fn hello() -> Answer {
    stream([say("Hel"), say("lo"), stop(), usage(), done()])
}

/// A document.
pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Answer {
    Answer::new(status, "application/json", body)
}

/// A refusal or a failure.
pub fn error(status: u16, message: &str) -> Answer {
    json(status, format!(r#"{{"error":{{"message":"{message}"}}}}"#))
}

/// A failure that may pass.
pub fn out() -> Answer {
    error(503, "out of order")
}

/// What Claude says.
pub fn claude() -> Answer {
    Answer::sse(&CLAUDE)
}

/// Its events.
pub const CLAUDE: [&str; 6] = [
    r#"{"type":"message_start","message":{"id":"m","model":"claude-haiku-5-5","usage":{"input_tokens":9,"output_tokens":1}}}"#,
    r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Salut"}}"#,
    r#"{"type":"content_block_stop","index":0}"#,
    r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}"#,
    r#"{"type":"message_stop"}"#,
];

// ---- what the caller does -------------------------------------------------

/// One call and the world it happens in.
pub struct Scene {
    config: String,
    request: String,
    stream: bool,
    pub env: FakeEnv,
}

impl Scene {
    /// A streamed question to a server that gives one answer.
    pub fn new(answer: Answer) -> Self {
        Self {
            config: format!(r#"{{"providers":{{"openai":{{"api":"chat","api_key":"{KEY}"}}}}}}"#),
            request: ASK.into(),
            stream: true,
            env: FakeEnv::new([answer]),
        }
    }

    /// Further top-level tables of the configuration.
    pub fn with(mut self, tables: &str) -> Self {
        self.config.pop();
        self.config.push_str(&format!(",{tables}}}"));
        self
    }

    /// Another configuration.
    pub fn config(mut self, config: &str) -> Self {
        self.config = config.into();
        self
    }

    /// Another request.
    pub fn request(mut self, request: &str) -> Self {
        self.request = request.into();
        self
    }

    /// Keeps the books with the limits of the configuration.
    pub fn limited(mut self) -> Self {
        self.env = self.env.limited(&config(&self.config));
        self
    }

    /// Asks for the whole answer at once.
    pub fn full(mut self) -> Self {
        self.stream = false;
        self
    }

    pub fn call(&self) -> Call<FakeEnv> {
        let request = ChatRequest::from_json(&self.request).unwrap();
        let options = CallOptions {
            stream: self.stream,
            ..CallOptions::default()
        };
        Call::new(self.env.clone(), config(&self.config), request, options)
    }

    /// Reads to the end. The log is the story.
    pub fn play(&self) -> String {
        let mut call = self.call();
        while self.env.read(&mut call) {}
        assert!(
            self.env.run(call.next()).unwrap().is_none(),
            "the end is the end"
        );
        drop(call);
        self.env.log()
    }
}

/// What the caller does with a call, and what the log tells of it.
impl FakeEnv {
    /// Reads one batch into the log; whether more may come.
    pub fn read(&self, call: &mut Call<Self>) -> bool {
        match self.run(call.next()) {
            Ok(Some(events)) => self.note(&format!("-> {}", pieces(&events))),
            Ok(None) => {
                self.note(&answer(call.response()));
                return false;
            }
            Err(error) => {
                self.note(&failure(&error));
                return false;
            }
        }
        true
    }

    /// Waits for the next batch, but only so long.
    pub fn wait_for(&self, call: &mut Call<Self>, ms: u64) {
        let next = std::pin::pin!(call.next());
        match self.run(select(next, self.sleep(ms))) {
            Either::Left(_) => self.note("it came in time"),
            Either::Right(_) => self.note("the caller has waited enough"),
        }
    }

    pub fn cancel(&self, call: &mut Call<Self>) {
        let error = call.cancel();
        self.note(&failure(&error));
    }
}

// ---- how it is told -------------------------------------------------------

fn pieces(events: &Events) -> String {
    let pieces = events.iter().filter_map(|event| match event {
        StreamEvent::Text(text) => Some(format!("{text:?}")),
        StreamEvent::Rich(RichEvent::Restart) => Some("(from the beginning)".into()),
        StreamEvent::Rich(_) => None,
        other => Some(format!("{other:?}")),
    });
    pieces.collect::<Vec<_>>().join(" ")
}

fn answer(response: &ChatResponse) -> String {
    format!(
        "= {:?} {}, {} + {} tokens, {} ms",
        response.message.content.joined(""),
        response
            .stream
            .finish_reason
            .map_or_else(|| "unfinished".into(), |reason| format!("{reason:?}")),
        response.usage.prompt_tokens,
        response.usage.completion_tokens,
        response.duration
    )
}

fn failure(error: &Error) -> String {
    let mut told = format!("! {error}");
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            told.push_str(&format!(" [{name} {value}]"));
        }
    };
    add("code", error.code.clone());
    add("hint", error.hint.clone());
    add(
        "retry after",
        error.retry_after_ms.map(|ms| format!("{ms} ms")),
    );
    add("retryable", error.retryable.then(|| "yes".into()));
    add("billed", Some(format!("{:?}", error.billed).to_lowercase()));
    let partial = error.partial.as_ref();
    add(
        "partial",
        partial.map(|partial| format!("{:?}", partial.message.content.joined(""))),
    );
    told
}
