//! Chat Completions: `POST /chat/completions` (wire reference, OpenAI §3–5).

mod decode;
mod delta;
mod encode;
mod messages;
#[cfg(test)]
mod tests;

use super::encoder::Encoder;
use crate::chat::ChatRequest;
use crate::error::Result;
use crate::provider::{Exchange, Target};
use decode::ChatDecoder;

/// The request and the reader of its answer.
pub(super) fn exchange(request: &ChatRequest, target: &Target<'_>) -> Result<Exchange> {
    let mut encoder = Encoder::new(request, target);
    encode::body(&mut encoder)?;
    let decoder = Box::new(ChatDecoder::new(target.seed));
    encoder.exchange("/chat/completions", decoder)
}
