use serde_json::json;

use super::*;

fn directory(status: u16, reason: &str, message: &str) -> (u16, String) {
    let errors = json!([{ "message": message, "domain": "global", "reason": reason }]);
    let error = json!({ "code": status, "message": message, "errors": errors });
    (status, json!({ "error": error }).to_string())
}

fn classroom(code: u16, status: &str, message: &str) -> (u16, String) {
    (code, json!({ "error": { "code": code, "message": message, "status": status } }).to_string())
}

fn plain(status: u16, text: &str) -> (u16, String) {
    (status, text.to_owned())
}

fn newer(status: u16, reason: &str) -> (u16, String) {
    let kind = "type.googleapis.com/google.rpc.ErrorInfo";
    let details = json!([{ "@type": kind, "reason": reason }]);
    let error = json!({ "code": status, "message": "x", "status": "RESOURCE_EXHAUSTED", "details": details });
    (status, json!({ "error": error }).to_string())
}

const TOO_MANY: Next = Next::TooMany { after: None };

/// reference/google.md §1.4: Directory.
#[test]
fn refusals_of_directory() {
    use Next::{Busy, Locked, NotThere, Refused, Soon, Stale, Taken};
    #[rustfmt::skip]
    let table: &[((u16, String), Next, &str)] = &[
        (directory(400, "invalid", "Invalid Input: INVALID_OU_ID"),                     Refused,  "invalidOrgUnit"),
        (directory(400, "invalid", "Invalid Input: primary_user_email"),                Refused,  "invalidAddress"),
        (directory(400, "invalid", "Invalid Given/Family Name"),                        Refused,  "invalidGivenName"),
        (directory(400, "invalid", "Invalid Password"),                                 Refused,  "invalidPassword"),
        (directory(400, "invalid", "Invalid Input: memberKey"),                         Refused,  "invalidMember"),
        (directory(400, "badRequest", "Bad Request"),                                   Refused,  "badRequest"),
        (directory(400, "required", "Missing required field: memberKey"),               Refused,  "invalidMember"),
        (directory(401, "authError", "Invalid Credentials"),                            Stale,    "authError"),
        (directory(403, "forbidden", "Not Authorized to access this resource/api"),     Refused,  "forbidden"),
        (directory(403, "insufficientPermissions", "Request had insufficient authentication scopes."), Locked(Lock::Scope), "insufficientPermissions"),
        (directory(403, "domainCannotUseApis", "Domain cannot use apis."),              Locked(Lock::ApiAccess), "domainCannotUseApis"),
        (directory(403, "accessNotConfigured", "Admin SDK API has not been used in project 1 before or it is disabled."), Locked(Lock::ApiOff), "accessNotConfigured"),
        (directory(403, "userRateLimitExceeded", "x"),                                  TOO_MANY, "userRateLimitExceeded"),
        (directory(403, "quotaExceeded", "Request rate higher than configured."),       TOO_MANY, "quotaExceeded"),
        (directory(403, "rateLimitExceeded", "Quota exceeded for quota metric 'Queries'"), TOO_MANY, "rateLimitExceeded"),
        (directory(429, "rateLimitExceeded", "x"),                                      TOO_MANY, "rateLimitExceeded"),
        (directory(404, "notFound", "Resource Not Found: userKey"),                     NotThere, "userNotFound"),
        (directory(404, "notFound", "Resource Not Found: groupKey"),                    NotThere, "groupNotFound"),
        (directory(409, "duplicate", "Entity already exists."),                         Taken,    "duplicate"),
        (directory(409, "duplicate", "Member already exists."),                         Taken,    "duplicate"),
        (directory(409, "conflict", "Conflicting requests. Please try again"),          Soon,     "conflict"),
        (directory(409, "conflict", "Domain in request is in use by an email verified customer."), Refused, "conflict"),
        (directory(409, "aborted", "The operation was aborted"),                        Busy,     "aborted"),
        (directory(412, "conditionNotMet", "User creation is not complete."),           Soon,     "userNotComplete"),
        (directory(412, "conditionNotMet", "Cyclic memberships not allowed"),           Refused,  "cyclicMembership"),
        (directory(412, "conditionNotMet", "Precondition is not met."),                 Refused,  "conditionNotMet"),
        (directory(412, "adminCannotUnsuspend", "Cannot restore a user suspended for abuse."), Refused, "suspendedForAbuse"),
        (directory(400, "limitExceeded", "x"),                                          Refused,  "limitExceeded"),
        (directory(500, "backendError", "Backend Error"),                               Busy,     "backendError"),
        (directory(503, "backendError", "Service unavailable. Please try again"),       Busy,     "backendError"),
        (directory(403, "systemError", "x"),                                            Busy,     "systemError"),
        (newer(429, "RATE_LIMIT_EXCEEDED"),                                             TOO_MANY, "RATE_LIMIT_EXCEEDED"),
        (newer(403, "SERVICE_DISABLED"),                                                Locked(Lock::ApiOff), "SERVICE_DISABLED"),
        (plain(403, "Request rate higher than configured."),                            TOO_MANY, "403"),
        (plain(503, "Quota exceeded for the current request"),                          TOO_MANY, "503"),
        (plain(502, "<html><title>502 Bad Gateway</title></html>"),                     Busy,     "502"),
        (plain(504, "<html>Gateway Timeout</html>"),                                    Busy,     "504"),
        (plain(400, ""),                                                                Refused,  "400"),
    ];
    for ((status, body), next, code) in table {
        let answer = Answer::new(*status, None, Bytes::from(body.clone()));
        assert_eq!((answer.next, answer.code.as_str()), (*next, *code), "{status} {body}");
    }
}

/// reference/google.md §2.2: Classroom.
#[test]
fn refusals_of_classroom() {
    use Next::{Busy, Locked, NotThere, Refused, Soon, Taken};
    let precondition = |message| classroom(400, "FAILED_PRECONDITION", message);
    let denied = |message| classroom(403, "PERMISSION_DENIED", message);
    #[rustfmt::skip]
    let table: &[((u16, String), Next, &str)] = &[
        (precondition("@CourseMemberLimitReached The course is full."),           Refused,  "CourseMemberLimitReached"),
        (precondition("@CourseNotModifiable x"),                                  Refused,  "CourseNotModifiable"),
        (precondition("@IneligibleOwner x"),                                      Refused,  "IneligibleOwner"),
        (precondition("Precondition check failed."),                              Refused,  "FAILED_PRECONDITION"),
        (denied("@CannotDirectAddUser x"),                                        Soon,     "CannotDirectAddUser"),
        (denied("@ClassroomDisabled x"),                                          Locked(Lock::Classroom), "ClassroomDisabled"),
        (denied("@ClassroomApiDisabled The user is not permitted to access the Classroom API."), Locked(Lock::Classroom), "ClassroomApiDisabled"),
        (denied("@ProjectPermissionDenied x"),                                    Refused,  "ProjectPermissionDenied"),
        (denied("@CourseStateDenied x"),                                          Refused,  "CourseStateDenied"),
        (denied("The caller does not have permission"),                           Refused,  "PERMISSION_DENIED"),
        (denied("Request had insufficient authentication scopes."),               Locked(Lock::Scope), "PERMISSION_DENIED"),
        (classroom(404, "NOT_FOUND", "Requested entity was not found."),          NotThere, "NOT_FOUND"),
        (classroom(409, "ALREADY_EXISTS", "Requested entity already exists"),     Taken,    "ALREADY_EXISTS"),
        (classroom(409, "ABORTED", "The operation was aborted."),                 Busy,     "ABORTED"),
        (classroom(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Requests'"), TOO_MANY, "RESOURCE_EXHAUSTED"),
        (classroom(500, "INTERNAL", "Internal error encountered."),               Busy,     "INTERNAL"),
        (classroom(503, "UNAVAILABLE", "The service is currently unavailable."),  Busy,     "UNAVAILABLE"),
    ];
    for ((status, body), next, code) in table {
        let answer = Answer::new(*status, None, Bytes::from(body.clone()));
        assert_eq!((answer.next, answer.code.as_str()), (*next, *code), "{status} {body}");
    }
}

/// A message may name a person: it is never a code.
#[test]
fn a_code_is_never_a_message() {
    let (status, body) =
        directory(400, "eva.lind@skola.example", "Invalid: eva.lind@skola.example");
    assert_eq!(Answer::new(status, None, Bytes::from(body)).code, "400");
    let (status, body) = classroom(400, "FAILED_PRECONDITION", "@eva.lind x");
    assert_eq!(Answer::new(status, None, Bytes::from(body)).code, "FAILED_PRECONDITION");
}
