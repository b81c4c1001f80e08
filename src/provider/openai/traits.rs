//! What a model takes: which endpoint, which parameters, which effort (wire reference, OpenAI §2).

use crate::config::Api;
use crate::provider::Target;
use crate::text;

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
    let named = || NAMED.iter().any(|part| text::has(target.model, part));
    flagged || gpt_version(target.model) >= 504 || (target.known.is_none() && named())
}

/// Parts of the names of models that are served on Responses only.
const NAMED: [&str; 6] = [
    "-codex",
    "-deep-research",
    "computer-use",
    "gpt-daybreak",
    "gpt-rosalind",
    "-pro",
];

/// `gpt-5.4-mini` is 504, `gpt-6` is 600, what is no GPT is 0.
pub(super) fn gpt_version(name: &str) -> u32 {
    let (mut major, mut minor, mut dotted) = (0_u32, 0_u32, false);
    let number = plain(name).strip_prefix("gpt-");
    for byte in number.unwrap_or_default().bytes() {
        let number = if dotted { &mut minor } else { &mut major };
        match byte {
            b'0'..=b'9' => {
                *number = number
                    .saturating_mul(10)
                    .saturating_add(u32::from(byte - b'0'))
            }
            b'.' if !dotted => dotted = true,
            _ => break,
        }
    }
    major.saturating_mul(100).saturating_add(minor.min(99))
}

/// The name of the model a fine-tuned one was made of.
fn plain(name: &str) -> &str {
    name.strip_prefix("ft:").unwrap_or(name)
}

/// Whether a model reasons: `o1`…, `gpt-5` and later, but not the chat-tuned ones.
pub(super) fn reasons(target: &Target<'_>) -> bool {
    if let Some(model) = target.known {
        return model.thinking() == "effort";
    }
    let name = plain(target.model);
    let o_series = name
        .strip_prefix('o')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let recent_gpt = gpt_version(name) >= 500;
    (o_series || recent_gpt) && !text::has(name, "-chat")
}

/// Whether this is OpenAI itself rather than a compatible server.
pub(super) fn official(target: &Target<'_>) -> bool {
    !target.config.custom_base_url
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
            "o5-pro",
            "gpt-rosalind-preview",
            "ft:gpt-5.4-mini:acme::1",
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
