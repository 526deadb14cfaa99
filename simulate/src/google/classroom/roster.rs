//! Teachers and students of courses: google.md §2.2.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::course::Course;
use super::courses::{list_of, size};
use super::profiles::profile;
use super::{
    course_id, denied, exists, member_id, missing, precondition, settled, states, user_id, wrong,
};
use crate::google::asked::{Asked, Came, Done};
use crate::google::clock::millis;
use crate::google::directory::page;
use crate::google::refusal::Refusal;
use crate::google::world::{World, user_text};

/// As what somebody is in a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    Teacher,
    Student,
}

fn members(course: &Course, part: As) -> &BTreeSet<u64> {
    match part {
        As::Teacher => &course.teachers,
        As::Student => &course.students,
    }
}

fn member_json(world: &World, asked: &Asked<'_>, course: u64, id: u64) -> Value {
    json!({
        "courseId": course.to_string(),
        "userId": user_text(id),
        "profile": profile(world, asked, id),
    })
}

pub(in crate::google) fn add_teacher(
    world: &mut World,
    asked: &Asked<'_>,
) -> Result<Done, Refusal> {
    add(world, asked, As::Teacher)
}

pub(in crate::google) fn add_student(
    world: &mut World,
    asked: &Asked<'_>,
) -> Result<Done, Refusal> {
    add(world, asked, As::Student)
}

fn add(world: &mut World, asked: &Asked<'_>, part: As) -> Result<Done, Refusal> {
    let id = course_id(world, asked, asked.part("courseId"))?;
    let key = asked.text("userId").ok_or_else(|| wrong("User ID is required."))?;
    let user = direct(world, asked, key)?;
    let course = world.courses.get(&id).ok_or_else(missing)?;
    let admin = world.users.get(&asked.who.id).is_some_and(|it| it.admin);
    if !admin {
        // Students join by themselves, with the code (google.md §2.2).
        let code = asked.wish("enrollmentCode") == Some(&course.code());
        if part == As::Teacher || user != asked.who.id || !code {
            return Err(denied());
        }
    }
    young(world, asked, course, user)?;
    joins(world, asked, course, (user, part))?;
    enter(world, id, user, part);
    Ok(Done::of(member_json(world, asked, id, user)))
}

/// Somebody who can be added without being asked: in the domain, known to Classroom, in use.
fn direct(world: &World, asked: &Asked<'_>, key: &str) -> Result<u64, Refusal> {
    let cannot = || {
        let text = "@CannotDirectAddUser The user cannot be directly added to the course.";
        Refusal::new(403, "forbidden", text)
    };
    let Some(user) = user_id(world, asked, key) else {
        let elsewhere = key.contains('@') && !world.ours(&key.to_lowercase());
        return Err(if elsewhere { cannot() } else { missing() });
    };
    if !settled(world, asked, user) {
        return Err(cannot());
    }
    // "Account is disabled" (google.md §9).
    if world.users.get(&user).is_some_and(|it| it.suspended) {
        return Err(precondition());
    }
    Ok(user)
}

/// What is new is not found by the parts of a batch (google.md §2.2).
fn young(world: &World, asked: &Asked<'_>, course: &Course, user: u64) -> Result<(), Refusal> {
    let window = millis(asked.switches.windows.in_batch);
    let removed = world.removed.get(&(course.id, user));
    let young =
        asked.now - course.created < window || removed.is_some_and(|it| asked.now - it < window);
    if asked.came == Came::InBatch && young { Err(missing()) } else { Ok(()) }
}

/// Whether somebody may become a member.
pub(super) fn joins(
    world: &World,
    asked: &Asked<'_>,
    course: &Course,
    (user, part): (u64, As),
) -> Result<(), Refusal> {
    let limits = &asked.switches.limits;
    // One is one thing in a course (google.md §2.2).
    if course.teachers.contains(&user) || course.students.contains(&user) {
        return Err(exists());
    }
    states::changeable(course, course.state)?;
    if !course.owned(world) {
        let text = "The course owner's account is inactive.";
        return Err(Refusal::precondition("InactiveCourseOwner", text));
    }
    if part == As::Teacher && course.teachers.len() >= limits.teachers {
        let text = "The course has reached its limit of teachers.";
        return Err(Refusal::precondition("CourseTeacherLimitReached", text));
    }
    if course.teachers.len() + course.students.len() >= limits.members {
        let text = "The course has reached its limit of members.";
        return Err(Refusal::precondition("CourseMemberLimitReached", text));
    }
    let own = [&world.taught, &world.attended].map(|it| it.get(&user).map_or(0, BTreeSet::len));
    if own.iter().sum::<usize>() >= limits.courses_of_user {
        let text = "The user has reached the limit of groups.";
        return Err(Refusal::precondition("UserGroupsMembershipLimitReached", text));
    }
    Ok(())
}

/// Makes somebody a member.
pub(super) fn enter(world: &mut World, course: u64, user: u64, part: As) {
    let Some(own) = world.courses.get_mut(&course) else { return };
    match part {
        As::Teacher => own.teachers.insert(user),
        As::Student => own.students.insert(user),
    };
    let index = match part {
        As::Teacher => &mut world.taught,
        As::Student => &mut world.attended,
    };
    index.entry(user).or_default().insert(course);
    if let Some(invitation) = world.invited.remove(&(course, user)) {
        world.invitations.remove(&invitation);
    }
}

pub(in crate::google) fn list_teachers(
    world: &mut World,
    asked: &Asked<'_>,
) -> Result<Done, Refusal> {
    list(world, asked, ("teachers", As::Teacher))
}

pub(in crate::google) fn list_students(
    world: &mut World,
    asked: &Asked<'_>,
) -> Result<Done, Refusal> {
    list(world, asked, ("students", As::Student))
}

fn list(world: &World, asked: &Asked<'_>, (name, part): (&str, As)) -> Result<Done, Refusal> {
    let id = course_id(world, asked, asked.part("courseId"))?;
    let course = world.courses.get(&id).ok_or_else(missing)?;
    let after = page::after(asked)?.and_then(|it| it.parse::<u64>().ok()).map_or(0, |it| it + 1);
    let limits = &asked.switches.limits;
    let many = size(asked, limits.roster_page, limits.largest_roster_page);
    let found: Vec<u64> = members(course, part).range(after..).take(many + 1).copied().collect();
    let next = (found.len() > many).then(|| found.get(many - 1)).flatten();
    let next = next.map(|it| page::token(asked, &it.to_string()));
    let all = found.iter().take(many).map(|it| member_json(world, asked, id, *it)).collect();
    Ok(Done::of(list_of(name, all, next)))
}

pub(in crate::google) fn get_teacher(
    world: &mut World,
    asked: &Asked<'_>,
) -> Result<Done, Refusal> {
    get(world, asked, As::Teacher)
}

pub(in crate::google) fn get_student(
    world: &mut World,
    asked: &Asked<'_>,
) -> Result<Done, Refusal> {
    get(world, asked, As::Student)
}

fn get(world: &World, asked: &Asked<'_>, part: As) -> Result<Done, Refusal> {
    let (course, user) = found(world, asked, part)?;
    Ok(Done::of(member_json(world, asked, course, user)))
}

/// Course and member of the path.
fn found(world: &World, asked: &Asked<'_>, part: As) -> Result<(u64, u64), Refusal> {
    let id = course_id(world, asked, asked.part("courseId"))?;
    let user = member_id(world, asked, asked.part("userId"))?;
    let course = world.courses.get(&id).ok_or_else(missing)?;
    if members(course, part).contains(&user) { Ok((id, user)) } else { Err(missing()) }
}

pub(in crate::google) fn delete_teacher(
    world: &mut World,
    asked: &Asked<'_>,
) -> Result<Done, Refusal> {
    let (id, user) = found(world, asked, As::Teacher)?;
    let course = world.courses.get(&id).ok_or_else(missing)?;
    if !world.users.contains_key(&course.owner) {
        let text = "The course has no owner.";
        return Err(Refusal::precondition("CannotRemoveTeacherWithNoCourseOwner", text));
    }
    if course.owner == user {
        let text = "The course owner cannot be removed.";
        return Err(Refusal::precondition("CannotRemoveCourseOwner", text));
    }
    let window = millis(asked.switches.windows.owner_moves);
    let since = course.owned_before.filter(|(it, _)| *it == user).map(|(_, at)| asked.now - at);
    // The folder in Drive follows when the rest is done (google.md §2.1).
    match since {
        Some(since) if since < window / 2 => {
            let text = "The ownership transfer is not complete.";
            Err(Refusal::precondition("CannotRemoveCourseOwnerTransferIncomplete", text))
        }
        Some(since) if since < window => {
            let text = "The owner of the course folder cannot be removed.";
            Err(Refusal::precondition("CannotRemoveCourseFolderOwner", text))
        }
        Some(_) | None => Ok(()),
    }?;
    leave(world, asked, (id, user), As::Teacher)
}

pub(in crate::google) fn delete_student(
    world: &mut World,
    asked: &Asked<'_>,
) -> Result<Done, Refusal> {
    let place = found(world, asked, As::Student)?;
    leave(world, asked, place, As::Student)
}

fn leave(
    world: &mut World,
    asked: &Asked<'_>,
    (course, user): (u64, u64),
    part: As,
) -> Result<Done, Refusal> {
    let own = world.courses.get_mut(&course).ok_or_else(missing)?;
    states::changeable(own, own.state)?;
    match part {
        As::Teacher => own.teachers.remove(&user),
        As::Student => own.students.remove(&user),
    };
    let index = match part {
        As::Teacher => &mut world.taught,
        As::Student => &mut world.attended,
    };
    if let Some(courses) = index.get_mut(&user) {
        courses.remove(&course);
    }
    world.removed.insert((course, user), asked.now);
    Ok(Done::empty())
}
