//! Groups and their members.

use serde_json::json;
use simulate::google::{Kept, Switches};
use state::{Outcome, Verb};

use super::world::{Rows, Wanted, World, difference, object, operation, read, switches};
use crate::{GROUP_MEMBER, USER};

fn class() -> Wanted {
    let mut wanted = Wanted::default();
    for (number, name) in [(1, "ada"), (2, "bo"), (3, "cia")] {
        wanted.user(number, &format!("{name}@exempel.se"), "/Elever");
    }
    wanted.group(1, "7a", "Klass 7A");
    wanted.member(1, 1, "MEMBER");
    wanted.member(1, 2, "MEMBER");
    wanted.member(1, 3, "OWNER");
    wanted
}

/// K052: a group is made closed to all but its own, with its members and owners.
#[tokio::test]
async fn k052_a_group_is_made_with_its_settings_and_members() {
    let mut world = World::plain();
    world.reach(&class()).await;
    world.holds_what_was_written().await;
    let group = &world.held("groups")[0];
    assert_eq!(group["email"], "7a@exempel.se");
    assert_eq!(group["settings"]["whoCanJoin"], "INVITED_CAN_JOIN");
    assert_eq!(group["settings"]["allowExternalMembers"], "false");
    assert_eq!(group["externalIds"][0]["namespace"], "skolbro");
    assert_eq!(group["members"].as_array().unwrap().len(), 3);
}

/// A group that does not take its settings is not left open to all.
#[tokio::test]
async fn a_group_without_its_settings_is_taken_away_again() {
    let trouble = "status=400@groupsSettings".parse().unwrap();
    let mut world = World::new(Switches { troubles: vec![trouble], ..switches() }, |_| ());
    let refused = world.try_to_reach(&class()).await;
    assert_eq!(refused.values().sum::<u32>(), 4, "{refused:?}");
    assert!(world.held("groups").is_empty());
}

/// Where Google keeps no ids of groups, a line of the description bears the mark, and is no
/// change in anybody's eyes.
#[tokio::test]
async fn a_mark_that_google_drops_stands_in_the_description() {
    let mut world = World::new(Switches { group_ids: Kept::Dropped, ..switches() }, |_| ());
    let mut wanted = class();
    wanted.group(2, "7b", "");
    world.reach(&wanted).await;
    world.holds_what_was_written().await;
    wanted.group(1, "7a", "Klass 7A, Björkskolan");
    wanted.group(3, "7c", "C");
    world.reach(&wanted).await;
    world.holds_what_was_written().await;
    for group in world.held("groups") {
        assert!(group["description"].as_str().unwrap().contains("skolbro: "), "{group}");
    }
}

#[tokio::test]
async fn members_come_and_go_and_change_roles() {
    let mut world = World::plain();
    world.reach(&class()).await;
    let mut wanted = class().without(GROUP_MEMBER, 1).without(GROUP_MEMBER, 2);
    wanted.group(1, "7a-ht", "Klass 7A");
    wanted.user(4, "dan@exempel.se", "/Elever");
    wanted.member(1, 4, "MEMBER");
    world.reach(&wanted).await;
    world.holds_what_was_written().await;

    let (was, is) = (wanted.clone(), wanted.without(GROUP_MEMBER, 4));
    let mut is = is;
    is.member(1, 4, "MANAGER");
    let of = |rows: &Rows| {
        let is = |row: &&Vec<u8>| {
            read(row).membership().is_some() && read(row).owner() == object(USER, 4)
        };
        rows.values().find(is).unwrap().clone()
    };
    let change = [operation(0, Verb::ChangeRole, Some(&of(&was.0)), Some(&of(&is.0)))];
    assert_eq!(world.carry(&change, &is.0).await, [Outcome::Done { receiver_id: None }]);
    world.written = is.0;
    world.holds_what_was_written().await;
}

/// What is so already is not refused; in another role it is changed.
#[tokio::test]
async fn the_same_again_is_already_so() {
    let mut world = World::plain();
    world.reach(&class()).await;
    let wanted = class();
    let mut before = wanted.0.clone();
    before.retain(|_, row| read(row).membership().is_none());
    world.written = before.clone();
    let adds = difference(&before, &wanted.0);
    assert_eq!(world.carry(&adds, &wanted.0).await, vec![Outcome::AlreadySo; 3]);
    let mut owner = class().without(GROUP_MEMBER, 1);
    owner.member(1, 1, "OWNER");
    let adds = difference(&before, &owner.0);
    let outcomes = world.carry(&adds, &owner.0).await;
    assert_eq!(outcomes.iter().filter(|it| **it == Outcome::Done { receiver_id: None }).count(), 1);
    world.written = owner.0;
    world.holds_what_was_written().await;
}

/// Who is in a group by another hand stays there, and is nobody of ours.
#[tokio::test]
async fn members_of_others_are_untouched() {
    let mut world = World::plain();
    world.reach(&class()).await;
    let name = json!({ "givenName": "G", "familyName": "H" });
    world.fill(&json!({ "users": [{ "primaryEmail": "gast@exempel.se", "name": name }] }));
    let guest = json!({ "email": "gast@exempel.se", "role": "MEMBER" });
    world.call("/admin/directory/v1/groups/{group}/members", "7a@exempel.se", guest).await;
    let mut wanted = class().without(GROUP_MEMBER, 2);
    wanted.group(1, "7a", "Annat");
    world.reach(&wanted).await;
    assert_eq!(world.held("groups")[0]["members"].as_array().unwrap().len(), 3);
    let saw = world.see_all().await;
    let strangers = saw.rows.keys().filter(|id| !world.written.contains_key(*id) && id[17] == 1);
    assert_eq!(strangers.count(), 1);
}

/// A group of another with the address is not taken over.
#[tokio::test]
async fn an_address_of_another_group_is_refused() {
    let mut world = World::plain();
    world.fill(&json!({ "groups": [{ "email": "7a@exempel.se", "name": "X" }] }));
    let refused = world.try_to_reach(&class()).await;
    // The group, and the three who would stand in it.
    assert_eq!(refused.values().sum::<u32>(), 4, "{refused:?}");
    assert_eq!(world.held("groups")[0]["name"], "X");
}

/// Taken away twice is taken away.
#[tokio::test]
async fn a_group_is_deleted_once() {
    let mut world = World::plain();
    world.reach(&class()).await;
    let row = world.first(crate::GROUP);
    let delete = [operation(0, Verb::Delete, Some(&row), None)];
    for expected in [Outcome::Done { receiver_id: None }, Outcome::AlreadySo] {
        assert_eq!(world.carry(&delete, &Rows::new()).await, [expected]);
        assert!(world.held("groups").is_empty());
    }
}
