//! Tools the model may call, and its calls.

use super::CacheHint;
use crate::json::{Json, JsonError, Read, Reader, Write, Writer, fields, writes};

/// A tool offered to the model.
///
/// ```
/// use aircher_llm::chat::{Function, Tool};
/// use aircher_llm::json::Json;
///
/// let parameters = Json::from_text(r#"{"type":"object","properties":{"city":{"type":"string"}}}"#)?;
/// let function = Function { name: "weather".into(), parameters: Some(parameters), ..Function::default() };
/// let tool = Tool { function, ..Tool::default() };
/// assert_eq!(tool.r#type, "function");
/// # Ok::<(), aircher_llm::json::JsonError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Always `function`.
    pub r#type: String,
    /// The function.
    pub function: Function,
    /// Marks the end of a prefix worth caching at the provider.
    pub cache: Option<CacheHint>,
}

impl Default for Tool {
    fn default() -> Self {
        Self {
            r#type: function(),
            function: Function::default(),
            cache: None,
        }
    }
}

/// A function the model may call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Function {
    /// Letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// When and how to use it.
    pub description: Option<String>,
    /// A JSON Schema object, passed on as written; absent means no arguments.
    pub parameters: Option<Json>,
    /// Ask the provider to enforce the schema. Default: what the provider does by itself.
    pub strict: Option<bool>,
}

/// A call the model asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    /// Pairs the call with the tool message that answers it.
    pub id: String,
    /// Always `function`.
    pub r#type: String,
    /// What to call.
    pub function: FunctionCall,
}

impl Default for ToolCall {
    fn default() -> Self {
        Self::new("", "", "")
    }
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionCall {
    /// Which function.
    pub name: String,
    /// JSON text; `{}` when empty, kept as received when the answer was cut off. The model may have
    /// written anything: check it against the schema.
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
///
/// ```
/// use aircher_llm::chat::ToolChoice;
/// use aircher_llm::json;
///
/// let choice: ToolChoice = json::from_str(r#"{"type":"function","function":{"name":"weather"}}"#)?;
/// assert_eq!(choice, ToolChoice::Function("weather".into()));
/// # Ok::<(), json::JsonError>(())
/// ```
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

impl<'a> Read<'a> for ToolChoice {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        const EXPECTED: &str =
            "`auto`, `none`, `required` or { type: \"function\", function: { name } }";
        let at = reader.position();
        if reader.peek() == Some(b'{') {
            return Named::read(reader).map(|named| Self::Function(named.function.name));
        }
        match &*reader
            .string()
            .map_err(|_| JsonError::new(at, format!("expected {EXPECTED}")))?
        {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            "required" => Ok(Self::Required),
            other => Err(JsonError::new(
                at,
                format!("unknown value `{other}`, expected {EXPECTED}"),
            )),
        }
    }
}

impl Write for ToolChoice {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Auto => writer.string("auto"),
            Self::None => writer.string("none"),
            Self::Required => writer.string("required"),
            Self::Function(name) => Named {
                r#type: function(),
                function: Name { name: name.clone() },
            }
            .write(writer),
        }
    }
}

struct Named {
    r#type: String,
    function: Name,
}

impl Default for Named {
    fn default() -> Self {
        Self {
            r#type: function(),
            function: Name::default(),
        }
    }
}

#[derive(Default)]
struct Name {
    name: String,
}

writes!(Tool { r#type = "type", function, cache, });
writes!(Function {
    name,
    description,
    parameters,
    strict,
});
writes!(ToolCall { id, r#type = "type", function, });
writes!(FunctionCall { name, arguments });
writes!(Named { r#type = "type", function, });
writes!(Name { name });

fields!(strict Tool ["function"] { r#type = "type", function, cache });
fields!(strict Function ["name"] { name, description, parameters, strict });
fields!(strict ToolCall ["id", "function"] { id, r#type = "type", function });
fields!(strict FunctionCall ["name"] { name, arguments });
fields!(strict Named ["function"] { r#type = "type", function });
fields!(strict Name ["name"] { name });

fn function() -> String {
    "function".to_string()
}
