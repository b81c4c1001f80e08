//! What calls book, and what limits do to them: the scripted server of
//! `run.rs`, with a ledger that is looked at afterwards.
//!
//! A snapshot is the log of the calls, then what the books hold. Amounts are
//! nano-dollars; `gpt-4o` costs 2500 for a token in and 10000 for one out.

use expect_test::{Expect, expect};

use crate::script::{KEY, Scene, data, done, hello, json, say, stop, stream, usage};
use crate::support::{Answer, Step};
use crate::test;

// ---- how it is told -------------------------------------------------------

/// A request for two letters with further fields.
fn ask(fields: &str) -> String {
    asking("gpt-4o", fields)
}

fn asking(model: &str, fields: &str) -> String {
    let messages = r#""messages":[{"role":"user","content":"hi"}]"#;
    let comma = if fields.is_empty() { "" } else { "," };
    format!(r#"{{"model":"{model}",{messages}{comma}{fields}}}"#)
}

/// A server with these answers, under the table `[costs]`.
fn scene(costs: &str, answers: impl IntoIterator<Item = Answer>) -> Scene {
    let mut answers = answers.into_iter();
    let scene = Scene::new(answers.next().unwrap_or_else(hello))
        .with(&format!(r#""costs":{{{costs}}}"#))
        .limited();
    scene.env.0.borrow_mut().answers.extend(answers);
    scene
}

/// The log with what the first days of 2027 hold in all.
fn story(scene: &Scene) -> String {
    let mut told = scene.env.log();
    told.push('\n');
    for line in scopes(scene, &["*"]) {
        told.push_str(&line);
    }
    without_noise(&told)
}

fn scopes(scene: &Scene, scopes: &[&str]) -> Vec<String> {
    let line = |scope: &&str| {
        let day = scene.env.store().bucket(&format!("{scope}/d:2027-01-01"));
        let month = scene.env.store().bucket(&format!("{scope}/m:2027-01"));
        assert_eq!((month.settled, month.reserved), (day.settled, day.reserved));
        format!(
            "books {scope}: {} settled, {} reserved, {} calls, {} estimated, {} + {} tokens",
            day.settled, day.reserved, day.n, day.estimated, day.tokens_in, day.tokens_out
        )
    };
    scopes.iter().map(line).collect()
}

/// Without what is the same in every log; ids of calls become their numbers.
fn without_noise(log: &str) -> String {
    let is_told = |line: &&str| {
        let what = line.get(7..).unwrap_or_default();
        !["request ", "head ", "response "]
            .iter()
            .any(|start| what.starts_with(start))
    };
    let lines = log.lines().filter(is_told).map(|line| {
        let Some((before, id)) = line.split_once("req_") else {
            return line.to_string();
        };
        let number = id.get(11..).unwrap_or_default().trim_start_matches('0');
        format!("{before}{number}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// One call to its end, and the books.
#[track_caller]
fn check(scene: &Scene, expected: Expect) {
    scene.play();
    expected.assert_eq(&story(scene));
}

/// The body of the request that was sent as that number.
fn sent(scene: &Scene, at: usize) -> serde_json::Value {
    let world = scene.env.0.borrow();
    serde_json::from_slice(world.requests[at].body.as_deref().unwrap()).unwrap()
}

// ---- hard limits ----------------------------------------------------------

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

// ---- the request's own limit ----------------------------------------------

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

// ---- prices ---------------------------------------------------------------

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

fn answering(usage: &str, more: &str) -> Answer {
    let usage = data(&format!(r#"{{"choices":[]{more},"usage":{usage}}}"#));
    stream([say("Hello"), stop(), usage, done()])
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

// ---- calls that end early -------------------------------------------------

/// Limits that hold easily, so that something is set aside.
const LIMITED: &str = r#""daily_limit":"1""#;

#[test]
fn a_refused_request_is_given_back() {
    let answer = json(429, r#"{"error":{"message":"slow down"}}"#);
    check(
        &scene(LIMITED, [answer]),
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      body ended
        0      ! rate_limit: too many requests or tokens for now (HTTP 429): slow down [retryable yes] [billed no]
        books *: 0 settled, 0 reserved, 0 calls, 0 estimated, 0 + 0 tokens"#]],
    );
}

#[test]
fn nobody_knows_what_a_silent_server_did() {
    let late = || Answer {
        head_after_ms: 600_000,
        ..hello()
    };
    let patient = |costs| scene(costs, [late()]).with(r#""timeouts":{"first_byte":"10s"}"#);
    check(
        &patient(LIMITED).request(&ask(r#""max_tokens":100"#)),
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        10000  booked 1#1 posted 885000 n$, estimated
        10000  ! timeout: no text or tool call came in time (timeouts.first_byte) [code first_byte] [retryable yes] [billed unknown]
        books *: 885000 settled, 0 reserved, 1 calls, 1 estimated, 98 + 64 tokens"#]],
    );
    check(
        &patient(r#""mode":"estimate","daily_limit":"1""#),
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            10000  booked 1#1 posted 22500 n$, estimated
            10000  ! timeout: no text or tool call came in time (timeouts.first_byte) [code first_byte] [retryable yes] [billed unknown]
            books *: 22500 settled, 0 reserved, 1 calls, 1 estimated, 9 + 0 tokens"#]],
    );
}

#[test]
fn an_aborted_call_is_charged_for_what_came() {
    let scene = scene(LIMITED, [hello()]);
    let mut call = scene.call();
    scene.env.read(&mut call);
    scene.env.cancel(&mut call);
    expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      body closed by us
        0      booked 1#1 posted 915000 n$, estimated
        0      ! cancelled: the call was cancelled [billed yes] [partial "Hel"]
        books *: 915000 settled, 0 reserved, 1 calls, 1 estimated, 98 + 67 tokens"#]]
    .assert_eq(&story(&scene));
}

#[test]
fn a_dropped_call_is_charged_for_what_came() {
    let scene = scene(LIMITED, [hello()]);
    let mut call = scene.call();
    scene.env.read(&mut call);
    drop(call);
    expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      booked 1#1 posted 915000 n$, estimated
        0      body closed by us
        books *: 915000 settled, 0 reserved, 1 calls, 1 estimated, 98 + 67 tokens"#]]
    .assert_eq(&story(&scene));
}

#[test]
fn a_call_nobody_reads_costs_nothing() {
    let scene = scene(LIMITED, [hello()]);
    drop(scene.call());
    expect![[r#"

        books *: 0 settled, 0 reserved, 0 calls, 0 estimated, 0 + 0 tokens"#]]
    .assert_eq(&story(&scene));
}

#[test]
fn a_model_that_reasons_in_secret_is_charged_in_full_by_a_hard_limit() {
    let request = asking("gpt-5.4", r#""max_tokens":1000"#);
    let hard = scene(LIMITED, [stream([say("Hel")])]).request(&request);
    check(
        &hard,
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      body ended
        0      booked 1#1 posted 15245000 n$, estimated
        0      ! stream_interrupted: the stream ended before the provider said it was done [billed yes] [partial "Hel"]
        books *: 15245000 settled, 0 reserved, 1 calls, 1 estimated, 98 + 1000 tokens"#]],
    );
    let estimate = r#""mode":"estimate","daily_limit":"1""#;
    let estimated = scene(estimate, [stream([say("Hel")])]).request(&request);
    check(
        &estimated,
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      -> "Hel"
            0      body ended
            0      booked 1#1 posted 52500 n$, estimated
            0      ! stream_interrupted: the stream ended before the provider said it was done [billed yes] [partial "Hel"]
            books *: 52500 settled, 0 reserved, 1 calls, 1 estimated, 9 + 2 tokens"#]],
    );
}

#[test]
fn a_broken_stream_is_charged_for_what_came() {
    check(
        &scene(LIMITED, [stream([say("Hel"), Step::Reset])]),
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      body ended
        0      booked 1#1 posted 915000 n$, estimated
        0      ! stream_interrupted: the connection broke in the middle of the answer [billed yes] [partial "Hel"]
        books *: 915000 settled, 0 reserved, 1 calls, 1 estimated, 98 + 67 tokens"#]],
    );
    let error = data(r#"{"error":{"message":"overloaded","type":"server_error"}}"#);
    check(
        &scene(LIMITED, [stream([say("Hel"), error])]),
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      body closed by us
        0      booked 1#1 posted 915000 n$, estimated
        0      ! server_error: the provider failed: overloaded [code server_error] [retryable yes] [billed yes] [partial "Hel"]
        books *: 915000 settled, 0 reserved, 1 calls, 1 estimated, 98 + 67 tokens"#]],
    );
}

#[test]
fn an_answer_without_usage_is_estimated() {
    check(
        &scene(LIMITED, [stream([say("Hello"), stop(), done()])]),
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hello"
        0      body closed by us
        0      booked 1#1 posted 935000 n$, estimated
        0      = "Hello" Stop, 98 + 69 tokens, 0 ms
        books *: 935000 settled, 0 reserved, 1 calls, 1 estimated, 98 + 69 tokens"#]],
    );
    // Zero tokens for a text are no count.
    let zero = answering(r#"{"prompt_tokens":9,"completion_tokens":0}"#, "");
    check(
        &scene(LIMITED, [zero]),
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hello"
        0      body closed by us
        0      booked 1#1 posted 712500 n$, estimated
        0      = "Hello" Stop, 9 + 69 tokens, 0 ms
        books *: 712500 settled, 0 reserved, 1 calls, 1 estimated, 9 + 69 tokens"#]],
    );
}

#[test]
fn usage_that_came_before_the_break_counts() {
    check(
        &scene(LIMITED, [stream([usage(), say("Hello"), Step::Reset])]),
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hello"
        0      body ended
        0      booked 1#1 posted 712500 n$, estimated
        0      ! stream_interrupted: the connection broke in the middle of the answer [billed yes] [partial "Hello"]
        books *: 712500 settled, 0 reserved, 1 calls, 1 estimated, 9 + 69 tokens"#]],
    );
}

#[test]
fn what_was_asked_for_makes_the_price_until_the_answer_says_otherwise() {
    let priority = asking(
        "gpt-5.4",
        r#""provider_options":{"openai":{"service_tier":"priority"}}"#,
    );
    let mut costs = String::new();
    for request in [asking("gpt-5.4", ""), priority] {
        let scene = scene("", [stream([usage(), say("Hello"), Step::Reset])]).request(&request);
        scene.play();
        costs += &format!("{}\n", scene.env.store().bucket("*/d:2027-01-01").settled);
    }
    expect![[r#"
        52500
        105000
    "#]]
    .assert_eq(&costs);
}

// ---- a ledger that fails --------------------------------------------------

#[test]
fn a_hard_limit_without_its_ledger_sends_nothing() {
    let scene = scene(LIMITED, [hello()]);
    scene.env.store().failures.set(u32::MAX);
    check(
        &scene,
        expect![[r#"
        0      ! ledger_unavailable: the disk is full [code ledger_unavailable] [billed no]
        books *: 0 settled, 0 reserved, 0 calls, 0 estimated, 0 + 0 tokens"#]],
    );
    assert!(scene.env.0.borrow().requests.is_empty());
}

#[test]
fn an_estimate_goes_on_without_its_ledger_and_is_booked_when_it_is_back() {
    for mode in ["estimate", "track"] {
        let scene = scene(
            &format!(r#""mode":"{mode}",{LIMITED}"#),
            [hello(), hello(), hello()],
        );
        scene.env.store().failures.set(u32::MAX);
        let play = || {
            let mut call = scene.call();
            while scene.env.read(&mut call) {}
        };
        play();
        let told = story(&scene);
        let warning = "0      warning ledger_unavailable the disk is full";
        assert!(told.starts_with(warning), "{told}");
        assert!(told.contains("= \"Hello\" Stop, 9 + 2 tokens"), "{told}");
        // It comes back in the middle of the second call: both are booked at its end.
        let mut second = scene.call();
        scene.env.read(&mut second);
        assert_eq!(scene.env.store().bucket("*/d:2027-01-01").n, 0);
        scene.env.store().failures.set(0);
        while scene.env.read(&mut second) {}
        let books = scopes(&scene, &["*"]).concat();
        assert_eq!(
            books,
            "books *: 85000 settled, 0 reserved, 2 calls, 0 estimated, 18 + 4 tokens"
        );
        play();
        assert_eq!(scene.env.store().bucket("*/d:2027-01-01").settled, 127_500);
    }
}

#[test]
fn a_settlement_the_ledger_did_not_take_is_booked_with_the_next_call() {
    let scene = scene(LIMITED, [hello(), hello()]);
    let mut first = scene.call();
    scene.env.read(&mut first);
    scene.env.store().failures.set(3);
    while scene.env.read(&mut first) {}
    scene.env.note(&scopes(&scene, &["*"]).concat());
    let mut second = scene.call();
    while scene.env.read(&mut second) {}
    expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      -> "lo"
        0      body closed by us
        0      warning ledger_unavailable the disk is full
        0      booked 1#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        0      books *: 0 settled, 164085000 reserved, 0 calls, 0 estimated, 0 + 0 tokens
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      -> "lo"
        0      body closed by us
        0      booked 4#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        books *: 85000 settled, 0 reserved, 2 calls, 0 estimated, 18 + 4 tokens"#]]
    .assert_eq(&story(&scene));
}

// ---- time -----------------------------------------------------------------

#[test]
fn a_long_stream_keeps_its_reservation_alive() {
    let mut steps = Vec::new();
    for _ in 0..120 {
        steps.extend([Step::Wait(1_000), say("word ")]);
    }
    steps.extend([stop(), usage(), done()]);
    let scene = scene(LIMITED, [stream(steps)]);
    let mut call = scene.call();
    let updates = || scene.env.store().updates.get();
    scene.env.read(&mut call);
    let before = updates();
    let mut renewed = Vec::new();
    for second in 2..=120 {
        let known = updates();
        scene.env.read(&mut call);
        if updates() > known {
            renewed.push(second);
        }
    }
    // When a minute has gone by, and then not before the longest silence has.
    assert_eq!((renewed, updates() - before), (vec![61], 1));
}

#[test]
fn a_call_is_booked_in_the_period_it_began_in() {
    let answer = stream([say("Hello"), Step::Wait(2_000), stop(), usage(), done()]);
    let scene = scene(LIMITED, [answer]);
    scene.env.0.borrow_mut().now_ms = 86_399_000.0;
    let mut call = scene.call();
    while scene.env.read(&mut call) {}
    let bucket = |name: &str| scene.env.store().bucket(name).settled;
    assert_eq!(bucket("*/d:2027-01-01"), 42_500);
    assert_eq!(bucket("*/d:2027-01-02"), 0);
}
