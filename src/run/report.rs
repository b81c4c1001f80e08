//! What is told of a call: to the figures of the client, to a tracer, and, where it was asked for, raw.

use super::Call;
use crate::chat::{Attempt, Raw, Report};
use crate::env::{Env, Notice};
use crate::error::Error;
use crate::http::{HttpRequest, ResponseHead};
use crate::json::Json;
use crate::policy::metrics::Ended;
use crate::policy::recovery::Next;

impl<E: Env> Call<E> {
    /// Counts an attempt that has ended.
    pub(super) fn count(&self, attempt: &Attempt, began_ms: f64) {
        let Some(candidate) = self.course.candidate() else {
            return;
        };
        let streamed = self.bill.as_ref().is_some_and(|bill| bill.streams);
        let first_ms = self.course.first_ms.filter(|_| streamed);
        self.client.metrics.borrow_mut().ended(&Ended {
            provider: candidate.provider,
            model: &attempt.model,
            error: attempt.kind,
            duration_ms: attempt.duration,
            first_token_ms: first_ms.map(|first_ms| (first_ms - began_ms).round() as u64),
            output_tokens: self.response.usage.completion_tokens,
            cost: attempt.cost.unwrap_or_default(),
            cached: self.response.metadata.cached,
        });
    }

    /// Counts that a failed attempt is followed by another.
    pub(super) fn count_next(&self, next: Next) {
        let Some(candidate) = self.course.candidate() else {
            return;
        };
        let (provider, model) = (candidate.provider, &*self.course.model);
        let mut metrics = self.client.metrics.borrow_mut();
        match next {
            Next::Move => metrics.moved_on(provider, model),
            _ => metrics.retried(provider, model),
        }
    }

    /// Tells a tracer that the call has ended, once.
    pub(super) fn report(&mut self, error: Option<&Error>) {
        if std::mem::replace(&mut self.course.reported, true) {
            return;
        }
        let provider = error.and_then(|error| error.provider.as_deref());
        let model = error.and_then(|error| error.model.as_deref());
        let report = Report {
            response: &self.response,
            error,
            provider: self
                .client
                .config
                .provider(provider.unwrap_or(&self.response.provider)),
            model: model.unwrap_or(&self.course.model),
            embeds: self.options.embeds.is_some(),
            duration_ms: self.elapsed_ms(),
        };
        self.env.notify(Notice::Call(&report));
    }

    // ---- raw ----------------------------------------------------------------

    /// Keeps a request that is about to leave, if that is wanted.
    pub(super) fn keep_request(&mut self, request: &HttpRequest) {
        self.course.raw = self.options.raw.then(|| Raw::of(request));
    }

    pub(super) fn keep_head(&mut self, head: &ResponseHead) {
        if let Some(raw) = &mut self.course.raw {
            raw.answered(head);
        }
    }

    pub(super) fn keep_body(&mut self, bytes: &[u8]) {
        if let Some(raw) = &mut self.course.raw {
            raw.response.add(bytes);
        }
    }

    /// What was kept, without the secrets of the call.
    pub(super) fn kept(&mut self) -> Option<Json> {
        let mut raw = self.course.raw.take()?;
        for secret in &self.secrets {
            raw.redact(secret);
        }
        Some(Json::from_value(&raw))
    }
}
