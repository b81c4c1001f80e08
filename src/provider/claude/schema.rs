//! JSON Schemas as the API's grammar compiler takes them (wire reference,
//! Anthropic §2 "Structured output").
//!
//! Objects are closed, `oneOf` becomes `anyOf`, and what the compiler refuses
//! moves into the description, where the model still reads it.

use crate::chat::Warning;
use crate::json::{self, Json, Reader, Writer};
use crate::text;

/// The formats it takes, as JSON.
const FORMATS: [&str; 10] = [
    "\"date-time\"",
    "\"time\"",
    "\"date\"",
    "\"duration\"",
    "\"email\"",
    "\"hostname\"",
    "\"uri\"",
    "\"ipv4\"",
    "\"ipv6\"",
    "\"uuid\"",
];

const REFUSED: [&str; 12] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];

/// The schema of a function without arguments.
pub(super) const EMPTY: &str = r#"{"type":"object","properties":{}}"#;

/// The root of an `input_schema` must say that it is an object; `None` when it is something else.
pub(super) fn with_object_type(schema: &str) -> Option<String> {
    let fields = json::entries(schema).ok()?;
    let mut writer = Writer::default();
    writer.begin_object();
    writer.text("type", "object");
    for (key, value) in &fields {
        match key.as_str() {
            "type" if text::has(value.text(), "\"object\"") => continue,
            "type" | "anyOf" | "oneOf" | "allOf" => return None,
            _ => {}
        }
        writer.key(key);
        writer.raw(value.text());
    }
    writer.end_object();
    Some(writer.finish())
}

/// Whether a definition comes back to itself, or to the root: the compiler refuses that.
pub(super) fn is_recursive(schema: &str) -> bool {
    let root = ["\"$ref\":\"#\"", "\"$ref\": \"#\""];
    if root.iter().any(|root| text::has(schema, root)) {
        return true;
    }
    let mut left = json::RawObject::new();
    for (key, value) in json::entries(schema).unwrap_or_default() {
        if key == "$defs" || key == "definitions" {
            for (name, value) in json::entries(value.text()).unwrap_or_default() {
                left.push((text::concat(&["\"#/", &key, "/", &name, "\""]), value));
            }
        }
    }
    // What refers to nothing that is left goes, until nothing changes.
    loop {
        let refers = |value: &Json| left.iter().any(|(name, _)| text::has(value.text(), name));
        let Some(at) = left.iter().position(|(_, value)| !refers(value)) else {
            return !left.is_empty();
        };
        left.remove(at);
    }
}

/// The schema as the compiler takes it; what had to go is told once.
pub(super) fn closed(schema: &str, field: &str, warnings: &mut Vec<Warning>) -> String {
    let mut closer = Closer::default();
    closer.schema(schema);
    if !closer.moved.is_empty() {
        let message = format!(
            "the schema's {} cannot be enforced; sent as part of the description",
            text::joined(&mut closer.moved.iter().map(|word| &**word), ", ")
        );
        warnings.push(Warning::field(field, message));
    }
    closer.writer.finish()
}

/// Adds a word to a sorted list, once.
pub(super) fn insert(words: &mut Vec<String>, word: &str) {
    let at = words.iter().position(|known| known.as_str() >= word);
    let at = at.unwrap_or(words.len());
    if words.get(at).is_none_or(|known| known != word) {
        words.insert(at, word.to_string());
    }
}

#[derive(Default)]
struct Closer {
    writer: Writer,
    /// The keywords that moved into a description, sorted.
    moved: Vec<String>,
}

impl Closer {
    /// One schema; anything but an object (`true`, a slip) is left to the API.
    fn schema(&mut self, schema: &str) {
        let Ok(fields) = json::entries(schema) else {
            return self.writer.raw(schema);
        };
        let is_object = fields.iter().any(|(key, value)| {
            key == "properties" || (key == "type" && text::has(value.text(), "\"object\""))
        });
        let mut hint = String::new();
        for (key, value) in &fields {
            if is_refused(key, value.text(), is_object) {
                let comma = if hint.is_empty() { "" } else { ", " };
                for piece in [comma, key, ": ", value.text()] {
                    hint.push_str(piece);
                }
                insert(&mut self.moved, key);
            }
        }
        self.writer.begin_object();
        for (key, value) in &fields {
            let value = value.text();
            if is_refused(key, value, is_object) || is_object && key == "additionalProperties" {
                continue;
            }
            self.writer.key(if key == "oneOf" { "anyOf" } else { key });
            if key == "description" && !hint.is_empty() {
                let before: String = json::from_str(value).unwrap_or_default();
                self.writer.string(&format!("{before} ({hint})"));
                hint.clear();
            } else {
                self.inner(key, value);
            }
        }
        if is_object {
            self.writer.key("additionalProperties");
            self.writer.raw("false");
        }
        if !hint.is_empty() {
            self.writer.text("description", &hint);
        }
        self.writer.end_object();
    }

    /// The value of a keyword, with the schemas in it.
    fn inner(&mut self, key: &str, value: &str) {
        match key {
            "properties" | "$defs" | "definitions" => {
                let Ok(fields) = json::entries(value) else {
                    return self.writer.raw(value);
                };
                self.writer.begin_object();
                for (key, value) in &fields {
                    self.writer.key(key);
                    self.schema(value.text());
                }
                self.writer.end_object();
            }
            "anyOf" | "oneOf" | "allOf" | "prefixItems" => {
                self.writer.begin_list();
                // The text is JSON; what is no list is an empty one here.
                let _ = Reader::new(value).list(&mut |reader| {
                    self.schema(reader.raw()?);
                    Ok(())
                });
                self.writer.end_list();
            }
            "items" | "not" | "additionalProperties" => self.schema(value),
            _ => self.writer.raw(value),
        }
    }
}

#[inline(never)]
fn is_refused(key: &str, value: &str, is_object: bool) -> bool {
    match key {
        "format" => !FORMATS.contains(&value),
        "minItems" => !matches!(value, "0" | "1"),
        "additionalProperties" => is_object && value != "false",
        _ => REFUSED.contains(&key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str, told: &[&str]) {
        let mut warnings = Vec::new();
        let schema = closed(input, "response_format", &mut warnings);
        assert_eq!(schema, expected);
        let seen: Vec<_> = warnings.iter().map(|warning| &*warning.message).collect();
        assert_eq!(seen, told);
    }

    #[test]
    fn objects_are_closed_at_every_depth() {
        check(
            r##"{"type":"object","properties":{"minimum":{"type":["object","null"],"properties":{}},"a":{"type":"array","items":{"$ref":"#/$defs/x"},"minItems":1}},"$defs":{"x":{"properties":{}}}}"##,
            r##"{"type":"object","properties":{"minimum":{"type":["object","null"],"properties":{},"additionalProperties":false},"a":{"type":"array","items":{"$ref":"#/$defs/x"},"minItems":1}},"$defs":{"x":{"properties":{},"additionalProperties":false}},"additionalProperties":false}"##,
            &[],
        );
    }

    #[test]
    fn what_cannot_be_enforced_becomes_a_hint() {
        check(
            r#"{"oneOf":[{"type":"integer","minimum":3,"description":"How many"},{"type":"string","format":"date"},{"type":"string","format":"iban"}]}"#,
            r#"{"anyOf":[{"type":"integer","description":"How many (minimum: 3)"},{"type":"string","format":"date"},{"type":"string","description":"format: \"iban\""}]}"#,
            &["the schema's format, minimum cannot be enforced; sent as part of the description"],
        );
    }

    #[test]
    fn schemas_that_come_back_to_themselves() {
        let check = |schema, expected| assert_eq!(is_recursive(schema), expected, "{schema}");
        check(r##"{"$defs":{"A":{"items":{"$ref":"#/$defs/A"}}}}"##, true);
        check(
            r##"{"definitions":{"A":{"$ref": "#/definitions/B"},"B":{"$ref":"#/definitions/A"}}}"##,
            true,
        );
        check(r##"{"properties":{"child":{"$ref": "#"}}}"##, true);
        check(
            r##"{"$defs":{"A":{"$ref":"#/$defs/AB"},"AB":{"enum":["#"]}},"$ref":"#/$defs/A"}"##,
            false,
        );
        check("true", false);
    }

    #[test]
    fn a_root_without_type_is_an_object() {
        let expected = r#"{"type":"object","properties":{}}"#;
        let typed = |schema| with_object_type(schema).unwrap();
        assert_eq!(typed(r#"{"properties":{}}"#), expected);
        assert_eq!(
            typed(r#"{"properties":{},"type":["object","null"]}"#),
            expected
        );
        assert_eq!(typed("{}"), r#"{"type":"object"}"#);
        assert_eq!(typed(EMPTY), expected);
        for other in [
            r#"{"type":"string"}"#,
            r#"{"anyOf":[{}]}"#,
            r#"{"type":"object","allOf":[]}"#,
            "true",
        ] {
            assert_eq!(with_object_type(other), None, "{other}");
        }
    }
}
