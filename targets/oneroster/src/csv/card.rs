//! What OneRoster CSV is and can do, as data; the default mapping is the Swedish one of
//! reference/targets.md §1.2, which a tenant can override attribute by attribute.

use state::{
    Attribute, Card, Entity, Home, Kind, MembershipKind, ObjectKind, Observe, Relation, Required,
    Verb, Verbs, Words,
};

/// Name in settings, plans and log lines.
pub const ID: &str = "oneroster_csv";

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
/// A child of a guardian.
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
    name: "OneRoster CSV",
    observe: Observe::FileSet,
    objects: &[ORGS, SESSIONS, COURSES, CLASSES, USERS],
    memberships: &[ROLES, ENROLLMENTS, RELATIONSHIPS],
    read_always: &[],
    quotas: &[],
    min_interval: None,
    school_code: Required::No,
    source: "https://www.imsglobal.org/spec/oneroster/v1p2/bind/csv",
};

/// Places of attributes on the card.
pub(super) mod at {
    pub(in super::super) const ORG_NAME: usize = 0;
    pub(in super::super) const ORG_TYPE: usize = 1;
    pub(in super::super) const ORG_IDENTIFIER: usize = 2;
    pub(in super::super) const ORG_PARENT: usize = 3;
    pub(in super::super) const SESSION_TITLE: usize = 0;
    pub(in super::super) const SESSION_TYPE: usize = 1;
    pub(in super::super) const SESSION_START: usize = 2;
    pub(in super::super) const SESSION_END: usize = 3;
    pub(in super::super) const SESSION_PARENT: usize = 4;
    pub(in super::super) const SESSION_YEAR: usize = 5;
    pub(in super::super) const COURSE_YEAR: usize = 0;
    pub(in super::super) const COURSE_TITLE: usize = 1;
    pub(in super::super) const COURSE_CODE: usize = 2;
    pub(in super::super) const COURSE_GRADES: usize = 3;
    pub(in super::super) const COURSE_ORG: usize = 4;
    pub(in super::super) const COURSE_SUBJECTS: usize = 5;
    pub(in super::super) const COURSE_SUBJECT_CODES: usize = 6;
    pub(in super::super) const CLASS_TITLE: usize = 0;
    pub(in super::super) const CLASS_GRADES: usize = 1;
    pub(in super::super) const CLASS_COURSE: usize = 2;
    pub(in super::super) const CLASS_CODE: usize = 3;
    pub(in super::super) const CLASS_TYPE: usize = 4;
    pub(in super::super) const CLASS_LOCATION: usize = 5;
    pub(in super::super) const CLASS_SCHOOL: usize = 6;
    pub(in super::super) const CLASS_TERMS: usize = 7;
    pub(in super::super) const CLASS_SUBJECTS: usize = 8;
    pub(in super::super) const CLASS_SUBJECT_CODES: usize = 9;
    pub(in super::super) const CLASS_PERIODS: usize = 10;
    pub(in super::super) const USERNAME: usize = 0;
    pub(in super::super) const GIVEN_NAME: usize = 1;
    pub(in super::super) const FAMILY_NAME: usize = 2;
    pub(in super::super) const ENABLED: usize = 3;
    pub(in super::super) const USER_IDS: usize = 4;
    pub(in super::super) const MIDDLE_NAME: usize = 5;
    pub(in super::super) const IDENTIFIER: usize = 6;
    pub(in super::super) const EMAIL: usize = 7;
    pub(in super::super) const SMS: usize = 8;
    pub(in super::super) const PHONE: usize = 9;
    pub(in super::super) const MASTER_IDENTIFIER: usize = 10;
    pub(in super::super) const PREFERRED_GIVEN: usize = 11;
    pub(in super::super) const PREFERRED_MIDDLE: usize = 12;
    pub(in super::super) const PREFERRED_FAMILY: usize = 13;
    pub(in super::super) const PRONOUNS: usize = 14;
    pub(in super::super) const ROLE_GRADE: usize = 0;
    pub(in super::super) const ROLE_PRIMARY: usize = 1;
    /// First and last day of a role and of a place in a class.
    pub(in super::super) const ROLE_DATES: [usize; 2] = [2, 3];
    pub(in super::super) const ENROLLMENT_DATES: [usize; 2] = [0, 1];
}

const ORGS: ObjectKind = ObjectKind {
    name: "org",
    words: Words { sv: "organisationer", en: "organisations" },
    from: &[Entity::Organisation, Entity::SchoolUnit],
    attributes: &[
        text("name", Always, "{{ self.name }}"),
        text(
            "type",
            Always,
            "{{ 'school' if school and school.key else 'district' if organisation.type == \
             'Huvudman' else 'department' }}",
        ),
        text("identifier", No, "{{ school.code }}"),
        refers("parentSourcedId", ORG, No, "{{ self.parent }}"),
    ],
    verbs: KEPT,
};

/// OneRoster's year is the one in which the school year ends (reference/targets.md §1.1).
const SESSIONS: ObjectKind = ObjectKind {
    name: "academicSession",
    words: Words { sv: "läsår och terminer", en: "academic sessions" },
    from: &[Entity::Term],
    attributes: &[
        text("title", Always, "{{ term.title }}"),
        text("type", Always, "{{ term.type }}"),
        text("startDate", Always, "{{ term.start }}"),
        text("endDate", Always, "{{ term.end }}"),
        refers("parentSourcedId", SESSION, No, "{{ term.parent }}"),
        text("schoolYear", Always, "{{ term.school_year | int + 1 }}"),
    ],
    verbs: KEPT,
};

const COURSES: ObjectKind = ObjectKind {
    name: "course",
    words: Words { sv: "kurser", en: "courses" },
    from: &[Entity::Course],
    attributes: &[
        refers("schoolYearSourcedId", SESSION, No, "{{ course.school_year }}"),
        text("title", Always, "{{ course.name }}"),
        text("courseCode", No, "{{ course.code }}"),
        text("grades", No, ""),
        refers("orgSourcedId", ORG, Always, "{{ course.school }}"),
        text("subjects", No, ""),
        text("subjectCodes", No, ""),
    ],
    verbs: KEPT,
};

/// Whom a class or mentor group belongs to is a homeroom; everything else is scheduled.
const CLASSES: ObjectKind = ObjectKind {
    name: "class",
    words: Words { sv: "klasser", en: "classes" },
    from: &[Entity::Group],
    attributes: &[
        text("title", Always, "{{ group.name }}"),
        text("grades", No, ""),
        refers("courseSourcedId", COURSE, Always, "{{ group.course }}"),
        text("classCode", No, "{{ group.course_code }}"),
        text(
            "classType",
            Always,
            "{{ 'homeroom' if group.type in ['Klass', 'Mentor'] else 'scheduled' }}",
        ),
        text("location", No, ""),
        refers("schoolSourcedId", ORG, Always, "{{ group.school }}"),
        refers("termSourcedIds", SESSION, Always, "{{ group.terms }}"),
        text("subjects", No, ""),
        text("subjectCodes", No, ""),
        text("periods", No, ""),
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
            default: "{{ person.username or person.email }}",
            unique: true,
            ..Attribute::PLAIN
        },
        text("givenName", Always, "{{ person.given_name }}"),
        text("familyName", Always, "{{ person.family_name }}"),
        text("enabledUser", Always, "true"),
        text("userIds", No, ""),
        text("middleName", No, ""),
        text("identifier", No, ""),
        text("email", No, "{{ person.email }}"),
        text("sms", No, ""),
        text("phone", No, ""),
        text("userMasterIdentifier", No, ""),
        text("preferredGivenName", No, ""),
        text("preferredMiddleName", No, ""),
        text("preferredFamilyName", No, ""),
        text("pronouns", No, ""),
    ],
    verbs: KEPT,
};

/// Duties in OneRoster's words; what it has no word for is an extension [B].
const DUTY_ROLE: &str = "{{ 'principal' if duty.role == 'Rektor' \
     else 'teacher' if duty.role in ['Lärare', 'Förskollärare', 'Förstelärare', \
     'Speciallärare/specialpedagog'] \
     else 'counselor' if duty.role in ['Kurator', 'Studie- och yrkesvägledare'] \
     else 'siteAdministrator' if duty.role in ['Skoladministratör', 'Övrig arbetsledning', \
     'Förskolechef'] \
     else 'aide' if duty.role in ['Lärarassistent', 'Barnskötare', 'Fritidspedagog', \
     'Övrig pedagogisk personal'] \
     else 'ext:personal' }}";

const ROLES: MembershipKind = MembershipKind {
    name: "role",
    words: Words { sv: "roller", en: "roles" },
    container: ORG,
    member: USER,
    home: Home::Own,
    from: &[(Relation::Enrolment, "student"), (Relation::Duty, DUTY_ROLE)],
    // A closed list that a tenant may widen with `ext:`: the writer checks it.
    roles: &[],
    attributes: &[
        text("grade", No, "{{ enrolment.grade }}"),
        text("isPrimary", No, "{{ relation.is_primary }}"),
        text("beginDate", No, "{{ relation.start }}"),
        text("endDate", No, "{{ relation.end }}"),
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
    roles: &[],
    attributes: &[
        text("beginDate", No, "{{ relation.start }}"),
        text("endDate", No, "{{ relation.end }}"),
    ],
    verbs: HELD,
};

const RELATIONSHIPS: MembershipKind = MembershipKind {
    name: "relationship",
    words: Words { sv: "vårdnadshavare", en: "guardians" },
    container: USER,
    member: USER,
    home: Home::Own,
    from: &[(
        Relation::Responsible,
        "{{ 'parent' if relation.type == 'Förälder' else 'guardian' }}",
    )],
    roles: &["parent", "guardian", "relative"],
    attributes: &[],
    verbs: HELD,
};
