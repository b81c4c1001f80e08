//! What happens in a call, for those who listen.

use crate::chat::{Report, Warning};
use crate::error::Error;
use crate::http::HttpRequest;
use crate::json::{Write, Writer};
use crate::ledger::keys::entry_key;
use crate::ledger::{Alert, Entry};

/// Something that happened in a call.
#[derive(Clone, Copy, Debug)]
pub enum Notice<'a> {
    /// A request is about to leave.
    Request {
        /// Our id of the call.
        id: &'a str,
        /// The configured provider.
        provider: &'a str,
        /// The model as sent.
        model: &'a str,
        /// The request; its headers are not shown.
        request: &'a HttpRequest,
        /// Counts from 1.
        attempt: u32,
    },
    /// The head of an answer has come.
    Response {
        /// Our id of the call.
        id: &'a str,
        /// Its HTTP status.
        status: u16,
        /// Milliseconds since the request left.
        duration: u64,
        /// The configured provider.
        provider: &'a str,
        /// The model as sent.
        model: &'a str,
    },
    /// The same provider is asked again.
    Retry {
        /// Our id of the call.
        id: &'a str,
        /// The configured provider.
        provider: &'a str,
        /// The model as sent.
        model: &'a str,
        /// The number of the attempt to come.
        attempt: u32,
        /// What became of the last one.
        error: &'a Error,
        /// Milliseconds until then.
        delay_ms: u64,
    },
    /// Another provider is asked.
    Failover {
        /// Our id of the call.
        id: &'a str,
        /// The provider that failed.
        from: &'a str,
        /// Who is next.
        to: &'a str,
        /// What became of the last attempt.
        error: &'a Error,
    },
    /// Whether a provider is healthy, or its circuit, has changed.
    Health {
        /// The configured provider.
        provider: &'a str,
    },
    /// The request is over that tried a provider that was out.
    Tried {
        /// The configured provider.
        provider: &'a str,
    },
    /// A call has ended, whatever became of it.
    Call(&'a Report<'a>),
    /// Something was not done as asked.
    Warning(&'a Warning),
    /// An attempt was booked.
    Usage {
        /// Its id.
        id: &'a str,
        /// As it stands in the ledger.
        entry: &'a Entry,
    },
    /// Spending has come near a limit. Only one of all that share the ledger is told.
    Alert(&'a Alert),
}

impl Notice<'_> {
    /// The name of the event.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Request { .. } => "request",
            Self::Response { .. } => "response",
            Self::Retry { .. } => "retry",
            Self::Failover { .. } => "failover",
            Self::Health { .. } => "health",
            Self::Tried { .. } => "tried",
            Self::Call(_) => "log",
            Self::Warning(_) => "warning",
            Self::Usage { .. } => "usage",
            Self::Alert(_) => "alert",
        }
    }
}

/// As listeners hear it, but for two: `health` and `tried` name whose record is news, `usage` is an
/// entry of the ledger under its key.
impl Write for Notice<'_> {
    fn write(&self, writer: &mut Writer) {
        let mut object = |fields: &[_]| write_object(writer, fields);
        match self {
            Self::Request {
                id,
                provider,
                model,
                request,
                attempt,
            } => object(&[
                ("id", id),
                ("provider", provider),
                ("model", model),
                ("method", &request.method.as_str()),
                ("url", &request.url),
                ("attempt", attempt),
            ]),
            Self::Response {
                id,
                status,
                duration,
                provider,
                model,
            } => object(&[
                ("id", id),
                ("status", status),
                ("duration", duration),
                ("provider", provider),
                ("model", model),
            ]),
            Self::Retry {
                id,
                provider,
                model,
                attempt,
                error,
                delay_ms,
            } => object(&[
                ("request_id", id),
                ("provider", provider),
                ("model", model),
                ("attempt", attempt),
                ("error", *error),
                ("delay_ms", delay_ms),
            ]),
            Self::Failover {
                id,
                from,
                to,
                error,
            } => object(&[
                ("request_id", id),
                ("from", from),
                ("to", to),
                ("error", *error),
            ]),
            Self::Health { provider } | Self::Tried { provider } => {
                object(&[("provider", provider)]);
            }
            Self::Usage { id, entry } => object(&[("key", &entry_key(id)), ("doc", *entry)]),
            Self::Call(report) => report.write(writer),
            Self::Warning(warning) => warning.write(writer),
            Self::Alert(alert) => alert.write(writer),
        }
    }
}

fn write_object(writer: &mut Writer, fields: &[(&str, &dyn Write)]) {
    writer.begin_object();
    for (key, value) in fields {
        writer.field(key, *value);
    }
    writer.end_object();
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::chat::ChatResponse;
    use crate::error::ErrorKind;
    use crate::http::Header;
    use crate::json::to_string;

    /// The name and the text of each, a line each.
    #[track_caller]
    fn check(notices: &[Notice<'_>], expected: Expect) {
        let told = |notice: &Notice<'_>| format!("{} {}\n", notice.name(), to_string(notice));
        expected.assert_eq(&notices.iter().map(told).collect::<String>());
    }

    #[test]
    fn listeners_hear_of_requests_without_their_headers() {
        let mut request = HttpRequest::post_json("https://x.test/v1".to_string(), b"{}".to_vec());
        request.headers.push(Header::plain("x-team", "blue"));
        let (id, provider, model) = ("c1", "claude", "m");
        check(
            &[
                Notice::Request {
                    id,
                    provider,
                    model,
                    request: &request,
                    attempt: 2,
                },
                Notice::Response {
                    id,
                    status: 503,
                    duration: 12,
                    provider,
                    model,
                },
            ],
            expect![[r#"
                request {"id":"c1","provider":"claude","model":"m","method":"POST","url":"https://x.test/v1","attempt":2}
                response {"id":"c1","status":503,"duration":12,"provider":"claude","model":"m"}
            "#]],
        );
    }

    #[test]
    fn listeners_hear_what_became_of_an_attempt() {
        let error = &Error::new(ErrorKind::Overloaded, "busy");
        let (id, provider) = ("c1", "claude");
        check(
            &[
                Notice::Retry {
                    id,
                    provider,
                    model: "m",
                    attempt: 2,
                    error,
                    delay_ms: 500,
                },
                Notice::Failover {
                    id,
                    from: provider,
                    to: "gemini",
                    error,
                },
                Notice::Usage {
                    id: "c1#1",
                    entry: &Entry::default(),
                },
            ],
            expect![[r#"
                retry {"request_id":"c1","provider":"claude","model":"m","attempt":2,"error":{"type":"overloaded","message":"busy","retryable":true,"billed":"no"},"delay_ms":500}
                failover {"request_id":"c1","from":"claude","to":"gemini","error":{"type":"overloaded","message":"busy","retryable":true,"billed":"no"}}
                usage {"key":"r/c1#1","doc":{"state":"pending","owner":"","amount":0,"buckets":[],"created":0,"deadline":0,"provider":"","model":"","attempt":0}}
            "#]],
        );
    }

    #[test]
    fn what_stands_for_itself_is_told_as_it_is() {
        let provider = "claude";
        let report = Report {
            response: &ChatResponse::new("claude", "m"),
            error: None,
            provider: None,
            model: "m",
            duration_ms: 7,
            embeds: false,
        };
        let alert = Alert {
            key: "b/*/d:2026-11-22".to_string(),
            limit: 2_000_000_000,
            alert: 1_000_000_000,
            settled: 1_000_000_000,
        };
        check(
            &[
                Notice::Health { provider },
                Notice::Tried { provider },
                Notice::Call(&report),
                Notice::Warning(&Warning::field("seed", "left out")),
                Notice::Alert(&alert),
            ],
            expect![[r#"
                health {"provider":"claude"}
                tried {"provider":"claude"}
                log {"level":"info","message":"chat","fields":{"gen_ai.operation.name":"chat","gen_ai.request.model":"m","gen_ai.response.model":"m","gen_ai.response.finish_reasons":[],"gen_ai.usage.input_tokens":0,"gen_ai.usage.output_tokens":0,"cost_nano_usd":0,"attempts":0,"duration_ms":7}}
                warning {"code":"unsupported_field","message":"left out","field":"seed"}
                alert {"provider":null,"cost":1,"limit":2,"threshold":0.5,"scope":"*","period":"d:2026-11-22"}
            "#]],
        );
    }
}
