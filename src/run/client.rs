//! What runs: a configuration, and what the calls of one client share and remember.

use std::cell::RefCell;

use crate::config::{Config, ProviderConfig};
use crate::error::Result;
use crate::model::{Listings, Model, ModelInfo, Registry, Whose};
use crate::policy::cache::Cache;
use crate::policy::health;
use crate::policy::limiter::Limiters;
use crate::policy::metrics::Metrics;
use crate::policy::seat::Seat;
use crate::policy::standing::Standing;
use crate::policy::tokens::Counts;

/// A client. Its calls share it: what one of them finds out of a provider, the next one knows.
///
/// ```
/// use aircher_llm::config::{Config, Host};
/// use aircher_llm::run::Client;
///
/// let config = Config::from_json(r#"{"providers":{"ollama":{}}}"#, &Host::default())?;
/// let client = Client::new(config);
/// client.merge_models(r#"[{"provider":"ollama","id":"mine","context_window":8192}]"#)?;
/// let ollama = client.config.provider_named("ollama")?;
/// let model = client.known(ollama, "mine:7b");
/// assert_eq!(model.and_then(|model| model.context_window()), Some(8192));
/// # Ok::<(), aircher_llm::error::Error>(())
/// ```
#[derive(Debug)]
pub struct Client {
    /// What it was made with.
    pub config: Config,
    /// What is known of models by now: what is configured, what was merged, and what providers say of theirs.
    pub(super) models: RefCell<Registry>,
    /// What is remembered of each provider, in the order of the configuration.
    seats: RefCell<Vec<Seat>>,
    /// What providers have listed of their models.
    pub(super) listings: RefCell<Listings>,
    /// What its attempts came to.
    pub(super) metrics: RefCell<Metrics>,
    /// What all of them share who wait for their turn.
    pub(super) limiters: Limiters,
    /// What providers have counted lately.
    pub(super) counts: RefCell<Counts>,
    /// Answers for who asks the same again.
    pub(super) cache: Cache,
}

impl Client {
    /// One that knows nothing but its configuration yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let seats = config.providers.iter().map(|_| Seat::default());
        Self {
            models: RefCell::new(config.models.clone()),
            seats: RefCell::new(seats.collect()),
            listings: RefCell::default(),
            metrics: RefCell::default(),
            limiters: Limiters::default(),
            counts: RefCell::default(),
            cache: Cache::default(),
            config,
        }
    }

    /// Merges models from JSON over what is known.
    ///
    /// # Errors
    /// As [`Registry::merge`].
    pub fn merge_models(&self, json: &str) -> Result<()> {
        self.models.borrow_mut().merge(json)
    }

    /// What is known now of a model of a configured provider, by the name that is sent.
    #[must_use]
    pub fn known(&self, provider: &ProviderConfig, model: &str) -> Option<Model> {
        self.models.borrow().find_at(provider.whose(), model)
    }

    /// The models known of one configured provider, or of all of them.
    #[must_use]
    pub fn known_models(&self, id: Option<&str>) -> Vec<ModelInfo> {
        let mut infos = Vec::new();
        for provider in &self.config.providers {
            if id.is_none_or(|id| id == provider.id) {
                // A server known by name has none of the table's, even where it may know some of the names.
                let others = provider.preset.is_some();
                let whose = provider.whose();
                let all = self.models.borrow().all_at(Whose { others, ..whose });
                infos.extend(all.iter().map(|model| model.info(&provider.id)));
            }
        }
        infos
    }

    /// What its attempts came to, as JSON (see [`Metrics::report`]).
    #[must_use]
    pub fn metrics(&self) -> String {
        let metrics = self.metrics.borrow();
        metrics.report(&self.config, &self.seats.borrow())
    }

    /// What was last heard of its providers, as JSON (see [`health::report`]).
    #[must_use]
    pub fn health(&self, now_ms: f64, wall_ms: u64) -> String {
        health::report(&self.config, &self.seats.borrow(), now_ms, wall_ms)
    }

    /// How the provider at that place of the configuration has been doing, to look at or to change;
    /// `None` when there is none.
    pub fn standing<T>(&self, at: usize, ask: impl FnOnce(&mut Standing) -> T) -> Option<T> {
        self.seat(at, |seat| ask(&mut seat.standing))
    }

    /// Everything that is remembered of it, likewise.
    pub(super) fn seat<T>(&self, at: usize, ask: impl FnOnce(&mut Seat) -> T) -> Option<T> {
        self.seats.borrow_mut().get_mut(at).map(ask)
    }
}
