//! Groups: google.md §1.3.

use std::collections::BTreeSet;
use std::ops::Bound;

use serde_json::Value;

use super::group::Group;
use super::query::{Test, read};
use super::users::domain;
use super::users_write::free;
use super::{address, page};
use crate::google::asked::{Asked, Done};
use crate::google::clock::millis;
use crate::google::refusal::Refusal;
use crate::google::switches::Kept;
use crate::google::world::{Owner, World};

/// google.md §1.3: the page of the guide, whatever is asked for.
pub(super) const PAGE: usize = 200;

pub(in crate::google) fn insert(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let required = || Refusal::new(400, "required", "Missing required field: email");
    let given = asked.text("email").ok_or_else(required)?;
    let email = address(given).filter(|it| world.ours(it));
    let email = email.ok_or_else(|| Refusal::invalid("Invalid Input: email"))?;
    free(world, asked, &email)?;
    let window = millis(asked.switches.windows.group_again);
    let mut group = Group { email: email.as_str().into(), ..Group::default() };
    if let Some(gone) = world.gone_groups.get(email.as_str()) {
        // Half of the window it is still there, then it is not yet there (google.md §1.1).
        if asked.now - gone < window / 2 {
            return Err(Refusal::duplicate());
        }
        if asked.now - gone < window {
            group.seen_from = gone + window;
        }
    }
    change(asked, &mut group)?;
    if group.name.is_empty() {
        group.name = email.split('@').next().unwrap_or_default().into();
    }
    (group.id, group.version) = (world.number(), 1);
    world.addresses.insert(group.email.clone(), Owner::Group(group.id));
    world.groups_by_email.insert(group.email.clone(), group.id);
    let json = group.json();
    world.groups.insert(group.id, group);
    Ok(Done::of(json))
}

/// Lays what was sent over a group.
fn change(asked: &Asked<'_>, group: &mut Group) -> Result<(), Refusal> {
    for (field, value) in &asked.body {
        let text = value.as_str().unwrap_or_default();
        match field.as_str() {
            // google.md §1.3: 75 letters in the description of Groups Settings.
            "name" if text.chars().count() > 75 => {
                return Err(Refusal::invalid("Invalid Input: name"));
            }
            "name" => group.name = text.into(),
            "description" if text.chars().count() > 4_096 => {
                return Err(Refusal::invalid("Invalid Input: description"));
            }
            "description" => group.description = text.into(),
            "externalIds" if asked.switches.group_ids == Kept::Yes => {
                group.external_ids = (!value.is_null()).then(|| value.clone());
            }
            _ => {}
        }
    }
    Ok(())
}

pub(in crate::google) fn get(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    Ok(Done::of(world.group(asked.part("groupKey"), asked.now)?.json()))
}

pub(in crate::google) fn update(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let id = world.group(asked.part("groupKey"), asked.now)?.id;
    let given = asked.text("email").map(|it| address(it).filter(|it| world.ours(it)));
    let email = match given {
        Some(None) => return Err(Refusal::invalid("Invalid Input: email")),
        Some(Some(email)) => Some(email),
        None => None,
    };
    let Some(old) = world.groups.get(&id) else { return Err(Refusal::missing("groupKey")) };
    let mut group = old.clone();
    change(asked, &mut group)?;
    if let Some(email) = email.filter(|it| **it != *group.email) {
        if world.addresses.get(email.as_str()) != Some(&Owner::GroupAlias(id)) {
            free(world, asked, &email)?;
        }
        // The old address stays, as an alias (google.md §1.1).
        group.aliases.retain(|it| **it != *email);
        world.groups_by_email.remove(&group.email);
        world.addresses.insert(group.email.clone(), Owner::GroupAlias(id));
        let old = std::mem::replace(&mut group.email, email.into());
        group.aliases.push(old);
        world.addresses.insert(group.email.clone(), Owner::Group(id));
        world.groups_by_email.insert(group.email.clone(), id);
    }
    group.version += 1;
    let json = group.json();
    world.groups.insert(id, group);
    Ok(Done::of(json))
}

pub(in crate::google) fn delete(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let id = world.group(asked.part("groupKey"), asked.now)?.id;
    let Some(group) = world.groups.remove(&id) else { return Err(Refusal::missing("groupKey")) };
    world.groups_by_email.remove(&group.email);
    for gone in std::iter::once(&group.email).chain(&group.aliases) {
        world.addresses.remove(gone);
        world.gone_groups.insert(gone.clone(), asked.now);
    }
    for member in group.members.keys() {
        if let Some(groups) = world.memberships.get_mut(member) {
            groups.remove(&id);
        }
    }
    for above in world.memberships.remove(&id).unwrap_or_default() {
        if let Some(above) = world.groups.get_mut(&above) {
            above.members.remove(&id);
        }
    }
    Ok(Done::nothing())
}

pub(in crate::google) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let clauses = read(asked.wish("query").unwrap_or_default())?;
    let known = |it: &str| ["email", "name", "memberKey"].contains(&it);
    if clauses.iter().any(|it| !known(&it.field)) {
        return Err(Refusal::invalid("Invalid Input: query"));
    }
    let of_clause = clauses.iter().find(|it| it.field == "memberKey" && it.test == Test::Is);
    let member = asked.wish("userKey").or(of_clause.map(|it| it.value.as_str()));
    if asked.wish("userKey").is_some() && asked.wish("customer").is_some() {
        return Err(Refusal::new(400, "badRequest", "Bad Request"));
    }
    let domain = match (asked.wish("userKey"), asked.wish("domain")) {
        (Some(_), None) => None,
        (_, _) => domain(world, asked)?,
    };
    let wanted = |group: &Group| {
        let own = group.email.rsplit_once('@').map_or("", |(_, own)| own);
        let here = domain.is_none_or(|it| own == it);
        here && group.seen_from <= asked.now && clauses.iter().all(|it| it.of_group(group))
    };
    let after = page::after(asked)?;
    let many = asked.number("maxResults").unwrap_or(PAGE).min(PAGE);
    let place = (after.as_deref(), asked.wish("sortOrder") == Some("DESCENDING"));
    let found = if let Some(key) = member {
        page_of(world, &of_member(world, key)?, place, many, wanted)
    } else {
        let all = world.groups_by_email.range::<str, _>(beyond(place)).map(|(_, id)| id);
        page_of(world, all, place, many, wanted)
    };
    let next = (found.len() > many).then(|| found.get(many - 1)).flatten();
    let next = next.map(|it| page::token(asked, &it.email));
    let groups: Vec<Value> = found.iter().take(many).map(|it| it.json()).collect();
    Ok(Done::of(page::list("admin#directory#groups", ("groups", groups), next)))
}

/// What comes after an address, or before it.
fn beyond((after, backwards): Place<'_>) -> (Bound<&str>, Bound<&str>) {
    match (after, backwards) {
        (Some(after), false) => (Bound::Excluded(after), Bound::Unbounded),
        (Some(after), true) => (Bound::Unbounded, Bound::Excluded(after)),
        (None, _) => (Bound::Unbounded, Bound::Unbounded),
    }
}

/// Groups that a user, group or stranger is a direct member of, in order of address.
fn of_member(world: &World, key: &str) -> Result<Vec<u64>, Refusal> {
    let id = super::members::known(world, key).ok_or_else(|| Refusal::missing("userKey"))?;
    let groups = world.memberships.get(&id).into_iter().flatten();
    let groups = groups.filter_map(|it| world.groups.get(it));
    let own: BTreeSet<(&str, u64)> = groups.map(|it| (&*it.email, it.id)).collect();
    Ok(own.into_iter().map(|(_, id)| id).collect())
}

/// After which address a page begins, and whether the list goes backwards.
type Place<'a> = (Option<&'a str>, bool);

/// One more than a page, in order of address or against it.
fn page_of<'a, 'b>(
    world: &'a World,
    ids: impl IntoIterator<Item = &'b u64, IntoIter: DoubleEndedIterator>,
    (after, backwards): Place<'_>,
    many: usize,
    wanted: impl Fn(&Group) -> bool,
) -> Vec<&'a Group> {
    let later = |it: &Group| match (after, backwards) {
        (Some(after), false) => &*it.email > after,
        (Some(after), true) => &*it.email < after,
        (None, _) => true,
    };
    let group = |id: &u64| world.groups.get(id).filter(|it| later(it) && wanted(it));
    let ids = ids.into_iter();
    if backwards {
        ids.rev().filter_map(group).take(many + 1).collect()
    } else {
        ids.filter_map(group).take(many + 1).collect()
    }
}
