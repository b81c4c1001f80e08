//! Managing models: what `js/ollama.js` calls.
//!
//! ```text
//! client.errand(…) --> Work --next()--> the answer as JSON text      list, show, copy …
//!                           --next()--> progress as JSON text …      pull, create
//! Digest --push(bytes)--> finish() -> "sha256:…"                    files
//! ```

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::exports::Client;
use super::work::{Kind, Work, gone};
use crate::config::CallTimeouts;
use crate::error::Result;
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
    ) -> Result<Work> {
        let operation = Operation::named(operation).ok_or_else(gone)?;
        let (mut env, client) = (self.env.clone(), Rc::clone(&self.client));
        let mut timeouts = CallTimeouts::default();
        if let Some(body) = body {
            env = env.with_body(body);
            // The head comes behind the last byte, whenever that is.
            timeouts.first_byte_ms = Some(1 << 52);
        }
        if operation.is_task() {
            let task = Task::new(env, client, id, (operation, asked), timeouts)?;
            return Ok(Work::new(Kind::Task(Box::new(task))));
        }
        let id = id.to_string();
        Ok(Work::new(Kind::Once(Box::pin(async move {
            manage(env, client, &id, operation, &asked, timeouts).await
        }))))
    }

    /// What is asked of the server to make a model of such a kind (JSON text), with names in the place of digests.
    #[wasm_bindgen(js_name = planned)]
    pub fn planned(&self, id: &str, spec: &str) -> Result<String> {
        let provider = self.client.config.provider(id);
        let admin = provider.and_then(|provider| provider.kind.admin());
        admin.map_or_else(|| Err(gone()), |admin| admin.plan(spec))
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
