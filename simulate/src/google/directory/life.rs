//! Users, put away and brought back: google.md §1.1.

use serde_json::Value;

use super::users::deleted_key;
use super::users_write::{settled, unit};
use crate::google::asked::{Asked, Done};
use crate::google::refusal::Refusal;
use crate::google::world::World;

pub(in crate::google) fn delete(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let user = world.user(asked.part("userKey"))?;
    let (id, admin) = (user.id, user.admin);
    settled(world, asked, id)?;
    if admin {
        return Err(Refusal::forbidden());
    }
    for group in world.memberships.remove(&id).unwrap_or_default() {
        if let Some(group) = world.groups.get_mut(&group) {
            group.members.remove(&id);
        }
    }
    let Some(mut user) = world.part_with_user(id) else {
        return Err(Refusal::missing("userKey"));
    };
    user.deleted_at = Some(asked.now);
    world.deleted.insert((user.email.clone(), id), user);
    // The rosters of Classroom keep the deleted, and their courses have no owner (§0 no 6).
    Ok(Done::nothing())
}

/// By id alone, within twenty days, while nobody else has the address.
pub(in crate::google) fn undelete(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    world.tidy(asked.now);
    let key = asked.part("userKey");
    if key.contains('@') {
        return Err(Refusal::new(400, "badRequest", "Type not supported: userKey"));
    }
    let found = deleted_key(world, key).ok_or_else(|| Refusal::missing("userKey"))?;
    if world.addresses.contains_key(&found.0) {
        return Err(Refusal::duplicate());
    }
    let unit = unit(world, asked.text("orgUnitPath").unwrap_or("/"))?;
    let Some(mut user) = world.deleted.remove(&found) else {
        return Err(Refusal::missing("userKey"));
    };
    user.aliases.retain(|it| !world.addresses.contains_key(it));
    (user.unit, user.deleted_at) = (unit, None);
    user.version += 1;
    world.keep_user(user);
    Ok(Done::nothing())
}

pub(in crate::google) fn make_admin(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let id = world.user(asked.part("userKey"))?.id;
    let status = asked.body.get("status").and_then(Value::as_bool);
    let status =
        status.ok_or_else(|| Refusal::new(400, "required", "Missing required field: status"))?;
    if let Some(user) = world.users.get_mut(&id) {
        user.admin = status;
    }
    Ok(Done::nothing())
}

pub(in crate::google) fn sign_out(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let id = world.user(asked.part("userKey"))?.id;
    if let Some(user) = world.users.get_mut(&id) {
        user.signed_out += 1;
    }
    Ok(Done::nothing())
}
