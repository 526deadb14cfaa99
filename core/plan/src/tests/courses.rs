//! Courses that belong to one of their teachers.

use rules::{Guards, Limit};
use state::{
    Attribute, Card, Entity, Kind, Mark, MembershipKind, Object, ObjectKind, Reason, Relation, Row,
    Value, Verb, Verbs,
};

use super::directories::{DIRECTORY, USER, account, directory};
use super::support::*;
use crate::{Before, Draft, History, Obstructs, Verdicts, guard, released};

const COURSE: Kind = Kind(3);
const TEACHER: Kind = Kind(1);

const NAME: Attribute = Attribute { unique: false, ..DIRECTORY.objects[0].attributes[0] };

const CLASSROOM: Card = Card {
    objects: &[
        DIRECTORY.objects[0],
        DIRECTORY.objects[1],
        DIRECTORY.objects[2],
        ObjectKind {
            name: "course",
            from: &[Entity::Group],
            attributes: &[
                Attribute { name: "title", ..NAME },
                Attribute { name: "ownerId", refers_to: Some(USER), ..NAME },
            ],
            verbs: Verbs(&[Verb::Create, Verb::Update, Verb::Archive, Verb::Unarchive]),
            ..DIRECTORY.objects[2]
        },
    ],
    memberships: &[
        DIRECTORY.memberships[0],
        MembershipKind {
            name: "course_teacher",
            container: COURSE,
            from: &[(Relation::GroupTeacher, "teacher")],
            roles: &["teacher"],
            ..DIRECTORY.memberships[0]
        },
    ],
    ..DIRECTORY
};

fn course(number: u32, title: &str, owner: u32) -> Row {
    let values = vec![Value::Text(title.to_owned()), Value::Ref(id(USER, owner))];
    Row::Object(Object { id: id(COURSE, number), values, schools: vec![key(900)] })
}

fn teaches(user: u32, course: u32) -> Row {
    Row::Member(state::Member {
        kind: TEACHER,
        container: id(COURSE, course),
        member: id(USER, user),
        role: "teacher".to_owned(),
        values: vec![],
        schools: vec![key(900)],
    })
}

fn teacher(number: u32, place: &str) -> Row {
    account(number, &format!("t{number}@x"), place)
}

fn classroom(written: &[Row], wanted: &[Row]) -> World {
    World { card: CLASSROOM, ..directory(written, wanted, written) }
}

fn owner(draft: &Draft) -> Option<Value> {
    let is_course = |it: &&state::Operation| matches!(it.subject(), Ok(state::Subject::Object(id)) if id.kind == COURSE);
    let operation = draft.operations.iter().find(is_course)?;
    let row = state::RowRef::new(operation.after.as_deref()?).unwrap();
    row.values().unwrap().into_iter().nth(1)
}

/// Whose a course is to be.
fn of(number: u32) -> Value {
    Value::Ref(id(USER, number))
}

/// K055, K056: a course whose first teacher cannot have an account belongs to another who can,
/// and to nobody else's pupil; without any it waits.
#[test]
fn k056_a_course_belongs_to_a_teacher_who_is_there() {
    let nobody = |number| Row::Mark {
        id: id(USER, number),
        mark: Mark::Withheld(Reason::DuplicateUsername),
    };
    let taught = |first: Row| {
        let course = [course(9, "7A", 1), teaches(1, 9), teaches(2, 9), teaches(3, 9)];
        [vec![first, teacher(2, "/"), teacher(3, "/")], course.to_vec()].concat()
    };
    #[rustfmt::skip]
    let table = [
        // shows                     wanted                                                          owner
        ("who is there owns it",     taught(teacher(1, "/")),                                        Some(of(1))),
        ("no place for the first",   taught(teacher(1, "/nowhere")),                                 Some(of(2))),
        ("the first is withheld",    taught(nobody(1)),                                              Some(of(2))),
        ("nobody is there",          vec![nobody(1), nobody(2), course(9, "7A", 1), teaches(2, 9)],  None),
        ("nobody else teaches it",   vec![nobody(1), teacher(2, "/"), course(9, "7A", 1)],           None),
    ];
    for (shows, wanted, expected) in table {
        let draft = classroom(&[], &wanted).draft();
        assert_eq!(owner(&draft), expected, "{shows}");
        assert_eq!(draft.blocked.is_empty(), expected.is_some(), "{shows}");
    }
}

/// K056: nor does a course wait for a teacher whose name an account of ours has that stays.
#[test]
fn k056_a_course_does_not_wait_for_a_name_that_is_taken() {
    let written = [account(8, "t1@x", "/")];
    let course = [course(9, "7A", 1), teaches(1, 9), teaches(2, 9)];
    let wanted = [vec![teacher(1, "/"), teacher(2, "/")], course.to_vec()].concat();
    let world = classroom(&written, &wanted).life_cycle(USER, [Some(0), None, None]);
    let since = jiff::civil::date(2026, 11, 1);
    let draft = world.linked(id(USER, 8), state::LinkState::Suspended, since).draft();
    assert_eq!(draft.conflicts.len(), 1);
    assert_eq!(owner(&draft), Some(of(2)));
}

/// K056: a course that another got stays with that one while the first cannot have it, and what
/// else has changed goes on; when the first is there, it is as it should be.
#[test]
fn k056_a_course_stays_with_whom_it_has_until_its_first_teacher_is_there() {
    let written = [teacher(2, "/"), course(9, "7A", 2), teaches(2, 9)];
    let wanted = |title: &str, place: &str| {
        let course = [course(9, title, 1), teaches(1, 9), teaches(2, 9)];
        [vec![teacher(1, place), teacher(2, "/")], course.to_vec()].concat()
    };
    let draft = classroom(&written, &wanted("7A", "/nowhere")).draft();
    assert_eq!((draft.operations.len(), draft.blocked.len()), (0, 0));
    assert!(matches!(draft.obstacles[0].what, Obstructs::NoPlace { .. }));
    let draft = classroom(&written, &wanted("8A", "/nowhere")).draft();
    assert_eq!(brief_at(&CLASSROOM, &draft.operations), "update c9 P16");
    assert_eq!(owner(&draft), Some(of(2)));
    let draft = classroom(&written, &wanted("7A", "/")).draft();
    assert_eq!(owner(&draft), Some(of(1)));
}

fn judged(world: &World, draft: &Draft, guards: &Guards) -> Verdicts {
    let done = Before::Done;
    let history = History { plan: done, deletion: done, ..History::default() };
    guard(&world.guarding(draft, guards, &history)).unwrap()
}

/// reference/google.md §0 no 6: a course is given on before its owner is suspended; while a
/// guard holds that, the owner stays awake. Of others who leave nothing is held.
#[test]
fn who_owns_a_course_is_not_suspended_before_it_is_given_on() {
    let written = [
        teacher(1, "/"),
        teacher(2, "/"),
        teacher(3, "/"),
        course(9, "7A", 1),
        teaches(1, 9),
        teaches(2, 9),
        teaches(3, 9),
    ];
    let wanted = [teacher(2, "/"), course(9, "7A", 2), teaches(2, 9)];
    let world = classroom(&written, &wanted);
    let draft = world.draft();
    assert_eq!(
        brief_at(&CLASSROOM, &draft.operations),
        "update c9 P16, suspend u1 P01, suspend u3 P01"
    );
    let none = Limit::of(None, None);
    let guards = Guards {
        attribute_changes: Limit::of(None, Some(0)),
        changes_at_least: 1,
        changes: none,
        removals: none,
        school_removals: none,
        ..Guards::default()
    };
    let verdicts = judged(&world, &draft, &guards);
    assert_eq!(verdicts.held.keys().copied().collect::<Vec<_>>(), [0, 1]);
    assert_eq!(released(&draft.operations, &verdicts, &[]).unwrap(), [2].into());
}

/// The same where the new owner is not there yet: the old one stays awake until then, and the
/// time of leaving runs from today.
#[test]
fn who_owns_a_course_stays_awake_until_the_new_owner_is_there() {
    let written = [teacher(1, "/"), teacher(3, "/"), course(9, "7A", 1), teaches(1, 9)];
    let wanted = |place: &str| [teacher(2, place), course(9, "7A", 2), teaches(2, 9)];
    let draft = classroom(&written, &wanted("/nowhere")).draft();
    assert_eq!(brief_at(&CLASSROOM, &draft.operations), "suspend u3 P01");
    assert_eq!(draft.kept, [id(USER, 1)].into());
    let noted: Vec<_> = draft.noted.iter().map(|(id, link)| (*id, link.since)).collect();
    assert_eq!(noted, [(id(USER, 1), Some(TODAY))]);
    let brief = "create u2 P15, update c9 P16, add u2>c9 teacher M08, suspend u1 P01, \
                 suspend u3 P01";
    assert_eq!(classroom(&written, &wanted("/")).brief(), brief);
}

/// A course that Google has suspended, or whose owner is gone, is there though nothing is seen of
/// it: it is left alone with all who are in it, and told when it should be otherwise.
#[test]
fn a_course_that_nobody_is_let_into_is_left_alone_and_told() {
    let people = [teacher(1, "/"), teacher(2, "/")];
    let written = [&people[..], &[course(9, "7A", 1), teaches(1, 9)]].concat();
    let keeps = |mut world: World| {
        world.policies.membership_drift.insert(TEACHER, rules::Drift::Keep);
        world.policies.drift.insert((COURSE, 0), rules::Drift::Keep);
        let places = directory(&[], &[], &people).observed.unwrap().0;
        world.observed = Some((places, crate::Coverage::Whole));
        world.shut = [id(COURSE, 9)].into();
        world.life_cycle(COURSE, [None, Some(0), None])
    };
    let others = [course(9, "8A", 1), teaches(1, 9)];
    #[rustfmt::skip]
    let table = [
        // shows               wanted                                                        told
        ("as it should be",    vec![course(9, "7A", 1), teaches(1, 9)],                      0),
        ("another name",       others.to_vec(),                                              1),
        ("another teacher",    vec![course(9, "7A", 1), teaches(1, 9), teaches(2, 9)],       1),
        ("both",               [&others[..], &[teaches(2, 9)]].concat(),                     1),
        ("over",               vec![],                                                       1),
    ];
    for (shows, wanted, told) in table {
        let wanted = [&people[..], &wanted].concat();
        let draft = keeps(classroom(&written, &wanted)).draft();
        assert_eq!(brief_at(&CLASSROOM, &draft.operations), "", "{shows}");
        let shut = (id(COURSE, 9), Reason::Shut);
        let reasons: Vec<_> =
            draft.obstacles.iter().map(|it| (it.object, it.what.reason())).collect();
        assert_eq!(reasons, vec![shut; told], "{shows}");
        assert_eq!(draft.drift, [], "{shows}");
    }
    // One that we have archived should be open again.
    let wanted = [&people[..], &[course(9, "7A", 1), teaches(1, 9)]].concat();
    let since = jiff::civil::date(2026, 11, 1);
    let world = keeps(classroom(&written, &wanted));
    let draft = world.linked(id(COURSE, 9), state::LinkState::Archived, since).draft();
    assert_eq!((draft.operations.len(), draft.obstacles.len()), (0, 1));
    // Who owns it stays awake until it can be given on.
    let wanted = [&people[1..], &[course(9, "7A", 2), teaches(2, 9)]].concat();
    let draft = keeps(classroom(&written, &wanted)).draft();
    assert_eq!((draft.operations.len(), draft.kept), (0, [id(USER, 1)].into()));
}
