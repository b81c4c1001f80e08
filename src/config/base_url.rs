//! Where a provider is: an address that can only mean one origin.
//!
//! A small allow-list instead of a URL parser: scheme, host, port and path of
//! plain characters. Whatever could be read in two ways (user info, backslash,
//! query, fragment, escapes, control characters, unicode hosts) is refused, so
//! that a key never travels to an origin the user did not write.

use crate::text;

/// An address without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// An address of our own data.
    #[must_use]
    pub(crate) fn trusted(url: &str) -> Self {
        Self(url.to_string())
    }

    /// Checks an address the user wrote. A path is resolved against a page's `origin`. Plain http is taken
    /// on this device, and elsewhere with `allow_insecure`.
    ///
    /// # Errors
    /// What is wrong with it and what would be right.
    ///
    /// ```
    /// use aircher_llm::config::BaseUrl;
    ///
    /// let proxy = BaseUrl::parse("/llm/", false, Some("https://app.example"))?;
    /// assert_eq!(proxy.join("/chat/completions"), "https://app.example/llm/chat/completions");
    /// assert!(BaseUrl::parse("http://localhost:11434", false, None).is_ok());
    /// assert!(BaseUrl::parse("http://llm.example", false, None).is_err());
    /// # Ok::<(), String>(())
    /// ```
    pub fn parse(url: &str, allow_insecure: bool, origin: Option<&str>) -> Result<Self, String> {
        let url = url.trim();
        if url.starts_with('/') && !url.starts_with("//") {
            let origin = origin.ok_or("a relative address needs a page; give an absolute one such as `https://example.com/v1`")?;
            check_path(url)?;
            return Ok(Self(format!("{origin}{}", url.trim_end_matches('/'))));
        }
        let (scheme, rest) = text::split_once(url, "://")
            .ok_or("give an absolute address such as `https://example.com/v1`")?;
        let (authority, path) = rest
            .find('/')
            .and_then(|at| rest.split_at_checked(at))
            .unwrap_or((rest, ""));
        let host = check_authority(authority)?;
        check_path(path)?;
        check_scheme(scheme, host, allow_insecure)?;
        Ok(Self(format!(
            "{}://{}{}",
            scheme.to_ascii_lowercase(),
            authority.to_ascii_lowercase(),
            path.trim_end_matches('/')
        )))
    }

    /// The address without one of these ends, which people copy along.
    #[must_use]
    pub(super) fn without(mut self, ends: &[&str]) -> Self {
        let mut ends = ends.iter();
        if let Some(base) = ends.find_map(|end| self.0.strip_suffix(end)) {
            self.0.truncate(base.len());
        }
        self
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host, and the port where one is written.
    #[must_use]
    pub fn host(&self) -> (&str, Option<u64>) {
        let (host, port) = host_of(&self.0);
        (host, port.and_then(|port| port.parse().ok()))
    }

    /// Whether what is sent there can be read on the way, which then was allowed.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        self.0.starts_with("http:") && !is_loopback(self.host().0)
    }

    /// The address followed by a path that begins with a slash.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

fn check_scheme(scheme: &str, host: &str, allow_insecure: bool) -> Result<(), String> {
    match scheme.to_ascii_lowercase().as_str() {
        "https" => Ok(()),
        "http" if allow_insecure || is_loopback(host) => Ok(()),
        "http" => Err(
            "http would show the key to the network; use https, or set `allow_insecure = true`"
                .into(),
        ),
        _ => Err("only https and http addresses are known".into()),
    }
}

/// Whether a host is this device.
pub(crate) fn is_loopback(host: &str) -> bool {
    let is_ipv4 = || host.starts_with("127.") && is_ipv4(host);
    host.eq_ignore_ascii_case("localhost") || host == "[::1]" || is_ipv4()
}

/// Whether a host is no name: `127.evil.example` begins like an address and is none.
pub(crate) fn is_ipv4(host: &str) -> bool {
    host.bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// The host of an address, and the port where one is written; empty for what is none.
pub(crate) fn host_of(url: &str) -> (&str, Option<&str>) {
    let rest = text::split_once(url, "://").map_or("", |(_, rest)| rest);
    let authority = text::split_once(rest, "/").map_or(rest, |(authority, _)| authority);
    host_and_port(authority)
}

fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match text::rsplit_once(authority, b':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// Checks `host[:port]` and returns the host.
fn check_authority(authority: &str) -> Result<&str, String> {
    if text::has(authority, "@") {
        return Err("an address must not hold a user name or password".into());
    }
    let (host, port) = host_and_port(authority);
    if port.is_some_and(|port| !port.parse::<u64>().is_ok_and(|port| port < 65_536)) {
        return Err("the port must be a number up to 65535".into());
    }
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let plain = |text: &str, extra: &[u8]| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || extra.contains(&byte))
    };
    let good = match inner {
        Some(ipv6) => plain(ipv6, b":."),
        None => plain(host, b".-_"),
    };
    if good {
        Ok(host)
    } else {
        Err(
            "the host may hold only letters, digits, `.` and `-` (write unicode names in punycode)"
                .into(),
        )
    }
}

/// Paths that are added to an address; the shorter ones could be a proxy's own.
const ENDPOINTS: [&str; 6] = [
    "/chat/completions",
    "/embeddings",
    "/v1/responses",
    "/v1/messages",
    "/api/chat",
    "/api/generate",
];

fn check_path(path: &str) -> Result<(), String> {
    let trimmed = path.trim_end_matches('/');
    if let Some(end) = ENDPOINTS.iter().find(|end| trimmed.ends_with(**end)) {
        return Err(text::concat(&["leave `", end, "` out, it is added"]));
    }
    if path.contains(['?', '#']) {
        return Err("an address must not hold a query or fragment".into());
    }
    let plain = path
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"/-._~:@!$&'()*+,;=".contains(&byte));
    let dots = path.split('/').any(|segment| matches!(segment, "." | ".."));
    if plain && !dots && !text::has(path, "//") {
        Ok(())
    } else {
        Err("the path may hold only plain characters, no `..`, `//`, `\\` or escapes".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Result<&str, &str>) {
        let parsed = BaseUrl::parse(url, false, Some("https://page.example"));
        match (&parsed, expected) {
            (Ok(url), Ok(expected)) => assert_eq!(url.as_str(), expected),
            (Err(problem), Err(part)) => assert!(problem.contains(part), "{problem}"),
            _ => panic!("{url}: {parsed:?}"),
        }
    }

    #[test]
    fn addresses_that_mean_one_origin() {
        check(
            "https://api.example.com/v1/",
            Ok("https://api.example.com/v1"),
        );
        check("HTTPS://API.Example.com", Ok("https://api.example.com"));
        check("http://localhost:11434", Ok("http://localhost:11434"));
        check(
            "http://127.0.0.1:8080/openai/v1",
            Ok("http://127.0.0.1:8080/openai/v1"),
        );
        check("http://[::1]:1234", Ok("http://[::1]:1234"));
        check("/proxy/", Ok("https://page.example/proxy"));
    }

    #[test]
    fn an_address_tells_its_host() {
        for (url, host, port) in [
            ("https://api.example.com/v1", "api.example.com", None),
            ("http://localhost:11434", "localhost", Some(11_434)),
            ("http://[::1]/v1", "[::1]", None),
            ("http://[::1]:80/v1", "[::1]", Some(80)),
            ("/proxy", "page.example", None),
        ] {
            let url = BaseUrl::parse(url, false, Some("https://page.example")).unwrap();
            assert_eq!(url.host(), (host, port));
        }
    }

    #[test]
    fn addresses_that_could_mean_another() {
        check("http://example.com", Err("use https"));
        check("http://127.evil.com", Err("use https"));
        check("https://user:pass@example.com", Err("user name"));
        check("https://example.com?x=1", Err("host may hold"));
        check("https://example.com/?x=1", Err("query"));
        check("https://example.com/a#b", Err("query or fragment"));
        check("https://example.com\\@evil.com", Err("user name"));
        check("https://example.com/../x", Err("no `..`"));
        check("https://example.com/%2e%2e/x", Err("escapes"));
        check("https://exämple.com", Err("punycode"));
        check("https://example.com:99999", Err("port"));
        check("ftp://example.com", Err("only https"));
        check("//evil.com", Err("absolute"));
        check("example.com", Err("absolute"));
        check("https://", Err("host may hold"));
    }

    #[test]
    fn what_people_copy_along_is_dropped() {
        let base = |url: &str, ends: &[&str]| {
            let parsed = BaseUrl::parse(url, false, None).unwrap();
            parsed.without(ends).as_str().to_string()
        };
        assert_eq!(base("https://a.example/v1/", &["/v1"]), "https://a.example");
        assert_eq!(
            base("https://a.example/api", &["/v1", "/api"]),
            "https://a.example"
        );
        assert_eq!(base("https://a.example/v1", &[]), "https://a.example/v1");
        assert_eq!(
            base("https://a.example/v1/x", &["/v1"]),
            "https://a.example/v1/x"
        );
    }
}
