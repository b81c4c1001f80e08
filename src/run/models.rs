//! What a provider itself says of its models.

use std::rc::Rc;

use super::{Client, Errand};
use crate::config::{CallTimeouts, ProviderConfig};
use crate::env::Env;
use crate::error::Result;
use crate::model::{ModelInfo, unknown};
use crate::provider::Listed;

/// More pages than any list has: a server that never ends one is not asked for ever.
const MOST_PAGES: usize = 100;

/// The models of a configured provider that can chat, as it lists them now or did within the
/// last ten minutes. Limits and abilities that it tells stand over those of the table, from
/// now on for calls to it as well.
///
/// # Errors
/// `invalid_request` for a provider that is not configured, and any error of a request.
pub async fn list_models<E: Env>(env: E, client: Rc<Client>, id: &str) -> Result<Vec<ModelInfo>> {
    let now_ms = env.now_ms();
    if let Some(list) = client.listings.borrow().fresh(id, now_ms) {
        return Ok(list.to_vec());
    }
    let mut errand = Errand::new(env, Rc::clone(&client), id, CallTimeouts::default())?;
    let Some(provider) = client.config.provider(id) else {
        return Ok(Vec::new());
    };
    let mut infos = Vec::new();
    for model in listed(&mut errand, provider).await? {
        if model.chats {
            infos.push(learned(&client, provider, model)?);
        }
    }
    client.listings.borrow_mut().put(id, now_ms, infos.clone());
    Ok(infos)
}

pub(super) async fn listed<E: Env>(
    errand: &mut Errand<E>,
    provider: &ProviderConfig,
) -> Result<Vec<Listed>> {
    let mut all = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let asked = after.as_deref();
        let text = errand
            .ask(&|target| provider.kind.list_models(target, asked))
            .await?;
        let page = provider.kind.listed(&text)?;
        all.extend(page.models);
        if page.next.is_none() || page.next == after {
            break;
        }
        after = page.next;
    }
    Ok(all)
}

/// What is known of it now.
fn learned(client: &Client, provider: &ProviderConfig, model: Listed) -> Result<ModelInfo> {
    let mut models = client.models.borrow_mut();
    models.learn(provider.whose(), &model.id, &model.row)?;
    let known = models.find_at(provider.whose(), &model.id);
    let known = known.unwrap_or_else(unknown);
    let mut info = known.info(&provider.id);
    info.id = model.id;
    info.display_name = model.display_name;
    info.source = "provider";
    Ok(info)
}
