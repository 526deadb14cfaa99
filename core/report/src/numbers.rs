//! Numbers, dates and times as they are written in Sweden.

use jiff::civil::{Date, DateTime};

use crate::Lang;

/// Narrow no-break space: between thousands.
const THOUSANDS: char = '\u{202f}';

/// `6 118`, with narrow no-break spaces.
#[must_use]
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(THOUSANDS);
        }
        text.push(digit);
    }
    text
}

/// A number of tenths, `4,1` in Swedish and `4.1` in English.
#[must_use]
pub fn decimal(tenths: u64, lang: Lang) -> String {
    let comma = match lang {
        Lang::Sv => ',',
        Lang::En => '.',
    };
    format!("{}{comma}{}", number(tenths / 10), tenths % 10)
}

/// `46 %`, rounded: `part` of `whole`; `0 %` of nothing. Never rounded to none or to all.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    let (part, whole) = (u128::from(part), u128::from(whole));
    let rounded = (part * 100 + whole / 2).checked_div(whole).unwrap_or_default();
    let shown = if part > 0 && part < whole { rounded.clamp(1, 99) } else { rounded };
    format!("{shown}\u{a0}%")
}

/// `2026-11-22`.
#[must_use]
pub fn date(date: Date) -> String {
    date.to_string()
}

/// `2026-11-22 02:14`, in the zone that the caller chose.
#[must_use]
pub fn moment(moment: DateTime) -> String {
    format!("{} {:02}:{:02}", moment.date(), moment.hour(), moment.minute())
}

/// `20 s`, `12 min` or `3 h`, rounded.
#[must_use]
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..90 => format!("{seconds}\u{a0}s"),
        90..5400 => format!("{}\u{a0}min", (seconds + 30) / 60),
        5400.. => format!("{}\u{a0}h", number((seconds + 1800) / 3600)),
    }
}
