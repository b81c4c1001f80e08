//! `data:` URLs, which most providers want taken apart, and the types of files.

use crate::text;

/// The media type and base64 payload of a `data:` URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DataUrl<'a> {
    /// Such as `image/png`.
    pub(crate) media_type: &'a str,
    /// Base64, as written.
    pub(crate) base64: &'a str,
}

impl<'a> DataUrl<'a> {
    /// Takes a `data:` URL with a base64 payload apart; `None` for any other URL.
    pub(crate) fn parse(url: &'a str) -> Option<Self> {
        let (head, base64) = url.strip_prefix("data:")?.split_once(',')?;
        let media_type = head.strip_suffix(";base64")?;
        // Parameters such as `;charset=` mean nothing to the providers.
        let media_type = media_type.split(';').next().unwrap_or(media_type);
        Some(Self { media_type, base64 })
    }
}

/// The types addresses end in.
static EXTENSIONS: &[(&str, &str)] = &[
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("gif", "image/gif"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("html", "text/html"),
    ("csv", "text/csv"),
    ("md", "text/markdown"),
    ("json", "application/json"),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
    ("mp4", "video/mp4"),
];

/// The media type of what an address leads to, by its ending.
pub(crate) fn extension_type(url: &str) -> Option<&'static str> {
    let end = url.bytes().position(|byte| byte == b'?' || byte == b'#');
    let path = url.get(..end.unwrap_or(url.len()))?;
    let (_, extension) = text::rsplit_once(path, b'.')?;
    let known = EXTENSIONS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(extension));
    known.map(|(_, media_type)| *media_type)
}

/// What files begin with, from which byte on.
static SIGNATURES: &[(usize, &[u8], &str)] = &[
    (0, b"\x89PNG", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftyphei", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (0, b"%PDF", "application/pdf"),
];

/// The media type of a file, by its first bytes.
pub(crate) fn signed_type(bytes: &[u8]) -> Option<&'static str> {
    let known = SIGNATURES.iter().find(|(at, signature, _)| {
        let behind = bytes.get(*at..);
        behind.is_some_and(|bytes| bytes.starts_with(signature))
    });
    known.map(|(.., media_type)| *media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_tell_their_type_by_name_or_by_their_first_bytes() {
        for (url, expected) in [
            (
                "https://example.com/a.b/c.JPG?x=.png#.gif",
                Some("image/jpeg"),
            ),
            ("https://example.com/a.tar", None),
            ("https://example.com/", None),
        ] {
            assert_eq!(extension_type(url), expected, "{url}");
        }
        assert_eq!(signed_type(b"GIF89a"), Some("image/gif"));
        assert_eq!(signed_type(b"\0\0\0\x18ftypheic"), Some("image/heic"));
        assert_eq!(signed_type(b"GIF"), None);
    }

    #[test]
    fn a_data_url_is_taken_apart() {
        assert_eq!(
            DataUrl::parse("data:image/png;base64,AAAA"),
            Some(DataUrl {
                media_type: "image/png",
                base64: "AAAA"
            })
        );
        assert_eq!(
            DataUrl::parse("data:text/plain;charset=utf-8;base64,QQ==").map(|url| url.media_type),
            Some("text/plain")
        );
        assert_eq!(DataUrl::parse("https://example.com/a.png"), None);
        assert_eq!(DataUrl::parse("data:text/plain,hello"), None);
    }
}
