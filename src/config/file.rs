//! The configuration as it is written: names and types, no meaning yet.

use std::fmt;

use super::Timeouts;
use super::costs::CostTable;
use super::custom::CustomModel;
use crate::chat::place;
use crate::duration;
use crate::error::{Error, Result};
use crate::framing::Limits;
use crate::json::{self, Json, JsonError, Read, Reader, fields};

/// The whole file.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) providers: Providers,
    pub(super) timeouts: TimeoutTable,
    pub(super) limits: LimitTable,
    pub(super) costs: CostTable,
}

impl File {
    /// Reads JSON text; blank text is an empty file.
    pub(super) fn parse(text: &str) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        json::from_str(text)
            .map_err(|error| Error::invalid_config(&place(text, &error, "config"), error))
    }
}
fields!(strict File [] { providers, timeouts, limits, costs });

/// `[providers]`: a default, and one table for each provider in the order written.
#[derive(Debug, Default)]
pub(super) struct Providers {
    pub(super) default: Option<String>,
    pub(super) tables: Vec<(String, ProviderTable)>,
}

impl<'a> Read<'a> for Providers {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let at = reader.position();
        let mut providers = Self::default();
        reader.object(&mut |key, reader| {
            match key {
                "default" => providers.default = Read::read(reader)?,
                _ if !is_id(key) => {
                    return Err(JsonError::new(
                        at + 1,
                        format!("`{key}` is no provider id: use letters, digits, `-` and `_`"),
                    ));
                }
                _ => providers
                    .tables
                    .push((key.to_string(), ProviderTable::read(reader)?)),
            }
            Ok(())
        })?;
        Ok(providers)
    }
}

fn is_id(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= 64
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// `[providers.<id>]`.
#[derive(Debug, Default)]
pub(super) struct ProviderTable {
    pub(super) kind: Option<String>,
    pub(super) model: Option<String>,
    pub(super) max_tokens: Option<u64>,
    pub(super) temperature: Option<f64>,
    pub(super) base_url: Option<String>,
    pub(super) org_id: Option<String>,
    pub(super) custom_models: Vec<(String, CustomModel)>,
    pub(super) api_version: Option<String>,
    pub(super) safety_settings: Option<Json>,
    pub(super) keep_alive: Option<Json>,
    pub(super) num_ctx: Option<u64>,
    pub(super) num_predict: Option<i64>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) allow_insecure: bool,
    pub(super) api: Option<String>,
    pub(super) api_key: ApiKeyText,
    pub(super) api_key_env: Option<String>,
    /// Kept unused beside a plain API key.
    pub(super) project: Option<String>,
    pub(super) location: Option<String>,
}

fields!(strict ProviderTable [] {
    kind, model, max_tokens, temperature, base_url, org_id, custom_models, api_version, safety_settings, keep_alive,
    num_ctx, num_predict, headers, allow_insecure, api, api_key, api_key_env, project, location,
});

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

/// `[timeouts]`: durations as text, or `"none"`.
#[derive(Debug, Default)]
pub(super) struct TimeoutTable {
    connect: Option<String>,
    first_byte: Option<String>,
    idle: Option<String>,
    total: Option<String>,
}

fields!(strict TimeoutTable [] { connect, first_byte, idle, total });

impl TimeoutTable {
    pub(super) fn resolve(&self) -> Result<Timeouts> {
        let default = Timeouts::default();
        Ok(Timeouts {
            connect_ms: timeout("connect", self.connect.as_deref(), default.connect_ms)?,
            first_byte_ms: timeout(
                "first_byte",
                self.first_byte.as_deref(),
                default.first_byte_ms,
            )?,
            idle_ms: timeout("idle", self.idle.as_deref(), default.idle_ms)?,
            total_ms: timeout("total", self.total.as_deref(), default.total_ms)?,
        })
    }
}

fn timeout(name: &str, text: Option<&str>, default: Option<u64>) -> Result<Option<u64>> {
    match text {
        None => Ok(default),
        Some("none") => Ok(None),
        Some(text) => match duration::parse(text) {
            Some(ms) if ms > 0 => Ok(Some(ms)),
            _ => Err(Error::invalid_config(
                &format!("timeouts.{name}"),
                format!("`{text}` is not a duration such as `15s`, `250ms`, `10m` or `none`"),
            )),
        },
    }
}

/// `[limits]` in bytes.
#[derive(Debug, Default)]
pub(super) struct LimitTable {
    line_bytes: Option<usize>,
    event_bytes: Option<usize>,
    tool_arguments_bytes: Option<usize>,
    response_bytes: Option<usize>,
    error_body_bytes: Option<usize>,
}

fields!(strict LimitTable [] { line_bytes, event_bytes, tool_arguments_bytes, response_bytes, error_body_bytes });

impl LimitTable {
    pub(super) fn resolve(&self) -> Limits {
        let default = Limits::default();
        Limits {
            line_bytes: self.line_bytes.unwrap_or(default.line_bytes),
            event_bytes: self.event_bytes.unwrap_or(default.event_bytes),
            tool_arguments_bytes: self
                .tool_arguments_bytes
                .unwrap_or(default.tool_arguments_bytes),
            response_bytes: self.response_bytes.unwrap_or(default.response_bytes),
            error_body_bytes: self.error_body_bytes.unwrap_or(default.error_body_bytes),
        }
    }
}
