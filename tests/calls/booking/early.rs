//! Calls that end early.

use expect_test::expect;

use super::{LIMITED, answering, ask, asking, check, scene, story};
use crate::script::{data, done, error, hello, say, stop, stream, usage};
use crate::support::{Answer, Step};
use crate::test;

#[test]
fn a_refused_request_is_given_back() {
    let answer = error(429, "slow down");
    check(
        &scene(LIMITED, [answer]),
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      body ended
        0      ! rate_limit: too many requests or tokens for now (HTTP 429): slow down [retryable yes] [billed no]
        books *: 0 settled, 0 reserved, 0 calls, 0 estimated, 0 + 0 tokens"#]],
    );
}

#[test]
fn nobody_knows_what_a_silent_server_did() {
    let late = || Answer {
        head_after_ms: 600_000,
        ..hello()
    };
    let patient = |costs| scene(costs, [late()]).with(r#""timeouts":{"first_byte":"10s"}"#);
    check(
        &patient(LIMITED).request(&ask(r#""max_tokens":100"#)),
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        10000  booked 1#1 posted 885000 n$, estimated
        10000  ! timeout: no text or tool call came in time (timeouts.first_byte) [code first_byte] [retryable yes] [billed unknown]
        books *: 885000 settled, 0 reserved, 1 calls, 1 estimated, 98 + 64 tokens"#]],
    );
    check(
        &patient(r#""mode":"estimate","daily_limit":"1""#),
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            10000  booked 1#1 posted 22500 n$, estimated
            10000  ! timeout: no text or tool call came in time (timeouts.first_byte) [code first_byte] [retryable yes] [billed unknown]
            books *: 22500 settled, 0 reserved, 1 calls, 1 estimated, 9 + 0 tokens"#]],
    );
}

#[test]
fn an_aborted_call_is_charged_for_what_came() {
    let scene = scene(LIMITED, [hello()]);
    let mut call = scene.call();
    scene.env.read(&mut call);
    scene.env.cancel(&mut call);
    expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      body closed by us
        0      booked 1#1 posted 915000 n$, estimated
        0      ! cancelled: the call was cancelled [billed yes] [partial "Hel"]
        books *: 915000 settled, 0 reserved, 1 calls, 1 estimated, 98 + 67 tokens"#]]
    .assert_eq(&story(&scene));
}

#[test]
fn a_dropped_call_is_charged_for_what_came() {
    let scene = scene(LIMITED, [hello()]);
    let mut call = scene.call();
    scene.env.read(&mut call);
    drop(call);
    expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      booked 1#1 posted 915000 n$, estimated
        0      body closed by us
        books *: 915000 settled, 0 reserved, 1 calls, 1 estimated, 98 + 67 tokens"#]]
    .assert_eq(&story(&scene));
}

#[test]
fn a_call_nobody_reads_costs_nothing() {
    let scene = scene(LIMITED, [hello()]);
    drop(scene.call());
    expect![[r#"

        books *: 0 settled, 0 reserved, 0 calls, 0 estimated, 0 + 0 tokens"#]]
    .assert_eq(&story(&scene));
}

#[test]
fn a_model_that_reasons_in_secret_is_charged_in_full_by_a_hard_limit() {
    let request = asking("gpt-5.4", r#""max_tokens":1000"#);
    let hard = scene(LIMITED, [stream([say("Hel")])]).request(&request);
    check(
        &hard,
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      body ended
        0      booked 1#1 posted 15245000 n$, estimated
        0      ! stream_interrupted: the stream ended before the provider said it was done [billed yes] [partial "Hel"]
        books *: 15245000 settled, 0 reserved, 1 calls, 1 estimated, 98 + 1000 tokens"#]],
    );
    let estimate = r#""mode":"estimate","daily_limit":"1""#;
    let estimated = scene(estimate, [stream([say("Hel")])]).request(&request);
    check(
        &estimated,
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      -> "Hel"
            0      body ended
            0      booked 1#1 posted 52500 n$, estimated
            0      ! stream_interrupted: the stream ended before the provider said it was done [billed yes] [partial "Hel"]
            books *: 52500 settled, 0 reserved, 1 calls, 1 estimated, 9 + 2 tokens"#]],
    );
}

#[test]
fn a_broken_stream_is_charged_for_what_came() {
    check(
        &scene(LIMITED, [stream([say("Hel"), Step::Reset])]),
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      body ended
        0      booked 1#1 posted 915000 n$, estimated
        0      ! stream_interrupted: the connection broke in the middle of the answer [billed yes] [partial "Hel"]
        books *: 915000 settled, 0 reserved, 1 calls, 1 estimated, 98 + 67 tokens"#]],
    );
    let error = data(r#"{"error":{"message":"overloaded","type":"server_error"}}"#);
    check(
        &scene(LIMITED, [stream([say("Hel"), error])]),
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      body closed by us
        0      booked 1#1 posted 915000 n$, estimated
        0      ! server_error: the provider failed: overloaded [code server_error] [retryable yes] [billed yes] [partial "Hel"]
        books *: 915000 settled, 0 reserved, 1 calls, 1 estimated, 98 + 67 tokens"#]],
    );
}

#[test]
fn an_answer_without_usage_is_estimated() {
    check(
        &scene(LIMITED, [stream([say("Hello"), stop(), done()])]),
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hello"
        0      body closed by us
        0      booked 1#1 posted 935000 n$, estimated
        0      = "Hello" Stop, 98 + 69 tokens, 0 ms
        books *: 935000 settled, 0 reserved, 1 calls, 1 estimated, 98 + 69 tokens"#]],
    );
    // Zero tokens for a text are no count.
    let zero = answering(r#"{"prompt_tokens":9,"completion_tokens":0}"#, "");
    check(
        &scene(LIMITED, [zero]),
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hello"
        0      body closed by us
        0      booked 1#1 posted 712500 n$, estimated
        0      = "Hello" Stop, 9 + 69 tokens, 0 ms
        books *: 712500 settled, 0 reserved, 1 calls, 1 estimated, 9 + 69 tokens"#]],
    );
}

#[test]
fn usage_that_came_before_the_break_counts() {
    check(
        &scene(LIMITED, [stream([usage(), say("Hello"), Step::Reset])]),
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hello"
        0      body ended
        0      booked 1#1 posted 712500 n$, estimated
        0      ! stream_interrupted: the connection broke in the middle of the answer [billed yes] [partial "Hello"]
        books *: 712500 settled, 0 reserved, 1 calls, 1 estimated, 9 + 69 tokens"#]],
    );
}

#[test]
fn what_was_asked_for_makes_the_price_until_the_answer_says_otherwise() {
    let priority = asking(
        "gpt-5.4",
        r#""provider_options":{"openai":{"service_tier":"priority"}}"#,
    );
    let mut costs = String::new();
    for request in [asking("gpt-5.4", ""), priority] {
        let scene = scene("", [stream([usage(), say("Hello"), Step::Reset])]).request(&request);
        scene.play();
        costs += &format!("{}\n", scene.env.store().bucket("*/d:2027-01-01").settled);
    }
    expect![[r#"
        52500
        105000
    "#]]
    .assert_eq(&costs);
}
