//! Identical calls under way.

use std::pin::pin;

use aircher_llm::env::Env;
use futures_util::future::join;

use super::{ON, OTHER, client, configured, poll, text};
use crate::script::{ASK, KEY, World, done, hello, out, say, stop, stream, usage};
use crate::support::Step;
use crate::test;

#[test]
fn identical_calls_share_one_request() {
    let world = client(ON, [hello().after(700)]);
    let (mut first, mut second, mut third) =
        (world.call(), world.call_as(ASK, false), world.call());
    let all = join(first.finish(), join(second.finish(), third.finish()));
    let (first, (second, third)) = world.env.run(all);
    let answers = [first.unwrap(), second.unwrap(), third.unwrap()];
    assert_eq!(answers.map(text), ["Hello", "Hello", "Hello"]);
    assert_eq!(
        answers.map(|answer| answer.metadata.cached),
        [false, true, true]
    );
    assert_eq!(answers.map(|answer| answer.duration), [700, 700, 700]);
    assert_eq!(world.sent(), 1);
}

#[test]
fn others_do_not_wait() {
    let world = client(ON, [hello().after(700), hello().after(50)]);
    let (mut first, mut other) = (world.call(), world.call_of(OTHER));
    let (first, other) = world.env.run(join(first.finish(), other.finish()));
    assert_eq!(
        (first.unwrap().duration, other.unwrap().duration),
        (700, 50)
    );
}

#[test]
fn where_calls_must_not_wait_for_each_other_each_asks() {
    let world = client(ON, [hello().after(700), hello().after(700)]);
    world.env.0.borrow_mut().alone = true;
    let (mut first, mut second) = (world.call(), world.call());
    let (first, second) = world.env.run(join(first.finish(), second.finish()));
    assert!(!first.unwrap().metadata.cached && !second.unwrap().metadata.cached);
    assert_eq!(world.sent(), 2);
    assert!(world.streamed(ASK).metadata.cached);
}

#[test]
fn who_leaves_does_not_take_the_others_along() {
    let world = client(ON, [hello().after(700), hello().after(700)]);
    let (mut second, mut third) = (world.call(), world.call());
    let mut first = world.call();
    let mut others = pin!(join(second.finish(), third.finish()));
    {
        let mut asks = pin!(first.finish());
        assert!(!poll(&mut asks) && !poll(&mut others));
    }
    first.cancel();
    let (second, third) = world.env.run(others);
    let cached = [second.unwrap(), third.unwrap()].map(|answer| answer.metadata.cached);
    assert_eq!(
        cached,
        [false, true],
        "one takes its place, the other waits on"
    );
    assert_eq!(world.sent(), 2);
}

#[test]
fn who_only_waits_may_leave_too() {
    let world = client(ON, [hello().after(700)]);
    let (mut first, mut second) = (world.call(), world.call());
    let mut asks = pin!(first.finish());
    assert!(!poll(&mut asks));
    {
        let mut waits = pin!(second.finish());
        assert!(!poll(&mut waits));
    }
    assert_eq!(second.cancel().billed.as_str(), "no");
    assert_eq!(text(world.env.run(asks).unwrap()), "Hello");
}

#[test]
fn a_failure_is_its_own_the_others_ask_for_themselves() {
    let world = client(
        ON,
        [out().after(100), hello().after(100), hello().after(100)],
    );
    let (mut first, mut second, mut third) = (world.call(), world.call(), world.call());
    let all = join(first.finish(), join(second.finish(), third.finish()));
    let (first, (second, third)) = world.env.run(all);
    assert_eq!(first.unwrap_err().kind.as_str(), "overloaded");
    assert_eq!(text(second.unwrap()), "Hello");
    assert_eq!(third.unwrap().duration, 200, "nobody waits a second time");
}

#[test]
fn a_reader_who_takes_a_break_holds_up_nobody() {
    let answer = stream([
        say("Hel"),
        Step::Wait(10),
        say("lo"),
        stop(),
        usage(),
        done(),
    ]);
    let world = client(ON, [answer, hello()]);
    let mut first = world.call();
    world.env.run(first.next()).unwrap();
    // The first reads on when the second has its answer: waiting for it would be for ever.
    let second = world.streamed(ASK);
    assert_eq!((text(&second), second.duration), ("Hello".into(), 1_000));
    world.env.run(first.finish()).unwrap();
    assert_eq!(text(first.response()), "Hello");
}

#[test]
fn waiting_has_the_limits_of_a_call() {
    let json = configured(ON, KEY, r#","timeouts":{"total":"3s"}"#);
    let world = World::new(&json, [hello().after(60_000)]);
    let (mut first, mut second) = (world.call(), world.call());
    let mut asks = pin!(first.finish());
    assert!(!poll(&mut asks));
    world.wait(2_000);
    let began_ms = world.env.now_ms();
    drop(world.call());
    let waits = world.env.run(second.finish());
    let error = waits.unwrap_err();
    assert_eq!(
        (error.kind.as_str(), error.code.as_deref()),
        ("timeout", Some("total"))
    );
    assert_eq!(error.billed.as_str(), "no");
    assert_eq!(world.env.now_ms() - began_ms, 1_000.0);
    assert_eq!(world.sent(), 1);
}
