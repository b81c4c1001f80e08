//! The configuration: what the user wrote, checked, with every default filled in.
//!
//! ```text
//! JS object -> JSON text -> file::File (names as written) -> Config (meaning)
//! ```
//! Unknown keys and bad values are `invalid_config` naming the key and what is
//! accepted. Nothing here reads an environment: [`Host`] says what there is.

mod base_url;
mod check;
mod cloud;
mod costs;
mod custom;
mod file;
mod key;
mod recovery;
mod show;
mod table;
#[cfg(feature = "config-toml")]
pub mod toml;

pub use base_url::BaseUrl;
pub(crate) use base_url::{host_of, is_ipv4, is_loopback};
pub use cloud::CloudAccess;
pub use costs::{Costs, Mode};
pub use custom::CustomModel;
pub use key::KeySource;
pub use recovery::{Failover, Retry};
#[cfg(all(target_arch = "wasm32", feature = "js"))]
pub(crate) use table::checked_header;
pub use table::{Api, AutoPull, ProviderConfig};

use crate::error::{Error, Result};
use crate::framing::Limits;
use crate::json::meant;
use crate::model::Registry;
use crate::policy::cache::Room;
use crate::provider;
use crate::text::concat;

use file::File;
use table::ProviderTable;

/// What the host knows that configuration depends on.
///
/// ```
/// use aircher_llm::config::{Config, Host};
///
/// let page = Host { page: true, origin: Some("https://app.example"), ..Host::default() };
/// let config = r#"{"providers":{"openai":{"api_key":"sk-live-0123456789"}}}"#;
/// let error = Config::from_json(config, &page).unwrap_err();
/// assert_eq!(error.message, "providers.openai.api_key: a key in a page is readable by that page");
/// assert!(Config::from_json(config, &Host::default()).is_ok());
/// ```
#[allow(missing_debug_implementations)]
pub struct Host<'a> {
    /// The value of an environment variable.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Whether code of a page can read our memory: a document, or a worker of one.
    pub page: bool,
    /// `location.origin` of a page, for relative addresses.
    pub origin: Option<&'a str>,
    /// The user has accepted that keys in a page are readable by that page.
    pub dangerously_allow_browser: bool,
    /// The same of a service account, which can do far more than a key.
    pub allow_service_account_in_browser: bool,
}

/// No variables, and no page.
impl Default for Host<'_> {
    fn default() -> Self {
        Self {
            env: &|_| None,
            page: false,
            origin: None,
            dangerously_allow_browser: false,
            allow_service_account_in_browser: false,
        }
    }
}

/// A checked configuration: plain data. What runs with it is a [`Client`](crate::run::Client).
#[derive(Debug)]
pub struct Config {
    /// The provider that answers when a request names none.
    pub default_provider: Option<String>,
    /// The configured providers, in the order they were written.
    pub providers: Vec<ProviderConfig>,
    /// Whether none was written, and those that have a key or need none are there.
    pub usual: bool,
    /// Time limits of every call.
    pub timeouts: Timeouts,
    /// Size limits of every answer.
    pub limits: Limits,
    /// When and how often a failed request is sent again.
    pub retry: Retry,
    /// Who answers when a provider cannot.
    pub failover: Failover,
    /// When providers are asked whether they answer.
    pub health: Health,
    /// Whether and where answers are kept for identical requests.
    pub response_cache: ResponseCache,
    /// What is configured of models, over what the table knows of them.
    pub models: Registry,
    /// What may be spent, and how strictly.
    pub costs: Costs,
}

/// Time limits in milliseconds. `None` means no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From sending to the head, for calls that answer at once: lists, health, counts. Default 15 s.
    pub connect_ms: Option<u64>,
    /// Silence before the first text or tool call, head included. Default 10 min: a model may load or
    /// reason that long.
    pub first_byte_ms: Option<u64>,
    /// Silence after it. Default 60 s.
    pub idle_ms: Option<u64>,
    /// The whole call, attempts and waits included. Default none.
    pub total_ms: Option<u64>,
}

impl Default for Timeouts {
    /// 15 s, 10 min, 60 s, none.
    fn default() -> Self {
        Self {
            connect_ms: Some(15_000),
            first_byte_ms: Some(600_000),
            idle_ms: Some(60_000),
            total_ms: None,
        }
    }
}

/// When providers are asked whether they answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// The time between two checks; `None`: never. Default 5 min.
    pub interval_ms: Option<u64>,
    /// Whether the interval was given: then providers are checked without being asked for it.
    pub periodic: bool,
    /// The time an answer may take. Default 5 s.
    pub timeout_ms: u64,
}

/// Whether and where answers are kept for identical requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseCache {
    /// Whether they are without being asked for it. Default false.
    pub enabled: bool,
    /// How long an answer is good, and what all of them may take up together. Default 1 h, 16 MiB.
    pub room: Room,
    /// `auto` (default: IndexedDB where there is one, else memory), `memory` or `indexeddb`.
    pub store: &'static str,
}

impl Config {
    /// Reads a configuration from JSON text, with the names of the TOML file (docs/configuration.md has them
    /// all). Every key may be left out: `{}` means the providers whose usual variable is set, and Ollama.
    ///
    /// # Errors
    /// `invalid_config` naming the key, and `authentication` (code `invalid_key`) for a key of a wrong form.
    ///
    /// ```
    /// use aircher_llm::config::{Config, Host};
    ///
    /// let text = r#"{"providers":{"default":"ollama","ollama":{"model":"qwen3"}},"timeouts":{"total":"2m"}}"#;
    /// let config = Config::from_json(text, &Host::default())?;
    /// assert_eq!(config.timeouts.total_ms, Some(120_000));
    /// let error = Config::from_json(r#"{"timeouts":{"total":120}}"#, &Host::default()).unwrap_err();
    /// let message = "timeouts.total: expected a duration such as \"15s\", found a number: `120`";
    /// assert_eq!(error.message, message);
    /// # Ok::<(), aircher_llm::error::Error>(())
    /// ```
    pub fn from_json(text: &str, host: &Host<'_>) -> Result<Self> {
        let mut file = File::parse(text)?;
        Self::of(&mut file, host)
    }

    /// What a file means. It is borrowed, and what can fail is filled in last:
    /// every place that can fail cleans up all that is owned there, in code.
    fn of(file: &mut File, host: &Host<'_>) -> Result<Self> {
        let mut models = Registry::default();
        let tables = &mut file.providers.tables;
        let providers = match tables.is_empty() {
            true => usual_providers(host)?,
            false => configured(tables, host, &mut models)?,
        };
        let mut known = provider::names();
        known.retain(|name| named(&providers, name).is_none());
        known.extend(ids(&providers));
        let mut config = Self {
            costs: file.costs.resolve(&known)?,
            usual: tables.is_empty(),
            default_provider: None,
            timeouts: file.timeouts.resolve(),
            limits: file.limits.resolve(),
            health: file.providers.health(),
            response_cache: file.response_cache.resolve(),
            retry: Retry::default(),
            failover: Failover::default(),
            providers,
            models,
        };
        config.fill(file)?;
        Ok(config)
    }

    fn fill(&mut self, file: &mut File) -> Result<()> {
        file.retry.resolve(&mut self.retry)?;
        self.response_cache.store = file.response_cache.store()?;
        let id_of = |key: &str, id: &str| match named(&self.providers, id) {
            Some(provider) => Ok(provider.id.clone()),
            None => Err(absent(&self.providers, self.usual, id, &|problem| {
                Error::invalid_config(key, problem)
            })),
        };
        if let Some(id) = &file.providers.default {
            self.default_provider = Some(id_of("providers.default", id)?);
        }
        let order = &file.providers.fallback_order;
        file.failover.resolve(order, &id_of, &mut self.failover)
    }

    /// The configured provider of that id; an alias of its kind serves as well.
    #[must_use]
    pub fn provider(&self, id: &str) -> Option<&ProviderConfig> {
        named(&self.providers, id)
    }

    /// The same for who names it.
    ///
    /// # Errors
    /// `invalid_request` when it is not configured, with what would bring it in.
    pub fn provider_named(&self, id: &str) -> Result<&ProviderConfig> {
        self.provider(id).ok_or_else(|| {
            absent(&self.providers, self.usual, id, &|problem| {
                Error::invalid_request("provider", problem)
            })
        })
    }

    /// What would bring in a provider that is known by that name, but not configured.
    #[must_use]
    pub(crate) fn remedy(&self, name: &str) -> Option<String> {
        remedy(name, self.usual)
    }
}

fn ids(providers: &[ProviderConfig]) -> Vec<&str> {
    let ids = providers.iter().map(|provider| provider.id.as_str());
    ids.collect()
}

/// The error for a provider that is not configured.
fn absent(
    providers: &[ProviderConfig],
    usual: bool,
    id: &str,
    error: &dyn Fn(String) -> Error,
) -> Error {
    let among = meant(id, &ids(providers));
    let error = error(concat(&["no provider `", id, "` is configured", &among]));
    match remedy(id, usual) {
        Some(remedy) => error.hint(remedy),
        None => error,
    }
}

/// Variables count only where no provider is configured, and only those of the kinds themselves.
fn remedy(name: &str, usual: bool) -> Option<String> {
    let preset = || Some((provider::preset(name)?.1.name, None));
    let kind = provider::of_kind(name).map(|kind| (kind.profile().id, kind.profile().key_variable));
    let (id, variable) = kind.or_else(preset)?;
    Some(match variable.filter(|_| usual) {
        Some(variable) => concat(&["set ", variable, ", or configure `providers.", id, "`"]),
        None => concat(&["configure `providers.", id, "`"]),
    })
}

fn named<'a>(providers: &'a [ProviderConfig], id: &str) -> Option<&'a ProviderConfig> {
    let of_id = |id: &str| providers.iter().find(|provider| provider.id == id);
    of_id(id).or_else(|| of_id(provider::of_kind(id)?.profile().id))
}

/// Without configuration: the providers whose usual variable is set, and those that need no key.
fn usual_providers(host: &Host<'_>) -> Result<Vec<ProviderConfig>> {
    let has_key =
        |variable: &str| (host.env)(variable).is_some_and(|value| !value.trim().is_empty());
    let mut usual = Vec::new();
    for kind in provider::ALL {
        let profile = kind.profile();
        if !profile.needs_key || profile.key_variable.is_some_and(has_key) {
            usual.push(ProviderTable::default().resolve(profile.id, host)?);
        }
    }
    Ok(usual)
}

fn configured(
    tables: &mut [(String, ProviderTable)],
    host: &Host<'_>,
    models: &mut Registry,
) -> Result<Vec<ProviderConfig>> {
    let mut providers = Vec::new();
    for (id, table) in tables {
        let mut provider = table.resolve(id, host)?;
        if providers
            .iter()
            .any(|other: &ProviderConfig| other.id == provider.id)
        {
            let problem = concat(&["`", &provider.id, "` is configured already"]);
            return Err(Error::invalid_config(&concat(&["providers.", id]), problem));
        }
        provider.custom_models = table.custom_models(id, provider.whose(), models)?;
        providers.push(provider);
    }
    Ok(providers)
}

impl Timeouts {
    /// These limits with those of one call in their place.
    ///
    /// ```
    /// use aircher_llm::config::{CallTimeouts, Timeouts};
    ///
    /// let call = CallTimeouts { total_ms: Some(30_000), ..CallTimeouts::default() };
    /// let limits = Timeouts::default().with(call);
    /// assert_eq!((limits.idle_ms, limits.total_ms), (Some(60_000), Some(30_000)));
    /// ```
    #[must_use]
    pub fn with(self, call: CallTimeouts) -> Self {
        Self {
            connect_ms: call.connect_ms.or(self.connect_ms),
            first_byte_ms: call.first_byte_ms.or(self.first_byte_ms),
            idle_ms: call.idle_ms.or(self.idle_ms),
            total_ms: call.total_ms.or(self.total_ms),
        }
    }
}

/// Time limits of one call in milliseconds, each as in [`Timeouts`]; `None` leaves the configured one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallTimeouts {
    /// In the place of [`Timeouts::connect_ms`].
    pub connect_ms: Option<u64>,
    /// In the place of [`Timeouts::first_byte_ms`].
    pub first_byte_ms: Option<u64>,
    /// In the place of [`Timeouts::idle_ms`].
    pub idle_ms: Option<u64>,
    /// In the place of [`Timeouts::total_ms`].
    pub total_ms: Option<u64>,
}
