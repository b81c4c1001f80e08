//! Configuration as TOML text.
//!
//! ```text
//! TOML text -> Document -> JSON text -> Config      what is wrong there has a key,
//!                  \---- line of a key ---/         and the key has a line here
//! ```
//! The grammar is the crate `toml_parser`'s; the rules for tables (what may be
//! opened twice, what may not) stand in `tree`. Npm users get this file as a
//! wasm of its own, loaded when `Aircher.create()` is given text.

mod build;
mod tree;

use toml_parser::parser::{RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{Expected, ParseError, Source};

use super::{Config, Host};
use crate::error::{Error, Result};
use crate::json;
use tree::Table;

/// Nobody nests a configuration deeper.
const MAX_DEPTH: u32 = 32;

impl Config {
    /// Reads a configuration from TOML text.
    ///
    /// ```
    /// use aircher_llm::config::{Config, Host};
    ///
    /// let host = Host::default();
    /// let error = Config::from_toml("[providers.ollama]\nmodle = \"qwen3\"", &host).unwrap_err();
    /// assert_eq!(
    ///     error.message,
    ///     "line 2: providers.ollama.modle: unknown field `modle`, did you mean `model`?"
    /// );
    /// ```
    ///
    /// # Errors
    /// Those of [`Config::from_json`], with the line in front.
    pub fn from_toml(text: &str, host: &Host<'_>) -> Result<Self> {
        let document = Document::parse(text).map_err(|fault| {
            Error::invalid_config(&at_line(fault.line, "config"), fault.problem)
        })?;
        Self::from_json(&document.json(), host).map_err(|mut error| {
            if let Some(line) = document.line_of(&error.message) {
                error.message = at_line(line, &error.message);
            }
            error
        })
    }
}

fn at_line(line: usize, text: &str) -> String {
    format!("line {line}: {text}")
}

/// A TOML document that was read.
///
/// ```
/// use aircher_llm::config::toml::Document;
///
/// let document = Document::parse("[timeouts]\nidle = \"30s\"").unwrap();
/// assert_eq!(document.json(), r#"{"timeouts":{"idle":"30s"}}"#);
/// assert_eq!(document.line_of("timeouts.idle: too short"), Some(2));
/// assert_eq!(Document::parse("a = 1\na = 2").unwrap_err().line, 2);
/// ```
#[derive(Debug)]
pub struct Document(Table);

/// What is wrong with a TOML text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what was expected.
    pub problem: String,
}

impl Document {
    /// Reads a text.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let source = Source::new(text);
        let tokens = source.lex().into_vec();
        let mut errors: Option<ParseError> = None;
        let mut builder = build::Builder::new(source);
        let mut checked = ValidateWhitespace::new(&mut builder, source);
        let mut bounded = RecursionGuard::new(&mut checked, MAX_DEPTH);
        parse_document(&tokens, &mut bounded, &mut errors);
        match errors {
            Some(error) => Err(Fault::of(text, &error)),
            None => Ok(Self(builder.finish())),
        }
    }

    /// The same as JSON text, keys in the order written.
    #[must_use]
    pub fn json(&self) -> String {
        json::to_string(&self.0)
    }

    /// The line of the key a message begins with, such as `costs.limits.openai_daily: …`;
    /// where that key is not there, of the table it should be in.
    #[must_use]
    pub fn line_of(&self, message: &str) -> Option<usize> {
        self.0.line_of(message)
    }
}

impl Fault {
    fn of(text: &str, error: &ParseError) -> Self {
        let mut problem = error.description().to_string();
        let mut between = ", expected ";
        for expected in error.expected().unwrap_or_default() {
            problem.push_str(between);
            problem.push_str(&name(expected));
            between = " or ";
        }
        let span = error.unexpected().or_else(|| error.context());
        Self {
            line: line_at(text, span.map_or(0, |span| span.start())),
            problem,
        }
    }
}

fn name(expected: &Expected) -> String {
    match expected {
        Expected::Literal("\n") => "a new line".to_string(),
        Expected::Literal(text) => format!("`{text}`"),
        Expected::Description(text) => (*text).to_string(),
        _ => "something else".to_string(),
    }
}

/// The number of the line an offset is in, from 1.
fn line_at(text: &str, at: usize) -> usize {
    let before = text.bytes().take(at);
    1 + before.filter(|byte| *byte == b'\n').count()
}
