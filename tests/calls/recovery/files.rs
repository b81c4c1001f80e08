//! Files that a provider does not fetch.

use expect_test::expect;

use super::local;
use crate::script::{KEY, World, ask, json};
use crate::support::Answer;
use crate::test;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn picture(status: u16) -> Answer {
    Answer::new(status, "image/png", PNG)
}

/// A question about an image by address, to one provider with its own server.
fn look(provider: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    let json = format!(
        r#"{{"providers":{{"ollama":{{"model":"llava"}},"gemini":{{"api_key":"{KEY}"}}}},"retry":{{"max_retries":0}}}}"#
    );
    let world = World::new(&json, answers);
    world.attempt(&format!(
        r#"{{"provider":"{provider}","messages":[{{"role":"user","content":[{{"type":"image_url","image_url":{{"url":"https://pictures.example/cat.png"}}}}]}}]}}"#
    ));
    world
}

/// The body of the last request.
fn last_body(world: &World) -> String {
    let world = world.env.0.borrow();
    let body = world.requests.last().unwrap().body.clone();
    String::from_utf8(body.unwrap()).unwrap()
}

#[test]
fn an_image_by_address_is_fetched_for_who_fetches_none() {
    let world = look("ollama", [picture(200), local()]);
    expect![[r#"
        0      send GET https://pictures.example/cat.png
        0      send POST http://localhost:11434/api/chat
        0      -> "Hei"
        0      = "Hei" Stop, 9 + 2 tokens, 0 ms
        0         ollama llava: answered, 0 ms, 0 n$"#]]
    .assert_eq(&world.log());
    assert!(last_body(&world).contains(r#""images":["iVBORw0KGgo="]"#));
    assert!(
        world.env.0.borrow().requests[0].headers.is_empty(),
        "no key"
    );
}

#[test]
fn an_image_that_cannot_be_fetched_is_named() {
    let mut redirect = picture(302);
    redirect
        .head
        .headers
        .push(("location".into(), "http://localhost/".into()));
    let page = Answer::new(200, "text/html", "<html>no such cat</html>");
    let mut logs = Vec::new();
    for answers in [vec![picture(404)], vec![redirect], vec![page], vec![]] {
        logs.push(look("ollama", answers).log());
    }
    expect![[r#"
        0      send GET https://pictures.example/cat.png
        0      ! unsupported: messages[0].content[0].image_url.url: the provider fetches no addresses, and what stands at https://pictures.example/cat.png was answered with 404 [code not_inlined] [hint send it as a data URL such as `data:image/png;base64,…`] [billed no]
        0         ollama llava: unsupported, skipped, 0 ms, 0 n$
        0      send GET https://pictures.example/cat.png
        0      ! unsupported: messages[0].content[0].image_url.url: the provider fetches no addresses, and what stands at https://pictures.example/cat.png is a redirect, which is not followed [code not_inlined] [hint send it as a data URL such as `data:image/png;base64,…`] [billed no]
        0         ollama llava: unsupported, skipped, 0 ms, 0 n$
        0      send GET https://pictures.example/cat.png
        0      ! invalid_request: messages[0].content[0].image_url.url: no image came from its address but text/html [hint check that the address leads to the image itself and needs no login] [billed no]
        0         ollama llava: invalid_request, skipped, 0 ms, 0 n$
        0      send GET https://pictures.example/cat.png
        0      ! unsupported: messages[0].content[0].image_url.url: the provider fetches no addresses, and what stands at https://pictures.example/cat.png cannot be fetched from here [code not_inlined] [hint send it as a data URL such as `data:image/png;base64,…`] [billed no]
        0         ollama llava: unsupported, skipped, 0 ms, 0 n$"#]].assert_eq(&logs.join("\n"));
}

/// Whoever was not asked has not failed.
#[test]
fn a_slow_server_of_files_is_no_outage_of_the_provider() {
    let slow = picture(200).after(9_000);
    let json = r#"{"providers":{"ollama":{"model":"llava"}},"timeouts":{"total":"5s"},"retry":{"max_retries":0}}"#;
    let world = World::new(json, vec![slow; 5].into_iter().chain([local()]));
    for _ in 0..5 {
        world.attempt(
            r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://pictures.example/cat.png"}}]}]}"#,
        );
    }
    let told = world.attempt(&ask("")).log();
    assert!(
        told.ends_with("ollama llava: answered, 0 ms, 0 n$"),
        "{told}"
    );
}

#[test]
#[cfg(feature = "gemini")]
fn an_image_that_the_provider_could_not_fetch_is_sent_along() {
    let refused = || {
        json(
            400,
            r#"{"error":{"code":400,"message":"Cannot fetch content from the provided URL. Please ensure the URL is valid and accessible. URL_ROBOTED-ROBOTED_DENIED","status":"INVALID_ARGUMENT"}}"#,
        )
    };
    let answer = r#"{"candidates":[{"content":{"parts":[{"text":"A cat."}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":2,"totalTokenCount":11}}"#;
    let good = Answer::sse(&[answer]);
    let world = look("gemini", [refused(), picture(200), good]);
    expect![[r#"
        0      send POST https://generativelanguage.googleapis.com/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse
        0      retry gemini 2 in 0 ms: invalid_request
        0      send GET https://pictures.example/cat.png
        0      send POST https://generativelanguage.googleapis.com/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse
        0      -> "A cat."
        0      = "A cat." Stop, 9 + 2 tokens, 0 ms
        0         gemini gemini-3.8-flash: invalid_request 400, 0 ms, 0 n$
        0         gemini gemini-3.8-flash: answered, 0 ms, 14250 n$"#]].assert_eq(&world.log());
    assert!(last_body(&world).contains(r#""data":"iVBORw0KGgo=""#));
    let again = look("gemini", [refused(), picture(200), refused()]);
    expect![[r#"
        0      send POST https://generativelanguage.googleapis.com/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse
        0      retry gemini 2 in 0 ms: invalid_request
        0      send GET https://pictures.example/cat.png
        0      send POST https://generativelanguage.googleapis.com/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse
        0      ! invalid_request: the provider refused the request (HTTP 400): Cannot fetch content from the provided URL. Please ensure the URL is valid and accessible. URL_ROBOTED-ROBOTED_DENIED [code INVALID_ARGUMENT] [hint the provider could not load the address; send the file as a data URL] [billed no]
        0         gemini gemini-3.8-flash: invalid_request 400, 0 ms, 0 n$
        0         gemini gemini-3.8-flash: invalid_request 400, 0 ms, 0 n$"#]].assert_eq(&again.log());
}
