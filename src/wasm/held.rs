//! What JavaScript drives step by step and may end at any time: out of its cell while a step works
//! on it, so that nothing is borrowed across an await.
//!
//! ```text
//! take --> unless_ended(step) --> put_back      end: drops the step, or what waits for the next one
//! ```

use std::cell::RefCell;
use std::future::Future;

use super::signal::Signal;

/// Something that is worked on in steps.
pub(super) struct Held<T> {
    /// Empty while a step is under way, and behind the last one.
    inner: RefCell<Option<T>>,
    ended: Signal,
}

impl<T> Held<T> {
    pub(super) fn new(inner: T) -> Self {
        Self {
            inner: RefCell::new(Some(inner)),
            ended: Signal::default(),
        }
    }

    /// Takes it for a step.
    pub(super) fn take(&self) -> Option<T> {
        self.inner.borrow_mut().take()
    }

    /// What a step comes to; nothing when it was ended meanwhile: the step is dropped, which
    /// aborts its fetch.
    pub(super) async fn unless_ended<S>(&self, step: impl Future<Output = S>) -> Option<S> {
        self.ended.unless_fired(step).await
    }

    /// Puts it back for the next step, or for who ended it while JavaScript took the outcome.
    pub(super) fn put_back(&self, inner: T) {
        *self.inner.borrow_mut() = Some(inner);
    }

    /// Ends it. A step that is under way comes to nothing; when none is, this is what it was about.
    /// May be asked again, behind a step that had come to its end all the same.
    pub(super) fn end(&self) -> Option<T> {
        self.ended.fire();
        self.take()
    }
}
