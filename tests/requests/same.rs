//! When two bodies say the same: what the API's own documentation calls equal.

use serde_json::{Map, Value, json};

use super::Dialect;
use super::words::{camel_case, json_schema, results_as_output};

/// One way in which two bodies may differ and still be the same.
pub struct Normalisation {
    pub name: &'static str,
    /// Brings a body into one form; whether it was in another.
    apply: fn(Dialect, &mut Value) -> bool,
}

/// In this order.
pub const NORMALISATIONS: [Normalisation; 8] = [
    Normalisation {
        name: "snake_case names as camelCase (Gemini takes both)",
        apply: |dialect, body| dialect == Dialect::Gemini && changes(body, camel_case),
    },
    Normalisation {
        name: "a schema in Gemini's own words as JSON Schema",
        apply: |dialect, body| dialect == Dialect::Gemini && changes(body, json_schema),
    },
    Normalisation {
        name: "a response without `output` and `error` as output (Gemini says it is)",
        apply: |dialect, body| dialect == Dialect::Gemini && changes(body, results_as_output),
    },
    Normalisation {
        name: "one text, as a string or as a list of one",
        apply: |dialect, body| changes(body, |body| one_text(dialect, body)),
    },
    Normalisation {
        name: "JSON inside a string, by value",
        apply: |_, body| changes(body, arguments_parsed),
    },
    Normalisation {
        name: "defaults the API states, as absent",
        apply: |dialect, body| changes(body, |body| without_defaults(dialect, body)),
    },
    Normalisation {
        name: "null and empty fields as absent",
        apply: |_, body| changes(body, without_nothing),
    },
    Normalisation {
        name: "tools in any order, in one list or several",
        apply: |_, body| changes(body, tools_in_order),
    },
];

/// Brings a body into one form. Returns the names of what had to be done; the
/// order of keys and the spelling of numbers count for nothing anyway.
pub fn normalised(dialect: Dialect, body: &Value) -> (Value, Vec<&'static str>) {
    let mut body = body.clone();
    let needed = NORMALISATIONS
        .iter()
        .filter(|it| (it.apply)(dialect, &mut body));
    let needed = needed.map(|it| it.name).collect();
    (body, needed)
}

fn changes(body: &mut Value, change: impl FnOnce(&mut Value)) -> bool {
    let before = body.clone();
    change(body);
    *body != before
}

/// What holds the user's own JSON, in which nothing means anything to the API.
const OPAQUE: [&str; 12] = [
    "parameters",
    "parametersJsonSchema",
    "parameters_json_schema",
    "input_schema",
    "schema",
    "responseSchema",
    "response_schema",
    "responseJsonSchema",
    "args",
    "response",
    "labels",
    "metadata",
];

fn is_opaque(key: &str, value: &Value) -> bool {
    OPAQUE.contains(&key) || (matches!(key, "input" | "arguments" | "format") && value.is_object())
}

/// Calls `change` for every object outside the user's own JSON, innermost first.
pub fn each_object(value: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        Value::Object(fields) => {
            for (key, inner) in fields.iter_mut() {
                if !is_opaque(key, inner) {
                    each_object(inner, change);
                }
            }
            change(fields);
        }
        _ => {}
    }
}

// ---- values ---------------------------------------------------------------

pub fn without_nothing(body: &mut Value) {
    const HOLDERS: [&str; 11] = [
        "stream_options",
        "responseModalities",
        "tools",
        "generationConfig",
        "thinkingConfig",
        "options",
        "include",
        "tool_calls",
        "annotations",
        "logprobs",
        "format",
    ];
    each_object(body, &mut |fields| {
        fields.retain(|key, value| {
            let empty = [json!({}), json!([]), json!("")].contains(value);
            !(value.is_null() || empty && HOLDERS.contains(&key.as_str()))
        });
    });
}

pub fn one_text(dialect: Dialect, body: &mut Value) {
    if dialect == Dialect::Responses
        && let Some(text) = body["input"].as_str()
    {
        body["input"] = json!([{"role": "user", "content": text}]);
    }
    each_object(body, &mut |fields| {
        // A single stop text is a list of one.
        if let Some(stop) = fields.get_mut("stop").filter(|stop| stop.is_string()) {
            *stop = json!([stop.take()]);
        }
        for key in ["content", "system", "output"] {
            let Some(Value::Array(parts)) = fields.get(key) else {
                continue;
            };
            let texts = ["text", "input_text", "output_text"];
            if let [Value::Object(part)] = parts.as_slice()
                && part.len() == 2
                && texts
                    .iter()
                    .any(|kind| part.get("type") == Some(&json!(kind)))
                && let Some(text) = part.get("text").cloned()
            {
                fields.insert(key.to_string(), text);
            }
        }
    });
}

fn arguments_parsed(body: &mut Value) {
    each_object(body, &mut |fields| {
        let Some(arguments) = fields.get_mut("arguments") else {
            return;
        };
        let text = arguments.as_str().unwrap_or_default();
        if let Ok(value) = serde_json::from_str(text) {
            *arguments = value;
        }
    });
}

/// Fields and what the API takes them for when they are absent.
fn defaults(dialect: Dialect) -> Vec<(&'static str, Value)> {
    match dialect {
        Dialect::Chat => vec![
            ("stream", json!(false)),
            ("include_usage", json!(false)),
            ("response_format", json!({"type": "text"})),
        ],
        Dialect::Responses => vec![
            ("stream", json!(false)),
            ("store", json!(true)),
            ("tool_choice", json!("auto")),
            ("instructions", json!("")),
            ("text", json!({"format": {"type": "text"}})),
            ("detail", json!("auto")),
            ("type", json!("message")),
        ],
        Dialect::Claude => vec![
            ("stream", json!(false)),
            ("temperature", json!(1)),
            ("tool_choice", json!({"type": "auto"})),
            ("is_error", json!(false)),
            ("caller", json!({"type": "direct"})),
            ("type", json!("custom")),
            ("ttl", json!("5m")),
        ],
        Dialect::Gemini => vec![("thought", json!(false)), ("includeThoughts", json!(false))],
        Dialect::Ollama => vec![
            ("stream", json!(true)),
            ("truncate", json!(true)),
            ("type", json!("function")),
        ],
    }
}

fn without_defaults(dialect: Dialect, body: &mut Value) {
    let table = defaults(dialect);
    each_object(body, &mut |fields| {
        for (key, default) in &table {
            if fields.get(*key).is_some_and(|value| same(value, default)) {
                fields.remove(*key);
            }
        }
        if dialect == Dialect::Gemini
            && let Some(Value::Object(system)) = fields.get_mut("systemInstruction")
        {
            system.remove("role");
        }
        // Content stands in a message of calls only when there is some.
        if dialect == Dialect::Chat
            && fields.contains_key("tool_calls")
            && fields.get("content") == Some(&json!(""))
        {
            fields.remove("content");
        }
    });
}

// ---- tools ----------------------------------------------------------------

/// Tools in the order of their text; Gemini's functions one by one.
fn tools_in_order(body: &mut Value) {
    let Some(Value::Array(tools)) = body.get_mut("tools") else {
        return;
    };
    let mut alone = Vec::new();
    for mut tool in tools.drain(..) {
        let declared = tool
            .as_object_mut()
            .and_then(|it| it.remove("functionDeclarations"));
        if let Some(Value::Array(declared)) = declared {
            alone.extend(
                declared
                    .into_iter()
                    .map(|it| json!({"functionDeclarations": [it]})),
            );
        }
        if tool != json!({}) {
            alone.push(tool);
        }
    }
    alone.sort_by_key(Value::to_string);
    *tools = alone;
}

// ---- differences ----------------------------------------------------------

/// Numbers are the same by value.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// Where two bodies differ, as lines a person can read.
pub fn differences(recorded: &Value, ours: &Value) -> Vec<String> {
    let mut found = Vec::new();
    differ("", recorded, ours, &mut found);
    found
}

fn differ(path: &str, recorded: &Value, ours: &Value, found: &mut Vec<String>) {
    match (recorded, ours) {
        (Value::Object(a), Value::Object(b)) => {
            let more = b.keys().filter(|key| !a.contains_key(*key));
            for key in a.keys().chain(more) {
                let (a, b) = (a.get(key), b.get(key));
                let path = format!("{path}.{key}");
                match (a, b) {
                    (Some(a), Some(b)) => differ(&path, a, b, found),
                    (Some(a), None) => found.push(format!("{path}: not sent: {}", cut(a))),
                    (None, Some(b)) => found.push(format!("{path}: only ours: {}", cut(b))),
                    (None, None) => {}
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                differ(&format!("{path}[{at}]"), a, b, found);
            }
        }
        (a, b) if same(a, b) => {}
        (a, b) => found.push(format!("{path}: {} became {}", cut(a), cut(b))),
    }
}

fn cut(value: &Value) -> String {
    value.to_string().chars().take(200).collect()
}
