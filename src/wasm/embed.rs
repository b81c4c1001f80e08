//! Embeddings: what `js/aircher.js` calls.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::convert;
use super::exports::{Client, promise};
use super::signal::Signal;
use crate::chat::{EmbedRequest, EmbedResponse};
use crate::error::{Billed, Error, ErrorKind, Result};
use crate::run::{CallOptions, embed};

type Work = Pin<Box<dyn Future<Output = Result<EmbedResponse>>>>;

/// A request for embeddings, driven by JavaScript as a call is.
#[wasm_bindgen]
#[allow(missing_debug_implementations)]
pub struct EmbedHandle {
    /// Taken by `finish`.
    work: std::cell::RefCell<Option<Work>>,
    cancelled: Signal,
}

#[wasm_bindgen]
impl Client {
    /// Prepares a request from its JSON text in UTF-8; nothing is sent yet.
    pub fn embed(&self, request: &[u8], timeouts: Option<String>) -> Result<EmbedHandle, JsValue> {
        let work = self.embedding(request, timeouts);
        work.map(EmbedHandle::new)
            .map_err(|error| convert::error(&error))
    }
}

impl Client {
    fn embedding(&self, request: &[u8], timeouts: Option<String>) -> Result<Work> {
        let text = std::str::from_utf8(request)
            .map_err(|error| Error::invalid_request("request", error))?;
        let request = EmbedRequest::from_json(text)?;
        let mut options = CallOptions::default();
        if let Some(text) = timeouts {
            options.timeouts = convert::timeouts(&text)?;
        }
        let (env, config) = (self.env.clone(), Rc::clone(&self.config));
        Ok(Box::pin(embed(env, config, request, options)))
    }
}

#[wasm_bindgen]
impl EmbedHandle {
    /// Resolves to the vectors as JSON text. Rejects with an error as JSON text.
    pub fn finish(&self) -> Promise {
        let (work, cancelled) = (self.work.borrow_mut().take(), self.cancelled.clone());
        promise(Box::pin(async move {
            let answer = cancelled.unless_fired(work.ok_or_else(stopped)?).await;
            let answer = answer.unwrap_or_else(|| Err(stopped()))?;
            Ok(crate::json::to_string(&answer).into())
        }))
    }

    /// Ends it: what is under way is dropped, which aborts its request and books what it may cost.
    pub fn cancel(&self) -> Option<String> {
        self.cancelled.fire();
        self.work.borrow_mut().take();
        None
    }
}

impl EmbedHandle {
    fn new(work: Work) -> Self {
        Self {
            work: Some(work).into(),
            cancelled: Signal::default(),
        }
    }
}

fn stopped() -> Error {
    Error::new(ErrorKind::Cancelled, "the request was cancelled").billed(Billed::Unknown)
}
