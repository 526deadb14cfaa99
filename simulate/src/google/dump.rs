//! All that is held, for people and tests, and for the file between runs.

use serde_json::{Map, Value, json};

use super::classroom::course::Course;
use super::directory::group::Group;
use super::directory::unit::{Units, unit_text};
use super::directory::user::User;
use super::world::{World, group_text, user_text};

/// Everything, each kind in the order of its addresses or ids.
pub(super) fn whole(world: &World) -> Value {
    let units: Vec<Value> =
        world.units.all_below(Units::ROOT).into_iter().map(|it| unit(world, it)).collect();
    let users = world.by_email.values().filter_map(|it| world.users.get(it));
    let groups = world.groups_by_email.values().filter_map(|it| world.groups.get(it));
    let invitations = world.invitations.values().map(|it| {
        json!({
            "id": it.id,
            "course": it.course.to_string(),
            "user": name(world, it.user),
            "role": it.role,
        })
    });
    json!({
        "orgunits": units,
        "users": users.map(|it| user(world, it)).collect::<Vec<_>>(),
        "deletedUsers": world.deleted.values().map(|it| user(world, it)).collect::<Vec<_>>(),
        "groups": groups.map(|it| group(world, it)).collect::<Vec<_>>(),
        "courses": world.courses.values().map(|it| course(world, it)).collect::<Vec<_>>(),
        "invitations": invitations.collect::<Vec<_>>(),
    })
}

fn unit(world: &World, id: u64) -> Value {
    let description = world.units.get(id).map_or("", |it| it.description.as_str());
    json!({
        "orgUnitPath": world.units.path(id),
        "orgUnitId": unit_text(id),
        "description": description,
    })
}

fn user(world: &World, user: &User) -> Value {
    let mut json = json!({
        "id": user_text(user.id),
        "primaryEmail": user.email,
        "name": { "givenName": user.given, "familyName": user.family },
        "orgUnitPath": world.units.path(user.unit),
        "suspended": user.suspended,
        "archived": user.archived,
        "isAdmin": user.admin,
        "changePasswordAtNextLogin": user.must_change,
        "includeInGlobalAddressList": user.listed,
        "aliases": user.aliases,
        "passwords": user.passwords,
        "created": user.created,
    });
    let Some(map) = json.as_object_mut() else { return json };
    if let (Some(display), Some(name)) =
        (&user.display, map.get_mut("name").and_then(Value::as_object_mut))
    {
        name.insert("displayName".to_owned(), (&**display).into());
    }
    if let Some(function) = &user.hash_function {
        map.insert("hashFunction".to_owned(), (&**function).into());
    }
    let times = [
        ("suspendedAt", user.suspended_at),
        ("archivedAt", user.archived_at),
        ("deletedAt", user.deleted_at),
    ];
    for (field, moment) in times {
        if let Some(moment) = moment {
            map.insert(field.to_owned(), moment.into());
        }
    }
    // Apart, so that nothing written can be taken for something else.
    map.insert("more".to_owned(), Value::Object(user.more.clone()));
    json
}

/// An address, or the id of somebody who is gone.
fn name(world: &World, id: u64) -> String {
    let user = world.users.get(&id).map(|it| &it.email);
    let group = || world.groups.get(&id).map(|it| &it.email);
    let known = user.or_else(group).or_else(|| world.stranger_addresses.get(&id));
    known.map_or_else(|| user_text(id), ToString::to_string)
}

fn group(world: &World, group: &Group) -> Value {
    let mut members: Vec<(String, Value)> = group
        .members
        .iter()
        .map(|(id, member)| {
            let email = name(world, *id);
            let (role, delivery) = (member.role.name(), member.delivery.name());
            let json = json!({ "email": email, "role": role, "delivery_settings": delivery });
            (email, json)
        })
        .collect();
    members.sort_by(|one, other| one.0.cmp(&other.0));
    let members: Vec<Value> = members.into_iter().map(|(_, it)| it).collect();
    let mut json = json!({
        "id": group_text(group.id),
        "email": group.email,
        "name": group.name,
        "description": group.description,
        "aliases": group.aliases,
        "settings": Value::Object(group.settings.clone()),
        "members": members,
    });
    if let (Some(ids), Some(map)) = (&group.external_ids, json.as_object_mut()) {
        map.insert("externalIds".to_owned(), ids.clone());
    }
    json
}

fn course(world: &World, course: &Course) -> Value {
    let mut json = Map::new();
    json.insert("id".to_owned(), course.id.to_string().into());
    json.extend(course.texts.clone());
    let names = |ids: &std::collections::BTreeSet<u64>| {
        let mut names: Vec<String> = ids.iter().map(|it| name(world, *it)).collect();
        names.sort();
        names
    };
    let rest = json!({
        "courseState": course.state.name(),
        "owner": name(world, course.owner),
        "aliases": course.names,
        "teachers": names(&course.teachers),
        "students": names(&course.students),
        "created": course.created,
    });
    if let Value::Object(rest) = rest {
        json.extend(rest);
    }
    Value::Object(json)
}
