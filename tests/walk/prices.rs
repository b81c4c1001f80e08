//! What every recorded exchange cost, as lines a person can read and check.

use aircher_llm::chat::{ChatResponse, TokenUsage};
use aircher_llm::model::Registry;
use aircher_llm::money::NanoUsd;
use aircher_llm::policy::pricing::{Factors, Tariff};
use aircher_llm::provider::of_kind;
use serde_json::Value;

use super::{Recording, dialect};

/// What stands above the lines.
pub const HEAD: &str = "\
What the recorded exchanges cost by the model table, in US dollars. One line each: kind of provider, model
(as answered, or `asked > answered` where only the first is in the table), tokens, factors, cost, recording.

";

/// The line of a recording; `None` where no usage was told.
pub fn line(registry: &Registry, recording: &Recording) -> Option<String> {
    let response = answer(recording)?;
    let usage = &response.usage;
    if usage.estimated || usage.prompt_tokens + usage.completion_tokens == 0 {
        return None;
    }
    let (kind, _) = dialect(&recording.endpoint)?;
    let factors = factors(recording, &response);
    let (model, cost) = priced(registry, kind, recording, &response, &factors);
    let cost = cost.map_or_else(|| "unknown".to_string(), NanoUsd::decimal);
    let (tokens, named) = (tokens(usage), named(&factors));
    let line = format!(
        "{kind} | {model} | {tokens} | {named} | {cost} | {}",
        recording.id
    );
    Some(line.replace("|  |", "|"))
}

/// The answer, or as much of one as came before an error.
fn answer(recording: &Recording) -> Option<ChatResponse> {
    match recording.outcome() {
        Ok(response) => Some(response),
        Err(error) => error.partial.clone(),
    }
}

/// The answering model's price if the table knows it, else that of the one asked for.
fn priced(
    registry: &Registry,
    kind: &str,
    recording: &Recording,
    response: &ChatResponse,
    factors: &Factors,
) -> (String, Option<NanoUsd>) {
    let (asked, answered) = (recording.asked.as_str(), response.model.as_str());
    let profile = of_kind(kind).unwrap().profile();
    let known = registry.find(kind, answered);
    let by_asked = registry.find(kind, asked).filter(|_| known.is_none());
    let name = match &by_asked {
        Some(_) => format!("{asked} > {answered}"),
        None => answered.to_string(),
    };
    let tariff = Tariff::of(profile, known.or(by_asked).as_ref(), factors);
    (name, tariff.and_then(|tariff| tariff.cost(&response.usage)))
}

/// Factors as the answer told them.
fn factors(recording: &Recording, response: &ChatResponse) -> Factors {
    let told = |name: &str| recording.expect["usage"][name].as_str().map(str::to_string);
    Factors {
        service_tier: response.metadata.pricing.service_tier.clone(),
        speed: told("speed"),
        geo: told("inference_geo"),
        at: None,
    }
}

/// The factors that say something.
fn named(factors: &Factors) -> String {
    let silent = ["default", "standard", "global", "not_available", "", "auto"];
    let words = [&factors.service_tier, &factors.speed, &factors.geo];
    let words = words.into_iter().flatten().map(String::as_str);
    words
        .filter(|word| !silent.contains(word))
        .collect::<Vec<_>>()
        .join(" ")
}

fn tokens(usage: &TokenUsage) -> String {
    let parts = [
        (usage.prompt_tokens, "in"),
        (usage.cached_tokens, "cached"),
        (usage.cache_write_tokens, "written"),
        (usage.cache_write_long_tokens, "written long"),
        (usage.input_audio_tokens, "audio in"),
        (usage.completion_tokens, "out"),
        (usage.output_audio_tokens, "audio out"),
    ];
    let told = parts
        .iter()
        .filter(|(count, name)| *count > 0 || matches!(*name, "in" | "out"));
    told.map(|(count, name)| format!("{count} {name}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The model a recorded request named, in its body or in its path.
pub fn asked(recording: &Value) -> String {
    let request = &recording["request"];
    let body: Value = match &request["body"] {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        body => body.clone(),
    };
    let path = request["path"].as_str().unwrap_or_default();
    let in_path = path.split_once("/models/").map(|(_, rest)| rest);
    let in_path = in_path.and_then(|rest| rest.split([':', '?', '/']).next());
    body["model"]
        .as_str()
        .or(in_path)
        .unwrap_or_default()
        .to_string()
}
