//! Courses, their owners, teachers and students.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value as Json, json};
use state::{Look, Outcome, TargetError, Verb};

use super::world::{Rows, Wanted, World, object, operation, read, switches};
use crate::settings::Begins;
use crate::{COURSE, COURSE_STUDENT, COURSE_TEACHER, USER};

fn course() -> Wanted {
    let mut wanted = Wanted::default();
    for (number, name) in [(1, "ada"), (2, "bo"), (3, "cia"), (4, "dan")] {
        wanted.user(number, &format!("{name}@exempel.se"), "/Elever");
    }
    wanted.course(1, "Matematik 7A", 3);
    wanted.teacher(1, 3);
    wanted.student(1, 1);
    wanted.student(1, 2);
    wanted
}

async fn active() -> World {
    let mut world = World::new(switches(), |settings| settings.classroom.begins = Begins::Active);
    world.reach(&course()).await;
    world
}

fn first(world: &World) -> Json {
    world.held("courses").first().cloned().unwrap_or_default()
}

fn names(world: &World, list: &str) -> Vec<String> {
    let course = first(world);
    let all = course[list].as_array().unwrap();
    all.iter().map(|it| it.as_str().unwrap().split('@').next().unwrap().to_owned()).collect()
}

/// K036, K052: a course is made under our alias with all who are in it, and begins as the tenant
/// says.
#[tokio::test]
async fn k036_a_course_is_made_with_all_who_are_in_it() {
    for (begins, state) in [(Begins::Provisioned, "PROVISIONED"), (Begins::Active, "ACTIVE")] {
        let mut world = World::new(switches(), |settings| settings.classroom.begins = begins);
        world.reach(&course()).await;
        world.holds_what_was_written().await;
        assert_eq!(first(&world)["courseState"], state);
        assert_eq!(names(&world, "teachers"), ["cia"]);
        assert_eq!(names(&world, "students"), ["ada", "bo"]);
        assert!(first(&world)["aliases"].to_string().contains("d:skolbro-"));
    }
}

/// A course whose id was forgotten is linked by its alias, and not made twice.
#[tokio::test]
async fn a_course_that_is_there_is_linked() {
    let mut world = active().await;
    world
        .written
        .retain(|_, row| read(row).membership().is_none() && read(row).owner().kind == USER);
    let mut wanted = course();
    wanted.course(1, "Matematik", 3);
    world.ids = state::Ids::default();
    world.reach(&wanted).await;
    assert_eq!(world.held("courses").len(), 1);
    world.holds_what_was_written().await;
}

/// One that is found so has another's owner, name and state no longer.
#[tokio::test]
async fn a_course_that_is_found_is_made_ours_whole() {
    for (state, then) in [("ARCHIVED", "ACTIVE"), ("DECLINED", "PROVISIONED"), ("ACTIVE", "ACTIVE")]
    {
        let mut world = active().await;
        let mut held = world.sim.state();
        let there = &mut held["courses"][0];
        there["owner"] = json!("dan@exempel.se");
        there["courseState"] = json!(state);
        there["name"] = json!("Annat");
        world.fill(&json!({ "courses": held["courses"] }));
        let is_user =
            |row: &[u8]| read(row).membership().is_none() && read(row).owner().kind == USER;
        world.written.retain(|_, row| is_user(row));
        world.ids = state::Ids::default();
        world.restart();
        world.reach(&course()).await;
        let found = first(&world);
        assert_eq!(
            [&found["owner"], &found["courseState"], &found["name"]],
            ["cia@exempel.se", then, "Matematik 7A"],
            "{state}"
        );
        assert_eq!(world.held("courses").len(), 1);
    }
}

/// Trouble that passes is no absence: nothing is said to be done that is not.
#[tokio::test]
async fn trouble_with_a_course_is_not_its_absence() {
    for (status, code) in [(500, "INTERNAL"), (403, "PERMISSION_DENIED")] {
        for verb in [Verb::Archive, Verb::Unarchive, Verb::Delete] {
            let mut world = active().await;
            let (row, rows) = (world.first(COURSE), world.written.clone());
            let (after, rows) =
                if verb == Verb::Delete { (None, Rows::new()) } else { (Some(&row), rows) };
            let operation = [operation(0, verb, Some(&row), after)];
            world.sim.trouble(format!("status={status}@classroom.courses.get").parse().unwrap());
            // Where nothing else goes well it is the receiver that does not answer.
            match world.send(&operation, &world.written, &rows).await {
                Ok(outcomes) => assert_eq!(outcomes, [Outcome::Refused { code: code.to_owned() }]),
                Err(error) => assert!(matches!(error, TargetError::Unavailable { .. }), "{error}"),
            }
            assert_eq!(first(&world)["courseState"], "ACTIVE");
            world.sim.mend();
            world.restart();
            let done = world.carry(&operation, &rows).await;
            assert!(matches!(done[0], Outcome::Done { .. }), "{verb:?}: {done:?}");
        }
    }
}

/// A course that Google has suspended is told as shut, and holds up no other; when all are closed to us, it is we.
#[tokio::test]
async fn one_course_that_is_closed_stops_no_other() {
    let mut world = World::new(switches(), |settings| settings.classroom.begins = Begins::Active);
    let mut wanted = course();
    for number in 2..=6 {
        wanted.course(number, &format!("Kurs {number}"), 3);
        wanted.teacher(number, 3);
    }
    world.reach(&wanted).await;
    let mut held = world.sim.state();
    let (teacher, administrator) = (held["courses"][0]["owner"].clone(), json!("admin@exempel.se"));
    let only = (1..=6).map(|number| object(COURSE, number)).collect();
    let kinds = BTreeSet::from([COURSE]);
    // Its owner sees it.
    for owner in [administrator, teacher] {
        held["courses"][0]["courseState"] = json!("SUSPENDED");
        held["courses"][0]["owner"] = owner;
        world.fill(&json!({ "courses": held["courses"] }));
        for look in [None, Some(&only)] {
            let saw = world.see(Look { kinds: &kinds, only: look }).await;
            let courses = saw.ids.keys().filter(|it| it.kind == COURSE).count();
            assert_eq!((courses, saw.shut), (5, vec![object(COURSE, 1)]), "{look:?}");
        }
    }
    for place in ["classroom.courses.get", "classroom.courses.teachers.list"] {
        world.sim.trouble(format!("status=403@{place}").parse().unwrap());
        let saw = world.try_to_see(Look { kinds: &kinds, only: Some(&only) }).await;
        assert_eq!(saw.is_err(), place.ends_with("get"), "{place}");
        world.sim.mend();
    }
}

/// K086: who may not list courses lacks a role for Classroom: courses alone are closed. Too many
/// calls, or trouble, close nothing.
#[tokio::test]
async fn k086_a_missing_role_for_courses_closes_courses_alone() {
    for (trouble, closes) in [("status=403", true), ("rate", false), ("status=503", false)] {
        let world = World::plain();
        let trouble = format!("{trouble}@classroom.courses.list");
        world.sim.trouble(trouble.parse().unwrap());
        let closed = world.google.closed_kinds().await;
        let kinds: Vec<_> = closed.iter().map(|it| it.kind).collect();
        assert_eq!(kinds, if closes { vec![COURSE] } else { vec![] }, "{trouble}");
        for it in closed {
            let told = std::error::Error::source(&it.why).unwrap().to_string();
            assert!(told.contains("administrator's role") && told.contains("Classroom"), "{told}");
        }
    }
}

/// The new owner is a teacher first; the old one goes when all is the new one's.
#[tokio::test]
async fn a_course_changes_owner() {
    let mut switches = switches();
    switches.windows.owner_moves = Duration::from_millis(300);
    let mut world = World::new(switches, |_| ());
    world.reach(&course()).await;
    let mut wanted = course().without(COURSE_TEACHER, 3);
    wanted.course(1, "Matematik 7A", 4);
    wanted.teacher(1, 4);
    world.reach(&wanted).await;
    world.holds_what_was_written().await;
    assert_eq!(first(&world)["owner"], "dan@exempel.se");
    assert_eq!(names(&world, "teachers"), ["dan"]);
}

/// Nobody is both: who becomes a teacher leaves as a student first, and the other way round.
#[tokio::test]
async fn a_student_becomes_a_teacher_and_back() {
    let mut world = World::plain();
    world.reach(&course()).await;
    let mut wanted = course().without(COURSE_STUDENT, 1);
    wanted.teacher(1, 1);
    for wanted in [wanted, course()] {
        world.reach(&wanted).await;
        world.holds_what_was_written().await;
    }
}

/// A co-teacher whom somebody else added stays, and is not made a student.
#[tokio::test]
async fn co_teachers_of_others_are_untouched() {
    let mut world = World::plain();
    world.reach(&course()).await;
    let mut state = world.sim.state();
    state["courses"][0]["teachers"].as_array_mut().unwrap().push(json!("dan@exempel.se"));
    world.fill(&json!({ "courses": state["courses"] }));
    let mut wanted = course();
    wanted.student(1, 4);
    wanted.course(1, "Matematik", 3);
    let refused = world.try_to_reach(&wanted).await;
    assert_eq!(refused.into_iter().collect::<Vec<_>>(), [("add isTeacher".to_owned(), 1)]);
    assert_eq!(names(&world, "teachers"), ["cia", "dan"]);
    assert_eq!(first(&world)["name"], "Matematik");
}

/// K062: a course that ends is archived with all who are in it, even by a plan that empties it,
/// and is opened again as it was.
#[tokio::test]
async fn k062_a_course_is_archived_whole_and_opened_again() {
    let world = active().await;
    let (row, rows) = (world.first(COURSE), world.written.clone());
    let seats = rows.values().filter(|row| read(row).membership().is_some());
    let mut archive = vec![operation(0, Verb::Archive, Some(&row), Some(&row))];
    archive.extend(seats.zip(1..).map(|(seat, at)| operation(at, Verb::Remove, Some(seat), None)));
    let outcomes = world.carry(&archive, &rows).await;
    assert_eq!(outcomes[0], Outcome::Done { receiver_id: None });
    assert!(outcomes[1..].iter().all(|it| *it == Outcome::Refused { code: "archived".to_owned() }));
    assert_eq!(first(&world)["courseState"], "ARCHIVED");
    assert_eq!(names(&world, "students"), ["ada", "bo"]);
    assert_eq!(world.carry(&archive[..1], &rows).await, [Outcome::AlreadySo]);
    let open = [operation(0, Verb::Unarchive, Some(&row), Some(&row))];
    world.carry(&open, &rows).await;
    assert_eq!(first(&world)["courseState"], "ACTIVE");
    world.holds_what_was_written().await;
}

/// One that no teacher has accepted cannot be archived: it is declined, and comes back.
#[tokio::test]
async fn a_course_that_nobody_accepted_is_declined() {
    let mut world = World::plain();
    world.reach(&course()).await;
    let (row, rows) = (world.first(COURSE), world.written.clone());
    for (verb, state) in [(Verb::Archive, "DECLINED"), (Verb::Unarchive, "PROVISIONED")] {
        world.carry(&[operation(0, verb, Some(&row), Some(&row))], &rows).await;
        assert_eq!(first(&world)["courseState"], state);
    }
}

/// An open course is archived, then deleted; what is gone is so already.
#[tokio::test]
async fn an_open_course_is_deleted() {
    let world = active().await;
    let row = world.first(COURSE);
    let delete = [operation(0, Verb::Delete, Some(&row), None)];
    for expected in [Outcome::Done { receiver_id: None }, Outcome::AlreadySo] {
        assert_eq!(world.carry(&delete, &Rows::new()).await, [expected]);
        assert!(world.held("courses").is_empty());
    }
}

/// Who would be one too many is told so before anything is sent.
#[tokio::test]
async fn limits_are_checked_before_anything_is_sent() {
    let mut world = World::new(switches(), |settings| {
        settings.classroom.max_teachers = 1;
        settings.classroom.max_members = 2;
    });
    let mut wanted = course();
    wanted.teacher(1, 4);
    let refused: Vec<_> = world.try_to_reach(&wanted).await.into_iter().collect();
    let codes = ["add CourseMemberLimitReached", "add CourseTeacherLimitReached"];
    assert_eq!(refused, codes.map(|code| (code.to_owned(), 1)));
    assert_eq!(world.sim.counts().refused(), 0);
}

/// K052: nothing is asked of what is turned off.
#[tokio::test]
async fn k052_what_is_turned_off_is_not_called() {
    let world = World::new(switches(), |settings| {
        settings.classrooms = false;
        settings.groups = false;
    });
    world.see_all().await;
    let called = world.sim.counts().calls;
    let is_other = |method: &str| method.contains("courses") || method.contains("groups");
    assert!(!called.is_empty() && called.keys().all(|(method, _)| !is_other(method)), "{called:?}");
}
