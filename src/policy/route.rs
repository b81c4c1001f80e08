//! Which provider and model answer a request, and who is asked when they cannot.

use crate::chat::{ChatRequest, FallbackSetting};
use crate::config::{Config, KeySource, ProviderConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::json::meant;
use crate::model::Registry;
use crate::provider::{self, Provider};
use crate::text::{self, concat};

/// Who answers.
#[derive(Clone, Debug)]
pub struct Route<'a> {
    /// The configured provider.
    pub provider: &'a ProviderConfig,
    /// The model as sent; `None` when the provider has to be asked for one.
    pub model: Option<String>,
    /// The rule that has chosen: `provider`, `prefix`, `alias`, `table`, `name` or `default`; `fallback` for who stands in.
    pub because: &'static str,
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
/// list, or else the configured order. Nobody stands there twice. `models`: what is known of models now.
///
/// # Errors
/// As [`route`], for every entry of the request's list.
pub fn candidates(
    config: &Config,
    models: &Registry,
    request: &ChatRequest,
) -> Result<Vec<Candidate>> {
    check_options(config, request)?;
    let mut found = vec![candidate(config, route(config, models, request)?)];
    let order = match &request.fallback {
        Some(FallbackSetting::Switch(false)) => &[],
        Some(FallbackSetting::Candidates(list)) => &list[..],
        _ => &config.failover.order[..],
    };
    for entry in order {
        let next = candidate(config, fallback(config, models, entry)?);
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

/// Extra fields go by the kind of a provider; under any other name nobody would send them.
fn check_options(config: &Config, request: &ChatRequest) -> Result<()> {
    let mut options = request.provider_options.iter();
    let Some((name, _)) = options.find(|(name, _)| provider::of_kind(name).is_none()) else {
        return Ok(());
    };
    let meant = match config.provider(name) {
        Some(provider) => concat(&[", its kind is `", provider.kind.profile().id, "`"]),
        None => meant(name, &provider::names()),
    };
    let problem = concat(&["`", name, "` is no kind of provider", &meant]);
    let field = concat(&["provider_options.", name]);
    Err(Error::invalid_request(&field, problem))
}

/// `claude`, with the model it has for that, or `gemini/gemini-3.8-flash`.
fn fallback<'a>(config: &'a Config, models: &Registry, entry: &str) -> Result<Route<'a>> {
    let Some(provider) = config.provider(entry) else {
        return by_model(config, models, entry).map_err(|mut error| {
            error.message.insert_str(0, "fallback: ");
            error
        });
    };
    let mut own = config.failover.models.iter();
    let model = own.find(|(id, _)| *id == provider.id);
    let model = model.map(|(_, model)| model.as_str());
    Ok(at("fallback", provider, model))
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
pub fn route<'a>(
    config: &'a Config,
    models: &Registry,
    request: &ChatRequest,
) -> Result<Route<'a>> {
    match (&request.provider, named_model(request)) {
        (Some(id), model) => Ok(at("provider", config.provider_named(id)?, model)),
        (None, Some(model)) => by_model(config, models, model),
        (None, None) => default_provider(config).map(|provider| at("default", provider, None)),
    }
}

fn named_model(request: &ChatRequest) -> Option<&str> {
    let model = request.model.as_deref();
    model.filter(|model| !model.trim().is_empty())
}

fn by_model<'a>(config: &'a Config, models: &Registry, model: &str) -> Result<Route<'a>> {
    prefixed(config, model)
        .or_else(|| aliased(config, model))
        .or_else(|| of_kind(config, models, model))
        .ok_or_else(|| unknown(config, models, model))
}

/// `openai/gpt-6-sol`, where `openai` is configured.
fn prefixed<'a>(config: &'a Config, model: &str) -> Option<Route<'a>> {
    let (id, rest) = model.split_once('/')?;
    config
        .provider(id)
        .filter(|_| !rest.is_empty())
        .map(|provider| at("prefix", provider, Some(rest)))
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
        .map(|provider| at("alias", provider, Some(model)))
}

/// The first configured provider of the kind the table names, then who has said it has the model,
/// which nobody else is known to have; else the first whose models have such names.
fn of_kind<'a>(config: &'a Config, models: &Registry, model: &str) -> Option<Route<'a>> {
    let first = |fits: &dyn Fn(&ProviderConfig) -> bool| {
        config.providers.iter().find(|provider| fits(provider))
    };
    let row = models.find_any(model);
    let in_table = row.and_then(|row| first(&|provider| provider.kind.profile().id == row.kind()));
    let known = in_table.or_else(|| first(&|provider| models.owns(provider.whose(), model)));
    let by_prefix = || first(&|provider| begins(provider.kind, model));
    let by_tag =
        || first(&|provider| provider.kind.profile().tagged_models && text::has(model, ":"));
    let named = || {
        by_prefix()
            .or_else(by_tag)
            .map(|provider| ("name", provider))
    };
    let found = known.map(|provider| ("table", provider)).or_else(named);
    found.map(|(because, provider)| at(because, provider, Some(model)))
}

/// Whether a name begins as those of a kind do.
fn begins(kind: &dyn Provider, model: &str) -> bool {
    let mut prefixes = kind.profile().model_prefixes.iter();
    prefixes.any(|prefix| model.starts_with(prefix))
}

fn unknown(config: &Config, models: &Registry, model: &str) -> Error {
    let problem = concat(&[
        "model: no configured provider is known to serve `",
        model,
        "`",
    ]);
    let remedy = home(models, model).and_then(|name| config.remedy(name));
    Error::new(ErrorKind::ModelNotFound, problem).hint(remedy.unwrap_or_else(|| {
        let mut ids = config.providers.iter().map(|provider| &*provider.id);
        let ids = text::joined(&mut ids, ", ");
        let how = "name the provider as well (`provider`, or `<provider>/";
        concat(&[how, model, "`); configured: ", &ids])
    }))
}

/// Who would serve a model that nobody configured does: by the table, a prefix, or its own words.
fn home<'m>(models: &Registry, model: &'m str) -> Option<&'m str> {
    let row = models.find_any(model);
    let in_table = row.and_then(|row| provider::of_kind(row.kind()));
    let all = || provider::ALL.iter().copied();
    let kind = in_table.or_else(|| all().find(|kind| begins(*kind, model)));
    let named = || model.split_once('/').map(|(id, _)| id);
    kind.map(|kind| kind.profile().id).or_else(named)
}

fn default_provider(config: &Config) -> Result<&ProviderConfig> {
    let chosen = config
        .default_provider
        .as_deref()
        .and_then(|id| config.provider(id));
    let has_key = |provider: &&ProviderConfig| provider.key.is_there();
    let in_order = || {
        provider::ALL.iter().flat_map(|kind| {
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

/// Who should have answered a request that names nobody, by the configured order, and the variable its key
/// is not in: the default is somebody that has a key.
#[must_use]
pub fn passed_over<'a>(config: &'a Config, request: &ChatRequest) -> Option<(&'a str, &'a str)> {
    let is_free =
        request.provider.is_none() && request.model.is_none() && config.default_provider.is_none();
    let first = config.failover.order.first().filter(|_| is_free)?;
    let provider = config.provider(first)?;
    match &provider.key {
        KeySource::Missing { variable } => Some((&provider.id, variable)),
        _ => None,
    }
}

/// The provider with the model as it is sent: its alias resolved, its default filled in.
fn at<'a>(because: &'static str, provider: &'a ProviderConfig, model: Option<&str>) -> Route<'a> {
    let model = provider.model_for(model);
    Route {
        provider,
        model: model.map(str::to_string),
        because,
    }
}

#[cfg(test)]
mod tests;
