//! Calls that end by the clock or by their caller.

use expect_test::expect;

use super::{LIMITS, check, without_opening};
use crate::script::{Scene, data, done, hello, ping, say, stop, stream};
use crate::support::Step;
use crate::test;

// ---- time limits ---------------------------------------------------------------

#[test]
fn silence_before_the_first_text_has_its_own_limit() {
    let late_head = hello().after(60_000);
    check(
        Scene::new(late_head).with(LIMITS),
        expect![[r#"
            0      request openai gpt-4o 1
            0      send POST https://api.openai.com/v1/chat/completions
            10000  booked req_e5d31742c0000000001#1 posted 20000 n$, estimated
            10000  ! timeout: no text or tool call came in time (timeouts.first_byte) [code first_byte] [retryable yes] [billed unknown]"#]],
    );
    check(
        Scene::new(stream([Step::Stall])).with(LIMITS),
        expect![[r#"
            10000  body closed by us
            10000  booked req_e5d31742c0000000001#1 posted 20000 n$, estimated
            10000  ! timeout: no text or tool call came in time (timeouts.first_byte) [code first_byte] [retryable yes] [billed unknown]"#]],
    );
    // A role without text is no text yet.
    let role = data(r#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#);
    let answer = stream([
        Step::Wait(8_000),
        role,
        Step::Wait(8_000),
        say("Hello"),
        stop(),
        done(),
    ]);
    check(
        Scene::new(answer).with(LIMITS),
        expect![[r#"
            16000  -> "Hello"
            16000  body closed by us
            16000  booked req_e5d31742c0000000001#1 posted 60000 n$, estimated
            16000  = "Hello" Stop, 8 + 4 tokens, 16000 ms"#]],
    );
}

#[test]
fn silence_within_the_text_has_another() {
    let answer = stream([Step::Wait(9_000), say("Hel"), Step::Stall]);
    check(
        Scene::new(answer).with(LIMITS),
        expect![[r#"
            9000   -> "Hel"
            14000  body closed by us
            14000  booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
            14000  ! timeout: the stream fell silent (timeouts.idle) [code idle] [retryable yes] [billed yes] [partial "Hel"]"#]],
    );
}

#[test]
fn the_whole_call_has_a_limit() {
    let mut steps = Vec::new();
    for _ in 0..20 {
        steps.extend([say("."), Step::Wait(4_000)]);
    }
    check(
        Scene::new(stream(steps)).with(LIMITS),
        expect![[r#"
            0      -> "."
            4000   -> "."
            8000   -> "."
            12000  -> "."
            16000  -> "."
            20000  -> "."
            24000  -> "."
            28000  -> "."
            30000  body closed by us
            30000  booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
            30000  ! timeout: the call took longer than its total limit (timeouts.total) [code total] [retryable yes] [billed yes] [partial "........"]"#]],
    );
}

#[test]
fn any_bytes_keep_a_stream_alive() {
    let quiet = [
        Step::Wait(4_000),
        ping(),
        Step::Wait(4_000),
        ping(),
        Step::Wait(4_000),
    ];
    let mut steps = vec![say("Hel")];
    steps.extend(quiet);
    steps.extend([say("lo"), stop(), done()]);
    check(
        Scene::new(stream(steps)).with(LIMITS),
        expect![[r#"
            0      -> "Hel"
            12000  -> "lo"
            12000  body closed by us
            12000  booked req_e5d31742c0000000001#1 posted 60000 n$, estimated
            12000  = "Hello" Stop, 8 + 4 tokens, 12000 ms"#]],
    );
}

// ---- ending a call -------------------------------------------------------------

#[test]
fn cancelled_before_anything_was_sent() {
    let scene = Scene::new(hello());
    let mut call = scene.call();
    scene.env.cancel(&mut call);
    scene.env.read(&mut call);
    expect![[r#"
        0      ! cancelled: the call was cancelled [billed no]
        0      = "" unfinished, 0 + 0 tokens, 0 ms"#]]
    .assert_eq(&without_opening(&scene.env.log()));
}

#[test]
fn cancelled_while_waiting() {
    let answer = hello().after(5_000);
    let scene = Scene::new(answer);
    let mut call = scene.call();
    scene.env.wait_for(&mut call, 1_000);
    scene.env.cancel(&mut call);
    scene.env.read(&mut call);
    expect![[r#"
        0      request openai gpt-4o 1
        0      send POST https://api.openai.com/v1/chat/completions
        1000   the caller has waited enough
        1000   booked req_e5d31742c0000000001#1 posted 20000 n$, estimated
        1000   ! cancelled: the call was cancelled [billed unknown]
        1000   = "" unfinished, 8 + 0 tokens, 0 ms"#]]
    .assert_eq(&without_opening(&scene.env.log()));
}

#[test]
fn cancelled_in_the_middle() {
    let scene = Scene::new(hello());
    let mut call = scene.call();
    scene.env.read(&mut call);
    scene.env.cancel(&mut call);
    scene.env.read(&mut call);
    expect![[r#"
        0      -> "Hel"
        0      body closed by us
        0      booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
        0      ! cancelled: the call was cancelled [billed yes] [partial "Hel"]
        0      = "Hel" unfinished, 8 + 2 tokens, 0 ms"#]]
    .assert_eq(&without_opening(&scene.env.log()));
    let scene = Scene::new(stream([say("Hel"), Step::Stall]));
    let mut call = scene.call();
    scene.env.read(&mut call);
    scene.env.wait_for(&mut call, 1_000);
    scene.env.cancel(&mut call);
    expect![[r#"
        0      -> "Hel"
        1000   the caller has waited enough
        1000   body closed by us
        1000   booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
        1000   ! cancelled: the call was cancelled [billed yes] [partial "Hel"]"#]]
    .assert_eq(&without_opening(&scene.env.log()));
}

#[test]
fn a_dropped_call_closes_the_connection() {
    let scene = Scene::new(hello());
    let mut call = scene.call();
    scene.env.read(&mut call);
    drop(call);
    scene.env.note("dropped");
    expect![[r#"
        0      -> "Hel"
        0      booked req_e5d31742c0000000001#1 posted 40000 n$, estimated
        0      body closed by us
        0      dropped"#]]
    .assert_eq(&without_opening(&scene.env.log()));
}
