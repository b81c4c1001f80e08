//! Embeddings: batches, order, cost, budgets.

use aircher_llm::error::Error;
use expect_test::{Expect, expect};

use crate::script::{World, error, json};
use crate::support::Answer;
use crate::test;

/// All kinds, with keys.
fn all(answers: impl IntoIterator<Item = Answer>) -> World {
    let key = r#""api_key":"sk-test-0123456789""#;
    let json = format!(
        r#"{{"providers":{{"claude":{{{key}}},"openai":{{{key}}},"gemini":{{{key}}},"ollama":{{}}}}}}"#
    );
    World::new(&json, answers)
}

impl World {
    #[track_caller]
    fn embeds_nothing(&self, request: &str, expected: Expect) -> Error {
        let error = self.embeds(request).unwrap_err();
        expected.assert_eq(&error.to_string());
        error
    }
}

#[track_caller]
fn check_sent(world: &World, expected: Expect) {
    expected.assert_eq(&world.bodies());
}

/// Vectors with their number in them.
fn gemini(numbers: std::ops::Range<usize>) -> Answer {
    let item = |number| format!(r#"{{"values":[{number},0.5]}}"#);
    let items: Vec<_> = numbers.map(item).collect();
    json(200, format!(r#"{{"embeddings":[{}]}}"#, items.join(",")))
}

#[test]
fn each_dialect_is_asked_in_its_own_words() {
    let openai = r#"{"object":"list","model":"text-embedding-3-small","data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[1,-2.5e-3]}],"usage":{"prompt_tokens":8,"total_tokens":8}}"#;
    let ollama = r#"{"model":"nomic-embed-text","embeddings":[[5,6],[7,8]],"prompt_eval_count":9}"#;
    let world = all([json(200, openai), gemini(0..2), json(200, ollama)]);
    let answer = world
        .embeds(r#"{"input":["a","b"],"dimensions":2}"#)
        .unwrap();
    assert_eq!(answer.vector(0), Some(vec![1.0, -0.0025]));
    assert_eq!(answer.vector(1), Some(vec![3.0, 4.0]));
    assert_eq!(answer.cost.map(|cost| cost.nanos()), Some(160));
    let answer = world.embeds(r#"{"input":["a","b"],"provider":"gemini","provider_options":{"gemini":{"taskType":"RETRIEVAL_QUERY"}}}"#).unwrap();
    assert!(answer.usage.estimated && answer.usage.prompt_tokens > 0);
    let answer = world
        .embeds(r#"{"input":["a","b"],"model":"ollama/nomic-embed-text"}"#)
        .unwrap();
    assert_eq!(
        (
            answer.usage.prompt_tokens,
            answer.cost.map(|cost| cost.nanos())
        ),
        (9, Some(0))
    );
    check_sent(
        &world,
        expect![[r#"
        https://api.openai.com/v1/embeddings
        {"model":"text-embedding-3-small","input":["a","b"],"encoding_format":"float","dimensions":2}
        https://generativelanguage.googleapis.com/v1beta/models/gemini-embedding-001:batchEmbedContents
        {"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_QUERY"},{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"b"}]},"taskType":"RETRIEVAL_QUERY"}]}
        http://localhost:11434/api/embed
        {"model":"nomic-embed-text","input":["a","b"],"truncate":false}"#]],
    );
}

#[test]
fn an_embedding_model_is_loaded_with_the_configured_window() {
    let json_text = r#"{"providers":{"ollama":{"num_ctx":2048,"keep_alive":"1h"}}}"#;
    let world = World::new(
        json_text,
        [json(200, r#"{"model":"e","embeddings":[[1]]}"#)],
    );
    world.embeds(r#"{"input":"a","model":"ollama/e"}"#).unwrap();
    check_sent(
        &world,
        expect![[r#"
        http://localhost:11434/api/embed
        {"model":"e","input":["a"],"truncate":false,"keep_alive":"1h","options":{"num_ctx":2048}}"#]],
    );
}

#[cfg(feature = "vertex")]
#[test]
fn the_cloud_takes_one_text_at_a_time() {
    let json_text = r#"{"providers":{"gemini":{"vertex":true,"api_key":"AIza-test-0123456789"}}}"#;
    let predicted = |number: u64| {
        json(
            200,
            format!(
                r#"{{"predictions":[{{"embeddings":{{"values":[{number}],"statistics":{{"token_count":4}}}}}}]}}"#
            ),
        )
    };
    let own = json(
        200,
        r#"{"embedding":{"values":[3]},"usageMetadata":{"promptTokenCount":5}}"#,
    );
    let world = World::new(json_text, [predicted(1), predicted(2), own]);
    let answer = world
        .embeds(r#"{"input":["a","b"],"dimensions":2}"#)
        .unwrap();
    assert_eq!((answer.vector(1), answer.requests), (Some(vec![2.0]), 2));
    assert_eq!(
        (answer.usage.prompt_tokens, answer.cost.unwrap().nanos()),
        (8, 1_200)
    );
    let answer = world
        .embeds(r#"{"input":"c","model":"gemini-embedding-2"}"#)
        .unwrap();
    assert_eq!(
        (answer.vector(0), answer.usage.prompt_tokens),
        (Some(vec![3.0]), 5)
    );
    check_sent(
        &world,
        expect![[r#"
        https://aiplatform.googleapis.com/v1/publishers/google/models/gemini-embedding-001:predict
        {"instances":[{"content":"a"}],"parameters":{"outputDimensionality":2,"autoTruncate":false}}
        https://aiplatform.googleapis.com/v1/publishers/google/models/gemini-embedding-001:predict
        {"instances":[{"content":"b"}],"parameters":{"outputDimensionality":2,"autoTruncate":false}}
        https://aiplatform.googleapis.com/v1/publishers/google/models/gemini-embedding-2:embedContent
        {"content":{"parts":[{"text":"c"}]},"embedContentConfig":{"autoTruncate":false}}"#]],
    );
}

#[test]
fn an_answer_tells_what_it_cost() {
    let openai = r#"{"model":"text-embedding-3-large","data":[{"embedding":[0.25]}],"usage":{"prompt_tokens":1000000}}"#;
    let world = all([json(200, openai)]);
    let answer = world
        .embeds(r#"{"input":"a","model":"text-embedding-3-large"}"#)
        .unwrap();
    assert_eq!(answer.cost.unwrap().nanos(), 130_000_000);
    let log = world.env.log();
    assert!(log.contains("booked"), "{log}");
}

#[test]
fn many_texts_go_in_batches_and_keep_their_order() {
    let texts: Vec<_> = (0..250)
        .map(|number| format!("\"text {number}\""))
        .collect();
    let world = all([gemini(0..100), gemini(100..200), gemini(200..250)]);
    let request = format!(r#"{{"provider":"gemini","input":[{}]}}"#, texts.join(","));
    let answer = world.embeds(&request).unwrap();
    assert_eq!(
        (
            answer.requests,
            answer.attempts.len(),
            answer.embeddings.len()
        ),
        (3, 3, 250)
    );
    for number in 0..250 {
        assert_eq!(answer.vector(number).unwrap()[0], number as f64);
    }
}

#[test]
fn what_cannot_be_asked_is_told() {
    let world = all([]);
    world.embeds_nothing(
        r#"{"input":[]}"#,
        expect!["invalid_request: input: expected at least one text"],
    );
    world.embeds_nothing(
        r#"{"input":["a",""]}"#,
        expect!["invalid_request: input[1]: is empty: there is nothing to embed"],
    );
    world.embeds_nothing(
        r#"{"input":7}"#,
        expect!["invalid_request: input: expected a string or a list of strings, found a number"],
    );
    world.embeds_nothing(
        r#"{"inputs":"a"}"#,
        expect!["invalid_request: inputs: unknown field `inputs`, did you mean `input`?"],
    );
    let error = world.embeds_nothing(
        r#"{"input":"a","provider":"claude"}"#,
        expect!["unsupported: claude has no endpoint for embeddings"],
    );
    assert_eq!(
        error.hint.as_deref(),
        Some("`openai` has: name it as `provider`")
    );
    world.embeds_nothing(
        r#"{"input":"a","model":"nobody-knows"}"#,
        expect!["model_not_found: model: no configured provider is known to serve `nobody-knows`"],
    );
    let only = World::new(
        r#"{"providers":{"claude":{"api_key":"sk-test-0123456789"}}}"#,
        [],
    );
    let error = only.embeds_nothing(
        r#"{"input":"a"}"#,
        expect!["unsupported: no configured provider has an endpoint for embeddings"],
    );
    assert_eq!(
        error.hint.as_deref(),
        Some("providers of these kinds have: openai, gemini, ollama")
    );
    assert!(world.env.0.borrow().requests.is_empty());
}

#[test]
fn what_is_no_answer_is_told() {
    let few = r#"{"data":[{"index":0,"embedding":[1]}]}"#;
    all([json(200, few)]).embeds_nothing(
        r#"{"input":["a","b"]}"#,
        expect!["invalid_response: 2 texts were sent and 1 vectors came back"],
    );
    let none = r#"{"data":[{"index":0,"embedding":null}]}"#;
    all([json(200, none)]).embeds_nothing(
        r#"{"input":["a"]}"#,
        expect!["invalid_response: the answer holds no vector for one of the texts"],
    );
    all([json(200, r#"{"error":{}}"#)]).embeds_nothing(
        r#"{"input":"a"}"#,
        expect![[r#"invalid_response: the answer holds no `data`: {"error":{}}"#]],
    );
    all([json(200, "<html>")]).embeds_nothing(r#"{"input":"a"}"#, expect!["invalid_response: the provider sent what is no valid JSON of its protocol (expected a value): <html>"]);
}

#[test]
fn a_server_without_a_usual_model_is_asked_for_one() {
    let tags = r#"{"models":[{"model":"qwen3:4b","capabilities":["completion"]},{"model":"flux:1b","capabilities":["image"]},{"model":"all-minilm:latest","capabilities":["embedding"]}]}"#;
    let world = World::new(
        r#"{"providers":{"ollama":{"model":"qwen3:4b"}}}"#,
        [json(200, tags), json(200, r#"{"embeddings":[[1]]}"#)],
    );
    assert_eq!(
        world.embeds(r#"{"input":"a"}"#).unwrap().embeddings.len(),
        1
    );
    check_sent(
        &world,
        expect![[r#"
        http://localhost:11434/api/tags

        http://localhost:11434/api/embed
        {"model":"all-minilm:latest","input":["a"],"truncate":false}"#]],
    );
    let world = World::new(
        r#"{"providers":{"ollama":{}}}"#,
        [json(200, r#"{"models":[]}"#)],
    );
    world.embeds_nothing(
        r#"{"input":"a"}"#,
        expect!["model_not_found: ollama has no model for embeddings"],
    );
}

#[test]
fn what_may_pass_is_asked_again() {
    let world = World::new(
        r#"{"providers":{"openai":{"api_key":"sk-test-0123456789"}},"retry":{}}"#,
        [
            error(429, "slow down"),
            json(
                200,
                r#"{"data":[{"embedding":[1]}],"usage":{"prompt_tokens":1}}"#,
            ),
        ],
    );
    assert_eq!(world.embeds(r#"{"input":"a"}"#).unwrap().attempts.len(), 2);
}

#[test]
fn nothing_is_sent_that_a_limit_does_not_cover() {
    let key = r#""providers":{"openai":{"api_key":"sk-test-0123456789"}}"#;
    let world = World::new(
        &format!(r#"{{{key},"costs":{{"daily_limit":"0.0000001"}}}}"#),
        [],
    );
    let long = "word ".repeat(1_000);
    let request = format!(r#"{{"input":"{long}"}}"#);
    assert_eq!(
        world.embeds(&request).unwrap_err().kind.as_str(),
        "budget_exceeded"
    );
    let world = World::new(&format!("{{{key}}}"), []);
    let request = format!(r#"{{"input":"{long}","cost_limit":"0.0000001"}}"#);
    assert_eq!(
        world.embeds(&request).unwrap_err().kind.as_str(),
        "budget_exceeded"
    );
    assert!(world.env.0.borrow().requests.is_empty());
}
