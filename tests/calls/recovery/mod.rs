//! What follows a failed attempt: the same again, another provider, or the error.
//!
//! A snapshot is the log of the calls; each ends with its attempts: who was asked,
//! what became of it, what it cost.

mod candidates;
mod circuit;
mod failover;
mod files;
mod retry;

use aircher_llm::chat::Attempt;
use expect_test::Expect;

use crate::script::{KEY, World, ask};
use crate::support::Answer;

// ---- the world -----------------------------------------------------------------

/// OpenAI first, then Claude, then a local model that costs nothing.
fn chain(tables: &str) -> String {
    format!(
        r#"{{"providers":{{"fallback_order":["openai","claude","ollama"],
            "openai":{{"api":"chat","api_key":"{KEY}","model":"gpt-4o"}},
            "claude":{{"api_key":"{KEY}"}},"ollama":{{"model":"qwen3"}}}}{tables}}}"#
    )
}

const RETRY: &str = r#","retry":{}"#;
const NO_RETRY: &str = r#","retry":{"max_retries":0}"#;

fn client(tables: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    World::new(&chain(tables), answers).asking(ask(""))
}

impl World {
    /// One call to its end, and its attempts.
    fn attempt(&self, request: &str) -> &Self {
        let mut call = self.call_of(request);
        self.read(&mut call);
        for attempt in &call.response().metadata.attempts {
            self.env.note(&told(attempt));
        }
        self
    }
}

fn told(attempt: &Attempt) -> String {
    let mut told = format!("   {} {}: ", attempt.provider, attempt.model);
    told.push_str(attempt.kind.map_or("answered", |kind| kind.as_str()));
    if let Some(status) = attempt.status {
        told.push_str(&format!(" {status}"));
    }
    if attempt.skipped.is_some() {
        told.push_str(", skipped");
    }
    told.push_str(&format!(", {} ms", attempt.duration));
    if let Some(delay_ms) = attempt.delay_ms {
        told.push_str(&format!(" after {delay_ms} ms"));
    }
    let cost = attempt.cost.map(|cost| cost.nanos().to_string());
    let about = if attempt.estimated { " about" } else { "" };
    told.push_str(&format!(",{about} {} n$", cost.as_deref().unwrap_or("?")));
    told
}

#[track_caller]
fn check(tables: &str, request: &str, answers: impl IntoIterator<Item = Answer>, expected: Expect) {
    let world = client(tables, answers);
    expected.assert_eq(&world.attempt(request).log());
}

// ---- what servers answer -------------------------------------------------------

/// What the local model says.
fn local() -> Answer {
    let line = r#"{"model":"qwen3","message":{"role":"assistant","content":"Hei"},"done":true,"done_reason":"stop","prompt_eval_count":9,"eval_count":2}"#;
    Answer::new(200, "application/x-ndjson", format!("{line}\n"))
}
