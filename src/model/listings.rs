//! Lists that providers have sent of their models, kept for a while.

use super::ModelInfo;

/// How long a list is taken for true, in milliseconds.
const FRESH_MS: f64 = 600_000.0;

/// The last list of each configured provider.
#[derive(Clone, Debug, Default)]
pub struct Listings(Vec<Listing>);

#[derive(Clone, Debug)]
struct Listing {
    provider: String,
    at_ms: f64,
    models: Vec<ModelInfo>,
}

impl Listings {
    /// The list of a provider, unless it is older than ten minutes.
    #[must_use]
    pub fn fresh(&self, provider: &str, now_ms: f64) -> Option<&[ModelInfo]> {
        let mut lists = self.0.iter();
        let list = lists.find(|list| list.provider == provider)?;
        (now_ms - list.at_ms < FRESH_MS).then_some(&list.models)
    }

    /// Forgets the list of a provider: it is another one now.
    pub fn forget(&mut self, provider: &str) {
        self.0.retain(|list| list.provider != provider);
    }

    /// Keeps a list in the place of the last one.
    pub fn put(&mut self, provider: &str, at_ms: f64, models: Vec<ModelInfo>) {
        self.0.retain(|list| list.provider != provider);
        self.0.push(Listing {
            provider: provider.to_string(),
            at_ms,
            models,
        });
    }
}
