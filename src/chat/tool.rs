//! Tools the model may call, and its calls.

use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::CacheHint;
use crate::json::Json;

/// A tool offered to the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// Always `function`.
    #[serde(default = "function")]
    pub r#type: String,
    /// The function.
    pub function: Function,
    /// Marks the end of a prefix worth caching at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheHint>,
}

/// A function the model may call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// When and how to use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A JSON Schema object, passed on as written; absent means no arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Json>,
    /// Ask the provider to enforce the schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
}

/// A call the model asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Pairs the call with the tool message that answers it.
    pub id: String,
    /// Always `function`.
    #[serde(default = "function")]
    pub r#type: String,
    /// What to call.
    pub function: FunctionCall,
}

impl ToolCall {
    /// A call of a function.
    pub fn new(
        id: impl Into<String>,
        name: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        let function = FunctionCall {
            name: name.into(),
            arguments: arguments.into(),
        };
        Self {
            id: id.into(),
            r#type: self::function(),
            function,
        }
    }
}

/// The name and arguments of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionCall {
    /// Which function.
    pub name: String,
    /// JSON text; `{}` when empty, kept as received when the answer was cut off.
    #[serde(default)]
    pub arguments: String,
}

/// A piece of a call in a stream: id and name come once, then argument fragments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolCallDelta {
    /// Which call of the answer, from 0.
    pub index: u32,
    /// The call's id, once.
    pub id: Option<String>,
    /// The function's name, once.
    pub name: Option<String>,
    /// The next piece of the arguments.
    pub arguments: String,
}

/// Whether and which tool the model must call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// No call.
    None,
    /// Some call.
    Required,
    /// This function.
    Function(String),
}

impl<'de> Deserialize<'de> for ToolChoice {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct WordOrFunction;
        impl<'de> Visitor<'de> for WordOrFunction {
            type Value = ToolChoice;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "`auto`, `none`, `required` or { type: \"function\", function: { name } }",
                )
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<ToolChoice, E> {
                match word {
                    "auto" => Ok(ToolChoice::Auto),
                    "none" => Ok(ToolChoice::None),
                    "required" => Ok(ToolChoice::Required),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ToolChoice, A::Error> {
                let named = Named::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(ToolChoice::Function(named.function.name))
            }
        }
        reader.deserialize_any(WordOrFunction)
    }
}

impl Serialize for ToolChoice {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => writer.serialize_str("auto"),
            Self::None => writer.serialize_str("none"),
            Self::Required => writer.serialize_str("required"),
            Self::Function(name) => Named {
                r#type: function(),
                function: Name { name: name.clone() },
            }
            .serialize(writer),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Named {
    #[serde(default = "function")]
    r#type: String,
    function: Name,
}

#[derive(Serialize, Deserialize)]
struct Name {
    name: String,
}

fn function() -> String {
    "function".to_string()
}
