//! The table of requests. A case is a request with up to three keys of ours:
//!
//! - `refused`: the kind of error by model, dialect or provider; the narrowest word counts,
//!   and `null` means that it is not refused;
//! - `only`: for whom it is, likewise, where its options mean nothing to others;
//! - `config`: keys of the provider's configuration.
//!
//! Without `messages` it says hello. A text that begins with `@` stands for a
//! fragment of that name, `@model` for the model it is sent to.

use std::fs;

use super::speakers::Speaker;
use serde_json::{Map, Value, json};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judge/requests");

type Object = Map<String, Value>;

/// One line of the table.
pub struct Case {
    /// The file and the name within.
    pub name: String,
    request: Object,
    refused: Object,
    only: Option<Vec<Value>>,
    pub config: Object,
}

/// All cases.
pub fn all() -> Vec<Case> {
    let fragments = read("fragments");
    let mut files: Vec<_> = fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| Some(name.strip_suffix(".json")?.to_string()))
        .filter(|name| name != "fragments")
        .collect();
    files.sort();
    let cases = files.iter().flat_map(|file| {
        let fragments = &fragments;
        read(file)
            .into_iter()
            .map(move |(name, case)| Case::new(format!("{file}: {name}"), case, fragments))
    });
    cases.collect()
}

fn read(file: &str) -> Object {
    let path = format!("{FOLDER}/{file}.json");
    serde_json::from_str(&fs::read_to_string(&path).unwrap())
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

impl Case {
    fn new(name: String, case: Value, fragments: &Object) -> Self {
        let Value::Object(mut request) = filled(case, fragments) else {
            panic!("{name} is no object")
        };
        let hello = json!([{"role": "user", "content": "Hello"}]);
        request.entry("messages").or_insert(hello);
        let refused = request.remove("refused").map(joined).unwrap_or_default();
        let config = request.remove("config").map(joined).unwrap_or_default();
        let only = request.remove("only");
        Self {
            only: only.map(|only| only.as_array().unwrap().clone()),
            name,
            request,
            refused,
            config,
        }
    }

    /// The request for a model, as JSON.
    pub fn request(&self, speaker: &Speaker) -> String {
        let model = Object::from_iter([("model".to_string(), json!(speaker.model))]);
        filled(Value::Object(self.request.clone()), &model).to_string()
    }

    pub fn is_for(&self, speaker: &Speaker) -> bool {
        let is = |word: &Value| speaker.is(word.as_str().unwrap());
        self.only.as_ref().is_none_or(|only| only.iter().any(is))
    }

    /// The kind of error that is expected of this speaker. A model that calls no
    /// functions refuses them without being named in the table.
    pub fn refused(&self, speaker: &Speaker) -> Option<&str> {
        let words = [speaker.model, speaker.dialect, speaker.provider()];
        let entry = words.iter().find_map(|word| self.refused.get(*word));
        let offers = self.request.contains_key("tools");
        let cannot = (offers && !speaker.calls_functions()).then_some("unsupported");
        entry.map_or(cannot, Value::as_str)
    }
}

/// An object, or a list of some.
fn joined(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        Value::Array(objects) => objects.into_iter().flat_map(joined).collect(),
        other => panic!("{other} is no object"),
    }
}

/// The value with every `@name` replaced that is known.
pub fn filled(value: Value, fragments: &Object) -> Value {
    match value {
        Value::String(text) => {
            let known = text.strip_prefix('@').and_then(|name| fragments.get(name));
            known.cloned().unwrap_or(Value::String(text))
        }
        Value::Array(items) => items
            .into_iter()
            .map(|item| filled(item, fragments))
            .collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (key, filled(value, fragments)))
            .collect(),
        other => other,
    }
}
