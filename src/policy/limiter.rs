//! How fast a provider is asked: requests and tokens a minute, requests at a time, pauses it asked for.
//!
//! ```text
//! ask -> Go(at)     a turn in a second that has room; whoever asked sleeps until then on a timer of its own
//!     -> Queue(ms)  others came first and all places are taken: ask again then, the place in the line is kept
//!     -> Late(ms)   not in time, nothing is kept
//! leave             the place is free; a request that was not sent is given back, tokens are corrected
//! ```
//! Turns are counted by the second. Any minute lies within 61 of them, so that no 61 hold more than the limit, and
//! no minute does. A turn that was given stays where it is: who comes later may fill a gap, and delays nobody.
//!
//! A [`Limiter`] is a document (`rate/<provider>`) that everybody who shares a store changes in turn. Times are those
//! of the clock on the wall, the only one they share.

use std::cell::Cell;

use crate::json::{self, Write, Writer, fields};

/// What the configuration allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Requests in any minute.
    pub requests: Option<u64>,
    /// Tokens in any minute, input and output.
    pub tokens: Option<u64>,
    /// Requests at a time.
    pub concurrent: Option<u64>,
}

impl Limits {
    /// Whether there is any.
    #[must_use]
    pub fn any(&self) -> bool {
        *self != Self::default()
    }
}

/// A call that wants its turn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish {
    /// What the provider's configuration allows.
    pub limits: Limits,
    /// The call's own number ([`Limiters::ticket`]).
    pub id: u64,
    /// How many tokens it will probably take.
    pub tokens: u64,
    /// A later turn is of no use.
    pub latest_ms: u64,
    /// How long its place is kept after its turn, should it never say that it leaves.
    pub lease_ms: u64,
    /// In 0..1: who waits for the same pause does not come back together.
    pub chance: f64,
}

/// A turn as it was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// When.
    pub at_ms: u64,
    /// How many tokens.
    pub tokens: u64,
}

/// What becomes of a [`Wish`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Go, once it is time.
    Go(Turn),
    /// Ask again after that many milliseconds.
    Queue(u64),
    /// There is no turn before that many milliseconds have passed.
    Late(u64),
}

/// The state of one provider's limits.
///
/// ```
/// use aircher_llm::policy::limiter::{Answer, Limiter, Limits, Turn, Wish};
///
/// let mut limiter = Limiter::default();
/// let limits = Limits { requests: Some(1), ..Limits::default() };
/// let wish = |id| Wish { limits, id, tokens: 500, latest_ms: 10_000, lease_ms: 60_000, chance: 0.0 };
/// assert_eq!(limiter.ask(&wish(1), 0), Answer::Go(Turn { at_ms: 0, tokens: 500 }));
/// // One request a minute, and this call would not wait so long.
/// assert!(matches!(limiter.ask(&wish(2), 0), Answer::Late(wait_ms) if wait_ms > 60_000));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limiter {
    /// What was counted, by the second.
    minute: Vec<Second>,
    /// Who is under way, and behind them who waits, in the order they came.
    line: Vec<Ticket>,
    /// The provider wants nothing before.
    cool_ms: u64,
}

/// Turns of one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Second {
    at: u64,
    requests: u64,
    tokens: u64,
}

/// A place in the line; void after `until_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ticket {
    id: u64,
    until_ms: u64,
}

impl Limiter {
    /// Asks for a turn. Who was told to queue asks again with the same number.
    pub fn ask(&mut self, wish: &Wish, now_ms: u64) -> Answer {
        self.tidy(now_ms);
        let turn = Turn {
            at_ms: self.next_turn(wish, now_ms),
            tokens: wish.tokens,
        };
        let is_known = self.line.iter().any(|ticket| ticket.id == wish.id);
        if turn.at_ms > wish.latest_ms || (!is_known && self.is_full(wish, now_ms)) {
            return Answer::Late((turn.at_ms - now_ms).max(QUEUE_MS));
        }
        if let Some(most) = wish.limits.concurrent
            && let Some(wait_ms) = self.queue(wish, most, now_ms, turn.at_ms)
        {
            let is_late = now_ms + wait_ms > wish.latest_ms;
            return if is_late {
                Answer::Late(wait_ms.max(QUEUE_MS))
            } else {
                Answer::Queue(wait_ms)
            };
        }
        self.count(turn);
        Answer::Go(turn)
    }

    /// Leaves the line. `used`: the tokens a request took that was sent; without, all that was counted is given back.
    pub fn leave(&mut self, id: u64, turn: Option<Turn>, used: Option<u64>) {
        self.retain(&|ticket| ticket.id != id);
        if let Some(turn) = turn {
            self.correct(turn, used);
        }
    }

    /// Gives a turn back for another one, in the same place of the line.
    pub fn take_back(&mut self, turn: Turn) {
        self.correct(turn, None);
    }

    fn correct(&mut self, turn: Turn, used: Option<u64>) {
        let at = turn.at_ms / SECOND_MS;
        if let Some(second) = self.minute.iter_mut().find(|second| second.at == at) {
            let tokens = second.tokens.saturating_sub(turn.tokens);
            second.tokens = tokens.saturating_add(used.unwrap_or_default());
            second.requests -= u64::from(used.is_none() && second.requests > 0);
        }
    }

    /// Puts off the time after which the place of a call is void.
    pub fn keep(&mut self, id: u64, until_ms: u64) {
        for ticket in &mut self.line {
            if ticket.id == id {
                ticket.until_ms = until_ms;
            }
        }
    }

    /// Frees the places of owners that do not live.
    pub fn bury(&mut self, live: &[String]) {
        self.retain(&|ticket| live.iter().any(|owner| mark(owner) == ticket.id >> BITS));
    }

    /// Asks for nothing before that time: the provider has said so.
    pub fn cool(&mut self, until_ms: u64) {
        self.cool_ms = self.cool_ms.max(until_ms);
    }

    /// Takes what a document says that was read just now, but for a pause: of that it may not know yet.
    pub fn follow(&mut self, mut read: Self) {
        read.cool(self.cool_ms);
        *self = read;
    }

    /// Whether the provider wants nothing now.
    #[must_use]
    pub fn is_cooling(&self, now_ms: u64) -> bool {
        self.cool_ms > now_ms
    }

    /// The state in a document; what is no such document is a fresh one.
    #[must_use]
    pub fn read(text: Option<&str>) -> Self {
        let document: Document = text
            .and_then(|text| json::from_str(text).ok())
            .unwrap_or_default();
        let mut limiter = Self {
            cool_ms: document.cool,
            ..Self::default()
        };
        for part in document.minute.chunks_exact(3) {
            if let [at, requests, tokens] = *part {
                let second = Second {
                    at,
                    requests,
                    tokens,
                };
                limiter.minute.push(second);
            }
        }
        for part in document.line.chunks_exact(2) {
            if let [id, until_ms] = *part {
                limiter.line.push(Ticket { id, until_ms });
            }
        }
        limiter
    }

    // ---- the minute ---------------------------------------------------------

    /// Drops what no longer counts, and what a clock that was set back makes absurd.
    fn tidy(&mut self, now_ms: u64) {
        let now = now_ms / SECOND_MS;
        self.minute.retain(|second| {
            let is_near = second.at + SPAN >= now && second.at <= now + 10 * SPAN;
            is_near && second.requests + second.tokens > 0
        });
        self.retain(&|ticket| ticket.until_ms >= now_ms);
        if self.cool_ms > now_ms + MOST_COOL_MS {
            self.cool_ms = 0;
        }
    }

    /// The first moment with room behind the provider's pause.
    fn next_turn(&self, wish: &Wish, now_ms: u64) -> u64 {
        let pause_ms = self.cool_ms.saturating_sub(now_ms);
        let more_ms = (pause_ms as f64 * 0.25 * wish.chance) as u64;
        let from_ms = now_ms + pause_ms + more_ms;
        let mut at = from_ms / SECOND_MS;
        // Only spans that begin with a turn need a look, or with the second itself: others hold no more than these.
        let mut full = Vec::new();
        for second in &self.minute {
            if !self.span_has_room(second.at, wish) {
                full.push(second.at);
            }
        }
        let is_full = |at: u64| full.iter().any(|from| (*from..=*from + SPAN).contains(&at));
        while is_full(at) || !self.span_has_room(at, wish) {
            at += 1;
        }
        from_ms.max(at * SECOND_MS)
    }

    /// Whether a minute's worth of seconds takes one more turn.
    fn span_has_room(&self, from: u64, wish: &Wish) -> bool {
        let (mut requests, mut tokens) = (1, 0_u64);
        for second in &self.minute {
            if (from..=from + SPAN).contains(&second.at) {
                requests += second.requests;
                tokens = tokens.saturating_add(second.tokens);
            }
        }
        let Limits {
            requests: most,
            tokens: most_tokens,
            ..
        } = wish.limits;
        // What is larger than a whole minute goes alone.
        let fits = |most: u64| tokens == 0 || tokens.saturating_add(wish.tokens) <= most;
        most.is_none_or(|most| requests <= most) && most_tokens.is_none_or(fits)
    }

    fn count(&mut self, turn: Turn) {
        let at = turn.at_ms / SECOND_MS;
        match self.minute.iter_mut().find(|second| second.at == at) {
            Some(second) => {
                second.requests += 1;
                second.tokens = second.tokens.saturating_add(turn.tokens);
            }
            None => self.minute.push(Second {
                at,
                requests: 1,
                tokens: turn.tokens,
            }),
        }
    }

    // ---- the line -----------------------------------------------------------

    /// One loop for all that leave.
    #[inline(never)]
    fn retain(&mut self, stays: &dyn Fn(&Ticket) -> bool) {
        self.line.retain(stays);
    }

    fn is_full(&self, wish: &Wish, now_ms: u64) -> bool {
        let mut waiting = 0;
        for second in &self.minute {
            if second.at > now_ms / SECOND_MS {
                waiting += second.requests;
            }
        }
        let under_way = wish.limits.concurrent.unwrap_or(u64::MAX);
        let queued = (self.line.len() as u64).saturating_sub(under_way);
        waiting.max(queued) >= MOST_WAITING
    }

    /// Takes or keeps a place in the line; how long to wait unless it is one of the first.
    fn queue(&mut self, wish: &Wish, most: u64, now_ms: u64, at_ms: u64) -> Option<u64> {
        let known = self.line.iter().position(|ticket| ticket.id == wish.id);
        let place = known.unwrap_or(self.line.len()) as u64;
        let wait_ms = (place >= most).then(|| {
            // Who is far behind looks less often.
            (QUEUE_MS + (place - most) * QUEUE_MS / 2).min(MOST_QUEUE_MS)
        });
        let until_ms = match wait_ms {
            Some(wait_ms) => now_ms + wait_ms + PATIENCE_MS,
            None => at_ms + wish.lease_ms,
        };
        match known {
            Some(_) => self.keep(wish.id, until_ms),
            None => self.line.push(Ticket {
                id: wish.id,
                until_ms,
            }),
        }
        wait_ms
    }
}

/// As it is stored: what belongs together stands one behind the other.
#[derive(Default)]
struct Document {
    cool: u64,
    minute: Vec<u64>,
    line: Vec<u64>,
}
fields!(Document { cool, minute, line });

impl Write for Limiter {
    fn write(&self, writer: &mut Writer) {
        let mut minute = Vec::new();
        for second in &self.minute {
            minute.extend([second.at, second.requests, second.tokens]);
        }
        let mut line = Vec::new();
        for ticket in &self.line {
            line.extend([ticket.id, ticket.until_ms]);
        }
        writer.begin_object();
        writer.field("cool", &self.cool_ms);
        writer.field("minute", &minute);
        writer.field("line", &line);
        writer.end_object();
    }
}

/// What the limiters of a client share: the numbers of its calls, and whether the store has failed them.
#[derive(Debug, Default)]
pub struct Limiters {
    tickets: Cell<u64>,
    /// Whether the store has failed, and whether that is told.
    failed: Cell<bool>,
    told: Cell<bool>,
}

impl Limiters {
    /// A number nobody else has: the owner's mark, and one that counts.
    pub fn ticket(&self, owner: &str) -> u64 {
        let number = self.tickets.get() + 1;
        self.tickets.set(number);
        (mark(owner) << BITS) | (number % (1 << BITS))
    }

    /// Notes that the store has failed.
    pub fn fails(&self, has_failed: bool) {
        self.failed.set(self.failed.get() || has_failed);
    }

    /// Whether it has, and nobody knows yet.
    pub fn is_news(&self) -> bool {
        self.failed.get() && !self.told.replace(true)
    }
}

/// 32 bits of an owner's name (FNV-1a).
fn mark(owner: &str) -> u64 {
    let mut mark = 0x811C_9DC5_u32;
    for byte in owner.bytes() {
        mark = (mark ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    mark.into()
}

/// The longest a call waits for its turn: a minute, and the second it ends in.
pub const LONGEST_MS: u64 = 61_000;
/// A longer pause is not kept: the provider is asked again.
pub const MOST_COOL_MS: u64 = 300_000;
const SECOND_MS: u64 = 1_000;
/// How many seconds later the last second of a minute begins.
const SPAN: u64 = 60;
/// How many calls wait at most.
const MOST_WAITING: u64 = 1_000;
/// How soon the first of those who wait looks again; each behind it half of that later.
const QUEUE_MS: u64 = 50;
const MOST_QUEUE_MS: u64 = 5_000;
/// How much later than announced somebody may look again: pages in the background get their timers late.
const PATIENCE_MS: u64 = 10_000;
/// Numbers below the mark of the owner: 53 bits in all.
const BITS: u64 = 21;

#[cfg(test)]
mod tests;
