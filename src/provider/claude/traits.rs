//! What a model takes: reasoning, sampling, forced tools, output formats
//! (wire reference, Anthropic §2 and §6).

use super::encode::Encoder;
use crate::chat::{Effort, ThinkingDisplay, ThinkingStrength};
use crate::text;

/// The smallest budget the API takes.
const MIN_BUDGET: u64 = 1_024;
/// Room for an answer nobody gave a limit for [our judgement].
const ANSWER: u64 = 8_192;
/// The same where the model also reasons.
const ANSWER_WITH_THINKING: u64 = 32_000;

/// Models before native output formats; all retired, most not in the table.
const OLD: [&str; 8] = [
    "claude-2",
    "claude-3",
    "claude-instant",
    "claude-opus-4-0",
    "claude-opus-4-1",
    "claude-opus-4-2025",
    "claude-sonnet-4-0",
    "claude-sonnet-4-2025",
];

/// Models that take a system message in the middle (wire reference, Anthropic §2 "Messages mapping").
const LATER_SYSTEM: [&str; 6] = [
    "claude-fable-5",
    "claude-haiku-5",
    "claude-mythos-5",
    "claude-opus-4-8",
    "claude-opus-5",
    "claude-sonnet-5",
];

/// What is sent about reasoning.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Plan {
    /// `thinking.type`; empty where nothing is sent.
    pub(super) thinking: &'static str,
    /// `thinking.budget_tokens`; 0 where there is none.
    pub(super) budget: u64,
    /// `thinking.display`.
    pub(super) display: Option<&'static str>,
    /// `output_config.effort`.
    pub(super) effort: Option<Effort>,
    /// Whether the model will reason.
    pub(super) on: bool,
    /// `max_tokens`.
    pub(super) max_tokens: u64,
}

impl Plan {
    /// Leaves the model to answer without reasoning.
    pub(super) fn drop_thinking(&mut self) {
        (self.thinking, self.budget, self.on) = ("", 0, false);
    }
}

/// Which sampling parameters are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sampling {
    /// `temperature` and `top_p`, together too.
    Both,
    /// One of them.
    One,
    /// Neither.
    None,
}

impl<'a> Encoder<'a> {
    /// Whether the model came before the 4.5 line.
    #[inline(never)]
    pub(super) fn is_old(&self) -> bool {
        OLD.iter().any(|old| self.target.model.starts_with(old))
    }

    /// Whether a system message may stand in the middle of the conversation.
    pub(super) fn takes_later_system(&self) -> bool {
        let model = self.target.model;
        LATER_SYSTEM.iter().any(|newer| model.starts_with(newer))
    }

    /// How a model is told to reason: `adaptive`, `budget` or `none`. Unknown models are new ones.
    fn style(&self) -> &'a str {
        let name = self.target.model;
        match self.target.known {
            Some(model) => model.thinking(),
            None if !self.is_old() => "adaptive",
            None if name.starts_with("claude-3-7") || text::has(name, "-4-") => "budget",
            None => "none",
        }
    }

    #[inline(never)]
    fn has_type(&self, name: &str) -> bool {
        let known = self.target.known;
        known.is_some_and(|model| model.has_thinking_type(name))
    }

    /// How to reason, and with how many tokens.
    pub(super) fn plan(&mut self) {
        let adaptive = self.style() == "adaptive";
        let known = self.target.known.is_some();
        match self.request.thinking_strength() {
            // A model that cannot be switched off reasons without being asked.
            None => self.plan.on = known && adaptive && !self.has_type("disabled"),
            Some(ThinkingStrength::Effort(Effort::None) | ThinkingStrength::Budget(0)) => {
                if known && adaptive {
                    self.off();
                }
            }
            Some(strength) => self.on(strength),
        }
        let display = self.request.thinking.as_ref();
        let display = display.and_then(|thinking| thinking.display);
        if self.plan.on && self.plan.thinking != "between_tools" {
            // Absent means the model's own default.
            self.plan.display = display.map(|display| match display {
                ThinkingDisplay::Summarized => "summarized",
                ThinkingDisplay::Omitted => "omitted",
            });
        }
        self.limit();
    }

    /// The least a model can do: nothing, or little.
    fn off(&mut self) {
        if self.has_type("disabled") {
            self.plan.thinking = "disabled";
            return;
        }
        let mut instead = "effort `low`";
        if self.has_type("between_tools") {
            instead = "thinking between tools only, effort `low`";
            self.plan.thinking = "between_tools";
        }
        self.instead("cannot be kept from reasoning", instead);
        self.plan.effort = Some(Effort::Low);
        self.plan.on = true;
    }

    fn on(&mut self, strength: ThinkingStrength) {
        let style = self.style();
        let by_budget = matches!(strength, ThinkingStrength::Budget(_));
        if style == "budget" || style == "adaptive" && by_budget && self.has_type("enabled") {
            let tokens = match strength {
                ThinkingStrength::Effort(effort) => budget_of(effort),
                ThinkingStrength::Budget(tokens) => tokens,
            };
            if tokens < MIN_BUDGET {
                let message = format!("the smallest budget is {MIN_BUDGET} tokens; sent that");
                self.warn("thinking", &message);
            }
            self.plan.thinking = "enabled";
            self.plan.budget = tokens.max(MIN_BUDGET);
        } else if style == "adaptive" {
            self.plan.thinking = "adaptive";
            self.plan.effort = Some(self.nearest_effort(strength));
        } else {
            return self.instead("does not reason", "nothing");
        }
        self.plan.on = true;
    }

    /// The level at or above the one asked for, else the strongest.
    fn nearest_effort(&mut self, strength: ThinkingStrength) -> Effort {
        let known = self.target.known.map(|model| model.efforts());
        let levels = known.unwrap_or_else(|| vec![Effort::Low, Effort::Medium, Effort::High]);
        let wanted = match strength {
            ThinkingStrength::Effort(effort) => effort,
            ThinkingStrength::Budget(tokens) => effort_of(tokens),
        };
        let above = levels.iter().find(|level| **level >= wanted);
        let nearest = above.or_else(|| levels.last()).copied().unwrap_or(wanted);
        let instead = format!("effort `{}`", nearest.as_str());
        if matches!(strength, ThinkingStrength::Budget(_)) {
            self.instead("takes no thinking budget", &instead);
        } else if nearest != wanted {
            let problem = format!("takes no effort `{}`", wanted.as_str());
            self.instead(&problem, &instead);
        }
        nearest
    }

    #[inline(never)]
    fn instead(&mut self, problem: &str, instead: &str) {
        self.warn_model("thinking", &format!("{problem}; sent {instead}"));
    }

    /// `max_tokens` is required, and counts reasoning as well.
    fn limit(&mut self) {
        let most = self
            .target
            .known
            .and_then(|model| model.max_output_tokens());
        let most = most.unwrap_or(u64::MAX);
        let asked = self.request.max_tokens.or(self.target.config.max_tokens);
        let default = match self.plan.on {
            true => ANSWER_WITH_THINKING,
            false => ANSWER,
        };
        self.plan.max_tokens = asked.unwrap_or(default).min(most);
        if asked.is_some_and(|asked| asked > most) {
            self.warn_model("max_tokens", &format!("gives at most {most}; sent that"));
        }
        let budget = self.plan.budget;
        if budget == 0 || budget < self.plan.max_tokens {
            return;
        }
        // The limit is raised above the budget. Where both do not fit, the
        // answer keeps its room, up to a quarter of what there is.
        let answer = asked.unwrap_or(ANSWER);
        let wanted = budget.saturating_add(answer);
        self.plan.max_tokens = wanted.min(most);
        if wanted > most {
            self.plan.budget = most - answer.min(most / 4);
        }
        let (kept, sent) = (self.plan.budget, self.plan.max_tokens);
        if asked.is_some() {
            let message = format!(
                "it counts reasoning too and must lie above the budget of {kept} tokens; sent {sent}"
            );
            self.warn("max_tokens", &message);
        }
        if kept < budget {
            let instead = format!("a budget of {kept} tokens");
            self.instead("has no room for that budget", &instead);
        }
    }

    /// What may be sampled with in a version of the API.
    pub(super) fn sampling_rule(&self) -> Sampling {
        if self.plan.on || super::version(self.target) != super::VERSION {
            return Sampling::None;
        }
        match self.target.known.map(|model| model.sampling()) {
            Some("always") => Sampling::Both,
            Some("never") => Sampling::None,
            Some(_) => Sampling::One,
            None if self.is_old() || self.is_foreign() => Sampling::Both,
            None => Sampling::None,
        }
    }

    /// Another maker's model behind a server that speaks this dialect.
    fn is_foreign(&self) -> bool {
        self.target.config.custom_base_url && !self.target.model.starts_with("claude-")
    }

    /// Whether a tool call can be forced; a budget excludes it.
    pub(super) fn can_force(&self) -> bool {
        let known = self.target.known;
        self.plan.budget == 0 && known.and_then(|model| model.forced_tool_choice()) != Some(false)
    }
}

/// Levels as budgets, and back [our judgement].
fn budget_of(effort: Effort) -> u64 {
    match effort {
        Effort::None | Effort::Minimal => MIN_BUDGET,
        Effort::Low => 4_096,
        Effort::Medium => 8_192,
        Effort::High => 16_384,
        Effort::Xhigh => 24_576,
        Effort::Max => 32_768,
    }
}

fn effort_of(budget: u64) -> Effort {
    match budget {
        0..=4_096 => Effort::Low,
        4_097..=12_288 => Effort::Medium,
        12_289..=20_480 => Effort::High,
        20_481..=28_672 => Effort::Xhigh,
        _ => Effort::Max,
    }
}
