//! `data:` URLs, which most providers want taken apart.

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

#[cfg(test)]
mod tests {
    use super::*;

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
