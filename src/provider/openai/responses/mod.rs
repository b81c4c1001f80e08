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

#[cfg(test)]
mod tests;

use super::encoder::Encoder;
use crate::chat::ChatRequest;
use crate::error::Result;
use crate::provider::{Exchange, Target};

/// The request and the reader of its answer.
pub(super) fn exchange(request: &ChatRequest, target: &Target<'_>) -> Result<Exchange> {
    let mut encoder = Encoder::new(request, target);
    encode::body(&mut encoder)?;
    let decoder = Box::new(decode::ResponsesDecoder::new(target.seed));
    encoder.exchange("/responses", decoder)
}
