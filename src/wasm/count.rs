//! Tokens: what `js/aircher.js` calls.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::convert;
use super::exports::{Client, promise};
use crate::chat::ChatRequest;
use crate::error::Result;
use crate::run::{count_tokens, estimate_tokens};

#[wasm_bindgen]
impl Client {
    /// About how many tokens the input of a request (JSON text in UTF-8) is; `bare`: its content alone.
    #[wasm_bindgen(js_name = estimateTokens)]
    pub fn estimate_tokens(&self, id: &str, request: &[u8], bare: bool) -> Result<f64> {
        let request = read(request)?;
        request.check()?;
        let provider = self.client.config.provider(id);
        let tokens = provider.map_or(0, |provider| estimate_tokens(provider, &request, bare));
        Ok(tokens as f64)
    }

    /// Asks the provider for the same; resolves to the number.
    #[wasm_bindgen(js_name = countTokens)]
    pub fn count_tokens(&self, id: String, request: &[u8], timeouts: Option<String>) -> Promise {
        let (env, client) = (self.env.clone(), Rc::clone(&self.client));
        let request = read(request);
        promise(Box::pin(async move {
            let timeouts = convert::timeouts(timeouts)?;
            let tokens = count_tokens(env, client, &id, request?, timeouts).await?;
            Ok((tokens as f64).into())
        }))
    }

    /// The model a provider is asked for where nobody names one; empty where it would be asked itself.
    #[wasm_bindgen(js_name = modelOf)]
    pub fn model_of(&self, id: &str, model: Option<String>) -> Option<String> {
        let model = self.client.config.provider(id)?.model_for(model.as_deref());
        Some(model.unwrap_or_default().to_string())
    }
}

fn read(request: &[u8]) -> Result<ChatRequest> {
    ChatRequest::from_json(convert::utf8(request)?)
}
