//! How fast providers are asked: calls that wait for their turn, keep to a pause, or go elsewhere.

use std::future::Future;
use std::task::Poll;

use aircher_llm::env::Env;
use aircher_llm::run::Call;
use expect_test::expect;
use futures_util::future::join;

use crate::script::{ASK, KEY, World, claude, done, error, hello, say, stop, stream};
use crate::support::{Answer, FakeEnv, Step};
use crate::test;

/// OpenAI with these limits, and Claude behind it where `tables` says so.
fn limited(limits: &str, tables: &str) -> String {
    format!(
        r#"{{"providers":{{"openai":{{"api":"chat","api_key":"{KEY}"{limits}}},
            "claude":{{"api_key":"{KEY}"}}}}{tables}}}"#
    )
}

fn client(limits: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    World::new(&limited(limits, ""), answers)
}

impl World {
    /// Several calls at a time, each to its end.
    fn play_all(&self, calls: usize) -> &Self {
        let mut calls: Vec<_> = (0..calls).map(|_| self.call()).collect();
        self.env.run(all(calls.iter_mut()));
        for call in &calls {
            let answer = call.response();
            let told = format!("= {:?}", answer.message.content.joined(""));
            self.env.note(&told);
        }
        self
    }
}

/// Polls several calls until all have ended.
async fn all(calls: impl Iterator<Item = &mut Call<FakeEnv>>) {
    let end = |call| Box::pin(async move { Call::finish(call).await.is_ok() });
    let mut open: Vec<_> = calls.map(end).collect();
    std::future::poll_fn(|context| {
        open.retain_mut(|call| call.as_mut().poll(context).is_pending());
        match open.is_empty() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}

fn many(answers: usize) -> Vec<Answer> {
    (0..answers).map(|_| hello()).collect()
}

/// An answer that takes a second.
fn slow() -> Answer {
    stream([say("Hel"), Step::Wait(1_000), say("lo"), stop(), done()])
}

fn too_many(retry_after: &str) -> Answer {
    error(429, "slow down").with("retry-after", retry_after)
}

#[test]
fn the_third_of_two_a_minute_waits() {
    let world = client(r#","requests_per_min":2"#, many(3));
    world.play_all(3).check(expect![[r#"
        0      send to openai
        0      send to openai
        61000  send to openai
        61000  = "Hello"
        61000  = "Hello"
        61000  = "Hello""#]]);
}

#[test]
fn the_wait_is_told_as_the_delay_of_the_attempt() {
    let world = client(r#","requests_per_min":1"#, many(2));
    let mut call = world.play().call();
    world.read(&mut call);
    let attempt = &call.response().metadata.attempts[0];
    assert_eq!((attempt.delay_ms, attempt.duration), (Some(61_000), 0));
}

#[test]
fn a_call_that_has_no_such_time_is_told_at_once() {
    let world = client(r#","requests_per_min":1"#, many(1));
    world.play();
    world.clone().within(5_000).play().check(expect![[r#"
        0      send to openai
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        0      ! rate_limit: openai may be asked again in 61000 ms: requests_per_min, tokens_per_min or max_concurrent is used up, or the provider wants a pause [code local_limit] [hint others of `providers.fallback_order` would answer meanwhile] [retry after 61000 ms] [retryable yes] [billed no]"#]]);
}

#[test]
fn or_somebody_else_answers_at_once_and_no_retry_is_spent() {
    let tables = r#","retry":{"max_retries":5}"#;
    let json = limited(r#","requests_per_min":1"#, tables)
        .replace(
            r#""providers":{"#,
            r#""providers":{"fallback_order":["openai","claude"],"#,
        )
        .replace(r#""api":"chat""#, r#""api":"chat","model":"gpt-4o""#);
    let world = World::new(&json, [hello(), claude()]);
    let mut call = world.play().clone().within(5_000).call();
    world.read(&mut call).check(expect![[r#"
        0      send to openai
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        0      failover openai -> claude: rate_limit
        0      send to claude
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms"#]]);
    let attempt = &call.response().metadata.attempts[0];
    assert!(attempt.skipped.is_some(), "{attempt:?}");
}

#[test]
fn tokens_are_counted_as_thought_and_then_as_told() {
    let world = client(r#","tokens_per_min":100,"max_tokens":80"#, many(3));
    // 80 and the question, until 11 are told.
    world.play().play_all(2).check(expect![[r#"
        0      send to openai
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        0      send to openai
        61000  send to openai
        61000  = "Hello"
        61000  = "Hello""#]]);
}

#[test]
fn one_at_a_time_in_the_order_they_came() {
    let world = client(r#","max_concurrent":1"#, [slow(), slow(), slow()]);
    world.play_all(3).check(expect![[r#"
        0      send to openai
        1000   send to openai
        2000   send to openai
        3000   = "Hello"
        3000   = "Hello"
        3000   = "Hello""#]]);
}

#[test]
fn who_is_dropped_makes_room() {
    let world = client(
        r#","max_concurrent":1,"requests_per_min":2"#,
        [slow(), slow(), hello()],
    );
    let (mut first, mut second) = (world.call(), world.call());
    assert!(world.env.read(&mut first), "the first is under way");
    world.env.wait_for(&mut second, 200);
    drop(second);
    world.env.note("the second is gone");
    drop(first);
    world.env.note("the first is gone");
    world.play();
    world.check(expect![[r#"
        0      send to openai
        200    the caller has waited enough
        200    the second is gone
        200    the first is gone
        200    send to openai
        1200   = "Hello" Stop, 8 + 4 tokens, 1000 ms"#]]);
}

#[test]
fn what_is_not_sent_is_given_back() {
    let json = limited(
        r#","requests_per_min":1"#,
        r#","costs":{"tags":{"k:v":{"daily":"0.000000001"}}}"#,
    );
    let world = World::new(&json, many(1));
    let tagged = ASK.replacen('{', r#"{"metadata":{"k":"v"},"#, 1);
    world.read(&mut world.call_of(&tagged));
    world.play().check(expect![[r#"
        0      ! budget_exceeded: the limit of 0.000000001 US dollars (k:k:v d:2027-01-01) does not leave the 0.000405 this request may cost: 0 spent, 0 set aside [billed no]
        0      send to openai
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms"#]]);
}

#[test]
fn a_pause_of_the_provider_holds_for_everybody() {
    let world = client("", [too_many("8"), hello(), hello()]);
    world.play().play_all(2).check(expect![[r#"
        0      send to openai
        0      ! rate_limit: too many requests or tokens for now (HTTP 429): slow down [retry after 8000 ms] [retryable yes] [billed no]
        8360   send to openai
        9888   send to openai
        9888   = "Hello"
        9888   = "Hello""#]]);
}

#[test]
fn a_long_pause_sends_nothing_and_does_not_open_the_circuit() {
    let world = client("", [too_many("86400"), hello()]);
    for _ in 0..6 {
        world.play();
    }
    world.env.0.borrow_mut().now_ms += 300_000.0;
    world.play().check(expect![[r#"
        0      send to openai
        0      ! rate_limit: too many requests or tokens for now (HTTP 429): slow down [retry after 86400000 ms] [retryable yes] [billed no]
        0      ! rate_limit: openai may be asked again in 324467 ms: requests_per_min, tokens_per_min or max_concurrent is used up, or the provider wants a pause [code local_limit] [hint others of `providers.fallback_order` would answer meanwhile] [retry after 324467 ms] [retryable yes] [billed no]
        0      ! rate_limit: openai may be asked again in 359878 ms: requests_per_min, tokens_per_min or max_concurrent is used up, or the provider wants a pause [code local_limit] [hint others of `providers.fallback_order` would answer meanwhile] [retry after 359878 ms] [retryable yes] [billed no]
        0      ! rate_limit: openai may be asked again in 320288 ms: requests_per_min, tokens_per_min or max_concurrent is used up, or the provider wants a pause [code local_limit] [hint others of `providers.fallback_order` would answer meanwhile] [retry after 320288 ms] [retryable yes] [billed no]
        0      ! rate_limit: openai may be asked again in 355698 ms: requests_per_min, tokens_per_min or max_concurrent is used up, or the provider wants a pause [code local_limit] [hint others of `providers.fallback_order` would answer meanwhile] [retry after 355698 ms] [retryable yes] [billed no]
        0      ! rate_limit: openai may be asked again in 316108 ms: requests_per_min, tokens_per_min or max_concurrent is used up, or the provider wants a pause [code local_limit] [hint others of `providers.fallback_order` would answer meanwhile] [retry after 316108 ms] [retryable yes] [billed no]
        300000 send to openai
        300000 = "Hello" Stop, 9 + 2 tokens, 0 ms"#]]);
}

#[test]
fn what_a_good_answer_says_is_used_up_is_left_alone() {
    let last = hello()
        .with("x-ratelimit-remaining-requests", "0")
        .with("x-ratelimit-reset-requests", "4s");
    let world = client("", [last, hello()]);
    world.play().play().check(expect![[r#"
        0      send to openai
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        4708   send to openai
        4708   = "Hello" Stop, 9 + 2 tokens, 4708 ms"#]]);
}

#[test]
fn a_pause_reaches_who_waits_and_who_shares_the_store() {
    let limits = r#","requests_per_min":100"#;
    let world = client(limits, [too_many("8"), hello()]);
    let other = world.other(&limited(limits, ""));
    world.play();
    other.play().check(expect![[r#"
        0      send to openai
        0      ! rate_limit: too many requests or tokens for now (HTTP 429): slow down [retry after 8000 ms] [retryable yes] [billed no]
        9888   send to openai
        9888   = "Hello" Stop, 9 + 2 tokens, 9888 ms"#]]);
}

#[test]
fn two_clients_share_a_minute() {
    let limits = r#","requests_per_min":2"#;
    let world = client(limits, many(3));
    let other = world.other(&limited(limits, ""));
    world.play();
    other.play();
    world.play().check(expect![[r#"
        0      send to openai
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        0      send to openai
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        61000  send to openai
        61000  = "Hello" Stop, 9 + 2 tokens, 61000 ms"#]]);
}

#[test]
fn a_store_that_fails_leaves_everybody_to_himself() {
    let world = client(r#","requests_per_min":2"#, many(3));
    world.play();
    world.env.store().failures.set(u32::MAX);
    world.play().play().check(expect![[r#"
        0      send to openai
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        0      warning limits_alone the store failed: how fast providers are asked is counted by this client alone
        0      warning ledger_unavailable the disk is full
        0      send to openai
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        61000  warning ledger_unavailable the disk is full
        61000  send to openai
        61000  = "Hello" Stop, 9 + 2 tokens, 61000 ms"#]]);
}

#[test]
fn a_long_answer_keeps_its_place() {
    let minutes = (0..40).flat_map(|_| [Step::Wait(50_000), say("x")]);
    let long = stream(minutes.chain([stop(), done()]));
    let world = client(r#","max_concurrent":1"#, [long, hello()]);
    let (mut first, mut second) = (world.call(), world.call());
    let late = async {
        world.env.sleep(1_900_000).await;
        second.finish().await.is_ok()
    };
    let (is_first, is_second) = world
        .env
        .run(join(async { first.finish().await.is_ok() }, late));
    assert_eq!((is_first, is_second), (true, false));
}
