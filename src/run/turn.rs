//! The turn of one attempt: waited for before anything is reserved, given back when it is over.
//!
//! ```text
//! take_turn: ask --> Queue: sleep --> ask …
//!                --> Go:    sleep until it is time --> book, send … --> leave
//!                --> Late:  rate_limit, code local_limit: the next candidate, or the error
//! ```
//! Every call sleeps on a timer of its own: some hosts let no request wait for another one's. Dropping a call gives
//! its turn back.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use super::booking::GRACE_MS;
use super::guard::guard;
use super::problems::not_now;
use super::{Call, Client};
use crate::chat::{ChatRequest, Warning};
use crate::config::ProviderConfig;
use crate::env::Env;
use crate::error::{Billed, Error, ErrorKind, Result};
use crate::ledger::Docs;
use crate::policy::Deadline;
use crate::policy::limiter::{Answer, LONGEST_MS, Limiter, MOST_COOL_MS, Turn, Wish};
use crate::policy::recovery::{LOCAL_LIMIT, chance};
use crate::policy::seat::Seat;
use crate::policy::tokens;
use crate::text::concat;

/// A place among the calls of one provider.
pub(super) struct Place<E: Env> {
    env: E,
    client: Rc<Client>,
    /// Of the provider in the configuration.
    at: usize,
    wish: Wish,
    /// What was counted; shared with updates that may still be under way when the call is dropped.
    turn: Rc<Cell<Option<Turn>>>,
    /// The limiter knows that it is over.
    has_left: Rc<Cell<bool>>,
    /// Whether the request has left.
    pub(super) sent: bool,
    /// The tokens it took, once they are known.
    pub(super) used: Option<u64>,
    /// Whether the provider has asked for a pause that others have to hear of.
    cooled: bool,
    due_ms: f64,
}

/// A change of a limiter, for the store to make when it is its turn.
type Step = Rc<dyn Fn(&mut Limiter)>;

impl<E: Env> Call<E> {
    /// Waits until the provider may be asked.
    pub(super) async fn take_turn(
        &mut self,
        request: &ChatRequest,
        provider: &ProviderConfig,
        at: usize,
    ) -> Result<()> {
        let limits = provider.rate_limits();
        if !limits.any() && !self.is_cooling(at) {
            return Ok(());
        }
        let now_ms = self.env.wall_ms();
        let id = self.client.limiters.ticket(self.env.ledger().owner());
        let chance = chance(self.env.random());
        let wish = self.turn_wanted(request, provider, at);
        let wish = Wish { id, chance, ..wish };
        let place = Place::new(self.env.clone(), Rc::clone(&self.client), at, wish);
        let (turn, has_left) = (Rc::clone(&place.turn), Rc::clone(&place.has_left));
        self.place = Some(place);
        // Boxed: what is awaited as it is becomes part of the code of every call.
        let waiting: Pin<Box<dyn Future<Output = Result<()>> + '_>> = Box::pin(self.waited(&turn));
        let waited = waiting.await;
        // A pause nobody configured is not counted by anybody.
        if !limits.any() || (limits.concurrent.is_none() && turn.get().is_none()) {
            has_left.set(true);
        }
        waited?;
        self.began_behind(self.env.wall_ms().saturating_sub(now_ms));
        Ok(())
    }

    fn turn_wanted(&self, request: &ChatRequest, provider: &ProviderConfig, at: usize) -> Wish {
        let limits = provider.rate_limits();
        let left_ms = self.watch.left_ms(self.env.now_ms());
        // A pause is sat out where an answer that asks for one would have been.
        let leaves =
            self.is_cooling(at) && self.course.next().is_some() && self.course.recovery.is_spent();
        let most_ms = if leaves { 0 } else { LONGEST_MS };
        Wish {
            limits,
            tokens: limits
                .tokens
                .map_or(0, |_| self.likely_tokens(request, provider)),
            latest_ms: self.env.wall_ms() + left_ms.unwrap_or(most_ms).min(most_ms),
            lease_ms: self.watch.longest_silence_ms() + 2 * GRACE_MS,
            ..Wish::default()
        }
    }

    /// How many milliseconds it would wait for its turn, as far as this client knows: a look at the
    /// limiter as it was last seen, which changes nothing.
    pub(super) fn turn_seen(
        &self,
        request: &ChatRequest,
        provider: &ProviderConfig,
        at: usize,
    ) -> Result<u64> {
        let now_ms = self.env.wall_ms();
        let wish = self.turn_wanted(request, provider, at);
        let look = |seat: &mut Seat| seat.limiter.clone().ask(&wish, now_ms);
        match self.client.seat(at, look).unwrap_or(Answer::Queue(0)) {
            Answer::Go(turn) => Ok(turn.at_ms.saturating_sub(now_ms)),
            Answer::Queue(ms) => Ok(ms),
            Answer::Late(ms) => Err(self.too_late(ms)),
        }
    }

    async fn waited(&mut self, turn: &Cell<Option<Turn>>) -> Result<()> {
        loop {
            let Some(place) = &self.place else {
                return Ok(());
            };
            let at = place.at;
            let asked = guard(&self.env, &mut self.timer, self.watch.total(), place.ask());
            let answer = asked.await.map_err(|error| error.billed(Billed::No))?;
            let warned = place.warns();
            if let Some(message) = warned {
                self.warn(Warning::new("limits_alone", message));
            }
            match answer {
                Answer::Late(ms) => return Err(self.too_late(ms)),
                Answer::Queue(ms) => self.env.sleep(ms).await,
                Answer::Go(given) => {
                    turn.set(Some(given));
                    let ms = given.at_ms.saturating_sub(self.env.wall_ms());
                    if ms == 0 {
                        return Ok(());
                    }
                    self.env.sleep(ms).await;
                    // The provider may have asked for a pause meanwhile: then it is asked for another turn.
                    if !self.is_cooling(at) {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn too_late(&self, wait_ms: u64) -> Error {
        let provider = &self.response.provider;
        let problem = format!(
            "{provider} may be asked again in {wait_ms} ms: requests_per_min, tokens_per_min or max_concurrent is used up, or the provider wants a pause"
        );
        not_now(ErrorKind::RateLimit, problem, wait_ms, self.has_others()).code(LOCAL_LIMIT)
    }

    /// What it will probably take: the input, and the answer as far as it is limited.
    fn likely_tokens(&self, request: &ChatRequest, provider: &ProviderConfig) -> u64 {
        let family = provider.kind.profile().tokens.of(&self.course.model);
        let output = provider.output_limit(request.max_tokens);
        tokens::estimate(request, family).saturating_add(output.unwrap_or_default())
    }

    fn is_cooling(&self, at: usize) -> bool {
        let now_ms = self.env.wall_ms();
        let look = |seat: &mut Seat| seat.limiter.is_cooling(now_ms);
        self.client.seat(at, look).unwrap_or_default()
    }

    /// The attempt begins behind its wait, which is told as its delay.
    fn began_behind(&mut self, waited_ms: u64) {
        if waited_ms > 0 {
            let delay_ms = self.course.delay_ms.unwrap_or_default();
            self.course.delay_ms = Some(delay_ms + waited_ms);
            self.course.began_ms = Some(self.env.now_ms());
        }
    }

    /// The provider wants a pause, all calls keep it: a limit is no outage, the circuit stays closed.
    pub(super) fn cool(&mut self, pause_ms: Option<u64>) {
        let Some(candidate) = self.course.candidate() else {
            return;
        };
        if let Some(pause_ms) = pause_ms.filter(|ms| *ms > 0) {
            let until_ms = self.env.wall_ms() + pause_ms.min(MOST_COOL_MS);
            let cool = |seat: &mut Seat| seat.limiter.cool(until_ms);
            self.client.seat(candidate.provider, cool);
            if let Some(place) = &mut self.place {
                place.cooled = true;
            }
        }
    }

    /// What a failure says of the pace. Our own limits say nothing of the provider's.
    pub(super) fn cool_behind(&mut self, error: &Error) {
        if error.kind == ErrorKind::RateLimit && error.status.is_some() {
            self.cool(error.retry_after_ms);
        }
    }

    /// Keeps the place of a call that is under way for long.
    pub(super) async fn keep_place(&mut self, now_ms: f64) {
        if let Some(place) = &mut self.place
            && now_ms >= place.due_ms
        {
            place.due_ms = now_ms + GRACE_MS as f64;
            place.keep().await;
        }
    }

    /// Gives the turn back, before the next one is taken.
    pub(super) async fn leave(&mut self) {
        if let Some(left) = self.place.as_ref().and_then(Place::leaving) {
            self.patiently(left).await;
        }
        if let Some(place) = self.place.take() {
            // Should it still be under way: it is told once.
            place.has_left.set(true);
        }
    }
}

impl<E: Env> Place<E> {
    fn new(env: E, client: Rc<Client>, at: usize, wish: Wish) -> Self {
        let due_ms = env.now_ms() + GRACE_MS as f64;
        Self {
            env,
            client,
            at,
            wish,
            turn: Rc::default(),
            has_left: Rc::default(),
            sent: false,
            used: None,
            cooled: false,
            due_ms,
        }
    }

    async fn ask(&self) -> Answer {
        let now_ms = self.env.wall_ms();
        let live = match self.wish.limits.concurrent {
            Some(_) => self.env.ledger().live().await,
            None => None,
        };
        let (wish, before, turn) = (self.wish, self.turn.get(), Rc::clone(&self.turn));
        let answer = Rc::new(Cell::new(Answer::Late(LONGEST_MS)));
        let told = Rc::clone(&answer);
        // A store may run this several times, on what it has read anew.
        self.update(Rc::new(move |limiter| {
            if let Some(live) = &live {
                limiter.bury(live);
            }
            if let Some(before) = before {
                limiter.take_back(before);
            }
            let answer = limiter.ask(&wish, now_ms);
            turn.set(match answer {
                Answer::Go(turn) => Some(turn),
                _ => None,
            });
            told.set(answer);
        }))
        .await;
        answer.get()
    }

    async fn keep(&self) {
        let (id, until_ms) = (self.wish.id, self.env.wall_ms() + self.wish.lease_ms);
        if self.wish.limits.concurrent.is_some() {
            let keep = move |limiter: &mut Limiter| limiter.keep(id, until_ms);
            self.update(Rc::new(keep)).await;
        }
    }

    /// The end of it, unless it has come, or the limiter need not know.
    fn leaving(&self) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        let limits = self.wish.limits;
        let is_corrected = limits.tokens.is_some() && self.used.is_some();
        let is_needed = limits.concurrent.is_some() || !self.sent || is_corrected || self.cooled;
        if self.has_left.get() || !is_needed {
            return None;
        }
        let used = self.used.unwrap_or(self.wish.tokens);
        let used = self.sent.then_some(used);
        let (id, turn, has_left) = (
            self.wish.id,
            Rc::clone(&self.turn),
            Rc::clone(&self.has_left),
        );
        Some(self.update(Rc::new(move |limiter| {
            has_left.set(true);
            limiter.leave(id, turn.get(), used);
        })))
    }

    /// Changes the limiter where it is kept: in the store of the ledger, or, should that fail, in this client.
    fn update(&self, step: Step) -> Pin<Box<dyn Future<Output = ()>>> {
        let (env, client, at) = (self.env.clone(), Rc::clone(&self.client), self.at);
        let is_shared = self.wish.limits.any();
        Box::pin(async move {
            let provider = client.config.providers.get(at);
            let id = provider.map_or("", |provider| &provider.id);
            let keys = [concat(&["rate/", id])];
            let (known, key, work) = (Rc::clone(&client), keys.clone(), Rc::clone(&step));
            let update = Box::new(move |docs: &Docs| {
                let [key] = &key;
                let read = Limiter::read(docs.get(key));
                let written = known.seat(at, |seat| {
                    seat.limiter.follow(read);
                    work(&mut seat.limiter);
                    crate::json::to_string(&seat.limiter)
                });
                vec![(key.clone(), written)]
            });
            let changed = async {
                let deadline = Deadline::of_store(env.now_ms());
                let change = env.ledger().change(keys.to_vec(), update);
                guard(&env, &mut None, Some(deadline), change).await?
            };
            if !is_shared || changed.await.is_err() {
                client.seat(at, |seat| step(&mut seat.limiter));
                client.limiters.fails(is_shared);
            }
        })
    }

    /// What is to be told once, when the store fails.
    fn warns(&self) -> Option<&'static str> {
        let is_news = self.client.limiters.is_news();
        is_news.then_some(
            "the store failed: how fast providers are asked is counted by this client alone",
        )
    }
}

impl<E: Env> Drop for Place<E> {
    fn drop(&mut self) {
        if let Some(left) = self.leaving() {
            self.env.detach(left);
        }
    }
}
