//! What a server takes its time for, and tells how far it has come: models got and made.
//!
//! ```text
//! list --> what is there now --> request --> line … "success" --> list --> what came of it
//!                                   ^          |
//!                                   '-- wait --' a break: the server goes on where it was
//! ```

use std::rc::Rc;

use super::Client;
use super::errand::Errand;
use super::progress::TaskProgress;
use crate::config::{CallTimeouts, Config};
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::framing::Ndjson;
use crate::json::{OrNull, Writer};
use crate::policy::Phase;
use crate::policy::recovery::Recovery;
use crate::policy::seat::Seat;
use crate::provider::Target;
use crate::provider::admin::{Admin, Operation, model_of};

/// Asks for something that is answered at once; resolves to JSON text. What the answer says of
/// models stands before the table from then on.
///
/// # Errors
/// Any error of a call, and `unsupported` for a provider whose models nobody manages.
pub async fn manage<E: Env>(
    env: E,
    client: Rc<Client>,
    id: &str,
    operation: Operation,
    asked: &str,
    timeouts: CallTimeouts,
) -> Result<String> {
    let admin = admin_of(&client.config, id)?;
    let mut errand = Errand::new(env, Rc::clone(&client), id, timeouts)?;
    let model = model_of(asked);
    if !model.is_empty() {
        errand = errand.about(&model);
    }
    if matches!(operation, Operation::Load | Operation::SendFile) {
        errand = errand.patient();
    }
    let write = |target: &Target<'_>| admin.request(operation, asked, target);
    let text = errand.ask(&write).await;
    if operation == Operation::HasFile && matches!(&text, Err(error) if error.status == Some(404)) {
        return Ok("false".to_string());
    }
    let text = text?;
    if matches!(operation, Operation::Copy | Operation::Delete) {
        client.listings.borrow_mut().forget(id);
        let forget = |seat: &mut Seat| seat.provided.retain(|name| *name != model);
        client.seat(errand.at, forget);
    }
    learn(&client, id, (operation, &model), &text);
    admin
        .answer(operation, &text)
        .map_err(|error| errand.call.described(error))
}

/// What an answer says of a server's models stands before the table there. A name the table cannot hold is left out of it.
pub(super) fn learn(client: &Client, id: &str, (operation, model): (Operation, &str), text: &str) {
    let Some(provider) = client.config.provider(id) else {
        return;
    };
    let admin = provider.kind.admin();
    let rows = admin.map(|admin| admin.learned(operation, model, text));
    let mut models = client.models.borrow_mut();
    for (id, row) in rows.unwrap_or_default() {
        drop(models.learn(provider.whose(), &id, &row));
    }
}

/// Who manages the models of a configured provider.
fn admin_of(config: &Config, id: &str) -> Result<&'static dyn Admin> {
    let provider = config.providers.iter().find(|provider| provider.id == id);
    let admin = provider.and_then(|provider| provider.kind.admin());
    admin.ok_or_else(|| {
        let problem = crate::text::concat(&["`", id, "` is no provider whose models are managed"]);
        Error::new(ErrorKind::Unsupported, problem)
    })
}

/// Something a server works on. Dropping it closes the connection: the server stops, and keeps what it has.
#[allow(missing_debug_implementations)]
pub struct Task<E: Env> {
    errand: Errand<E>,
    admin: &'static dyn Admin,
    operation: Operation,
    asked: String,
    model: String,
    before: Option<String>,
    progress: TaskProgress,
    recovery: Recovery,
    state: State<E>,
}

enum State<E: Env> {
    /// What is there now has to be asked.
    Begun,
    /// A request is to be made.
    Closed,
    /// Lines are coming.
    Open(E::Body, Ndjson),
    /// An error comes behind lines that were already handed out.
    Failed(Error),
    /// The server has said that it is done.
    Ended,
    /// Nothing more comes.
    Done,
}

impl<E: Env> Task<E> {
    /// Prepares it; nothing is sent before [`Task::next`].
    ///
    /// # Errors
    /// `invalid_request` when no such provider is configured, `unsupported` when its models are not managed.
    pub fn new(
        env: E,
        client: Rc<Client>,
        id: &str,
        (operation, asked): (Operation, String),
        timeouts: CallTimeouts,
    ) -> Result<Self> {
        let admin = admin_of(&client.config, id)?;
        let recovery = Recovery::new(&client.config.retry);
        let model = model_of(&asked);
        Ok(Self {
            errand: Errand::new(env, client, id, timeouts)?.about(&model),
            admin,
            operation,
            asked,
            model,
            before: None,
            progress: TaskProgress::default(),
            recovery,
            state: State::Begun,
        })
    }

    /// How far it has come, a JSON list with the oldest first; `None` at the end. The last one has a `result`.
    ///
    /// # Errors
    /// Any error of a call; afterwards comes `None`.
    pub async fn next(&mut self) -> Result<Option<String>> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Begun => {
                    self.before = self.installed().await?.1;
                    self.state = State::Closed;
                }
                State::Closed => match self.open().await {
                    Ok(body) => self.state = State::Open(body, self.lines()),
                    Err(error) => self.again(error).await?,
                },
                State::Open(body, lines) => {
                    let told = self.read(body, lines).await;
                    if !told.is_empty() {
                        return Ok(Some(list(&told)));
                    }
                }
                State::Failed(error) => self.again(error).await?,
                State::Ended => {
                    let result = self.result().await;
                    return Ok(Some(list(&[self.progress.told(Some(&result))])));
                }
                State::Done => return Ok(None),
            }
        }
    }

    /// The model's full name, and its digest where it is installed.
    async fn installed(&mut self) -> Result<(String, Option<String>)> {
        let admin = self.admin;
        self.errand.phase = Phase::Connect;
        // Listeners hear of each request as of one of its own.
        self.errand.call.course.number = 0;
        let write = |target: &Target<'_>| admin.request(Operation::List, "{}", target);
        let text = self.errand.ask(&write).await?;
        let call = &self.errand.call;
        learn(
            &call.client,
            &call.response.provider,
            (Operation::List, ""),
            &text,
        );
        Ok(admin.digest(&text, &self.model))
    }

    async fn open(&mut self) -> Result<E::Body> {
        let client = Rc::clone(&self.errand.call.client);
        let gone = || Error::new(ErrorKind::Cancelled, "the provider is gone");
        let provider = client.config.providers.get(self.errand.at);
        let provider = provider.ok_or_else(gone)?;
        self.progress.begin(self.errand.call.env.now_ms());
        self.errand.call.course.number = self.progress.attempt();
        self.errand.phase = Phase::FirstByte;
        let (admin, operation, asked) = (self.admin, self.operation, &self.asked);
        let write = |target: &Target<'_>| admin.request(operation, asked, target);
        self.errand.open(provider, &write).await
    }

    fn lines(&self) -> Ndjson {
        Ndjson::new(self.errand.call.client.config.limits.line_bytes)
    }

    /// Reads a chunk: what it tells, one text for each status.
    async fn read(&mut self, mut body: E::Body, mut lines: Ndjson) -> Vec<String> {
        let chunk = self.chunk(&mut body).await;
        let (mut told, mut is_end) = (Vec::new(), false);
        let mut take = |line: &str| self.line(line, &mut told, &mut is_end);
        let rest = match chunk {
            Ok(Some(bytes)) => lines.feed(&bytes, &mut take).map(|()| Some(lines)),
            Ok(None) => lines.finish(&mut take).map(|()| None),
            Err(error) => Err(error),
        };
        self.state = match rest {
            _ if is_end => State::Ended,
            Ok(Some(lines)) => State::Open(body, lines),
            Ok(None) => State::Failed(interrupted()),
            Err(error) => State::Failed(error),
        };
        told
    }

    /// A server that fills a layer says so all the time; verifying a large one may take minutes.
    async fn chunk(&mut self, body: &mut E::Body) -> Result<Option<Vec<u8>>> {
        let phase = if self.progress.is_filling() {
            Phase::Idle
        } else {
            Phase::FirstByte
        };
        let call = &mut self.errand.call;
        let deadline = call.watch.deadline(phase, call.env.now_ms());
        call.received(body, deadline).await?
    }

    fn line(&mut self, line: &str, told: &mut Vec<String>, is_end: &mut bool) -> Result<()> {
        if *is_end {
            return Ok(());
        }
        let line = self.admin.line(line).map_err(|mut error| {
            // What cannot be made now cannot be made in a second either.
            error.retryable &= self.operation == Operation::Pull;
            error
        })?;
        let is_new = self.progress.take(&line, self.errand.call.env.now_ms());
        *is_end = line.is_end;
        if line.is_end {
            return Ok(());
        }
        if !is_new {
            told.pop();
        }
        told.push(self.progress.told(None));
        Ok(())
    }

    /// Waits for another attempt, where it is worth one. Whoever gets further has all retries again.
    async fn again(&mut self, error: Error) -> Result<()> {
        let client = Rc::clone(&self.errand.call.client);
        let Some(provider) = client.config.providers.get(self.errand.at) else {
            return Err(error);
        };
        if self.progress.is_further() {
            self.recovery = Recovery::new(&client.config.retry);
        }
        let waited = self.errand.recover(provider, error, &mut self.recovery);
        waited.await?;
        self.state = State::Closed;
        Ok(())
    }

    /// What came of it, as JSON text. The work is done, whatever becomes of the question.
    async fn result(&mut self) -> String {
        let found = self.installed().await;
        let call = &self.errand.call;
        let provider = &call.response.provider;
        call.client.listings.borrow_mut().forget(provider);
        let (model, digest) = found.unwrap_or_else(|_| (self.model.clone(), None));
        let changed = match (&self.before, &digest) {
            (Some(before), Some(digest)) => before != digest,
            (before, _) => before.is_none(),
        };
        let mut out = Writer::default();
        out.begin_object();
        out.field("model", &model);
        out.field("digest", &OrNull(&digest));
        out.field("previous_digest", &OrNull(&self.before));
        out.field("changed", &changed);
        out.end_object();
        out.finish()
    }
}

fn interrupted() -> Error {
    let problem = "the server stopped before it said that it was done";
    Error::new(ErrorKind::StreamInterrupted, problem)
}

fn list(texts: &[String]) -> String {
    let mut out = Writer::default();
    out.begin_list();
    texts.iter().for_each(|text| out.raw(text));
    out.end_list();
    out.finish()
}
