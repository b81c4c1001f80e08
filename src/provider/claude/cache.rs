//! Marks for the prompt cache (wire reference, Anthropic §2 "Caching").
//!
//! A mark ends a prefix, in the order tools, system, messages. There may be
//! four, the automatic one included, and long ones must come first.

use super::wire::{Block, CacheControl, Request};
use crate::chat::{CacheHint, CacheSetting, CacheTtl, ChatRequest, Warning};

const MAX_MARKS: usize = 4;

/// The mark of a hint.
pub(super) fn mark(hint: CacheHint) -> CacheControl {
    CacheControl {
        r#type: "ephemeral",
        ttl: hint.ttl,
    }
}

/// Applies the request's setting and keeps the marks within the API's rules.
pub(super) fn apply(request: &ChatRequest, wire: &mut Request<'_>, warnings: &mut Vec<Warning>) {
    match &request.cache {
        Some(CacheSetting::Off) => marks(wire).into_iter().for_each(|slot| *slot = None),
        Some(CacheSetting::Auto) => wire.cache_control = Some(mark(CacheHint::default())),
        Some(CacheSetting::Ttl { ttl, key }) => {
            wire.cache_control = Some(mark(CacheHint { ttl: *ttl }));
            if key.is_some() {
                let message = "the provider groups requests by their prefix; sent without";
                warnings.push(Warning::field("cache.key", message));
            }
        }
        None => {}
    }
    keep_rules(marks(wire), warnings);
}

/// All marks in prefix order; the automatic one lies on the last block.
fn marks<'r>(wire: &'r mut Request<'_>) -> Vec<&'r mut Option<CacheControl>> {
    let tools = wire.tools.iter_mut().map(|tool| &mut tool.cache_control);
    let turns = wire
        .messages
        .iter_mut()
        .flat_map(|turn| &mut turn.content.0);
    let blocks = wire.system.0.iter_mut().chain(turns);
    let blocks = blocks.filter_map(|block| match block {
        Block::Ours(block) => Some(&mut block.cache_control),
        Block::Raw(_) => None,
    });
    let all = tools.chain(blocks).chain([&mut wire.cache_control]);
    all.filter(|slot| slot.is_some()).collect()
}

/// The last marks reach farthest, so the first ones go when there are too many.
fn keep_rules(marks: Vec<&mut Option<CacheControl>>, warnings: &mut Vec<Warning>) {
    let surplus = marks.len().saturating_sub(MAX_MARKS);
    let (mut short_seen, mut lowered) = (false, false);
    for (at, slot) in marks.into_iter().enumerate() {
        if at < surplus {
            *slot = None;
        }
        if let Some(mark) = slot {
            lowered |= short_seen && mark.ttl == CacheTtl::OneHour;
            if short_seen {
                mark.ttl = CacheTtl::FiveMinutes;
            }
            short_seen |= mark.ttl == CacheTtl::FiveMinutes;
        }
    }
    let told = [
        (
            surplus > 0,
            "at most four cache marks are taken; sent the last four",
        ),
        (
            lowered,
            "a mark of one hour may not follow one of five minutes; sent with five minutes",
        ),
    ];
    for (_, message) in told.iter().filter(|(happened, _)| *happened) {
        warnings.push(Warning::field("cache", *message));
    }
}
