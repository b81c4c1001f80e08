//! Every key of every body under another name: how much the judge sees.

use super::script::Script;
use serde_json::Value;

/// Keys below which everything is the caller's own, or the model's.
const OPAQUE: [&str; 12] = [
    "schema",
    "parameters",
    "input_schema",
    "parametersJsonSchema",
    "responseJsonSchema",
    "format",
    "input",
    "args",
    "arguments",
    "response",
    "metadata",
    "logit_bias",
];

/// The keys that were tried, each place once.
#[derive(Default)]
pub struct Seen(Vec<String>);

impl Seen {
    /// Adds the body once for every key it is the first to have, with that key renamed.
    pub fn add(&mut self, script: &mut Script, r#type: &str, body: &str) {
        let Ok(body) = serde_json::from_str::<Value>(body) else {
            return;
        };
        let mut keys = Vec::new();
        collect(&body, "", type_path(r#type), &mut keys);
        for (pointer, place) in keys {
            if self.0.contains(&place) {
                continue;
            }
            let mut renamed = body.clone();
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let parent = renamed.pointer_mut(parent).unwrap();
            let fields = parent.as_object_mut().unwrap();
            let value = fields.remove(key).unwrap();
            fields.insert(format!("{key}_renamed"), value);
            script.add(&place, r#type, &renamed.to_string());
            self.0.push(place);
        }
    }
}

fn type_path(r#type: &str) -> String {
    format!("{type}:")
}

/// Pointers to all keys, and their places: without indices, and with the type of what they are in.
fn collect(value: &Value, pointer: &str, place: String, keys: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            let kind = ["type", "role"]
                .iter()
                .find_map(|key| fields.get(*key)?.as_str());
            let kind = kind.map_or_else(String::new, |kind| format!("({kind})"));
            for (key, value) in fields {
                let (pointer, place) = (format!("{pointer}/{key}"), format!("{place}{kind}.{key}"));
                keys.push((pointer.clone(), place.clone()));
                let is_input = key == "input" && value.is_array();
                if is_input || !OPAQUE.contains(&key.as_str()) {
                    collect(value, &pointer, place, keys);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(
                    item,
                    &format!("{pointer}/{index}"),
                    format!("{place}[]"),
                    keys,
                );
            }
        }
        _ => {}
    }
}
