//! Answers that are kept for who asks the same again.

mod hits;
mod kept;
mod shared;

use std::future::Future;
use std::task::{Context, Poll, Waker};

use aircher_llm::chat::{ChatResponse, Events, StreamEvent};
use aircher_llm::error::Error;
use aircher_llm::run::Call;
use expect_test::Expect;

use crate::script::{KEY, World, hello};
use crate::support::{Answer, FakeEnv, Shelf};

const ON: &str = r#"{"enabled":true}"#;
const OTHER: &str = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"ho"}]}"#;

/// A client that keeps answers.
fn client(cache: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    World::new(&configured(cache, KEY, ""), answers)
}

fn configured(cache: &str, key: &str, more: &str) -> String {
    let openai = format!(r#""openai":{{"api":"chat","api_key":"{key}"}}"#);
    format!(r#"{{"providers":{{{openai}}},"response_cache":{cache}{more}}}"#)
}

impl World {
    fn call_as(&self, request: &str, stream: bool) -> Call<FakeEnv> {
        let mut world = self.clone();
        world.options.stream = stream;
        world.call_of(request)
    }

    /// The whole answer, however it was asked for.
    fn finish_as(&self, request: &str, stream: bool) -> Result<ChatResponse, Error> {
        let mut call = self.call_as(request, stream);
        self.env.run(call.finish()).cloned()
    }

    #[track_caller]
    fn streamed(&self, request: &str) -> ChatResponse {
        self.finish_of(request).unwrap()
    }

    /// Asks twice; whether the second was a hit.
    #[track_caller]
    fn hits_with(&self, first: &str, second: &str) -> bool {
        let _ = self.finish_of(first);
        self.streamed(second).metadata.cached
    }

    fn with_shelf(self, shelf: Shelf) -> Self {
        self.env.0.borrow_mut().shelf = Some(shelf);
        self
    }

    #[track_caller]
    fn tells_all(&self, expected: Expect) {
        expected.assert_eq(&self.env.log());
    }
}

fn hellos(count: usize) -> Vec<Answer> {
    vec![hello(); count]
}

/// The pieces a caller sees.
fn pieces(events: &Events) -> Vec<String> {
    let visible = events.iter().filter(StreamEvent::is_visible);
    visible.map(|event| format!("{event:?}")).collect()
}

fn text(response: &ChatResponse) -> String {
    response.message.content.joined("")
}

/// Polls once; whether it is done.
fn poll<F: Future>(work: &mut std::pin::Pin<&mut F>) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    matches!(work.as_mut().poll(&mut context), Poll::Ready(_))
}
