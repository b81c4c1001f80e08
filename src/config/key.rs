//! Where a provider's key comes from.

use std::fmt;

use super::Host;
use super::table::ProviderTable;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Secret;
use crate::json::{JsonError, Read, Reader, fields};
use crate::provider::Provider;
use crate::text::concat;

/// Where a key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// No key is sent.
    None,
    /// This one.
    Literal(Secret),
    /// The host asks the user's function.
    Function,
    /// It should come from an environment variable that is not set.
    Missing {
        /// The variable.
        variable: String,
    },
}

/// `api_key`: absent, `null` (send none), text, or `{"function": true}` where
/// the host took a function out of the object.
#[derive(Default)]
pub(super) enum ApiKeyText {
    #[default]
    Absent,
    Null,
    Text(String),
    Function,
}

impl fmt::Debug for ApiKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<'a> Read<'a> for ApiKeyText {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        if reader.null() {
            return Ok(Self::Null);
        }
        match reader.peek() {
            Some(b'"') => String::read(reader).map(Self::Text),
            Some(b'{') => Mark::read(reader).map(|_| Self::Function),
            _ => Err(reader.expected("a string, null or a function")),
        }
    }
}

/// What stands where the host took a function out.
#[derive(Default)]
struct Mark {
    #[allow(dead_code, reason = "its presence says it all")]
    function: bool,
}
fields!(strict Mark ["function"] { function });

impl ProviderTable {
    /// A key belongs to the table it is written in. Only a table of the
    /// provider itself, at its own address, falls back to the usual variable.
    pub(super) fn key(&self, id: &str, kind: &dyn Provider, host: &Host<'_>) -> Result<KeySource> {
        let profile = kind.profile();
        let itself = self.kind.is_none() && self.base_url.is_none();
        match (&self.api_key, &self.api_key_env) {
            (ApiKeyText::Null, _) => Ok(KeySource::None),
            (ApiKeyText::Function, _) => Ok(KeySource::Function),
            (ApiKeyText::Text(text), _) => literal(text, &format!("providers.{id}.api_key"), host),
            (ApiKeyText::Absent, Some(variable)) if !is_variable(variable) => Err(no_variable(id)),
            (ApiKeyText::Absent, Some(variable)) => from_env(variable, host),
            (ApiKeyText::Absent, None) => match profile.key_variable.filter(|_| itself) {
                Some(variable) if profile.needs_key || (host.env)(variable).is_some() => {
                    from_env(variable, host)
                }
                _ => Ok(KeySource::None),
            },
        }
    }
}

/// A key in the place of its variable's name must not be quoted by any message.
fn is_variable(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty() && name.len() <= 64 && name.bytes().all(is_part)
}

fn no_variable(id: &str) -> Error {
    let key = concat(&["providers.", id, ".api_key_env"]);
    let problem = "expected the name of a variable: letters, digits and `_`, at most 64";
    Error::invalid_config(&key, problem)
}

fn from_env(variable: &str, host: &Host<'_>) -> Result<KeySource> {
    match (host.env)(variable).filter(|value| !value.trim().is_empty()) {
        Some(value) => literal(&value, variable, host),
        None => Ok(KeySource::Missing {
            variable: variable.to_string(),
        }),
    }
}

fn literal(text: &str, place: &str, host: &Host<'_>) -> Result<KeySource> {
    if host.page && !host.dangerously_allow_browser {
        let problem = "a key in a page is readable by that page";
        return Err(Error::invalid_config(place, problem).hint(
            "give a key function or a proxy `base_url` with `api_key: null` (examples/proxy-worker), or accept the risk with the option `dangerouslyAllowBrowser: true`",
        ));
    }
    match Secret::new(text) {
        Some(secret) => Ok(KeySource::Literal(secret)),
        None => Err(Error::new(
            ErrorKind::Authentication,
            format!("{place}: a key has 8 to 4096 visible ASCII characters and no blanks"),
        )
        .code("invalid_key")),
    }
}
