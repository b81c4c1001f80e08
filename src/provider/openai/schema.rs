//! Whether a schema can be enforced (wire reference, OpenAI §3).

use crate::json;
use crate::provider::pick::{items, pick, text};
use crate::text::has;

/// Keywords the grammar knows nothing of.
const REFUSED: [&str; 7] = [
    "allOf",
    "not",
    "if",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
    "propertyNames",
];

/// What keeps a schema from being enforced, if anything.
pub(super) fn obstacle(schema: &str) -> Option<&'static str> {
    let [kind, any] = pick(schema, ["type", "anyOf"]).ok()?;
    if any.get().is_some() || text(kind) != "object" {
        return Some("a root that is not one object");
    }
    within(schema)
}

/// The same for a schema inside another.
fn within(schema: &str) -> Option<&'static str> {
    open_object(schema).or_else(|| {
        let fields = json::entries(schema).unwrap_or_default();
        fields
            .iter()
            .find_map(|(key, value)| keyword(key, value.text()))
    })
}

fn keyword(key: &str, value: &str) -> Option<&'static str> {
    match key {
        "properties" | "$defs" | "definitions" => {
            let schemas = json::entries(value).unwrap_or_default();
            schemas.iter().find_map(|(_, schema)| within(schema.text()))
        }
        "anyOf" => {
            let schemas: Vec<json::Raw<'_>> = json::from_str(value).unwrap_or_default();
            schemas.iter().find_map(|schema| within(schema.get()?))
        }
        "items" => within(value),
        "pattern" if ["(?=", "(?!", "(?<"].iter().any(|look| has(value, look)) => {
            Some("a pattern that looks around")
        }
        _ => REFUSED.into_iter().find(|refused| *refused == key),
    }
}

/// Objects have to be closed, and all their properties required.
fn open_object(schema: &str) -> Option<&'static str> {
    let keys = ["type", "properties", "required", "additionalProperties"];
    let [kind, properties, required, additional] = pick(schema, keys).ok()?;
    if properties.get().is_none() && !has(kind.get().unwrap_or_default(), "\"object\"") {
        return None;
    }
    if additional.get() != Some("false") {
        return Some("an object without `additionalProperties: false`");
    }
    let required = items(required).unwrap_or_default();
    let known = json::entries(properties.get().unwrap_or("{}")).unwrap_or_default();
    let is_required = |name: &str| required.iter().any(|required| text(*required) == name);
    let optional = known.iter().any(|(name, _)| !is_required(name));
    optional.then_some("properties that are not `required`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(schema: &str, expected: Option<&str>) {
        assert_eq!(obstacle(schema), expected, "{schema}");
    }

    #[test]
    fn what_cannot_be_enforced_is_named() {
        let root = Some("a root that is not one object");
        let open = Some("an object without `additionalProperties: false`");
        let optional = Some("properties that are not `required`");
        let holding = |inner: &str| {
            format!(
                r#"{{"type":"object","properties":{{"a":{inner}}},"required":["a"],"additionalProperties":false}}"#
            )
        };
        check(&holding(r#"{"type":["string","null"]}"#), None);
        check(
            &holding(r#"{"type":"array","items":{"$ref":"/$defs/x"}}"#),
            None,
        );
        check(&holding(r#"{"type":"string","pattern":"^(?:a|b)$"}"#), None);
        check(&holding(&holding("true")), None);
        check(r#"{"type":"array","items":{"type":"string"}}"#, root);
        check(r#"{"anyOf":[{"type":"object"}]}"#, root);
        check(r#"{"type":"object","properties":{}}"#, open);
        check(&holding(r#"{"type":["object","null"]}"#), open);
        check(
            &holding(r#"{"anyOf":[{"type":"null"},{"type":"object"}]}"#),
            open,
        );
        check(
            &holding(r#"{"type":"array","items":{"properties":{}}}"#),
            open,
        );
        check(
            r#"{"type":"object","properties":{"a":{},"b":{}},"required":["b"],"additionalProperties":false}"#,
            optional,
        );
        check(&holding(r#"{"allOf":[]}"#), Some("allOf"));
        check(&holding(r#"{"not":{}}"#), Some("not"));
        check(
            &holding(r#"{"type":"string","pattern":"(?=a)"}"#),
            Some("a pattern that looks around"),
        );
        // A property may be named like a keyword.
        let named = r#"{"type":"object","properties":{"if":{"type":"string"}},"required":["if"],"additionalProperties":false}"#;
        check(named, None);
    }
}
