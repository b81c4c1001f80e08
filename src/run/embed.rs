//! Embeddings: as many calls as there are batches, each with its turn, its reservation, its
//! retries. They are the calls of [`super::Call`] with another endpoint.

use std::rc::Rc;

use super::models::listed;
use super::problems::named;
use super::{Call, CallOptions, Client, Errand};
use crate::chat::{
    ChatRequest, ChatResponse, Content, EmbedRequest, EmbedResponse, FallbackSetting, Message, Role,
};
use crate::config::{CallTimeouts, CloudAccess, Config, KeySource, ProviderConfig};
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::json;
use crate::money::{Dollars, NanoUsd};
use crate::policy::tokens;
use crate::policy::{Route, route};
use crate::provider::{ALL, Embeddings, Provider, Shape, VECTORS};
use crate::text::{concat, joined};

/// The vectors of some texts, in their order.
///
/// # Errors
/// Any error of a call; `unsupported` where the provider has no embeddings. What batches before
/// have cost stays spent.
pub async fn embed<E: Env>(
    env: E,
    client: Rc<Client>,
    request: EmbedRequest,
    options: CallOptions,
) -> Result<EmbedResponse> {
    request.check()?;
    let began_ms = env.now_ms();
    let total_ms = client.config.timeouts.with(options.timeouts).total_ms;
    let (route, known) = whom(&client, &request)?;
    let provider = route.provider;
    let model = model_of(&env, &client, &request, &route, known).await?;
    let mut all = EmbedResponse {
        cost: Some(NanoUsd::ZERO),
        ..EmbedResponse::default()
    };
    let family = provider.kind.profile().tokens.of(&model);
    let mut texts = request.input.0.as_slice();
    while !texts.is_empty() {
        let (batch, rest) = texts.split_at(batch_size(texts, (provider, known), &|text| {
            tokens::estimate_text(text, family)
        }));
        texts = rest;
        let options = CallOptions {
            stream: false,
            embeds: Some(Shape {
                dimensions: request.dimensions,
            }),
            timeouts: CallTimeouts {
                total_ms: total_ms.map(|ms| ms.saturating_sub((env.now_ms() - began_ms) as u64)),
                ..options.timeouts
            },
            ..options
        };
        let chat = chat_of(&request, batch, &provider.id, &model, all.cost);
        let mut call = Call::new(env.clone(), Rc::clone(&client), chat, options);
        let answer = call.finish().await?;
        add(&mut all, answer, batch.len())?;
    }
    all.duration = (env.now_ms() - began_ms).round() as u64;
    Ok(all)
}

/// Who answers, and what is known of its embeddings.
fn whom<'a>(
    client: &'a Client,
    request: &EmbedRequest,
) -> Result<(Route<'a>, &'static Embeddings)> {
    let chosen = match (&request.provider, &request.model) {
        (None, None) => usual(&client.config).map(|provider| Route {
            provider,
            model: None,
            because: "default",
        }),
        _ => {
            let asked = ChatRequest {
                provider: request.provider.clone(),
                model: request.model.clone(),
                ..ChatRequest::default()
            };
            Some(route(&client.config, &client.models.borrow(), &asked)?)
        }
    };
    let provider = chosen.as_ref().map(|route| route.provider);
    let embeds = |route: Route<'a>| {
        let known = route.provider.kind.profile().embeddings?;
        Some((route, known))
    };
    chosen
        .and_then(embeds)
        .ok_or_else(|| without(&client.config, provider))
}

/// Without a word of whom: the default provider, else the first with a key, else one that needs none.
fn usual(config: &Config) -> Option<&ProviderConfig> {
    let embeds = |provider: &&ProviderConfig| provider.kind.profile().embeddings.is_some();
    let default = config.default_provider.as_deref();
    let default = default.and_then(|id| config.provider(id)).filter(embeds);
    let open = |provider: &&ProviderConfig| match provider.key {
        KeySource::None => !provider.kind.profile().needs_key || provider.custom_base_url,
        _ => provider.key.is_there(),
    };
    default.or_else(|| config.providers.iter().filter(embeds).find(open))
}

/// Nobody embeds: who else would.
fn without(config: &Config, chosen: Option<&ProviderConfig>) -> Error {
    let embeds = |kind: &&dyn Provider| kind.profile().embeddings.is_some();
    let mut kinds = ALL
        .iter()
        .filter(|kind| embeds(kind))
        .map(|kind| kind.profile().id);
    let mut able = config
        .providers
        .iter()
        .filter(|provider| embeds(&provider.kind));
    let hint = match able.next() {
        Some(provider) => concat(&["`", &provider.id, "` has: name it as `provider`"]),
        None => concat(&["providers of these kinds have: ", &joined(&mut kinds, ", ")]),
    };
    let problem = match chosen {
        Some(provider) => concat(&[&provider.id, " has no endpoint for embeddings"]),
        None => "no configured provider has an endpoint for embeddings".to_string(),
    };
    Error::new(ErrorKind::Unsupported, problem).hint(hint)
}

async fn model_of<E: Env>(
    env: &E,
    client: &Rc<Client>,
    request: &EmbedRequest,
    route: &Route<'_>,
    known: &Embeddings,
) -> Result<String> {
    let provider = route.provider;
    // The model a provider is configured with is one to chat with.
    if request.model.is_some() {
        return Ok(route.model.clone().unwrap_or_default());
    }
    if let Some(model) = provider.usual(known.default_model) {
        return Ok(model.to_string());
    }
    named(provider, "")?;
    let (env, shared) = (env.clone(), Rc::clone(client));
    let mut errand = Errand::new(env, shared, &provider.id, CallTimeouts::default())?;
    let mut models = listed(&mut errand, provider).await?.into_iter();
    let found = models.find(|model| model.embeds);
    found.map(|model| model.id).ok_or_else(|| {
        let problem = format!("{} has no model for embeddings", provider.id);
        Error::new(ErrorKind::ModelNotFound, problem)
            .hint("install one, or name one in the request")
    })
}

/// How many of the texts go into one request; at least one.
fn batch_size(
    texts: &[String],
    (provider, known): (&ProviderConfig, &Embeddings),
    tokens: &dyn Fn(&str) -> u64,
) -> usize {
    let most = match provider.cloud {
        CloudAccess::None => known.texts,
        _ => known.cloud_texts,
    };
    let mut sum = 0;
    for (at, text) in texts.iter().enumerate() {
        sum += tokens(text);
        if at == most || (at > 0 && sum > known.tokens) {
            return at;
        }
    }
    texts.len()
}

/// The texts of a batch as the messages of a call that goes to one provider.
fn chat_of(
    request: &EmbedRequest,
    texts: &[String],
    provider: &str,
    model: &str,
    spent: Option<NanoUsd>,
) -> ChatRequest {
    let message = |text: &String| Message {
        role: Role::User,
        content: Content::Text(text.clone()),
        ..Message::default()
    };
    let left = |limit: &Dollars| Dollars(limit.0.saturating_sub(spent.unwrap_or_default()));
    ChatRequest {
        messages: texts.iter().map(message).collect(),
        provider: Some(provider.to_string()),
        model: Some(model.to_string()),
        fallback: Some(FallbackSetting::Switch(false)),
        cost_limit: request.cost_limit.as_ref().map(left),
        provider_options: request.provider_options.clone(),
        metadata: request.metadata.clone(),
        ..ChatRequest::default()
    }
}

/// Adds the answer to a batch.
fn add(all: &mut EmbedResponse, answer: &ChatResponse, asked: usize) -> Result<()> {
    let metadata = &answer.metadata;
    let vectors = metadata.extra.iter().find(|(key, _)| key == VECTORS);
    let vectors: Vec<json::Json> = vectors
        .and_then(|(_, list)| json::from_str(list.text()).ok())
        .unwrap_or_default();
    if vectors.len() != asked {
        let problem = format!(
            "{asked} texts were sent and {} vectors came back",
            vectors.len()
        );
        return Err(Error::invalid_response(problem));
    }
    all.embeddings.extend(vectors);
    all.provider.clone_from(&answer.provider);
    all.model.clone_from(&answer.model);
    let tokens = all.usage.prompt_tokens;
    all.usage.prompt_tokens = tokens.saturating_add(answer.usage.prompt_tokens);
    all.usage.add_up();
    all.usage.estimated |= answer.usage.estimated;
    let both = all.cost.zip(metadata.cost);
    all.cost = both.map(|(sum, cost)| sum.saturating_add(cost));
    all.requests += 1;
    all.request_id.clone_from(&metadata.request_id);
    all.warnings.extend(metadata.warnings.iter().cloned());
    all.attempts.extend(metadata.attempts.iter().cloned());
    Ok(())
}
