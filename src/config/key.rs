//! Where a provider's key comes from.

use std::fmt;

use super::Host;
use super::table::ProviderTable;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Secret;
use crate::json::{JsonError, Read, Reader, fields};
use crate::provider::{Preset, Provider};
use crate::text::concat;

/// Where a key comes from.
///
/// ```
/// use aircher_llm::config::{Config, Host, KeySource};
///
/// let env = |name: &str| (name == "OPENAI_API_KEY").then(|| "sk-live-0123456789".to_string());
/// let host = Host { env: &env, ..Host::default() };
/// let config = Config::from_json(r#"{"providers":{"openai":{},"claude":{},"ollama":{}}}"#, &host)?;
/// assert!(matches!(config.providers[0].key, KeySource::Literal(_)));
/// assert_eq!(config.providers[1].key, KeySource::Missing { variable: "ANTHROPIC_API_KEY".into() });
/// assert_eq!(config.providers[2].key, KeySource::None);
/// # Ok::<(), aircher_llm::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// No key is sent.
    None,
    /// This one.
    Literal(Secret),
    /// The host asks the user's function.
    Function,
    /// A service account gets tokens.
    #[cfg(feature = "vertex")]
    Account(std::rc::Rc<crate::account::ServiceAccount>),
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
        let wrong = reader.expected("a string, null or a function");
        match reader.peek() {
            Some(b'"') => String::read(reader).map(Self::Text),
            _ => Mark::read(reader)
                .map(|_| Self::Function)
                .map_err(|_| wrong),
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

impl KeySource {
    /// Whether there is a key, or somebody who gives one.
    #[must_use]
    pub fn is_there(&self) -> bool {
        !matches!(self, Self::None | Self::Missing { .. })
    }

    /// Whether another key may be had for one that was refused. An account has one only for
    /// its tokens: an account that was refused is refused again.
    #[must_use]
    pub fn renews(&self, has_key: bool) -> bool {
        #[cfg(not(feature = "vertex"))]
        let _ = has_key;
        match self {
            Self::Function => true,
            #[cfg(feature = "vertex")]
            Self::Account(_) => has_key,
            _ => false,
        }
    }

    /// A variable that is not set. `name`: the key of the table that names it.
    pub(super) fn missing(table: &str, name: &str, variable: &str) -> Result<Self> {
        if !is_variable(variable) {
            return Err(no_variable(&concat(&[table, ".", name])));
        }
        let variable = variable.to_string();
        Ok(Self::Missing { variable })
    }
}

impl ApiKeyText {
    /// Where the key comes from that is written at that place.
    pub(super) fn source(&self, place: &str, host: &Host<'_>) -> Result<KeySource> {
        match self {
            Self::Absent | Self::Null => Ok(KeySource::None),
            Self::Function => Ok(KeySource::Function),
            Self::Text(text) => literal(text, place, host),
        }
    }
}

impl ProviderTable {
    /// A key belongs to the table it is written in. Only a table of the
    /// provider itself, at its own address, falls back to the usual variable.
    pub(super) fn key(
        &self,
        id: &str,
        (kind, preset): (&dyn Provider, Option<&Preset>),
        host: &Host<'_>,
    ) -> Result<KeySource> {
        let profile = kind.profile();
        let (usual, needs_key) = match preset {
            Some(preset) => (preset.key_variable, true),
            None => (profile.key_variable, profile.needs_key),
        };
        let itself = self.kind.is_none() && self.base_url.is_none();
        match (&self.api_key, &self.api_key_env) {
            (ApiKeyText::Absent, Some(variable)) if !is_variable(variable) => {
                Err(no_variable(&concat(&["providers.", id, ".api_key_env"])))
            }
            (ApiKeyText::Absent, Some(variable)) => from_env(variable, host),
            (ApiKeyText::Absent, None) => match usual.filter(|_| itself) {
                Some(variable) if needs_key || (host.env)(variable).is_some() => {
                    from_env(variable, host)
                }
                _ => Ok(KeySource::None),
            },
            (given, _) => given.source(&concat(&["providers.", id, ".api_key"]), host),
        }
    }
}

/// A key in the place of its variable's name must not be quoted by any message.
fn is_variable(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty() && name.len() <= 64 && name.bytes().all(is_part)
}

fn no_variable(key: &str) -> Error {
    let problem = "expected the name of a variable: letters, digits and `_`, at most 64";
    Error::invalid_config(key, problem)
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
