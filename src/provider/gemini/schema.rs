//! JSON Schema as far as the API reads it for answers (wire reference, Gemini §2).

use crate::json::{self, Json, Pairs, RawObject};

/// The keywords that pass as they are.
const KEPT: [&str; 15] = [
    "$id",
    "$ref",
    "$anchor",
    "type",
    "format",
    "title",
    "description",
    "enum",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "required",
    "propertyOrdering",
    // Where `$ref` of older drafts points to.
    "definitions",
];

/// Keywords that constrain nothing: dropped without a word.
const NOTES: [&str; 5] = ["$schema", "$comment", "examples", "default", "deprecated"];

/// The schema with `const` as a list of one and without keywords the API does
/// not know; these are added to `dropped`.
pub(super) fn cleaned(schema: &Json, dropped: &mut Vec<String>) -> Json {
    let Ok(fields) = json::entries(schema.text()) else {
        return schema.clone();
    };
    let mut out = RawObject::with_capacity(fields.len());
    for (key, value) in fields {
        match key.as_str() {
            "const" => out.push(("enum".to_string(), Json::from_value(&vec![value]))),
            "properties" | "$defs" => out.push((key, each_value(&value, dropped))),
            "items" | "additionalProperties" => out.push((key, cleaned(&value, dropped))),
            "anyOf" | "oneOf" | "prefixItems" => out.push((key, each_item(&value, dropped))),
            known if KEPT.contains(&known) => out.push((key, value)),
            note if NOTES.contains(&note) => {}
            _ if dropped.contains(&key) => {}
            _ => dropped.push(key),
        }
    }
    Json::from_value(&Pairs(&out))
}

fn each_value(schemas: &Json, dropped: &mut Vec<String>) -> Json {
    let Ok(mut fields) = json::entries(schemas.text()) else {
        return schemas.clone();
    };
    for (_, schema) in &mut fields {
        *schema = cleaned(schema, dropped);
    }
    Json::from_value(&Pairs(&fields))
}

fn each_item(schemas: &Json, dropped: &mut Vec<String>) -> Json {
    let Ok(list) = json::from_str::<Vec<Json>>(schemas.text()) else {
        return schemas.clone();
    };
    let list: Vec<_> = list.iter().map(|schema| cleaned(schema, dropped)).collect();
    Json::from_value(&list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(schema: &str, expected: &str, expected_dropped: &[&str]) {
        let mut dropped = Vec::new();
        let cleaned = cleaned(&Json::from_text(schema).unwrap(), &mut dropped);
        assert_eq!(cleaned.text(), expected);
        assert_eq!(dropped, expected_dropped);
    }

    #[test]
    fn only_what_the_api_reads_is_left() {
        check(
            r#"{"$schema":"x","type":"object","properties":{"const":{"const":"a"},"n":{"type":"number","minimum":1e400}},"additionalProperties":false}"#,
            r#"{"type":"object","properties":{"const":{"enum":["a"]},"n":{"type":"number","minimum":1e400}},"additionalProperties":false}"#,
            &[],
        );
        check(
            r##"{"anyOf":[{"$ref":"#/$defs/a"},true],"$defs":{"a":{"type":"string","pattern":"^a","not":{}}}}"##,
            r##"{"anyOf":[{"$ref":"#/$defs/a"},true],"$defs":{"a":{"type":"string"}}}"##,
            &["pattern", "not"],
        );
        check(
            r#"{"items":{"pattern":"x"},"pattern":"y"}"#,
            r#"{"items":{}}"#,
            &["pattern"],
        );
    }
}
