//! What is answered at once, and models that are pulled before they are asked.

use std::rc::Rc;

use aircher_llm::chat::ChatRequest;
use aircher_llm::config::CallTimeouts;
use aircher_llm::provider::admin::Operation;
use aircher_llm::run::{Call, CallOptions, manage};
use expect_test::expect;

use super::{RETRIES, client, configured, line, lines, pull, refused, status, tags};
use crate::script::json;
use crate::support::{Answer, FakeEnv, Step, config};
use crate::test;

// ---- at once -------------------------------------------------------------------

#[test]
fn what_is_answered_at_once() {
    let json = |text: &str| json(200, text);
    let show = r#"{"capabilities":["completion","vision"],"model_info":{"general.architecture":"a","a.context_length":77}}"#;
    let world = pull([
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
    let ask = |operation, asked| world.manage(operation, asked);
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
    .assert_eq(&world.env.log());
    // What it said of the model stands before the table.
    let provider = world.client.config.provider("ollama").unwrap();
    let known = world.client.known(provider, "m:1b").unwrap();
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
        json(200, format!(r#"{{"models":[{model}]}}"#))
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

// ---- auto_pull -----------------------------------------------------------------

fn answer() -> Answer {
    json(
        200,
        r#"{"model":"m:1b","message":{"role":"assistant","content":"Hello"},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":1}"#,
    )
}

fn show() -> Answer {
    json(200, r#"{"capabilities":["completion"]}"#)
}

#[test]
fn a_missing_model_is_pulled_once() {
    let world = client(
        &configured(r#","auto_pull":"missing""#, RETRIES),
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
    assert_eq!(world.answered(), r#"Hello ["pulling_model"]"#);
    assert_eq!(world.answered(), "Hello []");
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
        60000  booked req_e5d317341a00000000d#1 posted 0 n$"#]].assert_eq(&world.env.log());
}

#[test]
fn a_model_that_is_there_is_asked_at_once() {
    let config = configured(r#","auto_pull":"missing""#, RETRIES);
    let world = client(&config, [show(), answer()]);
    assert_eq!(world.answered(), "Hello []");
}

#[test]
fn every_model_is_brought_up_to_date_once() {
    let world = client(
        &configured(r#","auto_pull":"update""#, RETRIES),
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
    assert_eq!(world.answered(), r#"Hello ["pulling_model"]"#);
    assert_eq!(world.answered(), "Hello []");
}

#[test]
fn a_model_that_cannot_be_pulled_ends_the_call() {
    let world = client(
        &configured(r#","auto_pull":"missing""#, RETRIES),
        [
            refused(404, "model 'm:1b' not found"),
            tags(""),
            lines([line(
                r#"{"error":"pull model manifest: file does not exist"}"#,
            )]),
        ],
    );
    assert_eq!(
        world.answered(),
        "! model_not_found: the model was not found: pull model manifest: file does not exist, 1 attempts"
    );
}

#[test]
fn a_model_is_not_pulled_unless_that_is_asked_for() {
    let world = pull([refused(404, "model 'm:1b' not found")]);
    assert!(world.answered().starts_with("! model_not_found"));
    assert_eq!(world.sent(), 1);
}
