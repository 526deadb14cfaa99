//! Single values.

use std::borrow::Cow;

use roster::{Date, Interval};

use crate::notes::{Notes, Odd};
use crate::wire::Scalar;

/// A value, or what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read<T> {
    /// None is given.
    None,
    /// This.
    Some(T),
    /// It cannot be understood.
    Bad,
}

impl<T> Read<T> {
    /// The value; none for one that cannot be understood.
    pub(super) fn value(self) -> Option<T> {
        match self {
            Self::Some(value) => Some(value),
            Self::None | Self::Bad => None,
        }
    }
}

/// A date: `2026-08-15`; a time behind it is passed over and noted.
pub(super) fn date(
    scalar: &Scalar<'_>,
    notes: &mut Notes,
    at: &'static str,
    field: &'static str,
) -> Read<Date> {
    let Some(text) = scalar.text() else {
        return if scalar.is_given() && !matches!(scalar, Scalar::Text(_)) {
            Read::Bad
        } else {
            Read::None
        };
    };
    let (day, rest) = text.split_at_checked(10).unwrap_or((&text, ""));
    if !rest.is_empty() && !rest.starts_with(['T', ' ']) {
        return Read::Bad;
    }
    if !rest.is_empty() {
        notes.note(Odd::DateForm, at, field);
    }
    plain(day).map_or_else(|| day.parse().map_or(Read::Bad, Read::Some), Read::Some)
}

/// A date in the standard's own form, `2026-08-15`, without the parser of all other forms.
fn plain(day: &str) -> Option<Date> {
    let bytes: &[u8; 10] = day.as_bytes().try_into().ok()?;
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_i16, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + i16::from(digit - b'0'))
        })
    };
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else { return None };
    let (month, day) = (number(&[*m1, *m2])?, number(&[*d1, *d2])?);
    let year = number(&[*y1, *y2, *y3, *y4])?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// An interval, or none when one of its dates cannot be understood.
pub(super) fn interval(
    start: &Scalar<'_>,
    end: &Scalar<'_>,
    notes: &mut Notes,
    at: &'static str,
) -> Option<Interval> {
    let bad = |field, notes: &mut Notes| {
        notes.note(Odd::BadRow, at, field);
        None
    };
    let start = match date(start, notes, at, "startDate") {
        Read::Bad => return bad("startDate", notes),
        other @ (Read::None | Read::Some(_)) => other.value(),
    };
    let end = match date(end, notes, at, "endDate") {
        Read::Bad => return bad("endDate", notes),
        other @ (Read::None | Read::Some(_)) => other.value(),
    };
    Some(Interval::new(start, end))
}

/// A small number, also one that is written as a text.
pub(super) fn number(scalar: &Scalar<'_>) -> Read<u8> {
    match scalar {
        Scalar::Absent | Scalar::Null => Read::None,
        Scalar::Number(number) => u8::try_from(*number).map_or(Read::Bad, Read::Some),
        Scalar::Text(text) if text.trim().is_empty() => Read::None,
        Scalar::Text(text) => text.trim().parse().map_or(Read::Bad, Read::Some),
        Scalar::Bool(_) | Scalar::Wrong => Read::Bad,
    }
}

/// Whether a flag is set.
pub(super) fn is_set(scalar: &Scalar<'_>) -> bool {
    match scalar {
        Scalar::Bool(yes) => *yes,
        Scalar::Text(text) => text.eq_ignore_ascii_case("true"),
        Scalar::Absent | Scalar::Null | Scalar::Number(_) | Scalar::Wrong => false,
    }
}

/// A text, empty when there is none.
pub(super) fn text<'s>(scalar: &'s Scalar<'_>) -> Cow<'s, str> {
    scalar.text().unwrap_or_default()
}

/// The marker that stands in one of these texts, if any.
pub(super) fn marker<'m>(markers: &'m [String], text: &Scalar<'_>) -> Option<&'m str> {
    let text = text.text()?.to_lowercase();
    markers.iter().find(|marker| text.contains(&marker.to_lowercase())).map(String::as_str)
}
