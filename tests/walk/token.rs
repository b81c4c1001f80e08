//! Recorded answers of a token endpoint.

use aircher_llm::account::token_of;
use aircher_llm::http::ResponseHead;
use serde_json::Value;

use super::{Recording, differ};

/// When a recorded answer is said to have come.
const RECEIVED_MS: u64 = 1_000_000;

/// What differs between a recorded answer and what we make of it.
pub(super) fn compare(recording: &Recording) -> Option<Vec<String>> {
    let head = ResponseHead {
        status: recording.status,
        headers: recording.headers.clone(),
        received_ms: RECEIVED_MS,
    };
    let mut differences = Vec::new();
    match token_of(&head, &recording.body) {
        Ok(held) => {
            let body: Value = serde_json::from_str(&recording.body).unwrap();
            let token = body["access_token"].as_str().unwrap_or_default();
            differ("token", &token, &held.token.expose(), &mut differences);
            let life_s = recording.expect["expires_in"].as_u64().unwrap();
            let fresh_until_ms = RECEIVED_MS + life_s * 800;
            differ(
                "freshness",
                &fresh_until_ms,
                &held.fresh_until_ms,
                &mut differences,
            );
        }
        Err(error) => differences.push(error.to_string()),
    }
    (!differences.is_empty()).then_some(differences)
}
