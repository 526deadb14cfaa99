//! Single values: dates in the forms that registers write, and how a value is shown masked.

use roster::Date;

/// Months as Swedish registers write them, whole or by their first three letters (K206).
const MONTHS: [&str; 12] = [
    "januari",
    "februari",
    "mars",
    "april",
    "maj",
    "juni",
    "juli",
    "augusti",
    "september",
    "oktober",
    "november",
    "december",
];

/// Reads a date: `2026-08-15` (a time after it is passed over), `20260815`, `15/8 2026`,
/// `15 augusti 2026`, `15 aug 2026`.
pub(crate) fn date(text: &str) -> Option<Date> {
    iso(text.as_bytes()).or_else(|| compact(text)).or_else(|| in_words(text))
}

fn iso(text: &[u8]) -> Option<Date> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, rest @ ..] = text else { return None };
    if !matches!(rest, [] | [b'T' | b' ', ..]) {
        return None;
    }
    let year = digits(&[*y1, *y2, *y3, *y4])?;
    civil(year, digits(&[*m1, *m2])?, digits(&[*d1, *d2])?)
}

fn compact(text: &str) -> Option<Date> {
    let text = text.as_bytes();
    if text.len() != 8 {
        return None;
    }
    civil(digits(&text[..4])?, digits(&text[4..6])?, digits(&text[6..])?)
}

fn in_words(text: &str) -> Option<Date> {
    let mut parts = text.split([' ', '/']).filter(|part| !part.is_empty());
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || day.len() > 2 {
        return None;
    }
    let month = if month.len() <= 2 { digits(month.as_bytes())? } else { month_number(month)? };
    civil(digits(year.as_bytes())?, month, digits(day.as_bytes())?)
}

fn month_number(text: &str) -> Option<i16> {
    let text = text.trim_end_matches('.').to_lowercase();
    let at = MONTHS.iter().position(|month| *month == text || month.get(..3) == Some(&text))?;
    i16::try_from(at + 1).ok()
}

fn digits(text: &[u8]) -> Option<i16> {
    text.iter().try_fold(0_i16, |number, &digit| {
        digit.is_ascii_digit().then(|| number * 10 + i16::from(digit - b'0'))
    })
}

fn civil(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A value as messages show it: its length and what it is made of, nothing of its content.
pub(crate) fn masked(text: &str) -> String {
    let length = text.chars().count();
    let all = |test: fn(char) -> bool| text.chars().all(test);
    let class = if all(|it| it.is_ascii_digit()) {
        "0-9"
    } else if all(char::is_alphabetic) {
        "a-z"
    } else if text.contains('@') {
        "@"
    } else {
        "a-z0-9"
    };
    format!("▒▒▒ ({class}, {length})")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// K206: Swedish names of months are understood.
    #[test]
    fn dates_are_read_in_the_forms_that_registers_write() {
        let day = Date::new(2026, 8, 5).ok();
        #[rustfmt::skip]
        let table = &[
            ("2026-08-05",          day),
            ("2026-08-05T00:00:00", day),
            ("2026-08-05 00:00",    day),
            ("20260805",            day),
            ("5/8 2026",            day),
            ("05/08 2026",          day),
            ("5 augusti 2026",      day),
            ("5 AUG 2026",          day),
            ("5 aug. 2026",         day),
            ("2026-08-32",          None),
            ("2026-8-5",            None),
            ("2026-08-05x",         None),
            ("5 augustus 2026",     None),
            ("260805",              None),
            ("å",                   None),
            ("",                    None),
        ];
        for &(text, wanted) in table {
            assert_eq!(date(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_masked_value_shows_length_and_kind_alone() {
        assert_eq!(masked("Åsa"), "▒▒▒ (a-z, 3)");
        assert_eq!(masked("19991231"), "▒▒▒ (0-9, 8)");
        assert_eq!(masked("a@b.se"), "▒▒▒ (@, 6)");
    }
}
