//! Groups and their members.

use connect::http::Method;
use serde_json::json;
use simulate::google::{Kept, Switches};
use state::{Look, Operation, Outcome, Subject, TargetError, Verb};

use super::world::{Rows, Wanted, World, difference, object, operation, read, switches};
use crate::client::{Gone, Part};
use crate::{GROUP_MEMBER, USER, map};

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

/// The class without its group, made; and what makes the group and fills it.
async fn people_alone(world: &mut World) -> Vec<Operation> {
    let mut people = class();
    people.0.retain(|_, row| read(row).membership().is_none() && read(row).owner().kind == USER);
    world.reach(&people).await;
    difference(&people.0, &class().0)
}

fn is_closed(world: &World) -> bool {
    world.held("groups")[0]["settings"]["allowExternalMembers"] == "false"
        && world.held("groups")[0]["settings"]["whoCanJoin"] == "INVITED_CAN_JOIN"
}

/// What stops the run between a group and its settings leaves no open group behind.
#[tokio::test]
async fn a_run_that_stops_before_the_settings_takes_the_group_away() {
    let trouble = "not-configured@groupsSettings:1".parse().unwrap();
    let mut world = World::new(Switches { troubles: vec![trouble], ..switches() }, |_| ());
    let make = people_alone(&mut world).await;
    let sent = world.send(&make, &world.written, &class().0).await;
    assert!(matches!(sent, Err(TargetError::Denied { .. })), "{sent:?}");
    assert!(world.held("groups").is_empty());
}

/// K086: where the settings of groups are closed to us no group is made; the others go on.
#[tokio::test]
async fn k086_no_group_is_made_where_its_settings_are_closed() {
    let granted =
        ["admin.directory.user", "admin.directory.orgunit.readonly", "admin.directory.group"];
    let granted = Some(granted.map(str::to_owned).to_vec());
    let mut world =
        World::new(Switches { granted, ..switches() }, |settings| settings.classrooms = false);
    let refused = world.try_to_reach(&class()).await;
    assert!(refused.keys().all(|it| it.ends_with("groupSettingsClosed")), "{refused:?}");
    assert!(world.held("groups").is_empty());
    assert_eq!(world.held("users").len(), 4);
}

/// A group that could neither be set up nor taken away is in doubt; nobody comes into it before
/// it has its settings, by whatever plan it is found.
#[tokio::test]
async fn a_group_that_was_found_gets_its_settings_before_its_members() {
    for verb in [Verb::Create, Verb::Link] {
        let troubles = ["status=400@groupsSettings", "status=400@directory.groups.delete"];
        let troubles = troubles.map(|it| it.parse().unwrap()).to_vec();
        let mut world = World::new(Switches { troubles, ..switches() }, |_| ());
        let mut make = people_alone(&mut world).await;
        let sent = world.send(&make, &world.written, &class().0).await.unwrap();
        assert!(sent.contains(&Outcome::Unsure), "{sent:?}");
        assert!(!is_closed(&world));
        let mut seen = world.see_all().await.rows;
        if verb == Verb::Link {
            let object = make.iter_mut().find(|it| it.verb == Verb::Create).unwrap();
            (object.verb, object.before) = (Verb::Link, object.after.clone());
            seen = class().0;
            seen.retain(|_, row| read(row).membership().is_none());
        }
        let again = world.send(&make, &seen, &class().0).await.unwrap();
        assert!(!again.iter().any(|it| matches!(it, Outcome::Done { .. })), "{again:?}");
        assert!(world.held("groups")[0]["members"].as_array().is_none_or(Vec::is_empty));
        world.sim.mend();
        let again = world.send(&make, &seen, &class().0).await.unwrap();
        assert!(again.iter().all(|it| matches!(it, Outcome::Done { .. })), "{again:?}");
        assert!(is_closed(&world));
    }
}

/// Somebody with two roles in the plan has the higher of them, in one call; when he loses one
/// he has the other.
#[tokio::test]
async fn who_has_two_roles_has_the_higher() {
    let mut world = World::plain();
    let mut both = class();
    both.member(1, 1, "OWNER");
    world.reach(&both).await;
    let role = |world: &World| {
        let members = world.held("groups")[0]["members"].as_array().unwrap().clone();
        members.iter().find(|it| it["email"] == "ada@exempel.se").unwrap()["role"].clone()
    };
    assert_eq!(role(&world), "OWNER");
    world.sim.forget_counts();
    world.reach(&class()).await;
    assert_eq!((role(&world), world.sim.counts().all()), (json!("MEMBER"), 1));
    world.reach(&both).await;
    let mut owner = class().without(GROUP_MEMBER, 1);
    owner.member(1, 1, "OWNER");
    world.sim.forget_counts();
    world.reach(&owner).await;
    assert_eq!((role(&world), world.sim.counts().all()), (json!("OWNER"), 0));
    world.reach(&owner.without(GROUP_MEMBER, 1)).await;
    assert_eq!(world.held("groups")[0]["members"].as_array().unwrap().len(), 2);
}

/// After a doubt only what is not so is sent again.
#[tokio::test]
async fn what_was_seen_is_not_sent_again() {
    let mut world = World::plain();
    world.reach(&class()).await;
    let mut wanted = class().without(GROUP_MEMBER, 2);
    wanted.user(4, "dan@exempel.se", "/Elever");
    world
        .reach(&{
            let mut people = class();
            people.user(4, "dan@exempel.se", "/Elever");
            people
        })
        .await;
    wanted.member(1, 4, "MEMBER");
    let mut operations = difference(&Rows::new(), &wanted.0);
    operations.retain(|it| it.subject().is_ok_and(|it| !matches!(it, Subject::Object(_))));
    let left = world
        .written
        .values()
        .find(|row| read(row).membership().is_some() && read(row).owner() == object(USER, 2));
    operations.push(operation(9, Verb::Remove, left, None));
    let mut seen = world.see_all().await.rows;
    seen.remove(read(left.unwrap()).id);
    world.sim.forget_counts();
    let outcomes = world.send(&operations, &seen, &wanted.0).await.unwrap();
    let is_done = |it: &&Outcome| matches!(it, Outcome::Done { .. });
    assert_eq!(outcomes.iter().filter(is_done).count(), 1, "{outcomes:?}");
    assert_eq!(world.sim.counts().all(), 1);
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

/// Looks for the group alone, as a run does whose call was cut off; gives whether it is there.
async fn is_seen(world: &World) -> bool {
    let group = object(crate::GROUP, 1);
    let (kinds, only) = ([crate::GROUP].into(), [group].into());
    let saw = world.see(Look { kinds: &kinds, only: Some(&only) }).await;
    saw.rows.values().any(|row| read(row).owner() == group)
}

/// A group without members that a killed run left without its settings is not taken for done: it
/// is made to its end. What a school changed by hand later does not make it gone.
#[tokio::test]
async fn a_group_that_was_cut_off_before_its_settings_is_not_done() {
    let mut world = World::plain();
    let marker = json!([{ "namespace": "skolbro", "id": object(crate::GROUP, 1).key.to_string() }]);
    let body = json!({ "email": "7a@exempel.se", "name": "Grupp 1", "externalIds": marker });
    let part = Part::new(Method::POST, "/admin/directory/v1/groups", &[]).body(body);
    world.google.clients.directory.ask(part, Gone::Answer).await.unwrap();
    assert!(!is_seen(&world).await, "it stands open");
    let mut wanted = Wanted::default();
    wanted.group(1, "7a", "");
    world.reach(&wanted).await;
    assert!(is_closed(&world) && is_seen(&world).await);
    world.restart();
    let part = Part::new(Method::PATCH, "/groups/v1/groups/{group}", &["7a@exempel.se"]);
    let part = part.query("alt", "json").body(json!({ "whoCanJoin": "CAN_REQUEST_TO_JOIN" }));
    let courier = world.google.clients.group_settings.as_ref().unwrap();
    courier.ask(part, Gone::Answer).await.unwrap();
    assert!(is_seen(&world).await, "it is remembered, whatever its settings are");
}

/// A group that a later plan links is not taken away when Google refuses its settings: it stands
/// open, and that is told.
#[tokio::test]
async fn a_linked_group_that_stays_open_is_told_as_that() {
    let world = World::plain();
    let marker = json!([{ "namespace": "skolbro", "id": object(crate::GROUP, 1).key.to_string() }]);
    let body = json!({ "email": "7a@exempel.se", "name": "Grupp 1", "externalIds": marker });
    let part = Part::new(Method::POST, "/admin/directory/v1/groups", &[]).body(body);
    world.google.clients.directory.ask(part, Gone::Answer).await.unwrap();
    let mut wanted = Wanted::default();
    wanted.group(1, "7a", "");
    let row = wanted.0.values().next();
    world.sim.trouble("status=400@groupsSettings.groups.patch".parse().unwrap());
    let link = [operation(0, Verb::Link, row, row)];
    let done = world.send(&link, &Rows::default(), &wanted.0).await.unwrap();
    let [Outcome::Refused { code }] = &done[..] else { panic!("{done:?}") };
    assert!(code.starts_with("groupSettingsOpen."), "{code}");
    assert!(crate::refusal(code).is_some(), "{code}");
    assert_eq!(world.held("groups").len(), 1);
}

/// Who was given a higher role by others keeps it where the plan adds him; a change of role takes
/// it away.
#[tokio::test]
async fn a_role_that_others_gave_is_not_lowered() {
    let mut world = World::plain();
    world.reach(&class()).await;
    let role = |world: &World| {
        let members = world.held("groups")[0]["members"].as_array().unwrap().clone();
        members.iter().find(|it| it["email"] == "ada@exempel.se").unwrap()["role"].clone()
    };
    let raised = json!({ "role": "OWNER" });
    let path = ["7a@exempel.se", "ada@exempel.se"];
    let part = Part::new(Method::PATCH, "/admin/directory/v1/groups/{g}/members/{m}", &path);
    world.google.clients.directory.ask(part.body(raised), Gone::Answer).await.unwrap();
    let wanted = class();
    let mut before = wanted.0.clone();
    before.retain(|_, row| read(row).membership().is_none());
    // Sent blindly, and after a look that saw the owner.
    let seen = {
        let mut owner = class().without(GROUP_MEMBER, 1);
        owner.member(1, 1, "OWNER");
        owner.0
    };
    for stands in [&before, &seen] {
        let adds = difference(&before, &wanted.0);
        let outcomes = world.send(&adds, stands, &wanted.0).await.unwrap();
        assert_eq!(outcomes, vec![Outcome::AlreadySo; 3]);
        assert_eq!(role(&world), "OWNER");
    }
    let of = |rows: &Rows| {
        let is = |row: &&Vec<u8>| {
            read(row).membership().is_some() && read(row).owner() == object(USER, 1)
        };
        rows.values().find(is).unwrap().clone()
    };
    let change = [operation(0, Verb::ChangeRole, Some(&of(&seen)), Some(&of(&wanted.0)))];
    world.written = seen;
    world.carry(&change, &wanted.0).await;
    assert_eq!(role(&world), "MEMBER");
}

/// A group that was found by its address is linked only while it is the one that was looked at.
#[tokio::test]
async fn a_link_holds_for_the_group_that_was_seen() {
    let world = World::plain();
    let state = json!({ "groups": [{ "email": "7a@exempel.se", "name": "X" }] });
    world.fill(&state);
    let mut wanted = Wanted::default();
    wanted.group(1, "7a", "");
    let id = world.held("groups")[0]["id"].as_str().unwrap().to_owned();
    let mut seen = Wanted::default();
    let key = map::foreign_key(crate::GROUP, &id);
    seen.put(&map::group(key, &world.held("groups")[0], Some("exempel.se")));
    let (before, after) = (seen.0.values().next(), wanted.0.values().next());
    let link = [operation(0, Verb::Link, before, after)];
    let part = Part::new(Method::DELETE, "/admin/directory/v1/groups/{g}", &[&id]);
    world.google.clients.directory.ask(part, Gone::Answer).await.unwrap();
    world.fill(&state);
    let sent = world.send(&link, &seen.0, &wanted.0).await.unwrap();
    assert_eq!(sent, [Outcome::Refused { code: "groupNotFound".to_owned() }]);
    assert_eq!(world.held("groups")[0]["name"], "X");
    let mut now = Wanted::default();
    let id = world.held("groups")[0]["id"].as_str().unwrap().to_owned();
    let key = map::foreign_key(crate::GROUP, &id);
    now.put(&map::group(key, &world.held("groups")[0], Some("exempel.se")));
    let link = [operation(0, Verb::Link, now.0.values().next(), wanted.0.values().next())];
    let sent = world.send(&link, &now.0, &wanted.0).await.unwrap();
    assert!(matches!(&sent[..], [Outcome::Done { .. }]), "{sent:?}");
}
