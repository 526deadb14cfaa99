//! What goes wrong with single calls, those within batches too.

use std::str::FromStr;

use super::catalogue::Known;
use super::key::PROJECT;
use super::methods::Method;
use super::refusal::{Form, Refusal};
use crate::receiver::{Chance, Every, Placed, UnknownFault, placed};

/// A trouble, which calls it hits, from when, and how often.
///
/// Written as `TROUBLE[/EVERY][@PLACE][:AFTER][xTIMES]`; a place is a method
/// (`directory.users.insert`), the beginning of one (`classroom.`) or a verb (`POST`):
/// `status=503,html/50@classroom.` is a page of HTML to every fiftieth call to Classroom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What.
    pub what: What,
    /// `/50` or `/10%`.
    pub every: Every,
    /// Where; everywhere when `None`.
    pub place: Option<String>,
    /// So many calls go well first.
    pub after: u64,
    /// So many are hit; without end when `None`.
    pub times: Option<u64>,
}

/// What a trouble is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// This status in this form, and nothing is done.
    Status(u16, Form),
    /// The call is carried out, and this status is answered.
    Done(u16, Form),
    /// 403 `quotaExceeded`: too many of one kind of call at once.
    Quota,
    /// 403 `userRateLimitExceeded`.
    Rate,
    /// 409 `conflict`: "Conflicting requests. Please try again".
    Conflict,
    /// 409 `aborted`.
    Aborted,
    /// 412 `conditionNotMet`: "User creation is not complete."
    Incomplete,
    /// 403 `accessNotConfigured`: the API is not on in the project.
    NotConfigured,
    /// 403 `domainCannotUseApis`: the customer has switched APIs off.
    DomainOff,
    /// A refusal of Google's catalogue in this form.
    Known(Known, Form),
}

impl Trouble {
    /// Names and descriptions of all, in the form that they are written in.
    pub const ALL: [(&'static str, &'static str); 10] = [
        (
            "status=STATUS[,FORM]",
            "this status, and nothing is done; FORM: own, both, newer, text or html",
        ),
        ("done=STATUS[,FORM]", "carried out, but this status is answered"),
        ("quota", "403 quotaExceeded \"Request rate higher than configured.\""),
        ("rate", "403 userRateLimitExceeded"),
        ("conflict", "409 \"Conflicting requests. Please try again\""),
        ("aborted", "409 \"The operation was aborted\""),
        ("incomplete", "412 \"User creation is not complete.\""),
        ("not-configured", "403 accessNotConfigured: the API is not on in the project"),
        ("domain-off", "403 domainCannotUseApis: the customer has switched APIs off"),
        (
            "error=NAME[,FORM]",
            "a refusal of Google's catalogue: adminCannotUnsuspend, CourseNotModifiable, …",
        ),
    ];
}

impl FromStr for Trouble {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let Placed { what, every, place, after, times } = placed(text);
        let (name, value) = what.split_once('=').unwrap_or((what, ""));
        let what = match (name, value) {
            ("status", value) => of_status(value).map(|(code, form)| What::Status(code, form))?,
            ("done", value) => of_status(value).map(|(code, form)| What::Done(code, form))?,
            ("quota", "") => What::Quota,
            ("rate", "") => What::Rate,
            ("conflict", "") => What::Conflict,
            ("aborted", "") => What::Aborted,
            ("incomplete", "") => What::Incomplete,
            ("not-configured", "") => What::NotConfigured,
            ("domain-off", "") => What::DomainOff,
            ("error", value) => {
                let (name, form) = in_form(value)?;
                What::Known(Known::of(name).ok_or(UnknownFault)?, form)
            }
            _ => return Err(UnknownFault),
        };
        Ok(Self { what, every, place, after, times })
    }
}

fn of_status(text: &str) -> Result<(u16, Form), UnknownFault> {
    let (status, form) = in_form(text)?;
    let status: u16 = status.parse()?;
    if (400..600).contains(&status) { Ok((status, form)) } else { Err(UnknownFault) }
}

/// What stands before the comma, and the form that is named after it.
fn in_form(text: &str) -> Result<(&str, Form), UnknownFault> {
    let (what, form) = text.split_once(',').unwrap_or((text, "own"));
    let form = match form {
        "own" => Form::Own,
        "both" => Form::Both,
        "newer" => Form::Newer,
        "text" => Form::Text,
        "html" => Form::Html,
        _ => return Err(UnknownFault),
    };
    Ok((what, form))
}

impl What {
    /// As it is answered.
    fn refusal(self) -> Refusal {
        match self {
            Self::Status(status, form) | Self::Done(status, form) => of(status).in_form(form),
            Self::Quota => {
                Refusal::new(403, "quotaExceeded", "Request rate higher than configured.")
            }
            Self::Rate => Refusal::new(403, "userRateLimitExceeded", "User Rate Limit Exceeded"),
            Self::Conflict => {
                Refusal::new(409, "conflict", "Conflicting requests. Please try again")
            }
            Self::Aborted => Refusal::new(409, "aborted", "The operation was aborted"),
            Self::Incomplete => {
                Refusal::new(412, "conditionNotMet", "User creation is not complete.")
            }
            Self::NotConfigured => {
                let text = format!(
                    "Admin SDK API has not been used in project {PROJECT} before or it is disabled."
                );
                Refusal::new(403, "accessNotConfigured", text)
            }
            Self::DomainOff => Refusal::new(403, "domainCannotUseApis", "Domain cannot use apis."),
            Self::Known(known, form) => known.refusal().in_form(form),
        }
    }
}

/// The usual text of a status (google.md §1.4).
fn of(status: u16) -> Refusal {
    let (reason, message) = match status {
        401 => ("authError", "Invalid Credentials"),
        403 => ("forbidden", "Not Authorized to access this resource/api"),
        404 => ("notFound", "Requested entity was not found."),
        409 => ("conflict", "Conflicting requests. Please try again"),
        412 => ("conditionNotMet", "Precondition is not met."),
        429 => ("rateLimitExceeded", "Quota exceeded for the current request"),
        500 => ("backendError", "Internal error encountered."),
        502 => ("badGateway", "Bad Gateway"),
        503 => ("backendError", "The service is currently unavailable."),
        504 => ("gatewayTimeout", "Gateway Timeout"),
        _ => ("badRequest", "Bad Request"),
    };
    Refusal::new(status, reason, message)
}

/// Troubles that are planted, with what they have seen.
#[derive(Debug, Default)]
pub(super) struct Troubles(Vec<(Trouble, u64, u64)>);

/// What befalls a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing.
    Well,
    /// It is refused.
    Refused(Refusal),
    /// It is carried out, and the answer is this.
    DoneBut(Refusal),
}

impl Troubles {
    pub(super) fn plant(&mut self, trouble: Trouble) {
        self.0.push((trouble, 0, 0));
    }

    pub(super) fn mend(&mut self) {
        self.0.clear();
    }

    /// What befalls this call; the first trouble that hits is the one that does.
    pub(super) fn fate(&mut self, method: &Method, chance: &Chance) -> Fate {
        for (trouble, seen, hits) in &mut self.0 {
            let here = |it: &str| method.verb == it || method.id.starts_with(it);
            if !trouble.place.as_deref().is_none_or(here) {
                continue;
            }
            *seen += 1;
            let number = seen.saturating_sub(trouble.after);
            let hit = number > 0
                && match trouble.every {
                    Every::Nth(many) => number.is_multiple_of(u64::from(many)),
                    Every::Percent(many) => chance.draw() % 100 < u64::from(many),
                };
            if !hit || trouble.times.is_some_and(|it| *hits >= it) {
                continue;
            }
            *hits += 1;
            let refusal = trouble.what.refusal();
            return match trouble.what {
                What::Done(..) => Fate::DoneBut(refusal),
                What::Status(..)
                | What::Quota
                | What::Rate
                | What::Conflict
                | What::Aborted
                | What::Incomplete
                | What::NotConfigured
                | What::DomainOff
                | What::Known(..) => Fate::Refused(refusal),
            };
        }
        Fate::Well
    }
}
