//! Servers known by name: where requests go, with which key, and what is said differently. On
//! the host and in wasm.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::rc::Rc;

use aircher_llm::chat::ChatRequest;
use aircher_llm::config::{Config, KeySource};
use aircher_llm::run::{Call, CallOptions};
use expect_test::{Expect, expect};
use support::{Answer, FakeEnv, server};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const KEY: &str = "sk-preset-0123456789";

fn config(json: &str) -> Config {
    let variables = |name: &str| name.ends_with("_API_KEY").then(|| KEY.to_string());
    Config::from_json(json, &server(&variables)).unwrap()
}

/// The request that one call to a provider sends: address, key and body.
fn sent(providers: &str, request: &str) -> (String, Option<String>, String) {
    let config = Rc::new(config(&format!(r#"{{"providers":{{{providers}}}}}"#)));
    let answer = r#"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#;
    let env = FakeEnv::new([Answer::new(200, "application/json", answer)]).limited(&config);
    let request = ChatRequest::from_json(request).unwrap();
    let mut call = Call::new(env.clone(), config, request, CallOptions::default());
    env.run(call.finish()).unwrap();
    let request = env.0.borrow_mut().requests.remove(0);
    let key = request
        .headers
        .iter()
        .find(|header| header.name == "authorization");
    (
        request.url.clone(),
        key.map(|header| header.value.clone()),
        String::from_utf8(request.body.unwrap()).unwrap(),
    )
}

const ASK: &str =
    r#"{"model":"m","provider":"PROVIDER","messages":[{"role":"user","content":"hi"}]}"#;

#[test]
fn each_is_where_its_vendor_says() {
    let presets = aircher_llm::provider::of_kind("openai")
        .unwrap()
        .profile()
        .presets;
    let told = presets.iter().map(|preset| {
        let providers = format!(r#""{}":{{}}"#, preset.name);
        let (url, key, _) = sent(&providers, &ASK.replace("PROVIDER", preset.name));
        assert_eq!(key.is_some(), preset.key_variable.is_some());
        format!(
            "{} {} {url}",
            preset.name,
            preset.key_variable.unwrap_or("-")
        )
    });
    expect![[r#"
        groq GROQ_API_KEY https://api.groq.com/openai/v1/chat/completions
        openrouter OPENROUTER_API_KEY https://openrouter.ai/api/v1/chat/completions
        deepseek DEEPSEEK_API_KEY https://api.deepseek.com/v1/chat/completions
        mistral MISTRAL_API_KEY https://api.mistral.ai/v1/chat/completions
        xai XAI_API_KEY https://api.x.ai/v1/chat/completions
        together TOGETHER_API_KEY https://api.together.xyz/v1/chat/completions
        lmstudio - http://localhost:1234/v1/chat/completions
        llamacpp - http://localhost:8080/v1/chat/completions
        vllm - http://localhost:8000/v1/chat/completions"#]]
    .assert_eq(&told.collect::<Vec<_>>().join("\n"));
}

#[test]
fn another_name_takes_another_key() {
    let config = config(
        r#"{"providers":{"fast":{"kind":"groq","api_key_env":"FAST_API_KEY"},"bare":{"kind":"groq"}}}"#,
    );
    let fast = config.provider("fast").unwrap();
    assert_eq!(fast.base_url.as_str(), "https://api.groq.com/openai/v1");
    assert!(matches!(fast.key, KeySource::Literal(_)));
    // A named provider never takes another table's key.
    assert_eq!(config.provider("bare").unwrap().key, KeySource::None);
    let own = r#""groq":{"base_url":"https://proxy.example.com/v1","api_key":null}"#;
    let (url, key, _) = sent(own, &ASK.replace("PROVIDER", "groq"));
    assert_eq!(
        (url.as_str(), key),
        ("https://proxy.example.com/v1/chat/completions", None)
    );
}

#[test]
fn a_missing_key_is_told_by_its_variable() {
    let json = r#"{"providers":{"deepseek":{}}}"#;
    let config = Rc::new(Config::from_json(json, &server(&|_| None)).unwrap());
    let env = FakeEnv::new([]).limited(&config);
    let request = ChatRequest::from_json(&ASK.replace("PROVIDER", "deepseek")).unwrap();
    let mut call = Call::new(env.clone(), config, request, CallOptions::default());
    let error = env.run(call.finish()).unwrap_err();
    assert_eq!(error.code.as_deref(), Some("missing_key"));
    assert!(
        error.message.contains("DEEPSEEK_API_KEY"),
        "{}",
        error.message
    );
}

#[track_caller]
fn check_ids(provider: &str, expected: Expect) {
    let call = |id: &str| {
        format!(r#"{{"id":"{id}","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}"#)
    };
    let result = |id: &str| format!(r#"{{"role":"tool","tool_call_id":"{id}","content":"1"}}"#);
    let request = format!(
        r#"{{"model":"m","provider":"{provider}","messages":[{{"role":"user","content":"hi"}},{{"role":"assistant","content":"","tool_calls":[{},{}]}},{},{}]}}"#,
        call("call_0123456789abcdef"),
        call("a1B2c3D4e"),
        result("call_0123456789abcdef"),
        result("a1B2c3D4e"),
    );
    let (_, _, body) = sent(&format!(r#""{provider}":{{}}"#), &request);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let ids = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|message| {
            let calls = message["tool_calls"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let own = calls.into_iter().map(|call| call["id"].to_string());
            own.chain(message.get("tool_call_id").map(ToString::to_string))
                .collect::<Vec<_>>()
        });
    expected.assert_eq(&ids.collect::<Vec<_>>().join(" "));
}

#[test]
fn ids_of_calls_have_the_length_a_server_takes() {
    check_ids(
        "mistral",
        expect![[r#""j4bxf254x" "a1B2c3D4e" "j4bxf254x" "a1B2c3D4e""#]],
    );
    check_ids(
        "groq",
        expect![[r#""call_0123456789abcdef" "a1B2c3D4e" "call_0123456789abcdef" "a1B2c3D4e""#]],
    );
}

#[test]
fn an_organisation_and_a_project_are_headers() {
    let json = r#"{"providers":{"openai":{"org_id":"org-1","project":"proj_2","api":"chat"}}}"#;
    let config = Rc::new(config(json));
    let env = FakeEnv::new([Answer::new(200, "application/json", "{}")]).limited(&config);
    let request = ChatRequest::from_json(&ASK.replace("PROVIDER", "openai")).unwrap();
    let mut call = Call::new(env.clone(), config, request, CallOptions::default());
    let _ = env.run(call.finish());
    let headers = env.0.borrow().requests[0].headers.clone();
    let value = |name: &str| {
        let found = headers.iter().find(|header| header.name == name);
        found.map(|header| header.value.clone())
    };
    assert_eq!(value("openai-organization").as_deref(), Some("org-1"));
    assert_eq!(value("openai-project").as_deref(), Some("proj_2"));
}
