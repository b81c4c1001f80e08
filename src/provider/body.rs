//! Writing request bodies: serialise, then add the caller's `provider_options`.

use crate::chat::ChatRequest;
use crate::error::{Error, Result};
use crate::json::{self, Json, JsonError, Pairs};
use crate::text;

use super::unreadable;

/// The body of a request, with `provider_options` of this kind merged in.
///
/// # Errors
/// `invalid_request` when the options are not an object.
pub(crate) fn body_text(text: String, request: &ChatRequest, kind: &str) -> Result<Vec<u8>> {
    let Some(options) = request.options_for(kind) else {
        return Ok(text.into_bytes());
    };
    if !options.is_object() {
        return Err(Error::invalid_request(
            &format!("provider_options.{kind}"),
            "expected an object of extra body fields",
        ));
    }
    merged(&text, options.text())
        .map(String::into_bytes)
        .map_err(|error| Error::invalid_request("provider_options", error))
}

/// A body with these fields alone: endpoints that count take no more than what counts.
///
/// # Errors
/// `invalid_response` for what is no body of ours.
pub(crate) fn only(body: Option<Vec<u8>>, names: &[&str]) -> Result<Vec<u8>> {
    let body = String::from_utf8(body.unwrap_or_default()).unwrap_or_default();
    let mut fields = json::entries(&body).map_err(|error| unreadable(&body, &error))?;
    json::keep(&mut fields, &|name, _| names.contains(&name));
    Ok(json::to_string(&Pairs(&fields)).into_bytes())
}

/// Lists the caller adds to: a provider's own tools stand beside the caller's, and
/// what else an answer shall include beside what is read here.
const JOINED: [&str; 2] = ["tools", "include"];

/// Two JSON objects as one: objects are merged key by key, some lists are joined,
/// anything else is replaced.
fn merged(base: &str, extra: &str) -> Result<String, JsonError> {
    let mut fields = json::entries(base)?;
    for (key, value) in json::entries(extra)? {
        match fields.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) if old.is_object() && value.is_object() => {
                *old = Json::from_text(&merged(old.text(), value.text())?)?
            }
            Some((name, old)) if JOINED.contains(&&**name) => *old = joined(old, value)?,
            Some((_, old)) => *old = value,
            None => fields.push((key, value)),
        }
    }
    Ok(json::to_string(&Pairs(&fields)))
}

/// Two lists as one, unless the second holds the first; what is no list replaces
/// what there was.
fn joined(first: &Json, second: Json) -> Result<Json, JsonError> {
    let (head, tail) = (first.text().trim(), second.text().trim());
    let head = head.strip_suffix(']').filter(|head| head.len() > 1);
    let tail = tail.strip_prefix('[').filter(|tail| tail.len() > 1);
    match (head, tail) {
        (Some(head), Some(tail)) if !text::has(tail, head.get(1..).unwrap_or_default()) => {
            Json::from_text(&text::joined(&mut [head, tail].into_iter(), ","))
        }
        _ => Ok(second),
    }
}

/// JSON text as a raw value inside a wire struct; `{}` when it is no JSON
/// object. The flag tells whether it was one.
pub(crate) fn object_or_empty(text: &str) -> (Json, bool) {
    let text = if text.trim().is_empty() {
        "{}"
    } else {
        text.trim()
    };
    match Json::from_text(text) {
        Ok(json) if json.is_object() => (json, true),
        _ => (empty_object(), false),
    }
}

/// `{}`.
pub(crate) fn empty_object() -> Json {
    Json::from_text("{}").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_merged_deep_and_win() {
        let base = r#"{"model":"m","config":{"a":1,"b":{"c":2}},"n":1}"#;
        let extra = r#"{"n":12345678901234567890,"config":{"b":{"d":[3]},"e":null},"new":"x"}"#;
        let expected = r#"{"model":"m","config":{"a":1,"b":{"c":2,"d":[3]},"e":null},"n":12345678901234567890,"new":"x"}"#;
        assert_eq!(merged(base, extra).unwrap(), expected);
    }

    #[test]
    fn tools_of_the_provider_stand_beside_the_callers() {
        let merged = |base: &str, extra: &str| merged(base, extra).unwrap();
        let both = r#"{"tools":[{"name":"f"},{"type":"web_search"}]}"#;
        let search = r#"{"tools": [{"type":"web_search"}] }"#;
        assert_eq!(merged(r#"{"tools":[{"name":"f"}]}"#, search), both);
        assert_eq!(
            merged(r#"{"tools":[]}"#, search),
            r#"{"tools":[{"type":"web_search"}]}"#
        );
        assert_eq!(merged(both, r#"{"tools":null}"#), r#"{"tools":null}"#);
        let include = |list: &str| format!(r#"{{"include":[{list}]}}"#);
        let (own, more) = (include("\"a\""), include("\"b\""));
        assert_eq!(merged(&own, &more), include("\"a\",\"b\""));
        assert_eq!(
            merged(&own, &include("\"b\",\"a\"")),
            include("\"b\",\"a\"")
        );
    }

    #[test]
    fn arguments_that_are_no_object_become_empty() {
        assert_eq!(object_or_empty(" {\"a\":1} ").0.text(), "{\"a\":1}");
        assert_eq!(object_or_empty("").0.text(), "{}");
        assert!(!object_or_empty("[1]").1);
        assert!(!object_or_empty("{\"a\":").1);
    }
}
