//! All rules of the ledger as one pure function from documents to writes.
//!
//! ```text
//! reserve -> pending -+-> posted(exact)                    settle
//!                     +-> posted(estimated) -> posted      settle, late usage
//!                     +-> voided ------------> posted      void, late usage
//!                     +-> expired -----------> posted      owner died, late usage
//! ```
//!
//! Every transition is idempotent by the reservation's id: a store may run it
//! twice, a caller may ask for it twice, and nothing is counted twice.

use super::documents::{
    Bucket, Document, Entry, META, Meta, Open, SCHEMA, State, Tags, corrupt, read,
};
use super::keys::{entry_key, open_key};
use super::op::{Alert, Budget, Expire, Op, Outcome, Refusal, Reserve, Settle, named};
use super::store::{Docs, Writes};
use crate::json::{Json, Write, to_string};

/// A clock that lies this far behind the ledger's is believed to be wrong.
pub const MAX_BEHIND_MS: u64 = 26 * 3_600_000;
/// A younger reservation is never taken for abandoned.
pub const GRACE_MS: u64 = 5_000;

/// What an operation writes, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The documents to write.
    pub writes: Writes,
    /// What came of it.
    pub outcome: Outcome,
}

/// Decides an operation. Pure: the same documents give the same writes, and
/// whoever runs it twice on documents it has already changed changes nothing more.
///
/// ```
/// use aircher_llm::ledger::{Budget, Memory, Op, Outcome, op::Reserve, step};
///
/// let books = Memory::default();
/// let run = |op: Op| {
///     let step = step(&books.read(&op.keys()), &op, 1_000);
///     books.write(step.writes);
///     step.outcome
/// };
/// let day = Budget { key: "b/*/d:2026-11-22".into(), limit: Some(100), alert: None };
/// let wish = Reserve { amount: 60, at_least: 60, enforce: true, buckets: vec![day], ..Reserve::default() };
/// run(Op::Open { epoch: "e1".into(), zone: "UTC".into() });
/// let first = run(Op::Reserve(Reserve { id: "a#1".into(), until: 9_000, ..wish.clone() }));
/// assert_eq!(first, Outcome::Pending { amount: 60 });
/// let next = run(Op::Reserve(Reserve { id: "b#1".into(), until: 9_000, ..wish }));
/// assert!(matches!(next, Outcome::Refused(why) if why.reserved == 60));
/// ```
#[must_use]
pub fn step(docs: &Docs, op: &Op, now: u64) -> Step {
    let mut work = Work {
        docs,
        now,
        writes: Writes::new(),
    };
    match work.run(op) {
        Ok(outcome) => Step {
            writes: work.writes,
            outcome,
        },
        // Half of a transition is never written.
        Err(outcome) => Step {
            writes: Writes::new(),
            outcome: *outcome,
        },
    }
}

/// A result whose error is the outcome of an operation that is given up. Boxed,
/// since every `?` moves it.
pub(super) type Decision<T = Outcome> = Result<T, Box<Outcome>>;

/// One operation at work.
pub(super) struct Work<'a> {
    pub(super) docs: &'a Docs,
    pub(super) now: u64,
    pub(super) writes: Writes,
}

impl Work<'_> {
    fn run(&mut self, op: &Op) -> Decision {
        if let Op::Open { epoch, zone } = op {
            return self.open(epoch, zone);
        }
        let Some(mut meta) = self.meta()? else {
            return Ok(Outcome::NotOpen);
        };
        let outcome = match op {
            Op::Open { .. } => Outcome::Done,
            Op::Reserve(op) => self.reserve(op, &meta)?,
            Op::Settle(op) => self.settle(op)?,
            Op::Void { id, .. } => self.void(id)?,
            Op::Expire(op) => self.expire(op)?,
            Op::Renew { id, deadline } => self.renew(id, *deadline)?,
            Op::Reset { keys } => self.reset(keys)?,
            Op::Import { epoch, docs } => self.import(epoch, docs, &meta)?,
            Op::Compact { keys } => self.compact(keys)?,
        };
        // The clock rides on writes that happen anyway.
        if !self.writes.is_empty() && self.now > meta.hw_ms {
            meta.hw_ms = self.now;
            self.put(META.to_string(), &meta);
        }
        Ok(outcome)
    }

    // ---- documents ---------------------------------------------------------

    fn read<T: Document + Default>(&self, key: &str) -> Decision<Option<T>> {
        match self.docs.get(key) {
            Some(text) => read(key, text).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn entry(&self, key: &str) -> Decision<Option<Box<Entry>>> {
        Ok(self.read(key)?.map(Box::new))
    }

    /// A bucket nobody has written is empty.
    pub(super) fn bucket(&self, key: &str) -> Decision<Bucket> {
        Ok(self.read(key)?.unwrap_or_default())
    }

    pub(super) fn put(&mut self, key: String, document: &dyn Write) {
        self.writes.push((key, Some(to_string(document))));
    }

    pub(super) fn delete(&mut self, key: String) {
        self.writes.push((key, None));
    }

    fn meta(&self) -> Decision<Option<Meta>> {
        let meta: Option<Meta> = self.read(META)?;
        match &meta {
            Some(meta) if meta.schema > SCHEMA => Err(Box::new(Outcome::NewerSchema)),
            _ => Ok(meta),
        }
    }

    // ---- operations --------------------------------------------------------

    fn open(&mut self, epoch: &str, zone: &str) -> Decision {
        let mut meta = match self.meta()? {
            Some(meta) if meta.zone == zone => return Ok(Outcome::Opened(meta)),
            Some(mut meta) => {
                // What was spent under the old names still counts: no month is longer.
                meta.old_until = Some(meta.hw_ms.max(self.now) + 32 * super::period::DAY_MS);
                meta.old_zone = Some(std::mem::take(&mut meta.zone));
                meta
            }
            None => Meta {
                schema: SCHEMA,
                epoch: epoch.to_string(),
                hw_ms: self.now,
                ..Meta::default()
            },
        };
        meta.zone = zone.to_string();
        self.put(META.to_string(), &meta);
        Ok(Outcome::Opened(meta))
    }

    fn reserve(&mut self, op: &Reserve, meta: &Meta) -> Decision {
        if let Some(entry) = self.entry(&entry_key(&op.id))? {
            let is_same = (op.at_least..=op.amount).contains(&entry.amount);
            return Ok(if is_same {
                stored(&entry)
            } else {
                Outcome::Conflict
            });
        }
        self.check_clock(op, meta)?;
        let amount = op.amount.min(self.room(op)?);
        let entry = self.reserved(op, amount);
        self.transfer(&Bucket::default(), &entry, &op.buckets, true)?;
        self.put(entry_key(&op.id), &entry);
        let open = Open {
            deadline: op.deadline,
        };
        self.put(open_key(&op.owner, &op.id), &open);
        Ok(Outcome::Pending { amount })
    }

    fn reserved(&self, op: &Reserve, amount: u64) -> Entry {
        Entry {
            owner: op.owner.clone(),
            amount,
            buckets: named(&op.buckets),
            created: self.now,
            deadline: op.deadline,
            provider: op.provider.clone(),
            model: op.model.clone(),
            attempt: op.attempt,
            tags: Some(Json::from_value(&Tags(&op.tags))),
            ..Entry::default()
        }
    }

    /// A clock that went back must not reopen a period that is over: up to 26
    /// hours the ledger's own time counts, beyond that the buckets of both times.
    fn check_clock(&self, op: &Reserve, meta: &Meta) -> Decision<()> {
        let behind = meta.hw_ms.saturating_sub(self.now);
        let is_right =
            op.skew == (behind > MAX_BEHIND_MS) && (behind == 0 || meta.hw_ms < op.until);
        if is_right {
            Ok(())
        } else {
            Err(Box::new(Outcome::Clock { hw_ms: meta.hw_ms }))
        }
    }

    /// What all limits leave, or the limit that leaves least when that is too little.
    fn room(&self, op: &Reserve) -> Decision<u64> {
        let mut room = u64::MAX;
        let mut tightest = Refusal::default();
        for budget in op.buckets.iter().filter(|_| op.enforce) {
            let Some(limit) = budget.limit else { continue };
            let bucket = self.bucket(&budget.key)?;
            let left = limit.saturating_sub(bucket.settled.saturating_add(bucket.reserved));
            if left < room {
                room = left;
                tightest = Refusal {
                    key: budget.key.clone(),
                    limit,
                    settled: bucket.settled,
                    reserved: bucket.reserved,
                    requested: op.at_least,
                };
            }
        }
        if room < op.at_least {
            return Err(Box::new(Outcome::Refused(tightest)));
        }
        Ok(room)
    }

    fn settle(&mut self, op: &Settle) -> Decision {
        let Some(mut old) = self.entry(&entry_key(&op.id))? else {
            return Ok(Outcome::Missing);
        };
        let is_news = match old.state {
            State::Pending => true,
            // Late usage wins: the money is gone.
            State::Voided => op.actual > 0,
            // The full amount was charged because nobody knew better.
            State::Expired => true,
            State::Posted => old.estimated == Some(true) && !op.estimated,
        };
        if !is_news {
            let is_other =
                old.state == State::Posted && !op.estimated && old.actual != Some(op.actual);
            return Ok(if is_other {
                Outcome::Conflict
            } else {
                stored(&old)
            });
        }
        let new = &mut *old;
        let less = new.effect();
        let was_open = new.state == State::Pending;
        new.state = State::Posted;
        new.actual = Some(op.actual);
        new.unpriced = op.unpriced.then_some(true);
        new.estimated = op.estimated.then_some(true);
        new.over_reserved = (op.actual > new.amount).then_some(true);
        new.usage = Some(Json::from_value(&op.usage));
        self.close(&op.id, new, &less, was_open, &op.buckets)
    }

    /// Ends a pending reservation without a word from its owner, or with its word that nothing was charged.
    fn end(&mut self, id: &str, entry: &mut Entry, state: State, rules: &[Budget]) -> Decision {
        let less = entry.effect();
        entry.state = state;
        self.close(id, entry, &less, true, rules)
    }

    fn void(&mut self, id: &str) -> Decision {
        let Some(mut old) = self.entry(&entry_key(id))? else {
            return Ok(Outcome::Missing);
        };
        match old.state {
            State::Pending => self.end(id, &mut old, State::Voided, &[]),
            State::Voided => Ok(stored(&old)),
            State::Posted | State::Expired => Ok(Outcome::Conflict),
        }
    }

    fn expire(&mut self, op: &Expire) -> Decision {
        let Some(mut old) = self.entry(&entry_key(&op.id))? else {
            self.delete(open_key(&op.owner, &op.id));
            return Ok(Outcome::Missing);
        };
        // By the stored deadline: it may have been renewed since it was looked up.
        let is_due = match op.is_orphan {
            true => old.created.saturating_add(GRACE_MS) <= self.now,
            false => old.deadline <= self.now,
        };
        if old.state != State::Pending || !is_due {
            return Ok(stored(&old));
        }
        self.end(&op.id, &mut old, State::Expired, &op.buckets)
    }

    fn renew(&mut self, id: &str, deadline: u64) -> Decision {
        let Some(mut old) = self.entry(&entry_key(id))? else {
            return Ok(Outcome::Missing);
        };
        if old.state != State::Pending {
            return Ok(stored(&old));
        }
        self.put(open_key(&old.owner, id), &Open { deadline });
        old.deadline = deadline;
        self.put(entry_key(id), &*old);
        Ok(Outcome::Done)
    }

    // ---- the one way money moves -------------------------------------------

    /// Ends a reservation, or corrects its end.
    fn close(
        &mut self,
        id: &str,
        entry: &mut Entry,
        less: &Bucket,
        was_open: bool,
        rules: &[Budget],
    ) -> Decision {
        let mut unread = Vec::new();
        for key in &entry.buckets {
            if !self.docs.has(key) {
                unread.push(key.clone());
            }
        }
        if !unread.is_empty() {
            return Err(Box::new(Outcome::Again(unread)));
        }
        let alerts = self.transfer(less, entry, rules, false)?;
        entry.closed = Some(self.now);
        self.put(entry_key(id), entry);
        if was_open {
            self.delete(open_key(&entry.owner, id));
        }
        Ok(Outcome::Closed {
            state: entry.state,
            amount: charged(entry),
            alerts,
        })
    }

    /// Takes one effect out of all buckets of a reservation and puts its present one in.
    fn transfer(
        &mut self,
        less: &Bucket,
        entry: &Entry,
        rules: &[Budget],
        is_new: bool,
    ) -> Decision<Vec<Alert>> {
        let (more, none) = (entry.effect(), Budget::default());
        let mut alerts = Vec::new();
        for key in &entry.buckets {
            let moved = self.bucket(key)?.moved(less, &more);
            let mut bucket = moved.ok_or_else(|| corrupt(key))?;
            let rule = rules.iter().find(|rule| rule.key == *key).unwrap_or(&none);
            if is_new {
                bucket.limit_seen = rule.limit;
            } else {
                due_alert(&mut bucket, rule, &mut alerts);
            }
            self.put(key.clone(), &bucket);
        }
        Ok(alerts)
    }
}

/// The alert of a bucket that has crossed its line. The bucket remembers it, so
/// that of all tabs and processes exactly one hears of it.
fn due_alert(bucket: &mut Bucket, budget: &Budget, alerts: &mut Vec<Alert>) {
    let Some(alert) = budget.alert else {
        return;
    };
    if bucket.settled >= alert && bucket.alert_sent.is_none_or(|sent| sent < alert) {
        bucket.alert_sent = Some(alert);
        alerts.push(Alert {
            key: budget.key.clone(),
            limit: budget.limit.unwrap_or_default(),
            alert,
            settled: bucket.settled,
        });
    }
}

/// The outcome of asking again.
fn stored(entry: &Entry) -> Outcome {
    let (state, amount) = (entry.state, charged(entry));
    match state {
        State::Pending => Outcome::Pending { amount },
        _ => Outcome::Closed {
            state,
            amount,
            alerts: Vec::new(),
        },
    }
}

/// What it cost, as far as that is known: otherwise what is set aside for it.
fn charged(entry: &Entry) -> u64 {
    entry.actual.unwrap_or(entry.amount)
}
