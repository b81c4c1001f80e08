//! The prompt cache (wire reference, OpenAI §3 and §9).
//!
//! It works by itself. From gpt-5.6 on writes are billed, and can be steered: how
//! long a prefix is kept, where it ends, and that nothing is kept at all.

use super::encoder::Encoder;
use crate::chat::{CacheHint, CacheSetting, CacheTtl};

impl Encoder<'_> {
    /// Whether the model is told where a prefix ends.
    pub(super) fn steers_cache(&self) -> bool {
        self.steerable() && self.request.cache != Some(CacheSetting::Off)
    }

    fn steerable(&self) -> bool {
        self.official && self.version >= 506
    }

    /// The request's own setting; `long`: the endpoint keeps a whole request for
    /// longer than half an hour.
    pub(super) fn cache(&mut self, long: bool) {
        let mut steers = self.steerable();
        let options = match &self.request.cache {
            Some(CacheSetting::Off) if self.official => r#"{"mode":"explicit"}"#,
            Some(CacheSetting::Ttl { ttl, key }) => {
                if self.official {
                    self.out.field("prompt_cache_key", key);
                } else if key.is_some() {
                    self.not_taken("cache.key");
                }
                // A shorter time is kept anyway.
                match ttl {
                    CacheTtl::OneHour => steers &= long,
                    CacheTtl::FiveMinutes => return,
                }
                r#"{"ttl":"12h"}"#
            }
            _ => return,
        };
        if steers {
            self.out.key("prompt_cache_options");
            self.out.raw(options);
        } else {
            let model = self.target.model;
            let message = format!("{model} keeps prefixes as long as it sees fit; sent without");
            self.warn("cache", message);
        }
    }

    /// Marks the end of a prefix, within the part before it.
    pub(super) fn breakpoint(&mut self, hint: Option<CacheHint>) {
        let Some(hint) = hint.filter(|_| self.steers_cache()) else {
            return;
        };
        self.out.key("prompt_cache_breakpoint");
        self.out.raw(match hint.ttl {
            CacheTtl::FiveMinutes => r#"{"mode":"explicit"}"#,
            CacheTtl::OneHour => r#"{"mode":"explicit","ttl":"12h"}"#,
        });
    }
}
