//! How far a request has come: who was asked, who may still be asked.

use crate::chat::Raw;
use crate::config::Retry;
use crate::env::KeyReason;
use crate::error::Error;
use crate::money::NanoUsd;
use crate::policy::Candidate;
use crate::policy::recovery::Recovery;

/// The attempts of one request.
pub(super) struct Course {
    /// Who may answer, in order; empty until the first attempt.
    pub(super) candidates: Vec<Candidate>,
    /// Which of them is asked.
    pub(super) at: usize,
    /// The model as sent to it.
    pub(super) model: String,
    pub(super) recovery: Recovery,
    /// Of the attempt in hand; counts from 1.
    pub(super) number: u32,
    /// What is waited before it.
    pub(super) delay_ms: Option<u64>,
    /// When it began; `None` between two attempts.
    pub(super) began_ms: Option<f64>,
    /// When something visible came of it.
    pub(super) first_ms: Option<f64>,
    /// Whether the provider's standing waits for its outcome.
    pub(super) admitted: bool,
    /// Whether it tries a provider that was out.
    pub(super) tries: bool,
    pub(super) key_reason: KeyReason,
    /// What earlier attempts cost.
    pub(super) spent: NanoUsd,
    /// The window that was too small: only a larger one is of use.
    pub(super) larger_than: Option<u64>,
    /// What the provider said of a file it could not fetch.
    pub(super) not_fetched: Option<Error>,
    /// Whether it has said so before.
    pub(super) has_fetched: bool,
    /// Whether it was asked again without being asked for the usage.
    pub(super) is_lean: bool,
    /// What went over the wire in the attempt in hand, where that was asked for.
    pub(super) raw: Option<Raw>,
    /// Whether its end was told.
    pub(super) reported: bool,
    /// Why the most preferred of those who were asked did not answer.
    best: Option<Error>,
    /// Whether that one was asked; if not, anybody who was counts for more.
    best_was_asked: bool,
}

impl Course {
    pub(super) fn new(retry: &Retry) -> Self {
        Self {
            candidates: Vec::new(),
            at: 0,
            model: String::new(),
            recovery: Recovery::new(retry),
            number: 0,
            delay_ms: None,
            began_ms: None,
            first_ms: None,
            admitted: false,
            tries: false,
            key_reason: KeyReason::Initial,
            spent: NanoUsd::ZERO,
            larger_than: None,
            not_fetched: None,
            has_fetched: false,
            is_lean: false,
            best: None,
            raw: None,
            reported: false,
            best_was_asked: false,
        }
    }

    /// Whom to ask now.
    pub(super) fn candidate(&self) -> Option<&Candidate> {
        self.candidates.get(self.at)
    }

    /// Whom to ask should this one fail.
    pub(super) fn next(&self) -> Option<&Candidate> {
        self.candidates.get(self.at + 1)
    }

    /// Goes on to the next candidate, because of an error.
    pub(super) fn advance(&mut self, error: Error, was_asked: bool) {
        self.best = Some(self.best_of(error, was_asked));
        self.best_was_asked |= was_asked;
        self.at += 1;
        self.recovery.next_candidate();
        self.key_reason = KeyReason::Initial;
        self.has_fetched = false;
        self.is_lean = false;
    }

    /// The more telling of two errors: the first, unless only the second is of somebody who was asked.
    pub(super) fn best_of(&mut self, error: Error, was_asked: bool) -> Error {
        let keeps = self.best_was_asked || !was_asked;
        self.best.take().filter(|_| keeps).unwrap_or(error)
    }
}
