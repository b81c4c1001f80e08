//! An answer as it is kept, as JSON text.

use crate::chat::{Events, TokenUsage};
use crate::json::{self, fields, writes};
use crate::policy::pricing::Factors;

/// An answer that is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// When it was given, in milliseconds since 1970.
    pub at: u64,
    /// What it cost in billionths of a dollar, where that is known.
    pub cost: Option<u64>,
    /// The tokens it took.
    pub usage: TokenUsage,
    /// What besides them made its price.
    pub pricing: Factors,
    /// Its events, piece by piece as they came.
    pub events: Events,
}

fields!(Kept {
    at,
    cost,
    usage,
    pricing,
    events
});
writes!(Kept {
    at,
    cost,
    usage,
    pricing,
    events,
});

impl Kept {
    /// Reads what was kept, unless it is too old, from the future, or nothing we have written.
    #[must_use]
    pub fn read(text: &str, now_ms: u64, ttl_ms: u64) -> Option<Self> {
        let kept: Self = json::from_str(text).ok()?;
        let age_ms = now_ms.checked_sub(kept.at)?;
        (age_ms < ttl_ms && !kept.events.is_empty()).then_some(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn kept() -> Kept {
        let mut events = Events::new();
        events.text("Hel");
        events.text("lo");
        Kept {
            at: 1_000,
            cost: Some(7),
            usage: TokenUsage {
                prompt_tokens: 3,
                ..TokenUsage::default()
            },
            pricing: Factors {
                at: Some("2027-01-01".into()),
                ..Factors::default()
            },
            events,
        }
    }

    #[test]
    fn it_comes_back_as_it_was() {
        let text = json::to_string(&kept());
        expect![[r#"{"at":1000,"cost":7,"usage":{"prompt_tokens":3,"completion_tokens":0,"total_tokens":0,"cached_tokens":0,"cache_write_tokens":0,"cache_write_long_tokens":0,"reasoning_tokens":0,"input_audio_tokens":0,"output_audio_tokens":0,"estimated":false},"pricing":{"at":"2027-01-01"},"events":[{"text":"Hel"},{"text":"lo"}]}"#]].assert_eq(&text);
        assert_eq!(Kept::read(&text, 1_000, 1), Some(kept()));
    }

    #[test]
    fn it_is_good_for_a_time() {
        let text = json::to_string(&kept());
        let is_good = |now_ms| Kept::read(&text, now_ms, 100).is_some();
        assert_eq!(
            [999, 1_000, 1_099, 1_100].map(is_good),
            [false, true, true, false]
        );
    }

    #[test]
    fn what_we_have_not_written_is_nothing() {
        for text in [
            "",
            "null",
            "{}",
            "[]",
            r#"{"at":1000}"#,
            r#"{"at":1000,"events":[{"text":"#,
        ] {
            assert_eq!(Kept::read(text, 1_000, 100), None, "{text}");
        }
    }
}
