//! `POST /embeddings` (openai 7.57.0, `resources/embeddings`).

use super::post;
use crate::chat::ChatRequest;
use crate::error::Result;
use crate::json::writes;
use crate::provider::body::body_text;
use crate::provider::embed::{self, Embeddings, Form, Read, Shape, texts};
use crate::provider::{Exchange, Target};

/// 2048 texts and 300,000 tokens are allowed (2026-11-22, NOTICE); a quarter of the texts keeps the answer below
/// `limits.response_bytes`, and half of the tokens leaves room for a wrong estimate.
pub(super) static EMBEDDINGS: Embeddings = Embeddings {
    default_model: Some("text-embedding-3-small"),
    texts: 512,
    cloud_texts: 512,
    tokens: 150_000,
};

static FORM: Form = Form {
    list: "data",
    vector: "embedding",
    usage: ["usage", "prompt_tokens"],
};

struct Body<'a> {
    model: &'a str,
    input: Vec<String>,
    /// Numbers as text: base64 would be smaller, but not every server of this dialect has it.
    encoding_format: &'static str,
    dimensions: Option<u64>,
}

writes!(Body<'a> { model, input, encoding_format, dimensions });

pub(super) fn exchange(
    request: &ChatRequest,
    target: &Target<'_>,
    shape: Shape,
) -> Result<Exchange> {
    let body = Body {
        model: target.model,
        input: texts(request),
        encoding_format: "float",
        dimensions: shape.dimensions,
    };
    let body = body_text(crate::json::to_string(&body), request, "openai")?;
    let request = post(target, "/embeddings", body);
    Ok(embed::exchange(request, Read::Form(&FORM)))
}
