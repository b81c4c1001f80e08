//! What a process does: it spends, looks after the ledger, or is naive.

use std::cell::RefCell;
use std::rc::Rc;

use aircher_llm::error::Result;
use aircher_llm::ledger::{
    Admission, Closing, Docs, Event, Ledger, Period, Reservation, Settle, State, Store,
};
use serde_json::json;

use super::{KEPT, REFUSED, SKEWED, Shaky, World, number};

/// What may be spent in a day.
pub const LIMIT: u64 = 200;

/// What processes have asked for, which must come true.
#[derive(Default)]
pub struct Asked {
    pub next: u64,
    /// Reservations whose owners know of them.
    pub granted: Vec<String>,
    /// Exact settlements: process, reservation, amount.
    pub exact: Vec<(String, String, u64)>,
    pub alerts: Vec<String>,
}

pub struct Client {
    pub name: String,
    pub ledger: Rc<Ledger<Shaky>>,
    pub world: Rc<RefCell<World>>,
    pub asked: Rc<RefCell<Asked>>,
    pub off: i64,
}

impl Client {
    pub fn now(&self) -> u64 {
        clock(&self.world, self.off)
    }

    pub fn below(&self, n: u64) -> u64 {
        self.world.borrow_mut().random().below(n)
    }

    pub fn count(&self, what: usize) {
        self.world.borrow_mut().counts.0[what] += 1;
    }

    pub fn law(&self, holds: bool, what: impl FnOnce() -> String) {
        self.world.borrow_mut().law(holds, what);
    }

    pub fn wish(&self) -> Reservation {
        let mut asked = self.asked.borrow_mut();
        asked.next += 1;
        let enforce = self.below(4) > 0;
        let amount = 10 + self.below(60);
        Reservation {
            id: format!("{}{}#1", if enforce { "hard" } else { "soft" }, asked.next),
            amount,
            at_least: 1 + self.below(amount),
            enforce,
            deadline: self.now() + self.below(100_000),
            provider: "openai".into(),
            model: "m".into(),
            attempt: 1,
            tags: if self.below(2) == 0 {
                vec![("team".into(), "a".into())]
            } else {
                vec![]
            },
        }
    }

    pub async fn spend(&self) {
        let wish = self.wish();
        let Ok(admission) = self.ledger.reserve(&wish, self.now()).await else {
            return;
        };
        let granted = match admission {
            Admission::Granted(granted) => {
                self.asked.borrow_mut().granted.push(wish.id.clone());
                granted
            }
            Admission::Refused(budget) => {
                self.count(REFUSED);
                let is_full = budget.settled + budget.reserved + budget.requested > budget.limit;
                return self.law(is_full && wish.enforce, || {
                    format!("{} was refused: {budget:?}", wish.id)
                });
            }
        };
        let known = self
            .world
            .borrow()
            .known
            .get(&wish.id)
            .cloned()
            .unwrap_or_default();
        self.law(
            known.amount == granted.amount && granted.amount >= wish.at_least,
            || {
                format!(
                    "{} was granted {} and has {known:?}",
                    wish.id, granted.amount
                )
            },
        );
        if granted.clock_skew {
            self.count(SKEWED);
        }
        if self.below(4) == 0 {
            self.ledger
                .renew(&wish.id, self.now() + 50_000, self.now())
                .await
                .ok();
        }
        self.ledger.store().pause().await;
        let buckets = granted.buckets.clone();
        let settle = Settle {
            id: wish.id.clone(),
            buckets: buckets.clone(),
            actual: self.below(granted.amount + 9),
            ..Settle::default()
        };
        match self.below(10) {
            0 => {}
            1 => drop(self.ledger.void(&wish.id, &buckets, self.now()).await),
            2 => {
                self.ledger.void(&wish.id, &buckets, self.now()).await.ok();
                self.settle_exactly(Settle {
                    actual: settle.actual + 1,
                    ..settle
                })
                .await;
            }
            3 => self.settle_roughly(settle).await,
            4 | 5 => {
                self.settle_roughly(Settle {
                    actual: granted.amount,
                    ..settle.clone()
                })
                .await;
                self.settle_exactly(settle).await;
            }
            _ => {
                for _ in 0..=self.below(2) {
                    self.settle_exactly(settle.clone()).await;
                }
            }
        }
        hear(&self.ledger, &self.asked, &self.world);
    }

    pub async fn settle_roughly(&self, settle: Settle) {
        self.ledger
            .settle(
                Settle {
                    estimated: true,
                    ..settle
                },
                self.now(),
            )
            .await
            .ok();
    }

    pub async fn settle_exactly(&self, settle: Settle) {
        let (id, actual) = (settle.id.clone(), settle.actual);
        self.asked
            .borrow_mut()
            .exact
            .push((self.name.clone(), id.clone(), actual));
        let closing = self.ledger.settle(settle, self.now()).await;
        if matches!(closing, Ok(Closing::Kept)) {
            self.count(KEPT);
        }
        let known = self
            .world
            .borrow()
            .known
            .get(&id)
            .cloned()
            .unwrap_or_default();
        let is_true = match closing {
            Ok(Closing::Closed(State::Posted)) => known.actual == actual && !known.estimated,
            Ok(Closing::Missing) => known.is_deleted,
            Ok(Closing::Kept) => true,
            _ => false,
        };
        self.law(is_true, || {
            format!("{id} settled with {actual}: {closing:?}, {known:?}")
        });
    }

    pub async fn look_after(&self) {
        let live = self.world.borrow().owners.clone();
        if self.below(2) == 0 {
            self.ledger.recover(live.as_deref(), self.now()).await.ok();
        } else {
            self.ledger.compact(self.now()).await.ok();
        }
    }

    /// Look, then add: what the ledger is not.
    pub async fn spend_naively(&self) -> Result<()> {
        let wish = Reservation {
            enforce: true,
            ..self.wish()
        };
        let id = wish.id.replace("soft", "hard");
        let store = self.ledger.store();
        let day = self.world.borrow().zone.period_key(Period::Day, self.now());
        let key = format!("b/*/{day}");
        let found = store.scan(&key, 1, None).await?;
        let seen = found.first().map_or(0, |(_, text)| reserved(text));
        if seen + wish.amount > LIMIT {
            return Ok(());
        }
        let keys = [key.clone()];
        let entry = json!({"state":"pending","owner":self.name,"amount":wish.amount,"buckets":[key.clone()],"created":self.now()});
        let amount = wish.amount;
        let work = Box::new(move |docs: &Docs| {
            let before = docs.get(&key).map_or(0, reserved);
            let bucket = json!({"limit_seen":LIMIT,"settled":0,"reserved":before + amount,"n":0,"estimated":0});
            vec![
                (key.clone(), Some(bucket.to_string())),
                (format!("r/{id}"), Some(entry.to_string())),
            ]
        });
        store.update(&keys, work).await
    }
}

pub fn reserved(text: &str) -> u64 {
    number(text, "reserved").unwrap()
}

/// An alert is heard once, by one process.
pub fn hear(ledger: &Ledger<Shaky>, asked: &RefCell<Asked>, world: &RefCell<World>) {
    for event in ledger.take_events() {
        let Event::Alert(alert) = event else { continue };
        let name = format!("{} {}", alert.key, alert.alert);
        let is_new = !asked.borrow().alerts.contains(&name);
        world
            .borrow_mut()
            .law(is_new, || format!("the alert {name} was heard twice"));
        asked.borrow_mut().alerts.push(name);
    }
}

pub fn clock(world: &RefCell<World>, off: i64) -> u64 {
    world.borrow().now.saturating_add_signed(off)
}
