use expect_test::{Expect, expect};

use super::*;
use crate::model::{COLUMNS, DATE, find};

#[test]
fn every_row_has_every_column() {
    let columns = TABLE.lines().nth(1).unwrap().split('\t').count();
    assert_eq!(columns, COLUMNS);
    for row in rows() {
        assert_eq!(row.split('\t').count(), columns, "{row}");
        assert!(!key(row).0.is_empty() && !key(row).1.is_empty());
    }
    assert_eq!(rows().count(), 212);
    assert_eq!(DATE, "2026-11-22");
}

#[track_caller]
fn check(kind: &str, name: &str, expected: Option<&str>) {
    let found = find(kind, name);
    assert_eq!(found.as_ref().map(Model::id), expected, "{name}");
}

#[test]
fn a_model_is_found_by_id_alias_dated_form_and_path() {
    check("openai", "gpt-4o", Some("gpt-4o"));
    check("openai", "GPT-4o", Some("gpt-4o"));
    check("openai", "gpt-4o-2024-05-13", Some("gpt-4o-2024-05-13"));
    check("openai", "gpt-6-luna-2026-11-01", Some("gpt-6-luna"));
    check("openai", "openai/gpt-6-luna", Some("gpt-6-luna"));
    let haiku = Some("claude-haiku-5-5");
    check("claude", "claude-haiku-5-5-20261001", haiku);
    check("claude", "claude-haiku-5-5@20261001", haiku);
    check("claude", "claude-haiku-5-5@default", haiku);
    check("claude", "anthropic/claude-haiku-5-5", haiku);
    check("claude", "claude-haiku-5-5-latest", None);
    check("gemini", "gemini-2.0-flash-001", Some("gemini-2.0-flash"));
    let dated = Some("claude-sonnet-4-20250514");
    check("claude", "claude-sonnet-4@20250514", dated);
    let flash = Some("gemini-3.8-flash");
    check("gemini", "models/gemini-3.8-flash", flash);
    check("gemini", "publishers/google/models/gemini-3.8-flash", flash);
    check("gemini", "gemini-flash-latest", Some("gemini-flash-latest"));
    check("ollama", "qwen3:0.6b", Some("qwen3"));
    check("ollama", "llama3:8b", Some("llama3:8b"));
    check("ollama", "llama3:8b-q4", Some("llama3"));
    check("ollama", "gpt-4o", None);
    check("openai", "nobody-knows", None);
    check("openai", "ft:gpt-4o:acme::1", None);
}

#[test]
fn any_kind_is_found_by_the_bare_name() {
    let kind_of = |name| {
        let found = Registry::default().find_any(name)?;
        Some(found.kind().to_string())
    };
    assert_eq!(kind_of("gpt-6-luna").as_deref(), Some("openai"));
    assert_eq!(
        kind_of("models/gemini-3.8-flash").as_deref(),
        Some("gemini")
    );
    assert_eq!(kind_of("anthropic/claude-haiku-5-5"), None);
}

/// What a merge makes of a model, as `llm.models()` shows it; or the error.
#[track_caller]
fn check_merged(json: &str, kind: &str, name: &str, expected: Expect) {
    let mut registry = Registry::default();
    let found = registry.merge(json).map(|()| registry.find(kind, name));
    expected.assert_eq(&match found {
        Ok(Some(model)) => crate::json::to_string(&model.info(kind)),
        Ok(None) => "none".to_string(),
        Err(error) => {
            assert_eq!(registry.all().len(), 207, "half merged");
            error.to_string()
        }
    });
}

#[test]
fn a_new_model_is_added_under_either_kind_of_names() {
    let ours = r#"[{"provider":"anthropic","id":"claude-x","context":10,"in":1,"out":"2.50","tools":true,"prefill":false,
        "tiers":[{"above_input":5,"in":2}],"price_changes":[{"from":"2027-01-01","out":3}],"us_x":1.1,"src":["a"],"note":"b"}]"#;
    check_merged(
        ours,
        "claude",
        "claude-x",
        expect![[
            r#"{"id":"claude-x","provider":"claude","context_window":10,"capabilities":{"functions":true,"system_messages":true,"images":true,"thinking":false,"json_schema":true},"status":"active","cost":{"input_cost_per_1k":0.001,"output_cost_per_1k":0.0025,"currency":"USD"},"prices":{"in":"1","out":"2.5","tiers":[{"from":"5","prices":{"in":"2"}}],"factors":{"us":"1.1"},"changes":[{"from":"2027-01-01","prices":{"out":"3"}}]},"source":"config"}"#
        ]],
    );
    let shown = r#"{"models":[{"provider":"claude","model":"claude-x","context_window":10,"max_input_tokens":null,
        "capabilities":{"functions":true,"system_messages":true,"images":false,"thinking":true,"json_schema":false},
        "cost":null,"source":"table","prices":{"in":"1","out":"2.5","out_audio":9,"tiers":[{"from":"5","prices":{"in":"2"}}],
        "factors":{"us":"1.1"},"changes":[{"from":"2027-01-01","prices":{"out":"3"}}]}}]}"#;
    check_merged(
        shown,
        "claude",
        "claude-x",
        expect![[
            r#"{"id":"claude-x","provider":"claude","context_window":10,"capabilities":{"functions":true,"system_messages":true,"images":false,"thinking":true,"json_schema":false},"status":"active","cost":{"input_cost_per_1k":0.001,"output_cost_per_1k":0.0025,"currency":"USD"},"prices":{"in":"1","out":"2.5","out_audio":"9","tiers":[{"from":"5","prices":{"in":"2"}}],"factors":{"us":"1.1"},"changes":[{"from":"2027-01-01","prices":{"out":"3"}}]},"source":"config"}"#
        ]],
    );
}

#[test]
fn a_known_model_keeps_what_is_not_given() {
    let row = r#"[{"provider":"openai","id":"gpt-4o","in":2,"images":false,"thinking":true}]"#;
    check_merged(
        row,
        "openai",
        "gpt-4o",
        expect![[
            r#"{"id":"gpt-4o","provider":"openai","context_window":128000,"max_input_tokens":128000,"max_output_tokens":16384,"capabilities":{"functions":true,"system_messages":true,"images":false,"thinking":true,"json_schema":true},"status":"deprecated","ends":"2027-01-14","cost":{"input_cost_per_1k":0.002,"output_cost_per_1k":0.01,"currency":"USD"},"prices":{"in":"2","out":"10","cache_read":"1.25"},"source":"config"}"#
        ]],
    );
    check_merged(
        row,
        "openai",
        "gpt-4o-mini",
        expect![[
            r#"{"id":"gpt-4o-mini","provider":"openai","context_window":128000,"max_input_tokens":128000,"max_output_tokens":16384,"capabilities":{"functions":true,"system_messages":true,"images":true,"thinking":false,"json_schema":true},"status":"deprecated","ends":"2027-01-14","cost":{"input_cost_per_1k":0.00015,"output_cost_per_1k":0.0006,"currency":"USD"},"prices":{"in":"0.15","out":"0.6","cache_read":"0.075"},"source":"table"}"#
        ]],
    );
}

#[test]
fn an_error_names_row_and_key_and_nothing_is_merged() {
    let check = |json: &str, expected: Expect| check_merged(json, "openai", "a", expected);
    let with = |rest: &str| {
        format!(r#"[{{"provider":"openai","id":"a"}},{{"provider":"openai","id":"b",{rest}}}]"#)
    };
    check(
        &with(r#""in":-1"#),
        expect!["invalid_config: models[1].in: must not be negative"],
    );
    check(
        &with(r#""prices":{"out":"1e-10"}"#),
        expect!["invalid_config: models[1].prices.out: has more than 9 decimals"],
    );
    check(
        &with(r#""prices":{"out":"x"}"#),
        expect!["invalid_config: models[1].prices.out: expected US dollars as a decimal number"],
    );
    check(
        &with(r#""tiers":[{"in":1}]"#),
        expect![
            "invalid_config: models[1].tiers[0]: expected `from`, each greater than the one before"
        ],
    );
    check(
        &with(r#""tiers":[{"from":900},{"from":1000},{"from":99}]"#),
        expect![
            "invalid_config: models[1].tiers[2]: expected `from`, each greater than the one before"
        ],
    );
    check(
        &with(r#""tiers":[{"above_input":-1,"in":1}]"#),
        expect!["invalid_config: models[1].tiers[0].above_input: expected a number of tokens"],
    );
    check(
        &with(r#""price_changes":[{"from":"soon","in":1}]"#),
        expect!["invalid_config: models[1].price_changes[0].from: expected a date as YYYY-MM-DD"],
    );
    check(
        &with(r#""price_changes":[{"from":"2027-01-01","inn":1}]"#),
        expect![
            "invalid_config: models[1].price_changes[0].inn: unknown field `inn`, did you mean `in`?"
        ],
    );
    check(
        &with(r#""fast_x":1.23456"#),
        expect![
            "invalid_config: models[1].fast_x: expected a factor of at most 1000 with at most 4 decimals"
        ],
    );
    check(
        &with(r#""context":1.5"#),
        expect!["invalid_config: models[1].context: expected a whole number of at least 0"],
    );
    check(
        &with(r#""status":"a\tb""#),
        expect!["invalid_config: models[1].status: expected a text on one line"],
    );
    check(
        &with(r#""max_ouput":5"#),
        expect![
            "invalid_config: models[1].max_ouput: unknown field `max_ouput`, did you mean `max_out`?"
        ],
    );
    check(
        &with(r#""provider":"acme""#),
        expect![
            "invalid_config: models[1].provider: `acme` is no kind of provider, expected one of `openai`, `claude`, `anthropic`, `gemini`, `google`, `ollama`"
        ],
    );
    check(
        r#"{"models":[{"id":"a"}]}"#,
        expect!["invalid_config: models[0]: a model needs `provider` and `id`"],
    );
    check(
        r#"{"rows":[]}"#,
        expect!["invalid_config: rows: unknown field `rows`, expected one of `models`"],
    );
    check(
        r#"[7]"#,
        expect!["invalid_config: models[0]: expected an object, found a number"],
    );
    check(
        "no json",
        expect!["invalid_config: models: expected a list of models, or its JSON text"],
    );
}

#[test]
fn what_is_shown_can_be_merged_back() {
    let table = Registry::default();
    let shown: Vec<_> = table
        .all()
        .iter()
        .map(|model| model.info(model.kind()))
        .collect();
    let mut merged = Registry::default();
    merged.merge(&crate::json::to_string(&shown)).unwrap();
    // The order of the flags is the only thing a merge may change.
    let told = |model: &Model| {
        let mut letters: Vec<_> = model.row.chars().collect();
        letters.sort_unstable();
        (
            crate::json::to_string(&model.info("p")).replace("config", "table"),
            letters,
        )
    };
    for model in table.all() {
        let again = merged.find(model.kind(), model.id()).unwrap();
        assert_eq!(told(&again), told(&model));
        assert_eq!(again.source, Source::Config);
    }
    assert_eq!(merged.all().len(), 207);
}

const OPENAI: Whose<'_> = Whose {
    kind: "openai",
    id: "openai",
    others: false,
};
const MINE: Whose<'_> = Whose {
    kind: "openai",
    id: "mine",
    others: false,
};

/// Window and price of a model at OpenAI and at another server of its dialect.
#[track_caller]
fn check_both(registry: &Registry, name: &str, expected: [&str; 2]) {
    let told = [OPENAI, MINE].map(|whose| {
        let Some(model) = registry.find_at(whose, name) else {
            return "none".to_string();
        };
        let price = model
            .prices()
            .and_then(|prices| prices.base.get("in").map(str::to_string));
        let window = model
            .context_window()
            .map_or_else(String::new, |it| it.to_string());
        format!(
            "{window} {} {}",
            price.unwrap_or_default(),
            model.source.as_str()
        )
    });
    assert_eq!(told, expected, "{name}");
}

#[test]
fn a_row_of_one_provider_is_nobody_elses() {
    let mut registry = Registry::default();
    registry
        .learn(MINE, "gpt-4o", r#"{"context_window":9}"#)
        .unwrap();
    check_both(&registry, "gpt-4o", ["128000 2.5 table", "9 2.5 provider"]);
    check_both(&registry, "GPT-4o", ["128000 2.5 table", "9 2.5 provider"]);
    check_both(
        &registry,
        "vendor/gpt-4o",
        ["128000 2.5 table", "9 2.5 provider"],
    );
    registry
        .learn(MINE, "new", r#"{"context_window":8}"#)
        .unwrap();
    check_both(&registry, "new", ["none", "8  provider"]);
    check_both(&registry, "new:latest", ["none", "8  provider"]);
    assert_eq!(registry.find("openai", "new"), None);
    assert_eq!(registry.find_any("new"), None);
    assert!(registry.owns(MINE, "new") && !registry.owns(OPENAI, "new"));
    let counts = [Whose::default(), OPENAI, MINE].map(|whose| registry.all_at(whose).len());
    let of_kind = counts[1];
    assert_eq!(counts, [207, of_kind, of_kind + 1]);
}

/// Merged rows hold at all providers of their kind, whenever they come; what is configured of a
/// provider's own model stands before them, and before what the provider says.
#[test]
fn the_users_word_on_one_provider_stands_before_others() {
    let mut registry = Registry::default();
    let free = r#"{"prices":{"in":0,"out":0}}"#;
    registry.merge_one(MINE, "gpt-4o", free).unwrap();
    registry
        .merge_one(MINE, "a", r#"{"model":"x","context_window":5}"#)
        .unwrap();
    registry
        .merge_one(MINE, "b", r#"{"model":"x","max_output_tokens":4}"#)
        .unwrap();
    check_both(&registry, "gpt-4o", ["128000 2.5 table", "128000 0 config"]);
    check_both(&registry, "x", ["none", "5  config"]);
    let told = r#"{"context_window":77,"max_output_tokens":77}"#;
    for id in ["gpt-4o", "x"] {
        registry.learn(MINE, id, told).unwrap();
    }
    registry.learn(OPENAI, "gpt-4o", told).unwrap();
    check_both(&registry, "gpt-4o", ["77 2.5 provider", "77 0 provider"]);
    check_both(&registry, "x", ["none", "5  provider"]);
    let merged = r#"[{"provider":"openai","id":"gpt-4o","in":3,"context":66},{"provider":"openai","id":"x","in":2}]"#;
    registry.merge(merged).unwrap();
    check_both(&registry, "gpt-4o", ["66 3 provider", "66 0 provider"]);
    check_both(&registry, "x", [" 2 config", "5 2 provider"]);
    let x = registry.find_at(MINE, "x").unwrap();
    assert_eq!(x.max_output_tokens(), Some(4));
    check_both(&registry, "gpt-4o-mini", ["128000 0.15 table"; 2]);
}

/// A row of one's own may be copied from where it names another kind: it is this provider's all the same.
#[test]
fn a_row_of_ones_own_is_of_its_providers_kind() {
    let mut registry = Registry::default();
    let row = r#"{"provider":"claude","context_window":6}"#;
    registry.merge_one(MINE, "claude-haiku-5-5", row).unwrap();
    check_both(&registry, "claude-haiku-5-5", ["none", "6  config"]);
    let claude = registry.find("claude", "claude-haiku-5-5").unwrap();
    assert_eq!(claude.source, Source::Table);
}

/// Prices and limits alone say nothing of what a model can do.
#[test]
fn who_prices_a_model_takes_nothing_from_it() {
    let mut registry = Registry::default();
    let mut merged = |rows: &str, id: &str| {
        registry.merge(rows).unwrap();
        let model = registry.find("claude", id).unwrap();
        let can = [model.functions(), model.images(), model.json_schema()];
        (model.is_described(), can, model.context_window())
    };
    let priced = r#"[{"provider":"claude","id":"claude-9","in":1,"out":2}]"#;
    assert_eq!(merged(priced, "claude-9"), (false, [true; 3], None));
    let described = r#"[{"provider":"claude","id":"claude-9","capabilities":{"images":false}}]"#;
    assert_eq!(
        merged(described, "claude-9"),
        (true, [true, false, true], None)
    );
    let dated = r#"[{"provider":"claude","id":"claude-haiku-5-5-20260901","in":1}]"#;
    assert_eq!(
        merged(dated, "claude-haiku-5-5-20260901"),
        (true, [true; 3], Some(1_000_000))
    );
}
