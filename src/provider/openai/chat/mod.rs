//! Chat Completions: `POST /chat/completions` (wire reference, OpenAI §3–5).

mod decode;
mod encode;
mod wire;

pub(super) use decode::ChatDecoder;

use super::post;
use crate::chat::ChatRequest;
use crate::error::Result;
use crate::framing::Framing;
use crate::provider::body::body;
use crate::provider::{Exchange, Target};

/// The request and the reader of its answer.
pub(super) fn exchange(request: &ChatRequest, target: &Target<'_>) -> Result<Exchange> {
    let mut warnings = Vec::new();
    let wire = encode::request(request, target, &mut warnings)?;
    Ok(Exchange {
        request: post(target, "/chat/completions", body(&wire, request, "openai")?),
        framing: if target.stream {
            Framing::Sse
        } else {
            Framing::Document
        },
        decoder: Box::new(ChatDecoder::new(target.seed)),
        warnings,
    })
}
