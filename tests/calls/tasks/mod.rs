//! Models got, made and managed: what is sent, what is awaited for how long, what a break
//! leaves, and what the caller hears.

mod others;
mod pulls;

use std::rc::Rc;

use aircher_llm::config::CallTimeouts;
use aircher_llm::provider::admin::Operation;
use aircher_llm::run::{Task, manage};
use expect_test::Expect;
use serde_json::Value;

use crate::script::{World, ask, json};
use crate::support::{Answer, FakeEnv, Step};

const RETRIES: &str = r#""retry":{"max_retries":2,"initial_delay":"1s"}"#;

fn configured(fields: &str, tables: &str) -> String {
    format!(r#"{{"providers":{{"ollama":{{"model":"m:1b"{fields}}}}},{tables}}}"#)
}

// ---- what the server sends -----------------------------------------------------

/// The list of models, where `m:1b` has a digest or is not there.
fn tags(digest: &str) -> Answer {
    let model = match digest {
        "" => String::new(),
        _ => format!(r#"{{"name":"m:1b","model":"m:1b","digest":"{digest}"}}"#),
    };
    json(200, format!(r#"{{"models":[{model}]}}"#))
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
    json(status, format!(r#"{{"error":"{error}"}}"#))
}

// ---- what the caller does ------------------------------------------------------

fn client(config: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    World::new(config, answers).asking(ask("")).whole()
}

fn pull(answers: impl IntoIterator<Item = Answer>) -> World {
    client(&configured("", RETRIES), answers)
}

impl World {
    fn task(&self, operation: Operation) -> Task<FakeEnv> {
        let asked = (operation, r#"{"model":"m:1b"}"#.to_string());
        let (env, client) = (self.env.clone(), Rc::clone(&self.client));
        Task::new(env, client, "ollama", asked, CallTimeouts::default()).unwrap()
    }

    /// Reads a task to its end, or so many batches of it.
    fn work(&self, operation: Operation, batches: usize) -> String {
        let mut task = self.task(operation);
        for _ in 0..batches {
            match self.env.run(task.next()) {
                Ok(Some(told)) => self.env.note(&format!("-> {}", shown(&told))),
                Ok(None) => break,
                Err(error) => {
                    self.env.note(&format!("! {error} ({:?})", error.hint));
                    assert!(matches!(self.env.run(task.next()), Ok(None)));
                    break;
                }
            }
        }
        drop(task);
        self.env.log()
    }

    #[track_caller]
    fn pulls(&self, expected: Expect) {
        expected.assert_eq(&self.work(Operation::Pull, usize::MAX));
    }

    fn manage(&self, operation: Operation, asked: &str) -> String {
        let (env, client) = (self.env.clone(), Rc::clone(&self.client));
        let limits = CallTimeouts::default();
        let answer = self
            .env
            .run(manage(env, client, "ollama", operation, asked, limits));
        answer.unwrap_or_else(|error| format!("! {error}"))
    }

    fn answered(&self) -> String {
        match self.finish() {
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
