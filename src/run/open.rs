//! From a request to the head of its answer.

use std::rc::Rc;

use super::Call;
use super::answer::Answer;
use super::guard::guard;
use super::problems::{missing_key, named, no_answer, redirected, refused, unknown_model};
use crate::chat::{ChatRequest, Events};
use crate::config::{KeySource, ProviderConfig};
use crate::env::{Env, KeyReason, Notice, Verdict};
use crate::error::{Billed, Error, ErrorKind, Result};
use crate::framing::{Framer, TooLarge};
use crate::http::{HttpRequest, ResponseHead, Secret};
use crate::model::Model;
use crate::policy::Phase;
use crate::policy::reach::Way;
use crate::policy::standing::Outcome;
use crate::provider::fault::{request_id, used_up};
use crate::provider::{Exchange, Provider, Target};
use crate::text;

/// What an attempt leads to.
pub(super) enum Opened<E: Env> {
    /// An answer that is coming.
    Coming(Box<Answer<E>>),
    /// One that was kept; the call is over.
    Kept(Events),
}

/// A request that is ready to leave, and the place of its provider.
enum Prepared {
    Exchange(Exchange, usize),
    Kept(Events),
}

impl<E: Env> Call<E> {
    /// Makes an attempt. Boxed requests and plain functions between the awaits:
    /// whatever an await holds is dropped in code of its own.
    pub(super) async fn open(&mut self) -> Result<Opened<E>> {
        let gone = || Error::new(ErrorKind::Cancelled, "the call has ended");
        let mut request = self.request.take().ok_or_else(gone)?;
        let prepared = self.prepared(&mut request).await;
        let (exchange, at) = match prepared {
            Ok(Prepared::Kept(events)) => return Ok(Opened::Kept(events)),
            Ok(Prepared::Exchange(exchange, at)) => (exchange, at),
            Err(error) => {
                self.request = Some(request);
                return Err(error);
            }
        };
        self.request = Some(request);
        let client = Rc::clone(&self.client);
        let provider = client.config.providers.get(at).ok_or_else(gone)?;
        let answer = self.exchange(exchange, provider).await?;
        Ok(Opened::Coming(Box::new(answer)))
    }

    /// Everything before the request leaves.
    async fn prepared(&mut self, request: &mut ChatRequest) -> Result<Prepared> {
        let at = self.begin(request).await?;
        let client = Rc::clone(&self.client);
        let nobody = || Error::new(ErrorKind::InvalidConfig, "no provider is configured");
        let provider = client.config.providers.get(at).ok_or_else(nobody)?;
        named(provider, &self.course.model)?;
        let reuses = self.reuses(request);
        if !reuses {
            self.admit(at).await?;
        }
        let key = self.key_of(provider).await;
        self.key = self.unasked(key)?;
        if self.course.model.is_empty() {
            self.course.model = self.discovered_model(provider).await?;
            self.response.model.clone_from(&self.course.model);
        }
        let inlined = self.inlined(request, provider).await;
        self.unasked(inlined)?;
        if reuses {
            // Before anything depends on the provider: what is kept is there also while it is out.
            if let Some(events) = self.reused(request, provider).await? {
                return Ok(Prepared::Kept(events));
            }
            self.admit(at).await?;
        }
        self.provided(provider, at).await?;
        // Now more may be known of it.
        let known = self.client.known(provider, &self.course.model);
        self.fits(request, provider, known.as_ref())?;
        let turn = self.take_turn(request, provider, at).await;
        self.unasked(turn)?;
        // The budget may set it, for this attempt.
        let max_tokens = request.max_tokens;
        let booked = self.book(request, provider).await;
        self.unasked(booked)?;
        let exchange = self.encoded(request, provider);
        request.max_tokens = max_tokens;
        Ok(Prepared::Exchange(exchange?, at))
    }

    /// What fails before the provider was asked says nothing of it.
    fn unasked<T>(&mut self, result: Result<T>) -> Result<T> {
        if result.is_err() {
            self.show(Outcome::Unclear, None);
        }
        result
    }

    fn encoded(&mut self, request: &ChatRequest, provider: &ProviderConfig) -> Result<Exchange> {
        let stream = request.stream.unwrap_or(self.options.stream);
        let mut exchange = self.written(request, provider, stream)?;
        for warning in std::mem::take(&mut exchange.warnings) {
            self.warn(warning);
        }
        Ok(exchange)
    }

    /// The request in the provider's dialect, with everything there is to warn of.
    pub(super) fn written(
        &self,
        request: &ChatRequest,
        provider: &ProviderConfig,
        stream: bool,
    ) -> Result<Exchange> {
        let known = self.client.known(provider, &self.course.model);
        let target = self.target(provider, &self.course.model, known.as_ref(), stream);
        let mut exchange = match self.options.embeds {
            None => provider.kind.encode(request, &target)?,
            Some(shape) => provider.kind.embed(request, &target, shape)?,
        };
        if let Some(warning) = unknown_model(request, &target) {
            exchange.warnings.insert(0, warning);
        }
        Ok(exchange)
    }

    pub(super) fn target<'a>(
        &'a self,
        provider: &'a ProviderConfig,
        model: &'a str,
        known: Option<&'a Model>,
        stream: bool,
    ) -> Target<'a> {
        Target {
            config: provider,
            model,
            known: known.filter(|model| model.is_described()),
            key: self.key.as_ref(),
            stream,
            seed: self.env.random(),
        }
    }

    pub(super) async fn key_of(&mut self, provider: &ProviderConfig) -> Result<Option<Secret>> {
        match &provider.key {
            KeySource::None => Ok(None),
            KeySource::Literal(secret) => Ok(Some(secret.clone())),
            KeySource::Missing { variable } => Err(missing_key(&provider.id, variable)),
            KeySource::Function => self.asked_key(&provider.id).await,
            #[cfg(feature = "vertex")]
            KeySource::Account(account) => self.token_of(account, provider).await.map(Some),
        }
    }

    /// The user's function is asked again for a key that was rejected, unless it has
    /// given another one meanwhile, to another call.
    async fn asked_key(&mut self, provider: &str) -> Result<Option<Secret>> {
        let rejected = self.key.take();
        let key = self.ask(provider, KeyReason::Initial).await?;
        // Told once: what fails after that has nothing to do with the new key.
        let reason = std::mem::replace(&mut self.course.key_reason, KeyReason::Initial);
        if reason == KeyReason::Rejected && key == rejected {
            return self.ask(provider, KeyReason::Rejected).await;
        }
        Ok(key)
    }

    async fn ask(&mut self, provider: &str, reason: KeyReason) -> Result<Option<Secret>> {
        let deadline = self.watch.deadline(Phase::FirstByte, self.env.now_ms());
        let asked = self.env.key(provider, reason);
        guard(&self.env, &mut self.timer, deadline, asked).await?
    }

    /// For a provider without a default model: the first chat model of its list.
    async fn discovered_model(&mut self, provider: &ProviderConfig) -> Result<String> {
        let kind = provider.kind;
        let none = || {
            Error::new(
                ErrorKind::ModelNotFound,
                format!("{} has no model that can chat", provider.id),
            )
            .hint("install a model, or name one in the request or the configuration")
        };
        let list = kind.list_models(&self.target(provider, "", None, false), None)?;
        let body = self.told(list, provider, Phase::Connect).await?;
        let text = self.text(body, Phase::Connect).await?;
        let mut models = kind.listed(&text)?.models.into_iter();
        let first = models.find(|model| model.chats).ok_or_else(none)?;
        Ok(first.id)
    }

    async fn exchange(
        &mut self,
        exchange: Exchange,
        provider: &ProviderConfig,
    ) -> Result<Answer<E>> {
        let Exchange {
            request,
            framing,
            decoder,
            ..
        } = exchange;
        let request = self.announced(request, provider)?;
        if let Some(booking) = &mut self.booking {
            booking.sent = true;
        }
        self.keep_request(&request);
        if let Some(place) = &mut self.place {
            place.sent = true;
        }
        let sent_ms = self.env.now_ms();
        let (head, mut body) = self.sent(request, Phase::FirstByte).await?;
        self.keep_head(&head);
        self.answered(&head, sent_ms);
        self.taken(provider.kind, &head, &mut body, Phase::FirstByte)
            .await?;
        let foreign = foreign(&head);
        if let Some(kind) = foreign.as_deref().filter(|kind| !may_be_read(kind)) {
            return Err(no_answer(kind));
        }
        // What is used up now would refuse the next one.
        self.cool(used_up(&head, provider.kind.profile().rate_headers).map(at_most_a_minute));
        let framer = Framer::new(framing, self.client.config.limits);
        let kind = provider.kind.profile().id;
        let model = self.response.model.clone();
        Ok(Answer {
            body,
            framer,
            decoder,
            visible: false,
            trailer_until_ms: None,
            kind,
            model,
            foreign,
            framed: false,
        })
    }

    pub(super) async fn sent(
        &mut self,
        request: HttpRequest,
        phase: Phase,
    ) -> Result<(ResponseHead, E::Body)> {
        let deadline = self.watch.deadline(phase, self.env.now_ms());
        self.hide(&request);
        let way = self.way(&request);
        let sent = guard(&self.env, &mut self.timer, deadline, self.env.send(request)).await?;
        sent.map_err(|error| way.explain(error, &self.env.vantage()))
    }

    /// What may have to be explained of a request that does not get through.
    fn way(&self, request: &HttpRequest) -> Way {
        let provider = self.client.config.provider(&self.response.provider);
        let mut names = request.headers.iter().map(|header| &*header.name);
        Way {
            url: request.url.clone(),
            headers: text::joined(&mut names, ", "),
            server: provider.and_then(|provider| provider.kind.profile().server),
        }
    }

    /// Tells listeners of the head.
    pub(super) fn answered(&mut self, head: &ResponseHead, sent_ms: f64) {
        self.env.notify(Notice::Response {
            id: self.id(),
            status: head.status,
            duration: (self.env.now_ms() - sent_ms) as u64,
            provider: &self.response.provider,
            model: &self.response.model,
        });
        self.response.metadata.request_id = request_id(head).map(|id| self.redacted(&id));
    }

    /// Tells listeners of the request; they may add headers or stop it.
    pub(super) fn announced(
        &self,
        request: HttpRequest,
        provider: &ProviderConfig,
    ) -> Result<HttpRequest> {
        let request = request.with(provider.headers.iter().cloned());
        let notice = Notice::Request {
            id: self.id(),
            provider: &provider.id,
            model: &self.response.model,
            request: &request,
            attempt: self.course.number,
        };
        match self.env.notify(notice) {
            Verdict::Proceed => Ok(request),
            Verdict::Headers(headers) => {
                if !headers.is_empty() {
                    self.is_signed();
                }
                Ok(request.with(headers))
            }
            Verdict::Veto(why) => Err(Error::new(
                ErrorKind::Cancelled,
                format!("a listener stopped the request: {why}"),
            )
            .code("vetoed")),
        }
    }

    /// Whether a provider took the request; if not, its refusal.
    pub(super) async fn taken(
        &mut self,
        kind: &dyn Provider,
        head: &ResponseHead,
        body: &mut E::Body,
        phase: Phase,
    ) -> Result<()> {
        if head.is_redirect() {
            return Err(redirected());
        }
        if head.is_success() {
            return Ok(());
        }
        let limit = self.client.config.limits.error_body_bytes;
        let text = self.collect(body, limit, phase).await?;
        self.keep_body(text.as_bytes());
        Err(refused(kind, head, &text))
    }

    /// Sends a request that is no chat, and takes the head of an answer that is no refusal.
    pub(super) async fn told(
        &mut self,
        request: HttpRequest,
        provider: &ProviderConfig,
        phase: Phase,
    ) -> Result<E::Body> {
        let (head, mut body) = self.heard(request, provider, phase).await?;
        self.taken(provider.kind, &head, &mut body, phase).await?;
        Ok(body)
    }

    /// Sends it and tells listeners of both sides.
    pub(super) async fn heard(
        &mut self,
        request: HttpRequest,
        provider: &ProviderConfig,
        phase: Phase,
    ) -> Result<(ResponseHead, E::Body)> {
        let request = self.announced(request, provider)?;
        let sent_ms = self.env.now_ms();
        let (head, body) = self.sent(request, phase).await?;
        self.answered(&head, sent_ms);
        Ok((head, body))
    }

    /// The whole text of such an answer, which has cost nothing.
    pub(super) async fn text(&mut self, mut body: E::Body, phase: Phase) -> Result<String> {
        let limit = self.client.config.limits.response_bytes;
        // One byte too many is enough to know.
        let most = limit.saturating_add(1);
        let (bytes, end) = self.bytes(&mut body, most, phase).await?;
        end?;
        if bytes.len() > limit {
            let what = "response_bytes";
            return Err(Error::from(TooLarge { what, limit }).billed(Billed::No));
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Reads a text to its end or to the limit. A broken error body is still an error body.
    pub(super) async fn collect(
        &mut self,
        body: &mut E::Body,
        limit: usize,
        phase: Phase,
    ) -> Result<String> {
        let (mut bytes, _) = self.bytes(body, limit, phase).await?;
        bytes.truncate(limit);
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Reads a body to its end or past the limit, whichever comes first; and what broke it.
    pub(super) async fn bytes(
        &mut self,
        body: &mut E::Body,
        limit: usize,
        phase: Phase,
    ) -> Result<(Vec<u8>, Result<()>)> {
        let mut bytes = Vec::new();
        while bytes.len() < limit {
            let deadline = self.watch.deadline(phase, self.env.now_ms());
            match self.received(body, deadline).await? {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Ok((bytes, Err(error))),
            }
        }
        Ok((bytes, Ok(())))
    }
}

/// What an answer is by its head, unless that is what answers are.
fn foreign(head: &ResponseHead) -> Option<String> {
    let told = head.header("content-type").unwrap_or_default();
    let kind = text::first_chars(told, 100).to_ascii_lowercase();
    let is_usual = ["json", "event-stream"]
        .iter()
        .any(|usual| text::has(&kind, usual));
    (!is_usual).then_some(kind)
}

/// Good answers come as plain text or as nothing in particular too; a picture holds none.
fn may_be_read(kind: &str) -> bool {
    kind.is_empty() || kind.starts_with("text/") || text::has(kind, "stream")
}

/// Some name the time at which all of a limit is there again, which is longer than the next request needs.
fn at_most_a_minute(ms: u64) -> u64 {
    ms.min(60_000)
}
