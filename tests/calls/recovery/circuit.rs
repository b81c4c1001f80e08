//! Providers that have failed too often.

use expect_test::expect;

use super::{NO_RETRY, RETRY, client};
use crate::script::{KEY, World, ask, claude, done, error, hello, out, say, stop, stream, usage};
use crate::support::Step;
use crate::test;

#[test]
fn a_provider_that_is_out_is_left_alone_and_tried_again_later() {
    let five = (0..5).flat_map(|_| [out(), claude()]);
    let world = client(NO_RETRY, five.chain([claude(), hello(), hello()]));
    for _ in 0..5 {
        world.attempt(&ask(""));
    }
    world.env.0.borrow_mut().log.clear();
    world.attempt(&ask(""));
    world.wait(20_000);
    world.attempt(&ask("")).attempt(&ask(""));
    expect![[r#"
        0      failover openai -> claude: circuit_open
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         openai gpt-4o: circuit_open, skipped, 0 ms, 0 n$
        0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$
        20000  send POST https://api.openai.com/v1/chat/completions
        20000  -> "Hel"
        20000  -> "lo"
        20000  = "Hello" Stop, 9 + 2 tokens, 0 ms
        20000     openai gpt-4o: answered, 0 ms, 42500 n$
        20000  send POST https://api.openai.com/v1/chat/completions
        20000  -> "Hel"
        20000  -> "lo"
        20000  = "Hello" Stop, 9 + 2 tokens, 0 ms
        20000     openai gpt-4o: answered, 0 ms, 42500 n$"#]]
    .assert_eq(&world.log());
}

#[test]
fn who_tries_a_provider_and_reads_no_further_keeps_nobody_away() {
    let five = (0..5).flat_map(|_| [out(), claude()]);
    let world = client(NO_RETRY, five.chain([hello(), hello()]));
    for _ in 0..5 {
        world.attempt(&ask(""));
    }
    world.wait(20_000);
    let mut held = world.call();
    assert!(world.env.read(&mut held));
    let told = world.attempt(&ask(r#","fallback":false"#)).log();
    assert!(
        told.ends_with("openai gpt-4o: answered, 0 ms, 42500 n$"),
        "{told}"
    );
}

#[test]
fn nobody_else_means_failing_at_once() {
    let json = format!(
        r#"{{"providers":{{"openai":{{"api":"chat","api_key":"{KEY}"}}}},"retry":{{"max_retries":0}}}}"#
    );
    let world = World::new(&json, (0..5).map(|_| out()));
    let request = ask(r#","model":"gpt-4o""#);
    for _ in 0..5 {
        world.attempt(&request);
    }
    world.env.0.borrow_mut().log.clear();
    expect![[r#"
        0      ! circuit_open: openai failed again and again: it is left alone for 14706 ms more [hint others of `providers.fallback_order` would answer meanwhile] [retry after 14706 ms] [billed no]
        0         openai gpt-4o: circuit_open, skipped, 0 ms, 0 n$"#]].assert_eq(&world.attempt(&request).log());
}

#[test]
fn a_wait_can_be_cancelled() {
    let world = client(RETRY, [error(429, "slow down").with("retry-after", "30")]);
    let mut call = world.call();
    world.env.wait_for(&mut call, 1_000);
    world.env.cancel(&mut call);
    assert_eq!(call.response().metadata.attempts.len(), 1);
    expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      retry openai 2 in 33541 ms: rate_limit
        1000   the caller has waited enough
        1000   ! cancelled: the call was cancelled [billed no]"#]]
    .assert_eq(&world.log());
}

/// R1 of the robustness list: an outage does not double its own load.
#[test]
fn retries_of_an_outage_stay_below_a_tenth_of_the_load() {
    let json =
        format!(r#"{{"providers":{{"openai":{{"api":"chat","api_key":"{KEY}"}}}},"retry":{{}}}}"#);
    let world = World::new(&json, []);
    let request = ask(r#","model":"gpt-4o""#);
    for _ in 0..1_000 {
        let mut call = world.call_of(&request);
        assert!(world.env.run(call.next()).is_err());
        world.wait(500);
    }
    let log = world.env.log();
    let sent = log
        .lines()
        .filter(|line| line.contains("send POST"))
        .count();
    assert!((5..1_100).contains(&sent), "{sent} requests");
}

#[test]
fn usage_of_the_answer_is_the_answer_s_alone() {
    let cut = stream([say("Hel"), usage(), Step::Reset]);
    let world = client(NO_RETRY, [cut, stream([say("x"), stop(), done()])]);
    world.attempt(&ask(""));
    assert_eq!(world.sent(), 1, "text has come: nobody else is asked");
}
