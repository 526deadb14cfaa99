//! Users, read: google.md §1.1.

use std::ops::Bound;

use serde_json::Value;

use super::page;
use super::query::{Test, UserQuery};
use super::user::{CUSTOMER, Shown, User};
use crate::google::asked::{Asked, Done};
use crate::google::clock::millis;
use crate::google::refusal::Refusal;
use crate::google::world::{World, parsed};

pub(in crate::google) fn get(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let key = asked.part("userKey");
    let shown = shown(asked)?;
    let user = world.user(key)?;
    // A fresh user cannot yet be found by id (google.md §0 no 5).
    let fresh = asked.now - user.created < millis(asked.switches.windows.fresh_user);
    if fresh && !key.contains('@') {
        return Err(Refusal::missing("userKey"));
    }
    Ok(Done::of(user.json(&world.units, shown)))
}

fn shown<'a>(asked: &'a Asked<'_>) -> Result<Shown<'a>, Refusal> {
    Ok(match asked.wish("projection") {
        Some("full") => Shown::Full,
        Some("custom") => match asked.wish("customFieldMask") {
            Some(mask) => Shown::Custom(mask),
            None => return Err(Refusal::invalid("Invalid Input: custom_schema")),
        },
        Some(_) | None => Shown::Basic,
    })
}

/// The domain that a list is narrowed to.
pub(super) fn domain<'a>(world: &World, asked: &'a Asked<'_>) -> Result<Option<&'a str>, Refusal> {
    match (asked.wish("customer"), asked.wish("domain")) {
        (_, Some(domain)) if world.domains.iter().any(|it| it == domain) => Ok(Some(domain)),
        (_, Some(_)) => Err(Refusal::new(404, "notFound", "Domain not found.")),
        (Some("my_customer" | CUSTOMER), None) => Ok(None),
        (Some(_), None) => Err(Refusal::invalid("Invalid Customer Id")),
        (None, None) => Err(Refusal::new(400, "badRequest", "Bad Request")),
    }
}

pub(in crate::google) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    world.tidy(asked.now);
    let shown = shown(asked)?;
    let domain = domain(world, asked)?;
    let query = asked.wish("query").unwrap_or_default();
    let query = UserQuery::read(query, &world.units, &asked.switches.fields)?;
    let wanted = |user: &User| {
        let here =
            domain.is_none_or(|it| user.email.rsplit_once('@').is_some_and(|(_, own)| own == it));
        here && query.meets(user, &world.units)
    };
    let many = asked.number("maxResults").unwrap_or(100);
    let after = page::after(asked)?;
    let deleted = match asked.wish("showDeleted") {
        Some("true") => true,
        Some("false") | None => false,
        Some(_) => return Err(Refusal::invalid("Invalid Input: showDeleted")),
    };
    let backwards = asked.wish("sortOrder") == Some("DESCENDING");
    let by_name = asked.wish("orderBy").filter(|it| *it != "email");
    let found: Vec<(String, &User)> = if deleted {
        let all = world.deleted.iter().map(|((email, id), user)| (format!("{email} {id}"), user));
        all.filter(|(key, user)| after.as_ref().is_none_or(|it| key > it) && wanted(user))
            .take(many + 1)
            .collect()
    } else if backwards || by_name.is_some() {
        ordered(world, (by_name, backwards), after.as_deref(), many, wanted)
    } else {
        forwards(world, &query, after.as_deref(), many, wanted)
    };
    let next = (found.len() > many).then(|| found.get(many - 1)).flatten();
    let next = next.map(|(key, _)| page::token(asked, key));
    let users: Vec<Value> =
        found.iter().take(many).map(|(_, it)| it.json(&world.units, shown)).collect();
    Ok(Done::of(page::list("admin#directory#users", ("users", users), next)))
}

/// In order of address, from the sorted map: only what a page needs is looked at, and what an
/// external id or the beginning of an address leads to.
fn forwards<'a>(
    world: &'a World,
    query: &UserQuery,
    after: Option<&str>,
    many: usize,
    wanted: impl Fn(&User) -> bool,
) -> Vec<(String, &'a User)> {
    let keyed = |user: &'a User| (user.email.to_string(), user);
    if let Some(value) = query.sought("externalId", Test::Is) {
        let ids = world.external_ids.get(value).into_iter().flatten();
        let mut found: Vec<_> = ids.filter_map(|it| world.users.get(it)).map(keyed).collect();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        let rest = found
            .into_iter()
            .filter(|(key, user)| after.is_none_or(|it| key.as_str() > it) && wanted(user));
        return rest.take(many + 1).collect();
    }
    if let Some(address) = query.sought("email", Test::Is).filter(|it| it.contains('@')) {
        let found = world.user_at(&address.to_lowercase()).filter(|it| wanted(it)).map(keyed);
        return found
            .filter(|(key, _)| after.is_none_or(|it| key.as_str() > it))
            .into_iter()
            .collect();
    }
    let from = after.map_or(Bound::Unbounded, Bound::Excluded);
    let all = world.by_email.range::<str, _>((from, Bound::Unbounded));
    let users = all.filter_map(|(_, id)| world.users.get(id)).filter(|it| wanted(it));
    users.take(many + 1).map(keyed).collect()
}

/// In another order, which has to be made; the key is the place in it.
fn ordered<'a>(
    world: &'a World,
    (by, backwards): (Option<&str>, bool),
    after: Option<&str>,
    many: usize,
    wanted: impl Fn(&User) -> bool,
) -> Vec<(String, &'a User)> {
    let mut all: Vec<&User> = world
        .by_email
        .values()
        .filter_map(|it| world.users.get(it))
        .filter(|it| wanted(it))
        .collect();
    match by {
        Some("familyName") => all.sort_by(|one, other| one.family.cmp(&other.family)),
        Some(_) => all.sort_by(|one, other| one.given.cmp(&other.given)),
        None => {}
    }
    if backwards {
        all.reverse();
    }
    let from = after.and_then(|it| it.parse::<usize>().ok()).map_or(0, |it| it + 1);
    let numbered = all.into_iter().enumerate().skip(from).take(many + 1);
    numbered.map(|(at, user)| (at.to_string(), user)).collect()
}

/// The id in a path, when it is one of a user who can be brought back.
pub(super) fn deleted_key(world: &World, key: &str) -> Option<(Box<str>, u64)> {
    let id = parsed(key)?;
    world.deleted.keys().find(|(_, it)| *it == id).cloned()
}
