//! What the JavaScript files of the package call. Nobody else does: the public
//! face is `types.d.ts`, and `js/aircher.js` stands in between.
//!
//! ```text
//! Client(config, host) --call(request bytes)--> CallHandle --next()--> Sink.push … response JSON
//! ```
//! Errors cross as JSON text. State is never borrowed across an await: a call
//! is taken out of its cell while it works and put back afterwards.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::{Either, select};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::convert;
use super::fetch::WebEnv;
use super::host::{Host, Sink};
use super::signal::Signal;
use crate::chat::ChatRequest;
use crate::config::{self, CallTimeouts, Config, ProviderConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{self, Capabilities};
use crate::run::{Call, CallOptions};

/// A configured client.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Client {
    config: Rc<Config>,
    env: WebEnv,
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
        };
        let config = Config::from_json(config, &facts).map_err(|error| convert::error(&error))?;
        let env = WebEnv::with_fetch(host.fetch()).with_host(Rc::new(host));
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
    ) -> Result<CallHandle, JsValue> {
        self.prepared(request, stream, timeouts)
            .map_err(|error| convert::error(&error))
    }

    /// The configured id for an id or alias; nothing when it is not configured.
    #[wasm_bindgen(js_name = providerId)]
    pub fn provider_id(&self, id: &str) -> Option<String> {
        self.config.provider(id).map(|provider| provider.id.clone())
    }

    /// The models the table has for a provider, as JSON.
    pub fn models(&self, id: &str) -> Option<String> {
        let provider = self.config.provider(id)?;
        let kind = provider.kind.profile().id;
        let models: Vec<_> = model::all()
            .filter(|model| model.kind() == kind)
            .map(|model| model.info(&provider.id))
            .collect();
        Some(crate::json::to_string(&models))
    }

    /// The context window of a model in tokens, when it is known.
    #[wasm_bindgen(js_name = tokenLimit)]
    pub fn token_limit(&self, id: &str, model: &str) -> Option<f64> {
        let kind = self.config.provider(id)?.kind.profile().id;
        model::find(kind, model)?
            .context_window()
            .map(|tokens| tokens as f64)
    }

    /// What a model can do, as JSON; without a model, what the configured or default one can.
    pub fn supports(&self, id: &str, model: Option<String>) -> Option<String> {
        let provider = self.config.provider(id)?;
        let model = model.or_else(|| usual_model(provider));
        Some(crate::json::to_string(&capabilities(
            provider,
            model.as_deref(),
        )))
    }
}

impl Client {
    fn prepared(
        &self,
        request: &[u8],
        stream: bool,
        timeouts: Option<String>,
    ) -> Result<CallHandle> {
        let text = std::str::from_utf8(request)
            .map_err(|error| Error::invalid_request("request", error))?;
        let request = ChatRequest::from_json(text)?;
        let timeouts = timeouts.map_or_else(
            || Ok(CallTimeouts::default()),
            |text| convert::timeouts(&text),
        )?;
        let options = CallOptions { stream, timeouts };
        Ok(CallHandle::new(Call::new(
            self.env.clone(),
            Rc::clone(&self.config),
            request,
            options,
        )))
    }
}

fn usual_model(provider: &ProviderConfig) -> Option<String> {
    provider
        .model
        .clone()
        .or_else(|| provider.kind.profile().default_model.map(str::to_string))
}

/// A model nobody knows is trusted with everything but reasoning: the provider decides.
fn capabilities(provider: &ProviderConfig, model: Option<&str>) -> Capabilities {
    let known = model.and_then(|model| model::find(provider.kind.profile().id, model));
    let hopeful = Capabilities {
        functions: true,
        system_messages: true,
        images: true,
        thinking: false,
        json_schema: true,
    };
    known.map_or(hopeful, |model| model.capabilities())
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
        let shared = Rc::clone(&self.shared);
        future_to_promise(async move {
            shared
                .next(&sink)
                .await
                .map_err(|error| convert::error(&error))
        })
    }

    /// Reads to the end and resolves to the answer as JSON text.
    pub fn finish(&self) -> Promise {
        let shared = Rc::clone(&self.shared);
        future_to_promise(async move {
            shared
                .finish()
                .await
                .map_err(|error| convert::error(&error))
        })
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
}

impl Shared {
    async fn next(&self, sink: &Sink) -> Result<JsValue> {
        let mut call = self.taken()?;
        let events = self.unless_cancelled(&mut call, Step::Next).await?;
        let Some(events) = events else {
            return Ok(final_json(&call));
        };
        if !self.begun.replace(true) {
            sink.begin(&call.response().provider, &call.response().model);
        }
        convert::deliver(&events, sink);
        self.put_back(call);
        Ok(JsValue::UNDEFINED)
    }

    async fn finish(&self) -> Result<JsValue> {
        let mut call = self.taken()?;
        self.unless_cancelled(&mut call, Step::Finish).await?;
        Ok(final_json(&call))
    }

    /// Runs a step of the call; a cancellation drops the step, which aborts the fetch.
    async fn unless_cancelled(
        &self,
        call: &mut Call<WebEnv>,
        step: Step,
    ) -> Result<Option<crate::chat::Events>> {
        let outcome = {
            let work = std::pin::pin!(step.run(call));
            match select(work, self.cancelled.wait()).await {
                Either::Left((result, _)) => Some(result),
                Either::Right(_) => None,
            }
        };
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

#[derive(Clone, Copy)]
enum Step {
    Next,
    Finish,
}

impl Step {
    async fn run(self, call: &mut Call<WebEnv>) -> Result<Option<crate::chat::Events>> {
        match self {
            Self::Next => call.next().await,
            Self::Finish => call.finish().await.map(|_| None),
        }
    }
}

fn final_json(call: &Call<WebEnv>) -> JsValue {
    crate::json::to_string(call.response()).into()
}
