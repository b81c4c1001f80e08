//! Identical calls under way: one asks, the others wait for what it is told.
//!
//! ```text
//! first:  join -> Pilot  -- land(Answer | Nothing) -- or dropped: Abandoned
//! others: join -> Flight -- landed().await
//! ```
//! A caller who reads a stream slowly must not hold up the others, who may even be what it
//! waits for: a flight tells since when nobody has read on.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

/// All that is under way in one client.
#[derive(Debug, Default)]
pub struct Flights(RefCell<Vec<Weak<Flight>>>);

/// One call that others may wait for.
#[derive(Debug)]
pub struct Flight {
    name: String,
    landing: RefCell<Option<Landing>>,
    waiting: RefCell<Vec<Waker>>,
    /// Since when its caller has not read on; `None` while it reads.
    idle_since_ms: Cell<Option<f64>>,
}

/// How a flight ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing {
    /// With an answer for all, as it is kept.
    Answer(Rc<str>),
    /// With none for others: it failed, or the answer is not one to share. Everybody asks.
    Nothing,
    /// Its caller has left: another may take its place.
    Abandoned,
}

/// What a call is to others that ask the same.
#[derive(Debug)]
pub enum Joined {
    /// It asks, and they wait.
    First(Pilot),
    /// Another asks.
    Behind(Rc<Flight>),
}

/// Whoever asks for all. Dropped without a landing the flight is abandoned.
#[derive(Debug)]
pub struct Pilot(Rc<Flight>);

impl Flights {
    /// Joins the flight of that name, or begins it.
    pub fn join(&self, name: &str) -> Joined {
        let mut all = self.0.borrow_mut();
        all.retain(|flight| flight.upgrade().is_some_and(|flight| flight.is_up()));
        let mut up = all.iter().filter_map(Weak::upgrade);
        if let Some(flight) = up.find(|flight| flight.name == name) {
            return Joined::Behind(flight);
        }
        let flight = Rc::new(Flight {
            name: name.to_string(),
            landing: RefCell::default(),
            waiting: RefCell::default(),
            idle_since_ms: Cell::default(),
        });
        all.push(Rc::downgrade(&flight));
        Joined::First(Pilot(flight))
    }
}

impl Flight {
    /// Waits for its end.
    pub async fn landed(&self) -> Landing {
        poll_fn(|context| {
            if let Some(landing) = self.landing.borrow().clone() {
                return Poll::Ready(landing);
            }
            let mut waiting = self.waiting.borrow_mut();
            if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }

    /// Whether its caller has not read on for so long.
    pub fn is_idle(&self, now_ms: f64, for_ms: u64) -> bool {
        let since_ms = self.idle_since_ms.get();
        since_ms.is_some_and(|since_ms| now_ms - since_ms >= for_ms as f64)
    }

    fn is_up(&self) -> bool {
        self.landing.borrow().is_none()
    }

    fn land(&self, landing: Landing) {
        if !self.is_up() {
            return;
        }
        *self.landing.borrow_mut() = Some(landing);
        // Woken behind the borrow: a waker may run what looks here.
        for waker in self.waiting.take() {
            waker.wake();
        }
    }
}

impl Pilot {
    /// Ends the flight.
    pub fn land(self, landing: Landing) {
        self.0.land(landing);
    }

    /// Notes that its caller reads on, or since when it does not.
    pub fn reads(&self, idle_since_ms: Option<f64>) {
        self.0.idle_since_ms.set(idle_since_ms);
    }
}

impl Drop for Pilot {
    fn drop(&mut self) {
        self.0.land(Landing::Abandoned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::Context;

    fn now(flight: &Flight) -> Option<Landing> {
        let mut context = Context::from_waker(Waker::noop());
        match pin!(flight.landed()).poll(&mut context) {
            Poll::Ready(landing) => Some(landing),
            Poll::Pending => None,
        }
    }

    #[track_caller]
    fn first(flights: &Flights, name: &str) -> Pilot {
        match flights.join(name) {
            Joined::First(pilot) => pilot,
            Joined::Behind(_) => unreachable!("somebody asks {name}"),
        }
    }

    #[track_caller]
    fn behind(flights: &Flights, name: &str) -> Rc<Flight> {
        match flights.join(name) {
            Joined::Behind(flight) => flight,
            Joined::First(_) => unreachable!("nobody asks {name}"),
        }
    }

    use std::future::Future;

    #[test]
    fn others_wait_for_the_first_of_their_name() {
        let flights = Flights::default();
        let pilot = first(&flights, "a");
        let _other = first(&flights, "b");
        let waits = behind(&flights, "a");
        assert_eq!(now(&waits), None);
        pilot.land(Landing::Answer("text".into()));
        assert_eq!(now(&waits), Some(Landing::Answer("text".into())));
        assert_eq!(
            now(&waits),
            Some(Landing::Answer("text".into())),
            "told to all"
        );
        let _next = first(&flights, "a");
    }

    #[test]
    fn who_leaves_leaves_it_to_another() {
        let flights = Flights::default();
        let pilot = first(&flights, "a");
        let waits = behind(&flights, "a");
        drop(pilot);
        assert_eq!(now(&waits), Some(Landing::Abandoned));
        let _next = first(&flights, "a");
        assert_eq!(flights.0.borrow().len(), 1, "the past is forgotten");
    }

    #[test]
    fn a_flight_tells_since_when_nobody_reads() {
        let flights = Flights::default();
        let pilot = first(&flights, "a");
        let waits = behind(&flights, "a");
        assert!(!waits.is_idle(9_000.0, 1_000));
        pilot.reads(Some(9_000.0));
        assert!(!waits.is_idle(9_999.0, 1_000));
        assert!(waits.is_idle(10_000.0, 1_000));
        pilot.reads(None);
        assert!(!waits.is_idle(20_000.0, 1_000));
    }
}
