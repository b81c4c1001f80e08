//! The only translations between JavaScript values and the core.

use js_sys::{Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::host::{Host, Sink};
use crate::chat::{Events, RichEvent, StreamEvent, ToolCallDelta, place};
use crate::config::{CallTimeouts, checked_header};
use crate::env::{KeyReason, Notice, Verdict};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Secret;
use crate::json::{self, OrNull, Writer, fields, writes};
use crate::ledger::Alert;
use crate::ledger::keys::{bucket_parts, entry_key, unescaped};
use crate::money::{Dollars, NanoUsd};

/// An error as JSON text, from which the JavaScript side builds its own.
pub(super) fn error(error: &Error) -> JsValue {
    json::to_string(error).into()
}

/// Time limits of a call from `{ connectMs?, firstByteMs?, idleMs?, totalMs? }`.
pub(super) fn timeouts(text: &str) -> Result<CallTimeouts> {
    json::from_str(text)
        .map_err(|error| Error::invalid_request(&place(text, &error, "options.timeouts"), error))
}
fields!(strict CallTimeouts [] {
    connect_ms = "connectMs", first_byte_ms = "firstByteMs", idle_ms = "idleMs", total_ms = "totalMs",
});

/// The kind of a piece, in the two highest bits of its code; the rest is its length in UTF-16 units.
const TEXT: u32 = 0;
const THINKING: u32 = 1 << 30;
const REFUSAL: u32 = 2 << 30;
/// The next element of the rarer events.
const RICH: u32 = 3 << 30;

/// Hands a batch to JavaScript in one crossing.
pub(super) fn deliver(events: &Events, sink: &Sink) {
    let mut codes = Vec::with_capacity(events.len());
    let mut rich = Vec::new();
    for event in events {
        match event {
            StreamEvent::Text(text) => codes.push(TEXT | units(text)),
            StreamEvent::Thinking(text) => codes.push(THINKING | units(text)),
            StreamEvent::Refusal(text) => codes.push(REFUSAL | units(text)),
            StreamEvent::Rich(RichEvent::ToolCall(delta)) => {
                codes.push(RICH);
                rich.push(WireDelta::from(delta));
            }
            StreamEvent::Rich(RichEvent::Restart) => sink.restart(),
            StreamEvent::Rich(_) => {}
        }
    }
    sink.push(
        events.joined_text(),
        &codes,
        (!rich.is_empty()).then(|| json::to_string(&rich)),
    );
}

/// The length of a text in UTF-16 units, as JavaScript counts. An event is
/// bounded far below 2^30.
fn units(text: &str) -> u32 {
    let count = if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
    };
    count as u32
}

writes!(WireDelta<'a> { index, id, r#type = "type", function, });
writes!(WireFunction<'a> { name, arguments, });

/// A piece of a tool call as a chunk shows it.
struct WireDelta<'a> {
    index: u32,
    id: Option<&'a str>,
    r#type: &'static str,
    function: WireFunction<'a>,
}

struct WireFunction<'a> {
    name: Option<&'a str>,
    arguments: &'a str,
}

impl<'a> From<&'a ToolCallDelta> for WireDelta<'a> {
    fn from(delta: &'a ToolCallDelta) -> Self {
        let function = WireFunction {
            name: delta.name.as_deref(),
            arguments: &delta.arguments,
        };
        Self {
            index: delta.index,
            id: delta.id.as_deref(),
            r#type: "function",
            function,
        }
    }
}

/// Asks the user's key function. Its own error becomes the cause, never its value.
pub(super) async fn key(host: &Host, provider: &str, reason: KeyReason) -> Result<Option<Secret>> {
    let failed = |problem: &str| {
        Error::new(
            ErrorKind::Authentication,
            format!("providers.{provider}.api_key: {problem}"),
        )
    };
    let value = JsFuture::from(host.key(provider, reason.as_str()))
        .await
        .map_err(|_| failed("the key function failed").code("key_function"))?;
    let text = value.as_string().ok_or_else(|| {
        failed("the key function must return a string or { value }").code("key_function")
    })?;
    Secret::new(&text).map(Some).ok_or_else(|| {
        failed("the key function returned no 8 to 4096 visible ASCII characters")
            .code("invalid_key")
    })
}

/// Whether this client may try a provider that was out. What fails says nothing against it.
pub(super) async fn may_try(host: &Host, provider: &str) -> bool {
    let answer = JsFuture::from(host.may_try(provider)).await;
    answer.ok().and_then(|free| free.as_bool()).unwrap_or(true)
}

/// What the place for answers resolves to. Its error is told in the words of its store.
pub(super) async fn shelved(promise: Promise) -> Result<Option<String>> {
    let found = JsFuture::from(promise).await.map_err(|error| {
        let message = Reflect::get(&error, &"message".into()).ok();
        let message = message.and_then(|message| message.as_string());
        Error::new(ErrorKind::Unknown, message.unwrap_or_default())
    })?;
    Ok(found.as_string())
}

/// Tells listeners. JSON is made only where somebody listens.
pub(super) fn notify(host: &Host, notice: Notice<'_>) -> Verdict {
    let name = match notice {
        Notice::Request { .. } => "request",
        Notice::Response { .. } => "response",
        Notice::Retry { .. } => "retry",
        Notice::Failover { .. } => "failover",
        Notice::Warning(_) => "warning",
        Notice::Usage { .. } => "usage",
        Notice::Alert(_) => "alert",
        Notice::Health { .. } => "health",
        Notice::Tried { .. } => "tried",
        Notice::Call(_) => "log",
    };
    if !host.hears(name) {
        return Verdict::Proceed;
    }
    let answer = match notice {
        // Its record is read by who wants to know more.
        Notice::Health { provider } | Notice::Tried { provider } => host.notify(name, provider),
        _ => host.notify(name, &notice_json(notice)),
    };
    answer.map_or(Verdict::Proceed, |answer| verdict(&answer))
}

fn notice_json(notice: Notice<'_>) -> String {
    let mut writer = Writer::default();
    writer.object(&mut |writer| match notice {
        Notice::Request {
            id,
            provider,
            model,
            request,
            attempt,
        } => {
            writer.field("id", &id);
            writer.field("provider", &provider);
            writer.field("model", &model);
            writer.field("method", &request.method.as_str());
            writer.field("url", &request.url);
            writer.field("attempt", &attempt);
        }
        Notice::Response {
            id,
            status,
            duration,
            provider,
            model,
        } => {
            writer.field("id", &id);
            writer.field("status", &status);
            writer.field("duration", &duration);
            writer.field("provider", &provider);
            writer.field("model", &model);
        }
        Notice::Retry {
            id,
            provider,
            model,
            attempt,
            error,
            delay_ms,
        } => {
            writer.field("request_id", &id);
            writer.field("provider", &provider);
            writer.field("model", &model);
            writer.field("attempt", &attempt);
            writer.field("error", error);
            writer.field("delay_ms", &delay_ms);
        }
        Notice::Failover {
            id,
            from,
            to,
            error,
        } => {
            writer.field("request_id", &id);
            writer.field("from", &from);
            writer.field("to", &to);
            writer.field("error", error);
        }
        Notice::Usage { id, entry } => {
            writer.field("key", &entry_key(id));
            writer.field("doc", entry);
        }
        Notice::Alert(alert) => write_alert(alert, writer),
        Notice::Warning(_) | Notice::Call(_) | Notice::Health { .. } | Notice::Tried { .. } => {}
    });
    match notice {
        Notice::Call(report) => json::to_string(report),
        Notice::Warning(warning) => json::to_string(warning),
        _ => writer.finish(),
    }
}

fn write_alert(alert: &Alert, writer: &mut Writer) {
    let (scope, period) = bucket_parts(&alert.key).unwrap_or_default();
    let dollars = |nanos| Dollars(NanoUsd::at_most(nanos));
    let scope = unescaped(scope);
    writer.field("provider", &OrNull(&scope.strip_prefix("p:")));
    writer.field("cost", &dollars(alert.settled));
    writer.field("limit", &dollars(alert.limit));
    writer.field(
        "threshold",
        &(alert.alert as f64 / alert.limit.max(1) as f64),
    );
    writer.field("scope", &scope);
    writer.field("period", &unescaped(period));
}

/// Reads `{ "veto": "why" }` or `{ "headers": { … } }`; a header that may not be set stops the call.
fn verdict(answer: &str) -> Verdict {
    let Ok(answer) = json::from_str::<Answer>(answer) else {
        return Verdict::Proceed;
    };
    if let Some(why) = answer.veto {
        return Verdict::Veto(why);
    }
    let mut headers = Vec::new();
    for (name, value) in &answer.headers {
        match checked_header(name, value) {
            Ok(header) => headers.push(header),
            Err(problem) => return Verdict::Veto(format!("header {name}: {problem}")),
        }
    }
    Verdict::Headers(headers)
}

#[derive(Default)]
struct Answer {
    veto: Option<String>,
    headers: Vec<(String, String)>,
}
fields!(Answer { veto, headers });
