//! What a model takes: which endpoint, which parameters, which effort (wire reference, OpenAI §2).

use crate::chat::{CacheSetting, ChatRequest, Effort, ThinkingStrength, ToolChoice, Warning};
use crate::config::Api;
use crate::error::{Error, ErrorKind, Result};
use crate::provider::Target;

/// Whether the model is spoken to on the Responses endpoint. A compatible server
/// usually has only Chat Completions.
pub(super) fn on_responses(target: &Target<'_>) -> bool {
    match target.config.api {
        Api::Chat => false,
        Api::Responses => true,
        Api::Auto => official(target) && wants_responses(target),
    }
}

/// Newer models refuse tools on Chat Completions while they reason, and some are
/// served on Responses only. Those the table does not know are told by their name.
fn wants_responses(target: &Target<'_>) -> bool {
    let flagged = target.known.is_some_and(|model| {
        model.responses_only() || model.no_chat_tools() || model.chat_tools_need_effort_none()
    });
    let name = target.model.trim_start_matches("ft:");
    let named = ["-codex", "-deep-research", "computer-use"]
        .iter()
        .any(|part| name.contains(part));
    flagged || gpt_version(name) >= Some((5, 4)) || (target.known.is_none() && named)
}

/// `gpt-5.4-mini` is 5.4, `gpt-6` is 6.0.
fn gpt_version(name: &str) -> Option<(u32, u32)> {
    let rest = name.strip_prefix("gpt-")?;
    let major = leading_number(rest)?;
    let minor = rest
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .strip_prefix('.')
        .and_then(leading_number);
    Some((major, minor.unwrap_or(0)))
}

/// Whether a model reasons: `o1`…, `gpt-5` and later, but not the chat-tuned ones.
pub(super) fn reasons(target: &Target<'_>) -> bool {
    if let Some(model) = target.known {
        return model.thinking() == "effort";
    }
    let name = target.model;
    let o_series = name
        .strip_prefix('o')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let recent_gpt = gpt_version(name) >= Some((5, 0));
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

/// Refuses an image for a model that is known not to see it.
///
/// # Errors
/// `unsupported`, naming the field.
pub(super) fn sees_images(target: &Target<'_>, field: &str) -> Result<()> {
    if target.known.is_none_or(|model| model.images()) {
        return Ok(());
    }
    let message = format!("{field}: {} does not see images", target.model);
    Err(Error::new(ErrorKind::Unsupported, message)
        .hint("choose a model with images, or send text"))
}

/// What groups requests that share a prefix.
pub(super) fn cache_key(request: &ChatRequest) -> Option<&str> {
    match &request.cache {
        Some(CacheSetting::Ttl { key, .. }) => key.as_deref(),
        _ => None,
    }
}

/// `tool_choice` and `parallel_tool_calls` without tools are refused by the API.
pub(super) fn takes_tool_fields(request: &ChatRequest, warnings: &mut Vec<Warning>) -> bool {
    let chosen = request
        .tool_choice
        .as_ref()
        .is_some_and(|choice| *choice != ToolChoice::None);
    if request.tools.is_empty() && chosen {
        warnings.push(Warning::field(
            "tool_choice",
            "there are no tools to choose from; sent without",
        ));
    }
    !request.tools.is_empty()
}

/// Whether OpenAI itself would refuse what only models without reasoning take.
pub(super) fn restricted(target: &Target<'_>) -> bool {
    official(target) && reasons(target)
}

/// The sampling parameters both endpoints have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampling {
    /// 0 to 2.
    pub(super) temperature: Option<f64>,
    /// 0 to 1.
    pub(super) top_p: Option<f64>,
}

/// Sampling as far as the model takes it: reasoning models only with effort `none`, if at all.
pub(super) fn sampling(
    request: &ChatRequest,
    target: &Target<'_>,
    effort: Option<Effort>,
    warnings: &mut Vec<Warning>,
) -> Sampling {
    let rule = target.known.map_or("always", |model| model.sampling());
    let off = rule == "effort_none_only" && effort == Some(Effort::None);
    let taken = !restricted(target) || off;
    let temperature = request.temperature.or(target.config.temperature);
    Sampling {
        temperature: keep("temperature", temperature, taken, target, warnings),
        top_p: keep("top_p", request.top_p, taken, target, warnings),
    }
}

/// The value when it is taken, else a warning.
pub(super) fn keep(
    field: &str,
    value: Option<f64>,
    taken: bool,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Option<f64> {
    if value.is_some() && !taken {
        let message = format!("{} does not take `{field}`; sent without", target.model);
        warnings.push(Warning::field(field, message));
    }
    value.filter(|_| taken)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::openai::tests::{official, with_config};

    #[track_caller]
    fn check(config: &str, model: &str, expected: bool) {
        let seen = with_config(config, model, on_responses);
        assert_eq!(seen, expected, "{model} with {config}");
    }

    #[test]
    fn the_model_chooses_the_endpoint() {
        for model in [
            "gpt-6-luna",
            "gpt-6-astra",
            "gpt-6-luna-2026-11-01",
            "gpt-5.6",
            "gpt-5.4-mini",
            "gpt-5.5-2026-04-23",
            "gpt-5-pro",
            "gpt-5.1-codex",
            "o1-pro",
            "gpt-7",
            "gpt-10.2-nova",
            "gpt-5.9-unheard-of",
            "o5-deep-research",
        ] {
            check(official(), model, true);
        }
        for model in [
            "gpt-4o",
            "gpt-3.5-turbo",
            "gpt-5",
            "gpt-5.1",
            "gpt-5.2",
            "gpt-5.3-chat-latest",
            "gpt-4.1-mini",
            "o3",
            "gpt-oss-120b",
            "ft:gpt-4o:acme::1",
            "nobody-knows",
        ] {
            check(official(), model, false);
        }
    }

    #[test]
    fn the_configuration_and_the_address_stand_before_the_model() {
        check(r#"{"api":"chat"}"#, "gpt-6-luna", false);
        check(r#"{"api":"responses"}"#, "gpt-4o", true);
        let server = r#"{"base_url":"http://localhost:1234/v1"}"#;
        check(server, "gpt-6-luna", false);
        let both = r#"{"base_url":"http://localhost:1234/v1","api":"responses"}"#;
        check(both, "gpt-oss-20b", true);
    }
}
