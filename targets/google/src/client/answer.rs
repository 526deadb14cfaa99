//! What an answer of Google's means, by what is done next (reference/google.md §1.4, §2.2).
//!
//! Refusals come in four shapes: Directory's, that of the newer front, plain text and HTML. A
//! message is only ever looked at for known words: it may name a person.

use std::time::Duration;

use connect::http::{Bytes, Earlier};
use serde_json::Value as Json;

/// An answer to one call, alone or out of a batch.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
    pub(crate) next: Next,
    /// A short code for reports; empty for a success.
    pub(crate) code: String,
    /// Whether a try before this answer may have been carried out.
    pub(crate) earlier: Earlier,
}

/// What is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Go on.
    Fine,
    /// Too many calls: the same again, later. It was not carried out.
    TooMany { after: Option<Duration> },
    /// Trouble there: the same again, later. It may have been carried out.
    Busy,
    /// What was just made cannot be used everywhere yet: the same again, in a while.
    Soon,
    /// There is one already.
    Taken,
    /// There is no such thing.
    NotThere,
    /// The token is no good any more.
    Stale,
    /// A person must give us a permission or turn something on.
    Locked(Lock),
    /// Refused for what it asks.
    Refused,
}

/// What is locked, by what an administrator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lock {
    /// The scope of the token is too small.
    Scope,
    /// The API is not enabled in the project.
    ApiOff,
    /// API access is off for the domain.
    ApiAccess,
    /// Classroom is off for the subject, or closed to programs.
    Classroom,
    /// The subject lacks an administrator's role.
    Role,
    /// The token is refused, though it is new.
    Token,
}

/// What a body says.
#[derive(Default)]
struct Says {
    /// Google's own short reason.
    reason: String,
    /// `PERMISSION_DENIED` and its like.
    status: String,
    /// `@CourseNotModifiable` and its like, without the sign.
    name: String,
    /// In small letters; never shown.
    message: String,
    /// Whether it is an error as Google's services write them.
    is_googles: bool,
}

impl Answer {
    /// Classifies an answer.
    pub(crate) fn new(status: u16, after: Option<Duration>, body: Bytes) -> Self {
        let earlier = Earlier::NotDone;
        if (200..300).contains(&status) {
            return Self { status, body, next: Next::Fine, code: String::new(), earlier };
        }
        let says = says(&body);
        let next = next(status, after, &says);
        Self { status, body, next, code: code(status, &says), earlier }
    }

    /// An account that was just made would be refused now: nobody was asked.
    pub(crate) fn too_young(earlier: Earlier) -> Self {
        let (body, next, code) = (Bytes::new(), Next::Soon, TOO_YOUNG.to_owned());
        Self { status: 403, body, next, code, earlier }
    }

    /// Whether Classroom does not know an account yet, as a member or as an owner.
    pub(crate) fn is_too_young(&self) -> bool {
        (self.next == Next::Soon && self.code == TOO_YOUNG) || self.code == NO_OWNER
    }

    /// The body; nothing when it is no JSON.
    pub(crate) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A text of the body.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        Some(self.json().get(name)?.as_str()?.to_owned())
    }

    pub(crate) fn is_fine(&self) -> bool {
        self.next == Next::Fine
    }
}

/// Classroom does not know an account that was just made (reference/google.md §2.2).
const TOO_YOUNG: &str = "CannotDirectAddUser";
/// It says the same of an owner whom it does not know (reference/google.md §2.1).
const NO_OWNER: &str = "UserCannotOwnCourse";

/// As much of a body that is no JSON as is looked at.
const LOOKED_AT: usize = 4096;

fn says(body: &[u8]) -> Says {
    let json: Json = serde_json::from_slice(body).unwrap_or_default();
    let Some(error) = json.get("error").filter(|it| it.is_object()) else {
        let text = String::from_utf8_lossy(&body[..body.len().min(LOOKED_AT)]).to_lowercase();
        return Says { message: text, ..Says::default() };
    };
    let text = |at: &str| error.pointer(at).and_then(Json::as_str).unwrap_or_default();
    let details = error.get("details").and_then(Json::as_array);
    let of_details = details.and_then(|all| all.iter().find_map(|it| it.get("reason")?.as_str()));
    let message = text("/message");
    let name = message.strip_prefix('@').and_then(|rest| rest.split_whitespace().next());
    let first = text("/errors/0/reason");
    let reason = if first.is_empty() { of_details.unwrap_or_default() } else { first };
    Says {
        reason: reason.to_owned(),
        status: text("/status").to_owned(),
        name: name.unwrap_or_default().to_owned(),
        message: message.to_lowercase(),
        is_googles: true,
    }
}

const TOO_MANY: [&str; 6] = [
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "quotaExceeded",
    "RATE_LIMIT_EXCEEDED",
    "RESOURCE_EXHAUSTED",
    "UserCourseJoinRateLimitReached",
];

const OWNER_MOVES: [&str; 2] =
    ["CannotRemoveCourseOwnerTransferIncomplete", "CannotRemoveCourseFolderOwner"];

/// What gam tries again (reference/google.md §1.4) and no status tells.
const TROUBLE: [&str; 7] = [
    "backendError",
    "badGateway",
    "gatewayTimeout",
    "internalError",
    "transientError",
    "serviceNotAvailable",
    "systemError",
];

fn next(status: u16, after: Option<Duration>, says: &Says) -> Next {
    let has = |words: &[&str]| words.iter().any(|word| says.message.contains(word));
    let reason = says.reason.as_str();
    if status == 401 {
        return Next::Stale;
    }
    if TROUBLE.contains(&reason) {
        return Next::Busy;
    }
    let is_too_many = status == 429
        || TOO_MANY.contains(&reason)
        || ([403, 503].contains(&status)
            && has(&["request rate higher", "quota exceeded", "rate limit"]));
    if is_too_many {
        return Next::TooMany { after };
    }
    match status {
        403 if says.name == TOO_YOUNG => Next::Soon,
        403 => lock(says).map_or(Next::Refused, Next::Locked),
        // A page of somebody in between says nothing of what we asked for.
        404 | 410 if says.is_googles => Next::NotThere,
        409 if has(&["conflicting requests"]) => Next::Soon,
        409 if reason == "aborted" || says.status == "ABORTED" || has(&["was aborted"]) => {
            Next::Busy
        }
        409 if reason == "conflict" => Next::Refused,
        409 => Next::Taken,
        412 if has(&["creation is not complete"]) => Next::Soon,
        // The old owner cannot go before all is the new one's (reference/google.md §2.1).
        400 if OWNER_MOVES.contains(&says.name.as_str()) => Next::Soon,
        408 | 425 | 500 | 502..=504 | 506.. => Next::Busy,
        _ => Next::Refused,
    }
}

/// What a 403 tells of; `None` where it is about the one object.
fn lock(says: &Says) -> Option<Lock> {
    let has = |words: &[&str]| words.iter().any(|word| says.message.contains(word));
    Some(match (says.reason.as_str(), says.name.as_str()) {
        (_, "ClassroomDisabled" | "ClassroomApiDisabled") => Lock::Classroom,
        ("insufficientPermissions" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT", _) => Lock::Scope,
        // Another project made the one thing (developers.google.com/classroom/reference/Access.Errors).
        (_, "ProjectPermissionDenied") => return None,
        ("accessNotConfigured" | "SERVICE_DISABLED", _) => Lock::ApiOff,
        ("domainCannotUseApis", _) => Lock::ApiAccess,
        _ if has(&["insufficient authentication scopes"]) => Lock::Scope,
        _ if has(&["has not been used in project", "it is disabled"]) => Lock::ApiOff,
        _ if has(&["domain cannot use apis"]) => Lock::ApiAccess,
        _ => return None,
    })
}

/// Messages that say more than their reason (reference/google.md §1.2–1.4), in small letters.
const KNOWN: [(&str, &str); 18] = [
    ("invalid_ou_id", "invalidOrgUnit"),
    ("primary_user_email", "invalidAddress"),
    ("invalid given", "invalidGivenName"),
    ("invalid family", "invalidFamilyName"),
    ("invalid password", "invalidPassword"),
    ("missing required field: memberkey", "invalidMember"),
    ("invalid input: memberkey", "invalidMember"),
    ("resource not found: memberkey", "memberNotFound"),
    ("invalid input: groupkey", "invalidGroup"),
    ("resource not found: groupkey", "groupNotFound"),
    ("resource not found: userkey", "userNotFound"),
    ("type not supported: userkey", "invalidUser"),
    ("resource not found: domain", "domainNotFound"),
    ("domain not found", "domainNotFound"),
    ("cyclic memberships", "cyclicMembership"),
    ("creation is not complete", "userNotComplete"),
    ("suspended for abuse", "suspendedForAbuse"),
    ("insufficient archived user licenses", "noLicence"),
];

/// A code for reports: Google's own word, never its message.
fn code(status: u16, says: &Says) -> String {
    let known = KNOWN.iter().find(|(words, _)| says.message.contains(words));
    let known = known.map(|(_, code)| *code);
    let own = [says.name.as_str(), known.unwrap_or_default(), &says.reason, &says.status];
    let found = own.into_iter().find(|text| is_code(text));
    found.map_or_else(|| status.to_string(), str::to_owned)
}

fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphabetic() || c == '_')
}

#[cfg(test)]
mod tests;
