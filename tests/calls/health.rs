//! Health: asking providers, what calls show of them, and one trial over all tabs.

use std::rc::Rc;

use aircher_llm::env::Env;
use aircher_llm::policy::reach::Vantage;
use aircher_llm::policy::standing::Standing;
use aircher_llm::run::check_health;
use expect_test::{Expect, expect};

use crate::script::{KEY, World, ask, hello, json, out};
use crate::support::{Answer, config};
use crate::test;

/// One provider of that id, with further fields. The log tells of health as well.
fn client(id: &str, fields: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    let json = format!(
        r#"{{"providers":{{"{id}":{{"api_key":"{KEY}","model":"gpt-4o"{fields}}}}},"retry":{{"max_retries":0}}}}"#
    );
    let world = World::new(&json, answers).asking(ask(""));
    world.env.0.borrow_mut().tells_health = true;
    world
}

impl World {
    /// Asks it, and notes its record.
    fn look(&self) -> &Self {
        let work = check_health(self.env.clone(), Rc::clone(&self.client), 0);
        self.env.run(work);
        self.note()
    }

    fn chat(&self) -> &Self {
        let _ = self.finish();
        self
    }

    fn chats(&self, times: usize) -> &Self {
        for _ in 0..times {
            self.chat();
        }
        self
    }

    /// The record, with times since the world began.
    fn note(&self) -> &Self {
        let now_ms = self.env.now_ms();
        let json = self.client.health(now_ms, self.env.wall_ms());
        let began = (self.env.wall_ms() - now_ms as u64) / 1_000_000;
        let json = json.replace(&began.to_string(), "T+");
        let (_, told) = json.split_once("\"due\":").unwrap();
        self.env.note(told.trim_end_matches('}'));
        self
    }

    #[track_caller]
    fn tells(&self, expected: Expect) {
        expected.assert_eq(&self.log());
    }
}

fn list() -> Answer {
    json(200, r#"{"data":[]}"#).after(40)
}

// ---- asking --------------------------------------------------------------------

#[test]
fn every_provider_is_asked_where_it_costs_nothing_and_with_its_key() {
    for (id, url, header) in [
        (
            "openai",
            "https://api.openai.com/v1/models",
            "authorization",
        ),
        (
            "claude",
            "https://api.anthropic.com/v1/models?limit=1",
            "x-api-key",
        ),
        (
            "gemini",
            "https://generativelanguage.googleapis.com/v1beta/models?pageSize=1",
            "x-goog-api-key",
        ),
        (
            "ollama",
            "http://localhost:11434/api/version",
            "authorization",
        ),
    ] {
        let world = client(id, r#","headers":{"x-team":"red"}"#, [list()]);
        world.look();
        let requests = &world.env.0.borrow().requests;
        let [request] = &requests[..] else {
            panic!("{} requests", requests.len());
        };
        let names: Vec<&str> = request.headers.iter().map(|header| &*header.name).collect();
        assert_eq!((&*request.url, request.method.as_str()), (url, "GET"));
        assert!(
            names.contains(&header) && names.contains(&"x-team"),
            "{id}: {names:?}"
        );
    }
}

#[test]
fn what_is_known_before_and_behind_a_check() {
    client("openai", "", [list()])
        .note()
        .look()
        .wait(299_999)
        .note()
        .wait(1)
        .note()
        .tells(expect![[r#"
            0      true,"healthy":true,"last_check":null,"latency":null,"circuit":"closed"
            0      send GET https://api.openai.com/v1/models
            40     false,"healthy":true,"last_check":T+600040,"latency":40,"circuit":"closed"
            300039 false,"healthy":true,"last_check":T+600040,"latency":40,"circuit":"closed"
            300040 true,"healthy":true,"last_check":T+600040,"latency":40,"circuit":"closed""#]]);
}

#[track_caller]
fn refused(id: &str, fields: &str, answer: Answer, expected: Expect) {
    let world = client(id, fields, [answer]);
    world.look();
    let json = world.client.health(world.env.now_ms(), 0);
    let (_, told) = json.split_once("\"healthy\":").unwrap();
    assert!(!told.contains(&KEY[..20]), "no key is told: {told}");
    let (told, _) = told.split_once(",\"circuit").unwrap();
    let (healthy, rest) = told.split_once(',').unwrap();
    let (_, error) = rest.split_once("\"error\":").unwrap_or_default();
    expected.assert_eq(&format!("{healthy} {error}"));
}

#[test]
fn what_a_refusal_says() {
    let wrong_key = format!(r#"{{"error":{{"message":"Incorrect API key provided: {KEY}"}}}}"#);
    refused(
        "openai",
        "",
        json(401, wrong_key),
        expect![[
            r#"false "the key was not accepted (HTTP 401): Incorrect API key provided: ***""#
        ]],
    );
    let scope = r#"{"error":{"message":"Missing scopes: api.model.read","type":"invalid_request_error","code":null}}"#;
    refused("openai", "", json(403, scope), expect!["true "]);
    let country = r#"{"error":{"message":"Country not supported","code":"unsupported_country_region_territory"}}"#;
    refused(
        "openai",
        "",
        json(403, country),
        expect![[r#"false "the key may not do this (HTTP 403): Country not supported""#]],
    );
    let forbidden =
        r#"{"type":"error","error":{"type":"permission_error","message":"not allowed"}}"#;
    refused(
        "claude",
        "",
        json(403, forbidden),
        expect![[r#"false "the key may not do this (HTTP 403): not allowed""#]],
    );
    let rate = r#"{"error":{"message":"slow down","code":"rate_limit_exceeded"}}"#;
    refused("openai", "", json(429, rate), expect!["true "]);
    let quota = r#"{"error":{"message":"no credit","code":"insufficient_quota"}}"#;
    refused(
        "openai",
        "",
        json(429, quota),
        expect![[r#"false "the account's quota or credit is used up (HTTP 429): no credit""#]],
    );
    refused(
        "openai",
        r#","base_url":"https://own.example/v1""#,
        json(404, "no such page"),
        expect!["true "],
    );
    refused(
        "openai",
        "",
        json(404, "no such page"),
        expect![[r#"false "the provider refused the request (HTTP 404): no such page""#]],
    );
    refused(
        "openai",
        "",
        json(500, "{}"),
        expect![[r#"false "the provider failed (HTTP 500): {}""#]],
    );
    refused(
        "openai",
        "",
        json(307, ""),
        expect![[
            r#"false "the server answered with a redirect, which is never followed: it would carry the key elsewhere""#
        ]],
    );
    refused(
        "openai",
        "",
        list().after(6_000),
        expect![[r#"false "no answer came within health_check_timeout""#]],
    );
}

#[test]
fn a_good_check_closes_the_circuit_and_a_bad_one_leaves_it_as_it_is() {
    let answers = (0..5).map(|_| out()).chain([out(), list(), hello()]);
    let world = client("openai", r#","api":"chat""#, answers);
    world.chats(5);
    world.env.0.borrow_mut().log.clear();
    world
        .note()
        .look()
        .look()
        .chat()
        .note()
        .tells(expect![[r#"
            0      true,"healthy":false,"last_check":T+600000,"latency":null,"error":"the provider is overloaded (HTTP 503): out of order","circuit":"open"
            0      send GET https://api.openai.com/v1/models
            0      false,"healthy":false,"last_check":T+600000,"latency":0,"error":"the provider is overloaded (HTTP 503): out of order","circuit":"open"
            0      send GET https://api.openai.com/v1/models
            40     health openai
            40     false,"healthy":true,"last_check":T+600040,"latency":40,"circuit":"closed"
            40     send POST https://api.openai.com/v1/chat/completions
            40     false,"healthy":true,"last_check":T+600040,"latency":40,"circuit":"closed""#]]);
}

// ---- what calls show -------------------------------------------------------------

#[test]
fn calls_tell_as_well() {
    let answers = [out(), json(400, "{}"), hello(), json(401, "{}")];
    client("openai", r#","api":"chat""#, answers)
        .chat()
        .note()
        .chat()
        .note()
        .wait(1_000)
        .chat()
        .note()
        .chat()
        .note()
        .tells(expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      health openai
            0      true,"healthy":false,"last_check":T+600000,"latency":null,"error":"the provider is overloaded (HTTP 503): out of order","circuit":"closed"
            0      send POST https://api.openai.com/v1/chat/completions
            0      true,"healthy":false,"last_check":T+600000,"latency":null,"error":"the provider is overloaded (HTTP 503): out of order","circuit":"closed"
            1000   send POST https://api.openai.com/v1/chat/completions
            1000   health openai
            1000   true,"healthy":true,"last_check":T+601000,"latency":null,"circuit":"closed"
            1000   send POST https://api.openai.com/v1/chat/completions
            1000   health openai
            1000   true,"healthy":false,"last_check":T+601000,"latency":null,"error":"the key was not accepted (HTTP 401): {}","circuit":"closed""#]]);
}

// ---- one trial over all tabs -------------------------------------------------------

fn broken() -> World {
    let answers = (0..5).map(|_| out()).chain([hello().after(500)]);
    let world = client("openai", r#","api":"chat""#, answers);
    world.chats(5);
    world.env.0.borrow_mut().log.clear();
    world
}

#[test]
fn one_that_may_try_tells_how_it_went() {
    broken().wait(20_000).chat().note().tells(expect![[r#"
        20000  health openai
        20000  may try openai: yes
        20000  send POST https://api.openai.com/v1/chat/completions
        20500  health openai
        20500  tried openai
        20500  true,"healthy":true,"last_check":T+620500,"latency":null,"circuit":"closed""#]]);
}

#[test]
fn one_that_may_not_sends_nothing_and_asks_again_a_second_later() {
    let world = broken();
    world.env.0.borrow_mut().tried_elsewhere = true;
    world.wait(20_000).chats(2).wait(1_000).chat();
    assert_eq!(world.sent(), 5);
    world.tells(expect![[r#"
        20000  health openai
        20000  may try openai: no, another does
        21000  may try openai: no, another does"#]]);
}

#[test]
fn a_trial_that_is_given_up_leaves_it_to_the_next() {
    let world = broken();
    world.wait(20_000);
    let mut call = world.call();
    world.env.wait_for(&mut call, 100);
    drop(call);
    world.note().tells(expect![[r#"
        20000  health openai
        20000  may try openai: yes
        20000  send POST https://api.openai.com/v1/chat/completions
        20100  the caller has waited enough
        20100  tried openai
        20100  true,"healthy":false,"last_check":T+600000,"latency":null,"error":"the provider is overloaded (HTTP 503): out of order","circuit":"half_open""#]]);
}

#[test]
fn what_another_tab_has_tried_counts_here() {
    let world = broken();
    let heard = |is_up| {
        let hear = |standing: &mut Standing| {
            standing.tried_elsewhere(is_up, world.env.now_ms(), 0.5);
            standing.circuit(world.env.now_ms())
        };
        world.client.standing(0, hear).unwrap()
    };
    world.wait(10_000);
    assert_eq!(heard(false), "open");
    world.wait(29_999).chat();
    assert_eq!(world.sent(), 5, "30 s from then on");
    assert_eq!(heard(true), "closed");
    world.chat();
    assert_eq!(world.sent(), 6);
    assert_eq!(
        heard(false),
        "closed",
        "a closed circuit has its own evidence"
    );
}

// ---- when nothing gets through -----------------------------------------------------

#[test]
fn a_page_hears_what_the_server_has_to_say_to_it() {
    let world = client(
        "openai",
        r#","api":"chat","base_url":"https://own.example/v1""#,
        [],
    );
    world.env.0.borrow_mut().vantage = Vantage {
        page: Some("https://page.example".into()),
        offline: false,
    };
    let error = world.finish().unwrap_err();
    assert_eq!(error.code.as_deref(), Some("cors"));
    expect!["if https://own.example is up, it does not let this page in: it has to answer with `access-control-allow-origin: https://page.example` and, to OPTIONS, `access-control-allow-headers: content-type, authorization`; or ask through a proxy of your own (examples/proxy-worker)"].assert_eq(error.hint.as_deref().unwrap());
}

#[test]
fn a_server_of_one_s_own_is_named() {
    let world = client("ollama", "", []);
    world.env.0.borrow_mut().vantage = Vantage {
        page: Some("http://localhost:8000".into()),
        offline: false,
    };
    let error = world.finish().unwrap_err();
    expect!["is it running (`ollama serve`)? it has to let this page in: set OLLAMA_ORIGINS=http://localhost:8000 where it runs and start it again"].assert_eq(error.hint.as_deref().unwrap());
}

// ---- who is checked without being asked for it --------------------------------------

#[test]
fn only_an_interval_that_was_given_has_checks_come_by_themselves() {
    for (given, periodic) in [
        ("", false),
        (r#""health_check_interval":"0s","#, false),
        (r#""health_check_interval":"10ms","#, true),
        (r#""health_check_interval":"20d","#, true),
    ] {
        let json = format!(r#"{{"providers":{{{given}"ollama":{{}}}}}}"#);
        assert_eq!(config(&json).config.health.periodic, periodic, "{given}");
    }
}
