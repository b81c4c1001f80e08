//! Answers for those who ask the same again: what is kept, under which name, for how long.
//!
//! ```text
//! request, as it would be sent --HMAC-SHA-256 under the API key--> name --> Shelf, or the host's place
//! identical, under way         ----------------------------------> name --> Flights: one request for all
//! ```
//! The name tells nothing: not the key, not the prompt, and without the key nobody can
//! even test a guess. The answer itself lies there as it was given.

mod flight;
mod kept;
mod shelf;

pub use flight::{Flight, Flights, Joined, Landing, Pilot};
pub use kept::Kept;
pub use shelf::{Room, Shelf};

use std::cell::{Cell, RefCell};

use crate::chat::{ChatResponse, FinishReason};
use crate::http::{HttpRequest, Secret};

/// What a client keeps of its answers.
#[derive(Debug, Default)]
pub struct Cache {
    /// What it keeps itself.
    pub shelf: RefCell<Shelf>,
    /// What is under way.
    pub flights: Flights,
    rests_until_ms: Cell<f64>,
    told: Cell<bool>,
}

impl Cache {
    /// Whether the host's place may be asked; one that failed is left alone for a while.
    pub fn is_awake(&self, now_ms: f64) -> bool {
        now_ms >= self.rests_until_ms.get()
    }

    /// It failed, or took too long.
    pub fn fails(&self, now_ms: f64) {
        self.rests_until_ms.set(now_ms + REST_MS);
    }

    /// Whether something is to be told that is told once.
    pub fn is_news(&self) -> bool {
        !self.told.replace(true)
    }
}

/// The name an answer is kept under: 64 hexadecimal digits.
///
/// It stands for who is asked (`provider`, by its configured id), for the address, every header
/// and every byte of the body. Who gives another API key finds nothing of it.
///
/// ```
/// use aircher_llm::{http::{HttpRequest, Secret}, policy::cache::name};
///
/// let request = HttpRequest::post_json("https://api.openai.com/v1/responses".into(), b"{}".to_vec());
/// let of = |key| name("openai", "gpt-6-luna", &request, Secret::new(key).as_ref());
/// assert_eq!(of("sk-live-0123456789").len(), 64);
/// assert_ne!(of("sk-live-0123456789"), of("sk-live-9876543210"));
/// ```
#[must_use]
pub fn name(provider: &str, model: &str, request: &HttpRequest, key: Option<&Secret>) -> String {
    let mut hash = hmac_sha256::HMAC::new(key.map_or("", Secret::expose).as_bytes());
    // With its length before it no part can be taken for two, or two for one.
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_le_bytes().as_slice());
        hash.update(part);
    };
    let parts = ["aircher response 1", provider, model, &request.url];
    parts.iter().for_each(|part| add(part.as_bytes()));
    for header in &request.headers {
        add(header.name.as_bytes());
        add(header.value.as_bytes());
    }
    add(request.body.as_deref().unwrap_or_default());
    crate::text::hex(&hash.finalize())
}

/// Whether others may be given an answer: it came to its end, and nothing was held back. One
/// that met its limit of tokens is not kept: who asks again hopes for more.
#[must_use]
pub fn is_worth_keeping(response: &ChatResponse) -> bool {
    let reason = response.stream.finish_reason;
    let is_whole = matches!(reason, Some(FinishReason::Stop | FinishReason::ToolCalls));
    is_whole && response.has_content()
}

/// How long the host's place may take. An answer that is kept saves seconds; waiting longer than
/// this for one saves none.
pub const PATIENCE_MS: u64 = 1_000;
/// How long a place that failed is left alone.
const REST_MS: f64 = 60_000.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::StreamEvent;
    use crate::http::Header;

    const KEY: &str = "sk-test-canary-0123456789";

    fn request(url: &str, body: &str) -> HttpRequest {
        HttpRequest::post_json(url.into(), body.into())
    }

    fn named(key: &str) -> String {
        let request = request("https://a.example/v1", r#"{"q":"canary prompt"}"#);
        name("openai", "m", &request, Secret::new(key).as_ref())
    }

    #[test]
    fn a_name_is_an_hmac_under_the_key() {
        // RFC 4231, test case 2: the function is the one it should be.
        let known = hmac_sha256::HMAC::mac("what do ya want for nothing?", "Jefe");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(crate::text::hex(&known), expected);
        assert_eq!(named(KEY), named(KEY));
        assert_eq!(named(KEY).len(), 64);
    }

    #[test]
    fn nobody_with_another_key_finds_it() {
        let names = [named(KEY), named("sk-test-canary-0123456780"), named("")];
        assert!(
            names
                .iter()
                .all(|one| names.iter().filter(|other| *other == one).count() == 1)
        );
    }

    #[test]
    fn whatever_is_sent_counts() {
        let (url, body) = ("https://a.example/v1", "{}");
        let plain = request(url, body);
        let with = |value: &str| plain.clone().header(Header::plain("x-user", value));
        let key = Secret::new(KEY);
        let names = [
            name("a", "m", &plain, key.as_ref()),
            name("b", "m", &plain, key.as_ref()),
            name("a", "n", &plain, key.as_ref()),
            name(
                "a",
                "m",
                &request("https://b.example/v1", body),
                key.as_ref(),
            ),
            name("a", "m", &request(url, "{} "), key.as_ref()),
            name("a", "m", &with("ann"), key.as_ref()),
            name("a", "m", &with("bob"), key.as_ref()),
            name("am", "", &plain, key.as_ref()),
            name("", "am", &plain, key.as_ref()),
        ];
        for (at, one) in names.iter().enumerate() {
            let same = names.iter().position(|other| other == one);
            assert_eq!(same, Some(at), "{one}");
        }
    }

    #[test]
    fn only_whole_answers_are_worth_keeping() {
        use FinishReason::{ContentFilter, Length, Stop, ToolCalls, Unknown};
        let reasons = [Stop, ToolCalls, Length, ContentFilter, Unknown];
        let kept = reasons.map(|reason| {
            let mut response = ChatResponse::new("a", "m");
            response.push(StreamEvent::Text("hi"));
            response.stream.finish_reason = Some(reason);
            is_worth_keeping(&response)
        });
        assert_eq!(kept, [true, true, false, false, false]);
        let mut empty = ChatResponse::new("a", "m");
        empty.stream.finish_reason = Some(Stop);
        assert!(!is_worth_keeping(&empty), "who asks again hopes for some");
    }
}
