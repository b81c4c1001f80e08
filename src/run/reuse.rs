//! An answer for who asks the same again, where that is wanted.
//!
//! ```text
//! reused: name --> somebody asks the same? --yes--> wait for it ----------\
//!              \-> kept? --yes------------------------------------------- replay -> the end
//!                     \no--> admit, turn, reserve, send, read --> keep_answer
//! ```
//! A hit is sent to nobody, reserves nothing, waits for no turn, and says nothing of the
//! provider's health. Nothing that fails here fails the call.

use std::cell::Cell;
use std::rc::Rc;

use super::guard::guard;
use super::{Call, State};
use crate::chat::{ChatRequest, Events, RichEvent, StreamEvent, Warning};
use crate::config::ProviderConfig;
use crate::env::{Env, Notice};
use crate::error::{Billed, Result};
use crate::json;
use crate::money::NanoUsd;
use crate::policy::cache::{self, Flight, Joined, Kept, Landing, PATIENCE_MS, Pilot};
use crate::policy::{Deadline, Phase};

/// An answer that may be kept when it has come.
pub(super) struct Keeping {
    name: String,
    /// What came of it; `None` when it is not to be kept.
    events: Option<Events>,
    /// A listener has added headers to the request.
    is_signed: Cell<bool>,
    /// The bytes of their texts, roughly.
    bytes: u64,
    /// For others who wait for it; `None` when they do not.
    pilot: Option<Pilot>,
}

/// What waiting for others has come to.
enum Awaited {
    Kept(Box<Kept>),
    /// Others wait for the pilot, where there is one.
    Asks(Option<Pilot>),
}

impl<E: Env> Call<E> {
    /// Whether the answer may be one that was kept.
    pub(super) fn reuses(&self, request: &ChatRequest) -> bool {
        let usual = self.client.config.response_cache.enabled;
        // Vectors are no answer: they stand in no event.
        request.response_cache.unwrap_or(usual) && self.options.embeds.is_none()
    }

    /// The events of an answer to the same request, if there is one.
    pub(super) async fn reused(
        &mut self,
        request: &ChatRequest,
        provider: &ProviderConfig,
    ) -> Result<Option<Events>> {
        let Some((name, warnings)) = self.name_of(request, provider) else {
            return Ok(None);
        };
        if self.asks_again(&name) {
            return Ok(None);
        }
        let Some(kept) = self.found(name).await? else {
            return Ok(None);
        };
        Ok(Some(self.replay(kept, warnings, provider)))
    }

    /// The name of the answer, and what there is to warn of. Streamed and whole answers have the
    /// same: only how they are asked for differs. What cannot be encoded is told by the attempt.
    fn name_of(
        &self,
        request: &ChatRequest,
        provider: &ProviderConfig,
    ) -> Option<(String, Vec<Warning>)> {
        let exchange = self.written(request, provider, false).ok()?;
        let sent = exchange.request.with(provider.headers.iter().cloned());
        let name = cache::name(&provider.id, &self.course.model, &sent, self.key.as_ref());
        Some((name, exchange.warnings))
    }

    /// Whether this is another attempt at what nobody had: those who wait go on waiting.
    fn asks_again(&mut self, name: &str) -> bool {
        let keeping = self.keeping.take().filter(|keeping| keeping.name == name);
        self.keeping = keeping.map(|keeping| Keeping {
            events: Some(Events::new()),
            is_signed: Cell::default(),
            bytes: 0,
            ..keeping
        });
        self.keeping.is_some()
    }

    /// What is kept under a name, or what somebody else is told meanwhile. If there is nothing
    /// it is this call that asks.
    async fn found(&mut self, name: String) -> Result<Option<Kept>> {
        let pilot = match self.awaited(&name).await? {
            Awaited::Kept(kept) => return Ok(Some(*kept)),
            Awaited::Asks(pilot) => pilot,
        };
        if let Some(text) = self.recalled(&name).await
            && let Some(kept) = self.read_kept(&text)
        {
            if let Some(pilot) = pilot {
                pilot.land(Landing::Answer(text));
            }
            return Ok(Some(kept));
        }
        self.keeping = Some(Keeping {
            name,
            events: Some(Events::new()),
            is_signed: Cell::default(),
            bytes: 0,
            pilot,
        });
        Ok(None)
    }

    /// Waits for who asks the same; if there is nobody, or nothing comes of it, this call asks.
    async fn awaited(&mut self, name: &str) -> Result<Awaited> {
        let mut waits = self.env.may_wait();
        while waits {
            let flight = match self.client.cache.flights.join(name) {
                Joined::First(pilot) => return Ok(Awaited::Asks(Some(pilot))),
                Joined::Behind(flight) => flight,
            };
            let landing = self.landed(&flight).await?;
            if let Landing::Answer(text) = &landing
                && let Some(kept) = self.read_kept(text)
            {
                return Ok(Awaited::Kept(Box::new(kept)));
            }
            waits = landing == Landing::Abandoned;
        }
        // Nobody waits a second time; the first of those who do not is there for newcomers.
        let alone = !self.env.may_wait();
        Ok(Awaited::Asks(match self.client.cache.flights.join(name) {
            Joined::First(pilot) if !alone => Some(pilot),
            _ => None,
        }))
    }

    fn read_kept(&self, text: &str) -> Option<Kept> {
        let ttl_ms = self.client.config.response_cache.room.ttl_ms;
        Kept::read(text, self.env.wall_ms(), ttl_ms)
    }

    /// Waits for somebody else's answer, as long as this call may wait for its own, and as
    /// long as somebody reads it: a stream may be left lying for ever.
    async fn landed(&mut self, flight: &Flight) -> Result<Landing> {
        let last = self.watch.deadline(Phase::FirstByte, self.env.now_ms());
        loop {
            let now_ms = self.env.now_ms();
            let look_ms = now_ms + PATIENCE_MS as f64;
            let look = Deadline {
                at_ms: last.map_or(look_ms, |last| last.at_ms.min(look_ms)),
                limit: LIMIT,
            };
            let landed = flight.landed();
            if let Ok(landing) = guard(&self.env, &mut None, Some(look), landed).await {
                return Ok(landing);
            }
            let now_ms = self.env.now_ms();
            if let Some(last) = last.filter(|last| now_ms >= last.at_ms) {
                return Err(last.error().billed(Billed::No));
            }
            if flight.is_idle(now_ms, PATIENCE_MS) {
                return Ok(Landing::Nothing);
            }
        }
    }

    // ---- where answers lie --------------------------------------------------

    /// The text under a name: in the host's place where there is one that works, else here.
    async fn recalled(&mut self, name: &str) -> Option<Rc<str>> {
        let now_ms = self.env.now_ms();
        if !self.is_outside(now_ms) {
            return self.client.cache.shelf.borrow_mut().get(name);
        }
        let deadline = Deadline {
            at_ms: now_ms + PATIENCE_MS as f64,
            limit: LIMIT,
        };
        let work = self.env.recall(name);
        let recalled = guard(&self.env, &mut None, Some(deadline), work).await;
        match recalled.and_then(|recalled| recalled) {
            Ok(text) => text.map(Rc::from),
            Err(error) => {
                self.client.cache.fails(self.env.now_ms());
                self.warn(failed(&error.message));
                None
            }
        }
    }

    fn is_outside(&mut self, now_ms: f64) -> bool {
        let place = self.client.config.response_cache.store;
        let has_shelf = self.env.has_shelf();
        if place == INDEXED_DB && !has_shelf && self.client.cache.is_news() {
            self.warn(failed(
                "this runtime has no IndexedDB; answers are kept in memory",
            ));
        }
        place != MEMORY && has_shelf && self.client.cache.is_awake(now_ms)
    }

    fn put(&mut self, name: String, text: Rc<str>) {
        let room = self.client.config.response_cache.room;
        if !self.is_outside(self.env.now_ms()) {
            let mut shelf = self.client.cache.shelf.borrow_mut();
            return shelf.put(&name, text, self.env.wall_ms(), room);
        }
        let (env, client) = (self.env.clone(), Rc::clone(&self.client));
        // Nobody waits for it: the answer is there.
        self.env.detach(Box::pin(async move {
            if let Err(error) = env.keep(&name, &text, room).await {
                client.cache.fails(env.now_ms());
                env.notify(Notice::Warning(&failed(&error.message)));
            }
        }));
    }

    // ---- an answer that was kept ------------------------------------------------

    /// Makes it the answer of this call. It cost what it cost the first time.
    fn replay(&mut self, kept: Kept, warnings: Vec<Warning>, provider: &ProviderConfig) -> Events {
        for warning in warnings {
            self.warn(warning);
        }
        self.response.extend(&kept.events);
        self.response.usage = kept.usage;
        let elapsed_ms = self.elapsed_ms();
        let metadata = &mut self.response.metadata;
        metadata.cached = true;
        metadata.cost = Some(NanoUsd::ZERO);
        metadata.saved_cost = kept.cost.map(NanoUsd::at_most);
        metadata.pricing = kept.pricing;
        metadata.time_to_first_token_ms = Some(elapsed_ms);
        let model = self.course.model.clone();
        self.stamp(provider.kind.profile().id, &model);
        self.state = State::Done;
        self.timer = None;
        self.response.close();
        self.note(None);
        self.report(None);
        kept.events
    }

    // ---- an answer that may be kept ---------------------------------------------

    /// Notes what has come of it.
    pub(super) fn collect_events(&mut self, events: &Events) {
        let most = self.client.config.response_cache.room.max_bytes;
        if let Some(keeping) = &mut self.keeping {
            keeping.add(events, most);
        }
    }

    /// A listener has added headers: they may say who asks, which its name does not.
    pub(super) fn is_signed(&self) {
        if let Some(keeping) = &self.keeping {
            keeping.is_signed.set(true);
        }
    }

    /// Keeps the answer that has just come to its end, and gives it to all who wait.
    pub(super) fn keep_answer(&mut self) {
        let Some(keeping) = self.keeping.take() else {
            return;
        };
        let is_good = cache::is_worth_keeping(&self.response) && !keeping.is_signed.get();
        let text = keeping.events.filter(|_| is_good).map(|events| {
            let kept = Kept {
                at: self.env.wall_ms(),
                cost: self.response.metadata.cost.map(NanoUsd::nanos),
                usage: self.response.usage,
                pricing: self.response.metadata.pricing.clone(),
                events,
            };
            Rc::<str>::from(json::to_string(&kept))
        });
        if let Some(pilot) = keeping.pilot {
            pilot.land(text.clone().map_or(Landing::Nothing, Landing::Answer));
        }
        if let Some(text) = text {
            self.put(keeping.name, text);
        }
    }

    /// Nothing comes of it: those who wait ask for themselves.
    pub(super) fn keep_nothing(&mut self) {
        if let Some(pilot) = self.keeping.take().and_then(|keeping| keeping.pilot) {
            pilot.land(Landing::Nothing);
        }
    }

    /// Tells those who wait that the caller reads on, or has something to read first.
    pub(super) fn reads_on(&self, reads: bool) {
        let keeping = self.keeping.as_ref();
        if let Some(pilot) = keeping.and_then(|keeping| keeping.pilot.as_ref()) {
            pilot.reads((!reads).then(|| self.env.now_ms()));
        }
    }
}

impl Keeping {
    fn add(&mut self, events: &Events, most: u64) {
        let Some(all) = &mut self.events else {
            return;
        };
        if events
            .iter()
            .any(|event| event == StreamEvent::Rich(&RichEvent::Restart))
        {
            *all = Events::new();
        }
        let arguments = events.arguments().map(str::len).sum::<usize>();
        self.bytes += (events.joined_text().len() + arguments) as u64;
        all.append(events);
        if self.bytes > most {
            self.events = None;
        }
    }
}

fn failed(problem: &str) -> Warning {
    Warning::new("response_cache_failed", problem)
}

/// The limit of a wait of ours; its error is seen by nobody but a warning.
const LIMIT: &str = "response_cache";
const INDEXED_DB: &str = "indexeddb";
const MEMORY: &str = "memory";
