//! What a model takes: reasoning, sampling, forced tools, output formats
//! (wire reference, Anthropic §2 and §6).

use super::wire::Thinking;
use crate::chat::{ChatRequest, Effort, ThinkingDisplay, ThinkingStrength, Warning};
use crate::provider::Target;

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

/// Whether the model came before the 4.5 line.
pub(super) fn is_old(target: &Target<'_>) -> bool {
    OLD.iter().any(|prefix| target.model.starts_with(prefix))
}

/// How a model is told to reason: `adaptive`, `budget` or `none`. Unknown models are new ones.
fn style(target: &Target<'_>) -> &'static str {
    let name = target.model;
    match target.known {
        Some(model) => model.thinking(),
        None if !is_old(target) => "adaptive",
        None if name.starts_with("claude-3-7") || name.contains("-4-") => "budget",
        None => "none",
    }
}

/// The efforts a model takes, weakest first.
fn efforts(target: &Target<'_>) -> Vec<Effort> {
    target.known.map_or_else(
        || vec![Effort::Low, Effort::Medium, Effort::High],
        |model| model.efforts(),
    )
}

fn has_type(target: &Target<'_>, name: &str) -> bool {
    target
        .known
        .is_some_and(|model| model.has_thinking_type(name))
}

/// Whether the model reasons without being asked: it cannot be switched off either.
fn always_reasons(target: &Target<'_>) -> bool {
    target.known.is_some() && style(target) == "adaptive" && !has_type(target, "disabled")
}

/// What is sent about reasoning.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Plan {
    /// `thinking`.
    pub(super) thinking: Option<Thinking>,
    /// `output_config.effort`.
    pub(super) effort: Option<Effort>,
    /// Whether the model will reason.
    pub(super) on: bool,
    /// `max_tokens`.
    pub(super) max_tokens: u64,
}

impl Plan {
    /// Whether reasoning goes by a budget, which excludes forced tools.
    pub(super) fn has_budget(&self) -> bool {
        self.thinking
            .is_some_and(|thinking| thinking.budget_tokens.is_some())
    }
}

/// How to reason, and with how many tokens.
pub(super) fn plan(
    request: &ChatRequest,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Plan {
    let mut plan = match request.thinking_strength() {
        None => Plan {
            on: always_reasons(target),
            ..Plan::default()
        },
        Some(ThinkingStrength::Effort(Effort::None) | ThinkingStrength::Budget(0)) => {
            off(target, warnings)
        }
        Some(strength) => on(strength, target, warnings),
    };
    if let Some(thinking) = plan.thinking.as_mut().filter(|_| plan.on) {
        thinking.display = display(request).filter(|_| thinking.r#type != "between_tools");
    }
    limit(request, target, &mut plan, warnings);
    plan
}

/// Absent means the model's own default.
fn display(request: &ChatRequest) -> Option<&'static str> {
    Some(match request.thinking.as_ref()?.display? {
        ThinkingDisplay::Summarized => "summarized",
        ThinkingDisplay::Omitted => "omitted",
    })
}

fn thinking(r#type: &'static str) -> Option<Thinking> {
    Some(Thinking {
        r#type,
        ..Thinking::default()
    })
}

/// The least a model can do: nothing, or little.
fn off(target: &Target<'_>, warnings: &mut Vec<Warning>) -> Plan {
    if style(target) != "adaptive" || target.known.is_none() {
        return Plan::default();
    }
    if has_type(target, "disabled") {
        return Plan {
            thinking: thinking("disabled"),
            ..Plan::default()
        };
    }
    let between = has_type(target, "between_tools");
    let instead = if between {
        "thinking between tools only, effort `low`"
    } else {
        "effort `low`"
    };
    warn(target, "cannot be kept from reasoning", instead, warnings);
    Plan {
        thinking: between.then(|| thinking("between_tools")).flatten(),
        effort: Some(Effort::Low),
        on: true,
        ..Plan::default()
    }
}

fn on(strength: ThinkingStrength, target: &Target<'_>, warnings: &mut Vec<Warning>) -> Plan {
    match (style(target), strength) {
        ("budget", _) => budget(strength, warnings),
        ("adaptive", ThinkingStrength::Budget(_)) if has_type(target, "enabled") => {
            budget(strength, warnings)
        }
        ("adaptive", _) => Plan {
            thinking: thinking("adaptive"),
            effort: Some(nearest_effort(strength, target, warnings)),
            on: true,
            ..Plan::default()
        },
        _ => {
            warn(target, "does not reason", "nothing", warnings);
            Plan::default()
        }
    }
}

fn budget(strength: ThinkingStrength, warnings: &mut Vec<Warning>) -> Plan {
    let tokens = match strength {
        ThinkingStrength::Effort(effort) => budget_of(effort),
        ThinkingStrength::Budget(tokens) => tokens,
    };
    if tokens < MIN_BUDGET {
        warnings.push(Warning::field(
            "thinking",
            format!("the smallest budget is {MIN_BUDGET} tokens; sent that"),
        ));
    }
    Plan {
        thinking: Some(Thinking {
            r#type: "enabled",
            budget_tokens: Some(tokens.max(MIN_BUDGET)),
            display: None,
        }),
        on: true,
        ..Plan::default()
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

/// The level at or above the one asked for, else the strongest.
fn nearest_effort(
    strength: ThinkingStrength,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Effort {
    let (wanted, asked) = match strength {
        ThinkingStrength::Effort(effort) => {
            (effort, format!("takes no effort `{}`", effort.as_str()))
        }
        ThinkingStrength::Budget(tokens) => {
            (effort_of(tokens), "takes no thinking budget".to_string())
        }
    };
    let levels = efforts(target);
    let above = levels.iter().find(|level| **level >= wanted);
    let nearest = above.or_else(|| levels.last()).copied().unwrap_or(wanted);
    if strength != ThinkingStrength::Effort(nearest) {
        let instead = format!("effort `{}`", nearest.as_str());
        warn(target, &asked, &instead, warnings);
    }
    nearest
}

fn warn(target: &Target<'_>, problem: &str, instead: &str, warnings: &mut Vec<Warning>) {
    let message = format!("{} {problem}; sent {instead}", target.model);
    warnings.push(Warning::field("thinking", message));
}

/// `max_tokens` is required, and counts reasoning as well.
fn limit(request: &ChatRequest, target: &Target<'_>, plan: &mut Plan, warnings: &mut Vec<Warning>) {
    let most = target.known.and_then(|model| model.max_output_tokens());
    let most = most.unwrap_or(u64::MAX);
    let asked = request.max_tokens.or(target.config.max_tokens);
    let default = if plan.on {
        ANSWER_WITH_THINKING
    } else {
        ANSWER
    };
    plan.max_tokens = asked.unwrap_or_else(|| default.min(most));
    let budget = plan.thinking.and_then(|thinking| thinking.budget_tokens);
    let Some(budget) = budget.filter(|budget| *budget >= plan.max_tokens) else {
        return;
    };
    make_room(plan, budget, asked.unwrap_or(ANSWER), most);
    let kept = plan.thinking.and_then(|thinking| thinking.budget_tokens);
    let kept = kept.unwrap_or(budget);
    if asked.is_some() {
        let message = format!(
            "it counts reasoning too and must lie above the budget of {kept} tokens; sent {}",
            plan.max_tokens
        );
        warnings.push(Warning::field("max_tokens", message));
    }
    if kept < budget {
        let instead = format!("a budget of {kept} tokens");
        warn(target, "has no room for that budget", &instead, warnings);
    }
}

/// Raises the limit above the budget. Where both do not fit, the answer keeps
/// its room, up to a quarter of what there is.
fn make_room(plan: &mut Plan, budget: u64, answer: u64, most: u64) {
    let wanted = budget.saturating_add(answer);
    plan.max_tokens = wanted.min(most);
    if let Some(thinking) = plan.thinking.as_mut().filter(|_| wanted > most) {
        thinking.budget_tokens = Some(most - answer.min(most / 4));
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

/// What may be sampled with in a version of the API.
pub(super) fn sampling(target: &Target<'_>, plan: &Plan) -> Sampling {
    if plan.on || super::version(target) != super::VERSION {
        return Sampling::None;
    }
    match target.known.map(|model| model.sampling()) {
        Some("always") => Sampling::Both,
        Some("never") => Sampling::None,
        Some(_) => Sampling::One,
        None if is_old(target) => Sampling::Both,
        None => Sampling::None,
    }
}

/// Whether a tool call can be forced.
pub(super) fn can_force(target: &Target<'_>, plan: &Plan) -> bool {
    !plan.has_budget() && target.known.and_then(|model| model.forced_tool_choice()) != Some(false)
}
