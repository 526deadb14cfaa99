//! A directory: groups made of groups and of schools, courses that belong to a teacher.

use super::*;

const USER: Kind = Kind(0);
const GROUP: Kind = Kind(1);
const COURSE: Kind = Kind(2);

static DIRECTORY: Card = Card {
    objects: &[
        kind(
            "user",
            &[Entity::Person],
            &[Attribute {
                name: "address",
                required: Required::Always,
                default: "{{ person.email }}",
                unique: true,
                ..Attribute::PLAIN
            }],
        ),
        kind(
            "group",
            &[Entity::Group, Entity::SchoolUnit],
            &[Attribute {
                name: "address",
                required: Required::Always,
                default: "{{ self.name | slug }}",
                unique: true,
                ..Attribute::PLAIN
            }],
        ),
        kind(
            "course",
            &[Entity::Group],
            &[
                text("name", Required::Always, "{{ group.name }}"),
                Attribute {
                    name: "ownerId",
                    required: Required::Always,
                    default: "{{ group.owner }}",
                    refers_to: Some(USER),
                    ..Attribute::PLAIN
                },
            ],
        ),
    ],
    memberships: &[
        MEMBERS,
        MembershipKind {
            name: "course_student",
            container: COURSE,
            from: &[(Relation::GroupMember, "student")],
            roles: &["student"],
            ..MEMBERS
        },
        MembershipKind {
            name: "course_teacher",
            container: COURSE,
            from: &[(Relation::GroupTeacher, "teacher")],
            roles: &["teacher"],
            ..MEMBERS
        },
    ],
    ..CARD
};

const MEMBERS: MembershipKind = MembershipKind {
    name: "member",
    words: WORDS,
    container: GROUP,
    member: USER,
    home: Home::Container,
    from: &[
        (Relation::GroupMember, "MEMBER"),
        (Relation::GroupTeacher, "OWNER"),
        (Relation::Enrolment, "MEMBER"),
        (Relation::Duty, "OWNER"),
    ],
    roles: &["MEMBER", "OWNER"],
    attributes: &[],
    verbs: Verbs(&[]),
};

fn directory() -> TargetRules {
    TargetRules::new(&DIRECTORY)
}

fn teaches(id: &str, group: &str, start: Option<Date>, end: Option<Date>) -> Line {
    let (person, group) = (person(id), in_group(group));
    Line::Record(Record::Teaching { person, group, interval: Interval::new(start, end) })
}

fn staff(id: &'static str) -> [Line; 2] {
    [someone(id), teacher(id, "Alskolan")]
}

/// K047, K052: one kind of group for groups and for whole schools, each with its members.
#[test]
fn k047_a_school_is_a_group_of_its_pupils_and_staff() {
    let rows = rows(directory(), &town());
    let groups: BTreeSet<Key> = rows
        .iter()
        .filter_map(|row| match row {
            Row::Object(it) if it.id.kind == GROUP => Some(it.id.key),
            Row::Object(_) | Row::Member(_) | Row::Mark { .. } => None,
        })
        .collect();
    let all = [at("Alskolan"), at("Björkskolan"), in_group("7A"), in_group("7B")];
    assert_eq!(groups, BTreeSet::from(all));
    let member = |key: Key| (key, "MEMBER".to_owned());
    assert_eq!(places(&rows, "Kim"), all.into_iter().map(member).collect());
    let robin = [(at("Alskolan"), "OWNER".to_owned()), member(at("Björkskolan"))];
    assert_eq!(places(&rows, "Robin"), BTreeSet::from(robin));
    // Of a school that is not chosen nothing is made.
    let only = TargetRules { schools: only("Alskolan").schools, ..directory() };
    let rows = self::rows(only, &town());
    assert_eq!(places(&rows, "Kim").len(), 2);
    assert_eq!(mark(&rows, at("Björkskolan")), Some(left(Reason::SchoolNotChosen)));
}

/// K052, K053: a filter tells groups and schools of one kind apart, and switches a kind off.
#[test]
fn k053_a_filter_holds_for_each_thing_that_a_kind_is_made_from() {
    let made = |filter: &str| {
        let filters = [("group".to_owned(), filter.to_owned())].into();
        let rows = rows(TargetRules { filters, ..directory() }, &town());
        let is_group = |row: &&Row| matches!(row, Row::Object(it) if it.id.kind == GROUP);
        let members = rows.iter().filter(|row| matches!(row, Row::Member(_))).count();
        (rows.iter().filter(is_group).count(), members)
    };
    assert_eq!(made("true"), (4, 6));
    assert_eq!(made("not group or group.type == 'Undervisning'"), (2, 4));
    assert_eq!(made("group"), (2, 2));
    assert_eq!(made("false"), (0, 0));
}

fn owner(lines: &[Line]) -> Result<Key, Mark> {
    let rows = rows(directory(), lines);
    let course = rows.iter().find_map(|row| match row {
        Row::Object(it) if it.id.kind == COURSE => Some(Ok(it.values[1].refs()[0].key)),
        Row::Mark { id, mark } if id.kind == COURSE => Some(Err(*mark)),
        Row::Object(_) | Row::Member(_) | Row::Mark { .. } => None,
    });
    course.expect("a course")
}

/// K056: a course belongs to the teacher who has taught it longest; a new one takes nothing
/// over until that one has left.
#[test]
fn k056_a_course_belongs_to_its_first_teacher_until_that_one_leaves() {
    let with = |places: &[Line]| {
        let mut lines = vec![school("Alskolan"), group("7A", "Alskolan", Interval::ALWAYS)];
        lines.extend(["Billie", "Charlie", "Dana"].into_iter().flat_map(staff));
        lines.extend_from_slice(places);
        lines
    };
    let (autumn, spring) = (Some(date(2026, 8, 17)), Some(date(2026, 1, 11)));
    let charlie = || teaches("Charlie", "7A", spring, None);
    let billie = || teaches("Billie", "7A", autumn, None);
    assert_eq!(owner(&with(&[charlie(), billie()])), Ok(person("Charlie")));
    assert_eq!(owner(&with(&[billie(), charlie()])), Ok(person("Charlie")));
    let gone = teaches("Charlie", "7A", spring, Some(date(2026, 10, 31)));
    assert_eq!(owner(&with(&[gone, billie()])), Ok(person("Billie")));
    // Of two who began on one day, the same each time: by key.
    let dana = teaches("Dana", "7A", autumn, None);
    let least = person("Billie").min(person("Dana"));
    assert_eq!(owner(&with(&[dana.clone(), billie()])), Ok(least));
    assert_eq!(owner(&with(&[billie(), dana])), Ok(least));
    // Who has no account owns nothing.
    let mut without = with(&[billie()]);
    without.push(Line::Person("Alex", None, PersonStatus::Active));
    without.extend([teacher("Alex", "Alskolan"), teaches("Alex", "7A", None, None)]);
    assert_eq!(owner(&without), Ok(person("Billie")));
    assert_eq!(owner(&with(&[])), Err(Mark::Withheld(Reason::GroupWithoutTeacher)));
}

/// K019, K215, reference/google.md §1.3 and §2.2: who is in a group as a member and teaches it
/// stands there, and in its course, once, in the higher role; elsewhere in the role there.
#[test]
fn k215_a_group_holds_each_member_once_in_the_highest_role() {
    let member = |group: &str| {
        let (person, group) = (person("Billie"), in_group(group));
        Line::Record(Record::Membership { person, group, interval: Interval::ALWAYS })
    };
    let mut lines = vec![school("Alskolan")];
    lines.extend(["7A", "7B"].map(|name| group(name, "Alskolan", Interval::ALWAYS)));
    lines.extend(staff("Billie"));
    lines.extend([member("7A"), member("7B"), teaches("Billie", "7A", None, None)]);
    let rows = rows(directory(), &lines);
    let role = |key: Key, role: &str| (key, role.to_owned());
    let expected = [
        role(in_group("7A"), "OWNER"),
        role(in_group("7B"), "MEMBER"),
        role(at("Alskolan"), "OWNER"),
        role(in_group("7A"), "teacher"),
    ];
    assert_eq!(places(&rows, "Billie"), BTreeSet::from(expected));
    let pupil = lines.iter().filter(|it| !matches!(it, Line::Record(Record::Teaching { .. })));
    let rows = self::rows(directory(), &pupil.cloned().collect::<Vec<_>>());
    assert_eq!(places(&rows, "Billie").len(), 3, "without a teacher there is no course");
}

/// K120: an address in a domain that is not the tenant's makes no account, and the account that is
/// there stays as it is; without a list of domains any will do.
#[test]
fn k120_an_address_in_a_foreign_domain_is_withheld() {
    let mut lines = vec![school("Alskolan")];
    for (id, email) in [("Kim", "kim@Elev.example"), ("Robin", "robin@elsewhere.example")] {
        lines.push(Line::Person(id, Some(email.to_owned()), PersonStatus::Active));
        lines.push(pupil(id, "Alskolan", Interval::ALWAYS));
    }
    let with = |domains: &[&str]| {
        let domains = domains.iter().map(|it| (*it).to_owned()).collect();
        let rows = rows(TargetRules { domains, ..directory() }, &lines);
        ["Kim", "Robin"].map(|id| mark(&rows, person(id)))
    };
    let foreign = Some(Mark::Withheld(Reason::WrongDomain));
    assert_eq!(with(&[]), [None, None]);
    assert_eq!(with(&["elev.example"]), [None, foreign]);
    assert_eq!(with(&["example"]), [foreign, foreign], "a domain is not its parts");
    assert_eq!(with(&["elev.example", "elsewhere.example"]), [None, None]);
}

/// K052, K118: accounts, groups and courses are switched each by itself.
#[test]
fn k052_accounts_groups_and_courses_are_switched_each_by_itself() {
    let mut lines = vec![school("Alskolan"), group("7A", "Alskolan", Interval::ALWAYS)];
    lines.extend(staff("Billie"));
    lines.push(teaches("Billie", "7A", None, None));
    let made = |groups: bool, courses: bool| {
        let off = [("group", groups), ("course", courses)].into_iter().filter(|it| !it.1);
        let filters = off.map(|(kind, _)| (kind.to_owned(), "false".to_owned())).collect();
        let rows = rows(TargetRules { filters, ..directory() }, &lines);
        let count = |wanted: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| wanted(row)).count();
        let objects =
            |kind: Kind| count(&|row| matches!(row, Row::Object(it) if it.id.kind == kind));
        let places =
            |kind: Kind| count(&|row| matches!(row, Row::Member(it) if it.container.kind == kind));
        [objects(USER), objects(GROUP), places(GROUP), objects(COURSE), places(COURSE)]
    };
    #[rustfmt::skip]
    let table = [
        // groups  courses  users, groups with the school's, their members, courses, their teachers
        (true,     true,    [1, 2, 2, 1, 1]),
        (true,     false,   [1, 2, 2, 0, 0]),
        (false,    true,    [1, 0, 0, 1, 1]),
        (false,    false,   [1, 0, 0, 0, 0]),
    ];
    for (groups, courses, expected) in table {
        assert_eq!(made(groups, courses), expected, "groups {groups}, courses {courses}");
    }
}

/// K119: names are what the register says, letter for letter, composed as the tenant says; an
/// address made of them is plain, and a name can be cut at letters, never within one.
#[test]
fn k119_names_are_composed_of_the_registers_letters() {
    #[rustfmt::skip]
    let table = [
        // given          expression                                                  display name
        ("Åsa-Märta",     "{{ person.given_name }} {{ person.family_name }}",         "Åsa-Märta Exempel"),
        ("Zoë Björk",     "{{ person.family_name | upper }}, {{ person.given_name }}", "EXEMPEL, Zoë Björk"),
        ("José-Ñandú",    "{{ person.display_name }}",                                "José-Ñandú Exempel"),
        ("ÅÄÖåäö",        "{{ person.given_name | truncate(3) }}",                    "ÅÄÖ"),
        ("Åke Örn",       "{{ person.given_name | slug }}",                           "ake-orn"),
        ("李 小龙",        "{{ person.given_name }}",                                  "李 小龙"),
    ];
    for (given, expression, expected) in table {
        let lines =
            [school("Alskolan"), someone(given), pupil(given, "Alskolan", Interval::ALWAYS)];
        let own = [("address".to_owned(), expression.to_owned())].into();
        let mapping = [("user".to_owned(), own)].into();
        let rows = rows(TargetRules { mapping, ..directory() }, &lines);
        let name = rows.iter().find_map(|row| match row {
            Row::Object(it) if it.id.kind == USER => it.values[0].text(),
            Row::Object(_) | Row::Member(_) | Row::Mark { .. } => None,
        });
        assert_eq!(name, Some(expected), "{given}");
    }
}
