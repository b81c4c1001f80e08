//! What can be seen of calls: figures, a report for tracers, and what went over the wire.

use aircher_llm::env::Verdict;
use aircher_llm::http::Header;
use aircher_llm::json::to_string;
use aircher_llm::run::Call;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::script::{KEY, World, data, done, error, hello, json, say, stop, stream, usage};
use crate::support::{Answer, FakeEnv, Step};
use crate::test;

// ---- the world ---------------------------------------------------------------

/// One client with two providers.
fn client(retries: u32, answers: impl IntoIterator<Item = Answer>) -> World {
    World::new(
        &format!(
            r#"{{"providers":{{"fallback_order":["openai","spare"],
                "openai":{{"api":"chat","api_key":"{KEY}","model":"gpt-4o"}},
                "spare":{{"kind":"openai","api":"chat","api_key":"{KEY}","model":"own","base_url":"http://localhost:8080/v1"}}}},
                "retry":{{"max_retries":{retries}}}}}"#
        ),
        answers,
    )
}

impl World {
    /// A call to its end: the answer or the error as JSON.
    fn told(&self, fields: &str) -> Value {
        let request = format!(r#"{{"messages":[{{"role":"user","content":"a secret"}}]{fields}}}"#);
        let told = match self.finish_of(&request) {
            Ok(response) => to_string(&response),
            Err(error) => to_string(&error),
        };
        serde_json::from_str(&told).unwrap()
    }

    /// The same with what went over the wire.
    fn told_raw(mut self, fields: &str) -> Value {
        self.options.raw = true;
        self.told(fields)
    }

    fn figures(&self) -> Value {
        serde_json::from_str(&self.metrics()).unwrap()
    }

    /// The only report.
    #[track_caller]
    fn report(&self) -> Value {
        let reports = &self.env.0.borrow().reports;
        assert_eq!(reports.len(), 1, "one report for each call");
        assert!(!reports[0].contains(KEY) && !reports[0].contains("secret"));
        assert!(!reports[0].contains("Hel"), "no content: {}", reports[0]);
        serde_json::from_str(&reports[0]).unwrap()
    }
}

/// The first word after 200 ms, the end after 1 s.
fn slow() -> Answer {
    let steps = [Step::Wait(200), say("Hel"), Step::Wait(800), say("lo")];
    stream(steps.into_iter().chain([stop(), usage(), done()]))
}

fn picked(from: &Value, names: &[&str]) -> Value {
    names.iter().map(|name| from[*name].clone()).collect()
}

// ---- figures -----------------------------------------------------------------

const COUNTS: [&str; 5] = [
    "request_count",
    "error_count",
    "errors_by_type",
    "retry_count",
    "failover_count",
];
const TIMES: [&str; 4] = [
    "avg_latency",
    "p50_latency",
    "time_to_first_token",
    "tokens_per_second",
];

#[test]
fn a_client_that_asked_nobody_has_figures_of_nothing() {
    let world = client(0, []);
    let idle = world.figures();
    for id in ["openai", "spare"] {
        assert_eq!(idle[id]["request_count"], 0, "{id}");
        assert_eq!(idle[id]["last_health_check"], json!(null), "{id}");
    }
    let told = world.told(r#","top_p":7"#);
    assert_eq!(told["type"], "invalid_request");
    assert_eq!(world.figures(), idle, "nor has one that was mistaken");
}

#[test]
fn an_answer_is_timed_from_the_beginning_of_its_attempt() {
    let world = client(1, [error(503, "out"), slow()]);
    world.told("");
    let openai = &world.figures()["openai"];
    assert_eq!(
        picked(openai, &COUNTS),
        json!([2, 1, { "overloaded": 1 }, 1, 0])
    );
    // 1000 ms, in a histogram: 992. Two tokens came.
    assert_eq!(picked(openai, &TIMES), json!([1000, 992, 200, 2]));
    assert_eq!(openai["total_cost"], 0.0000425);
    assert_eq!(openai["last_health_check"], Value::Null);
    assert_eq!(
        picked(&openai["models"]["gpt-4o"], &COUNTS),
        picked(openai, &COUNTS)
    );
}

#[test]
fn a_failover_counts_for_who_failed() {
    let world = client(0, [error(500, "out"), hello()]);
    world.told("");
    let metrics = world.figures();
    let counts = |id: &str| picked(&metrics[id], &COUNTS);
    assert_eq!(counts("openai"), json!([1, 1, { "server_error": 1 }, 0, 1]));
    assert_eq!(counts("spare"), json!([1, 0, {}, 0, 0]));
    assert_eq!(
        picked(&metrics["openai"], &TIMES),
        json!([null, null, null, null])
    );
    assert_eq!(metrics["spare"]["models"]["own"]["request_count"], 1);
}

#[test]
fn whole_answers_have_no_first_token() {
    let body = r#"{"choices":[{"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#;
    let answer = json(200, body).after(400);
    let world = client(0, [answer]);
    world.clone().whole().told("");
    assert_eq!(
        picked(&world.figures()["openai"], &TIMES),
        json!([400, 400, null, 5])
    );
}

#[test]
fn what_was_given_up_counts_once_however_it_ended() {
    for end in [
        (|mut call| drop(Call::cancel(&mut call))) as fn(Call<FakeEnv>),
        drop,
    ] {
        let world = client(0, [slow()]);
        let mut call = world.call();
        world.env.run(call.next()).unwrap();
        end(call);
        let openai = &world.figures()["openai"];
        assert_eq!(
            picked(openai, &COUNTS),
            json!([1, 1, { "cancelled": 1 }, 0, 0])
        );
        assert!(openai["total_cost"].as_f64().unwrap() > 0.0, "it is booked");
        let report = world.report();
        assert_eq!(report["level"], "info", "nobody is to blame");
        assert_eq!(report["fields"]["error.type"], "cancelled");
        assert_eq!(report["fields"]["attempts"], 1);
    }
}

// ---- for tracers ---------------------------------------------------------------

#[track_caller]
fn check_report(world: &World, expected: Expect) {
    let mut report = world.report();
    report["fields"].as_object_mut().unwrap().remove("id");
    expected.assert_eq(&serde_json::to_string_pretty(&report).unwrap());
}

#[test]
fn an_answer_is_reported_by_the_names_of_opentelemetry() {
    let start = data(
        r#"{"id":"chatcmpl-1","model":"gpt-4o-2024-11-20","choices":[{"delta":{"content":"Hello"}}]}"#,
    );
    let world = client(
        0,
        [stream([Step::Wait(30), start, stop(), usage(), done()])],
    );
    world.told("");
    check_report(
        &world,
        expect![[r#"
        {
          "fields": {
            "attempts": 1,
            "cost_nano_usd": 42500,
            "duration_ms": 30,
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.finish_reasons": [
              "stop"
            ],
            "gen_ai.response.id": "chatcmpl-1",
            "gen_ai.response.model": "gpt-4o-2024-11-20",
            "gen_ai.usage.input_tokens": 9,
            "gen_ai.usage.output_tokens": 2,
            "provider": "openai",
            "server.address": "api.openai.com",
            "time_to_first_token_ms": 30
          },
          "level": "info",
          "message": "chat"
        }"#]],
    );
}

#[test]
fn a_failure_is_reported_as_the_caller_sees_it() {
    let world = client(0, [error(401, "no such key"), error(500, "out")]);
    world.told("");
    check_report(
        &world,
        expect![[r#"
        {
          "fields": {
            "attempts": 2,
            "cost_nano_usd": 0,
            "duration_ms": 0,
            "error.type": "authentication",
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "http.response.status_code": 401,
            "provider": "openai",
            "server.address": "api.openai.com"
          },
          "level": "error",
          "message": "chat"
        }"#]],
    );
}

#[test]
fn a_mistake_is_reported_before_anybody_is_asked() {
    let world = client(0, []);
    world.told(r#","top_p":7"#);
    check_report(
        &world,
        expect![[r#"
        {
          "fields": {
            "attempts": 0,
            "cost_nano_usd": 0,
            "duration_ms": 0,
            "error.type": "invalid_request",
            "gen_ai.operation.name": "chat"
          },
          "level": "error",
          "message": "chat"
        }"#]],
    );
}

// ---- the hook ------------------------------------------------------------------

#[test]
fn every_attempt_is_asked_for_and_gets_the_headers() {
    let world = client(1, [error(503, "out"), error(503, "out"), hello()]);
    let header = Header::plain("x-trace", "7");
    world.env.0.borrow_mut().verdict = Some(Verdict::Headers(vec![header]));
    world.told("");
    let world = world.env.0.borrow();
    let asked = world.log.iter().filter(|line| line.contains(" request "));
    assert_eq!(asked.count(), 3);
    for request in &world.requests {
        assert!(request.headers.iter().any(|header| header.value == "7"));
    }
    assert_eq!(world.requests.len(), 3);
}

#[test]
fn a_veto_ends_the_call_whatever_may_follow() {
    let world = client(1, [error(503, "out"), hello()]);
    world.env.0.borrow_mut().verdict = Some(Verdict::Veto("not today".into()));
    let told = world.told("");
    assert_eq!(
        picked(&told, &["type", "code"]),
        json!(["cancelled", "vetoed"])
    );
    assert_eq!(world.sent(), 0);
}

// ---- raw -----------------------------------------------------------------------

#[test]
fn nothing_is_kept_when_nobody_asked() {
    let world = client(0, [hello(), error(400, "bad")]);
    assert!(world.told("")["metadata"].get("raw").is_none());
    assert!(world.told("").get("raw").is_none());
}

#[test]
fn an_answer_shows_what_went_over_the_wire() {
    let echo = say(&format!("your key is {KEY}"));
    let world = client(0, [stream([echo, stop(), usage(), done()])]);
    let told = world.told_raw("");
    let raw = &told["metadata"]["raw"];
    assert_eq!(
        picked(&raw["request"], &["method", "url"]),
        json!(["POST", "https://api.openai.com/v1/chat/completions"])
    );
    let sent: Value = serde_json::from_str(raw["request"]["body"].as_str().unwrap()).unwrap();
    assert_eq!(sent["messages"][0]["content"], "a secret");
    assert_eq!(raw["response"]["status"], 200);
    assert_eq!(
        raw["response"]["headers"]["content-type"],
        "text/event-stream"
    );
    let body = raw["response"]["body"].as_str().unwrap();
    assert!(
        body.starts_with("data: {") && body.ends_with("data: [DONE]\n\n"),
        "{body}"
    );
    assert!(!raw.to_string().contains(KEY) && body.contains("your key is ***"));
}

#[test]
fn an_error_shows_it_as_well_partial_or_not() {
    let refused = client(0, [error(400, "bad")]).told_raw("");
    assert_eq!(refused["raw"]["response"]["status"], 400);
    assert_eq!(
        refused["raw"]["response"]["body"],
        r#"{"error":{"message":"bad"}}"#
    );
    let broken = client(0, [stream([say("Hel"), Step::Reset])]).told_raw("");
    assert_eq!(broken["partial"]["message"]["content"], "Hel");
    assert!(
        broken["raw"]["response"]["body"]
            .as_str()
            .unwrap()
            .contains("Hel")
    );
    assert!(
        broken["partial"]["metadata"].get("raw").is_none(),
        "once is enough"
    );
    let unreached = client(0, []).told_raw(r#","fallback":false"#);
    assert_eq!(unreached["type"], "network_error");
    assert_eq!(unreached["raw"]["request"]["method"], "POST");
    assert!(unreached["raw"].get("response").is_none());
}

#[test]
fn the_attempt_that_counts_is_the_one_shown() {
    let answered = client(1, [error(503, "out"), hello()]).told_raw("");
    assert_eq!(answered["metadata"]["raw"]["response"]["status"], 200);
    let world = client(0, [error(401, "no such key"), error(500, "out")]);
    let told = world.told_raw("");
    assert_eq!(
        picked(&told, &["type", "provider"]),
        json!(["authentication", "openai"])
    );
    assert_eq!(told["raw"]["response"]["status"], 401);
}
