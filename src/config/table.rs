//! `[providers.<id>]`: as written, and as it is meant.

use std::cell::Cell;

use super::check::{self, Positive};
use super::cloud::{CloudAccess, KeyFileText};
use super::custom::CustomModel;
use super::key::{ApiKeyText, KeySource};
use super::{BaseUrl, Host};
use crate::error::{Error, Result};
use crate::http::Header;
use crate::json::{Json, fields, meant};
use crate::model::{Model, Whose};
use crate::policy::limiter::Limits;
use crate::policy::pricing::{Factors, Tariff};
use crate::provider::{self, Preset, Provider};
use crate::text;

/// One configured provider.
///
/// ```
/// use aircher_llm::config::{Config, Host};
///
/// let text = r#"{"providers":{"work":{"kind":"openai","base_url":"https://llm.example/v1","api_key":null,
///     "model":"fast","custom_models":{"fast":"gpt-6-luna"}}}}"#;
/// let config = Config::from_json(text, &Host::default())?;
/// let work = config.provider("work").unwrap();
/// assert_eq!(work.kind.profile().id, "openai");
/// assert_eq!((work.model_for(None), work.sent("gpt-4o")), (Some("gpt-6-luna"), "gpt-4o"));
/// # Ok::<(), aircher_llm::error::Error>(())
/// ```
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
    /// Whether `base_url` was configured, or a preset has another: a compatible server, not the provider itself.
    pub custom_base_url: bool,
    /// What is known of that server by its name.
    pub preset: Option<&'static Preset>,
    /// The model when a request names none. Default:
    /// [`Profile::default_model`](crate::provider::Profile::default_model).
    pub model: Option<String>,
    /// The most tokens of an answer when a request gives no limit. Default: the provider's own.
    pub max_tokens: Option<u64>,
    /// The temperature when a request gives none, 0 to 2. Default: the provider's own.
    pub temperature: Option<f64>,
    /// OpenAI's organisation; its project is `project`.
    pub org_id: Option<String>,
    /// Which of OpenAI's endpoints to use.
    pub api: Api,
    /// Whether streams are asked for their usage; not once a server has refused that (wire reference, OpenAI §10).
    pub stream_usage: Cell<bool>,
    /// The version of the API, where the provider has several.
    pub api_version: Option<String>,
    /// Alias to the model id that is sent.
    pub custom_models: Vec<(String, CustomModel)>,
    /// Further headers of every request. Their values are treated as secrets: they may hold a key.
    pub headers: Vec<Header>,
    /// Gemini's safety settings, passed through.
    pub safety_settings: Option<Json>,
    /// How long Ollama keeps the model loaded, passed through.
    pub keep_alive: Option<Json>,
    /// Ollama's context window in tokens. Default: the server's, which may be as small as 4,096 (wire
    /// reference, Ollama §2).
    pub num_ctx: Option<u64>,
    /// Ollama's token limit, where `max_tokens` says nothing; below 0 as the server means it.
    pub num_predict: Option<i64>,
    /// How many requests a minute; `None`: as many as the provider takes.
    pub requests_per_min: Option<u64>,
    /// How many tokens a minute, input and output; `None`: no limit of ours.
    pub tokens_per_min: Option<u64>,
    /// How many requests at a time; `None`: no limit of ours.
    pub max_concurrent: Option<u64>,
    /// Whether Ollama gets models it does not have.
    pub auto_pull: AutoPull,
    /// Whether it is reached through its cloud (Gemini on Vertex AI).
    pub cloud: CloudAccess,
    /// The project in that cloud.
    pub project: Option<String>,
    /// The location there. Default: [`Cloud::location`](crate::provider::Cloud::location).
    pub location: Option<String>,
}

impl ProviderConfig {
    /// Whose models it has.
    #[must_use]
    pub fn whose(&self) -> Whose<'_> {
        Whose {
            kind: self.kind.profile().id,
            id: &self.id,
            others: self.runs_here(),
        }
    }

    /// Whether it is a server that people run themselves, by its name.
    fn runs_here(&self) -> bool {
        self.preset.is_some_and(|preset| !preset.is_hosted())
    }

    /// What a model's tokens cost here; a server that people run themselves costs nothing where
    /// no prices are configured.
    #[must_use]
    pub fn tariff(&self, model: Option<&Model>, factors: &Factors) -> Option<Tariff> {
        let known = Tariff::of(self.kind.profile(), model, factors);
        known.or_else(|| self.runs_here().then(Tariff::free))
    }

    /// How fast it may be asked.
    #[must_use]
    pub fn rate_limits(&self) -> Limits {
        Limits {
            requests: self.requests_per_min,
            tokens: self.tokens_per_min,
            concurrent: self.max_concurrent,
        }
    }

    /// The token limit of an answer: what the request asks for, else what is configured.
    #[must_use]
    pub fn output_limit(&self, asked: Option<u64>) -> Option<u64> {
        let predict = self.num_predict.and_then(|tokens| tokens.try_into().ok());
        asked.or(self.max_tokens).or(predict)
    }

    /// The model a request is for, as sent: the one it names, else the configured or usual one;
    /// `None` where the provider has to be asked for one.
    #[must_use]
    pub fn model_for<'a>(&'a self, named: Option<&'a str>) -> Option<&'a str> {
        let named = named.filter(|model| !model.trim().is_empty());
        let model = named.or(self.model.as_deref());
        let model = model.or_else(|| self.usual(self.kind.profile().default_model));
        model.map(|model| self.sent(model))
    }

    /// A usual model of its kind, unless it is a server known by name: that one has others.
    #[must_use]
    pub fn usual(&self, model: Option<&'static str>) -> Option<&'static str> {
        model.filter(|_| self.preset.is_none())
    }

    /// Whether a model has to be named: of a server of one's own the first of its list is one that
    /// somebody installed, of others' it is any of hundreds, at any price.
    #[must_use]
    pub fn needs_model(&self) -> bool {
        self.preset.is_some_and(Preset::is_hosted)
    }

    /// The id that is sent for a name: an alias resolved, anything else as it is.
    #[must_use]
    pub fn sent<'a>(&'a self, name: &'a str) -> &'a str {
        let alias = self.custom_models.iter().find(|(alias, _)| alias == name);
        alias.map_or(name, |(_, model)| &model.sent)
    }
}

/// Which of OpenAI's endpoints to use (wire reference, OpenAI §2).
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

/// Whether Ollama gets models it does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AutoPull {
    /// A missing model is `model_not_found`.
    #[default]
    Never,
    /// A missing model is pulled.
    Missing,
    /// Every model is brought up to date before its first use.
    Update,
}

/// `[providers.<id>]`.
#[derive(Debug, Default)]
pub(super) struct ProviderTable {
    pub(super) kind: Option<String>,
    model: Option<String>,
    max_tokens: Option<Positive>,
    temperature: Option<f64>,
    pub(super) base_url: Option<String>,
    org_id: Option<String>,
    pub(super) custom_models: Vec<(String, CustomModel)>,
    api_version: Option<String>,
    safety_settings: Option<Json>,
    keep_alive: Option<Json>,
    num_ctx: Option<Positive>,
    num_predict: Option<i64>,
    headers: Vec<(String, String)>,
    allow_insecure: bool,
    api: Option<String>,
    stream_usage: Option<bool>,
    pub(super) api_key: ApiKeyText,
    pub(super) api_key_env: Option<String>,
    pub(super) service_account: KeyFileText,
    pub(super) service_account_env: Option<String>,
    pub(super) access_token: ApiKeyText,
    pub(super) vertex: bool,
    project: Option<String>,
    pub(super) location: Option<String>,
    requests_per_min: Option<Positive>,
    tokens_per_min: Option<Positive>,
    max_concurrent: Option<Positive>,
    auto_pull: Option<String>,
}

fields!(strict ProviderTable [] {
    kind, model, max_tokens, temperature, base_url, org_id, custom_models, api_version, safety_settings, keep_alive,
    num_ctx, num_predict, headers, allow_insecure, api, stream_usage, api_key, api_key_env, service_account, service_account_env,
    access_token, vertex, project, location,
    requests_per_min, tokens_per_min, max_concurrent, auto_pull,
});

impl ProviderTable {
    pub(super) fn resolve(&mut self, id: &str, host: &Host<'_>) -> Result<ProviderConfig> {
        let table = text::concat(&["providers.", id]);
        let (kind, preset) = self.kind(id)?;
        self.check(&table)?;
        let api = check::word([&table, "api"], self.api.as_ref(), &API_NAMES)?;
        let pull = self.auto_pull.as_ref();
        let auto_pull = check::word([&table, "auto_pull"], pull, &PULL_NAMES)?;
        let profile = kind.profile();
        let cloud = self.cloud_access(&table, kind)?;
        let usual_url = match profile.cloud.filter(|_| cloud != CloudAccess::None) {
            Some(its) => self.cloud_url(&table, its, cloud)?,
            None => preset
                .map_or(profile.base_url, |preset| preset.base_url)
                .to_string(),
        };
        let base_url = match &self.base_url {
            Some(url) => {
                let parsed = BaseUrl::parse(url, self.allow_insecure, host.origin);
                let parsed = parsed.map_err(|problem| {
                    let key = text::concat(&[&table, ".base_url"]);
                    Error::invalid_config(&key, quoted(url, &problem))
                })?;
                parsed.without(profile.copied_paths)
            }
            None => BaseUrl::trusted(&usual_url),
        };
        let mut provider = ProviderConfig {
            id: if self.kind.is_none() && preset.is_none() {
                profile.id.to_string()
            } else {
                id.to_string()
            },
            kind,
            key: KeySource::None,
            custom_base_url: preset.is_some()
                || (self.base_url.is_some() && base_url.as_str() != usual_url),
            preset,
            base_url,
            model: self.model.take(),
            max_tokens: self.max_tokens.map(|number| number.0),
            temperature: self.temperature,
            org_id: self.org_id.take(),
            api: APIS.get(api).copied().unwrap_or_default(),
            stream_usage: Cell::new(
                self.stream_usage
                    .unwrap_or_else(|| preset.is_none_or(|preset| preset.stream_usage)),
            ),
            api_version: self.api_version.take(),
            custom_models: Vec::new(),
            headers: Vec::new(),
            safety_settings: self.safety_settings.take(),
            keep_alive: self.keep_alive.take(),
            num_ctx: self.num_ctx.map(|number| number.0),
            num_predict: self.num_predict,
            requests_per_min: self.requests_per_min.map(|number| number.0),
            tokens_per_min: self.tokens_per_min.map(|number| number.0),
            max_concurrent: self.max_concurrent.map(|number| number.0),
            auto_pull: PULLS.get(auto_pull).copied().unwrap_or_default(),
            cloud,
            project: self.project.take(),
            location: self.location.take(),
        };
        match profile.cloud.filter(|_| cloud == CloudAccess::Project) {
            Some(its) => self.cloud_key(&table, &mut provider, its, host)?,
            None => provider.key = self.key(id, (kind, preset), host)?,
        }
        provider.headers = self.headers(id)?;
        Ok(provider)
    }

    /// The dialect, and the server where it is one that is known by name.
    fn kind(&self, id: &str) -> Result<(&'static dyn Provider, Option<&'static Preset>)> {
        let name = self.kind.as_deref().unwrap_or(id);
        let kind = provider::of_kind(name).map(|kind| (kind, None));
        let known = || provider::preset(name).map(|(kind, preset)| (kind, Some(preset)));
        kind.or_else(known).ok_or_else(|| {
            let profiles = provider::ALL.iter().map(|kind| kind.profile());
            let presets = profiles.flat_map(|profile| profile.presets);
            let mut names = provider::names();
            names.extend(presets.map(|preset| preset.name));
            let problem = ["`", name, "` is no kind of provider", &meant(name, &names)];
            let key = text::concat(&["providers.", id]);
            let error = Error::invalid_config(&key, text::concat(&problem));
            match self.kind {
                Some(_) => error,
                None => error.hint("a name of your own needs `kind`"),
            }
        })
    }

    /// Numbers within their limits, and what is passed on of the form its provider takes.
    fn check(&self, table: &str) -> Result<()> {
        check::within([table, "temperature"], self.temperature, 0.0, 2.0)?;
        for (name, value, wrong, expected) in [
            (
                "keep_alive",
                &self.keep_alive,
                "[{tf",
                "a duration or seconds",
            ),
            (
                "safety_settings",
                &self.safety_settings,
                "{\"tf-0123456789",
                "a list",
            ),
        ] {
            let value = value.as_ref().map_or("", Json::text);
            if value
                .bytes()
                .next()
                .is_some_and(|first| wrong.as_bytes().contains(&first))
            {
                let value = text::first_chars(value, 40);
                let problem = text::concat(&["expected ", expected, ": `", value, "`"]);
                let key = text::concat(&[table, ".", name]);
                return Err(Error::invalid_config(&key, problem));
            }
        }
        Ok(())
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

const APIS: [Api; 3] = [Api::Auto, Api::Chat, Api::Responses];
/// The names of [`Api`], in its order.
pub(super) const API_NAMES: [&str; 3] = ["auto", "chat", "responses"];

const PULLS: [AutoPull; 3] = [AutoPull::Never, AutoPull::Missing, AutoPull::Update];
/// The names of [`AutoPull`], in its order.
pub(super) const PULL_NAMES: [&str; 3] = ["never", "missing", "update"];

/// An address with what is wrong with it, unless it may hold a secret.
fn quoted(url: &str, problem: &str) -> String {
    let may_be_secret = ["@", "?", "#"].iter().any(|mark| text::has(url, mark));
    match may_be_secret {
        true => problem.to_string(),
        false => text::concat(&[problem, ": `", text::first_chars(url, 80), "`"]),
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
    Ok(Header::secret(lower, value.to_string()))
}
