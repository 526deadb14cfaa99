//! What can go wrong, as switches.

use std::fmt;
use std::str::FromStr;

/// Something that a register does to its readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Pages never end: after the last comes the first, each with a new token.
    EndlessPaging,
    /// The same token again and again.
    RepeatedToken,
    /// A page of HTML with status 200.
    Html,
    /// The connection ends in the middle of the body; `Content-Length` said more.
    CutLength,
    /// The connection ends in the middle of a chunked body.
    CutChunked,
    /// A byte in the body that is not UTF-8.
    InvalidUtf8,
    /// Another status, with `{code, message}`.
    Status {
        /// The status.
        code: u16,
        /// `Retry-After` as it is sent: `2`, `0.5`, or a date.
        retry_after: Option<String>,
    },
    /// The answer comes later.
    Slow {
        /// By so many milliseconds.
        millis: u64,
    },
    /// The connection is reset instead of an answer.
    Reset,
    /// A string that goes on for so many bytes, streamed.
    HugeString {
        /// How many bytes.
        bytes: u64,
    },
    /// `deletedEntities` names everything that there is.
    DeletedEverything,
    /// Every token given out so far stops working.
    TokensExpire,
    /// The register's clock moves by so many seconds; backwards when negative.
    ClockJump {
        /// How many seconds.
        seconds: i64,
    },
    /// The register has nothing at all.
    EmptyRegister,
    /// The first school has lost all its enrolments, duties and groups.
    SchoolLost,
    /// Every other person is missing.
    HalfOfPersons,
    /// Nobody has a `securityMarking`.
    NoSecurityMarking,
    /// Mentors' groups are named by the mentor's personnummer.
    MentorNumbers,
    /// Values that no list of the standard has.
    UnknownValues,
    /// Each page of persons begins with the last person of the page before.
    DuplicatePersons,
    /// The same, with another family name.
    ChangedDuplicates,
    /// Some objects of a list lack a field.
    FieldLost(Spoilt),
    /// Some objects of a list have a question mark in a field.
    FieldWrong(Spoilt),
}

/// Which field of which objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoilt {
    /// The field's name.
    pub field: String,
    /// The first object of a page and each so manieth after it.
    pub every: usize,
}

impl FromStr for Spoilt {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let (field, every) = text.split_once('/').ok_or(UnknownFault)?;
        let every = every.parse::<usize>()?.max(1);
        Ok(Self { field: field.to_owned(), every })
    }
}

impl Fault {
    /// Names and descriptions of all, in the form that [`Planted`] is written in.
    pub const ALL: [(&'static str, &'static str); 23] = [
        ("endless-paging", "pages never end, each with a new token"),
        ("repeated-token", "the same page token again and again"),
        ("html", "a page of HTML with status 200"),
        ("cut-length", "the body ends before its Content-Length"),
        ("cut-chunked", "a chunked body ends in the middle"),
        ("invalid-utf8", "a byte in the body is not UTF-8"),
        ("status=CODE[/RETRY-AFTER]", "another status, e.g. status=429/2, status=503/0.5"),
        ("slow=MILLISECONDS", "answers come later"),
        ("reset", "the connection is reset"),
        ("huge-string=BYTES", "a string that goes on for so many bytes"),
        ("deleted-everything", "deletedEntities names everything that there is"),
        ("tokens-expire", "every token given out so far stops working"),
        ("clock-jump=SECONDS", "the register's clock moves, backwards when negative"),
        ("empty-register", "the register has nothing at all"),
        ("school-lost", "the first school has lost all that hangs on it"),
        ("half-of-persons", "every other person is missing"),
        ("no-security-marking", "nobody has a securityMarking"),
        ("mentor-numbers", "mentors' groups are named by the mentor's personnummer"),
        ("unknown-values", "values that no list of the standard has"),
        ("duplicate-persons", "pages of persons overlap by one"),
        ("changed-duplicates", "the same, with another family name"),
        ("field-lost=FIELD/N", "every Nth object of a page lacks the field"),
        ("field-wrong=FIELD/N", "every Nth object of a page has a question mark in the field"),
    ];

    /// At every endpoint and request, until it is taken away.
    #[must_use]
    pub const fn everywhere(self) -> Planted {
        Planted { fault: self, endpoint: None, after: 0, times: None }
    }

    /// At this endpoint, e.g. `persons`, at every request, until it is taken away.
    #[must_use]
    pub fn at(self, endpoint: &str) -> Planted {
        Planted { endpoint: Some(endpoint.to_owned()), ..self.everywhere() }
    }

    /// True for what is wrong with the data rather than with single answers: it holds for every
    /// request from when it is planted, whatever [`Planted`] says of endpoint and number.
    #[must_use]
    pub const fn is_of_the_data(&self) -> bool {
        match self {
            Self::EmptyRegister
            | Self::SchoolLost
            | Self::HalfOfPersons
            | Self::NoSecurityMarking
            | Self::MentorNumbers
            | Self::UnknownValues => true,
            Self::EndlessPaging
            | Self::RepeatedToken
            | Self::Html
            | Self::CutLength
            | Self::CutChunked
            | Self::InvalidUtf8
            | Self::Status { .. }
            | Self::Slow { .. }
            | Self::Reset
            | Self::HugeString { .. }
            | Self::DeletedEverything
            | Self::TokensExpire
            | Self::ClockJump { .. }
            | Self::DuplicatePersons
            | Self::ChangedDuplicates
            | Self::FieldLost(_)
            | Self::FieldWrong(_) => false,
        }
    }
}

/// A fault, where, and from which request on.
///
/// Written as `FAULT[@ENDPOINT][:AFTER][xTIMES]`: `status=503@persons:3x2` lets three
/// requests for persons through, then fails two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// What.
    pub fault: Fault,
    /// Only requests for this resource, e.g. `persons` or `token`; all when `None`.
    pub endpoint: Option<String>,
    /// So many requests are answered well first.
    pub after: u32,
    /// So many are hit; all that follow when `None`, but for tokens that expire and a clock
    /// that jumps: those happen once.
    pub times: Option<u32>,
}

impl Planted {
    /// True when the request with this number, from 1, is hit.
    pub(super) const fn hits(&self, number: u32) -> bool {
        let once = matches!(self.fault, Fault::TokensExpire | Fault::ClockJump { .. });
        let times = match self.times {
            Some(times) => times,
            None if once => 1,
            None => u32::MAX,
        };
        number > self.after && number <= self.after.saturating_add(times)
    }

    /// After so many good answers.
    #[must_use]
    pub const fn after(mut self, requests: u32) -> Self {
        self.after = requests;
        self
    }

    /// So many times, then all is well again.
    #[must_use]
    pub const fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }
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

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        if let Some((name, value)) = text.split_once('=') {
            return match name {
                "status" => {
                    let (code, retry) = value.split_once('/').unwrap_or((value, ""));
                    let code: u16 = code.parse()?;
                    let retry_after = (!retry.is_empty()).then(|| retry.to_owned());
                    if !(200..600).contains(&code) {
                        return Err(UnknownFault);
                    }
                    Ok(Self::Status { code, retry_after })
                }
                "slow" => Ok(Self::Slow { millis: value.parse()? }),
                "huge-string" => Ok(Self::HugeString { bytes: value.parse()? }),
                "field-lost" => Ok(Self::FieldLost(value.parse()?)),
                "field-wrong" => Ok(Self::FieldWrong(value.parse()?)),
                "clock-jump" => Ok(Self::ClockJump { seconds: value.parse()? }),
                _ => Err(UnknownFault),
            };
        }
        Ok(match text {
            "endless-paging" => Self::EndlessPaging,
            "repeated-token" => Self::RepeatedToken,
            "html" => Self::Html,
            "cut-length" => Self::CutLength,
            "cut-chunked" => Self::CutChunked,
            "invalid-utf8" => Self::InvalidUtf8,
            "reset" => Self::Reset,
            "deleted-everything" => Self::DeletedEverything,
            "tokens-expire" => Self::TokensExpire,
            "empty-register" => Self::EmptyRegister,
            "school-lost" => Self::SchoolLost,
            "half-of-persons" => Self::HalfOfPersons,
            "no-security-marking" => Self::NoSecurityMarking,
            "mentor-numbers" => Self::MentorNumbers,
            "unknown-values" => Self::UnknownValues,
            "duplicate-persons" => Self::DuplicatePersons,
            "changed-duplicates" => Self::ChangedDuplicates,
            _ => return Err(UnknownFault),
        })
    }
}

impl FromStr for Planted {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let (fault, place) = match text.split_once('@') {
            Some((fault, place)) => (fault, Some(place)),
            None => (text, None),
        };
        let (fault, place, count) = match (place, fault.rsplit_once(':')) {
            (Some(place), _) => match place.split_once(':') {
                Some((place, count)) => (fault, Some(place), Some(count)),
                None => (fault, Some(place), None),
            },
            // A date in `Retry-After` has colons too.
            (None, Some((fault, count))) if !fault.contains('/') => (fault, None, Some(count)),
            (None, _) => (fault, None, None),
        };
        let mut planted =
            Self { endpoint: place.map(str::to_owned), ..fault.parse::<Fault>()?.everywhere() };
        if let Some(count) = count {
            let (after, times) = match count.split_once('x') {
                Some((after, times)) => (after, Some(times.parse()?)),
                None => (count, None),
            };
            planted.after = if after.is_empty() { 0 } else { after.parse()? };
            planted.times = times;
        }
        Ok(planted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_written_as_text() {
        let status = |code, after: Option<&str>| Fault::Status {
            code,
            retry_after: after.map(str::to_owned),
        };
        #[rustfmt::skip]
        let table: &[(&str, Option<Planted>)] = &[
            ("html",                        Some(Fault::Html.everywhere())),
            ("html@groups",                 Some(Fault::Html.at("groups"))),
            ("html:2",                      Some(Fault::Html.everywhere().after(2))),
            ("status=503@persons:3x2",      Some(status(503, None).at("persons").after(3).times(2))),
            ("status=429/0.5@persons:x1",   Some(status(429, Some("0.5")).at("persons").times(1))),
            ("status=429/Tue, 01 Sep 2026 06:00:05 GMT",
                Some(status(429, Some("Tue, 01 Sep 2026 06:00:05 GMT")).everywhere())),
            ("clock-jump=-600",             Some(Fault::ClockJump { seconds: -600 }.everywhere())),
            ("status=99",                   None),
            ("slow",                        None),
            ("html@persons:many",           None),
            ("",                            None),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse::<Planted>().ok(), *expected, "{text}");
        }
    }

    #[test]
    fn every_fault_of_the_list_is_understood() {
        for (name, _) in Fault::ALL {
            let text = match name.split_once('=') {
                Some(("status", _)) => "status=500".to_owned(),
                Some((name, "FIELD/N")) => format!("{name}=sex/1"),
                Some((name, _)) => format!("{name}=1"),
                None => name.to_owned(),
            };
            assert!(text.parse::<Fault>().is_ok(), "{text}");
        }
    }
}
