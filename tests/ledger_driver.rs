//! The ledger's driver: a store that fails, dead owners, other zones, its own arithmetic.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod books;

use std::cell::{Cell, RefCell};
use std::future::{Future, pending};
use std::pin::pin;
use std::task::{Context, Waker};

use aircher_llm::error::{Error, Result};
use aircher_llm::ledger::{
    Admission, Budget, Caps, Closing, Event, Granted, Ledger, Memory, Op, Period, Reservation,
    Rule, Settle, Setup, State, Store, Work, Zone, fixed_names, native,
};
use books::{NOW, now_or_never, pending as reserve_100, settle};
use expect_test::{Expect, expect};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const DAY: u64 = 86_400_000;

/// A store that does what the test says.
#[derive(Default)]
struct Told {
    memory: Memory,
    /// So many updates fail before one works.
    failing: Cell<u32>,
    /// Updates never return.
    hangs: Cell<bool>,
    live: RefCell<Option<Vec<String>>>,
    /// What the store's own arithmetic answers.
    answer: RefCell<Option<String>>,
    asked: RefCell<Vec<String>>,
}

impl Store for &Told {
    async fn update(&self, keys: &[String], work: Work) -> Result<()> {
        if self.failing.get() > 0 {
            self.failing.set(self.failing.get() - 1);
            return Err(Error::ledger("ledger_unavailable", "the disk is full"));
        }
        self.memory.update(keys, work).await?;
        if self.hangs.get() {
            pending::<()>().await;
        }
        Ok(())
    }

    async fn scan(
        &self,
        prefix: &str,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Vec<(String, String)>> {
        self.memory.scan(prefix, limit, after).await
    }

    async fn apply(&self, op_json: &str) -> Result<Option<String>> {
        self.asked.borrow_mut().push(op_json.to_string());
        Ok(self.answer.take())
    }

    async fn live(&self) -> Option<Vec<String>> {
        self.live.borrow().clone()
    }

    fn caps(&self) -> Caps {
        Caps {
            native: self.answer.borrow().is_some(),
            ..self.memory.caps()
        }
    }
}

fn rule(scope: &str, period: Period, limit: u64) -> Rule {
    Rule {
        scope: scope.into(),
        period,
        limit: Some(limit),
        alert: Some(limit / 2),
    }
}

fn setup(owner: &str) -> Setup {
    Setup {
        names: Some(fixed_names(owner, &"0".repeat(32))),
        rules: vec![
            rule("*", Period::Day, 100),
            rule("p:openai", Period::Month, 150),
        ],
        by_provider: true,
        ..Setup::default()
    }
}

fn wish(id: &str, amount: u64) -> Reservation {
    Reservation {
        id: id.into(),
        amount,
        at_least: amount,
        enforce: true,
        deadline: NOW + 60_000,
        provider: "openai".into(),
        model: "gpt/4%o".into(),
        attempt: 1,
        tags: vec![("team".into(), "a".into())],
    }
}

#[track_caller]
fn granted<S: Store>(ledger: &Ledger<S>, wish: &Reservation, now: u64) -> Granted {
    match now_or_never(ledger.reserve(wish, now)).unwrap() {
        Admission::Granted(granted) => granted,
        refused => panic!("{refused:?}"),
    }
}

#[track_caller]
fn refused<S: Store>(ledger: &Ledger<S>, wish: &Reservation, now: u64) -> Error {
    match now_or_never(ledger.reserve(wish, now)).unwrap() {
        Admission::Refused(budget) => Error::budget_exceeded(*budget),
        granted => panic!("{granted:?}"),
    }
}

fn cost(granted: &Granted, actual: u64) -> Settle {
    Settle {
        id: granted.id.clone(),
        buckets: granted.buckets.clone(),
        actual,
        ..Settle::default()
    }
}

// ---- budgets --------------------------------------------------------------

#[test]
fn a_request_counts_in_every_budget_it_belongs_to() {
    let store = Told::default();
    let ledger = Ledger::new(&store, setup("me"));
    let granted = granted(&ledger, &wish("a#1", 60), NOW);
    let lines = granted
        .buckets
        .iter()
        .map(|budget| format!("{} {:?}\n", budget.key, budget.limit));
    expect![[r#"
        b/*/d:2026-11-22 Some(100)
        b/*/m:2026-11 None
        b/p:openai/d:2026-11-22 None
        b/p:openai/m:2026-11 Some(150)
        b/m:openai%2Fgpt%2F4%25o/d:2026-11-22 None
        b/k:team:a/d:2026-11-22 None
        b/k:team:a/m:2026-11 None
    "#]]
    .assert_eq(&lines.collect::<String>());
    let error = refused(&ledger, &wish("b#1", 60), NOW);
    expect![[r#"{"type":"budget_exceeded","message":"the limit of 0.0000001 US dollars (* d:2026-11-22) does not leave the 0.00000006 this request may cost: 0 spent, 0.00000006 set aside","retryable":false,"billed":"no","scope":"*","period":"d:2026-11-22","limit":0.0000001,"settled":0,"reserved":0.00000006,"requested":0.00000006,"resets_at":"2026-11-23T00:00:00Z"}"#]].assert_eq(&aircher_llm::json::to_string(&error));
    assert_eq!(
        now_or_never(ledger.settle(cost(&granted, 50), NOW)).unwrap(),
        Closing::Closed(State::Posted)
    );
    let bucket = now_or_never(ledger.bucket("b/p:openai/m:2026-11")).unwrap();
    assert_eq!(
        (bucket.settled, bucket.reserved, bucket.limit_seen),
        (50, 0, Some(150))
    );
    expect![[r#"[Alert(Alert { key: "b/*/d:2026-11-22", limit: 100, alert: 50, settled: 50 })]"#]]
        .assert_eq(&format!("{:?}", ledger.take_events()));
    assert!(ledger.take_events().is_empty());
}

#[test]
fn an_id_is_used_once() {
    let store = Told::default();
    let ledger = Ledger::new(&store, setup("me"));
    let first = granted(&ledger, &wish("a#1", 60), NOW);
    assert_eq!(granted(&ledger, &wish("a#1", 60), NOW), first);
    let code = |result: Result<_>| result.unwrap_err().code.clone().unwrap();
    assert_eq!(
        code(now_or_never(ledger.reserve(&wish("a#1", 50), NOW)).map(drop)),
        "ledger_conflict"
    );
    now_or_never(ledger.settle(cost(&first, 5), NOW)).unwrap();
    assert_eq!(
        code(now_or_never(ledger.settle(cost(&first, 6), NOW)).map(drop)),
        "ledger_conflict"
    );
    assert_eq!(
        code(now_or_never(ledger.void("a#1", &[], NOW)).map(drop)),
        "ledger_conflict"
    );
    assert_eq!(
        now_or_never(ledger.void("z#1", &[], NOW)).unwrap(),
        Closing::Missing
    );
    assert_eq!(ledger.kept(), 0);
}

#[test]
fn a_clock_that_went_far_back_charges_two_times() {
    let store = Told::default();
    now_or_never(Ledger::new(&store, setup("a")).open(NOW)).unwrap();
    let ledger = Ledger::new(&store, setup("b"));
    let granted = granted(&ledger, &wish("a#1", 60), NOW - 40 * DAY);
    assert!(granted.clock_skew);
    let days = granted
        .buckets
        .iter()
        .filter(|budget| budget.key.starts_with("b/*/"));
    let days: Vec<_> = days.map(|budget| budget.key.as_str()).collect();
    assert_eq!(
        days,
        [
            "b/*/d:2026-10-13",
            "b/*/m:2026-10",
            "b/*/d:2026-11-22",
            "b/*/m:2026-11"
        ]
    );
    let error = refused(&ledger, &wish("b#1", 60), NOW - 39 * DAY);
    assert_eq!(
        error.budget.as_ref().unwrap().resets_at.as_deref(),
        Some("2026-11-23T00:00:00Z")
    );
}

#[test]
fn after_a_change_of_zone_both_count() {
    let store = Told::default();
    granted(&Ledger::new(&store, setup("a")), &wish("a#1", 60), NOW);
    let moved = || Setup {
        zone: Zone::parse("+09:00").unwrap(),
        ..setup("b")
    };
    let ledger = Ledger::new(&store, moved());
    let error = refused(&ledger, &wish("b#1", 60), NOW);
    assert_eq!(error.budget.as_ref().unwrap().reserved, 60);
    let days: Vec<_> = granted(&ledger, &wish("c#1", 40), NOW)
        .buckets
        .into_iter()
        .map(|budget| budget.key)
        .collect();
    expect![[r#"
        b/*/d:2026-11-22@+09:00
        b/*/m:2026-11@+09:00
        b/p:openai/d:2026-11-22@+09:00
        b/p:openai/m:2026-11@+09:00
        b/m:openai%2Fgpt%2F4%25o/d:2026-11-22@+09:00
        b/k:team:a/d:2026-11-22@+09:00
        b/k:team:a/m:2026-11@+09:00
        b/*/d:2026-11-22
        b/p:openai/m:2026-11"#]]
    .assert_eq(&days.join("\n"));
    let later = granted(&ledger, &wish("d#1", 40), NOW + 33 * DAY);
    assert!(
        later
            .buckets
            .iter()
            .all(|budget| budget.key.ends_with("@+09:00"))
    );
}

// ---- a store that fails ---------------------------------------------------

#[test]
fn a_settlement_that_fails_is_kept_and_tried_again() {
    let store = Told::default();
    let ledger = Ledger::new(&store, setup("me"));
    let first = granted(&ledger, &wish("a#1", 60), NOW);
    store.failing.set(2);
    assert_eq!(
        now_or_never(ledger.settle(cost(&first, 1), NOW)).unwrap(),
        Closing::Closed(State::Posted)
    );
    let second = granted(&ledger, &wish("b#1", 60), NOW);
    store.failing.set(3);
    assert_eq!(
        now_or_never(ledger.settle(cost(&second, 2), NOW)).unwrap(),
        Closing::Kept
    );
    assert_eq!(ledger.kept(), 1);
    let warning = Event::Warning {
        code: "ledger_unavailable",
        message: "the disk is full".into(),
    };
    assert_eq!(ledger.take_events(), [warning]);
    granted(&ledger, &wish("c#1", 90), NOW);
    assert_eq!(ledger.kept(), 0);
    let bucket = now_or_never(ledger.bucket("b/*/d:2026-11-22")).unwrap();
    assert_eq!((bucket.settled, bucket.reserved), (3, 90));
}

#[test]
fn a_damaged_document_keeps_nobody_waiting() {
    let store = Told::default();
    let ledger = Ledger::new(&store, setup("me"));
    let first = granted(&ledger, &wish("a#1", 10), NOW);
    let second = granted(&ledger, &wish("b#1", 10), NOW);
    store.memory.write(vec![("r/a#1".into(), Some("{".into()))]);
    let closing = now_or_never(ledger.settle(cost(&first, 1), NOW)).unwrap();
    assert_eq!((closing, ledger.kept()), (Closing::Kept, 1));
    ledger.settle_later(cost(&second, 2));
    granted(&ledger, &wish("c#1", 10), NOW);
    assert_eq!(ledger.kept(), 1);
    let bucket = now_or_never(ledger.bucket("b/*/d:2026-11-22")).unwrap();
    assert_eq!((bucket.settled, bucket.reserved), (2, 20));
}

#[test]
fn what_is_kept_has_a_limit() {
    let store = Told::default();
    let ledger = Ledger::new(&store, setup("me"));
    let first = granted(&ledger, &wish("a#1", 10), NOW);
    (0..1_500).for_each(|_| ledger.settle_later(cost(&first, 1)));
    assert_eq!(ledger.kept(), 1_000);
}

#[test]
fn a_reservation_that_fails_is_an_error_and_leaves_nothing() {
    let store = Told::default();
    let ledger = Ledger::new(&store, setup("me"));
    now_or_never(ledger.open(NOW)).unwrap();
    store.failing.set(1);
    let error = now_or_never(ledger.reserve(&wish("a#1", 60), NOW)).unwrap_err();
    assert_eq!(
        (error.kind.as_str(), error.retryable),
        ("ledger_unavailable", false)
    );
    granted(&ledger, &wish("b#1", 100), NOW);
}

#[test]
fn what_is_cancelled_is_made_good() {
    let store = Told::default();
    let ledger = Ledger::new(&store, setup("me"));
    let first = granted(&ledger, &wish("a#1", 50), NOW);
    store.hangs.set(true);
    for cancelled in [true, false] {
        let mut context = Context::from_waker(Waker::noop());
        if cancelled {
            let wish = wish("b#1", 50);
            assert!(
                pin!(ledger.reserve(&wish, NOW))
                    .poll(&mut context)
                    .is_pending()
            );
        } else {
            assert!(
                pin!(ledger.settle(cost(&first, 7), NOW))
                    .poll(&mut context)
                    .is_pending()
            );
        }
    }
    store.hangs.set(false);
    ledger.settle_later(Settle {
        estimated: true,
        ..cost(&first, 50)
    });
    granted(&ledger, &wish("c#1", 93), NOW);
    let bucket = now_or_never(ledger.bucket("b/*/d:2026-11-22")).unwrap();
    assert_eq!((bucket.settled, bucket.reserved), (7, 93));
}

#[test]
fn a_ledger_deleted_while_in_use_is_made_anew_and_reported() {
    let store = Told::default();
    let first = Setup {
        names: Some(fixed_names("a", &"1".repeat(32))),
        ..setup("a")
    };
    let ledger = Ledger::new(&store, setup("b"));
    now_or_never(ledger.open(NOW)).unwrap();
    store.memory.write(vec![("meta".into(), None)]);
    now_or_never(Ledger::new(&store, first).open(NOW)).unwrap();
    now_or_never(ledger.open(NOW)).unwrap();
    expect![[r#"[Warning { code: "ledger_reset", message: "the ledger was deleted while it was in use" }]"#]].assert_eq(&format!("{:?}", ledger.take_events()));
    store.memory.write(vec![("meta".into(), None)]);
    granted(&ledger, &wish("a#1", 60), NOW);
}

// ---- the dead -------------------------------------------------------------

/// A dead owner reserved 60 of 100 at noon; what the living get of it later.
#[track_caller]
fn check_recovery(live: Option<&[&str]>, after_ms: u64, expected: Expect) {
    let store = Told::default();
    granted(&Ledger::new(&store, setup("dead")), &wish("a#1", 60), NOW);
    store
        .live
        .replace(live.map(|names| names.iter().map(ToString::to_string).collect()));
    let ledger = Ledger::new(&store, setup("me"));
    granted(
        &ledger,
        &Reservation {
            deadline: NOW,
            ..wish("b#1", 10)
        },
        NOW,
    );
    let error = refused(&ledger, &wish("c#1", 60), NOW + after_ms);
    let budget = error.budget.as_ref().unwrap();
    expected.assert_eq(&format!(
        "{} spent, {} reserved, {} events",
        budget.settled,
        budget.reserved,
        ledger.take_events().len()
    ));
}

#[test]
fn the_dead_are_charged_before_anybody_is_refused() {
    check_recovery(
        Some(&["me"]),
        4_999,
        expect!["0 spent, 70 reserved, 0 events"],
    );
    check_recovery(
        Some(&["me"]),
        5_000,
        expect!["60 spent, 10 reserved, 1 events"],
    );
    check_recovery(
        Some(&["me", "dead"]),
        120_000,
        expect!["0 spent, 70 reserved, 0 events"],
    );
    check_recovery(None, 59_999, expect!["0 spent, 70 reserved, 0 events"]);
    check_recovery(None, 60_000, expect!["60 spent, 10 reserved, 1 events"]);
}

#[test]
fn a_renewed_reservation_is_not_abandoned() {
    let store = Told::default();
    let owner = Ledger::new(&store, setup("dead"));
    granted(&owner, &wish("a#1", 60), NOW);
    assert!(now_or_never(owner.renew("a#1", NOW + 90_000, NOW)).unwrap());
    let ledger = Ledger::new(&store, setup("me"));
    assert_eq!(now_or_never(ledger.recover(None, NOW + 89_999)).unwrap(), 0);
    assert_eq!(now_or_never(ledger.recover(None, NOW + 90_000)).unwrap(), 1);
    assert!(!now_or_never(owner.renew("a#1", NOW + 99_000, NOW)).unwrap());
}

// ---- moving house ---------------------------------------------------------

#[test]
fn an_export_is_imported_once() {
    let (ours, theirs) = (Told::default(), Told::default());
    let ledger = Ledger::new(&ours, setup("me"));
    let other = Ledger::new(
        &theirs,
        Setup {
            names: Some(fixed_names("other", &"f".repeat(32))),
            ..setup("other")
        },
    );
    let done = granted(&other, &wish("a#1", 60), NOW);
    now_or_never(other.settle(cost(&done, 44), NOW)).unwrap();
    granted(&other, &wish("open#1", 9), NOW);
    let text = now_or_never(other.export(NOW)).unwrap();
    assert!(text.contains("r/a#1") && !text.contains("open#1"));
    for _ in 0..2 {
        now_or_never(ledger.import(&text, NOW)).unwrap();
        let bucket = now_or_never(ledger.bucket("b/*/d:2026-11-22")).unwrap();
        assert_eq!((bucket.settled, bucket.reserved, bucket.n), (44, 0, 1));
    }
    now_or_never(ledger.reset(NOW)).unwrap();
    assert_eq!(
        now_or_never(ledger.bucket("b/*/d:2026-11-22"))
            .unwrap()
            .settled,
        0
    );
    for bad in [
        "",
        "[]",
        "{}",
        r#"{"schema":2,"epoch":"e"}"#,
        r#"{"schema":1,"epoch":"e","docs":[[1]]}"#,
    ] {
        let error = now_or_never(ledger.import(bad, NOW)).unwrap_err();
        assert_eq!(error.kind.as_str(), "invalid_request", "{bad}");
    }
    let damaged = r#"{"schema":1,"epoch":"e","docs":[["b/*/d:2026-11-22",{}]]}"#;
    let error = now_or_never(ledger.import(damaged, NOW)).unwrap_err();
    assert_eq!(error.code.as_deref(), Some("ledger_corrupt"));
}

#[test]
fn compaction_goes_through_all_pages() {
    let store = Told::default();
    let ledger = Ledger::new(&store, setup("me"));
    now_or_never(ledger.open(NOW)).unwrap();
    for at in 0..1_203 {
        let doc = r#"{"state":"posted","owner":"me","amount":1,"buckets":[],"closed":1}"#;
        store
            .memory
            .write(vec![(format!("r/{at:04}#1"), Some(doc.into()))]);
    }
    assert_eq!(now_or_never(ledger.compact(NOW)).unwrap(), 1_203);
    assert_eq!(now_or_never(ledger.compact(NOW)).unwrap(), 0);
}

// ---- a store's own arithmetic ---------------------------------------------

#[test]
fn a_store_may_decide_by_itself() {
    let store = Told::default();
    let ledger = Ledger::new(&store, setup("me"));
    now_or_never(ledger.open(NOW)).unwrap();
    store
        .answer
        .replace(Some(r#"{"result":"pending","amount":7}"#.into()));
    let reserved = granted(&ledger, &wish("a#1", 60), NOW);
    assert_eq!(reserved.amount, 7);
    store.answer.replace(Some(r#"{"result":"posted","amount":50,"alerts":[{"key":"b/*/d:2026-11-22","limit":100,"alert":50,"settled":50}]}"#.into()));
    now_or_never(ledger.settle(cost(&reserved, 50), NOW)).unwrap();
    assert_eq!(ledger.take_events().len(), 1);
    // It knows nothing of clocks that go back, and what it says must make sense.
    store
        .answer
        .replace(Some(r#"{"result":"pending","amount":7}"#.into()));
    let second = granted(&ledger, &wish("b#1", 60), NOW - 1);
    assert_eq!(second.amount, 60);
    store.answer.replace(Some("maybe".into()));
    assert_eq!(
        now_or_never(ledger.void("b#1", &second.buckets, NOW)).unwrap(),
        Closing::Closed(State::Voided)
    );
    assert_eq!(store.asked.borrow().len(), 3);
}

#[test]
fn operations_as_stores_see_them() {
    let buckets = vec![
        Budget {
            key: "b/*/d:2026-11-22".into(),
            limit: Some(9),
            alert: Some(8),
        },
        Budget {
            key: "b/*/m:2026-11".into(),
            ..Budget::default()
        },
    ];
    let Op::Settle(unknown) = settle(30, true) else {
        unreachable!()
    };
    let known = Op::Settle(Settle {
        buckets,
        ..unknown.clone()
    });
    let void = |buckets| Op::Void {
        id: "x#1".into(),
        buckets,
    };
    let lines = [reserve_100(), known, void(vec!["b/*/m:2026-11".into()])];
    let lines = lines.map(|op| native::op_json(&op, NOW).unwrap());
    assert_eq!(native::op_json(&Op::Settle(unknown), NOW), None);
    assert_eq!(native::op_json(&void(vec![]), NOW), None);
    expect![[r#"
        {"op":"reserve","id":"x#1","owner":"me","amount":100,"at_least":100,"enforce":true,"buckets":[{"key":"b/*/d:2026-11-22","limit":null,"alert":null},{"key":"b/*/m:2026-11","limit":null,"alert":null}],"deadline":1795348799999,"provider":"openai","model":"gpt-4o","attempt":1,"tags":[["team","a/b"]],"now":1795348800000}
        {"op":"settle","id":"x#1","buckets":["b/*/d:2026-11-22","b/*/m:2026-11"],"actual":30,"estimated":true,"usage":{"prompt_tokens":15,"completion_tokens":6,"total_tokens":0,"cached_tokens":0,"cache_write_tokens":0,"cache_write_long_tokens":0,"reasoning_tokens":0,"input_audio_tokens":0,"output_audio_tokens":0,"estimated":false},"tokens_in":15,"tokens_out":6,"alerts":[{"key":"b/*/d:2026-11-22","limit":9,"alert":8}],"now":1795348800000}
        {"op":"void","id":"x#1","buckets":["b/*/m:2026-11"],"now":1795348800000}"#]].assert_eq(&lines.join("\n"));
}

#[test]
fn outcomes_as_stores_tell_them() {
    let texts = [
        r#"{"result":"pending","amount":5}"#,
        r#"{"result":"voided","amount":5,"alerts":[]}"#,
        r#"{"result":"refused","key":"b","limit":9,"settled":8,"reserved":1,"requested":2}"#,
        r#"{"result":"conflict"}"#,
        r#"{"result":"missing"}"#,
        r#"{"result":"else"}"#,
        "[",
    ];
    let lines = texts.map(|text| format!("{:?}", native::outcome(text)));
    expect![[r#"
        Some(Pending { amount: 5 })
        Some(Closed { state: Voided, amount: 5, alerts: [] })
        Some(Refused(Refusal { key: "b", limit: 9, settled: 8, reserved: 1, requested: 2 }))
        Some(Conflict)
        Some(Missing)
        None
        None"#]]
    .assert_eq(&lines.join("\n"));
}
