//! Accounts that were there before us, and ids that are not remembered.

use serde_json::{Value as Json, json};
use simulate::receiver::Running;
use simulate::{egil as egils, scim as scims};
use state::{Operation, Reason, Row, RowRef, Target, Verb};
use testkit::Failure;
use testkit::objects::{Desk, Standing, difference, numbered, operation};

use crate::support::*;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// An account of pupil 1 with an id of somebody else's.
fn account() -> Json {
    json!({
        "schemas": [USER], "externalId": "elev-4711", "userName": user_name(1),
        "name": { "givenName": "Kim", "familyName": "Ek" }, "displayName": "Kim Ek",
    })
}

fn plain(kinds: scims::Kinds) -> Running {
    let switches = scims::Switches { common: switches(), kinds, ..scims::Switches::default() };
    scims::start(switches).unwrap()
}

/// The plan's link to what is there under the user name.
async fn link(desk: &Desk, target: &dyn Target, wanted: &Row) -> Result<Vec<Operation>, Failure> {
    let seen = desk.sees(target).await?;
    let name = |row: &[u8]| {
        let row = RowRef::new(row).unwrap();
        let values = row.membership().is_none().then(|| row.values().unwrap());
        (row.owner().kind, values.and_then(|it| it[0].text().map(str::to_owned)))
    };
    let wanted = wanted.encoded();
    let found = seen.into_iter().find(|row| name(row) == name(&wanted)).unwrap();
    let mut link = operation(Verb::Link, Some(found), Some(wanted));
    link.reason = Some(Reason::FoundAtReceiver);
    Ok(numbered(vec![link]))
}

/// The new key of pupil 1.
fn new_key(desk: &Desk, old: &[Row], new: &[Row]) -> Vec<Operation> {
    let links = old.iter().zip(new).map(|(old, new)| {
        let before = desk.written(old).unwrap().into_vec();
        let was = RowRef::new(&before).unwrap();
        let was = was.membership().is_none().then(|| was.owner().key);
        let mut link = operation(Verb::Link, Some(before), Some(new.encoded()));
        (link.reason, link.was) = (Some(Reason::KeyChanged), was);
        link
    });
    numbered(links.collect())
}

/// An account that was found is found again under its new key, and stays in its group: its id
/// is remembered by the old one.
#[tokio::test]
async fn who_was_found_and_has_a_new_key_stays_in_its_group() -> Result<(), Failure> {
    let receiver = plain(scims::Kinds::Core);
    let open = || scim(&receiver);
    calls(&receiver.base_url(), "POST", "/v2/Users", &account());
    let (mut desk, user) = (Desk::default(), scim_user(1, "Ek"));
    let linked = link(&desk, open().as_ref(), &user).await?;
    desk.does(&open, linked).await?;
    let mut before = vec![user];
    before.extend(scim_group(1, "7A", &[1]));
    desk.does(&open, difference(&before[..1], &before)).await?;
    let mut after = vec![scim_user(101, "Ek")];
    after.extend(scim_group(1, "7A", &[101]));
    let changed = new_key(
        &desk,
        &[before[0].clone(), before[2].clone()],
        &[after[0].clone(), after[2].clone()],
    );
    desk.does(&open, changed).await?;
    assert_eq!(held(&receiver, "Groups")[0]["members"].as_array().unwrap().len(), 1);
    assert_eq!(held(&receiver, "Users").len(), 1);
    desk.holds(open().as_ref(), &[]).await
}

/// Where ids are the receiver's, an account with whatever id is linked and changed in place.
#[tokio::test]
async fn a_found_account_is_changed_in_place() -> Result<(), Failure> {
    let receiver = plain(scims::Kinds::Egil);
    let open = || egil(&receiver, "receiver");
    // The provider of this profile wants a UUID where we write; others came in another way.
    let mut found = account();
    found["externalId"] = json!(key(88).to_string());
    let made = calls(&receiver.base_url(), "POST", "/Users", &found);
    let id = made["id"].as_str().unwrap().to_owned();
    let change = format!("/change?type=Users&id={id}&path=externalId");
    calls(&receiver.admin_url(), "POST", &change, &json!("elev-4711"));
    let (mut desk, user) = (Desk::default(), egil_user(1, "Ek"));
    let linked = link(&desk, open().as_ref(), &user).await?;
    desk.does(&open, linked).await?;
    desk.does(&open, difference(&[user], &[egil_user(1, "Ask")])).await?;
    let users = held(&receiver, "Users");
    assert_eq!(
        (users.len(), &users[0]["id"], &users[0]["displayName"]),
        (1, &json!(id), &json!("Kim Ask"))
    );
    desk.holds(open().as_ref(), &[]).await
}

/// Where ids are ours, an account with an id that is none of EGIL's cannot be called: that is
/// said, and no second account is made beside it.
#[tokio::test]
async fn an_account_that_cannot_be_called_is_not_made_twice() -> Result<(), Failure> {
    let switches = egils::Switches { common: switches(), ..egils::Switches::default() };
    let receiver = egils::start(switches).unwrap();
    let open = || egil(&receiver, "ours");
    let mut found = account();
    found["externalId"] = json!(key(88).to_string());
    calls(&receiver.base_url(), "POST", "/Users", &found);
    let change = format!("/change?type=Users&id={}&path=externalId", key(88));
    calls(&receiver.admin_url(), "POST", &change, &json!("elev-4711"));
    // With a difference, and without.
    for name in ["Ask", "Ek"] {
        let desk = Desk::default();
        let linked = link(&desk, open().as_ref(), &egil_user(1, name)).await?;
        let standings = desk.tries(&open, &linked).await?;
        assert_eq!(standings[&0], Standing::Refused { code: "foreign-id".to_owned() });
    }
    assert_eq!(held(&receiver, "Users").len(), 1);
    Ok(())
}

/// Ids that are not remembered are learned from the receiver's lists: an object is changed where
/// it stands, and refers to others by their ids.
#[tokio::test]
async fn ids_that_are_not_remembered_are_learned() -> Result<(), Failure> {
    let receiver = plain(scims::Kinds::Egil);
    let open = || egil(&receiver, "receiver");
    let rows = |name: &str, members: &[u8]| {
        let mut rows = egil_first();
        rows.extend([egil_user(1, "Ek"), egil_user(2, "Ek")]);
        rows.extend(egil_group(1, name, members));
        rows
    };
    let mut desk = Desk::default();
    desk.does(&open, difference(&[], &rows("7A", &[1]))).await?;
    desk.forgets_ids();
    desk.does(&open, difference(&rows("7A", &[1]), &rows("7B", &[1, 2]))).await?;
    let (groups, users) = (held(&receiver, "StudentGroups"), held(&receiver, "Users"));
    assert_eq!((groups.len(), users.len()), (1, 2));
    let theirs: Vec<&Json> = users.iter().map(|it| &it["id"]).collect();
    for member in groups[0]["studentMemberships"].as_array().unwrap() {
        assert!(theirs.contains(&&member["value"]), "{member}");
    }
    desk.holds(open().as_ref(), &[]).await?;
    // A new key changes nothing of that.
    desk.forgets_ids();
    let (old, new) =
        (rows("7B", &[1, 2]), [egil_user(101, "Ek"), egil_group(1, "7B", &[101])[1].clone()]);
    let changed = new_key(&desk, &[old[1].clone(), old[4].clone()], &new);
    desk.does(&open, changed).await?;
    desk.holds(open().as_ref(), &[]).await
}
