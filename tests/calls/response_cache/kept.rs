//! What counts as the same, what is kept, and where.

use aircher_llm::env::Verdict;
use aircher_llm::http::Header;
use expect_test::expect;

use super::{ON, OTHER, client, configured, hellos};
use crate::script::{ASK, KEY, World, data, done, hello, json, out, say, stop, stream, usage};
use crate::support::{Shelf, Step};
use crate::test;

// ---- what counts as the same ---------------------------------------------------

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
        let world = client(ON, hellos(2));
        assert_eq!(world.hits_with(&ask(""), &ask(more)), hits, "{more}");
    }
}

#[test]
fn nobody_with_another_key_gets_it() {
    let other = KEY.replace("sk-test-A", "sk-test-B");
    let shelf = Shelf::default();
    let world = client(ON, hellos(2)).with_shelf(shelf);
    world.streamed(ASK);
    let stranger = world.other(&configured(ON, &other, ""));
    assert!(!stranger.streamed(ASK).metadata.cached);
    let same = world.other(&configured(ON, KEY, ""));
    assert!(
        same.streamed(ASK).metadata.cached,
        "with the same key it is shared"
    );
}

#[test]
fn names_tell_neither_key_nor_prompt() {
    let world = client(ON, [hello()]).with_shelf(Shelf::default());
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
        let world = client(cache, hellos(2));
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
        let world = client(ON, hellos(2));
        world.env.0.borrow_mut().verdict = Some(Verdict::Headers(headers));
        assert_eq!(world.hits_with(ASK, ASK), hits);
    }
}

// ---- what is kept --------------------------------------------------------------

#[test]
fn only_whole_answers_are_kept() {
    let end = |reason: &str| {
        let end = format!(r#"{{"choices":[{{"delta":{{}},"finish_reason":"{reason}"}}]}}"#);
        stream([say("Hi"), data(&end), usage(), done()])
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
                data(r#"{"choices":[{"delta":{"refusal":"No."}}]}"#),
                stop(),
                usage(),
                done(),
            ]),
            false,
        ),
    ] {
        let world = client(ON, [answer, hello()]);
        assert_eq!(world.hits_with(ASK, ASK), kept, "{name}");
    }
}

#[test]
fn vectors_are_not_kept() {
    let vector = r#"{"model":"m","data":[{"index":0,"embedding":[1]}],"usage":{"prompt_tokens":1,"total_tokens":1}}"#;
    let answer = json(200, vector);
    let world = client(ON, [answer.clone(), answer]);
    for _ in 0..2 {
        let answer = world.embeds(r#"{"input":["a"]}"#).unwrap();
        assert_eq!(answer.vector(0), Some(vec![1.0]));
    }
    assert_eq!(world.sent(), 2);
}

#[test]
fn a_call_that_was_left_keeps_nothing() {
    let world = client(ON, hellos(2));
    let mut call = world.call();
    world.env.run(call.next()).unwrap();
    drop(call);
    assert!(!world.streamed(ASK).metadata.cached);
}

#[test]
fn it_is_good_for_its_time_and_no_longer() {
    let world = client(r#"{"enabled":true,"ttl":"10s"}"#, hellos(2));
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
    let world = client(r#"{"enabled":true,"max_bytes":1000}"#, hellos(9));
    let third = ASK.replace("hi", "hum");
    for request in [ASK, OTHER, ASK, &third] {
        world.streamed(request);
    }
    let hit = |request: &str| world.streamed(request).metadata.cached;
    assert_eq!([hit(ASK), hit(&third), hit(OTHER)], [true, true, false]);
    let tiny = client(r#"{"enabled":true,"max_bytes":100}"#, hellos(2));
    assert!(!tiny.hits_with(ASK, ASK), "what does not fit is not kept");
}

#[test]
fn a_retried_answer_is_kept_like_any_other() {
    let more = r#","retry":{"max_retries":1}"#;
    let world = World::new(&configured(ON, KEY, more), [out(), hello()]);
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
    let world = World::new(&json, [out(), hello(), out(), out()]);
    world.streamed(ASK);
    let hit = world.streamed(ASK);
    assert_eq!(
        (hit.provider.as_str(), hit.metadata.cached),
        ("second", true)
    );
    assert_eq!(hit.metadata.attempts.len(), 2, "the first was asked again");
    assert_eq!(world.sent(), 3);
}

// ---- where it is kept ----------------------------------------------------------

#[test]
fn the_place_of_the_host_is_asked_where_there_is_one() {
    for (store, used) in [("auto", true), ("indexeddb", true), ("memory", false)] {
        let cache = format!(r#"{{"enabled":true,"store":"{store}"}}"#);
        let world = client(&cache, [hello()]).with_shelf(Shelf::default());
        assert!(world.hits_with(ASK, ASK), "{store}");
        let names = world.env.0.borrow().shelf.as_ref().unwrap().names.len();
        assert_eq!(names > 0, used, "{store}");
    }
}

#[test]
fn a_place_that_is_not_there_is_told_once() {
    let world = client(r#"{"enabled":true,"store":"indexeddb"}"#, hellos(1));
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
    let world = client(ON, hellos(2)).with_shelf(broken);
    let first = world.streamed(ASK);
    assert_eq!(first.metadata.warnings[0].code, "response_cache_failed");
    assert!(
        world.streamed(ASK).metadata.cached,
        "memory takes its place"
    );
    world.tells_all(expect![[r#"
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
    let world = client(ON, hellos(2)).with_shelf(slow);
    let first = world.streamed(ASK);
    assert_eq!(first.duration, 1_000);
    assert_eq!(first.metadata.warnings[0].code, "response_cache_failed");
    assert_eq!(world.streamed(ASK).duration, 0);
}

#[test]
fn nonsense_is_as_good_as_nothing() {
    let world = client(ON, hellos(2)).with_shelf(Shelf::default());
    world.streamed(ASK);
    let env = world.env.clone();
    let (name, answers) = {
        let world = env.0.borrow();
        let shelf = world.shelf.clone().unwrap();
        (shelf.names[0].clone(), shelf.answers)
    };
    let room = world.client.config.response_cache.room;
    answers.borrow_mut().put(&name, r#"{"at":"#.into(), 0, room);
    assert!(!world.streamed(ASK).metadata.cached);
    assert!(world.streamed(ASK).metadata.cached, "put in its place");
}
