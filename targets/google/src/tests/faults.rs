//! What goes wrong on the way: nothing is lost, nothing is done twice.

use std::time::Duration;

use simulate::google::{Counts, Limits, Quotas, Switches};

use super::world::{Wanted, World, switches};

/// A school: users, groups and courses with who is in them.
fn school(users: u32, groups: u32, courses: u32) -> Wanted {
    let mut wanted = Wanted::default();
    for number in 0..users {
        let unit = if number % 10 == 0 { "/Personal" } else { "/Elever" };
        wanted.user(number, &format!("p{number}@exempel.se"), unit);
    }
    for group in 0..groups {
        wanted.group(group, &format!("grupp-{group}"), "");
        for at in 0..20 {
            let role = if at == 0 { "OWNER" } else { "MEMBER" };
            wanted.member(group, (group * 7 + at) % users, role);
        }
    }
    for course in 0..courses {
        let teacher = (course * 10) % users;
        wanted.course(course, &format!("Kurs {course}"), teacher);
        wanted.teacher(course, teacher);
        for at in 1..20 {
            wanted.student(course, (teacher + at) % users);
        }
    }
    wanted
}

async fn goes_well_in_spite_of(troubles: &[&str]) -> World {
    let troubles = troubles.iter().map(|it| it.parse().unwrap()).collect();
    let mut world = World::new(Switches { troubles, ..switches() }, |_| ());
    world.reach(&school(40, 10, 10)).await;
    world.sim.mend();
    world.holds_what_was_written().await;
    for user in world.held("users") {
        assert!(user["passwords"].as_u64().unwrap_or_default() <= 1, "{user}");
    }
    assert_eq!(["users", "groups", "courses"].map(|list| world.held(list).len()), [41, 10, 10]);
    world
}

/// reference/google.md §0 no 1: many calls in few requests, and no call too many.
#[tokio::test]
async fn calls_go_together() {
    let world = goes_well_in_spite_of(&[]).await;
    let counts = world.sim.counts();
    // Users; groups with settings and members; courses with who is in them; what is read; and
    // whether Classroom is open to us.
    let needed = 40 + 10 * 22 + 10 * 20 + 3 + 10 * 3 + 4 + 1;
    assert!(counts.all() <= needed + 2, "{counts:?}");
    assert!(counts.requests < 80, "{} requests", counts.requests);
}

#[tokio::test]
async fn too_many_and_trouble_in_every_form() {
    let troubles = [
        "quota/17",
        "rate/19",
        "status=429,newer/23",
        "status=503,html/29",
        "status=500/31",
        "status=503,text/37",
        "aborted/41",
        "conflict/43",
    ];
    goes_well_in_spite_of(&troubles).await;
}

/// A batch that is refused for what it is says nothing of what is in it.
#[tokio::test]
async fn a_batch_that_is_refused_goes_one_by_one() {
    let limits = Limits { batch: 2, classroom_batch: 2, ..Limits::default() };
    let mut world = World::new(Switches { limits, ..switches() }, |_| ());
    world.reach(&school(20, 2, 3)).await;
    world.holds_what_was_written().await;
    world.reach(&Wanted::default()).await;
    assert_eq!(["users", "groups", "courses"].map(|list| world.held(list).len()), [1, 0, 0]);
}

/// A page of somebody in between is not Google's word that something is not there.
#[tokio::test]
async fn a_page_that_says_404_deletes_nothing() {
    let mut world = World::plain();
    world.reach(&school(2, 1, 0)).await;
    world.sim.trouble("status=404,html@DELETE".parse().unwrap());
    let refused = world.try_to_reach(&Wanted::default()).await;
    assert_eq!(
        refused.into_iter().collect::<Vec<_>>(),
        [("delete 404".to_owned(), 3), ("remove 404".to_owned(), 3)]
    );
    assert_eq!(["users", "groups"].map(|list| world.held(list).len()), [3, 1]);
}

/// Calls that were carried out, though the answer says otherwise.
#[tokio::test]
async fn what_was_done_though_the_answer_said_no() {
    goes_well_in_spite_of(&["done=503/7", "done=500/11", "done=502,html/13"]).await;
}

/// Requests that are carried out, and whose answers never come whole.
#[tokio::test]
async fn answers_that_are_lost() {
    for fault in ["lost/3", "error/4", "reset/3"] {
        let mut world = World::plain();
        world.sim.plant(fault.parse().unwrap());
        world.reach(&school(25, 8, 8)).await;
        world.sim.mend();
        world.holds_what_was_written().await;
        let held = ["users", "groups", "courses"].map(|list| world.held(list).len());
        assert_eq!(held, [26, 8, 8], "{fault}");
    }
}

/// A token that ends in the middle is renewed.
#[tokio::test]
async fn a_token_that_ends_is_renewed() {
    let mut world = World::plain();
    world.reach(&school(20, 2, 2)).await;
    world.sim.expire();
    world.reach(&school(30, 4, 4)).await;
    world.holds_what_was_written().await;
}

/// reference/google.md §0 no 5: what was just made is not seen everywhere at once.
#[tokio::test]
async fn what_was_just_made_is_waited_for() {
    let mut switches = switches();
    let soon = Duration::from_millis(400);
    switches.windows.fresh_user = soon;
    switches.windows.fresh_in_classroom = 3 * soon;
    switches.windows.renamed = soon;
    switches.windows.group_again = soon;
    switches.windows.in_batch = soon;
    let mut world = World::new(switches, |_| ());
    let mut wanted = school(40, 4, 4);
    world.reach(&wanted).await;
    world.holds_what_was_written().await;
    for unit in ["/Personal", "/Elever"] {
        for number in 0..10 {
            wanted.user(number, &format!("ny{number}@exempel.se"), unit);
        }
        world.reach(&wanted).await;
    }
    world.holds_what_was_written().await;
}

/// The same again is no call at all.
#[tokio::test]
async fn nothing_to_do_is_nothing_done() {
    let mut world = World::plain();
    world.reach(&school(20, 3, 3)).await;
    world.sim.forget_counts();
    world.reach(&school(20, 3, 3)).await;
    assert_eq!(world.sim.counts().all(), 0);
}

/// The quotas are kept to. Without that thirty of forty accounts would be refused at once; what
/// arrives late, on a machine that has much to do, is one request of ten, or two.
#[tokio::test]
async fn quotas_are_kept_to() {
    let mut world = World::new(Switches { quotas: Quotas::REAL, ..switches() }, |_| ());
    world.reach(&school(40, 2, 2)).await;
    let counts = world.sim.counts();
    let of_accounts = counts.throttled.get("user-inserts").copied().unwrap_or_default();
    assert!(of_accounts <= 20, "{counts:?}");
    assert_eq!(counts.refused(), of_accounts, "{counts:?}");
}

/// reference/google.md §2.1, §2.2: as long as Classroom knows no new account, and batches no new
/// course, few calls ask whether they do: also those that make courses for new owners.
#[tokio::test]
async fn few_calls_ask_whether_what_is_new_is_known() {
    for (account, course) in [(1_500, 300), (300, 1_500)] {
        let mut switches = switches();
        switches.windows.fresh_in_classroom = Duration::from_millis(account);
        switches.windows.in_batch = Duration::from_millis(course);
        let mut world = World::new(switches, |settings| {
            settings.quotas.users_a_second = 10_000;
            settings.quotas.classroom_a_minute = 600_000;
        });
        world.reach(&school(40, 0, 40)).await;
        let counts = world.sim.counts();
        let made = of(&counts, "classroom.courses.create");
        assert!((40..60).contains(&made), "{made} calls made 40 courses");
        let placed = of(&counts, "classroom.courses.students.create");
        assert!((760..800).contains(&placed), "{placed} calls placed 760 students");

        // New students of new courses whose owners are known, in the next run.
        world.restart();
        world.sim.forget_counts();
        let mut wanted = school(40, 0, 40);
        for number in 40..49 {
            wanted.user(number, &format!("p{number}@exempel.se"), "/Elever");
        }
        for number in 40..60 {
            wanted.course(number, "Ny", 0);
            for student in 40..49 {
                wanted.student(number, student);
            }
        }
        world.reach(&wanted).await;
        let counts = world.sim.counts();
        let placed = of(&counts, "classroom.courses.students.create");
        assert!((180..220).contains(&placed), "{placed} calls placed 180 students");
    }
}

/// How often a method was called.
fn of(counts: &Counts, method: &str) -> u64 {
    let calls = counts.calls.iter().filter(|((it, _), _)| it == method);
    calls.map(|(_, many)| many).sum()
}
