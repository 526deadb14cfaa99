//! Aliases of users and groups: google.md §1.1.

use serde_json::{Value, json};

use super::users_write::{free, settled};
use super::{address, page};
use crate::google::asked::{Asked, Done};
use crate::google::refusal::Refusal;
use crate::google::world::{Owner, World, group_text, user_text};

/// The alias that is asked for, free and in one of the customer's domains.
fn asked_alias(world: &World, asked: &Asked<'_>) -> Result<String, Refusal> {
    let required = || Refusal::new(400, "required", "Missing required field: alias");
    let given = asked.text("alias").ok_or_else(required)?;
    let alias = address(given).filter(|it| world.ours(it));
    let alias = alias.ok_or_else(|| Refusal::invalid("Invalid Input: alias"))?;
    free(world, asked, &alias)?;
    Ok(alias)
}

fn json(alias: &str, id: &str, primary: &str) -> Value {
    json!({
        "kind": "admin#directory#alias",
        "etag": format!("\"{alias}\""),
        "id": id,
        "primaryEmail": primary,
        "alias": alias,
    })
}

pub(in crate::google) fn insert_user(
    world: &mut World,
    asked: &Asked<'_>,
) -> Result<Done, Refusal> {
    let user = world.user(asked.part("userKey"))?;
    let (id, many) = (user.id, user.aliases.len());
    settled(world, asked, id)?;
    let alias = asked_alias(world, asked)?;
    if many >= asked.switches.limits.aliases {
        return Err(Refusal::new(412, "limitExceeded", "Aliases quota exceeded."));
    }
    world.addresses.insert(alias.as_str().into(), Owner::UserAlias(id));
    let Some(user) = world.users.get_mut(&id) else { return Err(Refusal::missing("userKey")) };
    user.aliases.push(alias.as_str().into());
    user.version += 1;
    Ok(Done::of(json(&alias, &user_text(id), &user.email)))
}

pub(in crate::google) fn list_user(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let user = world.user(asked.part("userKey"))?;
    let id = user_text(user.id);
    let all = user.aliases.iter().map(|it| json(it, &id, &user.email)).collect();
    Ok(Done::of(page::list("admin#directory#aliases", ("aliases", all), None)))
}

pub(in crate::google) fn delete_user(
    world: &mut World,
    asked: &Asked<'_>,
) -> Result<Done, Refusal> {
    let id = world.user(asked.part("userKey"))?.id;
    let alias = asked.part("alias").to_lowercase();
    let Some(user) = world.users.get_mut(&id) else { return Err(Refusal::missing("userKey")) };
    let before = user.aliases.len();
    user.aliases.retain(|it| **it != *alias);
    if user.aliases.len() == before {
        return Err(Refusal::missing("alias"));
    }
    user.version += 1;
    forget(world, &alias, asked);
    Ok(Done::nothing())
}

fn forget(world: &mut World, alias: &str, asked: &Asked<'_>) {
    world.addresses.remove(alias);
    world.gone_aliases.insert(alias.into(), asked.now);
}

pub(in crate::google) fn insert_group(
    world: &mut World,
    asked: &Asked<'_>,
) -> Result<Done, Refusal> {
    let id = world.group(asked.part("groupKey"), asked.now)?.id;
    let alias = asked_alias(world, asked)?;
    let group = world.group_mut(asked.part("groupKey"), asked.now)?;
    if group.aliases.len() >= asked.switches.limits.aliases {
        return Err(Refusal::new(412, "limitExceeded", "Aliases quota exceeded."));
    }
    group.aliases.push(alias.as_str().into());
    group.version += 1;
    let json = json(&alias, &group_text(id), &group.email);
    world.addresses.insert(alias.as_str().into(), Owner::GroupAlias(id));
    Ok(Done::of(json))
}

pub(in crate::google) fn list_group(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let group = world.group(asked.part("groupKey"), asked.now)?;
    let id = group_text(group.id);
    let all = group.aliases.iter().map(|it| json(it, &id, &group.email)).collect();
    Ok(Done::of(page::list("admin#directory#aliases", ("aliases", all), None)))
}

pub(in crate::google) fn delete_group(
    world: &mut World,
    asked: &Asked<'_>,
) -> Result<Done, Refusal> {
    let alias = asked.part("alias").to_lowercase();
    let group = world.group_mut(asked.part("groupKey"), asked.now)?;
    let before = group.aliases.len();
    group.aliases.retain(|it| **it != *alias);
    if group.aliases.len() == before {
        return Err(Refusal::missing("alias"));
    }
    group.version += 1;
    forget(world, &alias, asked);
    Ok(Done::nothing())
}
