//! A group and its members, in memory and as JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::google::clock::Moment;
use crate::google::world::{World, group_text, user_text};

/// A group.
#[derive(Debug, Clone, Default)]
pub(in crate::google) struct Group {
    pub(in crate::google) id: u64,
    /// Addresses are in small letters.
    pub(in crate::google) email: Box<str>,
    pub(in crate::google) name: Box<str>,
    pub(in crate::google) description: Box<str>,
    pub(in crate::google) aliases: Vec<Box<str>>,
    pub(in crate::google) external_ids: Option<Value>,
    /// What was set in Groups Settings; the rest is as Google has it.
    pub(in crate::google) settings: Map<String, Value>,
    pub(in crate::google) members: BTreeMap<u64, Member>,
    pub(in crate::google) version: u32,
    /// It is not found before.
    pub(in crate::google) seen_from: Moment,
}

/// A membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::google) struct Member {
    pub(in crate::google) role: Role,
    pub(in crate::google) delivery: Delivery,
}

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::google) enum Role {
    #[default]
    Member,
    Manager,
    Owner,
}

impl Role {
    pub(in crate::google) fn name(self) -> &'static str {
        match self {
            Self::Member => "MEMBER",
            Self::Manager => "MANAGER",
            Self::Owner => "OWNER",
        }
    }

    pub(in crate::google) fn read(text: &str) -> Self {
        match text {
            "OWNER" => Self::Owner,
            "MANAGER" => Self::Manager,
            _ => Self::Member,
        }
    }
}

/// Which mail a member gets, as a place in [`DELIVERIES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::google) struct Delivery(u8);

const DELIVERIES: [&str; 5] = ["ALL_MAIL", "DAILY", "DIGEST", "DISABLED", "NONE"];

impl Delivery {
    pub(in crate::google) fn read(text: &str) -> Self {
        let at = DELIVERIES.iter().position(|it| *it == text).unwrap_or_default();
        Self(u8::try_from(at).unwrap_or_default())
    }

    pub(in crate::google) fn name(self) -> &'static str {
        DELIVERIES.get(usize::from(self.0)).copied().unwrap_or_default()
    }
}

impl Group {
    pub(in crate::google) fn json(&self) -> Value {
        let mut group = json!({
            "kind": "admin#directory#group",
            "id": group_text(self.id),
            "etag": format!("\"{}.{}\"", self.id, self.version),
            "email": self.email,
            "name": self.name,
            // A number that is a text (google.md §1.3).
            "directMembersCount": self.members.len().to_string(),
            "description": self.description,
            "adminCreated": true,
        });
        if let Some(map) = group.as_object_mut() {
            if !self.aliases.is_empty() {
                map.insert("aliases".to_owned(), json!(self.aliases));
            }
            if let Some(ids) = &self.external_ids {
                map.insert("externalIds".to_owned(), ids.clone());
            }
        }
        group
    }
}

/// What a member is, its id as a text, its address and whether it is in use.
pub(in crate::google) fn member_json(world: &World, id: u64, member: Member) -> Value {
    let (kind, text, email, status) = if let Some(user) = world.users.get(&id) {
        let status = if user.suspended { "SUSPENDED" } else { "ACTIVE" };
        ("USER", user_text(id), &user.email, status)
    } else if let Some(group) = world.groups.get(&id) {
        ("GROUP", group_text(id), &group.email, "ACTIVE")
    } else if let Some(address) = world.stranger_addresses.get(&id) {
        ("EXTERNAL", user_text(id), address, "ACTIVE")
    } else {
        return json!({ "kind": "admin#directory#member", "id": user_text(id), "type": "CUSTOMER", "role": member.role.name() });
    };
    json!({
        "kind": "admin#directory#member",
        "etag": format!("\"{id}.{}\"", member.role.name()),
        "id": text,
        "email": email,
        "role": member.role.name(),
        "type": kind,
        "status": status,
    })
}
