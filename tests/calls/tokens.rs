//! Access tokens of service accounts: made once for all, renewed early, and once after a
//! refusal.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use aircher_llm::policy::reach::Vantage;
use expect_test::{Expect, expect};

use crate::script::{World, ask, json};
use crate::support::{Answer, config};
use crate::test;

// ---- the world ---------------------------------------------------------------

/// Nobody's key: what a key file holds must appear nowhere.
const PEM: &str = "U0VDUkVULUtFWS1NQVRFUklBTA==";

fn account(more: &str) -> String {
    format!(
        r#"{{"providers":{{"gemini":{{"model":"gemini-x","service_account":{{"type":"service_account","project_id":"p-1",
            "client_email":"robot@p-1.example","private_key":"-----BEGIN PRIVATE KEY-----\n{PEM}\n-----END PRIVATE KEY-----\n"}}}}}}{more}}}"#
    )
}

fn token(name: &str, life_s: u64) -> Answer {
    let body =
        format!(r#"{{"access_token":"ya29.{name}","expires_in":{life_s},"token_type":"Bearer"}}"#);
    json(200, body).after(20)
}

fn hello() -> Answer {
    let body = r#"{"candidates":[{"content":{"parts":[{"text":"Hello"}]},"finishReason":"STOP"}]}"#;
    json(200, body)
}

/// The provider refuses a token, and quotes it.
fn unauthenticated(name: &str) -> Answer {
    let said = format!(
        "Request had invalid authentication credentials. Expected OAuth 2 access token, not ya29.{name}."
    );
    let body =
        format!(r#"{{"error":{{"code":401,"status":"UNAUTHENTICATED","message":"{said}"}}}}"#);
    json(401, body).after(5)
}

fn client(more: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    World::new(&account(more), answers).asking(ask("")).whole()
}

impl World {
    /// What becomes of a call, in a line of the log.
    async fn played(&self) -> String {
        let mut call = self.call();
        match call.finish().await {
            Ok(answer) => format!("= {}", answer.message.content.joined("")),
            Err(error) => format!(
                "! {error} [code {:?}] [attempts {}]",
                error.code,
                error.attempts.len()
            ),
        }
    }

    fn play_out(&self) {
        let said = self.env.run(self.played());
        self.env.note(&said);
    }

    /// How often a token was asked for.
    fn exchanges(&self) -> usize {
        let world = self.env.0.borrow();
        let to_endpoint = world.requests.iter();
        to_endpoint
            .filter(|request| request.url == "https://oauth2.googleapis.com/token")
            .count()
    }

    /// Which token each call was sent with.
    fn bearers(&self) -> Vec<String> {
        let world = self.env.0.borrow();
        let headers = world.requests.iter().flat_map(|request| &request.headers);
        let bearers = headers.filter(|header| header.name == "authorization");
        bearers.map(|header| header.value.clone()).collect()
    }

    #[track_caller]
    fn tells_no_secret(&self, expected: Expect) {
        let log = self.env.log();
        assert!(
            !log.contains(PEM) && !log.contains("ya29") && !log.contains("eyJ"),
            "{log}"
        );
        let lines = log.lines();
        let told = lines.filter(|line| {
            let quiet = ["body ended", "booked", "response", "head"];
            !quiet.iter().any(|word| line.contains(word))
        });
        expected.assert_eq(&(told.collect::<Vec<_>>().join("\n") + "\n"));
    }
}

/// Many futures at once; each is polled whenever any may go on.
async fn all<T>(work: impl IntoIterator<Item = Pin<Box<dyn Future<Output = T>>>>) -> Vec<T> {
    let mut work: Vec<_> = work.into_iter().map(|work| (work, None)).collect();
    poll_fn(|context| {
        for (work, done) in &mut work {
            if done.is_none()
                && let Poll::Ready(result) = work.as_mut().poll(context)
            {
                *done = Some(result);
            }
        }
        match work.iter().all(|(_, done)| done.is_some()) {
            true => Poll::Ready(
                work.iter_mut()
                    .filter_map(|(_, done)| done.take())
                    .collect(),
            ),
            false => Poll::Pending,
        }
    })
    .await
}

fn fifty(world: &World) -> Vec<String> {
    let calls = (0..50).map(|_| {
        let world = world.clone();
        let call: Pin<Box<dyn Future<Output = String>>> =
            Box::pin(async move { world.played().await });
        call
    });
    world.env.run(all(calls))
}

// ---- the stories ---------------------------------------------------------------

#[test]
fn a_token_serves_until_four_fifths_of_its_life() {
    let world = client(
        "",
        [
            token("first", 1_000),
            hello(),
            hello(),
            token("second", 1_000),
            hello(),
        ],
    );
    world.play_out();
    world.wait(799_000);
    world.play_out();
    world.wait(1_100);
    world.play_out();
    world.tells_no_secret(expect![[r#"
        1      sign
        1      send POST https://oauth2.googleapis.com/token
        21     request gemini gemini-x 1
        21     send POST https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/publishers/google/models/gemini-x:generateContent
        21     warning price_unknown the price of the model is unknown; its cost is not counted
        21     = Hello
        799021 request gemini gemini-x 1
        799021 send POST https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/publishers/google/models/gemini-x:generateContent
        799021 warning price_unknown the price of the model is unknown; its cost is not counted
        799021 = Hello
        800122 sign
        800122 send POST https://oauth2.googleapis.com/token
        800142 request gemini gemini-x 1
        800142 send POST https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/publishers/google/models/gemini-x:generateContent
        800142 warning price_unknown the price of the model is unknown; its cost is not counted
        800142 = Hello
    "#]]);
    assert_eq!(
        world.bearers(),
        [
            "Bearer ya29.first",
            "Bearer ya29.first",
            "Bearer ya29.second"
        ]
    );
}

#[test]
fn fifty_calls_at_once_ask_for_one_token() {
    let answers = [token("first", 1_000)]
        .into_iter()
        .chain((0..50).map(|_| hello()));
    let world = client("", answers);
    let said = fifty(&world);
    assert_eq!(said, vec!["= Hello"; 50]);
    assert_eq!(world.exchanges(), 1);
}

/// Each looks by itself whether there is a token, and none waits for ever for one that died.
#[test]
fn where_no_call_may_wait_for_another_they_look_again() {
    let answers = [token("first", 1_000)].into_iter();
    let world = client("", answers.chain((0..50).map(|_| hello())));
    world.env.0.borrow_mut().alone = true;
    assert_eq!(fifty(&world), vec!["= Hello"; 50]);
    assert_eq!(world.exchanges(), 1);

    let world = client("", [token("second", 1_000), hello()]);
    world.env.0.borrow_mut().alone = true;
    let mut died = world.call();
    let mut first = Box::pin(died.next());
    let begun = poll_fn(|context| Poll::Ready(first.as_mut().poll(context).is_pending()));
    assert!(world.env.run(begun));
    world.play_out();
    world.tells_no_secret(expect![[r#"
        15001  sign
        15001  send POST https://oauth2.googleapis.com/token
        15021  request gemini gemini-x 1
        15021  send POST https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/publishers/google/models/gemini-x:generateContent
        15021  warning price_unknown the price of the model is unknown; its cost is not counted
        15021  = Hello
    "#]]);
}

#[test]
fn a_refused_token_is_renewed_once() {
    let world = client(
        "",
        [
            token("first", 1_000),
            unauthenticated("first"),
            token("second", 1_000),
            hello(),
        ],
    );
    world.play_out();
    world.tells_no_secret(expect![[r#"
        1      sign
        1      send POST https://oauth2.googleapis.com/token
        21     request gemini gemini-x 1
        21     send POST https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/publishers/google/models/gemini-x:generateContent
        26     retry gemini 2 in 0 ms: authentication
        27     sign
        27     send POST https://oauth2.googleapis.com/token
        47     request gemini gemini-x 2
        47     send POST https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/publishers/google/models/gemini-x:generateContent
        47     warning price_unknown the price of the model is unknown; its cost is not counted
        47     = Hello
    "#]]);
    assert_eq!(world.bearers(), ["Bearer ya29.first", "Bearer ya29.second"]);
}

#[test]
fn a_token_that_is_refused_again_is_the_end() {
    let world = client(
        "",
        [
            token("first", 1_000),
            unauthenticated("first"),
            token("second", 1_000),
            unauthenticated("second"),
        ],
    );
    world.play_out();
    world.tells_no_secret(expect![[r#"
        1      sign
        1      send POST https://oauth2.googleapis.com/token
        21     request gemini gemini-x 1
        21     send POST https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/publishers/google/models/gemini-x:generateContent
        26     retry gemini 2 in 0 ms: authentication
        27     sign
        27     send POST https://oauth2.googleapis.com/token
        47     request gemini gemini-x 2
        47     send POST https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/publishers/google/models/gemini-x:generateContent
        52     ! authentication: the key was not accepted (HTTP 401): Request had invalid authentication credentials. Expected OAuth 2 access token, not ***. [code Some("UNAUTHENTICATED")] [attempts 2]
    "#]]);
}

#[test]
fn fifty_refusals_at_once_renew_it_once() {
    let no = || unauthenticated("first");
    let answers = [token("first", 1_000), hello()].into_iter();
    let answers = answers
        .chain((0..50).map(|_| no()))
        .chain([token("second", 1_000)]);
    let world = client("", answers.chain((0..50).map(|_| hello())));
    world.play_out();
    assert_eq!(fifty(&world), vec!["= Hello"; 50]);
    assert_eq!(world.exchanges(), 2);
}

#[test]
fn an_account_that_is_refused_is_not_tried_again_and_tells_all_who_wait() {
    let body = r#"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#;
    let no = json(400, body).after(20);
    let world = client(r#","retry":{}"#, [no]);
    let said = fifty(&world);
    let expected = "! authentication: the token endpoint refused the service account: invalid_grant: Invalid JWT Signature. [code Some(\"invalid_grant\")] [attempts 1]";
    assert_eq!(said, vec![expected; 50]);
    assert_eq!(world.exchanges(), 1);
}

#[test]
fn a_token_endpoint_that_is_out_is_tried_again() {
    let world = client(
        r#","retry":{}"#,
        [json(503, "busy"), token("first", 1_000), hello()],
    );
    world.play_out();
    world.tells_no_secret(expect![[r#"
        1      sign
        1      send POST https://oauth2.googleapis.com/token
        1      retry gemini 2 in 118 ms: overloaded
        120    sign
        120    send POST https://oauth2.googleapis.com/token
        140    request gemini gemini-x 2
        140    send POST https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/publishers/google/models/gemini-x:generateContent
        140    warning price_unknown the price of the model is unknown; its cost is not counted
        140    = Hello
    "#]]);
}

#[test]
fn a_token_endpoint_has_the_time_of_calls_that_answer_at_once() {
    let slow = token("late", 1_000).after(20_000);
    let world = client("", [slow]);
    world.play_out();
    world.tells_no_secret(expect![[r#"
        1      sign
        1      send POST https://oauth2.googleapis.com/token
        15001  ! timeout: no answer came in time (timeouts.connect) [code Some("connect")] [attempts 1]
    "#]]);
}

#[test]
fn whoever_asks_and_leaves_is_followed_by_the_next() {
    let world = client("", [token("first", 1_000), hello()]);
    let first = world.call();
    let mut first = Box::pin(async move {
        let mut first = first;
        first.next().await.map(drop)
    });
    let waits = world.clone();
    let mut second: Pin<Box<dyn Future<Output = String>>> =
        Box::pin(async move { waits.played().await });
    // The first is asking, the second waits for it.
    let both = poll_fn(|context| {
        assert!(first.as_mut().poll(context).is_pending());
        assert!(second.as_mut().poll(context).is_pending());
        Poll::Ready(())
    });
    world.env.run(both);
    drop(first);
    let said = world.env.run(second);
    world.env.note(&said);
    world.tells_no_secret(expect![[r#"
        1      sign
        1      send POST https://oauth2.googleapis.com/token
        21     request gemini gemini-x 1
        21     send POST https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/publishers/google/models/gemini-x:generateContent
        21     warning price_unknown the price of the model is unknown; its cost is not counted
        21     = Hello
    "#]]);
}

#[test]
fn the_next_provider_answers_for_an_account_that_is_refused() {
    let answer = r#"{"error":"unauthorized_client"}"#;
    let stand_in =
        r#"{"message":{"role":"assistant","content":"Hello"},"done":true,"done_reason":"stop"}"#;
    let answers = [json(401, answer), json(200, stand_in)];
    let text = aircher_llm::json::to_string(&config(&account("")).config);
    assert!(
        text.contains(r#""service_account":"***""#) && !text.contains(PEM),
        "{text}"
    );
    let chain = format!(
        r#"{{"providers":{{"fallback_order":["gemini","ollama"],"ollama":{{"model":"qwen3"}},"gemini":{{"service_account":{{"type":"service_account","project_id":"p-1",
            "client_email":"r@p","private_key":"-----BEGIN PRIVATE KEY-----\n{PEM}\n-----END PRIVATE KEY-----\n"}}}}}}}}"#
    );
    let world = World::new(&chain, answers).asking(ask("")).whole();
    world.play_out();
    world.tells_no_secret(expect![[r#"
        1      sign
        1      send POST https://oauth2.googleapis.com/token
        1      failover gemini -> ollama: authentication
        1      request ollama qwen3 2
        1      send POST http://localhost:11434/api/chat
        1      = Hello
    "#]]);
}

#[test]
fn a_page_is_told_once_what_an_account_in_it_means() {
    let world = client(
        "",
        [token("first", 0), hello(), token("second", 1_000), hello()],
    );
    world.env.0.borrow_mut().vantage = Vantage {
        page: Some("https://page.example".into()),
        ..Vantage::default()
    };
    world.play_out();
    world.play_out();
    world.tells_no_secret(expect![[r#"
        1      sign
        1      send POST https://oauth2.googleapis.com/token
        21     warning service_account_in_page a service account signs in a page: code of the page can act as it anywhere
        21     request gemini gemini-x 1
        21     send POST https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/publishers/google/models/gemini-x:generateContent
        21     warning price_unknown the price of the model is unknown; its cost is not counted
        21     = Hello
        22     sign
        22     send POST https://oauth2.googleapis.com/token
        42     request gemini gemini-x 1
        42     send POST https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/publishers/google/models/gemini-x:generateContent
        42     warning price_unknown the price of the model is unknown; its cost is not counted
        42     = Hello
    "#]]);
}
