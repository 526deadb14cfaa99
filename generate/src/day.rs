//! Dates, as far as a made-up municipality needs them.

use std::fmt;
use std::str::FromStr;

/// A day of the Gregorian calendar, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// The day with this date.
    ///
    /// Source: Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
    #[must_use]
    pub fn new(year: i32, month: u8, day: u8) -> Self {
        let (month, day) = (i32::from(month), i32::from(day));
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
        Self(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
    }

    /// So many days later, or earlier when negative.
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// Year, month and day.
    #[must_use]
    pub fn date(self) -> (i32, i32, i32) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year + era * 400 + i32::from(month <= 2);
        (year, month, of_year - (153 * shifted + 2) / 5 + 1)
    }

    /// First and last day of the school year this day belongs to.
    #[must_use]
    pub fn school_year_days(self) -> (Self, Self) {
        let year = self.school_year();
        (Self::new(year, 8, 17), Self::new(year + 1, 6, 11))
    }

    /// Days since 1970-01-01; negative before it.
    #[must_use]
    pub const fn since_1970(self) -> i32 {
        self.0
    }

    /// Days since 1970-01-01, as a part of seeds.
    pub(crate) fn number(self) -> u64 {
        u64::try_from(self.0).unwrap_or(0)
    }

    /// The year in which this day's school year began.
    #[must_use]
    pub fn school_year(self) -> i32 {
        let (year, month, _) = self.date();
        if month >= 7 { year } else { year - 1 }
    }
}

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let mut parts = text.splitn(3, '-');
        let mut next = || parts.next().ok_or(NotADay);
        let (year, month, day) = (next()?, next()?, next()?);
        let found = Self::new(
            year.parse().map_err(|_| NotADay)?,
            month.parse().map_err(|_| NotADay)?,
            day.parse().map_err(|_| NotADay)?,
        );
        if found.to_string() == text { Ok(found) } else { Err(NotADay) }
    }
}

/// Text that is no date of the form `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotADay;

impl fmt::Display for NotADay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a date of the form YYYY-MM-DD")
    }
}

impl std::error::Error for NotADay {}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_the_same() {
        for (days, text) in
            [(0, "1970-01-01"), (20_781, "2026-11-24"), (11_016, "2000-02-29"), (-1, "1969-12-31")]
        {
            assert_eq!(Day(days).to_string(), text);
            let (year, month, day) = Day(days).date();
            assert_eq!(
                Day::new(year, u8::try_from(month).unwrap(), u8::try_from(day).unwrap()),
                Day(days)
            );
        }
        assert_eq!("2026-02-29".parse::<Day>(), Err(NotADay));
        assert_eq!("2026-08-01".parse(), Ok(Day::new(2026, 8, 1)));
        assert_eq!(Day::new(2026, 6, 30).school_year(), 2025);
        assert_eq!(Day::new(2026, 8, 1).school_year(), 2026);
    }
}
