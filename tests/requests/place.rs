//! Where a recorded request was sent: the provider itself, its cloud, or another server.

use super::Dialect;

/// What of our configuration sends it there, and the path it was sent to.
#[derive(Clone)]
pub enum Place {
    /// The provider's own address.
    Own {
        settings: String,
        path: Option<String>,
    },
    /// A compatible server.
    Server,
}

impl Place {
    pub fn of(dialect: Dialect, provider: &str, path: &str) -> Self {
        let (plain, _) = path.split_once('?').unwrap_or((path, ""));
        let parts: Vec<_> = plain.split('/').collect();
        let key = r#""api_key":null"#;
        match (dialect, parts.as_slice()) {
            (Dialect::Gemini, ["", version, "projects", project, "locations", location, ..]) => {
                Self::Own {
                    settings: format!(
                        r#""access_token":null,"project":"{project}","location":"{location}","api_version":"{version}""#
                    ),
                    path: Some(with_alt(plain)),
                }
            }
            (Dialect::Gemini, ["", version, ..]) => Self::Own {
                settings: format!(r#"{key},"api_version":"{version}""#),
                path: Some(with_alt(plain)),
            },
            (Dialect::Chat, _) if provider != "openai" || !path.starts_with("/v1/") => Self::Server,
            _ => Self::Own {
                settings: key.to_string(),
                path: None,
            },
        }
    }

    /// The settings of a provider's table.
    pub fn settings(&self) -> String {
        match self {
            Self::Own { settings, .. } => settings.clone(),
            Self::Server => r#""api_key":null,"base_url":"https://server.example/v1""#.to_string(),
        }
    }

    /// What is different about our address.
    pub fn differs(&self, url: &str) -> Option<String> {
        let Self::Own {
            path: Some(path), ..
        } = self
        else {
            return None;
        };
        let ours = url
            .split_once("://")
            .and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
        (ours != Some(path)).then(|| format!("sent to {path}, ours to {url}"))
    }
}

/// The path with the one parameter we use: a stream is asked for as events, which some
/// recorded clients got as one array, or with parameters about the form of numbers.
fn with_alt(path: &str) -> String {
    match path.ends_with(":streamGenerateContent") {
        true => format!("{path}?alt=sse"),
        false => path.to_string(),
    }
}
