//! The configuration: what the user wrote, checked, with every default filled in.
//!
//! ```text
//! JS object -> JSON text -> file::File (names as written) -> Config (meaning)
//! ```
//! Unknown keys and bad values are `invalid_config` naming the key and what is
//! accepted. Nothing here reads an environment: [`Host`] says what there is.

mod base_url;
mod costs;
mod custom;
mod file;

pub use base_url::BaseUrl;
pub use costs::{Costs, Mode};

use std::cell::RefCell;

use crate::error::{Error, ErrorKind, Result};
use crate::framing::Limits;
use crate::http::{Header, Secret};
use crate::json::Json;
use crate::model::Registry;
use crate::provider::{self, Provider};
use crate::text;

use file::{ApiKeyText, File, ProviderTable};

/// What the host knows that configuration depends on.
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
}

/// A checked configuration.
#[derive(Debug)]
pub struct Config {
    /// The provider that answers when a request names none.
    pub default_provider: Option<String>,
    /// The configured providers, in the order they were written.
    pub providers: Vec<ProviderConfig>,
    /// Time limits of every call.
    pub timeouts: Timeouts,
    /// Size limits of every answer.
    pub limits: Limits,
    /// What is known of models; rows may be merged at any time.
    pub models: RefCell<Registry>,
    /// What may be spent, and how strictly.
    pub costs: Costs,
}

/// One configured provider.
#[derive(Debug)]
pub struct ProviderConfig {
    /// Its id in requests.
    pub id: String,
    /// Which dialect it speaks.
    pub kind: &'static dyn Provider,
    /// Where its key comes from.
    pub key: KeySource,
    /// Where it is.
    pub base_url: BaseUrl,
    /// Whether `base_url` was configured: a compatible server, not the provider itself.
    pub custom_base_url: bool,
    /// The model when a request names none.
    pub model: Option<String>,
    /// The token limit when a request gives none.
    pub max_tokens: Option<u64>,
    /// The temperature when a request gives none.
    pub temperature: Option<f64>,
    /// OpenAI's organisation.
    pub org_id: Option<String>,
    /// Which of OpenAI's endpoints to use.
    pub api: Api,
    /// The version of the API, where the provider has several.
    pub api_version: Option<String>,
    /// Alias to the model id that is sent.
    pub custom_models: Vec<(String, String)>,
    /// Further headers.
    pub headers: Vec<Header>,
    /// Gemini's safety settings, passed through.
    pub safety_settings: Option<Json>,
    /// How long Ollama keeps the model loaded, passed through.
    pub keep_alive: Option<Json>,
    /// Ollama's context window.
    pub num_ctx: Option<u64>,
    /// Ollama's token limit.
    pub num_predict: Option<i64>,
}

impl ProviderConfig {
    /// The configured token limit of answers.
    #[must_use]
    pub fn output_limit(&self) -> Option<u64> {
        let predict = self.num_predict.and_then(|tokens| tokens.try_into().ok());
        self.max_tokens.or(predict)
    }

    /// The id that is sent for a name: an alias resolved, anything else as it is.
    #[must_use]
    pub fn sent<'a>(&'a self, name: &'a str) -> &'a str {
        let alias = self.custom_models.iter().find(|(alias, _)| alias == name);
        alias.map_or(name, |(_, id)| id)
    }
}

/// Where a key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// No key is sent.
    None,
    /// This one.
    Literal(Secret),
    /// The host asks the user's function.
    Function,
    /// It should come from an environment variable that is not set.
    Missing {
        /// The variable.
        variable: String,
    },
}

/// Which of OpenAI's endpoints to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Api {
    /// By model; Chat Completions on a custom address.
    #[default]
    Auto,
    /// Chat Completions.
    Chat,
    /// Responses.
    Responses,
}

/// Time limits in milliseconds. `None` means no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From sending to the head, for calls that answer at once.
    pub connect_ms: Option<u64>,
    /// Silence before the first text or tool call, head included.
    pub first_byte_ms: Option<u64>,
    /// Silence after it.
    pub idle_ms: Option<u64>,
    /// The whole call.
    pub total_ms: Option<u64>,
}

impl Default for Timeouts {
    /// 15 s, 10 min (a model may load or reason that long), 60 s, none.
    fn default() -> Self {
        Self {
            connect_ms: Some(15_000),
            first_byte_ms: Some(600_000),
            idle_ms: Some(60_000),
            total_ms: None,
        }
    }
}

impl Config {
    /// Reads a configuration from JSON text.
    ///
    /// # Errors
    /// `invalid_config` naming the key, and `authentication` (code `invalid_key`) for a key of a wrong form.
    pub fn from_json(text: &str, host: &Host<'_>) -> Result<Self> {
        let mut file = File::parse(text)?;
        let mut models = Registry::default();
        let providers = if file.providers.tables.is_empty() {
            usual_providers(host)?
        } else {
            configured(&mut file.providers.tables, host, &mut models)?
        };
        let is_known = |id: &str| {
            let configured = providers.iter().any(|provider| provider.id == id);
            configured || provider::of_kind(id).is_some()
        };
        let config = Self {
            costs: file.costs.resolve(&is_known)?,
            default_provider: file.providers.default,
            timeouts: file.timeouts.resolve()?,
            limits: file.limits.resolve(),
            providers,
            models: RefCell::new(models),
        };
        config.check_default()?;
        Ok(config)
    }

    fn check_default(&self) -> Result<()> {
        match &self.default_provider {
            Some(id) if self.provider(id).is_none() => {
                let mut known = self.providers.iter().map(|provider| provider.id.as_str());
                Err(Error::invalid_config(
                    "providers.default",
                    format!(
                        "no provider `{id}` is configured, there is: {}",
                        text::joined(&mut known, ", ")
                    ),
                ))
            }
            _ => Ok(()),
        }
    }

    /// The configured provider of that id; an alias of its kind serves as well.
    #[must_use]
    pub fn provider(&self, id: &str) -> Option<&ProviderConfig> {
        self.providers
            .iter()
            .find(|provider| provider.id == id)
            .or_else(|| {
                let kind = provider::of_kind(id)?.profile().id;
                self.providers.iter().find(|provider| provider.id == kind)
            })
    }
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
        provider.custom_models = table.custom_models(id, provider.kind.profile().id, models)?;
        providers.push(provider);
    }
    Ok(providers)
}

impl ProviderTable {
    fn resolve(&mut self, id: &str, host: &Host<'_>) -> Result<ProviderConfig> {
        let key_of = |name: &str| format!("providers.{id}.{name}");
        let kind = self.kind(id)?;
        let profile = kind.profile();
        let base_url = match &self.base_url {
            Some(url) => BaseUrl::parse(url, self.allow_insecure, host.origin)
                .map_err(|problem| Error::invalid_config(&key_of("base_url"), problem))?,
            None => BaseUrl::trusted(profile.base_url),
        };
        Ok(ProviderConfig {
            id: if self.kind.is_none() {
                profile.id.to_string()
            } else {
                id.to_string()
            },
            kind,
            key: self.key(id, kind, host)?,
            custom_base_url: self.base_url.is_some() && base_url.as_str() != profile.base_url,
            base_url,
            model: self.model.take(),
            max_tokens: self.max_tokens,
            temperature: self.temperature,
            org_id: self.org_id.take(),
            api: self.api(id)?,
            api_version: self.api_version.take(),
            custom_models: Vec::new(),
            headers: self.headers(id)?,
            safety_settings: self.safety_settings.take(),
            keep_alive: self.keep_alive.take(),
            num_ctx: self.num_ctx,
            num_predict: self.num_predict,
        })
    }

    fn kind(&self, id: &str) -> Result<&'static dyn Provider> {
        let name = self.kind.as_deref().unwrap_or(id);
        provider::of_kind(name).ok_or_else(|| {
            let mut kinds = provider::ALL.iter().map(|kind| kind.profile().id);
            let problem = format!(
                "`{name}` is no kind of provider; give `kind`, one of: {}",
                text::joined(&mut kinds, ", ")
            );
            Error::invalid_config(&format!("providers.{id}"), problem)
        })
    }

    /// A key belongs to the table it is written in. Only a table of the
    /// provider itself, at its own address, falls back to the usual variable.
    fn key(&self, id: &str, kind: &dyn Provider, host: &Host<'_>) -> Result<KeySource> {
        let profile = kind.profile();
        let itself = self.kind.is_none() && self.base_url.is_none();
        match (&self.api_key, &self.api_key_env) {
            (ApiKeyText::Null, _) => Ok(KeySource::None),
            (ApiKeyText::Function, _) => Ok(KeySource::Function),
            (ApiKeyText::Text(text), _) => literal(text, &format!("providers.{id}.api_key"), host),
            (ApiKeyText::Absent, Some(variable)) => from_env(variable, host),
            (ApiKeyText::Absent, None) => match profile.key_variable.filter(|_| itself) {
                Some(variable) if profile.needs_key || (host.env)(variable).is_some() => {
                    from_env(variable, host)
                }
                _ => Ok(KeySource::None),
            },
        }
    }

    fn api(&self, id: &str) -> Result<Api> {
        match self.api.as_deref() {
            None | Some("auto") => Ok(Api::Auto),
            Some("chat") => Ok(Api::Chat),
            Some("responses") => Ok(Api::Responses),
            Some(other) => Err(Error::invalid_config(
                &format!("providers.{id}.api"),
                format!("`{other}` is not one of `auto`, `chat`, `responses`"),
            )),
        }
    }

    fn headers(&self, id: &str) -> Result<Vec<Header>> {
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            headers.push(checked_header(name, value).map_err(|problem| {
                Error::invalid_config(&format!("providers.{id}.headers.{name}"), problem)
            })?);
        }
        Ok(headers)
    }
}

fn from_env(variable: &str, host: &Host<'_>) -> Result<KeySource> {
    match (host.env)(variable).filter(|value| !value.trim().is_empty()) {
        Some(value) => literal(&value, variable, host),
        None => Ok(KeySource::Missing {
            variable: variable.to_string(),
        }),
    }
}

fn literal(text: &str, place: &str, host: &Host<'_>) -> Result<KeySource> {
    if host.page && !host.dangerously_allow_browser {
        let problem = "a key in a page is readable by that page";
        return Err(Error::invalid_config(place, problem).hint(
            "give a key function or a proxy `base_url` with `api_key: null`, or accept the risk with the option `dangerouslyAllowBrowser: true`",
        ));
    }
    match Secret::new(text) {
        Some(secret) => Ok(KeySource::Literal(secret)),
        None => Err(Error::new(
            ErrorKind::Authentication,
            format!("{place}: a key has 8 to 4096 visible ASCII characters and no blanks"),
        )
        .code("invalid_key")),
    }
}

/// A header the user may add: a proper name that is not ours to set.
pub(crate) fn checked_header(name: &str, value: &str) -> Result<Header, String> {
    const OURS: [&str; 4] = [
        "authorization",
        "x-api-key",
        "x-goog-api-key",
        "content-length",
    ];
    let lower = name.to_ascii_lowercase();
    let proper = !lower.is_empty()
        && lower
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if !proper {
        return Err("not a header name".into());
    }
    if OURS.contains(&&*lower) {
        return Err("this header is set from the key; use `api_key`".into());
    }
    if !value
        .bytes()
        .all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte))
    {
        return Err("a header value has only visible ASCII characters".into());
    }
    Ok(Header::plain(lower, value))
}

impl Timeouts {
    /// These limits with those of one call in their place.
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

/// Time limits of one call in milliseconds; `None` leaves the configured one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct CallTimeouts {
    pub connect_ms: Option<u64>,
    pub first_byte_ms: Option<u64>,
    pub idle_ms: Option<u64>,
    pub total_ms: Option<u64>,
}
