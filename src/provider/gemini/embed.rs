//! `POST /models/{m}:batchEmbedContents` (@google/genai 3.1.0, `embedContentParametersPrivateToMldev`).

use super::{action, vertex_embed, with_key};
use crate::chat::ChatRequest;
use crate::error::Result;
use crate::http::HttpRequest;
use crate::json::{Write, Writer};
use crate::provider::body::body_text;
use crate::provider::embed::{self, Embeddings, Form, Read, Shape, texts};
use crate::provider::{Exchange, Target};
use crate::text::concat;

/// A hundred texts at once are what the API takes (2026-11-22, NOTICE).
pub(super) static EMBEDDINGS: Embeddings = Embeddings {
    default_model: Some("gemini-embedding-001"),
    texts: 100,
    cloud_texts: 1,
    tokens: 100_000,
};

static FORM: Form = Form {
    list: "embeddings",
    vector: "values",
    usage: ["usageMetadata", "promptTokenCount"],
};

/// One of the requests of a batch.
struct Item<'a> {
    /// As a path: `models/…`.
    model: &'a str,
    text: &'a str,
    dimensions: Option<u64>,
}

impl Write for Item<'_> {
    fn write(&self, writer: &mut Writer) {
        writer.object(&mut |writer| {
            writer.field("model", &self.model);
            content(writer, self.text);
            writer.field("outputDimensionality", &self.dimensions);
        });
    }
}

pub(super) fn exchange(
    request: &ChatRequest,
    target: &Target<'_>,
    shape: Shape,
) -> Result<Exchange> {
    if super::is_vertex(target.config) {
        return vertex_embed::exchange(request, target, shape);
    }
    let model = path(target.model);
    let mut requests = Vec::new();
    for text in texts(request) {
        let item = Item {
            model: &model,
            text: &text,
            dimensions: shape.dimensions,
        };
        // What the caller adds, such as a `taskType`, belongs to each text.
        let item = body_text(crate::json::to_string(&item), request, "gemini")?;
        requests.push(String::from_utf8(item).unwrap_or_default());
    }
    let list = crate::text::joined(&mut requests.iter().map(String::as_str), ",");
    let body = concat(&["{\"requests\":[", &list, "]}"]).into_bytes();
    let post = HttpRequest::post_json(action(target, "batchEmbedContents")?, body);
    Ok(embed::exchange(with_key(post, target), Read::Form(&FORM)))
}

fn path(model: &str) -> String {
    match crate::text::has(model, "/") {
        true => model.to_string(),
        false => concat(&["models/", model]),
    }
}

/// A text as the API takes it.
pub(super) fn content(writer: &mut Writer, text: &str) {
    writer.begin_object_at("content");
    writer.begin_list_at("parts");
    writer.begin_object();
    writer.text("text", text);
    writer.end_object();
    writer.end_list();
    writer.end_object();
}
