//! Vertex AI: the same dialect in Google's cloud, on other hosts and paths (wire reference,
//! Gemini §8).

use super::{push_path, push_segment};
use crate::config::CloudAccess;
use crate::error::Result;
use crate::provider::{Cloud, Target};
use crate::text::concat;

/// The cloud.
pub(super) static CLOUD: Cloud = Cloud {
    telemetry_name: "gcp.vertex_ai",
    base_url,
    location: "global",
    scope: "https://www.googleapis.com/auth/cloud-platform",
    token_url: "https://oauth2.googleapis.com/token",
};

/// One host for calls without a location and for `global`, one for each multi-region, and
/// one for each region.
fn base_url(location: &str) -> String {
    match location {
        "" | "global" => "https://aiplatform.googleapis.com/v1".to_string(),
        "us" | "eu" => concat(&["https://aiplatform.", location, ".rep.googleapis.com/v1"]),
        _ => concat(&["https://", location, "-aiplatform.googleapis.com/v1"]),
    }
}

/// Adds the path of the model: of Google unless it names another publisher, an endpoint of
/// the project, or a full path.
pub(super) fn push_model(url: &mut String, target: &Target<'_>) -> Result<()> {
    let model = target.model;
    let model = model.strip_prefix("models/").unwrap_or(model);
    let is_full = model.starts_with("projects/");
    if target.config.cloud == CloudAccess::Project && !is_full {
        for (key, value) in [
            ("project", &target.config.project),
            ("location", &target.config.location),
        ] {
            url.push('/');
            url.push_str(key);
            url.push('s');
            push_segment(url, key, value.as_deref().unwrap_or_default())?;
        }
    }
    if is_full || model.starts_with("publishers/") || model.starts_with("endpoints/") {
        return push_path(url, model);
    }
    url.push_str("/publishers");
    let (publisher, model) = model.split_once('/').unwrap_or(("google", model));
    push_segment(url, "model", publisher)?;
    url.push_str("/models");
    push_path(url, model)
}
