//! Pace: how fast, and how many at once, one account at a receiver is called.
//!
//! | | |
//! |---|---|
//! | One | [`Pacer`] per account, shared by everything that calls it; clones are the same one |
//! | Published quotas | [`Bucket`]s, several at once; none is exceeded in any window of its length |
//! | Unpublished ones | the rate is learnt from "too many", concurrency from answers that come no faster |
//! | `Retry-After` | pauses everybody, also those who wait already |
//! | No answer | pauses that grow; then the circuit opens and callers are told at once |
//! | Several runs | [`Lane`]s take turns |
//!
//! A call asks [`Pacer::admit`], is made, and says how it went with [`Permit::done`]. A waiter
//! that is dropped leaves no trace; a permit that is dropped is a call of which nobody knows how
//! it went. To let concurrency grow, keep more calls waiting than may be in flight.
//!
//! The client's own time limit must be over the time that a receiver makes calls wait: at most
//! [`Limits::concurrency`] calls wait there at once, since no more are sent.

mod circuit;
mod clock;
mod crowd;
mod gaps;
mod lanes;
mod limits;
mod permit;
mod quotas;
mod rate;
mod snapshot;
mod state;
mod window;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use circuit::CircuitState;
pub use clock::{Clock, Sleep};
pub use limits::{Bucket, Cost, Each, Lane, Limits, MOST_AT_ONCE};
pub use permit::Permit;
pub use snapshot::{Snapshot, Use};

use permit::Waiting;
use state::State;

/// What a call is told instead of being let through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// It has failed too often on end. Stop; try again in a later run.
    #[error("the receiver does not answer")]
    NoAnswer {
        /// When somebody may try it; zero while somebody is trying it.
        again_in: Duration,
    },
    /// It asks for a longer pause than anybody should wait for. Stop, and say so: its clock or
    /// its quota needs a person.
    #[error("the receiver asks us to wait for {} s", pause.as_secs())]
    TooLong {
        /// What is left of it.
        pause: Duration,
    },
    /// The connector names a bucket that its limits do not have, or have in the other kind.
    #[error("no quota is called {0}")]
    NoSuchBucket(&'static str),
    /// One call draws more than the whole of a bucket.
    #[error("one call takes more than the quota {0}")]
    OverQuota(&'static str),
}

/// How a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Ok,
    /// Refused for what it asks (most of 4xx): the receiver is well.
    Refused,
    /// "Too many": 429, or 503 with `Retry-After`, or what a connector knows to mean that.
    Throttled {
        /// For how long, where it said.
        after: Option<Duration>,
    },
    /// Trouble at the receiver: 5xx, such as "database is locked".
    Busy,
    /// No answer, or not all of it.
    NoAnswer,
    /// Nobody knows: the caller went away in the middle.
    Unknown,
}

/// Paces the calls to one account at a receiver.
#[derive(Clone)]
pub struct Pacer {
    shared: Arc<Shared>,
}

struct Shared {
    limits: Limits,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

impl std::fmt::Debug for Pacer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pacer").field("limits", &self.shared.limits).finish_non_exhaustive()
    }
}

impl Pacer {
    /// One that runs by the runtime's time.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::with_clock(limits, Arc::new(clock::Running::new()))
    }

    /// One that runs by another clock.
    #[must_use]
    pub fn with_clock(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        let state = Mutex::new(State::new(limits.clone()));
        Self { shared: Arc::new(Shared { limits, clock, state }) }
    }

    /// Waits until a call may be made.
    ///
    /// # Errors
    ///
    /// When it should not be waited for: [`Denied`].
    pub async fn admit(&self, lane: &Lane, cost: &Cost) -> Result<Permit, Denied> {
        self.check(cost)?;
        let made = Waiting::enter(Arc::clone(&self.shared), lane, cost).await?;
        Ok(Permit::new(Arc::clone(&self.shared), made))
    }

    /// How many calls may be in flight now.
    #[must_use]
    pub fn concurrency(&self) -> u32 {
        self.shared.with(|state, _| state.concurrency())
    }

    /// How long so many calls of each kind take at least, by the quotas and by the rate that
    /// the receiver was found to bear. About, for a plan: "about 9 min 47 s".
    #[must_use]
    pub fn estimate(&self, calls: &[(Cost, u64)]) -> Duration {
        let limits = &self.shared.limits;
        let mut longest = 0.0_f64;
        let mut drawn = std::collections::BTreeMap::new();
        for (draw, calls) in calls
            .iter()
            .flat_map(|(cost, calls)| cost.draws().iter().map(move |draw| (draw, *calls)))
        {
            *drawn.entry((draw.bucket, draw.object)).or_insert(0.0) +=
                f64::from(draw.amount) * count(calls);
        }
        for ((name, _), amount) in drawn {
            let Some(bucket) = limits.place(name).and_then(|place| limits.buckets.get(place))
            else {
                continue;
            };
            let windows = amount / f64::from(bucket.count.max(1));
            longest = longest.max(windows * bucket.per.as_secs_f64());
        }
        if let Some(rate) = self.shared.with(|state, _| state.rate()) {
            let calls: f64 = calls.iter().map(|(_, calls)| count(*calls)).sum();
            longest = longest.max(calls / rate);
        }
        Duration::try_from_secs_f64(longest).unwrap_or(Duration::MAX)
    }

    /// Says that a call is about to be made again, for [`Snapshot::retried`].
    pub fn note_retry(&self) {
        self.shared.with(|state, _| state.retried());
    }

    /// What it has done and where it stands.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.shared.with(State::snapshot)
    }

    fn check(&self, cost: &Cost) -> Result<(), Denied> {
        let limits = &self.shared.limits;
        for draw in cost.draws() {
            let bucket = limits.place(draw.bucket).and_then(|place| limits.buckets.get(place));
            let bucket = bucket.filter(|bucket| match bucket.each {
                Each::Account => draw.object.is_none(),
                Each::Object => draw.object.is_some(),
            });
            let Some(bucket) = bucket else { return Err(Denied::NoSuchBucket(draw.bucket)) };
            if draw.amount > bucket.count {
                return Err(Denied::OverQuota(draw.bucket));
            }
        }
        Ok(())
    }
}

/// As a number that can be divided; exact up to 2^32, and near enough above.
fn count(calls: u64) -> f64 {
    f64::from(u32::try_from(calls).unwrap_or(u32::MAX))
}

impl Shared {
    /// Does something with the state, then wakes whom it woke: outside of the lock.
    fn with<T>(&self, act: impl FnOnce(&mut State, Duration) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let result = act(&mut state, now);
        let wake = std::mem::take(&mut state.wake);
        drop(state);
        for waker in wake {
            waker.wake();
        }
        result
    }
}
