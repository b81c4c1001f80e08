//! Looking after the ledger: the reservations of the dead, old documents, moving house.

use std::rc::Rc;

use super::documents::{Entry, Open, SCHEMA, State, read};
use super::driver::{Doing, Ledger, is_damage};
use super::keys::open_parts;
use super::op::{Expire, Op, Outcome};
use super::store::Store;
use super::transfer::is_stale;
use crate::error::{Error, Result};
use crate::json::{self, Json, JsonError, Read, Reader, Writer, fields};

/// How many documents are read, and written at most, at a time.
const PAGE: usize = 500;
/// How often the dead are looked for.
pub(super) const RECOVER_EVERY_MS: u64 = 60_000;

impl<S: Store> Ledger<S> {
    /// Charges, in full, the reservations of processes that are gone, and says
    /// how many there were. `live` are the owners the host knows to be alive; where
    /// it cannot tell, a reservation counts as abandoned when its deadline has passed.
    ///
    /// # Errors
    /// `ledger_unavailable` when the store fails.
    pub async fn recover(&self, live: Option<&[String]>, now: u64) -> Result<u64> {
        self.recovered_at.set(now);
        let mut orphans = |page: Page| {
            let mut ops = Vec::new();
            for (key, doc) in &page {
                if let Some(expire) = self.abandoned(key, doc, live, now) {
                    ops.push(Op::Expire(expire));
                }
            }
            ops
        };
        self.walk(&["o/"], &mut orphans, now).await
    }

    /// The same, with what the store knows of who lives.
    ///
    /// # Errors
    /// `ledger_unavailable` when the store fails.
    pub fn tend(&self, now: u64) -> Doing<'_, u64> {
        Box::pin(async move {
            let live = self.live().await;
            self.recover(live.as_deref(), now).await
        })
    }

    /// The reservation of an entry of the index, if nobody seems to look after it.
    fn abandoned(&self, key: &str, doc: &str, live: Option<&[String]>, now: u64) -> Option<Expire> {
        let (owner, id) = open_parts(key)?;
        let deadline = read::<Open>(key, doc).ok()?.deadline;
        let is_dead = match live {
            Some(live) => !live.iter().any(|name| name == owner),
            None => deadline <= now,
        };
        let is_abandoned = is_dead && owner != self.owner();
        is_abandoned.then(|| Expire {
            id: id.to_string(),
            owner: owner.to_string(),
            buckets: Vec::new(),
            is_orphan: live.is_some(),
        })
    }

    /// Deletes what is too old to matter: reservations closed for two days,
    /// buckets of days long gone. Returns how many documents went.
    ///
    /// # Errors
    /// `ledger_unavailable` when the store fails.
    pub async fn compact(&self, now: u64) -> Result<u64> {
        let mut deleted = 0;
        let mut stale = |page: Page| {
            let keys = keys(page, &|key, text| is_stale(key, text, now));
            deleted += keys.len() as u64;
            only(Op::Compact { keys })
        };
        self.walk(&["r/", "b/", "i/"], &mut stale, now).await?;
        Ok(deleted)
    }

    /// Empties all periods; open reservations stay.
    ///
    /// # Errors
    /// `ledger_unavailable` when the store fails.
    pub async fn reset(&self, now: u64) -> Result<()> {
        let mut all = |page: Page| {
            let keys = keys(page, &|_, _| true);
            only(Op::Reset { keys })
        };
        self.walk(&["r/", "b/"], &mut all, now).await.map(drop)
    }

    /// Runs operations over all documents under some prefixes, page by page.
    /// Returns how many reservations have expired by it.
    fn walk<'a>(
        &'a self,
        prefixes: &'a [&str],
        visit: &'a mut dyn FnMut(Page) -> Vec<Op>,
        now: u64,
    ) -> Doing<'a, u64> {
        Box::pin(async move {
            let mut expired = 0;
            for prefix in prefixes {
                let mut after = None;
                loop {
                    let page = self.store.scan(prefix, PAGE, after.as_deref()).await?;
                    after = full_page(&page);
                    expired += self.all(visit(page), now).await?;
                    if after.is_none() {
                        break;
                    }
                }
            }
            Ok(expired)
        })
    }

    /// Runs operations one after another.
    fn all(&self, ops: Vec<Op>, now: u64) -> Doing<'_, u64> {
        Box::pin(async move {
            let mut expired = 0;
            for op in ops {
                let is_expiry = matches!(op, Op::Expire(_));
                match self.run(Rc::new(op), now).await {
                    Ok(Outcome::Closed { state, .. }) => {
                        expired += u64::from(state == State::Expired);
                    }
                    // One damaged document must not keep the others from being charged.
                    Err(error) if !(is_expiry && is_damage(&error)) => return Err(error),
                    _ => {}
                }
            }
            Ok(expired)
        })
    }

    /// The whole ledger as JSON text: buckets and closed reservations.
    ///
    /// # Errors
    /// `ledger_unavailable` when the store fails.
    pub async fn export(&self, now: u64) -> Result<String> {
        if self.epoch().is_none() {
            self.open(now).await?;
        }
        let mut writer = Writer::default();
        writer.begin_object();
        writer.field("schema", &SCHEMA);
        writer.field("epoch", &self.epoch());
        writer.begin_list_at("docs");
        let mut written = |page: Page| {
            for (key, text) in &page {
                export_one(key, text, &mut writer);
            }
            Vec::new()
        };
        self.walk(&["b/", "r/"], &mut written, now).await?;
        writer.end_list();
        writer.end_object();
        Ok(writer.finish())
    }

    /// Takes over an export. Twice is once: from this very ledger the larger
    /// sums count, another ledger's are added as far as they have not been yet.
    ///
    /// # Errors
    /// `invalid_request` when the text is no export; `ledger_unavailable` when the store fails.
    pub async fn import(&self, text: &str, now: u64) -> Result<()> {
        let export: Export =
            json::from_str(text).map_err(|error| Error::invalid_request("import", error))?;
        if export.epoch.is_empty() || export.schema != SCHEMA {
            return Err(Error::invalid_request(
                "import",
                "this is no export of a ledger",
            ));
        }
        let mut ops = Vec::new();
        for Pair(key, doc) in export.docs {
            match ops.last_mut() {
                // A foreign bucket reads and writes two documents.
                Some(Op::Import { docs, .. }) if docs.len() < PAGE / 2 => docs.push((key, doc)),
                _ => ops.push(Op::Import {
                    epoch: export.epoch.clone(),
                    docs: vec![(key, doc)],
                }),
            }
        }
        self.all(ops, now).await.map(drop)
    }
}

/// Keys and documents.
type Page = Vec<(String, String)>;

/// The keys of the documents of a page that are wanted.
fn keys(page: Page, is_wanted: &dyn Fn(&str, &str) -> bool) -> Vec<String> {
    let mut keys = Vec::new();
    for (key, text) in page {
        if is_wanted(&key, &text) {
            keys.push(key);
        }
    }
    keys
}

/// An operation, unless it is about no document.
fn only(op: Op) -> Vec<Op> {
    match &op {
        Op::Compact { keys } | Op::Reset { keys } if keys.is_empty() => Vec::new(),
        _ => vec![op],
    }
}

fn export_one(key: &str, text: &str, writer: &mut Writer) {
    let is_open = |entry: Entry| entry.state == State::Pending;
    let is_left_out = Json::from_text(text).is_err()
        || (key.starts_with("r/") && read::<Entry>(key, text).map_or(true, is_open));
    if !is_left_out {
        writer.begin_list();
        writer.string(key);
        writer.raw(text);
        writer.end_list();
    }
}

/// The last key of a page that is full: behind it there may be more.
fn full_page(page: &[(String, String)]) -> Option<String> {
    let is_full = page.len() >= PAGE;
    page.last().filter(|_| is_full).map(|(key, _)| key.clone())
}

/// What [`Ledger::export`] writes.
#[derive(Default)]
struct Export {
    schema: u64,
    epoch: String,
    docs: Vec<Pair>,
}
fields!(Export {
    schema,
    epoch,
    docs
});

/// A key and its document.
struct Pair(String, Json);

impl<'a> Read<'a> for Pair {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let (mut key, mut doc) = (String::new(), Json::null());
        reader.list(&mut |reader| {
            if key.is_empty() {
                key = String::read(reader)?;
            } else {
                doc = Json::read(reader)?;
            }
            Ok(())
        })?;
        Ok(Self(key, doc))
    }
}
