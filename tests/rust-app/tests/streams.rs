//! The app streams from the stand-in whose address was known when this was
//! built; `cargo xtask test --only rust-app` starts it.
#![cfg(target_arch = "wasm32")]

use aircher_llm::error::ErrorKind;
use rust_app::{app_ask, ask};
use wasm_bindgen_test::wasm_bindgen_test;

const STANDIN: &str = match option_env!("AIRCHER_STANDIN") {
    Some(url) => url,
    None => "http://127.0.0.1:8787",
};
const REQUEST: &str = r#"{"messages": [{"role": "user", "content": "Say hello."}]}"#;

fn config(path: &str, key: &str) -> String {
    format!(
        r#"{{"providers": {{"openai": {{"api_key": "{key}", "base_url": "{STANDIN}{path}", "model": "gpt-6-luna"}}}}}}"#
    )
}

#[wasm_bindgen_test]
async fn pieces_join_to_the_answer() {
    let mut pieces = Vec::new();
    let config = config("/openai/v1", "sk-test-12345678");
    let answer = ask(&config, REQUEST, |text| pieces.push(text.to_owned())).await;
    let answer = answer.unwrap();
    assert!(pieces.len() > 3, "{pieces:?}");
    assert_eq!(pieces.concat(), answer.message.content.joined(""));
    assert!(answer.usage.total_tokens > 0);
}

#[wasm_bindgen_test]
async fn the_export_answers() {
    let config = config("/openai/v1", "sk-test-12345678");
    let answer = app_ask(config, REQUEST.to_owned()).await.unwrap();
    assert!(answer.contains("hello"), "{answer}");
}

#[wasm_bindgen_test]
async fn a_wrong_key_is_told() {
    let error = ask(&config("/openai/v1", "sk-wrong-12345678"), REQUEST, |_| {}).await;
    assert_eq!(error.unwrap_err().kind, ErrorKind::Authentication);
}

#[wasm_bindgen_test]
async fn a_stream_cut_short_is_no_answer() {
    let config = config("/_fault/eof-before-end/openai/v1", "sk-test-12345678");
    let error = ask(&config, REQUEST, |_| {}).await;
    assert_eq!(error.unwrap_err().kind, ErrorKind::StreamInterrupted);
}
