//! A store in memory that fails on command.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aircher_llm::error::{Error, Result};
use aircher_llm::ledger::{Bucket, Caps, Entry, Memory, Store, Work};

/// The store of the scripted host.
#[derive(Debug, Default)]
pub struct Shaky {
    memory: Memory,
    /// How many of the next updates fail.
    pub failures: Cell<u32>,
    /// Whether updates neither succeed nor fail.
    pub hangs: Cell<bool>,
    /// How many updates were asked for.
    pub updates: Cell<u32>,
}

impl Shaky {
    /// Loses everything, as a browser may that clears its storage.
    pub fn lose(&self) {
        for prefix in ["meta", "b/", "r/", "o/"] {
            let found = now_or_never(self.memory.scan(prefix, usize::MAX, None)).unwrap();
            let gone = found.into_iter().map(|(key, _)| (key, None));
            self.memory.write(gone.collect());
        }
    }

    /// What a bucket holds, such as `*/d:2027-01-01`.
    pub fn bucket(&self, name: &str) -> Bucket {
        self.document(&["b/", name].concat()).unwrap_or_default()
    }

    /// A reservation or what became of it, by its id.
    pub fn entry(&self, id: &str) -> Option<Entry> {
        self.document(&["r/", id].concat())
    }

    fn document<T: for<'a> aircher_llm::json::Read<'a>>(&self, key: &str) -> Option<T> {
        let text = self.memory.get(key)?;
        Some(aircher_llm::json::from_str(&text).unwrap())
    }
}

/// What memory answers at once.
fn now_or_never<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("memory never waits"),
    }
}

impl Store for Shaky {
    async fn update(&self, keys: &[String], work: Work) -> Result<()> {
        self.updates.set(self.updates.get() + 1);
        if self.hangs.get() {
            std::future::pending::<()>().await;
        }
        let left = self.failures.get();
        if left > 0 {
            self.failures.set(left - 1);
            return Err(Error::ledger("ledger_unavailable", "the disk is full"));
        }
        self.memory.update(keys, work).await
    }

    async fn scan(
        &self,
        prefix: &str,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Vec<(String, String)>> {
        self.memory.scan(prefix, limit, after).await
    }

    fn caps(&self) -> Caps {
        self.memory.caps()
    }
}
