//! What a model takes: which endpoint, which parameters, which effort (wire reference, OpenAI §2).

use crate::chat::{Effort, ThinkingStrength, Warning};
use crate::provider::Target;

/// Whether a model reasons: `o1`…, `gpt-5` and later, but not the chat-tuned ones.
pub(super) fn reasons(target: &Target<'_>) -> bool {
    if let Some(model) = target.known {
        return model.thinking() == "effort";
    }
    let name = target.model;
    let o_series = name
        .strip_prefix('o')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let recent_gpt = name
        .strip_prefix("gpt-")
        .and_then(leading_number)
        .is_some_and(|major| major >= 5);
    (o_series || recent_gpt) && !name.contains("-chat")
}

fn leading_number(text: &str) -> Option<u32> {
    text.split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

/// Whether this is OpenAI itself rather than a compatible server.
pub(super) fn official(target: &Target<'_>) -> bool {
    !target.config.custom_base_url
}

/// The effort to ask for: the nearest level the model takes, and a warning when it is another than was asked.
pub(super) fn effort(
    strength: Option<ThinkingStrength>,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Option<Effort> {
    let wanted = match strength? {
        ThinkingStrength::Effort(effort) => effort,
        ThinkingStrength::Budget(tokens) => level_of_budget(tokens),
    };
    if !reasons(target) && target.known.is_some() {
        if wanted > Effort::None {
            warnings.push(Warning::field(
                "thinking",
                format!("{} does not reason; sent without", target.model),
            ));
        }
        return None;
    }
    let levels = target
        .known
        .map(|model| model.efforts())
        .unwrap_or_default();
    let Some(nearest) = nearest(wanted, &levels) else {
        return Some(wanted);
    };
    if nearest != wanted {
        let message = format!(
            "{} takes no effort `{}`; sent `{}`",
            target.model,
            wanted.as_str(),
            nearest.as_str()
        );
        warnings.push(Warning::field("thinking", message));
    }
    Some(nearest)
}

/// The level at or above `wanted`, else the strongest; `None` when nothing is known.
fn nearest(wanted: Effort, levels: &[Effort]) -> Option<Effort> {
    levels
        .iter()
        .copied()
        .find(|level| *level >= wanted)
        .or_else(|| levels.last().copied())
}

/// A budget in tokens as a level [our judgement: the levels' usual spending].
fn level_of_budget(tokens: u64) -> Effort {
    match tokens {
        0 => Effort::None,
        1..=2_048 => Effort::Low,
        2_049..=16_384 => Effort::Medium,
        _ => Effort::High,
    }
}
