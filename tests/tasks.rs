//! Models got, made and managed, against a scripted server in virtual time: what is sent, what is
//! awaited for how long, what a break leaves, and what the caller hears.
//!
//! A snapshot is the log: the time in milliseconds, then what happened. `->` is a batch the caller
//! reads, `!` an error.
#![cfg(feature = "ollama")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod support;

use std::rc::Rc;

use aircher_llm::chat::ChatRequest;
use aircher_llm::config::CallTimeouts;
use aircher_llm::env::Env;
use aircher_llm::provider::admin::Operation;
use aircher_llm::run::{Call, CallOptions, Client, Task, manage};
use expect_test::{Expect, expect};
use serde_json::Value;
use support::{Answer, FakeEnv, Step, config};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const RETRIES: &str = r#""retry":{"max_retries":2,"initial_delay":"1s"}"#;

fn configured(fields: &str, tables: &str) -> Rc<Client> {
    config(&format!(
        r#"{{"providers":{{"ollama":{{"model":"m:1b"{fields}}}}},{tables}}}"#
    ))
}

// ---- what the server sends ------------------------------------------------

/// The list of models, where `m:1b` has a digest or is not there.
fn tags(digest: &str) -> Answer {
    let model = match digest {
        "" => String::new(),
        _ => format!(r#"{{"name":"m:1b","model":"m:1b","digest":"{digest}"}}"#),
    };
    Answer::new(
        200,
        "application/json",
        format!(r#"{{"models":[{model}]}}"#),
    )
}

fn lines(steps: impl IntoIterator<Item = Step>) -> Answer {
    let mut answer = Answer::new(200, "application/x-ndjson", "");
    answer.steps = steps.into_iter().collect();
    answer
}

fn line(json: &str) -> Step {
    Step::Bytes(format!("{json}\n").into_bytes())
}

fn status(status: &str) -> Step {
    line(&format!(r#"{{"status":"{status}"}}"#))
}

/// A layer of 1000 bytes of which so many are there.
fn layer(completed: u64) -> Step {
    line(&format!(
        r#"{{"status":"pulling 8e","digest":"sha256:8e","total":1000,"completed":{completed}}}"#
    ))
}

fn refused(status: u16, error: &str) -> Answer {
    Answer::new(
        status,
        "application/json",
        format!(r#"{{"error":"{error}"}}"#),
    )
}

// ---- what the caller does -------------------------------------------------

struct Scene {
    env: FakeEnv,
    config: Rc<Client>,
    operation: Operation,
}

impl Scene {
    fn new(config: Rc<Client>, answers: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            env: FakeEnv::new(answers),
            config,
            operation: Operation::Pull,
        }
    }

    fn pull(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::new(configured("", RETRIES), answers)
    }

    fn task(&self) -> Task<FakeEnv> {
        let asked = (self.operation, r#"{"model":"m:1b"}"#.to_string());
        let (env, config) = (self.env.clone(), Rc::clone(&self.config));
        Task::new(env, config, "ollama", asked, CallTimeouts::default()).unwrap()
    }

    fn note(&self, line: String) {
        let now_ms = self.env.now_ms();
        self.env
            .0
            .borrow_mut()
            .log
            .push(format!("{now_ms:>6} {line}"));
    }

    /// Reads a task to its end, or so many batches of it.
    fn play(&self, batches: usize) -> String {
        let mut task = self.task();
        for _ in 0..batches {
            match self.env.run(task.next()) {
                Ok(Some(told)) => self.note(format!("-> {}", shown(&told))),
                Ok(None) => break,
                Err(error) => {
                    self.note(format!("! {error} ({:?})", error.hint));
                    assert!(matches!(self.env.run(task.next()), Ok(None)));
                    break;
                }
            }
        }
        drop(task);
        self.env.log_from_the_left()
    }

    #[track_caller]
    fn check(&self, expected: Expect) {
        expected.assert_eq(&self.play(usize::MAX));
    }

    fn manage(&self, operation: Operation, asked: &str) -> String {
        let (env, config) = (self.env.clone(), Rc::clone(&self.config));
        let limits = CallTimeouts::default();
        let answer = self
            .env
            .run(manage(env, config, "ollama", operation, asked, limits));
        answer.unwrap_or_else(|error| format!("! {error}"))
    }

    fn chat(&self) -> String {
        let request = r#"{"messages":[{"role":"user","content":"hi"}]}"#;
        let request = ChatRequest::from_json(request).unwrap();
        let (env, config) = (self.env.clone(), Rc::clone(&self.config));
        let mut call = Call::new(env, config, request, CallOptions::default());
        match self.env.run(call.finish()) {
            Ok(answer) => {
                let warnings = answer.metadata.warnings.iter();
                let warnings: Vec<_> = warnings.map(|warning| &*warning.code).collect();
                format!("{} {warnings:?}", answer.message.content.joined(""))
            }
            Err(error) => format!("! {error}, {} attempts", error.attempts.len()),
        }
    }
}

/// Progress without the parts a test seldom asks for.
fn shown(told: &str) -> String {
    let all: Vec<Value> = serde_json::from_str(told).unwrap();
    let one = |each: &Value| {
        let result = each
            .get("result")
            .map_or(String::new(), |result| format!(" {result}"));
        let speed = each["bytes_per_second"].as_u64();
        let speed = speed.map_or(String::new(), |speed| format!(" {speed}/s"));
        let of = |name: &str| each[name].as_u64().unwrap();
        let status = each["status"].as_str().unwrap();
        format!(
            "{status} {}/{}{speed} #{}{result}",
            of("completed"),
            of("total"),
            of("attempt")
        )
    };
    all.iter().map(one).collect::<Vec<_>>().join("; ")
}

// ---- pulling --------------------------------------------------------------

#[test]
fn a_pull_tells_how_far_it_is_and_what_came_of_it() {
    Scene::pull([
        tags(""),
        lines([
            status("pulling manifest"),
            layer(0),
            Step::Wait(1_000),
            layer(600),
            Step::Wait(1_000),
            layer(1_000),
            status("verifying sha256 digest"),
            Step::Wait(300_000),
            Step::Bytes(b"{\"status\":\"writing manifest\"}\n{\"status\":\"success\"}".to_vec()),
        ]),
        tags("12"),
    ])
    .check(expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        0      -> pulling manifest 0/0 #1
        0      -> pulling 8e 0/1000 #1
        1000   -> pulling 8e 600/1000 600/s #1
        2000   -> pulling 8e 1000/1000 #1
        2000   -> verifying sha256 digest 1000/1000 #1
        302000 -> writing manifest 1000/1000 #1
        302000 body ended
        302000 request ollama m:1b 1
        302000 send GET http://localhost:11434/api/tags
        302000 head 200
        302000 response 200
        302000 body ended
        302000 -> success 1000/1000 #1 {"changed":true,"digest":"12","model":"m:1b","previous_digest":null}"#]]);
}

#[test]
fn lines_of_one_chunk_are_told_together_one_for_each_status() {
    let all = [
        status("pulling manifest"),
        layer(0),
        layer(300),
        layer(600),
        status("success"),
    ];
    let bytes = all.into_iter().flat_map(|step| match step {
        Step::Bytes(bytes) => bytes,
        _ => Vec::new(),
    });
    Scene::pull([
        tags("12"),
        lines([Step::Bytes(bytes.collect())]),
        tags("12"),
    ])
    .check(expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        0      body closed by us
        0      -> pulling manifest 0/0 #1; pulling 8e 600/1000 #1
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      -> success 600/1000 #1 {"changed":false,"digest":"12","model":"m:1b","previous_digest":"12"}"#]]);
}

#[test]
fn a_model_brought_up_to_date_has_another_digest() {
    Scene::pull([tags("12"), lines([status("success")]), tags("34")]).check(expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        0      body closed by us
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      -> success 0/0 #1 {"changed":true,"digest":"34","model":"m:1b","previous_digest":"12"}"#]]);
}

#[test]
fn a_download_that_breaks_off_is_taken_up_again() {
    Scene::pull([
        tags(""),
        lines([layer(0), Step::Wait(500), layer(400), Step::Reset]),
        lines([layer(380), Step::Wait(1_000), layer(700)]),
        lines([layer(700), Step::Stall]),
        lines([layer(1_000), status("success")]),
        tags("12"),
    ])
    .check(expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        0      -> pulling 8e 0/1000 #1
        500    -> pulling 8e 400/1000 800/s #1
        500    body ended
        500    retry ollama 2 in 472 ms: network_error
        972    request ollama m:1b 2
        972    send POST http://localhost:11434/api/pull
        972    head 200
        972    response 200
        972    -> pulling 8e 380/1000 #2
        1972   -> pulling 8e 700/1000 320/s #2
        1972   body ended
        1972   retry ollama 3 in 708 ms: stream_interrupted
        2680   request ollama m:1b 3
        2680   send POST http://localhost:11434/api/pull
        2680   head 200
        2680   response 200
        2680   -> pulling 8e 700/1000 #3
        62680  body closed by us
        62680  retry ollama 4 in 1888 ms: timeout
        64568  request ollama m:1b 4
        64568  send POST http://localhost:11434/api/pull
        64568  head 200
        64568  response 200
        64568  -> pulling 8e 1000/1000 #4
        64568  body closed by us
        64568  request ollama m:1b 1
        64568  send GET http://localhost:11434/api/tags
        64568  head 200
        64568  response 200
        64568  body ended
        64568  -> success 1000/1000 #4 {"changed":true,"digest":"12","model":"m:1b","previous_digest":null}"#]]);
}

#[test]
fn without_getting_further_it_gives_up() {
    let broken = || lines([layer(400), Step::Reset]);
    Scene::pull([tags(""), broken(), broken(), broken(), broken(), broken()]).check(expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        0      -> pulling 8e 400/1000 #1
        0      body ended
        0      retry ollama 2 in 472 ms: network_error
        472    request ollama m:1b 2
        472    send POST http://localhost:11434/api/pull
        472    head 200
        472    response 200
        472    -> pulling 8e 400/1000 #2
        472    body ended
        472    retry ollama 3 in 1416 ms: network_error
        1888   request ollama m:1b 3
        1888   send POST http://localhost:11434/api/pull
        1888   head 200
        1888   response 200
        1888   -> pulling 8e 400/1000 #3
        1888   body ended
        1888   ! network_error: connection reset (None)"#]]);
}

#[test]
fn a_model_nobody_has_is_an_error_inside_an_answer() {
    let unknown = line(r#"{"error":"pull model manifest: file does not exist"}"#);
    Scene::pull([tags(""), lines([status("pulling manifest"), unknown])]).check(expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        0      -> pulling manifest 0/0 #1
        0      body closed by us
        0      ! model_not_found: the model was not found: pull model manifest: file does not exist (Some("check its name and tag"))"#]]);
}

#[test]
fn whoever_lets_go_closes_the_connection() {
    let scene = Scene::pull([
        tags(""),
        lines([layer(0), Step::Wait(9), layer(1), Step::Stall]),
    ]);
    expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        0      -> pulling 8e 0/1000 #1
        0      body closed by us"#]]
    .assert_eq(&scene.play(1));
}

#[test]
fn what_cannot_be_made_is_not_tried_again() {
    let mut scene = Scene::pull([
        tags(""),
        lines([
            status("reading model metadata"),
            line(r#"{"error":"unknown type"}"#),
        ]),
    ]);
    scene.operation = Operation::Create;
    scene.check(expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/create
        0      head 200
        0      response 200
        0      -> reading model metadata 0/0 #1
        0      body closed by us
        0      ! server_error: the provider failed: unknown type (None)"#]]);
}

#[test]
fn the_whole_time_is_limited_where_that_is_asked_for() {
    let timeouts = r#""timeouts":{"total":"90s","idle":"20s"}"#;
    let waits = || lines([layer(1), Step::Stall]);
    let config = configured("", &format!("{RETRIES},{timeouts}"));
    Scene::new(config, [tags(""), waits(), waits(), waits(), waits()]).check(expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        0      -> pulling 8e 1/1000 #1
        20000  body closed by us
        20000  retry ollama 2 in 472 ms: timeout
        20472  request ollama m:1b 2
        20472  send POST http://localhost:11434/api/pull
        20472  head 200
        20472  response 200
        20472  -> pulling 8e 1/1000 #2
        40472  body closed by us
        40472  retry ollama 3 in 1416 ms: timeout
        41888  request ollama m:1b 3
        41888  send POST http://localhost:11434/api/pull
        41888  head 200
        41888  response 200
        41888  -> pulling 8e 1/1000 #3
        61888  body closed by us
        61888  ! timeout: the stream fell silent (timeouts.idle) (None)"#]]);
}

// ---- at once ---------------------------------------------------------------

#[test]
fn what_is_answered_at_once() {
    let json = |text: &str| Answer::new(200, "application/json", text);
    let show = r#"{"capabilities":["completion","vision"],"model_info":{"general.architecture":"a","a.context_length":77}}"#;
    let scene = Scene::pull([
        json(r#"{"version":"0.33.0"}"#),
        json(show),
        refused(404, "model 'x' not found"),
        refused(404, ""),
        json(""),
        refused(
            503,
            "server busy, please try again. maximum pending requests exceeded",
        ),
        json(r#"{"models":[]}"#),
    ]);
    let ask = |operation, asked| scene.manage(operation, asked);
    assert_eq!(ask(Operation::Version, "{}"), r#""0.33.0""#);
    let told = ask(Operation::Show, r#"{"model":"m:1b"}"#);
    assert!(
        told.ends_with(r#""capabilities":["completion","vision"],"context_length":77}"#),
        "{told}"
    );
    assert_eq!(
        ask(Operation::Delete, r#"{"model":"x"}"#),
        "! model_not_found: the model was not found (HTTP 404): model 'x' not found"
    );
    let file = r#"{"digest":"sha256:12"}"#;
    assert_eq!(ask(Operation::HasFile, file), "false");
    assert_eq!(ask(Operation::SendFile, file), "null");
    assert_eq!(ask(Operation::Running, "{}"), "[]");
    expect![[r#"
        0      request ollama  1
        0      send GET http://localhost:11434/api/version
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/show
        0      head 200
        0      response 200
        0      body ended
        0      request ollama x 1
        0      send DELETE http://localhost:11434/api/delete
        0      head 404
        0      response 404
        0      body ended
        0      request ollama  1
        0      send HEAD http://localhost:11434/api/blobs/sha256:12
        0      head 404
        0      response 404
        0      body ended
        0      request ollama  1
        0      send POST http://localhost:11434/api/blobs/sha256:12
        0      head 200
        0      response 200
        0      body ended
        0      request ollama  1
        0      send GET http://localhost:11434/api/ps
        0      head 503
        0      response 503
        0      body ended
        0      retry ollama 2 in 270 ms: overloaded
        270    request ollama  2
        270    send GET http://localhost:11434/api/ps
        270    head 200
        270    response 200
        270    body ended"#]]
    .assert_eq(&scene.env.log_from_the_left());
    // What it said of the model stands before the table.
    let provider = scene.config.config.provider("ollama").unwrap();
    let known = scene.config.known(provider, "m:1b").unwrap();
    assert_eq!(known.context_window(), Some(77));
    assert!(known.images() && !known.capabilities().functions);
}

#[test]
fn only_who_has_models_to_manage_is_asked() {
    let config = config(r#"{"providers":{"openai":{"api_key":"sk-test-12345678"}}}"#);
    let env = FakeEnv::default();
    let limits = CallTimeouts::default();
    let answer = env.run(manage(
        env.clone(),
        config,
        "openai",
        Operation::List,
        "{}",
        limits,
    ));
    assert_eq!(
        answer.unwrap_err().to_string(),
        "unsupported: `openai` is no provider whose models are managed"
    );
}

#[test]
fn two_servers_share_no_abilities() {
    let config = config(
        r#"{"providers":{"home":{"kind":"ollama"},"attic":{"kind":"ollama","base_url":"http://127.0.0.1:7777"}}}"#,
    );
    let list = |capabilities: &str, window: u64| {
        let model = format!(
            r#"{{"name":"m:1b","model":"m:1b","capabilities":["completion"{capabilities}],"details":{{"context_length":{window}}}}}"#
        );
        Answer::new(
            200,
            "application/json",
            format!(r#"{{"models":[{model}]}}"#),
        )
    };
    let env = FakeEnv::new([list(r#","vision""#, 8_192), list("", 100), answer()]);
    for id in ["home", "attic"] {
        let limits = CallTimeouts::default();
        let (env, config) = (env.clone(), Rc::clone(&config));
        let work = manage(env.clone(), config, id, Operation::List, "{}", limits);
        env.run(work).unwrap();
    }
    let looks = |id: &str| {
        let request = format!(
            r#"{{"provider":"{id}","model":"m:1b","messages":[{{"role":"user","content":[{{"type":"image_url","image_url":{{"url":"data:image/png;base64,iVBORw0KGgo="}}}}]}}]}}"#
        );
        let request = ChatRequest::from_json(&request).unwrap();
        let options = CallOptions::default();
        let mut call = Call::new(env.clone(), Rc::clone(&config), request, options);
        let answer = env.run(call.finish()).map(|answer| answer.provider.clone());
        answer.unwrap_or_else(|error| error.to_string())
    };
    assert_eq!(looks("home"), "home");
    assert_eq!(
        looks("attic"),
        "unsupported: messages[0].content[0]: m:1b does not see images"
    );
    let window = |id: &str| {
        let known = config.known(config.config.provider(id).unwrap(), "m:1b");
        known.unwrap().context_window()
    };
    assert_eq!((window("home"), window("attic")), (Some(8_192), Some(100)));
}

// ---- auto_pull -------------------------------------------------------------

fn answer() -> Answer {
    Answer::new(
        200,
        "application/json",
        r#"{"model":"m:1b","message":{"role":"assistant","content":"Hello"},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":1}"#,
    )
}

fn show() -> Answer {
    Answer::new(
        200,
        "application/json",
        r#"{"capabilities":["completion"]}"#,
    )
}

#[test]
fn a_missing_model_is_pulled_once() {
    let scene = Scene::new(
        configured(r#","auto_pull":"missing""#, RETRIES),
        [
            refused(404, "model 'm:1b' not found"),
            tags(""),
            lines([
                status("pulling manifest"),
                Step::Wait(60_000),
                status("success"),
            ]),
            tags("12"),
            show(),
            answer(),
            answer(),
        ],
    );
    assert_eq!(scene.chat(), r#"Hello ["pulling_model"]"#);
    assert_eq!(scene.chat(), "Hello []");
    expect![[r#"
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/show
        0      head 404
        0      response 404
        0      body ended
        0      warning pulling_model m:1b is not installed: it is pulled before it is asked (auto_pull of ollama)
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        60000  body closed by us
        60000  request ollama m:1b 1
        60000  send GET http://localhost:11434/api/tags
        60000  head 200
        60000  response 200
        60000  body ended
        60000  request ollama m:1b 1
        60000  send POST http://localhost:11434/api/show
        60000  head 200
        60000  response 200
        60000  body ended
        60000  request ollama m:1b 1
        60000  send POST http://localhost:11434/api/chat
        60000  head 200
        60000  response 200
        60000  body ended
        60000  booked req_e5d31742c0000000001#1 posted 0 n$
        60000  request ollama m:1b 1
        60000  send POST http://localhost:11434/api/chat
        60000  head 200
        60000  response 200
        60000  body ended
        60000  booked req_e5d317341a00000000d#1 posted 0 n$"#]].assert_eq(&scene.env.log_from_the_left());
}

#[test]
fn a_model_that_is_there_is_asked_at_once() {
    let config = configured(r#","auto_pull":"missing""#, RETRIES);
    let scene = Scene::new(config, [show(), answer()]);
    assert_eq!(scene.chat(), "Hello []");
}

#[test]
fn every_model_is_brought_up_to_date_once() {
    let scene = Scene::new(
        configured(r#","auto_pull":"update""#, RETRIES),
        [
            show(),
            tags("12"),
            lines([status("success")]),
            tags("34"),
            show(),
            answer(),
            answer(),
        ],
    );
    assert_eq!(scene.chat(), r#"Hello ["pulling_model"]"#);
    assert_eq!(scene.chat(), "Hello []");
}

#[test]
fn a_model_that_cannot_be_pulled_ends_the_call() {
    let scene = Scene::new(
        configured(r#","auto_pull":"missing""#, RETRIES),
        [
            refused(404, "model 'm:1b' not found"),
            tags(""),
            lines([line(
                r#"{"error":"pull model manifest: file does not exist"}"#,
            )]),
        ],
    );
    assert_eq!(
        scene.chat(),
        "! model_not_found: the model was not found: pull model manifest: file does not exist, 1 attempts"
    );
}

#[test]
fn a_model_is_not_pulled_unless_that_is_asked_for() {
    let scene = Scene::pull([refused(404, "model 'm:1b' not found")]);
    assert!(scene.chat().starts_with("! model_not_found"));
    assert_eq!(scene.env.0.borrow().requests.len(), 1);
}
