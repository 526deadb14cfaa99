//! Dates and the intervals that every relation carries.

pub use jiff::civil::Date;

/// The days on which something holds: `[start, end]`, end inclusive, either side open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Interval {
    /// First day; `None` means since ever.
    pub start: Option<Date>,
    /// Last day, itself included; `None` means until further notice.
    pub end: Option<Date>,
}

impl Interval {
    /// Holds always.
    pub const ALWAYS: Self = Self { start: None, end: None };

    /// The interval from `start` to `end`, both included.
    #[must_use]
    pub const fn new(start: Option<Date>, end: Option<Date>) -> Self {
        Self { start, end }
    }

    /// Whether `day` lies inside.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        !self.starts_after(day) && !self.ended_before(day)
    }

    /// Whether the interval begins after `day`.
    #[must_use]
    pub fn starts_after(&self, day: Date) -> bool {
        self.start.is_some_and(|start| start > day)
    }

    /// Whether the interval was over before `day` began.
    #[must_use]
    pub fn ended_before(&self, day: Date) -> bool {
        self.end.is_some_and(|end| end < day)
    }

    /// Whether the end lies before the start (quality check D08). Such an interval holds
    /// on no day.
    #[must_use]
    pub fn is_reversed(&self) -> bool {
        matches!((self.start, self.end), (Some(start), Some(end)) if end < start)
    }

    /// The days common to both; may be reversed, and then holds on no day.
    #[must_use]
    pub fn within(&self, other: &Self) -> Self {
        let start = self.start.max(other.start);
        let end = match (self.end, other.end) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        Self { start, end }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// Design §3: the end is inclusive, either side may be open.
    #[test]
    fn an_interval_holds_from_its_first_to_its_last_day() {
        let day = |d| date(2026, 8, d);
        #[rustfmt::skip]
        let table = &[
            // shows                start          end            day      holds
            ("open both ways",      None,          None,          day(15), true),
            ("first day",           Some(day(15)), None,          day(15), true),
            ("day before",          Some(day(16)), None,          day(15), false),
            ("last day",            None,          Some(day(15)), day(15), true),
            ("day after",           None,          Some(day(14)), day(15), false),
            ("end before start",    Some(day(16)), Some(day(14)), day(15), false),
        ];
        for &(shows, start, end, on, holds) in table {
            assert_eq!(Interval::new(start, end).holds_on(on), holds, "{shows}");
        }
    }

    #[test]
    fn what_two_intervals_share_is_the_later_start_and_the_earlier_end() {
        let day = |d| Some(date(2026, 8, d));
        let shared = Interval::new(day(1), day(20)).within(&Interval::new(day(5), None));
        assert_eq!(shared, Interval::new(day(5), day(20)));
        assert_eq!(Interval::ALWAYS.within(&shared), shared);
    }
}
