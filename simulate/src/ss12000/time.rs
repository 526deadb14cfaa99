//! Moments as RFC 3339 and RFC 9110 write them, in whole seconds since 1970.

use generate::Day;

const DAY: i64 = 86_400;

/// Midnight of a day, UTC.
pub(super) fn midnight(day: Day) -> i64 {
    i64::from(day.since_1970()) * DAY
}

/// The day of a moment, and its hour, minute and second.
fn parts(moment: i64) -> (Day, [i64; 3]) {
    let days = i32::try_from(moment.div_euclid(DAY)).unwrap_or(0);
    let second = moment.rem_euclid(DAY);
    (Day::new(1970, 1, 1).plus(days), [second / 3600, second / 60 % 60, second % 60])
}

/// `2026-09-01T06:00:00`.
pub(super) fn without_offset(moment: i64) -> String {
    let (day, [hour, minute, second]) = parts(moment);
    format!("{day}T{hour:02}:{minute:02}:{second:02}")
}

/// `2026-09-01T06:00:00Z`.
pub(crate) fn rfc3339(moment: i64) -> String {
    format!("{}Z", without_offset(moment))
}

/// `Tue, 01 Sep 2026 06:00:00 GMT`.
pub(crate) fn http_date(moment: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (day, [hour, minute, second]) = parts(moment);
    let (year, month, of_month) = day.date();
    let of_week = usize::try_from(moment.div_euclid(DAY).rem_euclid(7)).unwrap_or(0);
    let week = DAYS.get(of_week).copied().unwrap_or_default();
    let month = usize::try_from(month - 1).ok().and_then(|it| MONTHS.get(it));
    let month = month.copied().unwrap_or_default();
    format!("{week}, {of_month:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// Reads RFC 3339; parts of a second are left out, since ours are whole.
///
/// `None` for a time without an offset: the standard's date-time always has one.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let day: Day = date.parse().ok()?;
    let rest = rest.strip_prefix(['T', 't'])?;
    let number = |from: usize| -> Option<i64> {
        let digits = rest.get(from..from + 2)?;
        digits.bytes().all(|it| it.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let (hour, minute, second) = (number(0)?, number(3)?, number(6)?);
    if rest.get(2..3)? != ":" || rest.get(5..6)? != ":" {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut rest = rest.get(8..)?;
    if let Some(part) = rest.strip_prefix('.') {
        let many = part.bytes().take_while(u8::is_ascii_digit).count();
        rest = part.get(many..).filter(|_| many > 0)?;
    }
    Some(midnight(day) + hour * 3600 + minute * 60 + second - offset(rest)?)
}

fn offset(text: &str) -> Option<i64> {
    if text == "Z" || text == "z" {
        return Some(0);
    }
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hour, minute) = text.get(1..)?.split_once(':')?;
    if hour.len() != 2 || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then(|| sign * (i64::from(hour) * 3600 + i64::from(minute) * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_and_read() {
        let moment = midnight(Day::new(2026, 9, 1)) + 6 * 3600 + 5;
        assert_eq!(rfc3339(moment), "2026-09-01T06:00:05Z");
        assert_eq!(http_date(moment), "Tue, 01 Sep 2026 06:00:05 GMT");
        #[rustfmt::skip]
        let table: &[(&str, Option<i64>)] = &[
            ("2026-09-01T06:00:05Z",           Some(0)),
            ("2026-09-01T06:00:05.250Z",       Some(0)),
            ("2026-09-01T08:00:05+02:00",      Some(0)),
            ("2026-09-01T05:30:06-00:30",      Some(1)),
            ("2026-09-01T06:00:05",            None),
            ("2026-09-01",                     None),
            ("2026-09-01 06:00:05Z",           None),
            ("2026-02-30T06:00:05Z",           None),
            ("2026-09-01T24:00:05Z",           None),
            ("2026-09-01T06:00:05 02:00",      None),
            ("2026-09-01T06:00:05.Z",          None),
            ("i går",                          None),
        ];
        for (text, later) in table {
            assert_eq!(parse(text).map(|it| it - moment), *later, "{text}");
        }
    }
}
