//! Requests that are no chat, by the example of the list of models: pages, retries, keys,
//! limits.

use std::rc::Rc;

use aircher_llm::env::Verdict;
use aircher_llm::error::Result;
use aircher_llm::model::ModelInfo;
use aircher_llm::money::NanoUsd;
use aircher_llm::run::list_models;
use expect_test::{Expect, expect};

use crate::script::{World, error, json, out};
use crate::support::{Answer, Step};
use crate::test;

const KEY: &str = "sk-test-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

fn client(id: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    with_key(id, &format!(r#""api_key":"{KEY}""#), answers)
}

fn with_key(id: &str, key: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    let json = format!(
        r#"{{"providers":{{"{id}":{{{key}}}}},"limits":{{"response_bytes":4096}},"retry":{{}}}}"#
    );
    World::new(&json, answers).whole()
}

impl World {
    /// The list of the last provider.
    fn list(&self) -> Result<Vec<ModelInfo>> {
        let id = &self.client.config.providers.last().unwrap().id;
        let work = list_models(self.env.clone(), Rc::clone(&self.client), id);
        self.env.run(work)
    }

    /// Where a request went, or why it did not; and what it costs.
    fn outcome(&self, request: &str) -> String {
        match self.finish_of(request) {
            Ok(answer) => format!(
                "{} {:?}",
                answer.provider,
                answer.metadata.cost.map(NanoUsd::nanos)
            ),
            Err(error) => error.to_string(),
        }
    }

    fn window(&self, id: &str, model: &str) -> Option<u64> {
        let provider = self.client.config.provider(id).unwrap();
        self.client.known(provider, model)?.context_window()
    }

    fn asked(&self) -> Vec<String> {
        let world = self.env.0.borrow();
        world.requests.iter().map(|it| it.url.clone()).collect()
    }

    #[track_caller]
    fn lists_nothing(&self, expected: Expect) {
        let error = self.list().unwrap_err();
        assert!(!format!("{error:?}{}", self.env.log()).contains(KEY));
        expected.assert_eq(&error.to_string());
    }
}

fn shown(models: &[ModelInfo]) -> String {
    let line = |info: &ModelInfo| {
        format!(
            "{} window {:?} out {:?} images {} thinking {} cost {} {}",
            info.id,
            info.context_window,
            info.max_output_tokens,
            info.capabilities.images,
            info.capabilities.thinking,
            info.cost.is_some(),
            info.source,
        )
    };
    models.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_page_is_asked_for() {
    let page = |id: &str, more: bool| {
        json(
            200,
            format!(r#"{{"data":[{{"id":"{id}"}}],"has_more":{more},"last_id":"{id}"}}"#),
        )
    };
    let world = client(
        "claude",
        [page("a/b", true), page("c", true), page("d", false)],
    );
    let models = world.list().unwrap();
    assert_eq!(
        models.iter().map(|it| &*it.id).collect::<Vec<_>>(),
        ["a/b", "c", "d"]
    );
    expect![[r#"
        https://api.anthropic.com/v1/models?limit=1000
        https://api.anthropic.com/v1/models?limit=1000&after_id=a%2Fb
        https://api.anthropic.com/v1/models?limit=1000&after_id=c"#]]
    .assert_eq(&world.asked().join("\n"));
}

#[test]
fn a_list_that_never_ends_is_left() {
    let page = r#"{"models":[{"name":"models/x","supportedGenerationMethods":["generateContent"]}],"nextPageToken":"again"}"#;
    let world = client("gemini", [json(200, page), json(200, page)]);
    assert_eq!(world.list().unwrap().len(), 2);
}

#[test]
fn what_the_provider_says_stands_over_the_table_for_calls_too() {
    let list = r#"{"data":[
        {"id":"claude-haiku-5-5","max_input_tokens":777000,"max_tokens":50000,"capabilities":{"image_input":{"supported":false}}},
        {"id":"claude-opus-4-5-20251101","display_name":"Claude Opus 4.5"},
        {"id":"claude-next-9","max_input_tokens":2000000}]}"#;
    let world = client("claude", [json(200, list)]);
    expect![[r#"
        claude-haiku-5-5 window Some(777000) out Some(50000) images false thinking true cost true provider
        claude-opus-4-5-20251101 window Some(200000) out Some(64000) images true thinking true cost true provider
        claude-next-9 window Some(2000000) out None images true thinking false cost false provider"#]]
    .assert_eq(&shown(&world.list().unwrap()));
    let provider = world.client.config.provider("claude").unwrap();
    for (model, window) in [("claude-haiku-5-5", 777_000), ("claude-opus-4-5", 200_000)] {
        let known = world.client.known(provider, model).unwrap();
        assert_eq!(known.context_window(), Some(window));
    }
}

#[test]
fn a_list_is_kept_for_ten_minutes() {
    let list = |id: &str| json(200, format!(r#"{{"data":[{{"id":"{id}"}}]}}"#));
    let world = client("openai", [list("gpt-7"), list("gpt-8")]);
    world.list().unwrap();
    assert_eq!(world.list().unwrap()[0].id, "gpt-7");
    world.wait(600_000);
    assert_eq!(world.list().unwrap()[0].id, "gpt-8");
    assert_eq!(world.asked().len(), 2);
}

#[test]
fn what_may_pass_is_asked_again() {
    let good = || json(200, r#"{"data":[{"id":"gpt-7"}]}"#);
    let world = client("openai", [out(), out(), good()]);
    assert_eq!(world.list().unwrap().len(), 1);
    let retries = world
        .env
        .log()
        .lines()
        .filter(|line| line.contains("retry"))
        .count();
    assert_eq!((world.asked().len(), retries), (3, 2));
    let world = client("openai", [out(), out(), out()]);
    world.lists_nothing(expect![
        "overloaded: the provider is overloaded (HTTP 503): out of order"
    ]);
}

#[test]
fn a_refused_key_is_asked_for_once_more() {
    let refused = || error(401, "no such key");
    let good = json(200, r#"{"data":[{"id":"gpt-7"}]}"#);
    let function = r#""api_key":{"function":true}"#;
    let world = with_key("openai", function, [refused(), good]);
    world.env.0.borrow_mut().key = Some(KEY.into());
    assert_eq!(world.list().unwrap().len(), 1);
    let asked = world.env.log();
    let reasons: Vec<_> = asked
        .lines()
        .filter_map(|line| line.split("key openai ").nth(1))
        .collect();
    assert_eq!(reasons, ["initial", "initial", "rejected"]);
    let world = client("openai", [refused()]);
    world.lists_nothing(expect![
        "authentication: the key was not accepted (HTTP 401): no such key"
    ]);
    assert_eq!(world.asked().len(), 1);
}

#[test]
fn what_is_no_list_is_told() {
    client("openai", [json(200, "<html>")]).lists_nothing(expect!["invalid_response: the provider sent what is no valid JSON of its protocol (expected a value): <html>"]);
    client("openai", [json(302, "")]).lists_nothing(expect!["redirect_blocked: the server answered with a redirect, which is never followed: it would carry the key elsewhere"]);
    let long = format!(r#"{{"data":[{{"id":"{}"}}]}}"#, "x".repeat(5_000));
    client("openai", [json(200, long)]).lists_nothing(expect![
        "response_too_large: the answer passed limits.response_bytes (4096 bytes)"
    ]);
    let mut cut = json(200, r#"{"data":[{"id":"#);
    cut.steps.push(Step::Reset);
    let cuts = [cut.clone(), cut.clone(), cut];
    client("openai", cuts).lists_nothing(expect!["network_error: connection reset"]);
}

#[test]
fn silence_ends_at_connect() {
    let slow = json(200, "{}").after(60_000);
    let world = client("openai", [slow.clone(), slow.clone(), slow]);
    let error = world.list().unwrap_err();
    assert_eq!(error.code.as_deref(), Some("connect"));
}

#[test]
fn a_listener_may_stop_it() {
    let world = client("openai", [json(200, "{}")]);
    world.env.0.borrow_mut().verdict = Some(Verdict::Veto("no lists here".into()));
    let error = world.list().unwrap_err();
    assert_eq!(
        (error.code.as_deref(), world.asked().len()),
        (Some("vetoed"), 0)
    );
}

// ---- whose they are ---------------------------------------------------------

/// A server of OpenAI's dialect beside OpenAI, with these answers of either.
fn beside_openai(mine: &str, tables: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    let json = format!(
        r#"{{"providers":{{"openai":{{"api":"chat","api_key":"{KEY}"}},"mine":{{"kind":"openai","base_url":"http://localhost:8001/v1","api_key":null{mine}}}}}{tables}}}"#
    );
    World::new(&json, answers).whole()
}

fn list(models: &str) -> Answer {
    json(200, format!(r#"{{"data":[{models}]}}"#))
}

fn answer(model: &str) -> Answer {
    let body = format!(
        r#"{{"model":"{model}","choices":[{{"message":{{"content":"Hi"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":1000,"completion_tokens":1000}}}}"#
    );
    json(200, body)
}

/// How many tokens a PDF is nobody can tell: at most as many as the model takes.
#[test]
fn what_a_server_says_of_a_window_bounds_no_money_where_the_table_knows() {
    let limit = r#","costs":{"daily_limit":"0.01"}"#;
    let window = r#"{"id":"gpt-6-luna","max_model_len":512}"#;
    let world = beside_openai("", limit, [list(window), answer("gpt-6-luna")]);
    world.list().unwrap();
    for id in ["openai", "mine"] {
        let told = world.outcome(&format!(
            r#"{{"provider":"{id}","model":"gpt-6-luna","messages":[{{"role":"user","content":[{{"type":"file","file":{{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}}}}]}}]}}"#
        ));
        assert!(told.starts_with("budget_exceeded"), "{id}: {told}");
    }
    assert_eq!(world.asked(), ["http://localhost:8001/v1/models"]);
}

#[test]
fn a_server_speaks_for_its_own_models_alone() {
    let models = r#"{"id":"gpt-6-luna","max_model_len":512},{"id":"qwen-9","max_model_len":64}"#;
    let world = beside_openai(
        "",
        "",
        [list(models), answer("qwen-9"), answer("gpt-6-luna")],
    );
    world.list().unwrap();
    assert_eq!(world.window("openai", "gpt-6-luna"), Some(1_050_000));
    assert_eq!(world.window("mine", "gpt-6-luna"), Some(512));
    assert_eq!(world.window("openai", "qwen-9"), None);
    assert_eq!(world.window("mine", "qwen-9"), Some(64));
    let of = |id| {
        let infos = world.client.known_models(Some(id)).into_iter();
        let shown = infos.filter(|info| ["gpt-6-luna", "qwen-9"].contains(&&*info.id));
        shown.map(|info| format!("{} {} {:?}", info.provider, info.id, info.context_window))
    };
    assert_eq!(
        of("openai").chain(of("mine")).collect::<Vec<_>>(),
        [
            "openai gpt-6-luna Some(1050000)",
            "mine gpt-6-luna Some(512)",
            "mine qwen-9 Some(64)"
        ]
    );
    // A name nobody else knows leads to who has said it; one of the table to the first of its kind.
    let named = |model: &str| {
        world.outcome(&format!(
            r#"{{"model":"{model}","messages":[{{"role":"user","content":"hi"}}]}}"#
        ))
    };
    assert_eq!(named("qwen-9"), "mine None");
    assert_eq!(named("gpt-6-luna"), "openai Some(600000)");
}

#[test]
fn a_model_of_ones_own_is_priced_at_its_provider_alone() {
    let free = r#","custom_models":{"free":{"model":"gpt-4o","prices":{"in":0,"out":0},"context_window":4096}}"#;
    let world = beside_openai(free, "", [answer("gpt-4o"), answer("gpt-4o")]);
    let request = |id: &str, model: &str| {
        format!(
            r#"{{"provider":"{id}","model":"{model}","max_tokens":100,"messages":[{{"role":"user","content":"hi"}}]}}"#
        )
    };
    for (id, model, cost) in [("openai", "gpt-4o", 1_020_000), ("mine", "free", 0)] {
        let call = world.call_of(&request(id, model));
        let explained = world.env.run(call.explain()).unwrap();
        let likely = explained.candidates[0].cost.map(NanoUsd::nanos);
        assert_eq!(likely, Some(cost), "{id}");
    }
    let asked = |id: &str, model: &str| world.outcome(&request(id, model));
    assert_eq!(asked("openai", "gpt-4o"), "openai Some(12500000)");
    assert_eq!(asked("mine", "free"), "mine Some(0)");
    assert_eq!(world.window("openai", "gpt-4o"), Some(128_000));
    assert_eq!(world.window("mine", "gpt-4o"), Some(4_096));
}

/// It is asked for everything, as it was without prices.
#[test]
fn a_model_that_was_priced_is_still_trusted() {
    let world = client("openai", [answer("next-1")]);
    let prices = r#"[{"provider":"openai","id":"next-1","in":1,"out":2}]"#;
    world.client.merge_models(prices).unwrap();
    let tools = r#"[{"type":"function","function":{"name":"look"}}]"#;
    world.outcome(&format!(
        r#"{{"model":"openai/next-1","messages":[{{"role":"user","content":"Hi"}}],"tools":{tools}}}"#
    ));
    let sent = world.env.0.borrow();
    let body = sent.requests[0].body.clone().unwrap();
    assert!(
        String::from_utf8(body)
            .unwrap()
            .contains(r#""name":"look""#)
    );
}
