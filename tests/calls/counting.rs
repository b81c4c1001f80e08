//! Tokens counted by providers: what is asked, what is remembered, what is refused.

use std::rc::Rc;

use aircher_llm::chat::ChatRequest;
use aircher_llm::config::CallTimeouts;
use aircher_llm::error::{ErrorKind, Result};
use aircher_llm::run::{count_tokens, estimate_tokens};
use expect_test::{Expect, expect};

use crate::script::{World, json};
use crate::support::Answer;
use crate::test;

/// A request with all that counts, and some that does not.
const REQUEST: &str = r#"{"model":"MODEL","max_tokens":2000,"temperature":0.5,"stop":["."],"user":"u",
  "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],
  "tools":[{"type":"function","function":{"name":"look","description":"d","parameters":{"type":"object","properties":{}}}}],
  "tool_choice":"auto","thinking":{"effort":"low"}}"#;

/// One provider of that id, with further fields.
fn client(id: &str, fields: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    let json = format!(
        r#"{{"providers":{{"{id}":{{"api_key":"sk-test-12345678","model":"configured"{fields}}}}},"retry":{{"max_retries":1}}}}"#
    );
    World::new(&json, answers)
}

impl World {
    /// What its only provider counts.
    fn count(&self, request: &str) -> Result<u64> {
        let request = ChatRequest::from_json(request).unwrap();
        let (env, client) = (self.env.clone(), Rc::clone(&self.client));
        let id = &self.client.config.providers[0].id;
        let work = count_tokens(env, client, id, request, CallTimeouts::default());
        self.env.run(work)
    }
}

#[track_caller]
fn check(id: &str, model: &str, answer: &str, expected: &Expect) {
    let world = client(id, "", [json(200, answer)]);
    let request = REQUEST.replace("MODEL", model);
    let tokens = world.count(&request).unwrap();
    let again = world.count(&request).unwrap();
    expected.assert_eq(&format!("{}\n{tokens}, then {again}\n", world.bodies()));
}

#[test]
fn openai_counts_what_responses_would_be_sent() {
    check(
        "openai",
        "gpt-4o",
        r#"{"object":"response.input_tokens","input_tokens":61}"#,
        &expect![[r#"
            https://api.openai.com/v1/responses/input_tokens
            {"model":"gpt-4o","instructions":"Be brief.","input":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","name":"look","description":"d","parameters":{"type":"object","properties":{}},"strict":false}],"tool_choice":"auto"}
            61, then 61
        "#]],
    );
}

#[test]
fn claude_counts_without_what_concerns_the_answer() {
    check(
        "claude",
        "claude-opus-4-5",
        r#"{"input_tokens":590}"#,
        &expect![[r#"
            https://api.anthropic.com/v1/messages/count_tokens
            {"model":"claude-opus-4-5","system":"Be brief.","messages":[{"role":"user","content":"Hi"}],"tools":[{"name":"look","description":"d","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"auto"},"thinking":{"type":"enabled","budget_tokens":4096}}
            590, then 590
        "#]],
    );
}

#[test]
fn gemini_counts_a_whole_request() {
    check(
        "gemini",
        "gemini-3.8-flash",
        "{\n  \"totalTokens\": 31,\n  \"promptTokensDetails\": []\n}\n",
        &expect![[r#"
            https://generativelanguage.googleapis.com/v1beta/models/gemini-3.8-flash:countTokens
            {"generateContentRequest":{"model":"models/gemini-3.8-flash","systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":[{"text":"Hi"}]}],"tools":[{"functionDeclarations":[{"name":"look","description":"d","parametersJsonSchema":{"type":"object","properties":{}}}]}],"toolConfig":{"functionCallingConfig":{"mode":"AUTO"}},"generationConfig":{"maxOutputTokens":2000,"stopSequences":["."],"thinkingConfig":{"thinkingLevel":"low","includeThoughts":true}}}}
            31, then 31
        "#]],
    );
}

/// Without a request around it, and without what concerns the answer.
#[cfg(feature = "vertex")]
#[test]
fn vertex_counts_what_stands_alone() {
    let answer = json(200, r#"{"totalTokens":31,"totalBillableCharacters":96}"#);
    let world = client("gemini", r#","vertex":true"#, [answer]);
    let tokens = world.count(&REQUEST.replace("MODEL", "gemini-3.8-flash"));
    let told = format!("{}\n{}\n", world.bodies(), tokens.unwrap());
    expect![[r#"
        https://aiplatform.googleapis.com/v1/publishers/google/models/gemini-3.8-flash:countTokens
        {"systemInstruction":{"role":"user","parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":[{"text":"Hi"}]}],"tools":[{"functionDeclarations":[{"name":"look","description":"d","parametersJsonSchema":{"type":"object","properties":{}}}]}],"generationConfig":{"maxOutputTokens":2000,"stopSequences":["."],"thinkingConfig":{"thinkingLevel":"low","includeThoughts":true}}}
        31
    "#]].assert_eq(&told);
}

const HELLO: &str = r#"{"messages":[{"role":"user","content":"hello"}]}"#;

#[track_caller]
fn refused(world: &World, request: &str, expected: &str) {
    let error = world.count(request).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn who_has_no_endpoint_is_not_asked() {
    let own = r#","base_url":"http://localhost:8080/v1""#;
    for (id, fields) in [("ollama", ""), ("openai", own)] {
        let world = client(id, fields, []);
        let expected = format!("unsupported: {id} has no endpoint that counts tokens");
        refused(&world, HELLO, &expected);
        assert_eq!(world.bodies(), "");
    }
}

#[test]
fn a_server_that_speaks_responses_is_asked() {
    let own = r#","base_url":"http://localhost:8080/v1","api":"responses""#;
    let world = client("openai", own, [json(200, r#"{"input_tokens":8}"#)]);
    assert_eq!(world.count(HELLO).unwrap(), 8);
    assert!(
        world
            .bodies()
            .starts_with("http://localhost:8080/v1/responses/input_tokens\n")
    );
}

#[test]
fn a_file_nobody_would_fetch_is_put_into_the_request() {
    let answers = [
        Answer::new(200, "image/png", [0x89, 0x50]),
        json(200, r#"{"totalTokens":258}"#),
        Answer::new(200, "image/png", [0x89, 0x50]),
    ];
    let world = client("gemini", "", answers);
    let image = r#"{"model":"gemini-2.0-flash","messages":[{"role":"user","content":[
      {"type":"image_url","image_url":{"url":"https://pictures.example/a.png"}}]}]}"#;
    assert_eq!(world.count(image).unwrap(), 258);
    assert_eq!(world.count(image).unwrap(), 258, "remembered");
    let sent = world.bodies();
    assert!(
        sent.starts_with("https://pictures.example/a.png\n\n"),
        "{sent}"
    );
    assert!(sent.contains(r#""data":"iVA=""#), "{sent}");
}

#[test]
fn an_alias_is_counted_as_what_is_sent() {
    let alias = r#","custom_models":{"fast":"claude-haiku-5-5"}"#;
    let world = client("claude", alias, [json(200, r#"{"input_tokens":8}"#)]);
    let request = HELLO.replacen('{', r#"{"model":"fast","#, 1);
    assert_eq!(world.count(&request).unwrap(), 8);
    assert!(world.bodies().contains(r#""model":"claude-haiku-5-5""#));
}

#[test]
fn what_may_pass_is_asked_again() {
    let busy = json(
        529,
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
    );
    let world = client("claude", "", [busy, json(200, r#"{"input_tokens":8}"#)]);
    assert_eq!(world.count(HELLO).unwrap(), 8);
    assert_eq!(world.sent(), 2);
}

#[test]
fn an_answer_without_a_number_is_no_count() {
    for body in [r#"{"tokens":8}"#, r#"{"input_tokens":"many"}"#, "[8]"] {
        let world = client("claude", "", [json(200, body)]);
        let expected = "invalid_response: the answer has no `input_tokens`";
        refused(&world, HELLO, expected);
    }
    let world = client("claude", "", [json(200, "<html>")]);
    let error = world.count(HELLO).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidResponse, "{error}");
}

#[test]
fn a_request_that_no_call_would_send_is_not_counted() {
    let world = client("claude", "", []);
    let expected = "invalid_request: messages: the list is empty; give at least one message";
    refused(&world, r#"{"messages":[]}"#, expected);
}

#[test]
fn an_estimate_sends_nothing() {
    let world = client("openai", "", []);
    let provider = &world.client.config.providers[0];
    let request = ChatRequest::from_json(HELLO).unwrap();
    let estimate = |bare| estimate_tokens(provider, &request, bare);
    assert_eq!((estimate(true), estimate(false)), (1, 8));
    assert_eq!(world.bodies(), "");
}
