//! What is believed of a server, and what is not: what counts as an outage, which answers are none, how long a wait
//! may be, what of a request its errors may repeat, and how long a store may hold up a call.

use aircher_llm::env::Env;
use expect_test::expect;

use crate::script::{KEY, World, ask, claude, error, hello, json, say, stop, stream};
use crate::support::{Answer, Step};
use crate::test;

/// OpenAI with further fields, Claude behind it, and further tables.
fn both(fields: &str, tables: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    of(
        &format!(
            r#"{{"providers":{{"fallback_order":["openai","claude"],
                "openai":{{"api":"chat","api_key":"{KEY}","model":"gpt-4o"{fields}}},
                "claude":{{"api_key":"{KEY}"}}}}{tables}}}"#
        ),
        answers,
    )
}

/// OpenAI alone.
fn alone(fields: &str, tables: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    of(
        &format!(
            r#"{{"providers":{{"openai":{{"api":"chat","api_key":"{KEY}","model":"gpt-4o"{fields}}}}}{tables}}}"#
        ),
        answers,
    )
}

fn of(json: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    let mut world = World::new(json, answers).asking(ask(""));
    world.options.raw = true;
    world
}

impl World {
    /// The first provider's circuit, and whether it is healthy.
    #[track_caller]
    fn stands(&self, expected: &str) {
        let told = self.client.health(self.env.now_ms(), self.env.wall_ms());
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        let openai = &told["openai"];
        let healthy = openai["healthy"].as_bool().unwrap();
        let circuit = openai["circuit"].as_str().unwrap();
        assert_eq!(format!("{circuit} {healthy}"), expected);
    }
}

const RETRY: &str = r#","retry":{}"#;
const LIMITED: &str = r#","costs":{"mode":"hard","daily_limit":5}"#;

// ---- what counts as an outage ---------------------------------------------------

#[test]
fn who_refuses_with_4xx_is_there() {
    for status in [408, 409, 425] {
        let world = alone("", "", (0..6).map(|_| error(status, "not now")));
        world.plays(6).stands("closed true");
    }
    let world = alone("", "", (0..6).map(|_| error(500, "oh")));
    world.plays(6).stands("open false");
    let world = alone("", "", [error(401, "no such key")]);
    world.play().stands("closed false");
}

#[test]
fn a_caller_in_haste_says_nothing_of_the_provider() {
    let answers = || (0..6).map(|_| hello().after(60));
    let hasty = alone("", "", answers()).within(20);
    hasty.plays(6).stands("closed true");
    let tables = r#","timeouts":{"total":"20ms"}"#;
    let configured = alone("", tables, answers());
    configured.plays(6).stands("open false");
    // It was only too long.
    let long = || stream([say("Hel"), Step::Wait(60), say("lo"), stop()]);
    let read = alone("", tables, (0..6).map(|_| long()));
    read.plays(6).stands("closed true");
}

// ---- which answers are none -----------------------------------------------------

fn typed(kind: &str, body: &str) -> Answer {
    let mut answer = Answer::new(200, kind, body);
    answer.head.headers.retain(|(_, value)| !value.is_empty());
    answer
}

const PICTURE: &str = "\u{89}PNG\r\n\u{1a}\n";

#[test]
fn an_answer_of_another_type_is_named() {
    let told = |kind: &str, body: &str, stream: bool| {
        let mut world = alone("", "", [typed(kind, body)]);
        world.options.stream = stream;
        let error = world.finish().unwrap_err();
        format!("{}: {:?}", error.kind, error.code)
    };
    let mut all = Vec::new();
    for (kind, body) in [
        ("image/png", PICTURE),
        ("application/pdf", "%PDF-1.7"),
        ("text/plain; charset=utf-8", "It works!\n\nReally.\n"),
        ("application/octet-stream", PICTURE),
        ("", PICTURE),
        ("text/event-stream", ": soon\n\n"),
        ("text/event-stream", ""),
        ("text/plain", ""),
    ] {
        let (streamed, whole) = (told(kind, body, true), told(kind, body, false));
        all.push(format!("{kind:?} {body:?}: {streamed}, whole {whole}"));
    }
    expect![[r#"
        "image/png" "\u{89}PNG\r\n\u{1a}\n": invalid_response: Some("content_type"), whole invalid_response: Some("content_type")
        "application/pdf" "%PDF-1.7": invalid_response: Some("content_type"), whole invalid_response: Some("content_type")
        "text/plain; charset=utf-8" "It works!\n\nReally.\n": invalid_response: Some("content_type"), whole invalid_response: None
        "application/octet-stream" "\u{89}PNG\r\n\u{1a}\n": invalid_response: Some("content_type"), whole invalid_response: None
        "" "\u{89}PNG\r\n\u{1a}\n": invalid_response: Some("content_type"), whole invalid_response: None
        "text/event-stream" ": soon\n\n": stream_interrupted: None, whole invalid_response: None
        "text/event-stream" "": stream_interrupted: None, whole stream_interrupted: None
        "text/plain" "": stream_interrupted: None, whole stream_interrupted: None"#]].assert_eq(&all.join("\n"));
}

#[test]
fn a_picture_is_asked_for_once_more_and_then_somebody_else() {
    let picture = || typed("image/png", PICTURE);
    let world = both("", RETRY, [picture(), picture(), claude()]);
    world.play().check(expect![[r#"
        0      send to openai
        0      retry openai 2 in 236 ms: invalid_response
        236    send to openai
        236    failover openai -> claude: invalid_response
        236    send to claude
        236    = "Salut" Stop, 9 + 2 tokens, 236 ms"#]]);
}

#[test]
fn a_good_answer_passes_under_any_name_that_is_none() {
    let body = "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    for kind in [
        "text/plain",
        "text/html",
        "application/octet-stream",
        "",
        "application/x-ndjson",
    ] {
        let world = alone("", "", [typed(kind, body)]);
        let answer = world.finish().unwrap();
        assert_eq!(answer.message.content.joined(""), "Hello", "{kind}");
    }
}

// ---- what a server asks for -----------------------------------------------------

#[test]
fn a_refusal_that_asks_for_another_attempt_gets_one() {
    let please = || error(400, "not yet").with("x-should-retry", "true");
    let world = both("", RETRY, [please(), hello()]);
    world.play().check(expect![[r#"
        0      send to openai
        0      retry openai 2 in 45 ms: invalid_request
        45     send to openai
        45     = "Hello" Stop, 9 + 2 tokens, 45 ms"#]]);
    // It is still nothing that others would take.
    let world = both("", RETRY, [please(), please(), please()]);
    world.play().check(expect![[r#"
        0      send to openai
        0      retry openai 2 in 45 ms: invalid_request
        45     send to openai
        45     retry openai 3 in 562 ms: invalid_request
        607    send to openai
        607    ! invalid_request: the provider refused the request (HTTP 400): not yet [retryable yes] [billed no]"#]]);
}

#[test]
fn a_wait_of_years_is_no_wait_of_none() {
    let waits = [("retry-after-ms", "1300000000"), ("retry-after", "1e99")];
    let told = waits.map(|(name, value)| {
        let limited = || error(429, "slow down").with(name, value);
        let two = both("", RETRY, [limited(), claude()]);
        let answer = two.finish().unwrap();
        let one = alone("", RETRY, [limited()]);
        let error = one.finish().unwrap_err();
        (answer.provider.clone(), error.retry_after_ms)
    });
    expect![[r#"[("claude", Some(1300000000)), ("claude", Some(9000000000000000))]"#]]
        .assert_eq(&format!("{told:?}"));
}

#[test]
fn a_pause_is_left_to_the_next_one_where_nothing_is_asked_again() {
    let limited = || error(429, "slow down").with("retry-after", "3");
    let world = both("", "", [limited(), claude(), claude()]);
    world.plays(2).check(expect![[r#"
        0      send to openai
        0      failover openai -> claude: rate_limit
        0      send to claude
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0      failover openai -> claude: rate_limit
        0      send to claude
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms"#]]);
    // Nobody else is there, or retries would have waited as well.
    let alone = alone("", "", [limited(), hello()]);
    alone.plays(2).check(expect![[r#"
        0      send to openai
        0      ! rate_limit: too many requests or tokens for now (HTTP 429): slow down [retry after 3000 ms] [retryable yes] [billed no]
        3244   send to openai
        3244   = "Hello" Stop, 9 + 2 tokens, 3244 ms"#]]);
    let patient = both(
        "",
        r#","retry":{"max_retries":1}"#,
        [limited(), limited(), claude(), hello()],
    );
    patient.plays(2).check(expect![[r#"
        0      send to openai
        0      retry openai 2 in 3354 ms: rate_limit
        3354   send to openai
        3354   failover openai -> claude: rate_limit
        3354   send to claude
        3354   = "Salut" Stop, 9 + 2 tokens, 3354 ms
        6666   send to openai
        6666   = "Hello" Stop, 9 + 2 tokens, 3312 ms"#]]);
}

#[test]
fn what_was_too_long_for_an_unknown_window_goes_where_it_is_known_to_fit() {
    let too_long = || {
        let body = r#"{"error":{"message":"too long","code":"context_length_exceeded"}}"#;
        json(400, body)
    };
    let long = "word ".repeat(20_000);
    let asked = |world: &World, fallback: &str| {
        let request = format!(
            r#"{{"model":"openai/mine-1","messages":[{{"role":"user","content":"{long}"}}],"fallback":[{fallback}]}}"#
        );
        world.read(&mut world.call_of(&request));
    };
    let world = both("", "", [too_long(), claude()]);
    asked(
        &world,
        r#""openai/mine-2","openai/gpt-4","claude/claude-haiku-5-5""#,
    );
    world.check(expect![[r#"
        0      warning unknown_model `mine-1` is not in the model table: its limits, capabilities and prices are unknown
        0      send to openai
        0      failover openai -> openai: context_length_exceeded
        0      failover openai -> openai: context_length_exceeded
        0      failover openai -> claude: context_length_exceeded
        0      send to claude
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms"#]]);
}

// ---- what errors may not repeat -------------------------------------------------

#[test]
fn a_configured_secret_that_a_server_repeats_is_not_shown() {
    let headers = r#","headers":{"x-gateway":"gate-way-secret-77","x-title":"Research Assistant","x-auth":"Token abcdef0123456789","referer":"https://mine.example/app"}"#;
    let said =
        "gate-way-secret-77 and abcdef0123456789 of Research Assistant at https://mine.example/app";
    let world = alone(headers, "", [error(400, said)]);
    let error = world.finish().unwrap_err();
    assert_eq!(
        error.provider_message.as_deref(),
        Some("*** and *** of Research Assistant at https://mine.example/app")
    );
    let told = aircher_llm::json::to_string(&error);
    assert!(
        !told.contains("gate-way") && !told.contains("abcdef"),
        "{told}"
    );
}

#[test]
fn a_key_of_before_is_not_shown_either() {
    let json = r#"{"providers":{"openai":{"api":"chat","api_key":{"function":true},"model":"gpt-4o"}},"retry":{}}"#;
    let renewed = "sk-renewed-9876543210zyxwvu";
    let world = of(
        json,
        [
            error(401, "expired"),
            error(400, &format!("not {KEY} and not {renewed}")),
        ],
    );
    world.env.0.borrow_mut().key = Some(KEY.into());
    world.env.0.borrow_mut().next_key = Some(renewed.into());
    let error = world.finish().unwrap_err();
    assert_eq!(
        error.provider_message.as_deref(),
        Some("not *** and not ***")
    );
}

#[test]
fn where_a_redirect_leads_is_not_shown() {
    let moved = Answer::new(307, "text/html", "").with("location", "https://b.example/?k=1");
    let world = alone("", "", [moved]);
    let error = world.finish().unwrap_err();
    let told = aircher_llm::json::to_string(&error);
    assert!(
        told.contains(r#""location":"***""#) && !told.contains("b.example"),
        "{told}"
    );
}

// ---- a store that hangs ---------------------------------------------------------

fn hanging(fields: &str, tables: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    let world = alone(fields, tables, answers);
    world.env.store().hangs.set(true);
    world
}

#[test]
fn a_store_that_hangs_ends_no_later_than_the_call() {
    let world = hanging("", "", [hello()]).within(300);
    world.play().check(expect!["300    ! timeout: the call took longer than its total limit (timeouts.total) [code total] [retryable yes] [billed no]"]);
    let world = hanging(r#","requests_per_min":5,"max_concurrent":2"#, "", [hello()]).within(300);
    world.play().check(expect![[r#"
        1300   left to itself
        1300   ! timeout: the call took longer than its total limit (timeouts.total) [code total] [retryable yes] [billed no]"#]]);
}

#[test]
fn a_store_that_hangs_is_no_outage_of_the_provider() {
    let tables = r#","timeouts":{"total":"300ms"}"#;
    hanging("", tables, []).plays(6).stands("closed true");
    let turns = r#","requests_per_min":50"#;
    hanging(turns, tables, []).plays(6).stands("closed true");
}

#[test]
fn a_store_that_hangs_is_one_that_fails() {
    let limits = r#","requests_per_min":5"#;
    hanging(limits, "", [hello()])
        .play()
        .check(expect![[r#"
            10000  warning limits_alone the store failed: how fast providers are asked is counted by this client alone
            20000  warning ledger_unavailable the store did not answer within 10 s
            20000  send to openai
            30000  left to itself
            30000  = "Hello" Stop, 9 + 2 tokens, 20000 ms"#]]);
    hanging("", LIMITED, [hello()])
        .play()
        .check(expect!["10000  ! ledger_unavailable: the store did not answer within 10 s [code ledger_timeout] [billed no]"]);
}

#[test]
fn a_store_that_hangs_at_the_end_keeps_no_answer_back() {
    let world = alone("", "", [hello()]);
    let mut call = world.call();
    assert!(world.env.read(&mut call));
    world.env.store().hangs.set(true);
    while world.env.read(&mut call) {}
    drop(call);
    world.check(expect![[r#"
        0      send to openai
        10000  left to itself
        10000  = "Hello" Stop, 9 + 2 tokens, 0 ms"#]]);
}

// ---- vectors --------------------------------------------------------------------

#[test]
fn vectors_are_told_as_such_and_say_nothing_of_the_pace() {
    let body = r#"{"data":[{"index":0,"embedding":[0.5,0.25]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":2,"total_tokens":2}}"#;
    let vectors = json(200, body).after(900);
    let world = alone("", "", [hello().after(100), vectors]);
    world.play();
    let request = r#"{"model":"text-embedding-3-small","input":["hi"]}"#;
    world.embeds(request).unwrap();
    let reports = world.env.0.borrow().reports.join("\n");
    expect![[r#"
        {"level":"info","message":"chat","fields":{"gen_ai.operation.name":"chat","gen_ai.provider.name":"openai","server.address":"api.openai.com","provider":"openai","gen_ai.request.model":"gpt-4o","gen_ai.response.model":"gpt-4o","gen_ai.response.finish_reasons":["stop"],"gen_ai.usage.input_tokens":9,"gen_ai.usage.output_tokens":2,"id":"req_e5d31742c0000000001","cost_nano_usd":42500,"attempts":1,"duration_ms":100,"time_to_first_token_ms":100}}
        {"level":"info","message":"embeddings","fields":{"gen_ai.operation.name":"embeddings","gen_ai.provider.name":"openai","server.address":"api.openai.com","provider":"openai","gen_ai.request.model":"text-embedding-3-small","gen_ai.response.model":"text-embedding-3-small","gen_ai.usage.input_tokens":2,"gen_ai.usage.output_tokens":0,"id":"req_e5d31742b9c00000004","cost_nano_usd":40,"attempts":1,"duration_ms":900}}"#]].assert_eq(&reports);
    let told: serde_json::Value = serde_json::from_str(&world.metrics()).unwrap();
    let openai = &told["openai"];
    assert_eq!(
        (&openai["request_count"], &openai["tokens_per_second"]),
        (&2.into(), &20.into())
    );
}

// ---- a dry run ------------------------------------------------------------------

#[track_caller]
fn explained(world: &World, fields: &str, expected: &str) {
    let explanation = world
        .env
        .run(world.call_of(&ask(fields)).explain())
        .unwrap();
    let told = explanation.candidates.iter().map(|prospect| {
        let skipped = prospect.skipped.as_ref();
        let skipped = skipped.map(|error| (error.kind.as_str(), error.retry_after_ms));
        let (provider, because) = (&prospect.provider, prospect.because);
        format!("{provider} ({because}) {} ms {skipped:?}", prospect.wait_ms)
    });
    assert_eq!(told.collect::<Vec<_>>().join("; "), expected);
}

#[test]
fn a_dry_run_knows_of_pauses_and_limits() {
    let limited = |wait| error(429, "slow down").with("retry-after", wait);
    let world = alone("", "", [limited("86400")]);
    explained(&world, "", "openai (default) 0 ms None");
    world.play();
    explained(
        &world,
        "",
        r#"openai (default) 0 ms Some(("rate_limit", Some(300000)))"#,
    );
    let world = alone("", "", [limited("20")]);
    explained(world.play(), "", "openai (default) 20000 ms None");
    let world = both("", "", [limited("20"), claude()]);
    explained(
        world.play(),
        "",
        r#"openai (default) 0 ms Some(("rate_limit", Some(20000))); claude (fallback) 0 ms None"#,
    );
    let world = alone(r#","requests_per_min":1"#, "", [hello(), hello()]);
    explained(world.play(), "", "openai (default) 61000 ms None");
    // Looking has taken no turn.
    explained(&world, "", "openai (default) 61000 ms None");
}

#[test]
fn a_dry_run_tells_why_somebody_is_a_candidate() {
    let fields = r#","custom_models":{"house":"gpt-4o"}"#;
    let world = alone(fields, "", []);
    for (asked, because) in [
        (r#","provider":"openai""#, "provider"),
        (r#","model":"openai/gpt-4o""#, "prefix"),
        (r#","model":"house""#, "alias"),
        (r#","model":"gpt-4o""#, "table"),
        (r#","model":"gpt-99-nova""#, "name"),
        (r#","model":" ""#, "default"),
    ] {
        let expected = format!("openai ({because}) 0 ms None");
        explained(&world, asked, &expected);
    }
}
