//! A provider's models in a cloud of their own: which of the keys says so, and what that needs.

use std::fmt;

use super::Host;
use super::key::{ApiKeyText, KeySource};
use super::table::{ProviderConfig, ProviderTable};
use crate::error::{Error, Result};
use crate::json::{JsonError, Raw, Read, Reader};
use crate::provider::{self, Cloud, Provider};
use crate::text::{concat, joined};

/// Whether a provider is reached through its cloud, and how (wire reference, Gemini §8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CloudAccess {
    /// Not: its own API.
    #[default]
    None,
    /// With an API key alone.
    Express,
    /// As a project in a location, with access tokens.
    Project,
}

/// `service_account`: the object of a key file, or its text.
#[derive(Default)]
pub(super) struct KeyFileText(Option<Box<str>>);

impl fmt::Debug for KeyFileText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<'a> Read<'a> for KeyFileText {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        Ok(Self(Raw::read(reader)?.get().map(Into::into)))
    }
}

impl ProviderTable {
    /// What the keys of the table ask for.
    ///
    /// # Errors
    /// `invalid_config` where the kind of provider has no cloud, or for keys that exclude each other.
    pub(super) fn cloud_access(&self, table: &str, kind: &dyn Provider) -> Result<CloudAccess> {
        let account = self.service_account.0.is_some() || self.service_account_env.is_some();
        let token = !matches!(self.access_token, ApiKeyText::Absent);
        let key = self.api_key_env.is_some()
            || !matches!(self.api_key, ApiKeyText::Absent | ApiKeyText::Null);
        let (name, access) = match (account, token) {
            (true, _) => ("service_account", CloudAccess::Project),
            (_, true) => ("access_token", CloudAccess::Project),
            _ if self.vertex => ("vertex", CloudAccess::Express),
            _ => return Ok(CloudAccess::None),
        };
        let problem = if kind.profile().cloud.is_none() {
            let clouds = provider::ALL.iter().map(|kind| kind.profile());
            let clouds = clouds.filter(|profile| profile.cloud.is_some());
            let with = joined(&mut clouds.map(|profile| profile.id), ", ");
            concat(&["of the providers in this build it is known to: ", &with])
        } else if access == CloudAccess::Project
            && u8::from(account) + u8::from(token) + u8::from(key) > 1
        {
            "give one of `api_key`, `service_account` and `access_token`".to_string()
        } else {
            return Ok(access);
        };
        Err(Error::invalid_config(&concat(&[table, ".", name]), problem))
    }

    /// The address of the cloud for the configured location, which is a part of it.
    pub(super) fn cloud_url(
        &self,
        table: &str,
        cloud: &Cloud,
        access: CloudAccess,
    ) -> Result<String> {
        let location = match access {
            CloudAccess::Project => self.location.as_deref().unwrap_or(cloud.location),
            _ => "",
        };
        let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if location.len() > 40 || !location.bytes().all(is_part) {
            let key = concat(&[table, ".location"]);
            let problem = "expected a location such as `us-central1` or `global`";
            return Err(Error::invalid_config(&key, problem));
        }
        Ok((cloud.base_url)(location))
    }

    /// Fills in what a project needs; the account knows its own.
    pub(super) fn cloud_key(
        &self,
        table: &str,
        provider: &mut ProviderConfig,
        cloud: &Cloud,
        host: &Host<'_>,
    ) -> Result<()> {
        provider
            .location
            .get_or_insert_with(|| cloud.location.to_string());
        let (key, project) = self.project_key(table, cloud, host)?;
        provider.key = key;
        if provider.project.is_none() {
            provider.project = project;
        }
        let is_missing = matches!(provider.key, KeySource::Missing { .. });
        // The project stands in the file that is missing.
        if is_missing || provider.project.is_some() {
            return Ok(());
        }
        let problem = "give the id of the project, which an access token does not tell";
        Err(Error::invalid_config(
            &concat(&[table, ".project"]),
            problem,
        ))
    }

    /// Where its access tokens come from, and the project of an account.
    fn project_key(
        &self,
        table: &str,
        cloud: &Cloud,
        host: &Host<'_>,
    ) -> Result<(KeySource, Option<String>)> {
        if let Some(file) = &self.service_account.0 {
            return account(&concat(&[table, ".service_account"]), file, cloud, host);
        }
        let Some(variable) = &self.service_account_env else {
            let place = concat(&[table, ".access_token"]);
            return Ok((self.access_token.source(&place, host)?, None));
        };
        match (host.env)(variable).filter(|file| !file.trim().is_empty()) {
            Some(file) => account(variable, &file, cloud, host),
            None => Ok((
                KeySource::missing(table, "service_account_env", variable)?,
                None,
            )),
        }
    }
}

/// Reads a key file; in a page only where that was allowed.
#[cfg(feature = "vertex")]
fn account(
    place: &str,
    file: &str,
    cloud: &Cloud,
    host: &Host<'_>,
) -> Result<(KeySource, Option<String>)> {
    if host.page && !host.allow_service_account_in_browser {
        let problem = "code of this page, and whoever gets some into it, could act as the service account anywhere";
        return Err(Error::invalid_config(place, problem).hint(
            "keep it on a server: give `access_token`, a function that fetches a short-lived token from there, or a proxy `base_url` (examples/proxy-worker); or accept the risk with the option `allowServiceAccountInBrowser: true`",
        ));
    }
    let read = crate::account::ServiceAccount::from_json(file, cloud);
    let (account, project) = read.map_err(|problem| Error::invalid_config(place, problem))?;
    Ok((KeySource::Account(std::rc::Rc::new(account)), project))
}

/// No kind of provider has a cloud in this build.
#[cfg(not(feature = "vertex"))]
fn account(place: &str, _: &str, _: &Cloud, _: &Host<'_>) -> Result<(KeySource, Option<String>)> {
    Err(Error::invalid_config(
        place,
        "this build knows no service accounts",
    ))
}

#[cfg(test)]
#[cfg(feature = "vertex")]
mod tests {
    use super::*;
    use crate::config::Config;
    use expect_test::{Expect, expect};

    const FILE: &str = r#"{"type":"service_account","project_id":"p-1","client_email":"a@b","private_key":"-----BEGIN PRIVATE KEY-----\nU0VDUkVU\n-----END PRIVATE KEY-----\n"}"#;

    fn host(page: bool, allowed: bool) -> Host<'static> {
        Host {
            env: &|name| match name {
                "ACCOUNT" => Some(FILE.to_string()),
                "GEMINI_API_KEY" => Some("AIza-0123456789".to_string()),
                "BROKEN" => Some("SECRET".to_string()),
                _ => None,
            },
            page,
            dangerously_allow_browser: page,
            allow_service_account_in_browser: allowed,
            ..Host::default()
        }
    }

    /// The address, the project, the location and the source of the key; or what is wrong.
    fn told(table: &str, host: &Host<'_>) -> String {
        let text = format!(r#"{{"providers":{{{table}}}}}"#);
        let told = match Config::from_json(&text, host) {
            Ok(config) => {
                let it = config.providers.first().unwrap();
                let shown = crate::json::to_string(&config);
                assert!(
                    !shown.contains("U0VD") && !shown.contains("AIza"),
                    "{shown}"
                );
                format!(
                    "{} {:?} {:?} {:?} {:?}",
                    it.base_url.as_str(),
                    it.cloud,
                    it.project.as_deref(),
                    it.location.as_deref(),
                    it.key
                )
            }
            Err(error) => error.to_string(),
        };
        assert!(!told.contains("U0VD") && !told.contains("SECRET"), "{told}");
        told
    }

    #[track_caller]
    fn check(table: &str, expected: Expect) {
        let table = format!(r#""gemini":{{{table}}}"#);
        expected.assert_eq(&told(&table, &host(false, false)));
    }

    #[test]
    fn what_makes_gemini_speak_vertex() {
        check(
            r#""project":"p-2","location":"us-east1""#,
            expect![[
                r#"https://generativelanguage.googleapis.com/v1beta None Some("p-2") Some("us-east1") Literal(***)"#
            ]],
        );
        check(
            r#""vertex":false"#,
            expect!["https://generativelanguage.googleapis.com/v1beta None None None Literal(***)"],
        );
        check(
            r#""vertex":true"#,
            expect!["https://aiplatform.googleapis.com/v1 Express None None Literal(***)"],
        );
        check(
            r#""service_account_env":"ACCOUNT""#,
            expect![[
                r#"https://aiplatform.googleapis.com/v1 Project Some("p-1") Some("global") Account(***)"#
            ]],
        );
        check(
            &format!(r#""service_account":{FILE},"project":"p-2","location":"us-east1""#),
            expect![[
                r#"https://us-east1-aiplatform.googleapis.com/v1 Project Some("p-2") Some("us-east1") Account(***)"#
            ]],
        );
        let text = crate::json::to_string(&FILE);
        check(
            &format!(
                r#""service_account":{text},"vertex":true,"base_url":"https://proxy.example/v1""#
            ),
            expect![[
                r#"https://proxy.example/v1 Project Some("p-1") Some("global") Account(***)"#
            ]],
        );
        check(
            r#""access_token":{"function":true},"project":"p-2""#,
            expect![[
                r#"https://aiplatform.googleapis.com/v1 Project Some("p-2") Some("global") Function"#
            ]],
        );
        check(
            r#""access_token":"ya29.0123456789","project":"p-2""#,
            expect![[
                r#"https://aiplatform.googleapis.com/v1 Project Some("p-2") Some("global") Literal(***)"#
            ]],
        );
        check(
            r#""service_account_env":"NOT_SET""#,
            expect![[
                r#"https://aiplatform.googleapis.com/v1 Project None Some("global") Missing { variable: "NOT_SET" }"#
            ]],
        );
    }

    #[test]
    fn what_it_takes() {
        check(
            r#""access_token":{"function":true}"#,
            expect![
                "invalid_config: providers.gemini.project: give the id of the project, which an access token does not tell"
            ],
        );
        check(
            r#""access_token":{"function":true},"service_account_env":"ACCOUNT""#,
            expect![
                "invalid_config: providers.gemini.service_account: give one of `api_key`, `service_account` and `access_token`"
            ],
        );
        check(
            r#""access_token":null,"api_key":"AIza-0123456789","project":"p-2""#,
            expect![
                "invalid_config: providers.gemini.access_token: give one of `api_key`, `service_account` and `access_token`"
            ],
        );
        check(
            r#""service_account_env":"ACCOUNT","location":"evil.example/""#,
            expect![
                "invalid_config: providers.gemini.location: expected a location such as `us-central1` or `global`"
            ],
        );
        check(
            r#""service_account_env":"BROKEN""#,
            expect![[
                r#"invalid_config: BROKEN: expected a key file with `"type": "service_account"`"#
            ]],
        );
        check(
            r#""service_account_env":"{\"private_key\":\"SECRET\"}""#,
            expect![
                "invalid_config: providers.gemini.service_account_env: expected the name of a variable: letters, digits and `_`, at most 64"
            ],
        );
        check(
            r#""service_account":"SECRET""#,
            expect![[
                r#"invalid_config: providers.gemini.service_account: expected a key file with `"type": "service_account"`"#
            ]],
        );
        check(
            r#""service_account":7"#,
            expect![[
                r#"invalid_config: providers.gemini.service_account: expected a key file with `"type": "service_account"`"#
            ]],
        );
        check(
            &format!(
                r#""service_account":{}"#,
                FILE.replace("p-1", r#"p-1","token_uri":"https://evil.example/token"#)
            ),
            expect![
                "invalid_config: providers.gemini.service_account: token_uri: only the provider's own token endpoint is asked"
            ],
        );
        let openai = told(
            r#""openai":{"vertex":true,"api_key":null}"#,
            &host(false, false),
        );
        expect!["invalid_config: providers.openai.vertex: of the providers in this build it is known to: gemini"].assert_eq(&openai);
    }

    #[test]
    fn an_account_in_a_page_has_to_be_allowed() {
        let table = r#""gemini":{"service_account_env":"ACCOUNT"}"#;
        expect!["invalid_config: ACCOUNT: code of this page, and whoever gets some into it, could act as the service account anywhere"].assert_eq(&told(table, &host(true, false)));
        expect![[r#"https://aiplatform.googleapis.com/v1 Project Some("p-1") Some("global") Account(***)"#]].assert_eq(&told(table, &host(true, true)));
    }
}
