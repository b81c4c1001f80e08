//! What a model takes: which generation it is, how it reasons (wire reference, Gemini §2).

use super::wire::ThinkingConfig;
use crate::chat::{ChatRequest, Effort, ThinkingDisplay, ThinkingStrength, Warning};
use crate::provider::Target;

/// Major and minor version, such as `(2, 5)`.
type Generation = (u32, u32);

/// Whether the model is of that generation or a later one; unknown names are not.
pub(super) fn since(target: &Target<'_>, generation: Generation) -> bool {
    self::generation(target).is_some_and(|own| own >= generation)
}

/// Whether the model is older than that; unknown names are not.
pub(super) fn before(target: &Target<'_>, generation: Generation) -> bool {
    self::generation(target).is_some_and(|own| own < generation)
}

fn generation(target: &Target<'_>) -> Option<Generation> {
    let rest = name(target).strip_prefix("gemini-")?;
    let version = rest.split(['-', '@', ':']).next()?;
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    match (major.parse(), minor.parse()) {
        (Ok(major), Ok(minor)) => Some((major, minor)),
        // `gemini-flash-latest` and its like have long moved on to levels.
        _ => target
            .known
            .filter(|model| model.thinking() == "level")
            .map(|_| (3, 0)),
    }
}

/// The name without its path.
fn name<'a>(target: &Target<'a>) -> &'a str {
    target.model.rsplit('/').next().unwrap_or_default()
}

/// Gemma before 4 knows no system instruction.
pub(super) fn takes_system(target: &Target<'_>) -> bool {
    !["gemma-1", "gemma-2", "gemma-3"]
        .iter()
        .any(|old| name(target).starts_with(old))
}

/// Whether temperature and top_p have an effect.
pub(super) fn takes_sampling(target: &Target<'_>) -> bool {
    target
        .known
        .is_none_or(|model| model.sampling() != "ignored")
}

// ---- thinking -------------------------------------------------------------

/// How a model is told to reason.
enum Way {
    /// It does not.
    None,
    /// By level, from the weakest to the strongest.
    Levels(Vec<Effort>),
    /// By tokens.
    Budget { low: u64, high: u64 },
}

/// What to ask for; `None` sends nothing. Says where it is not what was asked.
pub(super) fn thinking(
    request: &ChatRequest,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Option<ThinkingConfig> {
    let strength = request.thinking_strength()?;
    let mut warn = |problem: String| {
        let message = format!("{} {problem}", target.model);
        warnings.push(Warning::field("thinking", message));
    };
    let mut config = ThinkingConfig {
        include_thoughts: is_shown(request, strength).then_some(true),
        ..ThinkingConfig::default()
    };
    match way(target) {
        Way::None if is_off(strength) => return None,
        Way::None => {
            warn("does not reason; sent without".into());
            return None;
        }
        Way::Levels(levels) => config.thinking_level = Some(level(strength, &levels, &mut warn)),
        Way::Budget { low, high } => {
            let bounds = (lowest_budget(target, low), low, high);
            config.thinking_budget = Some(budget(strength, bounds, &mut warn));
        }
    }
    Some(config)
}

fn is_off(strength: ThinkingStrength) -> bool {
    use ThinkingStrength::{Budget, Effort as Level};
    matches!(strength, Level(Effort::None) | Budget(0))
}

/// Readable thoughts cost nothing more, so they come unless they are declined.
fn is_shown(request: &ChatRequest, strength: ThinkingStrength) -> bool {
    let display = request.thinking.as_ref().and_then(|asked| asked.display);
    !is_off(strength) && display != Some(ThinkingDisplay::Omitted)
}

fn way(target: &Target<'_>) -> Way {
    match target.known.map(|model| model.thinking()) {
        Some("none") => Way::None,
        Some("budget") => by_tokens(target),
        Some(_) => Way::Levels(levels(target)),
        None if !reasons(target) => Way::None,
        None if before(target, (3, 0)) => by_tokens(target),
        None => Way::Levels(levels(target)),
    }
}

/// Whether a model the table does not know reasons, by its name: not before
/// 2.5, not old Gemma, and not 2.5's models that draw or speak.
fn reasons(target: &Target<'_>) -> bool {
    let speaks = ["-image", "-tts"]
        .iter()
        .any(|kind| name(target).contains(kind));
    takes_system(target) && !before(target, (2, 5)) && !(speaks && before(target, (3, 0)))
}

fn by_tokens(target: &Target<'_>) -> Way {
    let known = target.known.and_then(|model| model.thinking_budget());
    let (low, high) = known.unwrap_or_else(|| {
        if name(target).contains("pro") {
            (128, 32_768)
        } else if name(target).contains("lite") {
            (512, 24_576)
        } else {
            (0, 24_576)
        }
    });
    Way::Budget { low, high }
}

/// Only Pro cannot be switched off.
fn lowest_budget(target: &Target<'_>, low: u64) -> u64 {
    if name(target).contains("pro") { low } else { 0 }
}

fn levels(target: &Target<'_>) -> Vec<Effort> {
    let known = target.known.map(|model| model.efforts());
    known
        .filter(|levels| !levels.is_empty())
        .unwrap_or_else(|| vec![Effort::Low, Effort::Medium, Effort::High])
}

/// The level at or above the wanted one, else the strongest.
fn level(
    strength: ThinkingStrength,
    levels: &[Effort],
    warn: &mut impl FnMut(String),
) -> &'static str {
    let (wanted, exact) = match strength {
        ThinkingStrength::Effort(effort) => (effort, true),
        ThinkingStrength::Budget(tokens) => (level_of_budget(tokens), false),
    };
    let nearest = levels
        .iter()
        .copied()
        .find(|level| *level >= wanted)
        .or_else(|| levels.last().copied())
        .unwrap_or(wanted);
    let sent = nearest.as_str();
    if !exact {
        warn(format!("reasons by level, not by tokens; sent `{sent}`"));
    } else if nearest != wanted {
        warn(format!(
            "takes no effort `{}`; sent `{sent}`",
            wanted.as_str()
        ));
    }
    sent
}

/// The tokens to ask for, of a smallest (0 where it can be switched off), a low and a high bound.
fn budget(
    strength: ThinkingStrength,
    (lowest, low, high): (u64, u64, u64),
    warn: &mut impl FnMut(String),
) -> u64 {
    let wanted = match strength {
        ThinkingStrength::Effort(effort) => budget_of_level(effort).min(high),
        ThinkingStrength::Budget(tokens) => tokens,
    };
    let sent = if wanted == 0 {
        lowest
    } else {
        wanted.clamp(low, high)
    };
    if sent != wanted {
        warn(format!(
            "takes no thinking budget of {wanted} tokens; sent {sent}"
        ));
    }
    sent
}

/// A level in tokens, as the provider's own compatible endpoint has it [judgement above `high`].
fn budget_of_level(effort: Effort) -> u64 {
    match effort {
        Effort::None => 0,
        Effort::Minimal => 512,
        Effort::Low => 1_024,
        Effort::Medium => 8_192,
        Effort::High => 24_576,
        Effort::Xhigh | Effort::Max => u64::MAX,
    }
}

/// The same the other way round, by the nearest level above.
fn level_of_budget(tokens: u64) -> Effort {
    match tokens {
        0 => Effort::None,
        1..=512 => Effort::Minimal,
        513..=1_024 => Effort::Low,
        1_025..=8_192 => Effort::Medium,
        _ => Effort::High,
    }
}
