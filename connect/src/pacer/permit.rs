//! A place in the queue, and the leave to make one call.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::clock::Sleep;
use super::gaps::Made;
use super::limits::{Cost, Lane};
use super::state::Polled;
use super::{Denied, Outcome, Shared};

/// A place in the queue; dropped, it is given back.
pub(super) struct Waiting {
    shared: Arc<Shared>,
    id: u64,
    /// The wait until a time that it was told.
    sleep: Option<(Duration, Sleep)>,
    told: bool,
}

impl Waiting {
    pub(super) fn enter(shared: Arc<Shared>, lane: &Lane, cost: &Cost) -> Self {
        let id = shared.with(|state, now| state.enter(now, lane, cost));
        Self { shared, id, sleep: None, told: false }
    }
}

impl Future for Waiting {
    /// When the call was let through.
    type Output = Result<Made, Denied>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            let until = match this.shared.with(|state, _| state.poll(this.id, context.waker())) {
                Polled::Ready(fate) => {
                    this.told = true;
                    return Poll::Ready(fate);
                }
                Polled::Wait(None) => return Poll::Pending,
                Polled::Wait(Some(until)) => until,
            };
            let known = this.sleep.take().filter(|(known, _)| *known == until);
            let mut sleep = known.map_or_else(|| this.shared.clock.sleep_until(until), |(_, s)| s);
            if sleep.as_mut().poll(context).is_pending() {
                this.sleep = Some((until, sleep));
                return Poll::Pending;
            }
            this.shared.with(|state, now| state.look(now, this.id));
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.told {
            self.shared.with(|state, now| state.leave(now, self.id));
        }
    }
}

/// The leave to make one call. Say how it went; dropped, nobody knows.
#[must_use = "a call that was let through should be made"]
pub struct Permit {
    shared: Arc<Shared>,
    made: Made,
    open: bool,
}

impl Permit {
    pub(super) fn new(shared: Arc<Shared>, made: Made) -> Self {
        Self { shared, made, open: true }
    }

    /// The call has ended like this.
    pub fn done(mut self, outcome: Outcome) {
        self.close(outcome);
    }

    fn close(&mut self, outcome: Outcome) {
        self.open = false;
        let made = self.made;
        self.shared.with(|state, now| state.done(now, made, outcome));
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.open {
            self.close(Outcome::Unknown);
        }
    }
}
