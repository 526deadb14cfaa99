//! Simulated time: the system's, or faster.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use crate::receiver;
use crate::ss12000::time;

/// A moment in milliseconds since 1970.
pub(super) type Moment = i64;

/// A second, a minute and a day, as moments differ.
pub(super) const SECOND: Moment = 1_000;
pub(super) const MINUTE: Moment = 60 * SECOND;
pub(super) const DAY: Moment = 24 * 60 * MINUTE;

/// Runs `factor` times as fast as the system's, and can be set forward.
#[derive(Debug)]
pub(super) struct Clock {
    began: Duration,
    factor: f64,
    ahead: Mutex<Moment>,
}

impl Clock {
    pub(super) fn new(factor: f64) -> Self {
        Self { began: receiver::now(), factor, ahead: Mutex::new(0) }
    }

    pub(super) fn now(&self) -> Moment {
        let passed = receiver::now().saturating_sub(self.began).mul_f64(self.factor);
        let ahead = *self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        millis(self.began.saturating_add(passed)).saturating_add(ahead)
    }

    /// Lets so much time pass at once.
    pub(super) fn pass(&self, time: Duration) {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead = ahead.saturating_add(millis(time));
    }
}

/// A duration in the unit of moments.
pub(super) fn millis(time: Duration) -> Moment {
    Moment::try_from(time.as_millis()).unwrap_or(Moment::MAX)
}

/// `2026-09-01T06:00:00.123Z`.
pub(super) fn text(moment: Moment) -> String {
    let whole = time::rfc3339(moment.div_euclid(SECOND));
    let seconds = whole.trim_end_matches('Z');
    format!("{seconds}.{:03}Z", moment.rem_euclid(SECOND))
}
