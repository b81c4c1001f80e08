//! A host made of a script and virtual time: no sockets, no clock, no real sleeps.
//!
//! Every effect leaves a line in [`State::log`], so that a test reads as a list
//! of what the call did and when.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a module of test binaries"
)]

mod shaky;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

#[cfg(feature = "vertex")]
use aircher_llm::account::SigningKey;
use aircher_llm::config::{Config, Host};
use aircher_llm::env::{Body, Env, KeyReason, Notice, Verdict};
use aircher_llm::error::{Error, ErrorKind, Result};
use aircher_llm::http::{HttpRequest, ResponseHead, Secret};
use aircher_llm::ledger::{Ledger, Setup, ZoneNamed};
use aircher_llm::policy::cache::{Room, Shelf as Answers};
use aircher_llm::policy::reach::Vantage;
use aircher_llm::run::Client;
pub use shaky::Shaky;

/// 2027-01-01T00:00:00Z.
const NEW_YEAR_MS: u64 = 1_798_761_600_000;

/// What the server does next with the body it is sending.
#[derive(Clone, Debug)]
pub enum Step {
    /// Sends bytes.
    Bytes(Vec<u8>),
    /// Waits.
    Wait(u64),
    /// Breaks the connection.
    Reset,
    /// Sends nothing more and keeps the connection open.
    Stall,
}

/// An answer of the scripted server.
#[derive(Clone, Debug)]
pub struct Answer {
    pub head_after_ms: u64,
    pub head: ResponseHead,
    pub steps: Vec<Step>,
}

impl Answer {
    /// A status, a content type and a body in one piece.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_string(), content_type.to_string())];
        Self {
            head_after_ms: 0,
            head: ResponseHead {
                status,
                headers,
                ..ResponseHead::default()
            },
            steps: vec![Step::Bytes(body.into())],
        }
    }

    /// The same after so many milliseconds.
    pub fn after(mut self, ms: u64) -> Self {
        self.head_after_ms = ms;
        self
    }

    /// The same with another header.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.head.headers.push((name.into(), value.into()));
        self
    }

    /// A stream of server-sent events, one step for each.
    pub fn sse(events: &[&str]) -> Self {
        let mut answer = Self::new(200, "text/event-stream", "");
        answer.steps = events
            .iter()
            .map(|event| Step::Bytes(format!("data: {event}\n\n").into_bytes()))
            .collect();
        answer
    }
}

/// A place for answers, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    pub answers: Rc<RefCell<Answers>>,
    /// Every name that was asked for or given.
    pub names: Vec<String>,
    /// How long it takes.
    pub slow_ms: u64,
    pub broken: bool,
}

/// The state of the scripted host.
#[derive(Default)]
pub struct State {
    pub now_ms: f64,
    pub answers: VecDeque<Answer>,
    pub log: Vec<String>,
    pub requests: Vec<HttpRequest>,
    pub verdict: Option<Verdict>,
    pub key: Option<String>,
    /// What the key function gives once the first one was refused.
    pub next_key: Option<String>,
    /// Another client is trying what was out.
    pub tried_elsewhere: bool,
    /// Whether the log tells of health as well.
    pub tells_health: bool,
    pub vantage: Vantage,
    /// A place for answers beyond the client.
    pub shelf: Option<Shelf>,
    /// Calls must not wait for one another.
    pub alone: bool,
    /// What tracers are told.
    pub reports: Vec<String>,
    timers: Vec<f64>,
    seed: u64,
}

/// The host.
#[derive(Clone)]
pub struct FakeEnv(pub Rc<RefCell<State>>, Rc<Ledger<Shaky>>);

impl Default for FakeEnv {
    fn default() -> Self {
        Self::with_setup(Setup::default())
    }
}

impl FakeEnv {
    /// A host whose server gives these answers in turn.
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let env = Self::default();
        env.0.borrow_mut().answers.extend(answers);
        env
    }

    /// The same world with the limits of a client.
    pub fn limited(self, client: &Client) -> Self {
        let zones: ZoneNamed = Rc::new(|_| None);
        let setup = client.config.costs.setup(Rc::new(|_| "us".into()), zones);
        Self(self.0, Self::with_setup(setup.unwrap()).1)
    }

    fn with_setup(setup: Setup) -> Self {
        let ledger = Ledger::new(Shaky::default(), setup);
        Self(Rc::default(), Rc::new(ledger))
    }

    /// Runs a future; when it waits, time jumps to the next timer.
    #[track_caller]
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..1_000_000 {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            self.jump();
        }
        panic!("the call never ends");
    }

    #[track_caller]
    fn jump(&self) {
        let mut world = self.0.borrow_mut();
        let now = world.now_ms;
        let next = world
            .timers
            .iter()
            .copied()
            .filter(|at| *at > now)
            .fold(f64::INFINITY, f64::min);
        assert!(
            next.is_finite(),
            "the call hangs: nothing is timed\n{}",
            world.log.join("\n")
        );
        world.now_ms = next;
    }

    /// Where the books are kept.
    pub fn store(&self) -> &Shaky {
        self.1.store()
    }

    /// The log, one effect a line.
    pub fn log(&self) -> String {
        self.0.borrow().log.join("\n")
    }

    /// The lines of the log of which this holds.
    pub fn log_where(&self, is_told: impl Fn(&str) -> bool) -> String {
        let log = self.log();
        let told = log
            .lines()
            .filter(|line| is_told(line.get(7..).unwrap_or_default()));
        told.collect::<Vec<_>>().join("\n")
    }

    /// Writes into the log.
    pub fn note(&self, line: &str) {
        let mut state = self.0.borrow_mut();
        // From the left: a common indentation is no part of an expectation.
        let line = format!("{:<6} {line}", state.now_ms);
        state.log.push(line);
    }

    /// The place for answers, when it works.
    async fn shelf(&self, name: &str) -> Result<Rc<RefCell<Answers>>> {
        let shelf = {
            let mut world = self.0.borrow_mut();
            let shelf = world.shelf.get_or_insert_default();
            shelf.names.push(name.into());
            shelf.clone()
        };
        if shelf.slow_ms > 0 {
            FakeSleep::new(self, shelf.slow_ms).await;
        }
        if shelf.broken {
            self.say("the shelf is broken".into());
            return Err(Error::new(ErrorKind::Unknown, "the disk is full"));
        }
        Ok(shelf.answers)
    }

    fn say_of_health(&self, line: String) {
        if self.0.borrow().tells_health {
            self.say(line);
        }
    }

    fn say(&self, line: String) {
        self.note(&line);
    }
}

/// Waits for a moment of virtual time. Logs nothing: a lazy timer's life is not an effect.
pub struct FakeSleep {
    env: FakeEnv,
    until: f64,
}

impl FakeSleep {
    fn new(env: &FakeEnv, ms: u64) -> Self {
        let mut world = env.0.borrow_mut();
        let until = world.now_ms + ms as f64;
        world.timers.push(until);
        drop(world);
        Self {
            env: env.clone(),
            until,
        }
    }
}

impl Future for FakeSleep {
    type Output = ();
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.env.0.borrow().now_ms >= self.until {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

impl Drop for FakeSleep {
    fn drop(&mut self) {
        let mut world = self.env.0.borrow_mut();
        if let Some(at) = world.timers.iter().position(|timer| *timer == self.until) {
            world.timers.swap_remove(at);
        }
    }
}

/// The body of a scripted answer.
pub struct FakeBody {
    env: FakeEnv,
    steps: VecDeque<Step>,
    ended: bool,
}

impl Body for FakeBody {
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            match self.steps.front().cloned() {
                None => {
                    self.ended = true;
                    return Ok(None);
                }
                Some(Step::Bytes(bytes)) => {
                    self.steps.pop_front();
                    if !bytes.is_empty() {
                        return Ok(Some(bytes));
                    }
                }
                Some(Step::Wait(ms)) => {
                    FakeSleep::new(&self.env, ms).await;
                    self.steps.pop_front();
                }
                Some(Step::Reset) => {
                    self.ended = true;
                    return Err(Error::new(ErrorKind::NetworkError, "connection reset"));
                }
                Some(Step::Stall) => std::future::pending().await,
            }
        }
    }
}

impl Drop for FakeBody {
    fn drop(&mut self) {
        self.env.say(
            if self.ended {
                "body ended"
            } else {
                "body closed by us"
            }
            .to_string(),
        );
    }
}

impl Env for FakeEnv {
    type Body = FakeBody;
    type Sleep = FakeSleep;
    type Store = Shaky;

    async fn send(&self, request: HttpRequest) -> Result<(ResponseHead, FakeBody)> {
        self.say(format!("send {} {}", request.method.as_str(), request.url));
        let answer = {
            let mut world = self.0.borrow_mut();
            world.requests.push(request);
            world.answers.pop_front()
        };
        let Some(mut answer) = answer else {
            return Err(Error::new(ErrorKind::NetworkError, "nobody answers"));
        };
        if answer.head_after_ms > 0 {
            FakeSleep::new(self, answer.head_after_ms).await;
        }
        answer.head.received_ms = self.wall_ms();
        self.say(format!("head {}", answer.head.status));
        Ok((
            answer.head,
            FakeBody {
                env: self.clone(),
                steps: answer.steps.into(),
                ended: false,
            },
        ))
    }

    fn sleep(&self, ms: u64) -> FakeSleep {
        FakeSleep::new(self, ms)
    }

    fn now_ms(&self) -> f64 {
        self.0.borrow().now_ms
    }

    fn wall_ms(&self) -> u64 {
        NEW_YEAR_MS + self.now_ms() as u64
    }

    fn ledger(&self) -> &Ledger<Shaky> {
        &self.1
    }

    /// Memory needs no waiting: what is detached is done at once, unless it would wait for ever.
    fn detach(&self, work: Pin<Box<dyn Future<Output = ()>>>) {
        if self.store().hangs.get() {
            return self.say("left to itself".to_string());
        }
        self.run(work);
    }

    fn random(&self) -> u64 {
        let mut world = self.0.borrow_mut();
        world.seed += 1;
        world.seed
    }

    async fn key(&self, provider: &str, reason: KeyReason) -> Result<Option<Secret>> {
        self.say(format!("key {provider} {}", reason.as_str()));
        let mut world = self.0.borrow_mut();
        if reason == KeyReason::Rejected && world.next_key.is_some() {
            world.key = world.next_key.take();
        }
        Ok(world.key.as_deref().and_then(Secret::new))
    }

    /// Takes its time, and signs with the length of the key.
    #[cfg(feature = "vertex")]
    async fn sign(&self, key: &SigningKey, _: &str) -> Result<Vec<u8>> {
        let length = key.pkcs8().map_or(0, |key| key.len() as u8);
        FakeSleep::new(self, 1).await;
        self.say("sign".to_string());
        Ok(vec![length; 6])
    }

    async fn may_try(&self, provider: &str) -> bool {
        let free = !self.0.borrow().tried_elsewhere;
        let word = if free { "yes" } else { "no, another does" };
        self.say_of_health(format!("may try {provider}: {word}"));
        free
    }

    fn has_shelf(&self) -> bool {
        self.0.borrow().shelf.is_some()
    }

    fn may_wait(&self) -> bool {
        !self.0.borrow().alone
    }

    async fn recall(&self, name: &str) -> Result<Option<String>> {
        let answers = self.shelf(name).await?;
        let text = answers.borrow_mut().get(name);
        self.say(format!(
            "recall: {}",
            if text.is_some() { "found" } else { "nothing" }
        ));
        Ok(text.map(|text| text.to_string()))
    }

    async fn keep(&self, name: &str, text: &str, room: Room) -> Result<()> {
        let answers = self.shelf(name).await?;
        self.say("keep".into());
        let now_ms = self.wall_ms();
        answers.borrow_mut().put(name, text.into(), now_ms, room);
        Ok(())
    }

    fn vantage(&self) -> Vantage {
        self.0.borrow().vantage.clone()
    }

    fn notify(&self, notice: Notice<'_>) -> Verdict {
        match notice {
            Notice::Request {
                provider,
                model,
                attempt,
                ..
            } => {
                self.say(format!("request {provider} {model} {attempt}"));
                self.0.borrow().verdict.clone().unwrap_or_default()
            }
            Notice::Response { status, .. } => {
                self.say(format!("response {status}"));
                Verdict::Proceed
            }
            Notice::Retry {
                provider,
                attempt,
                error,
                delay_ms,
                ..
            } => {
                self.say(format!(
                    "retry {provider} {attempt} in {delay_ms} ms: {}",
                    error.kind
                ));
                Verdict::Proceed
            }
            Notice::Failover {
                from, to, error, ..
            } => {
                self.say(format!("failover {from} -> {to}: {}", error.kind));
                Verdict::Proceed
            }
            Notice::Usage { id, entry } => {
                let amount = entry.actual.unwrap_or_default();
                let how = match (entry.unpriced, entry.estimated) {
                    (Some(true), _) => ", price unknown",
                    (_, Some(true)) => ", estimated",
                    _ => "",
                };
                self.say(format!(
                    "booked {id} {} {amount} n${how}",
                    entry.state.as_str()
                ));
                Verdict::Proceed
            }
            Notice::Alert(alert) => {
                self.say(format!(
                    "alert {} {} of {}",
                    alert.key, alert.settled, alert.limit
                ));
                Verdict::Proceed
            }
            Notice::Call(report) => {
                let report = aircher_llm::json::to_string(report);
                self.0.borrow_mut().reports.push(report);
                Verdict::Proceed
            }
            Notice::Health { provider } => {
                self.say_of_health(format!("health {provider}"));
                Verdict::Proceed
            }
            Notice::Tried { provider } => {
                self.say_of_health(format!("tried {provider}"));
                Verdict::Proceed
            }
            Notice::Warning(warning) => {
                self.say(format!("warning {} {}", warning.code, warning.message));
                Verdict::Proceed
            }
        }
    }
}

/// A client with a configuration from JSON on a host without environment. One attempt and no more, unless it says otherwise.
#[track_caller]
pub fn config(json: &str) -> Rc<Client> {
    let mut config = Config::from_json(json, &server(&|_| None)).unwrap();
    if !json.contains(r#""retry""#) {
        config.retry.max_retries = 0;
    }
    Rc::new(Client::new(config))
}

/// A host that is no page.
pub fn server<'a>(env: &'a dyn Fn(&str) -> Option<String>) -> Host<'a> {
    Host {
        env,
        ..Host::default()
    }
}
