//! Embeddings: what `js/aircher.js` calls.

use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::convert;
use super::exports::Client;
use super::work::{Kind, Work};
use crate::chat::EmbedRequest;
use crate::error::Result;
use crate::json::to_string;
use crate::run::{CallOptions, embed};

#[wasm_bindgen]
impl Client {
    /// Prepares a request from its JSON text in UTF-8; nothing is sent yet. Its answer is the vectors as JSON text.
    pub fn embed(&self, request: &[u8], timeouts: Option<String>) -> Result<Work> {
        let request = EmbedRequest::from_json(convert::utf8(request)?)?;
        let options = CallOptions {
            timeouts: convert::timeouts(timeouts)?,
            ..CallOptions::default()
        };
        let answer = embed(self.env.clone(), Rc::clone(&self.client), request, options);
        Ok(Work::new(Kind::Once(Box::pin(async move {
            Ok(to_string(&answer.await?))
        }))))
    }
}
