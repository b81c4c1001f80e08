//! Recorded exchanges about a server's models, through the whole errand or task: what is asked and
//! what is made of the answer.

use std::rc::Rc;

use aircher_llm::config::CallTimeouts;
use aircher_llm::http::ResponseHead;
use aircher_llm::provider::admin::Operation;
use aircher_llm::provider::of_kind;
use aircher_llm::run::{Task, manage};
use serde_json::{Value, json};

use super::Recording;
use crate::support::{Answer, FakeEnv, Step, config};

/// The operation of an endpoint.
fn operation(endpoint: &str) -> Option<Operation> {
    Some(match endpoint {
        "api.tags" => Operation::List,
        "api.ps" => Operation::Running,
        "api.version" => Operation::Version,
        "api.pull" => Operation::Pull,
        "api.create" => Operation::Create,
        _ => return None,
    })
}

/// Whether this is one of them, and this build can ask it.
pub fn is_known(recording: &Recording) -> bool {
    operation(&recording.endpoint).is_some() && of_kind("ollama").is_some()
}

/// What is different from what is expected.
pub fn compare(recording: &Recording) -> Vec<String> {
    let operation = operation(&recording.endpoint).unwrap();
    let expect = &recording.expect;
    let found = match operation {
        Operation::Pull | Operation::Create => statuses(recording, operation),
        _ => once(recording, operation),
    };
    let expected = match expect["kind"].as_str().unwrap() {
        "models" => &expect["ids"],
        "version" => &expect["version"],
        _ => &expect["statuses"],
    };
    let mut different = Vec::new();
    if found != *expected {
        different.push(format!("expected {expected}, found {found}"));
    }
    different
}

/// The same with another expectation.
pub fn spoiled(recording: &Recording) -> Recording {
    let mut spoiled = recording.clone();
    for field in ["ids", "version", "statuses"] {
        if spoiled.expect[field] != Value::Null {
            spoiled.expect[field] = json!("something else");
        }
    }
    spoiled
}

fn once(recording: &Recording, operation: Operation) -> Value {
    let body = recording.body.as_bytes();
    let env = FakeEnv::new([answer(recording, vec![Step::Bytes(body.to_vec())])]);
    let limits = CallTimeouts::default();
    let asked = manage(env.clone(), ours(), "ollama", operation, "{}", limits);
    let told: Value = serde_json::from_str(&env.run(asked).unwrap()).unwrap();
    match told.as_array() {
        Some(models) => models.iter().map(|model| model["name"].clone()).collect(),
        None => told,
    }
}

/// The statuses, each once, with the body split at every byte: always the same.
fn statuses(recording: &Recording, operation: Operation) -> Value {
    let body = &lines(recording);
    let whole = told(recording, operation, &[body]);
    for at in 0..body.len() {
        let (head, tail) = body.split_at(at);
        let split = told(recording, operation, &[head, tail]);
        assert_eq!(split, whole, "{} split at {at}", recording.id);
    }
    whole
}

/// A server that was asked for no stream answers with one object, which documentation prints over several lines: on
/// the wire it is one.
fn lines(recording: &Recording) -> Vec<u8> {
    if recording.is_stream() {
        return recording.body.clone().into_bytes();
    }
    let whole: Value = serde_json::from_str(&recording.body).unwrap();
    whole.to_string().into_bytes()
}

fn told(recording: &Recording, operation: Operation, pieces: &[&[u8]]) -> Value {
    let steps = pieces.iter().map(|piece| Step::Bytes(piece.to_vec()));
    let list = || Answer::new(200, "application/json", r#"{"models":[]}"#);
    let env = FakeEnv::new([list(), answer(recording, steps.collect()), list()]);
    let asked = (operation, format!(r#"{{"model":"{}"}}"#, recording.asked));
    let limits = CallTimeouts::default();
    let mut task = Task::new(env.clone(), ours(), "ollama", asked, limits).unwrap();
    let mut found: Vec<Value> = Vec::new();
    while let Some(told) = env.run(task.next()).unwrap() {
        let told: Vec<Value> = serde_json::from_str(&told).unwrap();
        found.extend(told.iter().map(|each| each["status"].clone()));
    }
    found.dedup();
    Value::from(found)
}

fn answer(recording: &Recording, steps: Vec<Step>) -> Answer {
    let head = ResponseHead {
        status: recording.status,
        headers: recording.headers.clone(),
        ..ResponseHead::default()
    };
    Answer {
        head_after_ms: 0,
        head,
        steps,
    }
}

fn ours() -> Rc<aircher_llm::run::Client> {
    config(r#"{"providers":{"ollama":{}}}"#)
}
