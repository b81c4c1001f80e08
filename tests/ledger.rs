//! The ledger: every transition, the clock, periods, and the driver over a store that fails.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod books;

use aircher_llm::chat::TokenUsage;
use aircher_llm::json::Json;
use aircher_llm::ledger::op::{Expire, Reserve};
use aircher_llm::ledger::{Budget, Docs, Op, Outcome, Settle, step};
use books::{Book, NOW, pending, reserve, settle};
use expect_test::{Expect, expect};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

// ---- transitions ----------------------------------------------------------

/// The ways a reservation of 100 may have gone before.
fn pasts() -> Vec<(&'static str, Vec<Op>)> {
    let after = |op: Op| vec![pending(), op];
    vec![
        ("nothing", vec![]),
        ("pending", vec![pending()]),
        ("posted 30", after(settle(30, false))),
        ("posted ~40", after(settle(40, true))),
        ("voided", after(void())),
        ("expired", after(expire())),
    ]
}

fn ops() -> Vec<(&'static str, Op)> {
    vec![
        ("reserve 100", pending()),
        ("reserve 50..99", reserve(99, 50)),
        ("settle 30", settle(30, false)),
        ("settle 120", settle(120, false)),
        ("settle 0", settle(0, false)),
        ("settle ~40", settle(40, true)),
        ("settle ~70", settle(70, true)),
        ("void", void()),
        ("expire", expire()),
        (
            "renew",
            Op::Renew {
                id: "x#1".into(),
                deadline: NOW + 9,
            },
        ),
    ]
}

fn void() -> Op {
    Op::Void {
        id: "x#1".into(),
        buckets: vec![],
    }
}

fn expire() -> Op {
    Op::Expire(Expire {
        id: "x#1".into(),
        owner: "me".into(),
        ..Expire::default()
    })
}

#[test]
fn every_operation_in_every_state() {
    let mut table = String::new();
    for (past, before) in pasts() {
        table += &format!("{past}\n");
        for (name, op) in ops() {
            let book = Book::open();
            before.iter().for_each(|op| drop(book.run(op, NOW)));
            let outcome = book.short(&book.run(&op, NOW));
            table += &format!(
                "  {name:15} {outcome:22} {}\n",
                book.sums("b/*/d:2026-11-22")
            );
        }
    }
    expect![[r#"
        nothing
          reserve 100     pending 100            0 spent, 100 reserved, n 0 (0 est), 0 + 0 tokens
          reserve 50..99  pending 99             0 spent, 99 reserved, n 0 (0 est), 0 + 0 tokens
          settle 30       missing                0 spent, 0 reserved, n 0 (0 est), 0 + 0 tokens
          settle 120      missing                0 spent, 0 reserved, n 0 (0 est), 0 + 0 tokens
          settle 0        missing                0 spent, 0 reserved, n 0 (0 est), 0 + 0 tokens
          settle ~40      missing                0 spent, 0 reserved, n 0 (0 est), 0 + 0 tokens
          settle ~70      missing                0 spent, 0 reserved, n 0 (0 est), 0 + 0 tokens
          void            missing                0 spent, 0 reserved, n 0 (0 est), 0 + 0 tokens
          expire          missing                0 spent, 0 reserved, n 0 (0 est), 0 + 0 tokens
          renew           missing                0 spent, 0 reserved, n 0 (0 est), 0 + 0 tokens
        pending
          reserve 100     pending 100            0 spent, 100 reserved, n 0 (0 est), 0 + 0 tokens
          reserve 50..99  conflict               0 spent, 100 reserved, n 0 (0 est), 0 + 0 tokens
          settle 30       posted 30              30 spent, 0 reserved, n 1 (0 est), 15 + 6 tokens
          settle 120      posted 120             120 spent, 0 reserved, n 1 (0 est), 60 + 24 tokens
          settle 0        posted 0               0 spent, 0 reserved, n 1 (0 est), 0 + 0 tokens
          settle ~40      posted 40              40 spent, 0 reserved, n 1 (1 est), 20 + 8 tokens
          settle ~70      posted 70              70 spent, 0 reserved, n 1 (1 est), 35 + 14 tokens
          void            voided 100             0 spent, 0 reserved, n 0 (0 est), 0 + 0 tokens
          expire          expired 100            100 spent, 0 reserved, n 1 (1 est), 0 + 0 tokens
          renew           done                   0 spent, 100 reserved, n 0 (0 est), 0 + 0 tokens
        posted 30
          reserve 100     posted 30              30 spent, 0 reserved, n 1 (0 est), 15 + 6 tokens
          reserve 50..99  conflict               30 spent, 0 reserved, n 1 (0 est), 15 + 6 tokens
          settle 30       posted 30              30 spent, 0 reserved, n 1 (0 est), 15 + 6 tokens
          settle 120      conflict               30 spent, 0 reserved, n 1 (0 est), 15 + 6 tokens
          settle 0        conflict               30 spent, 0 reserved, n 1 (0 est), 15 + 6 tokens
          settle ~40      posted 30              30 spent, 0 reserved, n 1 (0 est), 15 + 6 tokens
          settle ~70      posted 30              30 spent, 0 reserved, n 1 (0 est), 15 + 6 tokens
          void            conflict               30 spent, 0 reserved, n 1 (0 est), 15 + 6 tokens
          expire          posted 30              30 spent, 0 reserved, n 1 (0 est), 15 + 6 tokens
          renew           posted 30              30 spent, 0 reserved, n 1 (0 est), 15 + 6 tokens
        posted ~40
          reserve 100     posted 40              40 spent, 0 reserved, n 1 (1 est), 20 + 8 tokens
          reserve 50..99  conflict               40 spent, 0 reserved, n 1 (1 est), 20 + 8 tokens
          settle 30       posted 30              30 spent, 0 reserved, n 1 (0 est), 15 + 6 tokens
          settle 120      posted 120             120 spent, 0 reserved, n 1 (0 est), 60 + 24 tokens
          settle 0        posted 0               0 spent, 0 reserved, n 1 (0 est), 0 + 0 tokens
          settle ~40      posted 40              40 spent, 0 reserved, n 1 (1 est), 20 + 8 tokens
          settle ~70      posted 40              40 spent, 0 reserved, n 1 (1 est), 20 + 8 tokens
          void            conflict               40 spent, 0 reserved, n 1 (1 est), 20 + 8 tokens
          expire          posted 40              40 spent, 0 reserved, n 1 (1 est), 20 + 8 tokens
          renew           posted 40              40 spent, 0 reserved, n 1 (1 est), 20 + 8 tokens
        voided
          reserve 100     voided 100             0 spent, 0 reserved, n 0 (0 est), 0 + 0 tokens
          reserve 50..99  conflict               0 spent, 0 reserved, n 0 (0 est), 0 + 0 tokens
          settle 30       posted 30              30 spent, 0 reserved, n 1 (0 est), 15 + 6 tokens
          settle 120      posted 120             120 spent, 0 reserved, n 1 (0 est), 60 + 24 tokens
          settle 0        voided 100             0 spent, 0 reserved, n 0 (0 est), 0 + 0 tokens
          settle ~40      posted 40              40 spent, 0 reserved, n 1 (1 est), 20 + 8 tokens
          settle ~70      posted 70              70 spent, 0 reserved, n 1 (1 est), 35 + 14 tokens
          void            voided 100             0 spent, 0 reserved, n 0 (0 est), 0 + 0 tokens
          expire          voided 100             0 spent, 0 reserved, n 0 (0 est), 0 + 0 tokens
          renew           voided 100             0 spent, 0 reserved, n 0 (0 est), 0 + 0 tokens
        expired
          reserve 100     expired 100            100 spent, 0 reserved, n 1 (1 est), 0 + 0 tokens
          reserve 50..99  conflict               100 spent, 0 reserved, n 1 (1 est), 0 + 0 tokens
          settle 30       posted 30              30 spent, 0 reserved, n 1 (0 est), 15 + 6 tokens
          settle 120      posted 120             120 spent, 0 reserved, n 1 (0 est), 60 + 24 tokens
          settle 0        posted 0               0 spent, 0 reserved, n 1 (0 est), 0 + 0 tokens
          settle ~40      posted 40              40 spent, 0 reserved, n 1 (1 est), 20 + 8 tokens
          settle ~70      posted 70              70 spent, 0 reserved, n 1 (1 est), 35 + 14 tokens
          void            conflict               100 spent, 0 reserved, n 1 (1 est), 0 + 0 tokens
          expire          expired 100            100 spent, 0 reserved, n 1 (1 est), 0 + 0 tokens
          renew           expired 100            100 spent, 0 reserved, n 1 (1 est), 0 + 0 tokens
    "#]]
    .assert_eq(&table);
}

#[test]
fn what_is_asked_twice_is_done_once() {
    for (past, before) in pasts() {
        for (name, op) in ops() {
            let book = Book::open();
            before.iter().for_each(|op| drop(book.run(op, NOW)));
            let first = book.run(&op, NOW);
            let documents = book.documents();
            let second = book.run(&op, NOW);
            assert_eq!(book.documents(), documents, "{past}, {name}");
            if first != Outcome::Missing {
                assert_eq!(book.short(&second), book.short(&first), "{past}, {name}");
            }
        }
    }
}

#[test]
fn the_documents_are_these() {
    let book = Book::open();
    book.run(&pending(), NOW);
    book.run(
        &Op::Reserve(Reserve {
            id: "y#1".into(),
            attempt: 1,
            ..book.reservation(7, 7)
        }),
        NOW + 1,
    );
    book.run(&settle(130, true), NOW + 2);
    expect![[r#"
        b/*/d:2026-11-22 {"settled":130,"reserved":7,"n":1,"estimated":1,"tokens_in":65,"tokens_out":26}
        b/*/m:2026-11 {"settled":130,"reserved":7,"n":1,"estimated":1,"tokens_in":65,"tokens_out":26}
        meta {"schema":1,"epoch":"0000","hw_ms":1795348800002,"zone":"UTC"}
        o/me/y#1 {"deadline":1795348799999}
        r/x#1 {"state":"posted","owner":"me","amount":100,"buckets":["b/*/d:2026-11-22","b/*/m:2026-11"],"created":1795348800000,"deadline":1795348799999,"provider":"openai","model":"gpt-4o","attempt":1,"tags":[["team","a/b"]],"closed":1795348800002,"actual":130,"estimated":true,"over_reserved":true,"usage":{"prompt_tokens":65,"completion_tokens":26,"total_tokens":0,"cached_tokens":0,"cache_write_tokens":0,"cache_write_long_tokens":0,"reasoning_tokens":0,"input_audio_tokens":0,"output_audio_tokens":0,"estimated":false}}
        r/y#1 {"state":"pending","owner":"me","amount":7,"buckets":["b/*/d:2026-11-22","b/*/m:2026-11"],"created":1795348800001,"deadline":1795348799999,"provider":"openai","model":"gpt-4o","attempt":1,"tags":[["team","a/b"]]}
    "#]].assert_eq(&book.documents());
}

// ---- limits ---------------------------------------------------------------

fn limited(key: &str, limit: u64) -> Budget {
    Budget {
        key: key.into(),
        limit: Some(limit),
        alert: None,
    }
}

/// Reserves 60 under limits, where 50 are spent already.
#[track_caller]
fn check_limits(limits: &[(&str, u64)], at_least: u64, enforce: bool, expected: Expect) {
    let book = Book::open();
    book.run(&reserve(50, 50), NOW);
    book.run(&settle(50, false), NOW);
    let buckets = limits
        .iter()
        .map(|(key, limit)| limited(key, *limit))
        .collect();
    let id = "y#1".to_string();
    let wish = Reserve {
        id,
        buckets,
        enforce,
        ..book.reservation(60, at_least)
    };
    expected.assert_eq(&format!("{:?}", book.run(&Op::Reserve(wish), NOW)));
}

#[test]
fn limits_leave_room_or_refuse() {
    const DAY: &str = "b/*/d:2026-11-22";
    check_limits(&[(DAY, 110)], 60, true, expect!["Pending { amount: 60 }"]);
    check_limits(
        &[(DAY, 109)],
        60,
        true,
        expect![[
            r#"Refused(Refusal { key: "b/*/d:2026-11-22", limit: 109, settled: 50, reserved: 0, requested: 60 })"#
        ]],
    );
    check_limits(&[(DAY, 109)], 10, true, expect!["Pending { amount: 59 }"]);
    check_limits(&[(DAY, 109)], 60, false, expect!["Pending { amount: 60 }"]);
    check_limits(
        &[(DAY, 60), ("b/p:a/d:2026-11-22", 12)],
        10,
        true,
        expect!["Pending { amount: 10 }"],
    );
    check_limits(
        &[(DAY, 60), ("b/p:a/d:2026-11-22", 9)],
        10,
        true,
        expect![[
            r#"Refused(Refusal { key: "b/p:a/d:2026-11-22", limit: 9, settled: 0, reserved: 0, requested: 10 })"#
        ]],
    );
    check_limits(&[(DAY, 0)], 0, true, expect!["Pending { amount: 0 }"]);
}

#[test]
fn an_alert_is_heard_once() {
    let book = Book::open();
    let mut log = String::new();
    for (at, (cost, alert)) in [(30, 50), (30, 50), (30, 50), (5, 80), (5, 80)]
        .into_iter()
        .enumerate()
    {
        let id = format!("{at}#1");
        book.run(
            &Op::Reserve(Reserve {
                id: id.clone(),
                ..book.reservation(40, 40)
            }),
            NOW,
        );
        let key = "b/*/d:2026-11-22".to_string();
        let buckets = vec![Budget {
            key,
            limit: Some(100),
            alert: Some(alert),
        }];
        let op = Op::Settle(Settle {
            id,
            buckets,
            actual: cost,
            ..Settle::default()
        });
        log += &format!("{:?}\n", book.run(&op, NOW));
    }
    expect![[r#"
        Closed { state: Posted, amount: 30, alerts: [] }
        Closed { state: Posted, amount: 30, alerts: [Alert { key: "b/*/d:2026-11-22", limit: 100, alert: 50, settled: 60 }] }
        Closed { state: Posted, amount: 30, alerts: [] }
        Closed { state: Posted, amount: 5, alerts: [Alert { key: "b/*/d:2026-11-22", limit: 100, alert: 80, settled: 95 }] }
        Closed { state: Posted, amount: 5, alerts: [] }
    "#]].assert_eq(&log);
}

// ---- the clock ------------------------------------------------------------

#[test]
fn a_clock_that_goes_back_does_not_reopen_a_day() {
    const HOUR: u64 = 3_600_000;
    let book = Book::open();
    book.run(&pending(), NOW);
    let mut log = String::new();
    for (back, until, skew) in [
        (0, 0, false),
        (1, NOW + 1, false),
        (1, NOW, false),
        (26 * HOUR, NOW + 1, false),
        (26 * HOUR + 1, NOW + 1, false),
        (26 * HOUR + 1, NOW + 1, true),
        (40 * 24 * HOUR, NOW, true),
        (1, NOW + 1, true),
    ] {
        let id = format!("{back}-{until}-{skew}");
        let op = Op::Reserve(Reserve {
            id,
            until,
            skew,
            ..book.reservation(1, 1)
        });
        log += &format!(
            "{back} ms {skew}: {}\n",
            book.short(&book.run(&op, NOW - back))
        );
    }
    expect![[r#"
        0 ms false: pending 1
        1 ms false: pending 1
        1 ms false: clock { hw_ms: 1795348800000 }
        93600000 ms false: pending 1
        93600001 ms false: clock { hw_ms: 1795348800000 }
        93600001 ms true: pending 1
        3456000000 ms true: clock { hw_ms: 1795348800000 }
        1 ms true: clock { hw_ms: 1795348800000 }
    "#]]
    .assert_eq(&log);
}

// ---- damage ---------------------------------------------------------------

#[test]
fn damaged_documents_stop_an_operation_whole() {
    let day = "b/*/d:2026-11-22";
    let cases = [
        ("meta", ""),
        ("meta", "[]"),
        ("meta", "null"),
        ("meta", r#"{"schema":2,"epoch":"e","hw_ms":1}"#),
        ("meta", r#"{"schema":1,"epoch":"e"}"#),
        ("meta", r#"{"schema":1,"epoch":"e","hw_ms":-1}"#),
        (day, "{"),
        (day, "{}"),
        (day, r#"{"settled":1.5,"reserved":100}"#),
        (day, r#"{"settled":"1","reserved":100}"#),
        (day, r#"{"settled":1,"reserved":99}"#),
        (day, r#"{"settled":9007199254740992,"reserved":100}"#),
        (day, r#"{"settled":18446744073709551615,"reserved":100}"#),
        ("r/x#1", "null"),
        (
            "r/x#1",
            r#"{"state":"lost","owner":"me","amount":1,"buckets":[]}"#,
        ),
        ("r/x#1", r#"{"state":"pending","owner":"me","amount":1}"#),
        (
            "r/x#1",
            r#"{"state":"pending","owner":"me","amount":1,"buckets":"b"}"#,
        ),
    ];
    let mut log = String::new();
    for (key, text) in cases {
        let book = Book::open();
        book.run(&pending(), NOW);
        book.memory.write(vec![(key.into(), Some(text.into()))]);
        let documents = book.documents();
        log += &format!(
            "{key:17} {text:53} {:?}\n",
            book.run(&settle(30, false), NOW)
        );
        assert_eq!(book.documents(), documents);
    }
    expect![[r#"
        meta                                                                    Corrupt { key: "meta" }
        meta              []                                                    Corrupt { key: "meta" }
        meta              null                                                  Corrupt { key: "meta" }
        meta              {"schema":2,"epoch":"e","hw_ms":1}                    NewerSchema
        meta              {"schema":1,"epoch":"e"}                              Corrupt { key: "meta" }
        meta              {"schema":1,"epoch":"e","hw_ms":-1}                   Corrupt { key: "meta" }
        b/*/d:2026-11-22  {                                                     Corrupt { key: "b/*/d:2026-11-22" }
        b/*/d:2026-11-22  {}                                                    Corrupt { key: "b/*/d:2026-11-22" }
        b/*/d:2026-11-22  {"settled":1.5,"reserved":100}                        Corrupt { key: "b/*/d:2026-11-22" }
        b/*/d:2026-11-22  {"settled":"1","reserved":100}                        Corrupt { key: "b/*/d:2026-11-22" }
        b/*/d:2026-11-22  {"settled":1,"reserved":99}                           Corrupt { key: "b/*/d:2026-11-22" }
        b/*/d:2026-11-22  {"settled":9007199254740992,"reserved":100}           Corrupt { key: "b/*/d:2026-11-22" }
        b/*/d:2026-11-22  {"settled":18446744073709551615,"reserved":100}       Corrupt { key: "b/*/d:2026-11-22" }
        r/x#1             null                                                  Corrupt { key: "r/x#1" }
        r/x#1             {"state":"lost","owner":"me","amount":1,"buckets":[]} Corrupt { key: "r/x#1" }
        r/x#1             {"state":"pending","owner":"me","amount":1}           Corrupt { key: "r/x#1" }
        r/x#1             {"state":"pending","owner":"me","amount":1,"buckets":"b"} Corrupt { key: "r/x#1" }
    "#]].assert_eq(&log);
}

#[test]
fn nothing_is_done_to_a_ledger_that_is_not_there() {
    for (_, op) in ops() {
        let done = step(&Docs::default(), &op, NOW);
        assert_eq!((done.outcome, done.writes), (Outcome::NotOpen, vec![]));
    }
}

// ---- moving house ---------------------------------------------------------

/// Imports documents from a ledger and shows what stands in the bucket then.
#[track_caller]
fn check_import(epoch: &str, settled: &[u64], expected: Expect) {
    let book = Book::open();
    book.run(&pending(), NOW);
    book.run(&settle(30, false), NOW);
    let key = "b/*/d:2026-11-22".to_string();
    let mut log = String::new();
    for settled in settled {
        let doc = format!(
            r#"{{"settled":{settled},"reserved":8,"n":{settled},"estimated":1,"tokens_in":4,"tokens_out":2}}"#
        );
        let entry = r#"{"state":"posted","owner":"other","amount":9,"buckets":[],"actual":9}"#;
        let docs = vec![
            (key.clone(), Json::from_text(&doc).unwrap()),
            ("r/theirs#1".to_string(), Json::from_text(entry).unwrap()),
            ("r/x#1".to_string(), Json::from_text(entry).unwrap()),
            ("meta".to_string(), Json::from_text("{}").unwrap()),
        ];
        let outcome = book.run(
            &Op::Import {
                epoch: epoch.into(),
                docs,
            },
            NOW,
        );
        log += &format!("{settled} {outcome:?} {}\n", book.sums(&key));
    }
    assert!(book.documents().contains("r/theirs#1"));
    assert!(book.memory.get("r/x#1").unwrap().contains(r#""actual":30"#));
    expected.assert_eq(&log);
}

#[test]
fn the_larger_sum_of_the_same_ledger_counts() {
    check_import(
        "0000",
        &[20, 50, 50, 40],
        expect![[r#"
        20 Done 30 spent, 0 reserved, n 1 (0 est), 15 + 6 tokens
        50 Done 50 spent, 0 reserved, n 50 (1 est), 4 + 2 tokens
        50 Done 50 spent, 0 reserved, n 50 (1 est), 4 + 2 tokens
        40 Done 50 spent, 0 reserved, n 50 (1 est), 4 + 2 tokens
    "#]],
    );
}

#[test]
fn another_ledger_is_added_once() {
    check_import(
        "ffff",
        &[20, 20, 50, 40, 50],
        expect![[r#"
        20 Done 50 spent, 0 reserved, n 21 (1 est), 19 + 8 tokens
        20 Done 50 spent, 0 reserved, n 21 (1 est), 19 + 8 tokens
        50 Done 80 spent, 0 reserved, n 51 (1 est), 19 + 8 tokens
        40 Done 80 spent, 0 reserved, n 51 (1 est), 19 + 8 tokens
        50 Done 80 spent, 0 reserved, n 51 (1 est), 19 + 8 tokens
    "#]],
    );
}

#[test]
fn old_documents_go_and_months_stay() {
    const DAY: u64 = 86_400_000;
    let book = Book::open();
    for (id, op) in [("a", Some(settle(30, false))), ("x", None)] {
        book.run(
            &Op::Reserve(Reserve {
                id: format!("{id}#1"),
                ..book.reservation(40, 40)
            }),
            NOW,
        );
        if let Some(Op::Settle(op)) = op {
            book.run(
                &Op::Settle(Settle {
                    id: format!("{id}#1"),
                    ..op
                }),
                NOW,
            );
        }
    }
    let keys: Vec<String> = book.keys();
    for (days, left) in [(1, 6), (2, 5), (400, 5), (401, 5)] {
        book.run(&Op::Compact { keys: keys.clone() }, NOW + days * DAY);
        assert_eq!(book.keys().len(), left, "after {days} days");
    }
    // The day is held by what is still reserved in it.
    book.run(&void(), NOW + 401 * DAY);
    book.run(&Op::Compact { keys: keys.clone() }, NOW + 401 * DAY);
    assert_eq!(book.keys(), ["b/*/m:2026-11", "meta", "r/x#1"]);
}

#[test]
fn a_reset_empties_periods_and_keeps_what_is_open() {
    let book = Book::open();
    book.run(
        &Op::Reserve(Reserve {
            id: "open#1".into(),
            ..book.reservation(40, 40)
        }),
        NOW,
    );
    book.run(&pending(), NOW);
    book.run(&settle(30, true), NOW);
    book.run(
        &Op::Reset {
            keys: book
                .keys()
                .into_iter()
                .filter(|key| key != "meta" && !key.starts_with("o/"))
                .collect(),
        },
        NOW,
    );
    assert_eq!(
        book.sums("b/*/d:2026-11-22"),
        "0 spent, 40 reserved, n 0 (0 est), 0 + 0 tokens"
    );
    assert_eq!(book.run(&settle(20, false), NOW), Outcome::Missing);
    let open = Op::Settle(Settle {
        id: "open#1".into(),
        actual: 5,
        usage: TokenUsage::default(),
        ..Settle::default()
    });
    book.run(&open, NOW);
    assert_eq!(
        book.sums("b/*/d:2026-11-22"),
        "5 spent, 0 reserved, n 1 (0 est), 0 + 0 tokens"
    );
}
