//! Google's documented refusals by name, to be planted as they are (google.md §1.4, §2.2). Those
//! that follow from what is held are given without that, too.

use super::refusal::Refusal;

/// A row of the catalogue: its name, status, word of the older form, and message. Classroom's
/// begin with their name, and have the blank after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    name: &'static str,
    status: u16,
    reason: &'static str,
    message: &'static str,
}

impl Known {
    /// The name by which it is planted.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        OF_DIRECTORY.iter().chain(OF_CLASSROOM).copied().find(|it| it.name == name)
    }

    pub(super) fn refusal(self) -> Refusal {
        if self.message.starts_with('@') {
            return Refusal::new(self.status, self.reason, format!("{} ", self.message));
        }
        Refusal::new(self.status, self.reason, self.message)
    }
}

const fn row(
    name: &'static str,
    status: u16,
    reason: &'static str,
    message: &'static str,
) -> Known {
    Known { name, status, reason, message }
}

/// Named by Google's word, or by a part of the message where that is of many things.
#[rustfmt::skip]
pub const OF_DIRECTORY: &[Known] = &[
    row("INVALID_OU_ID",            400, "invalid",              "Invalid Input: INVALID_OU_ID"),
    row("primary_user_email",       400, "invalid",              "Invalid Input: primary_user_email"),
    row("InvalidName",              400, "invalid",              "Invalid Given/Family Name"),
    row("InvalidPassword",          400, "invalid",              "Invalid Password"),
    row("custom_schema",            400, "invalid",              "Invalid Input: custom_schema"),
    row("memberKey",                400, "invalid",              "Invalid Input: memberKey"),
    row("groupKey",                 400, "invalid",              "Invalid Input: groupKey"),
    row("resource",                 400, "invalid",              "Invalid Input: resource"),
    row("userKey",                  400, "badRequest",           "Type not supported: userKey"),
    row("badRequest",               400, "badRequest",           "Bad Request"),
    row("required",                 400, "required",             "Missing required field: memberKey"),
    row("loginRequired",            401, "required",             "Login Required"),
    row("authError",                401, "authError",            "Invalid Credentials"),
    row("forbidden",                403, "forbidden",            "Not Authorized to access this resource/api"),
    row("insufficientPermissions",  403, "insufficientPermissions", "Request had insufficient authentication scopes."),
    row("noDomain",                 404, "notFound",             "Resource Not Found: domain"),
    row("domainNotFound",           404, "notFound",             "Domain not found."),
    row("noUser",                   404, "notFound",             "Resource Not Found: userKey"),
    row("noGroup",                  404, "notFound",             "Resource Not Found: groupKey"),
    row("noMember",                 404, "notFound",             "Resource Not Found: memberKey"),
    row("duplicate",                409, "duplicate",            "Entity already exists."),
    row("domainInUse",              409, "conflict",             "Domain in request is in use by an email verified customer."),
    row("cyclic",                   412, "conditionNotMet",      "Cyclic memberships not allowed"),
    row("precondition",             412, "conditionNotMet",      "Precondition is not met."),
    row("adminCannotUnsuspend",     412, "adminCannotUnsuspend", "Cannot restore a user suspended for abuse."),
    row("archivedLicenses",         412, "conditionNotMet",      "Insufficient archived user licenses"),
    row("limitExceeded",            403, "limitExceeded",        "Domain user limit reached."),
    row("broaderThanGroup",         400, "invalid",              "WHO_CAN_VIEW_MEMBERSHIP_CANNOT_BE_BROADER_THAN_WHO_CAN_SEE_GROUP"),
];

/// Named by Google's word.
#[rustfmt::skip]
pub const OF_CLASSROOM: &[Known] = &[
    row("CourseMemberLimitReached", 400, "failedPrecondition",   "@CourseMemberLimitReached"),
    row("CourseTeacherLimitReached", 400, "failedPrecondition",  "@CourseTeacherLimitReached"),
    row("CourseNotModifiable",      400, "failedPrecondition",   "@CourseNotModifiable"),
    row("UserGroupsMembershipLimitReached", 400, "failedPrecondition", "@UserGroupsMembershipLimitReached"),
    row("InactiveCourseOwner",      400, "failedPrecondition",   "@InactiveCourseOwner"),
    row("IneligibleOwner",          400, "failedPrecondition",   "@IneligibleOwner"),
    row("UserCannotOwnCourse",      400, "failedPrecondition",   "@UserCannotOwnCourse"),
    row("UserAlreadyOwner",         400, "failedPrecondition",   "@UserAlreadyOwner"),
    row("PendingInvitationExists",  400, "failedPrecondition",   "@PendingInvitationExists"),
    row("CannotRemoveCourseOwner",  400, "failedPrecondition",   "@CannotRemoveCourseOwner"),
    row("CannotRemoveCourseOwnerTransferIncomplete", 400, "failedPrecondition", "@CannotRemoveCourseOwnerTransferIncomplete"),
    row("CannotRemoveCourseFolderOwner", 400, "failedPrecondition", "@CannotRemoveCourseFolderOwner"),
    row("CannotRemoveTeacherWithNoCourseOwner", 400, "failedPrecondition", "@CannotRemoveTeacherWithNoCourseOwner"),
    row("CourseTitleCannotContainUrl", 400, "failedPrecondition", "@CourseTitleCannotContainUrl"),
    row("FAILED_PRECONDITION",      400, "failedPrecondition",   "Precondition check failed."),
    row("INVALID_ARGUMENT",         400, "invalidArgument",      "Request contains an invalid argument."),
    row("CannotDirectAddUser",      403, "forbidden",            "@CannotDirectAddUser"),
    row("CannotInviteUserInUntrustedDomain", 403, "forbidden",   "@CannotInviteUserInUntrustedDomain"),
    row("ClassroomDisabled",        403, "forbidden",            "@ClassroomDisabled"),
    row("ClassroomApiDisabled",     403, "forbidden",            "@ClassroomApiDisabled"),
    row("ProjectPermissionDenied",  403, "forbidden",            "@ProjectPermissionDenied"),
    row("CourseStateDenied",        403, "forbidden",            "@CourseStateDenied"),
    row("PERMISSION_DENIED",        403, "forbidden",            "The caller does not have permission"),
    row("CourseNotFound",           404, "notFound",             "@CourseNotFound"),
    row("ALREADY_EXISTS",           409, "alreadyExists",        "Requested entity already exists"),
    row("UserCourseJoinRateLimitReached", 429, "rateLimitExceeded", "@UserCourseJoinRateLimitReached"),
    row("UserInvitationQuotaExhausted", 429, "quotaExceeded",    "@UserInvitationQuotaExhausted"),
    row("INTERNAL",                 500, "internalError",        "Internal error encountered."),
];
