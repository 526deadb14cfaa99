//! What any target of objects must keep, for each that we have and each way to play its receiver.

use serde_json::{Value as Json, json};
use simulate::receiver::Running;
use simulate::{egil as egils, scim as scims};
use state::{Row, Target};
use targets_scim::{egil, rfc};
use testkit::Failure;
use testkit::objects::{self, Cut, Receiver};

use crate::support::*;

/// The suite, over a receiver that is new for each rule.
macro_rules! keeps {
    ($name:ident, $receiver:expr) => {
        mod $name {
            use super::*;

            #[tokio::test]
            async fn several_operations_are_one_call() -> Result<(), Failure> {
                let played = $receiver;
                played.with(objects::several_operations_are_one_call).await
            }

            /// K221, peers.md §6 no 4.
            #[tokio::test]
            async fn every_verb_may_be_cut_off() -> Result<(), Failure> {
                let played = $receiver;
                played.with(objects::every_verb_may_be_cut_off).await
            }

            #[tokio::test]
            async fn a_changed_key_changes_nothing_there() -> Result<(), Failure> {
                let played = $receiver;
                played.with(objects::a_changed_key_changes_nothing_there).await
            }

            #[tokio::test]
            async fn strangers_in_a_group_go_one_by_one() -> Result<(), Failure> {
                let played = $receiver;
                played.with(objects::strangers_in_a_group_go_one_by_one).await
            }

            #[tokio::test]
            async fn suspending_twice_is_suspending_once() -> Result<(), Failure> {
                let played = $receiver;
                let is_active = || played.is_active();
                let check = async |at: &Receiver<'_>| {
                    objects::suspending_twice_is_suspending_once(at, &is_active).await
                };
                played.with(check).await
            }
        }
    };
}

keeps!(scim, Played::scim(scims::Offers::All));
keeps!(scim_without_bulk, Played::scim(scims::Offers::Patch));
keeps!(scim_without_patch, Played::scim(scims::Offers::Nothing));
keeps!(egil_with_our_ids, Played::egil());
keeps!(egil_with_ids_of_theirs, Played::egil_of_theirs());

struct Played {
    receiver: Running,
    open: fn(&Running) -> Box<dyn Target>,
    /// Under this path, the groups of this type, and the members of one under this name.
    groups: (&'static str, &'static str, &'static str),
    first: Vec<Row>,
    user: fn(u8, &str) -> Row,
    group: fn(u8, &str, &[u8]) -> Vec<Row>,
}

impl Played {
    fn scim(offers: scims::Offers) -> Self {
        let switches = scims::Switches { common: switches(), offers, ..scims::Switches::default() };
        Self {
            receiver: scims::start(switches).unwrap(),
            open: scim,
            groups: ("/v2", "Groups", "members"),
            first: vec![],
            user: scim_user,
            group: scim_group,
        }
    }

    fn egil() -> Self {
        let switches = egils::Switches { common: switches(), ..egils::Switches::default() };
        Self::of_egil(egils::start(switches).unwrap(), |receiver| egil(receiver, "ours"))
    }

    fn egil_of_theirs() -> Self {
        let kinds = scims::Kinds::Egil;
        let switches = scims::Switches { common: switches(), kinds, ..scims::Switches::default() };
        Self::of_egil(scims::start(switches).unwrap(), |receiver| egil(receiver, "receiver"))
    }

    fn of_egil(receiver: Running, open: fn(&Running) -> Box<dyn Target>) -> Self {
        let groups = ("", "StudentGroups", "studentMemberships");
        let (user, group) = (egil_user, egil_group);
        Self { receiver, open, groups, first: egil_first(), user, group }
    }

    async fn with(
        &self,
        check: impl AsyncFnOnce(&Receiver<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let open = || (self.open)(&self.receiver);
        let cut = |at: Cut| cut(&self.receiver, at);
        let stranger = |group: &str| self.stranger(group);
        let at = Receiver {
            open: &open,
            cut: &cut,
            stranger: &stranger,
            first: self.first.clone(),
            user: &self.user,
            group: &self.group,
        };
        check(&at).await
    }

    fn is_egil(&self) -> bool {
        !self.first.is_empty()
    }

    /// An account of somebody else's in the group with this name.
    fn stranger(&self, name: &str) -> Vec<Row> {
        let (path, groups, members) = self.groups;
        let schema = "urn:ietf:params:scim:schemas:core:2.0:User";
        let mut body = json!({
            "schemas": [schema], "userName": "annan@example.org",
            "name": { "givenName": "Annan", "familyName": "Ek" }, "displayName": "Annan Ek",
        });
        if self.is_egil() {
            body["externalId"] = json!(key(77).to_string());
        }
        let url = self.receiver.base_url();
        let made = calls(&url, "POST", &format!("{path}/Users"), &body);
        let made = made["id"].as_str().map_or(key(77).to_string(), str::to_owned);
        let group = held(&self.receiver, groups);
        let group = group.iter().find(|it| it["displayName"] == name).unwrap();
        let mut now = group[members].as_array().cloned().unwrap_or_default();
        now.push(json!({ "value": made }));
        let there = group.get("id").or(group.get("externalId")).and_then(Json::as_str).unwrap();
        let change = format!("/change?type={groups}&id={there}&path={members}");
        calls(&self.receiver.admin_url(), "POST", &change, &Json::Array(now));
        self.strangers_rows(&made)
    }

    fn strangers_rows(&self, made: &str) -> Vec<Row> {
        let (user, group) = if self.is_egil() {
            (id(egil::USER, 77), id(egil::STUDENT_GROUP, 1))
        } else {
            let key = targets_scim_key(made);
            (state::ObjectRef { kind: rfc::USER, key }, id(rfc::GROUP, 1))
        };
        let (kind, role) =
            if self.is_egil() { (egil::STUDENT, "student") } else { (rfc::MEMBER, "member") };
        vec![object(user, vec![]), member(kind, group, user, role)]
    }

    fn is_active(&self) -> bool {
        let users = held(&self.receiver, "Users");
        let user = users.iter().find(|it| it["externalId"] == key(1).to_string()).unwrap();
        user["active"].as_bool().unwrap_or(true)
    }
}

/// The key that somebody else's account stands under: made of the provider's id for it.
fn targets_scim_key(id: &str) -> roster::Key {
    use sha2::{Digest as _, Sha256};
    let hash = Sha256::new().chain_update("scim/foreign").chain_update(id).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    roster::Key::from_bytes(bytes)
}
