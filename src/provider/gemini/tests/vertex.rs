//! The same on Vertex AI: where requests go, and what is different in them.

use super::*;
use crate::http::Secret;

/// A configuration with access tokens from elsewhere.
fn vertex(table: &str) -> Config {
    let host = Host::default();
    let text =
        format!(r#"{{"providers":{{"gemini":{{"access_token":null,"project":"p-1"{table}}}}}}}"#);
    Config::from_json(&text, &host).unwrap()
}

fn target<'a>(config: &'a Config, model: &'a str, key: Option<&'a Secret>) -> Target<'a> {
    Target {
        config: &config.providers[0],
        model,
        known: None,
        key,
        stream: false,
        seed: 7,
    }
}

fn sent(config: &Config, model: &str, fields: &str) -> Result<HttpRequest> {
    let request = ChatRequest::from_json(&format!("{{{fields}}}")).unwrap();
    let exchange = Gemini.encode(&request, &target(config, model, None));
    exchange.map(|exchange| exchange.request)
}

#[track_caller]
fn check_place(config: &Config, model: &str, expected: Expect) {
    let url = sent(config, model, HI).map(|request| request.url);
    expected.assert_eq(&url.unwrap_or_else(|error| error.to_string()));
}

#[test]
fn a_location_has_its_host() {
    check_place(
        &vertex(""),
        FLASH,
        expect![
            "https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/publishers/google/models/gemini-3.5-flash:generateContent"
        ],
    );
    check_place(
        &vertex(r#","location":"europe-west4""#),
        FLASH,
        expect![
            "https://europe-west4-aiplatform.googleapis.com/v1/projects/p-1/locations/europe-west4/publishers/google/models/gemini-3.5-flash:generateContent"
        ],
    );
    check_place(
        &vertex(r#","location":"eu""#),
        FLASH,
        expect![
            "https://aiplatform.eu.rep.googleapis.com/v1/projects/p-1/locations/eu/publishers/google/models/gemini-3.5-flash:generateContent"
        ],
    );
    check_place(
        &vertex(r#","location":"us","api_version":"v1beta1""#),
        FLASH,
        expect![
            "https://aiplatform.us.rep.googleapis.com/v1beta1/projects/p-1/locations/us/publishers/google/models/gemini-3.5-flash:generateContent"
        ],
    );
    let proxy = r#","location":"us","api_version":"v2","base_url":"https://proxy.example/v1""#;
    check_place(
        &vertex(proxy),
        FLASH,
        expect![
            "https://proxy.example/v1/projects/p-1/locations/us/publishers/google/models/gemini-3.5-flash:generateContent"
        ],
    );
}

#[test]
fn an_api_key_alone_knows_no_project() {
    let table = r#","vertex":true,"project":"unused","location":"us-central1""#;
    check_place(
        &config(table),
        FLASH,
        expect![
            "https://aiplatform.googleapis.com/v1/publishers/google/models/gemini-3.5-flash:generateContent"
        ],
    );
    let key = Secret::new("AQ.0123456789").unwrap();
    let headers = |config: &Config| {
        let request = post(&target(config, FLASH, Some(&key)), Vec::new()).unwrap();
        format!("{:?}", request.headers)
    };
    assert_eq!(
        headers(&config(table)),
        "[content-type: application/json, x-goog-api-key: ***]"
    );
    assert_eq!(
        headers(&vertex("")),
        "[content-type: application/json, authorization: ***]"
    );
}

#[test]
fn a_model_may_be_of_somebody_else() {
    let config = vertex("");
    let models = "https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/";
    for (model, place) in [
        ("models/gemini-x", "publishers/google/models/gemini-x"),
        ("meta/llama-x", "publishers/meta/models/llama-x"),
        (
            "publishers/meta/models/llama-x",
            "publishers/meta/models/llama-x",
        ),
        ("endpoints/123", "endpoints/123"),
        ("a b", "publishers/google/models/a%20b"),
    ] {
        let url = sent(&config, model, HI).unwrap().url;
        assert_eq!(url, format!("{models}{place}:generateContent"));
    }
    check_place(
        &config,
        "projects/p-2/locations/eu/endpoints/9",
        expect![
            "https://aiplatform.googleapis.com/v1/projects/p-2/locations/eu/endpoints/9:generateContent"
        ],
    );
    check_place(
        &config,
        "../x",
        expect!["invalid_request: model: `..` cannot stand in a path"],
    );
    check_place(
        &config,
        "projects/../x",
        expect!["invalid_request: model: `..` cannot stand in a path"],
    );
}

#[track_caller]
fn check_body(model: &str, fields: &str, expected: Expect) {
    let told = match sent(&vertex(""), model, fields) {
        Ok(request) => String::from_utf8(request.body.unwrap()).unwrap(),
        Err(error) => format!("{error} ({})", error.hint.clone().unwrap_or_default()),
    };
    expected.assert_eq(&told);
}

#[test]
fn bodies_as_the_cloud_takes_them() {
    check_body(
        "gemini-2.5-pro",
        r#""messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"}],"presence_penalty":-1.5,"frequency_penalty":1.0,"provider_options":{"gemini":{"labels":{"team":"red"}}}"#,
        expect![[
            r#"{"systemInstruction":{"role":"user","parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"presencePenalty":-1.5,"frequencyPenalty":1},"labels":{"team":"red"}}"#
        ]],
    );
    check_body(
        FLASH,
        &format!(r#"{HI},"presence_penalty":1"#),
        expect![[r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#]],
    );
    let file = |url: &str| {
        format!(
            r#""messages":[{{"role":"user","content":[{{"type":"file","file":{{"url":"{url}"}}}}]}}]"#
        )
    };
    check_body(
        FLASH,
        &file("gs://bucket/a.mp4"),
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"fileData":{"fileUri":"gs://bucket/a.mp4","mimeType":"video/mp4"}}]}]}"#
        ]],
    );
    check_body(
        FLASH,
        &file("gs://bucket/unnamed"),
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"fileData":{"fileUri":"gs://bucket/unnamed","mimeType":"application/pdf"}}]}]}"#
        ]],
    );
    check_body(
        FLASH,
        &file("https://generativelanguage.googleapis.com/v1beta/files/abc"),
        expect![
            "unsupported: messages[0].content[0]: gemini-3.5-flash does not read the Files API from Vertex AI (put the file into a bucket (`gs://`), or send it as a data URL)"
        ],
    );
}

#[test]
fn its_health_is_a_count_on_the_configured_model() {
    let config = vertex(r#","model":"gemini-x""#);
    let request = Gemini.health(&target(&config, "", None));
    assert_eq!(
        request.url,
        "https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/publishers/google/models/gemini-x:countTokens"
    );
    assert_eq!(request.body.unwrap(), PROBE.as_bytes());
    let config = vertex(r#","model":"fast","custom_models":{"fast":"gemini-x"}"#);
    let other = Gemini.health(&target(&config, "", None));
    assert_eq!(other.url, request.url);
}
