//! Stories of a small municipality: two schools, a few groups, a made-up card.

use std::collections::BTreeSet;

use jiff::civil::date;
use proptest::prelude::*;
use roster::terms::{DutyRole, GroupType, PersonStatus, SchoolType};
use roster::{
    AnySpool, Assembly, Date, EntityKind, Gate, Group, Interval, Key, KeyMaker, Marking,
    MarkingPolicy, MemorySpool, PersonDraft, Precedence, Record, Roster, RowStream, SchoolUnit,
    SourceIndex, TenantKey,
};
use state::{
    Attribute, Card, Entity, Home, Kind, Mark, MembershipKind, ObjectKind, Observe, Reason,
    Relation, Required, Row, RowRef, Verbs, Words,
};

use super::*;

mod directories;
mod employments;
mod made_up;
mod persons;
mod plain;
mod things;

const TODAY: Date = date(2026, 11, 24);
const WORDS: Words = Words { sv: "saker", en: "things" };

const fn text(name: &'static str, required: Required, default: &'static str) -> Attribute {
    Attribute { name, required, default, ..Attribute::PLAIN }
}

const fn kind(
    name: &'static str,
    from: &'static [Entity],
    attributes: &'static [Attribute],
) -> ObjectKind {
    ObjectKind { name, words: WORDS, from, attributes, verbs: Verbs(&[]) }
}

static CARD: Card = Card {
    id: "made_up",
    name: "Made up",
    observe: Observe::FileSet,
    objects: &[
        kind(
            "org",
            &[Entity::Organisation, Entity::SchoolUnit],
            &[
                text("name", Required::Always, "{{ self.name }}"),
                text("type", Required::Always, "{{ 'school' if school else 'municipality' }}"),
            ],
        ),
        kind(
            "class",
            &[Entity::Group],
            &[
                text("title", Required::Always, "{{ group.name }}"),
                Attribute {
                    name: "org",
                    required: Required::Always,
                    default: "{{ group.school }}",
                    refers_to: Some(Kind(0)),
                    ..Attribute::PLAIN
                },
            ],
        ),
        kind(
            "user",
            &[Entity::Person],
            &[
                Attribute {
                    name: "username",
                    required: Required::Always,
                    default: "{{ person.email }}",
                    unique: true,
                    ..Attribute::PLAIN
                },
                text("name", Required::No, "{{ person.given_name }}"),
                text("folder", Required::No, "{{ person.given_name | slug }}-{{ school.name }}"),
            ],
        ),
    ],
    memberships: &[
        MembershipKind {
            name: "role",
            words: WORDS,
            container: Kind(0),
            member: Kind(2),
            home: Home::Own,
            from: &[(Relation::Enrolment, "student"), (Relation::Duty, "{{ duty.org_role }}")],
            roles: &[],
            attributes: &[text("grade", Required::No, "{{ enrolment.grade }}")],
            verbs: Verbs(&[]),
        },
        MembershipKind {
            name: "enrollment",
            words: WORDS,
            container: Kind(1),
            member: Kind(2),
            home: Home::Own,
            from: &[(Relation::GroupMember, "student"), (Relation::GroupTeacher, "teacher")],
            roles: &[],
            attributes: &[],
            verbs: Verbs(&[]),
        },
    ],
    read_always: &[],
    quotas: &[],
    min_interval: None,
    school_code: Required::No,
    source: "",
};

fn tenant() -> TenantKey {
    TenantKey::new([1; 32])
}

fn key(kind: EntityKind, id: &str) -> Key {
    KeyMaker::new(&tenant(), 1).key(kind, id)
}

fn person(id: &str) -> Key {
    key(EntityKind::Person, id)
}

fn at(id: &str) -> Key {
    key(EntityKind::SchoolUnit, id)
}

fn in_group(id: &str) -> Key {
    key(EntityKind::Group, id)
}

/// A line of a register.
#[derive(Debug, Clone)]
enum Line {
    Person(&'static str, Option<String>, PersonStatus),
    Record(Record),
}

fn someone(id: &'static str) -> Line {
    Line::Person(id, Some(format!("{id}@example.org")), PersonStatus::Active)
}

fn school(id: &str) -> Line {
    Line::Record(Record::SchoolUnit(SchoolUnit {
        key: at(id),
        source: SourceIndex(0),
        source_id: id.to_owned(),
        code: Some("99999901".to_owned()),
        name: id.to_owned(),
        organisation: None,
        school_types: vec![SchoolType::Gr],
        municipality_code: None,
        interval: Interval::ALWAYS,
    }))
}

fn group(id: &str, school: &str, interval: Interval) -> Line {
    Line::Record(Record::Group(Group {
        key: in_group(id),
        source: SourceIndex(0),
        source_id: id.to_owned(),
        school: Some(at(school)),
        name: id.to_owned(),
        group_type: GroupType::Class,
        school_type: Some(SchoolType::Gr),
        course: None,
        interval,
        notes: None,
    }))
}

fn pupil(id: &str, school: &str, interval: Interval) -> Line {
    Line::Record(Record::Enrolment {
        person: person(id),
        school: at(school),
        school_type: SchoolType::Gr,
        school_year: Some(7),
        interval,
    })
}

fn teacher(id: &str, school: &str) -> Line {
    let (person, school, role) = (person(id), at(school), DutyRole::Teacher);
    Line::Record(Record::Duty { person, school, role, interval: Interval::ALWAYS })
}

fn place(id: &str, group: &str) -> Line {
    let (person, group) = (person(id), in_group(group));
    Line::Record(Record::Membership { person, group, interval: Interval::ALWAYS })
}

fn town() -> Vec<Line> {
    vec![
        school("Alskolan"),
        school("Björkskolan"),
        group("7A", "Alskolan", Interval::ALWAYS),
        group("7B", "Björkskolan", Interval::ALWAYS),
        someone("Kim"),
        pupil("Kim", "Alskolan", Interval::ALWAYS),
        pupil("Kim", "Björkskolan", Interval::ALWAYS),
        place("Kim", "7A"),
        place("Kim", "7B"),
        someone("Robin"),
        teacher("Robin", "Alskolan"),
        pupil("Robin", "Björkskolan", Interval::ALWAYS),
    ]
}

fn roster(lines: &[Line]) -> Roster {
    let spool = || Box::new(MemorySpool::default()) as AnySpool;
    let mut assembly = Assembly::new(&tenant(), Gate::new(&tenant()), spool, usize::MAX);
    let mut intake = assembly.intake(SourceIndex(0), 1, MarkingPolicy::default());
    for line in lines.iter().cloned() {
        match line {
            Line::Record(record) => intake.record(record).unwrap(),
            Line::Person(id, email, status) => {
                let draft = PersonDraft {
                    source_id: id,
                    given_name: id,
                    family_name: "Exempel",
                    email: email.as_deref(),
                    username: None,
                    birth_date: None,
                    sex: None,
                    status,
                    identity_number: None,
                    extra: Vec::new(),
                };
                intake.person(draft, Marking::Value("Ingen")).unwrap();
            }
        }
    }
    assembly.finish(Precedence::default()).unwrap().0
}

fn encoded(rules: TargetRules, lines: &[Line]) -> Vec<Vec<u8>> {
    let (compiled, roster) = (compile(rules).unwrap(), roster(lines));
    let mut wanted = Wanted::new(&compiled, &roster, TODAY, &tenant()).unwrap();
    let mut rows = Vec::new();
    while let Some(row) = wanted.next_row().unwrap() {
        rows.push(row.to_vec());
    }
    rows
}

fn rows(rules: TargetRules, lines: &[Line]) -> Vec<Row> {
    encoded(rules, lines).iter().map(|row| RowRef::new(row).unwrap().decode().unwrap()).collect()
}

fn rules() -> TargetRules {
    TargetRules::new(&CARD)
}

fn only(school: &str) -> TargetRules {
    TargetRules { schools: SchoolChoice::Only(BTreeSet::from([at(school)])), ..rules() }
}

/// Memberships of a person as container and role.
fn places(rows: &[Row], id: &str) -> BTreeSet<(Key, String)> {
    let own = rows.iter().filter_map(|row| match row {
        Row::Member(it) if it.member.key == person(id) => Some((it.container.key, it.role.clone())),
        Row::Member(_) | Row::Object(_) | Row::Mark { .. } => None,
    });
    own.collect()
}

fn mark(rows: &[Row], key: Key) -> Option<Mark> {
    rows.iter().find_map(|row| match row {
        Row::Mark { id, mark } if id.key == key => Some(*mark),
        Row::Member(_) | Row::Object(_) | Row::Mark { .. } => None,
    })
}

fn left(reason: Reason) -> Mark {
    Mark::Left { reason, end: None }
}

/// K019, K046, K215: a role per school and per group; teacher at one, pupil at the other.
#[test]
fn a_person_has_a_role_in_each_context() {
    let rows = rows(rules(), &town());
    let robin = [(at("Alskolan"), "teacher".to_owned()), (at("Björkskolan"), "student".to_owned())];
    assert_eq!(places(&rows, "Robin"), BTreeSet::from(robin));
    assert_eq!(places(&rows, "Kim").len(), 4);
}

/// K186, K193: nothing of a school that was not chosen passes.
#[test]
fn a_person_in_two_schools_is_sent_with_the_chosen_one_alone() {
    let rows = rows(only("Alskolan"), &town());
    let kim = [(at("Alskolan"), "student".to_owned()), (in_group("7A"), "student".to_owned())];
    assert_eq!(places(&rows, "Kim"), BTreeSet::from(kim));
    assert_eq!(mark(&rows, in_group("7B")), Some(left(Reason::SchoolNotChosen)));
    assert_eq!(mark(&rows, at("Björkskolan")), Some(left(Reason::SchoolNotChosen)));
    let none = TargetRules { schools: SchoolChoice::Only(BTreeSet::new()), ..self::rules() };
    assert_eq!(
        mark(&self::rows(none, &town()), person("Kim")),
        Some(left(Reason::SchoolNotChosen))
    );
}

/// K076: both are withheld, and letters' case does not tell user names apart.
#[test]
fn two_persons_with_one_user_name_are_both_withheld() {
    let mut lines = town();
    let email = Some("KIM@example.org".to_owned());
    lines.push(Line::Person("Alex", email, PersonStatus::Active));
    lines.push(pupil("Alex", "Alskolan", Interval::ALWAYS));
    let rows = rows(rules(), &lines);
    for id in ["Kim", "Alex"] {
        assert_eq!(mark(&rows, person(id)), Some(Mark::Withheld(Reason::DuplicateUsername)));
        assert!(places(&rows, id).is_empty());
    }
    assert_eq!(mark(&rows, person("Robin")), None);
}

/// K212, K138: without e-mail, inactive, ended, not started: each with its own reason.
#[test]
fn who_is_not_wanted_is_marked_with_the_reason() {
    let mut lines = vec![school("Alskolan")];
    let (past, future) = (date(2026, 6, 12), date(2027, 1, 11));
    lines.push(Line::Person("Alex", None, PersonStatus::Active));
    lines.push(pupil("Alex", "Alskolan", Interval::ALWAYS));
    lines.push(Line::Person("Billie", Some("b@example.org".to_owned()), PersonStatus::Inactive));
    lines.push(pupil("Billie", "Alskolan", Interval::ALWAYS));
    lines.extend([someone("Charlie"), someone("Dana")]);
    lines.push(pupil("Charlie", "Alskolan", Interval::new(None, Some(past))));
    lines.push(pupil("Dana", "Alskolan", Interval::new(Some(future), None)));
    let rows = rows(rules(), &lines);
    let ended = Some(Mark::Left { reason: Reason::Ended, end: Some(past) });
    assert_eq!(mark(&rows, person("Alex")), Some(Mark::Withheld(Reason::NoEmail)));
    assert_eq!(mark(&rows, person("Billie")), Some(left(Reason::Ended)));
    assert_eq!(mark(&rows, person("Charlie")), ended);
    assert_eq!(mark(&rows, person("Dana")), Some(left(Reason::NotStarted)));
}

/// K060, K061: a group exists `lead_days` before it starts, and `lag_days` after its end.
#[test]
fn a_group_exists_some_days_before_and_after() {
    let day = |it| Some(it);
    let table = [
        ("starts on the last day of lead", day(date(2026, 12, 8)), None, None),
        ("starts a day later", day(date(2026, 12, 9)), None, Some(Reason::GroupNotStarted)),
        ("ended on the last day of lag", None, day(date(2026, 11, 21)), None),
        ("ended a day earlier", None, day(date(2026, 11, 20)), Some(Reason::GroupEnded)),
    ];
    for (shows, start, end, reason) in table {
        let lines = [school("Alskolan"), group("8A", "Alskolan", Interval::new(start, end))];
        let select = Selection { lead_days: 14, lag_days: 3, ..Selection::default() };
        let found = mark(&rows(TargetRules { select, ..rules() }, &lines), in_group("8A"));
        assert_eq!(found, reason.map(|reason| Mark::Left { reason, end }), "{shows}");
    }
}

/// K213, K214, K045: groups wait for pupils or teachers where the target says so.
#[test]
fn a_group_without_pupils_or_teachers_waits() {
    let lines = [town(), vec![group("9C", "Alskolan", Interval::ALWAYS)]].concat();
    let pupils = TargetRules { require_pupils: Need::Yes, ..rules() };
    assert_eq!(mark(&rows(pupils, &lines), in_group("9C")), Some(left(Reason::GroupEmpty)));
    let teacher = TargetRules { require_teacher: Need::Yes, ..rules() };
    assert_eq!(
        mark(&rows(teacher, &lines), in_group("7A")),
        Some(left(Reason::GroupWithoutTeacher))
    );
    let groups = BTreeSet::from([GroupType::Teaching]);
    let select = Selection { groups, ..Selection::default() };
    let rows = rows(TargetRules { select, ..rules() }, &lines);
    assert_eq!(mark(&rows, in_group("7A")), Some(left(Reason::GroupNotChosen)));
}

#[test]
fn templates_give_values_and_filters_leave_out() {
    let mut rules = rules();
    rules.filters.insert("user".to_owned(), "person.given_name == 'Kim'".to_owned());
    let rows = rows(rules, &town());
    let kim = rows.iter().find_map(|row| match row {
        Row::Object(it) if it.id.key == person("Kim") => it.values[2].text(),
        Row::Member(_) | Row::Object(_) | Row::Mark { .. } => None,
    });
    assert!(kim.is_some_and(|it| it.starts_with("kim-")), "{kim:?}");
    assert_eq!(mark(&rows, person("Robin")), Some(left(Reason::FilteredOut)));
}

proptest! {
    /// Invariant 5: sorted, and the same bytes whatever the order of the register.
    #[test]
    fn the_stream_is_sorted_and_independent_of_order(lines in Just(town()).prop_shuffle()) {
        let rows = encoded(rules(), &lines);
        let ids: Vec<_> = rows.iter().map(|row| RowRef::new(row).unwrap().id).collect();
        prop_assert!(ids.windows(2).all(|two| two[0] < two[1]));
        prop_assert_eq!(&rows, &encoded(rules(), &town()));
        let chosen = encoded(only("Alskolan"), &lines);
        for row in &chosen {
            let row = RowRef::new(row).unwrap();
            prop_assert!(row.schools().all(|school| school == at("Alskolan")));
        }
    }
}
