//! Days as text.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::LazyLock;

use roster::Date;

/// The years in which places at schools and in groups begin and end.
const YEARS: std::ops::Range<i16> = 2010..2040;

/// Bytes of a day.
const LENGTH: usize = 10;

/// The days of these years one behind the other, 31 to a month: every place of every person has
/// two, and few of a nation's are different.
static DAYS: LazyLock<String> = LazyLock::new(|| {
    let mut days = String::with_capacity(YEARS.len() * 12 * 31 * LENGTH);
    for (year, month) in YEARS.flat_map(|year| (1..=12).map(move |month| (year, month))) {
        for day in 1..=31 {
            // Those that no month has are asked for by nobody.
            let _ = write!(days, "{year:04}-{month:02}-{day:02}");
        }
    }
    days
});

/// The day as ISO 8601 has it.
pub(super) fn day(date: Date) -> Cow<'static, str> {
    known(date).map_or_else(|| date.to_string().into(), Cow::Borrowed)
}

fn known(date: Date) -> Option<&'static str> {
    let year = usize::try_from(date.year().checked_sub(YEARS.start)?).ok()?;
    let month = usize::try_from(date.month() - 1).ok()?;
    let day = usize::try_from(date.day() - 1).ok()?;
    let at = ((year * 12 + month) * 31 + day) * LENGTH;
    DAYS.get(at..at + LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_is_written_as_it_is() {
        let (mut date, last) = (jiff::civil::date(2009, 12, 1), jiff::civil::date(2040, 2, 1));
        while date < last {
            assert_eq!(day(date), date.to_string());
            date = date.tomorrow().unwrap();
        }
        for year in [-9999, -1, 0, 1, 999, 1899, 9999] {
            let date = jiff::civil::date(year, 2, 28);
            assert_eq!(day(date), date.to_string());
        }
    }
}
