//! Files by address, fetched for providers that fetch none.
//!
//! No key, no header of the configuration, and as everywhere no redirect: an address may
//! have come from anybody.

use super::Call;
use super::guard::guard;
use crate::chat::ChatRequest;
use crate::config::ProviderConfig;
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{HttpRequest, ResponseHead};
use crate::policy::Phase;
use crate::provider::{MOST_INLINE_BYTES, inline, not_inlined};

impl<E: Env> Call<E> {
    /// Puts into the request what the provider would not fetch, or could not (`refused`).
    pub(super) async fn inlined(
        &mut self,
        request: &mut ChatRequest,
        provider: &ProviderConfig,
    ) -> Result<()> {
        let refused = self.course.not_fetched.take();
        for address in self.to_inline(request, provider, refused.as_ref()) {
            let (head, bytes) = match self.fetched(&address).await {
                Ok(fetched) => fetched,
                Err(error) => return Err(unfetched(request, &address, error)),
            };
            if !head.is_success() {
                return Err(not_inlined(request, &address, &answered(&head)));
            }
            inline(request, &address, head.header("content-type"), &bytes)?;
        }
        Ok(())
    }

    fn to_inline(
        &self,
        request: &ChatRequest,
        provider: &ProviderConfig,
        refused: Option<&Error>,
    ) -> Vec<String> {
        let known = self.client.known(provider, &self.course.model);
        let target = self.target(provider, &self.course.model, known.as_ref(), true);
        let addresses = provider.kind.to_inline(request, &target, refused);
        addresses.into_iter().map(str::to_string).collect()
    }

    /// Whether the provider could not fetch a file that we may: asked once for each candidate.
    pub(super) fn can_inline(&self, error: &Error) -> bool {
        let (Some(request), Some(candidate)) = (&self.request, self.course.candidate()) else {
            return false;
        };
        let provider = self.client.config.providers.get(candidate.provider);
        let asked = |provider| !self.to_inline(request, provider, Some(error)).is_empty();
        // Only what the provider itself has answered.
        error.status.is_some()
            && error.kind == ErrorKind::InvalidRequest
            && provider.is_some_and(asked)
    }

    async fn fetched(&mut self, address: &str) -> Result<(ResponseHead, Vec<u8>)> {
        let get = HttpRequest::get(address.to_string());
        let deadline = self.watch.deadline(Phase::FirstByte, self.env.now_ms());
        let sent = guard(&self.env, &mut self.timer, deadline, self.env.send(get));
        let (head, mut body) = sent.await??;
        // One byte too many is enough to know that it is too large.
        let limit = if head.is_success() {
            MOST_INLINE_BYTES + 1
        } else {
            0
        };
        let (bytes, end) = self.bytes(&mut body, limit, Phase::Idle).await?;
        end?;
        Ok((head, bytes))
    }
}

/// Another provider may fetch it itself; the end of the whole time is another matter.
fn unfetched(request: &ChatRequest, address: &str, error: Error) -> Error {
    match error.code.as_deref() {
        Some("total") => error,
        _ => not_inlined(request, address, "cannot be fetched from here"),
    }
}

fn answered(head: &ResponseHead) -> String {
    if head.is_redirect() {
        return "is a redirect, which is not followed".to_string();
    }
    format!("was answered with {}", head.status)
}
