//! The same again, after a wait, and one wait and one key for all of it.

use expect_test::expect;

use super::{NO_RETRY, RETRY, check, client};
use crate::script::{KEY, World, ask, claude, done, error, hello, json, out, say, stop, stream};
use crate::support::Step;
use crate::test;

// ---- retry ---------------------------------------------------------------------

#[test]
fn an_outage_that_passes() {
    check(
        RETRY,
        &ask(""),
        [out(), out(), hello()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      retry openai 2 in 236 ms: overloaded
            236    send POST https://api.openai.com/v1/chat/completions
            236    retry openai 3 in 944 ms: overloaded
            1180   send POST https://api.openai.com/v1/chat/completions
            1180   -> "Hel"
            1180   -> "lo"
            1180   = "Hello" Stop, 9 + 2 tokens, 1180 ms
            1180      openai gpt-4o: overloaded 503, 0 ms, 0 n$
            1180      openai gpt-4o: overloaded 503, 0 ms after 236 ms, 0 n$
            1180      openai gpt-4o: answered, 0 ms after 944 ms, 42500 n$"#]],
    );
}

#[test]
fn an_outage_that_stays() {
    let json = format!(
        r#"{{"providers":{{"openai":{{"api":"chat","api_key":"{KEY}"}}}},"retry":{{"max_retries":2}}}}"#
    );
    let world = World::new(&json, [out(), out(), out()]);
    expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      retry openai 2 in 236 ms: overloaded
        236    send POST https://api.openai.com/v1/chat/completions
        236    retry openai 3 in 944 ms: overloaded
        1180   send POST https://api.openai.com/v1/chat/completions
        1180   ! overloaded: the provider is overloaded (HTTP 503): out of order [retryable yes] [billed no]
        1180      openai gpt-4o: overloaded 503, 0 ms, 0 n$
        1180      openai gpt-4o: overloaded 503, 0 ms after 236 ms, 0 n$
        1180      openai gpt-4o: overloaded 503, 0 ms after 944 ms, 0 n$"#]].assert_eq(&world.attempt(&ask(r#","model":"gpt-4o""#)).log());
}

#[test]
fn a_rate_limit_with_a_wait_in_every_form() {
    let limited = || error(429, "slow down");
    let forms = [
        limited().with("retry-after", "7"),
        limited().with("retry-after-ms", "1500"),
        limited().with("retry-after", "Fri, 01 Jan 2027 00:00:20 GMT"),
        error(429, "Rate limit reached. Please try again in 1m0s."),
        limited().with("retry-after", "-5"),
        limited().with("retry-after", "86400"),
    ];
    let mut waits = Vec::new();
    for form in forms {
        let world = client(RETRY, [form, hello()]);
        world.attempt(&ask(r#","fallback":false"#));
        let told = |line: &&str| line.contains("retry openai") || line.contains("! ");
        waits.extend(world.log().lines().filter(told).map(str::to_string));
    }
    expect![[r#"
        0      retry openai 2 in 7826 ms: rate_limit
        0      retry openai 2 in 1677 ms: rate_limit
        0      retry openai 2 in 22360 ms: rate_limit
        0      retry openai 2 in 60000 ms: rate_limit
        0      retry openai 2 in 236 ms: rate_limit
        0      ! rate_limit: too many requests or tokens for now (HTTP 429): slow down [retry after 86400000 ms] [retryable yes] [billed no]"#]].assert_eq(&waits.join("\n"));
}

#[test]
fn a_quota_is_no_rate() {
    let used_up = json(
        429,
        r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
    );
    check(
        RETRY,
        &ask(""),
        [used_up, claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      failover openai -> claude: quota_exceeded
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         openai gpt-4o: quota_exceeded 429, 0 ms, 0 n$
        0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

#[test]
fn a_key_function_is_asked_again_once() {
    let json = r#"{"providers":{"openai":{"api":"chat","api_key":{"function":true},"model":"gpt-4o"}},"retry":{}}"#;
    let refused = || error(401, "Incorrect API key");
    let world = World::new(json, [refused(), refused()]);
    world.env.0.borrow_mut().key = Some(KEY.into());
    expect![[r#"
        0      key openai initial
        0      send POST https://api.openai.com/v1/chat/completions
        0      retry openai 2 in 0 ms: authentication
        0      key openai initial
        0      key openai rejected
        0      send POST https://api.openai.com/v1/chat/completions
        0      ! authentication: the key was not accepted (HTTP 401): Incorrect API key [hint check the key of this provider, and that it belongs to this address] [billed no]
        0         openai gpt-4o: authentication 401, 0 ms, 0 n$
        0         openai gpt-4o: authentication 401, 0 ms, 0 n$"#]].assert_eq(&world.attempt(&ask("")).log());
}

#[test]
fn a_server_may_forbid_it_or_ask_for_it() {
    let never = out().with("x-should-retry", "false");
    let please = error(403, "not yet").with("x-should-retry", "true");
    check(
        RETRY,
        &ask(""),
        [never, claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      failover openai -> claude: overloaded
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         openai gpt-4o: overloaded 503, 0 ms, 0 n$
        0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
    check(
        RETRY,
        &ask(""),
        [please, hello()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      retry openai 2 in 236 ms: permission
            236    send POST https://api.openai.com/v1/chat/completions
            236    -> "Hel"
            236    -> "lo"
            236    = "Hello" Stop, 9 + 2 tokens, 236 ms
            236       openai gpt-4o: permission 403, 0 ms, 0 n$
            236       openai gpt-4o: answered, 0 ms after 236 ms, 42500 n$"#]],
    );
}

// ---- one wait, one key ---------------------------------------------------------

#[test]
fn a_renewed_key_waits_for_nothing_and_is_not_asked_for_again() {
    let json = r#"{"providers":{"openai":{"api":"chat","api_key":{"function":true},"model":"gpt-4o"}},"retry":{}}"#;
    let world = World::new(
        json,
        [out(), error(401, "Incorrect API key"), out(), hello()],
    );
    world.env.0.borrow_mut().key = Some(KEY.into());
    expect![[r#"
        0      key openai initial
        0      send POST https://api.openai.com/v1/chat/completions
        0      retry openai 2 in 236 ms: overloaded
        236    key openai initial
        236    send POST https://api.openai.com/v1/chat/completions
        236    retry openai 3 in 0 ms: authentication
        236    key openai initial
        236    key openai rejected
        236    send POST https://api.openai.com/v1/chat/completions
        236    retry openai 4 in 798 ms: overloaded
        1034   key openai initial
        1034   send POST https://api.openai.com/v1/chat/completions
        1034   -> "Hel"
        1034   -> "lo"
        1034   = "Hello" Stop, 9 + 2 tokens, 1034 ms
        1034      openai gpt-4o: overloaded 503, 0 ms, 0 n$
        1034      openai gpt-4o: authentication 401, 0 ms after 236 ms, 0 n$
        1034      openai gpt-4o: overloaded 503, 0 ms, 0 n$
        1034      openai gpt-4o: answered, 0 ms after 798 ms, 42500 n$"#]]
    .assert_eq(&world.attempt(&ask("")).log());
}

#[test]
fn a_step_that_was_dropped_is_no_end() {
    let slow = stream([say("Hel"), Step::Wait(9_000), say("lo"), stop(), done()]);
    let world = client(NO_RETRY, [slow]);
    let mut call = world.call();
    world.env.read(&mut call);
    world.env.wait_for(&mut call, 1_000);
    assert!(!world.env.read(&mut call));
    assert!(!world.env.read(&mut call));
    drop(call);
    expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        1000   the caller has waited enough
        1000   ! cancelled: the call was cancelled [billed yes] [partial "Hel"]
        1000   = "Hel" unfinished, 8 + 2 tokens, 1000 ms"#]]
    .assert_eq(&world.log());
}
