//! The access token of a service account.
//!
//! ```text
//! token_of: fresh? --------------------------------------------> the token
//!           nobody asks?  sign -> POST -> token (all who wait) -> the token
//!           somebody does: wait for what comes of it -> from the top
//! ```

use std::rc::Rc;

use super::Call;
use super::guard::guard;
use super::problems::redirected;
use crate::account::{Held, ServiceAccount, Turn, assertion, token_of, token_request, turn};
use crate::chat::Warning;
use crate::config::ProviderConfig;
use crate::env::{Env, KeyReason};
use crate::error::{Error, Result};
use crate::http::Secret;
use crate::policy::Phase;
use crate::provider::Cloud;

impl<E: Env> Call<E> {
    /// The token in use; another one when it is about to expire, or was refused.
    pub(super) async fn token_of(
        &mut self,
        account: &Rc<ServiceAccount>,
        provider: &ProviderConfig,
    ) -> Result<Secret> {
        let last = self.key.take();
        let reason = std::mem::replace(&mut self.course.key_reason, KeyReason::Initial);
        if let Some(refused) = last.filter(|_| reason == KeyReason::Rejected) {
            account.tokens.reject(&refused);
        }
        let nobody = || Error::invalid_config(&provider.id, "it has no cloud");
        let cloud = provider.kind.profile().cloud.ok_or_else(nobody)?;
        loop {
            if let Some(token) = account.tokens.fresh(self.env.wall_ms()) {
                return Ok(token);
            }
            match turn(account, self.env.wall_ms()) {
                Turn::Ask(flight) => {
                    let held = self.exchanged(account, cloud).await;
                    return flight.ended(held);
                }
                Turn::Wait(waiting) if self.env.may_wait() => {
                    let deadline = self.watch.deadline(Phase::Connect, self.env.now_ms());
                    guard(&self.env, &mut self.timer, deadline, waiting).await??;
                }
                // On a timer of its own it looks again and again.
                Turn::Wait(waiting) => {
                    self.env.sleep(LOOK_MS).await;
                    waiting.outcome().unwrap_or(Ok(()))?;
                }
            }
        }
    }

    /// Gets another token. The assertion is as good as one, and is in no error either.
    async fn exchanged(&mut self, account: &ServiceAccount, cloud: &Cloud) -> Result<Held> {
        let claims = account.claims(cloud, self.env.wall_ms());
        let deadline = self.watch.deadline(Phase::Connect, self.env.now_ms());
        let signed = self.env.sign(&account.key, &claims);
        let signature = guard(&self.env, &mut self.timer, deadline, signed).await??;
        let assertion = assertion(&claims, &signature);
        let held = self.answered_token(cloud, &assertion).await;
        let held = held.map_err(|mut error| {
            if let Some(assertion) = Secret::new(&assertion) {
                error.redact(&assertion);
            }
            error
        })?;
        if self.env.vantage().page.is_some() && !account.warned.replace(true) {
            self.warn(Warning::new("service_account_in_page", IN_PAGE));
        }
        Ok(held)
    }

    async fn answered_token(&mut self, cloud: &Cloud, assertion: &str) -> Result<Held> {
        let request = token_request(cloud, assertion);
        let (head, mut body) = self.sent(request, Phase::Connect).await?;
        if head.is_redirect() {
            return Err(redirected());
        }
        let limit = self.client.config.limits.error_body_bytes;
        let text = self.collect(&mut body, limit, Phase::Connect).await?;
        token_of(&head, &text)
    }
}

/// How often a call looks whether another one has its token, where it may not wait for it.
const LOOK_MS: u64 = 20;

const IN_PAGE: &str = "a service account signs in a page: code of the page can act as it anywhere";
