//! Files by address, put into the request for those who fetch none.
//!
//! ```text
//! Provider::to_inline(request, target) -> addresses
//!     whoever calls fetches each: content-type and bytes
//! inline(request, address, …)          -> the same request with data URLs
//! ```
//! Fetching is the caller's; here is only what to fetch and what to make of it.

use super::images::{extension_type, signed_type};
use crate::chat::{ChatRequest, Content, ContentPart, Message, PartKind};
use crate::error::{Error, ErrorKind, Result};
use crate::http::base64;
use crate::text;

/// The most bytes that are put into a request: with base64's third more they still
/// fit the 20 MB that every provider takes (wire reference, Gemini §2 "Images").
pub const MOST_INLINE_BYTES: usize = 14 << 20;

/// Puts a fetched file in the place of its address, wherever the request names it.
///
/// # Errors
/// `invalid_request` when an image was asked for and something else came;
/// `unsupported` when it is too large.
///
/// ```
/// use aircher_llm::{chat::ChatRequest, json, provider};
///
/// let mut request = ChatRequest::from_json(r#"{"messages":[{"role":"user","content":[
///     {"type":"image_url","image_url":{"url":"https://example.com/cat"}}]}]}"#)?;
/// provider::inline(&mut request, "https://example.com/cat", Some("image/png"), b"\x89PNG\r\n\x1a\n")?;
/// let part = json::to_string(&request.messages[0].content.parts()[0]);
/// assert!(part.contains("data:image/png;base64,iVBORw0KGgo="));
/// # Ok::<(), aircher_llm::error::Error>(())
/// ```
pub fn inline(
    request: &mut ChatRequest,
    address: &str,
    content_type: Option<&str>,
    bytes: &[u8],
) -> Result<()> {
    if bytes.len() > MOST_INLINE_BYTES {
        return Err(not_inlined(request, address, "is larger than 14 MiB"));
    }
    let data = base64(bytes);
    let mut fits = true;
    for part in parts_mut(request) {
        if address_of(&part.kind) == Some(address) {
            let is_image = matches!(part.kind, PartKind::Image(_));
            match media_type(is_image, address, content_type, bytes) {
                Some(kind) => replace(part, text::concat(&["data:", kind, ";base64,", &data])),
                None => fits = false,
            }
        }
    }
    if fits {
        return Ok(());
    }
    Err(no_image(request, address, content_type))
}

fn replace(part: &mut ContentPart, url: String) {
    match &mut part.kind {
        PartKind::Image(image) => image.url = url,
        PartKind::File(file) => (file.url, file.file_data) = (None, Some(url)),
        PartKind::Text(_) | PartKind::Audio(_) => {}
    }
}

/// The error for an address that could not be fetched, or not be used. Another
/// provider may fetch it itself, so it is no fault of the request.
#[must_use]
pub fn not_inlined(request: &ChatRequest, address: &str, problem: &str) -> Error {
    let message = [
        &place(request, address),
        ": the provider fetches no addresses, and what stands at ",
        text::first_chars(address, 200),
        " ",
        problem,
    ];
    Error::new(ErrorKind::Unsupported, text::concat(&message))
        .code("not_inlined")
        .hint("send it as a data URL such as `data:image/png;base64,…`")
}

/// The addresses on the web of files that a rule picks by message and part, each once.
pub(crate) fn addresses<'a>(
    request: &'a ChatRequest,
    picks: &dyn Fn(&Message, &PartKind) -> bool,
) -> Vec<&'a str> {
    let mut found = Vec::new();
    for message in &request.messages {
        for part in message.content.parts() {
            if let Some(address) = address_of(&part.kind)
                && picks(message, &part.kind)
                && !found.contains(&address)
            {
                found.push(address);
            }
        }
    }
    found
}

/// The address of a file on the web.
pub(crate) fn address_of(part: &PartKind) -> Option<&str> {
    let url = match part {
        PartKind::Image(image) => &*image.url,
        PartKind::File(file) => file.url.as_deref()?,
        PartKind::Text(_) | PartKind::Audio(_) => return None,
    };
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    is_web.then_some(url)
}

fn parts_mut(request: &mut ChatRequest) -> impl Iterator<Item = &mut ContentPart> {
    let messages = request.messages.iter_mut();
    messages.flat_map(|message| match &mut message.content {
        Content::Parts(parts) => parts.as_mut_slice(),
        Content::Text(_) => &mut [],
    })
}

/// What the server says, then what the bytes say, then what the address ends in;
/// of an image nothing but an image's. Types that say nothing are not believed.
fn media_type<'a>(
    is_image: bool,
    address: &str,
    content_type: Option<&'a str>,
    bytes: &[u8],
) -> Option<&'a str> {
    let told = told(content_type);
    let fits = |kind: &&str| !is_image || kind.starts_with("image/");
    let vague = matches!(
        told,
        "" | "application/octet-stream" | "binary/octet-stream"
    );
    if !vague && fits(&told) {
        return Some(told);
    }
    let by_address = || extension_type(address).filter(|_| vague);
    let found = signed_type(bytes).filter(fits).or_else(by_address);
    found.filter(fits)
}

/// The media type without its parameters.
fn told(content_type: Option<&str>) -> &str {
    let kind = content_type.unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim()
}

fn no_image(request: &ChatRequest, address: &str, content_type: Option<&str>) -> Error {
    let told = text::first_chars(told(content_type), 100);
    let what = if told.is_empty() {
        "something else"
    } else {
        told
    };
    let problem = ["no image came from its address but ", what];
    Error::invalid_request(&place(request, address), text::concat(&problem))
        .hint("check that the address leads to the image itself and needs no login")
}

/// Where a request names an address.
fn place(request: &ChatRequest, address: &str) -> String {
    for (at, message) in request.messages.iter().enumerate() {
        for (index, part) in message.content.parts().iter().enumerate() {
            if address_of(&part.kind) == Some(address) {
                let field = part.kind.name();
                return format!("messages[{at}].content[{index}].{field}.url");
            }
        }
    }
    String::from("messages")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
    const HTML: &[u8] = b"<!doctype html>";

    fn request(parts: &str) -> ChatRequest {
        let text = format!(r#"{{"messages":[{{"role":"user","content":[{parts}]}}]}}"#);
        ChatRequest::from_json(&text).unwrap()
    }

    fn image(address: &str) -> ChatRequest {
        request(&format!(
            r#"{{"type":"image_url","image_url":{{"url":"{address}"}}}}"#
        ))
    }

    /// The image that comes of an address, or the error.
    #[track_caller]
    fn check(address: &str, content_type: Option<&str>, bytes: &[u8], expected: &str) {
        let mut request = image(address);
        let told = match inline(&mut request, address, content_type, bytes) {
            Ok(()) => crate::json::to_string(&request.messages[0].content.parts()[0]),
            Err(error) => error.to_string(),
        };
        let expected = expected
            .strip_prefix("data:")
            .map(|url| format!(r#"{{"type":"image_url","image_url":{{"url":"data:{url}"}}}}"#))
            .unwrap_or_else(|| expected.to_string());
        assert_eq!(told, expected);
    }

    #[test]
    fn the_type_is_what_the_server_the_bytes_or_the_address_say() {
        let plain = "https://example.com/a";
        check(
            plain,
            Some("image/PNG; q=1"),
            b"x",
            "data:image/PNG;base64,eA==",
        );
        check(plain, None, PNG, "data:image/png;base64,iVBORw0KGgo=");
        check(
            plain,
            Some("text/plain"),
            b"\xff\xd8\xff",
            "data:image/jpeg;base64,/9j/",
        );
        let octets = Some("application/octet-stream");
        check(
            plain,
            octets,
            b"RIFF....WEBP",
            "data:image/webp;base64,UklGRi4uLi5XRUJQ",
        );
        check(
            "https://example.com/a.GIF?b",
            octets,
            b"x",
            "data:image/gif;base64,eA==",
        );
    }

    #[test]
    fn what_is_no_image_is_refused() {
        check(
            "https://example.com/a.png",
            Some("text/html"),
            HTML,
            "invalid_request: messages[0].content[0].image_url.url: no image came from its address but text/html",
        );
        check(
            "https://example.com/a",
            None,
            b"%PDF-1.7",
            "invalid_request: messages[0].content[0].image_url.url: no image came from its address but something else",
        );
        check(
            "https://example.com/a",
            Some("image/png"),
            &vec![0; MOST_INLINE_BYTES + 1],
            "unsupported: messages[0].content[0].image_url.url: the provider fetches no addresses, and what stands at https://example.com/a is larger than 14 MiB",
        );
    }

    #[test]
    fn every_mention_of_an_address_is_replaced_and_no_other() {
        let mut request = request(
            r#"{"type":"image_url","image_url":{"url":"https://a/1","detail":"low"}},
               {"type":"file","file":{"url":"https://a/1","filename":"f"}},
               {"type":"image_url","image_url":{"url":"https://a/2"}},
               {"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}},
               {"type":"file","file":{"url":"gs://a/1"}}"#,
        );
        let found = addresses(&request, &|_, _| true);
        assert_eq!(found, ["https://a/1", "https://a/2"]);
        inline(&mut request, "https://a/1", None, PNG).unwrap();
        assert_eq!(addresses(&request, &|_, _| true), ["https://a/2"]);
        assert_eq!(
            crate::json::to_string(&request.messages[0].content.parts()[1]),
            r#"{"type":"file","file":{"filename":"f","file_data":"data:image/png;base64,iVBORw0KGgo="}}"#
        );
    }
}
