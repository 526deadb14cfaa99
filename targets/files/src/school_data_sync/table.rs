//! The files, columns and value lists of School Data Sync, as data.
//!
//! Source: <https://learn.microsoft.com/schooldatasync/sds-v2.1-csv-file-format> and
//! `sds-v1-csv-file-format`; reference/microsoft.md §1 says what was read where.

/// Whether a record without the value is dropped by the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Dropped without it.
    Always,
    /// Goes on without it.
    No,
}

/// What may stand in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// The record's own id, unique in its file.
    Id,
    /// Any text.
    Text,
    /// The id of a record in another file.
    Ref(&'static str),
    /// Ids of records in another file, with commas between.
    Refs(&'static str),
    /// One of a closed list, exactly so.
    OneOf(&'static [&'static str]),
    /// A code whose whole list is not published.
    Code,
    /// `TRUE` or `FALSE`.
    Boolean,
    /// A date.
    Date,
    /// A year, four digits.
    Year,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    /// The header, exactly so.
    pub(super) name: &'static str,
    /// Whether it may be empty.
    pub(super) need: Need,
    /// What may stand in it.
    pub(super) content: Content,
}

/// A file of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct File {
    /// Its name, exactly so (v1: as Microsoft's samples write it).
    pub(super) name: &'static str,
    /// Its columns in order.
    pub(super) columns: &'static [Column],
}

pub(super) const fn must(name: &'static str, content: Content) -> Column {
    Column { name, need: Need::Always, content }
}

pub(super) const fn may(name: &'static str, content: Content) -> Column {
    Column { name, need: Need::No, content }
}

use Content::{Boolean, Code, Date, Id, OneOf, Ref, Refs, Text, Year};

/// Kinds of organisation.
pub(super) const ORG_TYPES: &[&str] = &[
    "school",
    "department",
    "district",
    "local",
    "state",
    "national",
    "departmentOfEducation",
    "ministryOfEducation",
    "university",
    "college",
    "campus",
    "adultEducation",
    "municipality",
    "academicTrust",
    "localAuthority",
    "region",
    "division",
    "province",
    "researchCenter",
    "program",
];

/// Roles at an organisation: staff in the receiver's order of weight, then the two others.
pub(super) const ORG_ROLES: &[&str] = &[
    "principal",
    "chair",
    "professor",
    "researcher",
    "adjunct",
    "affiliate",
    "occupationalTherapist",
    "physicalTherapist",
    "speechTherapist",
    "visionTherapist",
    "paraprofessional",
    "specialServices",
    "advisor",
    "proctor",
    "nurse",
    "officeStaff",
    "lecturer",
    "itAdmin",
    "administrator",
    "teacher",
    "faculty",
    "staff",
    "teacherAssistant",
    "assistant",
    "instructor",
    "substitute",
    "coach",
    "alumni",
    "student",
    "other",
];

/// Roles in a class.
pub(super) const SECTION_ROLES: &[&str] = &[
    "student",
    "teacher",
    "professor",
    "lecturer",
    "instructor",
    "adjunct",
    "substitute",
    "teacherAssistant",
    "assistant",
    "aide",
    "paraprofessional",
    "principal",
    "proctor",
    "specialServices",
    "advisor",
    "administrator",
    "coach",
    "occupationalTherapist",
    "physicalTherapist",
    "speechTherapist",
    "visionTherapist",
    "affiliate",
    "staff",
    "alumni",
    "chair",
    "itAdmin",
    "officeStaff",
];

/// Grades. A tenant may add codes at the receiver, and then names them in its settings.
pub(super) const GRADES: &[&str] = &[
    "it",
    "pr",
    "pk",
    "tk",
    "kg",
    "01",
    "1",
    "02",
    "2",
    "03",
    "3",
    "04",
    "4",
    "05",
    "5",
    "06",
    "6",
    "07",
    "7",
    "08",
    "8",
    "09",
    "9",
    "10",
    "11",
    "12",
    "13",
    "14",
    "ps",
    "ug",
    "other",
    "ps1",
    "ps2",
    "ps3",
    "ps4",
    "undergraduate",
    "graduate",
    "postgraduate",
    "alumni",
    "adultEducation",
];

/// Kinds of session.
pub(super) const SESSION_TYPES: &[&str] =
    &["schoolYear", "semester", "term", "gradingPeriod", "quarter"];

/// What a contact is to a student.
pub(super) const RELATIONSHIP_ROLES: &[&str] =
    &["parent", "guardian", "relative", "other", "doctor", "aide"];

/// Sexes.
pub(super) const SEXES: &[&str] = &["male", "female", "notSelected"];

/// `orgs.csv`
pub(super) const ORGS: File = File {
    name: "orgs.csv",
    columns: &[
        must("sourcedId", Id),
        must("name", Text),
        must("type", OneOf(ORG_TYPES)),
        may("parentSourcedId", Ref("orgs.csv")),
    ],
};

/// `users.csv`
pub(super) const USERS: File = File {
    name: "users.csv",
    columns: &[
        must("sourcedId", Id),
        must("username", Text),
        may("givenName", Text),
        may("familyName", Text),
        may("password", Text),
        may("activeDirectoryMatchId", Text),
        may("email", Text),
        may("phone", Text),
        may("sms", Text),
        may("userNumber", Text),
    ],
};

/// `roles.csv`
pub(super) const ROLES: File = File {
    name: "roles.csv",
    columns: &[
        must("userSourcedId", Ref("users.csv")),
        must("orgSourcedId", Ref("orgs.csv")),
        must("role", OneOf(ORG_ROLES)),
        may("sessionSourcedId", Ref("academicSessions.csv")),
        may("grade", OneOf(GRADES)),
        may("isPrimary", Boolean),
        may("roleStartDate", Date),
        may("roleEndDate", Date),
    ],
};

/// `classes.csv`
pub(super) const CLASSES: File = File {
    name: "classes.csv",
    columns: &[
        must("sourcedId", Id),
        must("orgSourcedId", Ref("orgs.csv")),
        must("title", Text),
        may("sessionSourcedIds", Refs("academicSessions.csv")),
        may("courseSourcedId", Ref("courses.csv")),
        may("code", Text),
    ],
};

/// `enrollments.csv`
pub(super) const ENROLLMENTS: File = File {
    name: "enrollments.csv",
    columns: &[
        must("classSourcedId", Ref("classes.csv")),
        must("userSourcedId", Ref("users.csv")),
        must("role", OneOf(SECTION_ROLES)),
    ],
};

/// `academicSessions.csv`
pub(super) const SESSIONS: File = File {
    name: "academicSessions.csv",
    columns: &[
        must("sourcedId", Id),
        must("title", Text),
        must("type", OneOf(SESSION_TYPES)),
        must("schoolYear", Year),
        must("startDate", Date),
        must("endDate", Date),
    ],
};

/// `courses.csv`
pub(super) const COURSES: File = File {
    name: "courses.csv",
    columns: &[
        must("sourcedId", Id),
        must("orgSourcedId", Ref("orgs.csv")),
        must("title", Text),
        may("code", Text),
        may("schoolYearSourcedId", Ref("academicSessions.csv")),
        may("subject", Code),
        may("grade", OneOf(GRADES)),
    ],
};

/// `demographics.csv`
pub(super) const DEMOGRAPHICS: File = File {
    name: "demographics.csv",
    columns: &[
        must("userSourcedId", Ref("users.csv")),
        may("sex", OneOf(SEXES)),
        may("birthDate", Date),
        may("birthCity", Text),
        may("birthState", Text),
        may("birthCountry", Text),
        may("ethnicityCodes", Text),
        may("raceCodes", Text),
    ],
};

/// `userFlags.csv`
pub(super) const USER_FLAGS: File = File {
    name: "userFlags.csv",
    columns: &[must("userSourcedId", Ref("users.csv")), must("flag", Code)],
};

/// `relationships.csv`
pub(super) const RELATIONSHIPS: File = File {
    name: "relationships.csv",
    columns: &[
        must("userSourcedId", Ref("users.csv")),
        must("relationshipUserSourcedId", Ref("users.csv")),
        must("relationshipRole", OneOf(RELATIONSHIP_ROLES)),
    ],
};

/// Every file of v2.1.
pub(super) const V2_1: &[File] = &[
    ORGS,
    SESSIONS,
    COURSES,
    CLASSES,
    USERS,
    ROLES,
    ENROLLMENTS,
    DEMOGRAPHICS,
    USER_FLAGS,
    RELATIONSHIPS,
];
