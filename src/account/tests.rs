//! Key files, claims and answers of the token endpoint.

use super::*;
use expect_test::{Expect, expect};

static CLOUD: Cloud = Cloud {
    telemetry_name: "",
    base_url: |_| String::new(),
    location: "global",
    scope: "https://scope.example/all",
    token_url: "https://token.example/token",
};

const PEM: &str = "-----BEGIN PRIVATE KEY-----\\nAQID\\n-----END PRIVATE KEY-----\\n";

fn file(fields: &str) -> String {
    format!(
        r#"{{"type":"service_account","client_email":"a@p.example","private_key":"{PEM}"{fields}}}"#
    )
}

#[track_caller]
fn check_file(json: &str, expected: Result<Option<&str>, &str>) {
    let read = ServiceAccount::from_json(json, &CLOUD);
    let project = read.as_ref().map(|(_, project)| project.as_deref());
    assert_eq!(project.map_err(|problem| *problem), expected, "{json}");
}

#[test]
fn a_key_file_is_an_object_or_its_text() {
    check_file(&file(""), Ok(None));
    check_file(
        &file(r#","project_id":"p-1","universe_domain":"x""#),
        Ok(Some("p-1")),
    );
    let text = json::to_string(&file(r#","project_id":"p-1""#));
    check_file(&text, Ok(Some("p-1")));
    check_file(
        &file(r#","token_uri":"https://token.example/token""#),
        Ok(None),
    );
}

#[test]
fn a_wrong_key_file_is_named_without_its_values() {
    let wrong = "token_uri: only the provider's own token endpoint is asked";
    check_file(
        &file(r#","token_uri":"https://evil.example/token""#),
        Err(wrong),
    );
    check_file(
        &file(r#","token_uri":"https://token.example/token/../x""#),
        Err(wrong),
    );
    check_file("no JSON", Err("expected the JSON of a key file"));
    check_file(r#""no JSON""#, Err("expected the JSON of a key file"));
    let wrong = "expected a key file with `\"type\": \"service_account\"`";
    check_file("{}", Err(wrong));
    check_file(
        r#"{"type":"authorized_user","refresh_token":"1//x"}"#,
        Err(wrong),
    );
    check_file(
        &file("").replace("a@p.example", ""),
        Err("client_email is missing"),
    );
    check_file(
        &file("").replace("BEGIN PRIVATE", "BEGIN RSA PRIVATE"),
        Err("private_key: expected PKCS #8 in PEM (`-----BEGIN PRIVATE KEY-----`)"),
    );
}

#[test]
fn nothing_of_an_account_is_shown() {
    let (account, _) = ServiceAccount::from_json(&file(""), &CLOUD).unwrap();
    assert_eq!(format!("{account:?} {:?}", account.tokens), "*** ***");
}

#[test]
fn claims_are_good_for_an_hour() {
    let fields = r#","private_key_id":"k1""#;
    let (account, _) = ServiceAccount::from_json(&file(fields), &CLOUD).unwrap();
    let claims = account.claims(&CLOUD, 1_800_000_000_999);
    // {"alg":"RS256","typ":"JWT","kid":"k1"}.{"iss":"a@p.example","scope":"https://scope.example/all",
    // "aud":"https://token.example/token","iat":1799999990,"exp":1800003590}
    expect!["eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJpc3MiOiJhQHAuZXhhbXBsZSIsInNjb3BlIjoiaHR0cHM6Ly9zY29wZS5leGFtcGxlL2FsbCIsImF1ZCI6Imh0dHBzOi8vdG9rZW4uZXhhbXBsZS90b2tlbiIsImlhdCI6MTc5OTk5OTk5MCwiZXhwIjoxODAwMDAzNTkwfQ"].assert_eq(&claims);
    assert_eq!(assertion("a.b", &[255, 239, 1]), "a.b._-8B");
    let request = token_request(&CLOUD, "a.b._-8B");
    assert_eq!(request.url, "https://token.example/token");
    expect!["grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.b._-8B"]
        .assert_eq(&String::from_utf8(request.body.unwrap()).unwrap());
}

#[track_caller]
fn check_answer(status: u16, body: &str, expected: Expect) {
    let head = ResponseHead {
        status,
        received_ms: 1_000,
        ..ResponseHead::default()
    };
    let told = match token_of(&head, body) {
        Ok(held) => format!("{} until {}", held.token.expose(), held.fresh_until_ms),
        Err(error) => format!(
            "{error} {:?} {:?} {:?}",
            error.code, error.status, error.hint
        ),
    };
    expected.assert_eq(&told);
}

#[test]
fn a_token_is_renewed_at_four_fifths_of_its_life() {
    let good = r#"{"access_token":"ya29.token","expires_in":3599,"token_type":"Bearer"}"#;
    check_answer(200, good, expect!["ya29.token until 2880200"]);
    let dead = r#"{"access_token":"ya29.token","expires_in":0}"#;
    check_answer(200, dead, expect!["ya29.token until 1000"]);
    let endless = r#"{"access_token":"ya29.token"}"#;
    check_answer(200, endless, expect!["ya29.token until 2881000"]);
}

#[test]
fn what_the_token_endpoint_refuses() {
    let refused = |why: &str| format!(r#"{{"error":"invalid_grant","error_description":"{why}"}}"#);
    check_answer(
        400,
        &refused("Invalid JWT Signature."),
        expect![[
            r#"authentication: the token endpoint refused the service account: invalid_grant: Invalid JWT Signature. Some("invalid_grant") Some(400) Some("the key was deleted or belongs to another account: create another one, and give its file as it is")"#
        ]],
    );
    check_answer(
        400,
        &refused("Invalid JWT: Token must be a short-lived token (60 minutes)"),
        expect![[
            r#"authentication: the token endpoint refused the service account: invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes) Some("invalid_grant") Some(400) Some("set the clock of this machine: an assertion is good for an hour")"#
        ]],
    );
    check_answer(
        503,
        "<html>",
        expect!["overloaded: the token endpoint refused the service account None Some(503) None"],
    );
    check_answer(
        200,
        "{}",
        expect!["invalid_response: the token endpoint gave no token None None None"],
    );
}
