//! The configuration as it is written: names and types, no meaning yet.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Timeouts;
use crate::chat::request_field;
use crate::duration;
use crate::error::{Error, Result};
use crate::framing::Limits;
use crate::json::Json;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) providers: Providers,
    pub(super) timeouts: TimeoutTable,
    pub(super) limits: LimitTable,
}

impl File {
    /// Reads JSON text; blank text is an empty file.
    pub(super) fn parse(text: &str) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(text).map_err(|error| {
            let (key, problem) = request_field(text, &error);
            Error::invalid_config(if key.is_empty() { "config" } else { &key }, problem)
        })
    }
}

/// `[providers]`: a default, and one table for each provider in the order written.
#[derive(Debug, Default)]
pub(super) struct Providers {
    pub(super) default: Option<String>,
    pub(super) tables: Vec<(String, ProviderTable)>,
}

impl<'de> Deserialize<'de> for Providers {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Tables;
        impl<'de> Visitor<'de> for Tables {
            type Value = Providers;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of providers")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Providers, A::Error> {
                let mut providers = Providers::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "default" => providers.default = map.next_value()?,
                        _ if !is_id(&key) => {
                            return Err(de::Error::custom(format!(
                                "`{key}` is no provider id: use letters, digits, `-` and `_`"
                            )));
                        }
                        _ => providers.tables.push((key, map.next_value()?)),
                    }
                }
                Ok(providers)
            }
        }
        reader.deserialize_map(Tables)
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
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ProviderTable {
    pub(super) kind: Option<String>,
    pub(super) model: Option<String>,
    pub(super) max_tokens: Option<u64>,
    pub(super) temperature: Option<f64>,
    pub(super) base_url: Option<String>,
    pub(super) org_id: Option<String>,
    pub(super) custom_models: BTreeMap<String, String>,
    pub(super) api_version: Option<String>,
    pub(super) safety_settings: Option<Json>,
    pub(super) keep_alive: Option<Json>,
    pub(super) num_ctx: Option<u64>,
    pub(super) num_predict: Option<i64>,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) allow_insecure: bool,
    pub(super) api: Option<String>,
    pub(super) api_key: ApiKeyText,
    pub(super) api_key_env: Option<String>,
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

impl<'de> Deserialize<'de> for ApiKeyText {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Key;
        impl<'de> Visitor<'de> for Key {
            type Value = ApiKeyText;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, null or a function")
            }
            fn visit_unit<E>(self) -> Result<ApiKeyText, E> {
                Ok(ApiKeyText::Null)
            }
            fn visit_str<E>(self, text: &str) -> Result<ApiKeyText, E> {
                Ok(ApiKeyText::Text(text.to_string()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ApiKeyText, A::Error> {
                match map.next_entry::<String, bool>()? {
                    Some((key, true)) if key == "function" => Ok(ApiKeyText::Function),
                    _ => Err(de::Error::custom("expected a string, null or a function")),
                }
            }
        }
        reader.deserialize_any(Key)
    }
}

/// `[timeouts]`: durations as text, or `"none"`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TimeoutTable {
    connect: Option<String>,
    first_byte: Option<String>,
    idle: Option<String>,
    total: Option<String>,
}

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
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitTable {
    line_bytes: Option<usize>,
    event_bytes: Option<usize>,
    tool_arguments_bytes: Option<usize>,
    response_bytes: Option<usize>,
    error_body_bytes: Option<usize>,
}

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
