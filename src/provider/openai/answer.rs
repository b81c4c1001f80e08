//! What the answers of both endpoints have in common.

use crate::chat::{Billing, Events, RichEvent, TokenUsage, Warning};
use crate::error::Result;
use crate::json::Raw;
use crate::money::NanoUsd;
use crate::provider::answers::Gathered;
use crate::provider::pick::{count, items, object, pick, string};

/// The tier that served the request.
pub(super) fn tier(tier: Raw<'_>, out: &mut Events) {
    let tier = string(tier);
    if !tier.is_empty() {
        out.push(RichEvent::ServiceTier(tier));
    }
}

/// Usage in our shape (wire reference, README §4): cached and written tokens lie
/// inside the prompt, reasoning inside the completion. The keys are those of
/// prompt, completion and their details.
///
/// # Errors
/// When it is no JSON.
pub(super) fn usage(usage: Raw<'_>, keys: &[&str; 4]) -> Result<TokenUsage> {
    let or_zero = |raw| count(raw).unwrap_or(0);
    let text = object(usage);
    let [prompt, completion, input, output] = pick(text, *keys)?;
    // DeepSeek says there what others say in the details.
    let [total, hit] = pick(text, ["total_tokens", "prompt_cache_hit_tokens"])?;
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
    let (prompt, reasoning) = (or_zero(prompt), or_zero(reasoning));
    let mut completion = or_zero(completion);
    // xAI counts reasoning beside the completion; the total tells.
    let sum = prompt.saturating_add(completion).saturating_add(reasoning);
    if count(total) == Some(sum) {
        completion = completion.saturating_add(reasoning);
    }
    Ok(TokenUsage {
        prompt_tokens: prompt,
        completion_tokens: completion,
        cached_tokens: count(cached).unwrap_or_else(|| or_zero(hit)),
        cache_write_tokens: or_zero(written),
        cache_write_long_tokens: or_zero(long),
        reasoning_tokens: reasoning,
        input_audio_tokens: or_zero(heard),
        output_audio_tokens: or_zero(spoken),
        ..TokenUsage::default()
    })
}

/// Some servers say what the answer costs (wire reference, OpenAI §10: OpenRouter).
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

/// The items of a list; none where something else stands under the name.
pub(super) fn list(raw: Raw<'_>) -> Vec<Raw<'_>> {
    items(raw).unwrap_or_default()
}

/// Says that a call cannot be run (wire reference, README §3): sent back it would be refused.
pub(super) fn cut_call(out: &mut Events) {
    let message = "the answer ended in the middle of a tool call; it cannot be run or sent back";
    out.push(RichEvent::Warning(Warning::new(
        "tool_call_incomplete",
        message,
    )));
}

/// Takes a piece of a custom tool's call: only `provider_options` can offer
/// such a tool, and nothing here can answer its call.
pub(super) fn custom_call(gathered: &mut Gathered, call: Raw<'_>, out: &mut Events) {
    const KEY: &str = "custom_tool_calls";
    if !gathered.has(KEY) {
        let message =
            "the model called a custom tool; its calls are in metadata.extra.custom_tool_calls";
        out.push(RichEvent::Warning(Warning::new(
            "custom_tool_call",
            message,
        )));
    }
    gathered.add(KEY, call);
}
