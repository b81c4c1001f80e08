//! The documents of the ledger and the keys they stand under.
//!
//! ```text
//! meta                     schema, epoch, the latest time ever seen, the zone
//! b/<scope>/<period>       a bucket: what one scope has spent in one period
//! r/<id>                   a reservation, from pending to its end
//! o/<owner>/<id>           the open reservations of an owner
//! i/<epoch>/<bucket key>   what was imported from another ledger's bucket
//! ```

use super::op::Outcome;
use super::step::Decision;
use crate::json::{self, Json, JsonError, Read, Reader, Write, Writer, fields, writes};

/// The schema this code reads and writes.
pub const SCHEMA: u64 = 1;
/// Larger amounts are no longer exact in JavaScript: 9 million dollars.
pub const MAX_AMOUNT: u64 = 1 << 53;
/// The key of the document about the ledger itself.
pub const META: &str = "meta";

/// Names the fields of a document once, for reading and for writing.
macro_rules! document {
    ($name:ident { $($field:ident),* $(,)? }) => {
        fields!($name { $($field),* });
        writes!($name { $($field),* });
    };
}

/// The ledger itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// The version of the documents.
    pub schema: u64,
    /// The ledger's identity: another one after everything was lost.
    pub epoch: String,
    /// The latest time any reservation was made at, in milliseconds since 1970: a clock far behind it is wrong.
    pub hw_ms: u64,
    /// The time zone of the periods.
    pub zone: String,
    /// The zone before the last change.
    pub old_zone: Option<String>,
    /// Until when the periods of `old_zone` count too, in milliseconds since 1970.
    pub old_until: Option<u64>,
}
document!(Meta {
    schema,
    epoch,
    hw_ms,
    zone,
    old_zone,
    old_until
});

/// What one scope has spent in one period. Amounts in nano-dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// The limit at the last reservation.
    pub limit_seen: Option<u64>,
    /// Spent.
    pub settled: u64,
    /// Set aside for requests that are under way.
    pub reserved: u64,
    /// Requests that were charged.
    pub n: u64,
    /// How many of them are estimates.
    pub estimated: u64,
    /// Input tokens.
    pub tokens_in: u64,
    /// Output tokens.
    pub tokens_out: u64,
    /// The alert line that was announced last.
    pub alert_sent: Option<u64>,
}
document!(Bucket {
    limit_seen,
    settled,
    reserved,
    n,
    estimated,
    tokens_in,
    tokens_out,
    alert_sent
});

impl Bucket {
    /// The bucket with one effect taken back and another one added. `None` when
    /// it does not hold what is taken back, or could no longer be exact.
    pub(super) fn moved(&self, less: &Self, more: &Self) -> Option<Self> {
        let sum = |now: u64, more: u64| now.checked_add(more).filter(|sum| *sum <= MAX_AMOUNT);
        // What was settled may have been reset in between; what is reserved never is.
        let late = |now: u64, less: u64, more: u64| sum(now.saturating_sub(less), more);
        Some(Self {
            limit_seen: self.limit_seen,
            alert_sent: self.alert_sent,
            reserved: sum(self.reserved.checked_sub(less.reserved)?, more.reserved)?,
            settled: late(self.settled, less.settled, more.settled)?,
            n: late(self.n, less.n, more.n)?,
            estimated: late(self.estimated, less.estimated, more.estimated)?,
            tokens_in: late(self.tokens_in, less.tokens_in, more.tokens_in)?,
            tokens_out: late(self.tokens_out, less.tokens_out, more.tokens_out)?,
        })
    }
}

/// Where a reservation is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// The amount is set aside.
    #[default]
    Pending,
    /// Charged with what it cost, or with an estimate.
    Posted,
    /// Not charged: nothing was sent, or it was refused.
    Voided,
    /// Its owner died: charged in full.
    Expired,
}

impl State {
    const ALL: [Self; 4] = [Self::Pending, Self::Posted, Self::Voided, Self::Expired];

    /// The state's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Posted => "posted",
            Self::Voided => "voided",
            Self::Expired => "expired",
        }
    }

    /// The state of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

impl<'a> Read<'a> for State {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let at = reader.position();
        let name = reader.string()?;
        Self::named(&name).ok_or_else(|| JsonError::new(at, "no such state"))
    }
}

impl Write for State {
    fn write(&self, writer: &mut Writer) {
        writer.string(self.as_str());
    }
}

/// A reservation. Amounts in nano-dollars, times in milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Where it is in its life.
    pub state: State,
    /// The process that made it.
    pub owner: String,
    /// What was set aside.
    pub amount: u64,
    /// The keys of the buckets it counts in.
    pub buckets: Vec<String>,
    /// When it was made.
    pub created: u64,
    /// When it may be taken for abandoned.
    pub deadline: u64,
    /// The configured provider.
    pub provider: String,
    /// The model asked for.
    pub model: String,
    /// Which attempt of the request it is.
    pub attempt: u64,
    /// The request's tags: a list of pairs.
    pub tags: Option<Json>,
    /// When it came to its end.
    pub closed: Option<u64>,
    /// What it cost; `None` as long as it is under way.
    pub actual: Option<u64>,
    /// Nobody knows the price: `actual` is 0 and means nothing.
    pub unpriced: Option<bool>,
    /// Whether `actual` is an estimate.
    pub estimated: Option<bool>,
    /// It cost more than was set aside.
    pub over_reserved: Option<bool>,
    /// Its `TokenUsage`.
    pub usage: Option<Json>,
}
document!(Entry {
    state,
    owner,
    amount,
    buckets,
    created,
    deadline,
    provider,
    model,
    attempt,
    tags,
    closed,
    actual,
    unpriced,
    estimated,
    over_reserved,
    usage,
});

impl Entry {
    /// What it adds to each of its buckets in the state it is in. Every
    /// transition takes the old effect back and adds the new one, so that a
    /// bucket is the sum of its reservations by construction.
    pub(super) fn effect(&self) -> Bucket {
        let usage = match &self.usage {
            Some(usage) => json::from_str(usage.text()).unwrap_or_default(),
            None => Tokens::default(),
        };
        let charged = Bucket {
            n: 1,
            tokens_in: usage.prompt_tokens,
            tokens_out: usage.completion_tokens,
            ..Bucket::default()
        };
        match self.state {
            State::Voided => Bucket::default(),
            State::Pending => Bucket {
                reserved: self.amount,
                ..Bucket::default()
            },
            State::Expired => Bucket {
                settled: self.amount,
                estimated: 1,
                ..charged
            },
            State::Posted => Bucket {
                settled: self.actual.unwrap_or_default(),
                estimated: u64::from(self.estimated == Some(true)),
                ..charged
            },
        }
    }
}

/// The part of a usage that buckets count.
#[derive(Default)]
struct Tokens {
    prompt_tokens: u64,
    completion_tokens: u64,
}
fields!(Tokens {
    prompt_tokens,
    completion_tokens
});

/// The tags of a request, written as a list of pairs.
pub(crate) struct Tags<'a>(pub(crate) &'a [(String, String)]);

impl Write for Tags<'_> {
    fn write(&self, writer: &mut Writer) {
        writer.list(&mut |writer| {
            for (key, value) in self.0 {
                writer.begin_list();
                writer.string(key);
                writer.string(value);
                writer.end_list();
            }
        });
    }
}

/// The index entry of an open reservation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// When it may be taken for abandoned.
    pub deadline: u64,
}
document!(Open { deadline });

/// A document that is read.
pub(super) trait Document {
    /// The fields it cannot do without.
    fn required(&self) -> &'static [&'static str];
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError>;
}

macro_rules! document {
    ($name:ident: $($field:literal),*) => {
        impl Document for $name {
            fn required(&self) -> &'static [&'static str] {
                &[$($field),*]
            }
            fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
                json::set(self, reader)
            }
        }
    };
}
document!(Meta: "schema", "epoch", "hw_ms");
document!(Bucket: "settled");
document!(Entry: "state", "owner", "amount", "buckets");
document!(Open: "deadline");

/// Reads a document.
pub(super) fn read<T: Document + Default>(key: &str, text: &str) -> Decision<T> {
    let mut document = T::default();
    fill(&mut document, key, text)?;
    Ok(document)
}

fn fill(document: &mut dyn Document, key: &str, text: &str) -> Decision<()> {
    let is_read = document.fill(&mut Reader::new(text)).is_ok();
    if is_read && has_all(text, document.required()) {
        return Ok(());
    }
    Err(corrupt(key))
}

/// The outcome of an operation on a document that is not what it should be.
pub(super) fn corrupt(key: &str) -> Box<Outcome> {
    Box::new(Outcome::Corrupt {
        key: key.to_string(),
    })
}

/// Whether a text is an object with all these keys: a lenient reader would take
/// anything for an empty document.
fn has_all(text: &str, required: &[&str]) -> bool {
    let mut found = 0;
    let read = Reader::new(text).object(&mut |key, reader| {
        found += usize::from(required.contains(&key));
        reader.skip()
    });
    read.is_ok() && found == required.len()
}
