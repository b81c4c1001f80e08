//! What no rule may hide the loss of: text, files, names, arguments, results and
//! signatures, collected from both bodies as they stand, before anything is
//! made equal.

use serde_json::Value;

/// A kind of content and one piece of it.
type Atom = (&'static str, String);

/// What of the recorded content is missing in ours. What ours adds stands in the
/// bodies' differences.
pub fn lost(recorded: &Value, ours: &Value) -> Vec<String> {
    let (recorded, ours) = (atoms(recorded), atoms(ours));
    let mut found = Vec::new();
    for kind in ["text", "file", "name", "value", "seal"] {
        let joined: String = of(kind, &ours).collect();
        for piece in of(kind, &recorded).filter(|piece| !joined.contains(*piece)) {
            let start: String = piece.chars().take(80).collect();
            found.push(format!("{kind} lost: {start}"));
        }
        let (before, after) = (total(kind, &recorded), total(kind, &ours));
        if before > after {
            found.push(format!("{kind}: of {before} bytes {after} are left"));
        }
    }
    found
}

fn of<'a>(kind: &'static str, atoms: &'a [Atom]) -> impl Iterator<Item = &'a str> {
    let pieces = atoms.iter().filter(move |(its, _)| *its == kind);
    pieces.map(|(_, piece)| piece.as_str())
}

fn total(kind: &'static str, atoms: &[Atom]) -> usize {
    of(kind, atoms).map(str::len).sum()
}

fn atoms(body: &Value) -> Vec<Atom> {
    let mut atoms = Vec::new();
    for key in ["system", "systemInstruction", "instructions"] {
        talk("text", &body[key], &mut atoms);
    }
    for key in ["messages", "input", "contents"] {
        talk("text", &body[key], &mut atoms);
    }
    atoms
}

/// Strings mean what the key they stand under says.
fn talk(kind: &'static str, value: &Value, atoms: &mut Vec<Atom>) {
    match value {
        Value::String(text) => push(kind, text, atoms),
        Value::Array(items) => items.iter().for_each(|item| talk(kind, item, atoms)),
        Value::Object(fields) => {
            // Readable reasoning is for people; what the API wants back is its seal.
            let thought = fields.get("thought") == Some(&Value::Bool(true));
            for (key, inner) in fields {
                let kind = match key.as_str() {
                    "text" | "content" | "refusal" | "parts" if !thought => "text",
                    "output" | "image_url" | "file" | "input_audio" | "source" | "functionCall"
                    | "functionResponse" | "function" | "tool_calls" | "inlineData"
                    | "fileData" | "function_call" | "function_response" | "inline_data"
                    | "file_data"
                        if inner.is_object() || inner.is_array() =>
                    {
                        "text"
                    }
                    "output" => "text",
                    "data" | "url" | "file_data" | "file_url" | "image_url" | "images"
                    | "fileUri" | "file_uri" => "file",
                    "name" | "tool_name" => "name",
                    "arguments" | "args" | "response" => "value",
                    "input" if inner.is_object() => "value",
                    "signature" | "thoughtSignature" | "thought_signature"
                    | "encrypted_content" => "seal",
                    _ => continue,
                };
                if kind == "value" {
                    values(inner, atoms);
                } else {
                    talk(kind, inner, atoms);
                }
            }
        }
        _ => {}
    }
}

/// The leaves of the user's own JSON, written out or as text.
fn values(value: &Value, atoms: &mut Vec<Atom>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| values(item, atoms)),
        Value::Object(fields) => fields.values().for_each(|inner| values(inner, atoms)),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => values(&inner, atoms),
            _ => push("value", text, atoms),
        },
        Value::Null => {}
        Value::Number(number) => {
            push(
                "value",
                &number.as_f64().unwrap_or_default().to_string(),
                atoms,
            );
        }
        Value::Bool(on) => push("value", &on.to_string(), atoms),
    }
}

/// Without white space, which is compared with the body itself.
fn push(kind: &'static str, text: &str, atoms: &mut Vec<Atom>) {
    let bare: String = text.split_whitespace().collect();
    if !bare.is_empty() {
        atoms.push((kind, bare));
    }
}
