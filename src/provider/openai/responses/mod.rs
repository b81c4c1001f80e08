//! Responses: `POST /responses` (wire reference, OpenAI §6).
//!
//! Nothing is stored at the provider: reasoning travels encrypted in the
//! message's `provider_state`, beside marks that say where text and calls
//! stood between its items.

mod decode;
mod encode;
mod input;
mod items;
mod state;
mod wire;

#[cfg(test)]
mod tests;

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
        request: post(target, "/responses", body(&wire, request, "openai")?),
        framing: if target.stream {
            Framing::Sse
        } else {
            Framing::Document
        },
        decoder: Box::new(decode::ResponsesDecoder::new(target.seed)),
        warnings,
    })
}
