//! JSON Schemas as the API's grammar compiler takes them (wire reference,
//! Anthropic §2 "Structured output").
//!
//! Objects are closed, `oneOf` becomes `anyOf`, and what the compiler refuses
//! moves into the description, where the model still reads it.

use crate::chat::Warning;
use crate::json::{self, Json, Pairs, RawObject};

const FORMATS: [&str; 10] = [
    "date-time",
    "time",
    "date",
    "duration",
    "email",
    "hostname",
    "uri",
    "ipv4",
    "ipv6",
    "uuid",
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
pub(super) fn empty() -> Json {
    object(&vec![
        ("type".into(), Json::from_value(&"object")),
        ("properties".into(), object(&Vec::new())),
    ])
}

/// The root of an `input_schema` must say that it is an object.
pub(super) fn with_object_type(schema: Json) -> Json {
    let Ok(mut fields) = json::entries(schema.text()) else {
        return schema;
    };
    if fields.iter().any(|(key, _)| key == "type") {
        return schema;
    }
    fields.insert(0, ("type".into(), Json::from_value(&"object")));
    object(&fields)
}

/// The schema as the compiler takes it; what had to go is told once.
pub(super) fn closed(schema: &Json, field: &str, warnings: &mut Vec<Warning>) -> Json {
    let mut moved = Vec::new();
    let schema = self::schema(schema, &mut moved);
    if !moved.is_empty() {
        moved.sort_unstable();
        moved.dedup();
        let message = format!(
            "the schema's {} cannot be enforced; sent as part of the description",
            moved.join(", ")
        );
        warnings.push(Warning::field(field, message));
    }
    schema
}

fn object(fields: &RawObject) -> Json {
    Json::from_value(&Pairs(fields))
}

/// One schema; anything but an object (`true`, a slip) is left to the API.
fn schema(schema: &Json, moved: &mut Vec<String>) -> Json {
    let Ok(fields) = json::entries(schema.text()) else {
        return schema.clone();
    };
    let is_object = fields.iter().any(|(key, value)| {
        key == "properties" || (key == "type" && value.text().contains("\"object\""))
    });
    let mut out = RawObject::new();
    let mut hints = Vec::new();
    for (key, value) in fields {
        if is_refused(&key, &value, is_object) {
            hints.push(format!("{key}: {}", value.text()));
            moved.push(key);
        } else if key != "additionalProperties" || !is_object {
            let value = inner(&key, value, moved);
            let key = if key == "oneOf" { "anyOf".into() } else { key };
            out.push((key, value));
        }
    }
    if is_object {
        out.push(("additionalProperties".into(), Json::from_value(&false)));
    }
    describe(&mut out, &hints);
    object(&out)
}

fn is_refused(key: &str, value: &Json, is_object: bool) -> bool {
    let text = value.text();
    match key {
        "format" => !FORMATS.iter().any(|format| text == format!("\"{format}\"")),
        "minItems" => !matches!(text, "0" | "1"),
        "additionalProperties" => is_object && text != "false",
        _ => REFUSED.contains(&key),
    }
}

/// The value of a keyword, with the schemas in it.
fn inner(key: &str, value: Json, moved: &mut Vec<String>) -> Json {
    match key {
        "properties" | "$defs" | "definitions" => {
            let Ok(mut fields) = json::entries(value.text()) else {
                return value;
            };
            for (_, value) in &mut fields {
                *value = schema(value, moved);
            }
            object(&fields)
        }
        "anyOf" | "oneOf" | "allOf" | "prefixItems" => {
            let list: Vec<Json> = json::from_str(value.text()).unwrap_or_default();
            let list: Vec<Json> = list.iter().map(|item| schema(item, moved)).collect();
            Json::from_value(&list)
        }
        "items" | "not" | "additionalProperties" => schema(&value, moved),
        _ => value,
    }
}

fn describe(fields: &mut RawObject, hints: &[String]) {
    if hints.is_empty() {
        return;
    }
    let hint = hints.join(", ");
    match fields.iter_mut().find(|(key, _)| key == "description") {
        Some((_, old)) => {
            let before: String = json::from_str(old.text()).unwrap_or_default();
            *old = Json::from_value(&format!("{before} ({hint})"));
        }
        None => fields.push(("description".into(), Json::from_value(&hint))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str, told: &[&str]) {
        let mut warnings = Vec::new();
        let schema = closed(
            &Json::from_text(input).unwrap(),
            "response_format",
            &mut warnings,
        );
        assert_eq!(schema.text(), expected);
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
    fn a_root_without_type_is_an_object() {
        let schema = Json::from_text(r#"{"properties":{}}"#).unwrap();
        assert_eq!(
            with_object_type(schema).text(),
            r#"{"type":"object","properties":{}}"#
        );
        assert_eq!(empty().text(), r#"{"type":"object","properties":{}}"#);
    }
}
