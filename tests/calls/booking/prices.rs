//! What things cost.

use expect_test::expect;

use super::{LIMITED, answering, asking, check, scene, sent, story};
use crate::script::{KEY, Scene, hello, json};
use crate::support::Answer;
use crate::test;

fn unknown() -> String {
    asking("gpt-99", r#""provider":"openai","max_tokens":100"#)
}

#[test]
fn an_unknown_price_is_no_price() {
    let scene = scene("", [hello()]).request(&unknown());
    let cost = {
        let mut call = scene.call();
        let done = scene.env.run(call.finish()).unwrap();
        aircher_llm::json::to_string(done)
    };
    let cost: serde_json::Value = serde_json::from_str(&cost).unwrap();
    assert!(cost["cost"].is_null() && cost["metadata"]["cost_nano_usd"].is_null());
    assert_eq!(cost["metadata"]["warnings"][1]["code"], "price_unknown");
    expect![[r#"
        0      warning unknown_model `gpt-99` is not in the model table: its limits, capabilities and prices are unknown
        0      send POST https://api.openai.com/v1/chat/completions
        0      warning price_unknown the price of the model is unknown; its cost is not counted
        0      body closed by us
        0      booked 1#1 posted 0 n$, price unknown
        books *: 0 settled, 0 reserved, 1 calls, 0 estimated, 9 + 2 tokens"#]].assert_eq(&story(&scene));
}

#[test]
fn a_call_is_booked_even_where_its_reservation_was_lost() {
    let scene = scene(LIMITED, [hello()]);
    let mut call = scene.call();
    scene.env.read(&mut call);
    scene.env.store().lose();
    while scene.env.read(&mut call) {}
    expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      -> "lo"
        0      body closed by us
        0      booked 1#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        books *: 42500 settled, 0 reserved, 1 calls, 0 estimated, 9 + 2 tokens"#]]
    .assert_eq(&story(&scene));
}

#[test]
fn a_hard_limit_refuses_an_unknown_price() {
    let scene = scene(r#""daily_limit":"10""#, [hello()]).request(&unknown());
    check(
        &scene,
        expect![[r#"
        0      ! budget_exceeded: the price of the model is unknown, and a hard limit cannot count what it does not know [code price_unknown] [hint give its prices with `llm.registry.merge` or in `custom_models`, or set costs.mode to "estimate" or "track"] [billed no]
        books *: 0 settled, 0 reserved, 0 calls, 0 estimated, 0 + 0 tokens"#]],
    );
}

#[cfg(feature = "ollama")]
#[test]
fn what_runs_at_home_costs_nothing() {
    let lines = "{\"message\":{\"content\":\"Hello\"},\"done\":false}\n{\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":9,\"eval_count\":2}\n";
    let scene = Scene::new(Answer::new(200, "application/x-ndjson", lines))
        .config(r#"{"providers":{"ollama":{}},"costs":{"daily_limit":"0.000000001"}}"#)
        .limited()
        .request(&asking("qwen3:4b", ""));
    check(
        &scene,
        expect![[r#"
            0      send POST http://localhost:11434/api/chat
            0      body closed by us
            0      -> "Hello"
            0      booked 1#1 posted 0 n$
            0      = "Hello" Stop, 9 + 2 tokens, 0 ms
            books *: 0 settled, 0 reserved, 1 calls, 0 estimated, 9 + 2 tokens"#]],
    );
    // Nobody's money is limited, so neither is the answer.
    assert!(sent(&scene, 0)["options"]["num_predict"].is_null());
}

#[test]
fn what_the_provider_says_it_costs_counts_for_more_than_our_prices() {
    let usage = r#"{"prompt_tokens":9,"completion_tokens":2,"cost":0.00012345}"#;
    check(
        &scene("", [answering(usage, "")]),
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hello"
        0      body closed by us
        0      booked 1#1 posted 123450 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        books *: 123450 settled, 0 reserved, 1 calls, 0 estimated, 9 + 2 tokens"#]],
    );
}

#[test]
fn the_tier_that_served_it_makes_the_price() {
    let usage = r#"{"prompt_tokens":1000,"completion_tokens":100}"#;
    let mut costs = String::new();
    for tier in ["default", "flex", "priority"] {
        let answer = answering(usage, &format!(r#","service_tier":"{tier}""#));
        let scene = scene("", [answer]).request(&asking("gpt-5.4", ""));
        scene.play();
        costs += &format!(
            "{tier} {}\n",
            scene.env.store().bucket("*/d:2027-01-01").settled
        );
    }
    expect![[r#"
        default 4000000
        flex 2000000
        priority 8000000
    "#]]
    .assert_eq(&costs);
}

#[test]
fn a_long_prompt_is_dearer_as_a_whole() {
    let mut costs = String::new();
    for tokens in [272_000, 272_001] {
        let usage = format!(r#"{{"prompt_tokens":{tokens},"completion_tokens":100}}"#);
        let scene = scene("", [answering(&usage, "")]).request(&asking("gpt-5.4", ""));
        scene.play();
        costs += &format!(
            "{tokens} {}\n",
            scene.env.store().bucket("*/d:2027-01-01").settled
        );
    }
    expect![[r#"
        272000 681500000
        272001 1362255000
    "#]]
    .assert_eq(&costs);
}

#[test]
fn what_was_cached_is_cheaper() {
    let usage = r#"{"prompt_tokens":1000,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":900}}"#;
    let openai = scene("", [answering(usage, "")]);
    check(
        &openai,
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hello"
        0      body closed by us
        0      booked 1#1 posted 1385000 n$
        0      = "Hello" Stop, 1000 + 1 tokens, 0 ms
        books *: 1385000 settled, 0 reserved, 1 calls, 0 estimated, 1000 + 1 tokens"#]],
    );
}

#[cfg(feature = "claude")]
#[test]
fn what_is_written_to_a_cache_is_dearer() {
    let body = r#"{"id":"m","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":1,"cache_read_input_tokens":100,"cache_creation_input_tokens":2000,"cache_creation":{"ephemeral_5m_input_tokens":1500,"ephemeral_1h_input_tokens":500}}}"#;
    let scene = Scene::new(json(200, body))
        .config(&format!(
            r#"{{"providers":{{"claude":{{"api_key":"{KEY}"}}}}}}"#
        ))
        .limited()
        .full()
        .request(&asking("claude-sonnet-4-5", ""));
    // 10 × 3000 + 100 × 300 + 1500 × 3750 + 500 × 6000 + 1 × 15000
    check(
        &scene,
        expect![[r#"
            0      send POST https://api.anthropic.com/v1/messages
            0      body ended
            0      -> "Hello"
            0      booked 1#1 posted 8700000 n$
            0      = "Hello" Stop, 2110 + 1 tokens, 0 ms
            books *: 8700000 settled, 0 reserved, 1 calls, 0 estimated, 2110 + 1 tokens"#]],
    );
}
