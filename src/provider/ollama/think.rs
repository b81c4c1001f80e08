//! How a model is told to reason (wire reference, Ollama §2).

use crate::chat::{ChatRequest, Effort, ThinkingDisplay, ThinkingStrength, Warning};
use crate::model::{self, Model};
use crate::provider::Target;

/// A value of the `think` field.
#[derive(Clone, Copy)]
pub(super) enum Think {
    Switch(bool),
    Level(&'static str),
}

/// The `think` field, and a warning where it is not what was asked for.
pub(super) fn think(
    request: &ChatRequest,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Option<Think> {
    let display = request.thinking.as_ref().and_then(|asked| asked.display);
    if display == Some(ThinkingDisplay::Omitted) {
        let message = "the server always sends its reasoning; `omitted` has no effect";
        warnings.push(Warning::field("thinking.display", message));
    }
    let strength = request.thinking_strength()?;
    let effort = match strength {
        ThinkingStrength::Effort(effort) => effort,
        ThinkingStrength::Budget(tokens) => Effort::of_budget(tokens),
    };
    // `thinking_mode` asks for nothing finer than on or off.
    let asked = request.thinking.is_some().then_some(strength);
    let (think, replaced) = match way(target).as_str() {
        "level" => level(effort),
        // No row: a level works where levels are known and means `true` elsewhere.
        "" if asked.is_some() && effort != Effort::None => level(effort),
        // `true` is refused by a model that does not reason; `false` never is.
        "none" if effort != Effort::None => (None, true),
        _ => (Some(Think::Switch(effort != Effort::None)), false),
    };
    let finer = match (asked, think) {
        (Some(ThinkingStrength::Budget(tokens)), _) => tokens > 0,
        (Some(_), Some(Think::Switch(on))) => on,
        _ => false,
    };
    if replaced || finer {
        warnings.push(Warning::field("thinking", told(target, asked, think)));
    }
    think
}

/// How the model is told; `""` for one nobody knows. A row of the table with a tag may know less
/// than the row of its family. What the server has said wins, but it knows nothing of levels.
fn way(target: &Target<'_>) -> String {
    let family = target.model.split(':').next().unwrap_or(target.model);
    let family = model::find("ollama", family);
    let of_family = family.as_ref().map_or("", Model::thinking);
    let told = target
        .known
        .filter(|known| known.source() != model::Source::Table);
    match told.map_or("", Model::thinking) {
        "" => {
            let row = family.as_ref().or(target.known);
            row.map_or("", Model::thinking).to_string()
        }
        "bool" if of_family == "level" => of_family.to_string(),
        told => told.to_string(),
    }
}

/// The levels the server knows, and whether it is another than was asked for.
fn level(effort: Effort) -> (Option<Think>, bool) {
    let (word, same) = match effort {
        // A model with levels cannot be told not to reason.
        Effort::None | Effort::Minimal => ("low", false),
        Effort::Low => ("low", true),
        Effort::Medium => ("medium", true),
        Effort::High => ("high", true),
        Effort::Xhigh => ("max", false),
        Effort::Max => ("max", true),
    };
    (Some(Think::Level(word)), !same)
}

fn told(target: &Target<'_>, asked: Option<ThinkingStrength>, think: Option<Think>) -> String {
    let model = target.model;
    let problem = match (asked, think) {
        (_, None) => "does not reason".to_string(),
        (Some(ThinkingStrength::Budget(_)), _) => "takes no budget".to_string(),
        (Some(ThinkingStrength::Effort(effort)), _) if effort > Effort::None => {
            format!("takes no effort `{}`", effort.as_str())
        }
        _ => "cannot answer without reasoning".to_string(),
    };
    let sent = match think {
        Some(Think::Level(level)) => format!("`{level}`"),
        Some(Think::Switch(on)) => format!("`{on}`"),
        None => "without".to_string(),
    };
    format!("{model} {problem}; sent {sent}")
}
