//! What an EGIL receiver is and can do, as data (reference/targets.md §4.1).

use state::{
    Attribute, Card, Entity, Home, Kind, MembershipKind, ObjectKind, Observe, Relation, Required,
    Verb, Verbs, Words,
};

/// Name in settings, plans and log lines.
pub const ID: &str = "egil";

/// Kinds of object, by their place on the card, which is also the order of sending.
pub const ORGANISATION: Kind = Kind(0);
/// A school made of several units.
pub const SCHOOL_UNIT_GROUP: Kind = Kind(1);
/// A school unit.
pub const SCHOOL_UNIT: Kind = Kind(2);
/// A pupil or a member of staff.
pub const USER: Kind = Kind(3);
/// A user's employment at a school unit.
pub const EMPLOYMENT: Kind = Kind(4);
/// A class or a teaching group.
pub const STUDENT_GROUP: Kind = Kind(5);
/// What a group is taught, and by whom.
pub const ACTIVITY: Kind = Kind(6);

/// Kinds of membership: a pupil's place at a school unit, in the user.
pub const ENROLMENT: Kind = Kind(0);
/// A pupil in a group, in the group.
pub const STUDENT: Kind = Kind(1);
/// A teacher's employment in an activity, in the activity.
pub const TEACHER: Kind = Kind(2);

use Required::{Always, No};

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

const KEPT: Verbs = Verbs(&[Verb::Create, Verb::Update, Verb::Delete]);
const HELD: Verbs = Verbs(&[Verb::Add, Verb::Update, Verb::Remove]);

/// The card. Attributes stand in the order in which rows hold them. Identity numbers and
/// markings are not on it: they are never sent.
pub const CARD: Card = Card {
    id: ID,
    name: "EGIL (SS12000:2018, SCIM)",
    observe: Observe::Mirror,
    objects: &[
        ORGANISATIONS,
        SCHOOL_UNIT_GROUPS,
        SCHOOL_UNITS,
        USERS,
        EMPLOYMENTS,
        STUDENT_GROUPS,
        ACTIVITIES,
    ],
    memberships: &[ENROLMENTS, STUDENTS, TEACHERS],
    read_always: &[],
    quotas: &[],
    min_interval: None,
    school_code: Always,
    source: "https://github.com/Sambruk/windermere",
};

const ORGANISATIONS: ObjectKind = ObjectKind {
    name: "organisation",
    words: Words { sv: "organisationer", en: "organisations" },
    from: &[Entity::Organisation],
    attributes: &[text("displayName", Always, "{{ self.name }}")],
    verbs: KEPT,
};

const SCHOOL_UNIT_GROUPS: ObjectKind = ObjectKind {
    name: "schoolUnitGroup",
    words: Words { sv: "skolor", en: "schools" },
    from: &[Entity::SchoolGroup],
    attributes: &[text("displayName", Always, "{{ self.name }}")],
    verbs: KEPT,
};

const SCHOOL_UNITS: ObjectKind = ObjectKind {
    name: "schoolUnit",
    words: Words { sv: "skolenheter", en: "school units" },
    from: &[Entity::SchoolUnit],
    attributes: &[
        text("displayName", Always, "{{ school.name }}"),
        text("schoolUnitCode", Always, "{{ school.code }}"),
        refers("organisation", ORGANISATION, No, "{{ school.head_organisation }}"),
        refers("schoolUnitGroup", SCHOOL_UNIT_GROUP, No, "{{ school.school_group }}"),
        text("municipalityCode", No, "{{ school.municipality_code }}"),
    ],
    verbs: KEPT,
};

const USERS: ObjectKind = ObjectKind {
    name: "user",
    words: Words { sv: "användare", en: "users" },
    from: &[Entity::Person],
    attributes: &[
        Attribute {
            name: "userName",
            required: Always,
            default: "{{ person.email }}",
            unique: true,
            ..Attribute::PLAIN
        },
        text("givenName", Always, "{{ person.given_name }}"),
        text("familyName", Always, "{{ person.family_name }}"),
        text("displayName", Always, "{{ person.display_name }}"),
        text("email", No, "{{ person.email }}"),
    ],
    verbs: KEPT,
};

const EMPLOYMENTS: ObjectKind = ObjectKind {
    name: "employment",
    words: Words { sv: "anställningar", en: "employments" },
    from: &[Entity::Duty],
    attributes: &[
        refers("employedAt", SCHOOL_UNIT, Always, "{{ school.key }}"),
        refers("user", USER, Always, "{{ person.key }}"),
        text("employmentRole", Always, "{{ duty.role }}"),
        text("signature", No, ""),
    ],
    verbs: KEPT,
};

const STUDENT_GROUPS: ObjectKind = ObjectKind {
    name: "studentGroup",
    words: Words { sv: "elevgrupper", en: "student groups" },
    from: &[Entity::Group],
    attributes: &[
        text("displayName", Always, "{{ group.name }}"),
        refers("owner", SCHOOL_UNIT, Always, "{{ group.school }}"),
        text("studentGroupType", No, "{{ group.type }}"),
        text("schoolType", No, "{{ group.school_type }}"),
    ],
    verbs: KEPT,
};

const ACTIVITIES: ObjectKind = ObjectKind {
    name: "activity",
    words: Words { sv: "aktiviteter", en: "activities" },
    from: &[Entity::Group],
    attributes: &[
        text("displayName", Always, "{{ group.name }}"),
        refers("owner", SCHOOL_UNIT, Always, "{{ group.school }}"),
        refers("groups", STUDENT_GROUP, No, "{{ group.key }}"),
    ],
    verbs: KEPT,
};

const ENROLMENTS: MembershipKind = MembershipKind {
    name: "enrolment",
    words: Words { sv: "inskrivningar", en: "enrolments" },
    container: SCHOOL_UNIT,
    member: USER,
    home: Home::Member,
    from: &[(Relation::Enrolment, "student")],
    roles: &["student"],
    attributes: &[
        text("schoolYear", No, "{{ enrolment.school_year }}"),
        text("schoolType", No, "{{ enrolment.school_type }}"),
        text("programCode", No, ""),
    ],
    verbs: HELD,
};

const STUDENTS: MembershipKind = MembershipKind {
    name: "studentMembership",
    words: Words { sv: "elever i grupper", en: "pupils in groups" },
    container: STUDENT_GROUP,
    member: USER,
    home: Home::Container,
    from: &[(Relation::GroupMember, "student")],
    roles: &["student"],
    attributes: &[],
    verbs: HELD,
};

const TEACHERS: MembershipKind = MembershipKind {
    name: "teacher",
    words: Words { sv: "lärare i aktiviteter", en: "teachers of activities" },
    container: ACTIVITY,
    member: EMPLOYMENT,
    home: Home::Container,
    from: &[(Relation::GroupTeacher, "teacher")],
    roles: &["teacher"],
    attributes: &[],
    verbs: HELD,
};
