//! A client that calls more than once, and the world it calls into. What only one
//! module of tests asks of it stands there, in an `impl World` of its own.

use std::rc::Rc;

use aircher_llm::chat::{ChatRequest, ChatResponse, EmbedRequest, EmbedResponse};
use aircher_llm::env::Env;
use aircher_llm::error::Error;
use aircher_llm::run::{Call, CallOptions, Client, embed};
use expect_test::Expect;

use super::ASK;
use crate::support::{Answer, FakeEnv, config};

/// The world of one client. A clone is the same client, and may ask otherwise.
#[derive(Clone)]
pub struct World {
    pub env: FakeEnv,
    pub client: Rc<Client>,
    /// What it asks where nothing else is said: [`ASK`].
    pub request: String,
    /// How: it streams.
    pub options: CallOptions,
}

impl World {
    /// A client with this configuration and a server that gives these answers in turn.
    #[track_caller]
    pub fn new(json: &str, answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::of(config(json), answers)
    }

    /// The same of a client that was made elsewhere.
    pub fn of(client: Rc<Client>, answers: impl IntoIterator<Item = Answer>) -> Self {
        let env = FakeEnv::new(answers).limited(&client);
        Self {
            env,
            client,
            request: ASK.into(),
            options: CallOptions {
                stream: true,
                ..CallOptions::default()
            },
        }
    }

    /// Another client with the same server and the same store, which asks in the same way.
    pub fn other(&self, json: &str) -> Self {
        Self {
            client: config(json),
            ..self.clone()
        }
    }

    /// It asks this.
    pub fn asking(mut self, request: impl Into<String>) -> Self {
        self.request = request.into();
        self
    }

    /// It asks for the whole answer at once.
    pub fn whole(mut self) -> Self {
        self.options.stream = false;
        self
    }

    /// It gives every call so much time.
    pub fn within(mut self, total_ms: u64) -> Self {
        self.options.timeouts.total_ms = Some(total_ms);
        self
    }

    pub fn call(&self) -> Call<FakeEnv> {
        self.call_of(&self.request)
    }

    pub fn call_of(&self, request: &str) -> Call<FakeEnv> {
        let request = ChatRequest::from_json(request).unwrap();
        let (env, client) = (self.env.clone(), Rc::clone(&self.client));
        Call::new(env, client, request, self.options)
    }

    /// The end of one call, which the log does not tell.
    pub fn finish(&self) -> Result<ChatResponse, Error> {
        self.finish_of(&self.request)
    }

    pub fn finish_of(&self, request: &str) -> Result<ChatResponse, Error> {
        let mut call = self.call_of(request);
        self.env.run(call.finish()).cloned()
    }

    /// The vectors of some texts.
    pub fn embeds(&self, request: &str) -> Result<EmbedResponse, Error> {
        let request = EmbedRequest::from_json(request)?;
        let (env, client) = (self.env.clone(), Rc::clone(&self.client));
        let work = embed(env, client, request, CallOptions::default());
        self.env.run(work)
    }

    /// Reads a call to its end, into the log.
    pub fn read(&self, call: &mut Call<FakeEnv>) -> &Self {
        while self.env.read(call) {}
        self
    }

    /// One call, read to its end.
    pub fn play(&self) -> &Self {
        self.read(&mut self.call())
    }

    /// So many calls, one after the other.
    pub fn plays(&self, times: usize) -> &Self {
        for _ in 0..times {
            self.play();
        }
        self
    }

    /// Lets time pass.
    pub fn wait(&self, ms: u64) -> &Self {
        self.env.run(self.env.sleep(ms));
        self
    }

    /// How many requests left.
    pub fn sent(&self) -> usize {
        self.env.0.borrow().requests.len()
    }

    /// The requests that left: address and body.
    pub fn bodies(&self) -> String {
        let state = self.env.0.borrow();
        let told = state.requests.iter().map(|request| {
            let body = request.body.as_deref().unwrap_or_default();
            format!("{}\n{}", request.url, String::from_utf8_lossy(body))
        });
        told.collect::<Vec<_>>().join("\n")
    }

    /// The figures of the client, as JSON.
    pub fn metrics(&self) -> String {
        self.client.metrics()
    }

    /// The log without what every request has in common.
    pub fn log(&self) -> String {
        let noise = ["request ", "head ", "response ", "body ", "booked "];
        let is_noise = |what: &str| noise.iter().any(|start| what.starts_with(start));
        self.env.log_where(|what| !is_noise(what))
    }

    /// What was sent, failed, warned of or answered; the two usual addresses are told by their names.
    #[track_caller]
    pub fn check(&self, expected: Expect) {
        let words = [
            "send ",
            "!",
            "=",
            "warning ",
            "retry ",
            "failover ",
            "the ",
            "left ",
        ];
        let is_told = |what: &str| words.iter().any(|start| what.starts_with(start));
        let told = self.env.log_where(is_told);
        let told = told.replace(
            " POST https://api.openai.com/v1/chat/completions",
            " to openai",
        );
        expected
            .assert_eq(&told.replace(" POST https://api.anthropic.com/v1/messages", " to claude"));
    }
}
