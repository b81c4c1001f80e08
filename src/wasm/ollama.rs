//! Managing models: what `js/ollama.js` calls.
//!
//! ```text
//! client.errand(…) --> Work --next()--> the answer as JSON text      list, show, copy …
//!                           --next()--> progress as JSON text …      pull, create
//! Digest --push(bytes)--> finish() -> "sha256:…"                    files
//! ```

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use super::convert;
use super::exports::{Client, promise};
use super::fetch::WebEnv;
use super::signal::Signal;
use crate::config::{CallTimeouts, Config};
use crate::error::{Error, ErrorKind, Result};
use crate::provider::admin::Operation;
use crate::run::{Task, manage};

#[wasm_bindgen]
impl Client {
    /// Prepares what `operation` names; nothing is sent yet. `asked` is JSON text; `body()` gives what is sent as a file.
    pub fn errand(
        &self,
        id: &str,
        operation: &str,
        asked: String,
        body: Option<Function>,
    ) -> Result<Work, JsValue> {
        let work = self.begun(id, operation, asked, body);
        work.map(Work::new).map_err(|error| convert::error(&error))
    }

    /// What is asked of the server to make a model of such a kind (JSON text), with names in the place of digests.
    #[wasm_bindgen(js_name = planned)]
    pub fn planned(&self, id: &str, spec: &str) -> Result<String, JsValue> {
        let provider = self.config.provider(id);
        let admin = provider.and_then(|provider| provider.kind.admin());
        let plan = admin.map_or_else(|| Err(gone()), |admin| admin.plan(spec));
        plan.map_err(|error| convert::error(&error))
    }
}

impl Client {
    fn begun(
        &self,
        id: &str,
        operation: &str,
        asked: String,
        body: Option<Function>,
    ) -> Result<Kind> {
        let operation = Operation::named(operation).ok_or_else(gone)?;
        let (mut env, config) = (self.env.clone(), Rc::clone(&self.config));
        let mut timeouts = CallTimeouts::default();
        if let Some(body) = body {
            env = env.with_body(body);
            // The head comes behind the last byte, whenever that is.
            timeouts.first_byte_ms = Some(1 << 52);
        }
        if operation.is_task() {
            let task = Task::new(env, config, id, (operation, asked), timeouts)?;
            return Ok(Kind::Task(Box::new(task)));
        }
        Ok(Kind::Once(Box::new(Once {
            env,
            config,
            id: id.to_string(),
            operation,
            asked,
            timeouts,
        })))
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::Cancelled, "this has ended")
}

/// Something that is asked of a server.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Work {
    shared: Rc<Shared>,
}

struct Shared {
    /// Empty while a step is under way.
    kind: RefCell<Option<Kind>>,
    cancelled: Signal,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

enum Kind {
    Once(Box<Once>),
    Task(Box<Task<WebEnv>>),
}

/// What is answered at once.
struct Once {
    env: WebEnv,
    config: Rc<Config>,
    id: String,
    operation: Operation,
    asked: String,
    timeouts: CallTimeouts,
}

impl Kind {
    /// The next text, and what may have more.
    async fn next(self) -> Result<(Option<String>, Option<Self>)> {
        match self {
            Self::Once(once) => {
                let answer = manage(
                    once.env,
                    once.config,
                    &once.id,
                    once.operation,
                    &once.asked,
                    once.timeouts,
                );
                Ok((Some(answer.await?), None))
            }
            Self::Task(mut task) => {
                let told = task.next().await?;
                Ok((told, Some(Self::Task(task))))
            }
        }
    }
}

#[wasm_bindgen]
impl Work {
    /// Goes on: resolves to JSON text, or to nothing at the end. Rejects with an error as JSON text.
    pub fn next(&self) -> Promise {
        let shared = Rc::clone(&self.shared);
        promise(Box::pin(async move {
            let told = shared.next().await?;
            Ok(told.map_or(JsValue::UNDEFINED, JsValue::from))
        }))
    }

    /// Closes the connection. A step that is under way rejects as cancelled.
    pub fn cancel(&self) {
        self.shared.cancelled.fire();
        self.shared.kind.borrow_mut().take();
    }
}

impl Work {
    fn new(kind: Kind) -> Self {
        let shared = Shared {
            kind: RefCell::new(Some(kind)),
            cancelled: Signal::default(),
        };
        Self {
            shared: Rc::new(shared),
        }
    }
}

impl Shared {
    async fn next(&self) -> Result<Option<String>> {
        let Some(kind) = self.kind.borrow_mut().take() else {
            return Ok(None);
        };
        // A cancellation drops the step, which aborts the fetch.
        let step = self.cancelled.unless_fired(kind.next()).await;
        let (told, rest) = step.unwrap_or_else(|| Err(gone()))?;
        if !self.cancelled.is_fired() {
            *self.kind.borrow_mut() = rest;
        }
        Ok(told)
    }
}

/// The digest of a file that comes in pieces.
#[wasm_bindgen]
#[derive(Default)]
#[allow(missing_debug_implementations)]
pub struct Digest {
    hash: hmac_sha256::Hash,
}

#[wasm_bindgen]
impl Digest {
    /// Of nothing yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
    }

    /// `sha256:…` of all of them.
    pub fn finish(self) -> String {
        crate::text::concat(&["sha256:", &crate::text::hex(&self.hash.finalize())])
    }
}
