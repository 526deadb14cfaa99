//! What is never sent: what is off, what has no owner, what is over a limit, what would be new.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::world::{Wanted, World, switches};

fn course() -> Wanted {
    let mut wanted = Wanted::default();
    for (number, name) in [(1, "ada"), (2, "bo"), (3, "cia"), (4, "dan")] {
        wanted.user(number, &format!("{name}@exempel.se"), "/Elever");
    }
    wanted.course(1, "Matematik 7A", 3);
    wanted.teacher(1, 3);
    wanted.student(1, 1);
    wanted
}

/// How often a method was called that a test looks for.
fn called(world: &World, is: impl Fn(&str) -> bool) -> u64 {
    let calls = world.sim.counts().calls;
    calls.iter().filter(|((method, _), _)| is(method)).map(|(_, count)| *count).sum()
}

/// K052: nothing is sent about what is turned off, by whatever plan: a deleted account falls out
/// of its groups and courses by itself.
#[tokio::test]
async fn k052_a_plan_from_before_calls_nothing_that_is_off() {
    let mut world = World::new(switches(), |settings| {
        (settings.groups, settings.classrooms) = (false, false);
    });
    let mut wanted = course();
    wanted.group(1, "7a", "");
    wanted.member(1, 1, "MEMBER");
    let refused = world.try_to_reach(&wanted).await;
    let codes: BTreeSet<&str> = refused.keys().filter_map(|it| it.split(' ').nth(1)).collect();
    assert_eq!(codes, ["classroomOff", "groupsOff"].into());
    let is_other = |method: &str| ["courses", "groups"].iter().any(|it| method.contains(it));
    assert_eq!(called(&world, is_other), 0);
}

/// K055: a course whose owner has no account is refused before anything is sent of it.
#[tokio::test]
async fn k055_a_course_without_its_owner_is_refused_early() {
    let mut world = World::plain();
    let mut wanted = course();
    wanted.course(2, "Svenska 7A", 99);
    wanted.student(2, 1);
    let refused = world.try_to_reach(&wanted).await;
    let both = ["add ownerNotFound", "create ownerNotFound"];
    assert_eq!(refused, both.map(|it| (it.to_owned(), 1)).into());
    assert_eq!(called(&world, |method| method == "classroom.courses.create"), 1);
}

/// reference/google.md §2.2: 50 teachers, and 1,000 of both, hold where nothing else is said; what
/// is over is told before it is sent.
#[tokio::test]
async fn fifty_teachers_and_a_thousand_members_are_sent() {
    for (teachers, students, code) in
        [(51, 0, "add CourseTeacherLimitReached"), (1, 1_000, "add CourseMemberLimitReached")]
    {
        let mut world = World::new(switches(), |settings| {
            settings.quotas.users_a_second = 5_000;
            settings.quotas.classroom_a_minute = 1_000_000;
        });
        let mut wanted = Wanted::default();
        for number in 1..=teachers + students {
            wanted.user(number, &format!("u{number}@exempel.se"), "/Elever");
        }
        wanted.course(1, "Stor kurs", 1);
        (1..=teachers).for_each(|number| wanted.teacher(1, number));
        (1..=students).for_each(|number| wanted.student(1, teachers + number));
        let refused = world.try_to_reach(&wanted).await;
        assert_eq!(refused, [(code.to_owned(), 1)].into());
        assert_eq!(world.sim.counts().refused(), 0);
    }
}

/// K056: what is renamed or given to another is the same at Google: changed, never made anew.
#[tokio::test]
async fn k056_a_renamed_course_and_group_keep_their_ids() {
    let mut world = World::plain();
    let mut wanted = course();
    wanted.group(1, "7a", "");
    world.reach(&wanted).await;
    let ids = |world: &World| -> Vec<Json> {
        let of = |list: &str| world.held(list).into_iter().map(|it| it["id"].clone());
        of("groups").chain(of("courses")).collect()
    };
    let before = ids(&world);
    world.sim.forget_counts();
    wanted.group(1, "8a", "Klass 8A");
    wanted.course(1, "Matematik 8A", 4);
    wanted.teacher(1, 4);
    world.reach(&wanted).await;
    world.holds_what_was_written().await;
    assert_eq!(ids(&world), before);
    let made = ["groups.insert", "groups.delete", "courses.create", "courses.delete"];
    assert_eq!(called(&world, |method| made.iter().any(|it| method.ends_with(it))), 0);
}
