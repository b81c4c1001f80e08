//! What comes after a failed attempt: the same again, somebody else, or the error.
//!
//! The table of the public contract (`AircherError`), in the order in which it is asked:
//! what nobody else would take either ends the request; what may pass is tried
//! again on the provider in hand while there are retries left; then the next one is
//! asked.

use super::standing::Standing;
use crate::config::{Failover, Retry};
use crate::error::{Error, ErrorKind};

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// Ask the same provider again, after that many milliseconds.
    Again(u64),
    /// Ask the same provider at once, with a key its function has renewed.
    NewKey,
    /// Ask the same provider at once, with the files it could not fetch.
    Inline,
    /// Ask the next candidate.
    Move,
    /// Tell the caller.
    Stop,
}

/// How far a request has come with its retries. Waits are any part of a limit that grows, so that those who
/// failed together do not come back together; a provider's own hint comes first (wire reference, README §5).
///
/// ```
/// use aircher_llm::config::{Failover, Retry};
/// use aircher_llm::error::{Error, ErrorKind};
/// use aircher_llm::policy::{recovery::{Next, Recovery, Situation}, standing::Standing};
///
/// let retry = Retry { max_retries: 1, ..Retry::default() };
/// let now = Situation { retry: &retry, failover: &Failover::default(), asks_for_key: false, has_next: true,
///     left_ms: None, chance: 0.5 };
/// let (mut recovery, mut standing) = (Recovery::new(&retry), Standing::default());
/// let busy = Error::new(ErrorKind::Overloaded, "claude: overloaded");
/// // Half of the 500 ms it waits at most, then somebody else.
/// assert_eq!(recovery.after(&busy, &now, &mut standing), Next::Again(250));
/// assert_eq!(recovery.after(&busy, &now, &mut standing), Next::Move);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Recovery {
    /// Further attempts of the whole request.
    left: u64,
    /// Those made with the candidate in hand.
    made: u32,
    /// Whether its answer was already once not what the protocol says.
    garbled: bool,
    /// Whether its key was already renewed.
    renewed: bool,
}

/// What the decision depends on besides the error.
#[derive(Debug)]
pub struct Situation<'a> {
    /// The rules of retrying.
    pub retry: &'a Retry,
    /// The rules of failing over.
    pub failover: &'a Failover,
    /// Whether the key comes from a function.
    pub asks_for_key: bool,
    /// Whether there are further candidates.
    pub has_next: bool,
    /// What is left of the total time.
    pub left_ms: Option<u64>,
    /// In 0..1: which part of the longest wait is taken. See [`chance`].
    pub chance: f64,
}

impl Recovery {
    /// With all retries.
    #[must_use]
    pub fn new(retry: &Retry) -> Self {
        Self {
            left: retry.max_retries,
            made: 0,
            garbled: false,
            renewed: false,
        }
    }

    /// Begins with another candidate; what was spent stays spent.
    pub fn next_candidate(&mut self) {
        *self = Self {
            left: self.left,
            made: 0,
            garbled: false,
            renewed: false,
        };
    }

    /// Whether no further attempt of the same is left.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// Decides.
    pub fn after(&mut self, error: &Error, now: &Situation<'_>, standing: &mut Standing) -> Next {
        if is_final(error) {
            return Next::Stop;
        }
        if error.kind == ErrorKind::Authentication && now.asks_for_key && !self.renewed {
            self.renewed = true;
            return Next::NewKey;
        }
        match self.again(error, now, standing) {
            Some(delay_ms) => Next::Again(delay_ms),
            None if now.has_next && may_move(error, now.failover) => Next::Move,
            None => Next::Stop,
        }
    }

    /// How long to wait before the same is tried again, if it is.
    fn again(
        &mut self,
        error: &Error,
        now: &Situation<'_>,
        standing: &mut Standing,
    ) -> Option<u64> {
        let delay_ms = self.delay_ms(error, now)?;
        let fits = now.left_ms.is_none_or(|left_ms| delay_ms < left_ms);
        if self.left == 0
            || !self.may_repeat(error, now.retry)
            || !fits
            || !standing.pay(error.kind)
        {
            return None;
        }
        self.left -= 1;
        self.made += 1;
        self.garbled |= error.kind == ErrorKind::InvalidResponse;
        Some(delay_ms)
    }

    fn may_repeat(&self, error: &Error, retry: &Retry) -> bool {
        match error.kind {
            ErrorKind::InvalidResponse => !self.garbled,
            // Whoever waits for its turn has waited already.
            ErrorKind::RateLimit if error.code.as_deref() == Some(LOCAL_LIMIT) => false,
            ErrorKind::StreamInterrupted => true,
            // A server that says `x-should-retry` knows better than the kind does.
            kind => error.retryable && (retry.retryable.contains(&kind) || !kind.retryable()),
        }
    }

    /// What the provider asked for, and a little more, since others were told the
    /// same; or anything up to a limit that grows. `None` when it asks for too much.
    fn delay_ms(&self, error: &Error, now: &Situation<'_>) -> Option<u64> {
        match error.retry_after_ms {
            Some(asked_ms) if asked_ms > MOST_ASKED_MS => None,
            Some(asked_ms) => {
                let more = asked_ms as f64 * 0.25 * now.chance;
                Some((asked_ms + more as u64).min(MOST_ASKED_MS))
            }
            None => Some((self.ceiling_ms(now.retry) * now.chance) as u64),
        }
    }

    fn ceiling_ms(&self, retry: &Retry) -> f64 {
        let mut ceiling = retry.initial_delay_ms as f64;
        for _ in 0..self.made.min(64) {
            ceiling *= retry.backoff_factor;
        }
        ceiling.min(retry.max_delay_ms as f64)
    }
}

/// The code of a `rate_limit` of ours: nothing was sent.
pub const LOCAL_LIMIT: &str = "local_limit";
/// A longer wait than this is not sat out, whoever asks for it.
const MOST_ASKED_MS: u64 = 60_000;

/// Whether nothing else would help.
fn is_final(error: &Error) -> bool {
    match error.kind {
        ErrorKind::Timeout => error.code.as_deref() == Some("total"),
        // None of these is worth another attempt, unless a server says that it is (`x-should-retry`).
        ErrorKind::InvalidRequest
        | ErrorKind::ResponseTooLarge
        | ErrorKind::LedgerUnavailable
        | ErrorKind::InvalidConfig
        | ErrorKind::Cancelled
        | ErrorKind::Unknown => !error.retryable,
        _ => false,
    }
}

fn may_move(error: &Error, failover: &Failover) -> bool {
    match error.kind {
        ErrorKind::ContentFilter => failover.on_content_filter,
        // What was found before anything was sent; and a candidate with a larger window is looked for by who moves.
        ErrorKind::Unsupported
        | ErrorKind::BudgetExceeded
        | ErrorKind::ContextLengthExceeded
        | ErrorKind::RequestTooLarge
        | ErrorKind::StreamInterrupted => true,
        kind => kind.may_fail_over(),
    }
}

/// Random bits as a number in 0..1. Mixed first: a source that counts is spread as well.
#[must_use]
pub fn chance(random: u64) -> f64 {
    (random.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Billed;

    struct Case {
        retry: Retry,
        situation: fn(&mut Situation<'_>),
    }

    fn usual() -> Case {
        Case {
            retry: Retry::default(),
            situation: |_| {},
        }
    }

    #[track_caller]
    fn check(case: &Case, errors: &[Error], expected: &[Next]) {
        let failover = Failover::default();
        let mut now = Situation {
            retry: &case.retry,
            failover: &failover,
            asks_for_key: false,
            has_next: true,
            left_ms: None,
            chance: 0.5,
        };
        (case.situation)(&mut now);
        let mut recovery = Recovery::new(&case.retry);
        let mut standing = Standing::default();
        let steps: Vec<_> = errors
            .iter()
            .map(|error| recovery.after(error, &now, &mut standing))
            .collect();
        assert_eq!(steps, expected);
    }

    fn error(kind: ErrorKind) -> Error {
        Error::new(kind, "").billed(Billed::Unknown)
    }

    fn asking(kind: ErrorKind, retry_after_ms: u64) -> Error {
        let mut error = error(kind);
        error.retry_after_ms = Some(retry_after_ms);
        error
    }

    #[test]
    fn what_may_pass_is_repeated_with_growing_waits_and_then_left() {
        let out = || error(ErrorKind::Overloaded);
        check(
            &usual(),
            &[out(), out(), out()],
            &[Next::Again(250), Next::Again(500), Next::Move],
        );
        let last = Case {
            situation: |now| now.has_next = false,
            ..usual()
        };
        check(
            &last,
            &[out(), out(), out()],
            &[Next::Again(250), Next::Again(500), Next::Stop],
        );
    }

    #[test]
    fn waits_end_at_their_limit() {
        let retry = Retry {
            max_retries: 8,
            max_delay_ms: 3_000,
            ..Retry::default()
        };
        let errors: Vec<_> = (0..5).map(|_| error(ErrorKind::NetworkError)).collect();
        let waits = [250, 500, 1_000, 1_500, 1_500].map(Next::Again);
        check(&Case { retry, ..usual() }, &errors, &waits);
    }

    #[test]
    fn a_provider_s_wait_is_kept_up_to_a_minute() {
        check(
            &usual(),
            &[asking(ErrorKind::RateLimit, 8_000)],
            &[Next::Again(9_000)],
        );
        check(
            &usual(),
            &[asking(ErrorKind::RateLimit, 60_000)],
            &[Next::Again(60_000)],
        );
        check(
            &usual(),
            &[asking(ErrorKind::RateLimit, 60_001)],
            &[Next::Move],
        );
        check(
            &usual(),
            &[asking(ErrorKind::RateLimit, 86_400_000)],
            &[Next::Move],
        );
    }

    #[test]
    fn a_wait_that_does_not_fit_is_not_begun() {
        let short = Case {
            situation: |now| now.left_ms = Some(250),
            ..usual()
        };
        check(&short, &[error(ErrorKind::ServerError)], &[Next::Move]);
    }

    #[test]
    fn each_kind_has_its_rule() {
        use ErrorKind::*;
        let once = |kind| {
            let failover = Failover::default();
            let retry = Retry::default();
            let now = Situation {
                retry: &retry,
                failover: &failover,
                asks_for_key: false,
                has_next: true,
                left_ms: None,
                chance: 0.0,
            };
            Recovery::new(&retry).after(&error(kind), &now, &mut Standing::default())
        };
        for kind in [
            RateLimit,
            Overloaded,
            ServerError,
            NetworkError,
            Timeout,
            InvalidResponse,
            StreamInterrupted,
        ] {
            assert_eq!(once(kind), Next::Again(0), "{kind}");
        }
        for kind in [
            Authentication,
            Permission,
            QuotaExceeded,
            ModelNotFound,
            RedirectBlocked,
            CircuitOpen,
            ContextLengthExceeded,
            RequestTooLarge,
            Unsupported,
            BudgetExceeded,
        ] {
            assert_eq!(once(kind), Next::Move, "{kind}");
        }
        for kind in [
            InvalidRequest,
            ResponseTooLarge,
            LedgerUnavailable,
            InvalidConfig,
            Cancelled,
            Unknown,
            ContentFilter,
        ] {
            assert_eq!(once(kind), Next::Stop, "{kind}");
        }
    }

    #[test]
    fn garbage_is_asked_for_again_once_and_a_key_renewed_once() {
        let garbled = || error(ErrorKind::InvalidResponse);
        check(
            &usual(),
            &[garbled(), garbled()],
            &[Next::Again(250), Next::Move],
        );
        let function = Case {
            situation: |now| now.asks_for_key = true,
            ..usual()
        };
        let rejected = || error(ErrorKind::Authentication);
        check(
            &function,
            &[rejected(), rejected()],
            &[Next::NewKey, Next::Move],
        );
    }

    #[test]
    fn the_server_s_word_counts_more_than_the_kind() {
        let mut never = error(ErrorKind::ServerError);
        never.retryable = false;
        let mut please = error(ErrorKind::Permission);
        please.retryable = true;
        check(&usual(), &[never, please], &[Next::Move, Next::Again(250)]);
    }

    #[test]
    fn the_end_of_the_total_time_is_the_end() {
        check(
            &usual(),
            &[error(ErrorKind::Timeout).code("total")],
            &[Next::Stop],
        );
    }
}
