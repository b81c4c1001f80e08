//! Asking a provider whether it answers: one request to an endpoint that costs nothing.
//!
//! It goes out whatever the circuit says, is not booked, and is nobody's attempt.

use std::rc::Rc;

use super::{Call, CallOptions, Client};
use crate::chat::ChatRequest;
use crate::config::{CallTimeouts, ProviderConfig};
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::policy::Phase;
use crate::policy::recovery::chance;
use crate::policy::standing::Outcome;

/// Asks the provider at that place of the configuration; what came of it stands in its record
/// and counts for its circuit.
pub async fn check_health<E: Env>(env: E, client: Rc<Client>, at: usize) {
    let limit_ms = Some(client.config.health.timeout_ms);
    let timeouts = CallTimeouts {
        connect_ms: limit_ms,
        first_byte_ms: limit_ms,
        total_ms: limit_ms,
        ..CallTimeouts::default()
    };
    let options = CallOptions {
        timeouts,
        ..CallOptions::default()
    };
    let request = ChatRequest::default();
    let mut call = Call::new(env, Rc::clone(&client), request, options);
    if let Some(provider) = client.config.providers.get(at) {
        call.check(provider, at).await;
    }
}

impl<E: Env> Call<E> {
    async fn check(&mut self, provider: &ProviderConfig, at: usize) {
        self.response.provider.clone_from(&provider.id);
        let mut latency_ms = None;
        let error = self.asked(provider, &mut latency_ms).await.err();
        let error = error.filter(|error| !answers(error, provider));
        let outcome = error.as_ref().map_or(Outcome::Up, Outcome::of);
        let problem = error.map(|error| match error.kind {
            ErrorKind::Timeout => "no answer came within health_check_timeout".to_string(),
            _ => self.redacted(&error.message),
        });
        let (now_ms, wall_ms) = (self.env.now_ms(), self.env.wall_ms());
        let chance = chance(self.env.random());
        self.client.standing(at, |standing| {
            standing.asked(outcome, now_ms, chance);
            standing.health.asked(wall_ms, latency_ms, problem);
        });
        self.tell_health(at);
    }

    async fn asked(
        &mut self,
        provider: &ProviderConfig,
        latency_ms: &mut Option<u64>,
    ) -> Result<()> {
        self.key = self.key_of(provider).await?;
        let target = self.target(provider, "", None, false);
        let request = provider.kind.health(&target);
        let sent_ms = self.env.now_ms();
        let (head, mut body) = self.heard(request, provider, Phase::Connect).await?;
        *latency_ms = Some((self.env.now_ms() - sent_ms).round() as u64);
        self.taken(provider.kind, &head, &mut body, Phase::Connect)
            .await
    }
}

/// Whether a refusal shows all the same that calls are answered: too many requests for now, a
/// key that may not list, or a compatible server that has no list.
fn answers(error: &Error, provider: &ProviderConfig) -> bool {
    match error.status {
        Some(429) => error.kind == ErrorKind::RateLimit,
        Some(404 | 405) => provider.custom_base_url,
        _ => provider.kind.is_healthy(error),
    }
}
