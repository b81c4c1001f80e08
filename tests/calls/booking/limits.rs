//! Limits, of money and of tokens.

use expect_test::expect;

use super::{ask, check, scene, scopes, sent, story};
use crate::script::{hello, say, stream};
use crate::support::Answer;
use crate::test;

// ---- hard limits ---------------------------------------------------------------

#[test]
fn a_hard_limit_refuses_what_it_cannot_hold() {
    let scene = scene(r#""daily_limit":"0.0005""#, []).request(&ask(r#""max_tokens":100"#));
    let error = scene.env.run(scene.call().finish()).unwrap_err();
    expect![[r#"{"type":"budget_exceeded","message":"the limit of 0.0005 US dollars (* d:2027-01-01) does not leave the 0.001245 this request may cost: 0 spent, 0 set aside","retryable":false,"provider":"openai","model":"gpt-4o","attempts":[{"provider":"openai","model":"gpt-4o","type":"budget_exceeded","skipped":"the limit of 0.0005 US dollars (* d:2027-01-01) does not leave the 0.001245 this request may cost: 0 spent, 0 set aside","duration":0,"cost_nano_usd":0,"estimated":false}],"billed":"no","scope":"*","period":"d:2027-01-01","limit":0.0005,"settled":0,"reserved":0,"requested":0.001245,"resets_at":"2027-01-02T00:00:00Z"}"#]].assert_eq(&aircher_llm::json::to_string(&error));
    expect![[r#"

        books *: 0 settled, 0 reserved, 0 calls, 0 estimated, 0 + 0 tokens"#]]
    .assert_eq(&story(&scene));
    assert!(scene.env.0.borrow().requests.is_empty());
}

#[test]
fn an_answer_nobody_limited_is_limited_to_what_is_left() {
    let short = scene(r#""daily_limit":"0.01""#, [hello()]);
    check(
        &short,
        expect![[r#"
        0      warning budget set to 975: more is not left in the budget
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      -> "lo"
        0      body closed by us
        0      booked 1#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        books *: 42500 settled, 0 reserved, 1 calls, 0 estimated, 9 + 2 tokens"#]],
    );
    let told = short.env.log();
    let most = sent(&short, 0)["max_completion_tokens"].as_u64().unwrap();
    assert!(
        told.contains(&format!("set to {most}: more is not left")),
        "{told}"
    );
    // The amount pays for as many tokens at the price of the dearest tier.
    assert!(most > 500 && most < 1_000, "{most}");
    let rich = scene(r#""daily_limit":"10""#, [hello()]);
    check(
        &rich,
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      -> "lo"
        0      body closed by us
        0      booked 1#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        books *: 42500 settled, 0 reserved, 1 calls, 0 estimated, 9 + 2 tokens"#]],
    );
    assert_eq!(sent(&rich, 0)["max_completion_tokens"], 16_384);
}

#[test]
fn two_calls_at_once_do_not_spend_the_same_money() {
    let scene =
        scene(r#""daily_limit":"0.003""#, [hello(), hello()]).request(&ask(r#""max_tokens":200"#));
    let mut first = scene.call();
    scene.env.read(&mut first);
    let mut second = scene.call();
    scene.env.read(&mut second);
    while scene.env.read(&mut first) {}
    let mut third = scene.call();
    while scene.env.read(&mut third) {}
    expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      ! budget_exceeded: the limit of 0.003 US dollars (* d:2027-01-01) does not leave the 0.002245 this request may cost: 0 spent, 0.002245 set aside [billed no]
        0      -> "lo"
        0      body closed by us
        0      booked 1#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      -> "lo"
        0      body closed by us
        0      booked 7#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        books *: 85000 settled, 0 reserved, 2 calls, 0 estimated, 18 + 4 tokens"#]].assert_eq(&story(&scene));
}

#[test]
fn a_month_has_a_limit_of_its_own() {
    let scene = scene(r#""monthly_budget":"0.0005""#, [hello()]);
    check(
        &scene.request(&ask(r#""max_tokens":100"#)),
        expect![[r#"
        0      ! budget_exceeded: the limit of 0.0005 US dollars (* m:2027-01) does not leave the 0.001245 this request may cost: 0 spent, 0 set aside [billed no]
        books *: 0 settled, 0 reserved, 0 calls, 0 estimated, 0 + 0 tokens"#]],
    );
}

#[test]
fn a_provider_has_a_limit_of_its_own() {
    let scene = scene(r#""limits":{"openai_daily":"0.0005"}"#, [hello()]);
    check(
        &scene.request(&ask(r#""max_tokens":100"#)),
        expect![[r#"
        0      ! budget_exceeded: the limit of 0.0005 US dollars (p:openai d:2027-01-01) does not leave the 0.001245 this request may cost: 0 spent, 0 set aside [billed no]
        books *: 0 settled, 0 reserved, 0 calls, 0 estimated, 0 + 0 tokens"#]],
    );
}

#[test]
fn a_tag_has_a_limit_of_its_own() {
    let costs = r#""tags":{"team:red":{"daily":"0.0005"}}"#;
    let red =
        scene(costs, [hello()]).request(&ask(r#""max_tokens":100,"metadata":{"team":"red"}"#));
    check(
        &red,
        expect![[r#"
        0      ! budget_exceeded: the limit of 0.0005 US dollars (k:team:red d:2027-01-01) does not leave the 0.001245 this request may cost: 0 spent, 0 set aside [billed no]
        books *: 0 settled, 0 reserved, 0 calls, 0 estimated, 0 + 0 tokens"#]],
    );
    let blue =
        scene(costs, [hello()]).request(&ask(r#""max_tokens":100,"metadata":{"team":"blue"}"#));
    check(
        &blue,
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      -> "lo"
        0      body closed by us
        0      booked 1#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        books *: 42500 settled, 0 reserved, 1 calls, 0 estimated, 9 + 2 tokens"#]],
    );
    expect![[r#"
        books k:team:blue: 42500 settled, 0 reserved, 1 calls, 0 estimated, 9 + 2 tokens
        books k:team:red: 0 settled, 0 reserved, 0 calls, 0 estimated, 0 + 0 tokens
        books p:openai: 42500 settled, 0 reserved, 1 calls, 0 estimated, 9 + 2 tokens"#]]
    .assert_eq(&scopes(&blue, &["k:team:blue", "k:team:red", "p:openai"]).join("\n"));
}

#[test]
fn tracking_refuses_nothing() {
    let scene = scene(r#""mode":"track","daily_limit":"0.000001""#, [hello()]);
    check(
        &scene.request(&ask(r#""max_tokens":100"#)),
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      -> "lo"
        0      body closed by us
        0      alert b/*/d:2027-01-01 42500 of 1000
        0      booked 1#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        books *: 42500 settled, 0 reserved, 1 calls, 0 estimated, 9 + 2 tokens"#]],
    );
}

#[test]
fn an_alert_is_given_once() {
    let scene = scene(
        r#""mode":"track","daily_limit":"0.0001","alert_threshold":0.8"#,
        [hello(), hello(), hello()],
    );
    for _ in 0..3 {
        let mut call = scene.call();
        while scene.env.read(&mut call) {}
    }
    expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      -> "lo"
        0      body closed by us
        0      booked 1#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      -> "lo"
        0      body closed by us
        0      alert b/*/d:2027-01-01 85000 of 100000
        0      booked 4#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      -> "lo"
        0      body closed by us
        0      booked 7#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        books *: 127500 settled, 0 reserved, 3 calls, 0 estimated, 27 + 6 tokens"#]]
    .assert_eq(&story(&scene));
}

// ---- the request's own limit ---------------------------------------------------

#[test]
fn a_request_that_cannot_keep_its_own_limit_is_not_sent() {
    let scene = scene("", [hello()]).request(&ask(r#""max_tokens":100,"cost_limit":0.0005"#));
    check(
        &scene,
        expect![[r#"
        0      ! budget_exceeded: the limit of 0.0005 US dollars (request) does not leave the 0.001245 this request may cost: 0 spent, 0 set aside [billed no]
        books *: 0 settled, 0 reserved, 0 calls, 0 estimated, 0 + 0 tokens"#]],
    );
}

#[test]
fn a_request_with_a_limit_of_its_own_gets_what_it_pays_for() {
    let scene = scene("", [hello()]).request(&ask(r#""cost_limit":0.0005"#));
    check(
        &scene,
        expect![[r#"
        0      warning budget set to 25: more is not left in the budget
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      -> "lo"
        0      body closed by us
        0      booked 1#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        books *: 42500 settled, 0 reserved, 1 calls, 0 estimated, 9 + 2 tokens"#]],
    );
    let most = sent(&scene, 0)["max_completion_tokens"].as_u64().unwrap();
    assert!(scene.env.log().contains(&format!("set to {most}:")));
}

/// A server that never stops talking, whatever it was asked.
fn endless() -> Answer {
    stream((0..200).map(|_| say("one two three four ")))
}

#[test]
fn a_stream_is_cut_before_it_passes_the_limit_of_its_request() {
    let scene = scene(r#""mode":"estimate""#, [endless()])
        .request(&ask(r#""max_tokens":1000,"cost_limit":0.0005"#));
    check(
        &scene,
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      -> "one two three four "
            0      -> "one two three four "
            0      -> "one two three four "
            0      -> "one two three four "
            0      -> "one two three four "
            0      -> "one two three four "
            0      -> "one two three four "
            0      -> "one two three four "
            0      -> "one two three four "
            0      -> "one two three four "
            0      body closed by us
            0      -> "one two three four "
            0      booked 1#1 posted 500000 n$, estimated
            0      ! budget_exceeded: the limit of 0.0005 US dollars (request) does not leave the 0.0005025 this request may cost: 0 spent, 0 set aside [billed yes] [partial "one two three four one two three four one two three four one two three four one two three four one two three four one two three four one two three four one two three four one two three four one two three four "]
            books *: 500000 settled, 0 reserved, 1 calls, 1 estimated, 9 + 51 tokens"#]],
    );
}

#[test]
fn the_limit_of_a_request_holds_without_a_ledger() {
    let scene = scene("", [hello()]).request(&ask(r#""cost_limit":0.0005"#));
    scene.env.store().failures.set(u32::MAX);
    scene.play();
    assert!(sent(&scene, 0)["max_completion_tokens"].as_u64().unwrap() < 100);
}
