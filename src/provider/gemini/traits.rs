//! What a model takes: which generation it is, how it reasons (wire reference, Gemini §2).

use super::encode::Encoder;
use crate::chat::{Effort, ThinkingDisplay, ThinkingStrength};
use crate::json::Writer;
use crate::provider::Target;
use crate::text;

/// Major and minor version of a model as one number: 2.5 is 2005.
pub(super) type Version = u32;

pub(super) const GEMINI_2_5: Version = 2_005;
pub(super) const GEMINI_3: Version = 3_000;

pub(super) fn version(target: &Target<'_>) -> Option<Version> {
    let name = name(target).strip_prefix("gemini-")?;
    let moved_on = || {
        target
            .known
            .is_some_and(|model| model.thinking() == "level")
    };
    // `gemini-flash-latest` and its like have long moved on to levels.
    number(name).or_else(|| moved_on().then_some(GEMINI_3))
}

/// `2.5-flash` as 2005.
fn number(name: &str) -> Option<Version> {
    let (mut major, mut minor, mut dotted) = (0, 0, false);
    for byte in name.bytes() {
        match byte {
            b'-' | b'@' | b':' => break,
            b'.' if !dotted => dotted = true,
            b'0'..=b'9' => {
                let number = if dotted { &mut minor } else { &mut major };
                *number = (*number * 10 + Version::from(byte - b'0')) % 1_000;
            }
            _ => return None,
        }
    }
    (major > 0).then_some(major * 1_000 + minor)
}

/// The name without its path.
fn name<'a>(target: &Target<'a>) -> &'a str {
    text::after_last(target.model, b'/')
}

/// Whether the model's files may stand on the web: not before 2.5, nor for Gemma.
pub(super) fn fetches(target: &Target<'_>) -> bool {
    let old = version(target).is_some_and(|version| version < GEMINI_2_5);
    !old && !name(target).starts_with("gemma-")
}

impl Encoder<'_> {
    /// Whether the model is of that version or a later one; unknown names are not.
    pub(super) fn since(&self, version: Version) -> bool {
        self.version.is_some_and(|own| own >= version)
    }

    /// Whether the model is older than that; unknown names are not.
    pub(super) fn before(&self, version: Version) -> bool {
        self.version.is_some_and(|own| own < version)
    }

    /// Gemma before 4 knows no system instruction.
    pub(super) fn takes_system(&self) -> bool {
        let version = name(self.target).strip_prefix("gemma-").unwrap_or_default();
        !matches!(version.bytes().next(), Some(b'1'..=b'3'))
    }

    /// Whether temperature and top_p have an effect.
    pub(super) fn takes_sampling(&self) -> bool {
        let known = self.target.known;
        known.is_none_or(|model| model.sampling() != "ignored")
    }

    // ---- thinking ---------------------------------------------------------

    /// What to ask for; `None` sends nothing. Says where it is not what was asked.
    pub(super) fn thinking(&mut self) -> Option<ThinkingConfig> {
        let strength = self.request.thinking_strength()?;
        let asked = self.request.thinking.as_ref();
        let is_off = matches!(
            strength,
            ThinkingStrength::Effort(Effort::None) | ThinkingStrength::Budget(0)
        );
        let omitted = Some(ThinkingDisplay::Omitted);
        let (level, budget) = match self.way() {
            Way::None => {
                if !is_off {
                    self.warn_of_model("thinking", "does not reason; sent without");
                }
                return None;
            }
            Way::Levels => (Some(self.level(strength)), None),
            Way::Budget => (None, Some(self.budget(strength))),
        };
        Some(ThinkingConfig {
            level,
            budget,
            // Readable thoughts cost nothing more, so they come unless they are declined.
            shown: !is_off && asked.and_then(|asked| asked.display) != omitted,
        })
    }

    fn way(&self) -> Way {
        match self.target.known.map(|model| model.thinking()) {
            Some("none") => Way::None,
            Some("budget") => Way::Budget,
            Some(_) => Way::Levels,
            None if !self.reasons() => Way::None,
            None if self.before(GEMINI_3) => Way::Budget,
            None => Way::Levels,
        }
    }

    /// Whether a model the table does not know reasons, by its name: not before
    /// 2.5, not old Gemma, and not 2.5's models that draw or speak.
    fn reasons(&self) -> bool {
        let speaks = self.is_named("-image") || self.is_named("-tts");
        self.takes_system() && !self.before(GEMINI_2_5) && !(speaks && self.before(GEMINI_3))
    }

    fn is_named(&self, word: &str) -> bool {
        text::has(name(self.target), word)
    }

    /// The level at or above the wanted one, else the strongest.
    fn level(&mut self, strength: ThinkingStrength) -> &'static str {
        let (wanted, exact) = match strength {
            ThinkingStrength::Effort(effort) => (effort, true),
            ThinkingStrength::Budget(tokens) => (level_of_budget(tokens), false),
        };
        let known = self.target.known.map(|model| model.efforts());
        let mut levels = known.as_deref().unwrap_or_default();
        if levels.is_empty() {
            levels = &[Effort::Low, Effort::Medium, Effort::High];
        }
        let above = levels.iter().find(|level| **level >= wanted);
        let nearest = above
            .or_else(|| levels.last())
            .map_or(wanted, |level| *level);
        let (sent, wanted) = (nearest.as_str(), wanted.as_str());
        let problem = if !exact {
            format!("reasons by level, not by tokens; sent `{sent}`")
        } else if sent != wanted {
            format!("takes no effort `{wanted}`; sent `{sent}`")
        } else {
            return sent;
        };
        self.warn_of_model("thinking", &problem);
        sent
    }

    /// The tokens to ask for.
    fn budget(&mut self, strength: ThinkingStrength) -> u64 {
        let is_pro = self.is_named("pro");
        let known = self.target.known.and_then(|model| model.thinking_budget());
        let (low, high) = match known {
            Some(bounds) => bounds,
            None if is_pro => (128, 32_768),
            None if self.is_named("lite") => (512, 24_576),
            None => (0, 24_576),
        };
        let wanted = match strength {
            ThinkingStrength::Effort(effort) => budget_of_level(effort).min(high),
            ThinkingStrength::Budget(tokens) => tokens,
        };
        // Only Pro cannot be switched off.
        let sent = if wanted == 0 && !is_pro {
            0
        } else {
            wanted.max(low).min(high)
        };
        if sent != wanted {
            let problem = format!("takes no thinking budget of {wanted} tokens; sent {sent}");
            self.warn_of_model("thinking", &problem);
        }
        sent
    }
}

/// How a model is told to reason.
enum Way {
    /// It does not.
    None,
    /// By level, from the weakest to the strongest.
    Levels,
    /// By tokens.
    Budget,
}

/// A level or a budget, never both.
pub(super) struct ThinkingConfig {
    level: Option<&'static str>,
    budget: Option<u64>,
    shown: bool,
}

impl ThinkingConfig {
    pub(super) fn write(&self, writer: &mut Writer) {
        writer.begin_object_at("thinkingConfig");
        writer.field("thinkingLevel", &self.level);
        writer.field("thinkingBudget", &self.budget);
        if self.shown {
            writer.field("includeThoughts", &true);
        }
        writer.end_object();
    }
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
