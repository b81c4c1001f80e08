//! The keys of documents, and the scopes that budgets are for.

use crate::text::{concat, replaced, split_once};

/// The key of a reservation.
#[must_use]
pub fn entry_key(id: &str) -> String {
    concat(&["r/", id])
}

/// The key of an open reservation.
#[must_use]
pub fn open_key(owner: &str, id: &str) -> String {
    concat(&["o/", owner, "/", id])
}

/// The owner and the id of the key of an open reservation.
#[must_use]
pub fn open_parts(key: &str) -> Option<(&str, &str)> {
    split_once(key.strip_prefix("o/")?, "/")
}

/// The key of what was imported from a bucket of another ledger.
#[must_use]
pub fn import_key(epoch: &str, bucket: &str) -> String {
    concat(&["i/", epoch, "/", bucket])
}

/// The key of a bucket from its scope and its period.
#[must_use]
pub fn bucket_key(scope: &str, period: &str) -> String {
    concat(&["b/", scope, "/", period])
}

/// The scope and the period of the key of a bucket.
#[must_use]
pub fn bucket_parts(key: &str) -> Option<(&str, &str)> {
    split_once(key.strip_prefix("b/")?, "/")
}

/// The scope of everything.
pub const TOTAL: &str = "*";

/// The scope of a configured provider.
#[must_use]
pub fn provider_scope(id: &str) -> String {
    concat(&["p:", &escaped(id)])
}

/// The scope of a tag of a request.
#[must_use]
pub fn tag_scope(key: &str, value: &str) -> String {
    concat(&["k:", &escaped(key), ":", &escaped(value)])
}

/// The scope of a model at a provider.
#[must_use]
pub fn model_scope(provider: &str, model: &str) -> String {
    concat(&["m:", &escaped(&concat(&[provider, "/", model]))])
}

/// The scopes a request counts in; those of provider and model only where they are kept.
///
/// ```
/// use aircher_llm::ledger::keys;
///
/// let tags = [("team".to_string(), "red".to_string())];
/// let scopes = keys::scopes(true, "openai", "gpt-6-luna", &tags);
/// assert_eq!(scopes, ["*", "p:openai", "m:openai%2Fgpt-6-luna", "k:team:red"]);
/// assert_eq!(keys::bucket_key(&scopes[1], "d:2026-11-22"), "b/p:openai/d:2026-11-22");
/// ```
#[must_use]
pub fn scopes(
    by_provider: bool,
    provider: &str,
    model: &str,
    tags: &[(String, String)],
) -> Vec<String> {
    let mut scopes = vec![TOTAL.to_string()];
    if by_provider {
        scopes.push(provider_scope(provider));
        scopes.push(model_scope(provider, model));
    }
    for (key, value) in tags {
        scopes.push(tag_scope(key, value));
    }
    scopes
}

/// A part of a key: without `/`, which separates the parts.
#[must_use]
pub fn escaped(text: &str) -> String {
    replaced(&replaced(text, "%", "%25"), "/", "%2F")
}

/// A part of a key as it was.
#[must_use]
pub fn unescaped(text: &str) -> String {
    replaced(&replaced(text, "%2F", "/"), "%25", "%")
}
