//! `POST /api/embed` (wire reference, Ollama §1).

use super::{url, with_key};
use crate::chat::ChatRequest;
use crate::error::Result;
use crate::http::HttpRequest;
use crate::json::writes;
use crate::provider::body::body_text;
use crate::provider::embed::{self, Embeddings, Form, Shape, texts};
use crate::provider::{Exchange, Target};

/// The server has no limit; a batch is what it works on in some seconds.
pub(super) static EMBEDDINGS: Embeddings = Embeddings {
    default_model: None,
    texts: 256,
    cloud_texts: 256,
    tokens: 100_000,
};

const FORM: Form = Form {
    list: "embeddings",
    vector: "",
    usage: ["prompt_eval_count", ""],
};

struct Body<'a> {
    model: &'a str,
    input: Vec<String>,
    /// By itself the server cuts what is too long and says nothing.
    truncate: bool,
    dimensions: Option<u64>,
    keep_alive: Option<&'a crate::json::Json>,
}

writes!(Body<'a> { model, input, truncate, dimensions, keep_alive });

pub(super) fn exchange(
    request: &ChatRequest,
    target: &Target<'_>,
    shape: Shape,
) -> Result<Exchange> {
    let body = Body {
        model: target.model,
        input: texts(request),
        truncate: false,
        dimensions: shape.dimensions,
        keep_alive: target.config.keep_alive.as_ref(),
    };
    let body = body_text(crate::json::to_string(&body), request, "ollama")?;
    let post = HttpRequest::post_json(url(target, "/api/embed"), body);
    Ok(embed::exchange(with_key(post, target), |answer, out| {
        FORM.read(answer, out)
    }))
}
