use std::collections::BTreeMap;

use roster::terms::{GroupType, PersonStatus, SchoolType};
use roster::{
    Enrolment, Group, Interval, Maccer, Person, PersonRecord, SchoolUnit, SourceIndex, TenantKey,
};
use state::{
    Attribute, Card, Entity, Kind, Object, ObjectKind, Operation, Reason, Required, Row, Subject,
    Value, Verb,
};

use super::support::*;
use crate::{
    Continuity, History, IdentityIndex, follow, group_entries, guard, index_entries, match_keys,
    released,
};

fn maccer() -> Maccer {
    TenantKey::new([7; 32]).maccer("identity")
}

/// A pupil at school 1, with the number's last digits, the address, the name.
fn pupil(at: u32, number: Option<u8>, email: Option<&str>, name: &str) -> PersonRecord {
    PersonRecord {
        person: Person {
            key: key(at),
            source: SourceIndex(0),
            source_id: at.to_string(),
            given_name: name.to_owned(),
            family_name: "Ek".to_owned(),
            email: email.map(str::to_owned),
            username: None,
            birth_date: Some(jiff::civil::date(2013, 1, 1)),
            sex: None,
            status: PersonStatus::ALL[0],
            number: number.map(|number| maccer().mac(&[&[number]])),
            temporary_number: None,
            extra: vec![],
        },
        enrolments: vec![Enrolment {
            source: SourceIndex(0),
            school: key(1),
            school_type: SchoolType::ALL[0],
            school_year: Some(7),
            interval: Interval::ALWAYS,
        }],
        duties: vec![],
        memberships: vec![],
        teachings: vec![],
        responsibles: vec![],
    }
}

fn index(records: &[PersonRecord]) -> IdentityIndex {
    let schools: BTreeMap<_, SchoolUnit> = BTreeMap::new();
    let mut index = IdentityIndex::default();
    for record in records {
        index.add(record.person.key, index_entries(record, &schools, &maccer()));
    }
    index
}

/// K074, design §3: who is the same under a new key, and who could be several.
#[test]
fn the_same_person_is_found_one_to_one() {
    let (a, b) = (Some("a@skola.example"), Some("b@skola.example"));
    #[rustfmt::skip]
    let table = [
        // shows                          vanished                             appeared                           same           unclear
        ("same number",                   vec![pupil(1, Some(1), None, "Bo")], vec![pupil(2, Some(1), a, "Bosse")], vec![(1, 2)], vec![]),
        ("K074: a TF number became real", vec![pupil(1, None, a, "Bo")],       vec![pupil(2, Some(1), a, "Bo")],  vec![(1, 2)],  vec![]),
        ("name, birth and school",        vec![pupil(1, None, None, "Bo")],    vec![pupil(2, None, b, " BO ")],   vec![(1, 2)],  vec![]),
        ("nothing in common",             vec![pupil(1, Some(1), a, "Bo")],    vec![pupil(2, Some(2), b, "Eva")], vec![],        vec![]),
        ("same name, other number: two",  vec![pupil(1, Some(1), None, "Bo")], vec![pupil(2, Some(2), None, "Bo")], vec![],      vec![]),
        ("same address, other number",    vec![pupil(1, Some(1), a, "Bo")],    vec![pupil(2, Some(2), a, "Bo")],  vec![],        vec![1, 2]),
        ("one became two",                vec![pupil(1, None, None, "Bo")],
                                          vec![pupil(2, None, None, "Bo"), pupil(3, None, None, "Bo")],           vec![],        vec![1, 2, 3]),
        ("the number tells namesakes apart",
                                          vec![pupil(1, Some(1), None, "Bo"), pupil(2, None, None, "Bo")],
                                          vec![pupil(3, Some(1), None, "Bo"), pupil(4, None, None, "Bo")],        vec![(1, 3), (2, 4)], vec![]),
    ];
    for (shows, vanished, appeared, same, unclear) in table {
        let found = match_keys(&index(&vanished), &index(&appeared));
        let same = same.into_iter().map(|(old, new)| (key(old), key(new))).collect();
        let unclear = unclear.into_iter().map(key).collect();
        assert_eq!(found, Continuity { same, unclear, ..Continuity::default() }, "{shows}");
    }
}

/// K061, design §3: a group of the same name, school and first day under a new id is the same;
/// the 7A of the next school year is a new group, and gets nothing of the old one's.
#[test]
fn k061_the_namesake_of_the_next_school_year_is_another_group() {
    let group = |number: u32, name: &str, start: Option<i16>| {
        let start = start.map(|year| jiff::civil::date(year, 8, 18));
        Group {
            key: key(number),
            source: SourceIndex(0),
            source_id: number.to_string(),
            school: Some(key(1)),
            name: name.to_owned(),
            group_type: GroupType::ALL[0],
            school_type: None,
            course: None,
            interval: Interval::new(start, None),
            notes: None,
        }
    };
    let index = |group: &Group| {
        let mut index = IdentityIndex::default();
        index.add(group.key, group_entries(group, &BTreeMap::new(), &maccer()));
        index
    };
    #[rustfmt::skip]
    let table = [
        // shows                 vanished                         appeared                          same
        ("same first day",       group(1, "7A", Some(2025)),      group(2, " 7a ", Some(2025)),     true),
        ("no days at all",       group(1, "Personal", None),      group(2, "Personal", None),       false),
        ("next year's",          group(1, "7A", Some(2025)),      group(2, "7A", Some(2026)),       false),
        ("another name",         group(1, "7A", Some(2025)),      group(2, "7B", Some(2025)),       false),
    ];
    for (shows, vanished, appeared, same) in table {
        let found = match_keys(&index(&vanished), &index(&appeared));
        assert_eq!((found.same.len(), found.unclear.len()), (usize::from(same), 0), "{shows}");
    }
}

fn state(offset: u32) -> Vec<Row> {
    let mut rows = vec![school(1 + offset), class(10 + offset, "7A", 1 + offset)];
    for number in 100..130 {
        rows.push(user(number + offset, "Ek", &format!("ek{number}"), 1 + offset));
        rows.push(place(number + offset, 10 + offset, "student", 1 + offset));
    }
    rows
}

/// All ids changed at once: links only, no deletes and no creates, and all wait.
#[test]
fn when_all_ids_change_everything_is_linked() {
    let mut world = world(&state(0), &state(1000));
    world.continuity.same =
        [1, 10].into_iter().chain(100..130).map(|at| (key(at), key(at + 1000))).collect();
    let draft = world.draft();
    assert_eq!(draft.operations.len(), 62);
    assert!(
        draft.operations.iter().all(|it| it.verb == Verb::Link),
        "{}",
        brief(&draft.operations)
    );
    assert!(draft.operations.iter().all(|it| it.reason == Some(Reason::KeyChanged)));
    assert_eq!(draft.operations[0].was, Some(key(1)));
    assert_eq!(draft.noted, []);

    let after = apply_rows(&world.written, &draft.operations);
    assert_eq!(super::support::world(&after, &state(1000)).brief(), "");

    let verdicts = judged(&world, &draft);
    assert_eq!(verdicts.verdicts.len(), 1);
    assert_eq!(verdicts.verdicts[0].guard.word(), "identity");
    assert_eq!(verdicts.held.len(), 62);
}

fn judged(world: &World, draft: &crate::Draft) -> crate::Verdicts {
    let history =
        History { plan: crate::Before::Done, deletion: crate::Before::Done, ..History::default() };
    guard(&world.guarding(draft, &rules::Guards::default(), &history)).unwrap()
}

/// One pupil's key changes: class and places are kept, what changed comes along.
#[test]
fn a_new_key_brings_its_places_and_changes_along() {
    let written = [
        school(1),
        class(1, "7A", 1),
        class(2, "7B", 1),
        user(31, "Ek", "ek", 1),
        place(31, 1, "student", 1),
        place(31, 2, "student", 1),
    ];
    let wanted = [
        school(1),
        class(1, "7A", 1),
        class(2, "7B", 1),
        user(39, "Ask", "ek", 1),
        place(39, 1, "student", 1),
    ];
    let mut world = world(&written, &wanted);
    world.continuity.same = [(key(31), key(39))].into();
    assert_eq!(world.brief(), "link u39 P18, link u39>c1 student P18, remove u31>c2 student M01");
    let after = apply_rows(&written, &world.draft().operations);
    assert_eq!(super::support::world(&after, &wanted).brief(), "");

    // A class with a new key keeps its pupils, who have theirs.
    let written =
        [school(1), class(11, "7A", 1), user(21, "Ek", "ek", 1), place(21, 11, "student", 1)];
    let mut wanted = written.clone();
    (wanted[1], wanted[3]) = (class(12, "7A", 1), place(21, 12, "student", 1));
    let mut world = super::support::world(&written, &wanted);
    world.continuity.same = [(key(11), key(12))].into();
    assert_eq!(world.brief(), "link c12 P18, link u21>c12 student P18");
}

const ORGANISATION: Kind = Kind(3);
const EMPLOYMENT: Kind = Kind(4);

const fn attribute(name: &'static str, refers_to: Option<Kind>) -> Attribute {
    Attribute { name, required: Required::No, default: "", refers_to, ..Attribute::PLAIN }
}

/// With what the register has no key for that outlives its own.
const FOLLOWED: Card = Card {
    objects: &[
        LIVE.objects[0],
        LIVE.objects[1],
        LIVE.objects[2],
        ObjectKind {
            name: "organisation",
            from: &[Entity::Organisation],
            attributes: &[attribute("title", None)],
            ..LIVE.objects[0]
        },
        ObjectKind {
            name: "employment",
            from: &[Entity::Duty],
            attributes: &[
                attribute("school", Some(SCHOOL)),
                attribute("user", Some(USER)),
                attribute("role", None),
            ],
            ..LIVE.objects[0]
        },
    ],
    ..FILES
};

fn organisation(number: u32, name: &str) -> Row {
    let values = vec![Value::Text(name.to_owned())];
    Row::Object(Object { id: id(ORGANISATION, number), values, schools: vec![] })
}

fn employment(number: u32, role: &str, user: u32, at: u32) -> Row {
    let role = Value::Text(role.to_owned());
    let values = vec![Value::Ref(id(SCHOOL, at)), Value::Ref(id(USER, user)), role];
    Row::Object(Object { id: id(EMPLOYMENT, number), values, schools: vec![key(at)] })
}

/// Peers.md §3.4: an employment and an organisation have no key that outlives the register's
/// ids; they follow those that they are about.
#[test]
fn what_the_register_has_no_key_for_follows_those_it_is_about() {
    let written = [
        organisation(1, "Testkommunen"),
        organisation(2, "Nämnd"),
        organisation(3, "Nämnd"),
        school(11),
        user(31, "Ek", "ek", 11),
        user(32, "Ask", "ask", 11),
        employment(41, "Lärare", 31, 11),
        employment(42, "Rektor", 32, 11),
    ];
    let wanted = [
        organisation(5, "Testkommunen"),
        organisation(6, "Nämnd"),
        organisation(7, "Nämnd"),
        school(18),
        user(38, "Ek", "ek", 18),
        user(39, "Al", "al", 18),
        // Another role is no other employment; another person's is.
        employment(48, "Rektor", 38, 18),
        employment(49, "Rektor", 39, 18),
    ];
    let mut world = world(&written, &wanted);
    world.card = FOLLOWED;
    world.policies.life_cycle.extend([ORGANISATION, EMPLOYMENT].map(|kind| (kind, AT_ONCE)));
    let persons_and_schools = [(key(11), key(18)), (key(31), key(38))];
    world.continuity.same = persons_and_schools.into();
    let first = world.draft().operations;
    follow(&mut world.continuity, &first, &world.card).unwrap();
    let mut expected = Vec::from(persons_and_schools);
    // Which of the two boards is which, nobody can tell.
    expected.extend([(key(1), key(5)), (key(41), key(48))]);
    assert_eq!(world.continuity.same, expected.into_iter().collect());
    let again = world.draft().operations;
    let verb = |kind: Kind, number: u32| {
        let is = |it: &&Operation| it.subject().unwrap() == Subject::Object(id(kind, number));
        again.iter().find(is).map(|it| it.verb)
    };
    assert_eq!(verb(ORGANISATION, 5), Some(Verb::Link));
    assert_eq!(verb(EMPLOYMENT, 48), Some(Verb::Link));
    assert_eq!(verb(EMPLOYMENT, 49), Some(Verb::Create));
    assert_eq!(verb(EMPLOYMENT, 42), Some(Verb::Delete));
}

/// What could be several is neither deleted nor made anew, whoever approves the whole.
#[test]
fn unclear_identities_are_neither_deleted_nor_created() {
    let written = [school(1), user(1, "Ek", "ek1", 1)];
    let wanted = [school(1), user(2, "Ek", "ek2", 1), user(3, "Ek", "ek3", 1)];
    let mut world = world(&written, &wanted);
    world.continuity.unclear = [key(2), key(3), key(1)].into();
    let draft = world.draft();
    let verdicts = judged(&world, &draft);
    let open = released(&draft.operations, &verdicts, &[crate::Approval::All]).unwrap();
    assert_eq!((draft.operations.len(), open.len()), (3, 0));
}
