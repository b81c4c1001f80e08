//! `setTimeout` as a future. Dropping it clears the timer and frees its closure.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use wasm_bindgen::prelude::*;

use super::signal::{Signal, Waiting};

#[wasm_bindgen]
extern "C" {
    // `setTimeout` returns a number in browsers and an object in Node.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Closure<dyn FnMut()>, ms: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: &JsValue);
}

/// A running timer.
#[derive(Debug)]
pub struct Sleep {
    fired: Waiting,
    id: JsValue,
    _callback: Closure<dyn FnMut()>,
}

impl Sleep {
    pub(super) fn new(ms: u64) -> Self {
        let signal = Signal::default();
        let fired = signal.wait();
        let callback = Closure::new(move || signal.fire());
        // A longer wait would overflow to none at all; whoever waits looks at the clock again.
        let id = set_timeout(&callback, ms.min(i32::MAX as u64) as f64);
        Self {
            fired,
            id,
            _callback: callback,
        }
    }
}

impl Future for Sleep {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.fired).poll(context)
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        clear_timeout(&self.id);
    }
}
