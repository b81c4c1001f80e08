//! A flag that wakes whoever waits for it: how a cancellation reaches a pending read.

use std::cell::RefCell;
use std::future::Future;
#[cfg(feature = "js")]
use std::future::poll_fn;
use std::pin::Pin;
#[cfg(feature = "js")]
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// The flag. It fires once.
#[derive(Clone, Debug, Default)]
pub(super) struct Signal(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    fired: bool,
    waker: Option<Waker>,
}

impl Signal {
    /// Fires and wakes the one who waits.
    pub(super) fn fire(&self) {
        let waker = {
            let mut state = self.0.borrow_mut();
            state.fired = true;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// What some work comes to; nothing when the signal fires first, which drops the work.
    #[cfg(feature = "js")]
    pub(super) async fn unless_fired<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        let mut fired = self.wait();
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Some(done));
            }
            Pin::new(&mut fired).poll(context).map(|()| None)
        })
        .await
    }

    /// A future that ends when it fires.
    pub(super) fn wait(&self) -> Waiting {
        Waiting(Rc::clone(&self.0))
    }
}

/// Waits for a [`Signal`].
#[derive(Debug)]
pub(super) struct Waiting(Rc<RefCell<State>>);

impl Future for Waiting {
    type Output = ();
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.borrow_mut();
        if state.fired {
            return Poll::Ready(());
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
