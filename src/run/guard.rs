//! Waiting for something, but not for ever.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use crate::env::Env;
use crate::error::{Error, Result};
use crate::policy::Deadline;

/// Runs some work until a deadline. The timer outlives the
/// wait and is set again only when it fires or would fire too late: a timer for
/// every chunk would cost more than reading the chunk.
pub(super) async fn guard<E: Env, T>(
    env: &E,
    timer: &mut Option<(f64, E::Sleep)>,
    deadline: Option<Deadline>,
    work: impl Future<Output = T>,
) -> Result<T> {
    let mut work = pin!(work);
    poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(Ok(done));
        }
        match deadline {
            Some(deadline) => late(env, timer, deadline, context).map(Err),
            None => Poll::Pending,
        }
    })
    .await
}

/// Sets the timer, unless it fires early enough.
#[inline(never)]
fn arm<E: Env>(env: &E, timer: &mut Option<(f64, E::Sleep)>, deadline: Deadline) {
    if !matches!(timer, Some((fires_ms, _)) if *fires_ms <= deadline.at_ms) {
        let sleep = env.sleep(remaining_ms(deadline, env.now_ms()));
        *timer = Some((deadline.at_ms, sleep));
    }
}

/// Waits for a deadline: ready with its error.
#[inline(never)]
fn late<E: Env>(
    env: &E,
    timer: &mut Option<(f64, E::Sleep)>,
    deadline: Deadline,
    context: &mut Context<'_>,
) -> Poll<Error> {
    arm(env, timer, deadline);
    while let Some((_, sleep)) = timer {
        if Pin::new(sleep).poll(context).is_pending() {
            return Poll::Pending;
        }
        *timer = None;
        if env.now_ms() >= deadline.at_ms {
            return Poll::Ready(deadline.error());
        }
        arm(env, timer, deadline);
    }
    Poll::Pending
}

fn remaining_ms(deadline: Deadline, now_ms: f64) -> u64 {
    (deadline.at_ms - now_ms).max(0.0).ceil() as u64
}
