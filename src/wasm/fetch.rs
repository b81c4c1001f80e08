//! [`Env`] over the host's `fetch`.
//!
//! One profile for every runtime: redirects are never followed, no credentials,
//! no cache, no referrer. `cache`, `mode` and `credentials` are set only in
//! browsers: Workers refuse them on some compatibility dates, and elsewhere they
//! mean nothing.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Response};

use super::arrivals::{Arrivals, Reader};
use super::store::WebStore;
use super::timer::Sleep;
#[cfg(feature = "vertex")]
use crate::account::SigningKey;
use crate::config::Config;
use crate::env::{Body, Env, KeyReason, Notice, Verdict};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{HttpRequest, Method, ResponseHead, Secret};
use crate::ledger::Ledger;
use crate::ledger::Memory;
#[cfg(feature = "js")]
use crate::policy::cache::Room;
use crate::policy::reach::Vantage;

#[cfg(feature = "js")]
use super::host::Host;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    /// A handed-in `fetch` may answer with anything.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = from)]
    fn array_from(pairs: &JsValue) -> Result<Array, JsValue>;

    /// What a reader's `read()` resolves to.
    type ReadResult;
    #[wasm_bindgen(method, getter)]
    fn done(this: &ReadResult) -> bool;
    #[wasm_bindgen(method, getter)]
    fn value(this: &ReadResult) -> Option<Uint8Array>;
}

/// The host of a call: a `fetch`, and a ledger.
#[derive(Clone, Debug)]
pub struct WebEnv {
    fetch: Function,
    browser: bool,
    ledger: Rc<Ledger<WebStore>>,
    #[cfg(feature = "js")]
    host: Option<Rc<Host>>,
    /// Gives what is sent with a request that has no body of its own: a file, or a stream.
    body: Option<Function>,
}

impl WebEnv {
    /// The runtime's own `fetch`, and books in memory that hold the limits of a configuration.
    ///
    /// # Errors
    /// `invalid_config` when the runtime has no `fetch`, or knows the time zone of the budgets not.
    pub fn new(config: &Config) -> Result<Self> {
        let fetch = Reflect::get(&js_sys::global(), &"fetch".into())
            .ok()
            .and_then(|fetch| fetch.dyn_into().ok())
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidConfig,
                    "this runtime has no `fetch`; hand one in",
                )
            })?;
        let setup = config
            .costs
            .setup(Rc::new(|_| random_id()), Rc::new(|_| None))?;
        let ledger = Ledger::new(WebStore::Memory(Memory::default()), setup);
        Ok(Self::of(fetch, ledger))
    }

    pub(super) fn of(fetch: Function, ledger: Ledger<WebStore>) -> Self {
        Self {
            fetch,
            browser: is_browser(),
            ledger: Rc::new(ledger),
            #[cfg(feature = "js")]
            host: None,
            body: None,
        }
    }

    /// With another `fetch`.
    #[must_use]
    pub fn with_fetch(mut self, fetch: Function) -> Self {
        self.fetch = fetch;
        self
    }

    /// With the books of a ledger, which all clones of it share.
    #[must_use]
    pub fn with_ledger(mut self, ledger: Rc<Ledger<WebStore>>) -> Self {
        self.ledger = ledger;
        self
    }

    /// With what a `POST` without a body of its own sends; asked for each attempt.
    #[cfg(feature = "js")]
    pub(super) fn with_body(mut self, body: Function) -> Self {
        self.body = Some(body);
        self
    }

    /// With the JavaScript object that answers key and event questions.
    #[cfg(feature = "js")]
    pub(super) fn with_host(mut self, host: Rc<Host>) -> Self {
        self.host = Some(host);
        self
    }
}

/// 32 random hex digits.
pub(super) fn random_id() -> String {
    format!("{:016x}{:016x}", random(), random())
}

/// Without random numbers ids repeat, which is no reason to fail a call.
fn random() -> u64 {
    getrandom::u64().unwrap_or_default()
}

/// A page or a worker of one.
pub(super) fn is_browser() -> bool {
    let global = js_sys::global();
    let has = |name: &str| Reflect::has(&global, &name.into()).unwrap_or(false);
    has("document")
        || (has("WorkerGlobalScope") && has("importScripts") && !has("Deno") && !has("Bun"))
}

impl Env for WebEnv {
    type Body = WebBody;
    type Sleep = Sleep;
    type Store = WebStore;

    async fn send(&self, request: HttpRequest) -> Result<(ResponseHead, WebBody)> {
        let abort = AbortGuard::new()?;
        let init = self.init(&request, &abort).map_err(|_| unsendable())?;
        let promise = self
            .fetch
            .call2(&JsValue::UNDEFINED, &request.url.as_str().into(), &init)
            .map_err(|error| unreachable(&error))?;
        let response = JsFuture::from(Promise::resolve(&promise))
            .await
            .map_err(|error| unreachable(&error))?;
        let response: Response = response.unchecked_into();
        let head = ResponseHead {
            status: response.status(),
            headers: headers(&response),
            received_ms: self.wall_ms(),
        };
        Ok((
            head,
            WebBody {
                arrivals: reader(&response).map(Arrivals::of),
                _abort: abort,
            },
        ))
    }

    fn sleep(&self, ms: u64) -> Sleep {
        Sleep::new(ms)
    }

    fn now_ms(&self) -> f64 {
        performance_now()
    }

    fn wall_ms(&self) -> u64 {
        js_sys::Date::now() as u64
    }

    fn ledger(&self) -> &Ledger<WebStore> {
        &self.ledger
    }

    fn detach(&self, work: Pin<Box<dyn Future<Output = ()>>>) {
        wasm_bindgen_futures::spawn_local(work);
    }

    fn random(&self) -> u64 {
        random()
    }

    #[cfg(feature = "js")]
    async fn key(&self, provider: &str, reason: KeyReason) -> Result<Option<Secret>> {
        match &self.host {
            Some(host) => super::convert::key(host, provider, reason).await,
            None => Ok(None),
        }
    }

    #[cfg(not(feature = "js"))]
    async fn key(&self, _: &str, _: KeyReason) -> Result<Option<Secret>> {
        Ok(None)
    }

    #[cfg(feature = "js")]
    async fn may_try(&self, provider: &str) -> bool {
        match &self.host {
            Some(host) => super::convert::may_try(host, provider).await,
            None => true,
        }
    }

    #[cfg(feature = "js")]
    fn has_shelf(&self) -> bool {
        self.host.as_ref().is_some_and(|host| host.shelves())
    }

    #[cfg(feature = "js")]
    async fn recall(&self, name: &str) -> Result<Option<String>> {
        match &self.host {
            Some(host) => super::convert::shelved(host.recall(name)).await,
            None => Ok(None),
        }
    }

    #[cfg(feature = "js")]
    async fn keep(&self, name: &str, text: &str, room: Room) -> Result<()> {
        let Some(host) = &self.host else {
            return Ok(());
        };
        let kept = host.keep(name, text, room.max_bytes as f64, room.ttl_ms as f64);
        super::convert::shelved(kept).await.map(drop)
    }

    fn vantage(&self) -> Vantage {
        let origin = || global("location", "origin")?.as_string();
        Vantage {
            page: self.browser.then(origin).map(Option::unwrap_or_default),
            offline: global("navigator", "onLine").and_then(|online| online.as_bool())
                == Some(false),
        }
    }

    #[cfg(feature = "vertex")]
    async fn sign(&self, key: &SigningKey, text: &str) -> Result<Vec<u8>> {
        super::sign::signature(key, text).await
    }

    /// In workerd a promise belongs to the request that made it.
    fn may_wait(&self) -> bool {
        let runtime = global("navigator", "userAgent");
        runtime.and_then(|name| name.as_string()).as_deref() != Some("Cloudflare-Workers")
    }

    #[cfg(feature = "js")]
    fn notify(&self, notice: Notice<'_>) -> Verdict {
        self.host.as_ref().map_or(Verdict::Proceed, |host| {
            super::convert::notify(host, notice)
        })
    }

    #[cfg(not(feature = "js"))]
    fn notify(&self, _: Notice<'_>) -> Verdict {
        Verdict::Proceed
    }
}

/// A property of a global object.
fn global(name: &str, key: &str) -> Option<JsValue> {
    let object = Reflect::get(&js_sys::global(), &name.into()).ok()?;
    Reflect::get(&object, &key.into()).ok()
}

impl WebEnv {
    fn init(&self, request: &HttpRequest, abort: &AbortGuard) -> Result<Object, JsValue> {
        let init = Object::new();
        let headers = header_object(request)?;
        let set = |name: &str, value: &JsValue| Reflect::set(&init, &name.into(), value);
        set("method", &request.method.as_str().into())?;
        set("redirect", &"manual".into())?;
        set("signal", &abort.0.signal())?;
        set("headers", &headers)?;
        if let Some(body) = &request.body {
            set("body", &Uint8Array::from(body.as_slice()))?;
        } else if let (Method::Post, Some(body)) = (request.method, &self.body) {
            set("body", &body.call0(&JsValue::UNDEFINED)?)?;
            // A stream is sent only where this is said; it means nothing to others.
            set("duplex", &"half".into())?;
        }
        if self.browser {
            set("credentials", &"omit".into())?;
            set("cache", &"no-store".into())?;
            set("referrerPolicy", &"no-referrer".into())?;
            set("mode", &"cors".into())?;
        }
        Ok(init)
    }
}

fn header_object(request: &HttpRequest) -> Result<Object, JsValue> {
    let headers = Object::new();
    for header in &request.headers {
        Reflect::set(
            &headers,
            &(*header.name).into(),
            &header.value.as_str().into(),
        )?;
    }
    Ok(headers)
}

fn headers(response: &Response) -> Vec<(String, String)> {
    let Ok(pairs) = array_from(&response.headers()) else {
        return Vec::new();
    };
    let text = |pair: &Array, at| pair.get(at).as_string().unwrap_or_default();
    let mut headers = Vec::new();
    for at in 0..pairs.length() {
        let pair: Array = pairs.get(at).unchecked_into();
        headers.push((text(&pair, 0), text(&pair, 1)));
    }
    headers
}

fn reader(response: &Response) -> Option<Reader> {
    response
        .body()
        .map(|body| body.get_reader().unchecked_into())
}

/// Ends a fetch when it is dropped, at whatever point.
#[derive(Debug)]
struct AbortGuard(AbortController);

impl AbortGuard {
    fn new() -> Result<Self> {
        AbortController::new().map(Self).map_err(|_| unsendable())
    }
}

impl Drop for AbortGuard {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The body of an answer. Dropping it closes the connection.
#[derive(Debug)]
pub struct WebBody {
    arrivals: Option<Arrivals>,
    _abort: AbortGuard,
}

impl Body for WebBody {
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>> {
        let Some(arrivals) = &self.arrivals else {
            return Ok(None);
        };
        let result: ReadResult = arrivals
            .next()
            .await
            .map_err(|error| unreachable(&error))?
            .unchecked_into();
        if result.done() {
            self.arrivals = None;
            return Ok(None);
        }
        Ok(Some(
            result
                .value()
                .map(|bytes| bytes.to_vec())
                .unwrap_or_default(),
        ))
    }
}

impl Drop for WebBody {
    /// Cancels the stream before the fetch is aborted: an abort alone leaves the
    /// connection open in Deno, and a handed-in `fetch` may know no signal.
    fn drop(&mut self) {
        if let Some(Arrivals { reader, .. }) = &self.arrivals {
            IGNORE.with(|ignore| drop(reader.cancel().catch(ignore)));
        }
    }
}

thread_local! {
    /// Takes the rejection nobody waits for; unhandled it would end a Node process.
    static IGNORE: Closure<dyn FnMut(JsValue)> = Closure::new(|_| {});
}

fn unsendable() -> Error {
    Error::new(
        ErrorKind::NetworkError,
        "this runtime could not prepare the request",
    )
}

/// fetch says little of what went wrong: its system's code where there is one, else some words.
/// What that means is said where it is known where the request went.
fn unreachable(error: &JsValue) -> Error {
    let text = |error: &JsValue, name: &str| {
        Reflect::get(error, &name.into())
            .ok()
            .and_then(|text| text.as_string())
    };
    let cause = Reflect::get(error, &"cause".into())
        .ok()
        .filter(JsValue::is_object);
    let code = cause.as_ref().and_then(|cause| text(cause, "code"));
    let code = code.or_else(|| text(error, "code"));
    let words = || cause.as_ref().and_then(|cause| text(cause, "message"));
    let detail = code
        .clone()
        .or_else(words)
        .or_else(|| text(error, "message"));
    let mut error = Error::new(
        ErrorKind::NetworkError,
        crate::text::concat(&[
            "the request or its answer did not get through: ",
            &detail.unwrap_or_default(),
        ]),
    );
    error.code = code;
    error
}
