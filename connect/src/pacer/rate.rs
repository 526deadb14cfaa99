//! The rate that a receiver bears, learnt from its answers: nobody publishes all limits.

use std::time::Duration;

use super::gaps::{Gaps, Made, Refusal};

/// Calls may be this late or this bunched, where the receiver bears it: timers are no finer than a
/// millisecond.
const TOLERANCE: Duration = Duration::from_millis(20);
/// Calls closer than this part of what they are due apart are bunched.
const EVEN: f64 = 0.9;
/// After "too many", this part of what was really admitted ...
const BELOW: f64 = 0.95;
/// ... or this, where the rate had grown fast, or was less than what it bore before.
const WELL_BELOW: f64 = 0.8;
/// The rate at which growth is slowest, as a part of what was admitted: a rate just over the
/// limit shows itself only when a whole window is full.
const CEILING: f64 = 0.98;
/// The way back to the rate at which it said "too many": as slow as this, in seconds.
const RETURN: f64 = 20.0;
/// Growth after the first "too many", which may have met a burst alone: by a fifth in the
/// first second, twentyfold in four.
const QUICK: f64 = 0.2;
/// One call in ten seconds is little enough for anybody.
const LEAST: f64 = 0.1;

/// `None` until the receiver has said "too many" for the first time.
#[derive(Default)]
pub(super) struct Rate {
    learnt: Option<Learnt>,
    admitted: Tallies,
    gaps: Gaps,
}

struct Learnt {
    /// Per second, from which it grows.
    base: f64,
    /// What was admitted when it last said "too many".
    ceiling: f64,
    growth: Growth,
    /// Calls that were made before are answered for.
    cut_at: Duration,
    /// For how long calls have come as closely as allowed since.
    used_for: Duration,
    last: Duration,
    /// When the next call is due.
    due: Duration,
    /// Whether anything was admitted since.
    borne: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Growth {
    /// The first figure may be far too low: the receiver may allow a small burst and a high rate.
    Quick,
    /// The figure was seen twice: slower the nearer to it, faster again beyond (as CUBIC,
    /// RFC 9438 §4.2).
    Careful,
}

impl Learnt {
    fn now(&self) -> f64 {
        let seconds = self.used_for.as_secs_f64();
        match self.growth {
            Growth::Quick => self.base * (QUICK * seconds * seconds).min(20.0).exp(),
            Growth::Careful => {
                let low = 1.0 - self.base / self.ceiling;
                self.ceiling * (1.0 + low * ((seconds - RETURN) / RETURN).powi(3))
            }
        }
        .max(LEAST)
    }

    fn interval(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.now())
    }

    /// After a refusal of a call as close to the one before as most that were borne: base, ceiling
    /// and growth. Fewer for a while, and careful only where it is the same figure again.
    fn seldom(&self, made: Made) -> (f64, f64, Growth) {
        let bore = self.now().min(1.0 / made.gap.as_secs_f64());
        match self.growth {
            Growth::Quick if bore < self.ceiling * EVEN || bore * EVEN > self.ceiling => {
                (WELL_BELOW * bore, bore, Growth::Quick)
            }
            Growth::Quick | Growth::Careful => {
                (WELL_BELOW * bore, CEILING * self.ceiling.max(bore), Growth::Careful)
            }
        }
    }

    /// It came long after it was due: where closeness matters, the one before was late on its way.
    fn is_late(&self, made: Made) -> bool {
        made.gap > self.interval() * 2
    }

    fn is_bunched(&self, made: Made) -> bool {
        made.gap < self.interval().mul_f64(EVEN)
    }
}

impl Rate {
    /// Calls per second, where a limit is known.
    pub(super) fn per_second(&self) -> Option<f64> {
        self.learnt.as_ref().map(Learnt::now)
    }

    /// When the next call may be made; `None` when it may be made now.
    pub(super) fn ready_at(&self, now: Duration) -> Option<Duration> {
        let learnt = self.learnt.as_ref()?;
        let due = learnt.due.saturating_sub(TOLERANCE);
        let at = due.max(self.gaps.ready_at(learnt.interval()));
        (at > now).then_some(at)
    }

    pub(super) fn take(&mut self, now: Duration) -> Made {
        let made = self.gaps.take(now);
        let Some(learnt) = &mut self.learnt else { return made };
        // A rate that is not made use of is not shown to be borne.
        if learnt.due + TOLERANCE >= now {
            let since = now.saturating_sub(learnt.last).min(Duration::from_secs(1));
            learnt.used_for += since;
        }
        learnt.last = now;
        learnt.due = learnt.due.max(now) + learnt.interval();
        made
    }

    pub(super) fn ended(&mut self, now: Duration) {
        self.gaps.ended(now);
    }

    pub(super) fn admitted(&mut self, now: Duration, made: Made) {
        self.admitted.add(now);
        self.gaps.borne(made.gap);
        if let Some(learnt) = &mut self.learnt {
            learnt.borne |= made.at > learnt.cut_at;
        }
    }

    /// The receiver said "too many" to a call; nothing is sent until `resume`.
    pub(super) fn throttled(&mut self, now: Duration, made: Made, resume: Duration) {
        // One wave of refusals is one piece of news, and what is refused at once after a pause is
        // still the same.
        let is_old = |learnt: &Learnt| made.at <= learnt.cut_at || !learnt.borne;
        if self.learnt.as_ref().is_some_and(is_old) {
            return self.resume(resume);
        }
        let measured = self.admitted.per_second(now);
        let (base, ceiling, growth) = match (&self.learnt, self.gaps.refused(made.gap)) {
            (None, _) => (BELOW * measured, measured, Growth::Quick),
            // It tells of the gap, and little of the rate.
            (Some(learnt), Refusal::Close) if learnt.is_bunched(made) => {
                let bore = measured.min(learnt.now());
                (WELL_BELOW * bore, learnt.ceiling.max(bore), learnt.growth)
            }
            (Some(learnt), Refusal::Other) if self.gaps.matter() && learnt.is_late(made) => {
                return self.go_on(now, resume);
            }
            (Some(_), Refusal::Chance) => return self.go_on(now, resume),
            (Some(learnt), Refusal::Seldom) => learnt.seldom(made),
            (Some(learnt), Refusal::Close | Refusal::Other) => {
                let rate = learnt.now();
                let bore = rate.min(self.gaps.per_second(made.gap).unwrap_or(measured));
                let careful = learnt.growth == Growth::Careful && rate >= learnt.ceiling * 0.97;
                let below = if careful { BELOW } else { WELL_BELOW };
                (below * bore, CEILING * bore, Growth::Careful)
            }
        };
        let (base, ceiling) = (base.max(LEAST), ceiling.max(LEAST / BELOW));
        let used_for = Duration::ZERO;
        let (last, due) = (resume, resume + TOLERANCE);
        let (cut_at, borne) = (now, false);
        self.learnt = Some(Learnt { base, ceiling, growth, cut_at, used_for, last, due, borne });
    }

    /// The rate stands; what was on its way with the refused call is answered for.
    fn go_on(&mut self, now: Duration, resume: Duration) {
        if let Some(learnt) = &mut self.learnt {
            (learnt.cut_at, learnt.borne) = (now, false);
        }
        self.resume(resume);
    }

    fn resume(&mut self, resume: Duration) {
        if let Some(learnt) = &mut self.learnt {
            learnt.last = learnt.last.max(resume);
            learnt.due = learnt.due.max(resume + TOLERANCE);
        }
    }
}

/// What was admitted of late, over three spans: a receiver that counts by the second, and one
/// that counts by the minute.
struct Tallies([Tally; 3]);

impl Default for Tallies {
    fn default() -> Self {
        Self([1, 10, 100].map(|seconds| Tally::new(Duration::from_secs(seconds))))
    }
}

impl Tallies {
    fn add(&mut self, now: Duration) {
        self.0.iter_mut().for_each(|tally| tally.add(now));
    }

    /// The most that it has borne, over any of the spans.
    fn per_second(&mut self, now: Duration) -> f64 {
        let rates = self.0.iter_mut().map(|tally| tally.per_second(now));
        rates.fold(0.0, f64::max)
    }
}

const SLOTS: u32 = 20;

struct Tally {
    slot: Duration,
    counts: [u32; SLOTS as usize],
    /// The number of the slot that is being filled.
    at: u128,
}

impl Tally {
    fn new(span: Duration) -> Self {
        Self { slot: span / SLOTS, counts: [0; SLOTS as usize], at: 0 }
    }

    fn add(&mut self, now: Duration) {
        self.turn(now);
        if let Some(count) = self.count() {
            *count += 1;
        }
    }

    fn per_second(&mut self, now: Duration) -> f64 {
        self.turn(now);
        f64::from(self.counts.iter().sum::<u32>()) / (self.slot * SLOTS).as_secs_f64()
    }

    fn turn(&mut self, now: Duration) {
        let at = now.as_nanos() / self.slot.as_nanos();
        if at >= self.at + u128::from(SLOTS) {
            self.counts = [0; SLOTS as usize];
            self.at = at;
        }
        while self.at < at {
            self.at += 1;
            if let Some(count) = self.count() {
                *count = 0;
            }
        }
    }

    fn count(&mut self) -> Option<&mut u32> {
        let place = usize::try_from(self.at % u128::from(SLOTS)).ok()?;
        self.counts.get_mut(place)
    }
}
