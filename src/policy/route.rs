//! Which provider and model answer a request, and who is asked when they cannot.

use crate::chat::{ChatRequest, FallbackSetting};
use crate::config::{Config, ProviderConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::text;

/// Who answers.
#[derive(Clone, Debug)]
pub struct Route<'a> {
    /// The configured provider.
    pub provider: &'a ProviderConfig,
    /// The model as sent; `None` when the provider has to be asked for one.
    pub model: Option<String>,
}

/// Somebody who may answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The place of the provider in the configuration.
    pub provider: usize,
    /// The model as sent; `None` when the provider has to be asked for one.
    pub model: Option<String>,
}

/// Everybody who may answer, in order: who [`route`] chooses, then the request's own
/// list, or else the configured order. Nobody stands there twice.
///
/// # Errors
/// As [`route`], for every entry of the request's list.
pub fn candidates(config: &Config, request: &ChatRequest) -> Result<Vec<Candidate>> {
    let mut found = vec![candidate(config, route(config, request)?)];
    let order = match &request.fallback {
        Some(FallbackSetting::Switch(false)) => &[],
        Some(FallbackSetting::Candidates(list)) => &list[..],
        _ => &config.failover.order[..],
    };
    for entry in order {
        let next = candidate(config, fallback(config, entry)?);
        // In the configured order a provider stands once, whatever its model; a list may ask for several.
        let is_there = |known: &Candidate| match request.fallback {
            Some(FallbackSetting::Candidates(_)) => *known == next,
            _ => known.provider == next.provider,
        };
        if !found.iter().any(is_there) {
            found.push(next);
        }
    }
    Ok(found)
}

/// `claude`, with the model it has for that, or `gemini/gemini-3.8-flash`.
fn fallback<'a>(config: &'a Config, entry: &str) -> Result<Route<'a>> {
    let Some(provider) = config.provider(entry) else {
        return by_model(config, entry).map_err(|mut error| {
            error.message.insert_str(0, "fallback: ");
            error
        });
    };
    let mut models = config.failover.models.iter();
    let model = models.find(|(id, _)| *id == provider.id);
    Ok(at(provider, model.map(|(_, model)| model.as_str())))
}

fn candidate(config: &Config, route: Route<'_>) -> Candidate {
    let is_meant = |provider: &ProviderConfig| std::ptr::eq(provider, route.provider);
    Candidate {
        provider: config
            .providers
            .iter()
            .position(is_meant)
            .unwrap_or_default(),
        model: route.model,
    }
}

/// Chooses by the first rule that fits: the request's provider, `provider/model`,
/// a configured alias, the model table and name prefixes, a tagged name; and
/// without a model the default provider.
///
/// # Errors
/// `invalid_request` for a provider that is not configured, `model_not_found`
/// for a model nobody serves, `invalid_config` when nothing is configured.
pub fn route<'a>(config: &'a Config, request: &ChatRequest) -> Result<Route<'a>> {
    let model = request
        .model
        .as_deref()
        .filter(|model| !model.trim().is_empty());
    match (&request.provider, model) {
        (Some(id), model) => Ok(at(named(config, id)?, model)),
        (None, Some(model)) => by_model(config, model),
        (None, None) => default_provider(config).map(|provider| at(provider, None)),
    }
}

fn named<'a>(config: &'a Config, id: &str) -> Result<&'a ProviderConfig> {
    config.provider(id).ok_or_else(|| {
        Error::invalid_request("provider", format!("no provider `{id}` is configured"))
            .hint(format!("configured: {}", ids(config)))
    })
}

fn by_model<'a>(config: &'a Config, model: &str) -> Result<Route<'a>> {
    prefixed(config, model)
        .or_else(|| aliased(config, model))
        .or_else(|| of_kind(config, model))
        .ok_or_else(|| unknown(config, model))
}

/// `openai/gpt-6-sol`, where `openai` is configured.
fn prefixed<'a>(config: &'a Config, model: &str) -> Option<Route<'a>> {
    let (id, rest) = model.split_once('/')?;
    config
        .provider(id)
        .filter(|_| !rest.is_empty())
        .map(|provider| at(provider, Some(rest)))
}

fn aliased<'a>(config: &'a Config, model: &str) -> Option<Route<'a>> {
    let has_alias = |provider: &&ProviderConfig| {
        provider
            .custom_models
            .iter()
            .any(|(alias, _)| alias == model)
    };
    config
        .providers
        .iter()
        .find(has_alias)
        .map(|provider| at(provider, Some(model)))
}

/// The first configured provider of the kind the table or a prefix names.
fn of_kind<'a>(config: &'a Config, model: &str) -> Option<Route<'a>> {
    let first = |fits: &dyn Fn(&ProviderConfig) -> bool| {
        config.providers.iter().find(|provider| fits(provider))
    };
    let row = config.models.borrow().find_any(model);
    let in_table = row.and_then(|row| first(&|provider| provider.kind.profile().id == row.kind()));
    let by_prefix = || {
        first(&|provider| {
            provider
                .kind
                .profile()
                .model_prefixes
                .iter()
                .any(|prefix| model.starts_with(prefix))
        })
    };
    let by_tag =
        || first(&|provider| provider.kind.profile().tagged_models && text::has(model, ":"));
    in_table
        .or_else(by_prefix)
        .or_else(by_tag)
        .map(|provider| at(provider, Some(model)))
}

fn unknown(config: &Config, model: &str) -> Error {
    Error::new(
        ErrorKind::ModelNotFound,
        format!("model: no configured provider is known to serve `{model}`"),
    )
    .hint(format!(
        "name the provider as well (`provider`, or `<provider>/{model}`); configured: {}",
        ids(config)
    ))
}

fn default_provider(config: &Config) -> Result<&ProviderConfig> {
    let chosen = config
        .default_provider
        .as_deref()
        .and_then(|id| config.provider(id));
    let has_key = |provider: &&ProviderConfig| provider.key.is_there();
    let in_order = || {
        crate::provider::ALL.iter().flat_map(|kind| {
            config
                .providers
                .iter()
                .filter(|provider| provider.kind.profile().id == kind.profile().id)
        })
    };
    chosen
        .or_else(|| in_order().find(has_key))
        .or_else(|| in_order().find(|provider| !provider.kind.profile().needs_key))
        .or_else(|| in_order().next())
        .ok_or_else(|| {
            Error::new(ErrorKind::InvalidConfig, "no provider is configured")
                .hint("give a key, or configure a provider with a base_url")
        })
}

/// The provider with the model as it is sent: its alias resolved, its default filled in.
fn at<'a>(provider: &'a ProviderConfig, model: Option<&str>) -> Route<'a> {
    let model = model
        .or(provider.model.as_deref())
        .or_else(|| provider.kind.profile().default_model);
    Route {
        provider,
        model: model.map(|model| provider.sent(model).to_string()),
    }
}

fn ids(config: &Config) -> String {
    let mut ids = config.providers.iter().map(|provider| provider.id.as_str());
    text::joined(&mut ids, ", ")
}
