//! One call, from the request to the last byte, written once.
//!
//! ```text
//! Call::next   open:     check -> candidate -> key -> turn -> reserve -> encode -> send -> head
//!              reuse:    behind the key, where that is wanted: an answer that was kept
//!              read:     chunk -> framer -> frames -> decoder -> events -> answer
//!              recover:  a failure -> settle -> the same again, the next candidate, or the error
//! ```
//! Until something visible has come, a failed attempt may be followed by another: the
//! caller sees one answer. [`Call::next`] hands out the events of one network chunk; [`Call::finish`]
//! is the same until the end. Whoever holds the call owns it: dropping it drops
//! the body, which closes the connection.

mod answer;
mod bill;
mod booking;
mod client;
mod count;
mod course;
mod embed;
mod errand;
mod explain;
mod files;
mod guard;
mod models;
mod open;
mod probe;
mod problems;
mod progress;
mod provide;
mod read;
mod recover;
mod report;
mod reuse;
mod task;
#[cfg(feature = "vertex")]
mod token;
mod turn;

pub use client::Client;
pub use count::{count_tokens, estimate_tokens};
pub use embed::embed;
pub use errand::{Compose, Errand};
pub use models::list_models;
pub use probe::check_health;
pub use progress::TaskProgress;
pub use task::{Task, manage};

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

pub use self::explain::{Explanation, Prospect};

use self::answer::Answer;
use self::bill::Bill;
use self::booking::Booking;
use self::course::Course;
use self::guard::guard;
use self::open::Opened;
use self::reuse::Keeping;
use self::turn::Place;

use crate::chat::{ChatRequest, ChatResponse, Events, Warning};
use crate::config::CallTimeouts;
use crate::env::{Env, Notice};
use crate::error::{Billed, Error, ErrorKind, Result};
use crate::http::{Header, HttpRequest, Secret};
use crate::policy::Watch;
use crate::policy::standing::Outcome;
use crate::provider::Shape;

/// How a call listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallOptions {
    /// Whether the caller wants the answer as it comes. `request.stream` wins.
    pub stream: bool,
    /// Time limits of this call.
    pub timeouts: CallTimeouts,
    /// Whether to keep what goes over the wire, as `raw` of the answer's metadata or of the error.
    pub raw: bool,
    /// Vectors of the messages are asked for, of this shape, in the place of an answer.
    pub embeds: Option<Shape>,
}

/// One call.
#[allow(missing_debug_implementations)]
pub struct Call<E: Env> {
    env: E,
    client: Rc<Client>,
    options: CallOptions,
    state: State<E>,
    /// Kept as long as it may have to be sent again.
    request: Option<Box<ChatRequest>>,
    course: Course,
    response: ChatResponse,
    watch: Watch,
    timer: Option<(f64, E::Sleep)>,
    started_ms: f64,
    key: Option<Secret>,
    /// What its requests carried: earlier keys too, a server may repeat them late.
    secrets: Vec<Secret>,
    bill: Option<Bill>,
    booking: Option<Booking>,
    place: Option<Place<E>>,
    keeping: Option<Keeping>,
}

enum State<E: Env> {
    /// An attempt is to be made.
    Ready,
    /// The answer is coming.
    Open(Box<Answer<E>>),
    /// An error comes behind events that were already handed out.
    Failed(Error),
    /// A step is under way, or was left in the middle: then the rest is lost.
    Busy,
    /// Nothing more comes.
    Done,
}

impl<E: Env> Call<E> {
    /// Prepares a call; nothing is sent before [`Call::next`] or [`Call::finish`].
    pub fn new(env: E, client: Rc<Client>, request: ChatRequest, options: CallOptions) -> Self {
        let started_ms = env.now_ms();
        let watch = Watch::new(client.config.timeouts.with(options.timeouts), started_ms);
        let mut response = ChatResponse::new("", "");
        response.metadata.id = Some(request_name(env.wall_ms(), env.random()));
        Self {
            course: Course::new(&client.config.retry),
            env,
            client,
            options,
            state: State::Ready,
            request: Some(Box::new(request)),
            response,
            watch,
            timer: None,
            started_ms,
            key: None,
            secrets: Vec::new(),
            bill: None,
            booking: None,
            place: None,
            keeping: None,
        }
    }

    /// The events of the next network chunk that holds any a caller sees; `None` at the end.
    ///
    /// # Errors
    /// Any [`Error`], with what had arrived as its `partial`. Afterwards comes `None`.
    pub async fn next(&mut self) -> Result<Option<Events>> {
        self.reads_on(true);
        let result = self.advance().await;
        self.reads_on(false);
        // What has been read is not kept waiting for the books: they are done with the last word.
        if !matches!(result, Ok(Some(_))) {
            self.end_attempt().await;
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
        let sent = self.booking.as_ref().is_some_and(|booking| booking.sent);
        self.timer = None;
        self.state = State::Done;
        self.keeping = None;
        let error = Error::new(ErrorKind::Cancelled, "the call was cancelled");
        let error = error.billed(if sent { Billed::Unknown } else { Billed::No });
        let error = self.failed(error);
        self.settle_apart();
        self.stopped(error)
    }

    /// Takes what an attempt holds to its end.
    async fn end_attempt(&mut self) {
        if let Some(closed) = self.closed() {
            let settled = booking::settle(self.env.clone(), closed);
            self.patiently(settled).await;
        }
        self.leave().await;
    }

    /// Waits for the store, but not for ever: what takes it longer goes on by itself.
    async fn patiently(&self, mut work: Pin<Box<dyn Future<Output = ()>>>) {
        let deadline = self.watch.closing(self.env.now_ms());
        let waited = guard(&self.env, &mut None, Some(deadline), work.as_mut()).await;
        if waited.is_err() {
            self.env.detach(work);
        }
    }

    /// Settles without anybody waiting for it.
    fn settle_apart(&mut self) {
        if let Some(closed) = self.closed() {
            self.env.detach(booking::settle(self.env.clone(), closed));
        }
        self.place = None;
    }

    async fn advance(&mut self) -> Result<Option<Events>> {
        loop {
            match std::mem::replace(&mut self.state, State::Busy) {
                State::Open(answer) => {
                    let events = self.read(answer).await;
                    if events.is_visible() {
                        return Ok(Some(events));
                    }
                }
                State::Ready => match self.open().await {
                    Ok(Opened::Coming(answer)) => self.state = State::Open(answer),
                    Ok(Opened::Kept(events)) => return Ok(Some(events)),
                    Err(error) => self.state = State::Failed(error),
                },
                State::Failed(error) => {
                    if let Some(restart) = self.recover(error).await? {
                        return Ok(Some(restart));
                    }
                }
                State::Busy => return Err(self.cancel()),
                State::Done => {
                    self.state = State::Done;
                    return Ok(None);
                }
            }
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

    /// Remembers what a request carries that no text may repeat.
    fn hide(&mut self, request: &HttpRequest) {
        let headers = request.headers.iter().flat_map(Header::secrets);
        for secret in self.key.iter().cloned().chain(headers) {
            if !self.secrets.contains(&secret) {
                self.secrets.push(secret);
            }
        }
    }

    /// A text of the server without the secrets of the call.
    fn redacted(&self, text: &str) -> String {
        let mut text = text.to_string();
        for secret in &self.secrets {
            text = secret.redact(&text).into_owned();
        }
        text
    }

    /// Adds what the call knows to an error, and takes its secrets out of it.
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
        error.raw = error.raw.take().or_else(|| self.kept());
        if error.partial.is_none() && self.response.has_content() {
            self.response.duration = self.elapsed_ms();
            error.partial = Some(self.response.partial());
            error.billed = Billed::Yes;
        }
        for secret in &self.secrets {
            error.redact(secret);
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
        self.show(Outcome::Unclear, None);
        let unread = Error::new(ErrorKind::Cancelled, "").billed(Billed::Unknown);
        if self.booking.is_some() {
            self.write_down(&unread);
        }
        self.note(Some(&unread));
        self.settle_apart();
        if self.course.number > 0 {
            self.report(Some(&unread));
        }
    }
}
