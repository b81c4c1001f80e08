//! How many tokens the input of a request is: an estimate of ours, or what the provider counts.

use std::cell::Cell;
use std::rc::Rc;

use super::{Client, Errand};
use crate::chat::ChatRequest;
use crate::config::{CallTimeouts, ProviderConfig};
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::policy::tokens::{self, Family, Question};
use crate::provider::pick::{self, pick};
use crate::provider::{Counting, Target};

/// How a provider's model counts.
fn family(provider: &ProviderConfig, request: &ChatRequest) -> &'static Family {
    let model = provider.model_for(request.model.as_deref());
    provider.kind.profile().tokens.of(model.unwrap_or_default())
}

/// About how many tokens the input of a request is; nothing is sent. `bare`: of its content alone,
/// without what stands around messages.
///
/// ```
/// use aircher_llm::{chat::ChatRequest, config::{Config, Host}, run};
///
/// let config = Config::from_json(r#"{"providers":{"openai":{}}}"#, &Host::default())?;
/// let request = ChatRequest::from_json(r#"{"messages":[{"role":"user","content":"Hello there"}]}"#)?;
/// let whole = run::estimate_tokens(&config.providers[0], &request, false);
/// assert!(whole > run::estimate_tokens(&config.providers[0], &request, true));
/// # Ok::<(), aircher_llm::error::Error>(())
/// ```
#[must_use]
pub fn estimate_tokens(provider: &ProviderConfig, request: &ChatRequest, bare: bool) -> u64 {
    let family = family(provider, request);
    if bare {
        tokens::estimate_content(request, family)
    } else {
        tokens::estimate(request, family)
    }
}

/// How many tokens a provider says the input of a request is. It costs nothing, takes no turn and is
/// not booked; the latest counts are remembered.
///
/// # Errors
/// `unsupported` for a provider without such an endpoint, otherwise as for a call.
pub async fn count_tokens<E: Env>(
    env: E,
    client: Rc<Client>,
    id: &str,
    mut request: ChatRequest,
    timeouts: CallTimeouts,
) -> Result<u64> {
    request.check()?;
    let errand = Errand::new(env, Rc::clone(&client), id, timeouts)?;
    let Some(provider) = client.config.provider(id) else {
        return Err(no_endpoint(id));
    };
    let model = provider.model_for(request.model.as_deref());
    let model = model.unwrap_or_default().to_string();
    // Who cannot count is told so before a file is fetched.
    if let Ok(None) = counting(&client, provider, &request, &model) {
        return Err(no_endpoint(id));
    }
    let mut errand = errand.about(&model);
    errand.inline(&mut request).await?;
    let first = counting(&client, provider, &request, &model)?;
    let first = first.ok_or_else(|| no_endpoint(id))?;
    let question = Question::of(id, &first.request);
    if let Some(tokens) = client.counts.borrow().get(question) {
        return Ok(tokens);
    }
    let field = Cell::new("");
    let write = |target: &Target<'_>| {
        let counting = target.config.kind.count(&request, target)?;
        let counting = counting.ok_or_else(|| no_endpoint(id))?;
        field.set(counting.field);
        Ok(counting.request)
    };
    let answer = errand.ask(&write).await?;
    let tokens = counted(&answer, field.get())?;
    client.counts.borrow_mut().keep(question, tokens);
    Ok(tokens)
}

/// What is asked, before a key is: ids that are made up are the same each time.
fn counting(
    client: &Client,
    provider: &ProviderConfig,
    request: &ChatRequest,
    model: &str,
) -> Result<Option<Counting>> {
    let known = client.known(provider, model);
    let target = Target {
        config: provider,
        model,
        known: known.as_ref(),
        key: None,
        stream: false,
        seed: 0,
    };
    provider.kind.count(request, &target)
}

fn counted(answer: &str, field: &str) -> Result<u64> {
    let [tokens] = pick(answer, [field])?;
    let missing = || Error::invalid_response(format!("the answer has no `{field}`"));
    pick::count(tokens).ok_or_else(missing)
}

fn no_endpoint(id: &str) -> Error {
    let message = format!("{id} has no endpoint that counts tokens");
    Error::new(ErrorKind::Unsupported, message).hint("leave out `exact` for an estimate")
}
