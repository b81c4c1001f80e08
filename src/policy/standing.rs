//! How a provider has been doing: whether to ask it at all, and how often to ask again.
//!
//! ```text
//! closed --(half of at least 5 in 30 s were out)--> open 15 s, 30 s … 5 min --> half open
//!    ^                                                                             |
//!    '---------------------- the one probe came through ---------------------------'
//! ```
//! Only what says that a provider is not there counts against it: a wrong key or a
//! rate limit does not. What retries cost comes out of a purse that successes fill:
//! while a provider is out, its clients do not double the load on it.

use std::collections::VecDeque;

use super::health::Record;
use crate::error::{Error, ErrorKind};

/// What an attempt has shown of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It answers.
    Up,
    /// It does not.
    Down,
    /// Neither.
    Unclear,
}

impl Outcome {
    /// What a failure shows.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        match error.kind {
            // Who says 408, 409 or 425 is there: it is this request that does not suit it.
            _ if error
                .status
                .is_some_and(|status| (400..500).contains(&status)) =>
            {
                Self::Unclear
            }
            ErrorKind::ServerError
            | ErrorKind::Overloaded
            | ErrorKind::NetworkError
            | ErrorKind::Timeout => Self::Down,
            _ => Self::Unclear,
        }
    }
}

/// Whether a circuit lets requests through.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Circuit {
    #[default]
    Closed,
    Open {
        until_ms: f64,
    },
    /// One request is trying.
    Probing,
}

/// How one provider has been doing.
///
/// ```
/// use aircher_llm::policy::standing::{Outcome, Standing};
///
/// let mut standing = Standing::default();
/// for now_ms in [0.0, 1.0, 2.0, 3.0, 4.0] {
///     assert_eq!(standing.admit(now_ms), Ok(()));
///     standing.record(Outcome::Down, now_ms, 0.5);
/// }
/// // Five failures within half a minute: it is left alone for 15 s, then one request may try it.
/// assert_eq!(standing.admit(4.0), Err(15_000));
/// assert_eq!((standing.circuit(4.0), standing.circuit(15_004.0)), ("open", "half_open"));
/// ```
#[derive(Clone, Debug)]
pub struct Standing {
    circuit: Circuit,
    /// When attempts of the last half minute ended, and whether they found it out.
    recent: VecDeque<(f64, bool)>,
    /// How often in a row it was open.
    openings: u32,
    purse: u32,
    /// What was last heard of it.
    pub health: Record,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            circuit: Circuit::Closed,
            recent: VecDeque::new(),
            openings: 0,
            purse: PURSE,
            health: Record::default(),
        }
    }
}

impl Standing {
    /// Asks to send. A circuit whose time is over lets one through.
    ///
    /// # Errors
    /// How many milliseconds it stays open at least.
    pub fn admit(&mut self, now_ms: f64) -> Result<(), u64> {
        self.would_admit(now_ms)?;
        if self.circuit != Circuit::Closed {
            self.circuit = Circuit::Probing;
        }
        Ok(())
    }

    /// Whether it would let one through, without letting it.
    ///
    /// # Errors
    /// As [`Standing::admit`].
    pub fn would_admit(&self, now_ms: f64) -> Result<(), u64> {
        match self.circuit {
            Circuit::Closed => Ok(()),
            Circuit::Open { until_ms } if now_ms >= until_ms => Ok(()),
            Circuit::Open { until_ms } => Err((until_ms - now_ms).ceil() as u64),
            Circuit::Probing => Err(PROBE_MS),
        }
    }

    /// Whether what was just admitted is the one request that tries a provider that was out.
    #[must_use]
    pub fn is_trying(&self) -> bool {
        self.circuit == Circuit::Probing
    }

    /// Leaves trying to another client, which is at it.
    ///
    /// # Errors
    /// How many milliseconds to stay away.
    pub fn stand_back(&mut self, now_ms: f64) -> Result<(), u64> {
        let until_ms = now_ms + PROBE_MS as f64;
        self.circuit = Circuit::Open { until_ms };
        Err(PROBE_MS)
    }

    /// Takes what asking has shown: a provider that is left alone already is not left alone for longer.
    pub fn asked(&mut self, outcome: Outcome, now_ms: f64, chance: f64) {
        match (self.circuit, outcome) {
            (Circuit::Open { until_ms }, Outcome::Down) if now_ms < until_ms => {}
            (Circuit::Open { .. }, Outcome::Down) => self.open(now_ms, chance),
            // The request that tries it will tell.
            (Circuit::Probing, Outcome::Down | Outcome::Unclear) => {}
            _ => self.record(outcome, now_ms, chance),
        }
    }

    /// Takes what the one request of all tabs has shown that tried it.
    pub fn tried_elsewhere(&mut self, is_up: bool, now_ms: f64, chance: f64) {
        if self.circuit != Circuit::Closed {
            match is_up {
                true => self.up(now_ms),
                false => self.open(now_ms, chance),
            }
        }
    }

    /// `closed`, `open` or `half_open`.
    #[must_use]
    pub fn circuit(&self, now_ms: f64) -> &'static str {
        match self.circuit {
            Circuit::Closed => "closed",
            Circuit::Open { until_ms } if now_ms < until_ms => "open",
            Circuit::Open { .. } | Circuit::Probing => "half_open",
        }
    }

    /// Takes what an admitted attempt has shown; `chance` in 0..1 keeps clients from coming back together.
    pub fn record(&mut self, outcome: Outcome, now_ms: f64, chance: f64) {
        match (self.circuit, outcome) {
            (_, Outcome::Up) => self.up(now_ms),
            // Nobody knows more than before: the next one may try.
            (Circuit::Probing, Outcome::Unclear) => {
                self.circuit = Circuit::Open { until_ms: now_ms }
            }
            (Circuit::Probing, Outcome::Down) => self.open(now_ms, chance),
            // What was under way when it opened says nothing new: a burst is one outage.
            (_, Outcome::Unclear) | (Circuit::Open { .. }, Outcome::Down) => {}
            (_, Outcome::Down) => self.down(now_ms, chance),
        }
    }

    /// An answer has begun: whoever tries a provider may read for long, or never to the end.
    pub fn answers(&mut self, now_ms: f64) {
        if self.circuit == Circuit::Probing {
            self.up(now_ms);
        }
    }

    fn up(&mut self, now_ms: f64) {
        self.purse = (self.purse + 1).min(PURSE);
        if self.circuit != Circuit::Closed {
            self.circuit = Circuit::Closed;
            self.recent.clear();
        }
        self.openings = 0;
        self.remember(now_ms, false);
    }

    fn down(&mut self, now_ms: f64, chance: f64) {
        self.remember(now_ms, true);
        let out = self.recent.iter().filter(|(_, out)| *out).count();
        if self.recent.len() >= SAMPLE && out * 2 >= self.recent.len() {
            self.open(now_ms, chance);
        }
    }

    fn remember(&mut self, now_ms: f64, out: bool) {
        self.recent.retain(|(at_ms, _)| now_ms - at_ms <= WINDOW_MS);
        if self.recent.len() >= MOST_KEPT {
            self.recent.pop_front();
        }
        self.recent.push_back((now_ms, out));
    }

    /// 15 s, doubled each time in a row, at most 5 min; a fifth more or less.
    fn open(&mut self, now_ms: f64, chance: f64) {
        let base = (OPEN_MS * f64::from(1_u32 << self.openings.min(5))).min(MOST_OPEN_MS);
        let until_ms = now_ms + base * (0.8 + 0.4 * chance);
        self.openings += 1;
        self.recent.clear();
        self.circuit = Circuit::Open { until_ms };
    }

    /// Pays for a retry; false when the purse does not hold that much.
    pub fn pay(&mut self, kind: ErrorKind) -> bool {
        let price = match kind {
            ErrorKind::RateLimit | ErrorKind::Overloaded => 5,
            _ => 14,
        };
        let rest = self.purse.checked_sub(price);
        self.purse = rest.unwrap_or(self.purse);
        rest.is_some()
    }
}

/// How many attempts make a sample, and of which time.
const SAMPLE: usize = 5;
const WINDOW_MS: f64 = 30_000.0;
/// More say no more.
const MOST_KEPT: usize = 64;
const OPEN_MS: f64 = 15_000.0;
const MOST_OPEN_MS: f64 = 300_000.0;
/// How long others stay away from a provider that one request is trying.
const PROBE_MS: u64 = 1_000;
/// What there is for retries: 35 in a row, and one more for each 14 successes.
const PURSE: u32 = 500;

#[cfg(test)]
mod tests {
    use super::*;

    fn down(standing: &mut Standing, times: usize, now_ms: f64) {
        for _ in 0..times {
            standing.admit(now_ms).unwrap();
            standing.record(Outcome::Down, now_ms, 0.5);
        }
    }

    /// Calls under way at once fail at once: that is one outage, not one after another.
    #[test]
    fn a_burst_of_failures_opens_once() {
        let mut standing = Standing::default();
        for _ in 0..30 {
            standing.admit(0.0).unwrap();
        }
        for _ in 0..30 {
            standing.record(Outcome::Down, 0.0, 0.5);
        }
        assert_eq!(standing.would_admit(0.0), Err(15_000));
    }

    #[test]
    fn five_failures_open_and_one_success_closes() {
        let mut standing = Standing::default();
        down(&mut standing, 4, 0.0);
        assert_eq!(standing.circuit(0.0), "closed");
        down(&mut standing, 1, 0.0);
        assert_eq!(standing.admit(1.0), Err(14_999));
        assert_eq!(standing.circuit(15_000.0), "half_open");
        assert_eq!(standing.admit(15_000.0), Ok(()));
        assert_eq!(standing.admit(15_000.0), Err(PROBE_MS), "one probe");
        standing.record(Outcome::Up, 15_001.0, 0.5);
        assert_eq!(standing.circuit(15_001.0), "closed");
        down(&mut standing, 3, 15_002.0);
        assert_eq!(standing.admit(15_003.0), Ok(()), "it begins anew");
    }

    #[test]
    fn a_probe_that_fails_doubles_the_time_and_one_that_says_nothing_does_not() {
        let mut standing = Standing::default();
        down(&mut standing, 5, 0.0);
        let mut at = 15_000.0;
        for open in [
            30_000.0, 60_000.0, 120_000.0, 240_000.0, 300_000.0, 300_000.0,
        ] {
            standing.admit(at).unwrap();
            standing.record(Outcome::Unclear, at, 0.5);
            down(&mut standing, 1, at);
            assert_eq!(standing.admit(at + open - 1.0), Err(1));
            at += open;
        }
    }

    #[test]
    fn half_of_a_sample_is_needed_and_old_ones_do_not_count() {
        let mut standing = Standing::default();
        for at in 0..20 {
            let outcome = if at % 3 == 0 {
                Outcome::Down
            } else {
                Outcome::Up
            };
            standing.record(outcome, 0.0, 0.5);
        }
        assert_eq!(standing.circuit(0.0), "closed");
        let mut standing = Standing::default();
        down(&mut standing, 4, 0.0);
        down(&mut standing, 4, 31_000.0);
        assert_eq!(standing.circuit(31_000.0), "closed");
    }

    #[test]
    fn retries_stay_below_a_tenth_of_the_load_once_the_purse_is_empty() {
        let mut standing = Standing::default();
        let paid = (0..1_000)
            .filter(|_| standing.pay(ErrorKind::ServerError))
            .count();
        assert_eq!(paid, 35);
        for _ in 0..1_400 {
            standing.record(Outcome::Up, 0.0, 0.5);
        }
        let paid = (0..1_000)
            .filter(|_| standing.pay(ErrorKind::RateLimit))
            .count();
        assert_eq!(paid, 100);
    }
}
