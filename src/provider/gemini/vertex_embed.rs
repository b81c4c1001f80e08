//! Embeddings on Vertex AI: one text a request, since newer models take no more at once. Models
//! newer than `gemini-embedding-001` have an endpoint of their own, others `predict`
//! (@google/genai 3.1.0, `embedContentParametersPrivateToVertex`).

use super::embed::content;
use super::{action, with_key};
use crate::chat::{ChatRequest, Events};
use crate::error::{Error, Result};
use crate::http::HttpRequest;
use crate::json::Writer;
use crate::provider::body::body_text;
use crate::provider::embed::{self, Read, Shape, is_vector, tell, texts};
use crate::provider::pick::{count, items, object, pick};
use crate::provider::{Exchange, Target};
use crate::text::concat;

pub(super) fn exchange(
    request: &ChatRequest,
    target: &Target<'_>,
    shape: Shape,
) -> Result<Exchange> {
    let text = texts(request).concat();
    let mut writer = Writer::default();
    let has_own = crate::text::has(target.model, "gemini") && target.model != OLDER;
    writer.begin_object();
    if has_own {
        content(&mut writer, &text);
        writer.begin_object_at("embedContentConfig");
    } else {
        writer.begin_list_at("instances");
        writer.begin_object();
        writer.text("content", &text);
        writer.end_object();
        writer.end_list();
        writer.begin_object_at("parameters");
    }
    settings(&mut writer, shape);
    writer.end_object();
    writer.end_object();
    let body = body_text(writer.finish(), request, "gemini")?;
    let name = if has_own { "embedContent" } else { "predict" };
    let post = HttpRequest::post_json(action(target, name)?, body);
    Ok(embed::exchange(with_key(post, target), Read::By(read)))
}

const OLDER: &str = "gemini-embedding-001";

/// By itself the server cuts what is too long and says so in a flag.
fn settings(writer: &mut Writer, shape: Shape) {
    writer.field("outputDimensionality", &shape.dimensions);
    writer.field("autoTruncate", &false);
}

/// Reads the vector of one text, from either endpoint.
fn read(answer: &str, out: &mut Events) -> Result<()> {
    let [embedding, predictions, usage] =
        pick(answer, ["embedding", "predictions", "usageMetadata"])?;
    let first = items(predictions)?.into_iter().next().unwrap_or_default();
    let [predicted] = pick(object(first), ["embeddings"])?;
    let holder = embedding.get().or_else(|| predicted.get()).unwrap_or("{}");
    let [values, statistics] = pick(holder, ["values", "statistics"])?;
    let Some(vector) = Some(values).filter(|values| is_vector(*values)) else {
        let start = crate::text::first_chars(answer, 200);
        let problem = concat(&["the answer holds no vector: ", start]);
        return Err(Error::invalid_response(problem));
    };
    let [counted] = pick(object(statistics), ["token_count"])?;
    let [told] = pick(object(usage), ["promptTokenCount"])?;
    tell(&[vector], count(counted).or_else(|| count(told)), out);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::ChatResponse;
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(answer: &str, expected: Expect) {
        let mut events = Events::new();
        let taken = read(answer, &mut events);
        let mut response = ChatResponse::new("gemini", "m");
        response.extend(&events);
        let told = match taken {
            Ok(()) => format!(
                "{} {:?}",
                response.usage.prompt_tokens, response.metadata.extra
            ),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&told);
    }

    #[test]
    fn both_endpoints_are_read() {
        check(
            r#"{"predictions":[{"embeddings":{"values":[0.5,1],"statistics":{"truncated":false,"token_count":4}}}],"metadata":{"billableCharacterCount":9}}"#,
            expect![[r#"4 [("embeddings", [[0.5,1]])]"#]],
        );
        check(
            r#"{"embedding":{"values":[0.25]},"usageMetadata":{"promptTokenCount":3},"truncated":false}"#,
            expect![[r#"3 [("embeddings", [[0.25]])]"#]],
        );
        check(
            r#"{"predictions":[]}"#,
            expect![[r#"invalid_response: the answer holds no vector: {"predictions":[]}"#]],
        );
    }
}
