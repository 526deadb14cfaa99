//! Groups Settings: google.md §1.3.

use serde_json::{Map, Value, json};

use super::group::Group;
use crate::google::asked::{Asked, Done};
use crate::google::refusal::Refusal;
use crate::google::world::World;

/// What a new group is like.
const DEFAULTS: [(&str, &str); 18] = [
    ("whoCanJoin", "CAN_REQUEST_TO_JOIN"),
    ("whoCanViewMembership", "ALL_MEMBERS_CAN_VIEW"),
    ("whoCanViewGroup", "ALL_MEMBERS_CAN_VIEW"),
    ("allowExternalMembers", "false"),
    ("whoCanPostMessage", "ALL_IN_DOMAIN_CAN_POST"),
    ("allowWebPosting", "true"),
    ("isArchived", "false"),
    ("archiveOnly", "false"),
    ("messageModerationLevel", "MODERATE_NONE"),
    ("spamModerationLevel", "MODERATE"),
    ("replyTo", "REPLY_TO_IGNORE"),
    ("includeCustomFooter", "false"),
    ("includeInGlobalAddressList", "true"),
    ("whoCanLeaveGroup", "ALL_MEMBERS_CAN_LEAVE"),
    ("whoCanContactOwner", "ANYONE_CAN_CONTACT"),
    ("whoCanModerateMembers", "OWNERS_AND_MANAGERS"),
    ("whoCanDiscoverGroup", "ALL_IN_DOMAIN_CAN_DISCOVER"),
    ("membersCanPostAsTheGroup", "false"),
];

/// A setting's value.
fn value<'a>(settings: &'a Map<String, Value>, name: &str) -> &'a str {
    let own = settings.get(name).and_then(Value::as_str);
    let default = || DEFAULTS.iter().find(|(it, _)| *it == name).map_or("", |(_, value)| value);
    own.unwrap_or_else(default)
}

/// Whether people from elsewhere may be members.
pub(super) fn takes_strangers(group: &Group) -> bool {
    // Administrators add them whatever the group says, unless it was closed by hand.
    group.settings.get("allowExternalMembers").and_then(Value::as_str) != Some("false")
}

fn shown(group: &Group) -> Value {
    let mut json = json!({
        "kind": "groupsSettings#groups",
        "email": group.email,
        "name": group.name,
        "description": group.description,
    });
    if let Some(map) = json.as_object_mut() {
        for (name, default) in DEFAULTS {
            map.insert(name.to_owned(), default.into());
        }
        for (name, value) in &group.settings {
            map.insert(name.clone(), value.clone());
        }
    }
    json
}

pub(in crate::google) fn get(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let group = world.group(asked.part("groupUniqueId"), asked.now)?;
    Ok(Done::of(shown(group)))
}

/// PUT and PATCH alike: what is absent stays.
pub(in crate::google) fn update(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let group = world.group_mut(asked.part("groupUniqueId"), asked.now)?;
    let mut settings = group.settings.clone();
    let (mut name, mut description) = (None, None);
    for (field, value) in &asked.body {
        let text = value.as_str().unwrap_or_default();
        match field.as_str() {
            "name" if text.is_empty() || text.chars().count() > 75 => return Err(invalid("name")),
            "name" => name = Some(text),
            "description" if text.chars().count() > 4_096 => return Err(invalid("description")),
            "description" => description = Some(text),
            _ if value.is_null() => {
                settings.remove(field);
            }
            _ => {
                settings.insert(field.clone(), value.clone());
            }
        }
    }
    fits(&settings)?;
    group.settings = settings;
    if let Some(name) = name {
        group.name = name.into();
    }
    if let Some(description) = description {
        group.description = description.into();
    }
    group.version += 1;
    Ok(Done::of(shown(group)))
}

fn invalid(field: &str) -> Refusal {
    Refusal::invalid(format!("Invalid Value: {field}"))
}

/// Combinations that Google refuses (google.md §1.3).
fn fits(settings: &Map<String, Value>) -> Result<(), Refusal> {
    // From a few to everybody.
    let breadth = |name: &str| match value(settings, name).split("_CAN").next() {
        Some("ALL_MANAGERS") => 0,
        Some("ALL_MEMBERS") => 1,
        Some("ALL_IN_DOMAIN") => 2,
        Some(_) | None => 3,
    };
    if breadth("whoCanViewMembership") > breadth("whoCanDiscoverGroup") {
        return Err(Refusal::invalid(
            "WHO_CAN_VIEW_MEMBERSHIP_CANNOT_BE_BROADER_THAN_WHO_CAN_SEE_GROUP",
        ));
    }
    let custom = value(settings, "customReplyTo").is_empty();
    if value(settings, "replyTo") == "REPLY_TO_CUSTOM" && custom {
        return Err(invalid("customReplyTo"));
    }
    let archived = value(settings, "archiveOnly") == "true";
    if value(settings, "whoCanPostMessage") == "NONE_CAN_POST" && !archived {
        return Err(invalid("whoCanPostMessage"));
    }
    Ok(())
}
