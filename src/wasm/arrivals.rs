//! What a reader gives, chunk after chunk, to two functions that are made once. A promise made
//! into a future makes two each time.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::Function;
use wasm_bindgen::prelude::*;

#[cfg(feature = "js")]
use super::steps::in_turn;

#[wasm_bindgen]
extern "C" {
    /// Reads a stream of bytes.
    #[derive(Debug)]
    pub type Reader;
    #[wasm_bindgen(method)]
    fn read(this: &Reader) -> Reading;
    #[wasm_bindgen(method)]
    pub(super) fn cancel(this: &Reader) -> js_sys::Promise;

    /// A promise of the next chunk.
    type Reading;
    #[wasm_bindgen(method)]
    fn then(this: &Reading, came: &Function, failed: &Function) -> JsValue;
}

/// What a promise came to.
type Settled = Result<JsValue, JsValue>;

/// The chunks of a reader.
#[derive(Debug)]
pub(super) struct Arrivals {
    pub(super) reader: Reader,
    slot: Rc<Slot>,
    came: Function,
    failed: Function,
}

#[derive(Debug, Default)]
struct Slot {
    /// A read is under way. Who stopped waiting for it finds what it came to later.
    is_asked: Cell<bool>,
    settled: RefCell<Option<Settled>>,
    waker: RefCell<Option<Waker>>,
}

impl Arrivals {
    pub(super) fn of(reader: Reader) -> Self {
        let slot = Rc::default();
        Self {
            reader,
            came: settling(&slot, Ok),
            failed: settling(&slot, Err),
            slot,
        }
    }

    /// What the next read comes to.
    pub(super) async fn next(&self) -> Settled {
        if !self.slot.is_asked.replace(true) {
            self.reader.read().then(&self.came, &self.failed);
        }
        poll_fn(|context| self.slot.poll(context)).await
    }
}

/// A function that fills the slot. Its closure is freed with it, by the collector: a reader
/// that is let go of may settle its last promise later.
fn settling(slot: &Rc<Slot>, settled: fn(JsValue) -> Settled) -> Function {
    let slot = Rc::clone(slot);
    let settle = Closure::<dyn Fn(JsValue)>::new(move |value| slot.fill(settled(value)));
    settle.into_js_value().unchecked_into()
}

impl Slot {
    fn fill(&self, settled: Settled) {
        *self.settled.borrow_mut() = Some(settled);
        if let Some(waker) = self.waker.take() {
            in_turn(|| waker.wake());
        }
    }

    fn poll(&self, context: &Context<'_>) -> Poll<Settled> {
        if let Some(settled) = self.settled.take() {
            self.is_asked.set(false);
            return Poll::Ready(settled);
        }
        *self.waker.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    }
}

/// Apps in Rust run their futures themselves.
#[cfg(not(feature = "js"))]
fn in_turn(rings: impl FnOnce()) {
    rings();
}
