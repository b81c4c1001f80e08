//! The ledger as a client uses it: operations become updates of a store.

use std::cell::{Cell, OnceCell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use super::client::{Admission, Event, Granted, Reservation, Rule, Setup};
use super::documents::{Bucket, Meta};
use super::journal::Journal;
use super::keys::{bucket_key, bucket_parts, scopes, unescaped};
use super::native;
use super::op::{Budget, Expire, Op, Outcome, Refusal, Reserve};
use super::period::{Period, Zone, rfc3339};
use super::step::{MAX_BEHIND_MS, step};
use super::store::{Docs, Store, Work};
use crate::error::{BudgetExceeded, Error, Result};

/// An operation that is still undecided after so many updates is given up.
const MAX_TURNS: usize = 8;

/// Work on the ledger. Boxed: a future that is awaited as it is becomes part of
/// the code of whoever awaits it, and of what drops it.
pub(super) type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + 'a>>;

/// A ledger over a store. Amounts are nano-dollars, times milliseconds since 1970.
///
/// ```
/// use aircher_llm::ledger::{Admission, Granted, Ledger, Memory, Period, Reservation, Rule, Settle};
/// use aircher_llm::ledger::{Setup, fixed_names};
///
/// let rules = vec![Rule { scope: "*".into(), period: Period::Day, limit: Some(1_000), alert: None }];
/// let setup = Setup { names: Some(fixed_names("me", "books")), rules, ..Setup::default() };
/// let books = Ledger::new(Memory::default(), setup);
/// let wish = Reservation { id: "a#1".into(), amount: 800, at_least: 800, enforce: true, deadline: 60_000,
///     ..Reservation::default() };
/// # let work = std::pin::pin!(async {
/// let Admission::Granted(Granted { id, buckets, .. }) = books.reserve(&wish, 0).await? else { panic!() };
/// books.settle(Settle { id, buckets, actual: 300, ..Settle::default() }, 5).await?;
/// // 300 of 1,000 are spent: another 800 would be too much.
/// let next = books.reserve(&Reservation { id: "b#1".into(), ..wish }, 10).await?;
/// assert!(matches!(next, Admission::Refused(why) if why.settled == 300));
/// # aircher_llm::error::Result::<()>::Ok(()) });
/// # let done = work.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
/// # assert!(matches!(done, std::task::Poll::Ready(Ok(()))));
/// ```
#[derive(Debug)]
pub struct Ledger<S> {
    pub(super) store: S,
    pub(super) setup: Setup,
    pub(super) journal: Journal,
    pub(super) recovered_at: Cell<u64>,
    owner: OnceCell<String>,
    /// The ledger's own document as this process last saw it.
    meta: RefCell<Option<Meta>>,
    events: RefCell<Vec<Event>>,
}

impl<S: Store> Ledger<S> {
    /// A ledger that is opened with its first operation.
    pub fn new(store: S, setup: Setup) -> Self {
        Self {
            store,
            setup,
            journal: Journal::default(),
            recovered_at: Cell::default(),
            owner: OnceCell::new(),
            meta: RefCell::default(),
            events: RefCell::default(),
        }
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Who this process is among all that share the ledger.
    pub fn owner(&self) -> &str {
        self.owner.get_or_init(|| self.name("owner"))
    }

    fn name(&self, of: &str) -> String {
        let names = self.setup.names.as_ref();
        names.map_or_else(String::new, |name| name(of))
    }

    /// Limits and alert lines.
    pub fn rules(&self) -> &[Rule] {
        &self.setup.rules
    }

    /// The time zone of days and months.
    pub fn zone(&self) -> &Zone {
        &self.setup.zone
    }

    /// What happened since it was last asked.
    pub fn take_events(&self) -> Vec<Event> {
        self.events.take()
    }

    /// The ledger's identity, once it is open.
    pub fn epoch(&self) -> Option<String> {
        self.meta.borrow().as_ref().map(|meta| meta.epoch.clone())
    }

    /// What a bucket holds.
    ///
    /// # Errors
    /// `ledger_unavailable` when the store cannot be read.
    pub async fn bucket(&self, key: &str) -> Result<Bucket> {
        let found = self.store.scan(key, 1, None).await?;
        match found.first() {
            Some((name, text)) if name == key => {
                super::documents::read(key, text).map_err(|outcome| unusable(*outcome))
            }
            _ => Ok(Bucket::default()),
        }
    }

    /// Opens the ledger; without it, the first operation does.
    ///
    /// # Errors
    /// `ledger_unavailable` when the store fails, holds a newer ledger or a damaged one.
    pub async fn open(&self, now: u64) -> Result<()> {
        self.run(self.opening(), now).await?;
        self.tend(now).await.map(drop)
    }

    fn opening(&self) -> Rc<Op> {
        let (epoch, zone) = (self.name("epoch"), self.setup.zone.name().to_string());
        Rc::new(Op::Open { epoch, zone })
    }

    fn opened(&self, meta: Meta) {
        let mut known = self.meta.borrow_mut();
        if known.as_ref().is_some_and(|old| old.epoch != meta.epoch) {
            self.warn("ledger_reset", "the ledger was deleted while it was in use");
        }
        *known = Some(meta);
    }

    /// Sets an amount aside, or says which limit stands in the way. Before it
    /// says no, it charges what dead processes had reserved.
    ///
    /// # Errors
    /// `ledger_unavailable` when the store fails; code `ledger_conflict` when
    /// the id was used before.
    pub async fn reserve(&self, wish: &Reservation, now: u64) -> Result<Admission> {
        if self.meta.borrow().is_none() {
            self.open(now).await?;
        }
        self.flush(now).await;
        let mut tended = false;
        loop {
            let admission = self.admit(wish, now).await?;
            if tended || matches!(admission, Admission::Granted(_)) {
                return Ok(admission);
            }
            self.tend(now).await?;
            tended = true;
        }
    }

    /// What would stand in the way of a wish now. Nothing is set aside.
    ///
    /// # Errors
    /// `ledger_unavailable` when the store cannot be read.
    pub async fn refuses(
        &self,
        wish: &Reservation,
        now: u64,
    ) -> Result<Option<Box<BudgetExceeded>>> {
        if self.meta.borrow().is_none() {
            self.open(now).await?;
        }
        let (op, times) = self.reserve_op(wish, now);
        let look = self.update(Rc::new(Op::Reserve(op)), &[], now, false);
        Ok(match look.await? {
            Outcome::Refused(refusal) => Some(Box::new(self.exceeded(refusal, &times))),
            _ => None,
        })
    }

    async fn admit(&self, wish: &Reservation, now: u64) -> Result<Admission> {
        // Should this future be dropped, or the store not say what it did, the
        // amount is given back with the next operation.
        let held = self.journal.note(Rc::new(Op::Void {
            id: wish.id.clone(),
            buckets: Vec::new(),
        }));
        for _ in 0..MAX_TURNS {
            let (op, times) = self.reserve_op(wish, now);
            let op = Rc::new(Op::Reserve(op));
            let outcome = self.run(Rc::clone(&op), now).await?;
            if let Outcome::Clock { hw_ms } = outcome {
                self.saw(hw_ms);
                continue;
            }
            held.done();
            return self.decided(&op, outcome, &times);
        }
        held.done();
        Err(undecided())
    }

    fn decided(&self, op: &Op, outcome: Outcome, times: &[u64]) -> Result<Admission> {
        match (outcome, op) {
            (Outcome::Pending { amount }, Op::Reserve(op)) => Ok(Admission::Granted(Granted {
                id: op.id.clone(),
                amount,
                buckets: op.buckets.clone(),
                clock_skew: op.skew,
            })),
            (Outcome::Refused(refusal), _) => {
                Ok(Admission::Refused(Box::new(self.exceeded(refusal, times))))
            }
            (outcome, _) => Err(unusable(outcome)),
        }
    }

    // ---- budgets -----------------------------------------------------------

    /// The operation, and the times whose budgets it charges.
    pub(super) fn reserve_op(&self, wish: &Reservation, now: u64) -> (Reserve, Vec<u64>) {
        let latest = self.latest().max(now);
        let skew = latest - now > MAX_BEHIND_MS;
        let times = if skew {
            vec![now, latest]
        } else {
            vec![latest]
        };
        let mut op = Reserve {
            id: wish.id.clone(),
            owner: self.owner().to_string(),
            amount: wish.amount,
            at_least: wish.at_least,
            enforce: wish.enforce,
            buckets: Vec::new(),
            deadline: wish.deadline,
            provider: wish.provider.clone(),
            model: wish.model.clone(),
            attempt: wish.attempt,
            tags: wish.tags.clone(),
            until: u64::MAX,
            skew,
        };
        for zone in self.zones(now) {
            op.until = op.until.min(zone.period_end(Period::Day, latest));
            let is_old = zone.name() != self.setup.zone.name();
            for at in &times {
                self.add_budgets(&mut op, &zone, *at, is_old);
            }
        }
        (op, times)
    }

    /// The zone, and the one before it while its periods still count.
    fn zones(&self, now: u64) -> Vec<Zone> {
        let mut zones = vec![self.setup.zone.clone()];
        if let Some(meta) = &*self.meta.borrow()
            && meta.old_until.is_some_and(|until| now < until)
            && let Some(old) = &meta.old_zone
            && let Some(zone) = self.zone_named(old)
        {
            zones.push(zone);
        }
        zones
    }

    fn zone_named(&self, name: &str) -> Option<Zone> {
        Zone::parse(name).or_else(|| self.setup.zones.as_ref()?(name))
    }

    fn add_budgets(&self, op: &mut Reserve, zone: &Zone, at: u64, only_limits: bool) {
        let day = zone.period_key(Period::Day, at);
        let month = zone.period_key(Period::Month, at);
        let by_provider = self.setup.by_provider;
        for scope in scopes(by_provider, &op.provider, &op.model, &op.tags) {
            // Models are kept by day: a month of them can be added up.
            let kept = if scope.starts_with("m:") { 1 } else { 2 };
            for text in [&day, &month].into_iter().take(kept) {
                let budget = self.budget(bucket_key(&scope, text));
                let is_wanted = !only_limits || budget.limit.is_some();
                // Two times may lie in the same month.
                if is_wanted && !op.buckets.iter().any(|known| known.key == budget.key) {
                    op.buckets.push(budget);
                }
            }
        }
    }

    /// A bucket with the limit and the alert line that the rules give it.
    pub(super) fn budget(&self, key: String) -> Budget {
        let (scope, period) = bucket_parts(&key).unwrap_or_default();
        let period = Period::of(period);
        let is_for = |rule: &&Rule| rule.scope == scope && Some(rule.period) == period;
        let rule = self.setup.rules.iter().find(is_for);
        let (limit, alert) = rule.map_or((None, None), |rule| (rule.limit, rule.alert));
        Budget { key, limit, alert }
    }

    fn exceeded(&self, refusal: Refusal, times: &[u64]) -> BudgetExceeded {
        let (scope, name) = bucket_parts(&refusal.key).unwrap_or_default();
        let period = Period::of(name).unwrap_or(Period::Day);
        let mut resets_at = None;
        let latest = times.last().copied().unwrap_or_default();
        for zone in self.zones(latest).iter().rev() {
            for at in times.iter().rev() {
                if zone.period_key(period, *at) == name {
                    resets_at = Some(rfc3339(zone.period_end(period, *at)));
                }
            }
        }
        BudgetExceeded {
            scope: unescaped(scope),
            period: unescaped(name),
            limit: refusal.limit,
            settled: refusal.settled,
            reserved: refusal.reserved,
            requested: refusal.requested,
            resets_at,
        }
    }

    // ---- updates -----------------------------------------------------------

    /// Runs an operation until it is decided.
    pub(super) fn run(&self, op: Rc<Op>, now: u64) -> Doing<'_, Outcome> {
        Box::pin(self.turns(op, now))
    }

    async fn turns(&self, mut op: Rc<Op>, now: u64) -> Result<Outcome> {
        if let Some(outcome) = self.native(&op, now).await? {
            return Ok(self.heard(outcome));
        }
        let mut more = Vec::new();
        let mut opening = None;
        for _ in 0..MAX_TURNS {
            let turn = opening.take().unwrap_or_else(|| Rc::clone(&op));
            match self.update(turn, &more, now, true).await? {
                Outcome::Again(keys) => match self.with_budgets(&op, &keys) {
                    Some(known) => op = known,
                    None => more.extend(keys),
                },
                Outcome::NotOpen => opening = Some(self.opening()),
                Outcome::Opened(meta) => {
                    self.opened(meta);
                    if matches!(*op, Op::Open { .. }) {
                        return Ok(Outcome::Done);
                    }
                }
                outcome @ (Outcome::NewerSchema | Outcome::Corrupt { .. }) => {
                    return Err(unusable(outcome));
                }
                outcome => return Ok(self.heard(outcome)),
            }
        }
        Err(undecided())
    }

    /// An expiry learns from its reservation which buckets it is about, and
    /// from the rules their alert lines.
    fn with_budgets(&self, op: &Op, keys: &[String]) -> Option<Rc<Op>> {
        let Op::Expire(expire) = op else {
            return None;
        };
        let mut buckets = Vec::new();
        for key in keys {
            buckets.push(self.budget(key.clone()));
        }
        Some(Rc::new(Op::Expire(Expire {
            id: expire.id.clone(),
            owner: expire.owner.clone(),
            buckets,
            is_orphan: expire.is_orphan,
        })))
    }

    /// One update of the store; where nothing is kept, only its outcome counts.
    fn update(&self, op: Rc<Op>, more: &[String], now: u64, keeps: bool) -> Doing<'_, Outcome> {
        let mut keys = op.keys();
        keys.extend_from_slice(more);
        let outcome = Rc::new(Cell::new(Outcome::Done));
        let decided = Rc::clone(&outcome);
        let work = Box::new(move |docs: &Docs| {
            let step = step(docs, &op, now);
            decided.set(step.outcome);
            if keeps { step.writes } else { Vec::new() }
        });
        Box::pin(async move {
            self.change(keys, work).await?;
            Ok(outcome.replace(Outcome::Done))
        })
    }

    /// One update of the store, also for others who keep a document there.
    ///
    /// # Errors
    /// `ledger_unavailable` when the store fails.
    pub fn change(&self, keys: Vec<String>, work: Work) -> Doing<'_, ()> {
        Box::pin(async move { self.store.update(&keys, work).await })
    }

    /// The owners that are known to live, where the host can tell.
    pub fn live(&self) -> Pin<Box<dyn Future<Output = Option<Vec<String>>> + '_>> {
        Box::pin(self.store.live())
    }

    /// A store's own arithmetic knows nothing of clocks that go back.
    async fn native(&self, op: &Op, now: u64) -> Result<Option<Outcome>> {
        if !self.store.caps().native || self.latest() > now {
            return Ok(None);
        }
        let Some(json) = native::op_json(op, now) else {
            return Ok(None);
        };
        let answer = self.store.apply(&json).await?;
        Ok(answer.and_then(|text| native::outcome(&text)))
    }

    fn heard(&self, mut outcome: Outcome) -> Outcome {
        if let Outcome::Closed { alerts, .. } = &mut outcome {
            for alert in alerts.drain(..) {
                self.events.borrow_mut().push(Event::Alert(alert));
            }
        }
        outcome
    }

    pub(super) fn warn(&self, code: &'static str, message: &str) {
        let message = message.to_string();
        self.events
            .borrow_mut()
            .push(Event::Warning { code, message });
    }

    /// The latest time the ledger is known to have seen.
    fn latest(&self) -> u64 {
        self.meta.borrow().as_ref().map_or(0, |meta| meta.hw_ms)
    }

    fn saw(&self, hw_ms: u64) {
        if let Some(meta) = self.meta.borrow_mut().as_mut() {
            meta.hw_ms = hw_ms;
        }
    }
}

/// The error of an outcome that ends an operation.
pub(super) fn unusable(outcome: Outcome) -> Error {
    match outcome {
        Outcome::NewerSchema => Error::ledger(
            "ledger_newer_schema",
            "a newer version of this library has written the ledger: update this one",
        ),
        Outcome::Corrupt { key } => {
            let problem = String::from("the ledger's document is damaged: ") + &key;
            Error::ledger("ledger_corrupt", problem)
        }
        _ => Error::ledger(
            "ledger_conflict",
            "the reservation was used before, for something else",
        ),
    }
}

/// Whether one document is at fault, and not the store.
pub(super) fn is_damage(error: &Error) -> bool {
    error.code.as_deref() == Some("ledger_corrupt")
}

fn undecided() -> Error {
    Error::ledger(
        "ledger_unavailable",
        "the ledger changes too fast to be written",
    )
}
