//! What a failed attempt leads to.
//!
//! ```text
//! failed: what it cost, what it says of the provider, one more of `attempts`
//!    |-- decide (policy::recovery) --> settle --> wait --> the same, or the next candidate
//!    '-- stopped: the error, with all attempts
//! ```

use std::rc::Rc;

use super::problems::{key_missing, not_now};
use super::{Call, State};
use crate::chat::{Attempt, ChatRequest, Events, RichEvent, TruncatedSetting};
use crate::config::ProviderConfig;
use crate::env::{Env, KeyReason, Notice};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;
use crate::money::NanoUsd;
use crate::policy::health::is_out;
use crate::policy::recovery::{Next, Recovery, Situation, chance};
use crate::policy::standing::{Outcome, Standing};
use crate::policy::tokens;
use crate::policy::{candidates, passed_over};
use crate::text;

impl<E: Env> Call<E> {
    /// Finds out who may answer, once, and begins an attempt with who is next.
    pub(super) async fn begin(&mut self, request: &ChatRequest) -> Result<usize> {
        if self.course.candidates.is_empty() {
            request.check()?;
            let models = self.client.models.borrow();
            self.course.candidates = candidates(&self.client.config, &models, request)?;
        }
        if let Some(delay_ms) = self.course.delay_ms {
            // It ends before the total time does, or it would not have begun.
            self.env.sleep(delay_ms).await;
        }
        self.course.number += 1;
        self.course.began_ms = Some(self.env.now_ms());
        self.course.first_ms = None;
        let candidate = self.course.candidate();
        let (at, model) =
            candidate.map_or((0, None), |found| (found.provider, found.model.clone()));
        let client = Rc::clone(&self.client);
        if let Some(provider) = client.config.providers.get(at) {
            self.choose(provider, model.as_deref().unwrap_or_default());
        }
        let passed_over = passed_over(&client.config, request);
        if let Some((id, variable)) = passed_over.filter(|_| self.course.number == 1) {
            self.warn(key_missing(id, variable));
        }
        Ok(at)
    }

    /// Whom the answer will be of.
    pub(super) fn choose(&mut self, provider: &ProviderConfig, model: &str) {
        self.course.model = model.to_string();
        self.response.model = model.to_string();
        self.response.provider.clone_from(&provider.id);
    }

    /// Leaves a provider alone that was out a moment ago.
    pub(super) async fn admit(&mut self, at: usize) -> Result<()> {
        let now_ms = self.env.now_ms();
        let admitted = self.client.standing(at, |standing| {
            let admitted = standing.admit(now_ms);
            admitted.map(|()| standing.is_trying())
        });
        match admitted {
            Some(Err(open_ms)) => Err(self.circuit_open(open_ms)),
            Some(Ok(true)) => {
                let trial = self.begin_trial(at).await;
                trial.map_err(|open_ms| self.circuit_open(open_ms))
            }
            _ => {
                self.course.admitted = true;
                Ok(())
            }
        }
    }

    /// Whether it would be.
    pub(super) fn is_admitted(&self, at: usize) -> Result<()> {
        let now_ms = self.env.now_ms();
        let ask = |standing: &mut Standing| standing.would_admit(now_ms);
        let admitted = self.client.standing(at, ask).unwrap_or(Ok(()));
        admitted.map_err(|ms| self.circuit_open(ms))
    }

    fn circuit_open(&self, open_ms: u64) -> Error {
        let problem = format!(
            "{} failed again and again: it is left alone for {open_ms} ms more",
            self.response.provider
        );
        not_now(ErrorKind::CircuitOpen, problem, open_ms, self.has_others())
    }

    /// Whether somebody else is asked anyway.
    pub(super) fn has_others(&self) -> bool {
        self.course.candidates.len() > 1
    }

    /// Tries a provider that was out, unless another client does. What is dropped meanwhile
    /// has tried it and found out nothing.
    async fn begin_trial(&mut self, at: usize) -> Result<(), u64> {
        self.course.admitted = true;
        self.course.tries = true;
        self.tell_health(at);
        if self.env.may_try(&self.response.provider).await {
            return Ok(());
        }
        self.course.admitted = false;
        self.course.tries = false;
        let now_ms = self.env.now_ms();
        let stand_back = |standing: &mut Standing| standing.stand_back(now_ms);
        self.client.standing(at, stand_back).unwrap_or(Ok(()))
    }

    /// What a failure shows. A caller may want more haste than the provider has, and an answer may be longer than
    /// its time: then the provider is there.
    fn shows(&self, error: &Error) -> Outcome {
        let is_own = self.options.timeouts.total_ms.is_some() || self.response.has_content();
        match error.code.as_deref() {
            Some("total") if is_own => Outcome::Unclear,
            _ => Outcome::of(error),
        }
    }

    /// Tells what an attempt has shown of its provider, once.
    pub(super) fn show(&mut self, outcome: Outcome, error: Option<&Error>) {
        let Some(candidate) = self.course.candidate().filter(|_| self.course.admitted) else {
            return;
        };
        let (at, now_ms, wall_ms) = (candidate.provider, self.env.now_ms(), self.env.wall_ms());
        let chance = match outcome {
            Outcome::Down => chance(self.env.random()),
            _ => 0.0,
        };
        self.course.admitted = false;
        let problem = error.filter(|error| is_out(error, outcome));
        let problem = problem.map(|error| self.redacted(&error.message));
        self.client.standing(at, |standing| {
            standing.record(outcome, now_ms, chance);
            if problem.is_some() || outcome == Outcome::Up {
                standing.health.hear(wall_ms, problem);
            }
        });
        self.tell_health(at);
        if std::mem::take(&mut self.course.tries) {
            let provider = self.provider_id(at);
            self.env.notify(Notice::Tried { provider });
        }
    }

    /// Tells listeners whether a provider is healthy, when that has changed.
    pub(super) fn tell_health(&self, at: usize) {
        let now_ms = self.env.now_ms();
        let has_news = self.client.standing(at, |standing| {
            standing.health.has_news(standing.circuit(now_ms))
        });
        if has_news == Some(true) {
            let provider = self.provider_id(at);
            self.env.notify(Notice::Health { provider });
        }
    }

    /// Whether the conversation fits: into the window the request allows, and, for who stands
    /// in for somebody else, into the model's own. Nobody has chosen that one for it.
    pub(super) fn fits(
        &self,
        request: &ChatRequest,
        provider: &ProviderConfig,
        model: Option<&Model>,
    ) -> Result<()> {
        let window = model.and_then(Model::context_window);
        if let Some(limit) = self.course.larger_than
            && window.is_none_or(|window| window <= limit)
        {
            let model = &self.course.model;
            return too_long(format!(
                "the window of {model} is not known to be larger than {limit} tokens"
            ));
        }
        let profile = provider.kind.profile();
        // Who loads models takes it as the size of the window to load.
        let asked = request.context_window.filter(|_| !profile.tagged_models);
        let own = window.filter(|_| self.course.at > 0);
        let Some(limit) = asked.into_iter().chain(own).min() else {
            return Ok(());
        };
        let likely = tokens::estimate(request, profile.tokens.of(&self.course.model));
        if likely <= limit {
            return Ok(());
        }
        too_long(format!(
            "the conversation has about {likely} tokens, the window is {limit}"
        ))
    }

    // ---- the end of an attempt ------------------------------------------------

    /// Something visible has come: from now on this is the answer.
    pub(super) fn commit(&mut self) {
        if let Some(candidate) = self.course.candidate() {
            let now_ms = self.env.now_ms();
            let answers = |standing: &mut Standing| standing.answers(now_ms);
            self.client.standing(candidate.provider, answers);
        }
        if !self.restarts() {
            self.request = None;
        }
    }

    fn restarts(&self) -> bool {
        let asked = self
            .request
            .as_ref()
            .and_then(|request| request.on_truncated);
        asked == Some(TruncatedSetting::Restart)
    }

    /// The attempt that gave the answer.
    pub(super) fn succeeded(&mut self) {
        self.show(Outcome::Up, None);
        self.request = None;
        self.note(None);
        self.report(None);
    }

    /// Writes down what a failed attempt was.
    pub(super) fn failed(&mut self, error: Error) -> Error {
        self.write_down(&error);
        self.show(self.shows(&error), Some(&error));
        self.cool_behind(&error);
        self.note(Some(&error));
        self.described(error)
    }

    /// One more of `attempts`.
    pub(super) fn note(&mut self, error: Option<&Error>) {
        let Some(began_ms) = self.course.began_ms.take() else {
            return;
        };
        let is_charged = self.booking.as_ref().is_some_and(|booking| booking.charged);
        let cost = if is_charged {
            self.response.metadata.cost
        } else {
            Some(NanoUsd::ZERO)
        };
        let sent = self.booking.as_ref().is_some_and(|booking| booking.sent);
        if let Some(place) = &mut self.place {
            place.used = Some(self.response.usage.total_tokens).filter(|tokens| *tokens > 0);
        }
        self.course.spent = self.course.spent.saturating_add(cost.unwrap_or_default());
        let attempt = Attempt {
            provider: self.response.provider.clone(),
            model: self.course.model.clone(),
            kind: error.map(|error| error.kind),
            skipped: error
                .filter(|_| !sent)
                .map(|error| self.redacted(&error.message)),
            status: error.and_then(|error| error.status),
            duration: (self.env.now_ms() - began_ms).round() as u64,
            delay_ms: self.course.delay_ms,
            cost,
            estimated: is_charged && self.response.usage.estimated,
        };
        self.count(&attempt, began_ms);
        self.response.metadata.attempts.push(attempt);
    }

    /// Makes another attempt, if there is one to make. What was visible is taken back first.
    pub(super) async fn recover(&mut self, error: Error) -> Result<Option<Events>> {
        let next = self.decide(&error);
        let visible = self.response.has_content();
        let error = self.failed(error);
        if matches!(next, Next::Stop | Next::Move) {
            self.keep_nothing();
        }
        if next == Next::Stop {
            self.state = State::Done;
            return Err(self.stopped(error));
        }
        // Before the next one reserves: what is given back may be what it needs.
        self.end_attempt().await;
        self.count_next(next);
        self.announce(next, &error);
        self.prepare(next, error);
        Ok(visible.then(restart))
    }

    fn decide(&mut self, error: &Error) -> Next {
        let visible = self.response.has_content();
        let stays = visible && (!self.restarts() || error.kind == ErrorKind::BudgetExceeded);
        let Some(at) = self.course.candidate().map(|candidate| candidate.provider) else {
            return Next::Stop;
        };
        if stays {
            return Next::Stop;
        }
        if !self.course.has_fetched && self.can_inline(error) {
            return Next::Inline;
        }
        if self.leaves_usage_out(at, error) {
            return Next::Again(0);
        }
        let has_next = self.course.next().is_some();
        let mut recovery = self.course.recovery;
        let next = self.next_step(at, has_next, error, &mut recovery);
        self.course.recovery = recovery;
        next
    }

    /// Whether a server refused to be asked for the usage of streams. It is not asked for it again,
    /// and this request goes there once more (wire reference, OpenAI §10).
    fn leaves_usage_out(&mut self, at: usize, error: &Error) -> bool {
        let provider = self.client.config.providers.get(at);
        let Some(provider) = provider.filter(|provider| provider.custom_base_url) else {
            return false;
        };
        let option = provider.kind.profile().usage_option;
        let is_named = option.is_some_and(|option| text::has(&error.message, option));
        if !is_named || !matches!(error.status, Some(400 | 422)) {
            return false;
        }
        provider.stream_usage.set(false);
        !std::mem::replace(&mut self.course.is_lean, true)
    }

    /// What follows a failure at the provider of that place.
    pub(super) fn next_step(
        &self,
        at: usize,
        has_next: bool,
        error: &Error,
        recovery: &mut Recovery,
    ) -> Next {
        let config = &self.client.config;
        let key = config.providers.get(at).map(|provider| &provider.key);
        let now = Situation {
            retry: &config.retry,
            failover: &config.failover,
            asks_for_key: key.is_some_and(|key| key.renews(self.key.is_some())),
            has_next,
            left_ms: self.watch.left_ms(self.env.now_ms()),
            chance: chance(self.env.random()),
        };
        let after = |standing: &mut Standing| recovery.after(error, &now, standing);
        self.client.standing(at, after).unwrap_or(Next::Stop)
    }

    fn announce(&self, next: Next, error: &Error) {
        let id = self.id();
        let notice = match next {
            Next::Move => Notice::Failover {
                id,
                from: &self.response.provider,
                to: self
                    .course
                    .next()
                    .map_or("", |next| self.provider_id(next.provider)),
                error,
            },
            _ => Notice::Retry {
                id,
                provider: &self.response.provider,
                model: &self.course.model,
                attempt: self.course.number + 1,
                error,
                delay_ms: if let Next::Again(delay_ms) = next {
                    delay_ms
                } else {
                    0
                },
            },
        };
        self.env.notify(notice);
    }

    fn provider_id(&self, at: usize) -> &str {
        let provider = self.client.config.providers.get(at);
        provider.map_or("", |provider| &provider.id)
    }

    fn prepare(&mut self, next: Next, error: Error) {
        self.state = State::Ready;
        self.timer = None;
        self.bill = None;
        // A renewed key and a fetched file are not what was waited for before.
        self.course.delay_ms = None;
        match next {
            Next::Again(delay_ms) => self.course.delay_ms = Some(delay_ms),
            Next::NewKey => self.course.key_reason = KeyReason::Rejected,
            Next::Inline => {
                self.course.has_fetched = true;
                self.course.not_fetched = Some(error);
            }
            _ => {
                if matches!(
                    error.kind,
                    ErrorKind::ContextLengthExceeded | ErrorKind::RequestTooLarge
                ) {
                    self.course.larger_than = self.too_small().max(self.course.larger_than);
                }
                let asked = self.was_asked();
                self.course.advance(error, asked);
            }
        }
        self.response.restart();
    }

    /// The window of the model in hand, which was too small. Where it is not known, what the conversation fills by
    /// our estimate, and a quarter more: there has to be room for an answer, and for our error.
    fn too_small(&self) -> Option<u64> {
        let candidate = self.course.candidate()?;
        let provider = self.client.config.providers.get(candidate.provider)?;
        let known = self.client.known(provider, &self.course.model);
        known.as_ref().and_then(Model::context_window).or_else(|| {
            let family = provider.kind.profile().tokens.of(&self.course.model);
            let likely = tokens::estimate(self.request.as_ref()?, family);
            Some(likely.saturating_add(likely / 4))
        })
    }

    /// Whether the last attempt was sent, and not only considered.
    fn was_asked(&self) -> bool {
        let last = self.response.metadata.attempts.last();
        last.is_some_and(|attempt| attempt.skipped.is_none())
    }

    /// The error of the whole request: why the most preferred of those who were asked did
    /// not answer, unless something ended the request itself.
    pub(super) fn stopped(&mut self, error: Error) -> Error {
        let ended = matches!(
            error.kind,
            ErrorKind::Cancelled | ErrorKind::LedgerUnavailable
        ) || error.code.as_deref() == Some("total");
        // Of an answer that had begun the caller holds the beginning: the error is that answer's.
        let mut told = if ended || error.partial.is_some() {
            error
        } else {
            self.course.best_of(error, self.was_asked())
        };
        told.attempts.clone_from(&self.response.metadata.attempts);
        self.report(Some(&told));
        told
    }
}

fn too_long(problem: String) -> Result<()> {
    Err(Error::new(ErrorKind::ContextLengthExceeded, problem))
}

fn restart() -> Events {
    let mut events = Events::new();
    events.push(RichEvent::Restart);
    events
}
