//! `Retry-After` (RFC 9110 §10.2.3): seconds or a date; some servers write decimals.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

/// The longest that we believe: a day. A server that asks for more has a wrong clock.
const MOST: Duration = Duration::from_hours(24);

/// How long to wait. A date is counted from the answer's own `Date`: so the clocks of the two
/// machines need not agree. Without one, a date says nothing.
#[must_use]
pub fn parse(text: &str, date: Option<&str>) -> Option<Duration> {
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

/// A date in any of the forms of RFC 9110 §5.6.7, of which servers should write the first alone.
fn moment(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok().or_else(|| old_moment(text))
}

/// `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`, in GMT both.
fn old_moment(text: &str) -> Option<Timestamp> {
    let forms = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"];
    let read = forms.iter().find_map(|form| DateTime::strptime(form, text).ok())?;
    TimeZone::UTC.to_timestamp(read).ok()
}
