//! Another provider, and what it may still do.

use expect_test::expect;

use super::{NO_RETRY, RETRY, check, client, local};
use crate::script::{CLAUDE, ask, claude, data, error, hello, out, say, stream};
use crate::support::{Answer, Step};
use crate::test;

// ---- failover ------------------------------------------------------------------

#[test]
fn the_next_one_answers_when_retries_are_spent() {
    let outs = [out(), out(), out(), error(529, "busy"), local()];
    check(
        RETRY,
        &ask(""),
        outs,
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      retry openai 2 in 236 ms: overloaded
            236    send POST https://api.openai.com/v1/chat/completions
            236    retry openai 3 in 944 ms: overloaded
            1180   send POST https://api.openai.com/v1/chat/completions
            1180   failover openai -> claude: overloaded
            1180   send POST https://api.anthropic.com/v1/messages
            1180   failover claude -> ollama: overloaded
            1180   send POST http://localhost:11434/api/chat
            1180   -> "Hei"
            1180   = "Hei" Stop, 9 + 2 tokens, 1180 ms
            1180      openai gpt-4o: overloaded 503, 0 ms, 0 n$
            1180      openai gpt-4o: overloaded 503, 0 ms after 236 ms, 0 n$
            1180      openai gpt-4o: overloaded 503, 0 ms after 944 ms, 0 n$
            1180      claude claude-haiku-5-5: overloaded 529, 0 ms, 0 n$
            1180      ollama qwen3: answered, 0 ms, 0 n$"#]],
    );
}

#[test]
fn a_wrong_key_and_a_missing_model() {
    check(
        NO_RETRY,
        &ask(""),
        [error(401, "Incorrect API key"), claude()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      failover openai -> claude: authentication
            0      send POST https://api.anthropic.com/v1/messages
            0      -> "Salut"
            0      = "Salut" Stop, 9 + 2 tokens, 0 ms
            0         openai gpt-4o: authentication 401, 0 ms, 0 n$
            0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
    check(
        NO_RETRY,
        &ask(""),
        [error(404, "The model `gpt-4o` does not exist"), claude()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      failover openai -> claude: model_not_found
            0      send POST https://api.anthropic.com/v1/messages
            0      -> "Salut"
            0      = "Salut" Stop, 9 + 2 tokens, 0 ms
            0         openai gpt-4o: model_not_found 404, 0 ms, 0 n$
            0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

#[test]
fn a_slow_first_byte_and_a_stall() {
    let limits = r#","retry":{"max_retries":0},"timeouts":{"first_byte":"10s","idle":"5s"}"#;
    let slow = hello().after(60_000);
    check(
        limits,
        &ask(""),
        [slow, claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        10000  failover openai -> claude: timeout
        10000  send POST https://api.anthropic.com/v1/messages
        10000  -> "Salut"
        10000  = "Salut" Stop, 9 + 2 tokens, 10000 ms
        10000     openai gpt-4o: timeout, 10000 ms, about 20000 n$
        10000     claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
    let silent = stream([
        data(r#"{"choices":[{"delta":{"role":"assistant"}}]}"#),
        Step::Stall,
    ]);
    check(
        limits,
        &ask(""),
        [silent, claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        10000  failover openai -> claude: timeout
        10000  send POST https://api.anthropic.com/v1/messages
        10000  -> "Salut"
        10000  = "Salut" Stop, 9 + 2 tokens, 10000 ms
        10000     openai gpt-4o: timeout, 10000 ms, about 20000 n$
        10000     claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

#[test]
fn a_stream_that_breaks_off_before_and_after_the_first_text() {
    let before = stream([data(r#"{"choices":[{"delta":{"role":"assistant"}}]}"#)]);
    check(
        RETRY,
        &ask(""),
        [before, hello()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      retry openai 2 in 236 ms: stream_interrupted
            236    send POST https://api.openai.com/v1/chat/completions
            236    -> "Hel"
            236    -> "lo"
            236    = "Hello" Stop, 9 + 2 tokens, 236 ms
            236       openai gpt-4o: stream_interrupted, 0 ms, about 20000 n$
            236       openai gpt-4o: answered, 0 ms after 236 ms, 42500 n$"#]],
    );
    let after = || stream([say("Hel"), Step::Reset]);
    check(
        RETRY,
        &ask(""),
        [after(), hello()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      ! stream_interrupted: the connection broke in the middle of the answer [billed yes] [partial "Hel"]
        0         openai gpt-4o: stream_interrupted, 0 ms, about 40000 n$"#]],
    );
    let restart = ask(r#","on_truncated":"restart""#);
    check(
        RETRY,
        &restart,
        [after(), hello()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      -> "Hel"
            0      retry openai 2 in 236 ms: stream_interrupted
            0      -> (from the beginning)
            236    send POST https://api.openai.com/v1/chat/completions
            236    -> "Hel"
            236    -> "lo"
            236    = "Hello" Stop, 9 + 2 tokens, 236 ms
            236       openai gpt-4o: stream_interrupted, 0 ms, about 40000 n$
            236       openai gpt-4o: answered, 0 ms after 236 ms, 42500 n$"#]],
    );
    check(
        NO_RETRY,
        &restart,
        [after(), claude()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      -> "Hel"
            0      failover openai -> claude: stream_interrupted
            0      -> (from the beginning)
            0      send POST https://api.anthropic.com/v1/messages
            0      -> "Salut"
            0      = "Salut" Stop, 9 + 2 tokens, 0 ms
            0         openai gpt-4o: stream_interrupted, 0 ms, about 40000 n$
            0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

#[test]
fn what_is_no_answer_is_asked_for_once_more() {
    let page = || Answer::new(200, "text/html", "<html>Sign in to the network</html>");
    check(
        RETRY,
        &ask(""),
        [page(), page(), claude()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      retry openai 2 in 236 ms: invalid_response
            236    send POST https://api.openai.com/v1/chat/completions
            236    failover openai -> claude: invalid_response
            236    send POST https://api.anthropic.com/v1/messages
            236    -> "Salut"
            236    = "Salut" Stop, 9 + 2 tokens, 236 ms
            236       openai gpt-4o: invalid_response, 0 ms, about 20000 n$
            236       openai gpt-4o: invalid_response, 0 ms after 236 ms, about 20000 n$
            236       claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

#[test]
fn every_attempt_is_booked() {
    let cut = stream([say("Hel"), Step::Reset]);
    let world = client(NO_RETRY, [cut, claude()]);
    let mut call = world.call_of(&ask(r#","on_truncated":"restart""#));
    while world.env.run(call.next()).unwrap().is_some() {}
    let booked = world.env.log_where(|what| what.starts_with("booked"));
    expect![[r#"
        0      booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
        0      booked req_e5d31742c0000000001#2 posted 1900 n$"#]]
    .assert_eq(&booked);
}

#[test]
fn one_deadline_is_over_all_of_it() {
    let total = r#","timeouts":{"total":"20s"},"retry":{}"#;
    let slow = || out().after(8_000);
    check(
        total,
        &ask(""),
        [slow(), slow(), slow()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            8000   retry openai 2 in 236 ms: overloaded
            8236   send POST https://api.openai.com/v1/chat/completions
            16236  retry openai 3 in 944 ms: overloaded
            17180  send POST https://api.openai.com/v1/chat/completions
            20000  ! timeout: the call took longer than its total limit (timeouts.total) [code total] [retryable yes] [billed unknown]
            20000     openai gpt-4o: overloaded 503, 8000 ms, 0 n$
            20000     openai gpt-4o: overloaded 503, 8000 ms after 236 ms, 0 n$
            20000     openai gpt-4o: timeout, 2820 ms after 944 ms, about 20000 n$"#]],
    );
    let wait = || error(429, "slow down").with("retry-after", "30");
    check(
        total,
        &ask(""),
        [wait(), claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      failover openai -> claude: rate_limit
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         openai gpt-4o: rate_limit 429, 0 ms, 0 n$
        0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

#[test]
fn who_was_chosen_with_a_model_of_its_own_is_not_asked_again_with_another() {
    check(
        NO_RETRY,
        &ask(r#","model":"gpt-4o-mini""#),
        [out(), claude()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      failover openai -> claude: overloaded
            0      send POST https://api.anthropic.com/v1/messages
            0      -> "Salut"
            0      = "Salut" Stop, 9 + 2 tokens, 0 ms
            0         openai gpt-4o-mini: overloaded 503, 0 ms, 0 n$
            0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

// ---- whose error ---------------------------------------------------------------

#[test]
fn an_answer_that_breaks_off_is_told_as_such_whoever_failed_before_it() {
    let mut cut = Answer::sse(&CLAUDE[..3]);
    cut.steps.push(Step::Reset);
    check(
        NO_RETRY,
        &ask(""),
        [out(), cut],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      failover openai -> claude: overloaded
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      ! stream_interrupted: the connection broke in the middle of the answer [billed yes] [partial "Salut"]
        0         openai gpt-4o: overloaded 503, 0 ms, 0 n$
        0         claude claude-haiku-5-5: stream_interrupted, 0 ms, about 2400 n$"#]],
    );
}

#[test]
fn who_was_left_out_tells_no_error_while_somebody_was_asked() {
    let costs = r#","retry":{"max_retries":0},"costs":{"limits":{"openai_daily":"0.000001"}}"#;
    let two = ask(r#","fallback":["claude"]"#);
    check(
        costs,
        &two,
        [error(401, "Incorrect API key")],
        expect![[r#"
        0      failover openai -> claude: budget_exceeded
        0      send POST https://api.anthropic.com/v1/messages
        0      ! authentication: the key was not accepted (HTTP 401): Incorrect API key [hint check the key; it begins with `sk-ant-`] [billed no]
        0         openai gpt-4o: budget_exceeded, skipped, 0 ms, 0 n$
        0         claude claude-haiku-5-5: authentication 401, 0 ms, 0 n$"#]],
    );
}
