//! What can go wrong at a receiver, as switches.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Something that a receiver does to those who write to it.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The answer comes later.
    Latency {
        /// By so much,
        least: Duration,
        /// and up to so much more.
        jitter: Duration,
    },
    /// 500, and nothing is done.
    Error,
    /// 403, and nothing is done: what is called is not ours to change (RFC 7644 §3.12).
    Forbidden,
    /// The connection is reset, and nothing is done.
    Reset,
    /// The call is carried out; then the connection ends without an answer.
    Lost,
    /// The call is carried out; the connection ends in the middle of the answer's body.
    Cut,
    /// 200 with a web page, and nothing is done: somebody stands before the receiver.
    Page,
    /// The first operation of a request of many has this status (RFC 7644 §3.7.3).
    Inside(u16, Inside),
    /// The body of the answer comes in small pieces, this long apart.
    Dribble(Duration),
    /// No more calls than so many a second, for each tenant.
    Limit {
        /// How many a second.
        per_second: f64,
        /// How many at once after a pause.
        burst: f64,
        /// What becomes of one too many.
        kind: Limited,
    },
    /// 500 "database is locked" to a write while another call is under way
    /// (reference/peers.md §2.2: windermere over `SQLite`).
    Locked,
    /// 503 with `Retry-After` until so long has passed since this was planted.
    Closed(Duration),
    /// Answers say that they are of this type.
    ContentType(String),
}

/// Whether an operation was carried out whose status says that it was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inside {
    /// It was not.
    NotDone,
    /// It was.
    Done,
}

/// What becomes of a call beyond the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limited {
    /// 429 with `Retry-After` in whole seconds.
    Seconds,
    /// 429 with `Retry-After` in seconds with decimals, as some send it.
    Decimal,
    /// 429 with `Retry-After` as a date.
    Date,
    /// It waits for its turn (reference/targets.md §4.2: windermere).
    Waits,
}

/// Which of the calls are hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// One in so many, from 1: each.
    Nth(u32),
    /// So many of a hundred, as chance has it.
    Percent(u8),
}

/// A fault, which calls it hits, where, from when, and how often.
///
/// Written as `FAULT[/EVERY][@PLACE][:AFTER][xTIMES]`: `error/50@Users` is 500 to every
/// fiftieth call for users, `lost@POST:3x1` loses the answer to the fourth POST,
/// `forbidden@ID` is 403 to whatever is done to the object with that id.
#[derive(Debug, Clone, PartialEq)]
pub struct Planted {
    /// What.
    pub fault: Fault,
    /// `/50` or `/10%`.
    pub every: Every,
    /// A method, a type or an object's id, as `POST` or `Users`; all when `None`.
    pub place: Option<String>,
    /// So many calls go well first.
    pub after: u64,
    /// So many are hit; without end when `None`.
    pub times: Option<u64>,
}

impl Planted {
    /// Names and descriptions of all faults, in the form that they are written in.
    pub const ALL: [(&'static str, &'static str); 13] = [
        ("latency=MS[~JITTER]", "answers come later, by up to JITTER ms more"),
        ("error", "500, and nothing is done"),
        ("forbidden", "403, and nothing is done"),
        ("reset", "the connection is reset, and nothing is done"),
        ("lost", "carried out, but the connection ends without an answer"),
        ("cut", "carried out, but the connection ends in the middle of the answer's body"),
        ("page", "200 with a web page, and nothing is done"),
        (
            "inside=STATUS[,done]",
            "the first operation of a Bulk has this status; it is not done, or is all the same",
        ),
        ("dribble=MS", "the answer's body comes in small pieces, MS apart"),
        (
            "limit=PER_SECOND[+BURST][,HOW]",
            "a limit per tenant; one too many gets 429 with Retry-After in `seconds`, `decimal` seconds or as a `date`, or `waits`",
        ),
        ("locked", "500 \"database is locked\" to a write while another call is under way"),
        ("closed=SECONDS", "503 with Retry-After until so long has passed"),
        ("content-type=TYPE", "answers say that they are of another type"),
    ];
}

/// Not a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownFault;

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such fault")
    }
}

impl std::error::Error for UnknownFault {}

impl From<std::num::ParseIntError> for UnknownFault {
    fn from(_: std::num::ParseIntError) -> Self {
        Self
    }
}

impl From<std::num::ParseFloatError> for UnknownFault {
    fn from(_: std::num::ParseFloatError) -> Self {
        Self
    }
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let millis = |text: &str| text.parse().map(Duration::from_millis);
        Ok(match (name, value) {
            ("error", "") => Self::Error,
            ("forbidden", "") => Self::Forbidden,
            ("reset", "") => Self::Reset,
            ("cut", "") => Self::Cut,
            ("page", "") => Self::Page,
            ("inside", value) => match value.split_once(',') {
                None => Self::Inside(value.parse()?, Inside::NotDone),
                Some((status, "done")) => Self::Inside(status.parse()?, Inside::Done),
                Some(_) => return Err(UnknownFault),
            },
            ("lost", "") => Self::Lost,
            ("locked", "") => Self::Locked,
            ("latency", value) => {
                let (least, jitter) = value.split_once('~').unwrap_or((value, "0"));
                Self::Latency { least: millis(least)?, jitter: millis(jitter)? }
            }
            ("dribble", value) => Self::Dribble(millis(value)?),
            ("closed", value) => Self::Closed(Duration::from_secs(value.parse()?)),
            ("limit", value) => limit(value)?,
            ("content-type", value) if !value.is_empty() => Self::ContentType(value.to_owned()),
            _ => return Err(UnknownFault),
        })
    }
}

fn limit(text: &str) -> Result<Fault, UnknownFault> {
    let (rate, kind) = text.split_once(',').unwrap_or((text, "seconds"));
    let kind = match kind {
        "seconds" => Limited::Seconds,
        "decimal" => Limited::Decimal,
        "date" => Limited::Date,
        "waits" => Limited::Waits,
        _ => return Err(UnknownFault),
    };
    let (per_second, burst) = rate.split_once('+').unwrap_or((rate, "1"));
    let (per_second, burst): (f64, f64) = (per_second.parse()?, burst.parse()?);
    if !(per_second > 0.0 && per_second.is_finite() && burst >= 1.0 && burst.is_finite()) {
        return Err(UnknownFault);
    }
    Ok(Fault::Limit { per_second, burst, kind })
}

impl FromStr for Planted {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let Placed { what, every, place, after, times } = placed(text);
        Ok(Self { fault: what.parse()?, every, place, after, times })
    }
}

/// `WHAT[/EVERY][@PLACE][:AFTER][xTIMES]`, taken apart.
#[derive(Debug)]
pub(crate) struct Placed<'a> {
    pub(crate) what: &'a str,
    pub(crate) every: Every,
    pub(crate) place: Option<String>,
    pub(crate) after: u64,
    pub(crate) times: Option<u64>,
}

pub(crate) fn placed(text: &str) -> Placed<'_> {
    let (text, times) = number_after(text, 'x');
    let (text, after) = number_after(text, ':');
    let (text, place) = match text.rsplit_once('@') {
        Some((text, place)) => (text, Some(place.to_owned())),
        None => (text, None),
    };
    let (what, every) = match text.rsplit_once('/') {
        Some((rest, part)) => match every(part) {
            Some(every) => (rest, every),
            None => (text, Every::Nth(1)),
        },
        None => (text, Every::Nth(1)),
    };
    Placed { what, every, place, after: after.unwrap_or(0), times }
}

/// The number at the end, when it stands after this letter.
fn number_after(text: &str, letter: char) -> (&str, Option<u64>) {
    let parts = text.rsplit_once(letter);
    match parts.and_then(|(rest, number)| Some((rest, number.parse().ok()?))) {
        Some((rest, number)) => (rest, Some(number)),
        None => (text, None),
    }
}

fn every(text: &str) -> Option<Every> {
    if let Some(percent) = text.strip_suffix('%') {
        return percent.parse().ok().filter(|it| (1..=100).contains(it)).map(Every::Percent);
    }
    text.parse().ok().filter(|it| *it > 0).map(Every::Nth)
}
