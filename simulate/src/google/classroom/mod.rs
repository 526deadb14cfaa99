//! Courses, their teachers and students: google.md §2.

pub(super) mod course;
pub(super) mod courses;
pub(super) mod guardians;
pub(super) mod invitations;
pub(super) mod names;
pub(super) mod profiles;
pub(super) mod roster;
mod states;

use self::course::{Course, State};
use super::asked::Asked;
use super::clock::millis;
use super::refusal::Refusal;
use super::world::{World, parsed};

/// "Requested entity was not found."
pub(super) fn missing() -> Refusal {
    Refusal::new(404, "notFound", "Requested entity was not found.")
}

pub(super) fn exists() -> Refusal {
    Refusal::new(409, "alreadyExists", "Requested entity already exists")
}

pub(super) fn wrong(text: &str) -> Refusal {
    Refusal::new(400, "invalidArgument", text)
}

/// What is refused without a name.
pub(super) fn precondition() -> Refusal {
    Refusal::new(400, "failedPrecondition", "Precondition check failed.")
}

pub(super) fn denied() -> Refusal {
    Refusal::new(403, "forbidden", "The caller does not have permission")
}

/// The course that a key means: its number, or a name that begins with `d:` or `p:`.
fn course_id(world: &World, asked: &Asked<'_>, key: &str) -> Result<u64, Refusal> {
    let by_name = || world.course_names.get(key).copied();
    let id = key.parse().ok().or_else(by_name);
    let course = id.and_then(|it| world.courses.get(&it)).ok_or_else(missing)?;
    if is_seen(asked, course) { Ok(course.id) } else { Err(denied()) }
}

/// One that Google has suspended is seen by its owner alone (google.md §2.1).
fn is_seen(asked: &Asked<'_>, course: &Course) -> bool {
    course.state != State::Suspended || asked.who.id == course.owner
}

/// The user that a key means: `me`, an id, or an address of a user who is there.
fn user_id(world: &World, asked: &Asked<'_>, key: &str) -> Option<u64> {
    if key == "me" { Some(asked.who.id) } else { world.user_id(key) }
}

/// As [`user_id`], and by id those who are gone too: rosters keep them.
fn member_id(world: &World, asked: &Asked<'_>, key: &str) -> Result<u64, Refusal> {
    let known = user_id(world, asked, key).or_else(|| parsed(key));
    known.ok_or_else(missing)
}

/// Whether Classroom knows of a user yet (google.md §2.2).
fn settled(world: &World, asked: &Asked<'_>, id: u64) -> bool {
    let window = millis(asked.switches.windows.fresh_in_classroom);
    world.users.get(&id).is_some_and(|it| asked.now - it.created >= window)
}
