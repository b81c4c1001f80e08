//! The ledger's store in JavaScript: any object with `update` and `scan` (types.d.ts, `LedgerStore`).
//!
//! The core's work runs inside the store's own transaction, as a synchronous
//! function of the documents: nothing is awaited there, so no transaction
//! commits behind our back.

use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::error::{Error, Result};
use crate::ledger::Memory;
use crate::ledger::{Caps, Docs, Shared, Store, Work};

#[wasm_bindgen]
extern "C" {
    /// The object.
    #[derive(Clone, Debug)]
    pub type LedgerStore;

    #[wasm_bindgen(method, catch)]
    fn update(this: &LedgerStore, keys: &Array, work: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn scan(
        this: &LedgerStore,
        prefix: &str,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Promise, JsValue>;
}

/// Where a ledger lives on the web.
#[derive(Clone, Debug)]
pub enum WebStore {
    /// In this instance's memory.
    Memory(Memory),
    /// In an object with `update` and `scan`.
    Object(ObjectStore),
}

impl WebStore {
    /// A store for an object with `update` and `scan`; `live` is asked for the ids of all
    /// owners that live, and resolves to a list of strings or to nothing.
    #[must_use]
    pub fn new(object: LedgerStore, live: Option<Function>) -> Self {
        Self::Object(ObjectStore { object, live })
    }
}

impl Store for WebStore {
    async fn update(&self, keys: &[String], work: Work) -> Result<()> {
        match self {
            Self::Memory(memory) => memory.update(keys, work).await,
            Self::Object(object) => object.update(keys, work).await,
        }
    }

    async fn scan(
        &self,
        prefix: &str,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Vec<(String, String)>> {
        match self {
            Self::Memory(memory) => memory.scan(prefix, limit, after).await,
            Self::Object(object) => object.scan(prefix, limit, after).await,
        }
    }

    async fn apply(&self, op_json: &str) -> Result<Option<String>> {
        match self {
            Self::Memory(_) => Ok(None),
            Self::Object(object) => object.apply(op_json).await,
        }
    }

    async fn live(&self) -> Option<Vec<String>> {
        match self {
            Self::Memory(_) => None,
            Self::Object(object) => object.live().await,
        }
    }

    fn caps(&self) -> Caps {
        match self {
            Self::Memory(memory) => memory.caps(),
            Self::Object(object) => object.caps(),
        }
    }
}

/// A store in JavaScript.
#[derive(Clone, Debug)]
pub struct ObjectStore {
    object: LedgerStore,
    /// Tells which owners live, where the host can.
    live: Option<Function>,
}

impl ObjectStore {
    fn member(&self, name: &str) -> JsValue {
        Reflect::get(&self.object, &name.into()).unwrap_or_default()
    }
}

impl Store for ObjectStore {
    async fn update(&self, keys: &[String], mut work: Work) -> Result<()> {
        let names = Array::new();
        for key in keys {
            names.push(&JsValue::from_str(key));
        }
        let keys = keys.to_vec();
        let run = Closure::<dyn FnMut(Object) -> Object>::new(move |docs: Object| {
            let mut read = Vec::new();
            for key in &keys {
                read.push((key.clone(), text(&docs, key)));
            }
            written(work(&Docs::new(read)))
        });
        settled(self.object.update(&names, run.as_ref()))
            .await
            .map(drop)
    }

    async fn scan(
        &self,
        prefix: &str,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Vec<(String, String)>> {
        let pairs: Array = settled(self.object.scan(prefix, limit as u32, after))
            .await?
            .unchecked_into();
        let part = |pair: &Array, at| pair.get(at).as_string().unwrap_or_default();
        let mut page = Vec::new();
        for at in 0..pairs.length() {
            let pair: Array = pairs.get(at).unchecked_into();
            page.push((part(&pair, 0), part(&pair, 1)));
        }
        Ok(page)
    }

    async fn apply(&self, op_json: &str) -> Result<Option<String>> {
        let apply: Function = self.member("apply").unchecked_into();
        let op = JSON::parse(op_json).unwrap_or_default();
        let promise = apply
            .call1(&self.object, &op)
            .map(|value| Promise::resolve(&value));
        let outcome = settled(promise).await?;
        Ok(JSON::stringify(&outcome)
            .ok()
            .map(String::from)
            .filter(|_| outcome.is_object()))
    }

    async fn live(&self) -> Option<Vec<String>> {
        let promise = self.live.as_ref()?.call0(&JsValue::UNDEFINED).ok()?;
        let owners = JsFuture::from(Promise::resolve(&promise)).await.ok()?;
        let owners: Array = owners.dyn_into().ok()?;
        let mut live = Vec::new();
        for at in 0..owners.length() {
            if let Some(owner) = owners.get(at).as_string() {
                live.push(owner);
            }
        }
        Some(live)
    }

    fn caps(&self) -> Caps {
        Caps {
            atomic: true,
            shared: Shared::Global,
            durable: true,
            native: self.member("apply").is_function(),
        }
    }
}

fn text(docs: &Object, key: &str) -> Option<String> {
    Reflect::get(docs, &key.into()).ok()?.as_string()
}

/// `{ writes: [[key, text or null]], out: undefined }`
fn written(writes: Vec<(String, Option<String>)>) -> Object {
    let pairs = Array::new();
    for (key, doc) in writes {
        let doc = doc.map_or(JsValue::NULL, JsValue::from);
        pairs.push(&Array::of2(&key.into(), &doc));
    }
    let answer = Object::new();
    // Setting a field of a fresh object cannot fail.
    Reflect::set(&answer, &"writes".into(), &pairs).ok();
    answer
}

async fn settled(promise: Result<Promise, JsValue>) -> Result<JsValue> {
    let outcome = match promise {
        Ok(promise) => JsFuture::from(promise).await,
        Err(error) => Err(error),
    };
    outcome.map_err(|error| {
        let member = |name: &str| Reflect::get(&error, &name.into()).ok()?.as_string();
        let code = member("code").unwrap_or_else(|| "ledger_unavailable".into());
        Error::ledger(&code, member("message").unwrap_or_default())
    })
}
