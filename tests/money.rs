//! Exact cost: the worked samples of the wire reference (README §4), the rules
//! one by one, and random usage against rational arithmetic.
//!
//! `AIRCHER_CASES` sets the number of random cases (100,000):
//! `AIRCHER_CASES=10000000 cargo test --profile walk --test money`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod oracle;

use aircher_llm::chat::TokenUsage;
use aircher_llm::config::{Config, Host};
use aircher_llm::model::Registry;
use aircher_llm::money::NanoUsd;
use aircher_llm::policy::pricing::{Question, Tariff};
use aircher_llm::provider::of_kind;

use oracle::{Dice, Oracle};

fn question(usage: &str, factors: &str) -> Question {
    let asked = format!(r#"{{"usage":{usage},"factors":{factors}}}"#);
    Question::from_json(&asked).unwrap()
}

fn tariff(registry: &Registry, kind: &str, model: &str, asked: &Question) -> Option<Tariff> {
    let profile = of_kind(kind)?.profile();
    let row = registry.find(profile.id, model);
    Tariff::of(profile, row.as_ref(), &asked.factors)
}

/// What some usage of a model costs at a configured provider.
fn cost_at(config: &Config, id: &str, model: &str, usage: &str) -> String {
    let asked = question(usage, "{}");
    let provider = config.provider(id).unwrap();
    let known = config
        .models
        .find_at(provider.whose(), provider.sent(model));
    let tariff = Tariff::of(provider.kind.profile(), known.as_ref(), &asked.factors);
    decimal(tariff, &asked)
}

fn decimal(tariff: Option<Tariff>, asked: &Question) -> String {
    let cost = tariff.and_then(|tariff| tariff.cost(&asked.usage));
    cost.map_or_else(|| "unknown".to_string(), NanoUsd::decimal)
}

/// The cost in dollars as decimal text; `unknown` where there is none.
fn cost(registry: &Registry, kind: &str, model: &str, usage: &str, factors: &str) -> String {
    let asked = question(usage, factors);
    decimal(tariff(registry, kind, model, &asked), &asked)
}

#[track_caller]
fn check(kind: &str, model: &str, usage: &str, factors: &str, expected: &str) {
    let found = cost(&Registry::default(), kind, model, usage, factors);
    assert_eq!(found, expected, "{model} {usage} {factors}");
}

#[test]
fn the_worked_samples_are_exact() {
    let haiku = r#"{"prompt_tokens":110000,"cached_tokens":20000,"completion_tokens":1000}"#;
    check("claude", "claude-haiku-5-5", haiku, "{}", "0.0485");
    let sol = r#"{"prompt_tokens":10000,"cached_tokens":4000,"cache_write_tokens":2000,"completion_tokens":500,"reasoning_tokens":300}"#;
    check("openai", "gpt-6-sol", sol, "{}", "0.0188");
    let flash = r#"{"prompt_tokens":257,"completion_tokens":155,"reasoning_tokens":135}"#;
    check("gemini", "gemini-2.5-flash", flash, "{}", "0.0004646");
}

#[test]
fn every_kind_of_token_has_its_price() {
    for (usage, expected) in [
        (r#"{"prompt_tokens":1000000}"#, "10"),
        (r#"{"completion_tokens":1000000}"#, "50"),
        (r#"{"prompt_tokens":1000000,"cached_tokens":1000000}"#, "1"),
        (
            r#"{"prompt_tokens":1000000,"cache_write_tokens":1000000}"#,
            "15",
        ),
        (
            r#"{"prompt_tokens":1000000,"cache_write_tokens":1000000,"cache_write_long_tokens":1000000}"#,
            "20",
        ),
        (
            r#"{"prompt_tokens":1000000,"input_audio_tokens":1000000}"#,
            "30",
        ),
        (
            r#"{"completion_tokens":1000000,"output_audio_tokens":1000000}"#,
            "70",
        ),
        // Audio cannot be told from text within the cached part: the dearer reading counts.
        (
            r#"{"prompt_tokens":1000000,"cached_tokens":500000,"input_audio_tokens":500000}"#,
            "15.5",
        ),
        // Counts that contradict each other are not read as less.
        (r#"{"prompt_tokens":0,"cached_tokens":1000000}"#, "1"),
        (r#"{"completion_tokens":1}"#, "0.00005"),
        ("{}", "0"),
    ] {
        let row = r#"[{"provider":"openai","id":"all","in":10,"out":50,"cache_read":1,"cache_write":15,
            "cache_write_long":20,"in_audio":30,"out_audio":70}]"#;
        let mut registry = Registry::default();
        registry.merge(row).unwrap();
        let found = cost(&registry, "openai", "all", usage, "{}");
        assert_eq!(found, expected, "{usage}");
    }
}

#[test]
fn a_price_that_is_not_given_is_not_guessed_too_low() {
    let read = r#"{"prompt_tokens":1000000,"cached_tokens":1000000}"#;
    check("openai", "gpt-5-pro", read, "{}", "15");
    let written = r#"{"prompt_tokens":1000000,"cache_write_tokens":1000000,"cache_write_long_tokens":1000000}"#;
    check("claude", "claude-sonnet-4-20250514", written, "{}", "3.75");
    check("openai", "gpt-4o", written, "{}", "2.5");
    // A tier without a long price: the base price, 31.25, is more than the tier's input.
    check("openai", "gpt-5.6-cyber", written, "{}", "31.25");
}

#[test]
fn a_long_prompt_is_priced_as_a_whole() {
    let prompt =
        |tokens: u64| format!(r#"{{"prompt_tokens":{tokens},"completion_tokens":1000000}}"#);
    let model = "claude-haiku-5-5";
    check("claude", model, &prompt(100_000), "{}", "0.51");
    check("claude", model, &prompt(100_001), "{}", "2.5500005");
}

#[test]
fn factors_multiply_every_price() {
    let million = r#"{"prompt_tokens":1000000}"#;
    let openai = |factors, expected| check("openai", "gpt-4o", million, factors, expected);
    openai(r#"{"service_tier":"default"}"#, "2.5");
    openai(r#"{"service_tier":"flex"}"#, "1.25");
    openai(r#"{"service_tier":"batch"}"#, "1.25");
    openai(r#"{"service_tier":"priority"}"#, "5");
    openai(r#"{"service_tier":"ultrafast"}"#, "15");
    let claude = |factors, expected| check("claude", "claude-opus-5-5", million, factors, expected);
    claude(
        r#"{"service_tier":"standard","speed":"standard","geo":"global"}"#,
        "4",
    );
    claude(r#"{"service_tier":"priority"}"#, "4");
    claude(r#"{"service_tier":"batch"}"#, "2");
    claude(r#"{"speed":"fast"}"#, "8");
    claude(r#"{"geo":"us"}"#, "4.4");
    claude(
        r#"{"service_tier":"batch","speed":"fast","geo":"us"}"#,
        "4.4",
    );
    let gemini = |factors, expected| {
        check(
            "gemini",
            "gemini-2.5-pro",
            r#"{"prompt_tokens":100000}"#,
            factors,
            expected,
        )
    };
    gemini(r#"{"service_tier":"FLEX"}"#, "0.0625");
    gemini(r#"{"service_tier":"priority"}"#, "0.225");
}

#[test]
fn an_announced_price_holds_from_its_day_on() {
    let usage = r#"{"prompt_tokens":1000000,"completion_tokens":1000000}"#;
    let argon = |at: &str, expected| {
        let factors = format!(r#"{{"at":"{at}"}}"#);
        check("gemini", "gemini-4-argon", usage, &factors, expected);
    };
    argon("2026-11-30", "12");
    argon("2026-11-30T23:59:59Z", "12");
    argon("2026-12-01", "24");
    argon("2026-12-01T00:00:00.000Z", "24");
    check("gemini", "gemini-4-argon", usage, "{}", "12");
}

#[test]
fn a_slip_in_a_question_is_named() {
    for (asked, problem) in [
        (r#"{"usage":{},"factors":{"at":"tomorrow"}}"#, "factors.at"),
        ("{}", "the field `usage` is missing"),
        (r#"{"usage":{"prompt_tokens":-1}}"#, "usage.prompt_tokens"),
        (
            r#"{"usage":{"prompt_token":1}}"#,
            "did you mean `prompt_tokens`",
        ),
    ] {
        let error = Question::from_json(asked).unwrap_err().to_string();
        assert!(
            error.starts_with("invalid_request") && error.contains(problem),
            "{error}"
        );
    }
}

#[test]
fn an_unknown_price_is_unknown_and_a_free_provider_is_free() {
    let usage = r#"{"prompt_tokens":1000000}"#;
    check("openai", "nobody-knows", usage, "{}", "unknown");
    check("ollama", "nobody-knows", usage, "{}", "0");
    check(
        "ollama",
        "llama3:8b",
        usage,
        r#"{"service_tier":"priority"}"#,
        "0",
    );
    let most = r#"{"prompt_tokens":18446744073709551615}"#;
    check("openai", "gpt-4o", most, "{}", "unknown");
}

#[test]
fn a_bound_takes_the_dearest_price_a_token_can_have() {
    let registry = Registry::default();
    let of =
        |kind, model, factors| tariff(&registry, kind, model, &question("{}", factors)).unwrap();
    let bound = |tariff: &Tariff, input, output| tariff.bound(input, output).unwrap().decimal();
    // Cache writes for an hour are dearer than plain input; above 100,000 tokens everything is.
    let haiku = of("claude", "claude-haiku-5-5", r#"{"geo":"global"}"#);
    assert_eq!(haiku.worst(100_000), (200_000_000, 500_000_000));
    assert_eq!(haiku.worst(100_001), (1_000_000_000, 2_500_000_000));
    assert_eq!(bound(&haiku, 1_000, 1_000), "0.0007");
    // Where nothing says where the model runs, the account's setting may say the US.
    assert_eq!(
        bound(&of("claude", "claude-haiku-5-5", "{}"), 1_000, 1_000),
        "0.00077"
    );
    // A lower tier is no promise, a higher one counts.
    let flex = of("openai", "gpt-4o", r#"{"service_tier":"flex"}"#);
    assert_eq!(bound(&flex, 1_000_000, 0), "2.5");
    let priority = of("openai", "gpt-4o", r#"{"service_tier":"priority"}"#);
    assert_eq!(bound(&priority, 1_000_000, 0), "5");
    // Announced prices count before their day.
    assert_eq!(
        of("gemini", "gemini-4-argon", "{}").worst(0),
        (4_000_000_000, 20_000_000_000)
    );
    let free = of("ollama", "any", "{}");
    assert_eq!(bound(&free, u64::MAX, u64::MAX), "0");
    assert_eq!(free.affordable_output(u64::MAX, NanoUsd::ZERO), u64::MAX);
    assert_eq!(flex.bound(u64::MAX, u64::MAX), None);
    assert_eq!(flex.affordable_output(u64::MAX, NanoUsd::MAX), 0);
    assert_eq!(
        flex.affordable_output(1_000_000, NanoUsd::parse("2.5").unwrap()),
        0
    );
    assert_eq!(
        flex.affordable_output(1_000_000, NanoUsd::parse("2.50001").unwrap()),
        1
    );
}

fn config(custom_models: &str) -> Result<Config, String> {
    let host = Host::default();
    let text = format!(r#"{{"providers":{{"openai":{{"custom_models":{custom_models}}}}}}}"#);
    Config::from_json(&text, &host).map_err(|error| error.to_string())
}

#[test]
fn an_alias_may_bring_its_model_with_it() {
    let config = config(
        r#"{"plain":"gpt-4o","fast":{"model":"gpt-7","context_window":9,"prices":{"in":1.5,"out":"6"}},"mine":{"prices":{"in":3,"out":0}},"vendor/model-1":{"prices":{"in":4,"out":5}}}"#,
    )
    .unwrap();
    let usage = r#"{"prompt_tokens":1000000}"#;
    let provider = &config.providers[0];
    for (alias, sent, price) in [
        ("plain", "gpt-4o", "2.5"),
        ("fast", "gpt-7", "1.5"),
        ("mine", "mine", "3"),
        ("vendor/model-1", "vendor/model-1", "4"),
        ("other", "other", "unknown"),
    ] {
        assert_eq!(provider.sent(alias), sent);
        assert_eq!(cost_at(&config, "openai", alias, usage), price);
    }
    let row = config.models.find_at(provider.whose(), "gpt-7").unwrap();
    assert_eq!(row.context_window(), Some(9));
}

#[test]
fn a_wrong_alias_is_named_to_the_key() {
    for (table, problem) in [
        (
            r#"{"fast":{"prices":{"in":-1}}}"#,
            "invalid_config: providers.openai.custom_models.fast.prices.in: must not be negative",
        ),
        (
            r#"{"fast":{"price":1}}"#,
            "invalid_config: providers.openai.custom_models.fast.price: unknown field `price`, did you mean `prices`?",
        ),
        (
            r#"{"fast":7}"#,
            "invalid_config: providers.openai.custom_models.fast: expected a string or a table, found a number: `7`",
        ),
    ] {
        assert_eq!(config(table).unwrap_err(), problem);
    }
}

fn cases() -> u64 {
    let given = std::env::var("AIRCHER_CASES").ok();
    given.map_or(100_000, |given| given.parse().unwrap())
}

/// L6: never below the exact cost and at most a billionth above; and no cost
/// above its bound.
#[test]
fn random_usage_costs_what_rational_arithmetic_says() {
    let mut dice = Dice::new(1);
    let mut registry = Registry::default();
    registry.merge(&dice.rows(200)).unwrap();
    let models = registry.all();
    let oracle = Oracle::new(&models);
    let (mut priced, mut rounded) = (0_u64, 0_u64);
    for case in 0..cases() {
        let at = dice.below(models.len() as u64) as usize;
        let (usage, factors) = (dice.usage(), dice.factors());
        let profile = of_kind(models[at].kind()).unwrap().profile();
        let tariff = Tariff::of(profile, Some(&models[at]), &factors).unwrap();
        let ours = tariff.cost(&usage);
        let told = || {
            format!(
                "case {case}: {} {usage:?} {factors:?} {ours:?}",
                models[at].id()
            )
        };
        let exact = oracle.nanos(at, &usage, &factors);
        match ours {
            Some(ours) => {
                let above = oracle::whole(ours.nanos()) - &exact;
                assert!(
                    above >= oracle::whole(0) && above < oracle::whole(1),
                    "{}",
                    told()
                );
                priced += 1;
                rounded += u64::from(above > oracle::whole(0));
                check_bound(&tariff, &usage, ours, &mut dice, &told);
            }
            None => assert!(exact > oracle::whole(1 << 53), "{}", told()),
        }
    }
    println!(
        "{} cases, {priced} priced, {rounded} of them rounded up",
        cases()
    );
    assert!(rounded > 0 && priced > cases() / 2);
}

fn check_bound(
    tariff: &Tariff,
    usage: &TokenUsage,
    cost: NanoUsd,
    dice: &mut Dice,
    told: &dyn Fn() -> String,
) {
    let bound = tariff.bound(usage.prompt_tokens, usage.completion_tokens);
    assert!(
        bound.is_none_or(|bound| cost <= bound),
        "{} {bound:?}",
        told()
    );
    let size = dice.below(50);
    let room = NanoUsd::from_nanos(dice.below(1 << size)).unwrap();
    let input = dice.below(300_000);
    let affordable = tariff.affordable_output(input, room);
    if affordable > 0 {
        assert!(tariff.bound(input, affordable) <= Some(room), "{}", told());
    }
    let more = affordable
        .checked_add(1)
        .and_then(|more| tariff.bound(input, more));
    assert!(
        more.is_none_or(|more| more > room),
        "{} {room:?} {input} {more:?}",
        told()
    );
}
