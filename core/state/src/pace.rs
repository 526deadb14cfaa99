//! How a receiver was called, for people: counts, times and shares, nothing of anybody.

use std::time::Duration;

/// The calls of one plan, or of all plans of one process, to one receiver.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pace {
    /// Calls that were made.
    pub calls: u64,
    /// Of these, the same once more.
    pub again: u64,
    /// Told to wait: "too many".
    pub throttled: u64,
    /// Refused for what they asked.
    pub refused: u64,
    /// When the first was made, by a clock that has no beginning of its own.
    pub began: Duration,
    /// When the last was answered, by the same.
    pub ended: Duration,
    /// The most that were made in one second of that clock.
    pub highest: u32,
    /// Published quotas that were drawn from.
    pub quotas: Vec<QuotaUse>,
}

/// How far a published quota was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaUse {
    /// Its name.
    pub name: &'static str,
    /// How much it allows.
    pub count: u32,
    /// In how long.
    pub per: Duration,
    /// The most of it that was used, in percent.
    pub percent: u32,
}

impl Pace {
    /// The calls since another moment. What was highest is so of all.
    #[must_use]
    pub fn since(self, before: &Self) -> Self {
        let began = if before.calls > 0 { before.ended } else { self.began };
        Self {
            calls: self.calls.saturating_sub(before.calls),
            again: self.again.saturating_sub(before.again),
            throttled: self.throttled.saturating_sub(before.throttled),
            refused: self.refused.saturating_sub(before.refused),
            began,
            ..self
        }
    }

    /// How long it took, from the first call to the last answer.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.ended.saturating_sub(self.began)
    }

    /// Calls a second on average, in tenths.
    #[must_use]
    pub fn tenths_per_second(&self) -> u64 {
        let milliseconds = self.took().as_millis().max(1);
        let tenths = (u128::from(self.calls) * 10_000 + milliseconds / 2) / milliseconds;
        u64::try_from(tenths).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_is_of_the_calls_since_a_moment() {
        let seconds = Duration::from_secs;
        let before = Pace { calls: 100, throttled: 1, ended: seconds(10), ..Pace::default() };
        let after = Pace { calls: 350, throttled: 3, ended: seconds(110), ..Pace::default() };
        let since = after.clone().since(&before);
        assert_eq!((since.calls, since.throttled, since.took()), (250, 2, seconds(100)));
        assert_eq!(since.tenths_per_second(), 25);
        let first = Pace { began: seconds(60), ..after }.since(&Pace::default());
        assert_eq!((first.took(), first.tenths_per_second()), (seconds(50), 70));
        assert_eq!(Pace::default().tenths_per_second(), 0);
    }
}
