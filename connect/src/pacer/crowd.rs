//! How many calls may be in flight: as many as bring something.
//!
//! Steps up while each step brings more answers a second, halves on trouble. A receiver that
//! makes calls wait answers no faster to many than to few: what brings nothing is taken back.

use std::time::Duration;

/// One at a time while that is a large part, then by about a third.
const STEPS: [u32; 12] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
/// A step must bring, or lose, this part of what it would in proportion to count.
const COUNTS: f64 = 0.25;
/// How long it stays before it tries again, at the least and the most.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(1);

pub(super) struct Crowd {
    level: u32,
    most: u32,
    trial: Trial,
    stay_until: Duration,
    stay: Duration,
    /// Calls that were made before are answered for.
    cut_at: Option<Duration>,
    /// Whether anything was answered since.
    answered: bool,
    epoch: Epoch,
}

/// What is being tried, beside what was measured before.
#[derive(Clone, Copy)]
enum Trial {
    None,
    More { from: u32, was: f64 },
    Fewer { from: u32, was: f64 },
}

/// A stretch of answers at one level, while somebody waited all along.
#[derive(Default)]
struct Epoch {
    began: Duration,
    answers: u32,
}

impl Crowd {
    pub(super) fn new(start: u32, most: u32) -> Self {
        let level = start.clamp(1, most);
        let zero = Duration::ZERO;
        let epoch = Epoch::default();
        Self {
            level,
            most,
            trial: Trial::None,
            stay_until: zero,
            stay: SHORTEST,
            cut_at: None,
            answered: false,
            epoch,
        }
    }

    pub(super) fn level(&self) -> u32 {
        self.level
    }

    /// A call was answered while as many as allowed were in flight and others waited.
    pub(super) fn answered(&mut self, now: Duration) {
        self.answered = true;
        self.epoch.answers += 1;
        // The first answers are to calls of the level before.
        let (skipped, wanted) = (self.level, 12.max(self.level * 3));
        if self.epoch.answers <= skipped {
            self.epoch.began = now;
        }
        if self.epoch.answers < skipped + wanted {
            return;
        }
        let took = now.saturating_sub(self.epoch.began).max(Duration::from_nanos(1));
        self.epoch = Epoch::default();
        self.judge(now, f64::from(wanted) / took.as_secs_f64());
    }

    /// A call was answered while fewer were in flight than allowed: that tells little.
    pub(super) fn idle(&mut self) {
        self.answered = true;
        self.epoch = Epoch::default();
    }

    /// "Too many" is for the rate to answer; a step fewer makes the wave of refusals smaller.
    pub(super) fn throttled(&mut self, now: Duration, made: Duration) {
        if self.cut_at.is_some_and(|cut_at| made <= cut_at) {
            return;
        }
        self.cut_at = Some(now);
        self.epoch = Epoch::default();
        self.trial = Trial::None;
        self.level = STEPS.into_iter().rev().find(|&step| step < self.level).unwrap_or(1);
        self.stay_until = now + SHORTEST;
    }

    /// A call made at `made` met trouble.
    pub(super) fn cut(&mut self, now: Duration, made: Duration) {
        if self.cut_at.is_some_and(|cut_at| made <= cut_at) {
            return;
        }
        self.cut_at = Some(now);
        self.epoch = Epoch::default();
        self.level = (self.level / 2).max(1);
        // A receiver that is away for a while is no reason to be timid when it is back.
        if !std::mem::take(&mut self.answered) {
            self.stay = SHORTEST;
        }
        self.settle(now);
    }

    fn judge(&mut self, now: Duration, measured: f64) {
        match self.trial {
            Trial::None if now < self.stay_until => {}
            Trial::None if self.level < self.most => self.more(measured),
            Trial::None => self.fewer(now, measured),
            Trial::More { from, was } => {
                let gain = f64::from(self.level) / f64::from(from) - 1.0;
                if measured < was * (1.0 + COUNTS * gain) {
                    self.level = from;
                    self.fewer(now, measured);
                } else if self.level < self.most {
                    self.stay = (self.stay / 2).max(SHORTEST);
                    self.more(measured);
                } else {
                    self.settle(now);
                }
            }
            Trial::Fewer { from, was } => {
                let loss = 1.0 - f64::from(self.level) / f64::from(from);
                if measured < was * (1.0 - COUNTS * loss) {
                    self.level = from;
                    self.settle(now);
                } else {
                    self.fewer(now, was);
                }
            }
        }
    }

    fn more(&mut self, was: f64) {
        self.trial = Trial::More { from: self.level, was };
        let next = STEPS.into_iter().find(|&step| step > self.level);
        self.level = next.unwrap_or(self.most).min(self.most);
    }

    fn fewer(&mut self, now: Duration, was: f64) {
        let next = STEPS.into_iter().rev().find(|&step| step < self.level);
        let Some(next) = next else { return self.settle(now) };
        self.trial = Trial::Fewer { from: self.level, was };
        self.level = next;
    }

    /// Each time that a trial brought nothing, the next is later.
    fn settle(&mut self, now: Duration) {
        self.trial = Trial::None;
        self.stay_until = now + self.stay;
        self.stay = (self.stay * 2).min(LONGEST);
    }
}
