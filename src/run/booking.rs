//! The reservation of one attempt: made before it is sent, taken to its end when it is over.
//!
//! ```text
//! book: reserve --> send --> complete ------------> price ------> settle
//!                        \--> broken, cancelled --> write_down -> settle, estimated
//!                        \--> refused -----------------------------> void
//! ```
//! Whoever drops a call settles it too: a provider charges for what nobody reads.

use std::future::Future;
use std::pin::Pin;

use super::Call;
use super::bill::Bill;
use super::guard::guard;
use crate::chat::{ChatRequest, ChatResponse, Events, TokenUsage, Warning};
use crate::config::ProviderConfig;
use crate::env::{Env, Notice};
use crate::error::{Billed, Error, ErrorKind, Result};
use crate::json::Json;
use crate::ledger::documents::Tags;
use crate::ledger::{Admission, Closing, Entry, Event, Granted, Reservation, Settle, State};
use crate::money::NanoUsd;
use crate::policy::Phase;
use crate::policy::budget::Plan;
use crate::text::concat;

/// What an open reservation, or a place in line, may outlive its call by before others take
/// it for abandoned.
pub(super) const GRACE_MS: u64 = 60_000;

/// An open reservation.
pub(super) struct Booking {
    granted: Granted,
    wish: Reservation,
    created: u64,
    /// Whether the ledger knows of it.
    is_known: bool,
    /// Whether the request has left.
    pub(super) sent: bool,
    /// Whether it costs something, or may.
    pub(super) charged: bool,
    /// When its deadline must be put off, by the host's own clock: asked for every chunk.
    due_ms: f64,
}

/// A reservation at its end.
pub(super) struct Closed {
    id: String,
    end: End,
    entry: Entry,
}

enum End {
    Settle(Reservation, Settle),
    /// The same for what the ledger has not heard of.
    Charge(Reservation, Settle),
    Void(Granted),
}

impl<E: Env> Call<E> {
    /// Sets aside what the attempt may cost. An answer nobody limited is limited
    /// to what is left.
    pub(super) async fn book(
        &mut self,
        request: &mut ChatRequest,
        provider: &ProviderConfig,
    ) -> Result<()> {
        let now = self.env.wall_ms();
        let mut bill = Bill::new(&self.client, request, provider, &self.response.model, now)?;
        let left = |limit: NanoUsd| limit.saturating_sub(self.course.spent);
        bill.terms.cost_limit = bill.terms.cost_limit.map(left);
        bill.streams = request.stream.unwrap_or(self.options.stream);
        let plan = bill.terms.plan(bill.size)?;
        let wish = self.wish(request, &bill, plan, now);
        let deadline = self.watch.deadline(Phase::Store, self.env.now_ms());
        let reserved = self.env.ledger().reserve(&wish, now);
        let admission = guard(&self.env, &mut self.timer, deadline, reserved).await;
        let admission = admission.unwrap_or_else(|late| Err(late.billed(Billed::No)));
        tell(&self.env);
        self.bill = Some(bill);
        match admission {
            Ok(Admission::Granted(granted)) => self.hold(granted, wish, now),
            Ok(Admission::Refused(exceeded)) => return Err(Error::budget_exceeded(*exceeded)),
            Err(error)
                if self.client.config.costs.continue_without_ledger
                    && error.kind == ErrorKind::LedgerUnavailable =>
            {
                self.warn(Warning::new("ledger_unavailable", &*error.message));
                self.hold_unknown(wish, now);
            }
            Err(error) => return Err(error),
        }
        self.limit_answer(request, plan);
        Ok(())
    }

    pub(super) fn wish(
        &self,
        request: &ChatRequest,
        bill: &Bill,
        plan: Plan,
        now: u64,
    ) -> Reservation {
        Reservation {
            id: concat(&[self.id(), "#", &self.course.number.to_string()]),
            amount: plan.amount.nanos(),
            at_least: plan.at_least.nanos(),
            enforce: bill.terms.limited && bill.terms.enforced(),
            deadline: now + self.watch.longest_silence_ms() + GRACE_MS,
            provider: self.response.provider.clone(),
            model: self.response.model.clone(),
            attempt: self.course.number.into(),
            tags: request.metadata.clone(),
        }
    }

    fn hold(&mut self, granted: Granted, wish: Reservation, created: u64) {
        if granted.clock_skew {
            let message =
                "the clock went back by more than a day: the budgets of both times are charged";
            self.warn(Warning::new("clock_skew", message));
        }
        self.booking = Some(Booking {
            granted,
            wish,
            created,
            is_known: true,
            sent: false,
            charged: false,
            due_ms: self.env.now_ms() + GRACE_MS as f64,
        });
    }

    /// Holds what the ledger does not know of: it is told at the end.
    fn hold_unknown(&mut self, mut wish: Reservation, now: u64) {
        // Another id, should the ledger have the first one after all: that is given back.
        wish.id.push('+');
        let granted = Granted {
            id: wish.id.clone(),
            amount: wish.amount,
            ..Granted::default()
        };
        self.hold(granted, wish, now);
        if let Some(booking) = &mut self.booking {
            booking.is_known = false;
        }
    }

    /// Under a limit an answer needs one of its own: the reservation is only as true as that.
    fn limit_answer(&mut self, request: &mut ChatRequest, plan: Plan) {
        let (Some(bill), Some(booking)) = (&mut self.bill, &self.booking) else {
            return;
        };
        let granted = NanoUsd::at_most(booking.granted.amount);
        bill.output = plan.output;
        if plan.full == NanoUsd::ZERO || !bill.terms.sets_tokens(bill.size) {
            return;
        }
        if granted < plan.full {
            let affordable = bill.terms.affordable(bill.size, granted);
            bill.output = affordable.map_or(plan.output, |tokens| tokens.min(plan.output));
            let message = format!("set to {}: more is not left in the budget", bill.output);
            request.max_tokens = Some(bill.output);
            self.warn(Warning::budget("max_tokens", message));
        } else if bill.terms.strict() {
            request.max_tokens = Some(plan.output);
        }
    }

    /// Stops an answer that would pass the request's own limit with its next chunk.
    pub(super) fn meter(&mut self, events: &Events) -> Result<()> {
        match &mut self.bill {
            Some(bill) => bill.meter(events, &self.response),
            None => Ok(()),
        }
    }

    /// Puts off the time from which others may take the reservation for abandoned:
    /// always more than the longest silence away.
    pub(super) async fn renew(&mut self, now_ms: f64) {
        let Some(booking) = &mut self.booking else {
            return;
        };
        if now_ms < booking.due_ms {
            return;
        }
        let silence_ms = self.watch.longest_silence_ms();
        let now = self.env.wall_ms();
        booking.due_ms = now_ms + (silence_ms + GRACE_MS) as f64;
        let deadline = now + 2 * (silence_ms + GRACE_MS);
        // Should it fail, the reservation is charged in full at worst.
        let id = &booking.wish.id;
        let renewed = self.env.ledger().renew(id, deadline, now);
        let last = self.watch.deadline(Phase::Store, now_ms);
        guard(&self.env, &mut self.timer, last, renewed).await.ok();
    }

    // ---- the end ------------------------------------------------------------

    /// Computes what a complete answer cost.
    pub(super) fn price(&mut self) {
        let Some(bill) = &self.bill else {
            return;
        };
        let usage = bill.completed(&self.response);
        self.charge(usage);
        if self.response.metadata.cost.is_none() {
            let message = "the price of the model is unknown; its cost is not counted";
            self.warn(Warning::new("price_unknown", message));
        }
    }

    /// What a call that ended early is worth, or nothing where nothing was made.
    pub(super) fn write_down(&mut self, error: &Error) {
        let sent = self.booking.as_ref().is_some_and(|booking| booking.sent);
        let refused = error.billed == Billed::No && !self.response.has_content();
        let Some(bill) = self.bill.as_ref().filter(|_| sent && !refused) else {
            return;
        };
        let usage = bill.received(&self.response);
        self.charge(usage);
    }

    fn charge(&mut self, mut usage: TokenUsage) {
        let Some(bill) = &self.bill else {
            return;
        };
        usage.add_up();
        self.response.usage = usage;
        bill.complete(&mut self.response.metadata.pricing);
        let mut cost = bill.cost(&self.response, &self.client);
        if let Some(booking) = &mut self.booking {
            booking.charged = true;
            if usage.estimated && booking.granted.amount > 0 {
                // An estimate above what was set aside says less than the reservation.
                cost = cost.map(|cost| cost.min(NanoUsd::at_most(booking.granted.amount)));
            }
        }
        self.response.metadata.cost = cost;
    }

    /// The reservation, ready for its end.
    pub(super) fn closed(&mut self) -> Option<Closed> {
        let now = self.env.wall_ms();
        Some(self.booking.take()?.closed(&self.response, now))
    }
}

impl Booking {
    fn closed(self, response: &ChatResponse, now: u64) -> Closed {
        let usage = response.usage;
        let cost = response.metadata.cost.map_or(0, NanoUsd::nanos);
        let unpriced = self.charged && response.metadata.cost.is_none();
        let wish = self.wish;
        let entry = Entry {
            state: if self.charged {
                State::Posted
            } else {
                State::Voided
            },
            amount: self.granted.amount,
            buckets: Vec::new(),
            created: self.created,
            provider: wish.provider.clone(),
            model: wish.model.clone(),
            attempt: wish.attempt,
            closed: Some(now),
            actual: self.charged.then_some(cost),
            unpriced: unpriced.then_some(true),
            estimated: self.charged.then_some(usage.estimated),
            usage: self.charged.then(|| Json::from_value(&usage)),
            tags: Some(Json::from_value(&Tags(&wish.tags))),
            ..Entry::default()
        };
        let id = wish.id.clone();
        let end = if self.charged {
            let settle = Settle {
                id: id.clone(),
                buckets: self.granted.buckets,
                actual: cost,
                unpriced,
                estimated: usage.estimated,
                usage,
            };
            match self.is_known {
                true => End::Settle(wish, settle),
                false => End::Charge(wish, settle),
            }
        } else {
            End::Void(self.granted)
        };
        Closed { id, end, entry }
    }
}

/// Takes a reservation to its end and tells who listens.
pub(super) fn settle<E: Env>(env: E, closed: Closed) -> Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(settled(env, closed))
}

async fn settled<E: Env>(env: E, closed: Closed) {
    let now = env.wall_ms();
    let ledger = env.ledger();
    let is_posted = !matches!(closed.end, End::Void(_));
    let result = match closed.end {
        End::Settle(wish, settle) => match ledger.settle(settle.clone(), now).await {
            // The ledger was lost while the call was under way: what it cost is not.
            Ok(Closing::Missing) => ledger.charge(&wish, settle, now).await,
            done => done,
        },
        End::Charge(wish, settle) => ledger.charge(&wish, settle, now).await,
        End::Void(granted) => ledger.void(&granted.id, &granted.buckets, now).await,
    };
    tell(&env);
    match result {
        Ok(_) if is_posted => {
            let (id, entry) = (&*closed.id, &closed.entry);
            env.notify(Notice::Usage { id, entry });
        }
        Ok(_) => {}
        Err(error) => {
            let warning = Warning::new("ledger_unavailable", &*error.message);
            env.notify(Notice::Warning(&warning));
        }
    }
}

/// What the ledger has to say beyond its answers.
fn tell<E: Env>(env: &E) {
    for event in env.ledger().take_events() {
        match event {
            Event::Alert(alert) => env.notify(Notice::Alert(&alert)),
            Event::Warning { code, message } => {
                env.notify(Notice::Warning(&Warning::new(code, message)))
            }
        };
    }
}
