//! What is asked of a server besides chats: what `js/ollama.js` and `js/aircher.js` drive.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::exports::promise;
use super::fetch::WebEnv;
use super::held::Held;
use crate::error::{Error, ErrorKind, Result};
use crate::run::Task;

/// Something that is asked of a server.
#[wasm_bindgen]
pub struct Work {
    kind: Rc<Held<Kind>>,
}

/// How it is answered.
pub(super) enum Kind {
    /// At once.
    Once(Pin<Box<dyn Future<Output = Result<String>>>>),
    /// Bit by bit.
    Task(Box<Task<WebEnv>>),
}

#[wasm_bindgen]
impl Work {
    /// Goes on: resolves to JSON text, or to nothing at the end. Rejects with an error as JSON text.
    pub fn next(&self) -> Promise {
        let kind = Rc::clone(&self.kind);
        promise(Box::pin(async move {
            let told = kind.next().await?;
            Ok(told.map_or(JsValue::UNDEFINED, JsValue::from))
        }))
    }

    /// Closes the connection. A step that is under way rejects as cancelled.
    pub fn cancel(&self) {
        self.kind.end();
    }
}

impl Work {
    /// Nothing is sent before the first step.
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind: Rc::new(Held::new(kind)),
        }
    }
}

impl Held<Kind> {
    async fn next(&self) -> Result<Option<String>> {
        let Some(kind) = self.take() else {
            return Ok(None);
        };
        let step = self.unless_ended(kind.next()).await;
        let (told, rest) = step.unwrap_or_else(|| Err(gone()))?;
        if let Some(rest) = rest {
            self.put_back(rest);
        }
        Ok(told)
    }
}

impl Kind {
    /// The next text, and what may have more.
    async fn next(self) -> Result<(Option<String>, Option<Self>)> {
        match self {
            Self::Once(answer) => Ok((Some(answer.await?), None)),
            Self::Task(mut task) => {
                let told = task.next().await?;
                Ok((told, Some(Self::Task(task))))
            }
        }
    }
}

/// What has no more to say.
pub(super) fn gone() -> Error {
    Error::new(ErrorKind::Cancelled, "this has ended")
}
