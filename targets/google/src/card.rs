//! What Google Workspace for Education is and can do, as data.

use std::time::Duration;

use state::{
    Attribute, Card, Entity, Home, Kind, MembershipKind, ObjectKind, Observe, Quota, Relation,
    Required, Tells, Verb, Verbs, Words,
};

/// Name in settings, plans and log lines.
pub const ID: &str = "google_workspace";

/// Kinds of object, by their place on the card: a place in the tree of units, never made here.
pub const ORG_UNIT: Kind = Kind(0);
/// A pupil's or a member of staff's account.
pub const USER: Kind = Kind(1);
/// A group with an address.
pub const GROUP: Kind = Kind(2);
/// A course in Classroom.
pub const COURSE: Kind = Kind(3);

/// Kinds of membership: a user in a group.
pub const GROUP_MEMBER: Kind = Kind(0);
/// A teacher of a course.
pub const COURSE_TEACHER: Kind = Kind(1);
/// A student of a course.
pub const COURSE_STUDENT: Kind = Kind(2);

/// Where the attributes of a user stand.
pub(crate) mod user {
    pub(crate) const EMAIL: usize = 0;
    pub(crate) const GIVEN_NAME: usize = 1;
    pub(crate) const FAMILY_NAME: usize = 2;
    pub(crate) const DISPLAY_NAME: usize = 3;
    pub(crate) const ORG_UNIT_PATH: usize = 4;
    pub(crate) const SUSPENDED: usize = 5;
}

/// Where the attributes of a group stand.
pub(crate) mod group {
    pub(crate) const EMAIL: usize = 0;
    pub(crate) const NAME: usize = 1;
    pub(crate) const DESCRIPTION: usize = 2;
}

/// Where the attributes of a course stand.
pub(crate) mod course {
    pub(crate) const NAME: usize = 0;
    pub(crate) const SECTION: usize = 1;
    pub(crate) const OWNER: usize = 2;
}

use Required::{Always, No};

const fn text(name: &'static str, required: Required, default: &'static str) -> Attribute {
    Attribute { name, required, default, ..Attribute::PLAIN }
}

const fn unique(name: &'static str, required: Required, default: &'static str) -> Attribute {
    Attribute { unique: true, ..text(name, required, default) }
}

const fn tells(name: &'static str, tells: Tells) -> Attribute {
    Attribute { tells, ..text(name, No, "") }
}

const MINUTE: Duration = Duration::from_mins(1);
const SECOND: Duration = Duration::from_secs(1);

/// Published limits (reference/google.md §1.5, §2.4).
pub(crate) const DIRECTORY_A_MINUTE: u32 = 2_400;
/// Users created.
pub(crate) const USERS_A_SECOND: u32 = 10;
/// For each subject.
pub(crate) const CLASSROOM_A_MINUTE: u32 = 1_200;
/// For all subjects.
pub(crate) const CLASSROOM_PROJECT_A_MINUTE: u32 = 3_000;

/// The card. Attributes stand in the order in which rows hold them.
pub const CARD: Card = Card {
    id: ID,
    name: "Google Workspace for Education",
    observe: Observe::Live,
    objects: &[ORG_UNITS, USERS, GROUPS, COURSES],
    memberships: &[GROUP_MEMBERS, COURSE_TEACHERS, COURSE_STUDENTS],
    read_always: &[ORG_UNIT, USER, GROUP],
    quotas: &[
        Quota { name: "directory", count: DIRECTORY_A_MINUTE, per: MINUTE },
        Quota { name: "users created", count: USERS_A_SECOND, per: SECOND },
        Quota { name: "organisational units", count: 1, per: SECOND },
        Quota { name: "classroom, each subject", count: CLASSROOM_A_MINUTE, per: MINUTE },
        Quota { name: "classroom, the project", count: CLASSROOM_PROJECT_A_MINUTE, per: MINUTE },
    ],
    min_interval: None,
    school_code: No,
    source: "https://developers.google.com/workspace/admin/directory/v1/guides",
};

const ORG_UNITS: ObjectKind = ObjectKind {
    name: "org_unit",
    words: Words { sv: "organisationsenheter", en: "organisational units" },
    from: &[],
    attributes: &[unique("path", Always, "")],
    verbs: Verbs(&[]),
};

const USERS: ObjectKind = ObjectKind {
    name: "user",
    words: Words { sv: "användare", en: "users" },
    from: &[Entity::Person],
    attributes: &[
        unique("primaryEmail", Always, "{{ person.email }}"),
        text("givenName", Always, "{{ person.given_name }}"),
        text("familyName", Always, "{{ person.family_name }}"),
        text("displayName", No, ""),
        // Where accounts are put is the tenant's to say: no default can know the tree (K121).
        Attribute { names: Some(ORG_UNIT), ..text("orgUnitPath", Always, "") },
        tells("suspended", Tells::Asleep),
        tells("standing", Tells::NotOurs),
    ],
    verbs: Verbs(&[
        Verb::Create,
        Verb::Update,
        Verb::Rename,
        Verb::Move,
        Verb::Suspend,
        Verb::Reactivate,
        Verb::Delete,
    ]),
};

const GROUPS: ObjectKind = ObjectKind {
    name: "group",
    words: Words { sv: "grupper", en: "groups" },
    from: &[Entity::Group, Entity::SchoolUnit],
    attributes: &[
        unique("email", Always, ""),
        text("name", Always, "{{ self.name }}"),
        text("description", No, ""),
    ],
    verbs: Verbs(&[Verb::Create, Verb::Update, Verb::Rename, Verb::Delete]),
};

const COURSES: ObjectKind = ObjectKind {
    name: "course",
    words: Words { sv: "klassrum", en: "courses" },
    from: &[Entity::Group],
    attributes: &[
        text("name", Always, "{{ group.name }}"),
        text("section", No, ""),
        Attribute { refers_to: Some(USER), ..text("ownerId", Always, "{{ group.owner }}") },
    ],
    verbs: Verbs(&[
        Verb::Create,
        Verb::Update,
        Verb::Rename,
        Verb::Archive,
        Verb::Unarchive,
        Verb::Delete,
    ]),
};

const GROUP_MEMBERS: MembershipKind = MembershipKind {
    name: "group_member",
    words: Words { sv: "medlemmar i grupper", en: "members of groups" },
    container: GROUP,
    member: USER,
    home: Home::Container,
    from: &[
        (Relation::GroupMember, "MEMBER"),
        (Relation::GroupTeacher, "OWNER"),
        (Relation::Enrolment, "MEMBER"),
        (Relation::Duty, "OWNER"),
    ],
    roles: &["MEMBER", "MANAGER", "OWNER"],
    attributes: &[],
    verbs: Verbs(&[Verb::Add, Verb::Remove, Verb::ChangeRole]),
};

const COURSE_TEACHERS: MembershipKind = MembershipKind {
    name: "course_teacher",
    words: Words { sv: "lärare i klassrum", en: "teachers of courses" },
    container: COURSE,
    member: USER,
    home: Home::Container,
    from: &[(Relation::GroupTeacher, "teacher")],
    roles: &["teacher"],
    attributes: &[],
    verbs: Verbs(&[Verb::Add, Verb::Remove]),
};

const COURSE_STUDENTS: MembershipKind = MembershipKind {
    name: "course_student",
    words: Words { sv: "elever i klassrum", en: "students of courses" },
    container: COURSE,
    member: USER,
    home: Home::Container,
    from: &[(Relation::GroupMember, "student")],
    roles: &["student"],
    attributes: &[],
    verbs: Verbs(&[Verb::Add, Verb::Remove]),
};
