//! A request that is no chat: a list of models, a count of tokens, what a server has loaded.
//!
//! It leaves for one provider, takes no turn and is not booked. What may pass is asked again as
//! `[retry]` says, and a key function is asked once more for a key that was refused.

use std::rc::Rc;

use super::{Call, CallOptions, Client};
use crate::chat::ChatRequest;
use crate::config::{CallTimeouts, ProviderConfig};
use crate::env::{Env, KeyReason, Notice};
use crate::error::{Error, ErrorKind, Result};
use crate::http::HttpRequest;
use crate::policy::Phase;
use crate::policy::recovery::{Next, Recovery};
use crate::provider::Target;

/// Writes the request; once for each attempt, since the key may be another one.
pub type Compose<'a> = &'a dyn Fn(&Target<'_>) -> Result<HttpRequest>;

/// Requests to one provider that are no chats.
#[allow(missing_debug_implementations)]
pub struct Errand<E: Env> {
    pub(super) call: Call<E>,
    pub(super) at: usize,
    pub(super) phase: Phase,
    model: String,
}

impl<E: Env> Errand<E> {
    /// To the configured provider of that id. An answer is expected at once: `connect` bounds
    /// every silence.
    ///
    /// # Errors
    /// `invalid_request` when no such provider is configured.
    pub fn new(env: E, client: Rc<Client>, id: &str, timeouts: CallTimeouts) -> Result<Self> {
        let mut providers = client.config.providers.iter();
        let at = providers.position(|provider| provider.id == id);
        let at = at.ok_or_else(|| {
            Error::invalid_request("provider", format_args!("no provider `{id}` is configured"))
        })?;
        let options = CallOptions {
            timeouts,
            ..CallOptions::default()
        };
        let mut call = Call::new(env, client, ChatRequest::default(), options);
        // Nothing that a tracer of calls would be told of.
        call.course.reported = true;
        call.response.provider = id.to_string();
        Ok(Self {
            call,
            at,
            phase: Phase::Connect,
            model: String::new(),
        })
    }

    /// Names the model it is about, as sent.
    #[must_use]
    pub fn about(mut self, model: &str) -> Self {
        self.model = model.to_string();
        self.call.response.model = self.model.clone();
        self
    }

    /// An answer that takes its time: `first_byte` bounds every silence.
    #[must_use]
    pub fn patient(mut self) -> Self {
        self.phase = Phase::FirstByte;
        self
    }

    /// Puts into a request the files that its provider would not fetch.
    ///
    /// # Errors
    /// As for a call, for a file that does not come.
    pub async fn inline(&mut self, request: &mut ChatRequest) -> Result<()> {
        let client = Rc::clone(&self.call.client);
        self.call.course.model.clone_from(&self.model);
        match client.config.providers.get(self.at) {
            Some(provider) => self.call.inlined(request, provider).await,
            None => Ok(()),
        }
    }

    /// The whole text of the answer.
    ///
    /// # Errors
    /// Any error of a call; `response_too_large` above `limits.response_bytes`.
    pub async fn ask(&mut self, write: Compose<'_>) -> Result<String> {
        let mut recovery = Recovery::new(&self.call.client.config.retry);
        loop {
            self.call.course.number += 1;
            let client = Rc::clone(&self.call.client);
            let Some(provider) = client.config.providers.get(self.at) else {
                return Err(Error::new(ErrorKind::Cancelled, "the provider is gone"));
            };
            match self.attempt(provider, write).await {
                Ok(text) => return Ok(text),
                Err(error) => self.recover(provider, error, &mut recovery).await?,
            }
        }
    }

    async fn attempt(&mut self, provider: &ProviderConfig, write: Compose<'_>) -> Result<String> {
        let body = self.open(provider, write).await?;
        self.call.text(body, self.phase).await
    }

    /// Sends the request and takes the head of an answer that is no refusal.
    pub(super) async fn open(
        &mut self,
        provider: &ProviderConfig,
        write: Compose<'_>,
    ) -> Result<E::Body> {
        let call = &mut self.call;
        call.key = call.key_of(provider).await?;
        let known = call.client.known(provider, &self.model);
        let request = write(&call.target(provider, &self.model, known.as_ref(), false))?;
        call.told(request, provider, self.phase).await
    }

    /// Waits where it is worth another attempt.
    pub(super) async fn recover(
        &mut self,
        provider: &ProviderConfig,
        error: Error,
        recovery: &mut Recovery,
    ) -> Result<()> {
        let next = self.call.next_step(self.at, false, &error, recovery);
        let error = self.call.described(error);
        let delay_ms = match next {
            Next::Again(delay_ms) => delay_ms,
            Next::NewKey => {
                self.call.course.key_reason = KeyReason::Rejected;
                0
            }
            _ => return Err(error),
        };
        self.call.env.notify(Notice::Retry {
            id: self.call.id(),
            provider: &provider.id,
            model: &self.model,
            attempt: self.call.course.number + 1,
            error: &error,
            delay_ms,
        });
        self.call.env.sleep(delay_ms).await;
        Ok(())
    }
}
