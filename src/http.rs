//! Plain HTTP data: what is sent, what comes back, and the secret in between.
//!
//! Nothing here performs I/O. [`Secret`] is the only place a key lives: it has
//! no `Serialize`, its `Debug` prints `***`, and [`Secret::redact`] removes it
//! from any text that might quote it.

use std::borrow::Cow;
use std::fmt;

use crate::text;

/// The methods the providers' endpoints need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `HEAD`
    Head,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The method's name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Head => "HEAD",
            Self::Delete => "DELETE",
        }
    }
}

/// A key, token or other value that must never be seen.
///
/// ```
/// use aircher_llm::http::Secret;
///
/// let key = Secret::new(" sk-live-0123456789\n").unwrap();
/// assert_eq!(format!("{key:?}"), "***");
/// assert_eq!(key.expose(), "sk-live-0123456789");
/// assert_eq!(Secret::new("two words"), None);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Trims and checks a key: 8 to 4,096 visible ASCII characters, so that it
    /// can stand in a header and no runtime echoes it in a header error.
    ///
    /// Returns `None` when it is not of that form; the value is not repeated.
    #[must_use]
    pub fn new(value: &str) -> Option<Self> {
        let value = value.trim();
        let fits =
            (8..=4096).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(value.to_string()))
    }

    /// The value itself, for the header it belongs in. Whoever calls this answers for where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The text with this secret replaced by `***`, in whatever form a server echoes it: as it
    /// is, escaped for a URL or for JSON, or as base64. At the end of the text its beginning is
    /// replaced as well: texts are cut to a length, and the cut may run through the secret.
    ///
    /// ```
    /// use aircher_llm::http::Secret;
    ///
    /// let key = Secret::new("sk-live-0123456789").unwrap();
    /// assert_eq!(key.redact("Incorrect key: sk-live-0123456789."), "Incorrect key: ***.");
    /// // A text that was cut in the middle of the key shows nothing of it either.
    /// assert_eq!(key.redact("Incorrect key: sk-live-0123"), "Incorrect key: ***");
    /// ```
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let base64 = base64(self.0.as_bytes());
        let unpadded = base64.trim_end_matches('=');
        match hidden(text, self.0.as_bytes()) {
            Cow::Borrowed(text) => hidden(text, unpadded.as_bytes()),
            Cow::Owned(text) => Cow::Owned(hidden(&text, unpadded.as_bytes()).into_owned()),
        }
    }
}

/// A text with `***` wherever it spells a secret.
fn hidden<'a>(text: &'a str, secret: &[u8]) -> Cow<'a, str> {
    let (mut out, mut behind, mut at) = (String::new(), 0, 0);
    let telling = telling(secret);
    while let Some(rest) = text.as_bytes().get(at..).filter(|rest| !rest.is_empty()) {
        let Some(length) = spelled(rest, secret, telling) else {
            at += 1;
            continue;
        };
        out.push_str(text.get(behind..at).unwrap_or_default());
        out.push_str("***");
        at += length;
        behind = at;
    }
    if behind == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(behind..).unwrap_or_default());
    Cow::Owned(out)
}

/// How much of the beginning of a text spells a secret; to the end when that cuts it behind so many
/// characters as are `telling`.
fn spelled(text: &[u8], secret: &[u8], telling: usize) -> Option<usize> {
    if text.starts_with(secret) {
        return Some(secret.len());
    }
    let mut rest = text;
    for (known, byte) in secret.iter().enumerate() {
        rest = match behind_letter(rest, *byte) {
            Some(rest) => rest,
            None if known >= telling && is_cut(rest) => return Some(text.len()),
            None => return None,
        };
    }
    Some(text.len() - rest.len())
}

/// How many characters of its beginning tell something of a secret: one more than it shares with
/// others of its kind, which are short words such as `sk-proj-`.
fn telling(secret: &[u8]) -> usize {
    let words = secret.split_inclusive(|byte| b"-_".contains(byte));
    let is_word = |word: &&[u8]| word.len() < 7 && !word.iter().any(u8::is_ascii_uppercase);
    let shared = words.take_while(is_word).map(<[u8]>::len).sum::<usize>();
    (shared.min(12) + 1).max(4).min(secret.len() / 2)
}

/// What follows a letter of a secret: as it is, as `%3D`, or behind as many backslashes as
/// JSON within JSON needs, also as `\u003d`. Encoders differ in what they escape.
fn behind_letter(text: &[u8], byte: u8) -> Option<&[u8]> {
    let slashes = text.iter().take_while(|byte| **byte == b'\\').count();
    let unescaped = text.get(slashes..)?;
    hex(text.strip_prefix(b"%"), byte)
        .or_else(|| hex(unescaped.strip_prefix(b"u00"), byte))
        .or_else(|| text.strip_prefix(&[byte]))
        .or_else(|| unescaped.strip_prefix(&[byte]))
}

fn hex(text: Option<&[u8]>, byte: u8) -> Option<&[u8]> {
    let (digits, rest) = text?.split_at_checked(2)?;
    let digit = |value, digit: &u8| Some(value * 16 + char::from(*digit).to_digit(16)?);
    let value = digits.iter().try_fold(0, digit)?;
    (value == u32::from(byte)).then_some(rest)
}

/// Whether nothing follows, or an escape that the end cuts.
fn is_cut(rest: &[u8]) -> bool {
    match rest.first() {
        Some(b'%') => rest.len() < 3,
        Some(b'\\') => rest.len() < 6,
        other => other.is_none(),
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// One request header.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// Lower-case name.
    pub name: Cow<'static, str>,
    /// Its value.
    pub value: String,
    secret: bool,
}

impl Header {
    /// A header anybody may see.
    pub fn plain(name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            secret: false,
        }
    }

    /// A header that carries a key, or may: whatever a configuration or a listener adds.
    #[must_use]
    pub fn secret(name: impl Into<Cow<'static, str>>, value: String) -> Self {
        Self {
            name: name.into(),
            value,
            secret: true,
        }
    }

    /// What of it must not be seen: a value of 8 characters and more, or a word of it with a digit. The words of a
    /// title are no secret, and no address is one: with these servers are told who asks.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = Secret> {
        let words = self.value.split_ascii_whitespace();
        let hides = |word: &&str| {
            let is_all = word.len() == self.value.len();
            let is_telling = is_all || word.bytes().any(|byte| byte.is_ascii_digit());
            self.secret && is_telling && !text::has(word, "://")
        };
        words.filter(hides).filter_map(Secret::new)
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}",
            self.name,
            if self.secret { "***" } else { &self.value }
        )
    }
}

/// A request, ready to be sent.
///
/// ```
/// use aircher_llm::http::{Header, HttpRequest, Secret};
///
/// let key = Secret::new("sk-live-0123456789").unwrap();
/// let request = HttpRequest::post_json("https://api.openai.com/v1/responses".into(), b"{}".to_vec())
///     .bearer(&key)
///     .header(Header::plain("x-title", "demo"));
/// let shown = format!("{:?}", request.headers);
/// assert_eq!(shown, "[content-type: application/json, authorization: ***, x-title: demo]");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The absolute URL. Never holds a key.
    pub url: String,
    /// The headers; the host adds its own.
    pub headers: Vec<Header>,
    /// The body, UTF-8 JSON.
    pub body: Option<Vec<u8>>,
}

impl HttpRequest {
    /// A `POST` with a JSON body.
    #[must_use]
    pub fn post_json(url: String, body: Vec<u8>) -> Self {
        let headers = vec![Header::plain("content-type", "application/json")];
        Self {
            method: Method::Post,
            url,
            headers,
            body: Some(body),
        }
    }

    /// A `GET` without headers.
    #[must_use]
    pub fn get(url: String) -> Self {
        Self {
            method: Method::Get,
            url,
            headers: Vec::new(),
            body: None,
        }
    }

    /// Adds headers, each replacing one of the same name.
    #[must_use]
    pub fn with(self, headers: impl IntoIterator<Item = Header>) -> Self {
        headers.into_iter().fold(self, Self::header)
    }

    /// Adds a header, replacing one of the same name.
    #[must_use]
    pub fn header(mut self, header: Header) -> Self {
        self.headers
            .retain(|known| !known.name.eq_ignore_ascii_case(&header.name));
        self.headers.push(header);
        self
    }

    /// Adds a key as a bearer token.
    #[must_use]
    pub fn bearer(self, key: &Secret) -> Self {
        let value = text::concat(&["Bearer ", key.expose()]);
        self.header(Header::secret("authorization", value))
    }
}

/// The head of an answer.
///
/// ```
/// use aircher_llm::http::ResponseHead;
///
/// let headers = vec![("x-request-id".to_string(), "req_1".to_string())];
/// let head = ResponseHead { status: 200, headers, received_ms: 1_795_392_000_000 };
/// assert!(head.is_success() && !head.is_redirect());
/// assert_eq!(head.header("x-request-id"), Some("req_1"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseHead {
    /// The status; 0 for an opaque redirect of a browser.
    pub status: u16,
    /// The headers the host lets us read; names in lower case. In a page these are few: only what a
    /// server exposes (wire reference, README §7).
    pub headers: Vec<(String, String)>,
    /// When it came, in milliseconds since 1970 by the host's clock.
    pub received_ms: u64,
}

impl ResponseHead {
    /// The first header of that lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether this is a redirect, visible or opaque.
    #[must_use]
    pub fn is_redirect(&self) -> bool {
        self.status == 0 || (300..400).contains(&self.status)
    }
}

/// Percent-encodes one path segment: everything but unreserved characters and
/// `:` `@`, so that no model name can leave its place in the path.
///
/// ```
/// use aircher_llm::http::encode_segment;
///
/// assert_eq!(encode_segment("llama3.2:1b"), "llama3.2:1b");
/// assert_eq!(encode_segment("../admin"), "..%2Fadmin");
/// ```
#[must_use]
pub fn encode_segment(segment: &str) -> String {
    segment
        .bytes()
        .fold(String::with_capacity(segment.len()), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || b"-._~:@".contains(&byte) {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
            out
        })
}

/// Standard base64 with padding.
///
/// ```
/// assert_eq!(aircher_llm::http::base64(b"hi"), "aGk=");
/// ```
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: [u8; 64] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32| {
        ALPHABET
            .get((bits & 63) as usize)
            .map_or('=', |&byte| char::from(byte))
    };
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| group.get(at).map_or(0, |&byte| u32::from(byte));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.push(digit(bits >> 18));
        out.push(digit(bits >> 12));
        out.push(if group.len() > 1 {
            digit(bits >> 6)
        } else {
            '='
        });
        out.push(if group.len() > 2 { digit(bits) } else { '=' });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        let secret = Secret::new("  sk-\"abc\"-12345 ").unwrap();
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(
            format!("{:?}", Header::secret("x-api-key", secret.expose().into())),
            "x-api-key: ***"
        );
        let echoes = format!(
            "{} {} {} {}",
            secret.expose(),
            r#"sk-\"abc\"-12345"#,
            encode_segment(secret.expose()),
            base64(secret.expose().as_bytes())
        );
        assert_eq!(secret.redact(&echoes), "*** *** *** ***=");
    }

    #[test]
    fn whatever_an_encoder_escapes_a_secret_is_not_shown() {
        let secret = Secret::new(r#"sk-'a"\\b/<c>%2B+=0123"#).unwrap();
        for echo in [
            // `encodeURIComponent`, Python's `quote`, everything, in small letters
            r"sk-'a%22%5C%5Cb%2F%3Cc%3E%252B%2B%3D0123",
            r"sk-%27a%22%5C%5Cb/%3Cc%3E%252B%2B%3D0123",
            r"%73%6b%2d%27%61%22%5c%5c%62%2f%3c%63%3e%25%32%42%2b%3d%30%31%32%33",
            // JSON, with slashes escaped, as Go writes it, within JSON
            r#"sk-'a\"\\\\b/<c>%2B+=0123"#,
            r#"sk-'a\"\\\\b\/<c>%2B+=0123"#,
            r#"sk-\u0027a\u0022\u005c\u005Cb/\u003cc\u003E%2B+=0123"#,
            r#"sk-'a\\\"\\\\\\\\b/<c>%2B+=0123"#,
        ] {
            assert_eq!(secret.redact(&format!("é {echo} {echo}")), "é *** ***");
        }
        // Cut inside an escape.
        for cut in ["%", "%2", "%2B", "%2B\\u00"] {
            let text = format!("key: sk-'a%22%5C%5Cb%2F%3Cc%3E{cut}");
            assert_eq!(secret.redact(&text), "key: ***", "{cut}");
        }
        let unpadded = base64(secret.expose().as_bytes());
        let unpadded = unpadded.trim_end_matches('=');
        assert_eq!(secret.redact(&format!("é {unpadded} é")), "é *** é");
        for other in ["sk-'a%22%5C%5Cb%2F%3Cd", "%", "\\", "é%7", ""] {
            assert_eq!(secret.redact(other), other);
        }
    }

    #[test]
    fn a_secret_cut_by_the_end_is_not_shown_either() {
        let secret = Secret::new("sk-proj-0123456789abcdef").unwrap();
        let redacted = |text| secret.redact(text).into_owned();
        assert_eq!(redacted("key: sk-proj-0123456789"), "key: ***");
        assert_eq!(redacted("key: sk-proj-0123"), "key: ***");
        assert_eq!(
            redacted("keys begin with sk-proj-"),
            "keys begin with sk-proj-"
        );
        assert_eq!(redacted("sk-proj-0123 is no key"), "sk-proj-0123 is no key");
        assert_eq!(redacted("key: sk-proj-0"), "key: ***");
        for (secret, public, told) in [
            ("sk-ant-SECRET-0123456789", "sk-ant-", "sk-ant-S"),
            ("AIzaSyB-0123456789abcdef", "AIz", "AIza"),
            ("3f2a9c1e-0123-4567-89ab", "3f2", "3f2a"),
        ] {
            let secret = Secret::new(secret).unwrap();
            assert_eq!(secret.redact(public), public);
            assert_eq!(secret.redact(told), "***");
        }
    }

    #[test]
    fn a_key_that_cannot_stand_in_a_header_is_refused() {
        for bad in [
            "",
            "short",
            "has space inside",
            "line\nbreak-1234",
            "schlüssel-123456",
        ] {
            assert!(Secret::new(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_path_segment_cannot_leave_its_place() {
        assert_eq!(encode_segment("gpt-4o:x"), "gpt-4o:x");
        assert_eq!(encode_segment("../a?b#c\\é"), "..%2Fa%3Fb%23c%5C%C3%A9");
    }

    #[test]
    fn base64_pads() {
        assert_eq!(
            ["", "f", "fo", "foo"].map(|text| base64(text.as_bytes())),
            ["", "Zg==", "Zm8=", "Zm9v"]
        );
    }
}
