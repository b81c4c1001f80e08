//! The shell in a real JavaScript runtime: timers, fetch, streams, and what
//! dropping does. The same file runs in Node, Chromium and Firefox.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "the tests fail by panicking")]

use std::rc::Rc;

use aircher_llm::chat::ChatRequest;
use aircher_llm::config::{Config, Host};
use aircher_llm::env::{Body, Env};
use aircher_llm::error::ErrorKind;
use aircher_llm::http::{Header, HttpRequest, Secret};
use aircher_llm::run::{Call, CallOptions, Client};
use aircher_llm::wasm::WebEnv;
use js_sys::{Function, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// The runtime's own environment, with books in memory and no limits.
fn env() -> WebEnv {
    WebEnv::new(&config()).unwrap()
}

/// A `fetch` that answers as the script says and keeps what it was given in `globalThis.seen`.
fn fetch(answer: &str) -> Function {
    let body = format!("globalThis.seen = {{ url, init, pulled: 0 }}; {answer}");
    Function::new_with_args("url, init", &body)
}

fn seen(path: &[&str]) -> JsValue {
    let start = Reflect::get(&js_sys::global(), &"seen".into()).unwrap();
    path.iter().fold(start, |value, key| {
        Reflect::get(&value, &(*key).into()).unwrap()
    })
}

/// A stream of two chunks that never ends.
const ENDLESS: &str = r#"
    const encoder = new TextEncoder();
    const body = new ReadableStream({
        pull(controller) {
            globalThis.seen.pulled += 1;
            if (globalThis.seen.pulled > 2) return new Promise(() => {});
            const delta = { content: "part" + globalThis.seen.pulled };
            controller.enqueue(encoder.encode("data: " + JSON.stringify({ choices: [{ delta }] }) + "\n\n"));
        },
        cancel() { globalThis.seen.cancelled = true; },
    }, { highWaterMark: 0 });
    return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream", "x-request-id": "r1" } }));
"#;

fn config() -> Config {
    let host = Host::default();
    let config = r#"{"providers":{"openai":{"api":"chat","api_key":"sk-test-12345678"}},"timeouts":{"idle":"50ms"}}"#;
    Config::from_json(config, &host).unwrap()
}

fn call(env: WebEnv) -> Call<WebEnv> {
    let config = Rc::new(Client::new(config()));
    let request =
        ChatRequest::from_json(r#"{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}"#)
            .unwrap();
    Call::new(
        env,
        config,
        request,
        CallOptions {
            stream: true,
            ..CallOptions::default()
        },
    )
}

#[wasm_bindgen_test]
async fn a_timer_waits_and_a_dropped_one_is_gone() {
    let env = env();
    let before = env.now_ms();
    drop(env.sleep(1));
    env.sleep(30).await;
    assert!(env.now_ms() - before >= 25.0);
}

#[wasm_bindgen_test]
async fn a_request_carries_the_fetch_profile_and_nothing_else() {
    let env = env().with_fetch(fetch(
        r#"return Promise.resolve(new Response("hello", { status: 201, headers: { "X-Request-Id": "r7" } }));"#,
    ));
    let key = Secret::new("sk-test-12345678").unwrap();
    let request =
        HttpRequest::post_json("https://example.com/v1".into(), b"{\"a\":1}".to_vec()).header(
            Header::secret("authorization", format!("Bearer {}", key.expose())),
        );
    let (head, mut body) = env.send(request).await.unwrap();
    assert_eq!(
        (head.status, head.header("x-request-id")),
        (201, Some("r7"))
    );
    assert_eq!(body.chunk().await.unwrap().as_deref(), Some(&b"hello"[..]));
    assert_eq!(body.chunk().await.unwrap(), None);
    let member = |name: &str| seen(&["init", name]).as_string();
    assert_eq!(
        (member("method").as_deref(), member("redirect").as_deref()),
        (Some("POST"), Some("manual"))
    );
    assert_eq!(
        seen(&["init", "headers", "authorization"])
            .as_string()
            .as_deref(),
        Some("Bearer sk-test-12345678")
    );
    assert_eq!(
        seen(&["url"]).as_string().as_deref(),
        Some("https://example.com/v1")
    );
}

#[wasm_bindgen_test]
async fn a_failed_fetch_is_a_network_error_with_a_hint() {
    let env = env().with_fetch(fetch(
        r#"return Promise.reject(new TypeError("Failed to fetch"));"#,
    ));
    let error = call(env).next().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NetworkError);
    assert!(error.message.contains("Failed to fetch") && error.hint.is_some());
}

#[wasm_bindgen_test]
async fn dropping_a_call_cancels_the_stream_and_aborts_the_fetch() {
    let mut call = call(env().with_fetch(fetch(ENDLESS)));
    let events = call.next().await.unwrap().unwrap();
    assert_eq!(events.joined_text(), "part1");
    drop(call);
    env().sleep(10).await;
    assert_eq!(seen(&["cancelled"]), JsValue::TRUE);
    assert_eq!(seen(&["init", "signal", "aborted"]), JsValue::TRUE);
}

#[wasm_bindgen_test]
async fn a_silent_stream_ends_in_time_with_what_had_come() {
    let mut call = call(env().with_fetch(fetch(ENDLESS)));
    let error = loop {
        match call.next().await {
            Ok(events) => assert!(events.is_some()),
            Err(error) => break error,
        }
    };
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (ErrorKind::Timeout, Some("idle"))
    );
    let partial = error.partial.as_ref().unwrap();
    assert_eq!(partial.message.content.joined(""), "part1part2");
    assert_eq!(partial.metadata.request_id.as_deref(), Some("r1"));
}
