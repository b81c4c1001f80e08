//! One token for all calls of an account: the first who needs another one gets it, the
//! others wait for what comes of that.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::ServiceAccount;
use crate::error::{Error, Result};
use crate::http::Secret;

/// A token, and how long it is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The access token, which goes where a key would.
    pub token: Secret,
    /// When to get another one, in milliseconds since 1970.
    pub fresh_until_ms: u64,
}

/// The token in use, and who waits for another.
#[derive(Default)]
pub struct Tokens {
    held: RefCell<Option<Held>>,
    /// Since when somebody asks, in milliseconds since 1970.
    asking_ms: Cell<Option<u64>>,
    /// How often somebody has asked.
    rounds: Cell<u64>,
    /// Why the last one got none.
    failure: RefCell<Option<Error>>,
    waiting: RefCell<Vec<Waker>>,
}

/// What a call that needs a token does.
#[derive(Debug)]
pub enum Turn {
    /// Asks for it.
    Ask(Flight),
    /// Waits for who does.
    Wait(Waiting),
}

impl Tokens {
    /// The token, unless it is about to expire.
    #[must_use]
    pub fn fresh(&self, wall_ms: u64) -> Option<Secret> {
        let held = self.held.borrow();
        let fresh = held.as_ref().filter(|held| wall_ms < held.fresh_until_ms);
        fresh.map(|held| held.token.clone())
    }

    /// Forgets a token that was refused, unless there is another one already.
    pub fn reject(&self, token: &Secret) {
        let mut held = self.held.borrow_mut();
        if held.as_ref().is_some_and(|held| held.token == *token) {
            *held = None;
        }
    }

    /// Keeps a token.
    pub fn keep(&self, held: &Held) {
        *self.held.borrow_mut() = Some(held.clone());
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Whose turn it is. Who asks is given some seconds: a request may die without a word.
#[must_use]
pub fn turn(account: &Rc<ServiceAccount>, wall_ms: u64) -> Turn {
    let tokens = &account.tokens;
    let since = tokens.asking_ms.get();
    if since.is_some_and(|since| wall_ms.saturating_sub(since) < PATIENCE_MS) {
        return Turn::Wait(Waiting {
            account: Rc::clone(account),
            round: tokens.rounds.get(),
        });
    }
    tokens.asking_ms.set(Some(wall_ms));
    Turn::Ask(Flight(Rc::clone(account)))
}

/// How long others wait for the one who asks: as long as a token endpoint has by default.
const PATIENCE_MS: u64 = 15_000;

/// The one who asks. Dropped before its end, the next one asks instead.
#[derive(Debug)]
pub struct Flight(Rc<ServiceAccount>);

impl Flight {
    /// Tells all who wait what has come of it.
    ///
    /// # Errors
    /// What it was given.
    pub fn ended(self, result: Result<Held>) -> Result<Secret> {
        let tokens = &self.0.tokens;
        *tokens.failure.borrow_mut() = result.as_ref().err().map(same);
        let held = result?;
        tokens.keep(&held);
        Ok(held.token)
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let tokens = &self.0.tokens;
        tokens.asking_ms.set(None);
        tokens.rounds.set(tokens.rounds.get() + 1);
        let waiting = std::mem::take(&mut *tokens.waiting.borrow_mut());
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// Waits for the one who asks.
#[derive(Debug)]
pub struct Waiting {
    account: Rc<ServiceAccount>,
    round: u64,
}

impl Waiting {
    /// What has come of it, if it is over: the failure of the one who asked; without, there is a
    /// token, or it is one's own turn.
    #[must_use]
    pub fn outcome(&self) -> Option<Result<()>> {
        let tokens = &self.account.tokens;
        if tokens.rounds.get() == self.round {
            return None;
        }
        let failure = tokens.failure.borrow();
        Some(failure.as_ref().map_or(Ok(()), |error| Err(same(error))))
    }
}

impl Future for Waiting {
    type Output = Result<()>;
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        if let Some(outcome) = self.outcome() {
            return Poll::Ready(outcome);
        }
        let waiting = &self.account.tokens.waiting;
        waiting.borrow_mut().push(context.waker().clone());
        Poll::Pending
    }
}

/// An error of the exchange for another call. Nothing of an answer is in it.
fn same(error: &Error) -> Error {
    let mut same = Error::new(error.kind, &*error.message).billed(error.billed);
    same.code.clone_from(&error.code);
    same.status = error.status;
    same.retryable = error.retryable;
    same.retry_after_ms = error.retry_after_ms;
    same.hint.clone_from(&error.hint);
    same.provider_message.clone_from(&error.provider_message);
    same
}
