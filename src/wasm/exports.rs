//! What the JavaScript files of the package call. Nobody else does: the public
//! face is `types.d.ts`, and `js/aircher.js` stands in between.
//!
//! ```text
//! Client(config, host) --call(request bytes)--> CallHandle --next(sink)--> Sink.push … Sink.told
//! ```
//! Errors cross as JSON text. State is never borrowed across an await: a call
//! is taken out of its cell while it works and put back afterwards.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::books;
use super::convert;
use super::fetch::WebEnv;
use super::held::Held;
use super::host::{Host, Sink};
use super::steps;
use crate::chat::{ChatRequest, Events};
use crate::config::{self, Config, Mode, ProviderConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Model, unknown};
use crate::policy::pricing::Question;
use crate::run::{self, Call, CallOptions};

/// A configured client.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Client {
    pub(super) client: Rc<run::Client>,
    pub(super) env: WebEnv,
}

#[wasm_bindgen]
impl Client {
    /// Reads the configuration (JSON text).
    #[wasm_bindgen(constructor)]
    pub fn new(config: &str, host: Host) -> Result<Self> {
        let env = |name: &str| host.env(name);
        let origin = host.origin();
        let facts = config::Host {
            env: &env,
            page: host.page(),
            origin: origin.as_deref(),
            dangerously_allow_browser: host.dangerously_allow_browser(),
            allow_service_account_in_browser: host.allow_service_account_in_browser(),
        };
        let config = Config::from_json(config, &facts)?;
        let host = Rc::new(host);
        let ledger = books::ledger(&config, &host)?;
        let env = WebEnv::of(host.fetch(), ledger).with_host(host);
        Ok(Self {
            client: Rc::new(run::Client::new(config)),
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
    ) -> Result<CallHandle> {
        let options = CallOptions {
            stream,
            raw,
            timeouts: convert::timeouts(timeouts)?,
            ..CallOptions::default()
        };
        Ok(CallHandle::new(self.prepared(request, options)?))
    }

    /// Explains a call instead of making it; resolves to JSON text.
    pub fn explain(&self, request: &[u8]) -> Promise {
        let call = self.prepared(request, CallOptions::default());
        promise(Box::pin(async move {
            let explanation = call?.explain().await?;
            Ok(crate::json::to_string(&explanation).into())
        }))
    }

    /// Whether limits are hard: only an atomic store can hold them.
    #[wasm_bindgen(js_name = isHard)]
    pub fn is_hard(&self) -> bool {
        self.client.config.costs.mode == Mode::Hard
    }

    /// The configuration in effect as JSON, without secrets.
    pub fn shown(&self) -> String {
        crate::json::to_string(&self.client.config)
    }

    /// The configured id for an id or alias.
    #[wasm_bindgen(js_name = providerId)]
    pub fn provider_id(&self, id: &str) -> Result<String> {
        Ok(self.client.config.provider_named(id)?.id.clone())
    }

    /// The models known of one provider, or of all configured ones, as JSON.
    pub fn models(&self, id: Option<String>) -> String {
        crate::json::to_string(&self.client.known_models(id.as_deref()))
    }

    /// What its attempts came to, by configured provider, as JSON. Not before the first call:
    /// it comes with that.
    pub fn metrics(&self) -> String {
        self.client.metrics()
    }

    /// Merges models from JSON over what is known.
    #[wasm_bindgen(js_name = mergeModels)]
    pub fn merge_models(&self, json: &str) -> Result<()> {
        self.client.merge_models(json)
    }

    /// What some usage costs in US dollars; nothing where the price is not known.
    /// `asked` is JSON: `{ usage, model, factors }`.
    #[wasm_bindgen(js_name = calculateCost)]
    pub fn calculate_cost(&self, id: &str, asked: &str) -> Result<Option<f64>> {
        let asked = Question::from_json(asked)?;
        let cost = self.client.config.provider(id).and_then(|provider| {
            let known = self.known(provider, &asked.model);
            let tariff = provider.tariff(known.as_ref(), &asked.factors)?;
            tariff.cost(&asked.usage)
        });
        Ok(cost.map(|cost| cost.nanos() as f64))
    }

    /// The configured limit of a whole call in milliseconds, where there is one.
    #[wasm_bindgen(js_name = totalMs)]
    pub fn total_ms(&self) -> Option<f64> {
        self.client.config.timeouts.total_ms.map(|ms| ms as f64)
    }

    /// The context window of a model in tokens, when it is known.
    #[wasm_bindgen(js_name = tokenLimit)]
    pub fn token_limit(&self, id: &str, model: &str) -> Option<f64> {
        let known = self.known(self.client.config.provider(id)?, model)?;
        known.context_window().map(|tokens| tokens as f64)
    }

    /// What a model can do, as JSON; without a model, what the configured or default one can.
    pub fn supports(&self, id: &str, model: Option<String>) -> Option<String> {
        let provider = self.client.config.provider(id)?;
        let model = provider.model_for(model.as_deref());
        let known = model.and_then(|model| self.known(provider, model));
        let known = known.unwrap_or_else(unknown);
        Some(crate::json::to_string(&known.capabilities()))
    }
}

impl Client {
    /// What is known of a model, by the name a request would give it.
    fn known(&self, provider: &ProviderConfig, model: &str) -> Option<Model> {
        self.client.known(provider, provider.sent(model))
    }

    fn prepared(&self, request: &[u8], options: CallOptions) -> Result<Call<WebEnv>> {
        let request = ChatRequest::from_json(convert::utf8(request)?)?;
        let (env, client) = (self.env.clone(), Rc::clone(&self.client));
        Ok(Call::new(env, client, request, options))
    }
}

/// Some work as a promise that rejects with an error as JSON text. Boxed: for
/// every kind of work of its own the same code would be there once more.
pub(super) fn promise(work: Pin<Box<dyn Future<Output = Result<JsValue>>>>) -> Promise {
    future_to_promise(async { Ok(work.await?) })
}

/// One call, driven by JavaScript.
#[wasm_bindgen]
pub struct CallHandle {
    reading: Rc<Held<Box<Reading>>>,
}

/// A call, and whether its sink knows who answers.
struct Reading {
    call: Call<WebEnv>,
    begun: bool,
}

#[wasm_bindgen]
impl CallHandle {
    /// Reads on: the sink is given a batch, at the end the answer, or an error.
    pub fn next(&self, sink: Sink) {
        self.read(sink, true);
    }

    /// Reads to the end: the sink is given the answer, or an error.
    pub fn finish(&self, sink: Sink) {
        self.read(sink, false);
    }

    /// Ends the call. A read that is under way ends as cancelled; when none
    /// is, the error is returned as JSON text.
    pub fn cancel(&self) -> Option<String> {
        let reading = self.reading.end();
        reading.map(|mut reading| crate::json::to_string(&reading.call.cancel()))
    }
}

impl CallHandle {
    fn new(call: Call<WebEnv>) -> Self {
        let reading = Reading { call, begun: false };
        Self {
            reading: Rc::new(Held::new(Box::new(reading))),
        }
    }

    fn read(&self, sink: Sink, live: bool) {
        let reading = Rc::clone(&self.reading);
        steps::start(Box::pin(async move {
            match reading.read(&sink, live).await {
                Ok(None) => {}
                Ok(Some(answer)) => sink.told(&answer),
                Err(error) => sink.failed(&crate::json::to_string(&error)),
            }
        }));
    }
}

impl Held<Box<Reading>> {
    /// Reads the next batch into the sink, or the rest; the answer as JSON text once it is complete.
    async fn read(&self, sink: &Sink, live: bool) -> Result<Option<String>> {
        let gone = || Error::new(ErrorKind::Cancelled, "the call has ended");
        let mut reading = self.take().ok_or_else(gone)?;
        while let Some(events) = self.events(&mut reading.call).await? {
            if live {
                reading.deliver(&events, sink);
                self.put_back(reading);
                return Ok(None);
            }
        }
        Ok(Some(crate::json::to_string(reading.call.response())))
    }

    /// The next batch of the call.
    async fn events(&self, call: &mut Call<WebEnv>) -> Result<Option<Events>> {
        let events = self.unless_ended(call.next()).await;
        events.unwrap_or_else(|| Err(call.cancel()))
    }
}

impl Reading {
    fn deliver(&mut self, events: &Events, sink: &Sink) {
        let response = self.call.response();
        // A restart says nothing of who will answer.
        let is_known = !response.provider.is_empty();
        if is_known && !self.begun {
            sink.begin(&response.provider, &response.model);
        }
        self.begun = is_known;
        convert::deliver(events, sink);
    }
}
