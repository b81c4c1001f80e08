//! JSON Schema as far as the API reads it for answers (wire reference, Gemini §2).

use crate::json::{self, Json, Writer};
use crate::text;

/// What becomes of a keyword.
#[derive(Clone, Copy)]
enum Rule {
    /// It passes as it is.
    Kept,
    /// It constrains nothing: dropped without a word.
    Note,
    /// Its value becomes a list of one.
    Const,
    /// Its value points into `$defs`.
    Ref,
    /// Its value is a schema.
    Schema,
    /// Its value is an object of schemas.
    Values,
    /// Its value is a list of schemas.
    Items,
}

static RULES: &[(&str, Rule)] = &[
    ("$id", Rule::Kept),
    ("$ref", Rule::Ref),
    ("$anchor", Rule::Kept),
    ("type", Rule::Kept),
    ("format", Rule::Kept),
    ("title", Rule::Kept),
    ("description", Rule::Kept),
    ("enum", Rule::Kept),
    ("minItems", Rule::Kept),
    ("maxItems", Rule::Kept),
    ("minimum", Rule::Kept),
    ("maximum", Rule::Kept),
    ("required", Rule::Kept),
    ("propertyOrdering", Rule::Kept),
    ("$schema", Rule::Note),
    ("$comment", Rule::Note),
    ("examples", Rule::Note),
    ("default", Rule::Note),
    ("deprecated", Rule::Note),
    ("const", Rule::Const),
    ("items", Rule::Schema),
    ("additionalProperties", Rule::Schema),
    ("properties", Rule::Values),
    ("$defs", Rule::Values),
    // The name that older drafts have for it.
    ("definitions", Rule::Values),
    ("anyOf", Rule::Items),
    ("oneOf", Rule::Items),
    ("prefixItems", Rule::Items),
];

/// Writes the schema with `const` as a list of one and without keywords the API
/// does not know; these are added to `dropped`.
pub(super) fn cleaned(writer: &mut Writer, schema: &str, dropped: &mut Vec<String>) {
    write(writer, schema, Rule::Schema, dropped);
}

/// Writes the value of a keyword by its rule; as it is where it has not the form.
fn write(writer: &mut Writer, value: &str, rule: Rule, dropped: &mut Vec<String>) {
    match rule {
        Rule::Schema | Rule::Values => {
            let Ok(fields) = json::entries(value) else {
                return writer.raw(value);
            };
            writer.begin_object();
            for (key, value) in fields {
                let rule = match rule {
                    Rule::Values => Some(Rule::Schema),
                    _ => rule_of(&key),
                };
                match rule {
                    Some(Rule::Note) => {}
                    Some(rule) => {
                        writer.key(match &*key {
                            "const" if matches!(rule, Rule::Const) => "enum",
                            "definitions" if matches!(rule, Rule::Values) => "$defs",
                            _ => &key,
                        });
                        write(writer, value.text(), rule, dropped);
                    }
                    None if dropped.contains(&key) => {}
                    None => dropped.push(key),
                }
            }
            writer.end_object();
        }
        Rule::Items => {
            let Ok(list) = json::from_str::<Vec<Json>>(value) else {
                return writer.raw(value);
            };
            writer.begin_list();
            for schema in &list {
                write(writer, schema.text(), Rule::Schema, dropped);
            }
            writer.end_list();
        }
        Rule::Const => {
            writer.begin_list();
            writer.raw(value);
            writer.end_list();
        }
        Rule::Ref => writer.raw(&text::replaced(value, "#/definitions/", "#/$defs/")),
        Rule::Kept | Rule::Note => writer.raw(value),
    }
}

fn rule_of(keyword: &str) -> Option<Rule> {
    let rule = RULES.iter().find(|(name, _)| *name == keyword);
    rule.map(|(_, rule)| *rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(schema: &str, expected: &str, expected_dropped: &[&str]) {
        let mut dropped = Vec::new();
        let mut writer = Writer::default();
        cleaned(&mut writer, schema, &mut dropped);
        assert_eq!(writer.finish(), expected);
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
            r##"{"properties":{"definitions":{"$ref":"#/definitions/a"}},"definitions":{"a":{"const":1}}}"##,
            r##"{"properties":{"definitions":{"$ref":"#/$defs/a"}},"$defs":{"a":{"enum":[1]}}}"##,
            &[],
        );
        check(
            r#"{"items":{"pattern":"x"},"pattern":"y"}"#,
            r#"{"items":{}}"#,
            &["pattern"],
        );
    }
}
