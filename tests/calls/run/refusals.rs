//! Refusals, keys, listeners, and a model that is found.

use aircher_llm::env::Verdict;
use aircher_llm::http::{Header, ResponseHead};
use expect_test::expect;

use super::{LIMITS, check};
use crate::script::{KEY, Scene, data, hello, json, say, stream};
use crate::support::{Answer, Step};
use crate::test;

// ---- refusals ------------------------------------------------------------------

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

// ---- keys and listeners --------------------------------------------------------

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

// ---- a model is found ----------------------------------------------------------

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
