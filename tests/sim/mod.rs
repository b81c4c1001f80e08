//! A store whose every call may be interleaved, fail or be cut off, and a
//! shadow of the ledger that is kept from the writes alone, by other code than
//! the ledger's.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a module of test binaries"
)]

pub mod client;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use aircher_llm::error::{Error, Result};
use aircher_llm::ledger::{Caps, Docs, Period, Shared, Store, Work, Writes, Zone};

/// SplitMix64: the same seed, the same schedule.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// What the writes said of a reservation last, whether it is still stored or not.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub state: String,
    pub owner: String,
    pub amount: u64,
    pub actual: u64,
    pub estimated: bool,
    pub deadline: u64,
    pub buckets: Vec<String>,
    pub is_deleted: bool,
}

impl Known {
    fn parse(text: &str) -> Self {
        // Usage has an `estimated` of its own.
        let text = text.split(r#","usage":"#).next().unwrap();
        let number = |name: &str| number(text, name).unwrap_or_default();
        let buckets = between(text, r#""buckets":["#, "]").unwrap().split(',');
        Self {
            state: between(text, r#""state":""#, "\"").unwrap().to_string(),
            owner: between(text, r#""owner":""#, "\"").unwrap().to_string(),
            amount: number("amount"),
            actual: number("actual"),
            estimated: text.contains(r#""estimated":true"#),
            deadline: number("deadline"),
            buckets: buckets
                .map(|key| key.trim_matches('"').to_string())
                .collect(),
            is_deleted: false,
        }
    }

    /// What it has in its buckets: reserved, settled, requests, estimates.
    fn weight(&self) -> [i64; 4] {
        match self.state.as_str() {
            "pending" => [self.amount as i64, 0, 0, 0],
            "posted" => [0, self.actual as i64, 1, i64::from(self.estimated)],
            "expired" => [0, self.amount as i64, 1, 1],
            _ => [0; 4],
        }
    }
}

/// The number of a field of a flat document: a parser would be most of the time.
pub fn number(text: &str, name: &str) -> Option<u64> {
    let (_, rest) = text.split_once(name)?;
    let digits = rest.strip_prefix("\":")?;
    digits.split([',', '}']).next()?.parse().ok()
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(open)?;
    Some(rest.split_once(close)?.0)
}

/// How often what happened: a schedule in which nothing goes wrong proves little.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts(pub [u64; 10]);

pub const COUNTED: [&str; 10] = [
    "writes",
    "reserved",
    "renewed",
    "posted",
    "voided",
    "expired",
    "late usage",
    "two times charged",
    "refused",
    "kept",
];
pub const SKEWED: usize = 7;
pub const REFUSED: usize = 8;
pub const KEPT: usize = 9;

fn kind(old: Option<&Known>, new: &Known) -> usize {
    match (old.map(|old| old.state.as_str()), new.state.as_str()) {
        (None, _) => 1,
        (_, "pending") => 2,
        (Some("pending"), "posted") => 3,
        (_, "voided") => 4,
        (_, "expired") => 5,
        _ => 6,
    }
}

/// Everything that outlives a process, and what is watched.
#[derive(Debug, Default)]
pub struct World {
    pub docs: BTreeMap<String, (String, u64)>,
    pub random: Option<Random>,
    pub now: u64,
    /// The living, where the host can tell.
    pub owners: Option<Vec<String>>,
    pub zone: Zone,
    /// The store fails one time in so many; 0 is never.
    pub failing: u64,
    /// The store forgets to compare before it sets.
    pub is_careless: bool,
    pub known: BTreeMap<String, Known>,
    pub sums: BTreeMap<String, [i64; 4]>,
    pub revision: u64,
    pub counts: Counts,
    /// The first broken law.
    pub broken: Option<String>,
}

impl World {
    pub fn random(&mut self) -> &mut Random {
        self.random.as_mut().unwrap()
    }

    /// Remembers the first law that was broken.
    pub fn law(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds && self.broken.is_none() {
            self.broken = Some(what());
        }
    }

    fn commit(&mut self, writes: Writes) {
        self.counts.0[0] += 1;
        self.revision += 1;
        let hw_ms = self.number("meta", "hw_ms");
        let keys: Vec<String> = writes.iter().map(|(key, _)| key.clone()).collect();
        let mut admitted = None;
        for (key, doc) in writes {
            if let Some(id) = key.strip_prefix("r/") {
                admitted = self.note(id, doc.as_deref()).or(admitted);
            }
            if doc.is_none() && key.starts_with("b/") {
                self.sums.remove(&key);
            }
            match doc {
                Some(doc) => drop(self.docs.insert(key, (doc, self.revision))),
                None => drop(self.docs.remove(&key)),
            }
        }
        let buckets = keys.iter().filter(|key| key.starts_with("b/"));
        buckets.for_each(|key| self.check_sums(key));
        if let Some(id) = admitted {
            self.check_admission(&id, hw_ms);
        }
        if !keys.is_empty() {
            let after = self.number("meta", "hw_ms");
            self.law(after >= hw_ms, || {
                format!("the ledger's clock went back from {hw_ms} to {after}")
            });
        }
    }

    /// Follows a reservation; tells whether it is new.
    fn note(&mut self, id: &str, doc: Option<&str>) -> Option<String> {
        let old = self.known.get(id).cloned();
        let Some(doc) = doc else {
            let mut old = old?;
            old.is_deleted = true;
            let is_open = old.state == "pending";
            self.law(!is_open, || format!("{id} was deleted while it was open"));
            self.known.insert(id.to_string(), old);
            return None;
        };
        let new = Known::parse(doc);
        let before = old.as_ref().map_or([0; 4], Known::weight);
        let after = new.weight();
        for key in &new.buckets {
            let sums = self.sums.entry(key.clone()).or_default();
            for (sum, (before, after)) in sums.iter_mut().zip(before.iter().zip(after)) {
                *sum += after - before;
            }
        }
        let is_allowed = matches!(
            (
                old.as_ref().map(|old| old.state.as_str()),
                new.state.as_str()
            ),
            (None, "pending")
                | (Some("pending"), _)
                | (Some("voided" | "expired"), "posted")
                | (Some("posted"), "posted")
        ) && !old
            .as_ref()
            .is_some_and(|old| old.state == "posted" && !old.estimated);
        self.counts.0[kind(old.as_ref(), &new)] += 1;
        self.law(is_allowed, || format!("{id} went from {old:?} to {new:?}"));
        self.known.insert(id.to_string(), new);
        old.is_none().then(|| id.to_string())
    }

    /// A bucket is the sum of its reservations: nothing lost, nothing twice.
    fn check_sums(&mut self, key: &str) {
        let Some((text, _)) = self.docs.get(key) else {
            return;
        };
        let names = ["reserved", "settled", "n", "estimated"];
        let stored =
            names.map(|name| number(text, &format!("\"{name}")).map_or(-1, |sum| sum as i64));
        let sums = self.sums.get(key).copied().unwrap_or_default();
        self.law(stored == sums, || {
            format!("{key} holds {stored:?}, its reservations {sums:?} ({names:?})")
        });
    }

    /// Ids of reservations that must keep to limits begin with `hard`.
    fn check_admission(&mut self, id: &str, hw_ms: u64) {
        let Some(known) = self.known.get(id).cloned() else {
            return;
        };
        for key in known.buckets.iter().filter(|_| id.starts_with("hard")) {
            let [limit, settled, reserved] =
                ["limit_seen", "settled", "reserved"].map(|name| self.number(key, name));
            self.law(limit == 0 || settled + reserved <= limit, || {
                format!("{id} was admitted to {key}: {settled} + {reserved} of {limit}")
            });
        }
        let latest = hw_ms.max(self.number(&format!("r/{id}"), "created"));
        let day = self.zone.period_key(Period::Day, latest);
        let is_charged = known.buckets.iter().any(|key| key.ends_with(&day));
        self.law(is_charged, || {
            format!("{id} is not charged to {day} but to {:?}", known.buckets)
        });
    }

    fn number(&self, key: &str, name: &str) -> u64 {
        let text = self.docs.get(key).map(|(text, _)| text.as_str());
        text.and_then(|text| number(text, name)).unwrap_or_default()
    }

    /// Every bucket there is.
    pub fn reserved(&self) -> u64 {
        let buckets = self.docs.keys().filter(|key| key.starts_with("b/"));
        buckets.map(|key| self.number(key, "reserved")).sum()
    }

    pub fn has_open(&self) -> bool {
        self.docs.keys().any(|key| key.starts_with("o/"))
    }
}

/// A process's hold on the world's documents.
#[derive(Clone, Debug)]
pub struct Shaky(pub Rc<RefCell<World>>);

impl Shaky {
    /// A place where others may come between, and where a process may die.
    pub async fn pause(&self) {
        let mut is_over = self.0.borrow_mut().random().one_in(2);
        poll_fn(|_| {
            if std::mem::replace(&mut is_over, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    fn fails(&self, what: &str) -> Result<()> {
        let world = &mut *self.0.borrow_mut();
        match world.failing > 0 && world.random.as_mut().unwrap().one_in(world.failing) {
            true => Err(Error::ledger("ledger_unavailable", what)),
            false => Ok(()),
        }
    }

    fn read(&self, keys: &[String]) -> (Docs, Vec<Option<u64>>) {
        let world = self.0.borrow();
        let found = |key: &String| world.docs.get(key);
        let docs = keys
            .iter()
            .map(|key| (key.clone(), found(key).map(|(text, _)| text.clone())));
        let revisions = keys
            .iter()
            .map(|key| found(key).map(|(_, revision)| *revision));
        (Docs::new(docs.collect()), revisions.collect())
    }
}

impl Store for Shaky {
    async fn update(&self, keys: &[String], mut work: Work) -> Result<()> {
        self.pause().await;
        self.fails("before")?;
        loop {
            let (docs, revisions) = self.read(keys);
            if self.0.borrow_mut().random().one_in(4) {
                work(&docs);
            }
            let writes = work(&docs);
            self.pause().await;
            if self.read(keys).1 == revisions || self.0.borrow().is_careless {
                self.0.borrow_mut().commit(writes);
                break;
            }
        }
        self.pause().await;
        self.fails("after it was written")
    }

    async fn scan(
        &self,
        prefix: &str,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Vec<(String, String)>> {
        self.pause().await;
        self.fails("scan")?;
        let world = self.0.borrow();
        let from = world
            .docs
            .range(prefix.to_string()..)
            .map(|(key, (text, _))| (key.clone(), text.clone()));
        let within = from.take_while(|(key, _)| key.starts_with(prefix));
        let behind = within.filter(|(key, _)| after.is_none_or(|after| key.as_str() > after));
        Ok(behind.take(limit).collect())
    }

    async fn live(&self) -> Option<Vec<String>> {
        self.pause().await;
        self.0.borrow().owners.clone()
    }

    fn caps(&self) -> Caps {
        Caps {
            atomic: true,
            shared: Shared::Global,
            durable: true,
            native: false,
        }
    }
}
