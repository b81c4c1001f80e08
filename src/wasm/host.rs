//! The JavaScript objects we call: the host of a client and the sink of a stream.

use super::store::LedgerStore;
use js_sys::Promise;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// What a client asks of JavaScript.
    #[derive(Debug)]
    pub type Host;

    /// The `fetch` to use.
    #[wasm_bindgen(method, getter)]
    pub(super) fn fetch(this: &Host) -> js_sys::Function;

    /// The value of an environment variable.
    #[wasm_bindgen(method)]
    pub(super) fn env(this: &Host, name: &str) -> Option<String>;

    /// Whether code of a page can read our memory.
    #[wasm_bindgen(method, getter)]
    pub(super) fn page(this: &Host) -> bool;

    /// `location.origin` of a page.
    #[wasm_bindgen(method, getter)]
    pub(super) fn origin(this: &Host) -> Option<String>;

    /// The user has accepted keys in a page.
    #[wasm_bindgen(method, getter, js_name = dangerouslyAllowBrowser)]
    pub(super) fn dangerously_allow_browser(this: &Host) -> bool;

    /// The same of service accounts.
    #[wasm_bindgen(method, getter, js_name = allowServiceAccountInBrowser)]
    pub(super) fn allow_service_account_in_browser(this: &Host) -> bool;

    /// Asks the user's key function; resolves to a string.
    #[wasm_bindgen(method)]
    pub(super) fn key(this: &Host, provider: &str, reason: &str) -> Promise;

    /// Asks whether this client may try a provider that was out; resolves to a boolean.
    #[wasm_bindgen(method, js_name = mayTry)]
    pub(super) fn may_try(this: &Host, provider: &str) -> Promise;

    /// Whether there is a place for answers beyond this client.
    #[wasm_bindgen(method, getter)]
    pub(super) fn shelves(this: &Host) -> bool;

    /// What lies there under a name; resolves to a string or nothing.
    #[wasm_bindgen(method)]
    pub(super) fn recall(this: &Host, name: &str) -> Promise;

    /// Puts a text there.
    #[wasm_bindgen(method)]
    pub(super) fn keep(this: &Host, name: &str, text: &str, max_bytes: f64, ttl_ms: f64)
    -> Promise;

    /// Whether anybody listens to an event.
    #[wasm_bindgen(method)]
    pub(super) fn hears(this: &Host, event: &str) -> bool;

    /// Hands an event out as JSON; returns the listeners' answer as JSON.
    #[wasm_bindgen(method)]
    pub(super) fn notify(this: &Host, event: &str, json: &str) -> Option<String>;

    /// Where the ledger lives.
    #[wasm_bindgen(method, getter)]
    pub(super) fn store(this: &Host) -> LedgerStore;

    /// The function that tells which owners live.
    #[wasm_bindgen(method, getter)]
    pub(super) fn live(this: &Host) -> js_sys::Function;

    /// Minutes a time zone is ahead of UTC at a moment.
    #[wasm_bindgen(method)]
    pub(super) fn offset(this: &Host, zone: &str, at_ms: f64) -> Option<i32>;

    /// Where the events of a stream go. One batch, the answer or an error ends a step.
    #[derive(Debug)]
    pub type Sink;

    /// What was pushed is void: the answer begins anew. Comes ahead of its batch.
    #[wasm_bindgen(method)]
    pub(super) fn restart(this: &Sink);

    /// Who answers; called before the first batch, and again behind a restart.
    #[wasm_bindgen(method)]
    pub(super) fn begin(this: &Sink, provider: &str, model: &str);

    /// One batch: all text in one string, a code for each piece, the rarer events as JSON.
    #[wasm_bindgen(method)]
    pub(super) fn push(this: &Sink, text: &str, codes: &[u32], rich: Option<String>);

    /// The answer as JSON text.
    #[wasm_bindgen(method)]
    pub(super) fn told(this: &Sink, answer: &str);

    /// An error as JSON text.
    #[wasm_bindgen(method)]
    pub(super) fn failed(this: &Sink, error: &str);
}
