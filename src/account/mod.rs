//! Service accounts: a key file becomes access tokens (wire reference, Gemini §8; RFC 7523).
//!
//! ```text
//! key file -> claims -> signed by the host -> POST of the assertion -> token, kept until 80 % of its life
//! ```
//! What is written and read stands here; the host signs ([`crate::env::Env::sign`]), and
//! `run::token` puts it in order.

mod key;
mod tokens;

pub use key::SigningKey;
pub use tokens::{Flight, Held, Tokens, Turn, Waiting, turn};

use std::cell::Cell;
use std::fmt;

use crate::error::{Error, ErrorKind, Result};
use crate::http::{Header, HttpRequest, Method, ResponseHead, Secret, base64};
use crate::json::{self, Count, Text, Writer, fields};
use crate::provider::Cloud;
use crate::provider::fault::kind_of_status;
use crate::text::{concat, first_chars, has};

/// Who asks for tokens, and those it has.
///
/// ```
/// use aircher_llm::{account::ServiceAccount, provider};
///
/// let cloud = provider::of_kind("gemini").unwrap().profile().cloud.unwrap();
/// let file = r#"{"type":"service_account","client_email":"bot@p-1.example","project_id":"p-1",
///     "private_key":"-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n"}"#;
/// let (account, project) = ServiceAccount::from_json(file, cloud)?;
/// assert_eq!(project.as_deref(), Some("p-1"));
/// assert_eq!(format!("{account:?}"), "***");
/// # Ok::<(), &str>(())
/// ```
pub struct ServiceAccount {
    email: String,
    key_id: String,
    /// What it signs with.
    pub key: SigningKey,
    /// The token in use, and who waits for another.
    pub tokens: Tokens,
    /// Whether it was told what an account in a page means.
    pub warned: Cell<bool>,
}

impl ServiceAccount {
    /// Reads a key file, an object or the text of one; and the project it belongs to.
    ///
    /// # Errors
    /// What is wrong with it; no value of it is repeated.
    pub fn from_json(json: &str, cloud: &Cloud) -> Result<(Self, Option<String>), &'static str> {
        let text: Text<'_> = json::from_str(json).unwrap_or_default();
        let json = text.get().unwrap_or(json);
        let file: KeyFile<'_> =
            json::from_str(json).map_err(|_| "expected the JSON of a key file")?;
        if file.kind.get() != Some("service_account") {
            return Err("expected a key file with `\"type\": \"service_account\"`");
        }
        if file.token_uri.get().unwrap_or(cloud.token_url) != cloud.token_url {
            return Err("token_uri: only the provider's own token endpoint is asked");
        }
        let own = |text: &Text<'_>| text.get().unwrap_or_default().to_string();
        let email = own(&file.client_email);
        if email.is_empty() {
            return Err("client_email is missing");
        }
        let key = SigningKey::from_pem(file.private_key.get().unwrap_or_default());
        let account = Self {
            email,
            key_id: own(&file.private_key_id),
            key: key
                .ok_or("private_key: expected PKCS #8 in PEM (`-----BEGIN PRIVATE KEY-----`)")?,
            tokens: Tokens::default(),
            warned: Cell::new(false),
        };
        let project = own(&file.project_id);
        Ok((account, Some(project).filter(|project| !project.is_empty())))
    }

    /// What is to be signed: header and claims. They are good for an hour from ten seconds
    /// ago, since clocks differ.
    #[must_use]
    pub fn claims(&self, cloud: &Cloud, wall_ms: u64) -> String {
        let mut header = Writer::default();
        header.begin_object();
        header.field("alg", &"RS256");
        header.field("typ", &"JWT");
        header.field_unless_empty("kid", &self.key_id);
        header.end_object();
        let issued = wall_ms / 1_000 - 10;
        let mut claims = Writer::default();
        claims.begin_object();
        claims.field("iss", &self.email);
        claims.field("scope", &cloud.scope);
        claims.field("aud", &cloud.token_url);
        claims.field("iat", &issued);
        claims.field("exp", &(issued + 3_600));
        claims.end_object();
        concat(&[
            &base64url(header.finish().as_bytes()),
            ".",
            &base64url(claims.finish().as_bytes()),
        ])
    }
}

/// Two key files are never the same account: each has its own tokens.
impl PartialEq for ServiceAccount {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for ServiceAccount {}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[derive(Default)]
struct KeyFile<'a> {
    kind: Text<'a>,
    client_email: Text<'a>,
    private_key: Text<'a>,
    private_key_id: Text<'a>,
    project_id: Text<'a>,
    token_uri: Text<'a>,
}

fields!(KeyFile<'a> {
    kind = "type", client_email, private_key, private_key_id, project_id, token_uri,
});

// ---- the exchange ---------------------------------------------------------

/// The assertion: what was signed, with its signature. Whoever has it can get a token.
#[must_use]
pub fn assertion(claims: &str, signature: &[u8]) -> String {
    concat(&[claims, ".", &base64url(signature)])
}

/// The request that makes a token of an assertion.
#[must_use]
pub fn token_request(cloud: &Cloud, assertion: &str) -> HttpRequest {
    let form = "application/x-www-form-urlencoded";
    // An assertion consists of characters that stand in a form as they are.
    let body = concat(&[
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=",
        assertion,
    ]);
    HttpRequest {
        method: Method::Post,
        url: cloud.token_url.to_string(),
        headers: vec![Header::plain("content-type", form)],
        body: Some(body.into_bytes()),
    }
}

/// Reads the answer of the token endpoint.
///
/// # Errors
/// `authentication` for an account it refuses, with what it said; otherwise what the status
/// says; `invalid_response` for anything else.
///
/// ```
/// use aircher_llm::{account::token_of, http::ResponseHead};
///
/// let head = ResponseHead { status: 200, received_ms: 1_000, ..ResponseHead::default() };
/// let held = token_of(&head, r#"{"access_token":"ya29.0123456789","expires_in":100}"#)?;
/// // A fifth of its life is left when the next one is asked for.
/// assert_eq!(held.fresh_until_ms, 81_000);
/// # Ok::<(), aircher_llm::error::Error>(())
/// ```
pub fn token_of(head: &ResponseHead, body: &str) -> Result<Held> {
    let answer: TokenAnswer<'_> = json::from_str(body).unwrap_or_default();
    if !head.is_success() {
        return Err(refused(head.status, &answer));
    }
    let token = answer.access_token.get().and_then(Secret::new);
    let token = token.ok_or_else(|| Error::invalid_response("the token endpoint gave no token"))?;
    let life_s = answer.expires_in.get().unwrap_or(3_600);
    // So that no call leaves with one about to expire.
    let fresh_until_ms = head.received_ms.saturating_add(life_s.saturating_mul(800));
    Ok(Held {
        token,
        fresh_until_ms,
    })
}

#[derive(Default)]
struct TokenAnswer<'a> {
    access_token: Text<'a>,
    expires_in: Count,
    error: Text<'a>,
    error_description: Text<'a>,
}

fields!(TokenAnswer<'a> { access_token, expires_in, error, error_description });

fn refused(status: u16, answer: &TokenAnswer<'_>) -> Error {
    let kind = match status {
        400 | 401 | 403 => ErrorKind::Authentication,
        _ => kind_of_status(status),
    };
    let word = answer.error.get().unwrap_or_default().trim_matches('"');
    let word = first_chars(word, 64);
    let why = answer.error_description.get().unwrap_or_default();
    let mut error = Error::new(kind, "the token endpoint refused the service account");
    let said = concat(&[word, ": ", first_chars(why, 400)]);
    if !word.is_empty() {
        error.message = concat(&[&error.message, ": ", &said]);
        error.code = Some(word.to_string());
        error.provider_message = Some(said);
    }
    let hint = HINTS.iter().find(|(part, _)| has(why, part));
    error.status = Some(status);
    error.hint = hint.map(|(_, hint)| (*hint).to_string());
    error
}

/// What a person can do, by what the endpoint said.
static HINTS: &[(&str, &str)] = &[
    (
        "ignature",
        "the key was deleted or belongs to another account: create another one, and give its file as it is",
    ),
    (
        "short-lived",
        "set the clock of this machine: an assertion is good for an hour",
    ),
    (
        "account not found",
        "the service account was deleted or disabled: check client_email",
    ),
];

/// Base64 for tokens: other signs, no padding.
fn base64url(bytes: &[u8]) -> String {
    let mut text = base64(bytes).into_bytes();
    text.retain(|byte| *byte != b'=');
    for byte in &mut text {
        match byte {
            b'+' => *byte = b'-',
            b'/' => *byte = b'_',
            _ => {}
        }
    }
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests;
