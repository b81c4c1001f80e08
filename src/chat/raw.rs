//! What went over the wire, for those who ask: without headers of the request, without keys.

use std::borrow::Cow;

use crate::http::{HttpRequest, ResponseHead, Secret};
use crate::json::{Pairs, Write, Writer};
use crate::text::concat;

/// The last request of a call and what came back.
pub(crate) struct Raw {
    method: &'static str,
    url: String,
    request: Kept,
    /// `None` before a head has come.
    status: Option<u16>,
    headers: Vec<(String, String)>,
    /// The body of the answer.
    pub(crate) response: Kept,
}

impl Raw {
    /// A request that is about to leave.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let mut body = Kept::default();
        body.add(request.body.as_deref().unwrap_or_default());
        Self {
            method: request.method.as_str(),
            url: request.url.clone(),
            request: body,
            status: None,
            headers: Vec::new(),
            response: Kept::default(),
        }
    }

    /// The head of its answer. A cookie opens a session as a key does; where a redirect would lead is never shown.
    pub(crate) fn answered(&mut self, head: &ResponseHead) {
        self.status = Some(head.status);
        self.headers.clone_from(&head.headers);
        for (name, value) in &mut self.headers {
            if name == "set-cookie" || name == "location" {
                *value = "***".to_string();
            }
        }
    }

    /// Takes a key out of all of it.
    pub(crate) fn redact(&mut self, key: &Secret) {
        for (_, value) in &mut self.headers {
            *value = key.redact(value).into_owned();
        }
        self.request.redact(key);
        self.response.redact(key);
    }
}

impl Write for Raw {
    fn write(&self, writer: &mut Writer) {
        writer.begin_object();
        writer.begin_object_at("request");
        writer.field("method", &self.method);
        writer.field("url", &self.url);
        writer.field("body", &self.request);
        writer.end_object();
        if let Some(status) = self.status {
            writer.begin_object_at("response");
            writer.field("status", &status);
            writer.field("headers", &Pairs(&self.headers));
            writer.field("body", &self.response);
            writer.end_object();
        }
        writer.end_object();
    }
}

/// The beginning of a body.
#[derive(Default)]
pub(crate) struct Kept {
    bytes: Vec<u8>,
    /// How many bytes there were.
    total: usize,
}

impl Kept {
    /// Adds what comes next, as far as there is room.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.total += bytes.len();
        let room = MOST_BYTES - self.bytes.len().min(MOST_BYTES);
        self.bytes.extend(bytes.get(..room).unwrap_or(bytes));
    }

    fn redact(&mut self, key: &Secret) {
        let redacted = key.redact(&self.text()).into_owned();
        let is_cut = self.is_cut();
        self.bytes = redacted.into_bytes();
        if !is_cut {
            self.total = self.bytes.len();
        }
    }

    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    fn is_cut(&self) -> bool {
        self.total > MOST_BYTES
    }
}

impl Write for Kept {
    fn write(&self, writer: &mut Writer) {
        let text = self.text();
        match self.is_cut() {
            true => writer.string(&concat(&[
                &text,
                "… [cut: ",
                &self.total.to_string(),
                " bytes in all]",
            ])),
            false => writer.string(&text),
        }
    }
}

/// What is kept of each body: 1 MiB.
const MOST_BYTES: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Header;

    const KEY: &str = "sk-test-0123456789abcdef";

    fn raw(sent: &str, headers: &[(&str, &str)], came: &[&str]) -> serde_json::Value {
        let url = "https://api.example.com/v1".to_string();
        let request = HttpRequest::post_json(url, sent.into());
        let mut raw = Raw::of(&request.header(Header::secret("x-api-key", KEY.into())));
        raw.answered(&ResponseHead {
            status: 200,
            headers: headers
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            received_ms: 0,
        });
        for piece in came {
            raw.response.add(piece.as_bytes());
        }
        raw.redact(&Secret::new(KEY).unwrap());
        serde_json::from_str(&crate::json::to_string(&raw)).unwrap()
    }

    #[test]
    fn both_sides_are_shown_without_keys_cookies_and_where_a_redirect_leads() {
        let told = raw(
            &format!(r#"{{"text":"my key is {KEY}"}}"#),
            &[
                ("set-cookie", "session=1"),
                ("location", "https://b.example/?to=1"),
                ("x-echo", KEY),
            ],
            &["a key ", KEY, " é"],
        );
        let expected = serde_json::json!({
            "request": { "method": "POST", "url": "https://api.example.com/v1", "body": "{\"text\":\"my key is ***\"}" },
            "response": { "status": 200, "headers": { "set-cookie": "***", "location": "***", "x-echo": "***" }, "body": "a key *** é" },
        });
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        let long = "é".repeat(MOST_BYTES);
        let told = raw(&long, &[], &["x", &long, "y"]);
        let body = told["response"]["body"].as_str().unwrap();
        assert!(body.ends_with("\u{fffd}… [cut: 2097154 bytes in all]"));
        assert_eq!(
            body.len(),
            MOST_BYTES + "\u{fffd}… [cut: 2097154 bytes in all]".len() - 1
        );
        let sent = told["request"]["body"].as_str().unwrap();
        assert!(sent.ends_with("é… [cut: 2097152 bytes in all]"));
    }

    #[test]
    fn a_key_that_the_cut_runs_through_is_not_shown() {
        let fill = "x".repeat(MOST_BYTES - 16);
        let told = raw("", &[], &[&fill, KEY]);
        let body = told["response"]["body"].as_str().unwrap();
        assert!(body.ends_with("xxx***… [cut: 1048584 bytes in all]"));
    }

    #[test]
    fn a_body_of_exactly_the_most_is_whole() {
        let fill = "x".repeat(MOST_BYTES);
        assert_eq!(raw("", &[], &[&fill])["response"]["body"], fill);
    }
}
