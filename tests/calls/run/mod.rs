//! One call: what is sent, what is awaited for how long, and what the caller gets.

mod answers;
mod ending;
mod refusals;

use expect_test::Expect;

use crate::script::Scene;

/// Checks the story of a call; the usual opening is left out.
#[track_caller]
fn check(scene: Scene, expected: Expect) {
    expected.assert_eq(&without_opening(&scene.play()));
}

fn without_opening(log: &str) -> String {
    const OPENING: &str = "\
0      request openai gpt-4o 1
0      send POST https://api.openai.com/v1/chat/completions
0      head 200
0      response 200
";
    log.strip_prefix(OPENING).unwrap_or(log).to_string()
}

const LIMITS: &str = r#""timeouts":{"first_byte":"10s","idle":"5s","total":"30s"}"#;
