//! The bodies of the calls, field by field: google.md §1.1–1.3, §2; `specs/google`.

use std::sync::OnceLock;

use super::fields::{Field, table};

/// What a call sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    User,
    Alias,
    Undelete,
    MakeAdmin,
    Unit,
    Group,
    Member,
    Settings,
    Course,
    CourseAlias,
    Teacher,
    Student,
    Invitation,
}

impl Body {
    #[cfg(test)]
    pub(super) const ALL: [Self; 13] = [
        Self::User,
        Self::Alias,
        Self::Undelete,
        Self::MakeAdmin,
        Self::Unit,
        Self::Group,
        Self::Member,
        Self::Settings,
        Self::Course,
        Self::CourseAlias,
        Self::Teacher,
        Self::Student,
        Self::Invitation,
    ];

    /// The schema's name in the discovery documents.
    #[cfg(test)]
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Alias => "Alias",
            Self::Undelete => "UserUndelete",
            Self::MakeAdmin => "UserMakeAdmin",
            Self::Unit => "OrgUnit",
            Self::Group => "Group",
            Self::Member => "Member",
            Self::Settings => "Groups",
            Self::Course => "Course",
            Self::CourseAlias => "CourseAlias",
            Self::Teacher => "Teacher",
            Self::Student => "Student",
            Self::Invitation => "Invitation",
        }
    }

    /// Its fields.
    pub(super) fn fields(self) -> &'static [Field] {
        static TABLES: [OnceLock<Vec<Field>>; 13] = [const { OnceLock::new() }; 13];
        let (at, text) = match self {
            Self::User => (0, USER),
            Self::Alias => (1, ALIAS),
            Self::Undelete => (2, "orgUnitPath text"),
            Self::MakeAdmin => (3, "status boolean"),
            Self::Unit => (4, UNIT),
            Self::Group => (5, GROUP),
            Self::Member => (6, MEMBER),
            Self::Settings => (7, super::settings_table::SETTINGS),
            Self::Course => (8, COURSE),
            Self::CourseAlias => (9, "alias text"),
            Self::Teacher => (10, TEACHER),
            Self::Student => (11, STUDENT),
            Self::Invitation => (12, INVITATION),
        };
        TABLES.get(at).map_or(&[], |it| it.get_or_init(|| table(text)))
    }
}

const USER: &str = "
addresses any
agreedToTerms boolean out
aliases text[] out
archivalTime text out
archived boolean
changePasswordAtNextLogin boolean
creationTime text out
customSchemas any
customerId text out
deletionTime text out
emails any
etag text out
externalIds any
gender any
guestAccountInfo object
  primaryGuestEmail text
hashFunction text
id text out
ims any
includeInGlobalAddressList boolean
ipWhitelisted boolean
isAdmin boolean out
isDelegatedAdmin boolean out
isEnforcedIn2Sv boolean out
isEnrolledIn2Sv boolean out
isGuestUser boolean
isMailboxSetup boolean out
keywords any
kind text out
languages any
lastLoginTime text out
locations any
name object
  displayName text
  familyName text
  fullName text out
  givenName text
nonEditableAliases text[] out
notes any
orgUnitPath text
organizations any
password text
phones any
posixAccounts any
primaryEmail text
recoveryEmail text
recoveryPhone text
relations any
sshPublicKeys any
suspended boolean
suspensionReason text out
suspensionTime text out
thumbnailPhotoEtag text out
thumbnailPhotoUrl text out
websites any
";

const ALIAS: &str = "
alias text
etag text out
id text out
kind text out
primaryEmail text out
";

const UNIT: &str = "
blockInheritance boolean
description text
etag text out
kind text out
name text
orgUnitId text
orgUnitPath text
parentOrgUnitId text
parentOrgUnitPath text
";

const GROUP: &str = "
adminCreated boolean out
aliases text[] out
description text
directMembersCount text out
email text
etag text out
externalIds object[]
  id text
  namespace text
id text out
kind text out
name text
nonEditableAliases text[] out
";

const MEMBER: &str = "
delivery_settings text ALL_MAIL|DAILY|DIGEST|DISABLED|NONE
email text
etag text out
id text
kind text out
role text MEMBER|MANAGER|OWNER
status text out
type text USER|GROUP|EXTERNAL|CUSTOMER
";

const COURSE: &str = "
alternateLink text out
calendarId text out
courseGroupEmail text out
courseMaterialSets any[] out
courseState text COURSE_STATE_UNSPECIFIED|ACTIVE|ARCHIVED|PROVISIONED|DECLINED|SUSPENDED
creationTime text out
description text
descriptionHeading text
enrollmentCode text out
gradebookSettings any out
guardiansEnabled boolean out
id text
levels text
name text
ownerId text
room text
section text
subject text
teacherFolder object out
  alternateLink text
  id text
  title text
teacherGroupEmail text out
updateTime text out
";

const TEACHER: &str = "
courseId text out
profile any out
userId text
";

const STUDENT: &str = "
courseId text out
profile any out
studentWorkFolder any out
userId text
";

const INVITATION: &str = "
courseId text
id text out
role text COURSE_ROLE_UNSPECIFIED|STUDENT|TEACHER|OWNER
userId text
";
