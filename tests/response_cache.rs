//! Answers that are kept for who asks the same again. In virtual time, on the host and in wasm.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod script;
mod support;

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use aircher_llm::chat::{ChatRequest, ChatResponse, EmbedRequest, Events, StreamEvent};
use aircher_llm::env::{Env, Verdict};
use aircher_llm::error::Error;
use aircher_llm::http::Header;
use aircher_llm::json::to_string;
use aircher_llm::run::{Call, CallOptions, Client, embed};
use expect_test::{Expect, expect};
use futures_util::future::join;
use script::{KEY, Scene, done, hello, say, stop, stream, usage};
use support::{Answer, FakeEnv, Shelf, Step, config};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A client, and the world it calls into.
struct World {
    env: FakeEnv,
    config: Rc<Client>,
}

const ON: &str = r#"{"enabled":true}"#;
const ASK: &str = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}"#;
const OTHER: &str = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"ho"}]}"#;

impl World {
    fn new(cache: &str, answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::of(FakeEnv::new(answers), cache, KEY, "")
    }

    /// Another client in the same world.
    fn of(env: FakeEnv, cache: &str, key: &str, more: &str) -> Self {
        let openai = format!(r#""openai":{{"api":"chat","api_key":"{key}"}}"#);
        let config = config(&format!(
            r#"{{"providers":{{{openai}}},"response_cache":{cache}{more}}}"#
        ));
        let env = env.limited(&config);
        Self { env, config }
    }

    fn call(&self, request: &str, stream: bool) -> Call<FakeEnv> {
        let request = ChatRequest::from_json(request).unwrap();
        let options = CallOptions {
            stream,
            ..CallOptions::default()
        };
        Call::new(self.env.clone(), Rc::clone(&self.config), request, options)
    }

    /// The whole answer, however it was asked for.
    fn chat(&self, request: &str, stream: bool) -> Result<ChatResponse, Error> {
        let mut call = self.call(request, stream);
        self.env.run(call.finish()).cloned()
    }

    #[track_caller]
    fn streamed(&self, request: &str) -> ChatResponse {
        self.chat(request, true).unwrap()
    }

    /// Asks twice; whether the second was a hit.
    #[track_caller]
    fn hits_with(&self, first: &str, second: &str) -> bool {
        let _ = self.chat(first, true);
        self.streamed(second).metadata.cached
    }

    fn wait(&self, ms: u64) {
        self.env.run(self.env.sleep(ms));
    }

    fn sent(&self) -> usize {
        self.env.0.borrow().requests.len()
    }

    fn with_shelf(self, shelf: Shelf) -> Self {
        self.env.0.borrow_mut().shelf = Some(shelf);
        self
    }

    #[track_caller]
    fn tells(&self, expected: Expect) {
        expected.assert_eq(&Scene::of(self.env.clone()).log());
    }
}

fn hellos(count: usize) -> Vec<Answer> {
    vec![hello(); count]
}

fn slow(mut answer: Answer, ms: u64) -> Answer {
    answer.head_after_ms = ms;
    answer
}

fn out() -> Answer {
    Answer::new(
        503,
        "application/json",
        r#"{"error":{"message":"out of order"}}"#,
    )
}

/// The pieces a caller sees.
fn pieces(events: &Events) -> Vec<String> {
    let visible = events.iter().filter(StreamEvent::is_visible);
    visible.map(|event| format!("{event:?}")).collect()
}

fn text(response: &ChatResponse) -> String {
    response.message.content.joined("")
}

/// Polls once; whether it is done.
fn poll<F: Future>(work: &mut std::pin::Pin<&mut F>) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    matches!(work.as_mut().poll(&mut context), Poll::Ready(_))
}

// ---- a hit --------------------------------------------------------------------

#[test]
fn the_second_is_answered_at_once_and_sent_to_nobody() {
    let world = World::new(ON, [slow(hello(), 800)]);
    let first = world.streamed(ASK);
    let second = world.streamed(ASK);
    assert_eq!(
        (text(&first), text(&second)),
        ("Hello".into(), "Hello".into())
    );
    assert_eq!((first.usage, second.duration), (second.usage, 0));
    world.tells(expect![[r#"
        0      request openai gpt-4o 1
        0      send POST https://api.openai.com/v1/chat/completions
        800    head 200
        800    response 200
        800    body closed by us
        800    booked req_e5d31742c0000000001#1 posted 42500 n$"#]]);
}

#[test]
fn it_says_that_it_was_kept_and_what_that_saved() {
    let world = World::new(ON, [hello()]);
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
    let world = World::new(ON, [hello()]);
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
            false => Answer::new(200, "application/json", whole),
        };
        let world = World::new(ON, [answer]);
        world.chat(ASK, first).unwrap();
        let mut call = world.call(ASK, second);
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
    let steps = [call, rest, end].map(script::data);
    let world = World::new(ON, [stream(steps.into_iter().chain([usage(), done()]))]);
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
    let world = World::of(FakeEnv::new(hellos(2)), ON, KEY, more);
    world.streamed(&small(ASK));
    let refused = world.chat(&small(OTHER), true).unwrap_err();
    assert_eq!(refused.kind.as_str(), "budget_exceeded");
    let before = world.env.store().updates.get();
    assert!(world.streamed(&small(ASK)).metadata.cached);
    let after = world.env.store().updates.get();
    assert_eq!(after, before, "the books hear nothing of it");
}

#[test]
fn metrics_and_tracers_know_it() {
    let world = World::new(ON, [slow(hello(), 500)]);
    world.streamed(ASK);
    world.streamed(ASK);
    let told = world.config.metrics();
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
    let world = World::new(ON, [hello()].into_iter().chain(outs));
    world.streamed(ASK);
    for _ in 0..10 {
        world.chat(OTHER, true).unwrap_err();
    }
    let refused = world.chat(OTHER, true).unwrap_err();
    assert_eq!(refused.kind.as_str(), "circuit_open");
    assert!(world.streamed(ASK).metadata.cached);
}

// ---- what counts as the same -----------------------------------------------------

#[test]
fn only_what_is_sent_counts() {
    let ask = |more: &str| {
        format!(r#"{{"model":"gpt-4o","messages":[{{"role":"user","content":"hi"}}]{more}}}"#)
    };
    for (more, hits) in [
        ("", true),
        (r#","stream":true"#, true),
        (r#","stream":false"#, true),
        (r#","metadata":{"team":"a"}"#, true),
        (r#","cost_limit":1"#, true),
        (r#","temperature":0.5"#, false),
        (r#","max_tokens":5"#, false),
        (r#","seed":1"#, false),
        (r#","provider_options":{"openai":{"store":true}}"#, false),
    ] {
        let world = World::new(ON, hellos(2));
        assert_eq!(world.hits_with(&ask(""), &ask(more)), hits, "{more}");
    }
}

#[test]
fn nobody_with_another_key_gets_it() {
    let other = KEY.replace("sk-test-A", "sk-test-B");
    let shelf = Shelf::default();
    let world = World::new(ON, hellos(2)).with_shelf(shelf);
    world.streamed(ASK);
    let stranger = World::of(world.env.clone(), ON, &other, "");
    assert!(!stranger.streamed(ASK).metadata.cached);
    let same = World::of(world.env.clone(), ON, KEY, "");
    assert!(
        same.streamed(ASK).metadata.cached,
        "with the same key it is shared"
    );
}

#[test]
fn names_tell_neither_key_nor_prompt() {
    let world = World::new(ON, [hello()]).with_shelf(Shelf::default());
    world.streamed(ASK);
    world.streamed(ASK);
    let world = world.env.0.borrow();
    let names = &world.shelf.as_ref().unwrap().names;
    assert_eq!(names.len(), 3, "asked, given, asked");
    let is_hex =
        |name: &&String| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert_eq!(names.iter().filter(is_hex).count(), 3, "{names:?}");
    assert!(names.iter().all(|name| *name == names[0]));
}

#[test]
fn the_request_has_the_last_word() {
    let on = ASK.replace("]}", r#"],"response_cache":true}"#);
    let off = ASK.replace("]}", r#"],"response_cache":false}"#);
    for (cache, first, second, hits) in [
        (ON, ASK, ASK, true),
        (ON, &*off, ASK, false),
        (ON, ASK, &*off, false),
        ("{}", ASK, ASK, false),
        ("{}", &*on, &*on, true),
        ("{}", &*on, ASK, false),
    ] {
        let world = World::new(cache, hellos(2));
        assert_eq!(
            world.hits_with(first, second),
            hits,
            "{cache} {first} {second}"
        );
    }
}

#[test]
fn a_header_a_listener_adds_may_say_who_asks() {
    for (headers, hits) in [
        (vec![], true),
        (vec![Header::plain("x-user", "ann")], false),
    ] {
        let world = World::new(ON, hellos(2));
        world.env.0.borrow_mut().verdict = Some(Verdict::Headers(headers));
        assert_eq!(world.hits_with(ASK, ASK), hits);
    }
}

// ---- what is kept ------------------------------------------------------------------

#[test]
fn only_whole_answers_are_kept() {
    let end = |reason: &str| {
        let end = format!(r#"{{"choices":[{{"delta":{{}},"finish_reason":"{reason}"}}]}}"#);
        stream([say("Hi"), script::data(&end), usage(), done()])
    };
    for (name, answer, kept) in [
        ("stop", hello(), true),
        ("length", end("length"), false),
        ("content_filter", end("content_filter"), false),
        ("a word nobody knows", end("tired"), false),
        ("an error", out(), false),
        (
            "a stream that breaks",
            stream([say("Hi"), Step::Reset]),
            false,
        ),
        ("no text", stream([stop(), usage(), done()]), false),
        (
            "a refusal",
            stream([
                script::data(r#"{"choices":[{"delta":{"refusal":"No."}}]}"#),
                stop(),
                usage(),
                done(),
            ]),
            false,
        ),
    ] {
        let world = World::new(ON, [answer, hello()]);
        assert_eq!(world.hits_with(ASK, ASK), kept, "{name}");
    }
}

#[test]
fn vectors_are_not_kept() {
    let vector = r#"{"model":"m","data":[{"index":0,"embedding":[1]}],"usage":{"prompt_tokens":1,"total_tokens":1}}"#;
    let answer = Answer::new(200, "application/json", vector);
    let world = World::new(ON, [answer.clone(), answer]);
    for _ in 0..2 {
        let request = EmbedRequest::from_json(r#"{"input":["a"]}"#).unwrap();
        let (env, config) = (world.env.clone(), Rc::clone(&world.config));
        let work = embed(env, config, request, CallOptions::default());
        let answer = world.env.run(work).unwrap();
        assert_eq!(answer.vector(0), Some(vec![1.0]));
    }
    assert_eq!(world.sent(), 2);
}

#[test]
fn a_call_that_was_left_keeps_nothing() {
    let world = World::new(ON, hellos(2));
    let mut call = world.call(ASK, true);
    world.env.run(call.next()).unwrap();
    drop(call);
    assert!(!world.streamed(ASK).metadata.cached);
}

#[test]
fn it_is_good_for_its_time_and_no_longer() {
    let world = World::new(r#"{"enabled":true,"ttl":"10s"}"#, hellos(2));
    world.streamed(ASK);
    world.wait(9_999);
    assert!(world.streamed(ASK).metadata.cached);
    world.wait(1);
    assert!(
        !world.streamed(ASK).metadata.cached,
        "a hit does not make it younger"
    );
    assert!(world.streamed(ASK).metadata.cached);
}

#[test]
fn what_was_not_used_for_longest_makes_room() {
    // Room for two answers.
    let world = World::new(r#"{"enabled":true,"max_bytes":1000}"#, hellos(9));
    let third = ASK.replace("hi", "hum");
    for request in [ASK, OTHER, ASK, &third] {
        world.streamed(request);
    }
    let hit = |request: &str| world.streamed(request).metadata.cached;
    assert_eq!([hit(ASK), hit(&third), hit(OTHER)], [true, true, false]);
    let tiny = World::new(r#"{"enabled":true,"max_bytes":100}"#, hellos(2));
    assert!(!tiny.hits_with(ASK, ASK), "what does not fit is not kept");
}

#[test]
fn a_retried_answer_is_kept_like_any_other() {
    let more = r#","retry":{"max_retries":1}"#;
    let world = World::of(FakeEnv::new([out(), hello()]), ON, KEY, more);
    assert!(world.hits_with(ASK, ASK));
    assert_eq!(world.sent(), 2);
}

#[test]
fn who_takes_over_has_a_name_of_its_own() {
    let openai = format!(r#""openai":{{"api":"chat","api_key":"{KEY}"}}"#);
    let second = openai.replacen("openai", "second", 1).replace(
        "{\"api\"",
        "{\"kind\":\"openai\",\"model\":\"gpt-4o\",\"api\"",
    );
    let json = format!(
        r#"{{"providers":{{"fallback_order":["openai","second"],{openai},{second}}},"response_cache":{ON}}}"#
    );
    let env = FakeEnv::new([out(), hello(), out(), out()]);
    let world = World {
        config: config(&json),
        env,
    };
    world.streamed(ASK);
    let hit = world.streamed(ASK);
    assert_eq!(
        (hit.provider.as_str(), hit.metadata.cached),
        ("second", true)
    );
    assert_eq!(hit.metadata.attempts.len(), 2, "the first was asked again");
    assert_eq!(world.sent(), 3);
}

// ---- where it is kept ----------------------------------------------------------------

#[test]
fn the_place_of_the_host_is_asked_where_there_is_one() {
    for (store, used) in [("auto", true), ("indexeddb", true), ("memory", false)] {
        let cache = format!(r#"{{"enabled":true,"store":"{store}"}}"#);
        let world = World::new(&cache, [hello()]).with_shelf(Shelf::default());
        assert!(world.hits_with(ASK, ASK), "{store}");
        let names = world.env.0.borrow().shelf.as_ref().unwrap().names.len();
        assert_eq!(names > 0, used, "{store}");
    }
}

#[test]
fn a_place_that_is_not_there_is_told_once() {
    let world = World::new(r#"{"enabled":true,"store":"indexeddb"}"#, hellos(1));
    assert!(world.hits_with(ASK, ASK));
    let log = world.env.log();
    assert_eq!(
        log.matches("warning response_cache_failed").count(),
        1,
        "{log}"
    );
}

#[test]
fn a_place_that_fails_costs_nothing_but_a_warning() {
    let broken = Shelf {
        broken: true,
        ..Shelf::default()
    };
    let world = World::new(ON, hellos(2)).with_shelf(broken);
    let first = world.streamed(ASK);
    assert_eq!(first.metadata.warnings[0].code, "response_cache_failed");
    assert!(
        world.streamed(ASK).metadata.cached,
        "memory takes its place"
    );
    world.tells(expect![[r#"
        0      the shelf is broken
        0      warning response_cache_failed the disk is full
        0      request openai gpt-4o 1
        0      send POST https://api.openai.com/v1/chat/completions
        0      head 200
        0      response 200
        0      body closed by us
        0      booked req_e5d31742c0000000001#1 posted 42500 n$"#]]);
}

#[test]
fn a_place_that_is_slow_is_not_waited_for() {
    let slow = Shelf {
        slow_ms: 30_000,
        ..Shelf::default()
    };
    let world = World::new(ON, hellos(2)).with_shelf(slow);
    let first = world.streamed(ASK);
    assert_eq!(first.duration, 1_000);
    assert_eq!(first.metadata.warnings[0].code, "response_cache_failed");
    assert_eq!(world.streamed(ASK).duration, 0);
}

#[test]
fn nonsense_is_as_good_as_nothing() {
    let world = World::new(ON, hellos(2)).with_shelf(Shelf::default());
    world.streamed(ASK);
    let env = world.env.clone();
    let (name, answers) = {
        let world = env.0.borrow();
        let shelf = world.shelf.clone().unwrap();
        (shelf.names[0].clone(), shelf.answers)
    };
    let room = world.config.config.response_cache.room;
    answers.borrow_mut().put(&name, r#"{"at":"#.into(), 0, room);
    assert!(!world.streamed(ASK).metadata.cached);
    assert!(world.streamed(ASK).metadata.cached, "put in its place");
}

// ---- identical calls under way -----------------------------------------------------

#[test]
fn identical_calls_share_one_request() {
    let world = World::new(ON, [slow(hello(), 700)]);
    let (mut first, mut second, mut third) = (
        world.call(ASK, true),
        world.call(ASK, false),
        world.call(ASK, true),
    );
    let all = join(first.finish(), join(second.finish(), third.finish()));
    let (first, (second, third)) = world.env.run(all);
    let answers = [first.unwrap(), second.unwrap(), third.unwrap()];
    assert_eq!(answers.map(text), ["Hello", "Hello", "Hello"]);
    assert_eq!(
        answers.map(|answer| answer.metadata.cached),
        [false, true, true]
    );
    assert_eq!(answers.map(|answer| answer.duration), [700, 700, 700]);
    assert_eq!(world.sent(), 1);
}

#[test]
fn others_do_not_wait() {
    let world = World::new(ON, [slow(hello(), 700), slow(hello(), 50)]);
    let (mut first, mut other) = (world.call(ASK, true), world.call(OTHER, true));
    let (first, other) = world.env.run(join(first.finish(), other.finish()));
    assert_eq!(
        (first.unwrap().duration, other.unwrap().duration),
        (700, 50)
    );
}

#[test]
fn where_calls_must_not_wait_for_each_other_each_asks() {
    let world = World::new(ON, [slow(hello(), 700), slow(hello(), 700)]);
    world.env.0.borrow_mut().alone = true;
    let (mut first, mut second) = (world.call(ASK, true), world.call(ASK, true));
    let (first, second) = world.env.run(join(first.finish(), second.finish()));
    assert!(!first.unwrap().metadata.cached && !second.unwrap().metadata.cached);
    assert_eq!(world.sent(), 2);
    assert!(world.streamed(ASK).metadata.cached);
}

#[test]
fn who_leaves_does_not_take_the_others_along() {
    let world = World::new(ON, [slow(hello(), 700), slow(hello(), 700)]);
    let (mut second, mut third) = (world.call(ASK, true), world.call(ASK, true));
    let mut first = world.call(ASK, true);
    let mut others = pin!(join(second.finish(), third.finish()));
    {
        let mut asks = pin!(first.finish());
        assert!(!poll(&mut asks) && !poll(&mut others));
    }
    first.cancel();
    let (second, third) = world.env.run(others);
    let cached = [second.unwrap(), third.unwrap()].map(|answer| answer.metadata.cached);
    assert_eq!(
        cached,
        [false, true],
        "one takes its place, the other waits on"
    );
    assert_eq!(world.sent(), 2);
}

#[test]
fn who_only_waits_may_leave_too() {
    let world = World::new(ON, [slow(hello(), 700)]);
    let (mut first, mut second) = (world.call(ASK, true), world.call(ASK, true));
    let mut asks = pin!(first.finish());
    assert!(!poll(&mut asks));
    {
        let mut waits = pin!(second.finish());
        assert!(!poll(&mut waits));
    }
    assert_eq!(second.cancel().billed.as_str(), "no");
    assert_eq!(text(world.env.run(asks).unwrap()), "Hello");
}

#[test]
fn a_failure_is_its_own_the_others_ask_for_themselves() {
    let world = World::new(
        ON,
        [slow(out(), 100), slow(hello(), 100), slow(hello(), 100)],
    );
    let (mut first, mut second, mut third) = (
        world.call(ASK, true),
        world.call(ASK, true),
        world.call(ASK, true),
    );
    let all = join(first.finish(), join(second.finish(), third.finish()));
    let (first, (second, third)) = world.env.run(all);
    assert_eq!(first.unwrap_err().kind.as_str(), "overloaded");
    assert_eq!(text(second.unwrap()), "Hello");
    assert_eq!(third.unwrap().duration, 200, "nobody waits a second time");
}

#[test]
fn a_reader_who_takes_a_break_holds_up_nobody() {
    let answer = stream([
        say("Hel"),
        Step::Wait(10),
        say("lo"),
        stop(),
        usage(),
        done(),
    ]);
    let world = World::new(ON, [answer, hello()]);
    let mut first = world.call(ASK, true);
    world.env.run(first.next()).unwrap();
    // The first reads on when the second has its answer: waiting for it would be for ever.
    let second = world.streamed(ASK);
    assert_eq!((text(&second), second.duration), ("Hello".into(), 1_000));
    world.env.run(first.finish()).unwrap();
    assert_eq!(text(first.response()), "Hello");
}

#[test]
fn waiting_has_the_limits_of_a_call() {
    let json = format!(
        r#"{{"providers":{{"openai":{{"api":"chat","api_key":"{KEY}"}}}},"response_cache":{ON},"timeouts":{{"total":"3s"}}}}"#
    );
    let env = FakeEnv::new([slow(hello(), 60_000)]);
    let world = World {
        config: config(&json),
        env,
    };
    let (mut first, mut second) = (world.call(ASK, true), world.call(ASK, true));
    let mut asks = pin!(first.finish());
    assert!(!poll(&mut asks));
    world.wait(2_000);
    let began_ms = world.env.now_ms();
    let late = World {
        env: world.env.clone(),
        config: Rc::clone(&world.config),
    }
    .call(ASK, true);
    drop(late);
    let waits = world.env.run(second.finish());
    let error = waits.unwrap_err();
    assert_eq!(
        (error.kind.as_str(), error.code.as_deref()),
        ("timeout", Some("total"))
    );
    assert_eq!(error.billed.as_str(), "no");
    assert_eq!(world.env.now_ms() - began_ms, 1_000.0);
    assert_eq!(world.sent(), 1);
}
