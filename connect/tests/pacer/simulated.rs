//! Receivers on paper, and callers that make many calls and repeat what failed.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use connect::pacer::{Clock as _, Cost, Denied, Lane, Limits, Outcome, Pacer, Snapshot};

use crate::virtual_time::{Task, Time};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// What a receiver does with a call: for how long it holds it, and what it says then.
pub(crate) trait Receiver {
    fn call(&mut self, now: Duration, in_flight: u32) -> (Duration, Outcome);
}

impl<F: FnMut(Duration, u32) -> (Duration, Outcome)> Receiver for F {
    fn call(&mut self, now: Duration, in_flight: u32) -> (Duration, Outcome) {
        self(now, in_flight)
    }
}

/// Rejects what is over a limit, in one of the ways in which limits are counted.
pub(crate) struct Rejecting {
    pub(crate) counts: Counts,
    pub(crate) limit: u32,
    pub(crate) per: Duration,
    pub(crate) latency: Duration,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) admitted: VecDeque<Duration>,
    pub(crate) tokens: f64,
    pub(crate) at: Duration,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Counts {
    /// Anew each second of its clock.
    Fixed,
    /// In the second before the call.
    Sliding,
    /// A bucket that holds a tenth of a window, filled evenly.
    SmallBucket,
    /// A bucket that holds one call, filled evenly: two in one instant are one too many.
    OneByOne,
}

impl Counts {
    /// What a bucket holds.
    fn size(self, limit: u32) -> f64 {
        match self {
            Self::Fixed | Self::Sliding | Self::SmallBucket => f64::from(limit) / 10.0,
            Self::OneByOne => 1.0,
        }
    }
}

impl Rejecting {
    pub(crate) fn new(counts: Counts, limit: u32, latency: Duration) -> Self {
        let (retry_after, admitted, at) = (Some(SECOND), VecDeque::new(), Duration::ZERO);
        let tokens = counts.size(limit);
        Self { counts, limit, per: SECOND, latency, retry_after, admitted, tokens, at }
    }

    fn has_room(&mut self, now: Duration) -> bool {
        match self.counts {
            Counts::Fixed => {
                let window = |at: Duration| at.as_nanos() / self.per.as_nanos();
                self.admitted.retain(|&at| window(at) == window(now));
            }
            Counts::Sliding => self.admitted.retain(|&at| at + self.per > now),
            Counts::SmallBucket | Counts::OneByOne => {
                let size = self.counts.size(self.limit);
                let filled = now.saturating_sub(self.at).as_secs_f64() / self.per.as_secs_f64();
                self.tokens = (self.tokens + filled * f64::from(self.limit)).min(size);
                self.at = now;
                let has = self.tokens >= 1.0;
                self.tokens -= f64::from(u8::from(has));
                return has;
            }
        }
        let has = self.admitted.len() < usize::try_from(self.limit).unwrap();
        if has {
            self.admitted.push_back(now);
        }
        has
    }
}

impl Receiver for Rejecting {
    fn call(&mut self, now: Duration, _: u32) -> (Duration, Outcome) {
        let refusal = Outcome::Throttled { after: self.retry_after };
        let outcome = if self.has_room(now) { Outcome::Ok } else { refusal };
        (self.latency, outcome)
    }
}

/// Makes calls wait until it is their turn, as windermere's limiter does.
pub(crate) fn waiting(per_second: u32, burst: u32, latency: Duration) -> impl Receiver {
    let every = SECOND / per_second;
    let mut due = Duration::ZERO;
    move |now: Duration, _: u32| {
        due = (due + every).max(now.saturating_sub(every * burst));
        (latency + due.saturating_sub(now), Outcome::Ok)
    }
}

/// Chance that is the same each time.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn percent(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % 100
    }
}

/// What came of many calls.
pub(crate) struct Result {
    pub(crate) took: Duration,
    pub(crate) snapshot: Snapshot,
    /// In flight at each call, with its time.
    pub(crate) in_flight: Vec<(Duration, u32)>,
    pub(crate) denied: Vec<Denied>,
    pub(crate) slowest: Duration,
}

impl Result {
    pub(crate) fn mean_in_flight(&self, from: Duration) -> f64 {
        let late: Vec<_> = self.in_flight.iter().filter(|(at, _)| *at >= from).collect();
        let sum: f64 = late.iter().map(|(_, count)| f64::from(*count)).sum();
        sum / f64::from(u32::try_from(late.len()).unwrap())
    }

    pub(crate) fn most_in_flight(&self, until: Duration) -> u32 {
        let early = self.in_flight.iter().filter(|(at, _)| *at < until);
        early.map(|(_, count)| *count).max().unwrap()
    }
}

/// Makes so many calls from 40 tasks, each again until it succeeds or is denied.
pub(crate) fn calls(total: u32, limits: Limits, receiver: impl Receiver + 'static) -> Result {
    calls_by(&Time::default(), total, limits, receiver)
}

/// The same by a clock of its own.
pub(crate) fn calls_by(
    time: &Time,
    total: u32,
    limits: Limits,
    receiver: impl Receiver + 'static,
) -> Result {
    let pacer = Pacer::with_clock(limits, std::sync::Arc::new(time.clone()));
    let shared = Rc::new(Shared {
        time: time.clone(),
        pacer: pacer.clone(),
        receiver: RefCell::new(Box::new(receiver)),
        left: Cell::new(total),
        in_flight: Cell::new(0),
        seen: RefCell::default(),
        denied: RefCell::default(),
        slowest: Cell::default(),
    });
    time.run((0..40).map(|_| Box::pin(Rc::clone(&shared).work()) as Task).collect());
    Result {
        took: time.now(),
        snapshot: pacer.snapshot(),
        in_flight: shared.seen.take(),
        denied: shared.denied.take(),
        slowest: shared.slowest.get(),
    }
}

struct Shared {
    time: Time,
    pacer: Pacer,
    receiver: RefCell<Box<dyn Receiver>>,
    left: Cell<u32>,
    in_flight: Cell<u32>,
    seen: RefCell<Vec<(Duration, u32)>>,
    denied: RefCell<Vec<Denied>>,
    slowest: Cell<Duration>,
}

impl Shared {
    async fn work(self: Rc<Self>) {
        while self.left.get() > 0 {
            self.left.set(self.left.get() - 1);
            while !self.call().await {}
        }
    }

    /// Makes one call and tells whether to go on to the next.
    async fn call(&self) -> bool {
        let permit = match self.pacer.admit(&Lane::new("run"), &Cost::none()).await {
            Ok(permit) => permit,
            Err(denied) => {
                self.denied.borrow_mut().push(denied);
                return true;
            }
        };
        let now = self.time.now();
        self.in_flight.set(self.in_flight.get() + 1);
        self.seen.borrow_mut().push((now, self.in_flight.get()));
        let (takes, outcome) = self.receiver.borrow_mut().call(now, self.in_flight.get());
        self.time.sleep(takes).await;
        self.slowest.set(self.slowest.get().max(takes));
        self.in_flight.set(self.in_flight.get() - 1);
        permit.done(outcome);
        matches!(outcome, Outcome::Ok | Outcome::Refused)
    }
}
