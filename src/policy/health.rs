//! What was last heard of a provider: by asking it, by calls, from another tab.
//!
//! Asking ([`crate::run::check_health`]) and calls both write here; only asking counts for
//! when it is due again. The circuit ([`super::standing`]) decides who is asked, this says why.

use super::seat::Seat;
use super::standing::Outcome;
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::json::{OrNull, Writer};

/// What was last heard of a provider. One nothing was heard of is taken for healthy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// When that was, in milliseconds since 1970.
    pub heard_ms: Option<u64>,
    /// When it was last asked, likewise.
    pub asked_ms: Option<u64>,
    /// How long its answer took when it was asked.
    pub latency_ms: Option<u64>,
    /// Why it would not answer a call now.
    pub error: Option<String>,
    /// Healthy or not and the circuit, as listeners know them.
    told: Option<(bool, &'static str)>,
}

impl Record {
    /// Takes what a call has shown.
    pub fn hear(&mut self, wall_ms: u64, error: Option<String>) {
        self.heard_ms = Some(wall_ms);
        self.error = error;
    }

    /// Takes what came of asking, here or in another tab.
    pub fn asked(&mut self, wall_ms: u64, latency_ms: Option<u64>, error: Option<String>) {
        self.asked_ms = Some(wall_ms);
        self.latency_ms = latency_ms;
        self.hear(wall_ms, error);
    }

    /// Whether it would answer a call, as far as is known.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.error.is_none()
    }

    /// Whether listeners have something to hear; once for each change.
    pub fn has_news(&mut self, circuit: &'static str) -> bool {
        let now = (self.is_healthy(), circuit);
        self.told.replace(now).unwrap_or((true, "closed")) != now
    }
}

/// Whether a failed call that has shown this says that others would fail as well, whatever they ask for.
#[must_use]
pub fn is_out(error: &Error, outcome: Outcome) -> bool {
    outcome == Outcome::Down
        || matches!(
            error.kind,
            ErrorKind::Authentication | ErrorKind::QuotaExceeded
        )
}

/// All providers as JSON: `{ id: { base_url, due, healthy, last_check, latency, error?, circuit } }`, times in
/// milliseconds. `due`: it was not asked within the interval. `seats`: in the order of the configured providers.
#[must_use]
pub fn report(config: &Config, seats: &[Seat], now_ms: f64, wall_ms: u64) -> String {
    let interval_ms = config.health.interval_ms.unwrap_or_default();
    let mut writer = Writer::default();
    writer.begin_object();
    for (provider, seat) in config.providers.iter().zip(seats) {
        let health = &seat.standing.health;
        let is_fresh = |asked_ms: u64| wall_ms < asked_ms.saturating_add(interval_ms);
        writer.begin_object_at(&provider.id);
        writer.field("base_url", &provider.base_url.as_str());
        writer.field("due", &!health.asked_ms.is_some_and(is_fresh));
        writer.field("healthy", &health.is_healthy());
        writer.field("last_check", &OrNull(&health.heard_ms));
        writer.field("latency", &OrNull(&health.latency_ms));
        writer.field("error", &health.error);
        writer.field("circuit", &seat.standing.circuit(now_ms));
        writer.end_object();
    }
    writer.end_object();
    writer.finish()
}
