//! What School Data Sync is and can do, as data.

use state::{
    Attribute, Card, Entity, Home, Kind, MembershipKind, ObjectKind, Observe, Relation, Required,
    Verb, Verbs, Words,
};

use super::table::{ORG_ROLES, RELATIONSHIP_ROLES, SECTION_ROLES};

/// Name in settings, plans and log lines.
pub const ID: &str = "school_data_sync";

/// Kinds of object, by their place on the card.
pub const ORG: Kind = Kind(0);
/// A term or school year.
pub const SESSION: Kind = Kind(1);
/// A course.
pub const COURSE: Kind = Kind(2);
/// A class.
pub const CLASS: Kind = Kind(3);
/// A user.
pub const USER: Kind = Kind(4);

/// Kinds of membership: a role at an organisation.
pub const ROLE: Kind = Kind(0);
/// A place in a class.
pub const ENROLLMENT: Kind = Kind(1);
/// A contact of a student.
pub const RELATIONSHIP: Kind = Kind(2);

const fn text(name: &'static str, required: Required, default: &'static str) -> Attribute {
    Attribute { name, required, default, ..Attribute::PLAIN }
}

const fn refers(
    name: &'static str,
    kind: Kind,
    required: Required,
    default: &'static str,
) -> Attribute {
    Attribute { name, required, default, refers_to: Some(kind), ..Attribute::PLAIN }
}

use Required::{Always, No};

const KEPT: Verbs = Verbs(&[Verb::Create, Verb::Update, Verb::Delete]);

/// Nothing is archived in a file: an archived class leaves the set and comes back into it.
const ARCHIVED: Verbs = Verbs(&[Verb::Create, Verb::Update, Verb::Archive, Verb::Unarchive]);

const HELD: Verbs = Verbs(&[Verb::Add, Verb::ChangeRole, Verb::Update, Verb::Remove]);

/// The card. Attributes stand in the order in which rows hold them.
pub const CARD: Card = Card {
    id: ID,
    name: "Microsoft School Data Sync",
    observe: Observe::FileSet,
    objects: &[ORGS, SESSIONS, COURSES, CLASSES, USERS],
    memberships: &[ROLES, ENROLLMENTS, RELATIONSHIPS],
    read_always: &[],
    quotas: &[],
    min_interval: None,
    school_code: Required::No,
    source: "https://learn.microsoft.com/schooldatasync/sds-v2.1-csv-file-format",
};

const ORGS: ObjectKind = ObjectKind {
    name: "org",
    words: Words { sv: "organisationer", en: "organisations" },
    from: &[Entity::Organisation, Entity::SchoolUnit],
    attributes: &[
        text("name", Always, "{{ self.name }}"),
        text("type", Always, "{{ 'school' if school and school.key else 'municipality' }}"),
        refers("parentSourcedId", ORG, No, "{{ self.parent }}"),
    ],
    verbs: KEPT,
};

const SESSIONS: ObjectKind = ObjectKind {
    name: "academicSession",
    words: Words { sv: "terminer", en: "academic sessions" },
    from: &[Entity::Term],
    attributes: &[
        text("title", Always, "{{ term.title }}"),
        text("type", Always, "{{ term.type }}"),
        text("schoolYear", Always, "{{ term.school_year }}"),
        text("startDate", Always, "{{ term.start }}"),
        text("endDate", Always, "{{ term.end }}"),
    ],
    verbs: KEPT,
};

const COURSES: ObjectKind = ObjectKind {
    name: "course",
    words: Words { sv: "kurser", en: "courses" },
    from: &[Entity::Course],
    attributes: &[
        refers("orgSourcedId", ORG, Always, "{{ course.school }}"),
        text("title", Always, "{{ course.name }}"),
        text("code", No, "{{ course.code }}"),
        text("subject", No, ""),
        text("grade", No, ""),
        refers("schoolYearSourcedId", SESSION, No, ""),
    ],
    verbs: KEPT,
};

const CLASSES: ObjectKind = ObjectKind {
    name: "class",
    words: Words { sv: "klasser", en: "classes" },
    from: &[Entity::Group],
    attributes: &[
        refers("orgSourcedId", ORG, Always, "{{ group.school }}"),
        text("title", Always, "{{ group.name }}"),
        refers("sessionSourcedIds", SESSION, No, "{{ group.sessions }}"),
        refers("courseSourcedId", COURSE, No, "{{ group.course }}"),
        text("code", No, "{{ group.course_code }}"),
    ],
    verbs: ARCHIVED,
};

const USERS: ObjectKind = ObjectKind {
    name: "user",
    words: Words { sv: "användare", en: "users" },
    from: &[Entity::Person],
    attributes: &[
        Attribute {
            name: "username",
            required: Always,
            default: "{{ person.email }}",
            unique: true,
            ..Attribute::PLAIN
        },
        text("givenName", No, "{{ person.given_name }}"),
        text("familyName", No, "{{ person.family_name }}"),
        text("activeDirectoryMatchId", No, ""),
        text("email", No, "{{ person.email }}"),
        text("phone", No, ""),
        text("sms", No, ""),
        text("userNumber", No, ""),
        text("sex", No, ""),
        text("birthDate", No, ""),
        text("flags", No, ""),
    ],
    verbs: KEPT,
};

const ROLES: MembershipKind = MembershipKind {
    name: "role",
    words: Words { sv: "roller", en: "roles" },
    container: ORG,
    member: USER,
    home: Home::Own,
    from: &[(Relation::Enrolment, "student"), (Relation::Duty, "{{ duty.org_role }}")],
    roles: ORG_ROLES,
    attributes: &[
        refers("sessionSourcedId", SESSION, No, ""),
        text("grade", No, "{{ enrolment.grade }}"),
        text("isPrimary", No, "{{ relation.is_primary }}"),
        text("roleStartDate", No, "{{ relation.start }}"),
        text("roleEndDate", No, "{{ relation.end }}"),
    ],
    verbs: HELD,
};

const ENROLLMENTS: MembershipKind = MembershipKind {
    name: "enrollment",
    words: Words { sv: "medlemskap i klasser", en: "class enrollments" },
    container: CLASS,
    member: USER,
    home: Home::Own,
    from: &[(Relation::GroupMember, "student"), (Relation::GroupTeacher, "teacher")],
    roles: SECTION_ROLES,
    attributes: &[],
    verbs: HELD,
};

const RELATIONSHIPS: MembershipKind = MembershipKind {
    name: "relationship",
    words: Words { sv: "vårdnadshavare och kontakter", en: "contacts" },
    container: USER,
    member: USER,
    home: Home::Own,
    from: &[(Relation::Responsible, "guardian")],
    roles: RELATIONSHIP_ROLES,
    attributes: &[],
    verbs: HELD,
};
