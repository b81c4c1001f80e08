//! The table of models in README.md is the model table.
//!
//! `UPDATE_EXPECT=1 cargo test --test readme` writes it anew.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "tests")]

use aircher_llm::model::{DATE, Model, ModelInfo, Registry};
use expect_test::expect_file;

const README: &str = include_str!("../README.md");
const BEGIN: &str = "<!-- models: written by `UPDATE_EXPECT=1 cargo test --test readme` -->\n";
const END: &str = "<!-- /models -->\n";

#[test]
fn the_table_of_models_is_current() {
    let (head, rest) = README.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    let models = Registry::default().all();
    let tables = [
        ("openai", "OpenAI"),
        ("claude", "Claude"),
        ("gemini", "Gemini"),
    ];
    let tables = tables
        .map(|(kind, name)| table(kind, name, &models))
        .concat();
    let date = format!(
        "Known on {DATE}; retired models, Ollama's and rarer prices stand in `src/model/table.tsv`.\n\n"
    );
    expect_file!["../README.md"].assert_eq(&[head, BEGIN, &date, &tables, END, tail].concat());
}

fn table(kind: &str, name: &str, models: &[Model]) -> String {
    let own = models.iter().filter(|model| model.kind() == kind);
    let infos = own.map(|model| model.info(kind));
    let rows: Vec<_> = infos
        .filter(|info| info.status != "retired")
        .map(|info| row(&info))
        .collect();
    format!(
        "<details><summary>{name}: {} models</summary>\n\n\
         | model | window | answer | in | out | cached | written | above | ends |\n\
         |---|---|---|---|---|---|---|---|---|\n{}\n</details>\n\n",
        rows.len(),
        rows.concat()
    )
}

fn row(info: &ModelInfo) -> String {
    let tokens = |count: Option<u64>| count.map_or_else(String::new, |count| count.to_string());
    let prices = info.prices.as_ref().unwrap();
    let price = |name: &str| prices.base.get(name).unwrap_or_default().to_string();
    let tier = prices.tiers.iter().map(|tier| {
        let price = |name: &str| tier.prices.get(name).unwrap_or_default().to_string();
        format!("{}: {} / {}", tier.from, price("in"), price("out"))
    });
    let cells = [
        info.id.clone(),
        tokens(info.context_window),
        tokens(info.max_output_tokens),
        price("in"),
        price("out"),
        price("cache_read"),
        price("cache_write"),
        tier.collect::<Vec<_>>().join(", "),
        info.ends.clone().unwrap_or_default(),
    ];
    format!("| {} |\n", cells.join(" | "))
}
