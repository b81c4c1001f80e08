//! What the server says of models (wire reference, Ollama §6).

use super::super::models;
use super::{full_name, no_answer};
use crate::error::Result;
use crate::json::{self, Raw, Writer};
use crate::provider::listing::Told;
use crate::provider::pick::{count, items, object, pick, string, text};
use crate::text;

/// The list in an answer, as it is.
pub(super) fn list(told: &str) -> Result<String> {
    let [models] = pick(told, ["models"])?;
    match models.get() {
        Some(list) if list.starts_with('[') => Ok(list.to_string()),
        // Go writes a list without items as `null`.
        None if text::has(told, "\"models\"") => Ok("[]".to_string()),
        _ => Err(no_answer(told)),
    }
}

/// `{"version":"0.33.0"}`
pub(super) fn version(told: &str) -> Result<String> {
    let [version] = pick(told, ["version"])?;
    match version.get() {
        Some(text) if text.starts_with('"') => Ok(text.to_string()),
        _ => Err(no_answer(told)),
    }
}

/// Its answer as `told`, with what has to be looked for in it.
pub(super) fn shown(told: &str) -> Result<String> {
    let abilities = Abilities::of_show(told)?;
    let mut out = Writer::default();
    out.begin_object();
    out.key("told");
    out.raw(told.trim());
    out.key("capabilities");
    out.raw(&abilities.list());
    out.key("context_length");
    json::Write::write(&abilities.window, &mut out);
    out.end_object();
    Ok(out.finish())
}

/// What a model can do, in the server's words.
#[derive(Debug, Default)]
struct Abilities {
    words: Vec<String>,
    window: Option<u64>,
}

impl Abilities {
    fn of_show(told: &str) -> Result<Self> {
        if !told.trim_start().starts_with('{') {
            return Err(no_answer(told));
        }
        let keys = ["capabilities", "model_info", "template", "projector_info"];
        let [capabilities, info, template, projector] = pick(told, keys)?;
        let words = match capabilities.get() {
            Some(_) => words(capabilities)?,
            // Servers before 0.6.4 do not say it.
            None => guessed(&text(template), projector),
        };
        Ok(Self {
            words,
            window: window(info)?,
        })
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }

    fn list(&self) -> String {
        json::to_string(&self.words)
    }

    fn row(&self) -> String {
        let told = Told {
            context_window: self.window,
            functions: Some(self.has("tools")),
            images: Some(self.has("vision")),
            thinking: Some(self.has("thinking")),
            ..Told::default()
        };
        told.row()
    }
}

/// `model_info["<general.architecture>.context_length"]`
fn window(info: Raw<'_>) -> Result<Option<u64>> {
    let [architecture] = pick(object(info), ["general.architecture"])?;
    let key = text::concat(&[&text(architecture), ".context_length"]);
    let [window] = pick(object(info), [&*key])?;
    Ok(count(window))
}

fn words(list: Raw<'_>) -> Result<Vec<String>> {
    Ok(items(list)?.into_iter().map(string).collect())
}

/// What the template prints tells what it is made for.
fn guessed(template: &str, projector: Raw<'_>) -> Vec<String> {
    let mut words = vec!["completion".to_string()];
    for (word, is_there) in [
        ("tools", text::has(template, ".Tools")),
        ("insert", text::has(template, ".Suffix")),
        ("vision", projector.get().is_some()),
        ("thinking", text::has(template, ".Thinking")),
    ] {
        if is_there {
            words.push(word.to_string());
        }
    }
    words
}

/// Newer servers list abilities and window of every model.
pub(super) fn learned_from_list(told: &str) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for model in models::page(told).unwrap_or_default().models {
        name_rows(&model.id, &model.row, &mut rows);
    }
    rows
}

pub(super) fn learned_from_show(model: &str, told: &str) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    if let Ok(abilities) = Abilities::of_show(told) {
        name_rows(model, &abilities.row(), &mut rows);
    }
    rows
}

/// The same under each name of a model.
fn name_rows(name: &str, row: &str, rows: &mut Vec<(String, String)>) {
    let full = full_name(name);
    let bare = full.strip_suffix(":latest").map(str::to_string);
    for id in bare.into_iter().chain([full]) {
        rows.push((id, row.to_string()));
    }
}

/// A model's digest in the list.
pub(super) fn digest(told: &str, full: &str) -> (String, Option<String>) {
    let found = || {
        let [models] = pick(told, ["models"]).ok()?;
        items(models).ok()?.into_iter().find_map(|tag| {
            let [name, model, digest] = pick(object(tag), ["name", "model", "digest"]).ok()?;
            // Names are the same in any case.
            let is_it = |name| string(name).eq_ignore_ascii_case(full);
            (is_it(name) || is_it(model)).then(|| string(digest))
        })
    };
    (
        full.to_string(),
        found().filter(|digest| !digest.is_empty()),
    )
}
