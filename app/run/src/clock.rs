//! The one place that reads the machine's clock.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Tells the time. Everything that depends on it takes it from here or as an argument.
pub trait Clock: Send + Sync {
    /// The time now, in UTC.
    fn now(&self) -> Timestamp;

    /// Today's date where the tenant is (design §8).
    fn today(&self, zone: &TimeZone) -> Date {
        self.now().to_zoned(zone.clone()).date()
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that all others ask")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands at noon of one day, for the demo, for `--today` and for tests.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl FixedClock {
    /// Noon of `day` in `zone`; the epoch if the zone has no such moment.
    #[must_use]
    pub fn noon(day: Date, zone: &TimeZone) -> Self {
        let noon = day.at(12, 0, 0, 0).to_zoned(zone.clone()).map(|noon: Zoned| noon.timestamp());
        Self(noon.unwrap_or(Timestamp::UNIX_EPOCH))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// Design §8: decided in the tenant's zone. Half past eleven at night in UTC is the next
    /// day in Sweden.
    #[test]
    fn the_day_is_the_tenants_day() {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        let clock = FixedClock("2026-06-30T22:30:00Z".parse().unwrap());
        assert_eq!(clock.today(&zone), date(2026, 7, 1));
        assert_eq!(FixedClock::noon(date(2026, 3, 29), &zone).today(&zone), date(2026, 3, 29));
    }
}
