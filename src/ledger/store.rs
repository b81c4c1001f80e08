//! Where a ledger lives: string keys, JSON documents, one atomic primitive.

use crate::error::Result;

/// Documents to write; `None` deletes.
pub type Writes = Vec<(String, Option<String>)>;

/// What an update does with the documents it has read. It owns all it needs: a
/// store may keep it until its transaction runs.
pub type Work = Box<dyn FnMut(&Docs) -> Writes>;

/// A store of documents. [`Store::update`] is all a store has to be able to do well.
#[allow(async_fn_in_trait)]
pub trait Store {
    /// One atomic read-modify-write. `work` is pure and synchronous and may run
    /// several times (stores that compare and set); only the writes of its last
    /// run count. Keys that were not read may be written. Returns once the
    /// writes are durable.
    ///
    /// # Errors
    /// `ledger_unavailable` when nothing was written, or when that is not known.
    async fn update(&self, keys: &[String], work: Work) -> Result<()>;

    /// Documents whose key begins with `prefix`, ascending, behind `after`, `limit` at most.
    ///
    /// # Errors
    /// `ledger_unavailable` when the store cannot be read.
    async fn scan(
        &self,
        prefix: &str,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Vec<(String, String)>>;

    /// The store's own arithmetic for reserve, settle and void, with the
    /// outcomes of [`super::step()`]; `None` when it leaves the case to `update`.
    ///
    /// # Errors
    /// As [`Store::update`].
    async fn apply(&self, op_json: &str) -> Result<Option<String>> {
        let _ = op_json;
        Ok(None)
    }

    /// The owners that are known to live, where the host can tell.
    async fn live(&self) -> Option<Vec<String>> {
        None
    }

    /// What the store promises.
    fn caps(&self) -> Caps;
}

/// What a store promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Updates are atomic; without it no budget can be held.
    pub atomic: bool,
    /// Who sees the same documents.
    pub shared: Shared,
    /// Documents outlive the process.
    pub durable: bool,
    /// [`Store::apply`] decides at least some cases.
    pub native: bool,
}

/// Who sees the same documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// This process only.
    Process,
    /// All tabs and workers of one origin.
    Origin,
    /// Everybody.
    Global,
}

/// The documents read for one update. A key that was asked for and does not
/// exist is there, without text.
///
/// ```
/// use aircher_llm::ledger::Docs;
///
/// let read = Docs::new(vec![("meta".into(), Some("{}".into())), ("r/1".into(), None)]);
/// assert_eq!(read.get("meta"), Some("{}"));
/// // It was asked for and is not there; nothing is known of a key nobody asked for.
/// assert!(read.has("r/1") && read.get("r/1").is_none() && !read.has("r/2"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Docs(Vec<(String, Option<String>)>);

impl Docs {
    /// Documents as a store read them.
    #[must_use]
    pub fn new(read: Vec<(String, Option<String>)>) -> Self {
        Self(read)
    }

    /// The text of a document, if it exists.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.find(key)?.1.as_deref()
    }

    /// Whether the key was read at all.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    fn find(&self, key: &str) -> Option<&(String, Option<String>)> {
        self.0.iter().find(|(name, _)| name == key)
    }
}
