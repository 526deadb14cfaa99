//! Members of groups: google.md §1.3.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Value, json};

use super::group::{Delivery, Member, Role, member_json};
use super::groups::PAGE;
use super::{address, page};
use crate::google::asked::{Asked, Done};
use crate::google::refusal::Refusal;
use crate::google::world::{Owner, World, parsed};

/// Whom a key means among those that are known: address, alias or id.
pub(super) fn known(world: &World, key: &str) -> Option<u64> {
    if !key.contains('@') {
        let id = parsed(key)?;
        let there = world.users.contains_key(&id)
            || world.groups.contains_key(&id)
            || world.stranger_addresses.contains_key(&id);
        return there.then_some(id);
    }
    let address = key.to_lowercase();
    match world.addresses.get(address.as_str()) {
        Some(Owner::User(id) | Owner::UserAlias(id) | Owner::Group(id) | Owner::GroupAlias(id)) => {
            Some(*id)
        }
        None => world.strangers.get(address.as_str()).copied(),
    }
}

/// Whom a body means; somebody from elsewhere gets an id.
fn meant(world: &mut World, asked: &Asked<'_>) -> Result<u64, Refusal> {
    let key = asked.text("email").or_else(|| asked.text("id"));
    let key = key.filter(|it| !it.is_empty());
    let key =
        key.ok_or_else(|| Refusal::new(400, "required", "Missing required field: memberKey"))?;
    if let Some(id) = known(world, key) {
        return Ok(id);
    }
    if !key.contains('@') {
        return Err(Refusal::missing("memberKey"));
    }
    let given = address(key);
    let stranger = given.filter(|it| !world.ours(it));
    let stranger = stranger.ok_or_else(|| Refusal::invalid("Invalid Input: memberKey"))?;
    let id = world.number();
    world.strangers.insert(stranger.as_str().into(), id);
    world.stranger_addresses.insert(id, stranger.into());
    Ok(id)
}

pub(in crate::google) fn insert(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let group = world.group(asked.part("groupKey"), asked.now)?;
    let (id, open) = (group.id, super::settings::takes_strangers(group));
    let member = meant(world, asked)?;
    let stranger = world.stranger_addresses.contains_key(&member);
    if stranger && !open {
        return Err(Refusal::invalid("Invalid Input: memberKey"));
    }
    if world.groups.get(&id).is_some_and(|it| it.members.contains_key(&member)) {
        return Err(Refusal::new(409, "duplicate", "Member already exists."));
    }
    if world.groups.contains_key(&member) && (member == id || within(world, member, id)) {
        let text = "Cyclic memberships not allowed";
        return Err(Refusal::new(412, "conditionNotMet", text));
    }
    let own = world.memberships.entry(member).or_default();
    if own.len() >= asked.switches.limits.groups_of_user {
        return Err(Refusal::new(412, "limitExceeded", "Membership limit reached."));
    }
    own.insert(id);
    let membership = Member {
        role: Role::read(asked.text("role").unwrap_or_default()),
        delivery: Delivery::read(asked.text("delivery_settings").unwrap_or_default()),
    };
    if let Some(group) = world.groups.get_mut(&id) {
        group.members.insert(member, membership);
        group.version += 1;
    }
    let mut json = member_json(world, member, membership);
    delivered(&mut json, membership);
    Ok(Done::of(json))
}

/// `delivery_settings` is told by everything but lists (google.md §1.3).
fn delivered(json: &mut Value, member: Member) {
    if let Some(map) = json.as_object_mut() {
        map.insert("delivery_settings".to_owned(), member.delivery.name().into());
    }
}

/// Whether `above` is a member of `group`, or of a group within it.
fn within(world: &World, group: u64, above: u64) -> bool {
    let (mut seen, mut waiting) = (HashSet::new(), vec![above]);
    while let Some(next) = waiting.pop() {
        let groups = world.memberships.get(&next).into_iter().flatten();
        for it in groups {
            if *it == group {
                return true;
            }
            if seen.insert(*it) {
                waiting.push(*it);
            }
        }
    }
    false
}

/// Group and member of the path, and the membership.
fn found(world: &World, asked: &Asked<'_>) -> Result<(u64, u64, Member), Refusal> {
    let group = world.group(asked.part("groupKey"), asked.now)?;
    let missing = || Refusal::missing("memberKey");
    let id = known(world, asked.part("memberKey")).ok_or_else(missing)?;
    let member = group.members.get(&id).ok_or_else(missing)?;
    Ok((group.id, id, *member))
}

pub(in crate::google) fn get(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let (_, id, member) = found(world, asked)?;
    let mut json = member_json(world, id, member);
    delivered(&mut json, member);
    Ok(Done::of(json))
}

pub(in crate::google) fn update(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let (group, id, mut member) = found(world, asked)?;
    if let Some(role) = asked.text("role") {
        member.role = Role::read(role);
    }
    if let Some(delivery) = asked.text("delivery_settings") {
        member.delivery = Delivery::read(delivery);
    }
    if let Some(group) = world.groups.get_mut(&group) {
        group.members.insert(id, member);
        group.version += 1;
    }
    let mut json = member_json(world, id, member);
    delivered(&mut json, member);
    Ok(Done::of(json))
}

pub(in crate::google) fn delete(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let (group, id, _) = found(world, asked)?;
    if let Some(group) = world.groups.get_mut(&group) {
        group.members.remove(&id);
        group.version += 1;
    }
    if let Some(own) = world.memberships.get_mut(&id) {
        own.remove(&group);
    }
    Ok(Done::nothing())
}

pub(in crate::google) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let group = world.group(asked.part("groupKey"), asked.now)?;
    let roles = asked.wish("roles").unwrap_or("OWNER,MANAGER,MEMBER");
    let roles: BTreeSet<&str> = roles.split(',').map(str::trim).collect();
    if roles.iter().any(|it| !["OWNER", "MANAGER", "MEMBER"].contains(it)) {
        return Err(Refusal::invalid("Invalid Input: roles"));
    }
    let after = page::after(asked)?.and_then(|it| it.parse::<u64>().ok()).map_or(0, |it| it + 1);
    let many = asked.number("maxResults").unwrap_or(PAGE).min(PAGE);
    let found: Vec<(u64, Member)> = if asked.wish("includeDerivedMembership") == Some("true") {
        derived(world, group.id).into_iter().filter(|(id, _)| *id >= after).take(many + 1).collect()
    } else {
        let rest = group.members.range(after..).map(|(id, member)| (*id, *member));
        rest.filter(|(_, it)| roles.contains(it.role.name())).take(many + 1).collect()
    };
    let next = (found.len() > many).then(|| found.get(many - 1)).flatten();
    let next = next.map(|(id, _)| page::token(asked, &id.to_string()));
    let members: Vec<Value> =
        found.iter().take(many).map(|(id, it)| member_json(world, *id, *it)).collect();
    Ok(Done::of(page::list("admin#directory#members", ("members", members), next)))
}

/// Members at any depth, each once, the direct ones with their own role.
fn derived(world: &World, group: u64) -> Vec<(u64, Member)> {
    let mut all = std::collections::BTreeMap::new();
    let mut waiting = vec![group];
    while let Some(next) = waiting.pop() {
        for (id, member) in world.groups.get(&next).into_iter().flat_map(|it| &it.members) {
            if all.contains_key(id) {
                continue;
            }
            let own = if next == group { *member } else { Member::default() };
            all.insert(*id, own);
            waiting.push(*id);
        }
    }
    all.into_iter().collect()
}

pub(in crate::google) fn has(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let group = world.group(asked.part("groupKey"), asked.now)?.id;
    let key = asked.part("memberKey");
    let Some(id) = known(world, key) else {
        let elsewhere = key.contains('@') && !world.ours(&key.to_lowercase());
        // Only members of the domain can be asked for through groups (google.md §1.3).
        let nobody = Refusal::missing("memberKey");
        let invalid = Refusal::invalid("Invalid Input: memberKey");
        return Err(if elsewhere { invalid } else { nobody });
    };
    Ok(Done::of(json!({ "isMember": within(world, group, id) })))
}
