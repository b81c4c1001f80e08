//! Moving a ledger as a whole: import, reset, compaction.

use super::documents::{Bucket, Entry, Meta, State, corrupt, read};
use super::keys::import_key;
use super::op::Outcome;
use super::period::{DAY_MS, date_text};
use super::step::{Decision, Work};
use crate::json::{Json, Write, Writer};
use crate::model::is_date;
use crate::text::after_last;

/// Closed reservations are kept this long: so long may late usage come, and a repeated request be known.
pub(super) const KEEP_CLOSED_MS: u64 = 2 * DAY_MS;
/// Buckets of days are kept this long; those of months for ever.
pub(super) const KEEP_DAYS: u64 = 400;

impl Work<'_> {
    /// Empties buckets and deletes closed reservations; open ones stay.
    pub(super) fn reset(&mut self, keys: &[String]) -> Decision {
        for key in keys {
            if key.starts_with("r/") {
                let entry = self.entry(key)?;
                if entry.is_some_and(|entry| entry.state != State::Pending) {
                    self.delete(key.clone());
                }
            } else if self.docs.get(key).is_some() {
                let bucket = self.bucket(key)?;
                let empty = Bucket {
                    limit_seen: bucket.limit_seen,
                    reserved: bucket.reserved,
                    ..Bucket::default()
                };
                self.put(key.clone(), &empty);
            }
        }
        Ok(Outcome::Done)
    }

    /// Deletes what [`is_stale`] and holds no reservation.
    pub(super) fn compact(&mut self, keys: &[String]) -> Decision {
        for key in keys {
            let text = self.docs.get(key);
            if text.is_some_and(|text| is_stale(key, text, self.now)) {
                self.delete(key.clone());
            }
        }
        Ok(Outcome::Done)
    }

    /// Takes over buckets and closed reservations. Twice is once: from the same
    /// ledger the larger sum counts, from another one what had not been taken over.
    pub(super) fn import(&mut self, epoch: &str, docs: &[(String, Json)], meta: &Meta) -> Decision {
        for (key, doc) in docs {
            if key.starts_with("r/") {
                self.import_entry(key, doc)?;
            } else if key.starts_with("b/") {
                let theirs: Bucket = read(key, doc.text())?;
                let ours: Bucket = self.bucket(key)?;
                if epoch == meta.epoch {
                    self.import_copy(key, &ours, &theirs);
                } else {
                    self.import_foreign(epoch, key, &ours, &theirs)?;
                }
            }
        }
        Ok(Outcome::Done)
    }

    fn import_entry(&mut self, key: &str, doc: &Json) -> Decision<()> {
        let theirs: Entry = read(key, doc.text())?;
        if self.docs.get(key).is_none() && theirs.state != State::Pending {
            self.put(key.to_string(), doc);
        }
        Ok(())
    }

    fn import_copy(&mut self, key: &str, ours: &Bucket, theirs: &Bucket) {
        if theirs.settled > ours.settled {
            let merged = Bucket {
                limit_seen: ours.limit_seen.or(theirs.limit_seen),
                reserved: ours.reserved,
                alert_sent: ours.alert_sent.max(theirs.alert_sent),
                ..*theirs
            };
            self.put(key.to_string(), &merged);
        }
    }

    fn import_foreign(
        &mut self,
        epoch: &str,
        key: &str,
        ours: &Bucket,
        theirs: &Bucket,
    ) -> Decision<()> {
        let mark = import_key(epoch, key);
        let seen: Bucket = self.bucket(&mark)?;
        // An older export than the last one brings nothing.
        if theirs.settled < seen.settled || theirs.n < seen.n {
            return Ok(());
        }
        let theirs = Bucket {
            reserved: 0,
            ..*theirs
        };
        let grown = ours.moved(&Bucket::default(), &theirs.since(&seen));
        let grown = grown.ok_or_else(|| corrupt(key))?;
        self.put(key.to_string(), &grown);
        self.put(mark, &Imported(theirs));
        Ok(())
    }
}

impl Bucket {
    fn since(&self, seen: &Self) -> Self {
        Self {
            settled: self.settled.saturating_sub(seen.settled),
            n: self.n.saturating_sub(seen.n),
            estimated: self.estimated.saturating_sub(seen.estimated),
            tokens_in: self.tokens_in.saturating_sub(seen.tokens_in),
            tokens_out: self.tokens_out.saturating_sub(seen.tokens_out),
            ..Self::default()
        }
    }
}

/// The document that remembers what was imported from a bucket.
struct Imported(Bucket);

impl Write for Imported {
    fn write(&self, writer: &mut Writer) {
        writer.object(&mut |writer| {
            writer.field("settled", &self.0.settled);
            writer.field("n", &self.0.n);
            writer.field("estimated", &self.0.estimated);
            writer.field("tokens_in", &self.0.tokens_in);
            writer.field("tokens_out", &self.0.tokens_out);
        });
    }
}

/// The keys an import reads.
pub(super) fn keys(epoch: &str, docs: &[(String, Json)]) -> Vec<String> {
    let mut keys = Vec::new();
    for (key, _) in docs {
        keys.push(key.clone());
        if key.starts_with("b/") {
            keys.push(import_key(epoch, key));
        }
    }
    keys
}

/// Whether a document is too old to matter. One that cannot be read is not: it is kept for a person to look at.
pub(super) fn is_stale(key: &str, text: &str, now: u64) -> bool {
    if key.starts_with("r/") {
        let closed = read::<Entry>(key, text).ok().and_then(|entry| entry.closed);
        return closed.is_some_and(|closed| closed.saturating_add(KEEP_CLOSED_MS) <= now);
    }
    let bucket = read::<Bucket>(key, text);
    is_old_day(key, now) && bucket.is_ok_and(|bucket| bucket.reserved == 0)
}

/// Whether a key ends in a day that is long gone.
fn is_old_day(key: &str, now: u64) -> bool {
    let period = after_last(key, b'/');
    let date = period.strip_prefix("d:").and_then(|date| date.get(..10));
    let kept = (now / DAY_MS).saturating_sub(KEEP_DAYS);
    date.is_some_and(|date| is_date(date) && date < date_text(kept as i64).as_str())
}
