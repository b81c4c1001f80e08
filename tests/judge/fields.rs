//! What becomes of each field of a request, told by the codecs themselves: the
//! bodies with and without it are compared.

use super::cases::filled;
use super::speakers::{SPEAKERS, Speaker};
use serde_json::{Map, Value, json};

const TABLE: &str = include_str!("probes.json");

/// A field, and two requests that differ in it.
struct Probe {
    name: String,
    without: String,
    with: String,
}

/// What becomes of a field.
struct Fate {
    /// As the cell of a table.
    cell: String,
    /// Nothing was sent and nothing was said.
    is_silent: bool,
}

/// One column of each dialect, for the first table.
const GLANCE: [&str; 6] = [
    "gpt-6-luna",
    "gpt-4o",
    "llama-3.3-70b",
    "claude-haiku-5-5",
    "gemini-3.8-flash",
    "unheard-of:8b",
];

/// Where nothing has to be sent nor said: the field, for whom, and why.
const NOTHING_TO_SAY: [(&str, &str, &str); 12] = [
    (
        "`context_window`",
        "",
        "limits the conversation before anything is sent; for Ollama it is the window to load",
    ),
    (
        "`thinking` of an earlier answer",
        "",
        "readable only; what a provider wants back is in `provider_state`",
    ),
    ("`cache: \"auto\"`", "", "the provider caches by itself"),
    (
        "`cache: { ttl: \"5m\" }`",
        "openai",
        "prefixes are cached without asking",
    ),
    (
        "`cache` of a part",
        "openai",
        "prefixes are cached without marks",
    ),
    (
        "`display: \"summarized\"`",
        "gemini",
        "asked for unless declined",
    ),
    ("`display: \"summarized\"`", "ollama", "always sent"),
    (
        "`display: \"summarized\"`",
        "openai-compatible",
        "as the server does it",
    ),
    (
        "`display: \"summarized\"`",
        "gpt-oss-20b",
        "as the server does it",
    ),
    (
        "`display: \"omitted\"`",
        "openai",
        "nothing is shown unless asked for",
    ),
    ("`tool_choice: \"auto\"`", "ollama", "what the server does"),
    (
        "`thinking_mode: false`",
        "",
        "a model that does not reason, or only when asked to",
    ),
];

/// All probes under their headings.
fn groups() -> Vec<(String, Vec<Probe>)> {
    let fragments = json!({
        "hello": {"role": "user", "content": "Hello"},
        "hi": {"role": "assistant", "content": "Hi"},
        "look": {"type": "text", "text": "Look:"},
        "png": "data:image/png;base64,iVBORw0KGgo=",
        "pdf": "data:application/pdf;base64,JVBERi0xLjQK",
        "schema": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false},
        "tool": {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}, "required": [], "additionalProperties": false}}},
        "call": {"role": "assistant", "content": "", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        "result": {"role": "tool", "tool_call_id": "c1", "content": "done"},
    });
    let Value::Object(fragments) = fragments else {
        unreachable!()
    };
    let groups: Vec<(String, Vec<[Value; 3]>)> = serde_json::from_str::<Vec<_>>(TABLE).unwrap();
    groups
        .into_iter()
        .map(|(heading, probes)| {
            let probes = probes
                .into_iter()
                .map(|probe| Probe::new(probe, &fragments));
            (heading, probes.collect())
        })
        .collect()
}

impl Probe {
    fn new([name, without, with]: [Value; 3], fragments: &Map<String, Value>) -> Self {
        let request = |value| {
            let mut request = filled(value, fragments);
            let hello = json!([fragments["hello"]]);
            let fields = request.as_object_mut().unwrap();
            fields.entry("messages").or_insert(hello);
            request.to_string()
        };
        Self {
            name: name.as_str().unwrap().into(),
            without: request(without),
            with: request(with),
        }
    }

    /// What this speaker makes of the field.
    fn fate(&self, speaker: &Speaker) -> Fate {
        let loud = |cell: &str| Fate {
            cell: cell.into(),
            is_silent: false,
        };
        let [base, sent] =
            [&self.without, &self.with].map(|request| speaker.encode(request, &Map::new()));
        let (Ok(base), Ok(sent)) = (base, sent) else {
            return loud("refused");
        };
        let warned = sent
            .warnings
            .iter()
            .any(|warning| !base.warnings.contains(warning));
        let [before, after] =
            [&base.body, &sent.body].map(|body| serde_json::from_str(body).unwrap());
        let mut paths = Vec::new();
        differences(&before, &after, "", &mut paths);
        match (paths.is_empty(), warned) {
            (true, true) => loud("dropped ⚠"),
            (true, false) => Fate {
                cell: "–".into(),
                is_silent: sent.warnings.is_empty(),
            },
            (false, warned) => {
                let fetched = if sent.fetched.is_empty() {
                    ""
                } else {
                    "fetched: "
                };
                let mark = if warned { " ⚠" } else { "" };
                loud(&format!("{fetched}{}{mark}", told(&paths)))
            }
        }
    }
}

/// The paths of what is new or another, with short values.
fn differences(before: &Value, after: &Value, path: &str, paths: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in new {
                let place = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                match old.get(key) {
                    Some(old) => differences(old, value, &place, paths),
                    None if path.is_empty() && is_container(value) => {
                        differences(&json!({}), value, &place, paths);
                    }
                    None => paths.push(shown(&place, value)),
                }
            }
            let gone = old.keys().filter(|key| !new.contains_key(*key));
            paths.extend(gone.map(|key| format!("no {key}")));
        }
        (Value::Array(old), Value::Array(new)) if old != new => {
            let same = old
                .iter()
                .zip(new)
                .take_while(|(old, new)| old == new)
                .count();
            let path = format!("{path}[]");
            match (old.get(same), new.last()) {
                (Some(_), Some(_)) if old.len() == new.len() => {
                    differences(&old[same], &new[same], &path, paths);
                }
                (None, Some(new)) => paths.push(shown(&path, new)),
                _ => paths.push(shown(&path, &new[same])),
            }
        }
        (Value::String(_), Value::Array(new)) => {
            paths.push(shown(&format!("{path}[]"), &new[new.len() - 1]));
        }
        _ if before != after => paths.push(shown(path, after)),
        _ => {}
    }
}

/// Whether an object only groups parameters.
fn is_container(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|fields| !fields.contains_key("type"))
}

/// The end of a path with its value, or with what tells most of an object.
fn shown(path: &str, value: &Value) -> String {
    let Value::Object(fields) = value else {
        let value = value.to_string();
        let is_word = value.len() <= 24 && !value.contains([' ', '[', '{']);
        return match is_word {
            true => format!("{} = {value}", end(path)),
            false => end(path).into(),
        };
    };
    for key in ["content", "parts"] {
        if let Some(last @ Value::Object(_)) =
            fields.get(key).and_then(|parts| parts.as_array()?.last())
        {
            return shown(&format!("{path}.{key}[]"), last);
        }
    }
    let telling = [
        "cache_control",
        "disable_parallel_tool_use",
        "type",
        "role",
        "text",
        "effort",
        "thinkingLevel",
        "thinkingBudget",
        "mode",
    ];
    let telling = telling.iter().find_map(|key| fields.get_key_value(*key));
    let only = fields.iter().next().filter(|_| fields.len() == 1);
    match telling.or(only) {
        Some((key, value)) => shown(&format!("{path}.{key}"), value),
        None => end(path).into(),
    }
}

/// The last two names of a path.
fn end(path: &str) -> &str {
    let mut dots = path.rmatch_indices('.').map(|(at, _)| at);
    dots.nth(1).map_or(path, |at| &path[at + 1..])
}

/// The first two; what only follows from the rest comes last.
fn told(paths: &[String]) -> String {
    let follows = |path: &&String| path.starts_with("max_tokens = 32000");
    let (last, first): (Vec<_>, Vec<_>) = paths.iter().partition(follows);
    let all: Vec<_> = first.into_iter().chain(last).collect();
    let shown = all.iter().take(2).map(|path| format!("`{path}`"));
    let more = if all.len() > 2 { " …" } else { "" };
    format!("{}{more}", shown.collect::<Vec<_>>().join(", "))
}

/// One column for each dialect.
pub fn glance() -> String {
    let speakers: Vec<_> = GLANCE.iter().map(|model| named(model)).collect();
    let groups = groups();
    let tables = groups.iter().map(|(heading, probes)| {
        let rows = probes.iter().map(|probe| row(probe, &speakers));
        format!("{}{}", head(heading, &speakers), rows.collect::<String>())
    });
    tables.collect::<Vec<_>>().join("\n")
}

/// What differs between the models of each dialect.
pub fn by_model() -> String {
    let groups = groups();
    let tables = PROVIDERS.iter().map(|(title, dialects)| {
        let own =
            |speaker: &&Speaker| dialects.contains(&speaker.dialect) && speaker.calls_functions();
        let speakers: Vec<_> = SPEAKERS.iter().filter(own).collect();
        let rows = groups
            .iter()
            .flat_map(|(_, probes)| probes)
            .filter_map(|probe| {
                let first = probe.fate(speakers[0]).cell;
                let differs = speakers
                    .iter()
                    .any(|speaker| probe.fate(speaker).cell != first);
                differs.then(|| row(probe, &speakers))
            });
        let rows: String = rows.collect();
        format!("**{title}**\n\n{}{rows}", head("field", &speakers))
    });
    tables.collect::<Vec<_>>().join("\n")
}

/// Where nothing is sent and nothing said, and why.
pub fn nothing_to_say() -> String {
    let lines = NOTHING_TO_SAY.map(|(field, whom, why)| match whom {
        "" => format!("| {field} | all | {why} |\n"),
        whom => format!("| {field} | {whom} | {why} |\n"),
    });
    format!("| field | for | why |\n|---|---|---|\n{}", lines.concat())
}

const PROVIDERS: [(&str, &[&str]); 5] = [
    ("OpenAI, Responses", &["openai-responses"]),
    (
        "OpenAI, Chat Completions",
        &["openai-chat", "openai-compatible"],
    ),
    ("Claude", &["claude"]),
    ("Gemini", &["gemini"]),
    ("Ollama", &["ollama"]),
];

fn named(model: &str) -> &'static Speaker {
    SPEAKERS
        .iter()
        .find(|speaker| speaker.model == model)
        .unwrap()
}

fn head(heading: &str, speakers: &[&Speaker]) -> String {
    let names: Vec<_> = speakers.iter().map(|speaker| speaker.model).collect();
    format!(
        "| {heading} | {} |\n|{}\n",
        names.join(" | "),
        "---|".repeat(names.len() + 1)
    )
}

fn row(probe: &Probe, speakers: &[&Speaker]) -> String {
    let cells = speakers.iter().map(|speaker| probe.fate(speaker).cell);
    format!(
        "| {} | {} |\n",
        probe.name,
        cells.collect::<Vec<_>>().join(" | ")
    )
}

/// Who neither sends a field nor tells about it, though they should.
pub fn silent() -> Vec<String> {
    let groups = groups();
    let probes = groups.iter().flat_map(|(_, probes)| probes);
    let all = probes.flat_map(|probe| SPEAKERS.iter().map(move |speaker| (probe, speaker)));
    let silent = all.filter(|(probe, speaker)| {
        probe.fate(speaker).is_silent && reason(probe, speaker).is_none()
    });
    silent
        .map(|(probe, speaker)| format!("{} for {} {}", probe.name, speaker.dialect, speaker.model))
        .collect()
}

/// Why a field may be passed over.
fn reason(probe: &Probe, speaker: &Speaker) -> Option<&'static str> {
    let fits = |(name, whom, _): &&(&str, &str, &str)| {
        let is_meant = speaker.dialect.starts_with(whom) || speaker.model == *whom;
        *name == probe.name && is_meant
    };
    NOTHING_TO_SAY.iter().find(fits).map(|(_, _, why)| *why)
}
