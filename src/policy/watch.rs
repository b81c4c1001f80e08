//! When a call has taken too long.
//!
//! ```text
//! send ---- head ---- first text or call ---- end
//! |<- first_byte: silence ->|<- idle: silence ->|
//! |<----------------- total ------------------->|
//! ```
//! Any bytes end a silence. A consumer that does not read does not count as
//! silence either: only waiting does.

use crate::config::Timeouts;
use crate::error::{Billed, Error, ErrorKind};

/// What a call is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// An answer that comes at once, such as a list of models.
    Connect,
    /// The first text or tool call.
    FirstByte,
    /// The next bytes.
    Idle,
    /// The store of the books and limits.
    Store,
}

/// When a wait ends, and which limit ends it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deadline {
    /// Milliseconds of the host's clock.
    pub at_ms: f64,
    /// `connect`, `first_byte`, `idle`, `total` or `store`.
    pub limit: &'static str,
}

/// The time limits of one call.
///
/// ```
/// use aircher_llm::config::Timeouts;
/// use aircher_llm::policy::{Phase, Watch};
///
/// let watch = Watch::new(Timeouts { total_ms: Some(70_000), ..Timeouts::default() }, 0.0);
/// let deadline = watch.deadline(Phase::Idle, 5_000.0).unwrap();
/// assert_eq!((deadline.at_ms, deadline.limit), (65_000.0, "idle"));
/// // Whatever ends first: the silence, or the call.
/// assert_eq!(watch.deadline(Phase::Idle, 50_000.0).unwrap().error().code.as_deref(), Some("total"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    timeouts: Timeouts,
    started_ms: f64,
}

impl Watch {
    /// Starts to watch a call.
    #[must_use]
    pub fn new(timeouts: Timeouts, started_ms: f64) -> Self {
        Self {
            timeouts,
            started_ms,
        }
    }

    /// The longest a call may say nothing, in milliseconds; an hour where nothing limits it.
    #[must_use]
    pub fn longest_silence_ms(&self) -> u64 {
        let limits = [self.timeouts.first_byte_ms, self.timeouts.idle_ms];
        let silence = limits.map(|limit| limit.unwrap_or(3_600_000));
        silence.into_iter().max().unwrap_or_default()
    }

    /// What is left of the total time; `None` when nothing limits it.
    #[must_use]
    pub fn left_ms(&self, now_ms: f64) -> Option<u64> {
        let total_ms = self.timeouts.total_ms? as f64;
        Some((self.started_ms + total_ms - now_ms).max(0.0) as u64)
    }

    /// When the whole call ends; `None` when nothing limits it.
    #[must_use]
    pub fn total(&self) -> Option<Deadline> {
        self.timeouts.total_ms.map(|ms| Deadline {
            at_ms: self.started_ms + ms as f64,
            limit: "total",
        })
    }

    /// When a call that is over waits for the store no longer: a second later than it had time, at most.
    #[must_use]
    pub fn closing(&self, now_ms: f64) -> Deadline {
        let mut deadline = Deadline::of_store(now_ms);
        if let Some(total) = self.total() {
            let last_ms = total.at_ms.max(now_ms) + CLOSING_MS;
            deadline.at_ms = deadline.at_ms.min(last_ms);
        }
        deadline
    }

    /// When a wait that begins now ends; `None` when nothing limits it.
    #[must_use]
    pub fn deadline(&self, phase: Phase, now_ms: f64) -> Option<Deadline> {
        let (limit, silence_ms) = match phase {
            Phase::Connect => ("connect", self.timeouts.connect_ms),
            Phase::FirstByte => ("first_byte", self.timeouts.first_byte_ms),
            Phase::Idle => ("idle", self.timeouts.idle_ms),
            Phase::Store => (STORE, Some(STORE_MS)),
        };
        let silence = silence_ms.map(|ms| Deadline {
            at_ms: now_ms + ms as f64,
            limit,
        });
        match (silence, self.total()) {
            (Some(silence), Some(total)) => Some(if total.at_ms < silence.at_ms {
                total
            } else {
                silence
            }),
            (silence, total) => silence.or(total),
        }
    }
}

/// A store that needs longer for one change is taken for broken.
const STORE_MS: u64 = 10_000;
/// The name of that limit, which nobody configures.
const STORE: &str = "store";
/// What the books get beyond the time of their call.
const CLOSING_MS: f64 = 1_000.0;

impl Deadline {
    /// When a store that was asked now is taken for broken.
    #[must_use]
    pub fn of_store(now_ms: f64) -> Self {
        Self {
            at_ms: now_ms + STORE_MS as f64,
            limit: STORE,
        }
    }

    /// The error of a wait that passed this deadline.
    #[must_use]
    pub fn error(self) -> Error {
        if self.limit == STORE {
            return Error::ledger("ledger_timeout", "the store did not answer within 10 s");
        }
        let what = match self.limit {
            "connect" => "no answer came in time",
            "first_byte" => "no text or tool call came in time",
            "idle" => "the stream fell silent",
            _ => "the call took longer than its total limit",
        };
        Error::new(
            ErrorKind::Timeout,
            format!("{what} (timeouts.{})", self.limit),
        )
        .code(self.limit)
        .billed(Billed::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_limit_counts() {
        let timeouts = Timeouts {
            connect_ms: Some(5),
            first_byte_ms: Some(100),
            idle_ms: None,
            total_ms: Some(150),
        };
        let watch = Watch::new(timeouts, 1000.0);
        let check = |phase, now, expected: Option<(f64, &str)>| {
            assert_eq!(
                watch
                    .deadline(phase, now)
                    .map(|deadline| (deadline.at_ms, deadline.limit)),
                expected
            );
        };
        check(Phase::FirstByte, 1000.0, Some((1100.0, "first_byte")));
        check(Phase::FirstByte, 1060.0, Some((1150.0, "total")));
        check(Phase::Idle, 1060.0, Some((1150.0, "total")));
        check(Phase::Connect, 1000.0, Some((1005.0, "connect")));
        check(Phase::Store, 1060.0, Some((1150.0, "total")));
        assert_eq!(watch.closing(1060.0).at_ms, 2150.0);
        assert_eq!(watch.closing(9000.0).at_ms, 10_000.0);
        let patient = Watch::new(Timeouts::default(), 1000.0);
        assert_eq!(patient.closing(1060.0).at_ms, 11_060.0);
    }
}
