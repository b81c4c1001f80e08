//! Runs the steps of calls: what is done between a wish of JavaScript and the word it is told.
//!
//! ```text
//! start ----------> poll --> done, or waits for its bell
//! network --> in_turn: bells ring, and who was rung for is polled before the turn ends
//! anything else ----> a bell rings --> polled in a microtask
//! ```
//! `wasm_bindgen_futures` takes a microtask for every start and every wake, a promise for every
//! result and two closures for every promise: several times what reading a short chunk costs.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

/// What is to be done. What comes of it, it tells itself.
pub(super) type Step = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    static STEPS: Steps = const { Steps::new() };
}

/// Begins a step, at once.
pub(super) fn start(step: Step) {
    STEPS.with(|steps| {
        let seat = steps.seated(step);
        steps.rung.borrow_mut().push(seat);
        steps.run();
    });
}

/// Does something that rings bells, and all that waited for them. Only for functions that
/// JavaScript calls with nothing of ours below them.
pub(super) fn in_turn(rings: impl FnOnce()) {
    STEPS.with(|steps| {
        steps.is_due.set(true);
        rings();
        steps.run();
    });
}

/// The steps under way, each in a seat of its own. A bell that rings late wakes whoever sits
/// there by then, to no harm.
struct Steps {
    seats: RefCell<Vec<Seat>>,
    free: RefCell<Vec<usize>>,
    rung: RefCell<Vec<usize>>,
    /// Somebody is on the way to `run`.
    is_due: Cell<bool>,
    /// Somebody is within it: who comes below, from a listener of the user's, leaves it the work.
    is_running: Cell<bool>,
}

struct Seat {
    /// Out while it is polled.
    step: Option<Step>,
    bell: Waker,
}

impl Steps {
    const fn new() -> Self {
        Self {
            seats: RefCell::new(Vec::new()),
            free: RefCell::new(Vec::new()),
            rung: RefCell::new(Vec::new()),
            is_due: Cell::new(false),
            is_running: Cell::new(false),
        }
    }

    fn seated(&self, step: Step) -> usize {
        if let Some(seat) = self.free.borrow_mut().pop() {
            self.put(seat, step);
            return seat;
        }
        let mut seats = self.seats.borrow_mut();
        let seat = seats.len();
        seats.push(Seat {
            step: Some(step),
            bell: Waker::from(Arc::new(Bell(seat))),
        });
        seat
    }

    fn run(&self) {
        self.is_due.set(false);
        if self.is_running.replace(true) {
            return;
        }
        loop {
            let rung = self.rung.take();
            if rung.is_empty() {
                break;
            }
            for seat in rung {
                self.poll(seat);
            }
        }
        self.is_running.set(false);
    }

    fn poll(&self, seat: usize) {
        let Some((mut step, bell)) = self.taken(seat) else {
            return;
        };
        match step.as_mut().poll(&mut Context::from_waker(&bell)) {
            Poll::Pending => self.put(seat, step),
            Poll::Ready(()) => self.free.borrow_mut().push(seat),
        }
    }

    fn taken(&self, seat: usize) -> Option<(Step, Waker)> {
        let mut seats = self.seats.borrow_mut();
        let seat = seats.get_mut(seat)?;
        Some((seat.step.take()?, seat.bell.clone()))
    }

    fn put(&self, seat: usize, step: Step) {
        if let Some(seat) = self.seats.borrow_mut().get_mut(seat) {
            seat.step = Some(step);
        }
    }

    fn ring(&self, seat: usize) {
        self.rung.borrow_mut().push(seat);
        if !self.is_running.get() && !self.is_due.replace(true) {
            wasm_bindgen_futures::spawn_local(async { STEPS.with(Self::run) });
        }
    }
}

/// Wakes who sits there.
struct Bell(usize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        STEPS.with(|steps| steps.ring(self.0));
    }
}
