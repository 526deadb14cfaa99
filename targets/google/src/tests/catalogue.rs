//! Every row of Google's catalogue of refusals (reference/google.md §1.4, §2.2), as a run meets it.

use std::collections::BTreeSet;

use futures_util::StreamExt as _;
use serde_json::json;
use simulate::google::{Known, OF_CLASSROOM, OF_DIRECTORY, Switches};
use state::{Outcome, Verb};

use super::world::{Wanted, World, object, operation, switches};
use crate::refusals::{REFUSALS, refusal};
use crate::{COURSE_STUDENT, COURSE_TEACHER, USER};

/// Rows that stop all calls to their service until a person has acted ([`crate::Locked`]).
const LOCKED: [&str; 5] = [
    "loginRequired",
    "authError",
    "insufficientPermissions",
    "ClassroomDisabled",
    "ClassroomApiDisabled",
];

const DIRECTORY: [&str; 3] =
    ["directory.users.insert", "directory.groups.insert", "directory.members.insert"];
const SETTINGS: [&str; 1] = ["groupsSettings.groups.patch"];
const CLASSROOM: [&str; 3] = [
    "classroom.courses.create",
    "classroom.courses.teachers.create",
    "classroom.courses.students.create",
];

fn school() -> Wanted {
    let mut wanted = Wanted::default();
    for (number, name) in [(1, "ada"), (2, "bo"), (3, "cia"), (4, "dan")] {
        wanted.user(number, &format!("{name}@exempel.se"), "/Elever");
    }
    wanted.group(1, "7a", "Klass 7A");
    wanted.member(1, 1, "MEMBER");
    wanted.course(1, "Matematik 7A", 3);
    wanted.teacher(1, 3);
    wanted.teacher(1, 4);
    wanted.student(1, 1);
    wanted.student(1, 2);
    wanted
}

/// What is refused when each of these calls is answered so once, by its code.
async fn met(error: &str, places: &'static [&'static str]) -> BTreeSet<String> {
    let troubles = places.iter().map(|place| format!("error={error}@{place}x1").parse().unwrap());
    let troubles = troubles.collect();
    let mut world = World::new(Switches { troubles, ..switches() }, |_| ());
    let refused = world.try_to_reach(&school()).await;
    refused.into_keys().map(|it| it.split(' ').next_back().unwrap().to_owned()).collect()
}

/// Each is either tried again or told in words, with what to do; none stops the run, but for
/// those that a person must unlock.
async fn is_told(rows: &'static [Known], places: &'static [&'static str]) -> BTreeSet<String> {
    // That somebody is the owner already is no refusal of a change of owner, and of nothing else.
    let is_met = |it: &&str| !LOCKED.contains(it) && *it != "UserAlreadyOwner";
    let names = rows.iter().map(|it| it.name()).filter(is_met);
    // As the service writes it, and with `errors` and `status`: Classroom may (§2.2).
    let errors = names.flat_map(|name| [name.to_owned(), format!("{name},both")]);
    let met = futures_util::stream::iter(errors)
        .map(|error| async move {
            let codes = met(&error, places).await;
            (error, codes)
        })
        .buffer_unordered(6);
    let all: Vec<(String, BTreeSet<String>)> = met.collect().await;
    let pairs = all.iter().flat_map(|(name, codes)| codes.iter().map(move |code| (name, code)));
    let silent: Vec<_> = pairs.filter(|(_, code)| refusal(code).is_none()).collect();
    assert!(silent.is_empty(), "no words for {silent:?}");
    all.into_iter().flat_map(|(_, codes)| codes).collect()
}

#[tokio::test]
async fn what_directory_refuses_is_told_in_words() {
    let codes = is_told(OF_DIRECTORY, &DIRECTORY).await;
    for code in ["invalidOrgUnit", "limitExceeded", "forbidden", "conflict", "suspendedForAbuse"] {
        assert!(codes.contains(code), "{code}: {codes:?}");
    }
    assert!(!codes.contains("CannotDirectAddUser"), "that passes");
}

#[tokio::test]
async fn what_classroom_refuses_is_told_in_words() {
    let codes = is_told(OF_CLASSROOM, &CLASSROOM).await;
    for code in ["CourseNotModifiable", "ProjectPermissionDenied", "CourseTitleCannotContainUrl"] {
        assert!(codes.contains(code), "{code}: {codes:?}");
    }
    for passes in ["UserCourseJoinRateLimitReached", "CannotDirectAddUser"] {
        assert!(!codes.contains(passes), "{passes} passes: {codes:?}");
    }
}

#[tokio::test]
async fn what_group_settings_refuse_is_told_in_words() {
    let codes = is_told(OF_DIRECTORY, &SETTINGS).await;
    assert!(codes.iter().any(|code| code.starts_with("groupSettings.")), "{codes:?}");
}

/// Codes of ours and of Google's that stand for others, and what goes away by itself.
#[test]
fn every_code_of_a_run_has_words() {
    let codes = [
        "invalidFamilyName",
        "unconfirmed",
        "notFound",
        "NOT_FOUND",
        "failedPrecondition",
        "invalidArgument",
        "alreadyExists",
        "internalError",
        "backendError",
        "UNAVAILABLE",
    ];
    for code in codes {
        assert!(refusal(code).is_some(), "no words for {code}");
    }
    let en = |code| refusal(code).map(|it| it.en);
    assert_eq!(en("failedPrecondition"), en("FAILED_PRECONDITION"));
}

/// The guide has every code with the same words.
#[test]
fn the_guide_tells_the_same_of_refusals() {
    let guide = include_str!("../../../../docs/google.md");
    for (code, sv, en) in REFUSALS {
        let row = format!("| `{code}` | {en} |");
        assert!(guide.contains(&row), "docs/google.md lacks: {row}");
        assert!(sv.ends_with(['.', '`']) || sv.contains("skolbro"), "{sv}");
    }
    let rows = guide.lines().skip_while(|it| *it != "## When something is refused");
    let rows = rows.filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, REFUSALS.len());
}

/// K141: whom Google itself has suspended no administrator can wake: told, and the rest goes on.
#[tokio::test]
async fn k141_an_account_suspended_for_abuse_is_told_so() {
    let mut world = World::plain();
    let mut wanted = Wanted::default();
    wanted.user(1, "ada@exempel.se", "/Elever");
    let marker = object(USER, 1).key.to_string();
    world.fill(&json!({ "users": [{
        "primaryEmail": "ada@exempel.se", "name": { "givenName": "ada", "familyName": "Provsson" },
        "orgUnitPath": "/Elever", "suspended": true, "suspensionReason": "ABUSE",
        "externalIds": [{ "type": "custom", "customType": "skolbro", "value": marker }],
    }] }));
    world.written = wanted.0.clone();
    let row = world.first(USER);
    let wake = [operation(0, Verb::Reactivate, Some(&row), Some(&row))];
    let woken = world.carry(&wake, &wanted.0).await;
    assert_eq!(woken, [Outcome::Refused { code: "suspendedForAbuse".to_owned() }]);
    wanted.user(5, "eva@exempel.se", "/Elever");
    world.reach(&wanted).await;
}

/// reference/google.md §2.1: first the transfer, then the folder of the old owner is waited for.
#[tokio::test]
async fn an_old_owner_goes_when_the_folder_has_moved() {
    let mut switches = switches();
    switches.windows.owner_moves = std::time::Duration::from_millis(600);
    let mut world = World::new(switches, |_| ());
    world.reach(&school()).await;
    let mut wanted = school().without(COURSE_TEACHER, 3).without(COURSE_STUDENT, 2);
    wanted.course(1, "Matematik 7A", 4);
    world.reach(&wanted).await;
    let refused = world.sim.counts().calls;
    let deleted: BTreeSet<u16> = refused
        .keys()
        .filter(|(method, _)| method == "classroom.courses.teachers.delete")
        .map(|(_, status)| *status)
        .collect();
    assert!(deleted.contains(&400) && deleted.contains(&200), "{deleted:?}");
}

/// Vault holds an account: it stays, and that is told.
#[tokio::test]
async fn an_account_on_hold_is_not_deleted() {
    let mut world = World::plain();
    world.reach(&school()).await;
    world.sim.trouble("error=precondition@directory.users.delete".parse().unwrap());
    let row = world.first(USER);
    let delete = [operation(0, Verb::Delete, Some(&row), None)];
    let outcomes = world.carry(&delete, &Wanted::default().0).await;
    assert_eq!(outcomes, [Outcome::Refused { code: "onHold".to_owned() }]);
}

/// An account that Google has not finished is on no hold: that is told.
#[tokio::test]
async fn an_account_that_is_not_complete_is_not_told_as_held() {
    let mut world = World::new(switches(), |settings| settings.wait_seconds = 1);
    world.reach(&school()).await;
    world.sim.trouble("incomplete@directory.users.delete".parse().unwrap());
    let row = world.first(USER);
    let delete = [operation(0, Verb::Delete, Some(&row), None)];
    let outcomes = world.carry(&delete, &Wanted::default().0).await;
    assert_eq!(outcomes, [Outcome::Refused { code: "userNotComplete".to_owned() }]);
}
