//! A ledger that fails, and time that passes.

use expect_test::expect;

use super::{LIMITED, check, scene, scopes, story};
use crate::script::{done, hello, say, stop, stream, usage};
use crate::support::Step;
use crate::test;

// ---- a ledger that fails -------------------------------------------------------

#[test]
fn a_hard_limit_without_its_ledger_sends_nothing() {
    let scene = scene(LIMITED, [hello()]);
    scene.env.store().failures.set(u32::MAX);
    check(
        &scene,
        expect![[r#"
        0      ! ledger_unavailable: the disk is full [code ledger_unavailable] [billed no]
        books *: 0 settled, 0 reserved, 0 calls, 0 estimated, 0 + 0 tokens"#]],
    );
    assert!(scene.env.0.borrow().requests.is_empty());
}

#[test]
fn an_estimate_goes_on_without_its_ledger_and_is_booked_when_it_is_back() {
    for mode in ["estimate", "track"] {
        let scene = scene(
            &format!(r#""mode":"{mode}",{LIMITED}"#),
            [hello(), hello(), hello()],
        );
        scene.env.store().failures.set(u32::MAX);
        let play = || {
            let mut call = scene.call();
            while scene.env.read(&mut call) {}
        };
        play();
        let told = story(&scene);
        let warning = "0      warning ledger_unavailable the disk is full";
        assert!(told.starts_with(warning), "{told}");
        assert!(told.contains("= \"Hello\" Stop, 9 + 2 tokens"), "{told}");
        // It comes back in the middle of the second call: both are booked at its end.
        let mut second = scene.call();
        scene.env.read(&mut second);
        assert_eq!(scene.env.store().bucket("*/d:2027-01-01").n, 0);
        scene.env.store().failures.set(0);
        while scene.env.read(&mut second) {}
        let books = scopes(&scene, &["*"]).concat();
        assert_eq!(
            books,
            "books *: 85000 settled, 0 reserved, 2 calls, 0 estimated, 18 + 4 tokens"
        );
        play();
        assert_eq!(scene.env.store().bucket("*/d:2027-01-01").settled, 127_500);
    }
}

#[test]
fn a_settlement_the_ledger_did_not_take_is_booked_with_the_next_call() {
    let scene = scene(LIMITED, [hello(), hello()]);
    let mut first = scene.call();
    scene.env.read(&mut first);
    scene.env.store().failures.set(3);
    while scene.env.read(&mut first) {}
    scene.env.note(&scopes(&scene, &["*"]).concat());
    let mut second = scene.call();
    while scene.env.read(&mut second) {}
    expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      -> "lo"
        0      body closed by us
        0      warning ledger_unavailable the disk is full
        0      booked 1#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        0      books *: 0 settled, 164085000 reserved, 0 calls, 0 estimated, 0 + 0 tokens
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      -> "lo"
        0      body closed by us
        0      booked 4#1 posted 42500 n$
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        books *: 85000 settled, 0 reserved, 2 calls, 0 estimated, 18 + 4 tokens"#]]
    .assert_eq(&story(&scene));
}

// ---- time ----------------------------------------------------------------------

#[test]
fn a_long_stream_keeps_its_reservation_alive() {
    let mut steps = Vec::new();
    for _ in 0..120 {
        steps.extend([Step::Wait(1_000), say("word ")]);
    }
    steps.extend([stop(), usage(), done()]);
    let scene = scene(LIMITED, [stream(steps)]);
    let mut call = scene.call();
    let updates = || scene.env.store().updates.get();
    scene.env.read(&mut call);
    let before = updates();
    let mut renewed = Vec::new();
    for second in 2..=120 {
        let known = updates();
        scene.env.read(&mut call);
        if updates() > known {
            renewed.push(second);
        }
    }
    // When a minute has gone by, and then not before the longest silence has.
    assert_eq!((renewed, updates() - before), (vec![61], 1));
}

#[test]
fn a_call_is_booked_in_the_period_it_began_in() {
    let answer = stream([say("Hello"), Step::Wait(2_000), stop(), usage(), done()]);
    let scene = scene(LIMITED, [answer]);
    scene.env.0.borrow_mut().now_ms = 86_399_000.0;
    let mut call = scene.call();
    while scene.env.read(&mut call) {}
    let bucket = |name: &str| scene.env.store().bucket(name).settled;
    assert_eq!(bucket("*/d:2027-01-01"), 42_500);
    assert_eq!(bucket("*/d:2027-01-02"), 0);
}
