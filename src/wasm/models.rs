//! Models as providers list them: what `js/aircher.js` calls.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::exports::{Client, promise};
use crate::run::list_models;

#[wasm_bindgen]
impl Client {
    /// Asks a provider for its models; resolves to them as JSON text.
    #[wasm_bindgen(js_name = listModels)]
    pub fn list_models(&self, id: String) -> Promise {
        let (env, client) = (self.env.clone(), Rc::clone(&self.client));
        promise(Box::pin(async move {
            let models = list_models(env, client, &id).await?;
            Ok(crate::json::to_string(&models).into())
        }))
    }
}
