//! A store in memory: for tests, and for hosts that have nothing better.

use std::cell::RefCell;

use super::store::{Caps, Docs, Shared, Store, Work, Writes};
use crate::error::Result;

/// Documents in memory, in the order of their keys.
#[derive(Clone, Debug, Default)]
pub struct Memory(RefCell<Vec<(String, String)>>);

impl Memory {
    /// The text of a document.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<String> {
        let docs = self.0.borrow();
        let at = docs.binary_search_by(|(name, _)| name.as_str().cmp(key));
        Some(docs.get(at.ok()?)?.1.clone())
    }

    /// Writes or deletes documents.
    pub fn write(&self, writes: Writes) {
        let mut docs = self.0.borrow_mut();
        for (key, doc) in writes {
            match (docs.binary_search_by(|(name, _)| name.cmp(&key)), doc) {
                (Ok(at), Some(doc)) => {
                    if let Some(entry) = docs.get_mut(at) {
                        entry.1 = doc;
                    }
                }
                (Ok(at), None) => drop(docs.remove(at)),
                (Err(at), Some(doc)) => docs.insert(at, (key, doc)),
                (Err(_), None) => {}
            }
        }
    }

    /// The documents of these keys.
    #[must_use]
    pub fn read(&self, keys: &[String]) -> Docs {
        Docs::new(
            keys.iter()
                .map(|key| (key.clone(), self.get(key)))
                .collect(),
        )
    }
}

impl Store for Memory {
    async fn update(&self, keys: &[String], mut work: Work) -> Result<()> {
        let writes = work(&self.read(keys));
        self.write(writes);
        Ok(())
    }

    async fn scan(
        &self,
        prefix: &str,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Vec<(String, String)>> {
        let is_wanted =
            |key: &str| key.starts_with(prefix) && after.is_none_or(|after| key > after);
        let docs = self.0.borrow();
        let wanted = docs.iter().filter(|(key, _)| is_wanted(key));
        Ok(wanted.take(limit).cloned().collect())
    }

    fn caps(&self) -> Caps {
        Caps {
            atomic: true,
            shared: Shared::Process,
            durable: false,
            native: false,
        }
    }
}
