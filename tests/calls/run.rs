//! One call against a scripted server in virtual time: what is sent, what is
//! awaited for how long, and what the caller gets.
//!
//! A snapshot is the log of a call: the time in milliseconds, then what
//! happened. `->` is a batch the caller reads, `=` the answer, `!` an error.

use aircher_llm::env::Verdict;
use aircher_llm::http::{Header, ResponseHead};
use expect_test::{Expect, expect};

use crate::script::{
    KEY, Scene, data, done, hello, json, ping, say, stop, stream, together, usage,
};
use crate::support::{Answer, Step};
use crate::test;

/// Checks the story of a call; the usual opening is left out.
#[track_caller]
fn check(scene: Scene, expected: Expect) {
    expected.assert_eq(&without_opening(&scene.play()));
}

fn without_opening(log: &str) -> String {
    const OPENING: &str = "\
0      request openai gpt-4o 1
0      send POST https://api.openai.com/v1/chat/completions
0      head 200
0      response 200
";
    log.strip_prefix(OPENING).unwrap_or(log).to_string()
}

const LIMITS: &str = r#""timeouts":{"first_byte":"10s","idle":"5s","total":"30s"}"#;

// ---- answers --------------------------------------------------------------

#[test]
fn a_streamed_answer() {
    expect![[r#"
        0      request openai gpt-4o 1
        0      send POST https://api.openai.com/v1/chat/completions
        0      head 200
        0      response 200
        0      -> "Hel"
        0      -> "lo"
        0      body closed by us
        0      booked req_e5d31742c0000000001#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms"#]]
    .assert_eq(&Scene::new(hello()).play());
}

#[test]
fn a_whole_answer() {
    let body = r#"{"model":"gpt-4o-2024-08-06","choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#;
    check(
        Scene::new(json(200, body)).full(),
        expect![[r#"
            0      body ended
            0      -> "Hello"
            0      booked req_e5d31742c0000000001#1 posted 42500 n$
            0      = "Hello" Stop, 9 + 2 tokens, 0 ms"#]],
    );
    // A server that does not stream is understood all the same.
    check(
        Scene::new(Answer::new(200, "text/event-stream", body)),
        expect![[r#"
            0      body ended
            0      -> "Hello"
            0      booked req_e5d31742c0000000001#1 posted 42500 n$
            0      = "Hello" Stop, 9 + 2 tokens, 0 ms"#]],
    );
}

#[test]
fn chunks_of_the_network_are_the_batches() {
    let answer = stream([
        together([say("a"), say("b")]),
        ping(),
        together([say("c"), stop(), usage(), done()]),
    ]);
    check(
        Scene::new(answer),
        expect![[r#"
            0      -> "a" "b"
            0      body closed by us
            0      -> "c"
            0      booked req_e5d31742c0000000001#1 posted 42500 n$
            0      = "abc" Stop, 9 + 2 tokens, 0 ms"#]],
    );
}

#[test]
fn a_complete_answer_waits_shortly_for_its_trailer() {
    let stalls = stream([say("Hello"), stop(), Step::Stall]);
    check(
        Scene::new(stalls),
        expect![[r#"
            0      -> "Hello"
            2000   body closed by us
            2000   booked req_e5d31742c0000000001#1 posted 60000 n$, estimated
            2000   = "Hello" Stop, 8 + 4 tokens, 2000 ms"#]],
    );
    let late = stream([
        say("Hello"),
        stop(),
        Step::Wait(1_500),
        usage(),
        Step::Stall,
    ]);
    check(
        Scene::new(late),
        expect![[r#"
            0      -> "Hello"
            2000   body closed by us
            2000   booked req_e5d31742c0000000001#1 posted 42500 n$
            2000   = "Hello" Stop, 9 + 2 tokens, 2000 ms"#]],
    );
    let mut pinged = vec![say("Hello"), stop()];
    for _ in 0..9 {
        pinged.extend([Step::Wait(700), ping()]);
    }
    check(
        Scene::new(stream(pinged)),
        expect![[r#"
            0      -> "Hello"
            2000   body closed by us
            2000   booked req_e5d31742c0000000001#1 posted 60000 n$, estimated
            2000   = "Hello" Stop, 8 + 4 tokens, 2000 ms"#]],
    );
    let broken = stream([say("Hello"), stop(), Step::Reset]);
    check(
        Scene::new(broken),
        expect![[r#"
            0      -> "Hello"
            0      body ended
            0      booked req_e5d31742c0000000001#1 posted 60000 n$, estimated
            0      = "Hello" Stop, 8 + 4 tokens, 0 ms"#]],
    );
    let marked = stream([say("Hello"), stop(), done(), Step::Stall]);
    check(
        Scene::new(marked),
        expect![[r#"
            0      -> "Hello"
            0      body closed by us
            0      booked req_e5d31742c0000000001#1 posted 60000 n$, estimated
            0      = "Hello" Stop, 8 + 4 tokens, 0 ms"#]],
    );
}

// ---- time limits ----------------------------------------------------------

#[test]
fn silence_before_the_first_text_has_its_own_limit() {
    let mut late_head = hello();
    late_head.head_after_ms = 60_000;
    check(
        Scene::new(late_head).with(LIMITS),
        expect![[r#"
            0      request openai gpt-4o 1
            0      send POST https://api.openai.com/v1/chat/completions
            10000  booked req_e5d31742c0000000001#1 posted 20000 n$, estimated
            10000  ! timeout: no text or tool call came in time (timeouts.first_byte) [code first_byte] [retryable yes] [billed unknown]"#]],
    );
    check(
        Scene::new(stream([Step::Stall])).with(LIMITS),
        expect![[r#"
            10000  body closed by us
            10000  booked req_e5d31742c0000000001#1 posted 20000 n$, estimated
            10000  ! timeout: no text or tool call came in time (timeouts.first_byte) [code first_byte] [retryable yes] [billed unknown]"#]],
    );
    // A role without text is no text yet.
    let role = data(r#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#);
    let answer = stream([
        Step::Wait(8_000),
        role,
        Step::Wait(8_000),
        say("Hello"),
        stop(),
        done(),
    ]);
    check(
        Scene::new(answer).with(LIMITS),
        expect![[r#"
            16000  -> "Hello"
            16000  body closed by us
            16000  booked req_e5d31742c0000000001#1 posted 60000 n$, estimated
            16000  = "Hello" Stop, 8 + 4 tokens, 16000 ms"#]],
    );
}

#[test]
fn silence_within_the_text_has_another() {
    let answer = stream([Step::Wait(9_000), say("Hel"), Step::Stall]);
    check(
        Scene::new(answer).with(LIMITS),
        expect![[r#"
            9000   -> "Hel"
            14000  body closed by us
            14000  booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
            14000  ! timeout: the stream fell silent (timeouts.idle) [code idle] [retryable yes] [billed yes] [partial "Hel"]"#]],
    );
}

#[test]
fn the_whole_call_has_a_limit() {
    let mut steps = Vec::new();
    for _ in 0..20 {
        steps.extend([say("."), Step::Wait(4_000)]);
    }
    check(
        Scene::new(stream(steps)).with(LIMITS),
        expect![[r#"
            0      -> "."
            4000   -> "."
            8000   -> "."
            12000  -> "."
            16000  -> "."
            20000  -> "."
            24000  -> "."
            28000  -> "."
            30000  body closed by us
            30000  booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
            30000  ! timeout: the call took longer than its total limit (timeouts.total) [code total] [retryable yes] [billed yes] [partial "........"]"#]],
    );
}

#[test]
fn any_bytes_keep_a_stream_alive() {
    let quiet = [
        Step::Wait(4_000),
        ping(),
        Step::Wait(4_000),
        ping(),
        Step::Wait(4_000),
    ];
    let mut steps = vec![say("Hel")];
    steps.extend(quiet);
    steps.extend([say("lo"), stop(), done()]);
    check(
        Scene::new(stream(steps)).with(LIMITS),
        expect![[r#"
            0      -> "Hel"
            12000  -> "lo"
            12000  body closed by us
            12000  booked req_e5d31742c0000000001#1 posted 60000 n$, estimated
            12000  = "Hello" Stop, 8 + 4 tokens, 12000 ms"#]],
    );
}

// ---- ending a call --------------------------------------------------------

#[test]
fn cancelled_before_anything_was_sent() {
    let scene = Scene::new(hello());
    let mut call = scene.call();
    scene.env.cancel(&mut call);
    scene.env.read(&mut call);
    expect![[r#"
        0      ! cancelled: the call was cancelled [billed no]
        0      = "" unfinished, 0 + 0 tokens, 0 ms"#]]
    .assert_eq(&without_opening(&scene.env.log()));
}

#[test]
fn cancelled_while_waiting() {
    let mut answer = hello();
    answer.head_after_ms = 5_000;
    let scene = Scene::new(answer);
    let mut call = scene.call();
    scene.env.wait_for(&mut call, 1_000);
    scene.env.cancel(&mut call);
    scene.env.read(&mut call);
    expect![[r#"
        0      request openai gpt-4o 1
        0      send POST https://api.openai.com/v1/chat/completions
        1000   the caller has waited enough
        1000   booked req_e5d31742c0000000001#1 posted 20000 n$, estimated
        1000   ! cancelled: the call was cancelled [billed unknown]
        1000   = "" unfinished, 8 + 0 tokens, 0 ms"#]]
    .assert_eq(&without_opening(&scene.env.log()));
}

#[test]
fn cancelled_in_the_middle() {
    let scene = Scene::new(hello());
    let mut call = scene.call();
    scene.env.read(&mut call);
    scene.env.cancel(&mut call);
    scene.env.read(&mut call);
    expect![[r#"
        0      -> "Hel"
        0      body closed by us
        0      booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
        0      ! cancelled: the call was cancelled [billed yes] [partial "Hel"]
        0      = "Hel" unfinished, 8 + 2 tokens, 0 ms"#]]
    .assert_eq(&without_opening(&scene.env.log()));
    let scene = Scene::new(stream([say("Hel"), Step::Stall]));
    let mut call = scene.call();
    scene.env.read(&mut call);
    scene.env.wait_for(&mut call, 1_000);
    scene.env.cancel(&mut call);
    expect![[r#"
        0      -> "Hel"
        1000   the caller has waited enough
        1000   body closed by us
        1000   booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
        1000   ! cancelled: the call was cancelled [billed yes] [partial "Hel"]"#]]
    .assert_eq(&without_opening(&scene.env.log()));
}

#[test]
fn a_dropped_call_closes_the_connection() {
    let scene = Scene::new(hello());
    let mut call = scene.call();
    scene.env.read(&mut call);
    drop(call);
    scene.env.note("dropped");
    expect![[r#"
        0      -> "Hel"
        0      booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
        0      body closed by us
        0      dropped"#]]
    .assert_eq(&without_opening(&scene.env.log()));
}

// ---- broken answers -------------------------------------------------------

#[test]
fn an_end_without_the_last_word_is_a_cut() {
    check(
        Scene::new(stream([say("Hel")])),
        expect![[r#"
            0      -> "Hel"
            0      body ended
            0      booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
            0      ! stream_interrupted: the stream ended before the provider said it was done [billed yes] [partial "Hel"]"#]],
    );
    check(
        Scene::new(stream([])),
        expect![[r#"
            0      body ended
            0      booked req_e5d31742c0000000001#1 posted 20000 n$, estimated
            0      ! stream_interrupted: the stream ended before the provider said it was done [billed unknown]"#]],
    );
    let half = Step::Bytes(br#"data: {"choices":[{"delta":{"cont"#.to_vec());
    check(
        Scene::new(stream([say("Hel"), half])),
        expect![[r#"
            0      -> "Hel"
            0      body ended
            0      booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
            0      ! stream_interrupted: the stream ended before the provider said it was done [billed yes] [partial "Hel"]"#]],
    );
    check(
        Scene::new(json(200, r#"{"choices":[{"mess"#)).full(),
        expect![[r#"
            0      body ended
            0      booked req_e5d31742c0000000001#1 posted 20000 n$, estimated
            0      ! stream_interrupted: the answer was cut [billed unknown]"#]],
    );
}

#[test]
fn a_broken_connection() {
    check(
        Scene::new(stream([Step::Reset])),
        expect![[r#"
            0      body ended
            0      booked req_e5d31742c0000000001#1 posted 20000 n$, estimated
            0      ! network_error: connection reset [retryable yes] [billed unknown]"#]],
    );
    check(
        Scene::new(stream([say("Hel"), Step::Reset])),
        expect![[r#"
            0      -> "Hel"
            0      body ended
            0      booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
            0      ! stream_interrupted: the connection broke in the middle of the answer [billed yes] [partial "Hel"]"#]],
    );
    let scene = Scene::new(hello());
    scene.env.0.borrow_mut().answers.clear();
    check(
        scene,
        expect![[r#"
            0      request openai gpt-4o 1
            0      send POST https://api.openai.com/v1/chat/completions
            0      ! network_error: nobody answers [hint the connection to https://api.openai.com was not made or broke: check the network and base_url] [retryable yes] [billed no]"#]],
    );
}

#[test]
fn an_answer_in_another_language() {
    let page = "<!DOCTYPE html><title>Sign in</title>";
    check(
        Scene::new(Answer::new(200, "text/html", page)),
        expect![[r#"
            0      body ended
            0      booked req_e5d31742c0000000001#1 posted 20000 n$, estimated
            0      ! invalid_response: the provider sent what is no valid JSON of its protocol (expected a value): <!DOCTYPE html><title>Sign in</title> [billed unknown]"#]],
    );
    check(
        Scene::new(Answer::new(200, "text/html", page)).full(),
        expect![[r#"
            0      body ended
            0      booked req_e5d31742c0000000001#1 posted 20000 n$, estimated
            0      ! invalid_response: the provider sent what is no valid JSON of its protocol (expected a value): <!DOCTYPE html><title>Sign in</title> [billed unknown]"#]],
    );
    check(
        Scene::new(stream([say("Hel"), data("oops")])),
        expect![[r#"
            0      -> "Hel"
            0      body ended
            0      booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
            0      ! stream_interrupted: the stream ended before the provider said it was done [billed yes] [partial "Hel"]"#]],
    );
}

#[test]
fn an_error_with_a_good_status() {
    let error =
        r#"{"error":{"message":"The server had an error","type":"server_error","code":null}}"#;
    check(
        Scene::new(json(200, error)),
        expect![[r#"
            0      body ended
            0      booked req_e5d31742c0000000001#1 posted 20000 n$, estimated
            0      ! server_error: the provider failed: The server had an error [code server_error] [retryable yes] [billed unknown]"#]],
    );
    check(
        Scene::new(json(200, error)).full(),
        expect![[r#"
            0      body ended
            0      booked req_e5d31742c0000000001#1 posted 20000 n$, estimated
            0      ! server_error: the provider failed: The server had an error [code server_error] [retryable yes] [billed unknown]"#]],
    );
    check(
        Scene::new(stream([say("Hel"), data(error)])),
        expect![[r#"
            0      -> "Hel"
            0      body closed by us
            0      booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
            0      ! server_error: the provider failed: The server had an error [code server_error] [retryable yes] [billed yes] [partial "Hel"]"#]],
    );
}

#[test]
fn events_before_an_error_in_the_same_chunk_are_delivered() {
    let error = data(r#"{"error":{"message":"Rate limit reached","code":"rate_limit_exceeded"}}"#);
    check(
        Scene::new(stream([together([say("Hel"), say("lo"), error])])),
        expect![[r#"
            0      body closed by us
            0      -> "Hel" "lo"
            0      booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
            0      ! rate_limit: too many requests or tokens for now: Rate limit reached [code rate_limit_exceeded] [retryable yes] [billed yes] [partial "Hello"]"#]],
    );
}

#[test]
fn every_size_has_a_limit() {
    let scene =
        |limits: &str, answer| Scene::new(answer).with(&format!(r#""limits":{{{limits}}}"#));
    let long = stream([say("Hel"), say(&"x".repeat(200))]);
    check(
        scene(r#""line_bytes":200"#, long),
        expect![[r#"
            0      -> "Hel"
            0      body closed by us
            0      booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
            0      ! response_too_large: the answer passed limits.line_bytes (200 bytes) [code line_bytes] [billed yes] [partial "Hel"]"#]],
    );
    let lines = Step::Bytes("data: \"xxxxxxxx\"\n".repeat(30).into_bytes());
    check(
        scene(r#""event_bytes":200"#, stream([say("Hel"), lines])),
        expect![[r#"
            0      -> "Hel"
            0      body closed by us
            0      booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
            0      ! response_too_large: the answer passed limits.event_bytes (200 bytes) [code event_bytes] [billed yes] [partial "Hel"]"#]],
    );
    let call = r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"0123456789"}}]}}]}"#;
    check(
        scene(r#""tool_arguments_bytes":8"#, stream([data(call)])),
        expect![[r#"
            0      body closed by us
            0      -> 
            0      booked req_e5d31742c0000000001#1 posted 20000 n$, estimated
            0      ! response_too_large: the answer passed limits.tool_arguments_bytes (8 bytes) [code tool_arguments_bytes] [billed yes] [partial ""]"#]],
    );
    check(
        scene(r#""response_bytes":100"#, hello()),
        expect![[r#"
            0      -> "Hel"
            0      -> "lo"
            0      body closed by us
            0      booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
            0      ! response_too_large: the answer passed limits.response_bytes (100 bytes) [code response_bytes] [billed yes] [partial "Hello"]"#]],
    );
    let body = "x".repeat(200);
    check(
        scene(r#""response_bytes":100"#, json(200, body.clone())).full(),
        expect![[r#"
            0      body closed by us
            0      booked req_e5d31742c0000000001#1 posted 20000 n$, estimated
            0      ! response_too_large: the answer passed limits.response_bytes (100 bytes) [code response_bytes] [billed yes]"#]],
    );
    // Of an error only the start is read: it is an error already.
    check(
        scene(
            r#""error_body_bytes":20"#,
            Answer::new(500, "text/plain", body),
        ),
        expect![[r#"
            0      request openai gpt-4o 1
            0      send POST https://api.openai.com/v1/chat/completions
            0      head 500
            0      response 500
            0      body closed by us
            0      ! server_error: the provider failed (HTTP 500): xxxxxxxxxxxxxxxxxxxx [retryable yes] [billed no]"#]],
    );
}

// ---- refusals -------------------------------------------------------------

#[test]
fn an_error_status() {
    let body = r#"{"error":{"message":"Rate limit reached for gpt-4o","type":"tokens","code":"rate_limit_exceeded"}}"#;
    let limited = json(429, body);
    let limited = limited
        .with("retry-after", "7")
        .with("x-request-id", "req_1");
    check(
        Scene::new(limited),
        expect![[r#"
            0      request openai gpt-4o 1
            0      send POST https://api.openai.com/v1/chat/completions
            0      head 429
            0      response 429
            0      body ended
            0      ! rate_limit: too many requests or tokens for now (HTTP 429): Rate limit reached for gpt-4o [code rate_limit_exceeded] [retry after 7000 ms] [retryable yes] [billed no]"#]],
    );
    check(
        Scene::new(Answer::new(502, "text/html", "<html>Bad gateway</html>")),
        expect![[r#"
            0      request openai gpt-4o 1
            0      send POST https://api.openai.com/v1/chat/completions
            0      head 502
            0      response 502
            0      body ended
            0      ! server_error: the provider failed (HTTP 502): <html>Bad gateway</html> [retryable yes] [billed no]"#]],
    );
    let mut broken = json(500, r#"{"error":{"message":"half"#);
    broken.steps.push(Step::Reset);
    check(
        Scene::new(broken),
        expect![[r#"
            0      request openai gpt-4o 1
            0      send POST https://api.openai.com/v1/chat/completions
            0      head 500
            0      response 500
            0      body ended
            0      ! server_error: the provider failed (HTTP 500): {"error":{"message":"half [retryable yes] [billed no]"#]],
    );
    let mut stalled = json(500, "");
    stalled.steps.push(Step::Stall);
    check(
        Scene::new(stalled).with(LIMITS),
        expect![[r#"
            0      request openai gpt-4o 1
            0      send POST https://api.openai.com/v1/chat/completions
            0      head 500
            0      response 500
            10000  body closed by us
            10000  booked req_e5d31742c0000000001#1 posted 20000 n$, estimated
            10000  ! timeout: no text or tool call came in time (timeouts.first_byte) [code first_byte] [retryable yes] [billed unknown]"#]],
    );
}

#[test]
fn a_redirect_is_never_followed() {
    let moved = Answer::new(307, "text/html", "").with("location", "https://elsewhere.example/");
    check(
        Scene::new(moved),
        expect![[r#"
            0      request openai gpt-4o 1
            0      send POST https://api.openai.com/v1/chat/completions
            0      head 307
            0      response 307
            0      body closed by us
            0      ! redirect_blocked: the server answered with a redirect, which is never followed: it would carry the key elsewhere [hint set base_url to the final address] [billed no]"#]],
    );
    let opaque = Answer {
        head: ResponseHead::default(),
        ..Answer::new(0, "", "")
    };
    check(
        Scene::new(opaque),
        expect![[r#"
            0      request openai gpt-4o 1
            0      send POST https://api.openai.com/v1/chat/completions
            0      head 0
            0      response 0
            0      body closed by us
            0      ! redirect_blocked: the server answered with a redirect, which is never followed: it would carry the key elsewhere [hint set base_url to the final address] [billed no]"#]],
    );
}

#[test]
fn nothing_is_sent_that_nobody_would_take() {
    let scene = |request: &str| Scene::new(hello()).request(request);
    check(
        scene(r#"{"model":"gpt-4o","messages":[]}"#),
        expect![
            "0      ! invalid_request: messages: the list is empty; give at least one message [billed no]"
        ],
    );
    let hi = r#""messages":[{"role":"user","content":"hi"}]"#;
    check(
        scene(&format!(r#"{{"provider":"nobody",{hi}}}"#)),
        expect![
            "0      ! invalid_request: provider: no provider `nobody` is configured, expected one of `openai` [billed no]"
        ],
    );
    check(
        scene(&format!(r#"{{"model":"nothing-7b",{hi}}}"#)),
        expect![
            "0      ! model_not_found: model: no configured provider is known to serve `nothing-7b` [hint name the provider as well (`provider`, or `<provider>/nothing-7b`); configured: openai] [billed no]"
        ],
    );
    check(
        scene(&format!(r#"{{"temperature":3,{hi}}}"#)),
        expect!["0      ! invalid_request: temperature: 3 is not between 0 and 2 [billed no]"],
    );
}

#[test]
fn what_is_not_in_the_table_is_sent_with_a_warning() {
    let request = r#"{"provider":"openai","model":"gpt-99","context_window":10,"messages":[{"role":"user","content":"hi"}]}"#;
    check(
        Scene::new(hello()).request(request),
        expect![[r#"
            0      warning unknown_model `gpt-99` is not in the model table: its limits, capabilities and prices are unknown
            0      request openai gpt-99 1
            0      send POST https://api.openai.com/v1/chat/completions
            0      head 200
            0      response 200
            0      -> "Hel"
            0      -> "lo"
            0      warning price_unknown the price of the model is unknown; its cost is not counted
            0      body closed by us
            0      booked req_e5d31742c0000000001#1 posted 0 n$, price unknown
            0      = "Hello" Stop, 9 + 2 tokens, 0 ms"#]],
    );
}

// ---- keys and listeners ---------------------------------------------------

#[test]
fn a_key_function_is_asked_first() {
    let scene = Scene::new(hello())
        .config(r#"{"providers":{"openai":{"api":"chat","api_key":{"function":true}}}}"#);
    scene.env.0.borrow_mut().key = Some(KEY.into());
    let log = scene.play();
    expect![[r#"
        0      key openai initial
        0      request openai gpt-4o 1
        0      send POST https://api.openai.com/v1/chat/completions
        0      head 200
        0      response 200
        0      -> "Hel"
        0      -> "lo"
        0      body closed by us
        0      booked req_e5d31742c0000000001#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms"#]]
    .assert_eq(&log);
    let world = scene.env.0.borrow();
    let authorization = world.requests[0]
        .headers
        .iter()
        .find(|header| header.name == "authorization");
    assert_eq!(authorization.unwrap().value, format!("Bearer {KEY}"));
}

#[test]
fn a_missing_key_is_said_before_sending() {
    let config = r#"{"providers":{"openai":{"api":"chat","api_key_env":"MY_KEY"}}}"#;
    check(
        Scene::new(hello()).config(config),
        expect![
            "0      ! authentication: providers.openai: the environment variable MY_KEY is not set [code missing_key] [hint set MY_KEY, pass it in `env`, or give `api_key`] [billed no]"
        ],
    );
}

/// Checks that no form of an error, partial answer included, holds the key or a
/// telling part of it.
#[track_caller]
fn check_redacted(answer: Answer) {
    let scene = Scene::new(answer);
    let error = scene.env.run(scene.call().finish()).unwrap_err();
    let seen = format!("{error} {error:?} {}", aircher_llm::json::to_string(&error));
    let part = &KEY[..16];
    assert!(seen.contains("***"), "{seen}");
    assert!(!seen.contains(part), "{seen}");
    assert!(!scene.env.log().contains(part));
}

#[test]
fn a_key_the_server_echoes_is_seen_nowhere() {
    let error = |message: &str, code: &str| {
        format!(r#"{{"error":{{"message":"{message}","code":"{code}"}}}}"#)
    };
    let refused = |body: String| json(401, body);
    check_redacted(refused(error(
        &format!("Incorrect API key provided: {KEY}."),
        "x",
    )));
    check_redacted(refused(error("x", KEY)));
    // Texts are cut to a length: the cut may run through a key.
    check_redacted(refused(error(&format!("{}{KEY}", "x".repeat(460)), "x")));
    check_redacted(Answer::new(
        500,
        "text/html",
        format!("<p>Bearer {KEY}</p>"),
    ));
    check_redacted(refused(error("x", "y")).with("x-request-id", KEY));
    check_redacted(stream([data(&error(KEY, "x"))]));
    check_redacted(stream([
        say("Hel"),
        data(&error(&format!("{}{KEY}", "x".repeat(460)), KEY)),
    ]));
    check_redacted(stream([say("Hel")]).with("x-request-id", KEY));
    check_redacted(Answer::new(200, "text/html", format!("<p>{KEY}</p>")));
}

#[test]
fn a_listener_may_stop_a_request() {
    let scene = Scene::new(hello());
    scene.env.0.borrow_mut().verdict = Some(Verdict::Veto("not on Sundays".into()));
    check(
        scene,
        expect![[r#"
            0      request openai gpt-4o 1
            0      ! cancelled: a listener stopped the request: not on Sundays [code vetoed] [billed no]"#]],
    );
}

#[test]
fn a_listener_may_add_headers() {
    let scene = Scene::new(hello());
    let headers = vec![
        Header::plain("x-trace", "t1"),
        Header::plain("Content-Type", "application/json; charset=utf-8"),
    ];
    scene.env.0.borrow_mut().verdict = Some(Verdict::Headers(headers));
    scene.play();
    let headers = format!("{:#?}", scene.env.0.borrow().requests[0].headers);
    expect![[r#"
        [
            authorization: ***,
            x-trace: t1,
            Content-Type: application/json; charset=utf-8,
        ]"#]]
    .assert_eq(&headers);
}

// ---- a model is found -----------------------------------------------------

#[cfg(feature = "ollama")]
#[test]
fn a_provider_without_a_default_is_asked_for_its_models() {
    let tags = r#"{"models":[{"name":"nomic-embed-text:latest"},{"name":"qwen3:4b"}]}"#;
    let lines = "{\"message\":{\"content\":\"Hello\"},\"done\":false}\n{\"done\":true,\"done_reason\":\"stop\"}\n";
    let scene = |answers: Vec<Answer>| {
        let hi = r#"{"messages":[{"role":"user","content":"hi"}]}"#;
        let scene = Scene::new(hello())
            .config(r#"{"providers":{"ollama":{}}}"#)
            .request(hi);
        scene.env.0.borrow_mut().answers = answers.into();
        scene
    };
    let list = |body: &str| json(200, body);
    check(
        scene(vec![
            list(tags),
            Answer::new(200, "application/x-ndjson", lines),
        ]),
        expect![[r#"
            0      request ollama  1
            0      send GET http://localhost:11434/api/tags
            0      head 200
            0      response 200
            0      body ended
            0      request ollama qwen3:4b 1
            0      send POST http://localhost:11434/api/chat
            0      head 200
            0      response 200
            0      body closed by us
            0      -> "Hello"
            0      booked req_e5d31742c0000000001#1 posted 0 n$, estimated
            0      = "Hello" Stop, 11 + 3 tokens, 0 ms"#]],
    );
    // As for any list: what is longer than allowed, or broke, is no shorter list.
    let limited = r#"{"providers":{"ollama":{}},"limits":{"response_bytes":40}}"#;
    check(
        scene(vec![list(tags)]).config(limited),
        expect![[r#"
            0      request ollama  1
            0      send GET http://localhost:11434/api/tags
            0      head 200
            0      response 200
            0      body closed by us
            0      ! response_too_large: the answer passed limits.response_bytes (40 bytes) [code response_bytes] [billed no]"#]],
    );
    let mut broken = list(r#"{"models":[{"name":"qwen3:4b"}]}"#);
    broken.steps.push(Step::Reset);
    check(
        scene(vec![broken]),
        expect![[r#"
        0      request ollama  1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      ! network_error: connection reset [retryable yes] [billed no]"#]],
    );
    let with_headers = r#"{"providers":{"ollama":{"headers":{"x-team":"7"}}}}"#;
    let headed = scene(vec![list(r#"{"models":[]}"#)]).config(with_headers);
    let env = headed.env.clone();
    headed.play();
    assert_eq!(env.0.borrow().requests[0].headers[0].name, "x-team");
    check(
        scene(vec![list(r#"{"models":[]}"#)]),
        expect![[r#"
            0      request ollama  1
            0      send GET http://localhost:11434/api/tags
            0      head 200
            0      response 200
            0      body ended
            0      ! model_not_found: ollama has no model that can chat [hint install a model, or name one in the request or the configuration] [billed no]"#]],
    );
    check(
        scene(vec![Answer::new(403, "text/plain", "")]),
        expect![[r#"
            0      request ollama  1
            0      send GET http://localhost:11434/api/tags
            0      head 403
            0      response 403
            0      body ended
            0      ! authentication: the server refused this origin or host without a word [hint add this page's origin to OLLAMA_ORIGINS and restart the server; a tunnel must send `Host: localhost`] [billed no]"#]],
    );
    check(
        scene(vec![Answer::new(307, "text/html", "")]),
        expect![[r#"
            0      request ollama  1
            0      send GET http://localhost:11434/api/tags
            0      head 307
            0      response 307
            0      body closed by us
            0      ! redirect_blocked: the server answered with a redirect, which is never followed: it would carry the key elsewhere [hint set base_url to the final address] [billed no]"#]],
    );
    check(
        scene(vec![]),
        expect![[r#"
            0      request ollama  1
            0      send GET http://localhost:11434/api/tags
            0      ! network_error: nobody answers [hint the connection to http://localhost:11434 was not made or broke: check the network and base_url] [retryable yes] [billed no]"#]],
    );
}
