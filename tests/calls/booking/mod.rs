//! What calls book, and what limits do to them: a ledger is looked at afterwards.
//!
//! A snapshot is the log of the calls, then what the books hold. Amounts are
//! nano-dollars; `gpt-4o` costs 2500 for a token in and 10000 for one out.

mod early;
mod limits;
mod prices;
mod store;

use expect_test::Expect;

use crate::script::{Scene, data, done, hello, say, stop, stream};
use crate::support::Answer;

/// Limits that hold easily, so that something is set aside.
const LIMITED: &str = r#""daily_limit":"1""#;

// ---- how it is told ------------------------------------------------------------

/// A request for two letters with further fields.
fn ask(fields: &str) -> String {
    asking("gpt-4o", fields)
}

fn asking(model: &str, fields: &str) -> String {
    let messages = r#""messages":[{"role":"user","content":"hi"}]"#;
    let comma = if fields.is_empty() { "" } else { "," };
    format!(r#"{{"model":"{model}",{messages}{comma}{fields}}}"#)
}

/// A server with these answers, under the table `[costs]`.
fn scene(costs: &str, answers: impl IntoIterator<Item = Answer>) -> Scene {
    let mut answers = answers.into_iter();
    let scene = Scene::new(answers.next().unwrap_or_else(hello))
        .with(&format!(r#""costs":{{{costs}}}"#))
        .limited();
    scene.env.0.borrow_mut().answers.extend(answers);
    scene
}

/// The log with what the first days of 2027 hold in all.
fn story(scene: &Scene) -> String {
    let mut told = scene.env.log();
    told.push('\n');
    for line in scopes(scene, &["*"]) {
        told.push_str(&line);
    }
    without_noise(&told)
}

fn scopes(scene: &Scene, scopes: &[&str]) -> Vec<String> {
    let line = |scope: &&str| {
        let day = scene.env.store().bucket(&format!("{scope}/d:2027-01-01"));
        let month = scene.env.store().bucket(&format!("{scope}/m:2027-01"));
        assert_eq!((month.settled, month.reserved), (day.settled, day.reserved));
        format!(
            "books {scope}: {} settled, {} reserved, {} calls, {} estimated, {} + {} tokens",
            day.settled, day.reserved, day.n, day.estimated, day.tokens_in, day.tokens_out
        )
    };
    scopes.iter().map(line).collect()
}

/// Without what is the same in every log; ids of calls become their numbers.
fn without_noise(log: &str) -> String {
    let is_told = |line: &&str| {
        let what = line.get(7..).unwrap_or_default();
        !["request ", "head ", "response "]
            .iter()
            .any(|start| what.starts_with(start))
    };
    let lines = log.lines().filter(is_told).map(|line| {
        let Some((before, id)) = line.split_once("req_") else {
            return line.to_string();
        };
        let number = id.get(11..).unwrap_or_default().trim_start_matches('0');
        format!("{before}{number}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// One call to its end, and the books.
#[track_caller]
fn check(scene: &Scene, expected: Expect) {
    scene.play();
    expected.assert_eq(&story(scene));
}

/// The body of the request that was sent as that number.
fn sent(scene: &Scene, at: usize) -> serde_json::Value {
    let world = scene.env.0.borrow();
    serde_json::from_slice(world.requests[at].body.as_deref().unwrap()).unwrap()
}

fn answering(usage: &str, more: &str) -> Answer {
    let usage = data(&format!(r#"{{"choices":[]{more},"usage":{usage}}}"#));
    stream([say("Hello"), stop(), usage, done()])
}
