//! Modelfiles: the server takes none since 0.5.5, so they are read here (wire reference, Ollama §6).
//!
//! ```text
//! # comment
//! FROM llama3.2
//! PARAMETER stop "<|end|>"
//! SYSTEM """
//! several lines """
//! ```
//! An instruction is a word in any case, and its value reaches to the end of the line; one that
//! begins with a quotation mark, or three, reaches to the next such mark at the end of a line.

use crate::error::{Error, Result};
use crate::text;

/// One instruction, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    /// Counts from 1.
    pub(super) line: usize,
    pub(super) kind: Kind,
    /// The parameter's or the role's name.
    pub(super) name: String,
    pub(super) value: String,
}

/// What it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    From,
    Adapter,
    System,
    Template,
    License,
    Message,
    Parameter,
    /// A field of the same name.
    Field(&'static str),
}

const KINDS: [(&str, Kind); 10] = [
    ("FROM", Kind::From),
    ("ADAPTER", Kind::Adapter),
    ("SYSTEM", Kind::System),
    ("TEMPLATE", Kind::Template),
    ("LICENSE", Kind::License),
    ("MESSAGE", Kind::Message),
    ("PARAMETER", Kind::Parameter),
    ("RENDERER", Kind::Field("renderer")),
    ("PARSER", Kind::Field("parser")),
    ("REQUIRES", Kind::Field("requires")),
];

/// The instructions of a Modelfile.
///
/// # Errors
/// `invalid_request` with the line.
pub(super) fn parse(source: &str) -> Result<Vec<Instruction>> {
    let mut lines = source.lines().enumerate().map(|(at, line)| (at + 1, line));
    let mut found = Vec::new();
    while let Some((line, start)) = lines.next() {
        let start = start.trim();
        if start.is_empty() || start.starts_with('#') {
            continue;
        }
        let (word, rest) = word(start);
        let kind = kind(line, word)?;
        let (name, rest) = match kind {
            Kind::Parameter | Kind::Message => self::word(rest),
            _ => ("", rest),
        };
        let value = value(line, rest, &mut lines)?;
        let instruction = Instruction {
            line,
            kind,
            name: name.to_ascii_lowercase(),
            value,
        };
        found.push(checked(instruction)?);
    }
    Ok(found)
}

/// An error in a line.
pub(super) fn wrong(line: usize, problem: &str) -> Error {
    let at = line.to_string();
    Error::invalid_request("modelfile", text::concat(&["line ", &at, ": ", problem]))
}

/// The first word of a text, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| byte.is_ascii_whitespace());
    let (word, rest) = text
        .split_at_checked(end.unwrap_or(text.len()))
        .unwrap_or((text, ""));
    (word, rest.trim_start())
}

fn kind(line: usize, word: &str) -> Result<Kind> {
    let found = KINDS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word));
    found.map(|(_, kind)| *kind).ok_or_else(|| {
        let names = text::joined(&mut KINDS.iter().map(|(name, _)| *name), ", ");
        let word = text::first_chars(word, 40);
        wrong(
            line,
            &text::concat(&["unknown instruction `", word, "`, expected one of ", &names]),
        )
    })
}

/// The value that begins on a line; a quoted one may reach over the next ones.
fn value<'a>(
    line: usize,
    rest: &'a str,
    lines: &mut dyn Iterator<Item = (usize, &'a str)>,
) -> Result<String> {
    let mark = ["\"\"\"", "\""]
        .into_iter()
        .find(|mark| rest.starts_with(mark));
    let Some(mark) = mark else {
        return Ok(rest.to_string());
    };
    let mut value = rest.strip_prefix(mark).unwrap_or(rest).to_string();
    loop {
        // Only at the end of a line a mark ends the value: within it stands for itself.
        let end = value.trim_end();
        if let Some(whole) = end.strip_suffix(mark) {
            return Ok(whole.to_string());
        }
        let Some((_, next)) = lines.next() else {
            return Err(wrong(
                line,
                &text::concat(&["the value has no closing ", mark]),
            ));
        };
        value.push('\n');
        value.push_str(next);
    }
}

fn checked(instruction: Instruction) -> Result<Instruction> {
    const ROLES: [&str; 3] = ["system", "user", "assistant"];
    let problem = match instruction.kind {
        Kind::Message if !ROLES.contains(&&*instruction.name) => {
            "expected MESSAGE and a role, one of system, user, assistant"
        }
        Kind::Parameter if instruction.value.is_empty() => "expected PARAMETER, a name and a value",
        _ if instruction.value.trim().is_empty() => "the value is missing",
        _ => return Ok(instruction),
    };
    Err(wrong(instruction.line, problem))
}
