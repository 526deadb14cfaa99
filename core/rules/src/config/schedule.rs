//! When to run, and what a receiver allows.

use std::time::Duration;

use jiff::civil::Time;

use super::settings::Schedule;

impl Schedule {
    /// The schedule that a receiver with this shortest time between deliveries allows: the
    /// same where it already is slow enough (K081).
    #[must_use]
    pub fn clamped(&self, min_interval: Option<Duration>) -> Self {
        let Some(min) = min_interval else { return self.clone() };
        match self {
            Self::Every(interval) => Self::Every((*interval).max(min)),
            Self::Daily(times) if shortest_gap(times) >= min => self.clone(),
            Self::Daily(times) if min <= DAY => {
                Self::Daily(times.iter().take(1).copied().collect())
            }
            Self::Daily(_) => Self::Every(min),
        }
    }
}

const DAY: Duration = Duration::from_hours(24);

fn seconds(time: Time) -> u64 {
    u64::try_from(i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60).unwrap_or(0)
}

/// The shortest time between two of the times, over midnight too.
fn shortest_gap(times: &[Time]) -> Duration {
    let ordered: Vec<u64> = times.iter().map(|time| seconds(*time)).collect();
    let within = ordered.windows(2).map(|two| two[1].saturating_sub(two[0]));
    let over = match (ordered.first(), ordered.last()) {
        (Some(first), Some(last)) => Some(first + DAY.as_secs() - last),
        _ => None,
    };
    Duration::from_secs(within.chain(over).min().unwrap_or(DAY.as_secs()))
}

/// A time between deliveries, as people say it: `24 h`, `15 min`.
pub(crate) fn spoken(interval: Duration) -> String {
    let minutes = interval.as_secs() / 60;
    if minutes.is_multiple_of(60) {
        format!("{} h", minutes / 60)
    } else {
        format!("{minutes} min")
    }
}
