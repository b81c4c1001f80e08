//! What the JavaScript files of the package call. Nobody else does: the public
//! face is `types.d.ts`, and `js/aircher.js` stands in between.
//!
//! ```text
//! Client(config, host) --call(request bytes)--> CallHandle --next()--> Sink.push … response JSON
//! ```
//! Errors cross as JSON text. State is never borrowed across an await: a call
//! is taken out of its cell while it works and put back afterwards.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::books;
use super::convert;
use super::fetch::WebEnv;
use super::host::{Host, Sink};
use super::signal::Signal;
use crate::chat::{ChatRequest, Events};
use crate::config::{self, Config, Mode, ProviderConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::json::Writer;
use crate::model::{Model, unknown};
use crate::policy::pricing::{Question, Tariff};
use crate::run::{Call, CallOptions};

/// A configured client.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Client {
    pub(super) config: Rc<Config>,
    pub(super) env: WebEnv,
}

#[wasm_bindgen]
impl Client {
    /// Reads the configuration (JSON text).
    #[wasm_bindgen(constructor)]
    pub fn new(config: &str, host: Host) -> Result<Self, JsValue> {
        let env = |name: &str| host.env(name);
        let origin = host.origin();
        let facts = config::Host {
            env: &env,
            page: host.page(),
            origin: origin.as_deref(),
            dangerously_allow_browser: host.dangerously_allow_browser(),
            allow_service_account_in_browser: host.allow_service_account_in_browser(),
        };
        let config = Config::from_json(config, &facts).map_err(|error| convert::error(&error))?;
        let host = Rc::new(host);
        let ledger = books::ledger(&config, &host).map_err(|error| convert::error(&error))?;
        let env = WebEnv::of(host.fetch(), ledger).with_host(host);
        Ok(Self {
            config: Rc::new(config),
            env,
        })
    }

    /// Prepares a call from the request's JSON text in UTF-8; nothing is sent yet.
    pub fn call(
        &self,
        request: &[u8],
        stream: bool,
        timeouts: Option<String>,
        raw: bool,
    ) -> Result<CallHandle, JsValue> {
        let options = CallOptions {
            stream,
            raw,
            ..CallOptions::default()
        };
        let call = self.prepared(request, options, timeouts);
        call.map(CallHandle::new)
            .map_err(|error| convert::error(&error))
    }

    /// Explains a call instead of making it; resolves to JSON text.
    pub fn explain(&self, request: &[u8]) -> Promise {
        let call = self.prepared(request, CallOptions::default(), None);
        promise(Box::pin(async move {
            let explanation = call?.explain().await?;
            Ok(crate::json::to_string(&explanation).into())
        }))
    }

    /// Whether limits are hard: only an atomic store can hold them.
    #[wasm_bindgen(js_name = isHard)]
    pub fn is_hard(&self) -> bool {
        self.config.costs.mode == Mode::Hard
    }

    /// The configuration in effect as JSON, without secrets.
    pub fn shown(&self) -> String {
        crate::json::to_string(&*self.config)
    }

    /// The configured id for an id or alias; nothing when it is not configured.
    #[wasm_bindgen(js_name = providerId)]
    pub fn provider_id(&self, id: &str) -> Option<String> {
        self.config.provider(id).map(|provider| provider.id.clone())
    }

    /// The models known of one provider, or of all configured ones, as JSON.
    pub fn models(&self, id: Option<String>) -> String {
        let all = self.config.models.borrow().all();
        let mut infos = Vec::new();
        for provider in &self.config.providers {
            if id.as_ref().is_none_or(|id| *id == provider.id) {
                let kind = provider.kind.profile().id;
                for model in &all {
                    if model.kind() == kind {
                        infos.push(model.info(&provider.id));
                    }
                }
            }
        }
        crate::json::to_string(&infos)
    }

    /// What its attempts came to, by configured provider, as JSON. Not before the first call:
    /// it comes with that.
    pub fn metrics(&self) -> String {
        let mut writer = Writer::default();
        let metrics = self.config.metrics.borrow();
        metrics.write(&self.config, &mut writer);
        writer.finish()
    }

    /// Merges models from JSON over what is known.
    #[wasm_bindgen(js_name = mergeModels)]
    pub fn merge_models(&self, json: &str) -> Result<(), JsValue> {
        let merged = self.config.models.borrow_mut().merge(json);
        merged.map_err(|error| convert::error(&error))
    }

    /// What some usage costs in US dollars; nothing where the price is not known.
    /// `asked` is JSON: `{ usage, model, factors }`.
    #[wasm_bindgen(js_name = calculateCost)]
    pub fn calculate_cost(&self, id: &str, asked: &str) -> Result<Option<f64>, JsValue> {
        self.cost(id, asked).map_err(|error| convert::error(&error))
    }

    /// The context window of a model in tokens, when it is known.
    #[wasm_bindgen(js_name = tokenLimit)]
    pub fn token_limit(&self, id: &str, model: &str) -> Option<f64> {
        let known = self.known(self.config.provider(id)?, model)?;
        known.context_window().map(|tokens| tokens as f64)
    }

    /// What a model can do, as JSON; without a model, what the configured or default one can.
    pub fn supports(&self, id: &str, model: Option<String>) -> Option<String> {
        let provider = self.config.provider(id)?;
        let model = model.or_else(|| usual_model(provider));
        let known = model.and_then(|model| self.known(provider, &model));
        let known = known.unwrap_or_else(unknown);
        Some(crate::json::to_string(&known.capabilities()))
    }
}

impl Client {
    /// What is known of a model, by the name a request would give it.
    fn known(&self, provider: &ProviderConfig, model: &str) -> Option<Model> {
        let models = self.config.models.borrow();
        models.find(provider.kind.profile().id, provider.sent(model))
    }

    fn cost(&self, id: &str, asked: &str) -> Result<Option<f64>> {
        let asked = Question::from_json(asked)?;
        let cost = self.config.provider(id).and_then(|provider| {
            let known = self.known(provider, &asked.model);
            let profile = provider.kind.profile();
            Tariff::of(profile, known.as_ref(), &asked.factors)?.cost(&asked.usage)
        });
        Ok(cost.map(|cost| cost.nanos() as f64))
    }

    fn prepared(
        &self,
        request: &[u8],
        mut options: CallOptions,
        timeouts: Option<String>,
    ) -> Result<Call<WebEnv>> {
        let text = std::str::from_utf8(request)
            .map_err(|error| Error::invalid_request("request", error))?;
        let request = ChatRequest::from_json(text)?;
        if let Some(text) = timeouts {
            options.timeouts = convert::timeouts(&text)?;
        }
        let (env, config) = (self.env.clone(), Rc::clone(&self.config));
        Ok(Call::new(env, config, request, options))
    }
}

/// Some work as a promise that rejects with an error as JSON text. Boxed: for
/// every kind of work of its own the same code would be there once more.
pub(super) fn promise(work: Pin<Box<dyn Future<Output = Result<JsValue>>>>) -> Promise {
    future_to_promise(async { work.await.map_err(|error| convert::error(&error)) })
}

fn usual_model(provider: &ProviderConfig) -> Option<String> {
    provider
        .model
        .clone()
        .or_else(|| provider.kind.profile().default_model.map(str::to_string))
}

/// One call, driven by JavaScript.
#[wasm_bindgen]
#[derive(Debug)]
pub struct CallHandle {
    shared: Rc<Shared>,
}

struct Shared {
    /// Empty while a read is under way.
    call: RefCell<Option<Call<WebEnv>>>,
    cancelled: Signal,
    begun: Cell<bool>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

#[wasm_bindgen]
impl CallHandle {
    /// Reads on: resolves to nothing once a batch was pushed into the sink, and
    /// to the answer as JSON text at the end. Rejects with an error as JSON text.
    pub fn next(&self, sink: Sink) -> Promise {
        self.reading(Some(sink))
    }

    /// Reads to the end and resolves to the answer as JSON text.
    pub fn finish(&self) -> Promise {
        self.reading(None)
    }

    /// Ends the call. A read that is under way rejects as cancelled; when none
    /// is, the error is returned as JSON text.
    pub fn cancel(&self) -> Option<String> {
        self.shared.cancelled.fire();
        let call = self.shared.call.borrow_mut().take();
        call.map(|mut call| crate::json::to_string(&call.cancel()))
    }
}

impl CallHandle {
    fn new(call: Call<WebEnv>) -> Self {
        let shared = Shared {
            call: RefCell::new(Some(call)),
            cancelled: Signal::default(),
            begun: Cell::new(false),
        };
        Self {
            shared: Rc::new(shared),
        }
    }

    fn reading(&self, sink: Option<Sink>) -> Promise {
        let shared = Rc::clone(&self.shared);
        promise(Box::pin(async move { shared.read(sink).await }))
    }
}

impl Shared {
    /// Reads the next batch into a sink; without one, to the end.
    async fn read(&self, sink: Option<Sink>) -> Result<JsValue> {
        let mut call = self.taken()?;
        while let Some(events) = self.unless_cancelled(&mut call).await? {
            let Some(sink) = &sink else {
                continue;
            };
            let response = call.response();
            // A restart says nothing of who will answer.
            if !response.provider.is_empty() && !self.begun.replace(true) {
                sink.begin(&response.provider, &response.model);
            }
            self.begun
                .set(self.begun.get() && !response.provider.is_empty());
            convert::deliver(&events, sink);
            self.put_back(call);
            return Ok(JsValue::UNDEFINED);
        }
        Ok(crate::json::to_string(call.response()).into())
    }

    /// The next batch of the call; a cancellation drops the step, which aborts the fetch.
    async fn unless_cancelled(&self, call: &mut Call<WebEnv>) -> Result<Option<Events>> {
        let outcome = self.cancelled.unless_fired(call.next()).await;
        outcome.unwrap_or_else(|| Err(call.cancel()))
    }

    fn taken(&self) -> Result<Call<WebEnv>> {
        let gone = || Error::new(ErrorKind::Cancelled, "the call has ended");
        self.call.borrow_mut().take().ok_or_else(gone)
    }

    fn put_back(&self, call: Call<WebEnv>) {
        // A call cancelled while JavaScript took the batch is dropped here.
        if !self.cancelled.is_fired() {
            *self.call.borrow_mut() = Some(call);
        }
    }
}
