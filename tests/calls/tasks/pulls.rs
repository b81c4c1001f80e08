//! Pulling.

use aircher_llm::provider::admin::Operation;
use expect_test::expect;

use super::{RETRIES, client, configured, layer, line, lines, pull, status, tags};
use crate::support::Step;
use crate::test;

#[test]
fn a_pull_tells_how_far_it_is_and_what_came_of_it() {
    pull([
        tags(""),
        lines([
            status("pulling manifest"),
            layer(0),
            Step::Wait(1_000),
            layer(600),
            Step::Wait(1_000),
            layer(1_000),
            status("verifying sha256 digest"),
            Step::Wait(300_000),
            Step::Bytes(b"{\"status\":\"writing manifest\"}\n{\"status\":\"success\"}".to_vec()),
        ]),
        tags("12"),
    ])
    .pulls(expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        0      -> pulling manifest 0/0 #1
        0      -> pulling 8e 0/1000 #1
        1000   -> pulling 8e 600/1000 600/s #1
        2000   -> pulling 8e 1000/1000 #1
        2000   -> verifying sha256 digest 1000/1000 #1
        302000 -> writing manifest 1000/1000 #1
        302000 body ended
        302000 request ollama m:1b 1
        302000 send GET http://localhost:11434/api/tags
        302000 head 200
        302000 response 200
        302000 body ended
        302000 -> success 1000/1000 #1 {"changed":true,"digest":"12","model":"m:1b","previous_digest":null}"#]]);
}

#[test]
fn lines_of_one_chunk_are_told_together_one_for_each_status() {
    let all = [
        status("pulling manifest"),
        layer(0),
        layer(300),
        layer(600),
        status("success"),
    ];
    let bytes = all.into_iter().flat_map(|step| match step {
        Step::Bytes(bytes) => bytes,
        _ => Vec::new(),
    });
    pull([
        tags("12"),
        lines([Step::Bytes(bytes.collect())]),
        tags("12"),
    ])
    .pulls(expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        0      body closed by us
        0      -> pulling manifest 0/0 #1; pulling 8e 600/1000 #1
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      -> success 600/1000 #1 {"changed":false,"digest":"12","model":"m:1b","previous_digest":"12"}"#]]);
}

#[test]
fn a_model_brought_up_to_date_has_another_digest() {
    pull([tags("12"), lines([status("success")]), tags("34")]).pulls(expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        0      body closed by us
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      -> success 0/0 #1 {"changed":true,"digest":"34","model":"m:1b","previous_digest":"12"}"#]]);
}

#[test]
fn a_download_that_breaks_off_is_taken_up_again() {
    pull([
        tags(""),
        lines([layer(0), Step::Wait(500), layer(400), Step::Reset]),
        lines([layer(380), Step::Wait(1_000), layer(700)]),
        lines([layer(700), Step::Stall]),
        lines([layer(1_000), status("success")]),
        tags("12"),
    ])
    .pulls(expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        0      -> pulling 8e 0/1000 #1
        500    -> pulling 8e 400/1000 800/s #1
        500    body ended
        500    retry ollama 2 in 472 ms: network_error
        972    request ollama m:1b 2
        972    send POST http://localhost:11434/api/pull
        972    head 200
        972    response 200
        972    -> pulling 8e 380/1000 #2
        1972   -> pulling 8e 700/1000 320/s #2
        1972   body ended
        1972   retry ollama 3 in 708 ms: stream_interrupted
        2680   request ollama m:1b 3
        2680   send POST http://localhost:11434/api/pull
        2680   head 200
        2680   response 200
        2680   -> pulling 8e 700/1000 #3
        62680  body closed by us
        62680  retry ollama 4 in 1888 ms: timeout
        64568  request ollama m:1b 4
        64568  send POST http://localhost:11434/api/pull
        64568  head 200
        64568  response 200
        64568  -> pulling 8e 1000/1000 #4
        64568  body closed by us
        64568  request ollama m:1b 1
        64568  send GET http://localhost:11434/api/tags
        64568  head 200
        64568  response 200
        64568  body ended
        64568  -> success 1000/1000 #4 {"changed":true,"digest":"12","model":"m:1b","previous_digest":null}"#]]);
}

#[test]
fn without_getting_further_it_gives_up() {
    let broken = || lines([layer(400), Step::Reset]);
    pull([tags(""), broken(), broken(), broken(), broken(), broken()]).pulls(expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        0      -> pulling 8e 400/1000 #1
        0      body ended
        0      retry ollama 2 in 472 ms: network_error
        472    request ollama m:1b 2
        472    send POST http://localhost:11434/api/pull
        472    head 200
        472    response 200
        472    -> pulling 8e 400/1000 #2
        472    body ended
        472    retry ollama 3 in 1416 ms: network_error
        1888   request ollama m:1b 3
        1888   send POST http://localhost:11434/api/pull
        1888   head 200
        1888   response 200
        1888   -> pulling 8e 400/1000 #3
        1888   body ended
        1888   ! network_error: connection reset (None)"#]]);
}

#[test]
fn a_model_nobody_has_is_an_error_inside_an_answer() {
    let unknown = line(r#"{"error":"pull model manifest: file does not exist"}"#);
    pull([tags(""), lines([status("pulling manifest"), unknown])]).pulls(expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        0      -> pulling manifest 0/0 #1
        0      body closed by us
        0      ! model_not_found: the model was not found: pull model manifest: file does not exist (Some("check its name and tag"))"#]]);
}

#[test]
fn whoever_lets_go_closes_the_connection() {
    let world = pull([
        tags(""),
        lines([layer(0), Step::Wait(9), layer(1), Step::Stall]),
    ]);
    expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        0      -> pulling 8e 0/1000 #1
        0      body closed by us"#]]
    .assert_eq(&world.work(Operation::Pull, 1));
}

#[test]
fn what_cannot_be_made_is_not_tried_again() {
    let world = pull([
        tags(""),
        lines([
            status("reading model metadata"),
            line(r#"{"error":"unknown type"}"#),
        ]),
    ]);
    expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/create
        0      head 200
        0      response 200
        0      -> reading model metadata 0/0 #1
        0      body closed by us
        0      ! server_error: the provider failed: unknown type (None)"#]]
    .assert_eq(&world.work(Operation::Create, usize::MAX));
}

#[test]
fn the_whole_time_is_limited_where_that_is_asked_for() {
    let timeouts = r#""timeouts":{"total":"90s","idle":"20s"}"#;
    let waits = || lines([layer(1), Step::Stall]);
    let config = configured("", &format!("{RETRIES},{timeouts}"));
    client(&config, [tags(""), waits(), waits(), waits(), waits()]).pulls(expect![[r#"
        0      request ollama m:1b 1
        0      send GET http://localhost:11434/api/tags
        0      head 200
        0      response 200
        0      body ended
        0      request ollama m:1b 1
        0      send POST http://localhost:11434/api/pull
        0      head 200
        0      response 200
        0      -> pulling 8e 1/1000 #1
        20000  body closed by us
        20000  retry ollama 2 in 472 ms: timeout
        20472  request ollama m:1b 2
        20472  send POST http://localhost:11434/api/pull
        20472  head 200
        20472  response 200
        20472  -> pulling 8e 1/1000 #2
        40472  body closed by us
        40472  retry ollama 3 in 1416 ms: timeout
        41888  request ollama m:1b 3
        41888  send POST http://localhost:11434/api/pull
        41888  head 200
        41888  response 200
        41888  -> pulling 8e 1/1000 #3
        61888  body closed by us
        61888  ! timeout: the stream fell silent (timeouts.idle) (None)"#]]);
}
