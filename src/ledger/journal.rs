//! How reservations end, and what is kept in memory until the ledger knows it.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use super::client::{Closing, Reservation};
use super::documents::State;
use super::driver::{Doing, Ledger, is_damage, unusable};
use super::op::{Budget, Op, Outcome, Settle, named};
use super::recover::RECOVER_EVERY_MS;
use super::store::Store;
use crate::error::Result;

/// How often an operation is tried before it is left for later.
const TRIES: usize = 3;
/// How many operations are kept in memory.
const MAX_KEPT: usize = 1000;

/// Operations the ledger may not know of yet.
#[derive(Debug, Default)]
pub(super) struct Journal(RefCell<Vec<Rc<Note>>>);

#[derive(Debug)]
struct Note {
    op: Rc<Op>,
    /// Somebody is at it. Without this, every operation would repeat all others under way.
    is_busy: Cell<bool>,
}

impl Journal {
    /// Writes down an operation that is about to be tried. When the store has
    /// failed for so long that the journal is full, the oldest makes room: its
    /// reservation will expire, charged in full.
    pub(super) fn note(&self, op: Rc<Op>) -> Held<'_> {
        let note = Rc::new(Note {
            op,
            is_busy: Cell::new(true),
        });
        let mut notes = self.0.borrow_mut();
        if notes.len() >= MAX_KEPT {
            notes.remove(0);
        }
        notes.push(Rc::clone(&note));
        Held {
            journal: self,
            note,
        }
    }

    /// The oldest operation nobody is at, behind those to be skipped.
    fn idle(&self, skipped: usize) -> Option<Held<'_>> {
        let notes = self.0.borrow();
        let mut idle = notes.iter().filter(|note| !note.is_busy.get());
        let note = Rc::clone(idle.nth(skipped)?);
        note.is_busy.set(true);
        Some(Held {
            journal: self,
            note,
        })
    }

    fn len(&self) -> usize {
        self.0
            .borrow()
            .iter()
            .filter(|note| !note.is_busy.get())
            .count()
    }
}

/// An operation being tried. Dropped before it is done, it stays in the
/// journal: a call that is cancelled while it settles is settled later.
pub(super) struct Held<'a> {
    journal: &'a Journal,
    note: Rc<Note>,
}

impl Held<'_> {
    /// The ledger knows it.
    pub(super) fn done(self) {
        let mut notes = self.journal.0.borrow_mut();
        let at = notes.iter().position(|note| Rc::ptr_eq(note, &self.note));
        if let Some(at) = at {
            notes.remove(at);
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.note.is_busy.set(false);
    }
}

impl<S: Store> Ledger<S> {
    /// Charges what a request cost. Asked twice, it charges once; exact usage
    /// replaces an estimate, and the full amount of an expired reservation.
    ///
    /// # Errors
    /// Code `ledger_conflict` when it was settled with another exact amount.
    pub fn settle(&self, settle: Settle, now: u64) -> Doing<'_, Closing> {
        Box::pin(self.close(Op::Settle(settle), now))
    }

    /// Gives an amount back: the request was certainly not charged.
    ///
    /// # Errors
    /// Code `ledger_conflict` when it is charged already.
    pub fn void(&self, id: &str, buckets: &[Budget], now: u64) -> Doing<'_, Closing> {
        let buckets = named(buckets);
        let id = id.to_string();
        Box::pin(self.close(Op::Void { id, buckets }, now))
    }

    /// Charges what nothing was set aside for, since the store failed when it
    /// should have been, or what was set aside is lost. While the store still
    /// fails, both are kept in memory. No limit has a say in what is spent already.
    pub fn charge(&self, wish: &Reservation, mut settle: Settle, now: u64) -> Doing<'_, Closing> {
        let mut op = self.reserve_op(wish, now).0;
        op.enforce = false;
        settle.buckets.clone_from(&op.buckets);
        drop(self.journal.note(Rc::new(Op::Reserve(op))));
        self.settle_later(settle);
        Box::pin(async move {
            self.flush(now).await;
            Ok(match self.kept() {
                0 => Closing::Closed(State::Posted),
                _ => Closing::Kept,
            })
        })
    }

    /// Charges with the next operation, for callers that cannot wait.
    pub fn settle_later(&self, settle: Settle) {
        drop(self.journal.note(Rc::new(Op::Settle(settle))));
    }

    /// Puts off the time at which a reservation may be taken for abandoned.
    /// Returns whether it is still pending.
    ///
    /// # Errors
    /// `ledger_unavailable` when the store fails.
    pub async fn renew(&self, id: &str, deadline: u64, now: u64) -> Result<bool> {
        let id = id.to_string();
        let outcome = self.run(Rc::new(Op::Renew { id, deadline }), now).await?;
        Ok(outcome == Outcome::Done)
    }

    /// How many operations the ledger may not know of yet, those under way included.
    pub fn unsettled(&self) -> usize {
        self.journal.0.borrow().len()
    }

    /// How many settlements wait in memory for a store that works.
    pub fn kept(&self) -> usize {
        self.journal.len()
    }

    async fn close(&self, op: Op, now: u64) -> Result<Closing> {
        let held = self.journal.note(Rc::new(op));
        self.flush(now).await;
        for attempt in 1..=TRIES {
            match self.run(Rc::clone(&held.note.op), now).await {
                Ok(outcome) => {
                    held.done();
                    if now.abs_diff(self.recovered_at.get()) >= RECOVER_EVERY_MS {
                        // Best effort: it is tried again before any refusal.
                        self.tend(now).await.ok();
                    }
                    return closing(outcome);
                }
                Err(error) if attempt == TRIES => {
                    self.warn("ledger_unavailable", &error.message);
                }
                Err(_) => {}
            }
        }
        Ok(Closing::Kept)
    }

    /// Tries again what is left over from earlier, oldest first.
    pub fn flush(&self, now: u64) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(self.flushed(now))
    }

    async fn flushed(&self, now: u64) {
        let mut skipped = 0;
        while let Some(held) = self.journal.idle(skipped) {
            match self.run(Rc::clone(&held.note.op), now).await {
                Ok(_) => held.done(),
                // One damaged document must not keep the others waiting.
                Err(error) if is_damage(&error) => skipped += 1,
                Err(_) => return,
            }
        }
    }
}

fn closing(outcome: Outcome) -> Result<Closing> {
    match outcome {
        Outcome::Closed { state, .. } => Ok(Closing::Closed(state)),
        Outcome::Pending { .. } => Ok(Closing::Closed(State::Pending)),
        Outcome::Missing => Ok(Closing::Missing),
        outcome => Err(unusable(outcome)),
    }
}
