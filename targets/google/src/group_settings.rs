//! Who may do what in a group: set once, when it is made (reference/google.md §1.3).

use connect::http::Words;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

/// Who may do what in new groups. Set when a group is made, and never again. Nobody from
/// elsewhere is a member, nobody joins or leaves by himself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GroupSettings {
    /// Whether they are set at all; without, Google's own hold and the permission for them is
    /// not needed. Default: yes.
    pub set: bool,
    /// Who writes to the group. Default: its managers and owners.
    pub post: Who,
    /// Who sees its members. Default: its managers and owners.
    pub see_members: Who,
    /// Who reads what was written. Default: its members.
    pub read: Who,
    /// Who finds it: its members, or everybody in the domain. Default: its members.
    pub find: Who,
    /// Whether it stands in the domain's address list. Default: no.
    pub in_address_list: bool,
}

impl Default for GroupSettings {
    fn default() -> Self {
        Self {
            set: true,
            post: Who::Managers,
            see_members: Who::Managers,
            read: Who::Members,
            find: Who::Members,
            in_address_list: false,
        }
    }
}

/// Whom a permission is given to; each takes in those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Managers and owners.
    Managers,
    /// Members.
    Members,
    /// Everybody in the domain.
    Domain,
}

impl Who {
    fn all(self, can: &str) -> String {
        let who = match self {
            Self::Managers => "ALL_MANAGERS",
            Self::Members => "ALL_MEMBERS",
            Self::Domain => "ALL_IN_DOMAIN",
        };
        format!("{who}_{can}")
    }
}

impl GroupSettings {
    /// Combinations that Google refuses: members may not be seen by more than find the group.
    pub(crate) fn problem(&self) -> Option<Words> {
        if self.find == Who::Managers {
            return Some(Words::new(
                "`find` kan vara `members` eller `domain`.",
                "`find` can be `members` or `domain`.",
            ));
        }
        let widest = self.see_members.max(self.read).max(self.post);
        (widest > self.find).then(|| {
            Words::new(
                "`post`, `read` och `see_members` kan inte gälla fler än dem som hittar gruppen (`find`).",
                "`post`, `read` and `see_members` cannot hold for more than those who find the group (`find`).",
            )
        })
    }

    /// The body; truth is a text there.
    pub(crate) fn body(&self) -> Json {
        let Self { set: _, post, see_members, read, find, in_address_list } = self;
        json!({
            "whoCanJoin": "INVITED_CAN_JOIN",
            "whoCanLeaveGroup": "NONE_CAN_LEAVE",
            "whoCanPostMessage": post.all("CAN_POST"),
            "whoCanViewMembership": see_members.all("CAN_VIEW"),
            "whoCanViewGroup": read.all("CAN_VIEW"),
            "whoCanDiscoverGroup": find.all("CAN_DISCOVER"),
            "allowExternalMembers": "false",
            "includeInGlobalAddressList": in_address_list.to_string(),
        })
    }
}
