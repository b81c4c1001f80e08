//! What follows a failed attempt: the same again, another provider, or the error.
//! A scripted server and virtual time; nothing sleeps.
//!
//! A snapshot is the log of the calls; each ends with its attempts: who was asked,
//! what became of it, what it cost.
#![cfg(all(feature = "openai", feature = "claude", feature = "ollama"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod script;
mod support;

use std::rc::Rc;

use aircher_llm::chat::{Attempt, ChatRequest};
use aircher_llm::run::{Call, CallOptions, Client};
use expect_test::{Expect, expect};
use script::{CLAUDE, KEY, Scene, claude, data, done, hello, say, stop, stream, usage};
use support::{Answer, FakeEnv, Step, config};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

// ---- the world ---------------------------------------------------------------

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

fn ask(fields: &str) -> String {
    format!(r#"{{"messages":[{{"role":"user","content":"hi"}}]{fields}}}"#)
}

struct World {
    env: FakeEnv,
    config: Rc<Client>,
}

impl World {
    fn new(tables: &str, answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::of(&chain(tables), answers)
    }

    fn of(json: &str, answers: impl IntoIterator<Item = Answer>) -> Self {
        let config = config(json);
        let env = FakeEnv::new(answers).limited(&config);
        Self { env, config }
    }

    fn call(&self, request: &str) -> Call<FakeEnv> {
        let request = ChatRequest::from_json(request).unwrap();
        let options = CallOptions {
            stream: true,
            ..CallOptions::default()
        };
        Call::new(self.env.clone(), Rc::clone(&self.config), request, options)
    }

    /// One call to its end.
    fn play(&self, request: &str) -> &Self {
        let mut call = self.call(request);
        let scene = Scene::of(self.env.clone());
        while scene.read(&mut call) {}
        for attempt in &call.response().metadata.attempts {
            scene.note(&told(attempt));
        }
        self
    }

    fn log(&self) -> String {
        let log = Scene::of(self.env.clone()).log();
        let is_told = |line: &&str| {
            let what = line.get(7..).unwrap_or_default();
            let noise = ["request ", "head ", "response ", "body ", "booked "];
            !noise.iter().any(|start| what.starts_with(start))
        };
        log.lines().filter(is_told).collect::<Vec<_>>().join("\n")
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
    let world = World::new(tables, answers);
    expected.assert_eq(&world.play(request).log());
}

// ---- what servers answer -----------------------------------------------------

fn error(status: u16, message: &str) -> Answer {
    let body = format!(r#"{{"error":{{"message":"{message}"}}}}"#);
    Answer::new(status, "application/json", body)
}

fn out() -> Answer {
    error(503, "out of order")
}

fn with(mut answer: Answer, name: &str, value: &str) -> Answer {
    answer.head.headers.push((name.into(), value.into()));
    answer
}

/// What the local model says.
fn local() -> Answer {
    let line = r#"{"model":"qwen3","message":{"role":"assistant","content":"Hei"},"done":true,"done_reason":"stop","prompt_eval_count":9,"eval_count":2}"#;
    Answer::new(200, "application/x-ndjson", format!("{line}\n"))
}

// ---- retry -------------------------------------------------------------------

#[test]
fn an_outage_that_passes() {
    check(
        RETRY,
        &ask(""),
        [out(), out(), hello()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      retry openai 2 in 236 ms: overloaded
            236    send POST https://api.openai.com/v1/chat/completions
            236    retry openai 3 in 944 ms: overloaded
            1180   send POST https://api.openai.com/v1/chat/completions
            1180   -> "Hel"
            1180   -> "lo"
            1180   = "Hello" Stop, 9 + 2 tokens, 1180 ms
            1180      openai gpt-4o: overloaded 503, 0 ms, 0 n$
            1180      openai gpt-4o: overloaded 503, 0 ms after 236 ms, 0 n$
            1180      openai gpt-4o: answered, 0 ms after 944 ms, 42500 n$"#]],
    );
}

#[test]
fn an_outage_that_stays() {
    let json = format!(
        r#"{{"providers":{{"openai":{{"api":"chat","api_key":"{KEY}"}}}},"retry":{{"max_retries":2}}}}"#
    );
    let world = World::of(&json, [out(), out(), out()]);
    expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      retry openai 2 in 236 ms: overloaded
        236    send POST https://api.openai.com/v1/chat/completions
        236    retry openai 3 in 944 ms: overloaded
        1180   send POST https://api.openai.com/v1/chat/completions
        1180   ! overloaded: the provider is overloaded (HTTP 503): out of order [retryable yes] [billed no]
        1180      openai gpt-4o: overloaded 503, 0 ms, 0 n$
        1180      openai gpt-4o: overloaded 503, 0 ms after 236 ms, 0 n$
        1180      openai gpt-4o: overloaded 503, 0 ms after 944 ms, 0 n$"#]].assert_eq(&world.play(&ask(r#","model":"gpt-4o""#)).log());
}

#[test]
fn a_rate_limit_with_a_wait_in_every_form() {
    let limited = || error(429, "slow down");
    let forms = [
        with(limited(), "retry-after", "7"),
        with(limited(), "retry-after-ms", "1500"),
        with(limited(), "retry-after", "Fri, 01 Jan 2027 00:00:20 GMT"),
        error(429, "Rate limit reached. Please try again in 1m0s."),
        with(limited(), "retry-after", "-5"),
        with(limited(), "retry-after", "86400"),
    ];
    let mut waits = Vec::new();
    for form in forms {
        let world = World::new(RETRY, [form, hello()]);
        world.play(&ask(r#","fallback":false"#));
        let told = |line: &&str| line.contains("retry openai") || line.contains("! ");
        waits.extend(world.log().lines().filter(told).map(str::to_string));
    }
    expect![[r#"
        0      retry openai 2 in 7826 ms: rate_limit
        0      retry openai 2 in 1677 ms: rate_limit
        0      retry openai 2 in 22360 ms: rate_limit
        0      retry openai 2 in 60000 ms: rate_limit
        0      retry openai 2 in 236 ms: rate_limit
        0      ! rate_limit: too many requests or tokens for now (HTTP 429): slow down [retry after 86400000 ms] [retryable yes] [billed no]"#]].assert_eq(&waits.join("\n"));
}

#[test]
fn a_quota_is_no_rate() {
    let used_up = Answer::new(
        429,
        "application/json",
        r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
    );
    check(
        RETRY,
        &ask(""),
        [used_up, claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      failover openai -> claude: quota_exceeded
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         openai gpt-4o: quota_exceeded 429, 0 ms, 0 n$
        0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

#[test]
fn a_key_function_is_asked_again_once() {
    let json = r#"{"providers":{"openai":{"api":"chat","api_key":{"function":true},"model":"gpt-4o"}},"retry":{}}"#;
    let refused = || error(401, "Incorrect API key");
    let world = World::of(json, [refused(), refused()]);
    world.env.0.borrow_mut().key = Some(KEY.into());
    expect![[r#"
        0      key openai initial
        0      send POST https://api.openai.com/v1/chat/completions
        0      retry openai 2 in 0 ms: authentication
        0      key openai initial
        0      key openai rejected
        0      send POST https://api.openai.com/v1/chat/completions
        0      ! authentication: the key was not accepted (HTTP 401): Incorrect API key [hint check the key of this provider, and that it belongs to this address] [billed no]
        0         openai gpt-4o: authentication 401, 0 ms, 0 n$
        0         openai gpt-4o: authentication 401, 0 ms, 0 n$"#]].assert_eq(&world.play(&ask("")).log());
}

#[test]
fn a_server_may_forbid_it_or_ask_for_it() {
    let never = with(out(), "x-should-retry", "false");
    let please = with(error(403, "not yet"), "x-should-retry", "true");
    check(
        RETRY,
        &ask(""),
        [never, claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      failover openai -> claude: overloaded
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         openai gpt-4o: overloaded 503, 0 ms, 0 n$
        0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
    check(
        RETRY,
        &ask(""),
        [please, hello()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      retry openai 2 in 236 ms: permission
            236    send POST https://api.openai.com/v1/chat/completions
            236    -> "Hel"
            236    -> "lo"
            236    = "Hello" Stop, 9 + 2 tokens, 236 ms
            236       openai gpt-4o: permission 403, 0 ms, 0 n$
            236       openai gpt-4o: answered, 0 ms after 236 ms, 42500 n$"#]],
    );
}

// ---- failover ----------------------------------------------------------------

#[test]
fn the_next_one_answers_when_retries_are_spent() {
    let outs = [out(), out(), out(), error(529, "busy"), local()];
    check(
        RETRY,
        &ask(""),
        outs,
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      retry openai 2 in 236 ms: overloaded
            236    send POST https://api.openai.com/v1/chat/completions
            236    retry openai 3 in 944 ms: overloaded
            1180   send POST https://api.openai.com/v1/chat/completions
            1180   failover openai -> claude: overloaded
            1180   send POST https://api.anthropic.com/v1/messages
            1180   failover claude -> ollama: overloaded
            1180   send POST http://localhost:11434/api/chat
            1180   -> "Hei"
            1180   = "Hei" Stop, 9 + 2 tokens, 1180 ms
            1180      openai gpt-4o: overloaded 503, 0 ms, 0 n$
            1180      openai gpt-4o: overloaded 503, 0 ms after 236 ms, 0 n$
            1180      openai gpt-4o: overloaded 503, 0 ms after 944 ms, 0 n$
            1180      claude claude-haiku-5-5: overloaded 529, 0 ms, 0 n$
            1180      ollama qwen3: answered, 0 ms, 0 n$"#]],
    );
}

#[test]
fn a_wrong_key_and_a_missing_model() {
    check(
        NO_RETRY,
        &ask(""),
        [error(401, "Incorrect API key"), claude()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      failover openai -> claude: authentication
            0      send POST https://api.anthropic.com/v1/messages
            0      -> "Salut"
            0      = "Salut" Stop, 9 + 2 tokens, 0 ms
            0         openai gpt-4o: authentication 401, 0 ms, 0 n$
            0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
    check(
        NO_RETRY,
        &ask(""),
        [error(404, "The model `gpt-4o` does not exist"), claude()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      failover openai -> claude: model_not_found
            0      send POST https://api.anthropic.com/v1/messages
            0      -> "Salut"
            0      = "Salut" Stop, 9 + 2 tokens, 0 ms
            0         openai gpt-4o: model_not_found 404, 0 ms, 0 n$
            0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

#[test]
fn a_slow_first_byte_and_a_stall() {
    let limits = r#","retry":{"max_retries":0},"timeouts":{"first_byte":"10s","idle":"5s"}"#;
    let mut slow = hello();
    slow.head_after_ms = 60_000;
    check(
        limits,
        &ask(""),
        [slow, claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        10000  failover openai -> claude: timeout
        10000  send POST https://api.anthropic.com/v1/messages
        10000  -> "Salut"
        10000  = "Salut" Stop, 9 + 2 tokens, 10000 ms
        10000     openai gpt-4o: timeout, 10000 ms, about 20000 n$
        10000     claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
    let silent = stream([
        data(r#"{"choices":[{"delta":{"role":"assistant"}}]}"#),
        Step::Stall,
    ]);
    check(
        limits,
        &ask(""),
        [silent, claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        10000  failover openai -> claude: timeout
        10000  send POST https://api.anthropic.com/v1/messages
        10000  -> "Salut"
        10000  = "Salut" Stop, 9 + 2 tokens, 10000 ms
        10000     openai gpt-4o: timeout, 10000 ms, about 20000 n$
        10000     claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

#[test]
fn a_stream_that_breaks_off_before_and_after_the_first_text() {
    let before = stream([data(r#"{"choices":[{"delta":{"role":"assistant"}}]}"#)]);
    check(
        RETRY,
        &ask(""),
        [before, hello()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      retry openai 2 in 236 ms: stream_interrupted
            236    send POST https://api.openai.com/v1/chat/completions
            236    -> "Hel"
            236    -> "lo"
            236    = "Hello" Stop, 9 + 2 tokens, 236 ms
            236       openai gpt-4o: stream_interrupted, 0 ms, about 20000 n$
            236       openai gpt-4o: answered, 0 ms after 236 ms, 42500 n$"#]],
    );
    let after = || stream([say("Hel"), Step::Reset]);
    check(
        RETRY,
        &ask(""),
        [after(), hello()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      ! stream_interrupted: the connection broke in the middle of the answer [billed yes] [partial "Hel"]
        0         openai gpt-4o: stream_interrupted, 0 ms, about 40000 n$"#]],
    );
    let restart = ask(r#","on_truncated":"restart""#);
    check(
        RETRY,
        &restart,
        [after(), hello()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      -> "Hel"
            0      retry openai 2 in 236 ms: stream_interrupted
            0      -> (from the beginning)
            236    send POST https://api.openai.com/v1/chat/completions
            236    -> "Hel"
            236    -> "lo"
            236    = "Hello" Stop, 9 + 2 tokens, 236 ms
            236       openai gpt-4o: stream_interrupted, 0 ms, about 40000 n$
            236       openai gpt-4o: answered, 0 ms after 236 ms, 42500 n$"#]],
    );
    check(
        NO_RETRY,
        &restart,
        [after(), claude()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      -> "Hel"
            0      failover openai -> claude: stream_interrupted
            0      -> (from the beginning)
            0      send POST https://api.anthropic.com/v1/messages
            0      -> "Salut"
            0      = "Salut" Stop, 9 + 2 tokens, 0 ms
            0         openai gpt-4o: stream_interrupted, 0 ms, about 40000 n$
            0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

#[test]
fn what_is_no_answer_is_asked_for_once_more() {
    let page = || Answer::new(200, "text/html", "<html>Sign in to the network</html>");
    check(
        RETRY,
        &ask(""),
        [page(), page(), claude()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      retry openai 2 in 236 ms: invalid_response
            236    send POST https://api.openai.com/v1/chat/completions
            236    failover openai -> claude: invalid_response
            236    send POST https://api.anthropic.com/v1/messages
            236    -> "Salut"
            236    = "Salut" Stop, 9 + 2 tokens, 236 ms
            236       openai gpt-4o: invalid_response, 0 ms, about 20000 n$
            236       openai gpt-4o: invalid_response, 0 ms after 236 ms, about 20000 n$
            236       claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

#[test]
fn a_conversation_that_is_too_long_goes_to_a_larger_window_only() {
    let too_long = || {
        Answer::new(
            400,
            "application/json",
            r#"{"error":{"message":"This model's maximum context length is 128000 tokens.","code":"context_length_exceeded"}}"#,
        )
    };
    check(
        NO_RETRY,
        &ask(""),
        [too_long(), claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      failover openai -> claude: context_length_exceeded
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         openai gpt-4o: context_length_exceeded 400, 0 ms, 0 n$
        0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
    let smaller = ask(r#","fallback":["openai/gpt-4","claude"]"#);
    check(
        NO_RETRY,
        &smaller,
        [too_long(), claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      failover openai -> openai: context_length_exceeded
        0      failover openai -> claude: context_length_exceeded
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         openai gpt-4o: context_length_exceeded 400, 0 ms, 0 n$
        0         openai gpt-4: context_length_exceeded, skipped, 0 ms, 0 n$
        0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

#[test]
fn a_window_of_the_request_s_own_is_checked_before_sending() {
    check(
        NO_RETRY,
        &ask(r#","context_window":5,"fallback":false"#),
        [],
        expect![[r#"
            0      ! context_length_exceeded: the conversation has about 8 tokens, the window is 5 [billed no]
            0         openai gpt-4o: context_length_exceeded, skipped, 0 ms, 0 n$"#]],
    );
}

#[test]
fn a_filter_is_asked_elsewhere_only_if_that_is_wanted() {
    let filtered = || {
        Answer::new(
            400,
            "application/json",
            r#"{"error":{"message":"Your request was rejected by our safety system","code":"content_policy_violation"}}"#,
        )
    };
    check(
        NO_RETRY,
        &ask(""),
        [filtered()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      ! content_filter: a content filter refused it (HTTP 400): Your request was rejected by our safety system [code content_policy_violation] [billed no]
        0         openai gpt-4o: content_filter 400, 0 ms, 0 n$"#]],
    );
    let wanted = r#","retry":{"max_retries":0},"failover":{"on_content_filter":true}"#;
    check(
        wanted,
        &ask(""),
        [filtered(), claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      failover openai -> claude: content_filter
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         openai gpt-4o: content_filter 400, 0 ms, 0 n$
        0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

#[test]
fn what_the_request_is_to_blame_for_ends_it() {
    check(
        RETRY,
        &ask(""),
        [error(400, "messages: nonsense")],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      ! invalid_request: the provider refused the request (HTTP 400): messages: nonsense [billed no]
            0         openai gpt-4o: invalid_request 400, 0 ms, 0 n$"#]],
    );
}

#[test]
fn who_is_asked_and_with_which_model() {
    let own = ask(
        r#","provider":"claude","model":"claude-opus-5-5","fallback":["ollama/llama3.2","openai"]"#,
    );
    check(
        NO_RETRY,
        &own,
        [out(), out(), hello()],
        expect![[r#"
        0      send POST https://api.anthropic.com/v1/messages
        0      failover claude -> ollama: overloaded
        0      send POST http://localhost:11434/api/chat
        0      failover ollama -> openai: overloaded
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      -> "lo"
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        0         claude claude-opus-5-5: overloaded 503, 0 ms, 0 n$
        0         ollama llama3.2: overloaded 503, 0 ms, 0 n$
        0         openai gpt-4o: answered, 0 ms, 42500 n$"#]],
    );
    let models =
        r#","retry":{"max_retries":0},"failover":{"models":{"claude":"claude-sonnet-5-5"}}"#;
    check(
        models,
        &ask(""),
        [out(), claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      failover openai -> claude: overloaded
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         openai gpt-4o: overloaded 503, 0 ms, 0 n$
        0         claude claude-sonnet-5-5: answered, 0 ms, 1900 n$"#]],
    );
    check(
        NO_RETRY,
        &ask(r#","fallback":false"#),
        [out()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      ! overloaded: the provider is overloaded (HTTP 503): out of order [retryable yes] [billed no]
            0         openai gpt-4o: overloaded 503, 0 ms, 0 n$"#]],
    );
    check(
        NO_RETRY,
        &ask(r#","fallback":["nobody/else"]"#),
        [],
        expect![
            "0      ! model_not_found: fallback: model: no configured provider is known to serve `nobody/else` [hint name the provider as well (`provider`, or `<provider>/nobody/else`); configured: openai, claude, ollama] [billed no]"
        ],
    );
}

#[test]
fn a_budget_leads_to_who_costs_less() {
    let costs = r#","retry":{"max_retries":0},"costs":{"daily_limit":"0.000001"}"#;
    check(
        costs,
        &ask(r#","max_tokens":100"#),
        [local()],
        expect![[r#"
            0      failover openai -> claude: budget_exceeded
            0      failover claude -> ollama: budget_exceeded
            0      send POST http://localhost:11434/api/chat
            0      -> "Hei"
            0      = "Hei" Stop, 9 + 2 tokens, 0 ms
            0         openai gpt-4o: budget_exceeded, skipped, 0 ms, 0 n$
            0         claude claude-haiku-5-5: budget_exceeded, skipped, 0 ms, 0 n$
            0         ollama qwen3: answered, 0 ms, 0 n$"#]],
    );
}

#[test]
fn every_attempt_is_booked() {
    let cut = stream([say("Hel"), Step::Reset]);
    let world = World::new(NO_RETRY, [cut, claude()]);
    let mut call = world.call(&ask(r#","on_truncated":"restart""#));
    while world.env.run(call.next()).unwrap().is_some() {}
    let booked: Vec<_> = world
        .env
        .log()
        .lines()
        .filter(|line| line.contains("booked"))
        .map(|line| line.trim_start().to_string())
        .collect();
    expect![[r#"
             0 booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
             0 booked req_e5d31742c0000000001#2 posted 1900 n$"#]]
    .assert_eq(&booked.join("\n"));
}

#[test]
fn one_deadline_is_over_all_of_it() {
    let total = r#","timeouts":{"total":"20s"},"retry":{}"#;
    let slow = || {
        let mut slow = out();
        slow.head_after_ms = 8_000;
        slow
    };
    check(
        total,
        &ask(""),
        [slow(), slow(), slow()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            8000   retry openai 2 in 236 ms: overloaded
            8236   send POST https://api.openai.com/v1/chat/completions
            16236  retry openai 3 in 944 ms: overloaded
            17180  send POST https://api.openai.com/v1/chat/completions
            20000  ! timeout: the call took longer than its total limit (timeouts.total) [code total] [retryable yes] [billed unknown]
            20000     openai gpt-4o: overloaded 503, 8000 ms, 0 n$
            20000     openai gpt-4o: overloaded 503, 8000 ms after 236 ms, 0 n$
            20000     openai gpt-4o: timeout, 2820 ms after 944 ms, about 20000 n$"#]],
    );
    let wait = || with(error(429, "slow down"), "retry-after", "30");
    check(
        total,
        &ask(""),
        [wait(), claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      failover openai -> claude: rate_limit
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         openai gpt-4o: rate_limit 429, 0 ms, 0 n$
        0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

#[test]
fn who_was_chosen_with_a_model_of_its_own_is_not_asked_again_with_another() {
    check(
        NO_RETRY,
        &ask(r#","model":"gpt-4o-mini""#),
        [out(), claude()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      failover openai -> claude: overloaded
            0      send POST https://api.anthropic.com/v1/messages
            0      -> "Salut"
            0      = "Salut" Stop, 9 + 2 tokens, 0 ms
            0         openai gpt-4o-mini: overloaded 503, 0 ms, 0 n$
            0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

// ---- whose error -------------------------------------------------------------

#[test]
fn an_answer_that_breaks_off_is_told_as_such_whoever_failed_before_it() {
    let mut cut = Answer::sse(&CLAUDE[..3]);
    cut.steps.push(Step::Reset);
    check(
        NO_RETRY,
        &ask(""),
        [out(), cut],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      failover openai -> claude: overloaded
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      ! stream_interrupted: the connection broke in the middle of the answer [billed yes] [partial "Salut"]
        0         openai gpt-4o: overloaded 503, 0 ms, 0 n$
        0         claude claude-haiku-5-5: stream_interrupted, 0 ms, about 2400 n$"#]],
    );
}

#[test]
fn who_was_left_out_tells_no_error_while_somebody_was_asked() {
    let costs = r#","retry":{"max_retries":0},"costs":{"limits":{"openai_daily":"0.000001"}}"#;
    let two = ask(r#","fallback":["claude"]"#);
    check(
        costs,
        &two,
        [error(401, "Incorrect API key")],
        expect![[r#"
        0      failover openai -> claude: budget_exceeded
        0      send POST https://api.anthropic.com/v1/messages
        0      ! authentication: the key was not accepted (HTTP 401): Incorrect API key [hint check the key; it begins with `sk-ant-`] [billed no]
        0         openai gpt-4o: budget_exceeded, skipped, 0 ms, 0 n$
        0         claude claude-haiku-5-5: authentication 401, 0 ms, 0 n$"#]],
    );
}

// ---- one wait, one key ---------------------------------------------------------

#[test]
fn a_renewed_key_waits_for_nothing_and_is_not_asked_for_again() {
    let json = r#"{"providers":{"openai":{"api":"chat","api_key":{"function":true},"model":"gpt-4o"}},"retry":{}}"#;
    let world = World::of(
        json,
        [out(), error(401, "Incorrect API key"), out(), hello()],
    );
    world.env.0.borrow_mut().key = Some(KEY.into());
    expect![[r#"
        0      key openai initial
        0      send POST https://api.openai.com/v1/chat/completions
        0      retry openai 2 in 236 ms: overloaded
        236    key openai initial
        236    send POST https://api.openai.com/v1/chat/completions
        236    retry openai 3 in 0 ms: authentication
        236    key openai initial
        236    key openai rejected
        236    send POST https://api.openai.com/v1/chat/completions
        236    retry openai 4 in 798 ms: overloaded
        1034   key openai initial
        1034   send POST https://api.openai.com/v1/chat/completions
        1034   -> "Hel"
        1034   -> "lo"
        1034   = "Hello" Stop, 9 + 2 tokens, 1034 ms
        1034      openai gpt-4o: overloaded 503, 0 ms, 0 n$
        1034      openai gpt-4o: authentication 401, 0 ms after 236 ms, 0 n$
        1034      openai gpt-4o: overloaded 503, 0 ms, 0 n$
        1034      openai gpt-4o: answered, 0 ms after 798 ms, 42500 n$"#]]
    .assert_eq(&world.play(&ask("")).log());
}

#[test]
fn a_step_that_was_dropped_is_no_end() {
    let slow = stream([say("Hel"), Step::Wait(9_000), say("lo"), stop(), done()]);
    let world = World::new(NO_RETRY, [slow]);
    let scene = Scene::of(world.env.clone());
    let mut call = world.call(&ask(""));
    scene.read(&mut call);
    scene.wait(&mut call, 1_000);
    assert!(!scene.read(&mut call));
    assert!(!scene.read(&mut call));
    drop(call);
    expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        1000   the caller has waited enough
        1000   ! cancelled: the call was cancelled [billed yes] [partial "Hel"]
        1000   = "Hel" unfinished, 8 + 2 tokens, 1000 ms"#]]
    .assert_eq(&world.log());
}

// ---- the circuit -------------------------------------------------------------

#[test]
fn a_provider_that_is_out_is_left_alone_and_tried_again_later() {
    let five = (0..5).flat_map(|_| [out(), claude()]);
    let world = World::new(NO_RETRY, five.chain([claude(), hello(), hello()]));
    for _ in 0..5 {
        world.play(&ask(""));
    }
    world.env.0.borrow_mut().log.clear();
    world.play(&ask(""));
    world
        .env
        .run(aircher_llm::env::Env::sleep(&world.env, 20_000));
    world.play(&ask("")).play(&ask(""));
    expect![[r#"
        0      failover openai -> claude: circuit_open
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         openai gpt-4o: circuit_open, skipped, 0 ms, 0 n$
        0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$
        20000  send POST https://api.openai.com/v1/chat/completions
        20000  -> "Hel"
        20000  -> "lo"
        20000  = "Hello" Stop, 9 + 2 tokens, 0 ms
        20000     openai gpt-4o: answered, 0 ms, 42500 n$
        20000  send POST https://api.openai.com/v1/chat/completions
        20000  -> "Hel"
        20000  -> "lo"
        20000  = "Hello" Stop, 9 + 2 tokens, 0 ms
        20000     openai gpt-4o: answered, 0 ms, 42500 n$"#]]
    .assert_eq(&world.log());
}

#[test]
fn who_tries_a_provider_and_reads_no_further_keeps_nobody_away() {
    let five = (0..5).flat_map(|_| [out(), claude()]);
    let world = World::new(NO_RETRY, five.chain([hello(), hello()]));
    for _ in 0..5 {
        world.play(&ask(""));
    }
    world
        .env
        .run(aircher_llm::env::Env::sleep(&world.env, 20_000));
    let scene = Scene::of(world.env.clone());
    let mut held = world.call(&ask(""));
    assert!(scene.read(&mut held));
    let told = world.play(&ask(r#","fallback":false"#)).log();
    assert!(
        told.ends_with("openai gpt-4o: answered, 0 ms, 42500 n$"),
        "{told}"
    );
}

#[test]
fn nobody_else_means_failing_at_once() {
    let json = format!(
        r#"{{"providers":{{"openai":{{"api":"chat","api_key":"{KEY}"}}}},"retry":{{"max_retries":0}}}}"#
    );
    let world = World::of(&json, (0..5).map(|_| out()));
    let request = ask(r#","model":"gpt-4o""#);
    for _ in 0..5 {
        world.play(&request);
    }
    world.env.0.borrow_mut().log.clear();
    expect![[r#"
        0      ! circuit_open: openai failed again and again: it is left alone for 14706 ms more [hint others of `providers.fallback_order` would answer meanwhile] [retry after 14706 ms] [billed no]
        0         openai gpt-4o: circuit_open, skipped, 0 ms, 0 n$"#]].assert_eq(&world.play(&request).log());
}

#[test]
fn a_wait_can_be_cancelled() {
    let world = World::new(RETRY, [with(error(429, "slow down"), "retry-after", "30")]);
    let scene = Scene::of(world.env.clone());
    let mut call = world.call(&ask(""));
    scene.wait(&mut call, 1_000);
    scene.cancel(&mut call);
    assert_eq!(call.response().metadata.attempts.len(), 1);
    expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      retry openai 2 in 33541 ms: rate_limit
        1000   the caller has waited enough
        1000   ! cancelled: the call was cancelled [billed no]"#]]
    .assert_eq(&world.log());
}

/// R1 of the robustness list: an outage does not double its own load.
#[test]
fn retries_of_an_outage_stay_below_a_tenth_of_the_load() {
    let json =
        format!(r#"{{"providers":{{"openai":{{"api":"chat","api_key":"{KEY}"}}}},"retry":{{}}}}"#);
    let world = World::of(&json, []);
    let request = ask(r#","model":"gpt-4o""#);
    for _ in 0..1_000 {
        let mut call = world.call(&request);
        assert!(world.env.run(call.next()).is_err());
        world.env.run(aircher_llm::env::Env::sleep(&world.env, 500));
    }
    let log = world.env.log();
    let sent = log
        .lines()
        .filter(|line| line.contains("send POST"))
        .count();
    assert!((5..1_100).contains(&sent), "{sent} requests");
}

#[test]
fn usage_of_the_answer_is_the_answer_s_alone() {
    let cut = stream([say("Hel"), usage(), Step::Reset]);
    let world = World::new(NO_RETRY, [cut, stream([say("x"), stop(), done()])]);
    world.play(&ask(""));
    assert_eq!(
        world.env.0.borrow().requests.len(),
        1,
        "text has come: nobody else is asked"
    );
}

// ---- files that a provider does not fetch ------------------------------------

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn picture(status: u16) -> Answer {
    Answer::new(status, "image/png", PNG)
}

/// A question about an image by address, to one provider with its own server.
fn look(provider: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    let json = format!(
        r#"{{"providers":{{"ollama":{{"model":"llava"}},"gemini":{{"api_key":"{KEY}"}}}},"retry":{{"max_retries":0}}}}"#
    );
    let world = World::of(&json, answers);
    world.play(&format!(
        r#"{{"provider":"{provider}","messages":[{{"role":"user","content":[{{"type":"image_url","image_url":{{"url":"https://pictures.example/cat.png"}}}}]}}]}}"#
    ));
    world
}

/// The body of the last request.
fn last_body(world: &World) -> String {
    let world = world.env.0.borrow();
    let body = world.requests.last().unwrap().body.clone();
    String::from_utf8(body.unwrap()).unwrap()
}

#[test]
fn an_image_by_address_is_fetched_for_who_fetches_none() {
    let world = look("ollama", [picture(200), local()]);
    expect![[r#"
        0      send GET https://pictures.example/cat.png
        0      send POST http://localhost:11434/api/chat
        0      -> "Hei"
        0      = "Hei" Stop, 9 + 2 tokens, 0 ms
        0         ollama llava: answered, 0 ms, 0 n$"#]]
    .assert_eq(&world.log());
    assert!(last_body(&world).contains(r#""images":["iVBORw0KGgo="]"#));
    assert!(
        world.env.0.borrow().requests[0].headers.is_empty(),
        "no key"
    );
}

#[test]
fn an_image_that_cannot_be_fetched_is_named() {
    let mut redirect = picture(302);
    redirect
        .head
        .headers
        .push(("location".into(), "http://localhost/".into()));
    let page = Answer::new(200, "text/html", "<html>no such cat</html>");
    let mut logs = Vec::new();
    for answers in [vec![picture(404)], vec![redirect], vec![page], vec![]] {
        logs.push(look("ollama", answers).log());
    }
    expect![[r#"
        0      send GET https://pictures.example/cat.png
        0      ! unsupported: messages[0].content[0].image_url.url: the provider fetches no addresses, and what stands at https://pictures.example/cat.png was answered with 404 [code not_inlined] [hint send it as a data URL such as `data:image/png;base64,…`] [billed no]
        0         ollama llava: unsupported, skipped, 0 ms, 0 n$
        0      send GET https://pictures.example/cat.png
        0      ! unsupported: messages[0].content[0].image_url.url: the provider fetches no addresses, and what stands at https://pictures.example/cat.png is a redirect, which is not followed [code not_inlined] [hint send it as a data URL such as `data:image/png;base64,…`] [billed no]
        0         ollama llava: unsupported, skipped, 0 ms, 0 n$
        0      send GET https://pictures.example/cat.png
        0      ! invalid_request: messages[0].content[0].image_url.url: no image came from its address but text/html [hint check that the address leads to the image itself and needs no login] [billed no]
        0         ollama llava: invalid_request, skipped, 0 ms, 0 n$
        0      send GET https://pictures.example/cat.png
        0      ! unsupported: messages[0].content[0].image_url.url: the provider fetches no addresses, and what stands at https://pictures.example/cat.png cannot be fetched from here [code not_inlined] [hint send it as a data URL such as `data:image/png;base64,…`] [billed no]
        0         ollama llava: unsupported, skipped, 0 ms, 0 n$"#]].assert_eq(&logs.join("\n"));
}

/// Whoever was not asked has not failed.
#[test]
fn a_slow_server_of_files_is_no_outage_of_the_provider() {
    let mut slow = picture(200);
    slow.head_after_ms = 9_000;
    let json = r#"{"providers":{"ollama":{"model":"llava"}},"timeouts":{"total":"5s"},"retry":{"max_retries":0}}"#;
    let world = World::of(json, vec![slow; 5].into_iter().chain([local()]));
    for _ in 0..5 {
        world.play(
            r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://pictures.example/cat.png"}}]}]}"#,
        );
    }
    let told = world.play(&ask("")).log();
    assert!(
        told.ends_with("ollama llava: answered, 0 ms, 0 n$"),
        "{told}"
    );
}

#[test]
#[cfg(feature = "gemini")]
fn an_image_that_the_provider_could_not_fetch_is_sent_along() {
    let refused = || {
        Answer::new(
            400,
            "application/json",
            r#"{"error":{"code":400,"message":"Cannot fetch content from the provided URL. Please ensure the URL is valid and accessible. URL_ROBOTED-ROBOTED_DENIED","status":"INVALID_ARGUMENT"}}"#,
        )
    };
    let answer = r#"{"candidates":[{"content":{"parts":[{"text":"A cat."}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":2,"totalTokenCount":11}}"#;
    let good = Answer::sse(&[answer]);
    let world = look("gemini", [refused(), picture(200), good]);
    expect![[r#"
        0      send POST https://generativelanguage.googleapis.com/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse
        0      retry gemini 2 in 0 ms: invalid_request
        0      send GET https://pictures.example/cat.png
        0      send POST https://generativelanguage.googleapis.com/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse
        0      -> "A cat."
        0      = "A cat." Stop, 9 + 2 tokens, 0 ms
        0         gemini gemini-3.8-flash: invalid_request 400, 0 ms, 0 n$
        0         gemini gemini-3.8-flash: answered, 0 ms, 14250 n$"#]].assert_eq(&world.log());
    assert!(last_body(&world).contains(r#""data":"iVBORw0KGgo=""#));
    let again = look("gemini", [refused(), picture(200), refused()]);
    expect![[r#"
        0      send POST https://generativelanguage.googleapis.com/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse
        0      retry gemini 2 in 0 ms: invalid_request
        0      send GET https://pictures.example/cat.png
        0      send POST https://generativelanguage.googleapis.com/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse
        0      ! invalid_request: the provider refused the request (HTTP 400): Cannot fetch content from the provided URL. Please ensure the URL is valid and accessible. URL_ROBOTED-ROBOTED_DENIED [code INVALID_ARGUMENT] [hint the provider could not load the address; send the file as a data URL] [billed no]
        0         gemini gemini-3.8-flash: invalid_request 400, 0 ms, 0 n$
        0         gemini gemini-3.8-flash: invalid_request 400, 0 ms, 0 n$"#]].assert_eq(&again.log());
}

// ---- what would happen -------------------------------------------------------

#[track_caller]
fn explained(tables: &str, request: &str, expected: Expect) {
    let world = World::new(tables, []);
    let explanation = world.env.run(world.call(request).explain()).unwrap();
    let mut told = format!("{:?} would answer\n", explanation.provider);
    for prospect in &explanation.candidates {
        let cost = prospect.cost.map(|cost| cost.nanos());
        let skipped = prospect.skipped.as_ref().map(ToString::to_string);
        let warnings: Vec<_> = prospect
            .warnings
            .iter()
            .map(|warning| &warning.field)
            .collect();
        told.push_str(&format!(
            "{} {:?} ({}): {} + {} tokens, {cost:?} n$, {skipped:?}, {warnings:?}\n",
            prospect.provider,
            prospect.model,
            prospect.because,
            prospect.input_tokens,
            prospect.output_tokens
        ));
    }
    expected.assert_eq(&told);
    assert_eq!(world.env.log(), "", "nothing has happened");
    assert_eq!(world.env.store().bucket("*/d:2027-01-01").n, 0);
}

#[test]
fn a_dry_run_tells_who_would_answer_and_why() {
    explained(
        "",
        &ask(""),
        expect![[r#"
            Some("openai") would answer
            openai Some("gpt-4o") (default): 8 + 4096 tokens, Some(40980000) n$, None, []
            claude Some("claude-haiku-5-5") (fallback): 9 + 4096 tokens, Some(2048900) n$, None, []
            ollama Some("qwen3") (fallback): 11 + 4096 tokens, Some(0) n$, None, []
        "#]],
    );
    let costs = r#","costs":{"limits":{"openai_daily":"0.00001"}}"#;
    explained(
        costs,
        &ask(r#","max_tokens":100,"seed":7"#),
        expect![[r#"
            Some("claude") would answer
            openai Some("gpt-4o") (default): 8 + 100 tokens, Some(1020000) n$, Some("budget_exceeded: the limit of 0.00001 US dollars (p:openai d:2027-01-01) does not leave the 0.001245 this request may cost: 0 spent, 0 set aside"), []
            claude Some("claude-haiku-5-5") (fallback): 9 + 100 tokens, Some(50900) n$, None, [Some("seed")]
            ollama Some("qwen3") (fallback): 11 + 100 tokens, Some(0) n$, None, []
        "#]],
    );
    let limit = ask(r#","max_tokens":100,"cost_limit":"0.000001""#);
    explained(
        "",
        &limit,
        expect![[r#"
            Some("ollama") would answer
            openai Some("gpt-4o") (default): 8 + 100 tokens, Some(1020000) n$, Some("budget_exceeded: the limit of 0.000001 US dollars (request) does not leave the 0.001245 this request may cost: 0 spent, 0 set aside"), []
            claude Some("claude-haiku-5-5") (fallback): 9 + 100 tokens, Some(50900) n$, Some("budget_exceeded: the limit of 0.000001 US dollars (request) does not leave the 0.00007678 this request may cost: 0 spent, 0 set aside"), []
            ollama Some("qwen3") (fallback): 11 + 100 tokens, Some(0) n$, None, []
        "#]],
    );
}

#[test]
fn a_first_choice_whose_variable_is_not_set_is_told() {
    let config = format!(
        r#"{{"providers":{{"fallback_order":["openai","claude"],
            "openai":{{"api_key_env":"NOPE"}},"claude":{{"api_key":"{KEY}"}}}}}}"#
    );
    let world = World::of(&config, [claude()]);
    expect![[r#"
        0      warning key_missing openai is first in `providers.fallback_order`, but NOPE is not set: somebody else was asked first
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]].assert_eq(&world.play(&ask("")).log());
}
