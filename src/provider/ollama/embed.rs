//! `POST /api/embed` (wire reference, Ollama §1).

use super::{url, window, with_key};
use crate::chat::ChatRequest;
use crate::error::Result;
use crate::http::HttpRequest;
use crate::json::Writer;
use crate::provider::body::body_text;
use crate::provider::embed::{self, Embeddings, Form, Read, Shape, texts};
use crate::provider::{Exchange, Target};

/// The server has no limit; a batch is what it works on in some seconds.
pub(super) static EMBEDDINGS: Embeddings = Embeddings {
    default_model: None,
    texts: 256,
    cloud_texts: 256,
    tokens: 100_000,
};

static FORM: Form = Form {
    list: "embeddings",
    vector: "",
    usage: ["prompt_eval_count", ""],
};

pub(super) fn exchange(
    request: &ChatRequest,
    target: &Target<'_>,
    shape: Shape,
) -> Result<Exchange> {
    let config = target.config;
    let mut out = Writer::default();
    out.object(&mut |out| {
        out.field("model", &target.model);
        out.field("input", &texts(request));
        // By itself the server cuts what is too long and says nothing.
        out.field("truncate", &false);
        out.field("dimensions", &shape.dimensions);
        out.field("keep_alive", &config.keep_alive);
        window(config.num_ctx, out);
    });
    let body = body_text(out.finish(), request, "ollama")?;
    let post = HttpRequest::post_json(url(target, "/api/embed"), body);
    Ok(embed::exchange(with_key(post, target), Read::Form(&FORM)))
}
