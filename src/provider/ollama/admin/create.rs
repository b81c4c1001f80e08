//! What a model is made of: a Modelfile, and what stands beside it (wire reference, Ollama §6).

use super::modelfile::{self, Instruction, Kind, wrong};
use crate::chat::path_of;
use crate::error::{Error, Result};
use crate::json::{self, Json, Writer, fields, number};
use crate::text;

/// As people write it, with the names of files in the place of their bytes.
#[derive(Debug, Default)]
struct Spec {
    model: String,
    modelfile: Option<String>,
    from: Option<String>,
    files: Vec<String>,
    adapters: Vec<String>,
    system: Option<String>,
    template: Option<String>,
    parameters: Vec<(String, Json)>,
    messages: Option<Json>,
    license: Option<Json>,
    quantize: Option<String>,
}
fields!(strict Spec ["model"] {
    model, modelfile, from, files, adapters, system, template, parameters, messages, license, quantize,
});

/// The body of the request, in which every file stands as `"<name on the server>": "<name here>"`.
pub(super) fn plan(spec: &str) -> Result<String> {
    let spec: Spec = json::from_str(spec)
        .map_err(|error| Error::invalid_request(&path_of(spec, &error, "spec"), error))?;
    if spec.model.trim().is_empty() {
        return Err(Error::invalid_request(
            "model",
            "expected the name of a model",
        ));
    }
    let lines = match &spec.modelfile {
        Some(source) => modelfile::parse(source)?,
        None => Vec::new(),
    };
    let from = base(&spec, &lines)?;
    let mut out = Writer::default();
    out.begin_object();
    out.field("model", &spec.model);
    out.field("from", &from);
    files("files", &spec.files, &mut out)?;
    files("adapters", &spec.adapters, &mut out)?;
    texts(&spec, &lines, &mut out);
    parameters(&spec, &lines, &mut out);
    messages(&spec, &lines, &mut out);
    license(&spec, &lines, &mut out);
    out.field("quantize", &spec.quantize);
    out.field("stream", &true);
    out.end_object();
    Ok(out.finish())
}

/// The model it is based on; none where it is made of files.
fn base(spec: &Spec, lines: &[Instruction]) -> Result<Option<String>> {
    let mut from = spec.from.clone();
    for line in lines {
        let (given, field) = match line.kind {
            Kind::From => (&spec.files, "files"),
            Kind::Adapter => (&spec.adapters, "adapters"),
            _ => continue,
        };
        let is_given = given.iter().any(|name| plain(name) == plain(&line.value));
        let is_model = line.kind == Kind::From && !is_path(&line.value);
        if is_model && !is_given {
            from = from.or_else(|| Some(line.value.clone()));
        } else if !is_given && (line.kind == Kind::Adapter || spec.from.is_none()) {
            let problem = ["`", &line.value, "` is a file: give it in `", field, "`"];
            return Err(wrong(line.line, &text::concat(&problem)));
        }
    }
    let problem = match (&from, spec.files.is_empty()) {
        (None, true) => "give `from`, `files`, or a Modelfile with FROM",
        (Some(_), false) => "a model is made of `from` or of `files`, not of both",
        _ => return Ok(from),
    };
    Err(Error::invalid_request("spec", problem))
}

/// Whether a name can only be one of a file.
fn is_path(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let mut endings = [".gguf", ".safetensors", ".bin"].iter();
    name.starts_with(['.', '/', '~', '\\']) || endings.any(|ending| lower.ends_with(ending))
}

fn plain(name: &str) -> &str {
    name.strip_prefix("./").unwrap_or(name)
}

/// The server takes no paths: the last part of each name, of which only one file can have each.
fn files(field: &str, names: &[String], out: &mut Writer) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    out.begin_object_at(field);
    for (at, name) in names.iter().enumerate() {
        let last = last_part(name);
        let mut before = names.iter().take(at);
        if let Some(other) = before.find(|other| last_part(other) == last) {
            let problem = ["`", other, "` and `", name, "` are both `", last];
            let problem = text::concat(&problem) + "` on the server";
            return Err(Error::invalid_request(field, problem));
        }
        out.field(last, name);
    }
    out.end_object();
    Ok(())
}

fn last_part(name: &str) -> &str {
    text::after_last(text::after_last(name, b'/'), b'\\')
}

/// Texts of which the last one counts.
fn texts(spec: &Spec, lines: &[Instruction], out: &mut Writer) {
    let last = |kind| lines.iter().rfind(|line| line.kind == kind);
    let last = |kind| last(kind).map(|line| line.value.clone());
    out.field(
        "system",
        &spec.system.clone().or_else(|| last(Kind::System)),
    );
    out.field(
        "template",
        &spec.template.clone().or_else(|| last(Kind::Template)),
    );
    for name in ["renderer", "parser", "requires"] {
        out.field(name, &last(Kind::Field(name)));
    }
}

/// Each name once; `stop` may be said again and again.
fn parameters(spec: &Spec, lines: &[Instruction], out: &mut Writer) {
    let mut all: Vec<(String, Json)> = Vec::new();
    let mut stops = Vec::new();
    for line in lines.iter().filter(|line| line.kind == Kind::Parameter) {
        match line.name.as_str() {
            "stop" => stops.push(line.value.clone()),
            name => put(&mut all, name, value(&line.value)),
        }
    }
    if !stops.is_empty() {
        put(&mut all, "stop", Json::from_value(&stops));
    }
    for (name, value) in &spec.parameters {
        put(&mut all, name, value.clone());
    }
    out.field_unless_empty("parameters", &json::Pairs(&all));
}

fn put(all: &mut Vec<(String, Json)>, name: &str, value: Json) {
    json::keep(all, &|known, _| known != name);
    all.push((name.to_string(), value));
}

/// A number or a switch where it is one, else a text: the server checks what it is for.
fn value(text: &str) -> Json {
    let is_plain = number::parse(text).is_some() || text == "true" || text == "false";
    let plain = if is_plain {
        Json::from_text(text).ok()
    } else {
        None
    };
    plain.unwrap_or_else(|| Json::from_value(&text))
}

fn messages(spec: &Spec, lines: &[Instruction], out: &mut Writer) {
    if spec.messages.is_some() {
        return out.field("messages", &spec.messages);
    }
    let of_file = || lines.iter().filter(|line| line.kind == Kind::Message);
    if of_file().next().is_none() {
        return;
    }
    out.begin_list_at("messages");
    for line in of_file() {
        out.begin_object();
        out.field("role", &line.name);
        out.field("content", &line.value);
        out.end_object();
    }
    out.end_list();
}

fn license(spec: &Spec, lines: &[Instruction], out: &mut Writer) {
    if spec.license.is_some() {
        return out.field("license", &spec.license);
    }
    let of_file = lines.iter().filter(|line| line.kind == Kind::License);
    let texts: Vec<&str> = of_file.map(|line| line.value.as_str()).collect();
    out.field_unless_empty("license", &texts);
}
