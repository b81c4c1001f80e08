//! Why a request did not get through, and what to do about it.
//!
//! fetch says next to nothing: offline, CORS, mixed content and a server that is not there look
//! alike in a page. Elsewhere the system has a code. From what the host knows of itself and where
//! the request went, the likeliest reason comes first.

use crate::config::{host_of, is_ipv4, is_loopback};
use crate::error::{Error, ErrorKind};
use crate::text::{concat, has, split_once};

/// Where requests are sent from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vantage {
    /// The origin of the page; `null` where it has none. `None`: this is no page.
    pub page: Option<String>,
    /// The device says that it has no network.
    pub offline: bool,
}

/// A server that people run themselves.
#[derive(Debug)]
pub struct OwnServer {
    /// How it is started.
    pub start: &'static str,
    /// The variable with the origins of the pages it lets in.
    pub origins: &'static str,
}

/// Where a request went.
#[derive(Debug)]
pub struct Way {
    /// Its address.
    pub url: String,
    /// The names of its headers.
    pub headers: String,
    /// What is known of the server, where people run their own.
    pub server: Option<&'static OwnServer>,
}

impl Way {
    /// Adds to an error of the network what to do; any other stays as it is.
    ///
    /// ```
    /// use aircher_llm::error::{Error, ErrorKind};
    /// use aircher_llm::policy::reach::{Vantage, Way};
    ///
    /// let way = Way { url: "http://llm.example/v1".into(), headers: String::new(), server: None };
    /// let page = Vantage { page: Some("https://app.example".into()), offline: false };
    /// let error = way.explain(Error::new(ErrorKind::NetworkError, "Failed to fetch"), &page);
    /// assert_eq!(error.code.as_deref(), Some("mixed_content"));
    /// ```
    #[must_use]
    pub fn explain(&self, mut error: Error, vantage: &Vantage) -> Error {
        if error.kind != ErrorKind::NetworkError || error.hint.is_some() {
            return error;
        }
        let (code, hint) = match &vantage.page {
            _ if vantage.offline => ("offline", OFFLINE.to_string()),
            Some(page) => self.in_page(page),
            None => ("", self.elsewhere(&error)),
        };
        if error.code.is_none() && !code.is_empty() {
            error = error.code(code);
        }
        error.hint(hint)
    }

    fn in_page(&self, page: &str) -> (&'static str, String) {
        let (origin, host) = self.origin();
        let is_plain = origin.starts_with("http:");
        if is_plain && page.starts_with("https:") && !is_loopback(host) {
            return ("mixed_content", MIXED.to_string());
        }
        if origin == page {
            let hint = concat(&["is ", origin, " up? it serves this page"]);
            return ("", hint);
        }
        let is_near = is_private(host) && !is_private(host_of(page).0);
        let lead = if is_near { NEAR } else { "" };
        let hint = match self.server {
            Some(server) => concat(&[
                lead,
                "is it running (`",
                server.start,
                "`)? it has to let this page in: set ",
                server.origins,
                "=",
                page,
                " where it runs and start it again",
            ]),
            None => concat(&[
                lead,
                "if ",
                origin,
                " is up, it does not let this page in: it has to answer with `access-control-allow-origin: ",
                page,
                "` and, to OPTIONS, `access-control-allow-headers: ",
                &self.headers,
                "`; or ask through a proxy of your own (examples/proxy-worker)",
            ]),
        };
        (if is_near { "local_network" } else { "cors" }, hint)
    }

    fn elsewhere(&self, error: &Error) -> String {
        let code = error.code.as_deref().unwrap_or_default();
        let says = |mark: &&str| has(code, mark) || has(&error.message, mark);
        let known = REASONS.iter().find(|(marks, ..)| marks.iter().any(says));
        let (_, before, behind) = known.unwrap_or(&UNKNOWN);
        let (origin, _) = self.origin();
        match self.server {
            Some(server) if *before == NOBODY => concat(&[
                before,
                origin,
                ": is it running? start it with `",
                server.start,
                "`",
            ]),
            _ => concat(&[before, origin, behind]),
        }
    }

    /// The origin and the host of the address.
    fn origin(&self) -> (&str, &str) {
        let (_, rest) = split_once(&self.url, "://").unwrap_or_default();
        let path = rest.find('/').map_or(0, |at| rest.len() - at);
        let end = self.url.len() - path;
        let origin = self.url.get(..end).unwrap_or_default();
        (origin, host_of(origin).0)
    }
}

/// Whether only the device itself, or its own network, can reach a host.
fn is_private(host: &str) -> bool {
    let in_172 = || {
        let (second, _) = split_once(host.strip_prefix("172.")?, ".")?;
        (second.len() == 2 && ("16"..="31").contains(&second)).then_some(())
    };
    let lies_in = |starts: &[&str]| starts.iter().any(|start| host.starts_with(start));
    is_loopback(host)
        || host.ends_with(".local")
        || lies_in(&["[fd", "[fe80:"])
        || is_ipv4(host) && (lies_in(&["10.", "192.168.", "169.254."]) || in_172().is_some())
}

const OFFLINE: &str = "this device is offline: ask again when it is not";
const MIXED: &str = "a page that came by https may not ask an http address: give that server https, or serve the page by http";
const NEAR: &str = "the browser asks before a page may reach this device or its network: allow this site local network access; ";
const NOBODY: &str = "nothing listens at ";

/// What the system says, and what it means, before and behind the address.
type Reason = (&'static [&'static str], &'static str, &'static str);
static REASONS: &[Reason] = &[
    (
        &["ECONNREFUSED", "onnectionRefused", "onnection refused"],
        NOBODY,
        ": is the server running, and the port right?",
    ),
    (
        &["ENOTFOUND", "EAI_AGAIN", "dns error", "lookup"],
        "the name in ",
        " is not known here: check base_url, DNS and VPN",
    ),
    (
        &["CERT", "certificate", "SSL", "TLS"],
        "the certificate of ",
        " is not trusted here: a proxy that opens TLS needs its own root made known (Node: NODE_EXTRA_CA_CERTS, Deno: DENO_CERT)",
    ),
    (
        &[
            "TIMEOUT",
            "ETIMEDOUT",
            "timed out",
            "EHOSTUNREACH",
            "ENETUNREACH",
        ],
        "no way to ",
        ": check the network, firewall and VPN",
    ),
];
static UNKNOWN: Reason = (
    &[],
    "the connection to ",
    " was not made or broke: check the network and base_url",
);

#[cfg(test)]
mod tests {
    use super::*;

    static HOME: OwnServer = OwnServer {
        start: "serve",
        origins: "ORIGINS",
    };

    fn explained(url: &str, server: bool, vantage: Vantage, said: &str) -> String {
        let way = Way {
            url: url.into(),
            headers: "content-type, x-key".into(),
            server: server.then_some(&HOME),
        };
        let error = way.explain(Error::new(ErrorKind::NetworkError, said), &vantage);
        let code = error.code.as_deref().unwrap_or("-").to_string();
        format!("{code}: {}", error.hint.clone().unwrap_or_default())
    }

    #[track_caller]
    fn page(page: &str, url: &str, server: bool, expected: &str) {
        let vantage = Vantage {
            page: Some(page.into()),
            offline: false,
        };
        assert_eq!(explained(url, server, vantage, "Failed to fetch"), expected);
    }

    #[test]
    fn in_a_page() {
        page(
            "https://a.example",
            "http://b.example/v1",
            false,
            "mixed_content: a page that came by https may not ask an http address: give that server https, or serve the page by http",
        );
        // A name, however much it looks like this device.
        page(
            "https://a.example",
            "http://127.evil.example/v1",
            false,
            "mixed_content: a page that came by https may not ask an http address: give that server https, or serve the page by http",
        );
        page(
            "https://a.example",
            "https://b.example/v1/chat",
            false,
            "cors: if https://b.example is up, it does not let this page in: it has to answer with `access-control-allow-origin: https://a.example` and, to OPTIONS, `access-control-allow-headers: content-type, x-key`; or ask through a proxy of your own (examples/proxy-worker)",
        );
        page(
            "https://a.example",
            "https://a.example/proxy/chat",
            false,
            "-: is https://a.example up? it serves this page",
        );
        page(
            "http://localhost:8080",
            "http://localhost:11434/api/chat",
            true,
            "cors: is it running (`serve`)? it has to let this page in: set ORIGINS=http://localhost:8080 where it runs and start it again",
        );
        page(
            "https://a.example",
            "http://localhost:11434/api/chat",
            true,
            "local_network: the browser asks before a page may reach this device or its network: allow this site local network access; is it running (`serve`)? it has to let this page in: set ORIGINS=https://a.example where it runs and start it again",
        );
    }

    #[test]
    fn addresses_of_the_own_network() {
        for host in [
            "localhost",
            "LOCALHOST",
            "127.0.0.1",
            "[::1]",
            "10.1.2.3",
            "192.168.0.9",
            "172.16.0.1",
            "172.31.9.9",
            "box.local",
            "[fd00::1]",
        ] {
            assert!(is_private(host), "{host}");
        }
        for host in [
            "api.example",
            "172.32.0.1",
            "172.16.evil.example",
            "127.evil.example",
            "10.evil.example",
            "172.example",
            "11.0.0.1",
            "192.169.0.1",
            "[2001:db8::1]",
            "",
        ] {
            assert!(!is_private(host), "{host}");
        }
    }

    #[test]
    fn whoever_is_offline_hears_that_alone() {
        let vantage = Vantage {
            page: None,
            offline: true,
        };
        assert_eq!(
            explained("https://b.example/", false, vantage, ""),
            "offline: this device is offline: ask again when it is not"
        );
    }

    #[test]
    fn elsewhere_the_system_has_a_word() {
        let hint = |said: &str, server| {
            explained("https://b.example:99/v1", server, Vantage::default(), said)
        };
        for (said, hint_of_it) in [
            (
                "ECONNREFUSED",
                "-: nothing listens at https://b.example:99: is the server running, and the port right?",
            ),
            (
                "tcp connect error: Connection refused (os error 111)",
                "-: nothing listens at https://b.example:99: is the server running, and the port right?",
            ),
            (
                "ENOTFOUND",
                "-: the name in https://b.example:99 is not known here: check base_url, DNS and VPN",
            ),
            (
                "UNABLE_TO_VERIFY_LEAF_SIGNATURE: unable to verify the first certificate",
                "-: the certificate of https://b.example:99 is not trusted here: a proxy that opens TLS needs its own root made known (Node: NODE_EXTRA_CA_CERTS, Deno: DENO_CERT)",
            ),
            (
                "UND_ERR_CONNECT_TIMEOUT",
                "-: no way to https://b.example:99: check the network, firewall and VPN",
            ),
            (
                "Network connection lost.",
                "-: the connection to https://b.example:99 was not made or broke: check the network and base_url",
            ),
        ] {
            assert_eq!(hint(said, false), hint_of_it);
        }
        assert_eq!(
            hint("ECONNREFUSED", true),
            "-: nothing listens at https://b.example:99: is it running? start it with `serve`"
        );
    }

    #[test]
    fn other_errors_stay_as_they_are() {
        let way = Way {
            url: "https://b.example".into(),
            headers: String::new(),
            server: None,
        };
        for error in [
            Error::new(ErrorKind::Timeout, "late"),
            Error::new(ErrorKind::NetworkError, "x").hint("own"),
        ] {
            let hint = error.hint.clone();
            assert_eq!(way.explain(error, &Vantage::default()).hint, hint);
        }
    }
}
