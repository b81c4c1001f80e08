//! A hit, and how it is told.

use aircher_llm::json::to_string;
use expect_test::expect;

use super::{ON, OTHER, client, configured, hellos, pieces, text};
use crate::script::{ASK, KEY, World, data, done, hello, json, out, stream, usage};
use crate::test;

#[test]
fn the_second_is_answered_at_once_and_sent_to_nobody() {
    let world = client(ON, [hello().after(800)]);
    let first = world.streamed(ASK);
    let second = world.streamed(ASK);
    assert_eq!(
        (text(&first), text(&second)),
        ("Hello".into(), "Hello".into())
    );
    assert_eq!((first.usage, second.duration), (second.usage, 0));
    world.tells_all(expect![[r#"
        0      request openai gpt-4o 1
        0      send POST https://api.openai.com/v1/chat/completions
        800    head 200
        800    response 200
        800    body closed by us
        800    booked req_e5d31742c0000000001#1 posted 42500 n$"#]]);
}

#[test]
fn it_says_that_it_was_kept_and_what_that_saved() {
    let world = client(ON, [hello()]);
    let first = world.streamed(ASK);
    assert!(
        !to_string(&first).contains("cached\""),
        "said of hits alone"
    );
    let told = to_string(&world.streamed(ASK)).replace(",\"", ",\n\"");
    let (_, told) = told.split_once("\"usage\"").unwrap();
    let is_id = |line: &&str| !line.contains("\"id\":");
    let told: Vec<_> = told.lines().filter(is_id).collect();
    expect![[r#"
        :{"prompt_tokens":9,
        "completion_tokens":2,
        "total_tokens":11,
        "cached_tokens":0,
        "cache_write_tokens":0,
        "cache_write_long_tokens":0,
        "reasoning_tokens":0,
        "input_audio_tokens":0,
        "output_audio_tokens":0,
        "estimated":false},
        "cost":0,
        "duration":0,
        "provider":"openai",
        "model":"gpt-4o",
        "stream":{"delta":{},
        "finished":true,
        "finish_reason":"stop"},
        "raw_finish_reason":"stop",
        "cost_nano_usd":0,
        "pricing":{"at":"2027-01-01"},
        "time_to_first_token_ms":0,
        "warnings":[],
        "attempts":[{"provider":"openai",
        "model":"gpt-4o",
        "type":null,
        "duration":0,
        "cost_nano_usd":0,
        "estimated":false}],
        "cached":true,
        "saved_cost_nano_usd":42500}}"#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn an_answer_without_a_price_saves_nobody_knows_what() {
    let request =
        r#"{"provider":"openai","model":"mystery","messages":[{"role":"user","content":"hi"}]}"#;
    let world = client(ON, [hello()]);
    assert!(world.hits_with(request, request));
    let hit = world.streamed(request);
    let codes: Vec<_> = hit
        .metadata
        .warnings
        .iter()
        .map(|warning| &*warning.code)
        .collect();
    assert_eq!(
        codes,
        ["unknown_model"],
        "what is wrong with the request is said again"
    );
    assert!(to_string(&hit).contains(r#""cost":0"#));
    assert!(to_string(&hit).contains(r#""saved_cost_nano_usd":null"#));
}

#[test]
fn streams_replay_as_streams_whoever_asked_first() {
    for (first, second) in [(true, true), (true, false), (false, true), (false, false)] {
        let whole = r#"{"choices":[{"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#;
        let answer = match first {
            true => hello(),
            false => json(200, whole),
        };
        let world = client(ON, [answer]);
        world.finish_as(ASK, first).unwrap();
        let mut call = world.call_as(ASK, second);
        let events = world.env.run(call.next()).unwrap().unwrap();
        let expected = match first {
            true => vec![r#"Text("Hel")"#, r#"Text("lo")"#],
            false => vec![r#"Text("Hello")"#],
        };
        assert_eq!(pieces(&events), expected);
        assert!(world.env.run(call.next()).unwrap().is_none());
        assert_eq!(text(call.response()), "Hello");
        assert_eq!(world.sent(), 1, "{first} {second}");
    }
}

#[test]
fn tool_calls_thinking_and_everything_else_come_back() {
    let call = r#"{"choices":[{"delta":{"reasoning_content":"Hm","tool_calls":[{"index":0,"id":"c1","function":{"name":"look","arguments":"{\"q\""}}]}}]}"#;
    let rest = r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]},"logprobs":{"content":[]}}]}"#;
    let end = r#"{"id":"r1","model":"gpt-4o-2024-11-20","choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#;
    let steps = [call, rest, end].map(data);
    let world = client(ON, [stream(steps.into_iter().chain([usage(), done()]))]);
    let first = world.streamed(ASK);
    let mut second = world.streamed(ASK);
    assert_eq!(second.message, first.message);
    assert_eq!(second.message.tool_calls.len(), 1);
    assert_eq!(
        (&second.model, second.stream.clone()),
        (&first.model, first.stream.clone())
    );
    assert_eq!(second.metadata.response_id, first.metadata.response_id);
    assert_eq!(second.metadata.extra, first.metadata.extra);
    second.metadata.pricing.service_tier = None;
    assert_eq!(second.metadata.pricing.at, first.metadata.pricing.at);
}

#[test]
fn a_budget_that_is_used_up_does_not_refuse_what_costs_nothing() {
    let small = |ask: &str| ask.replace("]}", r#"],"max_tokens":5}"#);
    let more = r#","costs":{"daily_limit":"0.0003"}"#;
    let world = World::new(&configured(ON, KEY, more), hellos(2));
    world.streamed(&small(ASK));
    let refused = world.finish_of(&small(OTHER)).unwrap_err();
    assert_eq!(refused.kind.as_str(), "budget_exceeded");
    let before = world.env.store().updates.get();
    assert!(world.streamed(&small(ASK)).metadata.cached);
    let after = world.env.store().updates.get();
    assert_eq!(after, before, "the books hear nothing of it");
}

#[test]
fn metrics_and_tracers_know_it() {
    let world = client(ON, [hello().after(500)]);
    world.streamed(ASK);
    world.streamed(ASK);
    let told = world.metrics();
    let (told, _) = told.split_once(r#","models""#).unwrap();
    expect![[r#"{"openai":{"request_count":1,"error_count":0,"errors_by_type":{},"retry_count":0,"failover_count":0,"cache_hit_count":1,"total_cost":0.0000425,"avg_latency":500,"p50_latency":496,"p95_latency":496,"time_to_first_token":500,"tokens_per_second":4,"last_health_check":null"#]].assert_eq(told);
    let reports = &world.env.0.borrow().reports;
    let is_told = |report: &String| report.contains(r#""cached":true"#);
    assert_eq!(
        reports.iter().map(is_told).collect::<Vec<_>>(),
        [false, true]
    );
    assert!(
        reports[1].contains(r#""cost_nano_usd":0"#),
        "{}",
        reports[1]
    );
}

#[test]
fn what_is_kept_is_there_while_the_provider_is_out() {
    let outs = std::iter::repeat_n(out(), 20);
    let world = client(ON, [hello()].into_iter().chain(outs));
    world.streamed(ASK);
    for _ in 0..10 {
        world.finish_of(OTHER).unwrap_err();
    }
    let refused = world.finish_of(OTHER).unwrap_err();
    assert_eq!(refused.kind.as_str(), "circuit_open");
    assert!(world.streamed(ASK).metadata.cached);
}
