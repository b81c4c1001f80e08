//! What the answers of both endpoints have in common.

use crate::chat::{Billing, Events, RichEvent, TokenUsage, Warning};
use crate::error::Result;
use crate::json::Raw;
use crate::money::NanoUsd;
use crate::provider::pick::{count, extra, object, pick, string};

/// Tells id and model of an answer once, as soon as one is known.
pub(super) fn start(started: &mut bool, id: Raw<'_>, model: Raw<'_>, out: &mut Events) {
    if *started {
        return;
    }
    let own = |raw| Some(string(raw)).filter(|text| !text.is_empty());
    let (id, model) = (own(id), own(model));
    *started = id.is_some() || model.is_some();
    if *started {
        out.push(RichEvent::Start { id, model });
    }
}

/// The tier that served the request.
pub(super) fn tier(tier: Raw<'_>, out: &mut Events) {
    let tier = string(tier);
    if !tier.is_empty() {
        out.push(RichEvent::ServiceTier(tier));
    }
}

/// Usage in our shape (wire reference, README §4): cached and written tokens lie
/// inside the prompt. The keys are those of prompt, completion and their details.
///
/// # Errors
/// When it is no JSON.
pub(super) fn usage(usage: Raw<'_>, keys: &[&str; 4]) -> Result<TokenUsage> {
    let or_zero = |raw| count(raw).unwrap_or(0);
    let [prompt, completion, input, output] = pick(object(usage), *keys)?;
    let [cached, written, writes, heard] = pick(
        object(input),
        [
            "cached_tokens",
            "cache_write_tokens",
            "cache_write_tokens_details",
            "audio_tokens",
        ],
    )?;
    let [reasoning, spoken] = pick(object(output), ["reasoning_tokens", "audio_tokens"])?;
    // The writes at the long price.
    let [long] = pick(object(writes), ["ttl_12h_tokens"])?;
    Ok(TokenUsage {
        prompt_tokens: or_zero(prompt),
        completion_tokens: or_zero(completion),
        cached_tokens: or_zero(cached),
        cache_write_tokens: or_zero(written),
        cache_write_long_tokens: or_zero(long),
        reasoning_tokens: or_zero(reasoning),
        input_audio_tokens: or_zero(heard),
        output_audio_tokens: or_zero(spoken),
        ..TokenUsage::default()
    })
}

/// Some servers say what the answer costs (wire reference, OpenAI §8: OpenRouter).
///
/// # Errors
/// When it is no JSON.
pub(super) fn reported_cost(usage: Raw<'_>, out: &mut Events) -> Result<()> {
    let [cost] = pick(object(usage), ["cost"])?;
    let reported = cost.get().and_then(NanoUsd::rounded_up);
    if reported.is_some() {
        out.push(RichEvent::Billing(Billing {
            reported,
            ..Billing::default()
        }));
    }
    Ok(())
}

/// Only `provider_options` can offer a custom tool, and nothing here can answer its call.
pub(super) fn custom_call(call: Raw<'_>, out: &mut Events) {
    let message = "the model called a custom tool; its call is in metadata.extra.custom_tool_call";
    out.push(RichEvent::Warning(Warning::new(
        "custom_tool_call",
        message,
    )));
    extra("custom_tool_call", call, out);
}
