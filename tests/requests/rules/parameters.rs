//! Rules of schemas and of the parameters beside the conversation.

use aircher_llm::chat::Warning;
use serde_json::{Value, json};

use super::{Pair, fields, items};
use crate::requests::same::without_nothing;

pub fn closed_schemas(pair: &mut Pair) {
    lenient_where_warned(pair);
    let recorded = pair.recorded["tools"].as_array().cloned();
    for (theirs, ours) in recorded
        .unwrap_or_default()
        .iter()
        .zip(items(&mut pair.ours, "tools"))
    {
        let (theirs, schema) = (&theirs["input_schema"], &mut ours["input_schema"]);
        if theirs.is_object() && theirs.get("type").is_none() && schema["type"] == "object" {
            fields(schema).remove("type");
        }
        if ours["strict"] == true {
            open(theirs, &mut ours["input_schema"]);
        }
    }
}

/// A tool is held to its schema in ours as in the recorded body, but where a warning
/// says that it cannot be.
fn lenient_where_warned(pair: &mut Pair) {
    let warned = pair.warnings.iter().any(|warning| {
        let of_tool = warning
            .field
            .as_ref()
            .is_some_and(|it| it.starts_with("tools"));
        of_tool
            && ["enforced", "strict"]
                .iter()
                .any(|it| warning.message.contains(it))
    });
    let ours = pair.ours["tools"].as_array().cloned().unwrap_or_default();
    for (recorded, ours) in items(&mut pair.recorded, "tools").zip(ours) {
        if warned && recorded["strict"] == true && ours["strict"] != true {
            let strict = ours.get("strict").cloned();
            fields(recorded).remove("strict");
            fields(recorded).extend(strict.map(|it| ("strict".to_string(), it)));
        }
    }
}

/// Takes `additionalProperties: false` out where only ours has it.
fn open(theirs: &Value, ours: &mut Value) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let closed = ours.get("additionalProperties") == Some(&json!(false));
            if closed && !theirs.contains_key("additionalProperties") {
                ours.remove("additionalProperties");
            }
            for (key, ours) in ours {
                open(theirs.get(key).unwrap_or(&Value::Null), ours);
            }
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            theirs
                .iter()
                .zip(ours)
                .for_each(|(theirs, ours)| open(theirs, ours));
        }
        _ => {}
    }
}

/// Where the fields of our vocabulary stand. None of them is content.
const PLACES: [(&str, &[&str]); 8] = [
    (
        "temperature",
        &["/temperature", "/generationConfig/temperature"],
    ),
    ("top_p", &["/top_p", "/generationConfig/topP"]),
    (
        "presence_penalty",
        &["/presence_penalty", "/generationConfig/presencePenalty"],
    ),
    (
        "frequency_penalty",
        &["/frequency_penalty", "/generationConfig/frequencyPenalty"],
    ),
    (
        "stop",
        &[
            "/stop",
            "/stop_sequences",
            "/generationConfig/stopSequences",
        ],
    ),
    ("seed", &["/seed", "/generationConfig/seed"]),
    (
        "max_tokens",
        &[
            "/max_tokens",
            "/max_output_tokens",
            "/generationConfig/maxOutputTokens",
        ],
    ),
    (
        "thinking",
        &[
            "/reasoning_effort",
            "/reasoning/effort",
            "/thinking",
            "/output_config/effort",
            "/generationConfig/thinkingConfig",
            "/think",
        ],
    ),
];

/// A field may be another in ours, or be missing, only where a warning names it.
pub fn as_warned(pair: &mut Pair) {
    for (field, places) in PLACES {
        let named = |warning: &Warning| warning.field.as_deref() == Some(field);
        if !pair.warnings.iter().any(named) {
            continue;
        }
        for place in places {
            let (holder, key) = place.rsplit_once('/').unwrap();
            let ours = pair.ours.pointer(place).cloned();
            if let Some(Value::Object(holder)) = pair.recorded.pointer_mut(holder) {
                holder.remove(key);
                holder.extend(ours.map(|value| (key.to_string(), value)));
            }
        }
    }
    without_nothing(&mut pair.recorded);
}

/// Whether a warning tells that the field at this end of a path is not sent as it stands.
pub fn is_warned(warnings: &[Warning], path: &str) -> bool {
    let end = format!("/{}", path.replace('.', "/"));
    PLACES.iter().any(|(field, places)| {
        let named = |warning: &Warning| warning.field.as_deref() == Some(*field);
        places.contains(&end.as_str()) && warnings.iter().any(named)
    })
}
