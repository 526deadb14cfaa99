//! Files and columns of the two versions, as data.
//!
//! Source: OneRoster 1.2 CSV binding 1.2.1 and 1.1, as reference/targets.md §1.2 has them.

use super::settings::Version;

/// A file of rostering, in the order of the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum File {
    Sessions,
    Classes,
    Courses,
    Enrollments,
    Orgs,
    Roles,
    Users,
}

/// Whether a row needs the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Always,
    No,
}

/// What may stand in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Any text.
    Text,
    /// Digits of a telephone, which may look like an identity number by chance.
    Phone,
    /// The id of a row in another file.
    Ref(File),
    /// Ids of rows in another file.
    Refs(File),
    /// One of a closed list, exactly so.
    OneOf(&'static [&'static str]),
    /// The same, or a word of the parties' own after `ext:`.
    Extensible(&'static [&'static str]),
    /// `YYYY-MM-DD`
    Date,
    /// Four digits.
    Year,
    /// Texts with commas between.
    List,
    /// `{type:id}` with commas between.
    UserIds,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) need: Need,
    pub(super) content: Content,
}

const fn must(name: &'static str, content: Content) -> Column {
    Column { name, need: Need::Always, content }
}

const fn may(name: &'static str, content: Content) -> Column {
    Column { name, need: Need::No, content }
}

use Content::{Date, Extensible, List, OneOf, Phone, Ref, Refs, Text, UserIds, Year};

/// What every file begins with; the second and third are for changes alone.
pub(super) const FIRST: [&str; 3] = ["sourcedId", "status", "dateLastModified"];

pub(super) const BOOLEAN: &[&str] = &["true", "false"];

const SESSION_TYPES: &[&str] = &["gradingPeriod", "semester", "schoolYear", "term"];

const ORG_TYPES: &[&str] = &["department", "school", "district", "local", "state", "national"];

const CLASS_TYPES: &[&str] = &["homeroom", "scheduled"];

/// Roles at an organisation, 1.2.
const ROLES: &[&str] = &[
    "aide",
    "counselor",
    "districtAdministrator",
    "guardian",
    "parent",
    "principal",
    "proctor",
    "relative",
    "siteAdministrator",
    "student",
    "systemAdministrator",
    "teacher",
];

/// The one role of a user, 1.1.
const USER_ROLES: &[&str] =
    &["administrator", "aide", "guardian", "parent", "proctor", "relative", "student", "teacher"];

const CLASS_ROLES: &[&str] = &["administrator", "proctor", "student", "teacher"];

const SESSIONS: &[Column] = &[
    must("title", Text),
    must("type", Extensible(SESSION_TYPES)),
    must("startDate", Date),
    must("endDate", Date),
    may("parentSourcedId", Ref(File::Sessions)),
    must("schoolYear", Year),
];

const CLASSES: &[Column] = &[
    must("title", Text),
    may("grades", List),
    must("courseSourcedId", Ref(File::Courses)),
    may("classCode", Text),
    must("classType", Extensible(CLASS_TYPES)),
    may("location", Text),
    must("schoolSourcedId", Ref(File::Orgs)),
    must("termSourcedIds", Refs(File::Sessions)),
    may("subjects", List),
    may("subjectCodes", List),
    may("periods", List),
];

const COURSES: &[Column] = &[
    may("schoolYearSourcedId", Ref(File::Sessions)),
    must("title", Text),
    may("courseCode", Text),
    may("grades", List),
    must("orgSourcedId", Ref(File::Orgs)),
    may("subjects", List),
    may("subjectCodes", List),
];

const ENROLLMENTS: &[Column] = &[
    must("classSourcedId", Ref(File::Classes)),
    must("schoolSourcedId", Ref(File::Orgs)),
    must("userSourcedId", Ref(File::Users)),
    must("role", Extensible(CLASS_ROLES)),
    may("primary", OneOf(BOOLEAN)),
    may("beginDate", Date),
    may("endDate", Date),
];

const ORGS: &[Column] = &[
    must("name", Text),
    must("type", Extensible(ORG_TYPES)),
    may("identifier", Text),
    may("parentSourcedId", Ref(File::Orgs)),
];

const ROLES_FILE: &[Column] = &[
    must("userSourcedId", Ref(File::Users)),
    must("roleType", OneOf(&["primary", "secondary"])),
    must("role", Extensible(ROLES)),
    may("beginDate", Date),
    may("endDate", Date),
    must("orgSourcedId", Ref(File::Orgs)),
    // Profiles carry passwords and are never sent.
    may("userProfileSourcedId", Text),
];

const USERS_1_2: &[Column] = &[
    must("enabledUser", OneOf(BOOLEAN)),
    must("username", Text),
    may("userIds", UserIds),
    must("givenName", Text),
    must("familyName", Text),
    may("middleName", Text),
    may("identifier", Text),
    may("email", Text),
    may("sms", Phone),
    may("phone", Phone),
    may("agentSourcedIds", Refs(File::Users)),
    may("grades", List),
    may("password", Text),
    may("userMasterIdentifier", Text),
    may("preferredGivenName", Text),
    may("preferredMiddleName", Text),
    may("preferredFamilyName", Text),
    may("primaryOrgSourcedId", Ref(File::Orgs)),
    may("pronouns", Text),
];

const USERS_1_1: &[Column] = &[
    must("enabledUser", OneOf(BOOLEAN)),
    must("orgSourcedIds", Refs(File::Orgs)),
    must("role", OneOf(USER_ROLES)),
    must("username", Text),
    may("userIds", UserIds),
    must("givenName", Text),
    must("familyName", Text),
    may("middleName", Text),
    may("identifier", Text),
    may("email", Text),
    may("sms", Phone),
    may("phone", Phone),
    may("agentSourcedIds", Refs(File::Users)),
    may("grades", List),
    may("password", Text),
];

impl File {
    /// Every file, in the order of the manifest.
    pub(super) const ALL: [Self; 7] = [
        Self::Sessions,
        Self::Classes,
        Self::Courses,
        Self::Enrollments,
        Self::Orgs,
        Self::Roles,
        Self::Users,
    ];

    /// Its word in the manifest.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Sessions => "academicSessions",
            Self::Classes => "classes",
            Self::Courses => "courses",
            Self::Enrollments => "enrollments",
            Self::Orgs => "orgs",
            Self::Roles => "roles",
            Self::Users => "users",
        }
    }

    /// Its name.
    pub(super) fn name(self) -> String {
        format!("{}.csv", self.word())
    }

    /// The file with this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|file| name.strip_suffix(".csv") == Some(file.word()))
    }

    /// Its columns after the first three; none where the version has no such file.
    pub(super) const fn columns(self, version: Version) -> &'static [Column] {
        match (self, version) {
            (Self::Sessions, _) => SESSIONS,
            (Self::Classes, _) => CLASSES,
            (Self::Courses, _) => COURSES,
            (Self::Enrollments, _) => ENROLLMENTS,
            (Self::Orgs, _) => ORGS,
            (Self::Roles, Version::V1_2) => ROLES_FILE,
            (Self::Roles, Version::V1_1) => &[],
            (Self::Users, Version::V1_2) => USERS_1_2,
            (Self::Users, Version::V1_1) => USERS_1_1,
        }
    }
}

/// The files that a manifest speaks of, in its order.
pub(super) const fn of_manifest(version: Version) -> &'static [&'static str] {
    match version {
        Version::V1_2 => &[
            "academicSessions",
            "categories",
            "classes",
            "classResources",
            "courses",
            "courseResources",
            "demographics",
            "enrollments",
            "lineItemLearningObjectiveIds",
            "lineItems",
            "lineItemScoreScales",
            "orgs",
            "resources",
            "resultLearningObjectiveIds",
            "results",
            "resultScoreScales",
            "roles",
            "scoreScales",
            "userProfiles",
            "userResources",
            "users",
        ],
        Version::V1_1 => &[
            "academicSessions",
            "categories",
            "classes",
            "classResources",
            "courses",
            "courseResources",
            "demographics",
            "enrollments",
            "lineItems",
            "orgs",
            "resources",
            "results",
            "users",
        ],
    }
}
