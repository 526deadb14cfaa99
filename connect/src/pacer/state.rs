//! All that a pacer knows, as one value that is told the time: who waits, who may go, and what
//! the answers teach. Nothing here waits or reads a clock.

use std::collections::BTreeMap;
use std::task::Waker;
use std::time::Duration;

use super::circuit::{Circuit, Gate};
use super::crowd::Crowd;
use super::gaps::Made;
use super::lanes::{Lanes, Next};
use super::limits::{Cost, Lane, Limits};
use super::quotas::{Full, Quotas};
use super::rate::Rate;
use super::snapshot::Snapshot;
use super::{Denied, Outcome};

/// A receiver that says "too many" and not for how long is left alone for this long, twice as
/// long each time that it says so again at once.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_OWN_PAUSE: Duration = Duration::from_mins(1);
/// A kind of call without room is not tried more often.
const SHORTEST_SLEEP: Duration = Duration::from_millis(1);
/// When the waiter that watches the time has not done so, another does.
const OVERSLEPT: Duration = Duration::from_secs(1);

pub(super) struct State {
    limits: Limits,
    quotas: Quotas,
    rate: Rate,
    crowd: Crowd,
    circuit: Circuit,
    /// Nobody calls before.
    paused_until: Duration,
    /// A pause that is too long to wait for.
    shut_until: Duration,
    own_pause: Duration,
    lanes: Lanes,
    waiters: BTreeMap<u64, Waiter>,
    next_id: u64,
    waiting: usize,
    in_flight: u32,
    /// The call whose turn it was when a bucket was full: the bucket is kept for it. Otherwise
    /// many small draws would leave no room for a large one, ever.
    claim: Option<Claim>,
    /// The waiter that watches the time for all.
    watcher: Option<u64>,
    /// When there is something to do next.
    due: Option<Duration>,
    /// To be woken when the state is let go.
    pub(super) wake: Vec<Waker>,
    counted: Snapshot,
    /// The second that is being counted, and how many were let through in it.
    second: (u64, u32),
}

struct Claim {
    id: u64,
    bucket: &'static str,
    until: Duration,
}

struct Waiter {
    since: Duration,
    cost: Cost,
    waker: Option<Waker>,
    /// What has become of it.
    fate: Option<Result<Made, Denied>>,
}

impl Claim {
    fn bars(&self, next: &Next) -> bool {
        next.id != self.id && next.cost.draws().iter().any(|draw| draw.bucket == self.bucket)
    }
}

impl State {
    pub(super) fn new(limits: Limits) -> Self {
        let crowd = Crowd::new(limits.start, limits.most_at_once());
        let circuit = Circuit::new(limits.failures.max(1), limits.open_for);
        let counted = Snapshot::empty();
        Self {
            quotas: Quotas::new(limits.clone()),
            limits,
            rate: Rate::default(),
            crowd,
            circuit,
            paused_until: Duration::ZERO,
            shut_until: Duration::ZERO,
            own_pause: PAUSE,
            lanes: Lanes::default(),
            waiters: BTreeMap::new(),
            next_id: 0,
            waiting: 0,
            in_flight: 0,
            claim: None,
            watcher: None,
            due: None,
            wake: Vec::new(),
            counted,
            second: (0, 0),
        }
    }

    /// Queues a call and gives its number.
    pub(super) fn enter(&mut self, now: Duration, lane: &Lane, cost: &Cost) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let waiter = Waiter { since: now, cost: cost.clone(), waker: None, fate: None };
        self.waiters.insert(id, waiter);
        self.waiting += 1;
        self.lanes.push(lane, cost, id);
        self.dispatch(now);
        id
    }

    /// What has become of a waiter; until then it is woken by `waker`, and told for when to
    /// set the clock if it is the one that watches.
    pub(super) fn poll(&mut self, id: u64, waker: &Waker) -> Polled {
        let Some(waiter) = self.waiters.get_mut(&id) else { return Polled::Wait(None) };
        if let Some(fate) = waiter.fate.take() {
            self.waiters.remove(&id);
            self.hand_over(id);
            return Polled::Ready(fate);
        }
        match &mut waiter.waker {
            Some(known) => known.clone_from(waker),
            none @ None => *none = Some(waker.clone()),
        }
        let watches = *self.watcher.get_or_insert(id) == id;
        let look_again = if watches { Duration::ZERO } else { OVERSLEPT };
        Polled::Wait(self.due.map(|due| due + look_again))
    }

    /// The time that a waiter was told has come. A watcher that nobody polls must not hold up
    /// all others: then another watches.
    pub(super) fn look(&mut self, now: Duration, id: u64) {
        if self.due.is_some_and(|due| due + OVERSLEPT <= now) {
            self.watcher = Some(id);
        }
        self.dispatch(now);
    }

    /// A waiter has gone before it was told; what it was given is given back.
    pub(super) fn leave(&mut self, now: Duration, id: u64) {
        let Some(waiter) = self.waiters.remove(&id) else { return };
        self.release_claim(id);
        match waiter.fate {
            None => self.waiting -= 1,
            Some(Ok(taken)) => {
                self.quotas.give_back(taken.at, &waiter.cost);
                self.circuit.unknown(now);
                self.in_flight -= 1;
                self.counted.admitted -= 1;
            }
            Some(Err(_)) => {}
        }
        self.hand_over(id);
        self.dispatch(now);
    }

    /// A call has ended.
    pub(super) fn done(&mut self, now: Duration, made: Made, outcome: Outcome) {
        let was_full = self.in_flight >= self.crowd.level()
            && self.waiting > 0
            && self.rate.ready_at(now).is_none();
        self.in_flight -= 1;
        self.counted.ended = now;
        if self.in_flight == 0 {
            self.rate.ended(now);
        }
        match outcome {
            Outcome::Ok => {
                self.counted.succeeded += 1;
                self.answered(now, made, was_full);
            }
            Outcome::Refused => {
                self.counted.refused += 1;
                self.answered(now, made, was_full);
            }
            Outcome::Throttled { after } => {
                self.counted.throttled += 1;
                self.throttled(now, made, after);
            }
            Outcome::Busy => {
                self.counted.busy += 1;
                self.failed(now, made.at);
            }
            Outcome::NoAnswer => {
                self.counted.unanswered += 1;
                self.failed(now, made.at);
            }
            Outcome::Unknown => {
                self.counted.unknown += 1;
                self.circuit.unknown(now);
            }
        }
        self.dispatch(now);
    }

    fn answered(&mut self, now: Duration, made: Made, was_full: bool) {
        self.counted.slowest = self.counted.slowest.max(now.saturating_sub(made.at));
        self.circuit.answered();
        self.own_pause = PAUSE;
        self.rate.admitted(now, made);
        if was_full {
            self.crowd.answered(now);
        } else {
            self.crowd.idle();
        }
    }

    fn throttled(&mut self, now: Duration, made: Made, after: Option<Duration>) {
        self.circuit.answered();
        let is_news = made.at >= self.paused_until;
        let pause = match after {
            Some(pause) => pause,
            None if is_news => {
                let longer = (self.own_pause * 2).min(LONGEST_OWN_PAUSE);
                std::mem::replace(&mut self.own_pause, longer)
            }
            None => Duration::ZERO,
        };
        if pause > self.limits.longest_pause {
            self.shut_until = self.shut_until.max(now + pause);
        }
        self.paused_until = self.paused_until.max(now + pause);
        self.rate.throttled(now, made, self.paused_until);
        self.crowd.throttled(now, made.at);
    }

    fn failed(&mut self, now: Duration, made: Duration) {
        let pause = self.circuit.failed(now, made);
        self.paused_until = self.paused_until.max(now + pause);
        self.crowd.cut(now, made);
    }

    /// Lets through whoever may go, and finds out when to look again.
    pub(super) fn dispatch(&mut self, now: Duration) {
        self.lanes.wake(now);
        let mut due = None;
        while self.waiting > 0 {
            if let Some(denied) = self.denied(now) {
                self.deny_all(&denied);
                break;
            }
            if self.in_flight >= self.crowd.level() {
                break;
            }
            let later = Some(self.paused_until).filter(|&until| until > now);
            due = later.max(self.rate.ready_at(now));
            if due.is_some() {
                break;
            }
            let Some(next) = self.lanes.next() else {
                due = self.lanes.wakes_at();
                break;
            };
            self.try_next(now, &next);
        }
        let changed = self.due != due;
        self.due = due;
        if changed {
            self.wake_watcher();
        }
    }

    /// Why nobody is let through, if nobody is.
    fn denied(&self, now: Duration) -> Option<Denied> {
        let pause = self.shut_until.saturating_sub(now);
        if !pause.is_zero() {
            return Some(Denied::TooLong { pause });
        }
        match self.circuit.gate(now) {
            Gate::Through => None,
            Gate::Shut(again_in) => Some(Denied::NoAnswer { again_in }),
        }
    }

    fn deny_all(&mut self, denied: &Denied) {
        for waiter in self.waiters.values_mut().filter(|waiter| waiter.fate.is_none()) {
            waiter.fate = Some(Err(denied.clone()));
            self.wake.extend(waiter.waker.take());
            self.counted.denied += 1;
        }
        self.lanes.clear();
        self.waiting = 0;
        self.claim = None;
    }

    fn try_next(&mut self, now: Duration, next: &Next) {
        if !self.waiters.contains_key(&next.id) {
            return self.lanes.gone();
        }
        let until = match (self.quotas.full(now, &next.cost), &self.claim) {
            (None, Some(claim)) if claim.bars(next) => claim.until,
            (None, Some(_) | None) => return self.admit(now, next),
            (Some(full), Some(claim)) if claim.id != next.id => full.until.min(claim.until),
            (Some(Full { until, bucket }), Some(_) | None) => {
                self.claim = bucket.map(|bucket| Claim { id: next.id, bucket, until });
                until
            }
        };
        self.lanes.sleep(until.max(now + SHORTEST_SLEEP));
    }

    fn admit(&mut self, now: Duration, next: &Next) {
        self.lanes.served();
        self.release_claim(next.id);
        self.quotas.take(now, &next.cost);
        let made = self.rate.take(now);
        self.circuit.take();
        self.in_flight += 1;
        self.waiting -= 1;
        self.count(now);
        self.counted.most_in_flight = self.counted.most_in_flight.max(self.in_flight);
        if let Some(waiter) = self.waiters.get_mut(&next.id) {
            self.counted.waited += now.saturating_sub(waiter.since);
            waiter.fate = Some(Ok(made));
            self.wake.extend(waiter.waker.take());
        }
    }

    fn count(&mut self, now: Duration) {
        let Self { counted, second: (second, count), .. } = self;
        counted.admitted += 1;
        counted.began.get_or_insert(now);
        if *second != now.as_secs() {
            (*second, *count) = (now.as_secs(), 0);
        }
        *count += 1;
        counted.highest = counted.highest.max(*count);
    }

    fn release_claim(&mut self, id: u64) {
        if self.claim.as_ref().is_some_and(|claim| claim.id == id) {
            self.claim = None;
        }
    }

    /// Somebody else watches the time from now on.
    fn hand_over(&mut self, id: u64) {
        if self.watcher == Some(id) {
            let waits = |(&id, waiter): (&u64, &Waiter)| waiter.fate.is_none().then_some(id);
            self.watcher = self.waiters.iter().rev().find_map(waits);
            self.wake_watcher();
        }
    }

    fn wake_watcher(&mut self) {
        let watcher = self.watcher.and_then(|id| self.waiters.get_mut(&id));
        self.wake.extend(watcher.and_then(|waiter| waiter.waker.take()));
    }

    pub(super) fn concurrency(&self) -> u32 {
        self.crowd.level()
    }

    pub(super) fn rate(&self) -> Option<f64> {
        self.rate.per_second()
    }

    pub(super) fn retried(&mut self) {
        self.counted.retried += 1;
    }

    pub(super) fn snapshot(&mut self, now: Duration) -> Snapshot {
        Snapshot {
            waiting: self.waiting,
            in_flight: self.in_flight,
            concurrency: self.crowd.level(),
            rate: self.rate.per_second(),
            pause: self.paused_until.max(self.shut_until).saturating_sub(now),
            circuit: self.circuit.state(),
            uses: self.quotas.uses(now),
            ..self.counted.clone()
        }
    }
}

/// What a waiter is told.
pub(super) enum Polled {
    /// It may go, since then; or it may not at all.
    Ready(Result<Made, Denied>),
    /// It waits; if a time is given, it looks again then.
    Wait(Option<Duration>),
}
