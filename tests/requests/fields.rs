//! Taking a recorded body apart, so that nothing in it goes unnoticed: what a
//! reader did not take is either passed on or the reason why it cannot be said.

use serde_json::{Map, Value, json};

/// Why a recorded request cannot be said in our vocabulary.
pub type Unsayable = String;

/// The fields of an object, each taken once. `null` is as good as absent.
pub struct Fields {
    what: String,
    map: Map<String, Value>,
}

impl Fields {
    /// The fields of an object that a reason calls `what`.
    pub fn of(what: &str, value: Value) -> Result<Self, Unsayable> {
        let Value::Object(map) = value else {
            return Err(format!("{what} is no object"));
        };
        Ok(Self {
            what: what.to_string(),
            map,
        })
    }

    pub fn take(&mut self, key: &str) -> Option<Value> {
        self.map.remove(key).filter(|value| !value.is_null())
    }

    /// A field under either of two names.
    pub fn either(&mut self, one: &str, other: &str) -> Option<Value> {
        self.take(one).or_else(|| self.take(other))
    }

    /// A string; anything else stays.
    pub fn text(&mut self, key: &str) -> Option<String> {
        let text = self.map.get(key)?.as_str()?.to_string();
        self.map.remove(key);
        Some(text)
    }

    /// A list; anything else stays, and is none.
    pub fn list(&mut self, key: &str) -> Vec<Value> {
        let items = self.map.get_mut(key).and_then(Value::as_array_mut);
        let items = items.map(std::mem::take).unwrap_or_default();
        self.skip(key, &Value::Array(Vec::new()));
        items
    }

    /// Takes a field that says nothing beyond its default.
    pub fn skip(&mut self, key: &str, default: &Value) {
        if self.map.get(key) == Some(default) {
            self.map.remove(key);
        }
    }

    /// What nobody took.
    pub fn rest(mut self) -> Map<String, Value> {
        self.map.retain(|_, value| !value.is_null());
        self.map
    }

    /// # Errors
    /// When something is left.
    pub fn end(self) -> Result<(), Unsayable> {
        let what = self.what.clone();
        match self.rest().keys().next() {
            Some(key) => Err(format!("{what}: {key}")),
            None => Ok(()),
        }
    }
}

/// Sets a field unless there is nothing to set.
pub fn put(object: &mut Value, key: &str, value: impl Into<Option<Value>>) {
    if let Some(value) = value.into() {
        object[key] = value;
    }
}

/// A text part.
pub fn text_part(text: impl Into<Value>) -> Value {
    json!({"type": "text", "text": text.into()})
}

/// A data URL.
pub fn data_url(media_type: &str, base64: &str) -> String {
    format!("data:{media_type};base64,{base64}")
}

/// Parts as content: one text without anything else is plain text.
pub fn content(mut parts: Vec<Value>) -> Value {
    let plain = parts.len() == 1 && parts[0].as_object().is_some_and(|part| part.len() == 2);
    match parts.first().filter(|part| plain && part["type"] == "text") {
        Some(_) => parts.remove(0)["text"].take(),
        None => Value::Array(parts),
    }
}
