//! Signing with WebCrypto. The key is imported once, into an object that does not give it out
//! again and can do nothing but sign; what was read of it is forgotten then.

use std::rc::Rc;

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::account::SigningKey;
use crate::env::unsigned;
use crate::error::{Error, Result};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = importKey)]
    fn import_key(
        format: &str,
        key: &Uint8Array,
        algorithm: &Object,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = sign)]
    fn subtle_sign(algorithm: &str, key: &JsValue, text: &Uint8Array) -> Result<Promise, JsValue>;
}

const ALGORITHM: &str = "RSASSA-PKCS1-v1_5";

/// The signature of a text.
pub(super) async fn signature(key: &SigningKey, text: &str) -> Result<Vec<u8>> {
    let key = match key.imported::<JsValue>() {
        Some(key) => key,
        None => imported(key).await?,
    };
    let text = Uint8Array::from(text.as_bytes());
    let signed = subtle_sign(ALGORITHM, &key, &text).map_err(|_| unavailable())?;
    let signature = JsFuture::from(signed).await.map_err(|_| unavailable())?;
    Ok(Uint8Array::new(&signature).to_vec())
}

async fn imported(key: &SigningKey) -> Result<Rc<JsValue>> {
    let read = key.pkcs8().ok_or_else(unavailable)?;
    let read = Uint8Array::from(read.as_slice());
    let algorithm = algorithm().map_err(|_| unavailable())?;
    let usages = Array::of1(&"sign".into());
    let promise = import_key("pkcs8", &read, &algorithm, false, &usages);
    // It has taken a copy.
    read.fill(0, 0, read.length());
    let promise = promise.map_err(|_| unavailable())?;
    let made = JsFuture::from(promise).await.map_err(|_| unreadable())?;
    let made = Rc::new(made);
    key.import(Rc::<JsValue>::clone(&made));
    Ok(made)
}

fn algorithm() -> Result<Object, JsValue> {
    let algorithm = Object::new();
    for (name, value) in [("name", ALGORITHM), ("hash", "SHA-256")] {
        Reflect::set(&algorithm, &name.into(), &value.into())?;
    }
    Ok(algorithm)
}

fn unavailable() -> Error {
    unsigned("this runtime has no WebCrypto, or this is no secure context (https, or localhost)")
}

fn unreadable() -> Error {
    unsigned("private_key is no RSA key in PKCS #8")
}
