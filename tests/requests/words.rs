//! Other words for the same: Gemini's, and those of the recordings.

use serde_json::{Value, json};

use super::same::each_object;

/// Gemini's field names in camel case, and its lists of one as lists.
pub fn camel_case(body: &mut Value) {
    each_object(body, &mut |fields| {
        let renamed = std::mem::take(fields).into_iter();
        fields.extend(renamed.map(|(key, value)| (camel(&key), value)));
        for key in ["tools", "parts"] {
            if let Some(one) = fields.get_mut(key).filter(|one| one.is_object()) {
                *one = json!([one.take()]);
            }
        }
    });
}

fn camel(key: &str) -> String {
    let mut words = key.split('_');
    let first = words.next().unwrap_or_default().to_string();
    words.fold(first, |mut name, word| {
        let (head, tail) = word.split_at(word.len().min(1));
        name.push_str(&head.to_uppercase());
        name.push_str(tail);
        name
    })
}

/// Schemas stand under one of two names; those in the API's own words have types in capitals.
pub fn json_schema(body: &mut Value) {
    each_object(body, &mut |fields| {
        for (own, standard) in [
            ("parameters", "parametersJsonSchema"),
            ("responseSchema", "responseJsonSchema"),
        ] {
            if let Some(schema) = fields.remove(own) {
                fields.insert(standard.into(), own_schema(schema));
            }
        }
    });
}

/// A schema in Gemini's own words as JSON Schema.
pub fn own_schema(mut schema: Value) -> Value {
    match &mut schema {
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| *item = own_schema(item.take())),
        Value::Object(fields) => {
            if let Some(order) = fields.remove("property_ordering") {
                fields.insert("propertyOrdering".into(), order);
            }
            for (key, value) in fields.iter_mut() {
                match value {
                    Value::String(name) if key == "type" => *name = name.to_lowercase(),
                    value => *value = own_schema(value.take()),
                }
            }
        }
        _ => {}
    }
    schema
}

/// "If `output` and `error` keys are not specified, then whole `response` is treated as function output."
pub fn results_as_output(body: &mut Value) {
    each_object(body, &mut |part| {
        let Some(Value::Object(result)) = part.get_mut("functionResponse") else {
            return;
        };
        let object = result.remove("response").unwrap_or_else(|| json!({}));
        let known = ["output", "error"];
        let named = known.iter().any(|key| object.get(key).is_some());
        let object = if named {
            object
        } else {
            json!({"output": object})
        };
        result.insert("response".into(), object);
    });
}

/// What the recordings cut out of long base64 becomes base64 that says how much it
/// was. How often there was any.
pub fn without_elisions(value: &mut Value) -> usize {
    match value {
        Value::Array(items) => items.iter_mut().map(without_elisions).sum(),
        Value::Object(fields) => fields.values_mut().map(without_elisions).sum(),
        Value::String(text) => {
            let Some((head, tail)) = text.split_once("…[elided ") else {
                return 0;
            };
            let count: usize = tail.trim_end_matches(" chars]").parse().unwrap_or_default();
            *text = format!("{head}ELIDED{count:010}");
            1
        }
        _ => 0,
    }
}
