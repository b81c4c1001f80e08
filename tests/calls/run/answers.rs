//! Good answers and broken ones.

use expect_test::expect;

use super::check;
use crate::script::{Scene, data, done, hello, json, ping, say, stop, stream, together, usage};
use crate::support::{Answer, Step};
use crate::test;

// ---- answers -------------------------------------------------------------------

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

// ---- broken answers ------------------------------------------------------------

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
