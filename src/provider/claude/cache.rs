//! Marks for the prompt cache (wire reference, Anthropic §2 "Caching").
//!
//! A mark ends a prefix, in the order tools, system, messages. There may be
//! four, the automatic one included, and long ones must come first.

use super::encode::Encoder;
use crate::chat::{CacheHint, CacheSetting, CacheTtl};
use crate::json::{Write, Writer};

const MAX_MARKS: usize = 4;

/// Writes a mark.
#[inline(never)]
pub(super) fn write(writer: &mut Writer, hint: CacheHint) {
    writer.begin_object_at("cache_control");
    writer.text("type", "ephemeral");
    writer.key("ttl");
    hint.ttl.write(writer);
    writer.end_object();
}

impl Encoder<'_> {
    /// Applies the request's setting, keeps the marks within the API's rules
    /// and returns the automatic one, which lies on the last block.
    pub(super) fn cache(&mut self) -> Option<CacheHint> {
        let mut automatic = None;
        match &self.request.cache {
            Some(CacheSetting::Off) => self.blocks.iter_mut().for_each(|block| block.cache = None),
            Some(CacheSetting::Auto) => automatic = Some(CacheHint::default()),
            Some(CacheSetting::Ttl { ttl, key }) => {
                automatic = Some(CacheHint { ttl: *ttl });
                if key.is_some() {
                    let message = "the provider groups requests by their prefix; sent without";
                    self.warn("cache.key", message);
                }
            }
            None => {}
        }
        self.keep_rules(&mut automatic);
        automatic
    }

    /// The last marks reach farthest, so the first ones go when there are too many.
    fn keep_rules(&mut self, automatic: &mut Option<CacheHint>) {
        let marked = self.blocks.iter().filter(|block| block.cache.is_some());
        let marks = marked.count() + usize::from(automatic.is_some());
        let surplus = marks.saturating_sub(MAX_MARKS);
        let (mut seen, mut short_seen, mut lowered) = (0, false, false);
        let slots = self.blocks.iter_mut().map(|block| &mut block.cache);
        for slot in slots.chain([automatic]) {
            let Some(mark) = slot else { continue };
            seen += 1;
            if seen <= surplus {
                *slot = None;
                continue;
            }
            lowered |= short_seen && mark.ttl == CacheTtl::OneHour;
            if short_seen {
                mark.ttl = CacheTtl::FiveMinutes;
            }
            short_seen |= mark.ttl == CacheTtl::FiveMinutes;
        }
        if surplus > 0 {
            let message = "at most four cache marks are taken; sent the last four";
            self.warn("cache", message);
        }
        if lowered {
            let message =
                "a mark of one hour may not follow one of five minutes; sent with five minutes";
            self.warn("cache", message);
        }
    }
}
