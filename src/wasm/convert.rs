//! The only translations between JavaScript values and the core.

use js_sys::{Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::host::{Host, Sink};
use crate::chat::{Events, RichEvent, StreamEvent, ToolCallDelta};
use crate::config::{CallTimeouts, checked_header};
use crate::env::{KeyReason, Notice, Verdict};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Secret;
use crate::json::{self, fields, writes};
use crate::text::concat;

/// Errors cross as JSON text, from which the JavaScript side builds its own.
impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        json::to_string(&error).into()
    }
}

/// The JSON text of a request.
pub(super) fn utf8(request: &[u8]) -> Result<&str> {
    std::str::from_utf8(request).map_err(|error| Error::invalid_request("request", error))
}

/// Time limits of a call from `{ connectMs?, firstByteMs?, idleMs?, totalMs? }`, where they are given.
pub(super) fn timeouts(text: Option<String>) -> Result<CallTimeouts> {
    let text = text.as_deref().unwrap_or("{}");
    json::from_str(text).map_err(|error| {
        let inner = json::path_at(text, error.at);
        let dot = if inner.is_empty() { "" } else { "." };
        Error::invalid_request(&concat(&["options.timeouts", dot, &inner]), error)
    })
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
    let name = notice.name();
    if !host.hears(name) {
        return Verdict::Proceed;
    }
    let answer = host.notify(name, &json::to_string(&notice));
    answer.map_or(Verdict::Proceed, |answer| verdict(&answer))
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
