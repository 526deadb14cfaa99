//! `Retry-After` (RFC 9110 §10.2.3): seconds or a date; some servers write decimals.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// The longest that we believe: a day. A server that asks for more has a wrong clock.
const MOST: Duration = Duration::from_hours(24);

/// How long to wait. A date is counted from the answer's own `Date`: so the clocks of the two
/// machines need not agree. Without one, a date says nothing.
pub(super) fn parse(text: &str, date: Option<&str>) -> Option<Duration> {
    let text = text.trim();
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let seconds: f64 = text.parse().ok()?;
        return Duration::try_from_secs_f64(seconds).ok().map(|wait| wait.min(MOST));
    }
    let until = moment(text)?;
    let now = moment(date?)?;
    let wait = until.duration_since(now);
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO).min(MOST))
}

fn moment(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}
