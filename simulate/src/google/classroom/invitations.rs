//! Invitations to courses: google.md §2.3.

use serde_json::{Value, json};

use super::course::Invitation;
use super::courses::{list_of, size};
use super::roster::{As, enter, joins};
use super::{course_id, denied, exists, missing, precondition, user_id, wrong};
use crate::google::asked::{Asked, Done};
use crate::google::clock::DAY;
use crate::google::directory::page;
use crate::google::refusal::Refusal;
use crate::google::world::{World, user_text};

impl Invitation {
    fn json(&self) -> Value {
        json!({
            "id": text(self.id),
            "userId": user_text(self.user),
            "courseId": self.course.to_string(),
            "role": self.role,
        })
    }
}

fn text(id: u64) -> String {
    format!("inv{id:09}")
}

fn meant<'a>(world: &'a World, asked: &Asked<'_>) -> Result<&'a Invitation, Refusal> {
    let id = asked.part("id").strip_prefix("inv").and_then(|it| it.parse::<u64>().ok());
    id.and_then(|it| world.invitations.get(&it)).ok_or_else(missing)
}

pub(in crate::google) fn create(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let (course, key, role) =
        match (asked.text("courseId"), asked.text("userId"), asked.text("role")) {
            (Some(course), Some(user), Some(role)) if role != "COURSE_ROLE_UNSPECIFIED" => {
                (course_id(world, asked, course)?, user, role)
            }
            (_, _, _) => return Err(wrong("Request contains an invalid argument.")),
        };
    let Some(user) = user_id(world, asked, key) else {
        if key.contains('@') && !world.ours(&key.to_lowercase()) {
            let text =
                "@CannotInviteUserInUntrustedDomain The user is in a domain that is not trusted.";
            return Err(Refusal::new(403, "forbidden", text));
        }
        return Err(missing());
    };
    if world.invited.contains_key(&(course, user)) {
        return Err(exists());
    }
    may_be(world, course, (user, role))?;
    let sent = world.invited_lately.entry(asked.who.id).or_default();
    sent.retain(|it| asked.now - it < DAY);
    if sent.len() >= asked.switches.limits.invitations {
        let text = "@UserInvitationQuotaExhausted The user has sent too many invitations.";
        return Err(Refusal::new(429, "quotaExceeded", text));
    }
    sent.push(asked.now);
    let invitation = Invitation { id: world.number(), course, user, role: role.to_owned() };
    let json = invitation.json();
    world.invited.insert((course, user), invitation.id);
    world.invitations.insert(invitation.id, invitation);
    Ok(Done::of(json))
}

/// Whether somebody may be invited as this.
fn may_be(world: &World, course: u64, (user, role): (u64, &str)) -> Result<(), Refusal> {
    let own = world.courses.get(&course).ok_or_else(missing)?;
    let (teaches, attends) = (own.teachers.contains(&user), own.students.contains(&user));
    match role {
        "OWNER" if !teaches || own.owner == user => {
            let text = "The new owner must be a co-teacher of the course.";
            return Err(Refusal::precondition("IneligibleOwner", text));
        }
        "OWNER" => {}
        _ if teaches || attends => return Err(precondition()),
        _ => {}
    }
    Ok(())
}

pub(in crate::google) fn get(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    Ok(Done::of(meant(world, asked)?.json()))
}

pub(in crate::google) fn delete(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let invitation = meant(world, asked)?.clone();
    world.invitations.remove(&invitation.id);
    world.invited.remove(&(invitation.course, invitation.user));
    Ok(Done::empty())
}

/// By the invited alone.
pub(in crate::google) fn accept(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let invitation = meant(world, asked)?.clone();
    if invitation.user != asked.who.id {
        return Err(denied());
    }
    let course = world.courses.get(&invitation.course).ok_or_else(missing)?;
    let part = match invitation.role.as_str() {
        "STUDENT" => As::Student,
        "TEACHER" => As::Teacher,
        _ => {
            let before = (course.owner, asked.now);
            world.invitations.remove(&invitation.id);
            world.invited.remove(&(invitation.course, invitation.user));
            if let Some(course) = world.courses.get_mut(&invitation.course) {
                (course.owner, course.owned_before) = (invitation.user, Some(before));
            }
            return Ok(Done::empty());
        }
    };
    joins(world, asked, course, (invitation.user, part))?;
    enter(world, invitation.course, invitation.user, part);
    Ok(Done::empty())
}

pub(in crate::google) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let course = asked.wish("courseId").map(|it| course_id(world, asked, it)).transpose()?;
    let user = match asked.wish("userId") {
        Some(key) => Some(user_id(world, asked, key).ok_or_else(missing)?),
        None => None,
    };
    if course.is_none() && user.is_none() {
        return Err(wrong("Either a course or a user is required."));
    }
    let after = page::after(asked)?.and_then(|it| it.parse::<u64>().ok()).map_or(0, |it| it + 1);
    let many = size(asked, 500, 500);
    let all = world.invitations.range(after..).map(|(_, it)| it);
    let wanted = |it: &&Invitation| {
        course.is_none_or(|own| own == it.course) && user.is_none_or(|own| own == it.user)
    };
    let found: Vec<&Invitation> = all.filter(wanted).take(many + 1).collect();
    let next = (found.len() > many).then(|| found.get(many - 1)).flatten();
    let next = next.map(|it| page::token(asked, &it.id.to_string()));
    let all = found.iter().take(many).map(|it| it.json()).collect();
    Ok(Done::of(list_of("invitations", all, next)))
}
