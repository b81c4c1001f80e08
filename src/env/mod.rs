//! What a call needs of its host: send, sleep, now, random, keys, and somebody who listens.
//!
//! The browser shell implements [`Env`] with fetch and timers; the tests
//! implement it with a script and virtual time. No `Send` bounds: wasm has one
//! thread, and so has a test.

mod notice;

use std::future::Future;
use std::pin::Pin;

#[cfg(feature = "vertex")]
use crate::account::SigningKey;
#[cfg(feature = "vertex")]
use crate::error::Error;
use crate::error::Result;
use crate::http::{Header, HttpRequest, ResponseHead, Secret};
use crate::ledger::{Ledger, Store};
use crate::policy::cache::Room;
use crate::policy::reach::Vantage;

pub use self::notice::Notice;

/// The host of a call.
///
/// ```
/// use std::{future::{Future, Ready, ready}, pin::Pin, rc::Rc};
/// use aircher_llm::env::{Body, Env, KeyReason, Notice, Verdict};
/// use aircher_llm::error::Result;
/// use aircher_llm::http::{HttpRequest, ResponseHead, Secret};
/// use aircher_llm::ledger::{Ledger, Memory, Setup, fixed_names};
///
/// /// A host for a test: its server always says the same, its clock stands still.
/// #[derive(Clone)]
/// struct Always(&'static str, Rc<Ledger<Memory>>);
///
/// struct Said(Option<Vec<u8>>);
/// impl Body for Said {
///     async fn chunk(&mut self) -> Result<Option<Vec<u8>>> { Ok(self.0.take()) }
/// }
///
/// impl Env for Always {
///     type Body = Said;
///     type Sleep = Ready<()>;
///     type Store = Memory;
///     async fn send(&self, _: HttpRequest) -> Result<(ResponseHead, Said)> {
///         let head = ResponseHead { status: 200, ..ResponseHead::default() };
///         Ok((head, Said(Some(self.0.into()))))
///     }
///     fn sleep(&self, _: u64) -> Ready<()> { ready(()) }
///     fn now_ms(&self) -> f64 { 0.0 }
///     fn wall_ms(&self) -> u64 { 1_795_392_000_000 }
///     fn ledger(&self) -> &Ledger<Memory> { &self.1 }
///     fn detach(&self, _: Pin<Box<dyn Future<Output = ()>>>) {}
///     fn random(&self) -> u64 { 7 }
///     async fn key(&self, _: &str, _: KeyReason) -> Result<Option<Secret>> { Ok(None) }
///     fn notify(&self, _: Notice<'_>) -> Verdict { Verdict::Proceed }
/// }
///
/// let names = Some(fixed_names("me", "books"));
/// let books = Ledger::new(Memory::default(), Setup { names, ..Setup::default() });
/// let env = Always(r#"{"models":[]}"#, Rc::new(books));
/// # let asking = std::pin::pin!(async {
/// let (head, mut body) = env.send(HttpRequest::get("http://localhost:11434/api/tags".into())).await?;
/// assert!(head.is_success());
/// assert_eq!(body.chunk().await?, Some(br#"{"models":[]}"#.to_vec()));
/// # Result::<()>::Ok(()) });
/// # let done = asking.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
/// # assert!(matches!(done, std::task::Poll::Ready(Ok(()))));
/// ```
#[allow(async_fn_in_trait)]
pub trait Env: Clone + 'static {
    /// The body of an answer.
    type Body: Body;
    /// A running timer; dropping it stops it.
    type Sleep: Future<Output = ()> + Unpin;
    /// Where the books are kept.
    type Store: Store;

    /// Sends a request and waits for the head of the answer. Dropping the future aborts.
    ///
    /// # Errors
    /// `network_error` when nothing came back.
    async fn send(&self, request: HttpRequest) -> Result<(ResponseHead, Self::Body)>;

    /// Waits so many milliseconds; somewhat longer does no harm.
    fn sleep(&self, ms: u64) -> Self::Sleep;

    /// Milliseconds of a clock that never goes back.
    fn now_ms(&self) -> f64;

    /// Milliseconds since 1970 of the clock on the wall, which may be set.
    fn wall_ms(&self) -> u64;

    /// The books: what was reserved, and what was spent.
    fn ledger(&self) -> &Ledger<Self::Store>;

    /// Lets some work go on after its call has ended: settling what it cost, and answers worth keeping.
    fn detach(&self, work: Pin<Box<dyn Future<Output = ()>>>);

    /// Random bits: for ids and waits. No secret depends on them.
    fn random(&self) -> u64;

    /// Asks the user's key function of a provider for which
    /// [`KeySource::Function`](crate::config::KeySource::Function) is configured.
    ///
    /// # Errors
    /// `authentication` when it fails or returns no key.
    async fn key(&self, provider: &str, reason: KeyReason) -> Result<Option<Secret>>;

    /// Signs a text as `RS256`: RSASSA-PKCS1-v1_5 with SHA-256.
    ///
    /// # Errors
    /// `authentication`, code `no_signature`, where the host cannot.
    #[cfg(feature = "vertex")]
    async fn sign(&self, key: &SigningKey, text: &str) -> Result<Vec<u8>> {
        let _ = (key, text);
        Err(unsigned("this host signs nothing"))
    }

    /// Whether this client may try a provider that was out: one at a time of all that can
    /// hear of each other. Its end is [`Notice::Tried`].
    async fn may_try(&self, provider: &str) -> bool {
        let _ = provider;
        true
    }

    /// Whether there is a place for answers that outlives this client. Without one they are
    /// kept in its memory.
    fn has_shelf(&self) -> bool {
        false
    }

    /// The answer that lies there under a name.
    ///
    /// # Errors
    /// Whatever is wrong with the place; the call goes on without.
    async fn recall(&self, name: &str) -> Result<Option<String>> {
        let _ = name;
        Ok(None)
    }

    /// Puts an answer there, in the place of what was not used for longest.
    ///
    /// # Errors
    /// As for [`Env::recall`].
    async fn keep(&self, name: &str, text: &str, room: Room) -> Result<()> {
        let _ = (name, text, room);
        Ok(())
    }

    /// Whether a call may wait for what another one does. Some hosts end a request that waits
    /// for another one's promise.
    fn may_wait(&self) -> bool {
        true
    }

    /// Where requests are sent from.
    fn vantage(&self) -> Vantage {
        Vantage::default()
    }

    /// Tells those who listen; only [`Notice::Request`] may be answered, to anything else the verdict means nothing.
    fn notify(&self, notice: Notice<'_>) -> Verdict;
}

/// The error of a host that cannot sign.
#[cfg(feature = "vertex")]
pub(crate) fn unsigned(problem: &str) -> Error {
    let problem = crate::text::concat(&["a service account needs a signature: ", problem]);
    Error::new(crate::error::ErrorKind::Authentication, problem)
        .code("no_signature")
        .hint("give `access_token`, a function that returns a token, in its place")
}

/// The bytes of an answer.
#[allow(async_fn_in_trait)]
pub trait Body {
    /// The next bytes, cut anywhere; `None` at the end. Dropping the body closes the connection.
    ///
    /// # Errors
    /// `network_error` when the connection broke.
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>>;
}

/// Why a key is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyReason {
    /// For the first time.
    Initial,
    /// The last one has expired.
    Expired,
    /// The provider refused the last one.
    Rejected,
}

impl KeyReason {
    /// The reason's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
        }
    }
}

/// What a listener says to a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Verdict {
    /// Go on.
    #[default]
    Proceed,
    /// Go on with these further headers.
    Headers(Vec<Header>),
    /// Stop, and why.
    Veto(String),
}
