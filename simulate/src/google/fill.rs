//! Puts in what was dumped, or written by hand in that form, without asking what Google would.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::classroom::course::{Course, Invitation, State};
use super::clock::Moment;
use super::directory::address;
use super::directory::group::{Delivery, Group, Member, Role};
use super::directory::user::User;
use super::world::{Owner, World, parsed};

/// Everything that the object has. What stands alone may be left out: an id is given where there
/// is none, and a unit is made where a user stands in it.
///
/// # Errors
/// The first thing that cannot be put in, and why; those before it are in.
pub(super) fn whole(
    world: &mut World,
    state: &Map<String, Value>,
    now: Moment,
) -> Result<(), String> {
    let all = |name: &str| state.get(name).and_then(Value::as_array).into_iter().flatten();
    for unit in all("orgunits") {
        let path = unit.as_str().or_else(|| text(unit, "orgUnitPath"));
        let id = world.units.ensure(path.ok_or("a unit without orgUnitPath")?);
        if let (Some(own), Some(unit)) = (text(unit, "description"), world.units.get_mut(id)) {
            own.clone_into(&mut unit.description);
        }
    }
    for it in all("users") {
        let user = user(world, it, now)?;
        world.keep_user(user);
    }
    for it in all("deletedUsers") {
        let mut user = user(world, it, now)?;
        user.deleted_at = user.deleted_at.or(Some(now));
        world.deleted.insert((user.email.clone(), user.id), user);
    }
    for it in all("groups") {
        group(world, it)?;
    }
    // Groups may be members of groups that come later.
    for it in all("groups") {
        members(world, it)?;
    }
    for it in all("courses") {
        course(world, it, now)?;
    }
    for it in all("invitations") {
        invitation(world, it)?;
    }
    Ok(())
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

fn truth(value: &Value, name: &str) -> Option<bool> {
    value.get(name).and_then(Value::as_bool)
}

fn moment(value: &Value, name: &str) -> Option<Moment> {
    value.get(name).and_then(Value::as_i64)
}

fn texts<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    value.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The id that is given, or a new one.
fn id(world: &mut World, value: &Value) -> u64 {
    match text(value, "id").and_then(parsed) {
        Some(id) => {
            world.skip_to(id);
            id
        }
        None => world.number(),
    }
}

/// A free address of the customer's.
fn own_address(world: &World, value: &Value, name: &str) -> Result<String, String> {
    let given = text(value, name).ok_or_else(|| format!("something without {name}"))?;
    let email = address(given).filter(|it| world.ours(it));
    let email = email.ok_or_else(|| format!("{name}: not an address of ours"))?;
    if world.addresses.contains_key(email.as_str()) {
        return Err(format!("{name}: an address that is taken"));
    }
    Ok(email)
}

fn user(world: &mut World, value: &Value, now: Moment) -> Result<User, String> {
    // Administrators are there from the start; the file says what has become of them.
    let given = text(value, "primaryEmail").unwrap_or_default().to_lowercase();
    let before = world.user_at(&given).filter(|it| it.admin && *it.email == *given).map(|it| it.id);
    let before = before.and_then(|it| world.part_with_user(it));
    let email = own_address(world, value, "primaryEmail")?;
    let id = before.map_or_else(|| id(world, value), |it| it.id);
    let unit = world.units.ensure(text(value, "orgUnitPath").unwrap_or("/"));
    let mut user = User::new(id, &email, unit, moment(value, "created").unwrap_or(now));
    if let Some(name) = value.get("name") {
        user.given = text(name, "givenName").unwrap_or_default().into();
        user.family = text(name, "familyName").unwrap_or_default().into();
        user.display = text(name, "displayName").map(Into::into);
    }
    user.suspended = truth(value, "suspended").unwrap_or(false);
    user.archived = truth(value, "archived").unwrap_or(false);
    user.admin = truth(value, "isAdmin").unwrap_or(false);
    user.must_change = truth(value, "changePasswordAtNextLogin").unwrap_or(false);
    user.listed = truth(value, "includeInGlobalAddressList").unwrap_or(true);
    user.aliases = texts(value, "aliases").map(|it| it.to_lowercase().into()).collect();
    user.hash_function = text(value, "hashFunction").map(Into::into);
    let passwords = value.get("passwords").and_then(Value::as_u64).unwrap_or(1);
    user.passwords = u32::try_from(passwords).unwrap_or(u32::MAX);
    user.suspended_at = moment(value, "suspendedAt").or(user.suspended.then_some(now));
    user.archived_at = moment(value, "archivedAt").or(user.archived.then_some(now));
    user.deleted_at = moment(value, "deletedAt");
    if let Some(more) = value.get("more").and_then(Value::as_object) {
        user.more.clone_from(more);
    }
    if text(value, "suspensionReason") == Some("ABUSE") {
        user.more.insert("suspensionReason".to_owned(), "ABUSE".into());
    }
    // By hand they stand beside the rest, as in the API.
    if let Some(ids) = value.get("externalIds") {
        user.more.insert("externalIds".to_owned(), ids.clone());
    }
    Ok(user)
}

fn group(world: &mut World, value: &Value) -> Result<(), String> {
    let email = own_address(world, value, "email")?;
    let group = Group {
        id: id(world, value),
        name: text(value, "name").unwrap_or(&email).into(),
        description: text(value, "description").unwrap_or_default().into(),
        aliases: texts(value, "aliases").map(|it| it.to_lowercase().into()).collect(),
        external_ids: value.get("externalIds").cloned(),
        settings: value.get("settings").and_then(Value::as_object).cloned().unwrap_or_default(),
        members: BTreeMap::new(),
        version: 1,
        seen_from: 0,
        email: email.into(),
    };
    world.addresses.insert(group.email.clone(), Owner::Group(group.id));
    for alias in &group.aliases {
        world.addresses.insert(alias.clone(), Owner::GroupAlias(group.id));
    }
    world.groups_by_email.insert(group.email.clone(), group.id);
    world.groups.insert(group.id, group);
    Ok(())
}

/// Somebody named by address or id; somebody from elsewhere gets an id.
fn somebody(world: &mut World, key: &str) -> Result<u64, String> {
    let address = key.to_lowercase();
    match world.addresses.get(address.as_str()) {
        Some(Owner::User(id) | Owner::UserAlias(id) | Owner::Group(id) | Owner::GroupAlias(id)) => {
            return Ok(*id);
        }
        None => {}
    }
    if !key.contains('@') {
        return parsed(key).ok_or_else(|| "an id that is none".to_owned());
    }
    if world.ours(&address) {
        return Err("a member who is not there".to_owned());
    }
    if let Some(id) = world.strangers.get(address.as_str()) {
        return Ok(*id);
    }
    let id = world.number();
    world.strangers.insert(address.as_str().into(), id);
    world.stranger_addresses.insert(id, address.into());
    Ok(id)
}

fn members(world: &mut World, value: &Value) -> Result<(), String> {
    let email = text(value, "email").unwrap_or_default().to_lowercase();
    let Some(group) = world.groups_by_email.get(email.as_str()).copied() else { return Ok(()) };
    let all = value.get("members").and_then(Value::as_array);
    for value in all.into_iter().flatten() {
        let key = value.as_str().or_else(|| text(value, "email"));
        let id = somebody(world, key.ok_or("a member without email")?)?;
        let member = Member {
            role: Role::read(text(value, "role").unwrap_or_default()),
            delivery: Delivery::read(text(value, "delivery_settings").unwrap_or_default()),
        };
        world.memberships.entry(id).or_default().insert(group);
        if let Some(group) = world.groups.get_mut(&group) {
            group.members.insert(id, member);
        }
    }
    Ok(())
}

fn course_id(world: &mut World, value: &Value) -> u64 {
    const FIRST: u64 = 600_000_000_000;
    match text(value, "id").and_then(|it| it.parse::<u64>().ok()) {
        Some(id) if id > FIRST => {
            world.skip_to(id - FIRST);
            id
        }
        Some(_) | None => FIRST + world.number(),
    }
}

fn course(world: &mut World, value: &Value, now: Moment) -> Result<(), String> {
    let id = course_id(world, value);
    let fields =
        ["name", "section", "descriptionHeading", "description", "room", "subject", "levels"];
    let own = fields.iter().filter_map(|it| Some(((*it).to_owned(), value.get(*it)?.clone())));
    let owner = somebody(world, text(value, "owner").ok_or("a course without owner")?)?;
    let mut people = |name: &str| -> Result<BTreeSet<u64>, String> {
        texts(value, name).map(|it| somebody(world, it)).collect()
    };
    let (mut teachers, students) = (people("teachers")?, people("students")?);
    teachers.insert(owner);
    let state = State::read(text(value, "courseState").unwrap_or("ACTIVE"));
    let course = Course {
        id,
        texts: own.collect(),
        owner,
        state: state.ok_or("a course in a state that there is not")?,
        created: moment(value, "created").unwrap_or(now),
        updated: now,
        names: texts(value, "aliases").map(str::to_owned).collect(),
        teachers,
        students,
        owned_before: None,
    };
    for name in &course.names {
        world.course_names.insert(name.clone(), id);
    }
    for teacher in &course.teachers {
        world.taught.entry(*teacher).or_default().insert(id);
    }
    for student in &course.students {
        world.attended.entry(*student).or_default().insert(id);
    }
    world.courses.insert(id, course);
    Ok(())
}

fn invitation(world: &mut World, value: &Value) -> Result<(), String> {
    let course = text(value, "course").and_then(|it| it.parse().ok());
    let course = course.ok_or("an invitation without course")?;
    let user = somebody(world, text(value, "user").ok_or("an invitation without user")?)?;
    let role = text(value, "role").unwrap_or("STUDENT").to_owned();
    let given = value.get("id").and_then(Value::as_u64);
    let id = given.unwrap_or_else(|| world.number());
    world.skip_to(id);
    world.invited.insert((course, user), id);
    world.invitations.insert(id, Invitation { id, course, user, role });
    Ok(())
}
