//! One call, from the request to the last byte, written once.
//!
//! ```text
//! Call::next   open:  check -> route -> key -> encode -> send -> head
//!              read:  chunk -> framer -> frames -> decoder -> events -> answer
//! ```
//! [`Call::next`] hands out the events of one network chunk; [`Call::finish`]
//! is the same until the end. Whoever holds the call owns it: dropping it drops
//! the body, which closes the connection.

mod answer;
mod bill;
mod booking;
mod problems;

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use self::answer::Answer;
use self::bill::Bill;
use self::booking::Booking;
use self::problems::{missing_key, redirected, refused, unchecked_window, unknown_model};

use crate::chat::{ChatRequest, ChatResponse, Events, RichEvent, StreamEvent, Warning};
use crate::config::{CallTimeouts, Config, KeySource, ProviderConfig};
use crate::env::{Body, Env, KeyReason, Notice, Verdict};
use crate::error::{Billed, Error, ErrorKind, Result};
use crate::framing::{Framer, TooLarge};
use crate::http::{HttpRequest, ResponseHead, Secret};
use crate::model::Model;
use crate::policy::{Deadline, Phase, Route, Watch, route};
use crate::provider::fault::request_id;
use crate::provider::{Exchange, Progress, Target};

/// How a call listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallOptions {
    /// Whether the caller wants the answer as it comes. `request.stream` wins.
    pub stream: bool,
    /// Time limits of this call.
    pub timeouts: CallTimeouts,
}

/// One call.
#[allow(missing_debug_implementations)]
pub struct Call<E: Env> {
    env: E,
    config: Rc<Config>,
    options: CallOptions,
    state: State<E>,
    response: ChatResponse,
    watch: Watch,
    timer: Option<(f64, E::Sleep)>,
    started_ms: f64,
    key: Option<Secret>,
    bill: Option<Bill>,
    booking: Option<Booking>,
}

enum State<E: Env> {
    /// Nothing has been sent.
    Ready(Box<ChatRequest>),
    /// The answer is coming.
    Open(Box<Answer<E>>),
    /// An error comes behind events that were already handed out.
    Failed(Error),
    /// Nothing more comes.
    Done,
}

impl<E: Env> Call<E> {
    /// Prepares a call; nothing is sent before [`Call::next`] or [`Call::finish`].
    pub fn new(env: E, config: Rc<Config>, request: ChatRequest, options: CallOptions) -> Self {
        let started_ms = env.now_ms();
        let watch = Watch::new(config.timeouts.with(options.timeouts), started_ms);
        let mut response = ChatResponse::new("", "");
        response.metadata.id = Some(request_name(env.wall_ms(), env.random()));
        let state = State::Ready(Box::new(request));
        Self {
            env,
            config,
            options,
            state,
            response,
            watch,
            timer: None,
            started_ms,
            key: None,
            bill: None,
            booking: None,
        }
    }

    /// The events of the next network chunk that holds any a caller sees; `None` at the end.
    ///
    /// # Errors
    /// Any [`Error`], with what had arrived as its `partial`. Afterwards comes `None`.
    pub async fn next(&mut self) -> Result<Option<Events>> {
        let result = self.advance().await.map_err(|error| {
            self.state = State::Done;
            self.write_down(&error);
            self.described(error)
        });
        // What has been read is not kept waiting for the books: they are done with the last word.
        if !matches!(result, Ok(Some(_)))
            && let Some(closed) = self.closed()
        {
            booking::settle(self.env.clone(), closed).await;
        }
        result
    }

    /// The whole answer.
    ///
    /// # Errors
    /// As [`Call::next`].
    pub async fn finish(&mut self) -> Result<&ChatResponse> {
        while self.next().await?.is_some() {}
        Ok(&self.response)
    }

    /// The answer; complete once [`Call::next`] has returned `None`.
    pub fn response(&self) -> &ChatResponse {
        &self.response
    }

    /// Ends the call: closes the connection and describes what had arrived.
    pub fn cancel(&mut self) -> Error {
        let sent = !matches!(self.state, State::Ready(_));
        self.state = State::Done;
        self.timer = None;
        let error = Error::new(ErrorKind::Cancelled, "the call was cancelled");
        let error = error.billed(if sent { Billed::Unknown } else { Billed::No });
        self.write_down(&error);
        self.settle_apart();
        self.described(error)
    }

    /// Settles without anybody waiting for it.
    fn settle_apart(&mut self) {
        if let Some(closed) = self.closed() {
            self.env.detach(booking::settle(self.env.clone(), closed));
        }
    }

    async fn advance(&mut self) -> Result<Option<Events>> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Open(answer) => {
                    let events = self.read(answer).await?;
                    if events.is_visible() {
                        return Ok(Some(events));
                    }
                }
                State::Ready(request) => {
                    let answer = self.open(request).await?;
                    self.state = State::Open(Box::new(answer));
                }
                State::Failed(error) => return Err(error),
                State::Done => return Ok(None),
            }
        }
    }

    // ---- opening ----------------------------------------------------------

    /// Boxed requests and plain functions between the awaits: whatever an await
    /// holds is dropped in code of its own.
    async fn open(&mut self, mut request: Box<ChatRequest>) -> Result<Answer<E>> {
        request.check()?;
        let config = Rc::clone(&self.config);
        let Route { provider, model } = route(&config, &request)?;
        self.response.provider.clone_from(&provider.id);
        self.key = self.key_of(provider).await?;
        self.response.model = match model {
            Some(model) => model,
            None => self.discovered_model(provider).await?,
        };
        self.book(&mut request, provider).await?;
        let exchange = self.encoded(&request, provider)?;
        drop(request);
        self.exchange(exchange, provider).await
    }

    fn encoded(&mut self, request: &ChatRequest, provider: &ProviderConfig) -> Result<Exchange> {
        let stream = request.stream.unwrap_or(self.options.stream);
        let known = self.known(provider, &self.response.model);
        let target = self.target(provider, &self.response.model, known.as_ref(), stream);
        let mut exchange = provider.kind.encode(request, &target)?;
        let mut warnings = Vec::new();
        if let Some(warning) = unknown_model(request, &target) {
            warnings.push(warning);
        }
        if let Some(warning) = unchecked_window(request, &target) {
            warnings.push(warning);
        }
        warnings.append(&mut exchange.warnings);
        for warning in warnings {
            self.warn(warning);
        }
        Ok(exchange)
    }

    fn target<'a>(
        &'a self,
        provider: &'a ProviderConfig,
        model: &'a str,
        known: Option<&'a Model>,
        stream: bool,
    ) -> Target<'a> {
        Target {
            config: provider,
            model,
            known,
            key: self.key.as_ref(),
            stream,
            seed: self.env.random(),
        }
    }

    /// What is known of a model now; merging later does not change it.
    fn known(&self, provider: &ProviderConfig, model: &str) -> Option<Model> {
        let models = self.config.models.borrow();
        models.find(provider.kind.profile().id, model)
    }

    async fn key_of(&mut self, provider: &ProviderConfig) -> Result<Option<Secret>> {
        match &provider.key {
            KeySource::None => Ok(None),
            KeySource::Literal(secret) => Ok(Some(secret.clone())),
            KeySource::Missing { variable } => Err(missing_key(&provider.id, variable)),
            KeySource::Function => {
                let deadline = self.watch.deadline(Phase::FirstByte, self.env.now_ms());
                let asked = self.env.key(&provider.id, KeyReason::Initial);
                guard(&self.env, &mut self.timer, deadline, asked).await?
            }
        }
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
        let list = kind
            .list_models(&self.target(provider, "", None, false))
            .ok_or_else(none)?;
        let (head, mut body) = self.sent(list, Phase::Connect).await?;
        let text = self
            .collect(&mut body, self.config.limits.response_bytes, Phase::Connect)
            .await?;
        if head.is_redirect() {
            return Err(redirected());
        }
        if !head.is_success() {
            return Err(refused(kind, &head, &text));
        }
        kind.first_chat_model(&text).ok_or_else(none)
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
        let sent_ms = self.env.now_ms();
        let (head, mut body) = self.sent(request, Phase::FirstByte).await?;
        self.answered(&head, sent_ms);
        if head.is_redirect() {
            return Err(redirected());
        }
        if !head.is_success() {
            let limit = self.config.limits.error_body_bytes;
            let text = self.collect(&mut body, limit, Phase::FirstByte).await?;
            return Err(refused(provider.kind, &head, &text));
        }
        let framer = Framer::new(framing, self.config.limits);
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
        })
    }

    async fn sent(
        &mut self,
        request: HttpRequest,
        phase: Phase,
    ) -> Result<(ResponseHead, E::Body)> {
        let deadline = self.watch.deadline(phase, self.env.now_ms());
        guard(&self.env, &mut self.timer, deadline, self.env.send(request)).await?
    }

    /// Tells listeners of the head.
    fn answered(&mut self, head: &ResponseHead, sent_ms: f64) {
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
    fn announced(
        &self,
        mut request: HttpRequest,
        provider: &ProviderConfig,
    ) -> Result<HttpRequest> {
        for header in &provider.headers {
            request = request.header(header.clone());
        }
        let notice = Notice::Request {
            id: self.id(),
            provider: &provider.id,
            model: &self.response.model,
            request: &request,
            attempt: 1,
        };
        match self.env.notify(notice) {
            Verdict::Proceed => Ok(request),
            Verdict::Headers(headers) => {
                for header in headers {
                    request = request.header(header);
                }
                Ok(request)
            }
            Verdict::Veto(why) => Err(Error::new(
                ErrorKind::Cancelled,
                format!("a listener stopped the request: {why}"),
            )
            .code("vetoed")),
        }
    }

    /// Reads a body to its end or to the limit, whichever comes first.
    async fn collect(&mut self, body: &mut E::Body, limit: usize, phase: Phase) -> Result<String> {
        let mut bytes = Vec::new();
        while bytes.len() < limit {
            let deadline = self.watch.deadline(phase, self.env.now_ms());
            match self.received(body, deadline).await? {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                // A broken error body is still an error body.
                Ok(None) | Err(_) => break,
            }
        }
        bytes.truncate(limit);
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    // ---- reading ----------------------------------------------------------

    /// Reads one chunk into events and decides what comes next.
    async fn read(&mut self, mut answer: Box<Answer<E>>) -> Result<Events> {
        let now_ms = self.env.now_ms();
        self.renew(now_ms).await;
        let chunk = self.chunk(&mut answer, now_ms).await;
        let mut events = Events::new();
        let result = match chunk {
            Ok(Some(bytes)) => answer.feed(&bytes, &mut events),
            Ok(None) => answer.end(&mut events),
            Err(error) => answer.broken(error, &mut events),
        };
        self.take(&events, &mut answer);
        let metered = |progress| match progress {
            Progress::Open => self.meter(&events).map(|()| progress),
            ended => Ok(ended),
        };
        match result
            .and_then(metered)
            .and_then(|progress| self.within_limits(progress))
        {
            Ok(Progress::Closed) => self.close(&answer),
            Ok(_) => self.state = State::Open(answer),
            // What the error says of the answer so far needs the events first.
            Err(error) => {
                self.stamp(&answer);
                self.state = State::Failed(error);
            }
        }
        Ok(events)
    }

    async fn chunk(&mut self, answer: &mut Answer<E>, now_ms: f64) -> Result<Option<Vec<u8>>> {
        let deadline = answer.deadline(&self.watch, now_ms);
        let is_trailer = answer.trailer_until_ms.is_some();
        match self.received(&mut answer.body, deadline).await {
            Ok(chunk) => chunk,
            Err(_) if is_trailer => Ok(None),
            Err(late) => Err(late),
        }
    }

    async fn received(
        &mut self,
        body: &mut E::Body,
        deadline: Option<Deadline>,
    ) -> Result<Result<Option<Vec<u8>>>> {
        guard(&self.env, &mut self.timer, deadline, body.chunk()).await
    }

    fn within_limits(&self, progress: Progress) -> Result<Progress> {
        let limit = self.config.limits.tool_arguments_bytes;
        if self.response.longest_arguments() > limit {
            return Err(TooLarge {
                what: "tool_arguments_bytes",
                limit,
            }
            .into());
        }
        Ok(progress)
    }

    fn take(&mut self, events: &Events, answer: &mut Answer<E>) {
        if !answer.visible && events.is_visible() {
            answer.visible = true;
            self.response.metadata.time_to_first_token_ms = Some(self.elapsed_ms());
        }
        self.response.extend(events);
        for event in events {
            if let StreamEvent::Rich(RichEvent::Warning(warning)) = event {
                self.env.notify(Notice::Warning(warning));
            }
        }
    }

    fn close(&mut self, answer: &Answer<E>) {
        self.stamp(answer);
        self.timer = None;
        self.response.close();
        self.price();
    }

    /// Fills in what only the call knows.
    fn stamp(&mut self, answer: &Answer<E>) {
        self.response.duration = self.elapsed_ms();
        if let Some(state) = &mut self.response.message.provider_state {
            state.provider = answer.kind.to_string();
            // As requested: answers name a dated model, and would never match.
            state.model.clone_from(&answer.model);
        }
    }

    // ---- telling ----------------------------------------------------------

    fn elapsed_ms(&self) -> u64 {
        (self.env.now_ms() - self.started_ms).round() as u64
    }

    fn id(&self) -> &str {
        self.response.metadata.id.as_deref().unwrap_or_default()
    }

    fn warn(&mut self, mut warning: Warning) {
        warning.provider = Some(self.response.provider.clone());
        warning.model = Some(self.response.model.clone());
        self.env.notify(Notice::Warning(&warning));
        self.response.metadata.warnings.push(warning);
    }

    /// A text of the server without the key.
    fn redacted(&self, text: &str) -> String {
        let key = self.key.as_ref();
        key.map_or_else(|| text.into(), |key| key.redact(text).into_owned())
    }

    /// Adds what the call knows to an error, and takes the key out of it.
    fn described(&mut self, mut error: Error) -> Error {
        let known = |text: &str| (!text.is_empty()).then(|| text.to_string());
        error.provider = error
            .provider
            .take()
            .or_else(|| known(&self.response.provider));
        error.model = error.model.take().or_else(|| known(&self.response.model));
        error.request_id = error
            .request_id
            .take()
            .or_else(|| self.response.metadata.request_id.clone());
        if error.partial.is_none() && self.response.has_content() {
            self.response.duration = self.elapsed_ms();
            error.partial = Some(self.response.partial());
            error.billed = Billed::Yes;
        }
        if let Some(key) = &self.key {
            error.redact(key);
        }
        error
    }
}

/// An id of ours. The time counts down in it, so that a list in the order of ids begins with the newest.
fn request_name(wall_ms: u64, random: u64) -> String {
    let left = (1_u64 << 44).saturating_sub(wall_ms);
    format!("req_{left:011x}{:08x}", random as u32)
}

/// Whoever lets go of a call has spent what had come.
impl<E: Env> Drop for Call<E> {
    fn drop(&mut self) {
        if self.booking.is_some() {
            let unread = Error::new(ErrorKind::Cancelled, "").billed(Billed::Unknown);
            self.write_down(&unread);
            self.settle_apart();
        }
    }
}

/// Runs some work until a deadline. The timer outlives the
/// wait and is set again only when it fires or would fire too late: a timer for
/// every chunk would cost more than reading the chunk.
async fn guard<E: Env, T>(
    env: &E,
    timer: &mut Option<(f64, E::Sleep)>,
    deadline: Option<Deadline>,
    work: impl Future<Output = T>,
) -> Result<T> {
    let mut work = pin!(work);
    if let Some(deadline) = deadline {
        arm(env, timer, deadline);
    }
    poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(Ok(done));
        }
        match deadline {
            Some(deadline) => late(env, timer, deadline, context).map(Err),
            None => Poll::Pending,
        }
    })
    .await
}

/// Sets the timer, unless it fires early enough.
#[inline(never)]
fn arm<E: Env>(env: &E, timer: &mut Option<(f64, E::Sleep)>, deadline: Deadline) {
    if !matches!(timer, Some((fires_ms, _)) if *fires_ms <= deadline.at_ms) {
        let sleep = env.sleep(remaining_ms(deadline, env.now_ms()));
        *timer = Some((deadline.at_ms, sleep));
    }
}

/// Waits for a deadline: ready with its error.
#[inline(never)]
fn late<E: Env>(
    env: &E,
    timer: &mut Option<(f64, E::Sleep)>,
    deadline: Deadline,
    context: &mut Context<'_>,
) -> Poll<Error> {
    while let Some((_, sleep)) = timer {
        if Pin::new(sleep).poll(context).is_pending() {
            return Poll::Pending;
        }
        *timer = None;
        if env.now_ms() >= deadline.at_ms {
            return Poll::Ready(deadline.error());
        }
        arm(env, timer, deadline);
    }
    Poll::Pending
}

fn remaining_ms(deadline: Deadline, now_ms: f64) -> u64 {
    (deadline.at_ms - now_ms).max(0.0).ceil() as u64
}
